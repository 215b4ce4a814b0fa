import { formatDate } from "../metrics/format.ts";
import { periodOf } from "../metrics/periods.ts";
import { type PageContext, quarterLabel } from "./context.ts";
import { partnerName } from "./links.ts";
import { major } from "./settings.ts";
import { counted, ruleWords } from "./words.ts";

/** What one deal adds to a metric. */
export interface WorkedLine {
  readonly metric: string;
  /** Major units of the reporting currency; null where the metric is not one of money. */
  readonly amount: number | null;
  /** Deals or days; null where the metric is one of money. */
  readonly count: number | null;
  /** The quarter it adds to. */
  readonly quarter: string;
  readonly because: string;
}

/** A deal, worked through. */
export interface WorkedDeal {
  readonly key: string;
  readonly name: string;
  readonly lines: readonly WorkedLine[];
}

/** The latest won sourced deal with an amount, preferring one that money was collected on; null where there is none. */
export async function readWorkedDeal(context: PageContext): Promise<WorkedDeal | null> {
  const { db, settings } = context;
  const paid = db
    .selectFrom("marts.fct_cash")
    .select(["deal_key", ({ fn }) => fn.sum<number>("collected_reporting_minor").as("collected_minor")])
    .where("collected_reporting_minor", "is not", null)
    .groupBy("deal_key")
    .as("paid");
  const deal = await db
    .selectFrom("marts.fct_deal as deal")
    .leftJoin(paid, "paid.deal_key", "deal.deal_key")
    .select([
      "deal.deal_key",
      "deal.name",
      "deal.account_name",
      "deal.source_partner_key",
      "deal.source_rule",
      "deal.created_on",
      "deal.closed_on",
      "deal.amount_reporting_minor",
      "deal.cycle_days",
    ])
    .where("deal.state", "=", "won")
    .where("deal.class", "=", "sourced")
    .where("deal.amount_reporting_minor", "is not", null)
    .where("deal.closed_on", "is not", null)
    .orderBy((order) => order("paid.collected_minor", "is", null))
    .orderBy("deal.closed_on", "desc")
    .orderBy("deal.deal_key")
    .limit(1)
    .executeTakeFirst();
  if (deal === undefined || deal.closed_on === null) return null;
  const { closed_on: closedOn, deal_key: key } = deal;
  const quarterOf = (date: string): string => periodOf("quarter", date, settings.fiscalYearStart);
  const closed = quarterOf(closedOn);
  const amount = major(deal.amount_reporting_minor, settings);
  const source = partnerName(context, deal.source_partner_key) ?? "its source";
  const won = `won on ${formatDate(closedOn)}`;
  const cash = await db
    .selectFrom("marts.fct_cash")
    .select(["occurred_on", "collected_reporting_minor"])
    .where("deal_key", "=", key)
    .where("collected_reporting_minor", "is not", null)
    .execute();
  const entries = await db
    .selectFrom("marts.fct_commission")
    .select(["entry_on", "amount_minor", "plan"])
    .where("deal_key", "=", key)
    .where("kind", "=", "earned")
    .execute();
  const byQuarter = (
    metric: string,
    rows: readonly { readonly on: string | null; readonly minor: number | bigint | null }[],
    because: (count: number) => string,
  ): readonly WorkedLine[] =>
    [...Map.groupBy(rows, (row) => quarterOf(row.on ?? closedOn))]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([quarter, list]) => ({
        metric,
        amount: major(
          list.reduce((sum, row) => sum + Number(row.minor ?? 0), 0),
          settings,
        ),
        count: null,
        quarter: quarterLabel(quarter),
        because: because(list.length),
      }));
  const once = { count: null, quarter: quarterLabel(closed) };
  return {
    key,
    name: deal.name ?? deal.account_name ?? key,
    lines: [
      {
        ...once,
        metric: "sourced_bookings",
        amount,
        because: `${won}, and its source is ${source} by ${ruleWords(deal.source_rule) ?? "no rule"}`,
      },
      { ...once, metric: "total_bookings", amount, because: `${won}: every won deal counts once` },
      { metric: "won_deals", amount: null, count: 1, quarter: once.quarter, because: `${won}, and sourced` },
      ...(deal.cycle_days === null || deal.cycle_days < 0
        ? []
        : [
            {
              metric: "cycle_days_median",
              amount: null,
              count: deal.cycle_days,
              quarter: once.quarter,
              because:
                "one of the values whose middle it is: days from the registration's decision, else from creation, to the close",
            },
          ]),
      ...byQuarter(
        "sourced_collected",
        cash.map((row) => ({ on: row.occurred_on, minor: row.collected_reporting_minor })),
        (count) =>
          `${counted(count, "payment or refund", "payments and refunds")} linked to the deal, before tax, by the day of each`,
      ),
      ...byQuarter(
        "commission_earned",
        entries.map((row) => ({ on: row.entry_on, minor: row.amount_minor })),
        (count) => `${counted(count, "entry", "entries")} of plan ${entries[0]?.plan ?? "–"}`,
      ),
    ],
  };
}
