import { createHash } from "node:crypto";
import type { Entity } from "../../config/entities.ts";
import { type Connection, quoteName, quoteText } from "../../warehouse/database.ts";
import { guardDrop } from "../drop.ts";
import { appendBatch, appendGone, countLiving, findLost, type Landed, makeKnown, writeCursor } from "../land.ts";
import type { LandingRun } from "../log.ts";
import type { ColumnMatch, ColumnRules } from "./columns.ts";
import { type FileReading, type FileRows, readCsv } from "./csv.ts";
import { inUtf8 } from "./encoding.ts";
import { type DropEntity, type DropFile, fileError, hashFile, markOf } from "./folder.ts";
import { refuseForeignFile } from "./lines.ts";
import { readNdjson } from "./ndjson.ts";
import { brokenParquet, readParquet } from "./parquet.ts";

/** What an entity's files are loaded with. */
export interface EntityLoad {
  readonly connection: Connection;
  readonly run: LandingRun;
  readonly source: string;
  readonly entity: Entity;
  readonly drop: DropEntity;
  readonly rules: ColumnRules;
  /** The configuration's `encoding:`. */
  readonly encoding: string | undefined;
}

/** How an entity was loaded; the rows of one whose files are unchanged are those of last time. */
export interface FileLanded extends Landed {
  readonly status: "done" | "unchanged";
}

// Raised whenever the same file would land differently, so that files read by an older version are read again.
const readerVersion = 3;

const known = "file_known";
const rowsTable = "file_row";
const batch = "file_batch";
const lost = "file_lost";

/**
 * Brings the files of one entity into the log: rows that are new or changed are appended, rows that are no longer there
 * are gone. Files with the content, the names and the columns of last time are left alone.
 */
export async function loadEntity(load: EntityLoad): Promise<FileLanded> {
  const { connection, run, source, entity, drop } = load;
  const key = [source, entity.name];
  const marks = await marksOf(load);
  const content = {
    files: await Promise.all(
      drop.files.map(async (file) => ({ name: file.name, sha256: await hashFile(source, file), gives: file.gives })),
    ),
    settings: createHash("sha256")
      .update(JSON.stringify([Object.entries(load.rules).sort(), drop.isNamed, load.encoding ?? null]))
      .digest("hex"),
    reader: readerVersion,
  };
  const last = await lastOf(connection, source, entity.name);
  if (!run.isFull && last !== undefined) {
    const { rows, ...before } = last;
    if (JSON.stringify(before) === JSON.stringify(content)) return { status: "unchanged", rows, changed: 0 };
  }

  try {
    await makeKnown(connection, key, known);
    const matches = await readRows(load);
    await makeBatch(load);
    await refuseDrop(connection, run, key, `select id from ${batch}`);
    return await connection.transaction(async () => {
      const landed = await appendBatch(connection, run, key, batch, known);
      const gone = await appendGone(connection, run, lost);
      await replacePositions(connection, key, drop);
      await replaceColumns(connection, key, load, matches);
      await writeCursor(connection, run, key, { ...content, rows: landed.rows });
      await refuseMoving(load, marks);
      return { status: "done", rows: landed.rows, changed: landed.changed + gone };
    });
  } finally {
    for (const table of [known, rowsTable, batch, lost]) await connection.run(`drop table if exists ${table}`);
  }
}

const marksOf = (load: EntityLoad): Promise<readonly string[]> =>
  Promise.all(load.drop.files.map((file) => markOf(load.source, file)));

async function refuseMoving(load: EntityLoad, marks: readonly string[]): Promise<void> {
  const now = await marksOf(load);
  for (const [index, file] of load.drop.files.entries()) {
    if (now[index] === marks[index]) continue;
    throw fileError(
      load.source,
      file,
      "it changed while it was being read",
      "run the refresh again when it is complete",
    );
  }
}

/** Leaves an entity without a file as it was read last. */
export async function keepEntity(connection: Connection, source: string, stream: string): Promise<FileLanded> {
  return { status: "unchanged", rows: (await lastOf(connection, source, stream))?.rows ?? 0, changed: 0 };
}

