import type { Point } from "../metrics/compare.ts";
import type { PeriodKind, Slice } from "../metrics/define.ts";
import { allMetrics, findMetric } from "../metrics/registry.ts";
import type { Warehouse } from "./tables.ts";

/** One value of `metrics.value` or `metrics.to_date`, as numbers for showing. */
export interface StoredPoint extends Point {
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly n: number;
}

type Place = readonly [periodKind: PeriodKind, period: string, slice: Slice, sliceKey: string];

/** Values held in memory, so that a page drawn for a hundred choices asks the warehouse once. */
export interface MetricPoints {
  readonly value: (metric: string, ...place: Place) => StoredPoint | undefined;
  /** Of an earlier period, cut at the same day as the running one. */
  readonly toDate: (metric: string, ...place: Place) => StoredPoint | undefined;
  /** A quarter's target in the metric's unit; money without an exchange rate is no target. */
  readonly target: (metric: string, period: string, slice: Slice, sliceKey: string) => number | null;
}

interface Row {
  readonly metric: string;
  readonly period_kind: string;
  readonly period: string;
  readonly slice: string;
  readonly slice_key: string;
  readonly value: string | null;
  readonly numerator: string | null;
  readonly denominator: string | null;
  readonly n: number | bigint;
  readonly status: string;
}

// What is known by month only is told by month in every slice.
const monthly = (): readonly string[] =>
  allMetrics()
    .filter((metric) => metric.periods.every((kind) => kind === "month"))
    .map((metric) => metric.id);

const keyOf = (...parts: readonly string[]): string => parts.join("\u0001");

// By metric, kind of period, period, slice and its key: a page looks up thousands, and no key is put together for each of them.
type Stored = Map<string, Map<string, Map<string, Map<string, Map<string, StoredPoint>>>>>;

function within<Inner>(map: Map<string, Map<string, Inner>>, key: string): Map<string, Inner> {
  const inner = map.get(key) ?? new Map<string, Inner>();
  map.set(key, inner);
  return inner;
}

function store(rows: readonly Row[]): Stored {
  const points: Stored = new Map();
  for (const row of rows) {
    within(within(within(within(points, row.metric), row.period_kind), row.period), row.slice).set(
      row.slice_key,
      Object.freeze({
        value: row.value === null ? null : Number(row.value),
        numerator: row.numerator === null ? null : Number(row.numerator),
        denominator: row.denominator === null ? null : Number(row.denominator),
        n: Number(row.n),
        status: row.status === "final" || row.status === "no_data" ? row.status : "to_date",
      }),
    );
  }
  return points;
}

function find(points: Stored, metric: string, [kind, period, slice, sliceKey]: Place): StoredPoint | undefined {
  return points.get(metric)?.get(kind)?.get(period)?.get(slice)?.get(sliceKey);
}

/**
 * Reads the values of the program and its slices, or some metrics of some partners.
 * What is not among a partner's own values is looked up in `rest`: the program's, for comparison on its page.
 */
export async function readPoints(
  db: Warehouse,
  minorUnits: number,
  of: { readonly partners: readonly string[]; readonly metrics: readonly string[] } | null,
  rest?: MetricPoints,
): Promise<MetricPoints> {
  const read = async (table: "metrics.value" | "metrics.to_date"): Promise<Stored> => {
    const base = db
      .selectFrom(table)
      .select([
        "metric",
        "period_kind",
        "period",
        "slice",
        "slice_key",
        "value",
        "numerator",
        "denominator",
        "n",
        "status",
      ]);
    const query =
      of === null
        ? base
            .where("slice", "<>", "partner")
            .where((where) =>
              where.or([
                where("period_kind", "in", ["quarter", "current"]),
                where("slice", "=", "program"),
                where("metric", "in", monthly()),
              ]),
            )
        : base
            .where("slice", "=", "partner")
            .where("slice_key", "in", of.partners)
            .where("metric", "in", of.metrics)
            .where("period_kind", "in", ["quarter", "current"]);
    return store(await query.execute());
  };
  const readTargets = async (): Promise<Map<string, number>> => {
    const base = db
      .selectFrom("marts.dim_target")
      .select(["metric", "period", "slice", "slice_key", "amount", "amount_reporting_minor"])
      .where("period_kind", "=", "quarter");
    const query =
      of === null
        ? base.where("slice", "<>", "partner")
        : base.where("slice", "=", "partner").where("slice_key", "in", of.partners);
    const targets = new Map<string, number>();
    for (const row of await query.execute()) {
      const isMoney = findMetric(row.metric)?.unit === "money";
      if (isMoney && row.amount_reporting_minor === null) continue;
      const amount = isMoney ? Number(row.amount_reporting_minor) / minorUnits : Number(row.amount);
      targets.set(keyOf(row.metric, row.period, row.slice, row.slice_key), amount);
    }
    return targets;
  };
  const reading = [readTargets(), read("metrics.value"), read("metrics.to_date")] as const;
  const [targets, values, toDates] = await Promise.all(reading);
  return Object.freeze({
    value: (metric: string, ...place: Place) => find(values, metric, place) ?? rest?.value(metric, ...place),
    toDate: (metric: string, ...place: Place) => find(toDates, metric, place) ?? rest?.toDate(metric, ...place),
    target: (metric: string, period: string, slice: Slice, sliceKey: string) =>
      targets.get(keyOf(metric, period, slice, sliceKey)) ?? null,
  });
}
