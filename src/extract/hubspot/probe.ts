import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { checkMappedFields } from "../mapping.ts";
import { checkClock, checkQuota, lookAround, type Probe, probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import { defaultShare, type Reply, type TransportEffects } from "../transport.ts";
import { apiVersion, paths } from "./api.ts";
import { createHubspotClient, type Query, readQuota } from "./client.ts";
import { mappedProperties } from "./mapped.ts";

const accountShape = z.object({
  portalId: z.number(),
  accountType: z.string().nullish(),
  timeZone: z.string().nullish(),
  companyCurrency: z.string().nullish(),
});

const namesShape = z.object({ results: z.array(z.object({ name: z.string() })) });

/**
 * A few requests to a portal: which it is, its zone and currency, and whether everything that a refresh asks for may be
 * read and is there. Throws `UserError` (exit 3) when it does not answer at all, or (exit 2) for a mapping that no portal fits.
 */
export async function probeHubspot(source: SourceOf<"hubspot">, effects: TransportEffects): Promise<Probe> {
  const mapped = mappedProperties(source);
  // A share that is used up is told as such, and stops no look.
  const client = createHubspotClient({ ...source, daily_share: 100 }, effects, { attempts: probeAttempts });
  const get = (path: string, query: Query = {}): Promise<Reply> =>
    client.transport.request("probe", client.get(path, query));
  const reply = await client.transport.request("account", client.get(paths.account));
  const account = readShape(accountShape, reply.json, source.name, `GET ${paths.account}`);
  const readable =
    (path: string, query: Query = {}) =>
    async (): Promise<readonly string[]> => {
      await get(path, query);
      return [];
    };
  const properties = (type: "deals" | "companies") => async (): Promise<readonly string[]> => {
    const path = paths.properties(type);
    const { results } = readShape(namesShape, (await get(path)).json, source.name, `GET ${path}`);
    return checkMappedFields(source, type, mapped[type], new Set(results.map(({ name }) => name)));
  };
  const { found, problems } = await lookAround([
    async () => checkClock(source.name, reply, effects),
    async () => checkQuota(source.name, readQuota(reply), source.daily_share ?? defaultShare),
    properties("deals"),
    properties("companies"),
    readable(paths.objects("deals"), { limit: 1 }),
    readable(paths.objects("companies"), { limit: 1 }),
    readable(paths.pipelines("deals")),
    readable(paths.owners, { limit: 1 }),
    readable(paths.labels("deals", "companies")),
  ]);
  return Object.freeze({
    source: source.name,
    found: [
      `HubSpot portal ${account.portalId}${account.accountType == null ? "" : ` (${account.accountType.toLowerCase()})`}`,
      `zone ${account.timeZone ?? "not told, so UTC"}, currency ${account.companyCurrency ?? "not told"}`,
      `API ${apiVersion}`,
      ...found,
    ],
    ...(problems.length === 0 ? {} : { problems }),
  });
}
