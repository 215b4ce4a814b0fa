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
export async function aloneIn<T>(folder: string, name: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(folder, lockFile);
  const engine = await openEngine();
  try {
    try {
      await engine.attach(file, "own").catch(async (error: unknown) => {
        if (error instanceof UserError || isDiskRefusal(error)) throw error;
        // Whoever made it was ended before it was whole, and nobody holds it.
        await removeLock(folder);
        await engine.attach(file, "own");
      });
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode !== exitCode.busy) throw error;
      throw new UserError({
        where: folder,
        found: `another ${name} is at work here`,
        fix: "wait for it to end, then run this again",
        exitCode: exitCode.busy,
        cause: error,
      });
    }
    return await work();
  } finally {
    engine.close();
  }
}

/** Removes the file of the lock; the folder then holds only what belongs into it. */
export async function removeLock(folder: string): Promise<void> {
  for (const file of [lockFile, `${lockFile}.wal`]) await rm(path.join(folder, file), { force: true });
}

/** Whether a name in such a folder is the lock's own. */
export const isLock = (name: string): boolean => name.startsWith(lockFile);
