import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { messageOf, UserError } from "../../errors.ts";

/** The file of a backup that says what else is in it; it is written last. */
export const manifestFile = "manifest.json";

/** The format of backups that this version writes; it reads the earlier ones too. */
export const backupFormat = 2;

// A path of a manifest may lead nowhere but below the backup.
const inner = z
  .string()
  .refine((name) => name !== "" && !path.posix.isAbsolute(name) && !name.split(/[/\\]/).includes(".."), "a path below");

const manifestShape = z.object({
  format: z.int(),
  /** ISO moment in UTC. */
  made_at: z.iso.datetime(),
  /** Name of the configuration file. */
  config: inner,
  /** `home` as the configuration has it. */
  home: z.string(),
  /** Format of the log, its last record and how many versions of records it holds. */
  log: z.object({ format: z.int(), position: z.int(), versions: z.int() }),
  /** Environment variables that the configuration needs; their values are not in the backup. */
  variables: z.array(z.string()),
  /** Folders that the configuration names beside `home`; a backup of the first format has none of them. */
  folders: z
    .array(
      z.object({
        /** The source whose file drop it is; null for the folder that `extend` names. */
        source: z.string().nullable(),
        /** As the configuration has it. */
        path: z.string(),
        /** Where its files are in the backup; null when they were left out. */
        kept: inner.nullable(),
      }),
    )
    .default([]),
  files: z.array(z.object({ path: inner, bytes: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** What a backup says of itself. */
export type Manifest = z.output<typeof manifestShape>;
/** A folder that the configuration names, with where it is in the backup. */
export type BackupFolder = Manifest["folders"][number];
/** One file of a backup, its path from the backup's folder on with `/` between. */
export type BackupFile = Manifest["files"][number];

/** The text of a manifest of the present format, with the checksum of what it says. */
export function manifestText(manifest: Omit<Manifest, "format">): string {
  const told = { format: backupFormat, ...manifest };
  return `${JSON.stringify({ ...told, sha256: checksumOf(told) }, null, 2)}\n`;
}

const checksumOf = (told: object): string => createHash("sha256").update(JSON.stringify(told)).digest("hex");

/** Whether a manifest says what its checksum is of; backups that were made before manifests had one have none. */
function isAsWritten(told: unknown): boolean {
  const found = z.looseObject({ sha256: z.string() }).safeParse(told);
  if (!found.success) return true;
  const { sha256, ...rest } = found.data;
  return sha256 === checksumOf(rest);
}

/** Reads what a backup says of itself. Throws UserError (exit 2) when it is none, or a newer version's. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, manifestFile);
  const fix = "name the folder that `attributary backup` wrote, or another backup";
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UserError({ where: file, found: `this is no backup (${messageOf(error)})`, fix, cause: error });
  });
  const told = parse(text);
  const format = z.object({ format: z.int() }).safeParse(told).data?.format;
  if (format !== undefined && format > backupFormat) {
    throw new UserError({
      where: file,
      found: `the backup has format ${format}, and this version of attributary understands formats up to ${backupFormat}`,
      fix: "install the version of attributary that made it, or a newer one",
    });
  }
  if (!isAsWritten(told)) {
    throw new UserError({
      where: file,
      found: "the manifest is not what was written: it has another checksum than it says",
      fix: "the backup is damaged; take another one",
    });
  }
  const manifest = manifestShape.safeParse(told);
  if (manifest.success) return manifest.data;
  throw new UserError({ where: file, found: "this is not what a backup says of itself", fix });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bytes and checksum of a file as it stands on the disk. */
export async function measure(file: string): Promise<Pick<BackupFile, "bytes" | "sha256">> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const piece: Buffer = chunk;
    bytes += piece.length;
    hash.update(piece);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Holds files below a folder against what a manifest says of them. Throws UserError (exit 2) naming every one that differs. */
export async function proveFiles(
  folder: string,
  files: readonly BackupFile[],
  fix: string,
  placeOf: (file: BackupFile) => string = (file) => path.join(folder, ...file.path.split("/")),
): Promise<void> {
  const wrong: string[] = [];
  for (const file of files) {
    const place = placeOf(file);
    const there = await stat(place).catch(() => undefined);
    if (there === undefined || !there.isFile()) wrong.push(`${file.path} is missing`);
    else if (there.size !== file.bytes) wrong.push(`${file.path} has ${there.size} bytes, not ${file.bytes}`);
    else if ((await measure(place)).sha256 !== file.sha256) wrong.push(`${file.path} has another checksum`);
  }
  if (wrong.length === 0) return;
  throw new UserError({
    where: folder,
    found: `${wrong.length === 1 ? "a file is" : `${wrong.length} files are`} not what the backup says: ${wrong.join("; ")}`,
    fix,
  });
}
