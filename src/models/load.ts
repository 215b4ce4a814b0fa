import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors.ts";
import { parseHeader, type SqlFile } from "./header.ts";

/** The folder of the models that this version comes with. */
export const sqlFolder = path.join(import.meta.dirname, "..", "..", "sql");

/** Models that are no part of a build: those that compare two warehouses and those that record a period. */
const apart = ["diff", "freeze", "compare"] as const;
export type ModelsApart = (typeof apart)[number];

/** What a folder of models holds. */
export interface LoadedSql {
  /** The macros all models share. */
  readonly macros: string;
  readonly files: readonly SqlFile[];
}

// The files that come with this version stay the same while it runs.
const own = new Map<ModelsApart | "build", Promise<LoadedSql>>();

/** Every model, feeder and check of a build below the folder, or those of one part that stands apart, and the macros they share. */
export function loadSql(folder: string = sqlFolder, part?: ModelsApart): Promise<LoadedSql> {
  if (folder !== sqlFolder) return readSql(folder, part);
  const loaded = own.get(part ?? "build") ?? readSql(folder, part);
  own.set(part ?? "build", loaded);
  return loaded;
}

/** Models of one's own, and which metrics they may write. */
export interface OwnModels {
  readonly files: readonly SqlFile[];
  /** Whether a definition in the same folder names this metric. */
  readonly mayWrite: (metric: string) => boolean;
  /** Every id that is defined there, for messages. */
  readonly metricIds: readonly string[];
}

/** The models of this version with those of one's own. Throws UserError naming a file that builds a table which is there already. */
export function withOwn(loaded: LoadedSql, own: OwnModels | undefined): LoadedSql {
  if (own === undefined || own.files.length === 0) return loaded;
  const tables = new Map<string, string>();
  for (const item of [...loaded.files, ...own.files]) {
    if (item.type !== "model") continue;
    const name = `${item.schema}.${item.name}`;
    const other = tables.get(name);
    if (other !== undefined) {
      throw new UserError({
        where: item.file,
        found: `the table ${name} is taken by ${other}`,
        fix: "give the model another name",
      });
    }
    tables.set(name, item.file);
  }
  return Object.freeze({ macros: loaded.macros, files: Object.freeze([...loaded.files, ...own.files]) });
}

async function readSql(folder: string, part: ModelsApart | undefined): Promise<LoadedSql> {
  const found: string[] = [];
  for await (const file of glob("**/*.sql", { cwd: folder })) found.push(file);
  const wanted = found
    .sort()
    .filter((file) => file !== "functions.sql" && apart.find((name) => name === file.split(path.sep)[0]) === part);
  const read = (file: string): Promise<string> => readFile(path.join(folder, file), "utf8");
  const texts = await Promise.all(wanted.map(async (file) => ({ file, sql: await read(file) })));
  return Object.freeze({
    macros: found.includes("functions.sql") ? await read("functions.sql") : "",
    files: Object.freeze(texts.map((text): SqlFile => parseHeader(path.join("sql", text.file), text.sql))),
  });
}
