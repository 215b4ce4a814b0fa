import { defineMetric, programOnly } from "./define.ts";

const classes = ["sourced", "influenced", "direct"] as const;
const shared = {
  unit: "ratio",
  better: "up",
  form: "ratio",
  grain: "one customer",
  datedBy: "month of service",
  periods: ["month"],
  hasToDate: false,
  owner: "Finance",
  excluded:
    "Customers without recurring revenue 12 months earlier; unpaid invoices; invoices without an exchange rate.",
  model: "sql/metrics/retention.sql",
} as const;
const whole = "Every customer; in a slice, customers whose account's first won deal its partners brought.";
const byClass = "Customers by the class of their account's first won deal.";

/** Whether customers stay and grow. */
export const retention = Object.freeze([
  defineMetric({
    ...shared,
    id: "gross_retention",
    label: "Gross retention",
    words: "How much of the recurring revenue of a year ago is still there, leaving growth out.",
    formula: "Σ min(MRR now, MRR 12 months ago) / Σ MRR 12 months ago",
    included: whole,
  }),
  defineMetric({
    ...shared,
    id: "gross_retention.<class>",
    label: "Gross retention, <class>",
    words: "Gross retention of the customers that partners brought, helped with, or that came without a partner.",
    formula: "Σ min(MRR now, MRR 12 months ago) / Σ MRR 12 months ago, by class",
    slices: programOnly,
    variants: classes,
    included: byClass,
  }),
  defineMetric({
    ...shared,
    id: "net_retention",
    label: "Net retention",
    words: "What the recurring revenue of the customers of a year ago has become, growth included.",
    formula: "Σ MRR now / Σ MRR 12 months ago over the same customers",
    included: whole,
  }),
  defineMetric({
    ...shared,
    id: "net_retention.<class>",
    label: "Net retention, <class>",
    words: "Net retention of the customers that partners brought, helped with, or that came without a partner.",
    formula: "Σ MRR now / Σ MRR 12 months ago over the same customers, by class",
    slices: programOnly,
    variants: classes,
    included: byClass,
  }),
]);
