import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** One value of one row under one rule. */
export interface DotValue {
  readonly row: string;
  readonly rule: string;
  readonly value: number;
}

/** How a rule is drawn: shape and colour differ together. */
export interface DotRule {
  readonly name: string;
  readonly symbol: "circle" | "square" | "triangle" | "diamond" | "times";
  readonly colour: string;
}

/** One row a partner, one mark a rule, joined by a thin line: the longer the line, the more the answer depends on the rule. */
export function dots(parts: {
  readonly data: readonly DotValue[];
  readonly rows: readonly string[];
  readonly rules: readonly DotRule[];
  readonly format: (value: number) => string;
  readonly width: number;
}): Markup {
  const { data, rows, rules, width } = parts;
  const isNarrow = width < 400;
  const top = Math.max(...data.map((value) => value.value), 1e-9);
  return draw({
    width,
    height: rows.length * 30 + 34,
    marginLeft: isNarrow ? 104 : 170,
    marginRight: 24,
    marginTop: 6,
    marginBottom: 26,
    x: { domain: [0, top], label: null },
    y: { domain: [...rows], label: null },
    symbol: { domain: rules.map((rule) => rule.name), range: rules.map((rule) => rule.symbol) },
    color: { type: "identity" },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: isNarrow ? 3 : 5 }),
      Plot.axisX({ tickSize: 0, fill: "var(--muted)", label: null, ticks: isNarrow ? 3 : 5, tickFormat: parts.format }),
      Plot.axisY({
        tickSize: 0,
        fill: "var(--ink)",
        label: null,
        fontSize: isNarrow ? 11 : 12,
        lineWidth: isNarrow ? 8 : 14,
      }),
      Plot.ruleY(data, Plot.groupY({ x1: "min", x2: "max" }, { y: "row", x: "value", stroke: "var(--line-strong)" })),
      ...rules.map((rule) =>
        Plot.dot(
          data.filter((value) => value.rule === rule.name),
          {
            x: "value",
            y: "row",
            symbol: "rule",
            // The first rule lies below the others and is larger, so that it shows where they say the same.
            r: rule === rules[0] ? 8 : 4.5,
            fill: rule.symbol === "times" ? "none" : rule.colour,
            stroke: rule.symbol === "times" ? rule.colour : "var(--page)",
            strokeWidth: rule.symbol === "times" ? 2 : 1,
            title: (value: DotValue) => `${value.row}, ${value.rule}: ${parts.format(value.value)}`,
          },
        ),
      ),
    ],
  } as Plot.PlotOptions);
}
