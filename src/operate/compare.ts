import path from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import { creditModels } from "../metrics/define.ts";
import { buildApart } from "../models/build.ts";
import type { CalendarDate, Decimal, Whole } from "../models/marts.generated.ts";
import { changedRules, type RuleChange } from "../models/rules.ts";
import { readAssets } from "../reports/assets.ts";
import type { Change, Comparison, CreditChange, DealChange, Party } from "../reports/comparison/comparison.ts";
import { comparisonCsv } from "../reports/comparison/csv.ts";
import { comparisonPage } from "../reports/comparison/page.ts";
import { comparisonText } from "../reports/comparison/text.ts";
import { type Connection, openEngine } from "../warehouse/database.ts";
import { loadExtension } from "./extend.ts";
import { homeAt } from "./home.ts";
import { writeOut } from "./output.ts";
import { type RuleSides, withRuleSides } from "./sides.ts";

/** The formats of `compare`. */
export const compareFormats = ["table", "html", "json", "csv"] as const;
export type CompareFormat = (typeof compareFormats)[number];

/** How many deals a comparison lists unless told otherwise: a text or page of many thousands is of use to nobody. */
const dealsListed = 500;

export interface CompareOptions {
  readonly loaded: LoadedConfig;
  readonly other: LoadedConfig;
  /** `YYYY-MM-DD`; that of the published build when left out. */
  readonly asOf?: string;
  /** How many deals are listed, the largest first; 500 when left out. */
  readonly deals?: number | "all";
  readonly effects: Effects;
}

/**
 * What the rules of another configuration would change: both are built over the log as it is, nothing is read and nothing is
 * published. Throws UserError (exit 2) when the two speak of other currencies, and what `withRuleSides` throws.
 */
export async function compareRules({ loaded, other, asOf, deals, effects }: CompareOptions): Promise<Comparison> {
  mustShareCurrency(loaded.config, other.config);
  const { models } = await loadExtension(loaded);
  const rules = changedRules(loaded.config, other.config);
  const names = {
    before: path.relative(effects.cwd, loaded.file) || loaded.file,
    after: path.relative(effects.cwd, other.file) || other.file,
  };
  return withRuleSides(
    {
      home: homeAt(loaded.home),
      before: loaded.config,
      after: other.config,
      now: effects.now(),
      own: models,
      ...(asOf === undefined ? {} : { asOf }),
    },
    async (sides) => {
      const read = await readSides(sides, deals ?? dealsListed);
      return Object.freeze({
        asOf: sides.asOf.date,
        currency: loaded.config.reporting.currency,
        configurations: names,
        made: sides.made,
        rules,
        notes: notesOn(rules),
        ...read,
      });
    },
  );
}

function mustShareCurrency(before: Config, after: Config): void {
  if (before.reporting.currency === after.reporting.currency) return;
  throw new UserError({
    where: "compare",
    found: `the reporting currency is ${before.reporting.currency} in one configuration and ${after.reporting.currency} in the other, so no two amounts can be compared`,
    fix: `set reporting.currency to ${before.reporting.currency} in both`,
  });
}

// What is decided when a source is read cannot be decided again from what was read.
function notesOn(rules: readonly RuleChange[]): readonly string[] {
  const atReading = rules
    .map(({ key }) => key)
    .filter((key) => key === "sources" || /^sources\..*\.(kind|files|encoding|columns)(\.|$)/.test(key));
  if (atReading.length === 0) return [];
  return [
    `${atReading.join(", ")} ${atReading.length === 1 ? "decides" : "decide"} what is read from a source; both sides use what was read last, so only a refresh shows the whole effect.`,
  ];
}

type Read = Pick<Comparison, "total" | "partners" | "dealCount" | "deals" | "metrics">;

