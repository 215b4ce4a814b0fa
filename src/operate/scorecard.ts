import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Effects } from "../effects.ts";
import { messageOf, UserError } from "../errors.ts";
import { makeFolder } from "../folders.ts";
import { formatDate, majorOf } from "../metrics/format.ts";
import { suggest } from "../nearest.ts";
import { readAssets } from "../reports/assets.ts";
import { lastClosedQuarter } from "../reports/context.ts";
import { printPage } from "../reports/pdf.ts";
import type { Notes } from "../reports/scorecard/notes.ts";
import { scorecardPage } from "../reports/scorecard/page.ts";
import { readSettings, type Settings } from "../reports/settings.ts";
import type { Tables } from "../reports/tables.ts";
import { openReadOnly } from "../warehouse/database.ts";
import { kyselyOver } from "../warehouse/dialect.ts";
import { readCommentaryOf, readNotesFile } from "./commentary.ts";
import { scopeOf } from "./diff.ts";
import { withDifferences } from "./differences.ts";
import { loadExtension } from "./extend.ts";
import { type Frozen, freezePeriod, frozenPeriods } from "./freeze.ts";
import { type Build, homeAt, needPublished } from "./home.ts";

/** The formats of `scorecard`. */
export const scorecardFormats = ["html", "pdf"] as const;

export interface ScorecardOptions {
  readonly loaded: LoadedConfig;
  readonly effects: Effects;
  /** A quarter, `2026-Q3`; the last closed one by default. */
  readonly period?: string;
  /** Formats with commas between. */
  readonly format: string;
  readonly out?: string;
  /** Another file of commentary than `scorecards/<period>.md` beside the configuration. */
  readonly notes?: string;
  readonly freeze?: boolean;
  /** Who presents it; the user of the operating system by default. */
  readonly by?: string;
}

/** What was written. */
export interface WrittenScorecard {
  readonly period: string;
  readonly folder: string;
  readonly files: readonly string[];
  /** Where the period was recorded, when it was asked for. */
  readonly frozen: string | null;
}

// The promise of a scorecard is that it fits on one sheet, printed on both sides.
const printedPages = 2;

/** Writes the scorecard of a quarter and, when asked to, records the quarter as presented. Throws UserError (exit 2) on a bad period, format or commentary. */
export async function writeScorecard(options: ScorecardOptions): Promise<WrittenScorecard> {
  const { loaded, effects } = options;
  const formats = formatsOf(options.format);
  await loadExtension(loaded);
  const home = homeAt(loaded.home);
  const build = await needPublished(home);
  const settings = await settingsOf(build);
  const period = options.period ?? lastClosedQuarter(settings);
  if (!/^(19|2[01])\d{2}-Q[1-4]$/.test(period)) {
    throw new UserError({
      where: `scorecard --period ${period}`,
      found: "this is no quarter",
      fix: `write a quarter like ${lastClosedQuarter(settings)}; the fiscal year is named after the year it ends in`,
    });
  }
  const scope = await scopeOf(build, period);
  if (scope.startsOn > settings.asOf) {
    throw new UserError({
      where: `scorecard --period ${period}`,
      found: `this quarter begins on ${scope.startsOn}, after the date of the published build, ${settings.asOf}`,
      fix: `name one that has begun; the last closed quarter is ${lastClosedQuarter(settings)}`,
    });
  }
  const presented = (await frozenPeriods(home)).filter((frozen) => frozen.period === period);
  const page = await drawScorecard(build, period, {
    notes: await readNotes(options, period),
    history: await historyOf(presented, build, settings),
  });
  const files: { readonly name: string; readonly content: string | Uint8Array }[] = [];
  const base = `scorecard_${period}_as-of-${settings.asOf}`;
  if (formats.includes("html")) files.push({ name: `${base}.html`, content: page });
  if (formats.includes("pdf")) {
    const printed = await printPage(page, effects.env.ATTRIBUTARY_CHROMIUM);
    if (printed.pages !== printedPages) {
      throw new UserError({
        where: `scorecard --period ${period} --format pdf`,
        found: `it takes ${printed.pages} printed pages instead of ${printedPages}`,
        fix: "shorten the commentary of the quarter",
      });
    }
    files.push({ name: `${base}.pdf`, content: printed.pdf });
  }
  const folder = options.out === undefined ? path.join(home.exports, period) : path.resolve(effects.cwd, options.out);
  const placeFix = "name a folder that is there or can be made with --out";
  await makeFolder(folder, placeFix);
  try {
    for (const file of files) await writeFile(path.join(folder, file.name), file.content);
  } catch (error) {
    throw new UserError({
      where: `scorecard --out ${folder}`,
      found: messageOf(error),
      fix: placeFix,
      cause: error,
    });
  }
  const frozen =
    options.freeze === true
      ? await freezePeriod({
          home,
          build,
          scope,
          by: options.by ?? effects.user ?? "an unnamed user",
          at: effects.now(),
          files,
        })
      : null;
  return Object.freeze({ period, folder, files: files.map((file) => file.name), frozen: frozen?.folder ?? null });
}

function formatsOf(text: string): readonly string[] {
  const formats = text.split(",").map((format) => format.trim());
  for (const format of formats) {
    if (!scorecardFormats.some((valid) => valid === format)) {
      throw new UserError({
        where: "scorecard --format",
        found: `"${format}" is not a format`,
        fix: suggest(format, scorecardFormats),
      });
    }
  }
  return formats;
}

async function settingsOf(build: Build): Promise<Settings> {
  const database = await openReadOnly(build.warehouse);
  const db = kyselyOver<Tables>(database);
  try {
    return await readSettings(db);
  } finally {
    await db.destroy();
    database.close();
  }
}

async function drawScorecard(
  build: Build,
  period: string,
  parts: { readonly notes: Notes; readonly history: readonly string[] },
): Promise<string> {
  const database = await openReadOnly(build.warehouse);
  const db = kyselyOver<Tables>(database);
  try {
    return await scorecardPage({ db, period, assets: await readAssets(), ...parts });
  } finally {
    await db.destroy();
    database.close();
  }
}

function readNotes(options: ScorecardOptions, period: string): Promise<Notes> {
  return options.notes === undefined
    ? readCommentaryOf(options.loaded.folder, period)
    : readNotesFile(path.resolve(options.effects.cwd, options.notes));
}

// Two lines at most: the page says that there is a difference, `diff` says which.
async function historyOf(presented: readonly Frozen[], build: Build, settings: Settings): Promise<readonly string[]> {
  const latest = presented.at(-1);
  if (latest === undefined) return [];
  const when = `presented by ${latest.by} on ${formatDate(latest.frozenAt)}, as of ${formatDate(latest.asOf)}`;
  const rows = await withDifferences({ before: latest.facts, after: build.warehouse, scope: latest }, (connection) =>
    connection.rows<{ measure: string; minor: number }>(
      `select case when measure = 'bookings' then 'bookings' else 'collected' end as measure, sum(abs(difference_minor))::bigint as minor
       from difference.line where measure in ('bookings', 'collected') group by all order by all`,
    ),
  );
  if (rows.length === 0) return [`${when}; the numbers are the same`];
  const moved = rows.map((row) => `${majorOf(row.minor, settings.currency)} ${settings.currency} of ${row.measure}`);
  return [
    when,
    `since then ${moved.join(" and ")} moved; attributary diff --frozen ${latest.period} lists each row with its reason`,
  ];
}
