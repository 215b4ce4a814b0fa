import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { checkMappedFields, partnerFieldOf } from "../mapping.ts";
import { checkClock, checkQuota, lookAround, type Probe, probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import { defaultShare, type Reply, type TransportEffects } from "../transport.ts";
import { apiVersion, paths } from "./api.ts";
import { createHubspotClient, type Query, readQuota } from "./client.ts";
import { noObject } from "./errors.ts";
import { mappedProperties } from "./mapped.ts";
import { lookAtHubspotPartnerIds } from "./partner-ids.ts";

const accountShape = z.object({
  portalId: z.number(),
  accountType: z.string().nullish(),
  timeZone: z.string().nullish(),
  companyCurrency: z.string().nullish(),
});

const labelsShape = z.object({ results: z.array(z.object({ label: z.string().nullish() })) });

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
  const properties = (type: string, names: readonly string[]) => async (): Promise<readonly string[]> => {
    const path = paths.properties(type);
    const { results } = readShape(namesShape, (await get(path)).json, source.name, `GET ${path}`);
    return checkMappedFields(source, type, names, new Set(results.map(({ name }) => name)));
  };
  const { partners } = mapped;
  const partnerObject = async (): Promise<readonly string[]> => {
    if (partners === undefined) return [];
    const path = paths.objects(partners.type);
    const answer = await client.transport.request("probe", client.get(path, { limit: 1 }, [400, 403, 404]));
    if (answer.status !== 200) throw noObject(source.name, partners.type);
    const labels = await get(paths.labels("deals", partners.type));
    const { results } = readShape(labelsShape, labels.json, source.name, "labels");
    const words = results.flatMap(({ label }) => label ?? []);
    return [
      `partners in ${partners.type}, on deals ${words.length === 0 ? "without labels" : `as ${words.join(", ")}`}`,
      ...(await properties(partners.type, partners.mapped)()),
    ];
  };
  const partnerIds = async (): Promise<readonly string[]> => {
    const named = partnerFieldOf(source.mapping);
    return named === undefined ? [] : lookAtHubspotPartnerIds(source, effects, named);
  };
  const { found, problems } = await lookAround([
    async () => checkClock(source.name, reply, effects),
    async () => checkQuota(source.name, readQuota(reply), source.daily_share ?? defaultShare),
    properties("deals", mapped.deals),
    properties("companies", mapped.companies),
    partnerObject,
    partnerIds,
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
