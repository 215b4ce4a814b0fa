import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** One point of one line. A point without a value breaks the line. */
export interface LinePoint {
  readonly series: string;
  readonly x: number;
  readonly y: number | null;
  /** Not settled yet: the line goes there in dashes and the name at its end tells the point before. */
  readonly isProvisional?: boolean;
}

/** One line: the emphasised one is dark, the others grey; dashes mean not finished. */
export interface LineSeries {
  readonly name: string;
  /** Said after the value at the line's end: how many stand behind it. */
  readonly more?: string;
  readonly stroke: string;
  readonly isDashed?: boolean;
}

/** Lines over a few steps with their names at the end, no legend. */
export function lines(parts: {
  readonly data: readonly LinePoint[];
  readonly series: readonly LineSeries[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  readonly ticksX: readonly number[];
  /** Where the axis ends, if beyond the last tick. */
  readonly lastX?: number;
  /** The highest y there can be, such as 1 for shares. */
  readonly top?: number;
  /** Where the axis begins, 0 unless said; what is told of it stands in the caption. */
  readonly bottom?: number;
  /** Whether a value holds until the next one, rather than moving there evenly. */
  readonly isStepped?: boolean;
  readonly width: number;
}): Markup {
  const { data, series, width } = parts;
  const known = data.filter((point) => point.y !== null);
  const settled = known.filter((point) => point.isProvisional !== true);
  const isNarrow = width < 400;
  const height = isNarrow ? 220 : 250;
  const top = Math.max(...known.map((point) => point.y ?? 0), 1e-9);
  const ceiling = Math.min(parts.top ?? Number.POSITIVE_INFINITY, top * 1.1);
  const floor = parts.bottom ?? 0;
  const looks = new Map(series.map((one) => [one.name, one]));
  const ends = spread(
    series.flatMap((one) => {
      const last = settled.filter((point) => point.series === one.name).at(-1);
      return last === undefined ? [] : [{ name: one.name, x: last.x, y: last.y ?? 0, at: last.y ?? 0 }];
    }),
    ((ceiling - floor) / (height - 44)) * (isNarrow ? 14 : 17),
    ceiling,
  );
  const lastX = parts.lastX ?? parts.ticksX.at(-1) ?? 0;
  const nameOf = (end: End): string =>
    [end.name, parts.formatY(end.y), looks.get(end.name)?.more ?? ""].join(" ").trimEnd();
  // Room for the longest name, by the usual width of a letter.
  const room = Math.max(...ends.map((end) => nameOf(end).length), 0) * (isNarrow ? 5.6 : 6.6) + 22;
  // The dashes begin where the settled line ends.
  const tail = (name: string): readonly LinePoint[] => {
    const own = data.filter((point) => point.series === name);
    const first = own.findIndex((point) => point.isProvisional === true);
    return first < 1 ? [] : own.slice(first - 1);
  };
  return draw({
    width,
    height,
    marginLeft: 40,
    marginRight: Math.max(isNarrow ? 82 : 118, Math.ceil(room)),
    marginTop: 10,
    marginBottom: 34,
    x: { domain: [parts.ticksX[0] ?? 0, lastX], label: null, type: "linear" },
    y: { domain: [floor, ceiling], label: null },
    color: { type: "identity" },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, tickSize: 0, fill: "var(--muted)", label: null, tickFormat: parts.formatY }),
      Plot.axisX({
        ticks: [...parts.ticksX],
        tickSize: 0,
        tickPadding: 8,
        fill: "var(--muted)",
        label: null,
        tickFormat: parts.formatX,
      }),
      Plot.ruleY([floor], { stroke: "var(--line-strong)" }),
      ...series.map((one) =>
        Plot.line(
          data.filter((point) => point.series === one.name && point.isProvisional !== true),
          {
            x: "x",
            y: (point: LinePoint) => point.y ?? Number.NaN,
            stroke: one.stroke,
            strokeWidth: one.isDashed === true ? 2.4 : 1.8,
            ...(one.isDashed === true ? { strokeDasharray: "5 3" } : {}),
            ...(parts.isStepped === true ? { curve: "step-after" } : {}),
          },
        ),
      ),
      ...series.flatMap((one) =>
        tail(one.name).length === 0
          ? []
          : [
              Plot.line(tail(one.name), {
                x: "x",
                y: (point: LinePoint) => point.y ?? Number.NaN,
                stroke: one.stroke,
                strokeWidth: 1.4,
                strokeDasharray: "3 3",
              }),
              Plot.dot(
                tail(one.name)
                  .slice(1)
                  .filter((point) => point.y !== null),
                { x: "x", y: "y", r: 2.5, fill: "var(--page)", stroke: one.stroke },
              ),
            ],
      ),
      Plot.link(ends, {
        x1: "x",
        y1: "y",
        x2: () => lastX,
        y2: "at",
        stroke: "var(--mark-soft)",
        strokeDasharray: "1 3",
      }),
      Plot.dot(ends, {
        x: "x",
        y: "y",
        r: 3,
        fill: (end: (typeof ends)[number]) => looks.get(end.name)?.stroke ?? "var(--mark)",
      }),
      // The name of a line that ends early stands far from it, so the line's own colour stands beside the name.
      Plot.dot(ends, {
        x: () => lastX,
        y: "at",
        r: 3,
        dx: 9,
        fill: (end: (typeof ends)[number]) => looks.get(end.name)?.stroke ?? "var(--mark)",
      }),
      Plot.text(ends, {
        x: () => lastX,
        y: "at",
        text: nameOf,
        textAnchor: "start",
        dx: 16,
        fill: "var(--ink)",
        fontSize: isNarrow ? 10 : 12,
      }),
    ],
  } as Plot.PlotOptions);
}

interface End {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

// Names at the ends of lines keep their order and a line's height between them.
function spread(ends: readonly End[], gap: number, ceiling: number): readonly End[] {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  let floor = Number.NEGATIVE_INFINITY;
  const up = sorted.map((end) => {
    const at = Math.max(end.y, floor);
    floor = at + gap;
    return { ...end, at };
  });
  // What was pushed above the chart is pushed back down, and what stands in its way with it.
  let top = ceiling;
  return up.reverse().map((end) => {
    const at = Math.min(end.at, top);
    top = at - gap;
    return { ...end, at };
  });
}
