import { chmod, copyFile, glob, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { LoadedConfig } from "../../config/load.ts";
import { UserError } from "../../errors.ts";
import { readFolder, type WantedFiles } from "../../extract/files/folder.ts";
import { makeFolder, needOwner, needRoom, needWritable, settle, tellDisk } from "../../folders.ts";
import { type Home, homeAt, nameAt, refuseHalfRestored } from "../home.ts";
import { schemaFile } from "../init/text.ts";
import { aloneIn, isLock, removeLock } from "./lock.ts";
import {
  type BackupFile,
  type BackupFolder,
  backupFormat,
  type Manifest,
  manifestFile,
  manifestText,
  measure,
  proveFiles,
} from "./manifest.ts";
import { withoutSecrets } from "./plain-config.ts";
import { copyLiveLog, type Wait } from "./snapshot.ts";

export interface BackupOptions {
  readonly loaded: LoadedConfig;
  readonly now: Date;
  /** Folder that the backup's own folder is made in; `<home>/backups` by default. */
  readonly out?: string;
  /** How many backups stay in that folder, this one among them; all by default. */
  readonly keep?: number;
  /** Whether the files of drops are left out. */
  readonly withoutDrops?: boolean;
  readonly isDry: boolean;
  readonly wait: Wait;
}

/** What a backup has, or with `isDry` would have. */
export interface BackupReport {
  /** Its folder; null when nothing was written. */
  readonly folder: string | null;
  readonly files: number;
  readonly bytes: number;
  /** How many of them are files of drops, and the bytes of those. */
  readonly drops: { readonly files: number; readonly bytes: number };
  /** Drops that are not in it, with the reason. */
  readonly left_out: readonly { readonly source: string; readonly path: string; readonly why: string }[];
  /** Versions of records in the log, and the last one's place in it; null when nothing was written. */
  readonly log: Manifest["log"] | null;
  /** Environment variables whose values are not in the backup. */
  readonly variables: readonly string[];
  /** Variables that stand for secrets which were written out in the configuration. */
  readonly taken: readonly string[];
  /** Folders of earlier backups that were removed, or would be. */
  readonly removed: readonly string[];
}

// A name of `nameAt`; nothing else in a folder of backups is touched.
const ownName = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/;
const unfinished = ".next";

interface Part {
  /** Path in the backup, with `/` between. */
  readonly path: string;
  readonly from: string;
}

/**
 * Writes a backup: the log as it is at one moment, the configuration without secrets, the commentary, what was frozen, and the
 * record of runs and alerts. A refresh may be running meanwhile. The folder gets its name when it is whole and holds what its
 * manifest says. Throws UserError (exit 2) before anything is written when the place does not take it.
 */
export async function backup(options: BackupOptions): Promise<BackupReport> {
  const { loaded, now } = options;
  const home = homeAt(loaded.home);
  await refuseHalfRestored(home);
  const logBytes = await sizeOfLog(home);
  const config = withoutSecrets(await readFile(loaded.file, "utf8"));
  const outside = await outsideOf(options);
  const parts = [...(await partsOf(home, loaded.folder)), ...outside.parts].sort((a, b) => (a.path < b.path ? -1 : 1));
  let bytes = logBytes + Buffer.byteLength(config.text);
  const drops = { files: 0, bytes: 0 };
  for (const part of parts) {
    const { size } = await stat(part.from);
    bytes += size;
    if (!part.path.startsWith(`${dropsFolder}/`)) continue;
    drops.files += 1;
    drops.bytes += size;
  }
  const folder = options.out ?? home.backups;
  const told = { variables: config.variables, taken: config.taken, drops, left_out: outside.leftOut };
  if (options.isDry) {
    const removed = await beyond(folder, options.keep, 1);
    return { folder: null, files: parts.length + 2, bytes, log: null, ...told, removed };
  }

  await makeFolder(folder, "choose another one with --out");
  await needWritable(folder);
  if (isBelow(home.folder, folder)) await needOwner(home.folder);
  await needRoom(folder, bytes * 1.05 + 1e6, "a backup");
  await removeUnfinished(folder);
  const target = path.join(folder, nameAt(now));
  const next = `${target}${unfinished}`;
  const made = await tellDisk(folder, "no backup was made", async () => {
    try {
      await mkdir(next, { mode: 0o700 });
      const manifest = await aloneIn(next, "backup", () => write(options, next, config, parts, home, outside.folders));
      await removeLock(next);
      await settle(next);
      await rename(next, target);
      await settle(folder);
      return manifest;
    } catch (error) {
      await rm(next, { recursive: true, force: true });
      throw error;
    }
  });
  const removed = await beyond(folder, options.keep, 0);
  for (const each of removed) {
    // Under the name of an unfinished one it is no backup any more, and the next call removes what is left of it.
    await rename(each, `${each}${unfinished}`);
    await rm(`${each}${unfinished}`, { recursive: true, force: true });
  }
  return {
    folder: target,
    files: made.files.length,
    bytes: made.files.reduce((sum, file) => sum + file.bytes, 0),
    log: made.log,
    ...told,
    removed,
  };
}

async function sizeOfLog(home: Home): Promise<number> {
  const found = await stat(home.log).catch(() => undefined);
  if (found === undefined) {
    throw new UserError({
      where: home.folder,
      found: "there is no log here yet, so there is nothing to keep",
      fix: "run `attributary refresh` first",
    });
  }
  return found.size + ((await stat(`${home.log}.wal`).catch(() => undefined))?.size ?? 0);
}

/** What is copied as it stands; every one of these is put in its place whole by whoever writes it. */
async function partsOf(home: Home, folder: string): Promise<readonly Part[]> {
  const parts: Part[] = [];
  const add = (below: string, root: string, name: string): void => {
    parts.push({ path: [below, ...name.split(path.sep)].join("/"), from: path.join(root, name) });
  };
  // The first line of what `init` wrote names the schema, by which editors check every key.
  for await (const name of glob(["scorecards/*.md", schemaFile], { cwd: folder })) add("config", folder, name);
  const frozen = await readdir(home.frozen, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of frozen) {
    const name = path.relative(home.folder, path.join(entry.parentPath, entry.name));
    if (entry.isFile() && !name.includes(`${unfinished}${path.sep}`)) add("home", home.folder, name);
  }
  for (const name of ["status.json", "alerts.json"]) {
    if ((await stat(path.join(home.folder, name)).catch(() => undefined)) !== undefined) add("home", home.folder, name);
  }
  return parts;
}

const dropsFolder = "drops";
const extendFolder = "extend";

interface Outside {
  readonly folders: readonly BackupFolder[];
  readonly parts: readonly Part[];
  readonly leftOut: BackupReport["left_out"];
}

/** The folders that the configuration names: of a drop the files that a refresh reads, of one's own all that may be code. */
async function outsideOf({ loaded, withoutDrops }: BackupOptions): Promise<Outside> {
  const folders: BackupFolder[] = [];
  const parts: Part[] = [];
  const leftOut: { source: string; path: string; why: string }[] = [];
  const dropped = { folders: [] as string[], files: new Set<string>() };
  for (const source of loaded.config.sources) {
    if (source.kind !== "files") continue;
    const kept = `${dropsFolder}/${source.name}`;
    const from = path.resolve(loaded.folder, source.path);
    const read = await filesOfDrop(source.name, from, source);
    const files = withoutDrops === true ? "--no-drops" : read;
    dropped.folders.push(from);
    if (typeof read !== "string") for (const file of read) dropped.files.add(file.path);
    if (typeof files === "string") leftOut.push({ source: source.name, path: source.path, why: files });
    else parts.push(...files.map((file) => ({ path: `${kept}/${file.name}`, from: file.path })));
    folders.push({ source: source.name, path: source.path, kept: typeof files === "string" ? null : kept });
  }
  const { extend } = loaded.config;
  if (extend !== undefined) {
    const from = path.resolve(loaded.folder, extend);
    for (const name of await codeBelow(from, loaded, dropped)) {
      parts.push({ path: [extendFolder, ...name.split(path.sep)].join("/"), from: path.join(from, name) });
    }
    folders.push({ source: null, path: extend, kept: extendFolder });
  }
  return { folders, parts, leftOut };
}

/** The files of a drop that a refresh would read; why there are none, when it could not be read at all. */
async function filesOfDrop(
  source: string,
  folder: string,
  wanted: WantedFiles,
): Promise<readonly { readonly name: string; readonly path: string }[] | string> {
  try {
    const files = (await readFolder(source, folder, wanted)).entities.flatMap((entity) => entity.files);
    return [...new Map(files.map((file) => [file.name, file])).values()];
  } catch (error) {
    if (error instanceof UserError) return error.found;
    throw error;
  }
}

/** Names that files of secrets go by; one with `.env` before its ending is code where it ends as code does. */
const isSecretFile = (name: string): boolean =>
  /\.(?:pem|key|p12|pfx)$/i.test(name) || (/\.env(?:\.|$)/i.test(name) && !/\.(?:[cm]?[jt]sx?|sql|md)$/i.test(name));

/**
 * Files below the folder that `extend` names, without what is installed there, what is hidden, files of secrets such as
 * `prod.env`, earlier backups, and what is kept elsewhere in a backup: the home, the configuration and drops.
 */
async function codeBelow(
  folder: string,
  loaded: LoadedConfig,
  dropped: { readonly folders: readonly string[]; readonly files: ReadonlySet<string> },
): Promise<readonly string[]> {
  // A drop that is read from this folder itself, or from one around it, stands among the code.
  const apart = [loaded.home, ...dropped.folders.filter((drop) => !isBelow(drop, folder))];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !isSecretFile(entry.name) && !/\.(?:duckdb|wal)$/i.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        file !== loaded.file && !dropped.files.has(file) && !apart.some((elsewhere) => isBelow(elsewhere, file)),
    )
    .map((file) => path.relative(folder, file))
    .filter((name) =>
      name.split(path.sep).every((part) => part !== "node_modules" && !part.startsWith(".") && !ownName.test(part)),
    );
}

