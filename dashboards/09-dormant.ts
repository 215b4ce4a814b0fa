import { sayEvent } from "../src/metrics/explain/words.ts";
import { formatCount, formatDate, formatMoneyShort, formatPercent } from "../src/metrics/format.ts";
import { shiftPeriod, spanOf } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import { type StackSeries, seriesKey, stackedBars } from "../src/reports/charts/stacked-bars.ts";
import {
  headed,
  isRunning,
  type PageContext,
  type PartnerEntry,
  quarterLabel,
  quarterSoFar,
  type View,
} from "../src/reports/context.ts";
import { type EarlierState, readEarlierActive } from "../src/reports/earlier-days.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerColumn, scopeOf, stateMark } from "../src/reports/links.ts";
import { total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { daysSince } from "../src/reports/partners.ts";
import { monthLabel, monthOf } from "../src/reports/retention/months.ts";
import { table } from "../src/reports/table.ts";
import { counted, readable, sentenceCase, verbOf } from "../src/reports/words.ts";
import { readWorth, type Worth } from "../src/reports/worth.ts";

export const page = definePage({
  id: "dormant",
  title: "Dormant and at risk",
  question: "Who went quiet, what is it worth, and who calls them today?",
  group: "Partners",
  order: 9,
  filters: ["slice"],
  render: async (context) => {
    const worth = await readWorth(context.db, context.settings);
    const events = await readEvents(context);
    const earlierActive = await readEarlierActive(context);
    const { activeDays, dormantDays } = context.settings;
    return {
      finding: context.block(["slice"], (view) => html`${finding(context, view, worth)}`),
      lead: html`Active: a commercial event in the last ${activeDays} days. Dormant: activated, none in the last ${dormantDays} days, and no open protected registration. Cooling: activated and not active, but ${dormantDays > activeDays ? `with an event in the last ${dormantDays} days or ` : ""}with an open protected registration. Quiet is cooling or dormant. Logins never count.`,
      body: html`${context.block(["slice"], (view) => headCards(context, view, worth, earlierActive))}
${context.block(["slice"], (view) => states(context, view, events))}
${quietList(context, worth, await readNoted(context))}`,
    };
  },
});

function quiet(context: PageContext, view: View): readonly PartnerEntry[] {
  return [...context.partners.values()].filter(
    (partner) =>
      partner.isCounted &&
      (partner.state === "dormant" || partner.state === "cooling") &&
      context.isIn(partner.key, view),
  );
}

function finding(context: PageContext, view: View, worth: (key: string) => Worth): string {
  const list = quiet(context, view);
  if (list.length === 0) return headed(view, "no activated partner has gone quiet");
  const money = total(list, (partner) => worth(partner.key).won);
  const gone = headed(view, `${counted(list.length, "partner")} went quiet`);
  const unknown = total(list, (partner) => worth(partner.key).wonWithoutAmount);
  if (money === 0 && unknown > 0)
    return `${gone}; no amount is known of the ${counted(unknown, "deal")} ${list.length === 1 ? "it" : "they"} won in 12 months`;
  return money === 0
    ? `${gone}; ${list.length === 1 ? "it brought no win" : "none brought a win"} in 12 months`
    : `${gone}, worth ${formatMoneyShort(money, context.settings.currency)} in 12 months`;
}

function headCards(
  context: PageContext,
  view: View,
  worth: (key: string) => Worth,
  earlierActive: EarlierState,
): Markup {
  const { currency } = context.settings;
  const list = quiet(context, view);
  const base = context.metric("partners", view);
  const unowned = list.filter((partner) => partner.manager === null);
  const dormant = list.filter((one) => one.state === "dormant");
  const won = known(
    total(dormant, (one) => worth(one.key).won),
    total(dormant, (one) => worth(one.key).wonWithoutAmount),
  );
  const month = monthOf(context.settings, view.period);
  const since = spanOf("quarter", view.period, context.settings.fiscalYearStart).startsOn;
  return cards(context, view, [
    {
      id: "active_partners",
      earlier: earlierActive,
      note: base.value === 0 ? "no partner is in the program" : `of ${counted(base.value ?? 0, "partner")}`,
    },
    {
      id: "dormant_partners",
      note:
        won === null
          ? "no amount is known of the deals they brought and won, 12 months"
          : `${formatMoneyShort(won, currency)} won in deals they brought, 12 months`,
    },
    { id: "never_activated_partners" },
    {
      id: "partners",
      note:
        list.length === 0
          ? "none is cooling or dormant"
          : html`${counted(list.filter((one) => one.state === "cooling").length, "partner")} cooling; ${unowned.length === 0 ? "every quiet one has a manager" : html`<b class="worse">${unowned.length} quiet without a manager</b>`}`,
    },
    {
      id: "engaged_rate",
      // The rate begins with the first engagement there is, so partners may be there and the rate not.
      missing: [...context.partners.values()].some(
        (one) => one.isCounted && (one.agreedOn ?? since) < since && context.isIn(one.key, view),
      )
        ? "no lead, registration or qualifying touch is on record yet"
        : "no partner is known to have agreed before this quarter",
    },
    {
      id: "partner_retention",
      at: { period: month },
      scope: monthLabel(month),
      missing: "no partner had an event a year ago",
    },
  ]);
}

type Events = ReadonlyMap<string, readonly string[]>;

async function readEvents(context: PageContext): Promise<Events> {
  const rows = await context.db
    .selectFrom("marts.fct_partner_day")
    .select(["partner_key", "event_on"])
    .distinct()
    .execute();
  const events = new Map<string, string[]>();
  for (const row of rows) {
    const list = events.get(row.partner_key) ?? [];
    list.push(row.event_on);
    events.set(row.partner_key, list);
  }
  return events;
}

const looks: readonly StackSeries[] = [
  { name: "Active", fill: "var(--sourced)", ink: "var(--on-sourced)" },
  { name: "Quiet", fill: "var(--worse)", ink: "var(--page)" },
  { name: "Not yet activated", fill: "var(--direct)", stroke: "var(--direct-line)", ink: "var(--ink)" },
];

function states(context: PageContext, view: View, events: Events): Markup {
  const { settings, quarters } = context;
  const ends = quarters.map((quarter) => ({
    quarter,
    on: isRunning(settings, quarter) ? settings.asOf : spanOf("quarter", quarter, settings.fiscalYearStart).endsOn,
  }));
  const partners = [...context.partners.values()].filter(
    (partner) => !partner.isProspect && partner.agreedOn !== null && context.isIn(partner.key, view),
  );
  const undated = [...context.partners.values()].filter(
    (partner) => partner.isCounted && partner.agreedOn === null && context.isIn(partner.key, view),
  ).length;
  const undatedEnds = partners.filter((partner) => partner.state === "ended" && partner.endedOn === null).length;
  // Of an ended partner without a date nothing is known but that it has ended by now.
  const isOver = (partner: PartnerEntry, on: string): boolean =>
    partner.state === "ended" && (partner.endedOn ?? settings.asOf) <= on;
  const stateAt = (partner: PartnerEntry, on: string): string | null => {
    if ((partner.agreedOn ?? "") > on || isOver(partner, on)) return null;
    if (partner.activatedOn === null || partner.activatedOn > on) return "Not yet activated";
    const since = new Date(Date.parse(on) - settings.activeDays * 86_400_000).toISOString().slice(0, 10);
    return (events.get(partner.key) ?? []).some((day) => day >= since && day <= on) ? "Active" : "Quiet";
  };
  const data = ends.flatMap(({ quarter, on }) =>
    looks.map((look) => ({
      bar: quarterLabel(quarter),
      series: look.name,
      value: partners.filter((partner) => stateAt(partner, on) === look.name).length,
    })),
  );
  const title = "Partners by state at the end of each quarter";
  if (data.every((part) => part.value === 0)) return emptyFigure(title, "No partner has an agreement date yet.");
  const at = (quarter: string, name: string): number =>
    data.find((part) => part.bar === quarterLabel(quarter) && part.series === name)?.value ?? 0;
  const [before = "", now = ""] = quarters.slice(-2);
  // Who moved between the ends of two quarters; those that ended meanwhile are neither.
  const endOf = new Map(ends.map(({ quarter, on }) => [quarter, on]));
  const moved = (quarter: string, from: string, to: string): number | null => {
    const [then, later] = [endOf.get(shiftPeriod("quarter", quarter, -1)), endOf.get(quarter)];
    return then === undefined || later === undefined
      ? null
      : partners.filter((partner) => stateAt(partner, then) === from && stateAt(partner, later) === to).length;
  };
  const lapsed = (quarter: string): number | null => moved(quarter, "Active", "Quiet");
  const reactivated = (quarter: string): number | null => moved(quarter, "Quiet", "Active");
  const change = at(now, "Quiet") - at(before, "Quiet");
  const running = isRunning(settings, now) ? quarterLabel(now) : null;
  return figure({
    title:
      change === 0
        ? headed(view, `as many quiet partners as at the end of ${quarterLabel(before)}`)
        : headed(
            view,
            `${Math.abs(change)} ${change > 0 ? "more" : "fewer"} quiet ${Math.abs(change) === 1 ? "partner" : "partners"} than at the end of ${quarterLabel(before)}`,
          ),
    label: `${title}: ${quarters.map((quarter) => `${quarterLabel(quarter)} ${at(quarter, "Active")} active, ${at(quarter, "Quiet")} quiet`).join("; ")}`,
    caption: `Partners at the end of each quarter, by agreement date${undated === 0 ? "" : `; ${counted(undated, "partner")} without one ${undated === 1 ? "is" : "are"} left out`}. Worked out from events alone: active with an event in the ${settings.activeDays} days before, quiet (cooling or dormant) otherwise; a partner is left out from its end on${undatedEnds === 0 ? "" : ` (${counted(undatedEnds, "ended one")} without a date only now)`}. Past protection is not known, so earlier quarters may differ from what was shown then.${running === null ? "" : ` ${running} is in progress, told as of ${formatDate(settings.asOf)} and drawn lighter.`}`,
    notes: [
      `${formatCount(lapsed(now) ?? 0)} lapsed (active at the end of ${quarterLabel(before)}, quiet ${running === null ? `at the end of ${quarterLabel(now)}` : "now"}) and ${formatCount(reactivated(now) ?? 0)} came back (the reverse); in ${quarterLabel(before)} it was ${formatCount(lapsed(before) ?? 0)} and ${formatCount(reactivated(before) ?? 0)}.`,
    ],
    size: "full",
    narrowKey: seriesKey(looks),
    draw: (width) =>
      stackedBars({
        data,
        bars: quarters.map(quarterLabel),
        series: looks,
        running,
        format: (value) => String(value),
        width,
      }),
    data: table({
      id: "states-data",
      caption: title,
      noun: "quarters",
      search: false,
      empty: "No quarters.",
      rows: quarters,
      columns: [
        { label: "Quarter", kind: "text", value: (quarter) => quarterSoFar(settings, quarter) },
        ...looks.map((look) => ({
          label: look.name,
          kind: "count" as const,
          value: (quarter: string) => at(quarter, look.name),
        })),
        { label: "Lapsed", kind: "count" as const, value: lapsed },
        { label: "Reactivated", kind: "count" as const, value: reactivated },
      ],
    }),
  });
}

/** Whom to call first is told by money at stake; where there is none, nobody is put before the others. */
function callFirst(
  context: PageContext,
  view: View,
  rows: readonly PartnerEntry[],
  worth: (key: string) => Worth,
): string {
  const { currency } = context.settings;
  const mine = rows.filter((partner) => context.isIn(partner.key, view));
  const first = mine[0];
  if (first === undefined) return headed(view, "nobody to call");
  const { won, open } = worth(first.key);
  const call = headed(view, `call ${first.name} first`);
  if (won > 0) return sentenceCase(`${call}: ${formatMoneyShort(won, currency)} won in 12 months`);
  if (open > 0) return sentenceCase(`${call}: ${formatMoneyShort(open, currency)} open`);
  const unknown = mine.some(
    (partner) => worth(partner.key).wonWithoutAmount + worth(partner.key).openWithoutAmount > 0,
  );
  return headed(
    view,
    `${counted(mine.length, "quiet partner")}, ${unknown ? "what is at stake is not known" : "no money at stake"}`,
  );
}

type Noted = (partnerKey: string) => string | null;

/** The next step that its owner noted on a partner's largest open deal that has one. */
async function readNoted({ db }: PageContext): Promise<Noted> {
  const rows = await db
    .selectFrom("marts.fct_deal")
    .select(["source_partner_key", "next_step"])
    .where("state", "=", "open")
    .where("next_step", "is not", null)
    .where("source_partner_key", "is not", null)
    .orderBy("amount_reporting_minor", (order) => order.asc().nullsFirst())
    .orderBy("deal_key", "desc")
    .execute();
  const noted = new Map(rows.map((row) => [row.source_partner_key, row.next_step]));
  return (partnerKey) => noted.get(partnerKey) ?? null;
}

/** What the sources know of somebody's doing something: a noted next step, and no calls. */
function actionWords(context: PageContext, view: View, noted: Noted): string {
  const list = quiet(context, view);
  if (list.length === 0) return "";
  const cared = list.filter((partner) => noted(partner.key) !== null).length;
  return ` ${formatCount(cared)} of ${formatCount(list.length)} (${formatPercent(cared / list.length)}) ${verbOf(cared, list.length, "has", "have")} an open deal on which its owner noted a next step; whether anybody called is in no source.`;
}

/** A sum as a table shows it: not known where it is nothing and deals without an amount are why. */
function known(amount: number, withoutAmount: number): number | null {
  return amount === 0 && withoutAmount > 0 ? null : amount;
}

function quietList(context: PageContext, worth: (key: string) => Worth, noted: Noted): Markup {
  const { settings } = context;
  const rows = [...quiet(context, context.view)].sort(
    (a, b) =>
      worth(b.key).won - worth(a.key).won ||
      worth(b.key).open - worth(a.key).open ||
      (b.lastEventOn ?? "").localeCompare(a.lastEventOn ?? "") ||
      (a.name < b.name ? -1 : 1),
  );
  const why = (partner: PartnerEntry): string => {
    const days = daysSince(partner.lastEventOn, settings.asOf);
    if (days === null || partner.lastEventOn === null) return "no event on record";
    const seen = partner.lastEvent === null ? "last event" : sayEvent(partner.lastEvent);
    const kept = partner.state === "cooling" && days > settings.dormantDays;
    return `nothing since ${seen} on ${formatDate(partner.lastEventOn)}${kept ? "; cooling, since a registration of it is still protected" : ""}`;
  };
  return section(
    context.words(["slice"], (view) => callFirst(context, view, rows, worth)),
    html`Ranked by what the partner won in the last twelve months, then by what it has open, then by how lately it was active.${context.words(["slice"], (view) => actionWords(context, view, noted))}`,
    table<PartnerEntry>({
      id: "quiet-partners",
      caption: `Cooling and dormant partners, ${settings.currency}`,
      noun: "partners",
      empty: html`<b>Nobody.</b> Every activated partner had a commercial event in the last ${settings.activeDays} days.`,
      rows,
      limit: 200,
      scope: (partner) => scopeOf(context, partner.key),
      columns: [
        partnerColumn(context, (partner) => partner.key),
        {
          label: "State",
          kind: "text",
          value: (partner) => readable(partner.state),
          cell: (partner) => stateMark(partner.state),
          facet: true,
        },
        {
          label: "Won, 12 months",
          kind: "money",
          value: (partner) => known(worth(partner.key).won, worth(partner.key).wonWithoutAmount),
          total: true,
        },
        {
          label: "Open now",
          kind: "money",
          value: (partner) => known(worth(partner.key).open, worth(partner.key).openWithoutAmount),
          total: true,
        },
        { label: "Days quiet", kind: "days", value: (partner) => daysSince(partner.lastEventOn, settings.asOf) },
        { label: "Reason", kind: "text", wide: true, value: why },
        { label: "Manager", kind: "text", value: (partner) => partner.manager, facet: true },
        { label: "Noted next step", kind: "text", value: (partner) => noted(partner.key) },
        { label: "Type", kind: "text", value: (partner) => readable(partner.type), facet: true },
        { label: "Source id", kind: "key", value: (partner) => partner.key },
      ],
    }),
    "as of now",
  );
}
