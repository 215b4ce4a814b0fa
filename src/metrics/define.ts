/** What a value is measured in. Money is in major units of the reporting currency; a ratio of 1 is 100%. */
export const units = ["money", "ratio", "days", "hours", "count", "money_per_day", "points"] as const;
export type Unit = (typeof units)[number];

/** The spans a metric is computed for; `current` is the state on the as-of date. */
export const periodKinds = ["month", "quarter", "year", "current"] as const;
export type PeriodKind = (typeof periodKinds)[number];

/** The ways a metric is cut (R71); `program` is all partners together, the others the partners of one type, tier, region or manager. */
export const sliceNames = ["program", "partner", "type", "tier", "region", "manager"] as const;
export type Slice = (typeof sliceNames)[number];

/** Which direction is good news. */
export type Better = "up" | "down" | "neutral";

/** How a value comes about: sums and counts add up over time, the others are worked out anew for each period. */
export type Form = "sum" | "count" | "ratio" | "mean" | "median" | "percentile" | "index";

/** One metric, or a family of metrics that differ in one word: `credited_bookings.<model>`. */
export interface Metric {
  /** Stable name; `<word>` after a dot stands for one of `variants`. */
  readonly id: string;
  readonly label: string;
  /** What the number says, for someone who has never seen it. */
  readonly words: string;
  /** How it is worked out, in the words of the columns. */
  readonly formula: string;
  readonly unit: Unit;
  readonly better: Better;
  readonly form: Form;
  /** What one row behind the value is. */
  readonly grain: string;
  /** The date that puts a row into a period; `as of` for the state on the as-of date. */
  readonly datedBy: string;
  readonly periods: readonly PeriodKind[];
  readonly slices: readonly Slice[];
  /** Whether the rows of the partners add up to the program's row. */
  readonly addsUp: boolean;
  /** Whether `metrics.to_date` holds earlier periods cut at the same day as the running one. */
  readonly hasToDate: boolean;
  readonly included: string;
  readonly excluded: string;
  /** The team that decides what this number means. */
  readonly owner: string;
  /** The version in which the definition last changed. */
  readonly since: string;
  /** The file that computes it. */
  readonly model: string;
  /** How a ratio is shown where it is not a percentage: coverage as `3.2×`, concentration as `0.18`. */
  readonly shownAs?: "times" | "decimal";
  /** Whether it rests on amounts without being money itself, so that a row without one is not among its rows. */
  readonly restsOnAmounts?: boolean;
  /** The words `<word>` stands for, or `any` where the data brings its own (stage names); absent for a plain metric. */
  readonly variants?: readonly string[] | "any";
}

/** What a family file writes down; the rest has defaults that suit most metrics. */
export interface MetricParts
  extends Omit<Metric, "slices" | "periods" | "addsUp" | "hasToDate" | "excluded" | "since" | "owner"> {
  readonly slices?: readonly Slice[];
  readonly periods?: readonly PeriodKind[];
  readonly addsUp?: boolean;
  readonly hasToDate?: boolean;
  readonly excluded?: string;
  readonly since?: string;
  readonly owner?: string;
}

/** The program as a whole only (R71). */
export const programOnly: readonly Slice[] = Object.freeze(["program"]);
/** Months, fiscal quarters and fiscal years (R27). */
export const dated: readonly PeriodKind[] = Object.freeze(["month", "quarter", "year"]);
/** The state on the as-of date. */
export const current: readonly PeriodKind[] = Object.freeze(["current"]);

/** Names of the credit models, the official one first. */
export const creditModels = [
  "sourced_wins",
  "declared_split",
  "first_touch",
  "last_touch",
  "linear",
  "position",
  "time_decay",
  "source_split",
] as const;

const defined = new WeakSet<object>();

/** Whether a value was made by `defineMetric`. */
export function isMetric(value: unknown): value is Metric {
  return typeof value === "object" && value !== null && defined.has(value);
}

/**
 * Defines a metric of one's own; a file of `metrics/` exports a list of them as `metrics`. It is worked out by the SQL file of
 * the same name beside it unless `model` names another one there. Otherwise as `defineMetric`.
 */
export function defineOwnMetric(parts: Omit<MetricParts, "model"> & { readonly model?: string }): Metric {
  return defineMetric({ ...parts, model: parts.model ?? "" });
}

const notCounted = "Deleted, merged and excluded deals; rows without an exchange rate (listed under Data quality).";

/**
 * Completes a metric's definition: all slices, months to years, owned by RevOps, unless it says otherwise.
 * Sums, counts, ratios and means over dated rows are kept to date as well, since they can be cut at any day.
 */
export function defineMetric(parts: MetricParts): Metric {
  const periods = parts.periods ?? dated;
  const slices = parts.slices ?? sliceNames;
  const isCuttable = ["sum", "count", "ratio", "mean"].includes(parts.form) && !periods.includes("current");
  const metric = Object.freeze({
    ...parts,
    periods,
    slices,
    addsUp: parts.addsUp ?? ((parts.form === "sum" || parts.form === "count") && slices.length > 1),
    hasToDate: parts.hasToDate ?? isCuttable,
    excluded: parts.excluded ?? notCounted,
    since: parts.since ?? "0.1.0",
    owner: parts.owner ?? "RevOps",
  });
  defined.add(metric);
  return metric;
}
