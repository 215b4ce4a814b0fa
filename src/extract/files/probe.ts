import path from "node:path";
import { cellFormats } from "../../config/cell-formats.ts";
import { type Entity, entityOf } from "../../config/entities.ts";
import type { SourceOf } from "../../config/schema.ts";
import { together, UserError } from "../../errors.ts";
import type { FoundColumn, Probe } from "../probe.ts";
import type { FoundHead } from "../survey.ts";
import { type ColumnMatch, type ColumnRules, matchColumns } from "./columns.ts";
import { readHeader } from "./csv.ts";
import { inUtf8 } from "./encoding.ts";
import { type DropEntity, type DropFile, readFolder } from "./folder.ts";
import { refuseForeignFile } from "./lines.ts";
import { ndjsonKeys } from "./ndjson.ts";
import { parquetColumns } from "./parquet.ts";

/**
 * Looks at a folder and at the heads of its files: which entities it gives, what each column is taken for, which
 * are missing or ignored. Throws UserError (exit 3) for what would stop a refresh.
 */
export async function probeFiles(source: SourceOf<"files">, base: string): Promise<Probe> {
  const folder = path.resolve(base, source.path);
  const { entities, notes } = await readFolder(source.name, folder, source);
  const columns: FoundColumn[] = [];
  const errors: UserError[] = [];
  const looks = entities
    .flatMap((drop) => drop.files.map((file) => ({ drop, file })))
    .toSorted((a, b) => (a.file.name < b.file.name ? -1 : Number(a.file.name > b.file.name)));
  for (const { drop, file } of looks) {
    try {
      columns.push(...(await probeFile(source, drop, file)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(error);
    }
  }
  const [first, ...others] = errors;
  if (first !== undefined) throw together([first, ...others]);
  const used = usedOnce(columns);
  const summary = `${folder} gives ${entities.map((drop) => drop.entity).join(", ")}`;
  return Object.freeze({ source: source.name, found: [summary, ...describe(used), ...notes], columns: used });
}

/** The heads of a folder's files as they stand, whether or not they suit. Throws UserError (exit 3) for what cannot be opened. */
export async function readHeads(source: SourceOf<"files">, base: string): Promise<readonly FoundHead[]> {
  const { entities } = await readFolder(source.name, path.resolve(base, source.path), source);
  const heads: FoundHead[] = [];
  for (const drop of entities) {
    for (const original of drop.files) {
      const names = await inUtf8(source.name, original, source.encoding, (file) =>
        headerOf(source.name, file, entityOf(drop.entity), source.columns[drop.entity] ?? {}),
      );
      heads.push({ entity: drop.entity, file: original.name, names: names.map((name) => name.trim()) });
    }
  }
  return heads;
}

/** The columns of each file in words, a line for each entity that it gives. */
function describe(columns: readonly FoundColumn[]): readonly string[] {
  const groups = Map.groupBy(columns, ({ file, entity }) =>
    path.parse(file).name.toLowerCase() === entity ? file : `${file} → ${entity}`,
  );
  return [...groups].map(([title, found]) => {
    const of = (state: FoundColumn["state"]): readonly FoundColumn[] => found.filter((item) => item.state === state);
    const hint = (item: FoundColumn): string => (item.nearest === null ? "" : ` (did you mean ${item.nearest}?)`);
    const mapped = of("mapped");
    const missing = of("missing");
    return [
      `${title}: ${mapped.length} of ${mapped.length + missing.length} columns`,
      ...renamed(mapped),
      ...(missing.length === 0 ? [] : [`without ${missing.map((item) => item.column).join(", ")}`]),
      ...of("absent").map((item) => `${item.foundAs}${hint(item)} is named in columns: and not there`),
      ...of("ignored").map((item) => `${item.foundAs}${hint(item)} is ignored`),
    ].join("; ");
  });
}

/** The columns that come under another name, from a value or in a format of their own. */
function renamed(mapped: readonly FoundColumn[]): readonly string[] {
  const words = mapped.flatMap(({ column, foundAs, value, format }) => {
    const from = foundAs === null || foundAs.toLowerCase() === column ? null : `"${foundAs}"`;
    const said = [from, value === null ? null : `"${value}"`].filter((word) => word !== null).join(", else ");
    const written = format === null ? "" : ` as ${format}`;
    return said === "" && written === "" ? [] : [`${column} ← ${said === "" ? `"${foundAs}"` : said}${written}`];
  });
  return words.length === 0 ? [] : [words.join(", ")];
}

async function probeFile(source: SourceOf<"files">, drop: DropEntity, original: DropFile): Promise<FoundColumn[]> {
  const entity = entityOf(drop.entity);
  const rules = source.columns[drop.entity] ?? {};
  const match = await inUtf8(source.name, original, source.encoding, async (file) => {
    const names = await headerOf(source.name, file, entity, rules);
    // A file of objects that has none yet has no columns to miss.
    if (names.length === 0 && file.format === "ndjson") return { columns: [], strays: [], values: [] };
    return matchColumns(source.name, file, entity, names, rules);
  });
  return foundColumns(source, original, entity, match);
}

async function headerOf(
  source: string,
  file: DropFile,
  entity: Entity,
  rules: ColumnRules,
): Promise<readonly string[]> {
  if (file.format === "parquet") return parquetColumns(source, file);
  await refuseForeignFile(source, file);
  return file.format === "ndjson" ? ndjsonKeys(source, file) : (await readHeader(source, file, entity, rules)).names;
}

/** What became of each column of a file, and of each column of the entity. */
function foundColumns(source: SourceOf<"files">, file: DropFile, entity: Entity, match: ColumnMatch): FoundColumn[] {
  const formats = new Map(
    cellFormats(source)
      .filter((format) => format.entity === entity.name)
      .map((format) => [format.column, format.expected]),
  );
  const base = { entity: entity.name, file: file.name };
  const ours = entity.columns.map(({ name }): FoundColumn => {
    const foundAs = match.columns.find((column) => column.name === name)?.found[0]?.trim() ?? null;
    const value = match.values.find((item) => item.name === name)?.value ?? null;
    const state = foundAs === null && value === null ? "missing" : "mapped";
    const format = state === "mapped" ? (formats.get(name) ?? null) : null;
    return { ...base, column: name, foundAs, value, state, format, nearest: null };
  });
  const strays = match.strays.map(({ name, nearest, isAbsent }): FoundColumn => {
    const state = isAbsent ? "absent" : "ignored";
    return { ...base, column: null, foundAs: name, value: null, state, format: null, nearest };
  });
  return [...ours, ...strays];
}

/** A column that one of a file's entities uses is not ignored because another one does not. */
function usedOnce(columns: readonly FoundColumn[]): readonly FoundColumn[] {
  const used = new Set(
    columns.filter((column) => column.state === "mapped").map((column) => `${column.file}|${column.foundAs}`),
  );
  return columns.filter((column) => column.state !== "ignored" || !used.has(`${column.file}|${column.foundAs}`));
}
