import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { entities } from "../../config/entities.ts";
import { exitCode, messageOf, UserError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";

/** How a file's rows are written. */
type FileFormat = "csv" | "ndjson" | "parquet";

/** A file of the folder that gives rows. */
export interface DropFile {
  readonly format: FileFormat;
  /** Name within the folder, as it stands in messages and in the log. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  /** The entities it gives, in the order of the entities; more than one only where the configuration says so. */
  readonly gives: readonly string[];
}

/** An entity with the files that give it. */
export interface DropEntity {
  readonly entity: string;
  /** In the order of their names; a key that stands in several counts in the last one (R03). */
  readonly files: readonly DropFile[];
  /** Whether `files:` of the configuration names them; otherwise one file has the entity's own name. */
  readonly isNamed: boolean;
}

/** What a folder holds. */
export interface DropFolder {
  readonly entities: readonly DropEntity[];
  /** Remarks about files that are no entity's. */
  readonly notes: readonly string[];
}

const endings: Readonly<Record<string, FileFormat>> = Object.freeze({
  csv: "csv",
  ndjson: "ndjson",
  parquet: "parquet",
});
// A file that the configuration names may end as its program wrote it.
const namedEndings: Readonly<Record<string, FileFormat>> = Object.freeze({
  ...endings,
  tsv: "csv",
  txt: "csv",
  jsonl: "ndjson",
});
const entityNames = entities.map((entity) => entity.name);

/** The patterns of `files:`, by entity. */
type FilePatterns = Readonly<Record<string, readonly string[]>>;

/** What the configuration says of a folder's files. */
export interface WantedFiles {
  readonly files: FilePatterns;
  /** Entities whose files come only sometimes. */
  readonly optional?: readonly string[] | undefined;
}

/**
 * Lists the entity files of a folder. Throws UserError (exit 3) for a missing folder, for one without any file of an entity unless
 * some come only sometimes and it is empty, where one entity has two files that the configuration does not name, and for patterns
 * that no file has.
 */
export async function readFolder(source: string, folder: string, wanted: WantedFiles): Promise<DropFolder> {
  const { files: patterns, optional = [] } = wanted;
  const where = `source ${source}, folder ${folder}`;
  let names: string[];
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".")).map((entry) => entry.name);
  } catch (error) {
    throw new UserError({
      where,
      found: isCode(error, "ENOENT") ? "this folder does not exist" : `it cannot be listed (${codeOf(error)})`,
      fix: "set the source's `path` to the folder of the exports; it starts from the configuration's own folder",
      exitCode: exitCode.source,
    });
  }
  const files: DropFile[] = [];
  const notes: string[] = [];
  for (const name of names.sort()) {
    const named = entityNames.filter((entity) => (patterns[entity] ?? []).some((pattern) => isLike(name, pattern)));
    const { name: stem, ext } = path.parse(name);
    const own = stem.toLowerCase();
    const gives = named.length > 0 ? named : entityNames.filter((entity) => entity === own && !(own in patterns));
    const format = (named.length > 0 ? namedEndings : endings)[ext.slice(1).toLowerCase()];
    if (gives.length > 0 && format !== undefined) {
      files.push(Object.freeze({ format, name, path: path.join(folder, name), gives }));
      continue;
    }
    if (named.length > 0) {
      throw new UserError({
        where: `source ${source}, file ${name}`,
        found: `\`files:\` names it for ${named.join(" and ")}, and it is none that can be read`,
        fix: `save it as one of ${Object.keys(namedEndings).join(", ")}; a spreadsheet as CSV in UTF-8`,
        exitCode: exitCode.source,
      });
    }
    const reason = !entityNames.includes(own)
      ? `no entity has this name; ${suggest(own, entityNames)}`
      : own in patterns
        ? `\`files:\` names other files for ${own}`
        : `a file ends in ${Object.keys(endings)
            .map((known) => `.${known}`)
            .join(", ")}`;
    notes.push(`source ${source}: ${name} is left aside: ${reason}`);
  }
  refuseStrayPatterns(where, names, wanted);
  if (files.length === 0 && (names.length > 0 || optional.length === 0)) {
    throw new UserError({
      where,
      found: names.length === 0 ? "this folder is empty" : `none of its files gives an entity (${names.join(", ")})`,
      fix: `put <entity>.csv, .ndjson or .parquet there; the entities are ${entityNames.join(", ")}`,
      exitCode: exitCode.source,
    });
  }
  const given = [...new Set(files.flatMap((file) => file.gives))].map((entity): DropEntity => {
    const own = files.filter((file) => file.gives.includes(entity));
    return Object.freeze({ entity, files: own, isNamed: entity in patterns });
  });
  for (const { entity, files: own, isNamed } of given) {
    const [first, second] = own;
    if (isNamed || first === undefined || second === undefined) continue;
    throw new UserError({
      where,
      found: `${first.name} and ${second.name} both give ${entity}`,
      fix: "keep the one that is right and move the other out of the folder",
      exitCode: exitCode.source,
    });
  }
  return Object.freeze({ entities: given, notes });
}

/**
 * Throws for patterns without a file: an export that is late must not look like one whose rows are gone. An entity that comes only
 * sometimes may have none of its files, but not a part of them.
 */
function refuseStrayPatterns(where: string, names: readonly string[], { files, optional = [] }: WantedFiles): void {
  const strays = Object.entries(files).flatMap(([entity, list]) => {
    const stray = list.filter((pattern) => !names.some((name) => isLike(name, pattern)));
    const isAway = stray.length === list.length && optional.includes(entity);
    return isAway ? [] : stray.map((pattern) => `"${pattern}", which \`files:\` gives for ${entity}`);
  });
  if (strays.length === 0) return;
  throw new UserError({
    where,
    found: `no file is named like ${strays.join(", nor like ")}${names.length === 0 ? "" : ` (${names.join(", ")})`}`,
    fix: "put the export there, or correct the name; * stands for any letters and ? for one. Entities that come only sometimes are named under `optional:`",
    exitCode: exitCode.source,
  });
}

/** Whether a file's name fits a pattern with * and ?, whatever the case. */
function isLike(name: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "isu").test(name.normalize());
}

/** The SHA-256 of a file's content. Throws UserError (exit 3) when it cannot be read. */
export async function hashFile(source: string, file: DropFile): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file.path, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    throw unreadable(source, file, error);
  }
  return hash.digest("hex");
}

/** The first bytes of a file, enough for its header. Throws UserError (exit 3) when it cannot be read. */
export async function readHead(source: string, file: DropFile, bytes: number): Promise<Buffer> {
  try {
    const handle = await open(file.path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(source, file, error);
  }
}

/** Size and time of change, to see whether a file was still being written while it was read. */
export async function markOf(source: string, file: DropFile): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(file.path);
    return `${size} ${mtimeMs}`;
  } catch (error) {
    throw unreadable(source, file, error);
  }
}

/** The error for a file that cannot be used as it stands. */
export function fileError(source: string, file: DropFile, found: string, fix: string, cause?: unknown): UserError {
  return new UserError({ where: `source ${source}, file ${file.name}`, found, fix, exitCode: exitCode.source, cause });
}

function unreadable(source: string, file: DropFile, error: unknown): UserError {
  return fileError(source, file, `it cannot be read (${codeOf(error)})`, `let this user read ${file.path}`);
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : messageOf(error);
