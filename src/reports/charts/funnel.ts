import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** One step of a funnel: how many came that far. */
export interface FunnelStep {
  readonly name: string;
  readonly count: number;
}

/** One bar a step on one scale, with its count and its share of the first step, and a paler bar behind it for the step before. */
export function funnel(parts: { readonly steps: readonly FunnelStep[]; readonly width: number }): Markup {
  const { steps, width } = parts;
  const isNarrow = width < 400;
  const first = steps[0]?.count ?? 0;
  const placed = steps.map((step, index) => ({ ...step, before: steps[index - 1]?.count ?? step.count }));
  const words = (step: FunnelStep): string => {
    const share = first === 0 ? "" : ` · ${Math.round((step.count / first) * 100)}%`;
    return `${step.count.toLocaleString("en-US")}${step === placed[0] ? "" : share}`;
  };
  return draw({
    width,
    height: steps.length * 34 + 8,
    marginLeft: isNarrow ? 100 : 130,
    marginRight: 76,
    marginTop: 4,
    marginBottom: 4,
    x: { domain: [0, Math.max(first, 1)], axis: null },
    y: { domain: steps.map((step) => step.name), label: null, padding: 0.25 },
    color: { type: "identity" },
    marks: [
      Plot.barX(placed, { y: "name", x: "before", fill: "var(--band-1)" }),
      Plot.barX(placed, {
        y: "name",
        x: "count",
        fill: "var(--sourced)",
        title: (step: FunnelStep) => `${step.name}: ${words(step)}`,
      }),
      Plot.ruleX([0], { stroke: "var(--line-strong)" }),
      Plot.text(placed, {
        y: "name",
        x: "before",
        text: words,
        textAnchor: "start",
        dx: 6,
        fill: "var(--ink)",
      }),
      Plot.axisY({ tickSize: 0, fill: "var(--ink)", fontSize: isNarrow ? 11 : 12, lineWidth: isNarrow ? 8 : 11 }),
    ],
  } as Plot.PlotOptions);
}
