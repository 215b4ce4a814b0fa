import { defineMetric } from "./define.ts";

/** How long deals stay in each stage. */
export const stages = Object.freeze([
  defineMetric({
    id: "stage_days_median.<stage>",
    label: "Median days in <stage>",
    words: "The middle number of days a deal spends in this stage. Deals still in it count up to the as-of date.",
    formula: "median over deals of the days in the stage, re-entries added up",
    unit: "days",
    better: "down",
    form: "median",
    grain: "one deal in one stage",
    datedBy: "first entry into the stage",
    variants: "any",
    included:
      "For the program every counted deal, in a slice the deals its partners brought. Stages of one name in two pipelines are one.",
    excluded: "Won and lost stages.",
    model: "sql/metrics/stages.sql",
  }),
]);
