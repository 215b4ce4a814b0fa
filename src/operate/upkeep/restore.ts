import { lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { refuseNewer } from "../../extract/log.ts";
import { makeFolder, needOwner, needRoom, needWritable, settle, tellDisk } from "../../folders.ts";
import { openEngine } from "../../warehouse/database.ts";
import { type Home, homeAt, movingMark, nameAt } from "../home.ts";
import { copyPrivately } from "./backup.ts";
import { aloneIn, isLock } from "./lock.ts";
import { type BackupFile, type BackupFolder, type Manifest, measure, proveFiles, readManifest } from "./manifest.ts";

export interface RestoreOptions {
  /** The backup's own folder. */
  readonly backup: string;
  /** Folder that the configuration is put in. */
  readonly to: string;
  /** Another `home` than the configuration of the backup has, as it is to stand there. */
  readonly home?: string;
  /** Whether what is there already is set aside. */
  readonly force: boolean;
  readonly isDry: boolean;
  readonly now: Date;
}

/** What a restore put where, or with `isDry` would put. */
export interface RestoreReport {
  readonly config: string;
  readonly home: string;
  readonly made_at: string;
  readonly log: Manifest["log"];
  /** Files whose checksums are those of the backup, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Of a dry run: what is there already, and would stop it without `force`. */
  readonly in_the_way: readonly string[];
  /** Where what was there before is now; empty when nothing was. */
  readonly set_aside: readonly string[];
  /** Environment variables that the configuration needs; no backup has their values. */
  readonly variables: readonly string[];
  /** The folders of drops, and the one that `extend` names (`source` is null), each where the configuration names it now. */
  readonly folders: readonly RestoredFolder[];
  readonly is_dry: boolean;
}

/** A folder that the configuration names, and what a restore did about it. */
export interface RestoredFolder {
  readonly source: string | null;
  readonly place: string;
  /** False when the backup has nothing of it, so that it has to be put there by hand. */
  readonly is_restored: boolean;
  /** How the configuration of the backup named it, when it names another place now; null when it is the same. */
  readonly was: string | null;
}

// Everything of a home that tells of one log; exports and backups tell of themselves.
const ofLog = [
  "raw.duckdb.wal",
  "raw.duckdb.next",
  "raw.duckdb",
  "builds",
  "current",
  "site",
  "frozen",
  "status.json",
  "alerts.json",
  "metrics.prom",
] as const;

const markShape = z.object({ backup_made_at: z.string(), files: z.string(), aside: z.string() });

interface Plan {
  readonly manifest: Manifest;
  readonly backup: string;
  readonly home: Home;
  /** Files outside of the home: where each goes. */
  readonly beside: readonly Beside[];
  readonly folders: readonly RestoredFolder[];
  /** Files of the home. */
  readonly inside: readonly BackupFile[];
  readonly names: readonly string[];
}

interface Beside {
  readonly file: BackupFile;
  readonly place: string;
  /** What it will hold; null when that is the file of the backup as it stands. */
  readonly content: Buffer | null;
  /** The folder that it belongs to, which what is set aside of it is put beside. */
  readonly root: string | null;
}

/**
 * Puts a backup into a folder: its files are held against the manifest, brought aside and read back, and only then moved into
 * place, the log last. What is there already stops it (exit 2) unless `force` is set, which moves it aside; nothing is ever
 * removed. Cut off at any moment, the same call goes on where it was.
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const plan = await makePlan(options);
  const { manifest, home } = plan;
  const mark = await readMark(home);
  if (mark !== null && !isOf(mark, manifest) && !options.force) {
    throw new UserError({
      where: home.folder,
      found: `a restore of another backup, made at ${mark.backup_made_at}, was cut off here before its end`,
      fix: "restore that one again first, or give --force to set aside what is here",
    });
  }
  const isOurs = mark !== null && isOf(mark, manifest);
  const isThere = mark === null && (await isInPlace(plan));
  const inTheWay = options.force || isOurs || isThere ? [] : await occupied(plan);
  // A dry run is for whoever wants to know of a backup whether it is whole, wherever they ask.
  if (!options.isDry) refuseOccupied(inTheWay, home);
  const report = {
    config: path.join(options.to, manifest.config),
    home: home.folder,
    made_at: manifest.made_at,
    log: manifest.log,
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    variables: manifest.variables,
    folders: plan.folders,
  };
  if (options.isDry) return { ...report, in_the_way: inTheWay, set_aside: [], is_dry: true };

  if (isThere) {
    // Its last call was cut off after its work was done, or somebody asks twice.
    await rm(home.restoring, { recursive: true, force: true });
    return { ...report, in_the_way: [], set_aside: [], is_dry: false };
  }
  const roots = plan.folders.filter((folder) => folder.is_restored).map(({ place }) => place);
  for (const place of [home.folder, report.config]) if (await exists(place)) await needOwner(place);
  for (const folder of [options.to, home.folder, ...roots]) if (await exists(folder)) await needWritable(folder);
  await makeFolder(options.to, "choose another one with --to");
  await makeFolder(home.restoring, "choose another one with --home");
  if (!isOurs) await needRoom(home.folder, report.bytes * 1.02 + 1e6, "a restore");
  const engine = await openEngine();
  try {
    await holdLog(engine, home);
    const aside = await tellDisk(home.folder, "run the same restore again once there is room", () =>
      aloneIn(home.restoring, "restore", async () => {
        const known = isOurs && (await isWhole(plan)) ? mark : await bring(plan, options.now);
        return move(plan, known.aside);
      }),
    );
    await rm(home.restoring, { recursive: true, force: true });
    return { ...report, in_the_way: [], set_aside: aside, is_dry: false };
  } finally {
    engine.close();
  }
}

async function makePlan(options: RestoreOptions): Promise<Plan> {
  const { backup, to } = options;
  const manifest = await readManifest(backup);
  refuseNewer(manifest.log.format, backup);
  await proveFiles(backup, manifest.files, "the backup is damaged; take another one");
  const homeText = options.home ?? manifest.home;
  if (homeText.includes("${")) {
    throw new UserError({
      where: "restore",
      found: `the configuration's home is ${homeText}, which names a variable`,
      fix: "say with --home where the log and the site go",
    });
  }
  const folders = manifest.folders.map((folder) => placeOf(folder, to));
  const beside: Beside[] = [];
  for (const file of manifest.files) {
    const [top = "", ...rest] = file.path.split("/");
    if (top === "home") continue;
    const name = rest.join("/");
    if (top === "config") {
      const isMain = name === manifest.config;
      const text = isMain ? await readFile(path.join(backup, ...file.path.split("/")), "utf8") : "";
      const content = isMain ? withPlaces(text, options.home, folders) : null;
      beside.push({ file, place: path.join(to, ...rest), content, root: null });
      continue;
    }
    const folder = manifest.folders.findIndex(({ kept }) => kept !== null && file.path.startsWith(`${kept}/`));
    const place = folders[folder]?.place;
    if (place === undefined) throw new Error(`a backup has ${file.path}, which this version does not know`);
    const below = file.path.slice((manifest.folders[folder]?.kept ?? "").length + 1);
    beside.push({ file, place: path.join(place, ...below.split("/")), content: null, root: place });
  }
  const inside = manifest.files.filter((each) => each.path.startsWith("home/"));
  const names = [...new Set(inside.map((file) => file.path.split("/")[1] ?? ""))];
  const stray = names.find((name) => !ofLog.some((known) => known === name));
  if (stray !== undefined) throw new Error(`a backup has home/${stray}, which this version does not know`);
  return { manifest, backup, home: homeAt(path.resolve(to, homeText)), beside, folders, inside, names };
}

/** Where a folder of the configuration goes: below `to` where it was below the configuration, else to a place of its own below `to`. */
function placeOf({ source, path: named, kept }: BackupFolder, to: string): RestoredFolder {
  const is_restored = kept !== null;
  const relative = path.relative(to, path.resolve(to, named));
  const isInside = !path.isAbsolute(named) && relative.split(path.sep)[0] !== "..";
  // Nothing outside of the folder that a person named is ever written; what is left out is looked for where it was.
  if (isInside || !is_restored) return { source, place: path.resolve(to, named), is_restored, was: null };
  return { source, place: path.join(to, movedTo(source)), is_restored, was: named };
}

const movedTo = (source: string | null): string => (source === null ? "extend" : `drops/${source}`);

/** The configuration with what has another place now. */
function withPlaces(text: string, home: string | undefined, folders: readonly RestoredFolder[]): Buffer {
  const moved = folders.filter(({ was }) => was !== null);
  if (home === undefined && moved.length === 0) return Buffer.from(text);
  const document = parseDocument(text);
  if (home !== undefined) document.set("home", home);
  const names = z.array(z.object({ name: z.string() })).parse(document.toJS().sources ?? []);
  for (const { source } of moved) {
    if (source === null) document.set("extend", `./${movedTo(null)}`);
    else document.setIn(["sources", names.findIndex(({ name }) => name === source), "path"], `./${movedTo(source)}`);
  }
  return Buffer.from(document.toString({ lineWidth: 0 }));
}

interface Mark {
  readonly backup_made_at: string;
  readonly files: string;
  readonly aside: string;
}

async function readMark(home: Home): Promise<Mark | null> {
  const text = await readFile(movingMark(home), "utf8").catch(() => null);
  return text === null ? null : markShape.parse(JSON.parse(text));
}

const listOf = (manifest: Manifest): string => manifest.files.map((file) => file.sha256).join(" ");
const isOf = (mark: Mark, manifest: Manifest): boolean =>
  mark.backup_made_at === manifest.made_at && mark.files === listOf(manifest);

/** Whether exactly this backup stands in its place already, and nothing of another log beside it. */
async function isInPlace({ home, inside, beside, names }: Plan): Promise<boolean> {
  for (const name of ofLog) {
    if (!names.includes(name) && (await exists(path.join(home.folder, name)))) return false;
  }
  for (const each of beside) if ((await standingAt(each)) !== "right") return false;
  return proveFiles(home.folder, inside, "", (file) => inHome(home, file)).then(
    () => true,
    () => false,
  );
}

/** What stands where a file outside of the home goes. */
async function standingAt({ file, place, content }: Beside): Promise<"right" | "other" | "nothing"> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return "nothing";
  if (!found.isFile() || found.size !== (content?.length ?? file.bytes)) return "other";
  const isRight =
    content === null ? (await measure(place)).sha256 === file.sha256 : (await readFile(place)).equals(content);
  return isRight ? "right" : "other";
}

