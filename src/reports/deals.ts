import type { PageContext } from "./context.ts";
import { daysSince } from "./partners.ts";
import { major } from "./settings.ts";

/** A deal as lists show it. */
export interface DealEntry {
  readonly key: string;
  readonly name: string;
  readonly account: string | null;
  readonly state: string;
  readonly class: "sourced" | "influenced" | "direct";
  readonly rule: string | null;
  /** The source; for an influenced deal the partner with the most touches. */
  readonly partnerKey: string | null;
  readonly sourceKey: string | null;
  readonly owner: string | null;
  readonly stage: string | null;
  readonly nextStep: string | null;
  readonly region: string | null;
  readonly segment: string | null;
  /** Major units of the reporting currency; null without an exchange rate or an amount. */
  readonly amount: number | null;
  readonly createdOn: string;
  readonly closedOn: string | null;
  readonly expectedOn: string | null;
  readonly daysInStage: number | null;
  readonly isConflict: boolean;
  /** Of the deal's stage. */
  readonly isQualified: boolean;
  readonly cycleDays: number | null;
}

/** Deals in a state, largest first. */
export async function readDeals(
  context: PageContext,
  state: "open" | "won" | "lost",
  closedSince?: string,
): Promise<readonly DealEntry[]> {
  const { db, settings } = context;
  // Only a deal without a source is shown beside the partner that helped most.
  const touched = await db
    .selectFrom("marts.fct_deal_partner as part")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "part.deal_key")
    .select(["part.deal_key", "part.partner_key"])
    .distinctOn("part.deal_key")
    .where("deal.state", "=", state)
    .where("deal.source_partner_key", "is", null)
    .where("part.is_source", "=", false)
    .orderBy("part.deal_key")
    .orderBy("part.touches", "desc")
    .orderBy("part.partner_key")
    .execute();
  const helper = new Map(touched.map((row) => [row.deal_key, row.partner_key]));
  let query = db
    .selectFrom("marts.fct_deal")
    .select([
      "deal_key",
      "name",
      "account_name",
      "state",
      "class",
      "source_rule",
      "source_partner_key",
      "owner",
      "stage",
      "next_step",
      "region",
      "segment",
      "amount_reporting_minor",
      "created_on",
      "closed_on",
      "expected_close_on",
      "last_stage_on",
      "is_conflict",
      "is_qualified",
      "cycle_days",
    ])
    .where("state", "=", state);
  if (closedSince !== undefined) query = query.where("closed_on", ">=", closedSince);
  const rows = await query
    .orderBy("amount_reporting_minor", (order) => order.desc().nullsLast())
    .orderBy("deal_key")
    .execute();
  return rows.map((row) =>
    Object.freeze({
      key: row.deal_key,
      name: row.name ?? row.account_name ?? row.deal_key,
      account: row.account_name,
      state: row.state,
      class: classOf(row.class),
      rule: row.source_rule,
      partnerKey: row.source_partner_key ?? helper.get(row.deal_key) ?? null,
      sourceKey: row.source_partner_key,
      owner: row.owner,
      stage: row.stage,
      nextStep: row.next_step,
      region: row.region,
      segment: row.segment,
      amount: major(row.amount_reporting_minor, settings),
      createdOn: row.created_on,
      closedOn: row.closed_on,
      expectedOn: row.expected_close_on,
      daysInStage: daysSince(row.last_stage_on ?? row.created_on, settings.asOf),
      isConflict: row.is_conflict,
      isQualified: row.is_qualified === true,
      cycleDays: row.cycle_days,
    }),
  );
}

function classOf(word: string): DealEntry["class"] {
  return word === "sourced" || word === "influenced" ? word : "direct";
}
