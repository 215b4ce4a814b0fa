import { sql } from "kysely";
import { formatDate } from "../format.ts";
import type { Cash, DealExplanation, Named } from "./explanation.ts";
import { readCommission, type Setting } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { moneyOf, sayMoney, sayPercent } from "./words.ts";

/** The deal whose commission is explained. */
export interface EarningDeal {
  readonly source: Named | null;
  readonly state: string;
  readonly closedOn: string | null;
  readonly cash: readonly Cash[];
}

/** The commission of one deal: each plan in its order with why it does not match, the one that does, and its lines of the ledger (R64, R66). */
export async function readDealCommission(
  db: ExplainWarehouse,
  key: string,
  setting: Setting,
  deal: EarningDeal,
): Promise<DealExplanation["commission"]> {
  const row = await db
    .selectFrom("attribution.int_commission_plan")
    .select(["position", "plan", "rate", "fixed_minor", "is_rate_of_tier", "tier", "paid_until_on", "hold_days"])
    .where("deal_key", "=", key)
    .executeTakeFirst();
  const held = await db
    .selectFrom("attribution.int_plan_match")
    .select([sql<number>`position`.as("position"), "plan", "is_match", "mismatch"])
    .where("deal_key", "=", key)
    .orderBy("position")
    .execute();
  const lines = await readCommission(db, { column: "deal_key", keys: [key] }, setting);
  const plan =
    row === undefined
      ? null
      : {
          name: row.plan,
          rate: row.rate,
          fixed: moneyOf(row.fixed_minor, setting.currency),
          tier: row.is_rate_of_tier ? row.tier : null,
          paidUntilOn: row.paid_until_on,
          holdDays: row.hold_days,
        };
  const plans = held.map(({ position, plan: name, mismatch }) =>
    row !== undefined && position > row.position
      ? { name, result: "not needed" as const, reason: null }
      : mismatch === null
        ? { name, result: "matches" as const, reason: null }
        : { name, result: "does not match" as const, reason: mismatch },
  );
  const note = noteOf(deal, plan, plans.length > 0);
  return { plan, plans, note, lines, without: withoutLine(deal, plan, lines) };
}

type Plan = DealExplanation["commission"]["plan"];

function noteOf({ source, state, closedOn }: EarningDeal, plan: Plan, hasPlans: boolean): string {
  if (source === null) return "No partner is the source, so nobody earns a commission.";
  if (state !== "won") return "Only a won deal earns a commission.";
  if (closedOn === null) return "The deal has no close date, so no plan can be matched.";
  if (plan === null) return hasPlans ? "No commission plan matches." : "No commission plan is configured.";
  if (plan.rate === null && plan.fixed === null)
    return `Plan ${plan.name} is the first that matches, but it has no rate for the source's tier.`;
  const lasts = plan.paidUntilOn === null ? "" : ` for payments until ${formatDate(plan.paidUntilOn)}`;
  const pays =
    plan.fixed === null
      ? `${sayPercent(plan.rate)} of what is collected${plan.tier === null ? "" : `, the rate for the tier ${plan.tier}`}`
      : `${sayMoney(plan.fixed)} once, at the first payment`;
  return `Plan ${plan.name} is the first that matches: ${pays}${lasts}, payable ${plan.holdDays} days after the payment.`;
}

// The ledger has no line for such a payment; the plan's own last day says why.
function withoutLine(
  { cash }: EarningDeal,
  plan: Plan,
  lines: DealExplanation["commission"]["lines"],
): readonly string[] {
  if (plan === null || plan.paidUntilOn === null) return [];
  const last = plan.paidUntilOn;
  return cash
    .filter(
      ({ kind, key, occurredOn }) =>
        kind === "payment" && occurredOn > last && lines.every(({ cashKey }) => cashKey !== key),
    )
    .map(
      ({ key, occurredOn }) =>
        `Payment ${key} of ${formatDate(occurredOn)} earns nothing: the plan pays until ${formatDate(last)}.`,
    );
}
