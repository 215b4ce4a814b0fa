import cron from "node-cron";
import { z } from "zod";
import { currencies } from "./currencies.ts";
import { type Entity, type EntityColumn, entities } from "./entities.ts";
import { dateFormatHint, numberFormatHint, parseDateFormat, parseNumberFormat } from "./formats.ts";

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
  .regex(/^[A-Z]{3}$/, { error: "an ISO 4217 code of three capital letters, like USD", abort: true })
  .refine((code) => currencies.has(code), "a currency of ISO 4217, like USD, EUR or JPY");

const timezone = z.string().refine(
  (zone) => {
    try {
      new Intl.DateTimeFormat("en", { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  },
  {
    error: "a zone of the IANA database, like America/New_York or UTC",
    // Only who names no zone has to be told which there are: listing them takes longer than reading a configuration.
    params: {
      get valid(): readonly string[] {
        return [...Intl.supportedValuesOf("timeZone"), "UTC"];
      },
    },
  },
);

const date = z.iso.date("a date like 2026-03-31");

// It goes into a header as it is, which takes nothing else.
const key = z
  .string()
  .regex(/^[\x21-\x7e]+$/, "a key without blanks, line ends and letters beyond ASCII; copy it again");

const oneOrMany = <T extends z.ZodType>(item: T) =>
  z.union([item, z.array(item)]).transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]));

const entityShape = <T extends z.ZodType>(make: (entity: Entity) => T) =>
  Object.fromEntries(entities.map((entity) => [entity.name, make(entity).optional()]));

/** The keys that are there, as a plain record. */
function present<T>(map: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]): [string, T][] => (value === undefined ? [] : [[key, value]])),
  );
}

/** An object with a key for every canonical entity, and nothing else. */
const perEntity = <T extends z.ZodType>(make: (entity: Entity) => T) =>
  z.strictObject(entityShape(make)).transform((map) => present<z.output<T>>(map));

/** An object with a key for every column of an entity, and nothing else. */
const perColumn = <T extends z.ZodType>(columns: readonly EntityColumn[], make: (column: EntityColumn) => T) =>
  z
    .strictObject(Object.fromEntries(columns.map((column) => [column.name, make(column).optional()])))
    .transform((map) => present<z.output<T>>(map));

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const isoDate = /^\d{4}-\d{2}-\d{2}$/;

/** The same schema for columns that are alike, so that the JSON Schema for editors says it once, under a name that stays. */
function shared<T extends z.ZodType>(what: string, make: (column: EntityColumn) => T): (column: EntityColumn) => T {
  const known = new Map<string, T>();
  return (column) => {
    const values = column.kind === "choice" ? column.values : [];
    const id = [what, ...(column.isRequired ? ["required"] : []), column.kind, ...values].join("_");
    const found = known.get(id) ?? make(column).meta({ id });
    known.set(id, found);
    return found;
  };
}

/** The same for all that takes something per column of an entity. */
function sharedMap<T extends z.ZodType>(what: string, make: (column: EntityColumn) => T) {
  const mapOf = (entity: Entity) => perColumn(entity.columns, make).meta({ id: `${what}_${entity.name}` });
  const known = new Map<Entity, ReturnType<typeof mapOf>>();
  return (entity: Entity) => {
    const found = known.get(entity) ?? mapOf(entity);
    known.set(entity, found);
    return found;
  };
}

/** What a word of the source may be turned into: a value that the column can hold, or nothing. */
const targetOf = shared("word_for", (column) => {
  const fits = (test: (value: string) => boolean, message: string) =>
    scalar.refine((value) => (value === "" && !column.isRequired) || test(value), message);
  switch (column.kind) {
    case "choice":
      return z.enum(column.isRequired ? column.values : [...column.values, ""]);
    case "flag":
      return fits((value) => value === "true" || value === "false", "true or false");
    case "currency":
      return fits((value) => currencies.has(value), "a currency of ISO 4217, like USD, EUR or JPY");
    case "date":
      return fits((value) => isoDate.test(value), "a date like 2026-03-01");
    case "moment":
      return fits((value) => isoDate.test(value.slice(0, 10)), "a time like 2026-03-01T09:30:00Z");
    case "number":
    case "ratio":
    case "percent":
      return fits((value) => /^-?\d+(\.\d+)?$/.test(value), "a number like 1234.56");
    case "text":
      return fits((value) => value.trim() !== "", "a text");
  }
});

