import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { type Probe, probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import type { TransportEffects } from "../transport.ts";
import { apiVersion, createSalesforceClient, readQuota } from "./client.ts";

const answerShape = z.object({
  records: z.array(z.object({ Id: z.string(), Name: z.string().nullish(), TimeZoneSidKey: z.string().nullish() })),
});

/**
 * One request to an org (and the sign-in before it): which it is, its zone, and how much of the daily allowance is
 * used. Throws `UserError` (exit 3) when it does not answer.
 */
export async function probeSalesforce(source: SourceOf<"salesforce">, effects: TransportEffects): Promise<Probe> {
  const client = createSalesforceClient(source, effects, { attempts: probeAttempts });
  const soql = "select Id, Name, TimeZoneSidKey from Organization";
  const reply = await client.transport.request(
    "Organization",
    client.get(`/services/data/v${apiVersion}/query?q=${encodeURIComponent(soql)}`),
  );
  const org = readShape(answerShape, reply.json, source.name, "query on Organization").records[0];
  const quota = readQuota(reply);
  return Object.freeze({
    source: source.name,
    found: [
      `Salesforce org ${org?.Name ?? "without a name"} (${org?.Id ?? "no id"}), zone ${org?.TimeZoneSidKey ?? "not told"}`,
      ...(quota === undefined ? [] : [`${quota.used} of ${quota.limit} requests of the last 24 hours used`]),
      ...(source.currency === undefined
        ? ["amounts without a currency are in the reporting currency; set `currency` when the org's is another"]
        : [`amounts without a currency are in ${source.currency}`]),
    ],
  });
}
