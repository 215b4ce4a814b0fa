import { createHash } from "node:crypto";
import type { Entity } from "../../config/entities.ts";
import { type Connection, quoteName, quoteText } from "../../warehouse/database.ts";
import { guardDrop } from "../drop.ts";
import { appendBatch, appendGone, countLiving, findLost, type Landed, makeKnown, writeCursor } from "../land.ts";
import type { LandingRun } from "../log.ts";
import type { StrayColumn } from "./columns.ts";
import { type FileReading, type FileRows, readCsv } from "./csv.ts";
import { type DropFile, fileError, hashFile, markOf } from "./folder.ts";
import { refuseForeignFile } from "./lines.ts";
import { readNdjson } from "./ndjson.ts";
import { brokenParquet, readParquet } from "./parquet.ts";

/** What a file is loaded with. */
export interface FileLoad {
  readonly connection: Connection;
  readonly run: LandingRun;
  readonly source: string;
  readonly file: DropFile;
  readonly entity: Entity;
  /** The configuration's `columns:` of this entity. */
  readonly renamed: Readonly<Record<string, string>>;
}

/** How a file was loaded; the rows of one that is unchanged are those of last time. */
export interface FileLanded extends Landed {
  readonly status: "done" | "unchanged";
}

// Raised whenever the same file would land differently, so that files read by an older version are read again.
const readerVersion = 1;

const known = "file_known";
const batch = "file_batch";
const lost = "file_lost";

/**
 * Brings one file into the log: rows that are new or changed are appended, rows that are no longer in it are gone. A
 * file with the content, the name and the columns of last time is left alone.
 */
export async function loadFile(load: FileLoad): Promise<FileLanded> {
  const { connection, run, source, file, entity } = load;
  const key = [source, entity.name];
  const mark = await markOf(source, file);
  const content = {
    file: file.name,
    sha256: await hashFile(source, file),
    columns: createHash("sha256")
      .update(JSON.stringify(Object.entries(load.renamed).sort()))
      .digest("hex"),
    reader: readerVersion,
  };
  const last = await connection.row<{ cursor: string }>(
    "select cursor from raw.cursor where source = $1 and stream = $2",
    key,
  );
  if (!run.isFull && last !== undefined) {
    const { rows = 0, ...before }: { rows?: number } = JSON.parse(last.cursor);
    if (JSON.stringify(before) === JSON.stringify(content)) return { status: "unchanged", rows, changed: 0 };
  }

  if (file.format !== "parquet") await refuseForeignFile(source, file);
  const rows = await readerOf(file)(load);
  try {
    await makeKnown(connection, key, known);
    await makeBatch(load, rows);
    await refuseDrop(connection, run, key, `select id from ${batch}`);
    return await connection.transaction(async () => {
      const landed = await appendBatch(connection, run, key, batch, known);
      const gone = await appendGone(connection, run, lost);
      await replacePositions(connection, key, file, rows.match.strays);
      await writeCursor(connection, run, key, { ...content, rows: landed.rows });
      if ((await markOf(source, file)) !== mark) {
        throw fileError(
          source,
          file,
          "it changed while it was being read",
          "run the refresh again when it is complete",
        );
      }
      return { status: "done", rows: landed.rows, changed: landed.changed + gone };
    });
  } finally {
    await rows.close();
    for (const table of [known, batch, lost]) await connection.run(`drop table if exists ${table}`);
  }
}

/** Takes the records of an entity whose file is no longer in the folder out of the log's present. */
export async function removeFile(
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
      for (const table of ["position", "unknown_column", "cursor"]) {
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

function readerOf(file: DropFile): (reading: FileReading) => Promise<FileRows> {
  switch (file.format) {
    case "csv":
      return readCsv;
    case "ndjson":
      return readNdjson;
    case "parquet":
      return readParquet;
  }
}

/**
 * Makes the rows into records. The last row of a key has the key itself as its id, the n-th before it `~n`; a row that
 * does not fit its file has an id of its own, so that it takes the place of no other.
 */
async function makeBatch(load: FileLoad, rows: FileRows): Promise<void> {
  const { connection, entity } = load;
  const names = rows.match.columns.map((column) => column.name);
  const parts = entity.key.map((name) => (names.includes(name) ? `coalesce(trim(${quoteName(name)}), '')` : "''"));
  const cells = names.map((name) => `${quoteName(name)} := ${quoteName(name)}`);
  const bad = ["__bad := bad", "__text := left(file_text, 1000)"];
  const payloadOf = (fields: readonly string[]): string => `to_json(struct_pack(${fields.join(", ")}))::varchar`;
  try {
    await connection.run(
      `create or replace temp table ${batch} as
      with

      file_rows as (${rows.select}),

      described as (

          select
              line,
              case when bad is null then ${parts.join(" || '|' || ")} else '~bad~' || md5(file_text) end as key,
              case
                  when bad is null then ${cells.length === 0 ? "'{}'" : payloadOf(cells)}
                  else ${payloadOf([...cells, ...bad])}
              end as payload
          from file_rows

      ),

      ranked as (

          select *, row_number() over (partition by key order by line desc) - 1 as later
          from described

      )

      select
          line as place,
          0 as position,
          case when later = 0 then key else key || '~' || later end as id,
          'upsert' as op,
          null::varchar as reason,
          null::timestamptz as source_updated_at,
          md5(payload) as hash,
          payload
      from ranked`,
    );
  } catch (error) {
    throw load.file.format === "parquet" ? brokenParquet(load.source, load.file, error) : error;
  }
}

async function replacePositions(
  connection: Connection,
  key: readonly string[],
  file: DropFile,
  strays: readonly StrayColumn[],
): Promise<void> {
  await connection.run("delete from raw.position where source = $1 and stream = $2", [...key]);
  await connection.run(`insert into raw.position select $1, $2, id, ${quoteText(file.name)}, place from ${batch}`, [
    ...key,
  ]);
  await connection.run("delete from raw.unknown_column where source = $1 and stream = $2", [...key]);
  for (const stray of strays) {
    await connection.run("insert into raw.unknown_column values ($1, $2, $3, $4, $5, $6)", [
      ...key,
      file.name,
      stray.name,
      stray.nearest,
      stray.isAbsent,
    ]);
  }
}