async function readSides(sides: RuleSides, listed: number | "all"): Promise<Read> {
  const engine = await openEngine();
  try {
    await engine.attach(sides.before, "before", { readOnly: true });
    await engine.attach(sides.after, "after", { readOnly: true });
    const connection = await engine.connect();
    await connection.run("create schema comparison");
    const broken = await buildApart(connection, "compare");
    if (broken.length > 0) {
      throw new Error(`a comparison broke a rule that always holds: ${broken.map(({ check }) => check).join(", ")}`);
    }
    const { total, partners } = await readChanges(connection);
    const changed = await connection.row<{ deals: number }>("select count(*) as deals from comparison.deal");
    const dealCount = changed?.deals ?? 0;
    return {
      total,
      partners,
      dealCount,
      deals: await readDeals(connection, listed === "all" ? dealCount : listed),
      metrics: await connection.rows("from comparison.metric order by changed desc, metric"),
    };
  } finally {
    engine.close();
  }
}

interface ChangeRow {
  readonly partner_key: string | null;
  readonly name: string | null;
  readonly measure: string;
  readonly unit: Change["unit"];
  readonly amount_before: Whole;
  readonly amount_after: Whole;
  readonly difference: Whole;
}

async function readChanges(connection: Connection): Promise<Pick<Read, "total" | "partners">> {
  const rows = await connection.rows<ChangeRow>("from comparison.change order by partner_key, measure");
  const changeOf = (row: ChangeRow): Change => ({
    measure: row.measure,
    unit: row.unit,
    before: row.amount_before,
    after: row.amount_after,
    difference: row.difference,
  });
  const inOrder = (changes: readonly Change[]): readonly Change[] =>
    changes.toSorted(
      (one, other) => placeOf(one.measure) - placeOf(other.measure) || (one.measure < other.measure ? -1 : 1),
    );
  const partners = [...Map.groupBy(rows, (row) => row.partner_key)].flatMap(([key, changes]) =>
    key === null ? [] : [{ partner: { key, name: changes[0]?.name ?? null }, changes: inOrder(changes.map(changeOf)) }],
  );
  const weight = (changes: readonly Change[]): number =>
    Math.max(
      0,
      ...changes.filter(({ unit }) => unit === "money").map(({ difference }) => Math.abs(Number(difference))),
    );
  return {
    total: inOrder(rows.filter((row) => row.partner_key === null).map(changeOf)),
    partners: partners.toSorted((one, other) => weight(other.changes) - weight(one.changes)),
  };
}

const families = [
  "deals",
  "bookings",
  "pipeline",
  "collected",
  "credited_bookings",
  "credited_collected",
  "commission",
];
const classes = ["total", "open", "sourced", "influenced", "direct", "unlinked"];

// Measures are read from the whole to the part, and models in the order in which they are named everywhere.
function placeOf(measure: string): number {
  const [name = "", model] = measure.split(".");
  const family = families.findLastIndex((word) => name.startsWith(word) || name.endsWith(word));
  const part = model === undefined ? classes.findIndex((word) => name.startsWith(word)) : modelPlace(model);
  return family * 100 + part;
}

const modelPlaces = new Map<string, number>(creditModels.map((model, place) => [model, place]));

function modelPlace(model: string): number {
  return modelPlaces.get(model) ?? modelPlaces.size;
}

interface DealRow {
  readonly deal_key: string;
  readonly name: string | null;
  readonly account_name: string | null;
  readonly state: string;
  readonly closed_on: CalendarDate | null;
  readonly class_before: string | null;
  readonly class_after: string | null;
  readonly source_before: string | null;
  readonly source_after: string | null;
  readonly rule_before: string | null;
  readonly rule_after: string | null;
  readonly amount_minor_before: Whole | null;
  readonly amount_minor_after: Whole | null;
  readonly collected_minor_before: Whole;
  readonly collected_minor_after: Whole;
  readonly moved_minor: Whole;
  readonly reason_before: string | null;
  readonly reason_after: string | null;
}

