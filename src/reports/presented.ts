import { sayDay } from "../metrics/explain/words.ts";
import type { Warehouse } from "./tables.ts";

/** What was presented of closed quarters, so that pages can mark what is no longer the same. */
export interface Presented {
  /** When a quarter was presented, for people; null when it was not. */
  readonly on: (period: string) => string | null;
  /** What a changed amount was presented as; null where it is unchanged or was not presented. */
  readonly as: (
    metric: string,
    place: { readonly period: string; readonly slice: string; readonly sliceKey: string },
  ) => number | null;
}

const keyOf = (...parts: readonly string[]): string => parts.join("\u0001");

/** Where nothing was presented. */
export const nothingPresented: Presented = Object.freeze({ on: () => null, as: () => null });

/** Reads what was frozen with scorecards and which amounts differ from it. */
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
  const as = new Map(
    changes.map((row) => [keyOf(row.metric, row.period, row.slice, row.slice_key), Number(row.presented_value)]),
  );
  return Object.freeze({
    on: (period: string) => on.get(period) ?? null,
    as: (metric: string, place: { readonly period: string; readonly slice: string; readonly sliceKey: string }) =>
      as.get(keyOf(metric, place.period, place.slice, place.sliceKey)) ?? null,
  });
}
