import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { exitCode, UserError } from "../errors.ts";
import { hasFolder, makeFolder } from "../folders.ts";
import { formatPeriod } from "../metrics/format.ts";
import { type DatedKind, periodOf, shiftPeriod, spanOf } from "../metrics/periods.ts";
import { nearestOf } from "../nearest.ts";
import type { Database } from "../warehouse/database.ts";
import { kyselyOver } from "../warehouse/dialect.ts";
import { readAssets } from "./assets.ts";
import { isRunning } from "./context.ts";
import { csvOf } from "./csv.ts";
import { findLeaks, indexStrangers, type LeakIndex, type Own, type Stranger } from "./packs/leak.ts";
import { packPage } from "./packs/page.ts";
import { allowedColumns, blank, csvCell, type PackTable, readPack, withoutSourceText } from "./packs/tables.ts";
import { fileNameOf } from "./partners.ts";
import { readSettings, type Settings } from "./settings.ts";
import type { Tables, Warehouse } from "./tables.ts";

/** The formats a pack can be written in. */
export const packFormats = ["html", "csv"] as const;

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

interface PackFile {
  readonly name: string;
  readonly text: string;
  /** What the leak check reads: everything that is not the stylesheet, which is the same for all. */
  readonly checked: string;
  /** The same file without a word of any source: what the leak check holds the file against. */
  readonly blank: string;
}

const placeFix = "name a folder that is there or can be made with --out";

/**
 * Writes one folder a partner. Nothing reaches the folder unless no pack names another partner:
 * a leak throws UserError (exit 4), an unknown partner or period or a place that takes no folder UserError (exit 2).
 */
export async function exportPacks(options: ExportOptions): Promise<WrittenPacks> {
  const db = kyselyOver<Tables>(options.database);
  const settings = await readSettings(db);
  const [kind, period] = periodFor(options.period, settings);
  const span = spanOf(kind, period, settings.fiscalYearStart);
  const all = await readRecipients(db);
  const chosen = options.partner === undefined ? all : [recipientOf(options.partner, all)];
  const index = indexStrangers(all);
  const folder = options.out ?? path.join(options.exports, period);
  const aside = `${folder}.next`;
  const assets = await readAssets();
  const files: string[] = [];
  await hasFolder(folder, placeFix);
  await makeFolder(path.dirname(folder), placeFix);
  try {
    await rm(aside, { recursive: true, force: true });
    await makeFolder(aside, placeFix);
    for (const recipient of chosen) {
      const { tables, own } = await readPack(db, settings, recipient.key, span);
      const base = `${slugOf(recipient.name)}_${period}_as-of-${settings.asOf}`;
      const filesOf = (partnerName: string, tier: string | null, shown: readonly PackTable[]): Map<string, string> => {
        const texts = new Map<string, string>();
        if (options.formats.includes("html")) {
          const page = { partnerName, tier, period: formatPeriod(kind, period), span, asOf: settings.asOf };
          texts.set(`${base}.html`, packPage({ ...page, tables: shown, assets }));
        }
        if (options.formats.includes("csv")) {
          for (const table of shown) {
            const rows = table.rows.map((row) => row.map(csvCell));
            texts.set(`${base}_${table.name}.csv`, csvOf(table.columns, rows));
          }
        }
        return texts;
      };
      const blanks = filesOf(
        blank,
        recipient.tier === null ? null : blank,
        withoutSourceText(tables, settings.currency),
      );
      const checkedPart = (text: string): string => text.replace(assets.style.markup, "");
      const written: PackFile[] = [...filesOf(recipient.name, recipient.tier, tables)].map(([name, text]) => ({
        name,
        text,
        checked: checkedPart(text),
        blank: checkedPart(blanks.get(name) ?? ""),
      }));
      const accounts = [...own.accounts, ...(recipient.tier === null ? [] : [recipient.tier])];
      checkPack(recipient, tables, written, index, { partner: recipient, keys: own.keys, accounts });
      const name = `${slugOf(recipient.name)}--${fileNameOf(recipient.key)}`;
      await mkdir(path.join(aside, name), { recursive: true });
      for (const file of written) {
        await writeFile(path.join(aside, name, file.name), file.text);
        files.push(path.join(name, file.name));
      }
    }
    await makeFolder(folder, placeFix);
    for (const name of new Set(files.map((file) => path.dirname(file)))) {
      await rm(path.join(folder, name), { recursive: true, force: true });
      await rename(path.join(aside, name), path.join(folder, name));
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
    await db.destroy();
  }
  return Object.freeze({ folder, period, ...span, partners: chosen.length, files });
}

function checkPack(
  recipient: Recipient,
  tables: readonly PackTable[],
  files: readonly PackFile[],
  index: LeakIndex,
  own: Own,
): void {
  for (const table of tables) {
    const allowed = allowedColumns[table.name] ?? [];
    const denied = table.columns.filter((column) => !allowed.includes(column));
    if (denied.length > 0 || table.rows.some((row) => row.length !== table.columns.length)) {
      throw new Error(`pack table ${table.name} holds columns that no partner may see: ${denied.join(", ")}`);
    }
  }
  for (const file of files) {
    const leaks = findLeaks(file.checked, file.blank, index, own);
    const [first] = leaks;
    if (first === undefined) continue;
    throw new UserError({
      where: `export, pack of ${recipient.name} (${recipient.key}), ${file.name}`,
      found: leaks
        .map(
          (leak) => `it holds the ${leak.what} "${leak.words}"${leak.what === "email address" ? "" : ` of ${leak.of}`}`,
        )
        .join("; "),
      fix: "nothing was written; take the words out of the account or stage name in its source, then refresh and export again",
      exitCode: exitCode.check,
    });
  }
}

async function readRecipients(db: Warehouse): Promise<readonly Recipient[]> {
  const rows = await db
    .selectFrom("marts.dim_partner")
    .select(["partner_key", "name", "domain", "tier"])
    .orderBy("partner_key")
    .execute();
  return rows.map((row) => Object.freeze({ key: row.partner_key, name: row.name, domain: row.domain, tier: row.tier }));
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

function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, longestSlug)
    .replaceAll(/^-|-$/g, "");
  return slug === "" ? "partner" : slug;
}
