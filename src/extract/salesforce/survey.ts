import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import { distinct, type FoundField, type Survey, surveyOf } from "../survey.ts";
import type { TransportEffects } from "../transport.ts";
import { apiVersion, createSalesforceClient, readQuota, type SalesforceClient } from "./client.ts";

const answerShape = z.object({
  records: z.array(z.object({ Id: z.string(), Name: z.string().nullish(), TimeZoneSidKey: z.string().nullish() })),
});

const describeShape = z.object({
  fields: z.array(
    z.object({
      name: z.string(),
      label: z.string().nullish(),
      custom: z.boolean().nullish(),
      referenceTo: z.array(z.string()).nullish(),
      picklistValues: z
        .array(z.object({ value: z.string(), label: z.string().nullish(), active: z.boolean().nullish() }))
        .nullish(),
    }),
  ),
});

type Described = z.output<typeof describeShape>["fields"];

const objectsShape = z.object({
  sobjects: z.array(
    z.object({
      name: z.string(),
      label: z.string().nullish(),
      custom: z.boolean().nullish(),
      queryable: z.boolean().nullish(),
    }),
  ),
});

const currenciesShape = z.object({
  records: z.array(z.object({ IsoCode: z.string(), IsCorporate: z.boolean().nullish() })),
});

/**
 * What an org offers to someone who sets it up, in a few small requests. Throws `UserError` (exit 3) when it does not
 * answer.
 */
export async function surveySalesforce(source: SourceOf<"salesforce">, effects: TransportEffects): Promise<Survey> {
  const client = createSalesforceClient(source, effects, { attempts: probeAttempts });
  const { found, timezone } = await readOrganization(client);
  const listed = await client.transport.request("survey", client.get(`/services/data/v${apiVersion}/sobjects`));
  const { sobjects } = readShape(objectsShape, listed.json, source.name, "GET /sobjects");
  const has = (name: string): boolean => sobjects.some((object) => object.name === name);
  const accounts = await readFields(client, "Account");
  const deals = await readFields(client, "Opportunity");
  const partners = has("OpportunityPartner") ? await readFields(client, "OpportunityPartner") : [];
  const words = (fields: Described, name: string) =>
    (fields.find((field) => field.name === name)?.picklistValues ?? [])
      .filter(({ active }) => active !== false)
      .map(({ value, label }) => ({ word: value, label: label ?? value }));
  const isMultiCurrency = has("CurrencyType");
  const currencies = isMultiCurrency ? await readCurrencies(client) : [];
  return surveyOf({
    found,
    currencies,
    rates: currencies,
    timezone,
    recordTypes: words(accounts, "Type"),
    dealFields: ownFields(deals),
    partnerFields: ownFields(accounts),
    roles: words(partners, "Role").map(({ word }) => word),
    objects: sobjects
      .filter((object) => object.custom === true && object.queryable !== false)
      .map(({ name, label }) => ({ name, label: label ?? name })),
    hidesCurrency: !isMultiCurrency,
  });
}

/** The fields that an org's own people made on an object. Throws `UserError` (exit 3) when there is no such object. */
export async function surveySalesforceObject(
  source: SourceOf<"salesforce">,
  effects: TransportEffects,
  object: string,
): Promise<readonly FoundField[]> {
  return ownFields(await readFields(createSalesforceClient(source, effects, { attempts: probeAttempts }), object));
}

async function readOrganization(client: SalesforceClient): Promise<Pick<Survey, "found" | "timezone">> {
  const soql = "select Id, Name, TimeZoneSidKey from Organization";
  const reply = await client.transport.request("Organization", client.get(queryPath(soql)));
  const org = readShape(answerShape, reply.json, client.source, "query on Organization").records[0];
  const quota = readQuota(reply);
  return {
    found: [
      `Salesforce org ${org?.Name ?? "without a name"} (${org?.Id ?? "no id"}), zone ${org?.TimeZoneSidKey ?? "not told"}`,
      ...(quota === undefined ? [] : [`${quota.used} of ${quota.limit} requests of the last 24 hours used`]),
    ],
    timezone: org?.TimeZoneSidKey ?? null,
  };
}

async function readFields(client: SalesforceClient, object: string): Promise<Described> {
  const path = `/sobjects/${object}/describe`;
  const reply = await client.transport.request("survey", client.get(path));
  return readShape(describeShape, reply.json, client.source, `GET ${path}`).fields;
}

/** The currencies of an org with several, the corporate one first. */
async function readCurrencies(client: SalesforceClient): Promise<readonly string[]> {
  const soql = "select IsoCode, IsCorporate from CurrencyType where IsActive = true";
  const reply = await client.transport.request("survey", client.get(queryPath(soql)));
  const { records } = readShape(currenciesShape, reply.json, client.source, "query on CurrencyType");
  const corporate = records.filter((currency) => currency.IsCorporate === true);
  return distinct([...corporate, ...records].map((currency) => currency.IsoCode));
}

const ownFields = (fields: Described): readonly FoundField[] =>
  fields
    .filter((field) => field.custom === true)
    .map(({ name, label, referenceTo }) => ({
      name,
      label: [label ?? name, ...(referenceTo ?? []).map((object) => `→ ${object}`)].join(" "),
    }));

const queryPath = (soql: string): string => `/services/data/v${apiVersion}/query?q=${encodeURIComponent(soql)}`;
