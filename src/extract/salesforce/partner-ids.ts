import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { type PartnerField, refuseUnknownFields, tellPartnerIds } from "../mapping.ts";
import { probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import type { TransportEffects } from "../transport.ts";
import { apiVersion, createSalesforceClient } from "./client.ts";

const describeShape = z.object({ fields: z.array(z.object({ name: z.string() })) });

const recordsShape = z.object({ records: z.array(z.record(z.string(), z.unknown())) });

const most = 100;

/**
 * Looks whether a field of opportunities holds ids of partners' records, which are accounts unless `object` names another: a look at
 * some opportunities that have it, and at what their values lead to. Returns what was found in words; nothing for a path through
 * another object. Throws `UserError` (exit 2) for a field that is not there, or that leads nowhere.
 */
export async function lookAtSalesforcePartnerIds(
  source: SourceOf<"salesforce">,
  effects: TransportEffects,
  { field, object = "Account" }: PartnerField,
): Promise<readonly string[]> {
  if (field.includes(".")) return [];
  const client = createSalesforceClient({ ...source, daily_share: 100 }, effects, { attempts: probeAttempts });
  const describe = "/sobjects/Opportunity/describe";
  const answer = await client.transport.request("probe", client.get(describe));
  const names = readShape(describeShape, answer.json, source.name, `GET ${describe}`).fields.map(({ name }) => name);
  refuseUnknownFields(source, "Opportunity", [field], new Set(names));
  const ask = async (soql: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const path = `/services/data/v${apiVersion}/query?q=${encodeURIComponent(soql)}`;
    const reply = await client.transport.request("probe", client.get(path));
    return readShape(recordsShape, reply.json, source.name, `query on ${field}`).records;
  };
  const deals = await ask(`select ${field} from Opportunity where ${field} != null limit ${most}`);
  const values = [...new Set(deals.map((deal) => String(deal[field] ?? "").trim()).filter((value) => value !== ""))];
  // An id has fifteen letters and digits, and three more where it is to be told from another by a program that knows no case.
  const ids = values.filter((value) => /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(value));
  const records =
    ids.length === 0
      ? []
      : await ask(`select Id from ${object} where Id in (${ids.map((id) => `'${id}'`).join(", ")})`);
  const holder = `a record of ${object}`;
  return tellPartnerIds({ source, object: "Opportunity", field, values, fields: names, holder, found: records.length });
}
