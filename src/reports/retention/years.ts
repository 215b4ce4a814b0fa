import { sql } from "kysely";
import { smallSample } from "../../metrics/compare.ts";
import { formatCount, formatMoneyShort, formatPercent } from "../../metrics/format.ts";
import { shiftPeriod } from "../../metrics/periods.ts";
import type { BridgeStep } from "../charts/bridge.ts";
import { headed, type PageContext, type View } from "../context.ts";
import { emptyFigure, figure, section } from "../figure.ts";
import type { Markup } from "../html.ts";
import { moneyBridge } from "../money-bridge.ts";
import { groupBy, ratio, total } from "../numbers.ts";
import { major } from "../settings.ts";
import { bySlice } from "../sliced.ts";
import { table } from "../table.ts";
import { counted, sentenceCase } from "../words.ts";
import { brought, type Kind, kindOf, kinds } from "./customers.ts";
import { firstDay, monthLabel, monthOf } from "./months.ts";

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

/** For the closed month of each quarter: what its customers paid a year before and pay now, by the partner that brought them. */
export async function readYears(context: PageContext): Promise<readonly Year[]> {
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

/** The years of each slice's customers, and of all. */
export function yearsBySlice(context: PageContext, years: readonly Year[]): Years {
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

/** How many customers of a year ago still pay, beside direct ones, in one sentence. */
export function customerWords(context: PageContext, view: View, years: Years): string {
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
export function classTable(context: PageContext, view: View, years: Years): Markup {
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
  const overall = (part: (row: Told) => number, whole: (row: Told) => number): number | null =>
    isProgram ? ratio(total(rows, part), total(rows, whole)) : null;
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
          overall: overall(
            (row) => row.stayed,
            (row) => row.customers,
          ),
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
          overall: overall(
            (row) => row.was - row.lost,
            (row) => row.was,
          ),
        },
        {
          label: "Net",
          kind: "ratio",
          value: (row) => ratio(row.was - row.lost + row.grew, row.was),
          n: (row) => row.customers,
          overall: overall(
            (row) => row.was - row.lost + row.grew,
            (row) => row.was,
          ),
        },
      ],
    }),
  );
}

/** What a year did to what the same customers pay, and what new ones added. */
export function yearBridge(context: PageContext, view: View, years: Years): Markup {
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
    ...moneyBridge({
      id: "year-data",
      caption: `Recurring revenue a month of ${brought(view)}customers, ${currency}`,
      steps,
      currency,
    }),
  });
}