const inHome = (home: Home, file: BackupFile): string => path.join(home.folder, ...file.path.split("/").slice(1));

async function occupied({ home, beside }: Plan): Promise<readonly string[]> {
  const there: string[] = [];
  for (const name of ofLog) if (await exists(path.join(home.folder, name))) there.push(path.join(home.folder, name));
  for (const each of beside) if ((await standingAt(each)) === "other") there.push(each.place);
  return there;
}

function refuseOccupied(there: readonly string[], home: Home): void {
  if (there.length === 0) return;
  const [first, ...others] = there;
  throw new UserError({
    where: first ?? home.folder,
    found: `this is there already${others.length === 0 ? "" : `, and so ${others.length === 1 ? "is" : "are"} ${others.join(", ")}`}`,
    fix: "restore into an empty folder with --to (and --home), or give --force, which sets aside what is there",
  });
}

/** Keeps a refresh from beginning; a log that is damaged cannot be held, and is what a restore may be for. */
async function holdLog(engine: Awaited<ReturnType<typeof openEngine>>, home: Home): Promise<void> {
  if (!(await exists(home.log))) return;
  try {
    await engine.attach(home.log, "raw");
  } catch (error) {
    if (error instanceof UserError && error.exitCode === exitCode.busy) throw error;
  }
}

