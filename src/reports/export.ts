import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, realpath, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { hasFolder, makeFolder } from "../folders.ts";
import { formatPeriod } from "../metrics/format.ts";
import { type DatedKind, periodOf, type Span, shiftPeriod, spanOf } from "../metrics/periods.ts";
import { nearestOf } from "../nearest.ts";
import { hasProcess } from "../process.ts";
import type { Database } from "../warehouse/database.ts";
import { kyselyOver } from "../warehouse/dialect.ts";
import { type Assets, readAssets } from "./assets.ts";
import { isRunning } from "./context.ts";
import { openParquetWriter } from "./packs/columnar.ts";
import { readControls, wrongIn } from "./packs/controls.ts";
import { type Counted, emptyWorkbook, filesOf, type PackDrawing, type PackFile, printEmpty } from "./packs/files.ts";
import {
  type Excuses,
  excusesOf,
  findLeaks,
  findStrays,
  indexStrangers,
  type Leak,
  type LeakIndex,
  type Stranger,
} from "./packs/leak.ts";
import { type ReadPacks, readPacks } from "./packs/rows.ts";
import { fileNameOf } from "./partners.ts";
import { openPrinter } from "./pdf.ts";
import { readSettings, type Settings } from "./settings.ts";
import type { Tables, Warehouse } from "./tables.ts";

/** The formats a pack can be written in. */
export const packFormats = ["html", "csv", "xlsx", "parquet", "arrow", "pdf"] as const;

/** What is exported, from where and where to. */
export interface ExportOptions {
  /** A published warehouse, open for reading. */
  readonly database: Database;
  /** One partner's key; every partner when left out. */
  readonly partner?: string;
  /** `2026-Q3`, `2026-07` or `2026`; the last closed quarter when left out. */
  readonly period?: string;
  readonly formats: readonly string[];
  /** The folder below which the period's own folder is made. */
  readonly exports: string;
  /** Another folder to write to instead. */
  readonly out?: string;
  /** The path of the browser that prints PDF, where it stands elsewhere than usual. */
  readonly browser?: string;
  /** How the tables of packs are read; everything is checked whatever it gives. */
  readonly read?: ReadPacks;
}

/** What was written. */
export interface WrittenPacks {
  readonly folder: string;
  readonly period: string;
  /** First and last day of the period. */
  readonly startsOn: string;
  readonly endsOn: string;
  readonly partners: number;
  readonly files: readonly string[];
}

interface Recipient extends Stranger {
  readonly tier: string | null;
}

const placeFix = "name a folder that is there or can be made with --out";

// So many packs are read, drawn and checked at a time; more would only take more memory.
const packsAtOnce = 100;
// So many of them are drawn side by side, since packing a workbook waits for a thread of its own.
const drawnAtOnce = 4;

/** What all packs of an export share. */
interface Program {
  readonly db: Warehouse;
  readonly settings: Settings;
  readonly kind: DatedKind;
  readonly period: string;
  readonly span: Span;
  readonly assets: Assets;
  readonly index: LeakIndex;
  readonly folderNames: ReadonlyMap<string, string>;
}

/**
 * Writes one folder a partner. Nothing reaches the folder unless no pack names another partner and every statement adds up to
 * the ledger: what does not throws UserError (exit 4), an unknown partner or period, a place that takes no folder and a browser
 * that is not there UserError (exit 2), a pack that another export writes at the same moment UserError (exit 75).
 */
export async function exportPacks(options: ExportOptions): Promise<WrittenPacks> {
  const db = kyselyOver<Tables>(options.database);
  const settings = await readSettings(db);
  const [kind, period] = periodFor(options.period, settings);
  const span = spanOf(kind, period, settings.fiscalYearStart);
  if (span.startsOn > settings.asOf) {
    throw new UserError({
      where: `export --period ${period}`,
      found: `this period begins on ${span.startsOn}, after the date of the published build, ${settings.asOf}`,
      fix: `name one that has begun; the last closed quarter is ${periodFor(undefined, settings)[1]}`,
    });
  }
  const all = await readRecipients(db);
  const chosen = options.partner === undefined ? all : [recipientOf(options.partner, all)];
  const folder = options.out ?? path.join(options.exports, period);
  const program: Program = {
    db,
    settings,
    kind,
    period,
    span,
    assets: await readAssets(),
    index: indexStrangers(all, await readPeople(db)),
    folderNames: folderNamesOf(all),
  };
  await refusePack(folder, program.folderNames);
  // Within a folder that is there, since it may be a disk of its own, and no folder is moved from one disk to another.
  const beside = (await hasFolder(folder, placeFix)) ? `${folder}${path.sep}` : folder;
  // Another export may be writing beside this one, and a folder that only looks alike is not ours to remove.
  const aside = `${beside}.next-${process.pid}-${randomUUID().slice(0, 8)}`;
  await makeFolder(path.dirname(folder), placeFix);
  try {
    await dropLeftBehind(beside);
    await makeFolder(aside, placeFix);
    const files = await writePacks(program, chosen, options, aside);
    await makeFolder(folder, placeFix);
    for (const name of new Set(files.map((file) => path.dirname(file)))) {
      // Moved away whole first, so that a cut leaves no half of an earlier pack.
      await rename(path.join(folder, name), path.join(aside, `${name}.before`)).catch(unlessMissing);
      await rename(path.join(aside, name), path.join(folder, name)).catch((error: unknown) => {
        throw isTaken(error) ? beaten(folder, name, error) : error;
      });
    }
    return Object.freeze({ folder, period, ...span, partners: chosen.length, files });
  } finally {
    await rm(aside, { recursive: true, force: true });
    await db.destroy();
  }
}

