import type { PageContext } from "./context.ts";

/** One metric of every partner by quarter, where pages compare partners with each other. */
export interface PartnerValues {
  /** Zero where a partner has no row. */
  readonly value: (partnerKey: string, period: string) => number;
  /** Of an earlier quarter, cut at the same day as the running one. */
  readonly toDate: (partnerKey: string, period: string) => number;
}

/** Reads a summed metric of every partner. Throws UserError with the nearest id when there is no such metric. */
export async function readPartnerValues(context: PageContext, id: string): Promise<PartnerValues> {
  const { db } = context;
  const metric = context.metric(id).metric.id;
  const read = async (
    table: "metrics.value" | "metrics.to_date",
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> => {
    const rows = await db
      .selectFrom(table)
      .select(["slice_key", "period", "value"])
      .where("metric", "=", metric)
      .where("slice", "=", "partner")
      .where("period_kind", "=", "quarter")
      .execute();
    const periods = new Map<string, Map<string, number>>();
    for (const row of rows) {
      const partners = periods.get(row.period) ?? new Map<string, number>();
      periods.set(row.period, partners.set(row.slice_key, Number(row.value ?? 0)));
    }
    return periods;
  };
  const values = await read("metrics.value");
  const toDates = await read("metrics.to_date");
  return Object.freeze({
    value: (partnerKey: string, period: string) => values.get(period)?.get(partnerKey) ?? 0,
    toDate: (partnerKey: string, period: string) => toDates.get(period)?.get(partnerKey) ?? 0,
  });
}

/** Reads a metric of every partner as of now; null where a partner has no value. Throws UserError as above. */
export async function readPartnerState(
  context: PageContext,
  id: string,
): Promise<(partnerKey: string) => number | null> {
  const { db } = context;
  const metric = context.metric(id).metric.id;
  const rows = await db
    .selectFrom("metrics.value")
    .select(["slice_key", "value"])
    .where("metric", "=", metric)
    .where("slice", "=", "partner")
    .where("period_kind", "=", "current")
    .execute();
  const values = new Map(rows.map((row) => [row.slice_key, row.value === null ? null : Number(row.value)]));
  return (partnerKey) => values.get(partnerKey) ?? null;
}
