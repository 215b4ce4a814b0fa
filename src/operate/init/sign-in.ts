import type { HouseSource } from "../../config/schema.ts";

/** What HubSpot's key must be allowed to read. */
export const hubspotScopes: readonly string[] = Object.freeze([
  "crm.objects.companies.read",
  "crm.objects.deals.read",
  "crm.objects.owners.read",
  "crm.schemas.companies.read",
  "crm.schemas.deals.read",
  "settings.currencies.read",
]);

/** Objects that the user whom a Salesforce app runs as must be able to read, all of their records. */
export const salesforceObjects =
  "Account, Opportunity, OpportunityHistory, OpportunityPartner, OpportunityStage, User, Organization, and CurrencyType and DatedConversionRate where there are any";

/** What a Stripe key must be allowed to read. */
export const stripeResources = "Customers, Invoices, PaymentIntents, Charges and Refunds, Disputes, Events";

/** How to sign in to a system: where to click and what to allow, as lines for people. */
export const signInSteps: Readonly<Record<HouseSource["kind"], readonly string[]>> = Object.freeze({
  hubspot: [
    "In HubSpot: Development → Keys → Service keys → Create service key",
    "(or Settings → Integrations → Service Keys). Add these scopes, all of them read-only:",
    ...hubspotScopes.map((scope) => `  ${scope}`),
    "and crm.objects.custom.read with crm.schemas.custom.read where partners are an object of your own.",
    "Create it and copy the key. The token of an older private app with these scopes serves as well.",
  ],
  salesforce: [
    "In Salesforce Setup: External Client App Manager → New External Client App.",
    "Enable OAuth with the scope “Manage user data via APIs (api)”; any callback URL will do.",
    "Under Flow Enablement switch on “Enable Client Credentials Flow”; under Policies name the user it",
    "runs as: an integration user with the permissions “API Enabled” and read access with “View All” to",
    `${salesforceObjects}.`,
    "Its consumer key and secret are under Settings → OAuth Settings → Consumer Key and Secret.",
    "The login address is your My Domain, like https://example.my.salesforce.com.",
  ],
  stripe: [
    "In Stripe: Developers → API keys → Create restricted key. Give it Read, and nothing more, for",
    `${stripeResources}.`,
    "A key that begins with rk_live_ reads the real account, rk_test_ its test mode.",
  ],
  files: [
    "A folder with <entity>.csv, .ndjson or .parquet, such as partners.csv and registrations.csv.",
    "The export of any partner portal can be read under its own names: see docs/sources.md.",
  ],
});

/** What a system is called. */
export const systemNames: Readonly<Record<HouseSource["kind"], string>> = Object.freeze({
  hubspot: "HubSpot",
  salesforce: "Salesforce",
  stripe: "Stripe",
  files: "File drop",
});
