import { messageOf } from "../errors.ts";
import type { FrozenFacts } from "../models/frozen.ts";
import type { Database } from "../warehouse/database.ts";
import { withDifferences } from "./differences.ts";
import { type Frozen, frozenPeriods, latestOfEach } from "./freeze.ts";
import type { Build, Home } from "./home.ts";

/** The latest record of every period that was presented. One that cannot be read is told of and left out: it must not keep a site from being published. */
export async function presentedPeriods(home: Home, tell: (line: string) => void): Promise<readonly Frozen[]> {
  try {
    return latestOfEach(await frozenPeriods(home));
  } catch (error) {
    tell(`frozen periods cannot be read, so nothing is compared with them: ${messageOf(error)}`);
    return [];
  }
}

/** Attaches what was frozen beside the warehouse that is built; a file that cannot be opened is told of and left out. */
export async function attachFrozen(
  engine: Database,
  frozen: readonly Frozen[],
  tell: (line: string) => void,
): Promise<readonly FrozenFacts[]> {
  const attached: FrozenFacts[] = [];
  for (const [index, period] of frozen.entries()) {
    const catalog = `frozen_${index}`;
    try {
      await engine.attach(period.facts, catalog, { readOnly: true });
      attached.push({ ...period, catalog });
    } catch (error) {
      tell(`${period.facts} cannot be read, so nothing is compared with it: ${messageOf(error)}`);
    }
  }
  return attached;
}

interface RestatedRow {
  readonly measure: string;
  readonly deal_key: string | null;
  /** The deal's name now, else as it was presented. */
  readonly deal_name: string | null;
  readonly cash_key: string | null;
  readonly entry_key: string | null;
  readonly partner_key: string | null;
  readonly class: string | null;
  readonly before_minor: number;
  readonly after_minor: number;
  readonly difference_minor: number;
  readonly reason: string;
  readonly detail: string;
}

/**
 * Writes into a build that is not published yet why the periods whose numbers are others than presented changed, row by row:
 * `quality.restated_row`. Periods whose numbers are the same cost nothing.
 */
export async function tellRestated(
  engine: Database,
  build: Build,
  frozen: readonly Frozen[],
  tell: (line: string) => void,
): Promise<void> {
  if (frozen.length === 0) return;
  await engine.attach(build.warehouse, "warehouse");
  const connection = await engine.connect();
  const restated = await connection.rows<{ period: string }>(
    "select distinct period from warehouse.quality.restated_value where is_changed order by period",
  );
  const periods = new Set(restated.map((row) => row.period));
  await engine.detach("warehouse");
  const found: { readonly period: Frozen; readonly rows: readonly RestatedRow[] }[] = [];
  for (const period of frozen.filter((each) => periods.has(each.period))) {
    try {
      const rows = await withDifferences({ before: period.facts, after: build.warehouse, scope: period }, (compared) =>
        compared.rows<RestatedRow>(
          `select lines.measure, lines.deal_key, coalesce(now.name, presented.name) as deal_name, lines.cash_key, lines.entry_key, lines.partner_key,
               lines.class, lines.before_minor, lines.after_minor, lines.difference_minor, lines.reason, lines.detail
           from difference.line as lines
           left join after.marts.fct_deal as now on now.deal_key = lines.deal_key
           left join before.marts.fct_deal as presented on presented.deal_key = lines.deal_key`,
        ),
      );
      found.push({ period, rows });
      tell(
        `${period.period} is not what ${period.by} presented; \`attributary diff --frozen ${period.period}\` says why`,
      );
    } catch (error) {
      tell(`${period.period} is not what ${period.by} presented, and why cannot be told: ${messageOf(error)}`);
    }
  }
  if (found.length > 0) {
    await engine.attach(build.warehouse, "warehouse");
    await connection.append(
      { catalog: "warehouse", schema: "quality", table: "restated_row" },
      found.flatMap(({ period, rows }) =>
        rows.map((row) => [
          period.period,
          row.measure,
          row.deal_key,
          row.deal_name,
          row.cash_key,
          row.entry_key,
          row.partner_key,
          row.class,
          row.before_minor,
          row.after_minor,
          row.difference_minor,
          row.reason,
          row.detail,
        ]),
      ),
    );
    await engine.detach("warehouse");
  }
  connection.close();
}
