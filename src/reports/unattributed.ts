import type { PageContext } from "./context.ts";

/** What a won deal without any credit says of partners. */
export interface Unattributed {
  /** The partners that evidence on the deal names, in the order of their keys. */
  readonly partnerKeys: readonly string[];
  /** The override that says so, where there is one; else why the first piece of evidence does not count: claims to have brought the deal before touches. */
  readonly reason: string;
}

// What a partner does in a portal says nothing of a deal.
const portalKinds = ["login", "content_view", "download"];

/** Direct deals won since a day on which something names a partner, by deal: a claim turned down, a touch that does not count. */
export async function readUnattributed(
  context: PageContext,
  since: string,
): Promise<ReadonlyMap<string, Unattributed>> {
  const { db } = context;
  const claims = await db
    .selectFrom("marts.fct_claim as claim")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "claim.deal_key")
    .select(["claim.deal_key", "claim.partner_key", "claim.reason", "claim.rule", "claim.accepted"])
    .where("deal.state", "=", "won")
    .where("deal.class", "=", "direct")
    .where("deal.closed_on", ">=", since)
    .orderBy("claim.deal_key")
    .orderBy("claim.claim_table")
    .orderBy("claim.claim_key")
    .orderBy("claim.rule")
    .execute();
  const touches = await db
    .selectFrom("marts.fct_touch as touch")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "touch.deal_key")
    .select(["touch.deal_key", "touch.partner_key", "touch.reason"])
    .where("deal.state", "=", "won")
    .where("deal.class", "=", "direct")
    .where("deal.closed_on", ">=", since)
    .where("touch.counts", "=", false)
    .where("touch.kind", "not in", portalKinds)
    .orderBy("touch.deal_key")
    .orderBy("touch.touch_table")
    .orderBy("touch.touch_key")
    .execute();
  // An override is taken before all evidence, so that it is the reason whatever else would have been one (R41).
  const overrides = claims.filter((claim) => claim.rule === "override" && claim.accepted);
  const decided = new Map(overrides.map((row) => [row.deal_key, row.reason]));
  const found = new Map<string, Unattributed>();
  for (const row of [...claims.filter((claim) => !claim.accepted), ...touches]) {
    if (row.partner_key === null) continue;
    const known = found.get(row.deal_key);
    const partnerKeys = [...new Set([...(known?.partnerKeys ?? []), row.partner_key])].sort();
    found.set(row.deal_key, { partnerKeys, reason: known?.reason ?? decided.get(row.deal_key) ?? row.reason });
  }
  return found;
}