const staged = (home: Home, file: BackupFile): string => path.join(home.restoring, ...file.path.split("/").slice(1));

/** Whether everything of the home is either brought or in its place, so that only moving is left. */
async function isWhole({ home, names }: Plan): Promise<boolean> {
  for (const name of names) {
    if (!(await exists(path.join(home.restoring, name))) && !(await exists(path.join(home.folder, name)))) return false;
  }
  return true;
}

/** Brings the files of the home aside, reads them back from the disk, and writes down that moving may begin. */
async function bring(plan: Plan, now: Date): Promise<Mark> {
  const { home, backup, inside, manifest } = plan;
  for (const name of await readdir(home.restoring)) {
    // The mark of a restore that was cut off stands until the new one takes its place: no refresh may begin in between.
    if (!isLock(name) && name !== path.basename(movingMark(home)))
      await rm(path.join(home.restoring, name), { recursive: true, force: true });
  }
  for (const file of inside) {
    const place = staged(home, file);
    await mkdir(path.dirname(place), { recursive: true });
    await copyPrivately(path.join(backup, ...file.path.split("/")), place);
    await settle(place);
  }
  const fix = "the disk does not give back what was written to it; use another one";
  await proveFiles(home.restoring, inside, fix, (file) => staged(home, file));
  const mark = { backup_made_at: manifest.made_at, files: listOf(manifest), aside: `replaced-${nameAt(now)}` };
  const place = movingMark(home);
  await writeFile(`${place}.next`, `${JSON.stringify(mark)}\n`);
  await settle(`${place}.next`);
  await rename(`${place}.next`, place);
  await settle(home.restoring);
  return mark;
}