const wordMap = shared("words_for", (column) => z.record(z.string(), targetOf(column)));
const valueMap = sharedMap("words_for", wordMap);

const dateFormat = z.string().refine((text) => parseDateFormat(text) !== undefined, dateFormatHint);
const numberFormat = z.string().refine((text) => parseNumberFormat(text) !== undefined, numberFormatHint);

function formatOf(column: EntityColumn) {
  switch (column.kind) {
    case "date":
    case "moment":
      return dateFormat;
    case "number":
    case "ratio":
    case "percent":
      return numberFormat;
    default:
      return z.string().refine(() => false, "no format here, as this column is read as it is written");
  }
}

/** Where a column of ours comes from: the file's column, and a value where that is empty or not there. */
const columnRule = shared("rule_for", (column) =>
  z.union([
    z
      .string()
      .min(1)
      .transform((name): ColumnRule => ({ name })),
    z
      .strictObject({
        name: z.string().min(1).optional().describe("the column's name in the export"),
        value: scalar.optional().describe("what stands in every row, or where the export's cell is empty"),
        format: formatOf(column).optional().describe("how the export writes this column"),
      })
      .transform((rule): ColumnRule => rule),
  ]),
);

/** Where a column of a file drop comes from. */
export interface ColumnRule {
  /** The file's name for it; our own when left out. */
  readonly name?: string | undefined;
  /** What stands in every row that has nothing there. */
  readonly value?: string | undefined;
  /** How this column is written, where it differs from the rest. */
  readonly format?: string | undefined;
}

const columnMaps = perEntity((entity) => perColumn(entity.columns, columnRule))
  .default({})
  .describe("per entity: our column → the column in the export, or { name, value, format }");

const formatKeys = {
  date: dateFormat.optional().describe("how dates are written, like DD/MM/YYYY"),
  datetime: dateFormat
    .refine((text) => text.includes("m"), 'a date format with a time, like "DD/MM/YYYY HH:mm"')
    .optional()
    .describe('how times are written, like "DD/MM/YYYY HH:mm"'),
  number: numberFormat.optional().describe('how 1234.56 is written, like "1.234,56"'),
  timezone: timezone.optional().describe("zone of times without one; the reporting zone by default"),
};

const formats = z
  .strictObject({ ...formatKeys, entities: perEntity(() => z.strictObject(formatKeys)).default({}) })
  .describe("how the export writes dates, times and numbers; under `entities` for one entity alone");

const encoding = z
  .string()
  .refine((label) => {
    try {
      return new TextDecoder(label).encoding !== "";
    } catch {
      return false;
    }
  }, "an encoding such as utf-8, utf-16le, windows-1252 or iso-8859-1")
  .describe("encoding of the files; UTF-8, or UTF-16 with its mark, by default");

const vendorFields = sharedMap("fields_for", () => z.string().min(1));

const fieldMap = (entity: Entity) => ({
  columns: vendorFields(entity).default({}).describe("our column name → the vendor's field"),
  values: valueMap(entity).default({}).describe("per column: vendor's word → ours"),
});

const mapping = perEntity((entity) => z.strictObject(fieldMap(entity)))
  .default({})
  .describe("changes to the default mapping, per entity");

