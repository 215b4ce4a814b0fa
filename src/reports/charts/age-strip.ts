import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** One open deal in its stage. */
export interface AgeDot {
  readonly row: string;
  readonly days: number;
  readonly amount: number;
  readonly words: string;
  readonly isOld: boolean;
}

// More dots than these hide each other, and twice as many, wide and narrow, would weigh more than a page may.
const dotsShown = 120;

/** The dots that a strip shows of all there are: the largest amounts, of equal ones the oldest. */
export function shownDots(dots: readonly AgeDot[]): readonly AgeDot[] {
  if (dots.length <= dotsShown) return dots;
  return dots.toSorted((a, b) => b.amount - a.amount || b.days - a.days).slice(0, dotsShown);
}

/** One row a stage, one dot a deal by its days there; a tick marks the age from which a deal is old. */
export function ageStrip(parts: {
  readonly data: readonly AgeDot[];
  readonly rows: readonly string[];
  /** Days from which a deal of the stage is old; null where nothing is known of it. */
  readonly limits: readonly { readonly row: string; readonly days: number | null }[];
  readonly width: number;
}): Markup {
  const { data, rows, width } = parts;
  const isNarrow = width < 400;
  const limits = parts.limits.filter((limit) => limit.days !== null);
  const top = Math.max(...data.map((dot) => dot.days), ...limits.map((limit) => limit.days ?? 0), 1) * 1.03;
  const largest = Math.max(...data.map((dot) => dot.amount), 1);
  return draw({
    width,
    height: rows.length * 34 + 30,
    marginLeft: isNarrow ? 92 : 120,
    marginRight: 16,
    marginTop: 4,
    marginBottom: 26,
    x: { domain: [0, top], label: null },
    y: { domain: [...rows], label: null },
    color: { type: "identity" },
    r: { type: "identity" },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: isNarrow ? 3 : 6 }),
      Plot.axisX({
        tickSize: 0,
        fill: "var(--muted)",
        label: null,
        ticks: isNarrow ? 3 : 6,
        tickFormat: (days: number) => `${days} d`,
      }),
      Plot.axisY({
        tickSize: 0,
        fill: "var(--ink)",
        label: null,
        fontSize: isNarrow ? 11 : 12,
        lineWidth: isNarrow ? 7 : 10,
      }),
      Plot.dot(data, {
        x: "days",
        y: "row",
        r: (dot: AgeDot) => 2.5 + Math.sqrt(dot.amount / largest) * (isNarrow ? 5 : 7),
        fill: (dot: AgeDot) => (dot.isOld ? "var(--worse)" : "var(--mark-soft)"),
        stroke: "var(--page)",
        title: "words",
      }),
      Plot.tickX(limits, { x: "days", y: "row", stroke: "var(--target)", strokeWidth: 2.5 }),
    ],
  } as Plot.PlotOptions);
}