/** Throws UserError (exit 2) for a folder within that of a pack, which goes to one partner alone. */
async function refusePack(folder: string, names: ReadonlyMap<string, string>): Promise<void> {
  const packs = new Set(names.values());
  const parts = (await realPlace(path.resolve(folder))).split(path.sep);
  const at = parts.findIndex((part) => packs.has(part));
  if (at === -1) return;
  throw new UserError({
    where: `export --out ${folder}`,
    found: `${parts.slice(0, at + 1).join(path.sep)} is the pack of one partner, who would be given what is written below it`,
    fix: `name a folder beside the packs, such as ${parts.slice(0, at).join(path.sep)}`,
  });
}

/** Where a place really is, whatever links lead there; what is not there yet stands below the nearest folder that is. */
async function realPlace(place: string): Promise<string> {
  const real = await realpath(place).catch(() => undefined);
  const above = path.dirname(place);
  return real ?? (above === place ? place : path.join(await realPlace(above), path.basename(place)));
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST");

const beaten = (folder: string, name: string, cause: unknown): UserError =>
  new UserError({
    where: path.join(folder, name),
    found: "another export put its own pack here at the same moment, and that one stands",
    fix: "wait for it to end, then export again",
    exitCode: exitCode.busy,
    cause,
  });

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}

/** Removes what exports to this folder that were cut off had written aside. */
async function dropLeftBehind(beside: string): Promise<void> {
  const [place, start] = beside.endsWith(path.sep)
    ? [beside, ".next-"]
    : [path.dirname(beside), `${path.basename(beside)}.next-`];
  for (const name of await readdir(place)) {
    const [, pid] = /^(\d+)-[0-9a-f]{8}$/.exec(name.startsWith(start) ? name.slice(start.length) : "") ?? [];
    if (pid === undefined || hasProcess(Number(pid))) continue;
    await rm(path.join(place, name), { recursive: true, force: true });
  }
}

/** Writes the packs of these partners into a folder of their own each, and returns the files. */
async function writePacks(
  program: Program,
  chosen: readonly Recipient[],
  options: ExportOptions,
  aside: string,
): Promise<readonly string[]> {
  const { settings } = program;
  const files: string[] = [];
  const printer = options.formats.includes("pdf") ? await openPrinter(options.browser) : undefined;
  const parquet = options.formats.includes("parquet") ? await openParquetWriter(settings.currency) : undefined;
  try {
    const nobodys = drawingOf(program, nobody, []);
    const shared = {
      formats: options.formats,
      printer,
      emptyPrint: printer === undefined ? "" : await printEmpty(printer, nobodys),
      emptyWorkbook: options.formats.includes("xlsx") ? await emptyWorkbook(nobodys) : undefined,
    };
    const read = async (recipients: readonly Recipient[]) => {
      const packs = await readChecked(program, recipients, options.read ?? readPacks);
      return { packs, written: await parquet?.write(packs.map((pack) => pack.drawing.tables)) };
    };
    // The engine reads packs while those before are drawn.
    for await (const { packs, written } of oneAhead(groupsOf(chosen, packsAtOnce), read)) {
      for (const places of groupsOf([...packs.entries()], drawnAtOnce)) {
        const drawn = await Promise.all(
          places.map(([at, { drawing }]) => filesOf(drawing, { ...shared, parquet: written?.[at] ?? [] })),
        );
        for (const [at, made] of drawn.entries()) {
          const pack = places[at]?.[1];
          if (pack !== undefined) files.push(...(await writeChecked(program, pack, made, aside)));
        }
      }
    }
    return files;
  } finally {
    await printer?.close();
    await parquet?.close();
  }
}

