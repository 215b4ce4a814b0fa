import { defineMetric } from "./define.ts";

const datedBy = "received_at";
const grain = "one lead";
const owner = "Sales";

/** How fast sales answers the leads that partners send. */
export const leads = Object.freeze([
  defineMetric({
    id: "response_hours_median",
    label: "Median hours to response",
    words: "The middle number of hours a partner's lead waits for an answer.",
    formula: "median of response − received_at, in hours; the response is responded_at, else acceptance or rejection",
    unit: "hours",
    better: "down",
    form: "median",
    grain,
    datedBy,
    owner,
    included: "Leads with a response.",
    excluded: "Leads without a response.",
    model: "sql/metrics/leads_samples.sql",
  }),
  defineMetric({
    id: "responded_in_sla",
    label: "Leads answered in time",
    words:
      "Of the leads that were due, how many were answered within the agreed hours (sla.response_hours, 24 unless configured).",
    formula: "answered within the limit / (answered + unanswered past the limit)",
    unit: "ratio",
    better: "up",
    form: "ratio",
    grain,
    datedBy,
    owner,
    included: "Answered leads; unanswered ones past the limit count as missed.",
    excluded: "Unanswered leads still within the limit.",
    model: "sql/metrics/leads.sql",
  }),
]);
