import type { SourceOf } from "../../config/schema.ts";
import { fingerprint } from "../changes.ts";
import type { PagedStream, StreamContext } from "../stream.ts";
import { apiVersion } from "./api.ts";
import { readBatches } from "./changes.ts";
import type { HubspotClient } from "./client.ts";
import type { ObjectReading } from "./read.ts";

/** Whether a company's type makes it a partner: one of the usual ones, or one of those that a mapping names. */
export function partnerTypeTest(types: readonly string[]): (type: string | null | undefined) => boolean {
  const known = new Set(["partner", "reseller", ...types.map(plain)]);
  return (type) => known.has(plain(type ?? ""));
}

/**
 * Every value that a partner company's tier ever had, for rates by the tier of the close date (R65). A tier that changes moves
 * its company's modification date, so only partners whose date is another than the one last read here are read again.
 */
export function tierStream(client: HubspotClient, source: SourceOf<"hubspot">): PagedStream {
  const { columns, values, object } = source.mapping.partners ?? { columns: {}, values: {}, object: undefined };
  // Beside an object of the portal's own, whose fields the mapping then names, companies keep theirs.
  const tier = (object === undefined ? columns.tier : undefined) ?? "partner_tier";
  const isPartner = partnerTypeTest(Object.keys(values.type ?? {}));
  const reading: ObjectReading = { client, type: "companies", properties: [tier], history: [tier] };
  const asked = fingerprint(source.base_url, apiVersion, tier);
  return Object.freeze({
    form: "pages",
    name: "companies.tiers",
    after: ["companies", "properties.companies"],
    mode: "incremental",
    cursor: "the property that holds the tier; what changed is told by each company's own date",
    deletion: "none",
    record: { at: "$.results", id: "$.id", updatedAt: "$.updatedAt" },
    partOf: { stream: "companies", path: "$.id" },
    async *pages(context: StreamContext) {
      const read = await datesOf(context, "companies.tiers");
      const partners = (await hasProperty(context, tier)) ? await datesOf(context, "companies", isPartner) : new Map();
      const isAnew = context.cursor !== asked;
      const ids = [...partners.keys()].filter((id) => isAnew || read.get(id) !== partners.get(id));
      const state = { latest: "", gone: new Set<string>(), merged: new Set<string>() };
      yield* readBatches(context, reading, ids, state);
      const gone = [...read.keys()].filter((id) => !partners.has(id) || state.gone.has(id));
      return { isComplete: false, gone, cursor: asked };
    },
  });
}

/** When each living record of a stream was last changed; of companies only those of the given types. */
async function datesOf(
  context: StreamContext,
  stream: string,
  isWanted: (type: string | null | undefined) => boolean = () => true,
): Promise<ReadonlyMap<string, string | null>> {
  const dates = new Map<string, string | null>();
  for await (const rows of context.landed({ stream, paths: ["$.id", "$.updatedAt", "$.properties.type"] })) {
    for (const [id, at, type] of rows) {
      if (typeof id === "string" && isWanted(type)) dates.set(id, at ?? null);
    }
  }
  return dates;
}

/** Whether the portal has a company property of this name; HubSpot passes over one that it does not know without a word. */
async function hasProperty(context: StreamContext, name: string): Promise<boolean> {
  for await (const rows of context.landed({
    stream: "properties.companies",
    paths: ["$.name"],
    where: { path: "$.name", equals: name },
  })) {
    if (rows.length > 0) return true;
  }
  return false;
}

const plain = (word: string): string => word.trim().toLowerCase();
