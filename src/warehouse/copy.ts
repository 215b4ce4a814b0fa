import { type Connection, quoteName } from "./database.ts";

/** Conditions on the rows that are copied, as SQL by the name of the table. */
export type Narrowing = Readonly<Record<string, string>>;

/** Columns of long texts, by the name of the table, that are to be compressed as such. */
export type LongTexts = Readonly<Record<string, readonly string[]>>;

/**
 * Copies every table of one attached file into another, which comes out without the room that deleted rows left behind, and reads
 * both anew to hold them against each other. Throws when they differ.
 */
export async function copyTables(
  connection: Connection,
  from: string,
  to: string,
  narrowing: Narrowing = {},
  longTexts: LongTexts = {},
): Promise<void> {
  const [source, target] = [quoteName(from), quoteName(to)];
  const columns = await connection.rows<{ table: string; column: string; type: string }>(
    `select table_name as "table", column_name as "column", data_type as type from duckdb_columns()
     where database_name = $1 and not internal order by table_name, column_index`,
    [from],
  );
  for (const [table, cells] of Map.groupBy(columns, (each) => each.table)) {
    const name = quoteName(table);
    const condition = narrowing[table] ?? "true";
    const made = cells.map(({ column, type }) => {
      const isLong = longTexts[table]?.includes(column) === true;
      return `${quoteName(column)} ${type}${isLong ? " using compression zstd" : ""}`;
    });
    await connection.run(`create table ${target}.${name} (${made.join(", ")})`);
    await connection.run(`insert into ${target}.${name} select * from ${source}.${name} where ${condition}`);
    const hash = `hash(${cells.map(({ column }) => quoteName(column)).join(", ")})`;
    const sums = `select count(*)::bigint as rows, coalesce(sum(${hash}::hugeint), 0)::varchar as sum`;
    const before = await connection.row<{ rows: number; sum: string }>(
      `${sums} from ${source}.${name} where ${condition}`,
    );
    const after = await connection.row<{ rows: number; sum: string }>(`${sums} from ${target}.${name}`);
    if (before?.rows !== after?.rows || before?.sum !== after?.sum) {
      throw new Error(`the copy of ${from}.${table} has ${after?.rows} rows or others than its ${before?.rows}`);
    }
  }
}
