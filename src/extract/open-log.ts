import { link, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors.ts";
import { needOwner, needRoom, needWritable, settle, tellDisk } from "../folders.ts";
import { copyTables } from "../warehouse/copy.ts";
import type { Connection, Database } from "../warehouse/database.ts";
import { formatOfLog, logFormat, longTexts, prepareLog, refuseNewer } from "./log.ts";
import { nearestColumns } from "./upgrades/2-nearest-columns.ts";
import { streamDrops } from "./upgrades/3-stream-drops.ts";
import { fileColumns } from "./upgrades/4-file-columns.ts";
import { streamCounts } from "./upgrades/5-stream-counts.ts";
import { rules } from "./upgrades/6-rules.ts";
import { pruned } from "./upgrades/7-pruned.ts";
import type { Step } from "./upgrades/step.ts";

/** Every step from the first format of the log to the present one, in order. */
const steps: readonly Step[] = Object.freeze([nearestColumns, streamDrops, fileColumns, streamCounts, rules, pruned]);

const headerBytes = 3 * 4096;

/** The file that a log of an earlier format is kept in once it has been upgraded. */
export const earlierLog = (file: string, format: number): string =>
  path.join(path.dirname(file), `raw.format-${format}.duckdb`);

/**
 * Attaches the log as `raw` for writing, which is the lock of its home, and brings it to the present format: a new one is made, an
 * older one is upgraded aside and put in its place, and the old file is kept beside it. Throws UserError: busy (75) while another
 * process has it, usage (2) when it is newer than this version or the place does not take the upgrade; the log is then as it was.
 */
export async function openLog(engine: Database, file: string, tell: (line: string) => void): Promise<void> {
  await engine.attach(file, "raw", { isLog: true }).catch(async (error: unknown) => {
    // What is smaller than the headers of a file was cut off while it was made, and nothing was ever in it.
    const size = (await stat(file).catch(() => undefined))?.size ?? headerBytes;
    if (error instanceof UserError || size >= headerBytes) throw error;
    await removeLeftover(file);
    await engine.attach(file, "raw", { isLog: true });
  });
  const connection = await engine.connect();
  try {
    const format = await formatOfLog(connection);
    if (format === undefined) return await prepareLog(connection);
    refuseNewer(format, file);
    if (format === logFormat) return;
    await upgrade(engine, connection, file, format);
    tell(
      `upgraded the log from format ${format} to ${logFormat}; as it was it stays in ${earlierLog(file, format)}, which may be removed`,
    );
  } finally {
    connection.close();
  }
}

// The file is copied by the engine: one that this process opened and closed by other means would lose the lock on it.
async function upgrade(engine: Database, connection: Connection, file: string, format: number): Promise<void> {
  const folder = path.dirname(file);
  const next = `${file}.next`;
  await needWritable(folder);
  await needOwner(file);
  await removeLeftover(next);
  await needRoom(folder, (await stat(file)).size * 1.1 + 1e6, "an upgrade of the log");
  try {
    await tellDisk(folder, "the log was not upgraded and is as it was", async () => {
      const change = async (): Promise<void> => {
        for (const step of steps.filter(({ to }) => to > format)) await step.run(connection);
        await connection.run("update format set version = $1", [logFormat]);
      };
      await rewriteLog(engine, connection, next, { change });
      await keepEarlier(engine, connection, file, earlierLog(file, format));
    });
  } catch (error) {
    await removeLeftover(next);
    throw error;
  }
  await replaceLog(engine, file, next);
}

/** What becomes of a log that is written anew. */
export interface Rewriting {
  /** Changes the new log, whose tables go by their bare names. */
  readonly change: () => Promise<void>;
  /** Condition on the versions of records that are kept; all by default. */
  readonly keep?: string;
}

/** Writes the log that is attached as `raw` anew into the file `next`, without the room that dropped rows left, and puts all of it on the disk. */
export async function rewriteLog(
  engine: Database,
  connection: Connection,
  next: string,
  { change, keep }: Rewriting,
): Promise<void> {
  await connection.run("force checkpoint raw");
  await removeLeftover(next);
  await engine.attach(next, "next", { isAside: true, isLog: true });
  try {
    await copyTables(connection, "raw", "next", keep === undefined ? {} : { record: keep }, longTexts);
    await connection.run("use next");
    await change();
  } finally {
    await connection.run("use memory");
    await engine.detach("next");
  }
  await settle(next);
}

/** Puts a rewritten log in the place of the one that is attached as `raw`, and attaches it. */
export async function replaceLog(engine: Database, file: string, next: string): Promise<void> {
  // Whoever waits for the lock opens the file by its name, and so finds the new one.
  await rename(next, file);
  await settle(path.dirname(file));
  await engine.detach("raw");
  await engine.attach(file, "raw", { isLog: true });
}

/** Removes what a rewriting that was cut off left; call it only while holding the lock of the log. */
export async function removeLeftover(next: string): Promise<void> {
  for (const file of [next, `${next}.wal`]) await rm(file, { force: true });
}

async function keepEarlier(engine: Database, connection: Connection, file: string, kept: string): Promise<void> {
  await rm(kept, { force: true });
  try {
    await link(file, kept);
  } catch {
    // Some disks know no second name for a file; there it is a copy.
    await engine.attach(kept, "kept", { isAside: true });
    await copyTables(connection, "raw", "kept");
    await engine.detach("kept");
    await settle(kept);
  }
}
