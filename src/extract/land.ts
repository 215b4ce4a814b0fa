import { exitCode, UserError } from "../errors.ts";
import { type Connection, quoteText } from "../warehouse/database.ts";
import type { Json, LandedQuery, Page, PagedStream, RecordPaths } from "./stream.ts";

/** The run that rows are landed in; every row of a run was seen at its start. */
export interface LandingRun {
  readonly runId: string;
  readonly startedAt: Date;
  /** Whether cursors are to be left aside, `--full`. */
  readonly isFull: boolean;
}

/** Rows of a batch and how many of them were new to the log or other than its latest version. */
export interface Landed {
  readonly rows: number;
  readonly changed: number;
}

/** One pass over one stream, from the first page to the end of the listing. */
export interface Landing {
  /** Cursor of the last pass that ended, null on the first one and with `--full`. */
  readonly cursor: Json | null;
  /** Cursor of the last page of a pass that was cut short lately, else null. */
  readonly resume: Json | null;
  /** Lands a batch of pages; their rows and the cursor of the last one commit together. */
  readonly land: (pages: readonly Page[]) => Promise<Landed>;
  /** Ends the pass: what a complete listing no longer had is gone, and the next run begins at `cursor`. */
  readonly finish: (ending: { readonly isComplete: boolean; readonly cursor?: Json }) => Promise<Landed>;
  /** Frees what the pass held in memory; to be called whether it ended well or not. */
  readonly close: () => Promise<void>;
}

// A pass that stood still longer than this begins anew: what it read first would be too old to publish as today's.
const resumableHours = 12;

const tables = `
create table if not exists raw.pass (
    source varchar, stream varchar, started_at timestamptz, cursor varchar
);
create table if not exists raw.pass_seen (source varchar, stream varchar, id varchar);
`;

/** Makes the tables that remember passes cut short. The log must be attached as `raw`. */
export async function preparePasses(connection: Connection): Promise<void> {
  await connection.run(tables);
}

let landings = 0;

/**
 * Begins or takes up a pass over a stream. All statements of a landing run on `connection`, in turn: the caller keeps
 * landings of several streams from interleaving within one call.
 */
export async function openLanding(
  connection: Connection,
  run: LandingRun,
  source: string,
  stream: Pick<PagedStream, "name" | "deletion" | "record">,
): Promise<Landing> {
  landings += 1;
  const known = `known_${landings}`;
  const page = `page_${landings}`;
  const batch = `batch_${landings}`;
  const key = [source, stream.name];
  const pass = await takeUp(connection, run, key);
  await makeKnown(connection, key, known);
  await connection.run(`create temp table ${page} (place integer, body varchar)`);

  const land = async (pages: readonly Page[]): Promise<Landed> => {
    await connection.run(`truncate ${page}`);
    await connection.append(
      { catalog: "temp", table: page },
      pages.map((item, index) => [index, item.body]),
    );
    const paths = pages.map((item) => item.at ?? stream.record.at);
    await connection.run(`create or replace temp table ${batch} as ${recordsOf(page, paths, stream)}`);
    await refuseStrays(connection, batch, paths, source, stream);
    await keepLast(connection, batch);
    const last = pages.at(-1);
    return connection.transaction(async () => {
      const landed = await appendBatch(connection, run, key, batch, known);
      if (stream.deletion === "absence" || stream.deletion === "both") {
        await connection.run(`insert into raw.pass_seen select $1, $2, id from ${batch}`, key);
      }
      if (last?.cursor !== undefined) {
        await connection.run("update raw.pass set cursor = $3 where source = $1 and stream = $2", [
          ...key,
          JSON.stringify(last.cursor),
        ]);
      }
      return landed;
    });
  };

  const finish = async (ending: { readonly isComplete: boolean; readonly cursor?: Json }): Promise<Landed> =>
    connection.transaction(async () => {
      const isDiff = ending.isComplete && (stream.deletion === "absence" || stream.deletion === "both");
      const seen = `select id from raw.pass_seen where source = ${quoteText(source)} and stream = ${quoteText(stream.name)}`;
      const changed = isDiff ? await appendGone(connection, run, known, seen) : 0;
      await connection.run("delete from raw.pass where source = $1 and stream = $2", key);
      await connection.run("delete from raw.pass_seen where source = $1 and stream = $2", key);
      if (ending.cursor !== undefined) await writeCursor(connection, run, key, ending.cursor);
      return { rows: 0, changed };
    });

  return Object.freeze({
    ...pass,
    land,
    finish,
    close: async () => {
      for (const table of [known, page, batch]) await connection.run(`drop table if exists ${table}`);
    },
  });
}

