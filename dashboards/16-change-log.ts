import { formatCell, formatDate, formatDifference, formatMoment, formatMoneyShort } from "../src/metrics/format.ts";
import { daysBefore, periodOf, shiftPeriod, spanOf } from "../src/metrics/periods.ts";
import { findMetric } from "../src/metrics/registry.ts";
import { isRunning, lastClosedQuarter, type PageContext, quarterLabel } from "../src/reports/context.ts";
import { measureLabel, reasonLabel } from "../src/reports/differences.ts";
import { section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerColumn, partnerName } from "../src/reports/links.ts";
import { groupBy, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { settledDays } from "../src/reports/retention/months.ts";
import { major } from "../src/reports/settings.ts";
import { table } from "../src/reports/table.ts";
import { counted, readable, whole } from "../src/reports/words.ts";

export const page = definePage({
  id: "change-log",
  title: "Change log and restatements",
  question: "Why is last quarter different from what I presented?",
  group: "Trust",
  order: 16,
  render: async (context) => {
    const values = await readValues(context);
    const rows = await readRows(context);
    const figures = await readFigures(context);
    return {
      finding: finding(values, context.settings.currency),
      lead: "A closed quarter that was frozen with the scorecard is compared with every build, so that it never changes silently. What differs is listed row by row with its reason, and the rows add up to the whole difference.",
      body: html`${planned(context)}
${presented(context, values)}
${restatedFigures(values, figures)}
${reasons(context, rows)}
${await ledger(context)}
${await rules(context)}`,
    };
  },
});

/** A quarter whose numbers are still to change, and until when. */
interface Planned {
  readonly quarter: string;
  readonly what: string;
  readonly until: string;
  readonly why: string;
}

function plannedOf({ settings }: PageContext): readonly Planned[] {
  const { asOf, fiscalYearStart, lateDays } = settings;
  const running = periodOf("quarter", asOf, fiscalYearStart);
  return [shiftPeriod("quarter", running, -1), running].flatMap((quarter): Planned[] => {
    const { endsOn } = spanOf("quarter", quarter, fiscalYearStart);
    const isOpen = isRunning(settings, quarter);
    const evidence = daysBefore(endsOn, -lateDays);
    // A month is told once it has been over for so long, since invoices are paid late.
    const recurring = daysBefore(endsOn, -settledDays);
    return [
      ...(isOpen ? [{ what: "everything", until: endsOn, why: "the quarter is in progress" }] : []),
      ...(evidence >= asOf
        ? [
            {
              what: "who sourced or influenced a deal",
              until: evidence,
              why: `evidence that is recorded up to ${lateDays} days after a close still counts`,
            },
          ]
        : []),
      ...(recurring > asOf || isOpen
        ? [
            {
              what: "recurring revenue and retention",
              until: recurring,
              why: `invoices of its last month are paid late, and count once they are; told after ${settledDays} days`,
            },
          ]
        : []),
    ].map((one) => ({ quarter, ...one }));
  });
}

/** Changes that are known to come, so that they surprise nobody: apart from those that were not foreseen. */
function planned(context: PageContext): Markup {
  const rows = plannedOf(context);
  const quarters = [...new Set(rows.map((row) => row.quarter))];
  const until = (quarter: string): string =>
    formatDate(
      rows
        .filter((row) => row.quarter === quarter)
        .map((row) => row.until)
        .sort()
        .at(-1) ?? "",
    );
  return section(
    quarters.length === 0
      ? "No quarter is provisional"
      : quarters.map((quarter) => `${quarterLabel(quarter)} provisional until ${until(quarter)}`).join(", "),
    "Planned revisions: what a quarter's numbers still wait for. A quarter that is over changes after these days only by a correction, a decision or a changed rule; refunds and disputes fall into the quarter in which they come.",
    table<Planned>({
      id: "planned",
      caption: "What is still to change, and until when",
      noun: "revisions",
      search: false,
      empty: html`<b>Nothing is foreseen.</b> No quarter waits for late evidence or late payment.`,
      rows,
      columns: [
        { label: "Quarter", kind: "text", value: (row) => quarterLabel(row.quarter) },
        { label: "What", kind: "text", value: (row) => row.what },
        { label: "Until", kind: "date", value: (row) => row.until },
        { label: "Why", kind: "text", wide: true, value: (row) => row.why },
      ],
    }),
  );
}

const revisions = new Set([
  "new_evidence",
  "late_evidence",
  "registration_moved",
  "certification_changed",
  "incumbent_changed",
  "as_of_earlier",
]);

/** Whether a difference was to be expected, was decided by somebody, or mends what was wrong in a source. */
function kindOf(reason: string): string {
  if (reason === "rule_changed") return "rule change";
  if (reason === "override") return "decision";
  if (reason === "unexplained") return "not explained";
  return revisions.has(reason) ? "revision" : "correction";
}

interface Value {
  readonly period: string;
  readonly metric: string;
  readonly slice: string;
  readonly frozenAt: Date;
  readonly by: string;
  readonly presented: number;
  readonly now: number | null;
  readonly isChanged: boolean;
}

async function readValues(context: PageContext): Promise<readonly Value[]> {
  const rows = await context.db
    .selectFrom("quality.restated_value")
    .select(["period", "metric", "slice", "frozen_at", "frozen_by", "presented_value", "value", "is_changed"])
    .orderBy("period", "desc")
    .orderBy("metric")
    .orderBy("slice")
    .execute();
  return rows.map((row) => ({
    period: row.period,
    metric: row.metric,
    slice: row.slice,
    frozenAt: row.frozen_at,
    by: row.frozen_by,
    presented: Number(row.presented_value),
    now: row.value === null ? null : Number(row.value),
    isChanged: row.is_changed,
  }));
}

function finding(values: readonly Value[], currency: string): string {
  const quarters = new Set(values.map((value) => value.period));
  if (quarters.size === 0) return "No quarter has been frozen yet";
  const changed = new Set(values.filter((value) => value.isChanged).map((value) => value.period));
  if (changed.size === 0) return "Every frozen quarter is what was presented";
  const said = `${changed.size} of ${counted(quarters.size, "frozen quarter")} changed since presented`;
  // The newest quarter comes first; what partners brought is what most ask for.
  const sourced = values.find(
    (value) => value.slice === "program" && value.metric === "sourced_bookings" && value.isChanged,
  );
  if (sourced === undefined || sourced.now === null) return said;
  const gap = sourced.now - sourced.presented;
  return `${said}: sourced bookings of ${quarterLabel(sourced.period)} are ${formatMoneyShort(Math.abs(gap), currency)} ${gap < 0 ? "lower" : "higher"}`;
}

function presented(context: PageContext, values: readonly Value[]): Markup {
  const { currency, timezone } = context.settings;
  const rows = values.filter((value) => value.slice === "program");
  const elsewhere = values.filter((value) => value.slice === "partner" && value.isChanged).length;
  const cell = (metric: string, value: number | null): string => {
    const found = findMetric(metric);
    return value === null || found === undefined ? "–" : formatCell(value, found);
  };
  return section(
    "Presented and now",
    rows.length === 0
      ? null
      : `The program as a whole, in ${currency}. ${elsewhere === 0 ? "No partner's part changed." : `${counted(elsewhere, "amount")} of partners changed as well.`}`,
    table<Value>({
      id: "presented",
      caption: `Frozen quarters, ${currency}`,
      noun: "amounts",
      empty: html`<b>Nothing to compare with yet.</b> A closed quarter is recorded as it was presented when its scorecard is frozen, and is compared here from the next refresh on. To freeze one: <code>attributary scorecard --period ${lastClosedQuarter(context.settings)} --freeze</code>.`,
      rows,
      limit: 120,
      keep: context.keep(),
      columns: [
        { label: "Quarter", kind: "text", value: (row) => quarterLabel(row.period), facet: true },
        { label: "Metric", kind: "text", value: (row) => findMetric(row.metric)?.label ?? row.metric },
        {
          label: "Presented",
          kind: "money",
          value: (row) => row.presented,
          cell: (row) => cell(row.metric, row.presented),
        },
        { label: "Now", kind: "money", value: (row) => row.now, cell: (row) => cell(row.metric, row.now) },
        {
          label: "Difference",
          kind: "money",
          value: (row) => (row.now === null ? null : row.now - row.presented),
          cell: (row) =>
            row.now === null
              ? "–"
              : row.now === row.presented
                ? "no change"
                : formatDifference((row.now - row.presented).toFixed(4), currency),
        },
        { label: "Presented on", kind: "text", value: (row) => formatMoment(row.frozenAt, timezone) },
        { label: "By", kind: "text", value: (row) => row.by },
      ],
    }),
  );
}

/** A rate, count or other figure of the program that is no longer what was presented; in words, as metrics differ in unit. */
interface Figure {
  readonly period: string;
  readonly label: string;
  readonly presented: string;
  readonly now: string;
}

async function readFigures(context: PageContext): Promise<readonly Figure[]> {
  const found = await context.db
    .selectFrom("quality.restated_figure")
    .select(["period", "metric"])
    .where("slice", "=", "program")
    .orderBy("period", "desc")
    .orderBy("metric")
    .execute();
  return found.flatMap(({ period, metric }): Figure[] => {
    const view = { period, slice: "program", sliceKey: "all" } as const;
    const presented = context.presented.as(metric, view);
    if (presented === null) return [];
    const now = context.metric(metric, view);
    return [{ period, label: now.metric.label, presented: formatCell(presented.value, now.metric), now: now.cell }];
  });
}

/** What rests on those amounts and on the deals and registrations behind them. */
function restatedFigures(values: readonly Value[], rows: readonly Figure[]): Markup {
  if (values.length === 0) return html``;
  return section(
    rows.length === 0
      ? "Every rate and count is what was presented"
      : `${counted(rows.length, "other figure")} changed with them`,
    rows.length === 0
      ? null
      : "Rates, counts and times of the program as a whole. They follow from deals, touches and registrations that changed, and what is told of a quarter's beginners goes on after its end.",
    table<Figure>({
      id: "presented-figures",
      caption: "Rates, counts and times that are no longer what was presented",
      noun: "figures",
      search: false,
      empty: "None.",
      rows,
      columns: [
        { label: "Quarter", kind: "text", value: (row) => quarterLabel(row.period) },
        { label: "Metric", kind: "text", value: (row) => row.label },
        { label: "Presented", kind: "text", value: (row) => row.presented },
        { label: "Now", kind: "text", value: (row) => row.now },
      ],
    }),
  );
}

interface Row {
  readonly period: string;
  readonly measure: string;
  readonly key: string | null;
  /** The deal by its name, also of one that is no longer there; null where the row is of none. */
  readonly deal: string | null;
  readonly of: string | null;
  readonly difference: number;
  readonly reason: string;
  readonly detail: string;
}

async function readRows(context: PageContext): Promise<readonly Row[]> {
  const rows = await context.db.selectFrom("quality.restated_row").selectAll().execute();
  return rows
    .map((row) => ({
      period: row.period,
      measure: row.measure,
      key: row.cash_key ?? row.deal_key ?? row.entry_key,
      deal: row.deal_name,
      of: row.class ?? partnerName(context, row.partner_key),
      difference: major(row.difference_minor, context.settings) ?? 0,
      reason: row.reason,
      detail: inWords(context, { ...row, name: row.deal_name }),
    }))
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || ((a.key ?? "") < (b.key ?? "") ? -1 : 1));
}

