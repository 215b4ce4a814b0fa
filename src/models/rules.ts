import { createHash } from "node:crypto";
import type { Config, Source } from "../config/schema.ts";
import type { Connection } from "../warehouse/database.ts";
import type { LoadedSql } from "./load.ts";

/** One rule a build was made by: its key in the configuration, with dots, and its value as JSON. */
export type Rule = readonly [key: string, value: string];

// What says where data comes from and where results go is no rule, and may hold secrets.
const places = new Set([
  "home",
  "schedule",
  "run_limit_minutes",
  "retention",
  "alerts",
  "channels",
  "owners",
  "extend",
  "sources",
]);

/**
 * Everything of a configuration that can change a number, as keys and values that can be compared; nothing secret is among them.
 * Lists, and maps whose keys are words of the data, are one value each.
 */
export function rulesOf(config: Config): readonly Rule[] {
  const rules: Rule[] = [];
  for (const [section, value] of Object.entries(config)) {
    if (places.has(section)) continue;
    const isNested = typeof value === "object" && !Array.isArray(value) && section !== "partner_types";
    if (!isNested) rules.push([section, JSON.stringify(value)]);
    else {
      for (const [name, part] of Object.entries(value)) {
        if (part !== undefined) rules.push([`${section}.${name}`, JSON.stringify(part)]);
      }
    }
  }
  rules.push(["sources", JSON.stringify(config.sources.map((source) => source.name))]);
  for (const source of config.sources) rules.push([`sources.${source.name}`, JSON.stringify(mappingOf(source))]);
  return Object.freeze(rules.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function mappingOf(source: Source): object {
  if (source.kind === "files") {
    const { path: _, ...read } = source;
    return read;
  }
  // The address and the keys of a source of one's own are among its settings; what makes rows of it is a model.
  if (source.kind === "own") return { kind: source.own };
  const currency = source.kind === "salesforce" ? { currency: source.currency } : {};
  return { kind: source.kind, mapping: source.mapping, ...currency };
}

/** Every rule of a build: those of its configuration, and the models of the version that makes it, as a fingerprint. */
export function rulesWith(config: Config, sql: LoadedSql): readonly Rule[] {
  const models = createHash("sha256").update(sql.macros);
  for (const file of sql.files) models.update(file.file).update(file.sql);
  return [...rulesOf(config), ["models", models.digest("hex").slice(0, 16)]];
}

/** Writes by which rules and from which place of the log a warehouse is built: `config.rule` and `config.build`. */
export async function writeRules(connection: Connection, config: Config, sql: LoadedSql): Promise<void> {
  await connection.run(`create table config.rule (key varchar, value varchar);
create table config.build as select coalesce(max(seq), 0) as log_position from raw.record;`);
  await connection.append({ schema: "config", table: "rule" }, rulesWith(config, sql));
}

/** Adds to the log which rules are others than when they were last written down; a rule that is gone has no value. */
export async function recordRules(connection: Connection, config: Config, sql: LoadedSql, seenAt: Date): Promise<void> {
  const known = await connection.rows<{ key: string; value: string | null }>(
    "select key, arg_max(value, seq) as value from raw.rule group by key",
  );
  const before = new Map(known.map((rule) => [rule.key, rule.value]));
  const now = new Map(rulesWith(config, sql));
  const last = await connection.row<{ seq: number }>("select coalesce(max(seq), 0) as seq from raw.rule");
  const changed = [...new Set([...before.keys(), ...now.keys()])]
    .sort()
    .filter((key) => (before.get(key) ?? null) !== (now.get(key) ?? null));
  await connection.append(
    { catalog: "raw", table: "rule" },
    changed.map((key, index) => [(last?.seq ?? 0) + index + 1, seenAt, key, now.get(key) ?? null]),
  );
}

/** One setting that differs between two configurations; null where one of them does not have it. */
export interface RuleChange {
  /** With dots, down to the single value; an entry of a list goes by its name or its place. */
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What differs between the rules of two configurations, down to single values; nothing secret is among them. */
export function changedRules(before: Config, after: Config): readonly RuleChange[] {
  const earlier = leavesOf(before);
  const later = leavesOf(after);
  return Object.freeze(
    [...new Set([...earlier.keys(), ...later.keys()])]
      .sort()
      .map((key) => ({ key, before: earlier.get(key) ?? null, after: later.get(key) ?? null }))
      .filter((change) => change.before !== change.after),
  );
}

function leavesOf(config: Config): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const add = (key: string, value: unknown): void => {
    if (Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null)) {
      leaves.set(key, value.map(nameOf).join(", "));
      for (const [place, item] of value.entries()) {
        // Its name is told by the list, and stands in the key.
        for (const [part, inner] of Object.entries(item)) {
          if (part !== "name") add(`${key}.${nameOf(item, place)}.${part}`, inner);
        }
      }
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [part, inner] of Object.entries(value)) add(`${key}.${part}`, inner);
    } else {
      leaves.set(key, Array.isArray(value) ? value.join(", ") : String(value));
    }
  };
  for (const [key, value] of rulesOf(config)) add(key, JSON.parse(value));
  return leaves;
}

function nameOf(item: object, place: number): string {
  return "name" in item && typeof item.name === "string" ? item.name : String(place + 1);
}
