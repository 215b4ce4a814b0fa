import { sql } from "kysely";
import { UserError } from "../../errors.ts";
import type { ExplainKind } from "./explanation.ts";
import type { ExplainWarehouse } from "./tables.ts";

const nearestShown = 5;

/**
 * The key in the warehouse that a person meant: a full key, the key of a record that was merged or joined into another, or a
 * bare id that only one source has (R01). Throws UserError (exit 2) with the nearest keys when there is none.
 */
export async function findKey(db: ExplainWarehouse, kind: ExplainKind, asked: string): Promise<string> {
  const sources = await db.selectFrom("config.source").select("source").orderBy("position").execute();
  const candidates = [asked, ...sources.map(({ source }) => `${source}:${asked}`)];
  const found = await records(db, kind, candidates);
  const exact = found.find(({ record }) => record === asked);
  if (exact !== undefined) return exact.key;
  const keys = [...new Set(found.map(({ key }) => key))];
  const [only] = keys;
  if (only !== undefined && keys.length === 1) return only;
  const refused = only === undefined ? await refusal(db, kind, candidates) : null;
  if (refused !== null) {
    throw new UserError({
      where: `explain ${kind}`,
      found: `${refused.key} was left out: ${refused.message}`,
      fix: refused.fix ?? "mend the row at its source and refresh",
    });
  }
  throw new UserError({
    where: `explain ${kind}`,
    found: only === undefined ? `no ${kind} has the key "${asked}"` : `"${asked}" is a ${kind} in several sources`,
    fix: only === undefined ? await nearest(db, kind, asked) : `give the full key, one of ${keys.join(", ")}`,
  });
}

async function records(
  db: ExplainWarehouse,
  kind: ExplainKind,
  keys: readonly string[],
): Promise<readonly { readonly record: string; readonly key: string }[]> {
  switch (kind) {
    case "deal":
      return db
        .selectFrom("staging.deal_record as records")
        .innerJoin("staging.stg_deals as deals", "deals.deal_key", "records.deal_key")
        .select(["records.record_key as record", "deals.deal_key as key"])
        .where("records.record_key", "in", keys)
        .orderBy("records.record_key")
        .execute();
    case "partner":
      return db
        .selectFrom("staging.partner_record as records")
        .innerJoin("marts.dim_partner as partners", "partners.partner_key", "records.partner_key")
        .select(["records.record_key as record", "partners.partner_key as key"])
        .where("records.record_key", "in", keys)
        .orderBy("records.record_key")
        .execute();
    case "invoice":
      return db
        .selectFrom("staging.stg_invoices")
        .select(["invoice_key as record", "invoice_key as key"])
        .where("invoice_key", "in", keys)
        .orderBy("invoice_key")
        .execute();
  }
}

// A row that staging could not read is no deal, but its reason is known.
async function refusal(db: ExplainWarehouse, kind: ExplainKind, keys: readonly string[]) {
  const row = await db
    .selectFrom("quality.issue")
    .select(["entity_key as key", "message", "fix"])
    .where("entity", "=", `${kind}s`)
    .where("entity_key", "in", keys)
    .where("severity", "=", "error")
    .orderBy("entity_key")
    .orderBy("message")
    .executeTakeFirst();
  return row ?? null;
}

// A person may have typed the id, or the name that pages show, so both are compared.
async function nearest(db: ExplainWarehouse, kind: ExplainKind, asked: string): Promise<string> {
  const named = namedKeys(db, kind).as("named");
  const text = asked.toLowerCase();
  const rows = await db
    .selectFrom(named)
    .select(["key", "name"])
    .orderBy(
      sql`case when contains(lower(name), ${text}) then 0 else least(
        levenshtein(lower(key), ${text}),
        levenshtein(lower(substr(key, position(':' in key) + 1)), ${text}),
        levenshtein(lower(coalesce(name, key)), ${text})
      ) end`,
    )
    .orderBy("key")
    .limit(nearestShown)
    .execute();
  if (rows.length === 0) return `the published warehouse has no ${kind}s`;
  return `the nearest are ${rows.map(({ key, name }) => (name === null ? key : `${key} (${name})`)).join(", ")}`;
}

function namedKeys(db: ExplainWarehouse, kind: ExplainKind) {
  switch (kind) {
    case "deal":
      return db.selectFrom("staging.stg_deals").select(["deal_key as key", "name"]);
    case "partner":
      return db
        .selectFrom("marts.dim_partner")
        .select(["partner_key as key", (eb) => eb.ref("name").$castTo<string | null>().as("name")]);
    case "invoice":
      return db.selectFrom("staging.stg_invoices").select(["invoice_key as key", "number as name"]);
  }
}
