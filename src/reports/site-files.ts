import { link, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** The files of one site while it is drawn. */
export interface SiteFiles {
  /** Takes a file, or one that is still being made; waits while many others are still on their way to the disk. Throws what the disk has to say. */
  readonly put: (name: string, text: string | Promise<string>) => Promise<void>;
  /** Waits for all of them; returns how many are not what they were in the site before. */
  readonly done: () => Promise<number>;
}

// Drawing goes on while the disk works, but not so far ahead that texts pile up.
const onTheirWay = 8;

/**
 * Puts the files of a site into a folder. A file that the site before holds in the same words is linked from there instead of
 * being written again, so that what copies or backs up the site sees only what changed.
 */
export function putSiteFiles(directory: string, before: string | null): SiteFiles {
  const pending = new Set<Promise<void>>();
  let written = 0;
  const place = async (name: string, made: string | Promise<string>): Promise<void> => {
    const text = await made;
    const file = path.join(directory, name);
    if (before !== null && (await isSame(path.join(before, name), text))) {
      // Not every disk has links.
      if (await linked(path.join(before, name), file)) return;
    } else {
      written += 1;
    }
    await write(file, text);
  };
  return Object.freeze({
    put: async (name: string, text: string | Promise<string>) => {
      while (pending.size >= onTheirWay) await Promise.race(pending);
      const placed = place(name, text).finally(() => pending.delete(placed));
      // Whoever waits next hears of a failure; until then it is not an unhandled one.
      placed.catch(() => undefined);
      pending.add(placed);
    },
    done: async () => {
      await Promise.all(pending);
      return written;
    },
  });
}

async function isSame(file: string, text: string): Promise<boolean> {
  const there = await readFile(file, "utf8").catch(() => null);
  return there === text;
}

async function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    () => false,
  );
}

// A file that is there may be a link to one of an earlier site, which is left as it is.
async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    await rm(file);
    await writeFile(file, text, { flag: "wx" });
  }
}
