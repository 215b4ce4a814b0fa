import { rm } from "node:fs/promises";
import path from "node:path";
import { exitCode, UserError } from "../../errors.ts";
import { isDiskRefusal } from "../../folders.ts";
import { openEngine } from "../../warehouse/database.ts";

const lockFile = ".lock";

/**
 * Runs work in a folder that only one process may work in at a time. The lock goes with the process, however it ends. Throws
 * UserError (exit 75) when another one is there; `name` says what would be running then.
 */
export function aloneIn<T>(folder: string, name: string, work: () => Promise<T>): Promise<T> {
  const busy = {
    where: folder,
    found: `another ${name} is at work here`,
    fix: "wait for it to end, then run this again",
  };
  return aloneWith(path.join(folder, lockFile), busy, work);
}

/**
 * Runs work while this process holds a lock file, which stays behind and holds nobody up. Throws UserError (exit 75) with `busy`
 * while another process holds it.
 */
export async function aloneWith<T>(file: string, busy: BusyWords, work: () => Promise<T>): Promise<T> {
  const engine = await openEngine();
  try {
    try {
      await engine.attach(file, "own").catch(async (error: unknown) => {
        if (error instanceof UserError || isDiskRefusal(error)) throw error;
        // Whoever made it was ended before it was whole, and nobody holds it.
        await removeFile(file);
        await engine.attach(file, "own");
      });
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode !== exitCode.busy) throw error;
      throw new UserError({ ...busy, exitCode: exitCode.busy, cause: error });
    }
    return await work();
  } finally {
    engine.close();
  }
}

/** What is said to whoever comes second. */
export type BusyWords = Pick<UserError, "where" | "found" | "fix">;

/** Removes the file of the lock; the folder then holds only what belongs into it. */
export function removeLock(folder: string): Promise<void> {
  return removeFile(path.join(folder, lockFile));
}

async function removeFile(file: string): Promise<void> {
  for (const each of [file, `${file}.wal`]) await rm(each, { force: true });
}

/** Whether a name in such a folder is the lock's own. */
export const isLock = (name: string): boolean => name.startsWith(lockFile);
