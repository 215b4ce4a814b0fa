import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** One bin: from its lower bound up to and including its upper one; the last has no upper bound. */
export interface Bin {
  readonly from: number;
  readonly to: number | null;
  readonly count: number;
}

/** How many bins stand on each side of the limit; what lies beyond them is one last bin. */
const binsToLimit = 4;
const binsBeyond = 4;

/** Counts values into bins whose bounds fall on the limit: four up to it, four of the same width beyond it, one for the rest. */
export function binsAround(values: readonly number[], limit: number): readonly Bin[] {
  const size = limit / binsToLimit;
  const all = binsToLimit + binsBeyond;
  const counts = new Array<number>(all + 1).fill(0);
  for (const value of values) {
    const place = Math.min(all, Math.max(0, Math.ceil(value / size) - 1));
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts.map((count, place) => ({ from: place * size, to: place === all ? null : (place + 1) * size, count }));
}

/** Columns of equal width with their counts above and the bounds below, and a line with its name at the limit. */
export function histogram(parts: {
  readonly bins: readonly Bin[];
  readonly limit: number;
  /** What stands at the line: `48 h agreed`. */
  readonly limitName: string;
  readonly format: (bound: number) => string;
  readonly width: number;
}): Markup {
  const { bins, limit, width } = parts;
  const isNarrow = width < 400;
  const last = bins.length;
  const placed = bins.map((bin, place) => ({ ...bin, x1: place, x2: place + 1 }));
  const top = Math.max(...bins.map((bin) => bin.count), 1);
  const line = bins.findIndex((bin) => bin.from >= limit);
  const ticks = placed.map((bin) => bin.x1);
  return draw({
    width,
    height: isNarrow ? 210 : 236,
    marginLeft: 10,
    marginRight: 10,
    marginTop: 34,
    marginBottom: 30,
    x: { domain: [0, last], label: null, type: "linear" },
    y: { domain: [0, top], axis: null },
    color: { type: "identity" },
    marks: [
      Plot.rectY(placed, {
        x1: "x1",
        x2: "x2",
        y: "count",
        inset: 1,
        fill: (bin: Bin) => (bin.from >= limit ? "var(--worse)" : "var(--sourced)"),
        title: (bin: Bin) =>
          `${bin.to === null ? `over ${parts.format(bin.from)}` : `${parts.format(bin.from)} to ${parts.format(bin.to)}`}: ${bin.count}`,
      }),
      Plot.ruleY([0], { stroke: "var(--line-strong)" }),
      Plot.text(
        placed.filter((bin) => bin.count > 0),
        {
          x: (bin: (typeof placed)[number]) => bin.x1 + 0.5,
          y: "count",
          text: (bin: Bin) => String(bin.count),
          dy: -8,
          fill: "var(--ink)",
          fontSize: isNarrow ? 10 : 12,
        },
      ),
      Plot.ruleX(line < 0 ? [] : [line], { stroke: "var(--target)", strokeWidth: 2.5, insetTop: -16 }),
      Plot.text(line < 0 ? [] : [line], {
        x: (place: number) => place,
        frameAnchor: "top",
        dy: -30,
        text: () => parts.limitName,
        fill: "var(--ink)",
      }),
      Plot.axisX(ticks, {
        tickSize: 0,
        fill: "var(--muted)",
        label: null,
        fontSize: isNarrow ? 9 : 12,
        tickFormat: (place: number) => {
          const bin = bins[place];
          if (bin === undefined) return "";
          return bin.to === null ? `>${parts.format(bin.from)}` : parts.format(bin.from);
        },
      }),
    ],
  } as Plot.PlotOptions);
}
