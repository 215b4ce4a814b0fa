import type {
  CreditPart,
  Evidence,
  ModelCredit,
  Money,
  OverrideInForce,
  PathStep,
  Place,
  Rule,
} from "./explanation.ts";
import { roundingOf } from "./odd-units.ts";
import { type RecordName, readPlaces } from "./places.ts";
import { inOrderOfModels, readNames } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { sayName } from "./words.ts";

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
  const placed = await readRecords(
    db,
    key,
    claims.map(({ claim_table: table, claim_key: key }) => ({ table, key })),
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
          recordedIn: placed({ table: claim.claim_table, key: claim.claim_key }),
        })),
    });
  });
}

/** The override in force of a deal; null without one. */
export async function readOverride(db: ExplainWarehouse, key: string): Promise<OverrideInForce | null> {
  const row = await db
    .selectFrom("attribution.int_override")
    .select(["effect", "partner_key", "approver", "reason", "decided_on"])
    .where("deal_key", "=", key)
    .executeTakeFirst();
  if (row === undefined) return null;
  const named = await readNames(db, [row.partner_key]);
  const { effect, approver, reason, decided_on: decidedOn } = row;
  return Object.freeze({
    effect,
    partner: row.partner_key === null ? null : named(row.partner_key),
    approver,
    reason,
    decidedOn,
  });
}

/** Every piece of evidence of a deal in the order of time, and why it counts or not. */
export async function readEvidence(db: ExplainWarehouse, key: string): Promise<readonly Evidence[]> {
  const rows = await db
    .selectFrom("attribution.int_touch")
    .select([
      "touch_table",
      "touch_key",
      "partner_key",
      "kind",
      "occurred_at",
      "recorded_at",
      "removed_at",
      "verdict",
      "is_set_aside",
      "reason",
    ])
    .where("deal_key", "=", key)
    .orderBy("occurred_at")
    .orderBy("touch_table")
    .orderBy("touch_key")
    .execute();
  const placed = await readRecords(
    db,
    key,
    rows.map(({ touch_table: table, touch_key: key }) => ({ table, key })),
  );
  const named = await readNames(
    db,
    rows.map(({ partner_key }) => partner_key),
  );
  return rows.map((row) => {
    const recordedIn = placed({ table: row.touch_table, key: row.touch_key });
    return Object.freeze({
      table: row.touch_table,
      key: row.touch_key,
      source: recordedIn?.source ?? null,
      partner: named(row.partner_key),
      kind: row.kind,
      occurredAt: row.occurred_at,
      recordedAt: row.recorded_at,
      removedAt: row.removed_at,
      counts: row.verdict === "counts" && !row.is_set_aside,
      verdict: row.verdict,
      isSetAside: row.is_set_aside,
      reason: row.reason,
      recordedIn,
    });
  });
}

interface Reference {
  readonly table: string;
  readonly key: string;
}

// Roles and overrides have keys made of what they tie together; the record they came as is kept beside them.
async function readRecords(
  db: ExplainWarehouse,
  dealKey: string,
  references: readonly Reference[],
): Promise<(reference: Reference) => Place | null> {
  const roleKeys = references.filter(({ table }) => table === "deal_partners").map(({ key }) => key);
  const roles =
    roleKeys.length === 0
      ? []
      : await db
          .selectFrom("staging.stg_deal_partners")
          .select(["deal_partner_key", "record_key"])
          .where("deal_partner_key", "in", roleKeys)
          .execute();
  const overrides = references.some(({ table }) => table === "overrides")
    ? await db.selectFrom("attribution.int_override").select("record_key").where("deal_key", "=", dealKey).execute()
    : [];
  const nameOf = ({ table, key }: Reference): RecordName => {
    switch (table) {
      case "deal_partners":
        return { entity: table, key: roles.find((role) => role.deal_partner_key === key)?.record_key ?? key };
      case "overrides":
        return { entity: table, key: overrides[0]?.record_key ?? key };
      default:
        return { entity: table, key };
    }
  };
  const placed = await readPlaces(db, references.map(nameOf));
  return (reference) => placed(nameOf(reference));
}

/** The touches of a deal in the order in which the models that look at touches take them. */
export async function readPath(db: ExplainWarehouse, key: string): Promise<readonly PathStep[]> {
  const rows = await db
    .selectFrom("attribution.int_deal_path")
    .select(["partner_key", "touch_table", "touch_key", "kind", "occurred_at", "occurred_on", "days_before"])
    .where("deal_key", "=", key)
    .orderBy("place")
    .execute();
  const named = await readNames(
    db,
    rows.map(({ partner_key }) => partner_key),
  );
  return rows.map((row) =>
    Object.freeze({
      partner: named(row.partner_key),
      table: row.touch_table,
      key: row.touch_key,
      kind: row.kind,
      at: row.occurred_at,
      on: row.occurred_on,
      daysBeforeClose: row.days_before,
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
    .selectFrom("attribution.int_deal_credit")
    .select(["model", "partner_key", "share", "amount_reporting_minor", "reason", "weight", "total_weight"])
    .where("deal_key", "=", key)
    .orderBy("weight", "desc")
    .orderBy("partner_key")
    .execute();
  const named = await readNames(
    db,
    rows.map(({ partner_key }) => partner_key),
  );
  return [...Map.groupBy(inOrderOfModels(rows), ({ model }) => model)].map(([model, parts]) => {
    const { odd, story } = roundingOf(
      parts.map(({ partner_key, weight, total_weight: totalWeight, amount_reporting_minor: minor }) => ({
        name: sayName(named(partner_key)),
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
      rounding: story,
    });
  });
}