const salesforceMapping = perEntity((entity) =>
  z.strictObject({
    ...fieldMap(entity),
    object: z
      .string()
      .regex(/^[A-Za-z]\w*$/, "the API name of an object, like Deal_Registration__c")
      .optional()
      .describe("an object of the org whose records give this entity, like Deal_Registration__c"),
  }),
)
  .default({})
  .describe("changes to the default mapping, per entity");

const hubspotMapping = perEntity((entity) =>
  z.strictObject({
    ...fieldMap(entity),
    object: z
      .string()
      .regex(/^[A-Za-z0-9][\w-]*$/, "the type id or name of an object, like 2-1234567 or p_partner")
      .optional()
      .describe("an object of the portal whose records are partners, like 2-1234567 or p_partner"),
  }),
)
  .default({})
  .describe("changes to the default mapping, per entity");

const sourceName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/, "lower-case letters, digits, `_` and `-`, beginning with a letter")
  .describe("the name before the colon of every key of this source");

const url = z.url({ protocol: /^https?$/, error: "an address like https://example.com" }).refine((text) => {
  const address = URL.parse(text);
  return address === null || (address.username === "" && address.password === "");
}, "an address without a user and password in it, which requests cannot carry");

const dailyShare = z
  .number()
  .min(1)
  .max(100)
  .optional()
  .describe("percent of the vendor's daily requests that a refresh may bring into use; 80 when left out");

const hubspotSource = z.strictObject({
  name: sourceName,
  kind: z.literal("hubspot").describe("reads HubSpot"),
  access_token: key.describe("service key or private-app token, best as ${HUBSPOT_TOKEN}"),
  base_url: url.default("https://api.hubapi.com").describe("where requests go; a proxy or a sandbox"),
  daily_share: dailyShare,
  mapping: hubspotMapping,
});

const salesforceSource = z
  .strictObject({
    name: sourceName,
    kind: z.literal("salesforce").describe("reads Salesforce"),
    login_url: url.optional().describe("My Domain address for the client-credentials flow"),
    client_id: z.string().min(1).optional().describe("consumer key of the app, best as ${SF_ID}"),
    client_secret: z.string().min(1).optional().describe("consumer secret of the app, best as ${SF_SECRET}"),
    instance_url: url.optional().describe("the org's address, where a token is given instead of an app"),
    access_token: key.optional().describe("a session's token; it ends within hours, so for trying only"),
    base_url: url.optional().describe("where to send requests instead, for a proxy or a sandbox"),
    currency: currency.optional().describe("the org's currency, for a single-currency org"),
    daily_share: dailyShare,
    bulk_from: z
      .int()
      .min(0)
      .optional()
      .describe(
        "rows from which on a whole object is read by a job of the Bulk API; 50000 when left out, 0 for always",
      ),
    mapping: salesforceMapping,
  })
  .refine(
    (source) =>
      (source.login_url !== undefined && source.client_id !== undefined && source.client_secret !== undefined) ||
      (source.instance_url !== undefined && source.access_token !== undefined),
    "login_url, client_id and client_secret, or instance_url and access_token",
  );

const stripeSource = z.strictObject({
  name: sourceName,
  kind: z.literal("stripe").describe("reads Stripe"),
  api_key: key.describe("a restricted key with read access, best as ${STRIPE_KEY}"),
  base_url: url.default("https://api.stripe.com").describe("where requests go; a proxy or a sandbox"),
  mapping,
});

const filesSource = z.strictObject({
  name: sourceName,
  kind: z.literal("files").describe("reads a folder of exports"),
  path: z.string().min(1).describe("folder with <entity>.csv, .ndjson or .parquet"),
  files: perEntity(() => oneOrMany(z.string().min(1)))
    .default({})
    .describe("per entity: the names of the files that give it, with * and ? as in a shell"),
  optional: z
    .array(z.enum(entities.map(({ name }) => name)))
    .optional()
    .describe("entities whose files come only sometimes: without them what was read last stays"),
  columns: columnMaps,
  values: perEntity(valueMap).default({}).describe("per entity and column: a word of the source → ours"),
  formats: formats.prefault({}),
  encoding: encoding.optional(),
});

