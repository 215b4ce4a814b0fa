import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { loadSql } from "../../src/models/load.ts";
import { type BuildOptions, buildKept, type Drop } from "./build.ts";

/** The tables that a comparison of two warehouses reads, for `only`. */
export async function comparedTables(): Promise<readonly string[]> {
  const { files } = await loadSql(undefined, "diff");
  const named = files.flatMap(({ sql }) => [...sql.matchAll(/\b(?:before|after)\.(\w+\.\w+)/g)]);
  return [...new Set(named.map(([, name = ""]) => name))].filter((name) => !name.startsWith("config."));
}

/** Builds a warehouse from the rows of files and writes it to a file of its own. */
export async function writeWarehouse(file: string, drop: Drop, options: BuildOptions = {}): Promise<string> {
  const built = await buildKept(drop, options);
  try {
    await built.connection.run("checkpoint warehouse");
    const row = await built.connection.row<{ path: string }>(
      "select path from duckdb_databases() where database_name = 'warehouse'",
    );
    await copyFile(row?.path ?? "", file);
  } finally {
    await built.close();
  }
  return file;
}

/** The same in a folder that is removed when the test is over, or when `atTheEnd` says. */
export async function warehouseFile(
  drop: Drop,
  options: BuildOptions = {},
  atTheEnd: (clean: () => Promise<void>) => void = onTestFinished,
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-file-"));
  atTheEnd(() => rm(folder, { recursive: true, force: true }));
  return writeWarehouse(path.join(folder, "warehouse.duckdb"), drop, options);
}
