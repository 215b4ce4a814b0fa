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

/** A file of the folder that gives one entity. */
export interface DropFile {
  readonly entity: string;
  readonly format: FileFormat;
  /** Name within the folder, as it stands in messages and in the log. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
}

/** What a folder holds. */
export interface DropFolder {
  readonly files: readonly DropFile[];
  /** Remarks about files that are no entity's. */
  readonly notes: readonly string[];
}

const formats: readonly string[] = ["csv", "ndjson", "parquet"];
const entityNames = entities.map((entity) => entity.name);

/**
 * Lists the entity files of a folder. Throws UserError (exit 3) for a missing or empty folder, and where one entity
 * has two files.
 */
export async function readFolder(source: string, folder: string): Promise<DropFolder> {
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
    const { name: stem, ext } = path.parse(name);
    const entity = stem.toLowerCase();
    const format = ext.slice(1).toLowerCase();
    if (entityNames.includes(entity) && isFormat(format)) {
      files.push(Object.freeze({ entity, format, name, path: path.join(folder, name) }));
    } else {
      const reason = entityNames.includes(entity)
        ? `a file ends in ${formats.map((known) => `.${known}`).join(", ")}`
        : `no entity has this name; ${suggest(entity, entityNames)}`;
      notes.push(`source ${source}: ${name} is left aside: ${reason}`);
    }
  }
  if (files.length === 0) {
    throw new UserError({
      where,
      found: names.length === 0 ? "this folder is empty" : `none of its files gives an entity (${names.join(", ")})`,
      fix: `put <entity>.csv, .ndjson or .parquet there; the entities are ${entityNames.join(", ")}`,
      exitCode: exitCode.source,
    });
  }
  for (const [index, file] of files.entries()) {
    const other = files.slice(index + 1).find((later) => later.entity === file.entity);
    if (other === undefined) continue;
    throw new UserError({
      where,
      found: `${file.name} and ${other.name} both give ${file.entity}`,
      fix: "keep the one that is right and move the other out of the folder",
      exitCode: exitCode.source,
    });
  }
  return Object.freeze({ files, notes });
}

const isFormat = (text: string): text is FileFormat => formats.includes(text);

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
