import { smallSample } from "../src/metrics/compare.ts";
import { formatCount, formatPercent, formatPercentagePoints } from "../src/metrics/format.ts";
import { lastPeriods, shiftPeriod } from "../src/metrics/periods.ts";
import { cards, judged } from "../src/reports/card.ts";
import { type LineSeries, lines } from "../src/reports/charts/lines.ts";
import { headed, type MetricValue, type PageContext, type View } from "../src/reports/context.ts";
import { emptyFigure, figure } from "../src/reports/figure.ts";
import { type Fragment, html, type Markup } from "../src/reports/html.ts";
import { definePage } from "../src/reports/page.ts";
import { cohortMap, cohortsBySlice, readCohorts } from "../src/reports/retention/cohorts.ts";
import { brought } from "../src/reports/retention/customers.ts";
import { lossList, readLosses } from "../src/reports/retention/losses.ts";
import {
  lastMonthOver,
  monthLabel,
  monthOf,
  monthsAfter,
  settledDays,
  settledWords,
} from "../src/reports/retention/months.ts";
import { classTable, customerWords, readYears, yearBridge, yearsBySlice } from "../src/reports/retention/years.ts";
import { table } from "../src/reports/table.ts";
import { counted, sentenceCase } from "../src/reports/words.ts";

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