// What a page has room for; a file beside it holds all of them.
const mostRows = 120;

/** A reason as people read it: partners and the row's deal by their names, kinds without underscores, other keys in brackets after what they are of. */
function inWords(
  context: PageContext,
  row: { readonly detail: string; readonly deal_key: string | null; readonly name: string | null },
): string {
  return row.detail
    .split(" ")
    .map((word) => {
      const [, bare = "", sign = ""] = /^(.*?)([,.;]?)$/.exec(word) ?? [];
      const partner = context.partners.get(bare);
      if (partner !== undefined) return `${partner.name}${sign}`;
      if (bare === row.deal_key && row.name !== null) return `${row.name}${sign}`;
      if (/^[\w-]+:\S+$/.test(bare)) return `(${bare})${sign}`;
      return /^[a-z]+(?:_[a-z]+)+$/.test(bare) ? `${readable(bare)}${sign}` : word;
    })
    .join(" ");
}

function reasons(context: PageContext, rows: readonly Row[]): Markup {
  if (rows.length === 0) return html``;
  const { currency } = context.settings;
  const summed = [...groupBy(rows, (row) => `${row.period}|${row.measure}|${row.reason}`).values()].flatMap((group) => {
    const first = group[0];
    return first === undefined
      ? []
      : [{ ...first, rows: group.length, difference: total(group, (row) => row.difference) }];
  });
  const money = (value: number): string => formatDifference(value.toFixed(4), currency);
  return html`${section(
    "Why it changed",
    "Each difference has one reason. A revision comes of evidence that came later, as the rules foresee; a correction mends what a source had wrong; a decision is an override, whose approver stands with each row; a rule change is listed below. Bookings and collected amounts go by class, so a deal that changes class counts down once and up once; influenced by partner counts a deal for each partner that helped, also where another brought it.",
    table<(typeof summed)[number]>({
      id: "reasons",
      caption: `Differences by reason, ${currency}`,
      noun: "reasons",
      empty: "No reasons.",
      search: false,
      rows: summed,
      columns: [
        { label: "Quarter", kind: "text", value: (row) => quarterLabel(row.period) },
        { label: "Measure", kind: "text", value: (row) => measureLabel(row.measure) },
        { label: "Kind", kind: "text", value: (row) => kindOf(row.reason), facet: true },
        { label: "Reason", kind: "text", value: (row) => reasonLabel(row.reason) },
        { label: "Rows", kind: "count", value: (row) => row.rows },
        { label: "Difference", kind: "money", value: (row) => row.difference, cell: (row) => money(row.difference) },
      ],
    }),
  )}
${section(
  "Row by row",
  "Largest first.",
  table<Row>({
    id: "changed-rows",
    caption: `Rows that changed, ${currency}`,
    noun: "rows",
    empty: "No rows.",
    rows,
    limit: mostRows,
    keep: context.keep(),
    columns: [
      { label: "Deal", kind: "text", value: (row) => row.deal },
      {
        label: "Quarter",
        kind: "text",
        value: (row) => quarterLabel(row.period),
        cell: (row) => whole(quarterLabel(row.period)),
        facet: true,
      },
      { label: "Measure", kind: "text", value: (row) => measureLabel(row.measure), facet: true },
      { label: "Of", kind: "text", value: (row) => row.of },
      { label: "Difference", kind: "money", value: (row) => row.difference, cell: (row) => money(row.difference) },
      { label: "Reason", kind: "text", value: (row) => reasonLabel(row.reason), facet: true },
      { label: "Why", kind: "text", wide: true, value: (row) => row.detail },
      { label: "Source id", kind: "key", value: (row) => row.key },
    ],
  }),
)}`;
}

