import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { withEmptyWarehouse } from "../../src/operate/empty-warehouse.ts";
import { generateJsonSchema, generateTypes } from "../../src/operate/generate.ts";

const source = path.resolve("src");

test("the types of the marts are those of a built warehouse; `npm run generate` writes them anew", async () => {
  const current = await withEmptyWarehouse(generateTypes);
  expect(await readFile(path.join(source, "models", "marts.generated.ts"), "utf8")).toBe(current);
});

test("the JSON Schema for editors is that of the configuration", async () => {
  expect(await readFile(path.join(source, "config", "schema.generated.json"), "utf8")).toBe(generateJsonSchema());
});

test("whole numbers of published tables fit the formats they are exported in", async () => {
  const wide = await withEmptyWarehouse((connection) =>
    connection.rows(
      `select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns
       where table_schema in ('marts', 'metrics', 'quality') and data_type in ('HUGEINT', 'UHUGEINT', 'UBIGINT') order by all`,
    ),
  );
  expect(wide).toEqual([]);
});
