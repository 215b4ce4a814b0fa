import type { Metric } from "./define.ts";
import { formatChange, formatPercentagePoints, formatSample, formatSigned, type Numeric, noValue } from "./format.ts";

/** One value as `metrics.value` or `metrics.to_date` holds it. */
export interface Point {
  readonly value: Numeric | null;
  readonly n: Numeric;
  readonly status: "final" | "to_date" | "no_data";
}

/** What is to be compared. A row that is absent is undefined. */
export interface ComparisonInput {
  readonly metric: Metric;
  /** The value in question. */
  readonly now: Point | undefined;
  /** The whole earlier period, from `metrics.value`; of a state of now, what it was on an earlier day, where that is known. */
  readonly whole: Point | undefined;
  /** The earlier period cut at the same day, from `metrics.to_date`. */
  readonly toDate: Point | undefined;
  /** The earlier period for people, like `Q2 FY26`. */
  readonly label: string;
  /** Whether the period in question is still running; by default as the value says. */
  readonly isRunning?: boolean;
}

/** A comparison as every page prints it. */
export interface Comparison {
  readonly kind: "change" | "no_change" | "new" | "no_data" | "not_comparable";
  /** For a card or cell: `+12.3%`, `+2.3 pp`, `no change`, `new`, `no data`, `–`. */
  readonly text: string;
  /** For a sentence: `up 12.3% on Q2 FY26 to the same day`. */
  readonly words: string;
  readonly direction: "up" | "down" | "none";
  readonly judgement: "better" | "worse" | "neutral";
  /** Now minus then, in the metric's unit; null where there are not two values. */
  readonly difference: number | null;
  /** Why there is nothing to compare. */
  readonly reason: string | null;
  /** Whether fewer than 10 rows stand behind either value. */
  readonly isSmall: boolean;
  /** Where the sample is small, the smaller of the two with the side it stands on: `n = 7 now`, `n = 7 then`; else empty. */
  readonly sample: string;
}

/** Below this many rows a rate, mean or median is shown grey with its n. */
export const smallSample = 10;

/**
 * Compares a value with an earlier period: part against the same part while a period runs, whole against whole after it.
 * Nothing before is `new`, equal is `no change`, no value is `no data`; rates differ in percentage points.
 */
export function compare(input: ComparisonInput): Comparison {
  const { metric, now, label } = input;
  if (metric.periods.includes("current") && input.whole === undefined) {
    return nothing("not_comparable", noValue, "this is a state as of now; earlier builds keep their own");
  }
  const isRunning = input.isRunning ?? now?.status === "to_date";
  if (isRunning && !metric.hasToDate) {
    return nothing("not_comparable", noValue, `the period is still running, and ${label} is only known as a whole`);
  }
  const base = isRunning ? input.toDate : input.whole;
  const on = isRunning ? `${label} to the same day` : label;
  const current = amountOf(metric, now);
  const earlier = amountOf(metric, base);
  if (current === null) return nothing("no_data", "no data", "there is nothing to work it out from");

  const small = sampleOf(metric, now, base);
  if (earlier === null || (earlier === 0 && current !== 0 && metric.unit !== "ratio")) {
    const words = earlier === null ? `new: no data for ${on}` : `new: nothing in ${on}`;
    return freeze({ ...small, kind: "new", text: "new", words, ...aim(metric, 0), difference: null, reason: null });
  }
  const difference = current - earlier;
  const text = changeText(metric, current, earlier);
  if (difference === 0) {
    const words = `no change on ${on}`;
    return freeze({
      ...small,
      kind: "no_change",
      text: "no change",
      words,
      ...aim(metric, 0),
      difference: 0,
      reason: null,
    });
  }
  if (text === null) {
    return freeze({
      ...nothing("not_comparable", noValue, `${on} was below zero, so a percentage would say nothing`),
      ...small,
      difference,
    });
  }
  const size = text.replace(/^[+−]/, "");
  const words = `${difference > 0 ? "up" : "down"} ${size} on ${on}`;
  return freeze({ ...small, kind: "change", text, words, ...aim(metric, difference), difference, reason: null });
}

/**
 * How a value stands to its target: the share reached, and in words. Null where there is no target or no value; of a target of
 * zero there is no share, only a side of it.
 */
export function compareWithTarget(
  metric: Metric,
  value: Numeric | null,
  target: Numeric | null,
): { readonly share: number | null; readonly text: string; readonly judgement: Comparison["judgement"] } | null {
  if (value === null || target === null) return null;
  if (Number(target) === 0) {
    const side = Number(value) === 0 ? "on target" : `${Number(value) > 0 ? "above" : "below"} a target of 0`;
    return Object.freeze({ share: null, text: side, judgement: aim(metric, Number(value)).judgement });
  }
  const share = Number(value) / Number(target);
  const text = share === 1 ? "on target" : `${formatChange(share - 1)} against target`;
  return Object.freeze({ share, text, judgement: aim(metric, share - 1).judgement });
}

/** Whether a value rests on so few rows that it is shown grey; a count is its own n and never is. */
export function isSmallSample(metric: Pick<Metric, "form">, n: Numeric): boolean {
  return metric.form !== "count" && Number(n) < smallSample;
}

// No row means a real zero for what is added up, and no data for what is divided.
function amountOf(metric: Metric, point: Point | undefined): number | null {
  const isAdded = metric.form === "sum" || metric.form === "count";
  if (point === undefined || point.status === "no_data") return isAdded ? 0 : null;
  return point.value === null ? null : Number(point.value);
}

function sampleOf(
  metric: Metric,
  now: Point | undefined,
  base: Point | undefined,
): Pick<Comparison, "isSmall" | "sample"> {
  const nowN = Number(now?.n ?? 0);
  const thenN = base === undefined ? Number.POSITIVE_INFINITY : Number(base.n);
  const n = Math.min(nowN, thenN);
  const isSmall = isSmallSample(metric, n);
  return { isSmall, sample: isSmall ? `${formatSample(n)} ${nowN <= thenN ? "now" : "then"}` : "" };
}

function changeText(metric: Metric, current: number, earlier: number): string | null {
  const text = roundedChange(metric, current, earlier);
  // A change that rounds to nothing is still a change, and "0.0%" would read as none.
  return text === null || /[1-9]/.test(text) ? text : text.replace(/^[+−]?0\.0/, "under 0.1");
}

function roundedChange(metric: Metric, current: number, earlier: number): string | null {
  const difference = current - earlier;
  if (metric.unit === "points") return `${formatSigned(difference)} points`;
  if (metric.unit === "ratio") {
    if (metric.shownAs === "times") return `${formatSigned(difference)}×`;
    if (metric.shownAs !== "decimal") return formatPercentagePoints(difference);
  }
  return earlier <= 0 ? null : formatChange(difference / earlier);
}

function aim(metric: Pick<Metric, "better">, difference: number): Pick<Comparison, "direction" | "judgement"> {
  if (difference === 0) return { direction: "none", judgement: "neutral" };
  const direction = difference > 0 ? "up" : "down";
  if (metric.better === "neutral") return { direction, judgement: "neutral" };
  return { direction, judgement: metric.better === direction ? "better" : "worse" };
}

function nothing(kind: "no_data" | "not_comparable", text: string, reason: string): Comparison {
  return freeze({
    kind,
    text,
    words: reason,
    direction: "none",
    judgement: "neutral",
    difference: null,
    reason,
    isSmall: false,
    sample: "",
  });
}

function freeze(comparison: Comparison): Comparison {
  return Object.freeze(comparison);
}
