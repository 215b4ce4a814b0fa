import { formatCard } from "../metrics/format.ts";
import { yearsBefore } from "../metrics/periods.ts";
import { headed, type PageContext, type View } from "./context.ts";
import { section } from "./figure.ts";
import type { Markup } from "./html.ts";
import { ratio, total } from "./numbers.ts";
import { major } from "./settings.ts";
import { bySlice } from "./sliced.ts";
import { table } from "./table.ts";

/** Deals of one class and partner that closed in twelve months, and of the open ones those that are qualified now. */
interface Parts {
  readonly partnerKey: string | null;
  readonly open: number;
  readonly closed: number;
  readonly won: number;
  /** Major units over the won deals with an amount above zero, and how many these are. */
  readonly amount: number;
  readonly amounts: number;
  /** Days over the won deals whose cycle is known, and how many these are. */
  readonly days: number;
  readonly cycles: number;
}

/** One line: what a velocity is multiplied together from. */
interface Factors {
  readonly deals: string;
  /** Known of now alone. */
  readonly open: number | null;
  readonly winRate: number | null;
  readonly closed: number;
  readonly mean: number | null;
  readonly amounts: number;
  readonly days: number | null;
  readonly cycles: number;
  readonly perDay: number | null;
}

/** The lines of a view: partner deals and direct ones, each over the last twelve months and the twelve before. */
export type VelocityFactors = (view: View) => readonly Factors[];

const spans = [
  { name: "last 12 months", years: 1 },
  { name: "12 months before", years: 2 },
] as const;

/** Reads the four factors as the metric takes them (R76): closed after the day so many months before the as-of date. */
export async function readVelocityFactors(context: PageContext): Promise<VelocityFactors> {
  const { db, settings } = context;
  const open = await db
    .selectFrom("marts.fct_deal")
    .select(["class", "source_partner_key", (field) => field.fn.countAll<number>().as("open")])
    .where("state", "=", "open")
    .where("is_qualified", "=", true)
    .groupBy(["class", "source_partner_key"])
    .execute();
  const closedIn = (years: number) =>
    db
      .selectFrom("marts.fct_deal")
      .select(["class", "source_partner_key"])
      .select(({ fn }) => [
        fn.countAll<number>().as("closed"),
        fn.countAll<number>().filterWhere("state", "=", "won").as("won"),
        fn
          .sum<number | null>("amount_reporting_minor")
          .filterWhere("state", "=", "won")
          .filterWhere("amount_minor", ">", 0)
          .as("minor"),
        fn
          .count<number>("amount_reporting_minor")
          .filterWhere("state", "=", "won")
          .filterWhere("amount_minor", ">", 0)
          .as("amounts"),
        fn
          .sum<number | null>("cycle_days")
          .filterWhere("state", "=", "won")
          .filterWhere("cycle_days", ">=", 0)
          .as("days"),
        fn.count<number>("cycle_days").filterWhere("state", "=", "won").filterWhere("cycle_days", ">=", 0).as("cycles"),
      ])
      .where("state", "in", ["won", "lost"])
      .where("closed_on", ">", yearsBefore(settings.asOf, years))
      .where("closed_on", "<=", yearsBefore(settings.asOf, years - 1))
      .groupBy(["class", "source_partner_key"])
      .execute();
  const nothing = { open: 0, closed: 0, won: 0, amount: 0, amounts: 0, days: 0, cycles: 0 };
  const groups = await Promise.all(
    spans.map(async ({ name, years }) => {
      const closed = await closedIn(years);
      const parts = [
        ...closed.map((row) => ({
          ...nothing,
          dealClass: row.class,
          partnerKey: row.source_partner_key,
          closed: Number(row.closed),
          won: Number(row.won),
          amount: major(row.minor, settings) ?? 0,
          amounts: Number(row.amounts),
          days: Number(row.days ?? 0),
          cycles: Number(row.cycles),
        })),
        ...(years > 1
          ? []
          : open.map((row) => ({
              ...nothing,
              dealClass: row.class,
              partnerKey: row.source_partner_key,
              open: Number(row.open),
            }))),
      ];
      const direct = parts.filter((part) => part.dealClass === "direct");
      return {
        name,
        isNow: years === 1,
        partner: bySlice(
          context,
          parts.filter((part) => part.dealClass === "sourced"),
          (part) => [part.partnerKey],
        ),
        direct: () => direct,
      };
    }),
  );
  return (view) =>
    (["partner", "direct"] as const).flatMap((side) =>
      groups.map(({ name, isNow, ...parts }) =>
        factorsOf(`${side === "partner" ? "Sourced" : "Direct"}, ${name}`, parts[side](view), isNow),
      ),
    );
}

function factorsOf(deals: string, parts: readonly Parts[], isNow: boolean): Factors {
  const sum = (name: Exclude<keyof Parts, "partnerKey">): number => total(parts, (part) => part[name]);
  const [winRate, mean, days] = [
    ratio(sum("won"), sum("closed")),
    ratio(sum("amount"), sum("amounts")),
    ratio(sum("days"), sum("cycles")),
  ];
  const open = isNow ? sum("open") : null;
  const perDay =
    open === null || open === 0 || winRate === null || mean === null || days === null || days === 0
      ? null
      : (open * mean * winRate) / days;
  return Object.freeze({
    deals,
    open,
    winRate,
    closed: sum("closed"),
    mean,
    amounts: sum("amounts"),
    days,
    cycles: sum("cycles"),
    perDay,
  });
}

/** The velocity with its four factors, partner deals beside direct ones. */
export function velocityFactors(context: PageContext, view: View, factors: VelocityFactors): Markup {
  const { currency } = context.settings;
  const { metric } = context.metric("pipeline_velocity", view);
  const rows = factors(view);
  const [partner, direct] = ["Sourced", "Direct"].map(
    (name) => rows.find((row) => row.deals.startsWith(name))?.perDay ?? null,
  );
  const say = (perDay: number | null | undefined): string => formatCard(perDay ?? null, metric, currency);
  const title =
    (partner ?? null) === null
      ? "what a velocity is made of"
      : `sourced deals bring ${say(partner)}${(direct ?? null) === null ? "" : `, direct ones ${say(direct)}`}`;
  return section(
    headed(view, title),
    "Velocity = qualified open deals × win rate × mean won amount ÷ mean cycle days. More open deals make it larger, so look at the factors to compare. The open deals of a year ago are not known by stage, so the twelve months before have no velocity. Groups alike in segment and size are compared below.",
    table<Factors>({
      id: "velocity-factors",
      caption: `The four factors of the velocity, ${currency}`,
      noun: "lines",
      search: false,
      empty: "No deals.",
      rows,
      columns: [
        { label: "Deals", kind: "text", value: (row) => row.deals },
        { label: "Qualified and open", kind: "count", value: (row) => row.open },
        { label: "Win rate", kind: "ratio", value: (row) => row.winRate, n: (row) => row.closed },
        { label: "Closed", kind: "count", value: (row) => row.closed },
        { label: "Mean won amount", kind: "money", value: (row) => row.mean, n: (row) => row.amounts },
        { label: "Mean cycle, days", kind: "points", value: (row) => row.days, n: (row) => row.cycles },
        { label: "Velocity, a day", kind: "money", value: (row) => row.perDay },
      ],
    }),
    "as of now",
  );
}
