import type { CalendarDate, Whole } from "../../models/marts.generated.ts";
import { formatDate } from "../format.ts";
import type { Conflict, CreditPart, Evidence, ModelCredit, Money, Named, Rule } from "./explanation.ts";
import { inOrderOfModels, readNames } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { sayMoney } from "./words.ts";

const rulesInOrder = ["override", "registration", "declared", "lead"];

/** Each source rule in its order with the claims it looked at; rules after the deciding one were not tried. */
export async function readRules(db: ExplainWarehouse, key: string): Promise<readonly Rule[]> {
  const decisions = await db
    .selectFrom("marts.fct_deal_decision")
    .select(["rule", "outcome", "claimants", "reason"])
    .where("deal_key", "=", key)
    .orderBy("step")
    .execute();
  if (decisions.length === 0) return [];
  const claims = await db
    .selectFrom("marts.fct_claim")
    .select(["rule", "claim_table", "claim_key", "partner_key", "claimed_at", "accepted", "reason"])
    .where("deal_key", "=", key)
    .orderBy("claimed_at")
    .orderBy("claim_table")
    .orderBy("claim_key")
    .execute();
  const named = await readNames(
    db,
    claims.map(({ partner_key }) => partner_key),
  );
  const tried = new Map(decisions.map((decision) => [decision.rule, decision]));
  const listed = [...rulesInOrder, ...decisions.map(({ rule }) => rule).filter((rule) => !rulesInOrder.includes(rule))];
  return listed.map((rule) => {
    const decision = tried.get(rule);
    return Object.freeze({
      rule,
      isTried: decision !== undefined,
      outcome: decision?.outcome ?? null,
      claimants: decision?.claimants ?? 0,
      reason: decision?.reason ?? null,
      claims: claims
        .filter((claim) => claim.rule === rule)
        .map((claim) => ({
          table: claim.claim_table,
          key: claim.claim_key,
          partner: claim.partner_key === null ? null : named(claim.partner_key),
          claimedAt: claim.claimed_at,
          isAccepted: claim.accepted,
          reason: claim.reason,
        })),
    });
  });
}

const conflictSteps = ["incumbent", "certification", "earliest_decided", "earliest_claimed", "smallest_key"];

/** How several claimants became one; null when there was no conflict. */
export async function readConflict(
  db: ExplainWarehouse,
  key: string,
  deal: { readonly settledBy: string | null; readonly source: Named | null; readonly createdOn: CalendarDate },
): Promise<Conflict | null> {
  const { settledBy } = deal;
  if (settledBy === null) return null;
  const claimants = await db
    .selectFrom("attribution.int_claimant")
    .select(["partner_key", "claims", "first_decided_at", "first_claimed_at"])
    .where("deal_key", "=", key)
    .orderBy("partner_key")
    .execute();
  const keys = claimants.map(({ partner_key }) => partner_key);
  const named = await readNames(db, keys);
  const certifications = await db
    .selectFrom("staging.stg_certifications")
    .select(["partner_key", "kind", "level", "earned_on", "expires_on"])
    .where("partner_key", "in", keys)
    .where("earned_on", "<=", deal.createdOn)
    .where((eb) => eb.or([eb("expires_on", "is", null), eb("expires_on", ">=", deal.createdOn)]))
    .orderBy("earned_on")
    .orderBy("certification_key")
    .execute();
  const settledAt = conflictSteps.indexOf(settledBy);
  return Object.freeze({
    settledBy,
    steps: conflictSteps.map((step, index): Conflict["steps"][number] => ({
      step,
      result: index === settledAt ? "settled" : index < settledAt ? "left several" : "not needed",
    })),
    claimants: claimants.map((row) => ({
      partner: named(row.partner_key),
      isSource: row.partner_key === deal.source?.key,
      claims: row.claims,
      firstDecidedAt: row.first_decided_at,
      firstClaimedAt: row.first_claimed_at,
      certifications: certifications
        .filter(({ partner_key }) => partner_key === row.partner_key)
        .map(({ kind, level, earned_on, expires_on }) => {
          const what = [kind, level].filter((word) => word !== null).join(" ") || "certification";
          const until = expires_on === null ? "" : `, expires ${formatDate(expires_on)}`;
          return `${what}, earned ${formatDate(earned_on)}${until}`;
        }),
    })),
  });
}

