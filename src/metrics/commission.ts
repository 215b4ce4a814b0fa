import { current, defineMetric } from "./define.ts";

const shared = {
  unit: "money",
  form: "sum",
  grain: "one line of the ledger",
  owner: "Finance",
  excluded: "Deals that no plan matches.",
  model: "sql/metrics/commission.sql",
} as const;

/** What partners earned, lost again, were paid and are owed. */
export const commission = Object.freeze([
  defineMetric({
    ...shared,
    id: "commission_earned",
    label: "Commission earned",
    words: "Commission on money that arrived.",
    formula: "sum of earned lines",
    better: "neutral",
    datedBy: "ledger date",
    included: "Lines of kind earned.",
  }),
  defineMetric({
    ...shared,
    id: "commission_reversed",
    label: "Commission reversed",
    words: "Commission taken back because money was refunded or disputed, as a positive number.",
    formula: "− sum of reversed lines",
    better: "down",
    datedBy: "ledger date",
    included: "Lines of kind reversed.",
  }),
  defineMetric({
    ...shared,
    id: "commission_paid",
    label: "Commission paid",
    words: "What was paid out to partners, as a positive number.",
    formula: "− sum of paid lines",
    better: "neutral",
    datedBy: "ledger date",
    included: "Lines of kind paid.",
  }),
  defineMetric({
    ...shared,
    id: "commission_held",
    label: "Commission held",
    words: "Commission that is earned and still inside its hold.",
    formula: "sum of lines with payable_on after the as-of date",
    better: "neutral",
    datedBy: "as of",
    periods: current,
    included: "Earned and reversed lines inside their hold.",
  }),
  defineMetric({
    ...shared,
    id: "commission_owed",
    label: "Commission owed",
    words: "What is to be paid now.",
    formula: "earned and reversed lines past their hold − paid",
    better: "neutral",
    datedBy: "as of",
    periods: current,
    included: "Every line with payable_on on or before the as-of date.",
  }),
]);
