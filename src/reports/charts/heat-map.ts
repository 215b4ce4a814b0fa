import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** One cell; a value that is not known yet is left empty. */
export interface HeatCell {
  readonly row: string;
  readonly column: string;
  readonly value: number | null;
  /** Too few stand behind it to say much: it is written in grey, without colour. */
  readonly isSmall?: boolean;
}

// The palest cell still differs from an empty one, and ink reads on the darkest.
const palest = 0.14;
const darkest = 0.54;

/** A grid with the value in every cell; darker is more. */
export function heatMap(parts: {
  readonly data: readonly HeatCell[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly format: (value: number) => string;
  /** The value of the palest cell, 0 unless said. */
  readonly smallest?: number;
  readonly largest: number;
  readonly width: number;
}): Markup {
  const { data, rows, columns, largest, width } = parts;
  const isNarrow = width < 400;
  const smallest = parts.smallest ?? 0;
  const strength = (cell: HeatCell): number =>
    cell.value === null || largest === smallest ? 0 : Math.max(0, (cell.value - smallest) / (largest - smallest));
  const known = data.filter((cell) => cell.value !== null);
  return draw({
    width,
    height: rows.length * 28 + 30,
    marginLeft: 12 + Math.max(...rows.map((row) => row.length)) * (isNarrow ? 5.4 : 6.4),
    marginRight: 2,
    marginTop: 24,
    marginBottom: 4,
    padding: 0.05,
    x: { domain: [...columns], label: null },
    y: { domain: [...rows], label: null },
    color: { type: "identity" },
    opacity: { type: "identity" },
    marks: [
      Plot.axisX({ anchor: "top", tickSize: 0, fill: "var(--muted)", label: null, fontSize: isNarrow ? 10 : 12 }),
      Plot.axisY({ tickSize: 0, fill: "var(--ink)", label: null, fontSize: isNarrow ? 10 : 12 }),
      Plot.cell(known, {
        x: "column",
        y: "row",
        fill: "var(--heat)",
        fillOpacity: (cell: HeatCell) => (cell.isSmall === true ? 0.03 : palest + strength(cell) * (darkest - palest)),
        title: (cell: HeatCell) => `${cell.row}, ${cell.column}: ${parts.format(cell.value ?? 0)}`,
      }),
      Plot.text(known, {
        x: "column",
        y: "row",
        text: (cell: HeatCell) => parts.format(cell.value ?? 0),
        fill: (cell: HeatCell) => (cell.isSmall === true ? "var(--muted)" : "var(--ink)"),
        fontSize: isNarrow ? 10 : 12,
      }),
    ],
  } as Plot.PlotOptions);
}
