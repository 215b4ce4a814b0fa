import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { parseHeader, type SqlFile } from "./header.ts";

/** The folder of the models that this version comes with. */
export const sqlFolder = path.join(import.meta.dirname, "..", "..", "sql");

/** Models that are no part of a build: those that compare two warehouses and those that record a period. */
const apart = ["diff", "freeze"] as const;
export type ModelsApart = (typeof apart)[number];

/** What a folder of models holds. */
export interface LoadedSql {
  /** The macros all models share. */
  readonly macros: string;
  readonly files: readonly SqlFile[];
}

/** Every model, feeder and check of a build below the folder, or those of one part that stands apart, and the macros they share. */
export async function loadSql(folder: string = sqlFolder, part?: ModelsApart): Promise<LoadedSql> {
  const found: string[] = [];
  for await (const file of glob("**/*.sql", { cwd: folder })) found.push(file);
  const files: SqlFile[] = [];
  let macros = "";
  for (const file of found.sort()) {
    const first = file.split(path.sep)[0];
    if (apart.find((name) => name === first) !== part && file !== "functions.sql") continue;
    const sql = await readFile(path.join(folder, file), "utf8");
    if (file === "functions.sql") macros = sql;
    else files.push(parseHeader(path.join("sql", file), sql));
  }
  return Object.freeze({ macros, files: Object.freeze(files) });
}
