import { mkdir, stat } from "node:fs/promises";
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
