import path from "node:path";
import { type Connection, openReadOnly } from "../../src/warehouse/database.ts";

/** One short text for each table, equal where all rows are equal in the order they are stored in. */
export async function fingerprintsOf(
  connection: Connection,
  tables: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  // The rows of a table are read in their order only by one thread.
  await connection.run("set threads = 1");
  const selects = tables.map(
    (name) =>
      `select '${name}' as name, count(*) || ' ' || coalesce(md5(string_agg(to_json(t)::varchar, chr(10))), '') as rows from ${name} as t`,
  );
  const rows = await connection.rows<{ name: string; rows: string }>(selects.join(" union all "));
  return new Map(rows.map((row) => [row.name, row.rows]));
}

/** Every table that a place has published for users, with its rows in short; `quality.stream` tells of the reading itself and so of each run. */
export async function publishedBy(place: string): Promise<ReadonlyMap<string, string>> {
  const database = await openReadOnly(path.join(place, "home", "current", "warehouse.duckdb"));
  try {
    const connection = await database.connect();
    const tables = await connection.rows<{ name: string }>(
      `select table_schema || '.' || table_name as name from information_schema.tables
       where table_schema in ('marts', 'metrics', 'quality') and table_name <> 'stream' order by 1`,
    );
    return await fingerprintsOf(
      connection,
      tables.map(({ name }) => name),
    );
  } finally {
    database.close();
  }
}
