import type { SourceOf } from "../../config/schema.ts";
import type { UserError } from "../../errors.ts";
import type { Connector, PagedStream, StreamContext } from "../stream.ts";
import type { TransportEffects } from "../transport.ts";
import { pageSize, paths } from "./api.ts";
import { associationStream } from "./associations.ts";
import { createHubspotClient, type HubspotClient, type Query } from "./client.ts";
import { noObject } from "./errors.ts";
import { mappedProperties, type PartnerObject } from "./mapped.ts";
import { objectStream } from "./objects.ts";
import { nextAfter } from "./read.ts";
import { tierStream } from "./tiers.ts";

export { lookAtHubspotPartnerIds } from "./partner-ids.ts";
export { probeHubspot } from "./probe.ts";
export { surveyHubspot, surveyHubspotObject } from "./survey.ts";

const dealProperties = [
  "dealname",
  "amount",
  "deal_currency_code",
  "pipeline",
  "dealstage",
  "createdate",
  "closedate",
  "hubspot_owner_id",
  "dealtype",
  "hs_next_step",
  "closed_lost_reason",
  "hs_merged_object_ids",
];

const companyProperties = [
  "name",
  "domain",
  "type",
  "country",
  "createdate",
  "hs_merged_object_ids",
  "partner_type",
  "partner_tier",
  "partner_region",
  "partner_manager",
  "partner_agreed_on",
];

/** A HubSpot portal. Throws `UserError` (exit 2) for a mapping of what HubSpot does not give. */
export function connectHubspot(source: SourceOf<"hubspot">, effects: TransportEffects): Connector {
  const client = createHubspotClient(source, effects);
  const mapped = mappedProperties(source);
  // R88: who was declared as the partner, and in which role, is taken as it stood at the evidence date.
  const declared = ["partner_id", "partner_role"].flatMap((column) => source.mapping.deals?.columns[column] ?? []);
  return Object.freeze({
    source: source.name,
    kind: source.kind,
    transport: client.transport,
    streams: [
      listStream(client, "account", paths.account, { at: "$", id: "$.portalId" }),
      currencyStream(client),
      listStream(client, "properties.deals", paths.properties("deals"), { at: "$.results", id: "$.name" }),
      listStream(client, "properties.companies", paths.properties("companies"), { at: "$.results", id: "$.name" }),
      listStream(client, "pipelines", paths.pipelines("deals"), { at: "$.results", id: "$.id" }),
      ownerStream(client),
      listStream(client, "association_labels.deals.companies", paths.labels("deals", "companies"), {
        at: "$.results",
        id: ["$.category", "$.typeId"],
      }),
      objectStream(client, source, {
        type: "companies",
        properties: companyProperties,
        mapped: mapped.companies,
        history: [],
      }),
      tierStream(client, source),
      objectStream(client, source, {
        type: "deals",
        properties: dealProperties,
        mapped: mapped.deals,
        history: ["dealstage", ...declared],
      }),
      associationStream(client, source.name, "deals", "companies"),
      ...(mapped.partners === undefined ? [] : partnerStreams(client, source, mapped.partners)),
    ],
  });
}

/** The portal's own object whose records are partners, and how deals name them. */
function partnerStreams(
  client: HubspotClient,
  source: SourceOf<"hubspot">,
  { type, properties, mapped, tier }: PartnerObject,
): readonly PagedStream[] {
  const absent = noObject(source.name, type);
  return [
    listStream(client, `properties.${type}`, paths.properties(type), { at: "$.results", id: "$.name" }, absent),
    listStream(
      client,
      `association_labels.deals.${type}`,
      paths.labels("deals", type),
      { at: "$.results", id: ["$.category", "$.typeId"] },
      absent,
    ),
    objectStream(client, source, { type, properties, mapped, history: tier === undefined ? [] : [tier] }),
    associationStream(client, source.name, "deals", type),
  ];
}

/** A list that comes in one answer; `absent` is the error for one that is not there. */
function listStream(
  client: HubspotClient,
  name: string,
  path: string,
  record: PagedStream["record"],
  absent?: UserError,
): PagedStream {
  return Object.freeze({
    form: "pages",
    name,
    mode: "full",
    cursor: null,
    deletion: "absence",
    record,
    async *pages(context: StreamContext) {
      const reply = await context.request(client.get(path, {}, absent === undefined ? [] : [400, 404]));
      if (reply.status >= 400 && absent !== undefined) throw absent;
      yield { body: reply.body };
      return { isComplete: true };
    },
  });
}

/** The portal's own exchange rates; a portal with one currency, or a token without the scope, has none to give. */
function currencyStream(client: HubspotClient): PagedStream {
  return Object.freeze({
    form: "pages",
    name: "currencies",
    mode: "full",
    cursor: null,
    deletion: "none",
    record: { at: "$.results", id: "$.id", updatedAt: "$.updatedAt" },
    async *pages(context: StreamContext) {
      let after: string | null = null;
      do {
        const query: Query = { limit: pageSize.objects, after: after ?? undefined };
        const reply = await context.request(client.get(paths.currencies, query, [403, 404]));
        if (reply.status !== 200) return { isComplete: false };
        yield { body: reply.body };
        after = nextAfter(reply.json, client, paths.currencies);
      } while (after !== null);
      return { isComplete: true };
    },
  });
}

/** Users who own deals, those who have left too. */
function ownerStream(client: HubspotClient): PagedStream {
  return Object.freeze({
    form: "pages",
    name: "owners",
    mode: "full",
    cursor: null,
    deletion: "both",
    record: { at: "$.results", id: "$.id", updatedAt: "$.updatedAt", archived: "$.archived" },
    async *pages(context: StreamContext) {
      for (const archived of [false, true]) {
        let after: string | null = null;
        do {
          const query: Query = { limit: pageSize.owners, archived, after: after ?? undefined };
          const reply = await context.request(client.get(paths.owners, query));
          yield { body: reply.body };
          after = nextAfter(reply.json, client, paths.owners);
        } while (after !== null);
      }
      return { isComplete: true };
    },
  });
}
