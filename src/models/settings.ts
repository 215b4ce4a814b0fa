import { cellFormats } from "../config/cell-formats.ts";
import { currencies } from "../config/currencies.ts";
import { entityOf } from "../config/entities.ts";
import type { Config } from "../config/schema.ts";
import type { Connection } from "../warehouse/database.ts";
import type { Parameter } from "../warehouse/values.ts";

/** The date a build speaks of. */
export interface AsOf {
  /** Calendar date in the reporting zone, `YYYY-MM-DD`. */
  readonly date: string;
  /** Whether it was asked for; otherwise it is today, and today is still running (R81). */
  readonly isExplicit: boolean;
}

/** Today's date in a zone. */
export function todayIn(timezone: string, now: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: timezone, dateStyle: "short" }).format(now);
}

const defaultEvents = Object.freeze({
  referral: ["accepted_lead"],
  co_sell: ["registration", "touch"],
  agency: ["certification"],
  integration: ["overlap"],
  reseller: ["registration"],
  marketplace: ["registration", "accepted_lead"],
  services: ["registration", "accepted_lead"],
  affiliate: ["registration", "accepted_lead"],
  other: ["registration", "accepted_lead"],
});

// R16: lower case, and every run of other characters than letters and digits becomes one underscore.
const normaliseType = (raw: string): string => raw.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "_");

const schema = `
create schema config;
create table config.setting (
    currency varchar, exponent integer, timezone varchar, fiscal_year_start integer, fx_max_age_days integer,
    lookback_days integer, claim_days integer, late_days integer, protection_days integer, half_life_days double,
    evidence varchar, source_weight decimal(9, 2), activation_window_days integer, active_days integer,
    dormant_days integer, decision_hours double, response_hours double, grace_days integer, stale_days integer,
    qualifying_all boolean, as_of date, as_of_moment timestamptz, is_as_of_explicit boolean
);
create table config.source (source varchar, kind varchar, position integer, currency varchar);
create table config.currency (currency varchar, exponent integer);
create table config.partner_type (raw varchar, type varchar);
create table config.qualifying_kind (kind varchar);
create table config.activation_event (type varchar, event varchar);
create table config.free_mail_domain (domain varchar);
create table config.score_weight (component varchar, weight decimal(18, 4));
create table config.commission_plan (
    position integer, name varchar, from_on date, to_on date, rate decimal(18, 6), fixed_minor bigint, months integer,
    hold_days integer
);
create table config.commission_plan_match (position integer, field varchar, value varchar);
create table config.commission_plan_tier (position integer, tier varchar, rate decimal(18, 6));
create table config.column_map (source varchar, entity varchar, column_name varchar, source_column varchar);
create table config.value_map (source varchar, entity varchar, column_name varchar, from_value varchar, to_value varchar);
create table config.object_column (
    source varchar, entity varchar, object varchar, column_name varchar, field varchar, path varchar, kind varchar,
    is_required boolean
);
create table config.cell_format (
    source varchar, entity varchar, column_name varchar, kind varchar, expected varchar, timezone varchar,
    is_iso_too boolean, signs_from varchar, signs_to varchar, is_percent boolean
);
create table config.date_reading (
    source varchar, entity varchar, column_name varchar, signs varchar, year_place integer,
    year_digits integer, month_place integer, is_month_named boolean, day_place integer, hour_place integer,
    minute_place integer, second_place integer, half_place integer
);
`;

// R59: mail providers whose domains say nothing about a company.
const freeMail = [
  "gmail.com",
  "googlemail.com",
  "outlook.com",
  "hotmail.com",
  "live.com",
  "yahoo.com",
  "icloud.com",
  "me.com",
  "aol.com",
  "proton.me",
  "protonmail.com",
  "gmx.com",
  "gmx.de",
  "web.de",
  "mail.com",
  "zoho.com",
];

type Rows = readonly (readonly Parameter[])[];

/** Writes the configuration as the small tables that the models read. The macros must be there: a day may begin twice (R05). */
export async function writeSettings(connection: Connection, config: Config, asOf: AsOf): Promise<void> {
  await connection.run(schema);
  const { reporting, attribution } = config;
  const exponent = currencies.get(reporting.currency)?.exponent ?? 2;
  await connection.run(
    `insert into config.setting
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::decimal(9, 2), $13, $14, $15, $16, $17, $18, $19, $20,
            $21::date, start_of_day(add_days($21::date, 1), $3::varchar), $22`,
    [
      reporting.currency,
      exponent,
      reporting.timezone,
      reporting.fiscal_year_start,
      config.fx.max_age_days,
      attribution.lookback_days,
      attribution.claim_days,
      attribution.late_days,
      attribution.protection_days,
      attribution.half_life_days,
      attribution.evidence,
      String(attribution.source_weight),
      config.activation.window_days,
      config.active_days,
      config.dormant_days,
      config.sla.decision_hours,
      config.sla.response_hours,
      config.cash.grace_days,
      config.stale_days,
      attribution.qualifying_kinds === undefined,
      asOf.date,
      asOf.isExplicit,
    ],
  );
  const fill = (table: string, rows: Rows): Promise<void> => connection.append({ schema: "config", table }, rows);
  const events = Object.entries({ ...defaultEvents, ...config.activation.events });
  await fill(
    "source",
    config.sources.map((source, position) => [
      source.name,
      source.kind === "own" ? source.own : source.kind,
      position,
      source.kind === "salesforce" ? (source.currency ?? null) : null,
    ]),
  );
  await fill(
    "currency",
    [...currencies.values()].map((item) => [item.code, item.exponent]),
  );
  await fill(
    "partner_type",
    Object.entries(config.partner_types).map(([raw, type]) => [normaliseType(raw), type]),
  );
  await fill(
    "qualifying_kind",
    (attribution.qualifying_kinds ?? []).map((kind) => [kind.trim().toLowerCase()]),
  );
  await fill(
    "activation_event",
    events.flatMap(([type, list]) => (list ?? []).map((event) => [type, event])),
  );
  await fill(
    "free_mail_domain",
    [...new Set([...freeMail, ...config.customers.free_mail_domains.map((domain) => domain.toLowerCase())])].map(
      (domain) => [domain],
    ),
  );
  await fill(
    "score_weight",
    Object.entries(config.score.weights).map(([component, weight]) => [component, String(weight)]),
  );
  await writeCommissions(fill, config, exponent);
  await writeMappings(fill, config);
  await writeFormats(fill, config);
  await writeObjects(fill, config);
}

