import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { openReadOnly } from "../../src/warehouse/database.ts";
import { writeFixture } from "../support/fixture-warehouse.ts";

test("the tables that pages are tested on have no column that the built marts do not have", async () => {
  const generated = await readFile(new URL("../../src/models/marts.generated.ts", import.meta.url), "utf8");
  const types = new Map<string, ReadonlySet<string>>();
  for (const [, name = "", body = ""] of generated.matchAll(/export interface (\w+) \{\n([\s\S]*?)\n\}/g)) {
    types.set(name, new Set([...body.matchAll(/readonly (\w+):/g)].map((match) => match[1] ?? "")));
  }
  const tables = new Map(
    [...generated.matchAll(/readonly "([\w.]+)": (\w+);/g)].map((match) => [match[1] ?? "", types.get(match[2] ?? "")]),
  );
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-fixture-"));
  const file = path.join(folder, "warehouse.duckdb");
  await writeFixture(file, {});
  const database = await openReadOnly(file);
  const connection = await database.connect();
  const columns = await connection.rows<{ table: string; column: string }>(
    `select table_schema || '.' || table_name as "table", column_name as "column" from information_schema.columns
     where table_schema in ('marts', 'metrics', 'quality') order by all`,
  );
  connection.close();
  database.close();
  await rm(folder, { recursive: true });
  expect(columns.length).toBeGreaterThan(100);
  expect(columns.filter(({ table, column }) => tables.get(table)?.has(column) !== true)).toEqual([]);
});
