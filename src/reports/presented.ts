import { sayDay } from "../metrics/explain/words.ts";
import { findMetric } from "../metrics/registry.ts";
import type { Warehouse } from "./tables.ts";

/** What a figure was presented as; null where there was nothing to work it out from. */
export interface PresentedValue {
  readonly value: number | null;
}

/** What was presented of closed quarters, so that pages can mark what is no longer the same. */
export interface Presented {
  /** When a quarter was presented, for people; null when it was not. */
  readonly on: (period: string) => string | null;
  /** What a changed figure was presented as; null where it is unchanged or was not presented. */
  readonly as: (
    metric: string,
    place: { readonly period: string; readonly slice: string; readonly sliceKey: string },
  ) => PresentedValue | null;
}

const keyOf = (...parts: readonly string[]): string => parts.join("\u0001");

/** Where nothing was presented. */
export const nothingPresented: Presented = Object.freeze({ on: () => null, as: () => null });

/** Reads what was frozen with scorecards and which amounts, rates and counts differ from it. */
export async function readPresented(db: Warehouse, timezone: string): Promise<Presented> {
  const quarters = await db
    .selectFrom("quality.restated_value")
    .select(["period", (field) => field.fn.max<Date>("frozen_at").as("frozen_at")])
    .groupBy("period")
    .execute();
  const changes = await db
    .selectFrom("quality.restated_value")
    .select(["metric", "period", "slice", "slice_key", "presented_value"])
    .where("is_changed", "=", true)
    .execute();
  const on = new Map(quarters.map((row) => [row.period, sayDay(row.frozen_at, timezone)]));
  const figures = await db
    .selectFrom("quality.restated_figure")
    .select(["metric", "period", "slice", "slice_key", "presented_value", "value"])
    .execute();
  const as = new Map<string, PresentedValue>(
    changes.map((row) => [
      keyOf(row.metric, row.period, row.slice, row.slice_key),
      { value: Number(row.presented_value) },
    ]),
  );
  for (const row of figures) {
    const form = findMetric(row.metric)?.form;
    // A sum or count of nothing is zero, whether or not it has a row.
    const nothing = form === "sum" || form === "count" ? 0 : null;
    const [then, now] = [row.presented_value, row.value].map((value) => (value === null ? nothing : Number(value)));
    if (form !== undefined && then !== undefined && then !== now)
      as.set(keyOf(row.metric, row.period, row.slice, row.slice_key), { value: then });
  }
  return Object.freeze({
    on: (period: string) => on.get(period) ?? null,
    as: (metric: string, place: { readonly period: string; readonly slice: string; readonly sliceKey: string }) =>
      as.get(keyOf(metric, place.period, place.slice, place.sliceKey)) ?? null,
  });
}