interface Restated {
  readonly deal: string;
  readonly dealKey: string;
  readonly quarter: string | null;
  readonly partnerKey: string;
  readonly roleAtClose: string;
  readonly roleNow: string;
  readonly from: string;
  readonly to: string;
  /** What the deal was won for; null where it was not won or has no amount. */
  readonly amount: number | null;
  readonly why: string;
}

async function readLedger(context: PageContext): Promise<readonly Restated[]> {
  const rows = await context.db
    .selectFrom("marts.fct_restatement as restated")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "restated.deal_key")
    .selectAll("restated")
    .select(["deal.name", "deal.account_name", "deal.state", "deal.amount_reporting_minor"])
    .orderBy("restated.closed_on", "desc")
    .orderBy("restated.deal_key")
    .orderBy("restated.partner_key")
    .execute();
  return rows.map((row) => ({
    deal: row.name ?? row.account_name ?? row.deal_key,
    dealKey: row.deal_key,
    quarter: row.quarter,
    partnerKey: row.partner_key,
    roleAtClose: row.role_at_close,
    roleNow: row.role_now,
    from: classWords(row.class_at_close),
    to: classWords(row.class_now),
    amount: row.state === "won" ? major(row.amount_reporting_minor, context.settings) : null,
    why: inWords(context, row),
  }));
}

