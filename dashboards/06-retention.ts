import { sql } from "kysely";
import {
  formatCount,
  formatMoneyShort,
  formatPercent,
  formatPercentagePoints,
  formatPeriod,
} from "../src/metrics/format.ts";
import { lastPeriods, periodOf, shiftPeriod, spanOf } from "../src/metrics/periods.ts";
import { cards, judged } from "../src/reports/card.ts";
import { type BridgeStep, bridge } from "../src/reports/charts/bridge.ts";
import { heatMap } from "../src/reports/charts/heat-map.ts";
import { type LineSeries, lines } from "../src/reports/charts/lines.ts";
import { isRunning, type PageContext, quarterLabel, type View, whose } from "../src/reports/context.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { type Fragment, html, type Markup } from "../src/reports/html.ts";
import { partnerLink, partnerName, scopeOf } from "../src/reports/links.ts";
import { groupBy, ratio, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { major, type Settings } from "../src/reports/settings.ts";
import { bySlice } from "../src/reports/sliced.ts";
import { table } from "../src/reports/table.ts";
import { counted, sentenceCase, signedMoneyText } from "../src/reports/words.ts";

export const page = definePage({
  id: "retention",
  title: "Retention",
  question: "Do partner customers stay and grow, and do partners keep producing?",
  group: "Revenue",
  order: 6,
  filters: ["period", "slice"],
  render: async (context) => {
    const known = await context.db
      .selectFrom("marts.fct_recurring")
      .select((field) => field.fn.countAll<number>().as("rows"))
      .executeTakeFirstOrThrow();
    if (Number(known.rows) === 0) {
      const unconverted = await invoicesWithoutRate(context);
      if (unconverted > 0) {
        return {
          finding: "Recurring revenue has no exchange rate",
          lead: "Retention compares what customers pay now with what the same customers paid a year before.",
          body: html`<p class="empty"><b>Nothing that can be added up.</b> ${counted(unconverted, "invoice")} cannot be converted to ${context.settings.currency}; <a data-carry href="${context.root}data-quality.html">Data quality</a> lists them and names the rates that are missing.</p>`,
        };
      }
      return {
        finding: "No recurring revenue is known",
        lead: "Retention compares what customers pay now with what the same customers paid a year before.",
        body: html`<p class="empty"><b>Nothing to show.</b> Recurring revenue comes from paid invoices with a recurring amount and a service period: Stripe's subscription invoices have both; in files they are the columns recurring_amount, period_starts_on and period_ends_on of invoices.</p>`,
      };
    }
    const years = yearsBySlice(context, await readYears(context));
    const cohorts = bySlice(context, await readCohorts(context), (row) => [row.partnerKey]);
    const losses = await readLosses(context);
    return {
      finding: context.block(["period", "slice"], (view) => html`${finding(context, view)}`),
      lead: html`Told at the last closed month of the quarter, against the same month a year before: a month that is still running has invoices to come. An invoice that is not paid yet counts as nothing, so the newest months rise as payments arrive. ${context.words(["period", "slice"], (view) => customerWords(context, view, years))}`,
      body: html`${context.block(["period", "slice"], (view) => headCards(context, view))}
<div class="columns columns-2">${context.block(["slice"], (view) => trend(context, view, "gross"))}
${context.block(["slice"], (view) => trend(context, view, "net"))}</div>
<div class="columns columns-2">${context.block(["period", "slice"], (view) => yearBridge(context, view, years))}
${context.block(["slice"], (view) => cohortMap(context, view, cohorts))}</div>
${lossList(context, losses)}`,
    };
  },
});

async function invoicesWithoutRate(context: PageContext): Promise<number> {
  const found = await context.db
    .selectFrom("quality.issue")
    .select((field) => field.fn.countAll<number>().as("rows"))
    .where("check_id", "=", "fx_rate_missing")
    .where("entity", "=", "invoices")
    .executeTakeFirstOrThrow();
  return Number(found.rows);
}

/** The last month of a quarter that is over on the as-of date; of a quarter that has just begun, the last one before it. */
function monthOf(settings: Settings, quarter: string): string {
  const { fiscalYearStart, asOf, isAsOfExplicit } = settings;
  const day = isRunning(settings, quarter) ? asOf : spanOf("quarter", quarter, fiscalYearStart).endsOn;
  const last = periodOf("month", day, fiscalYearStart);
  const { endsOn } = spanOf("month", last, fiscalYearStart);
  const isOver = endsOn < asOf || (endsOn === asOf && isAsOfExplicit);
  return isOver ? last : shiftPeriod("month", last, -1);
}

function monthLabel(month: string): string {
  return formatPeriod("month", month);
}

function finding(context: PageContext, view: View): string {
  const month = monthOf(context.settings, view.period);
  const net = context.metric("net_retention", { ...view, period: month });
  if (net.value === null) {
    return sentenceCase(
      `${whose(view)}no customer paid in ${monthLabel(shiftPeriod("month", month, -12))}, so nothing can be retained`,
    );
  }
  const own = view.slice === "program" ? "sourced " : "";
  const sourced = view.slice === "program" ? context.metric("net_retention.sourced", { ...view, period: month }) : net;
  const direct = directAt(context, "net_retention", month);
  if (sourced.value === null || direct === null) {
    return sentenceCase(
      `${whose(view)}customers of a year ago pay ${sourced.card === "–" ? net.card : sourced.card} of what they paid`,
    );
  }
  return sentenceCase(
    `${whose(view)}${own}customers pay ${sourced.card} of last year's revenue, direct ones ${formatPercent(direct)}`,
  );
}

function directAt(context: PageContext, id: "net_retention" | "gross_retention", month: string): number | null {
  return context.metric(`${id}.direct`, { period: month, slice: "program", sliceKey: "all" }).value;
}

function headCards(context: PageContext, view: View): Markup {
  const month = monthOf(context.settings, view.period);
  const before = shiftPeriod("month", month, -12);
  const note = (id: "net_retention" | "gross_retention" | "partner_retention"): Fragment => {
    const now = context.metric(id, { ...view, period: month }).value;
    const was = context.metric(id, { ...view, period: before }).value;
    const direct = id === "partner_retention" ? null : directAt(context, id, month);
    const said =
      now === null || was === null
        ? html`no value for ${monthLabel(before)} to compare with`
        : html`vs ${monthLabel(before)}: ${judged(now === was ? "neutral" : now > was ? "better" : "worse", now === was ? "no change" : formatPercentagePoints(now - was), null)}`;
    return direct === null ? said : html`${said}<br>direct customers ${formatPercent(direct)}`;
  };
  const at = { period: month };
  const scope = monthLabel(month);
  const missing = `no customer had recurring revenue in ${monthLabel(before)}`;
  return cards(context, view, [
    { id: "gross_retention", at, scope, missing, note: note("gross_retention") },
    { id: "net_retention", at, scope, missing, note: note("net_retention") },
    {
      id: "partner_retention",
      at,
      scope,
      missing: "no partner had an event in the year before last",
      note: note("partner_retention"),
    },
  ]);
}

const monthsShown = 13;

function trend(context: PageContext, view: View, kind: "gross" | "net"): Markup {
  const id = `${kind}_retention` as const;
  const last = monthOf(context.settings, context.period);
  const months = lastPeriods("month", last, monthsShown);
  const isProgram = view.slice === "program";
  const program = { slice: "program", sliceKey: "all" } as const;
  const series: readonly (LineSeries & { readonly at: (month: string) => number | null })[] = [
    ...(isProgram
      ? [
          {
            name: "Sourced",
            stroke: "var(--sourced)",
            at: (month: string) => context.metric(`${id}.sourced`, { ...program, period: month }).value,
          },
          {
            name: "Influenced",
            stroke: "var(--influenced)",
            at: (month: string) => context.metric(`${id}.influenced`, { ...program, period: month }).value,
          },
        ]
      : [
          {
            name: "Theirs",
            stroke: "var(--sourced)",
            at: (month: string) => context.metric(id, { ...view, period: month }).value,
          },
        ]),
    { name: "Direct", stroke: "var(--mark-soft)", at: (month: string) => directAt(context, id, month) },
  ];
  const drawn = series.filter((one) => months.some((month) => one.at(month) !== null));
  const title = `${sentenceCase(kind)} retention by month`;
  if (drawn.length === 0) {
    return emptyFigure(
      sentenceCase(`${whose(view)}${kind} retention cannot be told yet`),
      "It takes customers with recurring revenue a year before the month.",
    );
  }
  const first = drawn[0];
  const at = (name: string, month: string): number | null => drawn.find((one) => one.name === name)?.at(month) ?? null;
  const [own, direct] = [first === undefined ? null : first.at(last), at("Direct", last)];
  const lowest = Math.min(...drawn.flatMap((one) => months.map((month) => one.at(month) ?? 1)));
  const bottom = Math.max(0, Math.floor(lowest * 5 - 0.5) / 5);
  const gap = own === null || direct === null ? null : own - direct;
  return figure({
    title:
      gap === null || first === undefined || first.name === "Direct"
        ? sentenceCase(`${whose(view)}${kind} retention of customers, by month`)
        : sentenceCase(
            `${whose(view)}${isProgram ? "sourced customers' " : ""}${kind} retention is ${gap === 0 ? "the same as" : `${formatPercentagePoints(Math.abs(gap)).replace("+", "")} ${gap > 0 ? "above" : "below"}`} that of direct ones`,
          ),
    label: `${title}: ${drawn.map((one) => `${one.name} ${one.at(last) === null ? "unknown" : formatPercent(one.at(last) ?? 0)}`).join(", ")} in ${monthLabel(last)}`,
    caption: `${
      kind === "gross"
        ? "What is left of the recurring revenue of the same month a year before, growth left out"
        : "What the recurring revenue of the same month a year before has become, growth included"
    }. ${isProgram ? "By the class of the customer's first won deal." : "Customers whose first won deal these partners brought, against all direct ones."} The last ${monthsShown} closed months.${bottom === 0 ? "" : ` The axis begins at ${Math.round(bottom * 100)}%.`}`,
    scope: "all months",
    size: "half",
    draw: (width) =>
      lines({
        data: drawn.flatMap((one) => months.map((month, x) => ({ series: one.name, x, y: one.at(month) }))),
        series: drawn,
        ticksX: width < 400 ? [0, 6, 12] : [0, 3, 6, 9, 12],
        formatX: (x) => (months[x] === undefined ? "" : monthLabel(months[x]).replace(/ 20/, " ’")),
        formatY: (share) => `${Math.round(share * 100)}%`,
        bottom,
        width,
      }),
    data: table({
      id: `${kind}-data`,
      caption: title,
      noun: "months",
      search: false,
      empty: "No months.",
      rows: months,
      columns: [
        { label: "Month", kind: "text", value: monthLabel },
        ...drawn.map((one) => ({ label: one.name, kind: "ratio" as const, value: one.at })),
      ],
    }),
  });
}

/** What a year did to the recurring revenue of one source's customers, in major units. */
interface Year {
  readonly month: string;
  readonly partnerKey: string | null;
  readonly was: number;
  readonly left: number;
  readonly shrank: number;
  readonly grew: number;
  /** Of customers that had none a year before. */
  readonly fresh: number;
  readonly customers: number;
  readonly stayed: number;
}

/** The first day of a month, as the marts date recurring revenue. */
function firstDay(month: string): string {
  return `${month}-01`;
}

/** For the closed month of each quarter: what its customers paid a year before and pay now, by the partner that brought them. */
async function readYears(context: PageContext): Promise<readonly Year[]> {
  const { settings, db } = context;
  const months = [...new Set(context.quarters.map((quarter) => monthOf(settings, quarter)))];
  const years: Year[] = [];
  for (const month of months) {
    const before = firstDay(shiftPeriod("month", month, -12));
    const was = await db
      .selectFrom("marts.fct_recurring as earlier")
      .leftJoin("marts.fct_recurring as later", (join) =>
        join.onRef("later.customer_key", "=", "earlier.customer_key").on("later.month_on", "=", firstDay(month)),
      )
      .select([
        "earlier.source_partner_key",
        (field) => field.fn.sum<number>("earlier.mrr_minor").as("then_minor"),
        sql<number>`sum(case when coalesce(later.mrr_minor, 0) <= 0 then earlier.mrr_minor else 0 end)`.as(
          "left_minor",
        ),
        sql<number>`sum(case when later.mrr_minor > 0 then greatest(earlier.mrr_minor - later.mrr_minor, 0) else 0 end)`.as(
          "shrank_minor",
        ),
        sql<number>`sum(case when later.mrr_minor > 0 then greatest(later.mrr_minor - earlier.mrr_minor, 0) else 0 end)`.as(
          "grew_minor",
        ),
        (field) => field.fn.countAll<number>().as("customers"),
        sql<number>`count(*) filter (later.mrr_minor > 0)`.as("stayed"),
      ])
      .where("earlier.month_on", "=", before)
      .where("earlier.mrr_minor", ">", 0)
      .groupBy("earlier.source_partner_key")
      .execute();
    const fresh = await db
      .selectFrom("marts.fct_recurring as later")
      .leftJoin("marts.fct_recurring as earlier", (join) =>
        join
          .onRef("earlier.customer_key", "=", "later.customer_key")
          .on("earlier.month_on", "=", before)
          .on("earlier.mrr_minor", ">", 0),
      )
      .select(["later.source_partner_key", (field) => field.fn.sum<number>("later.mrr_minor").as("minor")])
      .where("later.month_on", "=", firstDay(month))
      .where("earlier.customer_key", "is", null)
      .groupBy("later.source_partner_key")
      .execute();
    const money = (minor: number): number => major(minor, settings) ?? 0;
    years.push(
      ...was.map((row) => ({
        month,
        partnerKey: row.source_partner_key,
        was: money(row.then_minor),
        left: money(row.left_minor),
        shrank: money(row.shrank_minor),
        grew: money(row.grew_minor),
        fresh: 0,
        customers: Number(row.customers),
        stayed: Number(row.stayed),
      })),
      ...fresh.map((row) => ({
        month,
        partnerKey: row.source_partner_key,
        was: 0,
        left: 0,
        shrank: 0,
        grew: 0,
        fresh: money(row.minor),
        customers: 0,
        stayed: 0,
      })),
    );
  }
  return years;
}

type Years = (view: View) => readonly Year[];

function yearsBySlice(context: PageContext, years: readonly Year[]): Years {
  const months = new Map(
    [...groupBy(years, (year) => year.month)].map(([month, list]) => [
      month,
      bySlice(context, list, (year) => [year.partnerKey]),
    ]),
  );
  return (view) => months.get(monthOf(context.settings, view.period))?.(view) ?? [];
}

function customerWords(context: PageContext, view: View, years: Years): string {
  const mine = years(view);
  const customers = total(mine, (year) => year.customers);
  const stayed = total(mine, (year) => year.stayed);
  const month = monthOf(context.settings, view.period);
  const before = monthLabel(shiftPeriod("month", month, -12));
  const share = ratio(stayed, customers);
  if (share === null) return `No customer paid in ${before}.`;
  return `Of ${counted(customers, "customer")} that paid in ${before}, ${formatCount(stayed)} paid in ${monthLabel(month)}: ${formatPercent(share)} of customers stayed.`;
}

function yearBridge(context: PageContext, view: View, years: Years): Markup {
  const { currency } = context.settings;
  const mine = years(view);
  const month = monthOf(context.settings, view.period);
  const before = shiftPeriod("month", month, -12);
  const sum = (of: (year: Year) => number): number => Math.round(total(mine, of) * 1000) / 1000;
  const [was, left, shrank, grew, fresh] = [
    sum((year) => year.was),
    sum((year) => year.left),
    sum((year) => year.shrank),
    sum((year) => year.grew),
    sum((year) => year.fresh),
  ];
  const short = (value: number): string => formatMoneyShort(value, currency);
  if (was === 0) {
    return emptyFigure(
      sentenceCase(`${whose(view)}no recurring revenue in ${monthLabel(before)}`),
      `What became of a year's customers is drawn from a year of recurring revenue on; ${fresh === 0 ? "none is known" : `${short(fresh)} is known for ${monthLabel(month)}`}.`,
    );
  }
  const same = was - left - shrank + grew;
  const steps: readonly BridgeStep[] = [
    { name: monthLabel(before), value: was, kind: "total" },
    { name: "Customers left", value: -left, kind: "change" },
    { name: "Shrank", value: -shrank, kind: "change" },
    { name: "Grew", value: grew, kind: "change" },
    { name: "Same customers", value: same, kind: "total" },
    { name: "New customers", value: fresh, kind: "change" },
    { name: monthLabel(month), value: same + fresh, kind: "total" },
  ];
  return figure({
    title: sentenceCase(
      `${whose(view)}${short(left + shrank)} a month was lost in a year, ${short(grew)} won back by growth`,
    ),
    label: `Recurring revenue a month, ${steps.map((step) => `${step.name} ${short(step.value)}`).join(", ")}`,
    caption: `Recurring revenue a month, ${currency}. Gross retention is what is left before growth, ${formatPercent((was - left - shrank) / was)}; net is the same customers' bar, ${formatPercent(same / was)} of the first.${view.slice === "program" ? "" : " Customers whose first won deal these partners brought."}`,
    size: "half",
    draw: (width) =>
      bridge({
        steps,
        format: (value, kind) => (kind === "total" ? short(value) : signedMoneyText(value, currency)),
        width,
      }),
    data: table<BridgeStep>({
      id: "year-data",
      caption: `Recurring revenue a month, ${currency}`,
      noun: "steps",
      search: false,
      empty: "No steps.",
      rows: steps,
      columns: [
        { label: "Step", kind: "text", value: (step) => step.name },
        { label: "Amount", kind: "money", value: (step) => step.value },
      ],
    }),
  });
}

/** Months after the first full one at which a cohort is looked at. */
const agesShown = [3, 6, 9, 12, 18, 24];
const cohortsShown = 8;

interface CohortRow {
  /** The quarter in which the customers began. */
  readonly quarter: string;
  readonly partnerKey: string | null;
  /** Months since the first full month. */
  readonly age: number;
  readonly amount: number;
  readonly customers: number;
}

/** Recurring revenue of customers by the quarter they began in and the months since. The first full month, the second of all, is the base. */
async function readCohorts(context: PageContext): Promise<readonly CohortRow[]> {
  const { settings, db } = context;
  const rows = await db
    .with("began", (query) =>
      query
        .selectFrom("marts.fct_recurring")
        .select(["customer_key", (field) => field.fn.min("month_on").as("first_on")])
        .where("mrr_minor", ">", 0)
        .groupBy("customer_key"),
    )
    .selectFrom("marts.fct_recurring as recurring")
    .innerJoin("began", "began.customer_key", "recurring.customer_key")
    .select([
      "began.first_on",
      "recurring.source_partner_key",
      sql<number>`date_diff('month', began.first_on, recurring.month_on) - 1`.as("age"),
      (field) => field.fn.sum<number>("recurring.mrr_minor").as("minor"),
      (field) => field.fn.countAll<number>().as("customers"),
    ])
    .where(sql<number>`date_diff('month', began.first_on, recurring.month_on) - 1`, "in", [0, ...agesShown])
    .groupBy(["began.first_on", "recurring.source_partner_key", "recurring.month_on"])
    .execute();
  return rows.map((row) => ({
    quarter: periodOf("quarter", row.first_on, settings.fiscalYearStart),
    partnerKey: row.source_partner_key,
    age: Number(row.age),
    amount: major(row.minor, settings) ?? 0,
    customers: Number(row.customers),
  }));
}

function cohortMap(context: PageContext, view: View, rows: (view: View) => readonly CohortRow[]): Markup {
  const { settings } = context;
  const mine = rows(view);
  const closed = monthOf(settings, context.period);
  // All customers of the quarter have been there that long, else the cell would tell of its early ones only.
  const isSeen = (quarter: string, age: number): boolean => {
    const lastMonth = periodOf("month", spanOf("quarter", quarter, settings.fiscalYearStart).endsOn, 1);
    return shiftPeriod("month", lastMonth, age + 1) <= closed;
  };
  const cohorts = [...groupBy(mine, (row) => row.quarter)]
    .map(([quarter, list]) => {
      const of = (age: number): readonly CohortRow[] => list.filter((row) => row.age === age);
      const base = total(of(0), (row) => row.amount);
      return {
        quarter,
        customers: total(of(0), (row) => row.customers),
        base,
        at: (age: number): number | null =>
          base > 0 && isSeen(quarter, age) ? total(of(age), (row) => row.amount) / base : null,
      };
    })
    .filter((cohort) => cohort.at(agesShown[0] ?? 0) !== null)
    .sort((a, b) => (a.quarter < b.quarter ? -1 : 1))
    .slice(-cohortsShown);
  const title = "Recurring revenue kept by cohort";
  const oldest = cohorts[0];
  if (oldest === undefined) {
    return emptyFigure(
      sentenceCase(`${whose(view)}no cohort of customers is old enough`),
      `A quarter's customers are drawn once all of them have paid for ${agesShown[0] ?? 0} months after their first full one.`,
    );
  }
  const year = cohorts.filter((cohort) => cohort.at(12) !== null);
  const [before, last] = [year.at(-2), year.at(-1)];
  const name = (cohort: { readonly quarter: string; readonly customers: number }): string =>
    `${quarterLabel(cohort.quarter)} · n ${cohort.customers}`;
  const percent = (share: number): string => `${Math.round(share * 100)}%`;
  const values = cohorts.flatMap((cohort) => agesShown.flatMap((age) => cohort.at(age) ?? []));
  const smallest = Math.min(0.8, ...values);
  const largest = Math.max(1, ...values);
  return figure({
    title:
      last === undefined
        ? sentenceCase(`${whose(view)}no cohort has had a full year yet`)
        : sentenceCase(
            `${whose(view)}${percent(last.at(12) ?? 0)} is kept after a year by the customers of ${quarterLabel(last.quarter)}${before === undefined ? "" : `, ${percent(before.at(12) ?? 0)} by those of ${quarterLabel(before.quarter)}`}`,
          ),
    label: `${title}, ${counted(cohorts.length, "cohort")}; the values stand in the data`,
    caption: `Recurring revenue of the customers that began in a quarter, 3 to 24 months after their first full month, of what they paid in it; above 100% they have grown. n is the customers. Empty: not all of them have been there that long.`,
    scope: "all quarters of beginning",
    size: "half",
    draw: (width) => {
      const column = (age: number): string => (width < 400 ? `m${age}` : `month ${age}`);
      return heatMap({
        data: cohorts.flatMap((cohort) =>
          agesShown.map((age) => ({ row: name(cohort), column: column(age), value: cohort.at(age) })),
        ),
        rows: cohorts.map(name),
        columns: agesShown.map(column),
        format: percent,
        smallest,
        largest,
        width,
      });
    },
    data: table<(typeof cohorts)[number]>({
      id: "cohorts-data",
      caption: `${title}, ${settings.currency}`,
      noun: "cohorts",
      search: false,
      empty: "No cohorts.",
      rows: cohorts,
      columns: [
        { label: "Began", kind: "text", value: (cohort) => quarterLabel(cohort.quarter) },
        { label: "Customers", kind: "count", value: (cohort) => cohort.customers, total: true },
        { label: "First full month", kind: "money", value: (cohort) => cohort.base, total: true },
        ...agesShown.map((age) => ({
          label: `Month ${age}`,
          kind: "ratio" as const,
          value: (cohort: (typeof cohorts)[number]) => cohort.at(age),
        })),
      ],
    }),
  });
}

interface Loss {
  readonly customerKey: string;
  readonly account: string | null;
  readonly class: string | null;
  readonly partnerKey: string | null;
  readonly was: number;
  readonly now: number;
}

/** Customers that pay less in the last closed month than a year before, or nothing. */
async function readLosses(context: PageContext): Promise<readonly Loss[]> {
  const { settings, db } = context;
  const month = monthOf(settings, context.period);
  const rows = await db
    .selectFrom("marts.fct_recurring as earlier")
    .leftJoin("marts.fct_recurring as later", (join) =>
      join.onRef("later.customer_key", "=", "earlier.customer_key").on("later.month_on", "=", firstDay(month)),
    )
    .leftJoin("marts.dim_account as account", "account.account_key", "earlier.account_key")
    .select([
      "earlier.customer_key",
      "account.name",
      "earlier.class",
      "earlier.source_partner_key",
      "earlier.mrr_minor as then_minor",
      "later.mrr_minor as now_minor",
    ])
    .where("earlier.month_on", "=", firstDay(shiftPeriod("month", month, -12)))
    .where("earlier.mrr_minor", ">", 0)
    .execute();
  return rows
    .map((row) => ({
      customerKey: row.customer_key,
      account: row.name,
      class: row.class,
      partnerKey: row.source_partner_key,
      was: major(row.then_minor, settings) ?? 0,
      now: Math.max(0, major(row.now_minor, settings) ?? 0),
    }))
    .filter((row) => row.now < row.was)
    .sort((a, b) => a.now - a.was - (b.now - b.was) || (a.customerKey < b.customerKey ? -1 : 1));
}

function lossList(context: PageContext, rows: readonly Loss[]): Markup {
  const { settings } = context;
  const month = monthOf(settings, context.period);
  const before = shiftPeriod("month", month, -12);
  const heading = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partnerKey, view));
    const gone = mine.filter((row) => row.now === 0).length;
    if (mine.length === 0) return sentenceCase(`${whose(view)}no customer left or shrank in a year`);
    return `${whose(view)}${counted(gone, "customer")} left and ${formatCount(mine.length - gone)} shrank between ${monthLabel(before)} and ${monthLabel(month)}`;
  };
  return section(
    context.words(["slice"], heading),
    "Largest loss first. One that left may only be late: an invoice counts once it is paid.",
    table<Loss>({
      id: "losses",
      caption: `Recurring revenue a month by customer, ${settings.currency}`,
      noun: "customers",
      empty: html`<b>None.</b> Every customer of a year ago pays as much or more, or there was none.`,
      rows,
      limit: 120,
      scope: (row) => scopeOf(context, row.partnerKey),
      columns: [
        { label: "Account", kind: "text", value: (row) => row.account },
        {
          label: "Class",
          kind: "text",
          value: (row) => (row.class === "influenced" ? "influenced only" : row.class),
          facet: true,
        },
        {
          label: "Brought by",
          kind: "text",
          value: (row) => partnerName(context, row.partnerKey),
          cell: (row) => partnerLink(context, row.partnerKey),
        },
        {
          label: "Manager",
          kind: "text",
          value: (row) => (row.partnerKey === null ? null : (context.partners.get(row.partnerKey)?.manager ?? null)),
          facet: true,
        },
        { label: "What", kind: "text", value: (row) => (row.now === 0 ? "left" : "shrank"), facet: true },
        { label: monthLabel(before), kind: "money", value: (row) => row.was, total: true },
        { label: monthLabel(month), kind: "money", value: (row) => row.now, total: true },
        { label: "Change", kind: "money", value: (row) => row.now - row.was, total: true },
        { label: "Source id", kind: "key", value: (row) => row.customerKey },
      ],
    }),
    "the last closed month",
  );
}
