import cron from "node-cron";
import { z } from "zod";
import { currencies } from "./currencies.ts";

/** The eight partner types every CRM's own words are normalised to. */
export const partnerTypes = [
  "referral",
  "co_sell",
  "agency",
  "integration",
  "reseller",
  "marketplace",
  "services",
  "affiliate",
] as const;

/** The events that may activate a partner. */
export const activationEvents = ["accepted_lead", "registration", "touch", "certification", "overlap", "won"] as const;

const days = (fallback: number, what: string) => z.int().min(0).max(3660).default(fallback).describe(what);

const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, "an ISO 4217 code of three capital letters, like USD")
  .refine((code) => currencies.has(code), "a currency of ISO 4217, like USD, EUR or JPY");

const timezone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, "a zone of the IANA database, like America/New_York or UTC");

const date = z.iso.date();

const columnMaps = z
  .record(z.string(), z.record(z.string(), z.string()))
  .describe("per entity: our column name → the column's name in the export");
const valueMaps = z
  .record(z.string(), z.record(z.string(), z.record(z.string(), z.string())))
  .describe("per entity and column: a word of the source → ours");

const mapping = z
  .record(
    z.string(),
    z.strictObject({
      columns: z.record(z.string(), z.string()).default({}).describe("our column name → the vendor's field"),
      values: z
        .record(z.string(), z.record(z.string(), z.string()))
        .default({})
        .describe("per column: vendor's word → ours"),
    }),
  )
  .default({})
  .describe("changes to the default mapping, per entity");

const sourceName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/, "lower-case letters, digits, `_` and `-`, beginning with a letter")
  .describe("the name before the colon of every key of this source");

const url = z.url({ protocol: /^https?$/ });

const hubspotSource = z.strictObject({
  name: sourceName,
  kind: z.literal("hubspot"),
  access_token: z.string().min(1).describe("service key or private-app token, best as ${HUBSPOT_TOKEN}"),
  base_url: url.default("https://api.hubapi.com"),
  mapping,
});

const salesforceSource = z
  .strictObject({
    name: sourceName,
    kind: z.literal("salesforce"),
    login_url: url.optional().describe("My Domain address for the client-credentials flow"),
    client_id: z.string().min(1).optional(),
    client_secret: z.string().min(1).optional(),
    instance_url: url.optional(),
    access_token: z.string().min(1).optional(),
    base_url: url.optional().describe("where to send requests instead, for a proxy or a sandbox"),
    currency: currency.optional().describe("the org's currency, for a single-currency org"),
    mapping,
  })
  .refine(
    (source) =>
      (source.login_url !== undefined && source.client_id !== undefined && source.client_secret !== undefined) ||
      (source.instance_url !== undefined && source.access_token !== undefined),
    "Salesforce needs login_url, client_id and client_secret, or instance_url and access_token",
  );

const stripeSource = z.strictObject({
  name: sourceName,
  kind: z.literal("stripe"),
  api_key: z.string().min(1).describe("a restricted key with read access, best as ${STRIPE_KEY}"),
  base_url: url.default("https://api.stripe.com"),
  mapping,
});

const filesSource = z.strictObject({
  name: sourceName,
  kind: z.literal("files"),
  path: z.string().min(1).describe("folder with <entity>.csv, .ndjson or .parquet"),
  columns: columnMaps.default({}),
  values: valueMaps.default({}),
});

const source = z.discriminatedUnion("kind", [hubspotSource, salesforceSource, stripeSource, filesSource]);

/** The kinds of systems a source may be. */
export const sourceKinds = Object.freeze(source.options.map((option) => option.shape.kind.value));

const oneOrMany = <T extends z.ZodType>(item: T) =>
  z.union([item, z.array(item)]).transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]));

const rate = z.number().min(0).max(100);

const commissionPlan = z
  .strictObject({
    name: z.string().min(1),
    partner_type: oneOrMany(z.enum([...partnerTypes, "other"])).optional(),
    tier: oneOrMany(z.string()).optional(),
    order_type: oneOrMany(z.enum(["new", "expansion", "renewal"])).optional(),
    from: date.optional().describe("first close date, inclusive"),
    to: date.optional().describe("last close date, inclusive"),
    rate: rate.optional().describe("percent of collected credit"),
    fixed: z.number().min(0).optional().describe("once per deal, in major units of the reporting currency"),
    tiers: z.record(z.string(), rate).optional().describe("percent per tier at the close date"),
    months: z.int().min(0).max(600).optional().describe("payments within this many months of the close date"),
    hold_days: days(30, "days until a line is payable"),
  })
  .refine(
    (plan) => plan.rate !== undefined || plan.fixed !== undefined || plan.tiers !== undefined,
    "a plan needs one of rate, fixed or tiers",
  )
  .refine(
    (plan) => plan.fixed === undefined || (plan.rate === undefined && plan.tiers === undefined),
    "a plan has either fixed or rate/tiers, not both",
  );