interface CreditRow {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly model: string;
  readonly share_before: Decimal;
  readonly share_after: Decimal;
  readonly booked_minor_before: Whole;
  readonly booked_minor_after: Whole;
  readonly collected_minor_before: Whole;
  readonly collected_minor_after: Whole;
}

interface CommissionRow {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly before_minor: Whole;
  readonly after_minor: Whole;
}

async function readDeals(connection: Connection, listed: number): Promise<readonly DealChange[]> {
  await connection.run(
    "create temp table listed as select * from comparison.deal order by moved_minor desc, deal_key limit $1",
    [listed],
  );
  const deals = await connection.rows<DealRow>("from temp.listed order by moved_minor desc, deal_key");
  const of = async <Row extends object>(table: string): Promise<readonly Row[]> =>
    connection.rows<Row>(
      `select changed.* from comparison.${table} as changed semi join temp.listed using (deal_key) order by deal_key, partner_key`,
    );
  const credit = await of<CreditRow>("credit");
  const commission = await of<CommissionRow>("commission");
  const names = new Map(
    (
      await connection.rows<{ partner_key: string; name: string }>(
        "select partner_key, name from before.marts.dim_partner union select partner_key, name from after.marts.dim_partner",
      )
    ).map((row) => [row.partner_key, row.name]),
  );
  const party = (key: string): Party => ({ key, name: names.get(key) ?? null });
  const credits = Map.groupBy(credit, (row) => row.deal_key);
  const commissions = Map.groupBy(commission, (row) => row.deal_key);
  return deals.map((row) =>
    Object.freeze({
      deal: { key: row.deal_key, name: row.name },
      account: row.account_name,
      state: row.state,
      closedOn: row.closed_on,
      moved: row.moved_minor,
      class: { before: row.class_before, after: row.class_after },
      source: {
        before: row.source_before === null ? null : party(row.source_before),
        after: row.source_after === null ? null : party(row.source_after),
      },
      rule: { before: row.rule_before, after: row.rule_after },
      amount: { before: row.amount_minor_before, after: row.amount_minor_after },
      collected: { before: row.collected_minor_before, after: row.collected_minor_after },
      why: { before: row.reason_before, after: row.reason_after },
      credit: (credits.get(row.deal_key) ?? [])
        .map(
          (part): CreditChange => ({
            partner: party(part.partner_key),
            model: part.model,
            share: { before: part.share_before, after: part.share_after },
            booked: { before: part.booked_minor_before, after: part.booked_minor_after },
            collected: { before: part.collected_minor_before, after: part.collected_minor_after },
          }),
        )
        .toSorted((one, other) => modelPlace(one.model) - modelPlace(other.model)),
      commission: (commissions.get(row.deal_key) ?? []).map((part) => ({
        partner: party(part.partner_key),
        before: part.before_minor,
        after: part.after_minor,
      })),
    }),
  );
}

export interface CompareOutput {
  readonly format: CompareFormat;
  /** File to write; stdout when left out. */
  readonly out?: string;
  readonly effects: Effects;
}

/** Compares and writes the result to stdout or into a file. Throws what `compareRules` throws, and UserError (exit 2) for a file that cannot be written. */
export async function runCompare(options: CompareOptions & CompareOutput): Promise<void> {
  // A table of rows is read by programs, which want every one of them.
  const deals = options.format === "csv" ? "all" : dealsListed;
  const text = await textOf(await compareRules({ ...options, deals }), options.format);
  await writeOut("compare", text, options);
}

async function textOf(comparison: Comparison, format: CompareFormat): Promise<string> {
  switch (format) {
    case "table":
      return comparisonText(comparison);
    case "html":
      return comparisonPage(comparison, await readAssets());
    case "csv":
      return comparisonCsv(comparison);
    case "json":
      // Whole numbers beyond what a double holds exactly are written as text.
      return `${JSON.stringify(comparison, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2)}\n`;
  }
}
