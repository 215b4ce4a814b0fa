import { entities } from "../../config/entities.ts";
import type { SourceOf } from "../../config/schema.ts";
import { UserError } from "../../errors.ts";
import { mappedFields } from "../mapping.ts";
import type { ObjectPlan } from "./objects.ts";

/** The entities Salesforce gives, whose mapping may be changed. */
const given = ["partners", "accounts", "pipeline_stages", "deals", "deal_stages", "deal_partners", "fx_rates"];

const stamps = ["Id", "CreatedDate", "SystemModstamp", "IsDeleted"];

// OpportunityPartner has no log of deletions, and what is small or moves no stamp is read whole each time.
const plans: readonly (Omit<ObjectPlan, "mapped" | "isNamed"> & { readonly entities: readonly string[] })[] = [
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

// What only an object of the org's own can give, and what it can give beside Salesforce's own objects.
const fromObjects = entities
  .map((entity) => entity.name)
  .filter((entity) => entity === "partners" || entity === "deal_partners" || !given.includes(entity));

/** The objects that the mapping names, with the entities they give. */
function namedObjects(source: SourceOf<"salesforce">): ReadonlyMap<string, readonly string[]> {
  const named = Object.entries(source.mapping).flatMap(([entity, { object }]) =>
    object === undefined ? [] : [{ entity, object }],
  );
  const stray = named.find(({ entity }) => !fromObjects.includes(entity));
  if (stray !== undefined) {
    throw new UserError({
      where: `source ${source.name}, mapping.${stray.entity}.object`,
      found: `${stray.entity} always come from Salesforce's own objects`,
      fix: `map their fields with mapping.${stray.entity}.columns; an object may give ${fromObjects.join(", ")}`,
    });
  }
  return new Map(
    [...Map.groupBy(named, ({ object }) => object)].map(([object, list]) => [object, list.map(({ entity }) => entity)]),
  );
}

/** What is read: Salesforce's own objects, and those that the mapping names. Throws `UserError` (exit 2) for a mapping of what Salesforce does not give. */
export function plansOf(source: SourceOf<"salesforce">): readonly ObjectPlan[] {
  const named = namedObjects(source);
  const known = [...given, ...[...named.values()].flat()];
  const fieldsOf = (wanted: readonly string[]): readonly string[] => mappedFields(source, known, wanted);
  const own = plans.map(({ entities: gives, ...plan }): ObjectPlan => {
    const unnamed = gives.filter((entity) => source.mapping[entity]?.object === undefined);
    return { ...plan, isNamed: false, mapped: fieldsOf([...unnamed, ...(named.get(plan.name) ?? [])]) };
  });
  const others = [...named].filter(([object]) => plans.every((plan) => plan.name !== object));
  return [
    ...own,
    ...others.map(
      ([name, gives]): ObjectPlan => ({
        name,
        changes: "SystemModstamp",
        isCounted: true,
        isNamed: true,
        fields: [...stamps, "Name"],
        mapped: fieldsOf(gives),
      }),
    ),
  ];
}