/** Writes the files of a pack into its folder once none of them has anything wrong with it. */
async function writeChecked(
  program: Program,
  { recipient, excuses }: Pack,
  made: readonly PackFile[],
  aside: string,
): Promise<readonly string[]> {
  const name = program.folderNames.get(recipient.key) ?? "";
  for (const file of made) {
    stopOn(recipient, file.name, await wrongInFile(file, `${name}/${file.name}`, program, recipient, excuses));
  }
  try {
    await mkdir(path.join(aside, name), { recursive: true });
    for (const file of made) await writeFile(path.join(aside, name, file.name), file.content);
  } catch (error) {
    const found = `the pack of ${recipient.name} cannot be written there (${messageOf(error)})`;
    throw new UserError({ where: path.dirname(aside), found, fix: `nothing was written; ${placeFix}`, cause: error });
  }
  return made.map((file) => path.join(name, file.name));
}

interface Pack {
  readonly recipient: Recipient;
  readonly drawing: PackDrawing;
  readonly excuses: Excuses;
}

/** Reads the packs of these partners and holds their tables against the warehouse, before anything is drawn. */
async function readChecked(
  program: Program,
  recipients: readonly Recipient[],
  read: ReadPacks,
): Promise<readonly Pack[]> {
  const keys = recipients.map((recipient) => recipient.key);
  const packs = await read(program.db, program.settings, keys, program.span);
  const controls = await readControls(program.db, keys, program.span);
  return recipients.map((recipient) => {
    const [pack, control] = [packs.get(recipient.key), controls.get(recipient.key)];
    if (pack === undefined || control === undefined) throw new Error(`the pack of ${recipient.key} was not read`);
    stopOn(recipient, "its tables", wrongIn(pack.tables, control), ourFix);
    return {
      recipient,
      drawing: drawingOf(program, recipient, pack.tables),
      excuses: excusesOf({ partner: recipient, keys: pack.keys, accounts: pack.accounts }),
    };
  });
}

function drawingOf(
  { settings, kind, period, span, assets }: Program,
  { name, tier }: Recipient,
  tables: PackDrawing["tables"],
): PackDrawing {
  return {
    base: `${slugOf(name)}_${period}_as-of-${settings.asOf}`,
    partnerName: name,
    tier,
    period: formatPeriod(kind, period),
    span,
    asOf: settings.asOf,
    currency: settings.currency,
    tables,
    assets,
  };
}

const nobody: Recipient = Object.freeze({ key: "", name: "", domain: null, tier: null });

/** What is wrong with a file of a pack, in words: what of others stands in its bytes or its name, or rows that are not the pack's. */
async function wrongInFile(
  file: PackFile,
  place: string,
  { index }: Program,
  recipient: Recipient,
  excuses: Excuses,
): Promise<readonly string[]> {
  const slug = slugOf(recipient.name);
  // Behind the partner's own name and key a file's name is ours.
  const ownPlace = [recipient.name, recipient.key, slug, file.name.slice(slug.length)].join(" ");
  const counted: Leak[] = [];
  for (const one of file.counted) counted.push(...(await leaksIn(one, index, excuses)));
  const leaks: readonly Leak[] = [
    ...counted,
    ...file.strays.flatMap(({ text, known, shortest }) => findStrays(text, known, index, excuses, shortest)),
    ...findStrays(place, ownPlace, index, excuses),
  ];
  const words = leaks.map(
    (leak) => `it holds the ${leak.what} "${leak.words}"${leak.what === "email address" ? "" : ` of ${leak.of}`}`,
  );
  return [...new Set(words), ...(file.hasItsRows ? [] : ["read back, it holds other rows than the pack has"])];
}

// Most packs hold no word of anybody else's, and one that holds none needs no blank beside it.
async function leaksIn({ texts, besideBlank }: Counted, index: LeakIndex, excuses: Excuses): Promise<readonly Leak[]> {
  if (texts.every((text) => findLeaks(text, "", index, excuses).length === 0)) return [];
  return (await besideBlank()).flatMap(({ text, blank }) => findLeaks(text, blank, index, excuses));
}

const sourceFix =
  "nothing was written; take the words out of the name of the account or stage, or out of the key, in its source, then refresh and export again";
const ourFix =
  "nothing was written; the rows of the warehouse and those of the pack differ, which is a defect of ours: please report it with this message";

function stopOn(recipient: Recipient, place: string, wrong: readonly string[], fix: string = sourceFix): void {
  if (wrong.length === 0) return;
  throw new UserError({
    where: `export, pack of ${recipient.name} (${recipient.key}), ${place}`,
    found: wrong.join("; "),
    fix,
    exitCode: exitCode.check,
  });
}

