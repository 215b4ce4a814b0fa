import { defineMetric, programOnly } from "./define.ts";

const model = "sql/metrics/concentration.sql";
const shared = {
  unit: "ratio",
  better: "down",
  form: "index",
  grain: "one partner's sourced bookings",
  datedBy: "closed_on",
  slices: programOnly,
  included: "Partners with sourced bookings in the period.",
  excluded: "Periods whose sourced bookings are not above 0.",
  model,
} as const;

/** How much depends on few partners. */
export const concentration = Object.freeze([
  defineMetric({
    ...shared,
    id: "top_partner_share",
    label: "Largest partner's share",
    words: "How much of the sourced bookings came from the one largest partner.",
    formula: "largest partner's sourced bookings / all sourced bookings",
  }),
  defineMetric({
    ...shared,
    id: "top5_partner_share",
    label: "Five largest partners' share",
    words: "How much of the sourced bookings came from the five largest partners.",
    formula: "sourced bookings of the five largest partners / all sourced bookings",
  }),
  defineMetric({
    ...shared,
    id: "partner_hhi",
    shownAs: "decimal",
    label: "Concentration",
    words:
      "How unevenly sourced bookings are spread: 1 is a single partner, near 0 many equal ones. Also known as the Herfindahl-Hirschman index.",
    formula: "sum over partners of (sourced bookings / all sourced bookings)²",
  }),
]);
