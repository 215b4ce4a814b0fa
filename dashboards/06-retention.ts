import { sql } from "kysely";
import { smallSample } from "../src/metrics/compare.ts";
import {
  formatCount,
  formatMoneyShort,
  formatPercent,
  formatPercentagePoints,
  formatPeriod,
} from "../src/metrics/format.ts";
import { daysBefore, lastPeriods, periodOf, shiftPeriod, spanOf } from "../src/metrics/periods.ts";
import { cards, judged } from "../src/reports/card.ts";
import { type BridgeStep, bridge } from "../src/reports/charts/bridge.ts";
import { heatMap } from "../src/reports/charts/heat-map.ts";
import { type LineSeries, lines } from "../src/reports/charts/lines.ts";
import { headed, type MetricValue, type PageContext, quarterLabel, type View } from "../src/reports/context.ts";
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
    const cohorts = cohortsBySlice(context, await readCohorts(context));
    const losses = await readLosses(context);
    return {
      finding: context.block(["period", "slice"], (view) => html`${finding(context, view)}`),
      lead: html`${context.words(["period", "slice"], (view) => customerWords(context, view, years))} ${context.words(["period"], (view) => settledWords(context, view))}`,
      body: html`${context.block(["period", "slice"], (view) => headCards(context, view))}
${context.block(["period", "slice"], (view) => classTable(context, view, years))}
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

// Invoices of a month are mostly paid by then; before it, customers that only pay late would look lost.
const settledDays = 45;

/** The last month of a quarter that has been over for long enough to be told; of a quarter too young for that, the last such month before it. */
function monthOf(settings: Settings, quarter: string): string {
  const { endsOn } = spanOf("quarter", quarter, settings.fiscalYearStart);
  const last = periodOf("month", endsOn, settings.fiscalYearStart);
  const settled = lastMonthOver(settings, settledDays);
  return [last, settled].sort()[0] ?? settled;
}

/** The last month that ended at least so many days before the as-of date; at 0 days the as-of date itself has to be over (R81). */
function lastMonthOver({ asOf, isAsOfExplicit, fiscalYearStart }: Settings, days: number): string {
  const day = daysBefore(asOf, days);
  const month = periodOf("month", day, fiscalYearStart);
  const { endsOn } = spanOf("month", month, fiscalYearStart);
  const isOver = endsOn < day || (endsOn === day && (days > 0 || isAsOfExplicit));
  return isOver ? month : shiftPeriod("month", month, -1);
}

/** At which month a quarter is told, and why at that one. */
function settledWords({ settings }: PageContext, view: View): string {
  const month = monthOf(settings, view.period);
  const { endsOn } = spanOf("quarter", view.period, settings.fiscalYearStart);
  return month === periodOf("month", endsOn, settings.fiscalYearStart)
    ? `Told at ${monthLabel(month)}, the last month of the quarter.`
    : `Told at ${monthLabel(month)}, the last month that has been over for ${settledDays} days: an invoice counts once it is paid, so newer months still rise.`;
}

function monthLabel(month: string): string {
  return formatPeriod("month", month);
}

function finding(context: PageContext, view: View): string {
  const month = monthOf(context.settings, view.period);
  const net = context.metric("net_retention", { ...view, period: month });
  if (net.value === null) {
    return headed(
      view,
      `no customer had recurring revenue in ${monthLabel(shiftPeriod("month", month, -12))}, so nothing can be retained`,
    );
  }
  const own = context.metric(idOf("net_retention", view), { ...view, period: month });
  const direct = ifEnough(directAt(context, "net_retention", month));
  const told = own.value === null ? net : own;
  if (told.n < smallSample)
    return headed(
      view,
      `${counted(told.n, `${own.value === null ? "" : brought(view)}customer`)} of a year ago, too few to tell retention by`,
    );
  // Where no customer was brought by a partner, all of them are told of, and named so.
  if (own.value === null) return headed(view, `all customers of a year ago pay ${net.card} of what they paid`);
  const said = headed(view, `${brought(view)}customers of a year ago pay ${own.card} of what they paid`);
  return sentenceCase(direct === null ? said : `${said}, direct ones ${formatPercent(direct)}`);
}

/** Of the program those customers are told whose first deal a partner sourced; of a slice those its partners brought. */
function idOf<Id extends "gross_retention" | "net_retention">(id: Id, view: View): Id | `${Id}.sourced` {
  return view.slice === "program" ? `${id}.sourced` : id;
}

/** The word before customers that says whose they are. */
function brought(view: View): string {
  return view.slice === "program" ? "sourced " : "";
}

function directAt(context: PageContext, id: "net_retention" | "gross_retention", month: string): MetricValue {
  return context.metric(`${id}.direct`, { period: month, slice: "program", sliceKey: "all" });
}

/** A value that a heading may compare with: null where too few customers stand behind it. */
function ifEnough(found: MetricValue): number | null {
  return found.n < smallSample ? null : found.value;
}

function headCards(context: PageContext, view: View): Markup {
  const month = monthOf(context.settings, view.period);
  const before = shiftPeriod("month", month, -12);
  const at = { period: month };
  const change = (id: string): Markup => {
    const now = context.metric(id, { ...view, period: month }).value;
    const earlier = context.metric(id, { ...view, period: before });
    const was = earlier.value;
    return now === null || was === null
      ? html`no value for ${monthLabel(before)} to compare with`
      : html`vs ${monthLabel(before)}, n ${formatCount(earlier.n)}: ${judged(now === was || earlier.n < smallSample ? "neutral" : now > was ? "better" : "worse", now === was ? "no change" : formatPercentagePoints(now - was), null)}`;
  };
  const others = (id: "net_retention" | "gross_retention"): Fragment => {
    const direct = directAt(context, id, month).value;
    const all = context.metric(id, { period: month, slice: "program", sliceKey: "all" });
    return html`${change(idOf(id, view))}<br>direct customers ${direct === null ? "–" : formatPercent(direct)}, all customers ${all.card}`;
  };
  const scope = monthLabel(month);
  const missing = `no ${brought(view)}customer had recurring revenue in ${monthLabel(before)}`;
  return cards(context, view, [
    { id: idOf("gross_retention", view), at, scope, missing, note: others("gross_retention") },
    { id: idOf("net_retention", view), at, scope, missing, note: others("net_retention") },
    {
      id: "partner_retention",
      at,
      scope,
      missing: "no partner had an event in the year before last",
      note: change("partner_retention"),
    },
  ]);
}

const monthsShown = 13;

function trend(context: PageContext, view: View, kind: "gross" | "net"): Markup {
  const id = `${kind}_retention` as const;
  const last = monthOf(context.settings, context.period);
  const newest = lastMonthOver(context.settings, 0);
  const young = monthsAfter(last, newest);
  const months = [...lastPeriods("month", last, monthsShown), ...young];
  const isProgram = view.slice === "program";
  const program = { slice: "program", sliceKey: "all" } as const;
  const series: readonly (LineSeries & { readonly found: (month: string) => MetricValue })[] = [
    ...(isProgram
      ? [
          {
            name: "Sourced",
            stroke: "var(--sourced)",
            found: (month: string) => context.metric(`${id}.sourced`, { ...program, period: month }),
          },
          {
            name: "Influenced",
            stroke: "var(--influenced)",
            found: (month: string) => context.metric(`${id}.influenced`, { ...program, period: month }),
          },
        ]
      : [
          {
            name: "Theirs",
            stroke: "var(--sourced)",
            found: (month: string) => context.metric(id, { ...view, period: month }),
          },
        ]),
    { name: "Direct", stroke: "var(--mark-soft)", found: (month: string) => directAt(context, id, month) },
  ];
  const drawn = series
    .map((one) => ({ ...one, at: (month: string) => one.found(month).value }))
    .filter((one) => months.some((month) => one.at(month) !== null));
  const title = `${sentenceCase(kind)} retention by month`;
  if (drawn.length === 0) {
    return emptyFigure(
      headed(view, `${kind} retention cannot be told yet`),
      "It takes customers with recurring revenue a year before the month.",
    );
  }
  const first = drawn[0];
  const [own, direct] = [
    first === undefined ? null : ifEnough(context.metric(idOf(id, view), { ...view, period: last })),
    ifEnough(directAt(context, id, last)),
  ];
  const isYoung = (month: string): boolean => young.includes(month);
  const lowest = Math.min(...drawn.flatMap((one) => months.map((month) => one.at(month) ?? 1)));
  const bottom = Math.max(0, Math.floor(lowest * 5 - 0.5) / 5);
  const gap = own === null || direct === null ? null : own - direct;
  return figure({
    title:
      gap === null || first === undefined || first.name === "Direct"
        ? headed(view, `${kind} retention of customers, by month`)
        : headed(
            view,
            `${isProgram ? "sourced customers' " : ""}${kind} retention is ${gap === 0 ? "the same as" : `${formatPercentagePoints(Math.abs(gap)).replace("+", "")} ${gap > 0 ? "above" : "below"}`} that of direct ones in ${monthLabel(last)}`,
          ),
    label: `${title}: ${drawn.map((one) => `${one.name} ${one.at(last) === null ? "unknown" : formatPercent(one.at(last) ?? 0)}`).join(", ")} in ${monthLabel(last)}`,
    caption: `${
      kind === "gross"
        ? "What is left of the recurring revenue of the same month a year before, growth left out"
        : "What the recurring revenue of the same month a year before has become, growth included"
    }. ${isProgram ? "By the class of the customer's first won deal." : "Customers whose first won deal these partners brought, against all direct ones."} ${monthsShown} months to ${monthLabel(last)}${
      young.length === 0
        ? "."
        : `; dashed is provisional, over for less than ${settledDays} days: ${drawn
            .map((one) => `${one.name.toLowerCase()} ${formatPercent(one.at(newest) ?? 0)}`)
            .join(", ")} in ${monthLabel(newest)}.`
    }${bottom === 0 ? "" : ` The axis begins at ${Math.round(bottom * 100)}%.`}`,
    scope: "all months",
    size: "half",
    draw: (width) =>
      lines({
        data: drawn.flatMap((one) =>
          months.map((month, x) => ({ series: one.name, x, y: one.at(month), isProvisional: isYoung(month) })),
        ),
        series: drawn,
        ticksX: width < 400 ? [0, 6, 12] : [0, 3, 6, 9, 12],
        lastX: months.length - 1,
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
        {
          label: "Month",
          kind: "text",
          value: (month) => `${monthLabel(month)}${isYoung(month) ? ", provisional" : ""}`,
        },
        ...drawn.map((one) => ({
          label: one.name,
          kind: "ratio" as const,
          value: one.at,
          n: (month: string) => one.found(month).n,
        })),
      ],
    }),
  });
}

/** The months after one, up to and with another. */
function monthsAfter(month: string, until: string): readonly string[] {
  return month >= until ? [] : [...monthsAfter(month, shiftPeriod("month", until, -1)), until];
}

/** By what a customer is told: the class of its account's first won deal, or why there is none. */
type Kind = "sourced" | "influenced" | "direct" | "no won deal" | "no account";

const kinds: Readonly<Record<Kind, string>> = Object.freeze({
  sourced: "Sourced",
  influenced: "Influenced only",
  direct: "Direct",
  "no won deal": "Account without a won deal",
  "no account": "Account not known",
});

function kindOf(word: string | null, hasAccount: boolean): Kind {
  if (word === "sourced" || word === "influenced" || word === "direct") return word;
  return hasAccount ? "no won deal" : "no account";
}

/** What a year did to the recurring revenue of one source's customers of one kind, in major units. */
interface Year {
  readonly month: string;
  readonly kind: Kind;
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
        "earlier.class",
        sql<boolean>`earlier.account_key is not null`.as("has_account"),
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
      .groupBy(["earlier.source_partner_key", "earlier.class", sql`has_account`])
      .orderBy("earlier.source_partner_key")
      .orderBy("earlier.class")
      .orderBy(sql`has_account`)
      .execute();
    const fresh = await db
      .selectFrom("marts.fct_recurring as later")
      .leftJoin("marts.fct_recurring as earlier", (join) =>
        join
          .onRef("earlier.customer_key", "=", "later.customer_key")
          .on("earlier.month_on", "=", before)
          .on("earlier.mrr_minor", ">", 0),
      )
      .select([
        "later.source_partner_key",
        "later.class",
        sql<boolean>`later.account_key is not null`.as("has_account"),
        (field) => field.fn.sum<number>("later.mrr_minor").as("minor"),
      ])
      .where("later.month_on", "=", firstDay(month))
      .where("earlier.customer_key", "is", null)
      .groupBy(["later.source_partner_key", "later.class", sql`has_account`])
      .orderBy("later.source_partner_key")
      .orderBy("later.class")
      .orderBy(sql`has_account`)
      .execute();
    const money = (minor: number): number => major(minor, settings) ?? 0;
    years.push(
      ...was.map((row) => ({
        month,
        kind: kindOf(row.class, row.has_account),
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
        kind: kindOf(row.class, row.has_account),
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

interface Years {
  /** Of the program those of sourced customers, of a slice those of the customers its partners brought. */
  readonly own: (view: View) => readonly Year[];
  /** Those of every customer. */
  readonly all: (view: View) => readonly Year[];
}

function yearsBySlice(context: PageContext, years: readonly Year[]): Years {
  const byMonth = (list: readonly Year[]): Years["own"] => {
    const months = new Map(
      [...groupBy(list, (year) => year.month)].map(([month, some]) => [
        month,
        bySlice(context, some, (year) => [year.partnerKey]),
      ]),
    );
    return (view) => months.get(monthOf(context.settings, view.period))?.(view) ?? [];
  };
  const all = byMonth(years);
  return {
    own: byMonth(years.filter((year) => year.kind === "sourced")),
    all: (view) => all({ ...view, slice: "program", sliceKey: "all" }),
  };
}

function customerWords(context: PageContext, view: View, years: Years): string {
  const stayed = (list: readonly Year[]): number | null =>
    ratio(
      total(list, (year) => year.stayed),
      total(list, (year) => year.customers),
    );
  const mine = years.own(view);
  const month = monthOf(context.settings, view.period);
  const before = monthLabel(shiftPeriod("month", month, -12));
  const share = stayed(mine);
  if (share === null) return `No ${brought(view)}customer had recurring revenue in ${before}.`;
  const direct = stayed(years.all(view).filter((year) => year.kind === "direct"));
  return `Of ${counted(
    total(mine, (year) => year.customers),
    `${brought(view)}customer`,
  )} with recurring revenue in ${before}, ${formatCount(total(mine, (year) => year.stayed))} had some in ${monthLabel(month)}: ${formatPercent(share)} stayed${direct === null ? "" : `, of direct ones ${formatPercent(direct)}`}.`;
}

/** One line of the table of customers. */
interface Told {
  readonly name: string;
  readonly customers: number;
  readonly stayed: number;
  readonly was: number;
  readonly lost: number;
  readonly grew: number;
}

/** Every customer of a year ago once, so that what the other figures leave out is named; of a slice its own beside all direct ones. */
function classTable(context: PageContext, view: View, years: Years): Markup {
  const { currency } = context.settings;
  const month = monthOf(context.settings, view.period);
  const before = shiftPeriod("month", month, -12);
  const isProgram = view.slice === "program";
  const told = (name: string, list: readonly Year[]): Told => ({
    name,
    customers: total(list, (year) => year.customers),
    stayed: total(list, (year) => year.stayed),
    was: total(list, (year) => year.was),
    lost: total(list, (year) => year.left + year.shrank),
    grew: total(list, (year) => year.grew),
  });
  const all = years.all(view);
  const byKind = [...groupBy(all, (year) => year.kind)];
  const rows: readonly Told[] = (
    isProgram
      ? Object.entries(kinds).map(([kind, name]) => told(name, byKind.find(([one]) => one === kind)?.[1] ?? []))
      : [
          told("Theirs", years.own(view)),
          told(
            "Direct, whole program",
            all.filter((year) => year.kind === "direct"),
          ),
        ]
  ).filter((row) => row.customers > 0);
  const customers = total(rows, (row) => row.customers);
  const own = total(years.own(view), (year) => year.customers);
  const unknown = total(
    all.filter((year) => year.kind === "no account" || year.kind === "no won deal"),
    (year) => year.customers,
  );
  if (customers === 0) {
    return emptyFigure(
      headed(view, `no customer had recurring revenue in ${monthLabel(before)}`),
      "What the customers of a month have become is told a year after it.",
    );
  }
  const title = isProgram
    ? `${formatCount(own)} of ${counted(customers, "customer")} with recurring revenue in ${monthLabel(before)} ${own === 1 ? "was" : "were"} sourced`
    : headed(
        view,
        `${counted(own, "customer")} with recurring revenue in ${monthLabel(before)} ${own === 1 ? "is" : "are"} theirs`,
      );
  return section(
    sentenceCase(title),
    isProgram && unknown > 0
      ? `By the class of the first deal that the customer's account won. ${counted(unknown, "customer has", "customers have")} no such deal and so no class: they are in all customers alone.`
      : "By the class of the first deal that the customer's account won.",
    table<Told>({
      id: "classes",
      caption: `Customers with recurring revenue in ${monthLabel(before)}, a month, ${currency}; customers that began later are not in it`,
      noun: "classes",
      search: false,
      empty: `No customer had recurring revenue in ${monthLabel(before)}.`,
      rows,
      columns: [
        { label: "First deal", kind: "text", value: (row) => row.name },
        { label: "Customers", kind: "count", value: (row) => row.customers, total: isProgram },
        { label: "Stayed", kind: "count", value: (row) => row.stayed, total: isProgram },
        {
          label: "Customers kept",
          kind: "ratio",
          value: (row) => ratio(row.stayed, row.customers),
          n: (row) => row.customers,
        },
        { label: monthLabel(before), kind: "money", value: (row) => row.was, total: isProgram },
        { label: "Lost", kind: "money", value: (row) => 0 - row.lost, total: isProgram },
        { label: "Growth", kind: "money", value: (row) => row.grew, total: isProgram },
        {
          label: monthLabel(month),
          kind: "money",
          value: (row) => row.was - row.lost + row.grew,
          total: isProgram,
        },
        {
          label: "Gross",
          kind: "ratio",
          value: (row) => ratio(row.was - row.lost, row.was),
          n: (row) => row.customers,
        },
        {
          label: "Net",
          kind: "ratio",
          value: (row) => ratio(row.was - row.lost + row.grew, row.was),
          n: (row) => row.customers,
        },
      ],
    }),
  );
}