/** What was read last of an entity, and how many rows it had; undefined when it never was. */
async function lastOf(
  connection: Connection,
  source: string,
  stream: string,
): Promise<{ readonly rows: number } | undefined> {
  const last = await connection.row<{ cursor: string }>(
    "select cursor from raw.cursor where source = $1 and stream = $2",
    [source, stream],
  );
  return last === undefined ? undefined : { rows: 0, ...JSON.parse(last.cursor) };
}

/** Takes the records of an entity that no file of the folder gives any more out of the log's present. */
export async function removeEntity(
  connection: Connection,
  run: LandingRun,
  source: string,
  stream: string,
): Promise<FileLanded> {
  const key = [source, stream];
  await makeKnown(connection, key, known);
  try {
    await refuseDrop(connection, run, key, "select null::varchar as id where false");
    return await connection.transaction(async () => {
      const changed = await appendGone(connection, run, lost);
      for (const table of ["position", "unknown_column", "file_column", "cursor"]) {
        await connection.run(`delete from raw.${table} where source = $1 and stream = $2`, key);
      }
      return { status: "done", rows: 0, changed };
    });
  } finally {
    for (const table of [known, lost]) await connection.run(`drop table if exists ${table}`);
  }
}

/** Finds what a file no longer has; throws when that is too much to be believed. `seen` is a select of the ids it has. */
async function refuseDrop(
  connection: Connection,
  run: LandingRun,
  key: readonly string[],
  seen: string,
): Promise<void> {
  const [source = "", stream = ""] = key;
  await findLost(connection, known, lost, { seen });
  const had = await countLiving(connection, known);
  const refusal = await guardDrop(connection, run, { source, stream, had, lost });
  if (refusal !== undefined) throw refusal;
}

/** How the rows of a file are read, by its format. */
export function readerOf(file: DropFile): (reading: FileReading) => Promise<FileRows> {
  switch (file.format) {
    case "csv":
      return readCsv;
    case "ndjson":
      return readNdjson;
    case "parquet":
      return readParquet;
  }
}

/** Reads every file of the entity into one table, each row with the place of its file; returns how the columns of each matched. */
async function readRows(load: EntityLoad): Promise<readonly ColumnMatch[]> {
  const { connection, source, entity, drop } = load;
  await connection.run(
    `create or replace temp table ${rowsTable} (file_place integer, line bigint, key varchar, payload varchar)`,
  );
  const matches: ColumnMatch[] = [];
  for (const [place, original] of drop.files.entries()) {
    const match = await inUtf8(source, original, load.encoding, async (file) => {
      if (file.format !== "parquet") await refuseForeignFile(source, file);
      const rows = await readerOf(file)({ connection, source, file, entity, rules: load.rules });
      try {
        await connection.run(`insert into ${rowsTable} ${describedRows(entity, file, rows, place)}`);
      } catch (error) {
        throw file.format === "parquet" ? brokenParquet(source, file, error) : error;
      } finally {
        await rows.close();
      }
      return rows.match;
    });
    matches.push(match);
  }
  return matches;
}

/** The select of a file's rows with their keys and payloads. */
function describedRows(entity: Entity, file: DropFile, rows: FileRows, place: number): string {
  const { columns, values } = rows.match;
  const given = new Map(values.map(({ name, value }) => [name, quoteText(value)]));
  const found = new Set(columns.map((column) => column.name));
  const names = entity.columns.map((column) => column.name).filter((name) => found.has(name) || given.has(name));
  const cellOf = (name: string): string => {
    const value = given.get(name);
    if (value === undefined) return quoteName(name);
    return found.has(name) ? `coalesce(nullif(trim(${quoteName(name)}), ''), ${value})` : value;
  };
  const parts = entity.key.map((name) => (names.includes(name) ? `coalesce(trim(${quoteName(name)}), '')` : "''"));
  const cells = names.map((name) => `${quoteName(name)} := ${quoteName(name)}`);
  const bad = ["__bad := bad", "__text := left(file_text, 1000)"];
  const payloadOf = (fields: readonly string[]): string => `to_json(struct_pack(${fields.join(", ")}))::varchar`;
  return `
      with

      file_rows as (${rows.select}),

      filled as (

          select line, bad, file_text${names.map((name) => `, ${cellOf(name)} as ${quoteName(name)}`).join("")}
          from file_rows

      )

      select
          ${place},
          line,
          case when bad is null then ${parts.join(" || '|' || ")} else '~bad~' || md5(file_text) end,
          case
              when bad is null then ${cells.length === 0 ? "'{}'" : payloadOf(cells)}
              else ${payloadOf([...cells, ...bad])}
          end
      from filled
      ${sharedRows(entity, file, names)}`;
}