/** What `work` makes of each item in turn; the next one is under way while one is used, and none is once this ends. */
async function* oneAhead<Item, Made>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<Made>,
): AsyncGenerator<Made, void> {
  const rest = items[Symbol.iterator]();
  const begin = (): Promise<Made> | undefined => {
    const { value, done } = rest.next();
    const made = done === true ? undefined : work(value);
    // Whoever uses the one before may fail first, and nobody then asks what became of this one.
    made?.catch(() => undefined);
    return made;
  };
  let coming = begin();
  try {
    while (coming !== undefined) {
      const made = await coming;
      coming = begin();
      yield made;
    }
  } finally {
    await coming?.catch(() => undefined);
  }
}

function* groupsOf<Item>(items: readonly Item[], size: number): Iterable<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

async function readRecipients(db: Warehouse): Promise<readonly Recipient[]> {
  const rows = await db
    .selectFrom("marts.dim_partner")
    .select(["partner_key", "name", "domain", "tier"])
    .orderBy("partner_key")
    .execute();
  return rows.map((row) => Object.freeze({ key: row.partner_key, name: row.name, domain: row.domain, tier: row.tier }));
}

/** The people who work with partners and deals, whose names are no partner's business. */
async function readPeople(db: Warehouse): Promise<readonly string[]> {
  const owners = await db.selectFrom("marts.fct_deal").select("owner as name").distinct().execute();
  const managers = await db.selectFrom("marts.dim_partner").select("manager as name").distinct().execute();
  return [...new Set([...owners, ...managers].flatMap(({ name }) => (name === null ? [] : [name])))].sort();
}

/** A folder's name for each partner, which no other has, also where upper and lower case are one. */
function folderNamesOf(all: readonly Recipient[]): ReadonlyMap<string, string> {
  const plain = all.map(({ key, name }) => [key, `${slugOf(name)}--${fileNameOf(key)}`] as const);
  const alike = Map.groupBy(plain, ([, name]) => name.toLowerCase());
  return new Map(
    plain.map(([key, name]) => {
      const isAlone = alike.get(name.toLowerCase())?.length === 1;
      const mark = createHash("sha256").update(key).digest("hex").slice(0, 12);
      return [key, isAlone && name.length <= longestName ? name : `${name.slice(0, longestName)}--${mark}`];
    }),
  );
}

/** The partner that a person named by its key, by an id that only one source has, or by a name that only one partner has. */
function recipientOf(asked: string, all: readonly Recipient[]): Recipient {
  const text = asked.trim().toLowerCase();
  const ways: readonly ((recipient: Recipient) => boolean)[] = [
    (recipient) => recipient.key === asked,
    (recipient) => idOf(recipient.key) === asked,
    (recipient) => recipient.name.toLowerCase() === text,
  ];
  const where = `export --partner ${asked}`;
  for (const isMeant of ways) {
    const [found, ...others] = all.filter(isMeant);
    if (found === undefined) continue;
    if (others.length === 0) return found;
    const keys = [found, ...others].map((recipient) => `${recipient.key} (${recipient.name})`);
    throw new UserError({
      where,
      found: `${keys.length} partners are meant by it`,
      fix: `give the key: ${keys.join(", ")}`,
    });
  }
  const named = new Map(
    all.flatMap((one) => [one.key, idOf(one.key), one.name].map((word) => [word, one.key] as const)),
  );
  const near = nearestOf(asked, [...named.keys()]);
  const key = near === undefined ? undefined : named.get(near);
  throw new UserError({
    where,
    found: "no partner has this key, id or name",
    fix:
      key === undefined
        ? '`attributary query "select partner_key, name from marts.dim_partner"` lists them'
        : `did you mean ${key} (${all.find((recipient) => recipient.key === key)?.name})? \`attributary query "select partner_key, name from marts.dim_partner"\` lists all`,
  });
}

const idOf = (key: string): string => key.slice(key.indexOf(":") + 1);

function periodFor(period: string | undefined, settings: Settings): readonly [DatedKind, string] {
  if (period === undefined) {
    const current = periodOf("quarter", settings.asOf, settings.fiscalYearStart);
    return ["quarter", isRunning(settings, current) ? shiftPeriod("quarter", current, -1) : current];
  }
  if (/^(19|2[01])\d{2}-Q[1-4]$/.test(period)) return ["quarter", period];
  if (/^(19|2[01])\d{2}-(0[1-9]|1[0-2])$/.test(period)) return ["month", period];
  if (/^(19|2[01])\d{2}$/.test(period)) return ["year", period];
  throw new UserError({
    where: `export --period ${period}`,
    found: "this is no period",
    fix: "write a quarter like 2026-Q3, a month like 2026-07 or a year like 2026",
  });
}

// File systems take 255 bytes; the rest of the name needs its share.
const longestSlug = 60;
const longestName = 180;

function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, longestSlug)
    .replaceAll(/^-|-$/g, "");
  return slug === "" ? "partner" : slug;
}
