import * as Plot from "@observablehq/plot";
import { type Fragment, html, type Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** One part of one bar. */
export interface StackPart {
  /** The bar, as printed below it: `Q3 FY26`. */
  readonly bar: string;
  readonly series: string;
  readonly value: number;
}

/** One series of a stack, from the bottom up. */
export interface StackSeries {
  readonly name: string;
  readonly fill: string;
  readonly stroke?: string;
  /** The colour of the value inside a part that is tall enough for it; without one no value stands there. */
  readonly ink?: string;
}

/** How a class of money looks everywhere: solid, hatched, outlined. */
export const classLooks = Object.freeze({
  sourced: { name: "Sourced", fill: "var(--sourced)" },
  influenced: { name: "Influenced only", fill: "url(#hatch-influenced)" },
  direct: { name: "Direct", fill: "var(--direct)", stroke: "var(--direct-line)" },
  unlinked: { name: "Not linked to a deal", fill: "none", stroke: "var(--direct-line)" },
});

/** The shapes of series with their words, for drawings too narrow to name them beside the bars. */
export function seriesKey(series: readonly StackSeries[]): readonly Fragment[] {
  return series.map(
    (one) =>
      html`<span><svg viewBox="0 0 14 12" aria-hidden="true"><rect x="1" y="1" width="12" height="10" fill="${one.fill}"${one.stroke === undefined ? null : html` stroke="${one.stroke}"`}/></svg>${one.name}</span>`,
  );
}

/** Bars by quarter from zero, each part once, totals above, series named beside the last bar. The running quarter is lighter and says so. */
export function stackedBars(parts: {
  readonly data: readonly StackPart[];
  readonly bars: readonly string[];
  readonly series: readonly StackSeries[];
  /** A bar still running, drawn lighter. */
  readonly running: string | null;
  /** Signs of notes under a bar. */
  readonly signs?: ReadonlyMap<string, string>;
  readonly format: (value: number) => string;
  readonly width: number;
}): Markup {
  const { data, bars, series, width } = parts;
  const signOf = (bar: string): string => parts.signs?.get(bar) ?? "";
  const soFar = (bar: string): string => (bar === parts.running ? "so far" : "");
  const isNarrow = width < 400;
  const looks = new Map(series.map((one) => [one.name, one]));
  const totals = bars.map((bar) => ({
    bar,
    value: data.filter((part) => part.bar === bar).reduce((sum, part) => sum + Math.max(0, part.value), 0),
  }));
  const top = Math.max(...totals.map((total) => total.value), 1e-9);
  const height = isNarrow ? 254 : 280;
  const labels = isNarrow ? [] : labelsBeside(data, bars, series, top, height);
  const inside = valuesInside(data, bars, series, (15 * top) / (height - 46), parts.running);
  const stacked = Plot.stackY(
    { order: series.map((one) => one.name) },
    {
      x: "bar",
      y: (part: StackPart) => Math.max(0, part.value),
      z: "series",
      fill: (part: StackPart) => looks.get(part.series)?.fill ?? "none",
      stroke: (part: StackPart) => looks.get(part.series)?.stroke ?? "none",
      fillOpacity: (part: StackPart) => (part.bar === parts.running ? 0.6 : 1),
      insetTop: 1,
      insetBottom: 1,
      insetLeft: isNarrow ? 2 : 10,
      insetRight: isNarrow ? 2 : 10,
      title: (part: StackPart) => `${part.bar}, ${part.series}: ${parts.format(part.value)}`,
    },
  );
  return draw({
    width,
    height,
    marginTop: 22,
    marginLeft: 2,
    marginRight: isNarrow ? 2 : 130,
    marginBottom: (isNarrow ? 48 : 24) + (parts.running === null ? 0 : 14),
    x: { domain: bars, label: null, padding: 0.08 },
    y: { domain: [0, top], axis: null },
    color: { type: "identity" },
    opacity: { type: "identity" },
    marks: [
      Plot.barY(
        data.filter((part) => part.value > 0),
        stacked,
      ),
      Plot.ruleY([0], { stroke: "var(--line-strong)" }),
      Plot.text(inside, {
        x: "bar",
        y: "y",
        text: (one: (typeof inside)[number]) => parts.format(one.value),
        fill: "ink",
        fontSize: isNarrow ? 10 : 12,
      }),
      Plot.text(totals, {
        x: "bar",
        y: "value",
        text: (total: (typeof totals)[number]) => (total.value === 0 ? "0" : parts.format(total.value)),
        dy: -9,
        fontWeight: 600,
        fill: "var(--ink)",
        // On a phone a bar is as wide as its total in letters of this size.
        fontSize: isNarrow ? 9 : 12,
      }),
      Plot.axisX({
        tickSize: 0,
        fill: "var(--muted)",
        fontSize: isNarrow ? 10 : 12,
        tickFormat: (bar: string) =>
          isNarrow
            ? [...bar.split(" FY").map((part, index) => (index === 0 ? part : `’${part}`)), soFar(bar), signOf(bar)]
                .filter((line) => line !== "")
                .join("\n")
            : `${bar} ${signOf(bar)}`.trim() + (soFar(bar) === "" ? "" : `\n${soFar(bar)}`),
      }),
      Plot.text(labels, {
        x: () => bars.at(-1) ?? "",
        y: "y",
        text: "name",
        textAnchor: "start",
        dx: (width - 132) / bars.length / 2 + 2,
        fill: "var(--ink)",
      }),
    ],
  } as Plot.PlotOptions);
}

// Values of the parts that are tall enough for a line of text.
function valuesInside(
  data: readonly StackPart[],
  bars: readonly string[],
  series: readonly StackSeries[],
  least: number,
  running: string | null,
): readonly { readonly bar: string; readonly y: number; readonly value: number; readonly ink: string }[] {
  return bars.flatMap((bar) => {
    let base = 0;
    return series.flatMap(({ name, ink }) => {
      const value = Math.max(0, data.find((part) => part.bar === bar && part.series === name)?.value ?? 0);
      base += value;
      // The running bar is paler than any of the colours that a value was chosen for.
      const shown = bar === running ? "var(--ink)" : ink;
      return shown === undefined || ink === undefined || value < least
        ? []
        : [{ bar, y: base - value / 2, value, ink: shown }];
    });
  });
}

// Names stand at the middle of the last bar's parts, pushed apart where they would touch.
function labelsBeside(
  data: readonly StackPart[],
  bars: readonly string[],
  series: readonly StackSeries[],
  top: number,
  height: number,
): { readonly name: string; readonly y: number }[] {
  const last = bars.at(-1);
  const gap = (top / (height - 46)) * 15;
  let base = 0;
  let floor = gap * 0.5;
  const labels: { name: string; y: number }[] = [];
  for (const one of series) {
    const value = Math.max(0, data.find((part) => part.bar === last && part.series === one.name)?.value ?? 0);
    const middle = base + value / 2;
    base += value;
    if (!data.some((part) => part.series === one.name && part.value > 0)) continue;
    const y = Math.max(middle, floor);
    labels.push({ name: one.name, y });
    floor = y + gap;
  }
  return labels;
}
