import path from "node:path";
import { openEngine } from "../../src/warehouse/database.ts";
import type { Drop } from "./build.ts";
import { makePlace, type Place, writeCsv } from "./cli.ts";
import { fingerprintsOf } from "./published.ts";
import { readData, refreshData } from "./refresh.ts";

/** The nights of the company below, the last one as the tests' clock has it. */
export const nights = ["2026-07-01", "2026-08-03", "2026-09-02", "2026-10-05"] as const;

/** Two partners and three deals, one of which is worth more each night. */
export function dropOfNight(night: number): Drop {
  return {
    partners: [
      { id: "p1", name: "Northwind", type: "referral", tier: night < 2 ? "silver" : "gold", agreed_on: "2026-01-10" },
      { id: "p2", name: "Contoso", type: "reseller", agreed_on: "2026-02-01" },
    ],
    accounts: [{ id: "a1", name: "Alder" }],
    deals: [
      {
        id: "d1",
        account_id: "a1",
        state: "won",
        amount: `${night + 1}000.00`,
        currency: "USD",
        created_at: "2026-05-01",
        closed_on: "2026-06-10",
        partner_id: "p1",
        partner_role: "sourced",
      },
      { id: "d2", account_id: "a1", state: "open", amount: "500.00", currency: "USD", created_at: "2026-06-01" },
      ...(night < 3
        ? [{ id: "d3", account_id: "a1", state: "open", amount: "70.00", currency: "USD", created_at: "2026-06-02" }]
        : []),
    ],
  };
}

/** A place that read its drop on each of the nights, or on those from one on, and published what it had read on the last `published` of them. */
export async function placeOfNights(
  config: Readonly<Record<string, unknown>>,
  atTheEnd?: (clean: () => Promise<void>) => void,
  { from = 0, published = 2 }: { readonly from?: number; readonly published?: number } = {},
): Promise<Place> {
  const place = await makePlace({ drop: dropOfNight(0) }, config, atTheEnd);
  for (const [night, date] of [...nights.entries()].slice(from)) {
    await writeCsv(path.join(place.folder, "drop"), dropOfNight(night));
    const now = new Date(`${date}T06:00:00Z`);
    if (night < nights.length - published) await readData(place.folder, { now });
    else await refreshData(place.folder, { now });
  }
  return place;
}

/** The marts and metrics that a folder has published, each table in short. */
export async function martsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const engine = await openEngine();
  try {
    await engine.attach(path.join(folder, "home", "current", "warehouse.duckdb"), "published", { readOnly: true });
    const connection = await engine.connect();
    await connection.run("use published");
    const tables = await connection.rows<{ name: string }>(
      `select schema_name || '.' || table_name as name from duckdb_tables()
       where database_name = 'published' and schema_name in ('marts', 'metrics') order by 1`,
    );
    return await fingerprintsOf(
      connection,
      tables.map(({ name }) => name),
    );
  } finally {
    engine.close();
  }
}
