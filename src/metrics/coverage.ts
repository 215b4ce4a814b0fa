import { current, defineMetric, programOnly } from "./define.ts";

const model = "sql/metrics/targets.sql";

/** Whether there is enough, against targets and across accounts. */
export const coverage = Object.freeze([
  defineMetric({
    id: "pipeline_coverage",
    label: "Pipeline coverage",
    words:
      "How often the open partner pipeline of a period covers what is still missing to its target. Empty once the target is met.",
    formula: "open sourced pipeline expected to close in the period ÷ (target of sourced_bookings − won so far)",
    unit: "ratio",
    shownAs: "times",
    better: "up",
    form: "ratio",
    grain: "one target",
    datedBy: "expected_close_on",
    hasToDate: false,
    included: "Open deals of class sourced with an expected close date in the period.",
    excluded: "Periods without a target, and met targets.",
    model,
  }),
  defineMetric({
    id: "target_attainment",
    label: "Target attainment",
    words: "How much of its target of sourced bookings a period has reached.",
    formula: "sourced_bookings / target",
    unit: "ratio",
    better: "up",
    form: "ratio",
    grain: "one target",
    datedBy: "closed_on",
    hasToDate: false,
    included: "Targets of sourced_bookings for exactly this period and slice.",
    excluded: "Periods without a target.",
    model,
  }),
  defineMetric({
    id: "account_coverage",
    label: "Account coverage",
    words: "How many open deals are with an account that already is a customer of some partner.",
    formula: "open deals whose account overlaps at least one partner's customers / open deals",
    unit: "ratio",
    better: "up",
    form: "ratio",
    grain: "one open deal",
    datedBy: "as of",
    periods: current,
    slices: programOnly,
    included: "Every counted open deal.",
    excluded: "Overlaps with a partner's prospects.",
    model: "sql/metrics/account_coverage.sql",
  }),
]);
