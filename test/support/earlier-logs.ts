import { type Connection, openEngine } from "../../src/warehouse/database.ts";

const record = `
create table raw.format (version integer);
create table raw.record (
    seq bigint,
    source varchar,
    stream varchar,
    id varchar,
    seen_at timestamptz,
    run_id varchar,
    op varchar,
    reason varchar,
    source_updated_at timestamptz,
    hash varchar,
    payload varchar
);
create table raw.position (source varchar, stream varchar, id varchar, file varchar, line bigint);
create table raw.cursor (source varchar, stream varchar, cursor varchar, updated_at timestamptz);
create table raw.run (run_id varchar, started_at timestamptz, ended_at timestamptz, status varchar);
create table raw.load (
    run_id varchar,
    source varchar,
    stream varchar,
    started_at timestamptz,
    ended_at timestamptz,
    status varchar,
    pages bigint,
    rows bigint,
    changed bigint,
    requests bigint,
    retries bigint,
    error varchar
);`;

const nearest = `
create table raw.unknown_column (
    source varchar, stream varchar, file varchar, column_name varchar, nearest varchar, is_absent boolean
);
create table raw.pass (source varchar, stream varchar, started_at timestamptz, cursor varchar);
create table raw.pass_seen (source varchar, stream varchar, id varchar);`;

const drops = `
create table raw.stream_drop (
    run_id varchar, source varchar, stream varchar, seen_at timestamptz, had bigint, lost bigint, is_accepted boolean
);
create table raw.pass_held (
    source varchar, stream varchar, id varchar, op varchar, reason varchar, source_updated_at timestamptz, hash varchar,
    payload varchar
);`;

const fileColumns = `
create table raw.file_column (
    source varchar, stream varchar, file varchar, column_name varchar, found_as varchar, value varchar
);`;

const counts = `
create table raw.stream_count (
    run_id varchar, source varchar, stream varchar, counted_at timestamptz, held bigint, counted bigint
);`;

const rules = "create table raw.rule (seq bigint, seen_at timestamptz, key varchar, value varchar);";

const first = `${record}
create table raw.unknown_column (source varchar, stream varchar, file varchar, column_name varchar);`;

/** Every format that the log ever had, by the statements that made its tables; the first six all call themselves 1. */
export const earlierFormats: Readonly<Record<number, string>> = Object.freeze({
  1: first,
  2: [record, nearest].join(""),
  3: [record, nearest, drops].join(""),
  4: [record, nearest, drops, fileColumns].join(""),
  5: [record, nearest, drops, fileColumns, counts].join(""),
  6: [record, nearest, drops, fileColumns, counts, rules].join(""),
});

/** Writes a log of an earlier format with everything of a present one that it had room for. */
export async function writeEarlierLog(present: string, file: string, format: number): Promise<void> {
  const engine = await openEngine();
  try {
    await engine.attach(file, "raw");
    await engine.attach(present, "present", { readOnly: true });
    const connection = await engine.connect();
    await connection.run(earlierFormats[format] ?? "");
    for (const [table, columns] of await columnsOf(connection)) {
      if (table === "format") await connection.run("insert into raw.format values (1)");
      else await connection.run(`insert into raw.${table} select ${columns.join(", ")} from present.${table}`);
    }
    connection.close();
  } finally {
    engine.close();
  }
}

async function columnsOf(connection: Connection): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await connection.rows<{ table: string; column: string }>(
    `select table_name as "table", '"' || column_name || '"' as "column" from duckdb_columns()
     where database_name = 'raw' and not internal order by table_name, column_index`,
  );
  return new Map(
    [...Map.groupBy(rows, (row) => row.table)].map(([table, cells]) => [table, cells.map(({ column }) => column)]),
  );
}
