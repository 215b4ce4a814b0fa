import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { type PartnerField, refuseUnknownFields, tellPartnerIds } from "../mapping.ts";
import { probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import type { TransportEffects } from "../transport.ts";
import { pageSize, paths } from "./api.ts";
import { createHubspotClient } from "./client.ts";
import { partnerTypeTest } from "./tiers.ts";

const propertiesShape = z.object({ results: z.array(z.object({ name: z.string() })) });

const dealsShape = z.object({
  results: z.array(z.object({ properties: z.record(z.string(), z.string().nullish()) })),
});

const recordsShape = z.object({
  results: z.array(z.object({ properties: z.record(z.string(), z.string().nullish()).nullish() })),
});

/**
 * Looks whether a property of deals holds ids of partners' records, which are companies of a partner's type unless `object` names another: a look at
 * some deals that have it, and at what their values lead to. Returns what was found in words. Throws `UserError` (exit 2) for a
 * property that is not there, or that leads nowhere.
 */
export async function lookAtHubspotPartnerIds(
  source: SourceOf<"hubspot">,
  effects: TransportEffects,
  { field, object, types }: PartnerField,
): Promise<readonly string[]> {
  const client = createHubspotClient({ ...source, daily_share: 100 }, effects, { attempts: probeAttempts });
  const path = paths.properties("deals");
  const answer = await client.transport.request("probe", client.get(path));
  const names = readShape(propertiesShape, answer.json, source.name, `GET ${path}`).results.map(({ name }) => name);
  refuseUnknownFields(source, "deals", [field], new Set(names));
  const search = paths.search("deals");
  const deals = await client.transport.request(
    "probe",
    client.search(search, {
      filterGroups: [{ filters: [{ propertyName: field, operator: "HAS_PROPERTY" }] }],
      properties: [field],
      limit: pageSize.objects,
    }),
  );
  const { results } = readShape(dealsShape, deals.json, source.name, `POST ${search}`);
  const values = [...new Set(results.flatMap(({ properties }) => properties[field]?.trim() || []))];
  const ids = values.filter((value) => /^\d+$/.test(value));
  const holder = object === undefined ? "a company of a partner's type" : `a record of ${object}`;
  const told = { source, object: "deals", field, values, fields: names, holder };
  if (ids.length === 0) return tellPartnerIds({ ...told, found: 0 });
  const batch = paths.batch(object ?? "companies");
  const records = await client.transport.request(
    "probe",
    client.post(batch, { inputs: ids.map((id) => ({ id })), properties: ["type"] }),
  );
  const isPartner = partnerTypeTest(types);
  const found = readShape(recordsShape, records.json, source.name, `POST ${batch}`).results.filter(
    ({ properties }) => object !== undefined || isPartner(properties?.type),
  );
  return tellPartnerIds({ ...told, found: found.length });
}
