import { formatMoneyShort, formatWholePercent } from "../metrics/format.ts";
import { lastPeriods, periodOf, spanOf } from "../metrics/periods.ts";
import { annotationsFor, noteText } from "./annotations.ts";
import { classLooks, type StackPart, seriesKey, stackedBars } from "./charts/stacked-bars.ts";
import {
  headed,
  isRunning,
  type PageContext,
  quarterLabel,
  quarterSoFar,
  quartersShown,
  type View,
} from "./context.ts";
import { chart, section } from "./figure.ts";
import { html, type Markup } from "./html.ts";
import { total } from "./numbers.ts";
import { table } from "./table.ts";
import { nothingWon, type Won } from "./won.ts";
import { sentenceCase } from "./words.ts";

/** Which money a stack is of. */
export type Money = "bookings" | "collected";

type Part = keyof typeof classLooks;

const parts: Readonly<Record<Money, readonly Part[]>> = Object.freeze({
  bookings: ["sourced", "influenced", "direct"],
  collected: ["sourced", "influenced", "direct", "unlinked"],
});

/**
 * Eight quarters of money split once: sourced, else influenced only, else direct.
 * A slice shows only what its partners sourced, since the deals they helped may be another partner's.
 * The heading tells of the quarter that is chosen, the bars of all eight. Bookings need `won`, to tell nothing from amounts that nobody knows.
 */
export function moneyBars(context: PageContext, money: Money, id: string, won?: Won): Markup {
  const heading = context.words(["period", "slice"], (view) => title(context, view, money, won));
  return section(
    heading,
    null,
    context.block(["slice"], (view) => bars(context, view, money, id, won)),
  );
}

function classesOf(view: View, money: Money): readonly Part[] {
  return view.slice === "program" ? parts[money] : ["sourced"];
}

function title(context: PageContext, view: View, money: Money, won: Won | undefined): string {
  const { settings } = context;
  const noun = money === "bookings" ? "won" : "collected";
  const quarter = quarterSoFar(settings, view.period);
  const at = (one: Part): number => context.metric(`${one}_${money}`, view).value ?? 0;
  const sum = total(classesOf(view, money), at);
  if (sum <= 0) {
    const kind = view.slice === "program" ? "all" : "sourced";
    return headed(
      view,
      won === undefined
        ? `${kind === "all" ? "nothing" : "nothing sourced"} was ${noun} in ${quarter}`
        : nothingWon(won(view, [view.period], kind), { span: quarter, sum, currency: settings.currency, kind }),
    );
  }
  return view.slice === "program"
    ? `Partners sourced ${formatWholePercent(at("sourced") / sum)} of ${money === "bookings" ? "what was won" : "cash collected"} in ${quarter}`
    : headed(view, `${formatMoneyShort(sum, settings.currency)} sourced and ${noun} in ${quarter}`);
}

function bars(context: PageContext, view: View, money: Money, id: string, won: Won | undefined): Markup {
  const { currency } = context.settings;
  const short = (value: number): string => formatMoneyShort(value, currency);
  const quarters = lastPeriods("quarter", context.period, quartersShown);
  const classes = classesOf(view, money);
  const data: StackPart[] = quarters.flatMap((quarter) =>
    classes.map((one) => ({
      bar: quarterLabel(quarter),
      series: classLooks[one].name,
      value: context.metric(`${one}_${money}`, { ...view, period: quarter }).value ?? 0,
    })),
  );
  const used = classes.filter(
    (one) => one === "sourced" || data.some((part) => part.series === classLooks[one].name && part.value !== 0),
  );
  if (data.every((part) => part.value === 0)) {
    const whom =
      view.slice === "program" ? "" : view.slice === "partner" ? " in deals it brought" : " in deals they brought";
    const span = `the eight quarters to ${quarterLabel(context.period)}`;
    const kind = view.slice === "program" ? "all" : "sourced";
    const found = won?.(view, quarters, kind);
    if (found !== undefined && found.deals > 0)
      return html`<p class="empty"><b>Nothing to draw.</b> ${sentenceCase(nothingWon(found, { span, sum: 0, currency, kind }))}.</p>`;
    return html`<p class="empty"><b>Nothing to draw.</b> Nothing was ${money === "bookings" ? "won" : "collected"}${whom} in ${span}.</p>`;
  }
  const running = isRunning(context.settings, context.period) ? quarterLabel(context.period) : null;
  const at = (quarter: string, one: Part): number =>
    data.find((part) => part.bar === quarterLabel(quarter) && part.series === classLooks[one].name)?.value ?? 0;
  const noun = money === "bookings" ? "won" : "collected";
  const sum = (quarter: string): number => total(classes, (one) => at(quarter, one));
  const notes = annotationsFor(
    context.annotations,
    view.slice === "partner" ? [money, view.sliceKey] : [money],
    spanOf("quarter", quarters[0] ?? context.period, context.settings.fiscalYearStart).startsOn,
    context.settings.asOf,
  );
  const signs = new Map<string, string>();
  for (const note of notes) {
    const bar = quarterLabel(periodOf("quarter", note.on, context.settings.fiscalYearStart));
    signs.set(bar, `${signs.get(bar) ?? ""}${note.sign}`);
  }
  return chart({
    notes: notes.map(noteText),
    label: `${noun} by quarter: ${quarters.map((quarter) => `${quarterLabel(quarter)} ${short(sum(quarter))}`).join(", ")}`,
    caption: html`${money === "bookings" ? "Won amounts by close date" : "Payments less refunds, before tax, by date"}, ${currency}. ${
      view.slice === "program"
        ? `Each ${money === "bookings" ? "deal" : "payment"} once: sourced, else influenced only, else direct.`
        : view.slice === "partner"
          ? "Only deals it brought; deals it helped are not in these bars."
          : "Only deals that these partners brought."
    }${running === null ? null : ` ${running} is in progress and drawn fainter.`}`,
    size: "full",
    narrowKey: seriesKey(used.map((one) => classLooks[one])),
    draw: (width) =>
      stackedBars({
        data,
        bars: quarters.map(quarterLabel),
        series: used.map((one) => classLooks[one]),
        running,
        signs,
        format: short,
        width,
      }),
    data: table({
      id,
      caption: `By quarter, ${currency}`,
      noun: "quarters",
      search: false,
      empty: "No quarters.",
      rows: quarters,
      columns: [
        { label: "Quarter", kind: "text", value: quarterLabel },
        ...classes.map((one) => ({
          label: classLooks[one].name,
          kind: "money" as const,
          value: (quarter: string) => at(quarter, one),
          total: true,
        })),
        { label: "Total", kind: "money", value: sum, total: true },
      ],
    }),
  });
}
