import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { parseHeader, type SqlFile } from "./header.ts";

/** The folder of the models that this version comes with. */
export const sqlFolder = path.join(import.meta.dirname, "..", "..", "sql");

/** Every model, feeder and check below the folder, and the macros they share. */
export async function loadSql(
  folder: string = sqlFolder,
): Promise<{ readonly macros: string; readonly files: readonly SqlFile[] }> {
  const found: string[] = [];
  for await (const file of glob("**/*.sql", { cwd: folder })) found.push(file);
  const files: SqlFile[] = [];
  let macros = "";
  for (const file of found.sort()) {
    const sql = await readFile(path.join(folder, file), "utf8");
    if (file === "functions.sql") macros = sql;
    else files.push(parseHeader(path.join("sql", file), sql));
  }
  return Object.freeze({ macros, files: Object.freeze(files) });
}