function classWords(word: string): string {
  return word === "influenced" ? "influenced only" : word;
}

/** What a partner would have more or less of a deal's amount in one of its parts: `source` or `influence`. */
function moved(row: Restated, role: string): number | null {
  if (row.amount === null) return null;
  return (row.roleNow === role ? row.amount : 0) - (row.roleAtClose === role ? row.amount : 0);
}

async function ledger(context: PageContext): Promise<Markup> {
  const { currency, evidence } = context.settings;
  const rows = await readLedger(context);
  const deals = [...new Map(rows.map((row) => [row.dealKey, row])).values()];
  const classes = [...groupBy(deals, (row) => `${row.from} → ${row.to}`)].map(([name, list]) => ({
    name: list[0]?.from === list[0]?.to ? `stays ${list[0]?.to}, by another partner or with other help` : name,
    deals: list.length,
    won: list.filter((row) => row.amount !== null).length,
    amount: total(list, (row) => row.amount),
    place: list[0]?.from === list[0]?.to ? 1 : 0,
  }));
  const partners = [...groupBy(rows, (row) => row.partnerKey)]
    .map(([partnerKey, list]) => ({
      partnerKey,
      deals: list.length,
      sourced: total(list, (row) => moved(row, "source")),
      influenced: total(list, (row) => moved(row, "influence")),
    }))
    .sort(
      (a, b) =>
        Math.abs(b.sourced) + Math.abs(b.influenced) - Math.abs(a.sourced) - Math.abs(a.influenced) ||
        (a.partnerKey < b.partnerKey ? -1 : 1),
    );
  const head = `${counted(deals.length, "deal")} would be judged otherwise by the evidence of now`;
  return section(
    rows.length === 0 ? "Evidence at the close and now agree" : head,
    `The restatement ledger: roles and touches removed, leads rejected or accepted, and registrations approved after evidence on a deal was closed. ${
      evidence === "close" ? "The numbers keep what stood at the close." : "The numbers take what stands now."
    }`,
    html`${
      rows.length === 0
        ? null
        : html`${table<(typeof classes)[number]>({
            id: "ledger-classes",
            caption: `What would become of the deals' classes, ${currency}; amounts of won deals`,
            noun: "moves",
            search: false,
            empty: "No moves.",
            rows: classes.toSorted((a, b) => a.place - b.place || b.amount - a.amount || (a.name < b.name ? -1 : 1)),
            columns: [
              { label: "At the close → now", kind: "text", value: (row) => row.name },
              { label: "Deals", kind: "count", value: (row) => row.deals },
              { label: "Won with an amount", kind: "count", value: (row) => row.won },
              { label: "Amount", kind: "money", value: (row) => row.amount },
            ],
          })}
${table<(typeof partners)[number]>({
  id: "ledger-partners",
  caption: `What would move for each partner, ${currency}; several partners may influence one deal, so that column has no total`,
  noun: "partners",
  search: false,
  empty: "No partners.",
  rows: partners,
  limit: 40,
  keep: context.keep(),
  columns: [
    partnerColumn(context, (row) => row.partnerKey),
    { label: "Deals", kind: "count", value: (row) => row.deals },
    { label: "Sourced credit", kind: "money", value: (row) => row.sourced, total: true },
    { label: "Influenced amount", kind: "money", value: (row) => row.influenced },
  ],
})}`
    }
${table<Restated>({
  id: "ledger",
  caption: `Restatement ledger, newest first, ${currency}. – under amounts: the deal was not won, or has no amount or exchange rate.`,
  noun: "rows",
  empty: "No closed deal's evidence was removed or decided after it was closed.",
  rows,
  limit: mostRows,
  keep: context.keep(),
  columns: [
    { label: "Deal", kind: "text", value: (row) => row.deal },
    {
      label: "Quarter",
      kind: "text",
      value: (row) => (row.quarter === null ? null : quarterLabel(row.quarter)),
      cell: (row) => (row.quarter === null ? "–" : whole(quarterLabel(row.quarter))),
      facet: true,
    },
    partnerColumn(context, (row) => row.partnerKey),
    { label: "Its part", kind: "text", value: (row) => `${row.roleAtClose} → ${row.roleNow}` },
    { label: "Class", kind: "text", value: (row) => (row.from === row.to ? row.to : `${row.from} → ${row.to}`) },
    { label: "Sourced credit", kind: "money", value: (row) => moved(row, "source"), total: true },
    { label: "Influenced amount", kind: "money", value: (row) => moved(row, "influence") },
    { label: "Why", kind: "text", wide: true, value: (row) => row.why },
    { label: "Source id", kind: "key", value: (row) => row.dealKey },
  ],
})}`,
  );
}

async function rules(context: PageContext): Promise<Markup> {
  const { timezone } = context.settings;
  const rows = await context.db
    .selectFrom("marts.fct_rule_change")
    .selectAll()
    .orderBy("changed_at", "desc")
    .orderBy("rule")
    .execute();
  return section(
    rows.length === 0 ? "No rule was changed" : `${counted(rows.length, "change")} of rules`,
    "A rule that changes is in force for all of history with the next refresh. Who changed it is known to whoever keeps the configuration, such as git, and not here.",
    table<(typeof rows)[number]>({
      id: "rules",
      caption: "Changes of the configuration, and of the version that works the numbers out",
      noun: "changes",
      empty: "The configuration is what it was at the first refresh.",
      rows,
      limit: mostRows,
      keep: context.keep(),
      columns: [
        { label: "Changed", kind: "text", value: (row) => formatMoment(row.changed_at, timezone) },
        { label: "Rule", kind: "text", value: (row) => (row.rule === "models" ? "version of the models" : row.rule) },
        { label: "Before", kind: "text", value: (row) => row.value_before },
        { label: "After", kind: "text", value: (row) => row.value_after },
      ],
    }),
  );
}
