import { writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { configSchema, sourceKinds } from "../config/schema.ts";
import { type Connection, quoteName } from "../warehouse/database.ts";
import { withEmptyWarehouse } from "./empty-warehouse.ts";

/** The TypeScript types of every published table, as the text of `marts.generated.ts`. */
export async function generateTypes(connection: Connection): Promise<string> {
  const tables = await connection.rows<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_catalog = current_database() and table_schema in ('marts', 'metrics', 'quality') order by all`,
  );
  const interfaces: string[] = [];
  const members: string[] = [];
  for (const table of tables) {
    const type = typeName(table.schema, table.name);
    const columns = await connection.columns(`select * from ${quoteName(table.schema)}.${quoteName(table.name)}`);
    const lines = columns.map((column) => `  readonly ${column.name}: ${column.typescript} | null;`);
    interfaces.push(`export interface ${type} {\n${lines.join("\n")}\n}`);
    members.push(`  readonly "${table.schema}.${table.name}": ${type};`);
  }
  return `${[
    "// Written by `npm run generate` from a built warehouse; a test holds it current.",
    "",
    "/** A whole number: a bigint only where a number would lose digits. */",
    "export type Whole = number;",
    "/** An exact decimal as text. */",
    "export type Decimal = string;",
    "/** A calendar date, `YYYY-MM-DD`. */",
    "export type CalendarDate = string;",
    "",
    interfaces.join("\n\n"),
    "",
    `/** Every published table by its full name. */\nexport interface Marts {\n${members.join("\n")}\n}`,
  ].join("\n")}\n`;
}

function typeName(schema: string, name: string): string {
  const parts = (schema === "marts" ? name : `${schema}_${name}`).split("_");
  return parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
}

/** The JSON Schema of `attributary.yaml` for editors, as text. */
export function generateJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: "input",
    unrepresentable: "any",
    reused: "inline",
    // What a source of one's own takes is known to its folder alone.
    override: ({ path: place, jsonSchema }) => {
      if (place.join(".") !== "properties.sources.items") return;
      const own = {
        name: { type: "string" as const },
        kind: { type: "string" as const, not: { enum: [...sourceKinds] } },
      };
      jsonSchema.oneOf?.push({ type: "object", properties: own, required: ["name", "kind"] });
    },
  });
  return `${JSON.stringify({ title: "attributary.yaml", ...schema }, null, 2)}\n`;
}

if (import.meta.main) {
  const source = path.join(import.meta.dirname, "..");
  await writeFile(path.join(source, "models", "marts.generated.ts"), await withEmptyWarehouse(generateTypes));
  await writeFile(path.join(source, "config", "schema.generated.json"), generateJsonSchema());
}
