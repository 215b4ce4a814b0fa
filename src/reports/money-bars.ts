import { formatMoneyShort } from "../metrics/format.ts";
import { lastPeriods, periodOf, spanOf } from "../metrics/periods.ts";
import { annotationsFor, noteText } from "./annotations.ts";
import { classLooks, type StackPart, stackedBars } from "./charts/stacked-bars.ts";
import { isRunning, type PageContext, quarterLabel, quartersShown, type View } from "./context.ts";
import { figure } from "./figure.ts";
import { type Fragment, html, type Markup } from "./html.ts";
import { table } from "./table.ts";

/** Which money a stack is of. */
export type Money = "bookings" | "collected";

const parts = Object.freeze({
  bookings: ["sourced", "influenced", "direct"],
  collected: ["sourced", "influenced", "direct", "unlinked"],
} as const);

/**
 * Eight quarters of money split once: sourced, else influenced only, else direct.
 * A slice shows only what its partners sourced, since the deals they helped may be another partner's.
 */
export function moneyBars(context: PageContext, view: View, money: Money, id: string): Markup {
  const { currency } = context.settings;
  const short = (value: number): string => formatMoneyShort(value, currency);
  const quarters = lastPeriods("quarter", context.period, quartersShown);
  const classes = view.slice === "program" ? parts[money] : (["sourced"] as const);
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
  const running = isRunning(context.settings, context.period) ? quarterLabel(context.period) : null;
  const at = (quarter: string, one: (typeof classes)[number]): number =>
    data.find((part) => part.bar === quarterLabel(quarter) && part.series === classLooks[one].name)?.value ?? 0;
  const noun = money === "bookings" ? "won" : "collected";
  const whole = quarters.filter((quarter) => quarterLabel(quarter) !== running);
  const last = whole.at(-1) ?? context.period;
  const sum = (quarter: string): number => classes.reduce((total, one) => total + at(quarter, one), 0);
  const share = sum(last) === 0 ? null : at(last, "sourced") / sum(last);
  const title: Fragment = data.every((part) => part.value === 0)
    ? `Nothing was ${noun} in these eight quarters`
    : share === null
      ? `Nothing was ${noun} in ${quarterLabel(last)}`
      : view.slice === "program"
        ? `Partners sourced ${Math.round(share * 100)}% of what was ${noun} in ${quarterLabel(last)}`
        : `Sourced and ${noun}, by quarter`;
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
  return figure({
    title,
    notes: notes.map(noteText),
    label: `${noun} by quarter: ${quarters.map((quarter) => `${quarterLabel(quarter)} ${short(sum(quarter))}`).join(", ")}`,
    caption: html`${money === "bookings" ? "Won amounts by close date" : "Payments less refunds, before tax, by date"}, ${currency}. Each ${money === "bookings" ? "deal" : "payment"} once: sourced, else influenced only, else direct.${running === null ? null : ` ${running} is in progress and drawn lighter.`}${view.slice === "program" ? null : view.slice === "partner" ? " Deals it only helped are not in these bars." : " A slice shows what its partners sourced."}`,
    size: "full",
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
