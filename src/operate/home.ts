import { randomBytes } from "node:crypto";
import { access, constants, lstat, readdir, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Effects } from "../effects.ts";
import { messageOf, UserError } from "../errors.ts";
import { makeFolder } from "../folders.ts";

/** Where everything of one `home` stands. */
export interface Home {
  readonly folder: string;
  /** The append-only log; its lock is the lock of a refresh. */
  readonly log: string;
  readonly builds: string;
  /** Link to the published build; renaming it publishes warehouse and site in one step. */
  readonly current: string;
  /** Link that people open: `<home>/site/index.html`. */
  readonly site: string;
  readonly exports: string;
  /** Periods as they were presented, `<period>/<moment>`; nothing ever removes them. */
  readonly frozen: string;
  /** Where `backup` writes when it is told no other place. */
  readonly backups: string;
  /** What a restore brings here before it moves it into place. */
  readonly restoring: string;
  /** Where the engine may spill; emptied by each refresh. */
  readonly temporary: string;
}

/** One build: a warehouse and the site drawn from it. */
export interface Build {
  readonly run: string;
  readonly folder: string;
  readonly warehouse: string;
  readonly site: string;
}

// A build without this file was never published and is what a cut-off run left behind.
const publishedMark = "published";

/** Names the places of a home without touching the disk. */
export function homeAt(folder: string): Home {
  return Object.freeze({
    folder,
    log: path.join(folder, "raw.duckdb"),
    builds: path.join(folder, "builds"),
    current: path.join(folder, "current"),
    site: path.join(folder, "site"),
    exports: path.join(folder, "exports"),
    frozen: path.join(folder, "frozen"),
    backups: path.join(folder, "backups"),
    restoring: path.join(folder, "restoring"),
    temporary: path.join(folder, "tmp"),
  });
}

/** The file that stands while a restore moves things into place. */
export const movingMark = (home: Home): string => path.join(home.restoring, "moving.json");

/** Throws UserError (exit 2) when a restore into a home was cut off: what is there is of two kinds. */
export async function refuseHalfRestored(home: Home): Promise<void> {
  if (!(await exists(movingMark(home)))) return;
  throw new UserError({
    where: home.folder,
    found: "a restore into this folder was cut off before its end",
    fix: "run the same `attributary restore` again; it goes on where it was",
  });
}

/** Rights that nobody but the user who runs this is given: folders come out as 700, files as 600. */
export const privately = 0o077;

/** Gives what is made from here on the rights that the folder of a home gives; one that is still to be made is its user's alone. */
export async function useRightsOf(home: Home, effects: Effects): Promise<void> {
  const found = await stat(home.folder).catch(() => undefined);
  effects.umask?.(found === undefined ? privately : ~found.mode & privately);
}

/** A name that sorts by time; two of one second still differ. */
export function nameAt(moment: Date): string {
  const stamp = moment.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${stamp}-${randomBytes(2).toString("hex")}`;
}

/** Makes the folders of a home. Throws UserError when the place cannot be written, or holds half of what was restored into it. */
export async function prepareHome(home: Home): Promise<void> {
  await refuseHalfRestored(home);
  const fix = "give it to the user who runs this, or name another one under `home` in the configuration";
  for (const folder of [home.folder, home.builds, home.temporary]) await makeFolder(folder, fix);
  await access(home.folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    const found = `this folder cannot be written (${messageOf(error)})`;
    throw new UserError({ where: home.folder, found, fix, cause: error });
  });
}

/** The places of one build. */
export function buildAt(home: Home, run: string): Build {
  const folder = path.join(home.builds, run);
  return Object.freeze({
    run,
    folder,
    warehouse: path.join(folder, "warehouse.duckdb"),
    site: path.join(folder, "site"),
  });
}

/** The published build, or undefined before the first refresh. */
export async function publishedBuild(home: Home): Promise<Build | undefined> {
  try {
    return buildAt(home, path.basename(await readlink(home.current)));
  } catch {
    return undefined;
  }
}

/** The published build. Throws UserError (exit 2) when there is none yet. */
export async function needPublished(home: Home): Promise<Build> {
  const build = await publishedBuild(home);
  if (build !== undefined) return build;
  throw new UserError({
    where: home.folder,
    found: "nothing has been published here yet",
    fix: "run `attributary refresh` first",
  });
}

/**
 * Publishes a whole build by renaming one link: readers see the old one or the new one, never half of each. Returns the names of the
 * builds that were dropped for it.
 */
export async function publish(home: Home, build: Build, buildsKept: number): Promise<readonly string[]> {
  if (await exists(`${build.warehouse}.wal`)) {
    throw new Error(`${build.warehouse} still has a write-ahead log beside it`);
  }
  await replaceLink(path.join("builds", build.run), home.current);
  if (!(await exists(home.site))) await replaceLink(path.join("current", "site"), home.site);
  await writeFile(path.join(build.folder, publishedMark), "");
  return dropOldBuilds(home, buildsKept);
}

/** Every whole build that is still kept, in the order they were published. */
export async function publishedBuilds(home: Home): Promise<readonly Build[]> {
  const found: { readonly build: Build; readonly at: number }[] = [];
  for (const run of await readdir(home.builds).catch(() => [])) {
    const build = buildAt(home, run);
    const mark = await stat(path.join(build.folder, publishedMark)).catch(() => undefined);
    if (mark !== undefined) found.push({ build, at: mark.mtimeMs });
  }
  return found.sort((a, b) => a.at - b.at).map((each) => each.build);
}

/** Removes what earlier runs left half-built or long behind, and returns its names; call it only while holding the lock of the log. */
export async function dropOldBuilds(home: Home, buildsKept: number): Promise<readonly string[]> {
  const old = await oldBuilds(home, buildsKept);
  for (const run of old) await rm(path.join(home.builds, run), { recursive: true, force: true });
  return old;
}

/** Names of the builds that are not published, nor among the latest so many that were. */
export async function oldBuilds(home: Home, buildsKept: number): Promise<readonly string[]> {
  const current = (await publishedBuild(home))?.run;
  const runs = (await readdir(home.builds).catch(() => [])).sort().reverse();
  const whole: string[] = [];
  for (const run of runs) {
    if (run === current || (await exists(path.join(home.builds, run, publishedMark)))) whole.push(run);
  }
  const kept = new Set([current, ...whole.slice(0, buildsKept)]);
  return runs.filter((run) => !kept.has(run));
}

async function replaceLink(target: string, link: string): Promise<void> {
  const next = `${link}.next`;
  await rm(next, { force: true });
  await symlink(target, next);
  await rename(next, link);
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
