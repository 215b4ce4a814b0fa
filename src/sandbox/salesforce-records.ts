import { addDays, dateText, msPerDay } from "./calendar.ts";
import type { Company } from "./company/create.ts";
import type { Row } from "./company/entities.ts";
import { salesforceNumber } from "./company/ids.ts";
import { homeCurrency, reportingZone, salesforcePipeline } from "./company/world.ts";
import { groupBy } from "./group.ts";
import { hashOf, wideHashOf } from "./random.ts";
import type { FieldValue } from "./soql.ts";

/** The type of a field, as describe names it. */
export type FieldType =
  | "id"
  | "string"
  | "picklist"
  | "reference"
  | "boolean"
  | "currency"
  | "percent"
  | "double"
  | "int"
  | "date"
  | "datetime"
  | "url";

/** A field of an object; a reference names what it refers to and the relationship by which queries reach it. */
export type Field = {
  readonly name: string;
  readonly type: FieldType;
  readonly referenceTo?: string;
  readonly relationship?: string;
  /** Whether a formula gives it, so that it changes without its record's stamp. */
  readonly calculated?: boolean;
};

/** A Salesforce record: values by field name. */
export type SalesforceRecord = Readonly<Record<string, FieldValue>>;

/** An object of the org: its fields and its records, deleted ones too. */
export type SalesforceObject = {
  readonly name: string;
  readonly keyPrefix: string;
  readonly fields: readonly Field[];
  readonly records: readonly SalesforceRecord[];
  /** Whether the Bulk API refuses it. */
  readonly isUnbulkable?: boolean;
};

/** What a Salesforce org holds, by object name. */
export type Org = ReadonlyMap<string, SalesforceObject>;

/** The id of the org. */
export const orgId = salesforceNumber("00D", 48_213);

const stampFields: readonly Field[] = [
  { name: "CreatedDate", type: "datetime" },
  { name: "SystemModstamp", type: "datetime" },
  { name: "IsDeleted", type: "boolean" },
];
const lastModified: Field = { name: "LastModifiedDate", type: "datetime" };
const currencyField: Field = { name: "CurrencyIsoCode", type: "picklist" };

function reference(name: string, referenceTo: string, relationship = name.replace(/Id$/, "")): Field {
  return { name, type: "reference", referenceTo, relationship };
}

function fieldsOf(types: Readonly<Record<string, FieldType>>): Field[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}

const accountTypes: Readonly<Record<string, string>> = {
  reseller: "Channel Partner / Reseller",
  services: "Installation Partner",
  integration: "Technology Partner",
};
const partnerRoles: Readonly<Record<string, readonly string[]>> = {
  sourced: ["Sourcing Partner", "Sourced Deal"],
  co_sell: ["Co-Sell", "Cosell Partner"],
  technical: ["Technology Partner", "Technical Advisor"],
  delivery: ["Delivery Partner", "Implementation Partner"],
  influenced: ["Influencer", "VAR/Reseller"],
};
const orderTypes: Readonly<Record<string, readonly string[]>> = {
  new: ["New Customer"],
  expansion: ["Existing Customer - Upgrade"],
  renewal: ["Existing Customer - Replacement", "Renewal"],
};

/** A moment as REST writes it: `2026-07-14T09:30:00.000+0000`. */
function stamp(text: string): string {
  return `${text.slice(0, 19)}.000+0000`;
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}

function choose(options: readonly string[] | undefined, key: string): string | null {
  return options === undefined ? null : (options[hashOf(key, "choice") % options.length] ?? null);
}

function accountFields(): Field[] {
  return [
    { name: "Id", type: "id" },
    ...fieldsOf({ Name: "string", Type: "picklist", Website: "url", BillingCountry: "string", Industry: "picklist" }),
    ...fieldsOf({ Sales_Region__c: "picklist", Segment__c: "picklist" }),
    reference("MasterRecordId", "Account"),
    reference("ParentId", "Account"),
    reference("OwnerId", "User"),
    currencyField,
    ...stampFields,
    lastModified,
  ];
}

