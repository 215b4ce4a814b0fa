import type { Connection } from "../warehouse/database.ts";

/** What happened to a record: it stands with this payload, or it is gone. */
type Operation = "upsert" | "delete";

/** Why a record is gone. */
export type DeleteReason = "archived" | "merged" | "gone";

/** The run that rows are landed in; every row of a run was seen at its start. */
export interface LandingRun {
  readonly runId: string;
  readonly startedAt: Date;
  /** Whether cursors are to be left aside, `--full`. */
  readonly isFull: boolean;
  /** Streams, as `stream` or `source.stream`, that may lose as many records as they like; none by default. */
  readonly acceptDrop?: ReadonlySet<string>;
}

/** One version of one record, as the log keeps it. */
export interface LogRecord {
  readonly source: string;
  readonly stream: string;
  readonly id: string;
  readonly seenAt: Date;
  readonly runId: string;
  readonly operation: Operation;
  readonly reason: DeleteReason | null;
  readonly sourceUpdatedAt: Date | null;
  /** JSON text as received; null when the record is gone without a trace. */
  readonly payload: string | null;
  /** Where a file row stands. */
  readonly file?: string;
  readonly line?: number;
}

const tables = `
create table if not exists raw.format (version integer);
create table if not exists raw.record (
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
create table if not exists raw.position (source varchar, stream varchar, id varchar, file varchar, line bigint);
create table if not exists raw.unknown_column (
    source varchar, stream varchar, file varchar, column_name varchar, nearest varchar, is_absent boolean
);
create table if not exists raw.file_column (
    source varchar, stream varchar, file varchar, column_name varchar, found_as varchar, value varchar
);
create table if not exists raw.cursor (source varchar, stream varchar, cursor varchar, updated_at timestamptz);
create table if not exists raw.stream_drop (
    run_id varchar, source varchar, stream varchar, seen_at timestamptz, had bigint, lost bigint, is_accepted boolean
);
create table if not exists raw.stream_count (
    run_id varchar, source varchar, stream varchar, counted_at timestamptz, held bigint, counted bigint
);
create table if not exists raw.rule (seq bigint, seen_at timestamptz, key varchar, value varchar);
create table if not exists raw.run (run_id varchar, started_at timestamptz, ended_at timestamptz, status varchar);
create table if not exists raw.load (
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
);
`;

/** The format of the log that this version writes. */
export const logFormat = 1;

/** Makes the tables of the log where they are not there yet. The file must be attached as `raw`. */
export async function prepareLog(connection: Connection): Promise<void> {
  await connection.run(tables);
  const format = await connection.row("select version from raw.format");
  if (format === undefined) await connection.run("insert into raw.format values ($1)", [logFormat]);
}

/** Appends versions of records as they are, in the order given. Returns how many there were. */
export async function appendRecords(connection: Connection, records: readonly LogRecord[]): Promise<number> {
  const last = await connection.row<{ seq: number }>("select coalesce(max(seq), 0) as seq from raw.record");
  let seq = last?.seq ?? 0;
  await connection.transaction(async () => {
    await connection.append(
      { catalog: "raw", table: "record" },
      records.map((record) => {
        seq += 1;
        return [
          seq,
          record.source,
          record.stream,
          record.id,
          record.seenAt,
          record.runId,
          record.operation,
          record.reason,
          record.sourceUpdatedAt,
          null,
          record.payload,
        ];
      }),
    );
    await connection.append(
      { catalog: "raw", table: "position" },
      records
        .filter((record) => record.file !== undefined)
        .map((record) => [record.source, record.stream, record.id, record.file ?? null, record.line ?? null]),
    );
  });
  return records.length;
}
