import type { Place } from "./explanation.ts";
import type { ExplainWarehouse } from "./tables.ts";

/** A record by the entity it came in as and its full key. */
export interface RecordName {
  readonly entity: string;
  readonly key: string;
}

/** Finds where a record stands at its source; null for a key of no configured source. */
export type Placing = (record: RecordName) => Place | null;

/** Reads where records stand, once for all that are mentioned: file and line of a drop, the record's own id at a vendor. */
export async function readPlaces(db: ExplainWarehouse, records: readonly RecordName[]): Promise<Placing> {
  const sources = await db.selectFrom("config.source").select(["source", "kind"]).orderBy("position").execute();
  const keys = [...new Set(records.map(({ key }) => key))];
  const rows =
    keys.length === 0
      ? []
      : await db
          .selectFrom("staging.record_place")
          .select(["entity", "record_key", "file", "line"])
          .where("record_key", "in", keys)
          .execute();
  const standing = new Map(rows.map((row) => [`${row.entity} ${row.record_key}`, row]));
  return ({ entity, key }) => {
    const source = sources.find((known) => key.startsWith(`${known.source}:`));
    if (source === undefined) return null;
    const place = standing.get(`${entity} ${key}`);
    return Object.freeze({
      source: source.source,
      kind: source.kind,
      entity,
      id: key.slice(source.source.length + 1),
      file: place?.file ?? null,
      line: place?.line ?? null,
    });
  };
}

/** A place in words: `drop: touches.csv, line 12`; `hubspot: deal 123`. */
export function sayPlace(place: Place): string {
  const { source, file, line } = place;
  if (file !== null) return `${source}: ${file}${line === null ? "" : `, line ${line}`}`;
  return `${source}: ${sayRecord(place)}`;
}

const nouns: Readonly<Record<string, string>> = Object.freeze({
  deals: "deal",
  deal_partners: "role",
  registrations: "registration",
  leads: "lead",
  touches: "touch",
  certifications: "certification",
  overrides: "override",
  partners: "partner",
  invoices: "invoice",
  fx_rates: "exchange rate",
});

// Vendors' own words, so that the record can be found where it is kept.
function sayRecord({ kind, entity, id }: Place): string {
  if (kind === "hubspot" && entity === "deal_partners") {
    const [deal, company] = id.split("|");
    return `association of deal ${deal} with company ${company}`;
  }
  if (kind === "hubspot" && entity === "partners") return `company ${id}`;
  if (kind === "salesforce" && entity === "deals") return `Opportunity ${id}`;
  if (kind === "salesforce" && entity === "deal_partners") return `OpportunityPartner ${id}`;
  if (kind === "salesforce" && entity === "partners") return `Account ${id}`;
  return `${nouns[entity] ?? entity} ${id}`;
}
