import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { exitCode, UserError } from "../errors.ts";
import { formatPeriod } from "../metrics/format.ts";
import { type DatedKind, periodOf, shiftPeriod, spanOf } from "../metrics/periods.ts";
import { suggest } from "../nearest.ts";
import type { Database } from "../warehouse/database.ts";
import { kyselyOver } from "../warehouse/dialect.ts";
import { readAssets } from "./assets.ts";
import { isRunning } from "./context.ts";
import { csvOf } from "./csv.ts";
import { findLeaks, indexStrangers, type LeakIndex, type Own, type Stranger } from "./packs/leak.ts";
import { packPage } from "./packs/page.ts";
import { allowedColumns, csvCell, type PackTable, readPack } from "./packs/tables.ts";
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
}

/**
 * Writes one folder a partner. Nothing reaches the folder unless no pack names another partner:
 * a leak throws UserError (exit 4), an unknown partner or period UserError (exit 2).
 */
export async function exportPacks(options: ExportOptions): Promise<WrittenPacks> {
  const db = kyselyOver<Tables>(options.database);
  const settings = await readSettings(db);
  const [kind, period] = periodFor(options.period, settings);
  const all = await readRecipients(db);
  const chosen = options.partner === undefined ? all : [recipientOf(options.partner, all)];
  const index = indexStrangers(all);
  const folder = options.out ?? path.join(options.exports, period);
  const aside = `${folder}.next`;
  const assets = await readAssets();
  const files: string[] = [];
  await rm(aside, { recursive: true, force: true });
  try {
    for (const recipient of chosen) {
      const { tables, own } = await readPack(
        db,
        settings,
        recipient.key,
        spanOf(kind, period, settings.fiscalYearStart),
      );
      const base = `${slugOf(recipient.name)}_${period}_as-of-${settings.asOf}`;
      const page = packPage({
        partnerName: recipient.name,
        tier: recipient.tier,
        period: formatPeriod(kind, period),
        asOf: settings.asOf,
        tables,
        assets,
      });
      const written: PackFile[] = [];
      if (options.formats.includes("html")) {
        written.push({ name: `${base}.html`, text: page, checked: page.replace(assets.style.markup, "") });
      }
      if (options.formats.includes("csv")) {
        for (const table of tables) {
          const text = csvOf(
            table.columns,
            table.rows.map((row) => row.map(csvCell)),
          );
          written.push({ name: `${base}_${table.name}.csv`, text, checked: text });
        }
      }
      checkPack(recipient, tables, written, index, { partner: recipient, ...own });
      const name = `${slugOf(recipient.name)}--${fileNameOf(recipient.key)}`;
      await mkdir(path.join(aside, name), { recursive: true });
      for (const file of written) {
        await writeFile(path.join(aside, name, file.name), file.text);
        files.push(path.join(name, file.name));
      }
    }
    await mkdir(folder, { recursive: true });
    for (const name of new Set(files.map((file) => path.dirname(file)))) {
      await rm(path.join(folder, name), { recursive: true, force: true });
      await rename(path.join(aside, name), path.join(folder, name));
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
    await db.destroy();
  }
  return Object.freeze({ folder, period, partners: chosen.length, files });
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
    const leaks = findLeaks(file.checked, index, own);
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

function recipientOf(key: string, all: readonly Recipient[]): Recipient {
  const found = all.find((recipient) => recipient.key === key);
  if (found !== undefined) return found;
  throw new UserError({
    where: `export --partner ${key}`,
    found: "no partner has this key",
    fix: suggest(
      key,
      all.map((recipient) => recipient.key),
    ),
  });
}

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