/** Makes the objects of a Salesforce org from the rows of a company. */
export function openOrg(company: Company): Org {
  const rows = company.rows.salesforce;
  const users = company.staff.salesforceOwners.map((name, place) => ({
    id: salesforceNumber("005", place + 11),
    name,
  }));
  const userIds = new Map(users.map((user) => [user.name, user.id]));
  const anyone = users[0]?.id ?? "";
  const [firstStage] = salesforcePipeline.stages;
  const stages = new Map(salesforcePipeline.stages.map((stage) => [stage.label, stage]));
  const began = dateText(company.since - 400 * msPerDay);

  const accounts: SalesforceRecord[] = rows.accounts.map((row) => ({
    Id: row.id,
    Name: row.name,
    Type: row.merged_into_id !== "" || hashOf(row.id) % 3 === 0 ? null : "Customer - Direct",
    Website:
      row.domain === "" ? null : (["https://www.", "http://", "www.", ""][hashOf(row.id) % 4] ?? "") + row.domain,
    BillingCountry: orNull(row.country),
    Industry: null,
    Sales_Region__c: orNull(row.region),
    Segment__c: orNull(row.segment),
    MasterRecordId: orNull(row.merged_into_id),
    ParentId: null,
    OwnerId: anyone,
    CurrencyIsoCode: homeCurrency,
    CreatedDate: stamp(row.created_at),
    SystemModstamp: stamp(row.created_at),
    LastModifiedDate: stamp(row.created_at),
    IsDeleted: row.merged_into_id !== "",
  }));
  // An account is a partner too when an opportunity names it as one, whatever its own type says.
  const named = new Set(rows.deal_partners.map((row) => row.partner_id));
  function partnerType(row: Row<"partners">): string {
    return accountTypes[row.type] ?? (named.has(row.id) && hashOf(row.id, "type") % 2 === 0 ? "Other" : "Partner");
  }
  const partners: SalesforceRecord[] = rows.partners.map((row) => ({
    Id: row.id,
    Name: row.name,
    Type: partnerType(row),
    Website: `https://${row.domain}/`,
    BillingCountry: null,
    Industry: null,
    Sales_Region__c: null,
    Segment__c: null,
    MasterRecordId: null,
    ParentId: null,
    OwnerId: anyone,
    CurrencyIsoCode: homeCurrency,
    CreatedDate: `${began}T14:00:00.000+0000`,
    SystemModstamp: `${began}T14:00:00.000+0000`,
    LastModifiedDate: `${began}T14:00:00.000+0000`,
    IsDeleted: false,
  }));

  const stagesOf = groupBy(rows.deal_stages, (stage) => stage.deal_id);
  const opportunities: SalesforceRecord[] = [];
  const histories: SalesforceRecord[] = [];

  function addOpportunity(row: Row<"deals">, isDeleted: boolean): void {
    const entries = stagesOf.get(row.id) ?? [];
    const lastAt = entries.at(-1)?.entered_at ?? row.created_at;
    const modified = stamp([lastAt, row.partner_declared_at].sort().at(-1) ?? lastAt);
    const stage = stages.get(row.stage) ?? firstStage;
    const amount = row.amount === "" ? null : Number(row.amount);
    const closeDate = row.closed_on || row.expected_close_on;
    opportunities.push({
      Id: row.id,
      AccountId: orNull(row.account_id),
      Name: row.name,
      StageName: stage?.id ?? row.stage,
      Amount: amount,
      Probability: Math.round(Number(row.probability) * 100),
      CloseDate: closeDate,
      Type: choose(orderTypes[row.order_type], row.id),
      NextStep: orNull(row.next_step),
      Loss_Reason__c: orNull(row.lost_reason),
      Excluded_As__c: orNull(row.excluded_as),
      Sourcing_Partner__c: orNull(row.partner_id),
      Sourcing_Partner_Role__c: orNull(row.partner_role),
      Sourcing_Partner_Declared__c: row.partner_declared_at === "" ? null : stamp(row.partner_declared_at),
      IsClosed: row.state !== "open",
      IsWon: row.state === "won",
      OwnerId: userIds.get(row.owner) ?? anyone,
      CurrencyIsoCode: row.currency,
      CreatedDate: stamp(row.created_at),
      SystemModstamp: modified,
      LastModifiedDate: modified,
      IsDeleted: isDeleted,
    });
    for (const [place, entry] of entries.entries()) {
      const entered = stages.get(entry.stage);
      const version = {
        OpportunityId: row.id,
        StageName: entered?.id ?? entry.stage,
        Amount: amount,
        Probability: Math.round((entered?.probability ?? 0) * 100),
        CloseDate: closeDate,
        CurrencyIsoCode: row.currency,
        CreatedById: anyone,
        IsDeleted: isDeleted,
      };
      const at = Date.parse(entry.entered_at);
      const next = entries[place + 1];
      const written = (id: string, moment: number) => ({
        Id: salesforceNumber("008", wideHashOf(row.id, id)),
        ...version,
        CreatedDate: stamp(new Date(moment).toISOString()),
        SystemModstamp: stamp(new Date(moment).toISOString()),
      });
      histories.push(written(`${place}`, at));
      // Every change of amount or close date writes the stage once more.
      const until = next === undefined ? company.now : Date.parse(next.entered_at);
      if (hashOf(row.id, place) % 3 === 0 && until - at > 4 * msPerDay && entered?.state === "open") {
        histories.push(written(`${place} again`, at + 2 * msPerDay));
      }
    }
  }
  for (const row of rows.deals) addOpportunity(row, false);
  for (const row of company.archived.salesforce) addOpportunity(row, true);

  const roles: SalesforceRecord[] = rows.deal_partners.map((row) => {
    // A role that says nothing leaves the word to the primary flag.
    const isMute = row.role === "sourced" && hashOf(row.deal_id, row.partner_id) % 4 === 0;
    return {
      Id: salesforceNumber("00I", wideHashOf(row.deal_id, row.partner_id, row.role)),
      OpportunityId: row.deal_id,
      AccountToId: row.partner_id,
      Role: isMute ? null : choose(partnerRoles[row.role], row.deal_id),
      IsPrimary: row.role === "sourced",
      ReversePartnerId: salesforceNumber("00I", wideHashOf(row.deal_id, row.partner_id, row.role, "reverse")),
      CreatedDate: stamp(row.recorded_at),
      SystemModstamp: stamp(row.recorded_at),
      LastModifiedDate: stamp(row.recorded_at),
      IsDeleted: false,
    };
  });

  const stageRecords: SalesforceRecord[] = salesforcePipeline.stages.map((stage, place) => ({
    Id: salesforceNumber("01J", place + 21),
    ApiName: stage.id,
    MasterLabel: stage.label,
    SortOrder: place + 1,
    DefaultProbability: Math.round(stage.probability * 100),
    ForecastCategoryName: stage.state === "open" ? "Pipeline" : stage.state === "won" ? "Closed" : "Omitted",
    IsActive: true,
    IsClosed: stage.state !== "open",
    IsWon: stage.state === "won",
    CreatedDate: `${began}T14:00:00.000+0000`,
    SystemModstamp: `${began}T14:00:00.000+0000`,
  }));

  const latest = new Map(rows.fx_rates.map((row) => [row.to_currency, row.rate]));
  const currencies: SalesforceRecord[] = [homeCurrency, ...latest.keys()].map((code, place) => ({
    Id: salesforceNumber("01L", place + 31),
    IsoCode: code,
    ConversionRate: Number(latest.get(code) ?? 1),
    DecimalPlaces: code === "JPY" ? 0 : 2,
    IsActive: true,
    IsCorporate: code === homeCurrency,
    CreatedDate: `${began}T14:00:00.000+0000`,
    SystemModstamp: `${began}T14:00:00.000+0000`,
  }));
  const starts = [...new Set(rows.fx_rates.map((row) => row.on))].sort();
  const dated: SalesforceRecord[] = rows.fx_rates.map((row, place) => ({
    Id: salesforceNumber("04w", place + 41),
    IsoCode: row.to_currency,
    ConversionRate: Number(row.rate),
    StartDate: row.on,
    NextStartDate: starts[starts.indexOf(row.on) + 1] ?? addDays("9999-12-31", 0),
    CreatedDate: `${row.on}T06:00:00.000+0000`,
    SystemModstamp: `${row.on}T06:00:00.000+0000`,
  }));

  const userRecords: SalesforceRecord[] = users.map((user) => ({
    Id: user.id,
    Name: user.name,
    Email: `${user.name.replace(" ", ".").toLowerCase()}@quillmark.example`,
    IsActive: true,
    ContactId: null,
    CreatedDate: `${began}T14:00:00.000+0000`,
    SystemModstamp: `${began}T14:00:00.000+0000`,
  }));

  const objects: SalesforceObject[] = [
    { name: "Account", keyPrefix: "001", fields: accountFields(), records: [...partners, ...accounts] },
    {
      name: "Opportunity",
      keyPrefix: "006",
      fields: [
        { name: "Id", type: "id" },
        reference("AccountId", "Account"),
        ...fieldsOf({ Name: "string", StageName: "picklist", Amount: "currency", Probability: "percent" }),
        ...fieldsOf({ CloseDate: "date", Type: "picklist", NextStep: "string", IsClosed: "boolean", IsWon: "boolean" }),
        ...fieldsOf({ Loss_Reason__c: "picklist", Excluded_As__c: "picklist" }),
        reference("Sourcing_Partner__c", "Account", "Sourcing_Partner__r"),
        ...fieldsOf({ Sourcing_Partner_Role__c: "picklist", Sourcing_Partner_Declared__c: "datetime" }),
        reference("OwnerId", "User"),
        currencyField,
        ...stampFields,
        lastModified,
      ],
      records: opportunities,
    },
    {
      name: "OpportunityHistory",
      keyPrefix: "008",
      fields: [
        { name: "Id", type: "id" },
        reference("OpportunityId", "Opportunity"),
        reference("CreatedById", "User"),
        ...fieldsOf({ StageName: "picklist", Amount: "currency", Probability: "percent", CloseDate: "date" }),
        currencyField,
        ...stampFields,
      ],
      records: histories,
    },
    {
      name: "OpportunityPartner",
      keyPrefix: "00I",
      fields: [
        { name: "Id", type: "id" },
        reference("OpportunityId", "Opportunity"),
        reference("AccountToId", "Account"),
        reference("ReversePartnerId", "OpportunityPartner"),
        ...fieldsOf({ Role: "picklist", IsPrimary: "boolean" }),
        ...stampFields,
        lastModified,
      ],
      records: roles,
    },
    {
      name: "OpportunityStage",
      keyPrefix: "01J",
      isUnbulkable: true,
      fields: [
        { name: "Id", type: "id" },
        ...fieldsOf({ ApiName: "string", MasterLabel: "string", SortOrder: "int", DefaultProbability: "percent" }),
        ...fieldsOf({ ForecastCategoryName: "picklist", IsActive: "boolean", IsClosed: "boolean", IsWon: "boolean" }),
        ...fieldsOf({ CreatedDate: "datetime", SystemModstamp: "datetime" }),
      ],
      records: stageRecords,
    },
    {
      name: "CurrencyType",
      keyPrefix: "01L",
      isUnbulkable: true,
      fields: [
        { name: "Id", type: "id" },
        ...fieldsOf({ IsoCode: "picklist", ConversionRate: "double", DecimalPlaces: "int", IsActive: "boolean" }),
        ...fieldsOf({ IsCorporate: "boolean", CreatedDate: "datetime", SystemModstamp: "datetime" }),
      ],
      records: currencies,
    },
    {
      name: "DatedConversionRate",
      keyPrefix: "04w",
      fields: [
        { name: "Id", type: "id" },
        ...fieldsOf({ IsoCode: "picklist", ConversionRate: "double", StartDate: "date", NextStartDate: "date" }),
        ...fieldsOf({ CreatedDate: "datetime", SystemModstamp: "datetime" }),
      ],
      records: dated,
    },
    {
      name: "User",
      keyPrefix: "005",
      fields: [
        { name: "Id", type: "id" },
        ...fieldsOf({ Name: "string", Email: "string", IsActive: "boolean", ContactId: "string" }),
        ...fieldsOf({ CreatedDate: "datetime", SystemModstamp: "datetime" }),
      ],
      records: userRecords,
    },
    {
      name: "Organization",
      keyPrefix: "00D",
      fields: [
        { name: "Id", type: "id" },
        ...fieldsOf({ Name: "string", TimeZoneSidKey: "picklist", OrganizationType: "picklist", IsSandbox: "boolean" }),
        ...fieldsOf({ InstanceName: "string", DefaultLocaleSidKey: "picklist", LanguageLocaleKey: "picklist" }),
        ...fieldsOf({ CreatedDate: "datetime", SystemModstamp: "datetime" }),
      ],
      records: [
        {
          Id: orgId,
          Name: "Quillmark",
          TimeZoneSidKey: reportingZone,
          OrganizationType: "Enterprise Edition",
          IsSandbox: false,
          InstanceName: "QY0",
          DefaultLocaleSidKey: "en_US",
          LanguageLocaleKey: "en_US",
          CreatedDate: `${began}T14:00:00.000+0000`,
          SystemModstamp: `${began}T14:00:00.000+0000`,
        },
      ],
    },
  ];
  return new Map(objects.map((object) => [object.name, object]));
}