function yearBridge(context: PageContext, view: View, years: Years): Markup {
  const { currency } = context.settings;
  const mine = years.own(view);
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
      headed(view, `no recurring revenue of ${brought(view)}customers in ${monthLabel(before)}`),
      `What became of a year's customers is drawn from a year of recurring revenue on; ${fresh === 0 ? "none is known" : `${short(fresh)} is known for ${monthLabel(month)}`}.`,
    );
  }
  const same = was - left - shrank + grew;
  const customers = total(mine, (year) => year.customers);
  const steps: readonly BridgeStep[] = [
    { name: monthLabel(before), value: was, kind: "total" },
    { name: "Customers left", value: 0 - left, kind: "change" },
    { name: "Shrank", value: 0 - shrank, kind: "change" },
    { name: "Grew", value: grew, kind: "change" },
    { name: "Same customers", value: same, kind: "total" },
    { name: "New customers", value: fresh, kind: "change" },
    { name: monthLabel(month), value: same + fresh, kind: "total" },
  ];
  return figure({
    title: headed(
      view,
      customers < smallSample
        ? `${counted(customers, `${brought(view)}customer`)} a year ago, too few to tell what became of them`
        : `${brought(view)}customers took ${short(left + shrank)} a month away in a year, and added ${short(grew)} by growth`,
    ),
    label: `Recurring revenue a month of ${brought(view)}customers, ${steps.map((step) => `${step.name} ${short(step.value)}`).join(", ")}`,
    caption: `Recurring revenue a month of ${brought(view)}customers, ${currency}. Gross retention is what is left before growth, ${formatPercent((was - left - shrank) / was)}; net is the same customers' bar, ${formatPercent(same / was)} of the first.${view.slice === "program" ? "" : " Customers whose first won deal these partners brought."}`,
    size: "half",
    draw: (width) =>
      bridge({
        steps,
        format: (value, kind) => (kind === "total" ? short(value) : signedMoneyText(value, currency)),
        width,
      }),
    data: table<BridgeStep>({
      id: "year-data",
      caption: `Recurring revenue a month of ${brought(view)}customers, ${currency}`,
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
  readonly kind: Kind;
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
      "recurring.class",
      sql<number>`date_diff('month', began.first_on, recurring.month_on) - 1`.as("age"),
      (field) => field.fn.sum<number>("recurring.mrr_minor").as("minor"),
      (field) => field.fn.countAll<number>().as("customers"),
    ])
    .where(sql<number>`date_diff('month', began.first_on, recurring.month_on) - 1`, "in", [0, ...agesShown])
    .groupBy(["began.first_on", "recurring.source_partner_key", "recurring.class", "recurring.month_on"])
    .orderBy("began.first_on")
    .orderBy("recurring.source_partner_key")
    .orderBy("recurring.class")
    .orderBy("recurring.month_on")
    .execute();
  return rows.map((row) => ({
    quarter: periodOf("quarter", row.first_on, settings.fiscalYearStart),
    kind: kindOf(row.class, false),
    partnerKey: row.source_partner_key,
    age: Number(row.age),
    amount: major(row.minor, settings) ?? 0,
    customers: Number(row.customers),
  }));
}

interface Cohorts {
  readonly own: (view: View) => readonly CohortRow[];
  readonly direct: readonly CohortRow[];
}

function cohortsBySlice(context: PageContext, rows: readonly CohortRow[]): Cohorts {
  const of = (kind: Kind): readonly CohortRow[] => rows.filter((row) => row.kind === kind);
  return { own: bySlice(context, of("sourced"), (row) => [row.partnerKey]), direct: of("direct") };
}

/** Customers that began in one quarter, or in several of them together. */
interface Cohort {
  readonly name: string;
  readonly customers: number;
  readonly base: number;
  /** What they pay so many months after their first full one, of what they paid in it. */
  readonly at: (age: number) => number | null;
  /** How many customers that is told of. */
  readonly n: (age: number) => number;
}

function cohortMap(context: PageContext, view: View, cohorts: Cohorts): Markup {
  const { settings } = context;
  const mine = groupBy(cohorts.own(view), (row) => row.quarter);
  const direct = groupBy(cohorts.direct, (row) => row.quarter);
  const closed = monthOf(settings, context.period);
  // All customers of the quarter have been there that long, else the cell would tell of its early ones only.
  const isSeen = (quarter: string, age: number): boolean => {
    const lastMonth = periodOf("month", spanOf("quarter", quarter, settings.fiscalYearStart).endsOn, 1);
    return shiftPeriod("month", lastMonth, age + 1) <= closed;
  };
  const together = (name: string, rows: ReadonlyMap<string, readonly CohortRow[]>, some: readonly string[]): Cohort => {
    const at = (quarters: readonly string[], age: number): readonly CohortRow[] =>
      quarters.flatMap((quarter) => (rows.get(quarter) ?? []).filter((row) => row.age === age));
    return {
      name,
      customers: total(at(some, 0), (row) => row.customers),
      base: total(at(some, 0), (row) => row.amount),
      at: (age) => {
        const seen = some.filter((quarter) => isSeen(quarter, age));
        const base = total(at(seen, 0), (row) => row.amount);
        return base > 0 ? total(at(seen, age), (row) => row.amount) / base : null;
      },
      n: (age) =>
        total(
          at(
            some.filter((quarter) => isSeen(quarter, age)),
            0,
          ),
          (row) => row.customers,
        ),
    };
  };
  const quarters = [...mine.keys()]
    .sort()
    .filter((quarter) => together("", mine, [quarter]).at(agesShown[0] ?? 0) !== null)
    .slice(-cohortsShown);
  const title = `Recurring revenue kept by cohort`;
  if (quarters.length === 0) {
    return emptyFigure(
      headed(view, `no cohort of ${brought(view)}customers is old enough`),
      `A quarter's customers are drawn once all of them have paid for ${agesShown[0] ?? 0} months after their first full one.`,
    );
  }
  const own = together(view.slice === "program" ? "All sourced" : "All theirs", mine, quarters);
  const others = together("All direct", direct, quarters);
  const rows: readonly Cohort[] = [
    ...quarters.map((quarter) => together(quarterLabel(quarter), mine, [quarter])),
    own,
    ...(others.base > 0 ? [others] : []),
  ];
  const [kept, directKept] = [own.at(12), others.n(12) < smallSample ? null : others.at(12)];
  const bases = (cohort: Cohort): string =>
    agesShown
      .flatMap((age) => (cohort.at(age) === null ? [] : [`${formatCount(cohort.n(age))} at month ${age}`]))
      .join(", ");
  const name = (cohort: Cohort): string => `${cohort.name} · n ${cohort.customers}`;
  const percent = (share: number): string => `${Math.round(share * 100)}%`;
  const values = rows.flatMap((cohort) => agesShown.flatMap((age) => cohort.at(age) ?? []));
  const smallest = Math.min(0.8, ...values);
  const largest = Math.max(1, ...values);
  return figure({
    title:
      kept === null
        ? headed(view, `no cohort of ${brought(view)}customers has had a full year yet`)
        : own.n(12) < smallSample
          ? headed(
              view,
              `${counted(own.n(12), `${brought(view)}customer`)} after a full year, too few to tell what is kept`,
            )
          : headed(
              view,
              `after a year ${formatCount(own.n(12))} ${brought(view)}customers pay ${percent(kept)} of their first full month${directKept === null ? "" : `, the same quarters' direct ones ${percent(directKept)}`}`,
            ),
    label: `${title}${kept === null ? "" : `, ${percent(kept)} after a year`}; the values stand in the data`,
    caption: `Recurring revenue of ${brought(view)}customers that began in a quarter, 3 to 24 months after their first full month, of what they paid in it; above 100% they have grown. The last ${cohortsShown} quarters whose customers have all been there for ${agesShown[0] ?? 0} months after it. n is the customers. The last lines take the same quarters together, each as far as it has come, so fewer customers with every month: ${own.name} ${bases(own)}. Grey: fewer than ${smallSample}. Empty: not all of them have been there that long.`,
    scope: "all quarters of beginning",
    size: "half",
    draw: (width) => {
      const column = (age: number): string => (width < 400 ? `m${age}` : `month ${age}`);
      return heatMap({
        data: rows.flatMap((cohort) =>
          agesShown.map((age) => ({
            row: name(cohort),
            column: column(age),
            value: cohort.at(age),
            isSmall: cohort.n(age) < smallSample,
          })),
        ),
        rows: rows.map(name),
        columns: agesShown.map(column),
        format: percent,
        smallest,
        largest,
        width,
      });
    },
    data: table<Cohort>({
      id: "cohorts-data",
      caption: `${title}, ${settings.currency}`,
      noun: "lines",
      search: false,
      empty: "No cohorts.",
      rows,
      columns: [
        { label: "Began", kind: "text", value: (cohort) => cohort.name },
        { label: "Customers", kind: "count", value: (cohort) => cohort.customers },
        { label: "First full month", kind: "money", value: (cohort) => cohort.base },
        ...agesShown.map((age) => ({
          label: `Month ${age}`,
          kind: "ratio" as const,
          value: (cohort: Cohort) => cohort.at(age),
          n: (cohort: Cohort) => cohort.n(age),
        })),
      ],
    }),
  });
}

const kindWords: Readonly<Record<Kind, string>> = Object.freeze({
  sourced: "sourced",
  influenced: "influenced only",
  direct: "direct",
  "no won deal": "none: no won deal",
  "no account": "none: account not known",
});

interface Loss {
  readonly customerKey: string;
  /** The account, else what the billing system calls the customer. */
  readonly name: string | null;
  readonly kind: Kind;
  readonly partnerKey: string | null;
  readonly was: number;
  readonly now: number;
}

// Less than half a unit is what spreading a sum over days leaves, and would stand there as 0.
const leastLoss = 0.5;

/** Customers that pay less in the last settled month than a year before, or nothing. */
async function readLosses(context: PageContext): Promise<readonly Loss[]> {
  const { settings, db } = context;
  const month = monthOf(settings, context.period);
  const rows = await db
    .selectFrom("marts.fct_recurring as earlier")
    .leftJoin("marts.fct_recurring as later", (join) =>
      join.onRef("later.customer_key", "=", "earlier.customer_key").on("later.month_on", "=", firstDay(month)),
    )
    .leftJoin("marts.dim_account as account", "account.account_key", "earlier.account_key")
    .leftJoin("marts.dim_customer as customer", "customer.customer_key", "earlier.customer_key")
    .select([
      "earlier.customer_key",
      "account.name as account",
      "customer.name as customer",
      "earlier.class",
      "earlier.account_key",
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
      name: row.account ?? row.customer,
      kind: kindOf(row.class, row.account_key !== null),
      partnerKey: row.source_partner_key,
      was: major(row.then_minor, settings) ?? 0,
      now: Math.max(0, major(row.now_minor, settings) ?? 0),
    }))
    .filter((row) => row.was - row.now >= leastLoss)
    .sort((a, b) => a.now - a.was - (b.now - b.was) || (a.customerKey < b.customerKey ? -1 : 1));
}