async function write(
  options: BackupOptions,
  next: string,
  config: ReturnType<typeof withoutSecrets>,
  parts: readonly Part[],
  home: Home,
  folders: readonly BackupFolder[],
): Promise<Manifest> {
  const { loaded, now, wait } = options;
  const files: BackupFile[] = [];
  const placeOf = (name: string): string => path.join(next, ...name.split("/"));
  const keep = async (name: string, bring: (place: string) => Promise<unknown>): Promise<void> => {
    const place = placeOf(name);
    await mkdir(path.dirname(place), { recursive: true });
    await bring(place);
    await settle(place);
    files.push({ path: name, ...(await measure(place)) });
  };
  const configName = path.basename(loaded.file);
  await keep(`config/${configName}`, (place) => writeFile(place, config.text));
  for (const part of parts) await keep(part.path, (place) => copyPrivately(part.from, place));
  // The log comes last, so that it has everything that what was frozen stands on.
  let log: Manifest["log"] | undefined;
  await keep("home/raw.duckdb", async (place) => {
    log = await copyLiveLog(home.log, place, wait);
  });
  if (log === undefined) throw new Error("the log was copied without being read");
  const manifest = {
    made_at: now.toISOString(),
    config: configName,
    home: config.home ?? ".attributary",
    log,
    variables: [...config.variables],
    folders: [...folders],
    files,
  };
  const place = placeOf(manifestFile);
  await writeFile(place, manifestText(manifest));
  await settle(place);
  await proveFiles(next, files, "the disk does not give back what was written to it; use another one");
  return { format: backupFormat, ...manifest };
}

