import { closest, distance } from "fastest-levenshtein";
import type { Entity } from "../../config/entities.ts";
import type { ColumnRule } from "../../config/schema.ts";
import { type DropFile, fileError } from "./folder.ts";

/** The configuration's `columns:` of one entity: our column → where it comes from. */
export type ColumnRules = Readonly<Record<string, ColumnRule>>;

/** A column of the file that gives a column of the entity. */
interface MatchedColumn {
  /** Our name. */
  readonly name: string;
  /** The file's own names for it: one, or for NDJSON every spelling of the key. */
  readonly found: readonly string[];
  /** Its place in the header, from 0. */
  readonly index: number;
}

/** A column that gives nothing, or that the configuration names and the file lacks. */
interface StrayColumn {
  readonly name: string;
  /** The column that was probably meant. */
  readonly nearest: string | null;
  /** True when the configuration names it and the file does not have it. */
  readonly isAbsent: boolean;
}

/** Which columns of a file give which columns of its entity. */
export interface ColumnMatch {
  readonly columns: readonly MatchedColumn[];
  readonly strays: readonly StrayColumn[];
  /** Columns of ours with a value of the configuration's, for rows that have nothing there. */
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

/** Names are compared without case, outer blanks and the mark some programs put before a file's first column. */
const normal = (name: string): string => name.replaceAll("\uFEFF", "").trim().toLowerCase();

/** The names that an entity's columns may have in a file. */
export const wantedNames = (entity: Entity, rules: ColumnRules): ReadonlySet<string> =>
  new Set(entity.columns.map(({ name }) => normal(rules[name]?.name ?? name)));

/**
 * Matches a file's columns with an entity's. In a file that gives several entities only the columns that `rules` names
 * count: which entity a plain `id` or `status` belongs to cannot be told. Throws UserError (exit 3) for a missing
 * required column and for two columns that give the same.
 */
export function matchColumns(
  source: string,
  file: DropFile,
  entity: Entity,
  header: readonly string[],
  rules: ColumnRules,
): ColumnMatch {
  const isShared = file.gives.length > 1;
  const columns: MatchedColumn[] = [];
  const absent: StrayColumn[] = [];
  const missing: string[] = [];
  const used = new Set<number>();
  const names = header.map(normal);
  const isNamed = (column: string): boolean => rules[column]?.name !== undefined;
  // Columns that the configuration names come first: a plain column of the same name must not take their place.
  const ordered = entity.columns.toSorted((a, b) => Number(isNamed(b.name)) - Number(isNamed(a.name)));
  for (const { name, isRequired } of ordered) {
    const given = rules[name]?.name;
    const wanted = normal(given ?? name);
    const isOpen = (index: number): boolean => given !== undefined || (!isShared && !used.has(index));
    const places = names.flatMap((found, index) => (found === wanted && isOpen(index) ? [index] : []));
    const [first] = places;
    if (first === undefined) {
      if (isRequired && rules[name]?.value === undefined) missing.push(name);
      else if (given !== undefined) {
        absent.push({ name: given, nearest: nearestOf(wanted, header), isAbsent: true });
      }
      continue;
    }
    if (places.length > 1 && file.format !== "ndjson") {
      throw fileError(
        source,
        file,
        `the column "${header[first]?.trim()}" stands there ${places.length} times`,
        "rename or remove all but the one that is meant",
      );
    }
    for (const place of places) used.add(place);
    columns.push(Object.freeze({ name, found: places.map((place) => header[place] ?? name), index: first }));
  }
  const order = new Map(entity.columns.map((column, index) => [column.name, index]));
  const placeOf = (name: string): number => order.get(name) ?? 0;
  if (missing.length > 0) {
    const inOrder = missing.toSorted((a, b) => placeOf(a) - placeOf(b));
    throw missingColumns(source, file, entity, inOrder, rules, header);
  }
  const known = entity.columns.map((column) => column.name);
  const unknown = header.flatMap((name, index) =>
    used.has(index) || normal(name) === ""
      ? []
      : [{ name: name.replaceAll("\uFEFF", "").trim(), nearest: nearestOf(normal(name), known), isAbsent: false }],
  );
  return Object.freeze({
    columns: columns.toSorted((a, b) => placeOf(a.name) - placeOf(b.name)),
    strays: [...unknown, ...absent],
    values: known.flatMap((name) => {
      const value = rules[name]?.value;
      return value === undefined || value === "" ? [] : [{ name, value }];
    }),
  });
}

function nearestOf(name: string, valid: readonly string[]): string | null {
  if (valid.length === 0) return null;
  const best = closest(
    name,
    valid.map((item) => normal(item)),
  );
  const near = valid.find((item) => normal(item) === best) ?? null;
  return distance(name, best) <= Math.max(2, Math.floor(name.length / 3)) ? near : null;
}

function missingColumns(
  source: string,
  file: DropFile,
  entity: Entity,
  missing: readonly string[],
  rules: ColumnRules,
  header: readonly string[],
): Error {
  const has = header.map((column) => column.replaceAll("\uFEFF", "").trim()).filter((column) => column !== "");
  const calledOf = (name: string): string => {
    const called = rules[name]?.name;
    return called === undefined ? `"${name}"` : `"${called}" (which the configuration gives for ${name})`;
  };
  const examples = missing.map(
    (name) => `${name}: "${nearestOf(normal(rules[name]?.name ?? name), has) ?? "Its Name There"}"`,
  );
  const setting = `columns: { ${entity.name}: { ${examples.join(", ")} } } at this source`;
  const isOne = missing.length === 1;
  if (file.gives.length > 1 && missing.some((name) => rules[name]?.name === undefined)) {
    return fileError(
      source,
      file,
      `it gives ${listOf(file.gives)}, and nothing says which of its columns ${isOne ? "is" : "are"} ${listOf(missing.map(calledOf))} of ${entity.name}; it has ${has.join(", ")}`,
      `name ${isOne ? "it" : "them"}: ${setting}`,
    );
  }
  const isRenamed = missing.every((name) => rules[name]?.name !== undefined);
  return fileError(
    source,
    file,
    `the required ${isOne ? "column" : "columns"} ${listOf(missing.map(calledOf))} ${isOne ? "is" : "are"} missing; it has ${has.join(", ")}`,
    isRenamed
      ? `put the file's own ${isOne ? "name" : "names"} into ${setting}`
      : `name the ${isOne ? "column so, or say what it is" : "columns so, or say what they are"} called: ${setting}`,
  );
}

const listOf = (words: readonly string[]): string =>
  new Intl.ListFormat("en", { style: "long", type: "conjunction" }).format(words);
