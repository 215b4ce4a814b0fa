import type { LoadedConfig } from "../config/load.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import { formatDate, majorOf } from "../metrics/format.ts";
import { type DatedKind, spanOf } from "../metrics/periods.ts";
import { suggest } from "../nearest.ts";
import { readAssets } from "../reports/assets.ts";
import { type CsvCell, csvOf } from "../reports/csv.ts";
import { type DifferenceReport, differencePage, type Line, type Side } from "../reports/differences.ts";
import { differencesText } from "../reports/differences-text.ts";
import { type Connection, openReadOnly } from "../warehouse/database.ts";
import { type Scope, type Sides, withDifferences } from "./differences.ts";
import { loadExtension } from "./extend.ts";
import { needFrozen } from "./freeze.ts";
import { type Build, type Home, homeAt, needPublished, publishedBuilds } from "./home.ts";
import { writeOut } from "./output.ts";

/** The formats of `diff`. */
export const diffFormats = ["table", "json", "csv", "html"] as const;
export type DiffFormat = (typeof diffFormats)[number];

export interface DiffOptions {
  readonly loaded: LoadedConfig;
  readonly effects: Effects;
  /** A frozen period; compared with the published build. */
  readonly frozen?: string;
  /** An earlier build; the one published before by default. */
  readonly from?: string;
  /** A later build; the published one by default. */
  readonly to?: string;
  /** Only this period of two builds. */
  readonly period?: string;
  readonly format: DiffFormat;
  readonly out?: string;
}

/** Tells what changed between a frozen period or an earlier build and a later one, on stdout or into a file. Throws UserError (exit 2) when a side is not there. */
export async function runDiff(options: DiffOptions): Promise<void> {
  await loadExtension(options.loaded);
  const report = await readDifferences(options);
  const text = await textOf(report, options.format);
  await writeOut("diff", text, options);
}

interface NamedSides extends Sides {
  readonly beforeName: string;
  readonly afterName: string;
  /** The builds that the sides are, or were taken of. */
  readonly beforeRun: string;
  readonly afterRun: string;
}

async function readDifferences(options: DiffOptions): Promise<DifferenceReport> {
  const home = homeAt(options.loaded.home);
  const sides = await sidesOf(home, options);
  return withDifferences(sides, async (connection) => {
    const setting = await connection.row<{ currency: string }>("select currency from after.config.setting");
    if (setting === undefined) throw new Error("a warehouse has no settings");
    return Object.freeze({
      before: sides.beforeName,
      after: sides.afterName,
      sides: {
        before: await sideOf(connection, "before", sides.beforeRun),
        after: await sideOf(connection, "after", sides.afterRun),
      },
      scope: sides.scope ?? null,
      currency: setting.currency,
      lines: await connection.rows<Line>("from difference.line"),
      reasons: await connection.rows<DifferenceReport["reasons"][number]>(
        `select measure, reason, count(*) as lines, sum(difference_minor)::bigint as difference_minor
         from difference.line group by measure, reason order by measure, reason`,
      ),
      totals: await connection.rows<DifferenceReport["totals"][number]>(
        `select measure, class, sum(before_minor)::bigint as before_minor, sum(after_minor)::bigint as after_minor,
             sum(after_minor - before_minor)::bigint as difference_minor
         from difference.total group by measure, class order by measure, class`,
      ),
      metrics: await connection.rows<DifferenceReport["metrics"][number]>(
        `select metric, period, slice, slice_key, unit, value_before, value_after from difference.metric
         where $1 or slice = 'program'`,
        [options.format === "json"],
      ),
      rules: await connection.rows<DifferenceReport["rules"][number]>(
        "select string_agg(area, ', ' order by area) as areas, detail from difference.rule group by detail order by areas",
      ),
    });
  });
}

async function sideOf(connection: Connection, side: "before" | "after", run: string): Promise<Side> {
  const made = await connection.row<Omit<Side, "run">>(
    `with rules as (
        select
            left(md5(string_agg(key || '=' || value, chr(10) order by key) filter (where key <> 'models')), 8) as configuration,
            left(max(value) filter (where key = 'models'), 8) as models
        from ${side}.config.rule
    )
    select setting.as_of, rules.configuration, coalesce(rules.models, '') as models
    from ${side}.config.setting as setting
    cross join rules`,
  );
  if (made === undefined) throw new Error("a warehouse has no settings");
  return Object.freeze({ run, ...made });
}

