import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { type BuildOptions, build, type Drop } from "./build.ts";

/** Builds a warehouse from the rows of files and returns it as a file of its own; removed when the test is over. */
export async function warehouseFile(drop: Drop, options: BuildOptions = {}): Promise<string> {
  const built = await build(drop, options);
  await built.connection.run("checkpoint warehouse");
  const row = await built.connection.row<{ path: string }>(
    "select path from duckdb_databases() where database_name = 'warehouse'",
  );
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-file-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, "warehouse.duckdb");
  await copyFile(row?.path ?? "", file);
  return file;
}
