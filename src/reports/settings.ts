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
  /** What the configuration may change, by its key there, as it was for this build: `{ active_days: "90 days" }`. */
  readonly inForce: Readonly<Record<string, string>>;
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
    inForce: Object.freeze({
      active_days: days(row.active_days),
      dormant_days: days(row.dormant_days),
      stale_days: days(row.stale_days),
      "activation.window_days": days(row.activation_window_days),
      "sla.decision_hours": `${Number(row.decision_hours)} hours`,
      "sla.response_hours": `${Number(row.response_hours)} hours`,
      "attribution.lookback_days": days(row.lookback_days),
      "attribution.claim_days": days(row.claim_days),
      "attribution.late_days": days(row.late_days),
      "attribution.protection_days": days(row.protection_days),
      "attribution.half_life_days": days(row.half_life_days),
      "attribution.source_weight": `${Number(row.source_weight)}% to the source`,
      "attribution.evidence": row.evidence,
      "cash.grace_days": days(row.grace_days),
      "fx.max_age_days": days(row.fx_max_age_days),
    }),
  });
}

function days(count: number): string {
  return `${Number(count)} ${Number(count) === 1 ? "day" : "days"}`;
}

/** A definition's words with the values in force: `(active_days, 90 unless configured)` → `(active_days: 60 days here)`. */
export function withInForce(words: string, { inForce }: Settings): string {
  return words.replaceAll(/\(([\w.]+), [^()]*? unless configured\)/g, (said, key: string) =>
    inForce[key] === undefined ? said : `(${key}: ${inForce[key]} here)`,
  );
}

/** Minor units as a number in major units, for showing and adding up on a page. */
export function major(minor: number | bigint | null, settings: Settings): number | null {
  return minor === null ? null : Number(minor) / settings.minorUnits;
}