/** Every piece of evidence of a deal in the order of time, and why it counts or not. */
export async function readEvidence(db: ExplainWarehouse, key: string): Promise<readonly Evidence[]> {
  const rows = await db
    .selectFrom("marts.fct_touch")
    .select([
      "touch_table",
      "touch_key",
      "partner_key",
      "kind",
      "occurred_at",
      "recorded_at",
      "removed_at",
      "counts",
      "reason",
    ])
    .where("deal_key", "=", key)
    .orderBy("occurred_at")
    .orderBy("touch_table")
    .orderBy("touch_key")
    .execute();
  const sources = await db.selectFrom("config.source").select("source").execute();
  const named = await readNames(
    db,
    rows.map(({ partner_key }) => partner_key),
  );
  return rows.map((row) =>
    Object.freeze({
      table: row.touch_table,
      key: row.touch_key,
      source: sources.find(({ source }) => row.touch_key.startsWith(`${source}:`))?.source ?? null,
      partner: named(row.partner_key),
      kind: row.kind,
      occurredAt: row.occurred_at,
      recordedAt: row.recorded_at,
      removedAt: row.removed_at,
      counts: row.counts,
      reason: row.reason,
    }),
  );
}

/** The weights, shares and money of a deal under each credit model. */
export async function readCredit(
  db: ExplainWarehouse,
  key: string,
  amount: Money | null,
): Promise<readonly ModelCredit[]> {
  const rows = await db
    .selectFrom("marts.fct_deal_credit as credit")
    .innerJoin("attribution.int_deal_weight as weights", (join) =>
      join
        .onRef("weights.deal_key", "=", "credit.deal_key")
        .onRef("weights.partner_key", "=", "credit.partner_key")
        .onRef("weights.model", "=", "credit.model"),
    )
    .select([
      "credit.model",
      "credit.partner_key",
      "credit.share",
      "credit.amount_reporting_minor",
      "credit.reason",
      "weights.weight",
      "weights.total_weight",
    ])
    .where("credit.deal_key", "=", key)
    .orderBy("weights.weight", "desc")
    .orderBy("credit.partner_key")
    .execute();
  const named = await readNames(
    db,
    rows.map(({ partner_key }) => partner_key),
  );
  return [...Map.groupBy(inOrderOfModels(rows), ({ model }) => model)].map(([model, parts]) => {
    const odd = oddUnits(
      parts.map(({ weight, total_weight: totalWeight, amount_reporting_minor: minor }) => ({
        weight,
        totalWeight,
        minor,
      })),
      amount,
    );
    return Object.freeze({
      model,
      parts: parts.map(
        (row, index): CreditPart => ({
          partner: named(row.partner_key),
          weight: row.weight,
          totalWeight: row.total_weight,
          share: row.share,
          amount:
            row.amount_reporting_minor === null || amount === null
              ? null
              : { minor: row.amount_reporting_minor, currency: amount.currency },
          oddUnit: odd[index] ?? null,
          reason: row.reason,
        }),
      ),
    });
  });
}

interface WeighedPart {
  readonly weight: Whole;
  readonly totalWeight: Whole;
  /** What the models gave this part. */
  readonly minor: Whole | null;
}

/** Why a part was given one unit more than its share cut down to whole units (R26), in the order of the parts; null where it was not. */
function oddUnits(parts: readonly WeighedPart[], whole: Money | null): readonly (string | null)[] {
  if (whole === null) return parts.map(() => null);
  const size = absolute(whole.minor);
  const exact = parts.map((part) => ({
    weight: BigInt(part.weight),
    remainder: (size * BigInt(part.weight)) % BigInt(part.totalWeight),
    isOdd: part.minor !== null && absolute(part.minor) > (size * BigInt(part.weight)) / BigInt(part.totalWeight),
  }));
  const unit = sayMoney({ minor: 1, currency: whole.currency });
  return exact.map((part) => {
    if (!part.isOdd) return null;
    const rivals = exact.filter((other) => !other.isOdd && other.remainder === part.remainder);
    const why =
      rivals.length === 0
        ? "its fraction left over was the largest"
        : rivals.some((other) => other.weight === part.weight)
          ? "fractions and weights are equal, so the smaller key has it"
          : "fractions are equal, so the larger weight has it";
    return `The odd ${unit} is here: ${why}.`;
  });
}

function absolute(minor: Whole): bigint {
  const whole = BigInt(minor);
  return whole < 0n ? -whole : whole;
}