/** A system whose connector stands in the folder that `extend` names. `parseConfig` makes it of an entry with that kind. */
const ownSource = z.strictObject({
  name: sourceName,
  kind: z.literal("own"),
  /** The word after `kind:`, the name of its folder below `sources`. */
  own: z.string(),
  /** Every other key of the entry, as text. */
  settings: z.record(z.string(), scalar),
});

const source = z.discriminatedUnion("kind", [hubspotSource, salesforceSource, stripeSource, filesSource]);
const anySource = z.discriminatedUnion("kind", [...source.options, ownSource]);

/** The kinds of systems that this version reads by itself. */
export const sourceKinds = Object.freeze(source.options.map((option) => option.shape.kind.value));

const rate = z.number().min(0).max(100);

const commissionPlan = z
  .strictObject({
    name: z.string().min(1).describe("what the plan is called in the ledger"),
    partner_type: oneOrMany(z.enum([...partnerTypes, "other"]))
      .optional()
      .describe("partners of these types; all of them when left out"),
    tier: oneOrMany(z.string()).optional().describe("partners of these tiers at the close date; all when left out"),
    order_type: oneOrMany(z.enum(["new", "expansion", "renewal"]))
      .optional()
      .describe("deals of these kinds; all when left out"),
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
    "one of rate, fixed or tiers",
  )
  .refine(
    (plan) => plan.fixed === undefined || (plan.rate === undefined && plan.tiers === undefined),
    "either fixed, or rate and tiers, but not both",
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

const weight = (fallback: number) =>
  z.number().min(0).default(fallback).describe("weight of this part; 0 leaves it out");

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
        "at least one weight above 0; these add up to 0",
      )
      .prefault({}),
  })
  .prefault({});

// Findings look back over a week of what the log saw change; what they tell must stay the same.
const leastVersionsDays = 31;

const hasCents = (value: number) => Number(value.toFixed(2)) === value;

/** What an alert may be about: the running of it, then the program. */
export const alertRules = [
  "run_failed",
  "check_failed",
  "circuit_breaker",
  "source_stale",
  "restated_quarter",
  "registration_past_sla",
  "protection_expiring",
  "partner_dormant",
  "deal_stuck",
  "certification_lapsing",
  "tier_line_near",
  "new_conflict",
] as const;

/** A rule of an alert. */
export type AlertRule = (typeof alertRules)[number];

/** What each rule counts, where its threshold begins or ends to tell it, and what that is where an alert names none. */
export const alertThresholds: Readonly<
  Record<
    Exclude<AlertRule, "circuit_breaker">,
    { readonly counted: string; readonly told: "from" | "beyond" | "up to"; readonly usual: number | string }
  >
> = Object.freeze({
  run_failed: { counted: "failed runs in a row", told: "from", usual: 1 },
  check_failed: { counted: "failed runs in a row", told: "from", usual: 1 },
  source_stale: { counted: "hours without a reading", told: "from", usual: 48 },
  restated_quarter: { counted: "amount that moved", told: "from", usual: 0 },
  registration_past_sla: { counted: "hours without a decision", told: "beyond", usual: "sla.decision_hours" },
  protection_expiring: { counted: "days left", told: "up to", usual: 14 },
  partner_dormant: { counted: "amount won in twelve months, never without any", told: "from", usual: 0 },
  deal_stuck: { counted: "days without a new stage", told: "beyond", usual: "stale_days" },
  certification_lapsing: { counted: "days left", told: "up to", usual: 30 },
  tier_line_near: { counted: "percent of the line", told: "from", usual: 80 },
  new_conflict: { counted: "days since the deal closed", told: "up to", usual: 30 },
});

const ownName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/, "lower-case letters, digits, `_` and `-`, beginning with a letter");

const channelName = ownName.describe("what alerts call it in `to`");