/** Moves what was brought into place. Each step is a rename that is left out when it was done before. */
async function move(plan: Plan, asideName: string): Promise<readonly string[]> {
  const { home, names, beside, inside } = plan;
  const aside = path.join(home.folder, asideName);
  const setAside = async (name: string): Promise<void> => {
    const place = path.join(home.folder, name);
    if (!(await exists(place))) return;
    await mkdir(aside, { recursive: true });
    let free = path.join(aside, name);
    for (let turn = 2; await exists(free); turn += 1) free = path.join(aside, `${name}.${turn}`);
    await rename(place, free);
  };
  for (const name of ofLog) if (!names.includes(name)) await setAside(name);
  // The log comes last: until then nothing here can be taken for a home that is ready.
  for (const name of names.toSorted((a, b) => Number(a === "raw.duckdb") - Number(b === "raw.duckdb"))) {
    const from = path.join(home.restoring, name);
    if (!(await exists(from))) continue;
    await setAside(name);
    await rename(from, path.join(home.folder, name));
  }
  const moved = new Set<string>();
  for (const each of beside) {
    const { place, content, root, file } = each;
    // A drop's files that are set aside leave its folder, where a pattern of `files:` could find them.
    const old = root === null ? `${place}.${asideName}` : path.join(`${root}.${asideName}`, path.relative(root, place));
    const standing = await standingAt(each);
    if (standing !== "right") {
      await mkdir(path.dirname(place), { recursive: true });
      if (standing === "other") {
        await mkdir(path.dirname(old), { recursive: true });
        await rename(place, old);
      }
      if (content === null) await copyPrivately(path.join(plan.backup, ...file.path.split("/")), `${place}.next`);
      else await writeFile(`${place}.next`, content);
      await settle(`${place}.next`);
      await rename(`${place}.next`, place);
    }
    if (await exists(old)) moved.add(root === null ? old : `${root}.${asideName}`);
  }
  await settle(home.folder);
  await proveFiles(home.folder, inside, "run the same restore again with --force", (file) => inHome(home, file));
  return [...((await exists(aside)) ? [aside] : []), ...moved];
}

// A link whose target is gone is there all the same.
async function exists(place: string): Promise<boolean> {
  return lstat(place).then(
    () => true,
    () => false,
  );
}
