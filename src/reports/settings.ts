import type { Warehouse } from "./tables.ts";

/** What pages need to know of the configuration, as the build used it. */
export interface Settings {
  readonly currency: string;
  /** Minor units in one major unit: 100 for USD, 1 for JPY. */
  readonly minorUnits: number;
  readonly timezone: string;
  readonly fiscalYearStart: number;
  /** The date everything is told as of, `YYYY-MM-DD` in the reporting zone. */
  readonly asOf: string;
  readonly isAsOfExplicit: boolean;
  readonly activeDays: number;
  readonly dormantDays: number;
  readonly staleDays: number;
  /** Hours within which a registration is to be decided. */
  readonly decisionHours: number;
  readonly activationWindowDays: number;
  readonly claimDays: number;
  readonly lateDays: number;
  readonly lookbackDays: number;
  readonly evidence: string;
}

/** Reads the settings a warehouse was built with. */
export async function readSettings(db: Warehouse): Promise<Settings> {
  const row = await db.selectFrom("config.setting").selectAll().executeTakeFirstOrThrow();
  return Object.freeze({
    currency: row.currency,
    minorUnits: 10 ** row.exponent,
    timezone: row.timezone,
    fiscalYearStart: row.fiscal_year_start,
    asOf: row.as_of,
    isAsOfExplicit: row.is_as_of_explicit,
    activeDays: row.active_days,
    dormantDays: row.dormant_days,
    staleDays: row.stale_days,
    decisionHours: Number(row.decision_hours),
    activationWindowDays: row.activation_window_days,
    claimDays: row.claim_days,
    lateDays: row.late_days,
    lookbackDays: row.lookback_days,
    evidence: row.evidence,
  });
}

/** Minor units as a number in major units, for showing and adding up on a page. */
export function major(minor: number | bigint | null, settings: Settings): number | null {
  return minor === null ? null : Number(minor) / settings.minorUnits;
}