function lossList(context: PageContext, rows: readonly Loss[]): Markup {
  const { settings } = context;
  const month = monthOf(settings, context.period);
  const before = shiftPeriod("month", month, -12);
  const heading = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partnerKey, view));
    const gone = mine.filter((row) => row.now === 0).length;
    if (mine.length === 0) return headed(view, "no customer left or shrank in a year");
    return headed(
      view,
      `${counted(gone, "customer")} left and ${formatCount(mine.length - gone)} shrank between ${monthLabel(before)} and ${monthLabel(month)}`,
    );
  };
  const parts = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partnerKey, view));
    if (view.slice !== "program" || mine.length === 0) return "";
    const of = Object.keys(kinds).flatMap((kind) => {
      const count = mine.filter((row) => row.kind === kind).length;
      return count === 0 ? [] : [`${formatCount(count)} ${kindWords[kind as Kind]}`];
    });
    return `Of all classes: ${of.join(", ")}. `;
  };
  return section(
    context.words(["slice"], heading),
    html`${context.words(["slice"], parts)}Largest loss first. A customer is called by its account, or as the billing system calls it where no account is known. Without a partner or a manager: no partner brought the customer.`,
    table<Loss>({
      id: "losses",
      caption: `Recurring revenue a month by customer, ${settings.currency}`,
      noun: "customers",
      empty: html`<b>None.</b> Every customer of a year ago pays as much or more, or there was none.`,
      rows,
      limit: 60,
      keep: context.keep(),
      scope: (row) => scopeOf(context, row.partnerKey),
      columns: [
        {
          label: "Customer",
          kind: "text",
          value: (row) => row.name ?? "not known",
        },
        { label: "Change", kind: "money", value: (row) => row.now - row.was, total: true },
        { label: "Class", kind: "text", value: (row) => kindWords[row.kind], facet: true },
        {
          label: "Brought by",
          kind: "text",
          value: (row) => (row.partnerKey === null ? "no partner" : partnerName(context, row.partnerKey)),
          cell: (row) => (row.partnerKey === null ? "no partner" : partnerLink(context, row.partnerKey)),
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
        { label: "Source id", kind: "key", value: (row) => row.customerKey },
      ],
    }),
    "the last settled month",
  );
}
