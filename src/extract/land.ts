import { exitCode, UserError } from "../errors.ts";
import { type Connection, quoteText } from "../warehouse/database.ts";
import { guardDrop } from "./drop.ts";
import type { LandingRun } from "./log.ts";
import type { Ending, Json, LandedQuery, Page, PagedStream, RecordPaths } from "./stream.ts";

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
  /** How many living records there are, those marked as deleted in this pass left out. */
  readonly held: () => Promise<number>;
  /** Ends the pass: what a complete listing no longer had is gone, and the next run begins at `cursor`. */
  readonly finish: (ending: Ending) => Promise<Landed>;
  /** Frees what the pass held in memory; to be called whether it ended well or not. */
  readonly close: () => Promise<void>;
}

// A pass that stood still longer than this begins anew: what it read first would be too old to publish as today's.
const resumableHours = 12;

// The ids that a pass has seen stay in memory, in far more room than they take on the disk, until a checkpoint; where nothing
// changed nothing else brings one about.
const seenBeforeCheckpoint = 20_000;

let landings = 0;

/**
 * Begins or takes up a pass over a stream. All statements of a landing run on `connection`, in turn: the caller keeps
 * landings of several streams from interleaving within one call.
 */
export async function openLanding(
  connection: Connection,
  run: LandingRun,
  source: string,
  stream: Pick<PagedStream, "name" | "deletion" | "record" | "partOf">,
): Promise<Landing> {
  landings += 1;
  const known = `known_${landings}`;
  const page = `page_${landings}`;
  const batch = `batch_${landings}`;
  const lost = `lost_${landings}`;
  const absent = `absent_${landings}`;
  const key = [source, stream.name];
  const pass = await takeUp(connection, run, key);
  await makeKnown(connection, key, known);
  const had = await countLiving(connection, known);
  // A pass that is taken up may have held deletions back before it was cut short.
  let hasHeld = pass.resume !== null;
  let seen = 0;
  const land = async (pages: readonly Page[]): Promise<Landed> => {
    // What is deleted from a table in memory stays in memory until the table goes, so each batch has one of its own.
    await connection.run(`create or replace temp table ${page} (place integer, body varchar)`);
    await connection.append(
      { catalog: "temp", table: page },
      pages.map((item, index) => [index, item.body]),
    );
    const paths = pages.map((item) => item.at ?? stream.record.at);
    await connection.run(`create or replace temp table ${batch} as ${recordsOf(page, paths, stream)}`);
    const read = await connection.row<BatchCounts>(batchCounts(batch));
    if ((read?.strays ?? 0) > 0) await refuseStrays(connection, batch, paths, source, stream);
    if ((read?.repeats ?? 0) > 0) await keepLast(connection, batch);
    hasHeld ||= (read?.deleted ?? 0) > 0;
    const last = pages.at(-1);
    const landed = await connection.transaction(async () => {
      if (stream.deletion === "absence" || stream.deletion === "both") {
        await connection.run(`insert into raw.pass_seen select $1, $2, id from ${batch}`, key);
      }
      const held = hasHeld ? await holdDeletions(connection, key, batch, known) : 0;
      const appended = await appendBatch(connection, run, key, batch, known);
      if (last?.cursor !== undefined) {
        await connection.run("update raw.pass set cursor = $3 where source = $1 and stream = $2", [
          ...key,
          JSON.stringify(last.cursor),
        ]);
      }
      return { rows: appended.rows + held, changed: appended.changed };
    });
    seen += landed.rows;
    if (seen >= seenBeforeCheckpoint) {
      seen = 0;
      await connection.run("checkpoint raw");
    }
    return landed;
  };

  const forget = (): Promise<void> => forgetPass(connection, key);

  const ofStream = `source = ${quoteText(source)} and stream = ${quoteText(stream.name)}`;
  const flagged = `select id from raw.pass_held where ${ofStream}`;

  const held = async (): Promise<number> => {
    const row = await connection.row<{ living: number }>(
      `select count(*) as living from ${known} where op = 'upsert' and id not in (${flagged})`,
    );
    return row?.living ?? 0;
  };

  const finish = async (ending: Ending): Promise<Landed> => {
    const isDiff = ending.isComplete && (stream.deletion === "absence" || stream.deletion === "both");
    await connection.run(`create or replace temp table ${absent} (id varchar)`);
    await connection.append(
      { catalog: "temp", table: absent },
      (ending.gone ?? []).map((id) => [id]),
    );
    await findLost(connection, known, lost, {
      flagged,
      ...(isDiff ? { seen: `select id from raw.pass_seen where ${ofStream}` } : { gone: `select id from ${absent}` }),
    });
    const refusal = await guardDrop(connection, run, {
      source,
      stream: stream.name,
      had,
      lost,
      ...(stream.partOf === undefined ? {} : { partOf: stream.partOf }),
    });
    if (refusal !== undefined) {
      await connection.transaction(forget);
      throw refusal;
    }
    return connection.transaction(async () => {
      const isLess = (await connection.row(`select 1 from ${lost} limit 1`)) !== undefined;
      const changed = isLess
        ? (await appendHeld(connection, run, key, lost)) + (await appendGone(connection, run, lost))
        : 0;
      await forget();
      if (ending.cursor !== undefined) await writeCursor(connection, run, key, ending.cursor);
      await writeCount(connection, run, key, { lost, known, counts: ending.counts ?? [] });
      return { rows: 0, changed };
    });
  };

  return Object.freeze({
    ...pass,
    land,
    held,
    finish,
    close: async () => {
      for (const table of [known, page, batch, lost, absent]) await connection.run(`drop table if exists ${table}`);
    },
  });
}

