import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { generateJsonSchema, generateTypes, withEmptyWarehouse } from "../../src/operate/generate.ts";

const source = path.resolve("src");

test("the types of the marts are those of a built warehouse; `npm run generate` writes them anew", async () => {
  const current = await withEmptyWarehouse(generateTypes);
  expect(await readFile(path.join(source, "models", "marts.generated.ts"), "utf8")).toBe(current);
});

test("the JSON Schema for editors is that of the configuration", async () => {
  expect(await readFile(path.join(source, "config", "schema.generated.json"), "utf8")).toBe(generateJsonSchema());
});

test("every column that users rely on is published with its name", async () => {
  const promised = {
    "marts.dim_partner":
      "partner_key name type tier region manager state agreed_on activated_on activation_event last_event_at last_event",
    "marts.fct_deal":
      "deal_key account_key state order_type class source_partner_key source_rule created_at closed_on amount_minor currency amount_reporting_minor fx_rate fx_on cycle_days is_conflict",
    "marts.fct_deal_partner": "deal_key partner_key is_source is_influence touches first_touch_at last_touch_at",
    "marts.fct_deal_credit": "deal_key partner_key model share amount_reporting_minor reason",
    "marts.fct_deal_decision": "deal_key step rule claimants outcome reason",
    "marts.fct_cash":
      "cash_key kind invoice_key customer_key account_key deal_key link_reason occurred_at cash_minor collected_minor currency collected_reporting_minor",
    "marts.fct_cash_credit": "cash_key partner_key model collected_reporting_minor",
    "marts.fct_registration":
      "registration_key partner_key deal_key status submitted_at decided_at decision_hours in_sla protection_starts_on protection_ends_on outcome is_conflict",
    "marts.fct_commission":
      "entry_key partner_key deal_key cash_key kind amount_minor rate plan entry_on payable_on reason",
    "marts.fct_stage": "deal_key stage entered_at days",
    "metrics.value": "metric period_kind period slice slice_key value numerator denominator n unit status",
    "quality.issue": "check_id severity entity entity_key message fix amount_reporting_minor",
  };
  const missing = await withEmptyWarehouse(async (connection) => {
    const absent: string[] = [];
    for (const [table, columns] of Object.entries(promised)) {
      const there = new Set((await connection.columns(`select * from ${table}`)).map((column) => column.name));
      absent.push(
        ...columns
          .split(" ")
          .filter((column) => !there.has(column))
          .map((column) => `${table}.${column}`),
      );
    }
    return absent;
  });
  expect(missing).toEqual([]);
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