async function sidesOf(home: Home, options: DiffOptions): Promise<NamedSides> {
  if (options.frozen !== undefined) {
    if (options.from !== undefined || options.period !== undefined) {
      throw new UserError({
        where: "diff",
        found: "--frozen is given together with --from or --period",
        fix: "give --frozen PERIOD, or --from RUN with an optional --to RUN and --period",
      });
    }
    const frozen = await needFrozen(home, options.frozen);
    const after = options.to === undefined ? await needPublished(home) : await needBuild(home, options.to, "--to");
    return {
      before: frozen.facts,
      beforeName: `${frozen.period} as frozen by ${frozen.by} on ${formatDate(frozen.frozenAt)}`,
      after: after.warehouse,
      afterName: `build ${after.run}`,
      beforeRun: frozen.run,
      afterRun: after.run,
      scope: frozen,
    };
  }
  const after = options.to === undefined ? await needPublished(home) : await needBuild(home, options.to, "--to");
  const before =
    options.from === undefined ? await buildBefore(home, after) : await needBuild(home, options.from, "--from");
  const scope = options.period === undefined ? undefined : await scopeOf(after, options.period);
  return {
    before: before.warehouse,
    beforeName: `build ${before.run}`,
    after: after.warehouse,
    afterName: `build ${after.run}`,
    beforeRun: before.run,
    afterRun: after.run,
    ...(scope === undefined ? {} : { scope }),
  };
}

async function needBuild(home: Home, run: string, flag: string): Promise<Build> {
  const builds = await publishedBuilds(home);
  const found = builds.find((build) => build.run === run);
  if (found !== undefined) return found;
  throw new UserError({
    where: `diff ${flag} ${run}`,
    found: "there is no such build; the latest few are kept",
    fix:
      builds.length === 0
        ? "run `attributary refresh` first"
        : suggest(
            run,
            builds.map((build) => build.run),
          ),
  });
}

async function buildBefore(home: Home, later: Build): Promise<Build> {
  const builds = await publishedBuilds(home);
  const before = builds[builds.findIndex((build) => build.run === later.run) - 1];
  if (before !== undefined) return before;
  throw new UserError({
    where: "diff",
    found: "there is no build before this one",
    fix: "refresh again and compare then, or name a frozen period with --frozen",
  });
}

/** The days of a period's label under the fiscal calendar a build was made with. Throws UserError (exit 2) on a label that is none. */
export async function scopeOf(build: Build, period: string): Promise<Scope> {
  const kind: DatedKind | undefined = /^(19|2[01])\d{2}-Q[1-4]$/.test(period)
    ? "quarter"
    : /^(19|2[01])\d{2}-(0[1-9]|1[0-2])$/.test(period)
      ? "month"
      : /^(19|2[01])\d{2}$/.test(period)
        ? "year"
        : undefined;
  if (kind === undefined) {
    throw new UserError({
      where: `--period ${period}`,
      found: "this is no period",
      fix: "write a quarter like 2026-Q3, a month like 2026-07 or a year like 2026",
    });
  }
  const database = await openReadOnly(build.warehouse);
  try {
    const connection = await database.connect();
    const row = await connection.row<{ start: number }>("select fiscal_year_start as start from config.setting");
    return Object.freeze({ period, ...spanOf(kind, period, row?.start ?? 1) });
  } finally {
    database.close();
  }
}

async function textOf(report: DifferenceReport, format: DiffFormat): Promise<string> {
  switch (format) {
    case "json":
      return `${JSON.stringify(report, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2)}\n`;
    case "csv":
      return csvText(report);
    case "html":
      return differencePage(report, await readAssets());
    case "table":
      return differencesText(report);
  }
}

const lineColumns = [
  "measure",
  "deal_key",
  "cash_key",
  "entry_key",
  "partner_key",
  "class",
  "before",
  "after",
  "difference",
  "currency",
  "reason",
  "detail",
] as const;

function csvText(report: DifferenceReport): string {
  const text = (cell: string | null): CsvCell => (cell === null ? null : { text: cell });
  const money = (minor: number): CsvCell => ({ number: majorOf(minor, report.currency) });
  return csvOf(
    lineColumns,
    report.lines.map((line) => [
      text(line.measure),
      text(line.deal_key),
      text(line.cash_key),
      text(line.entry_key),
      text(line.partner_key),
      text(line.class),
      money(line.before_minor),
      money(line.after_minor),
      money(line.difference_minor),
      text(report.currency),
      text(line.reason),
      text(line.detail),
    ]),
  );
}
