import type { Built } from "./build.ts";

/** The parts of a metric's row that tests speak of. */
export interface Row {
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly n: number;
  readonly status: string;
}

/** One row of `metrics.value`, numbers as numbers; undefined when there is none. `where` names period and slice: `2026-Q3`, `partner drop:p1`. */
export async function metricRow(
  built: Built,
  metric: string,
  period: string,
  slice = "program all",
  table = "metrics.value",
): Promise<Row | undefined> {
  const space = slice.indexOf(" ");
  const [row] = await built.connection.rows<Record<keyof Row, string | number | null>>(
    `select value, numerator, denominator, n, status from ${table}
     where metric = $1 and period = $2 and slice = $3 and slice_key = $4`,
    [metric, period, slice.slice(0, space), slice.slice(space + 1)],
  );
  if (row === undefined) return undefined;
  const number = (cell: string | number | null): number | null => (cell === null ? null : Number(cell));
  return {
    value: number(row.value),
    numerator: number(row.numerator),
    denominator: number(row.denominator),
    n: Number(row.n),
    status: String(row.status),
  };
}

/** The value alone; undefined when there is no row. */
export async function metricValue(
  built: Built,
  metric: string,
  period: string,
  slice?: string,
): Promise<number | null | undefined> {
  return (await metricRow(built, metric, period, slice))?.value;
}
