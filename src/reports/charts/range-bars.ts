import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** The middle half of some durations and their median, for one step and one group. */
export interface Range {
  readonly step: string;
  readonly group: string;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  readonly n: number;
}

/** A thick line from the 25th to the 75th percentile with a dot at the median, groups of a step below each other. */
export function rangeBars(parts: {
  readonly data: readonly Range[];
  readonly steps: readonly string[];
  /** Groups in the order of their lines, with their colour. */
  readonly groups: readonly { readonly name: string; readonly stroke: string }[];
  readonly unit: string;
  readonly width: number;
}): Markup {
  const { data, steps, groups, width } = parts;
  const isNarrow = width < 400;
  const top = Math.max(...data.map((range) => range.high), 1) * 1.02;
  const colour = new Map(groups.map((group) => [group.name, group.stroke]));
  return draw({
    width,
    height: steps.length * (groups.length * 18 + 16) + 30,
    marginLeft: isNarrow ? 92 : 150,
    marginRight: isNarrow ? 78 : 120,
    marginTop: 4,
    marginBottom: 26,
    x: { domain: [0, top], label: null, ticks: isNarrow ? 3 : 6, grid: true },
    fy: { domain: [...steps], label: null, padding: 0.1, axis: null },
    y: { domain: groups.map((group) => group.name), label: null, axis: null, padding: 0.3 },
    color: { type: "identity" },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: isNarrow ? 3 : 6 }),
      Plot.axisX({ fill: "var(--muted)", tickSize: 0, label: null, ticks: isNarrow ? 3 : 6 }),
      Plot.ruleY(data, {
        fy: "step",
        y: "group",
        x1: "low",
        x2: "high",
        stroke: (range: Range) => colour.get(range.group) ?? "var(--mark)",
        strokeWidth: 7,
        strokeOpacity: 0.65,
      }),
      Plot.dot(data, {
        fy: "step",
        y: "group",
        x: "middle",
        r: 5,
        fill: (range: Range) => colour.get(range.group) ?? "var(--mark)",
        stroke: "var(--page)",
        strokeWidth: 1.5,
        title: (range: Range) =>
          `${range.step}, ${range.group}: median ${range.middle} ${parts.unit}, middle half ${range.low} to ${range.high}, n = ${range.n}`,
      }),
      Plot.text(data, {
        fy: "step",
        y: "group",
        x: "high",
        text: (range: Range) => `${range.group} ${range.middle}`,
        textAnchor: "start",
        dx: 8,
        fill: "var(--ink)",
        fontSize: isNarrow ? 11 : 12,
      }),
      Plot.text(steps, {
        fy: (step: string) => step,
        frameAnchor: "left",
        text: (step: string) => step,
        textAnchor: "end",
        dx: -10,
        fill: "var(--ink)",
        lineWidth: isNarrow ? 7 : 11,
        fontSize: isNarrow ? 11 : 12,
      }),
    ],
  } as Plot.PlotOptions);
}
