import { current, defineMetric } from "./define.ts";

/** Where a partner stands among its peers. */
export const score = Object.freeze([
  defineMetric({
    id: "partner_score",
    label: "Partner score",
    words: "Where a partner stands among partners of its type, from 0 to 100. 50 is the middle.",
    formula:
      "weighted mean of the percentiles of sourced and influenced bookings, win rate and active dates over 12 months, sourced pipeline and certification",
    unit: "points",
    better: "up",
    form: "index",
    grain: "one peer",
    datedBy: "as of",
    periods: current,
    slices: ["partner"],
    owner: "Partnerships",
    included:
      "Every partner that Partners counts; peers are those of the same type, or all where these are fewer than five.",
    excluded: "Ended partners and prospects; a win rate without closed deals drops out.",
    model: "sql/metrics/score.sql",
  }),
]);