type Fill = (table: string, rows: Rows) => Promise<void>;

async function writeCommissions(fill: Fill, config: Config, exponent: number): Promise<void> {
  const plans = [...config.commissions.entries()];
  await fill(
    "commission_plan",
    plans.map(([position, plan]) => [
      position,
      plan.name,
      plan.from ?? null,
      plan.to ?? null,
      plan.rate === undefined ? null : String(plan.rate),
      plan.fixed === undefined ? null : Math.round(plan.fixed * 10 ** exponent),
      plan.months ?? null,
      plan.hold_days,
    ]),
  );
  await fill(
    "commission_plan_match",
    plans.flatMap(([position, plan]) =>
      (["partner_type", "tier", "order_type"] as const).flatMap((field) =>
        (plan[field] ?? []).map((value) => [position, field, value]),
      ),
    ),
  );
  await fill(
    "commission_plan_tier",
    plans.flatMap(([position, plan]) =>
      Object.entries(plan.tiers ?? {}).map(([tier, rate]) => [position, tier, String(rate)]),
    ),
  );
}

async function writeMappings(fill: Fill, config: Config): Promise<void> {
  // The columns of files are given their names when the files are read, those of vendors when a model reads them.
  interface Mapping {
    readonly source: string;
    readonly entity: string;
    readonly columns: Readonly<Record<string, string>>;
    readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }
  const maps = config.sources.flatMap((source): Mapping[] =>
    source.kind === "files"
      ? Object.entries(source.values).map(([entity, values]) => ({ source: source.name, entity, columns: {}, values }))
      : Object.entries(source.kind === "own" ? {} : source.mapping).map(([entity, { columns, values, ...more }]) => {
          // The columns of an object that the mapping names are those of its own records, not of the usual ones.
          const isOwn = "object" in more && more.object !== undefined;
          return { source: source.name, entity, columns: isOwn ? {} : columns, values };
        }),
  );
  await fill(
    "column_map",
    maps.flatMap((map) => Object.entries(map.columns).map(([column, from]) => [map.source, map.entity, column, from])),
  );
  await fill(
    "value_map",
    maps.flatMap((map) =>
      Object.entries(map.values).flatMap(([column, values]) =>
        Object.entries(values).map(([from, to]) => [map.source, map.entity, column, from, to]),
      ),
    ),
  );
}

async function writeFormats(fill: Fill, config: Config): Promise<void> {
  const formats = config.sources.flatMap((source) =>
    source.kind === "files" ? cellFormats(source).map((format) => ({ source: source.name, ...format })) : [],
  );
  await fill(
    "cell_format",
    formats.map((format) => [
      format.source,
      format.entity,
      format.column,
      format.kind,
      format.expected,
      format.timezone,
      format.isIsoToo,
      format.number?.from ?? null,
      format.number?.to ?? null,
      format.number?.isPercent ?? null,
    ]),
  );
  await fill(
    "date_reading",
    formats.flatMap((format) =>
      format.dates.map((date) => [
        format.source,
        format.entity,
        format.column,
        date.signs,
        date.year,
        date.yearDigits,
        date.month,
        date.isMonthNamed,
        date.day,
        date.hour,
        date.minute,
        date.second,
        date.half,
      ]),
    ),
  );
}

/** The fields of objects that `mapping:` names, one for each column of ours; a record's own id and name serve where nothing is said. */
async function writeObjects(fill: Fill, config: Config): Promise<void> {
  const rows = config.sources.flatMap((source) => {
    if (source.kind !== "salesforce" && source.kind !== "hubspot") return [];
    const [id, label] = source.kind === "salesforce" ? ["Id", "Name"] : ["id", "name"];
    const usual: Readonly<Record<string, string>> = { id, name: label };
    // HubSpot keeps a record's id beside its properties.
    const pathOf = (field: string): string =>
      source.kind === "salesforce" || field === id ? `$.${field}` : `$.properties.${field}`;
    return Object.entries(source.mapping).flatMap(([entity, { object, columns }]) =>
      object === undefined
        ? []
        : entityOf(entity).columns.flatMap(({ name, kind, isRequired }) => {
            const field = columns[name] ?? usual[name];
            if (field === undefined) return [];
            return [[source.name, entity, object, name, field, pathOf(field), kind, isRequired]];
          }),
    );
  });
  await fill("object_column", rows);
}
