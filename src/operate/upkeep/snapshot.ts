import { type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { exitCode, messageOf, UserError } from "../../errors.ts";
import { formatOfLog, logFormat } from "../../extract/log.ts";
import { isDiskRefusal } from "../../folders.ts";
import { type Connection, openEngine, quoteName } from "../../warehouse/database.ts";
import type { Manifest } from "./manifest.ts";

// The engine keeps the state that holds in two headers behind the file's own; every checkpoint changes one of them.
const headerBytes = 3 * 4096;
const pieceBytes = 1 << 20;
// A log that a checkpoint changes while it is copied is copied again; between two pages of a vendor there is time enough.
const attempts = 40;
const pauseMs = 250;

/** Waits for so many milliseconds. */
export type Wait = (milliseconds: number) => Promise<void>;

/**
 * Copies the log into `target` as it was at one moment, without keeping a refresh that writes it from its work: the write-ahead
 * log first, then the file, which between two checkpoints only grows by what nothing points to yet. A checkpoint in between is
 * seen by the headers, and the copy is made anew. What was committed then is all there: the copy is opened and read to its end.
 */
export async function copyLiveLog(log: string, target: string, wait: Wait): Promise<Manifest["log"]> {
  let reason = "";
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await wait(pauseMs);
    for (const file of [target, `${target}.wal`]) await rm(file, { force: true });
    try {
      if (await copyOnce(log, target)) return await readToTheEnd(target);
      reason = "it changed while it was copied";
    } catch (error) {
      if (isDiskRefusal(error) || isMissing(error)) throw error;
      // The end of the write-ahead log may have been on its way to the disk.
      reason = messageOf(error).split("\n")[0] ?? "";
    }
  }
  const isBusy = reason.includes("while it was copied");
  throw new UserError({
    where: log,
    found: `the log could not be copied whole in ${attempts} attempts (${reason})`,
    fix: isBusy
      ? "wait for the refresh to end, then run this again"
      : "run this again when no refresh is running; if it stays so the log is damaged: `attributary doctor` looks at it, `attributary restore` puts a backup in its place",
    exitCode: isBusy ? exitCode.busy : exitCode.usage,
  });
}

/** Whether the copy is of one moment. */
async function copyOnce(log: string, target: string): Promise<boolean> {
  const source = await open(log, "r");
  try {
    const before = await headerOf(source);
    const beside = await besideOf(log);
    if (beside.some((name) => !name.endsWith(".duckdb.wal"))) return false;
    const wal = beside[0];
    const copied = wal === undefined ? undefined : await copyWal(path.join(path.dirname(log), wal), `${target}.wal`);
    await copyBytes(source, target, (await source.stat()).size);
    const after = await headerOf(source);
    const now = await stat(log).catch(() => undefined);
    const isSame = before.equals(after) && now?.ino === (await source.stat()).ino;
    return isSame && (copied === undefined || (await copied()));
  } finally {
    await source.close();
  }
}

async function headerOf(file: FileHandle): Promise<Buffer> {
  const header = Buffer.alloc(headerBytes);
  const { bytesRead } = await file.read(header, 0, headerBytes, 0);
  return header.subarray(0, bytesRead);
}

/** What the engine has beside the log: its write-ahead log, and while a checkpoint is being made more than that. */
async function besideOf(log: string): Promise<readonly string[]> {
  const names = await readdir(path.dirname(log));
  return names.filter((name) => name.startsWith(`${path.basename(log)}.wal`));
}

/** Copies as much as there is of the write-ahead log; the answer tells later whether it has only grown since. */
async function copyWal(wal: string, target: string): Promise<() => Promise<boolean>> {
  const source = await open(wal, "r");
  try {
    const { size, ino } = await source.stat();
    await copyBytes(source, target, size);
    return async () => {
      const now = await stat(wal).catch(() => undefined);
      return now !== undefined && now.ino === ino && now.size >= size;
    };
  } finally {
    await source.close();
  }
}

async function copyBytes(source: FileHandle, target: string, bytes: number): Promise<void> {
  const copy = await open(target, "w");
  try {
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await source.read(piece, 0, Math.min(pieceBytes, bytes - at), at);
      if (bytesRead === 0) break;
      await copy.writeFile(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
}

/** Opens a copy, which takes in its write-ahead log, and reads every block of it, whose checksums the engine then compares. */
async function readToTheEnd(file: string): Promise<Manifest["log"]> {
  const engine = await openEngine();
  try {
    await engine.attach(file, "raw");
    const connection = await engine.connect();
    try {
      await connection.run("force checkpoint raw");
      return await readAll(connection);
    } finally {
      connection.close();
    }
  } finally {
    engine.close();
  }
}

async function readAll(connection: Connection): Promise<Manifest["log"]> {
  const format = (await formatOfLog(connection)) ?? logFormat;
  const tables = await connection.rows<{ name: string }>(
    "select table_name as name from duckdb_tables() where database_name = 'raw' order by 1",
  );
  for (const { name } of tables) {
    await connection.row(`select sum(hash(t)::hugeint)::varchar from raw.${quoteName(name)} as t`);
  }
  const held = tables.some(({ name }) => name === "record")
    ? await connection.row<{ versions: number; position: number }>(
        "select count(*) as versions, coalesce(max(seq), 0) as position from raw.record",
      )
    : undefined;
  return { format, position: held?.position ?? 0, versions: held?.versions ?? 0 };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EACCES");
}