const channel = z.discriminatedUnion("kind", [
  z.strictObject({
    name: channelName,
    kind: z.literal("slack").describe("an incoming webhook of Slack"),
    webhook_url: url.describe("an incoming webhook, best as ${SLACK_WEBHOOK_URL}"),
  }),
  z.strictObject({
    name: channelName,
    kind: z.literal("webhook").describe("a JSON body to an address of yours, signed"),
    webhook_url: url.describe("where the message is posted"),
    signing_secret: z
      .string()
      .min(16, "at least 16 characters")
      .describe(
        "signs each message, best as ${ALERT_SECRET}; at least 16 characters, as `openssl rand -hex 16` makes them",
      ),
  }),
  z.strictObject({
    name: channelName,
    kind: z.literal("smtp").describe("electronic mail"),
    smtp_url: z
      .url({ protocol: /^smtps?$/, error: "an address like smtps://mail.example.com:465" })
      .describe("smtps://user:password@host, best as ${SMTP_URL}"),
    from: z.string().min(1).describe("the sender"),
    recipients: oneOrMany(z.string().min(1)).describe("who receives it"),
  }),
]);

/** The kinds of places that alerts go to. */
export const channelKinds = Object.freeze(channel.options.map((option) => option.shape.kind.value));

const alert = z.strictObject({
  id: ownName.describe("what this alert is called in messages and in the record of what was sent"),
  rule: z.enum(alertRules).describe("what it is about"),
  threshold: z
    .number()
    .min(0)
    .optional()
    .describe(
      `by the rule: ${Object.entries(alertThresholds)
        .map(([rule, { counted, told, usual }]) => `${rule} ${told} ${usual} (${counted})`)
        .join(", ")}`,
    ),
  cool_down_hours: z
    .number()
    .min(0)
    .max(8784)
    .default(12)
    .describe("no second message of this alert within these hours"),
  to: oneOrMany(ownName).describe("names of channels"),
});

/** Somewhere that alerts go to. */
export type Channel = z.output<typeof channel>;
/** One configured alert. */
export type Alert = z.output<typeof alert>;

/** Refuses a name that a list has twice. */
const unique = (key: "name" | "id") => (list: readonly object[], context: z.RefinementCtx) => {
  const seen = new Set<unknown>();
  for (const [index, item] of list.entries()) {
    const name: unknown = Object.entries(item).find(([own]) => own === key)?.[1];
    if (seen.has(name)) {
      const message = `${key === "id" ? "an" : "a"} ${key} of its own, as another entry has this one`;
      context.addIssue({ code: "custom", path: [index, key], message });
    }
    seen.add(name);
  }
};

