import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import { distinct, type FoundField, type Survey, surveyOf } from "../survey.ts";
import type { TransportEffects } from "../transport.ts";
import { pageSize, paths } from "./api.ts";
import { createHubspotClient, type HubspotClient } from "./client.ts";

const accountShape = z.object({
  portalId: z.number(),
  accountType: z.string().nullish(),
  timeZone: z.string().nullish(),
  companyCurrency: z.string().nullish(),
  additionalCurrencies: z.array(z.string()).nullish(),
});

const propertiesShape = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      label: z.string().nullish(),
      hubspotDefined: z.boolean().nullish(),
      options: z.array(z.object({ label: z.string().nullish(), value: z.string() })).nullish(),
    }),
  ),
});

const schemasShape = z.object({
  results: z.array(
    z.object({
      objectTypeId: z.string(),
      name: z.string().nullish(),
      labels: z.object({ plural: z.string().nullish() }).nullish(),
    }),
  ),
});

const labelsShape = z.object({
  results: z.array(z.object({ category: z.string(), label: z.string().nullish() })),
});

const companiesShape = z.object({
  results: z.array(z.object({ properties: z.record(z.string(), z.string().nullish()) })),
});

/** What a portal offers to someone who sets it up, in a few small requests. Throws `UserError` (exit 3) when it does not answer. */
export async function surveyHubspot(source: SourceOf<"hubspot">, effects: TransportEffects): Promise<Survey> {
  const client = createHubspotClient(source, effects, { attempts: probeAttempts });
  const account = await readAccount(client);
  const ask = async <Shape extends z.ZodType>(shape: Shape, path: string): Promise<z.output<Shape>> => {
    const reply = await client.transport.request("survey", client.get(path));
    return readShape(shape, reply.json, source.name, `GET ${path}`);
  };
  const { results: companies } = await ask(propertiesShape, paths.properties("companies"));
  const { results: deals } = await ask(propertiesShape, paths.properties("deals"));
  const { results: labels } = await ask(labelsShape, paths.labels("deals", "companies"));
  const objects = await client.transport.request("survey", client.get(paths.schemas, {}, [403, 404]));
  const schemas =
    objects.status === 200 ? readShape(schemasShape, objects.json, source.name, `GET ${paths.schemas}`).results : [];
  const typeProperty = companies.find((property) => property.name === "partner_type");
  return surveyOf({
    found: describe(account),
    currencies: distinct([account.companyCurrency, ...(account.additionalCurrencies ?? [])].filter(isText)),
    timezone: account.timeZone ?? null,
    recordTypes: (companies.find((property) => property.name === "type")?.options ?? []).map(({ value, label }) => ({
      word: value,
      label: label ?? value,
    })),
    partnerTypes: typeProperty === undefined ? [] : await readPartnerTypes(client, source.name),
    dealFields: ownFields(deals),
    partnerFields: ownFields(companies),
    roles: distinct(
      labels.filter(({ category }) => category !== "HUBSPOT_DEFINED").flatMap(({ label }) => label ?? []),
    ),
    objects: schemas.map(({ objectTypeId, name, labels: words }) => ({
      name: objectTypeId,
      label: words?.plural ?? name ?? objectTypeId,
    })),
  });
}

/** The properties that a portal's own people made on an object. Throws `UserError` (exit 3) when there is no such object. */
export async function surveyHubspotObject(
  source: SourceOf<"hubspot">,
  effects: TransportEffects,
  object: string,
): Promise<readonly FoundField[]> {
  const client = createHubspotClient(source, effects, { attempts: probeAttempts });
  const path = paths.properties(object);
  const reply = await client.transport.request("survey", client.get(path));
  return ownFields(readShape(propertiesShape, reply.json, source.name, `GET ${path}`).results);
}

const ownFields = (properties: z.output<typeof propertiesShape>["results"]): readonly FoundField[] =>
  properties
    .filter((property) => property.hubspotDefined !== true)
    .map(({ name, label }) => ({ name, label: label ?? name }));

async function readAccount(client: HubspotClient): Promise<z.output<typeof accountShape>> {
  const reply = await client.transport.request("account", client.get(paths.account));
  return readShape(accountShape, reply.json, client.source, `GET ${paths.account}`);
}

function describe(account: z.output<typeof accountShape>): readonly string[] {
  return [
    `HubSpot portal ${account.portalId}${account.accountType == null ? "" : ` (${account.accountType.toLowerCase()})`}`,
    `zone ${account.timeZone ?? "not told, so UTC"}, currency ${account.companyCurrency ?? "not told"}`,
  ];
}

/** The words of `partner_type` among the first partners. */
async function readPartnerTypes(client: HubspotClient, source: string): Promise<readonly string[]> {
  const path = paths.search("companies");
  const reply = await client.transport.request(
    "survey",
    client.search(path, {
      filterGroups: [{ filters: [{ propertyName: "partner_type", operator: "HAS_PROPERTY" }] }],
      properties: ["partner_type"],
      limit: pageSize.search,
    }),
  );
  const { results } = readShape(companiesShape, reply.json, source, `POST ${path}`);
  return distinct(results.map((company) => company.properties.partner_type?.trim()).filter(isText)).toSorted();
}

const isText = (value: string | null | undefined): value is string =>
  value !== null && value !== undefined && value !== "";
