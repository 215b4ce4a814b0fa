import { UserError } from "../errors.ts";
import type { LongTexts } from "../warehouse/copy.ts";
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
    payload varchar using compression zstd
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
create table if not exists raw.pass (source varchar, stream varchar, started_at timestamptz, cursor varchar);
create table if not exists raw.pass_seen (source varchar, stream varchar, id varchar);
create table if not exists raw.pass_held (
    source varchar, stream varchar, id varchar, op varchar, reason varchar, source_updated_at timestamptz, hash varchar,
    payload varchar
);
create table if not exists raw.pruned (pruned_at timestamptz, kept_from date, versions bigint);
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

/** Columns of the log that hold JSON as received: left to itself the engine would compress them half as well, in more time. */
export const longTexts: LongTexts = Object.freeze({ record: ["payload"] });

/** The format of the log that this version writes; the steps that lead here from earlier ones are in `upgrades/`. */
export const logFormat = 7;

/** The format of the log that is attached as `raw`; undefined when it has no tables yet. */
export async function formatOfLog(connection: Connection): Promise<number | undefined> {
  const known = await connection.row(
    "select 1 as one from duckdb_tables() where database_name = 'raw' and table_name = 'format'",
  );
  if (known === undefined) return undefined;
  return (await connection.row<{ version: number }>("select version from raw.format"))?.version;
}

/** Throws UserError (exit 2) for a log that a newer version of this program wrote; `where` names its file. */
export function refuseNewer(format: number, where: string): void {
  if (format <= logFormat) return;
  throw new UserError({
    where,
    found: `the log has format ${format}, and this version of attributary understands formats up to ${logFormat}`,
    fix: "install the version of attributary that last refreshed this home, or a newer one",
  });
}

/** Makes the tables of a log that has none yet. The file must be attached as `raw`; an older log is `openLog`'s to upgrade. */
export async function prepareLog(connection: Connection): Promise<void> {
  const format = await formatOfLog(connection);
  if (format === logFormat) return;
  if (format !== undefined) throw new Error(`a log of format ${format} was to be written as one of ${logFormat}`);
  await connection.transaction(async () => {
    await connection.run(tables);
    await connection.run("insert into raw.format values ($1)", [logFormat]);
  });
}

/** The status in `raw.run` of a run whose versions the log does not show as they were written. */
export const unproven = "unproven";

/** How many versions of records the log shows of a run. */
export async function countVersions(connection: Connection, runId: string): Promise<number> {
  const shown = await connection.row<{ versions: number }>(
    "select count(*) as versions from raw.record where run_id = $1",
    [runId],
  );
  return shown?.versions ?? 0;
}

/**
 * Throws UserError (exit 2) while the log does not show what an earlier run wrote. One that shows it by now, as after the
 * engine has read its file anew, is as good as any.
 */
export async function refuseUnproven(connection: Connection): Promise<void> {
  const runs = await connection.rows<{ run_id: string; written: number }>(
    `select run.run_id, coalesce(sum(load.changed), 0) as written
    from raw.run as run
    left join raw.load as load on load.run_id = run.run_id
    where run.status = $1
    group by run.run_id
    order by run.run_id`,
    [unproven],
  );
  for (const { run_id: runId, written } of runs) {
    const shown = await countVersions(connection, runId);
    if (shown !== written) {
      throw new UserError({
        where: "the log, raw.duckdb",
        found: `it shows ${shown} of the ${written} versions of records that run ${runId} wrote, so nothing is built from it`,
        fix: "put a backup from before that run in its place; without one move it away and run `attributary refresh`, which reads everything anew but for what only the log remembered",
      });
    }
    await connection.run("update raw.run set status = 'extracted' where run_id = $1", [runId]);
  }
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
