import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { UserError } from "../../errors.ts";
import { checkMappedFields, partnerFieldOf } from "../mapping.ts";
import { checkClock, checkQuota, lookAround, type Probe, probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import { defaultShare, type TransportEffects } from "../transport.ts";
import { apiVersion, createSalesforceClient, readQuota } from "./client.ts";
import type { ObjectPlan } from "./objects.ts";
import { lookAtSalesforcePartnerIds } from "./partner-ids.ts";
import { plansOf } from "./plans.ts";

const answerShape = z.object({
  records: z.array(z.object({ Id: z.string(), Name: z.string().nullish(), TimeZoneSidKey: z.string().nullish() })),
});

const versionsShape = z.array(z.object({ version: z.string() }));

const describeShape = z.object({ fields: z.array(z.object({ name: z.string() })) });

/** Objects that come with a feature that an org may lack, and what it is then without. */
const features: ReadonlyMap<string, string> = new Map([
  ["OpportunityPartner", "partners on opportunities"],
  ["CurrencyType", "several currencies"],
  ["DatedConversionRate", "dated exchange rates"],
]);

/**
 * A few requests to an org (and the sign-in before them): which it is, its zone, how much of the daily allowance is used,
 * and whether every object and field that a refresh asks for may be read. Throws `UserError` (exit 3) when it does not
 * answer at all, or (exit 2) for a mapping that no org fits.
 */
export async function probeSalesforce(source: SourceOf<"salesforce">, effects: TransportEffects): Promise<Probe> {
  const plans = plansOf(source);
  // A share that is used up is told as such, and stops no look.
  const client = createSalesforceClient({ ...source, daily_share: 100 }, effects, { attempts: probeAttempts });
  const soql = "select Id, Name, TimeZoneSidKey from Organization";
  const reply = await client.transport.request(
    "Organization",
    client.get(`/services/data/v${apiVersion}/query?q=${encodeURIComponent(soql)}`, [404]),
  );
  const offered = async (): Promise<readonly string[]> => {
    const path = "/services/data/";
    const versions = await client.transport.request("probe", client.get(path));
    const list = readShape(versionsShape, versions.json, source.name, `GET ${path}`).map(({ version }) => version);
    if (list.includes(apiVersion)) return [`API ${apiVersion}`];
    throw new UserError({
      where: `source ${source.name}, API version`,
      found: `the org offers ${list[0] ?? "no version"} to ${list.at(-1) ?? "none"}, and ${apiVersion} is spoken here`,
      fix: "install a newer version of attributary, or check that base_url leads to Salesforce itself",
    });
  };
  if (reply.status === 404) {
    const { problems } = await lookAround([offered]);
    return Object.freeze({
      source: source.name,
      found: ["Salesforce org that does not know what it is asked"],
      problems,
    });
  }
  const org = readShape(answerShape, reply.json, source.name, "query on Organization").records[0];
  const described = (plan: ObjectPlan) => async (): Promise<readonly string[]> => {
    const path = `/sobjects/${plan.name}/describe`;
    const answer = await client.transport.request("probe", client.get(path, [403, 404]));
    if (answer.status === 200) {
      const { fields } = readShape(describeShape, answer.json, source.name, `GET ${path}`);
      return checkMappedFields(source, plan.name, plan.mapped, new Set(fields.map(({ name }) => name)));
    }
    const lacking = features.get(plan.name);
    if (lacking !== undefined && !plan.isNamed) return [`without ${lacking} (no ${plan.name})`];
    throw new UserError({
      where: `source ${source.name}, object ${plan.name}`,
      found: `the org has no object ${plan.name} that these credentials may read`,
      fix: `give the user that ${source.name} signs in as read access to ${plan.name} by a permission set${plan.isNamed ? ", or correct its API name in the mapping" : ""}`,
    });
  };
  const partnerIds = async (): Promise<readonly string[]> => {
    const named = partnerFieldOf(source.mapping);
    return named === undefined ? [] : lookAtSalesforcePartnerIds(source, effects, named);
  };
  const { found, problems } = await lookAround([
    async () => checkClock(source.name, reply, effects),
    async () => checkQuota(source.name, readQuota(reply), source.daily_share ?? defaultShare),
    offered,
    ...plans.map(described),
    partnerIds,
  ]);
  return Object.freeze({
    source: source.name,
    found: [
      `Salesforce org ${org?.Name ?? "without a name"} (${org?.Id ?? "no id"}), zone ${org?.TimeZoneSidKey ?? "not told"}`,
      ...found,
      ...(source.currency === undefined
        ? ["amounts without a currency are in the reporting currency; set `currency` when the org's is another"]
        : [`amounts without a currency are in ${source.currency}`]),
    ],
    ...(problems.length === 0 ? {} : { problems }),
  });
}