const schemaOver = <Entry extends typeof source | typeof anySource>(entry: Entry) =>
  z
    .strictObject({
      extend: z
        .string()
        .min(1)
        .optional()
        .describe("folder with metrics, pages and sources of your own, in `metrics`, `dashboards` and `sources`"),
      home: z.string().min(1).default(".attributary").describe("folder of the log, the builds and the published site"),
      schedule: z
        .string()
        .overwrite((line) => line.trim().replaceAll(/\s+/g, " "))
        .refine(
          (line) => cron.validate(line) && line.split(" ").length === 5,
          'a cron line of five fields, minute 0 to 59, hour 0 to 23, day 1 to 31, month 1 to 12, weekday 0 to 7, like "15 2 * * *" for a quarter past two each night',
        )
        .default("15 2 * * *")
        .describe("cron line of the nightly refresh, in the reporting zone"),
      run_limit_minutes: z
        .number()
        .gt(0)
        .max(10_080)
        .default(360)
        .describe("a refresh of `schedule` that takes longer is ended; the last good site stays"),
      reporting: z
        .strictObject({
          currency: currency.default("USD").describe("money is converted into this one"),
          timezone: timezone.default("UTC").describe("zone in which days, months and quarters begin"),
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
          events: z
            .partialRecord(z.enum([...partnerTypes, "other"]), activationList)
            .default({})
            .describe("per partner type: the first of these events activates; see the Definitions page for the usual"),
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
      customers: z
        .strictObject({
          free_mail_domains: z
            .array(z.string().min(1))
            .default([])
            .describe("mail domains that say nothing of a company, beside the known ones"),
        })
        .prefault({}),
      partner_types: z
        .record(z.string(), z.enum(partnerTypes))
        .default({})
        .describe("your word for a partner type → ours"),
      score,
      commissions: z.array(commissionPlan).default([]).describe("plans; of several that match a deal the first counts"),
      sources: z
        .array(entry)
        .min(1)
        .superRefine((list, context) => {
          const seen = new Set<string>();
          for (const [index, item] of list.entries()) {
            if (seen.has(item.name)) {
              context.addIssue({
                code: "custom",
                path: [index, "name"],
                message: "a name of its own, as another entry has this one",
              });
            }
            seen.add(item.name);
          }
        }),
      channels: z.array(channel).superRefine(unique("name")).default([]).describe("where alerts go"),
      alerts: z.array(alert).superRefine(unique("id")).default([]).describe("what is told, and to whom"),
      owners: z
        .record(z.string().min(1), z.string().min(1))
        .default({})
        .describe(
          "a partner manager's, approver's or deal owner's name → the name of a channel, or a mail address, that their own part of each digest goes to as well",
        ),
      retention: z
        .strictObject({
          builds: z
            .int()
            .min(1)
            .max(1000)
            .default(3)
            .describe("how many published builds are kept, each a warehouse and its site"),
          versions_days: z
            .int()
            .min(leastVersionsDays)
            .max(36_600)
            .optional()
            .describe(
              "superseded versions of records older than this are dropped, by a refresh once they are a tenth of the log, by `prune` at once; every version is kept when left out",
            ),
        })
        .prefault({})
        .describe("what `prune` and each refresh keep"),
    })
    .superRefine((config, context) => {
      const names = config.channels.map(({ name }) => name);
      const hasMail = config.channels.some(({ kind }) => kind === "smtp");
      for (const [owner, target] of Object.entries(config.owners)) {
        const isAddress = target.includes("@");
        if (isAddress ? hasMail : names.includes(target)) continue;
        const known = names.length === 0 ? "there is none yet" : names.join(", ");
        const message = isAddress
          ? "an entry of channels with kind smtp, which mail to this address goes through; there is none"
          : `the name of an entry of channels (${known}) or a mail address; "${target}" is neither`;
        context.addIssue({ code: "custom", path: ["owners", owner], message });
      }
      for (const [index, { to }] of config.alerts.entries()) {
        const stray = to.find((name) => !names.includes(name));
        if (stray === undefined) continue;
        const known = names.length === 0 ? "there is none yet" : names.join(", ");
        const message = `the name of an entry of channels (${known}); "${stray}" is none`;
        context.addIssue({ code: "custom", path: ["alerts", index, "to"], message });
      }
    });

/** The whole of `attributary.yaml`, as it is written. Every key but `sources` has a default. */
export const configSchema = schemaOver(source);
/** The same where `extend` brings kinds of sources of its own. */
export const extendedSchema = schemaOver(anySource);

type Checked = z.output<typeof extendedSchema>;
/** One configured source. */
export type Source = Checked["sources"][number] & {
  /** By key of what it signs in with, the environment variable that the value came from; for messages. */
  readonly cameFrom?: Readonly<Record<string, string>>;
};
/** A checked configuration with every default filled in. */
export type Config = Omit<Checked, "sources"> & { readonly sources: readonly Source[] };
/** A source that this version reads by itself. */
export type HouseSource = Exclude<Source, { kind: "own" }>;
/** A source of one kind. */
export type SourceOf<Kind extends Source["kind"]> = Extract<Source, { kind: Kind }>;
