/** The definition of a property as HubSpot lists it. */
export type PropertyDefinition = {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly fieldType: string;
  readonly groupName: string;
  readonly hubspotDefined: boolean;
  readonly calculated: boolean;
  readonly archived: boolean;
  readonly options: readonly { readonly label: string; readonly value: string; readonly displayOrder: number }[];
};

const fieldTypes: Readonly<Record<string, string>> = {
  string: "text",
  number: "number",
  date: "date",
  datetime: "date",
  enumeration: "select",
  bool: "booleancheckbox",
};

function define(group: string, name: string, label: string, type: string, options: readonly string[] = []) {
  const isOwn = name.startsWith("partner_") || name.startsWith("sourcing_") || ownProperties.has(name);
  return {
    name,
    label,
    type,
    fieldType: fieldTypes[type] ?? "text",
    groupName: group,
    hubspotDefined: !isOwn,
    calculated: name.startsWith("hs_is_") || name === "hs_deal_stage_probability",
    archived: false,
    options: options.map((value, displayOrder) => ({ label: value, value, displayOrder })),
  };
}

const ownProperties = new Set(["excluded_as", "sales_region", "customer_segment"]);

const commonProperties = [
  ["createdate", "Create Date", "datetime"],
  ["hs_lastmodifieddate", "Last Modified Date", "datetime"],
  ["hs_merged_object_ids", "Merged record IDs", "enumeration"],
  ["hs_object_id", "Record ID", "number"],
] as const;

/** Properties of each object type. */
export const propertyDefinitions: Readonly<Record<"deals" | "companies" | "contacts", readonly PropertyDefinition[]>> =
  {
    deals: [
      ...commonProperties.map(([name, label, type]) => define("dealinformation", name, label, type)),
      define("dealinformation", "amount", "Amount", "number"),
      define("dealinformation", "closed_lost_reason", "Closed Lost Reason", "string"),
      define("dealinformation", "closedate", "Close Date", "datetime"),
      define("dealinformation", "deal_currency_code", "Currency", "enumeration", [
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "CHF",
        "SEK",
      ]),
      define("dealinformation", "dealname", "Deal Name", "string"),
      define("dealinformation", "dealstage", "Deal Stage", "enumeration"),
      define("dealinformation", "dealtype", "Deal Type", "enumeration", ["newbusiness", "existingbusiness", "renewal"]),
      define("dealinformation", "excluded_as", "Excluded as", "enumeration", [
        "duplicate",
        "unqualified",
        "self_serve",
      ]),
      define("dealinformation", "hs_deal_stage_probability", "Deal probability", "number"),
      define("dealinformation", "hs_is_closed", "Is Deal Closed?", "bool"),
      define("dealinformation", "hs_is_closed_won", "Is Closed Won", "bool"),
      define("dealinformation", "hs_next_step", "Next step", "string"),
      define("dealinformation", "hubspot_owner_id", "Deal owner", "enumeration"),
      define("dealinformation", "pipeline", "Pipeline", "enumeration"),
      define("dealinformation", "sourcing_partner", "Sourcing partner", "string"),
      define("dealinformation", "sourcing_partner_declared_at", "Sourcing partner declared at", "datetime"),
      define("dealinformation", "sourcing_partner_role", "Sourcing partner role", "enumeration", [
        "sourced",
        "influenced",
      ]),
    ],
    companies: [
      ...commonProperties.map(([name, label, type]) => define("companyinformation", name, label, type)),
      define("companyinformation", "country", "Country/Region", "string"),
      define("companyinformation", "customer_segment", "Customer segment", "enumeration", [
        "SMB",
        "Mid-Market",
        "Enterprise",
      ]),
      define("companyinformation", "domain", "Company Domain Name", "string"),
      define("companyinformation", "name", "Company name", "string"),
      define("companyinformation", "partner_agreed_on", "Partner agreed on", "date"),
      define("companyinformation", "partner_manager", "Partner manager", "string"),
      define("companyinformation", "partner_region", "Partner region", "string"),
      define("companyinformation", "partner_tier", "Partner tier", "enumeration", [
        "Registered",
        "Silver",
        "Gold",
        "Platinum",
      ]),
      define("companyinformation", "partner_type", "Partner type", "string"),
      define("companyinformation", "sales_region", "Sales region", "string"),
      define("companyinformation", "type", "Type", "enumeration", [
        "PROSPECT",
        "PARTNER",
        "RESELLER",
        "VENDOR",
        "OTHER",
      ]),
    ],
    contacts: [
      ...commonProperties.map(([name, label, type]) => define("contactinformation", name, label, type)),
      define("contactinformation", "email", "Email", "string"),
      define("contactinformation", "firstname", "First Name", "string"),
      define("contactinformation", "lastname", "Last Name", "string"),
    ],
  };