/** Copies a file, which brings its rights along, and leaves them to the user who runs this. */
export async function copyPrivately(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o600);
}

/** Removes what backups that were cut off left in a folder; one that is at work is left alone. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(unfinished) || !ownName.test(name.slice(0, -unfinished.length))) continue;
    const left = path.join(folder, name);
    try {
      await aloneIn(left, "backup", async () => {
        for (const inner of await readdir(left)) {
          if (!isLock(inner)) await rm(path.join(left, inner), { recursive: true, force: true });
        }
      });
    } catch (error) {
      if (error instanceof UserError) continue;
      throw error;
    }
    await rm(left, { recursive: true, force: true });
  }
}

/** Whole backups of a folder beyond the newest `keep`, of which `coming` are still to be written. */
async function beyond(folder: string, keep: number | undefined, coming: number): Promise<readonly string[]> {
  if (keep === undefined) return [];
  const whole: { readonly place: string; readonly at: number }[] = [];
  for (const name of (await readdir(folder).catch(() => [])).filter((each) => ownName.test(each)).sort()) {
    const place = path.join(folder, name);
    const manifest = await stat(path.join(place, manifestFile)).catch(() => undefined);
    if (manifest !== undefined) whole.push({ place, at: manifest.mtimeMs });
  }
  const oldest = whole.toSorted((a, b) => a.at - b.at).map(({ place }) => place);
  return oldest.slice(0, Math.max(0, oldest.length - Math.max(0, keep - coming)));
}

function isBelow(parent: string, place: string): boolean {
  const relative = path.relative(parent, place);
  return !relative.startsWith("..") && !path.isAbsolute(relative);
}