/**
 * In a file that gives several entities a row is one of this entity's only where its key stands: a registration without
 * a deal gives no deal. A line that is no row at all is told once, by the first of the entities.
 */
function sharedRows(entity: Entity, file: DropFile, names: readonly string[]): string {
  if (file.gives.length < 2) return "";
  const isRequired = (name: string): boolean =>
    entity.columns.some((column) => column.name === name && column.isRequired);
  const keyed = entity.key
    .filter((name) => isRequired(name) && names.includes(name))
    .map((name) => ` and trim(${quoteName(name)}) <> ''`);
  return `where case when bad is null then true${keyed.join("")} else ${file.gives[0] === entity.name} end`;
}

/**
 * Makes the rows into records. The last row of a key has the key itself as its id, the n-th before it `~n`, with more
 * tildes than stand together in any key, so that it is no other row's key; a row that does not fit its file has an id of
 * its own, so that it takes the place of no other. In files that the configuration
 * names, rows that are equal in all of the entity's columns are one: an export repeats a partner on each of its lines.
 */
async function makeBatch(load: EntityLoad): Promise<void> {
  const distinct = `select max_by(file_place, (file_place, line)) as file_place, max_by(line, (file_place, line)) as line, key, payload
          from ${rowsTable}
          group by key, payload`;
  await load.connection.run(
    `create or replace temp table ${batch} as
      with

      described as (

          ${load.drop.isNamed ? distinct : `select * from ${rowsTable}`}

      ),

      separator as (

          select repeat('~', coalesce(max(list_max(list_transform(regexp_extract_all(key, '~+'), lambda run: length(run)))), 0) + 1) as tildes
          from described
          where contains(key, '~') and not regexp_matches(key, '^~bad~[0-9a-f]{32}$')

      ),

      ranked as (

          select *, row_number() over (partition by key order by file_place desc, line desc) - 1 as later
          from described

      )

      select
          file_place as place,
          line as position,
          case when later = 0 then key else key || separator.tildes || later end as id,
          'upsert' as op,
          null::varchar as reason,
          null::timestamptz as source_updated_at,
          md5(payload) as hash,
          payload
      from ranked
      cross join separator`,
  );
}

async function replacePositions(connection: Connection, key: readonly string[], drop: DropEntity): Promise<void> {
  const names = drop.files.map((file) => quoteText(file.name)).join(", ");
  await connection.run("delete from raw.position where source = $1 and stream = $2", [...key]);
  await connection.run(`insert into raw.position select $1, $2, id, ([${names}])[place + 1], position from ${batch}`, [
    ...key,
  ]);
}

/** Writes down what each column of each file was taken for, what was not, and which columns of ours have nothing. */
async function replaceColumns(
  connection: Connection,
  key: readonly string[],
  load: EntityLoad,
  matches: readonly ColumnMatch[],
): Promise<void> {
  await connection.run("delete from raw.unknown_column where source = $1 and stream = $2", [...key]);
  await connection.run("delete from raw.file_column where source = $1 and stream = $2", [...key]);
  for (const [index, match] of matches.entries()) {
    const file = load.drop.files[index]?.name ?? "";
    for (const stray of match.strays) {
      await connection.run("insert into raw.unknown_column values ($1, $2, $3, $4, $5, $6)", [
        ...key,
        file,
        stray.name,
        stray.nearest,
        stray.isAbsent,
      ]);
    }
    for (const column of load.entity.columns) {
      const found = match.columns
        .find((item) => item.name === column.name)
        ?.found[0]?.replaceAll("\uFEFF", "")
        .trim();
      const value = match.values.find((item) => item.name === column.name)?.value;
      await connection.run("insert into raw.file_column values ($1, $2, $3, $4, $5, $6)", [
        ...key,
        file,
        column.name,
        found ?? null,
        value ?? null,
      ]);
    }
  }
}
