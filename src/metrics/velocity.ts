import { current, defineMetric } from "./define.ts";

const datedBy = "closed_on";
const included = "Won deals of class sourced.";
const excluded = "Deals with a negative cycle (listed under Data quality).";
const formula = "close date − decision date of the winning registration, else its submission, else deal creation";

/** How fast sourced deals are won. */
export const velocity = Object.freeze([
  defineMetric({
    id: "cycle_days_median",
    label: "Median sales cycle",
    words: "The middle number of days from a partner deal's start to its win.",
    formula: `median of ${formula}`,
    unit: "days",
    better: "down",
    form: "median",
    grain: "one won deal",
    datedBy,
    included,
    excluded,
    model: "sql/metrics/wins_samples.sql",
  }),
  defineMetric({
    id: "cycle_days_median.<certification>",
    label: "Median sales cycle, <certification> partners",
    words: "The median sales cycle, apart for partners with and without a certification when the deal began.",
    formula: `median of ${formula}, by the source's certification on the created date`,
    unit: "days",
    better: "down",
    form: "median",
    grain: "one won deal",
    datedBy,
    variants: ["certified", "uncertified"],
    included,
    excluded,
    model: "sql/metrics/wins_samples.sql",
  }),
  defineMetric({
    id: "cycle_days_mean",
    label: "Mean sales cycle",
    words: "The mean number of days from a partner deal's start to its win. A few very slow deals pull it up.",
    formula: `mean of ${formula}`,
    unit: "days",
    better: "down",
    form: "mean",
    grain: "one won deal",
    datedBy,
    included,
    excluded,
    model: "sql/metrics/wins.sql",
  }),
  defineMetric({
    id: "pipeline_velocity",
    label: "Pipeline velocity",
    words: "What the open partner deals bring per day at the pace of the last 12 months.",
    formula:
      "qualified open sourced deals × mean won amount × win rate ÷ mean cycle days, the last three over 12 months",
    unit: "money_per_day",
    better: "up",
    form: "index",
    grain: "one open deal",
    datedBy: "as of",
    periods: current,
    included: "Qualified open deals of class sourced, and sourced deals closed in the last 12 months.",
    excluded,
    model: "sql/metrics/velocity.sql",
  }),
]);
