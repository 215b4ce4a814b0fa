import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { type Probe, probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import type { TransportEffects } from "../transport.ts";
import { paths } from "./api.ts";
import { createHubspotClient } from "./client.ts";

const accountShape = z.object({
  portalId: z.number(),
  accountType: z.string().nullish(),
  timeZone: z.string().nullish(),
  companyCurrency: z.string().nullish(),
});

/** One request to a portal: which it is, its zone and currency. Throws `UserError` (exit 3) when it does not answer. */
export async function probeHubspot(source: SourceOf<"hubspot">, effects: TransportEffects): Promise<Probe> {
  const client = createHubspotClient(source, effects, { attempts: probeAttempts });
  const reply = await client.transport.request("account", client.get(paths.account));
  const account = readShape(accountShape, reply.json, source.name, `GET ${paths.account}`);
  return Object.freeze({
    source: source.name,
    found: [
      `HubSpot portal ${account.portalId}${account.accountType == null ? "" : ` (${account.accountType.toLowerCase()})`}`,
      `zone ${account.timeZone ?? "not told, so UTC"}, currency ${account.companyCurrency ?? "not told"}`,
    ],
  });
}
