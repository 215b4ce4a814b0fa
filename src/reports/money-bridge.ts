import { formatMoneyShort } from "../metrics/format.ts";
import { type BridgeStep, bridge } from "./charts/bridge.ts";
import type { FigureParts } from "./figure.ts";
import { table } from "./table.ts";
import { signedMoneyText } from "./words.ts";

/** The drawing of a bridge in money and the table behind it, whose id and caption are given; for `figure`. */
export function moneyBridge(parts: {
  readonly id: string;
  readonly caption: string;
  /** Amounts in major units. */
  readonly steps: readonly BridgeStep[];
  readonly currency: string;
}): Pick<FigureParts, "draw" | "data"> {
  const { id, caption, steps, currency } = parts;
  return {
    draw: (width) =>
      bridge({
        steps,
        format: (value, kind) =>
          kind === "total" ? formatMoneyShort(value, currency) : signedMoneyText(value, currency),
        width,
      }),
    data: table<BridgeStep>({
      id,
      caption,
      noun: "steps",
      search: false,
      empty: "No steps.",
      rows: steps,
      columns: [
        { label: "Step", kind: "text", value: (step) => step.name },
        { label: "Amount", kind: "money", value: (step) => step.value },
      ],
    }),
  };
}
