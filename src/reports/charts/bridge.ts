import * as Plot from "@observablehq/plot";
import type { Markup } from "../html.ts";
import { draw } from "./draw.ts";

/** One step of a bridge: a total stands on zero, a change floats where the one before ended. */
export interface BridgeStep {
  readonly name: string;
  readonly value: number;
  readonly kind: "total" | "change";
  /** A change that is neither good nor bad news, such as a payout. */
  readonly isNeutral?: boolean;
}

interface Placed extends BridgeStep {
  readonly from: number;
  readonly to: number;
}

/** From one total to another in steps that add up, top to bottom. */
export function bridge(parts: {
  readonly steps: readonly BridgeStep[];
  /** Writes a total, and a change with its sign. */
  readonly format: (value: number, kind: BridgeStep["kind"]) => string;
  readonly width: number;
}): Markup {
  const { steps, width } = parts;
  const placed: Placed[] = [];
  let at = 0;
  for (const step of steps) {
    const from = step.kind === "total" ? 0 : at;
    at = step.kind === "total" ? step.value : at + step.value;
    placed.push({ ...step, from, to: at });
  }
  const low = Math.min(0, ...placed.map((step) => Math.min(step.from, step.to)));
  const high = Math.max(1e-9, ...placed.map((step) => Math.max(step.from, step.to)));
  const isNarrow = width < 400;
  const left = isNarrow ? 108 : 170;
  return draw({
    width,
    height: steps.length * 30 + 8,
    marginLeft: left,
    marginRight: 76,
    marginTop: 4,
    marginBottom: 4,
    x: { domain: [low, high], axis: null },
    y: { domain: steps.map((step) => step.name), label: null, padding: 0.3 },
    color: { type: "identity" },
    marks: [
      Plot.barX(placed, {
        y: "name",
        x1: "from",
        x2: "to",
        fill: (step: Placed) =>
          step.kind === "total"
            ? "var(--mark)"
            : step.isNeutral === true
              ? "var(--mark-soft)"
              : step.value < 0
                ? "var(--worse)"
                : "var(--better)",
        title: (step: Placed) => `${step.name}: ${parts.format(step.value, step.kind)}`,
      }),
      Plot.ruleX([0], { stroke: "var(--line-strong)" }),
      Plot.text(placed, {
        y: "name",
        x: (step: Placed) => Math.max(step.from, step.to),
        text: (step: Placed) => parts.format(step.value, step.kind),
        textAnchor: "start",
        dx: 6,
        fill: "var(--ink)",
      }),
      Plot.axisY({ tickSize: 0, fill: "var(--ink)", fontSize: isNarrow ? 11 : 12, lineWidth: isNarrow ? 9 : 14 }),
    ],
  } as Plot.PlotOptions);
}
