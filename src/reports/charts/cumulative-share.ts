import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** The share that the first so many together have. */
export interface SharePoint {
  readonly place: number;
  readonly share: number;
}

/** How much the largest ones bring together, from the largest on; some places are named, and a thin line says what equal parts would be. */
export function cumulativeShare(parts: {
  /** From place 1 on, in order; the last share is 1. */
  readonly points: readonly SharePoint[];
  /** The places that are named on the line. */
  readonly named: readonly number[];
  readonly noun: string;
  readonly width: number;
}): Markup {
  const { points, named, noun, width } = parts;
  const isNarrow = width < 400;
  const last = points.length;
  const line = [{ place: 0, share: 0 }, ...drawn(points, named)];
  const marks = points.filter((point) => named.includes(point.place));
  const percent = (share: number): string => `${Math.round(share * 100)}%`;
  const words = (point: SharePoint): string =>
    `${point.place === 1 ? "largest" : `${point.place} largest`} ${percent(point.share)}`;
  return draw({
    width,
    height: isNarrow ? 220 : 250,
    marginLeft: 40,
    marginRight: 20,
    marginTop: 14,
    marginBottom: 34,
    x: { domain: [0, Math.max(last, 1)], label: null, type: "linear" },
    y: { domain: [0, 1], label: null },
    color: { type: "identity" },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, tickSize: 0, fill: "var(--muted)", label: null, tickFormat: percent }),
      Plot.axisX({
        ticks: isNarrow ? 3 : 6,
        tickSize: 0,
        tickPadding: 8,
        fill: "var(--muted)",
        label: null,
        tickFormat: (place: number) => (Number.isInteger(place) ? String(place) : ""),
      }),
      Plot.ruleY([0], { stroke: "var(--line-strong)" }),
      Plot.line(
        [
          { place: 0, share: 0 },
          { place: last, share: 1 },
        ],
        { x: "place", y: "share", stroke: "var(--mark-soft)", strokeDasharray: "2 4" },
      ),
      Plot.text([{ place: last, share: isNarrow ? 0.3 : 0.5 }], {
        x: "place",
        y: "share",
        text: () => (isNarrow ? "dotted: equal parts" : `dotted: if all ${noun} brought the same`),
        textAnchor: "end",
        fill: "var(--muted)",
        fontSize: isNarrow ? 10 : 12,
      }),
      Plot.line(line, { x: "place", y: "share", stroke: "var(--sourced)", strokeWidth: 2.4 }),
      Plot.dot(marks, { x: "place", y: "share", r: 4, fill: "var(--sourced)", stroke: "var(--page)", title: words }),
      Plot.text(marks, {
        x: "place",
        y: "share",
        text: words,
        textAnchor: "start",
        dx: 9,
        dy: 7,
        fill: "var(--ink)",
        stroke: "var(--page)",
        strokeWidth: 4,
        fontSize: isNarrow ? 10 : 12,
      }),
    ],
  } as Plot.PlotOptions);
}

// More points than this cannot be told apart in the line.
const mostPoints = 60;

/** The places that the line passes: all of them while they are few, else evenly spread ones with the named and the last. */
function drawn(points: readonly SharePoint[], named: readonly number[]): readonly SharePoint[] {
  const every = Math.ceil(points.length / mostPoints);
  return points.filter(
    (point) => point.place % every === 0 || point.place === points.length || named.includes(point.place),
  );
}
