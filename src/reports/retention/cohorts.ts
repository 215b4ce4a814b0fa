import { sql } from "kysely";
import { smallSample } from "../../metrics/compare.ts";
import { formatCount } from "../../metrics/format.ts";
import { periodOf, shiftPeriod, spanOf } from "../../metrics/periods.ts";
import { heatMap } from "../charts/heat-map.ts";
import { headed, type PageContext, quarterLabel, type View } from "../context.ts";
import { emptyFigure, figure } from "../figure.ts";
import type { Markup } from "../html.ts";
import { groupBy, total } from "../numbers.ts";
import { major } from "../settings.ts";
import { bySlice } from "../sliced.ts";
import { table } from "../table.ts";
import { counted } from "../words.ts";
import { brought, type Kind, kindOf } from "./customers.ts";
import { monthOf } from "./months.ts";

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
export async function readCohorts(context: PageContext): Promise<readonly CohortRow[]> {
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

/** The cohorts of each slice's customers, and of direct ones. */
export function cohortsBySlice(context: PageContext, rows: readonly CohortRow[]): Cohorts {
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

/** What each cohort pays so many months later, as a part of its first full month. */
export function cohortMap(context: PageContext, view: View, cohorts: Cohorts): Markup {
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