/** Forgets how far a pass had come. */
async function forgetPass(connection: Connection, key: readonly string[]): Promise<void> {
  for (const table of ["pass", "pass_seen", "pass_held"]) {
    await connection.run(`delete from raw.${table} where source = $1 and stream = $2`, [...key]);
  }
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
      await forgetPass(connection, key);
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

/** What of a batch needs a closer look. */
interface BatchCounts {
  readonly strays: number;
  readonly repeats: number;
  readonly deleted: number;
}

const batchCounts = (batch: string): string => `
select
    count(*) filter (where id is null) as strays,
    count(id) - count(distinct id) as repeats,
    count(*) filter (where op = 'delete') as deleted
from ${batch}`;

/** Of a record that stands in a batch more than once the last one stays. */
async function keepLast(connection: Connection, batch: string): Promise<void> {
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
 * compared with a small table in memory. What it has of a payload are the eight bytes that the engine hashes its hash to, which
 * take a sixth of the room of the text.
 */
export async function makeKnown(connection: Connection, key: readonly string[], known: string): Promise<void> {
  await connection.run(
    `create or replace temp table ${known} as
    select
        id,
        arg_max_null(hash(hash), seq) as hash,
        arg_max_null(op, seq) as op,
        arg_max_null(reason, seq) as reason,
        max(seq) as seq
    from raw.record
    where source = $1 and stream = $2
    group by id`,
    [...key],
  );
}

// The engine shows what a transaction inserted only after the next checkpoint when it inserted many rows and, before or after
// that, none at all into the same table. So nothing here inserts no rows.

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
  await connection.run(
    `create or replace temp table fresh as
    select
        (select coalesce(max(seq), 0) from raw.record) + row_number() over (order by place, position) as seq,
        batch.id,
        hash(batch.hash) as hash,
        batch.op,
        batch.reason,
        known.id is not null as is_known
    from ${batch} as batch
    left join ${known} as known on known.id = batch.id
    where known.id is null
        or known.hash is distinct from hash(batch.hash)
        or known.reason is distinct from batch.reason`,
  );
  const counted = await connection.row<{ rows: number; fresh: number; known: number }>(
    `select
        (select count(*) from ${batch}) as rows,
        count(*) as fresh,
        count(*) filter (where is_known) as known
    from fresh`,
  );
  const changed = counted?.fresh ?? 0;
  if (changed === 0) return { rows: counted?.rows ?? 0, changed };
  const appended = await connection.run(
    `insert into raw.record
    select fresh.seq, $1, $2, id, $3, $4, batch.op, batch.reason, source_updated_at, batch.hash, payload
    from ${batch} as batch
    inner join fresh using (id)`,
    [...key, run.startedAt, run.runId],
  );
  // The caller's transaction takes everything back: an id that stands twice would be in the log twice, in each version's place.
  if (appended !== changed)
    throw new Error(`${appended} versions of ${key.join(" ")} were to be written as ${changed}`);
  // Looking through all that is known takes longer than anything else here, and a first load has nothing to take out.
  if ((counted?.known ?? 0) > 0) {
    await connection.run(`delete from ${known} where id in (select id from fresh where is_known)`);
  }
  await connection.run(`insert into ${known} select id, hash, op, reason, seq from fresh`);
  return { rows: counted?.rows ?? 0, changed };
}

/** How many records of a stream are living. `known` is what `makeKnown` made. */
export async function countLiving(connection: Connection, known: string): Promise<number> {
  const row = await connection.row<{ living: number }>(`select count(*) as living from ${known} where op = 'upsert'`);
  return row?.living ?? 0;
}

/**
 * Takes the deletions of living records out of a batch and keeps them until the pass has ended, since only then it shows
 * whether they are too many to be believed. A record that is seen living later in the pass is no longer held. Returns how
 * many rows were taken out.
 */
async function holdDeletions(
  connection: Connection,
  key: readonly string[],
  batch: string,
  known: string,
): Promise<number> {
  await connection.run(
    `delete from raw.pass_held where source = $1 and stream = $2 and id in (select id from ${batch})`,
    [...key],
  );
  const living = `op = 'delete' and id in (select id from ${known} where op = 'upsert')`;
  await connection.run(
    `insert into raw.pass_held
    select $1, $2, id, op, reason, source_updated_at, hash, payload
    from ${batch}
    where ${living}`,
    [...key],
  );
  return connection.run(`delete from ${batch} where ${living}`);
}

/**
 * Makes the table `lost` of the living records that a pass takes away: `id`, `seq` of the latest version, `is_flagged`.
 * `flagged` is a select of the ids marked as deleted, `seen` one of all ids that a complete listing had, `gone` one of ids known to be gone.
 */
export async function findLost(
  connection: Connection,
  known: string,
  lost: string,
  from: { readonly flagged?: string; readonly seen?: string; readonly gone?: string },
): Promise<void> {
  const flagged = from.flagged === undefined ? "false" : `known.id in (${from.flagged})`;
  const absent =
    from.seen === undefined
      ? `known.id in (${from.gone ?? "select null::varchar"})`
      : `not exists (select 1 from (${from.seen}) as seen where seen.id = known.id)`;
  await connection.run(
    `create or replace temp table ${lost} as
    select id, seq, ${flagged} as is_flagged
    from ${known} as known
    where op = 'upsert' and (is_flagged or ${absent})`,
  );
}

/** Appends the deletions that were held back while the pass ran. Returns how many there were. */
async function appendHeld(
  connection: Connection,
  run: LandingRun,
  key: readonly string[],
  lost: string,
): Promise<number> {
  if ((await connection.row(`select 1 as one from ${lost} where is_flagged limit 1`)) === undefined) return 0;
  return connection.run(
    `insert into raw.record
    select
        (select coalesce(max(seq), 0) from raw.record) + row_number() over (order by lost.seq),
        held.source,
        held.stream,
        held.id,
        $3,
        $4,
        held.op,
        held.reason,
        held.source_updated_at,
        held.hash,
        held.payload
    from raw.pass_held as held
    inner join ${lost} as lost on lost.id = held.id
    where held.source = $1 and held.stream = $2 and lost.is_flagged`,
    [...key, run.startedAt, run.runId],
  );
}

/**
 * Appends a `delete` for every lost record that was not flagged; its last payload goes with it. Returns how many there
 * were.
 */
export async function appendGone(connection: Connection, run: LandingRun, lost: string): Promise<number> {
  if ((await connection.row(`select 1 as one from ${lost} where not is_flagged limit 1`)) === undefined) return 0;
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
    where seq in (select seq from ${lost} where not is_flagged)
    order by seq`,
    [run.startedAt, run.runId],
  );
}

/** Keeps what the vendor says there is beside what the log has once the pass is over; nothing where it says nothing. */
async function writeCount(
  connection: Connection,
  run: LandingRun,
  key: readonly string[],
  pass: { readonly lost: string; readonly known: string; readonly counts: readonly number[] },
): Promise<void> {
  const last = pass.counts.at(-1);
  if (last === undefined) return;
  await connection.run(
    `insert into raw.stream_count
    select $1, $2, $3, $4, held, case when held between $5::bigint and $6::bigint then held else $7::bigint end
    from (
        select
            (select count(*) from ${pass.known} where op = 'upsert') - (select count(*) from ${pass.lost}) as held
    )`,
    [run.runId, ...key, run.startedAt, Math.min(...pass.counts), Math.max(...pass.counts), last],
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

// So many characters of payloads are opened at once: the engine keeps each open, in three times its length, until all are read.
const sliceCharacters = 4_000_000;
const fewestInSlice = 256;
const mostInSlice = 65_536;

const states = Object.freeze({
  living: "arg_max(op, seq) = 'upsert'",
  archived: "arg_max_null(reason, seq) = 'archived'",
  deleted: "arg_max(op, seq) = 'delete'",
});

/**
 * Texts at the given paths of records of a stream, as the log stands now, in batches. `id` is where a payload of the
 * stream has its id, which the log keeps beside it. A temporary table of the connection is made anew.
 */
export async function* readLanded(
  connection: Connection,
  source: string,
  query: LandedQuery,
  id: RecordPaths["id"],
): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  const { where, since } = query;
  await connection.run(
    `create or replace temp table wanted as
    select max(seq) as seq
    from raw.record
    where source = $1 and stream = $2
    group by id
    having ${states[query.which ?? "living"]}
        ${since === undefined ? "" : "and arg_max(seen_at, seq) >= $3::timestamptz"}
    order by seq`,
    [source, query.stream, ...(since === undefined ? [] : [since])],
  );
  const inside = [...query.paths, ...(where === undefined ? [] : [where.path])].filter((path) => path !== id);
  const placeOf = (path: string): string => `told[${inside.indexOf(path) + 1}]`;
  const cells = query.paths.map((path, index) => `${path === id ? "id" : placeOf(path)} as c${index}`);
  // One look into a payload for all that is asked of it, and none where the log itself tells.
  const told =
    inside.length === 0
      ? "null as told, 0 as characters"
      : `json_extract_string(payload, [${inside.map(quoteText).join(", ")}]) as told, strlen(payload) as characters`;
  const isKept = where === undefined ? "true" : `${where.path === id ? "id" : placeOf(where.path)} = $3`;
  let count = inside.length === 0 ? mostInSlice : fewestInSlice;
  for (let last = -1; ; ) {
    const slice = await connection.row<{ first: number; last: number | null }>(
      `select min(seq) as first, max(seq) as last
      from (select seq from wanted where seq > $1 order by seq limit ${count})`,
      [last],
    );
    if (slice === undefined || slice.last === null) return;
    last = slice.last;
    const rows = await connection.rows<Record<string, string | null> & { characters: number; is_kept: boolean | null }>(
      `with looked as (

          select seq, id, ${told}
          from raw.record
          where seq between $1 and $2
              and seq in (select seq from wanted where seq between $1 and $2)

      )

      select ${cells.join(", ")}, characters, ${isKept} as is_kept
      from looked
      order by seq`,
      [slice.first, slice.last, ...(where === undefined ? [] : [where.equals])],
    );
    const characters = rows.reduce((sum, row) => sum + row.characters, 0) / Math.max(1, rows.length);
    if (inside.length > 0) {
      count = Math.min(mostInSlice, Math.max(fewestInSlice, Math.floor(sliceCharacters / Math.max(1, characters))));
    }
    const kept = rows.filter((row) => row.is_kept === true);
    if (kept.length > 0) yield kept.map((row) => query.paths.map((_path, index) => row[`c${index}`] ?? null));
  }
}