/** The cursors to begin with; an unfinished pass that is too old, or a full run, starts over. */
async function takeUp(
  connection: Connection,
  run: LandingRun,
  key: readonly string[],
): Promise<{ cursor: Json | null; resume: Json | null }> {
  const finished = run.isFull
    ? undefined
    : await connection.row<{ cursor: string }>("select cursor from raw.cursor where source = $1 and stream = $2", key);
  const open = run.isFull
    ? undefined
    : await connection.row<{ cursor: string }>(
        `select cursor from raw.pass
        where source = $1 and stream = $2 and cursor is not null
            and started_at > $3::timestamptz - to_hours(${resumableHours})`,
        [...key, run.startedAt],
      );
  if (open === undefined) {
    await connection.transaction(async () => {
      await connection.run("delete from raw.pass where source = $1 and stream = $2", key);
      await connection.run("delete from raw.pass_seen where source = $1 and stream = $2", key);
      await connection.run("insert into raw.pass values ($1, $2, $3, null)", [...key, run.startedAt]);
    });
  }
  return {
    cursor: finished === undefined ? null : (JSON.parse(finished.cursor) as Json),
    resume: open === undefined ? null : (JSON.parse(open.cursor) as Json),
  };
}

/** The select that opens pages into records, every record of every page. */
function recordsOf(page: string, paths: readonly string[], stream: Pick<PagedStream, "record">): string {
  const lists = [...new Set(paths)].map((at) => {
    const places = paths.flatMap((path, index) => (path === at ? [index] : []));
    const items = at === "$" ? "$[*]" : `${at}[*]`;
    const typed = `(
        select place, body, json_type(body, ${quoteText(at)}) as type from ${page} where place in (${places.join(", ")})
    )`;
    return `select place, json_extract(body, ${quoteText(items)}) as records
    from ${typed}
    where type = 'ARRAY'
    union all
    select place, [case when type = 'OBJECT' then json_extract(body, ${quoteText(at)}) end]
    from ${typed}
    where type is distinct from 'ARRAY'`;
  });
  const { record } = stream;
  const ids = typeof record.id === "string" ? [record.id] : record.id;
  const told = [...ids, record.archived, record.mergedInto, record.updatedAt].filter((path) => path !== undefined);
  const textAt = (path: string): string => `told[${told.indexOf(path) + 1}]`;
  return `
with

lists as (

    ${lists.join("\n    union all\n    ")}

),

records as (

    select place, unnest(records) as record, generate_subscripts(records, 1) as position
    from lists

),

read as (

    -- One look into a record for everything that it tells of itself.
    select
        place,
        case when record is not null then position end as position,
        json_extract_string(record, [${told.map(quoteText).join(", ")}]) as told,
        record::varchar as payload
    from records

),

described as (

    select
        place,
        position,
        ${ids.map(textAt).join(" || '|' || ")} as id,
        ${reasonOf(record, textAt)} as reason,
        ${updatedOf(record, textAt)} as source_updated_at,
        md5(payload) as hash,
        payload
    from read

)

select place, position, id, case when reason is null then 'upsert' else 'delete' end as op, reason, source_updated_at, hash, payload
from described`;
}

function reasonOf(record: RecordPaths, textAt: (path: string) => string): string {
  const cases = [
    ...(record.mergedInto === undefined ? [] : [`when coalesce(${textAt(record.mergedInto)}, '') <> '' then 'merged'`]),
    ...(record.archived === undefined ? [] : [`when ${textAt(record.archived)} = 'true' then 'archived'`]),
  ];
  return cases.length === 0 ? "null::varchar" : `case ${cases.join(" ")} end`;
}

function updatedOf(record: RecordPaths, textAt: (path: string) => string): string {
  if (record.updatedAt === undefined) return "null::timestamptz";
  const text = textAt(record.updatedAt);
  return `case
            when regexp_full_match(${text}, '\\d{1,11}') then to_timestamp(${text}::bigint)
            else try_cast(regexp_replace(${text}, '([+-]\\d{2})(\\d{2})$', '\\1:\\2') as timestamptz)
        end`;
}

/** Of a record that stands in a batch more than once the last one stays. */
async function keepLast(connection: Connection, batch: string): Promise<void> {
  const counted = await connection.row<{ repeats: number }>(
    `select count(*) - count(distinct id) as repeats from ${batch}`,
  );
  if (counted?.repeats === 0) return;
  await connection.run(
    `delete from ${batch} as batch
    where exists (
        select 1
        from ${batch} as later
        where later.id = batch.id
            and (later.place > batch.place or (later.place = batch.place and later.position > batch.position))
    )`,
  );
}

/** A page without the place where its records should be, or a record without an id, is no answer to build on. */
async function refuseStrays(
  connection: Connection,
  batch: string,
  paths: readonly string[],
  source: string,
  stream: Pick<PagedStream, "name" | "record">,
): Promise<void> {
  const stray = await connection.row<{ place: number; position: number | null }>(
    `select place, position from ${batch} where id is null order by place, position limit 1`,
  );
  if (stray === undefined) return;
  const ids = typeof stream.record.id === "string" ? stream.record.id : stream.record.id.join(" and ");
  throw new UserError({
    where: `source ${source}, stream ${stream.name}`,
    found:
      stray.position === null
        ? `an answer has no list of records at ${paths[stray.place] ?? stream.record.at}`
        : `record ${stray.position} of an answer has no ${ids}`,
    fix: "check that base_url leads to the vendor's own API; `attributary doctor` shows what it answers",
    exitCode: exitCode.source,
  });
}

