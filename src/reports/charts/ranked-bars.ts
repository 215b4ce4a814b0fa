import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";
import type { StackPart, StackSeries } from "./stacked-bars.ts";

/** Horizontal stacks, one a row, in the order given, with the total at the end of each. */
export function rankedBars(parts: {
  readonly data: readonly StackPart[];
  readonly rows: readonly string[];
  readonly series: readonly StackSeries[];
  readonly format: (value: number) => string;
  readonly width: number;
}): Markup {
  const { data, rows, series, width } = parts;
  const looks = new Map(series.map((one) => [one.name, one]));
  const totals = rows.map((row) => ({
    row,
    value: data.filter((part) => part.bar === row).reduce((sum, part) => sum + Math.max(0, part.value), 0),
  }));
  const top = Math.max(...totals.map((total) => total.value), 1e-9);
  const isNarrow = width < 400;
  return draw({
    width,
    height: rows.length * 30 + 8,
    marginLeft: isNarrow ? 96 : 130,
    marginRight: 64,
    marginTop: 4,
    marginBottom: 4,
    x: { domain: [0, top], axis: null },
    y: { domain: [...rows], label: null, padding: 0.28 },
    color: { type: "identity" },
    marks: [
      Plot.barX(
        data.filter((part) => part.value > 0),
        Plot.stackX(
          { order: series.map((one) => one.name) },
          {
            y: "bar",
            x: "value",
            z: "series",
            fill: (part: StackPart) => looks.get(part.series)?.fill ?? "none",
            stroke: (part: StackPart) => looks.get(part.series)?.stroke ?? "none",
            insetLeft: 1,
            insetRight: 1,
            title: (part: StackPart) => `${part.bar}, ${part.series}: ${parts.format(part.value)}`,
          },
        ),
      ),
      Plot.ruleX([0], { stroke: "var(--line-strong)" }),
      Plot.text(totals, {
        y: "row",
        x: "value",
        text: (total: (typeof totals)[number]) => parts.format(total.value),
        textAnchor: "start",
        dx: 6,
        fill: "var(--ink)",
      }),
      Plot.axisY({ tickSize: 0, fill: "var(--ink)", fontSize: isNarrow ? 11 : 12, lineWidth: isNarrow ? 8 : 11 }),
    ],
  } as Plot.PlotOptions);
}
