import path from "node:path";
import { type Entity, entities } from "../../config/entities.ts";
import type { SourceOf } from "../../config/schema.ts";
import { together, UserError } from "../../errors.ts";
import type { Probe } from "../probe.ts";
import { matchColumns } from "./columns.ts";
import { readHeader } from "./csv.ts";
import { type DropFile, readFolder } from "./folder.ts";
import { checkColumns } from "./index.ts";
import { refuseForeignFile } from "./lines.ts";

/**
 * Looks at a folder and at the headers of its CSV files: which entities it gives, which columns are missing or unknown.
 * Throws UserError (exit 2 or 3) for what would stop a refresh.
 */
export async function probeFiles(source: SourceOf<"files">, base: string): Promise<Probe> {
  checkColumns(source);
  const folder = path.resolve(base, source.path);
  const { files, notes } = await readFolder(source.name, folder);
  const found = [`${folder} gives ${files.map((file) => file.entity).join(", ")}`];
  const errors: UserError[] = [];
  for (const file of files) {
    const entity = entities.find((known) => known.name === file.entity);
    if (entity === undefined || file.format !== "csv") continue;
    try {
      found.push(await describeFile(source, file, entity));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(error);
    }
  }
  const [first, ...others] = errors;
  if (first !== undefined) throw together([first, ...others]);
  return Object.freeze({ source: source.name, found: [...found, ...notes] });
}

async function describeFile(source: SourceOf<"files">, file: DropFile, entity: Entity): Promise<string> {
  await refuseForeignFile(source.name, file);
  const renamed = source.columns[file.entity] ?? {};
  const header = await readHeader(source.name, file, entity, renamed);
  const { columns, strays } = matchColumns(source.name, file, entity, header.names, renamed);
  const have = new Set(columns.map((column) => column.name));
  const missing = entity.columns.map((column) => column.name).filter((name) => !have.has(name));
  const unknown = strays.map(({ name, nearest, isAbsent }) => {
    const hint = nearest === null ? "" : ` (did you mean ${nearest}?)`;
    return isAbsent ? `${name}${hint} is named in columns: and not there` : `${name}${hint} is ignored`;
  });
  return [
    `${file.name}: ${columns.length} of ${entity.columns.length} columns`,
    ...(missing.length === 0 ? [] : [`without ${missing.join(", ")}`]),
    ...unknown,
  ].join("; ");
}
