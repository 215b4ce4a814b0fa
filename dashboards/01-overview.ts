import { quarterLabel } from "../src/reports/context.ts";
import { cards } from "../src/reports/card.ts";
import { html } from "../src/reports/html.ts";
import { definePage } from "../src/reports/page.ts";

export const page = definePage({
  id: "overview",
  title: "Overview",
  question: "Are we on target, better than last year, what moved, and what needs a decision?",
  group: "Decide",
  order: 1,
  filters: ["period", "slice"],
  render: (context) => ({
    finding: `x ${quarterLabel(context.period)}`,
    body: context.block(["period", "slice"], (view) =>
      cards(context, view, [
        { id: "sourced_collected" },
        { id: "influenced_collected" },
        { id: "sourced_share" },
        { id: "sourced_bookings" },
        { id: "active_partners" },
        { id: "win_rate" },
      ]),
    ),
  }),
});
