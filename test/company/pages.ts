import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { writeSite } from "../../src/reports/site.ts";
import { type Connection, openReadOnly } from "../../src/warehouse/database.ts";
import { allPages } from "../support/pages.ts";

/** A site drawn from what a connection has built, with a copy of the warehouse beside it to ask. */
export interface CompanySite {
  readonly directory: string;
  readonly warehouse: string;
  /** The files of HTML, in the order of the alphabet. */
  readonly files: readonly string[];
  readonly html: (file: string) => Promise<string>;
}

/** Draws every page over the warehouse of a build into a folder, on a pinned clock. */
export async function drawCompany(connection: Connection, folder: string): Promise<CompanySite> {
  const warehouse = path.join(folder, "warehouse.duckdb");
  const directory = path.join(folder, "site");
  await connection.run(`attach '${warehouse}' as published`);
  await connection.run("copy from database warehouse to published");
  await connection.run("detach published");
  const database = await openReadOnly(warehouse);
  try {
    await writeSite({ database, directory, pages: await allPages(), builtAt: new Date("2026-10-01T06:30:00Z") });
  } finally {
    database.close();
  }
  const files: string[] = [];
  for await (const file of glob("**/*.html", { cwd: directory })) files.push(file);
  return Object.freeze({
    directory,
    warehouse,
    files: files.sort(),
    html: (file: string) => readFile(path.join(directory, file), "utf8"),
  });
}