/**
 * Makes a table of the latest version of every record of a stream: one scan of the log, so that each batch is then
 * compared with a small table in memory.
 */
export async function makeKnown(connection: Connection, key: readonly string[], known: string): Promise<void> {
  await connection.run(
    `create or replace temp table ${known} as
    select
        id,
        arg_max_null(hash, seq) as hash,
        arg_max_null(op, seq) as op,
        arg_max_null(reason, seq) as reason,
        max(seq) as seq
    from raw.record
    where source = $1 and stream = $2
    group by id`,
    [...key],
  );
}

/**
 * Appends the rows of a batch (place, position, id, op, reason, source_updated_at, hash, payload) that differ from the
 * latest version, and remembers them for the batches to come. `key` is source and stream.
 */
export async function appendBatch(
  connection: Connection,
  run: LandingRun,
  key: readonly string[],
  batch: string,
  known: string,
): Promise<Landed> {
  const counted = await connection.row<{ rows: number }>(`select count(*) as rows from ${batch}`);
  await connection.run(
    `create or replace temp table fresh as
    select
        (select coalesce(max(seq), 0) from raw.record) + row_number() over (order by place, position) as seq,
        batch.id,
        batch.hash,
        batch.op,
        batch.reason
    from ${batch} as batch
    left join ${known} as known on known.id = batch.id
    where known.id is null
        or known.hash is distinct from batch.hash
        or known.reason is distinct from batch.reason`,
  );
  const changed = await connection.run(
    `insert into raw.record
    select fresh.seq, $1, $2, id, $3, $4, batch.op, batch.reason, source_updated_at, batch.hash, payload
    from ${batch} as batch
    inner join fresh using (id)`,
    [...key, run.startedAt, run.runId],
  );
  if (changed > 0) {
    await connection.run(`delete from ${known} where id in (select id from fresh)`);
    await connection.run(`insert into ${known} select id, hash, op, reason, seq from fresh`);
  }
  return { rows: counted?.rows ?? 0, changed };
}

/**
 * Appends a `delete` for every living record that a complete listing did not have; its last payload goes with it.
 * `seen` is a select of the ids that were listed. Returns how many were gone.
 */
export async function appendGone(
  connection: Connection,
  run: LandingRun,
  known: string,
  seen: string,
): Promise<number> {
  await connection.run(
    `create or replace temp table gone as
    select known.seq
    from ${known} as known
    where known.op = 'upsert'
        and not exists (select 1 from (${seen}) as seen where seen.id = known.id)`,
  );
  const gone = await connection.row<{ count: number }>("select count(*) as count from gone");
  if (gone === undefined || gone.count === 0) return 0;
  return connection.run(
    `insert into raw.record
    select
        (select coalesce(max(seq), 0) from raw.record) + row_number() over (order by seq),
        source,
        stream,
        id,
        $1,
        $2,
        'delete',
        'gone',
        source_updated_at,
        hash,
        payload
    from raw.record
    where seq in (select seq from gone)
    order by seq`,
    [run.startedAt, run.runId],
  );
}

/** Replaces the cursor that the next run of a stream begins at. */
export async function writeCursor(
  connection: Connection,
  run: LandingRun,
  key: readonly string[],
  cursor: Json,
): Promise<void> {
  await connection.run("delete from raw.cursor where source = $1 and stream = $2", [...key]);
  await connection.run("insert into raw.cursor values ($1, $2, $3, $4)", [
    ...key,
    JSON.stringify(cursor),
    run.startedAt,
  ]);
}

/** Texts at the given paths of the living records of a stream, as the log stands now, in batches. */
export async function* readLanded(
  connection: Connection,
  source: string,
  query: LandedQuery,
): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  const cells = query.paths.map((path, index) => `payload ->> ${quoteText(path)} as c${index}`);
  const filter = query.where === undefined ? "" : `and (payload ->> ${quoteText(query.where.path)}) = $3`;
  const batches = connection.batches<Record<string, string | null>>(
    `with latest as (
        select arg_max(op, seq) as op, max(seq) as seq
        from raw.record
        where source = $1 and stream = $2
        group by id
    )
    select ${cells.join(", ")}
    from raw.record as record
    inner join latest on latest.seq = record.seq
    where latest.op = 'upsert' ${filter}
    order by record.seq`,
    [source, query.stream, ...(query.where === undefined ? [] : [query.where.equals])],
  );
  for await (const rows of batches) {
    yield rows.map((row) => query.paths.map((_path, index) => row[`c${index}`] ?? null));
  }
}
