import { rm, stat, writeFile } from "node:fs/promises";
import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { readRecord } from "../status.ts";

const holderShape = z.object({ pid: z.number(), at: z.iso.datetime() });

// Telling takes seconds; whoever needs longer than this was cut off, and its number may be another process's by now.
const staleMs = 3_600_000;

/**
 * Does something while no other process does it, which a file says that holds the number of the process. Throws UserError
 * (exit 75) when another one is at it; a file that a killed one left behind is taken over.
 */
export async function alone<T>(file: string, now: Date, pid: number, work: () => Promise<T>): Promise<T> {
  await take(file, now, pid).catch(async (error: unknown) => {
    if (!isTaken(error)) throw error;
    if (await isHeld(file, now)) {
      throw new UserError({
        where: file,
        found: "another process is telling what is to be told",
        fix: "wait until it is done; nothing is lost by it",
        exitCode: exitCode.busy,
      });
    }
    await rm(file, { force: true });
    await take(file, now, pid);
  });
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

const take = (file: string, now: Date, pid: number): Promise<void> =>
  writeFile(file, JSON.stringify({ pid, at: now.toISOString() }), { flag: "wx" });

const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EEXIST";

async function isHeld(file: string, now: Date): Promise<boolean> {
  const holder = await readRecord(holderShape, file);
  // A file that was only just made may still be empty; one that stays so is as old as the disk says.
  const at =
    holder === null
      ? await stat(file).then(
          (found) => found.mtimeMs,
          () => 0,
        )
      : Date.parse(holder.at);
  if (Math.abs(now.getTime() - at) > staleMs) return false;
  return holder === null || isRunning(holder.pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be asked, but it is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
