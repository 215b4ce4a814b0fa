import { access, constants, mkdir, open, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { messageOf, UserError } from "./errors.ts";

/**
 * Makes a folder and those above it. Throws UserError (exit 2) with `fix` when something else stands there or the place takes
 * none. Node's own recursive way asks forever in a place such as /proc, which says of a folder it refuses that it is missing.
 */
export async function makeFolder(folder: string, fix: string): Promise<void> {
  const missing: string[] = [];
  for (let place = path.resolve(folder); !(await isFolder(place, folder, fix)); place = path.dirname(place)) {
    missing.unshift(place);
  }
  for (const next of missing) {
    try {
      await mkdir(next);
    } catch (error) {
      // Another process may have made it in between, which is as good.
      if (await isFolder(next, folder, fix)) continue;
      throw refused(folder, `this folder cannot be made (${messageOf(error)})`, fix, error);
    }
  }
}

/** Whether a folder is there. Throws UserError (exit 2) with `fix` when something else stands in its place. */
export function hasFolder(folder: string, fix: string): Promise<boolean> {
  return isFolder(path.resolve(folder), folder, fix);
}

async function isFolder(place: string, folder: string, fix: string): Promise<boolean> {
  const found = await stat(place).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
    throw refused(folder, `this folder cannot be reached (${messageOf(error)})`, fix, error);
  });
  if (found === null || found.isDirectory()) return found !== null;
  throw refused(folder, place === path.resolve(folder) ? "this is a file" : `${place} is a file`, fix, undefined);
}

function refused(folder: string, found: string, fix: string, cause: unknown): UserError {
  return new UserError({ where: folder, found, fix, cause });
}

/** Throws UserError (exit 2) unless this process may make and rename files in a folder that is there. */
export async function needWritable(folder: string): Promise<void> {
  await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw refused(
      folder,
      `this folder cannot be written (${messageOf(error)})`,
      "make it writable for the user who runs this",
      error,
    );
  });
}

/**
 * Throws UserError (exit 2) when a file or folder belongs to another user: what is put in its place would be this process's own,
 * and the user whose it is could not write it any more.
 */
export async function needOwner(place: string): Promise<void> {
  const own = process.getuid?.();
  const owner = (await stat(place)).uid;
  if (own === undefined || own === owner) return;
  throw refused(
    place,
    `it belongs to the user with the id ${owner}, and this runs as the one with the id ${own}`,
    `run this as the user with the id ${owner}, or give the whole of it to the other one first`,
    undefined,
  );
}

/** Throws UserError (exit 2) when the disk of a folder that is there has less room than `bytes`; `what` is going to be written. */
export async function needRoom(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  if (left >= bytes) return;
  const fix = "free space there, or choose a place on another disk";
  throw refused(
    folder,
    `${what} takes ${bytesInWords(bytes)}, and ${bytesInWords(left)} are free there`,
    fix,
    undefined,
  );
}

/** A number of bytes as people say it. */
export function bytesInWords(bytes: number): string {
  const [size, unit] = bytes >= 1e9 ? [bytes / 1e9, "GB"] : bytes >= 1e6 ? [bytes / 1e6, "MB"] : [bytes / 1e3, "kB"];
  return `${size.toFixed(1)} ${unit}`;
}

/** Waits until a file or a folder's list of names is on the disk and not only on its way there. */
export async function settle(place: string): Promise<void> {
  const handle = await open(place, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether the system says that a disk takes no more, or nothing at all. */
export function isDiskRefusal(error: unknown): boolean {
  return /ENOSPC|EDQUOT|EFBIG|EROFS|No space left|Disk quota|File too large|Read-only file system|not enough disk space/i.test(
    messageOf(error),
  );
}

/** Runs what writes below a folder; a disk that takes no more is told as what it is (UserError, exit 2). */
export async function tellDisk<T>(folder: string, effect: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || !isDiskRefusal(error)) throw error;
    const reason = messageOf(error).split("\n")[0] ?? "";
    throw refused(
      folder,
      `the disk takes no more (${reason}); ${effect}`,
      "free space there or mend the disk, then run this again",
      error,
    );
  }
}
