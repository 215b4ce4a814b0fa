import type { SourceOf } from "../../config/schema.ts";
import { mappedFields } from "../mapping.ts";
import type { Connector } from "../stream.ts";
import type { TransportEffects } from "../transport.ts";
import { createSalesforceClient } from "./client.ts";
import { describeStream, type ObjectPlan, objectStream } from "./objects.ts";

export { probeSalesforce } from "./probe.ts";

/** The entities Salesforce gives, whose mapping may be changed. */
const given = ["partners", "accounts", "pipeline_stages", "deals", "deal_stages", "deal_partners", "fx_rates"];

const stamps = ["Id", "CreatedDate", "SystemModstamp", "IsDeleted"];

// OpportunityPartner has no log of deletions, and what is small or moves no stamp is read whole each time.
const plans: readonly (Omit<ObjectPlan, "mapped"> & { readonly entities: readonly string[] })[] = [
  {
    name: "Account",
    changes: "SystemModstamp",
    isCounted: true,
    fields: [...stamps, "Name", "Type", "IsPartner", "Website", "BillingCountry", "MasterRecordId"],
    entities: ["partners", "accounts"],
  },
  {
    name: "Opportunity",
    changes: "SystemModstamp",
    isCounted: true,
    fields: [
      ...stamps,
      "Name",
      "AccountId",
      "Amount",
      "CurrencyIsoCode",
      "StageName",
      "IsWon",
      "IsClosed",
      "Type",
      "CloseDate",
      "Probability",
      "NextStep",
      "OwnerId",
    ],
    entities: ["deals"],
  },
  {
    name: "OpportunityHistory",
    changes: "SystemModstamp",
    isCounted: true,
    fields: [...stamps, "OpportunityId", "StageName"],
    entities: ["deal_stages"],
  },
  {
    name: "OpportunityPartner",
    isCounted: true,
    fields: [...stamps, "OpportunityId", "AccountToId", "Role", "IsPrimary"],
    entities: ["deal_partners"],
  },
  {
    name: "OpportunityStage",
    isCounted: false,
    fields: [...stamps, "ApiName", "MasterLabel", "IsActive", "IsClosed", "IsWon", "SortOrder", "DefaultProbability"],
    entities: ["pipeline_stages"],
  },
  {
    name: "CurrencyType",
    isCounted: false,
    fields: [...stamps, "IsoCode", "ConversionRate", "DecimalPlaces", "IsActive", "IsCorporate"],
    entities: [],
  },
  {
    name: "DatedConversionRate",
    isCounted: false,
    fields: [...stamps, "IsoCode", "ConversionRate", "StartDate", "NextStartDate"],
    entities: ["fx_rates"],
  },
  { name: "User", changes: "SystemModstamp", isCounted: true, fields: [...stamps, "Name", "IsActive"], entities: [] },
  { name: "Organization", isCounted: false, fields: [...stamps, "Name", "TimeZoneSidKey", "IsSandbox"], entities: [] },
];

/** A Salesforce org. Throws `UserError` (exit 2) for a mapping of what Salesforce does not give. */
export function connectSalesforce(source: SourceOf<"salesforce">, effects: TransportEffects): Connector {
  const client = createSalesforceClient(source, effects);
  return Object.freeze({
    source: source.name,
    kind: source.kind,
    transport: client.transport,
    streams: [
      describeStream(
        client,
        plans.map((plan) => plan.name),
      ),
      ...plans.map((plan) =>
        objectStream(client, source, { ...plan, mapped: mappedFields(source, given, plan.entities) }),
      ),
    ],
  });
}