const activationList = z.array(z.enum(activationEvents)).min(1);

/** Components of the partner score with their default weights. */
export const scoreWeights = Object.freeze({
  sourced_bookings: 40,
  influenced_bookings: 15,
  sourced_pipeline: 20,
  win_rate: 10,
  active_dates: 10,
  certified: 5,
});

const weight = (fallback: number) => z.number().min(0).default(fallback);

const score = z
  .strictObject({
    weights: z
      .strictObject({
        sourced_bookings: weight(scoreWeights.sourced_bookings),
        influenced_bookings: weight(scoreWeights.influenced_bookings),
        sourced_pipeline: weight(scoreWeights.sourced_pipeline),
        win_rate: weight(scoreWeights.win_rate),
        active_dates: weight(scoreWeights.active_dates),
        certified: weight(scoreWeights.certified),
      })
      .refine(
        (weights) => Object.values(weights).some((value) => value > 0),
        "the weights add up to 0; give at least one above 0",
      )
      .prefault({}),
  })
  .prefault({});

const hasCents = (value: number) => Number(value.toFixed(2)) === value;

const alert = z.strictObject({
  id: z.string().min(1),
  rule: z.string().min(1),
  threshold: z.number().optional(),
  to: z.string().min(1),
});

/** The whole of `attributary.yaml`. Every key but `sources` has a default. */
export const configSchema = z.strictObject({
  home: z.string().min(1).default(".attributary").describe("folder of the log, the builds and the published site"),
  schedule: z
    .string()
    .refine(
      (line) => cron.validate(line),
      'a cron line of five fields, like "15 2 * * *" for a quarter past two each night',
    )
    .default("15 2 * * *")
    .describe("cron line of the nightly refresh, in the reporting zone"),
  reporting: z
    .strictObject({
      currency: currency.default("USD"),
      timezone: timezone.default("UTC"),
      fiscal_year_start: z.int().min(1).max(12).default(1).describe("month in which the fiscal year begins"),
    })
    .prefault({}),
  fx: z.strictObject({ max_age_days: days(7, "how old a rate may be") }).prefault({}),
  attribution: z
    .strictObject({
      lookback_days: days(90, "how long before creation a touch still counts"),
      claim_days: days(14, "how long after creation a claim is still accepted"),
      late_days: days(14, "how long after close evidence may still be recorded"),
      protection_days: days(90, "how long a registration protects unless it says so itself"),
      half_life_days: z.number().gt(0).max(3660).default(30).describe("half-life of a touch under time_decay"),
      evidence: z
        .enum(["close", "current"])
        .default("close")
        .describe("evidence as it stood at close, or as it stands now"),
      qualifying_kinds: z
        .array(z.string().min(1))
        .optional()
        .describe("kinds of touches that count; all but login, content_view and download by default"),
      source_weight: z
        .number()
        .min(0)
        .max(100)
        .refine(hasCents, "at most two decimals")
        .default(70)
        .describe("percent of the source under source_split"),
    })
    .prefault({}),
  activation: z
    .strictObject({
      window_days: days(90, "how soon after agreeing a partner should activate"),
      events: z.partialRecord(z.enum([...partnerTypes, "other"]), activationList).default({}),
    })
    .prefault({}),
  active_days: days(90, "a partner with a commercial event in these days is active"),
  dormant_days: days(90, "an activated partner without one in these days is dormant"),
  stale_days: days(30, "an open deal without a stage entry in these days is stale"),
  sla: z
    .strictObject({
      decision_hours: z.number().gt(0).default(48).describe("hours to decide a registration"),
      response_hours: z.number().gt(0).default(24).describe("hours to respond to a lead"),
    })
    .prefault({}),
  cash: z.strictObject({ grace_days: days(30, "how long after an invoice its deal may still close") }).prefault({}),
  customers: z.strictObject({ free_mail_domains: z.array(z.string().min(1)).default([]) }).prefault({}),
  partner_types: z.record(z.string(), z.enum(partnerTypes)).default({}).describe("your word for a partner type → ours"),
  score,
  commissions: z.array(commissionPlan).default([]),
  sources: z
    .array(source)
    .min(1, "name at least one source")
    .superRefine((list, context) => {
      const seen = new Set<string>();
      for (const [index, item] of list.entries()) {
        if (seen.has(item.name)) {
          context.addIssue({
            code: "custom",
            path: [index, "name"],
            message: `the name ${item.name} is used twice; every source needs its own`,
          });
        }
        seen.add(item.name);
      }
    }),
  alerts: z.array(alert).default([]),
});

/** A checked configuration with every default filled in. */
export type Config = z.output<typeof configSchema>;
/** One configured source. */
export type Source = Config["sources"][number];
/** A source of one kind. */
export type SourceOf<Kind extends Source["kind"]> = Extract<Source, { kind: Kind }>;
