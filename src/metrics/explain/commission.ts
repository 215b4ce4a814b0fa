import { sql } from "kysely";
import { formatDate } from "../format.ts";
import type { Cash, DealExplanation, FxGap, Named } from "./explanation.ts";
import { sayGap } from "./fx.ts";
import { readCommission, type Setting } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { moneyOf, sayCount, sayMoney, sayName, sayPercent } from "./words.ts";

/** The deal whose commission is explained. */
export interface EarningDeal {
  readonly source: Named | null;
  readonly state: string;
  readonly closedOn: string | null;
  readonly isExcluded: boolean;
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
    .select([sql<number>`position`.as("position"), "plan", "is_match", "mismatch", "fit", "months"])
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
          months: held.find(({ position }) => position === row.position)?.months ?? null,
          holdDays: row.hold_days,
        };
  const plans = held.map(({ position, plan: name, mismatch, fit }) =>
    row !== undefined && position > row.position
      ? { name, result: "not needed" as const, reason: null }
      : mismatch === null
        ? { name, result: "matches" as const, reason: fit }
        : { name, result: "does not match" as const, reason: mismatch },
  );
  const note = noteOf(deal, plan, plans.length > 0, lines.length > 0);
  return { plan, plans, note, lines, without: withoutLine(deal, plan, lines) };
}

type Plan = DealExplanation["commission"]["plan"];

function noteOf(deal: EarningDeal, plan: Plan, hasPlans: boolean, hasLines: boolean): string {
  const { source, state, closedOn, isExcluded, cash } = deal;
  if (isExcluded) return "The deal is left out, so it earns no commission.";
  if (source === null) return "No partner is the source, so nobody earns a commission.";
  if (state !== "won") return "Only a won deal earns a commission.";
  if (closedOn === null) return "The deal has no close date, so no plan can be matched.";
  if (plan === null) return hasPlans ? "No commission plan fits." : "No commission plan is configured.";
  if (plan.rate === null && plan.fixed === null)
    return `Plan ${plan.name} is the first that fits, but it has no rate for ${sayName(source)}'s tier, so nothing is earned.`;
  const pays =
    plan.fixed === null
      ? `${sayPercent(plan.rate)}${plan.tier === null ? "" : ` (the ${plan.tier} tier's rate)`} of the cash before tax`
      : `${sayMoney(plan.fixed)} once, at the first payment`;
  const lasts =
    plan.paidUntilOn === null
      ? ""
      : `, on payments within ${sayCount(Number(plan.months ?? 0), "month")} of the close, so until ${formatDate(plan.paidUntilOn)}`;
  const held =
    Number(plan.holdDays) === 0
      ? "payable on the day of the payment"
      : `payable ${sayCount(Number(plan.holdDays), "day")} after the payment`;
  const none = hasLines
    ? ""
    : cash.some(({ kind }) => kind === "payment")
      ? " Nothing earned so far."
      : " Nothing earned so far: no payment received.";
  return `Plan ${plan.name} is the first that fits: ${sayName(source)} earns ${pays}${lasts}; ${held}.${none}`;
}

// The ledger has no line for such a payment; the plan and the payment themselves say why.
function withoutLine(
  { cash }: EarningDeal,
  plan: Plan,
  lines: DealExplanation["commission"]["lines"],
): readonly string[] {
  if (plan === null) return [];
  return cash
    .filter(({ kind, key }) => kind === "payment" && lines.every(({ cashKey }) => cashKey !== key))
    .flatMap(({ key, amount, occurredOn, fxGap }) => {
      const why = whyNothing({ occurredOn, plan, fxGap, hasLines: lines.length > 0 });
      return why === null
        ? []
        : [`Payment ${key} of ${formatDate(occurredOn)}, ${sayMoney(amount)}, ${sayIdle("earns", why)}.`];
    });
}

/** A payment that no line of the ledger stands for. */
interface IdlePayment {
  readonly occurredOn: string;
  readonly plan: { readonly paidUntilOn: string | null; readonly fixed: unknown; readonly rate: string | null };
  /** The rate that it lacks; null where it was converted. */
  readonly fxGap: FxGap | null;
  /** Whether another payment of the deal earned something. */
  readonly hasLines: boolean;
}

/** Why a payment earned nothing, and whether that may change. */
export interface Idleness {
  readonly isFinal: boolean;
  readonly reason: string;
}

/** Why a payment earned no commission under the plan of its deal; null where the plan pays nothing at all. */
export function whyNothing({ occurredOn, plan, fxGap, hasLines }: IdlePayment): Idleness | null {
  if (plan.fixed === null && plan.rate === null) return null;
  if (plan.paidUntilOn !== null && occurredOn > plan.paidUntilOn) {
    return { isFinal: true, reason: `the plan pays for payments until ${formatDate(plan.paidUntilOn)}` };
  }
  if (fxGap !== null) {
    const then =
      plan.fixed === null
        ? `it earns ${sayPercent(plan.rate)}`
        : "the sum, paid once, goes to the deal's first payment";
    return { isFinal: false, reason: `${sayGap(fxGap)}; once one is loaded, ${then}` };
  }
  return plan.fixed !== null && hasLines
    ? { isFinal: true, reason: "the sum is paid once" }
    : { isFinal: true, reason: "its commission comes to nothing" };
}

/** `earns nothing yet: no rate …`. */
export function sayIdle(verb: "earns" | "earned", { isFinal, reason }: Idleness): string {
  return `${isFinal ? verb : "earns"} nothing${isFinal ? "" : " yet"}: ${reason}`;
}
