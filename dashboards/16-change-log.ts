import { formatCell, formatMoment, formatMoney } from "../src/metrics/format.ts";
import { findMetric } from "../src/metrics/registry.ts";
import { type PageContext, quarterLabel } from "../src/reports/context.ts";
import { measureLabel, reasonLabel } from "../src/reports/differences.ts";
import { section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerLink, partnerName } from "../src/reports/links.ts";
import { groupBy, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { major } from "../src/reports/settings.ts";
import { table } from "../src/reports/table.ts";
import { counted } from "../src/reports/words.ts";

export const page = definePage({
  id: "change-log",
  title: "Change log and restatements",
  question: "Why is last quarter different from what I presented?",
  group: "Trust",
  order: 16,
  render: async (context) => {
    const values = await readValues(context);
    const rows = await readRows(context);
    return {
      finding: finding(values),
      lead: "A closed quarter that was frozen with the scorecard is compared with every build, so that it never changes silently. What differs is listed row by row with its reason, and the rows add up to the whole difference.",
      body: html`${presented(context, values)}
${reasons(context, rows)}
${await ledger(context)}
${await rules(context)}`,
    };
  },
});

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

function finding(values: readonly Value[]): string {
  const quarters = new Set(values.map((value) => value.period));
  if (quarters.size === 0) return "No quarter has been frozen yet";
  const changed = new Set(values.filter((value) => value.isChanged).map((value) => value.period));
  if (changed.size === 0) return "Every frozen quarter is what was presented";
  return `${changed.size} of ${counted(quarters.size, "frozen quarter")} changed since presented`;
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
      empty: html`<b>Nothing to compare with.</b> <code>attributary scorecard --period … --freeze</code> records a closed quarter as presented; from the next refresh on it is compared here.`,
      rows,
      limit: 120,
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
                : formatMoney((row.now - row.presented).toFixed(4), currency),
        },
        { label: "Presented on", kind: "text", value: (row) => formatMoment(row.frozenAt, timezone) },
        { label: "By", kind: "text", value: (row) => row.by },
      ],
    }),
  );
}

interface Row {
  readonly period: string;
  readonly measure: string;
  readonly key: string | null;
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
      of: row.class ?? partnerName(context, row.partner_key),
      difference: major(row.difference_minor, context.settings) ?? 0,
      reason: row.reason,
      detail: row.detail,
    }))
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || ((a.key ?? "") < (b.key ?? "") ? -1 : 1));
}

// More rows than this are reached with the diff command.
const mostRows = 120;

function reasons(context: PageContext, rows: readonly Row[]): Markup {
  if (rows.length === 0) return html``;
  const { currency } = context.settings;
  const summed = [...groupBy(rows, (row) => `${row.period}|${row.measure}|${row.reason}`).values()].flatMap((group) => {
    const first = group[0];
    return first === undefined
      ? []
      : [{ ...first, rows: group.length, difference: total(group, (row) => row.difference) }];
  });
  const money = (value: number): string => formatMoney(value.toFixed(4), currency);
  return html`${section(
    "Why it changed",
    "Each difference has one reason. Bookings and collected amounts go by class, so a deal that changes class counts down once and up once.",
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
        { label: "Reason", kind: "text", value: (row) => reasonLabel(row.reason) },
        { label: "Rows", kind: "count", value: (row) => row.rows },
        { label: "Difference", kind: "money", value: (row) => row.difference, cell: (row) => money(row.difference) },
      ],
    }),
  )}
${section(
  "Row by row",
  `The largest ${mostRows} at most; attributary diff --frozen lists all of them.`,
  table<Row>({
    id: "changed-rows",
    caption: `Rows that changed, ${currency}`,
    noun: "rows",
    empty: "No rows.",
    rows,
    limit: mostRows,
    columns: [
      { label: "Quarter", kind: "text", value: (row) => quarterLabel(row.period), facet: true },
      { label: "Measure", kind: "text", value: (row) => measureLabel(row.measure), facet: true },
      { label: "Row", kind: "key", value: (row) => row.key },
      { label: "Of", kind: "text", value: (row) => row.of },
      { label: "Difference", kind: "money", value: (row) => row.difference, cell: (row) => money(row.difference) },
      { label: "Reason", kind: "text", value: (row) => reasonLabel(row.reason), facet: true },
      { label: "Why", kind: "text", wide: true, value: (row) => row.detail },
    ],
  }),
)}`;
}

async function ledger(context: PageContext): Promise<Markup> {
  const { currency, evidence } = context.settings;
  const rows = await context.db
    .selectFrom("marts.fct_restatement as restated")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "restated.deal_key")
    .selectAll("restated")
    .select("deal.name")
    .orderBy("restated.closed_on", "desc")
    .orderBy("restated.deal_key")
    .orderBy("restated.partner_key")
    .execute();
  return section(
    rows.length === 0
      ? "Evidence at the close and now agree"
      : `${counted(new Set(rows.map((row) => row.deal_key)).size, "deal")} would be judged otherwise by the evidence of now`,
    `The restatement ledger: roles and touches removed, leads rejected or accepted, and registrations approved after evidence on a deal was closed. ${
      evidence === "close" ? "The numbers keep what stood at the close." : "The numbers take what stands now."
    }`,
    table<(typeof rows)[number]>({
      id: "ledger",
      caption: `Restatement ledger, ${currency}`,
      noun: "rows",
      empty: "No closed deal's evidence was removed or decided after it was closed.",
      rows,
      limit: mostRows,
      columns: [
        { label: "Deal", kind: "text", value: (row) => row.name },
        {
          label: "Quarter",
          kind: "text",
          value: (row) => (row.quarter === null ? null : quarterLabel(row.quarter)),
          facet: true,
        },
        {
          label: "Partner",
          kind: "text",
          value: (row) => partnerName(context, row.partner_key),
          cell: (row) => partnerLink(context, row.partner_key),
        },
        { label: "At the close", kind: "text", value: (row) => row.role_at_close },
        { label: "Now", kind: "text", value: (row) => row.role_now },
        {
          label: "Class",
          kind: "text",
          value: (row) =>
            row.class_at_close === row.class_now ? row.class_now : `${row.class_at_close} → ${row.class_now}`,
        },
        { label: "Credit", kind: "money", value: (row) => major(row.difference_minor, context.settings), total: true },
        { label: "Why", kind: "text", wide: true, value: (row) => row.detail },
        { label: "Source id", kind: "key", value: (row) => row.deal_key },
      ],
    }),
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
    "A rule that changes is in force for all of history with the next refresh.",
    table<(typeof rows)[number]>({
      id: "rules",
      caption: "Changes of the configuration, and of the version that works the numbers out",
      noun: "changes",
      empty: "The configuration is what it was at the first refresh.",
      rows,
      limit: mostRows,
      columns: [
        { label: "Changed", kind: "text", value: (row) => formatMoment(row.changed_at, timezone) },
        { label: "Rule", kind: "text", value: (row) => (row.rule === "models" ? "version of the models" : row.rule) },
        { label: "Before", kind: "text", value: (row) => row.value_before },
        { label: "After", kind: "text", value: (row) => row.value_after },
      ],
    }),
  );
}
