import { current, defineMetric } from "./define.ts";

const shared = {
  unit: "money",
  form: "sum",
  grain: "one commission entry",
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
    formula: "sum of earned entries",
    better: "neutral",
    datedBy: "ledger date",
    included: "Entries of kind earned.",
  }),
  defineMetric({
    ...shared,
    id: "commission_reversed",
    label: "Commission reversed",
    words: "Commission taken back because money was refunded or disputed, as a positive number.",
    formula: "− sum of reversed entries",
    better: "down",
    datedBy: "ledger date",
    included: "Entries of kind reversed.",
  }),
  defineMetric({
    ...shared,
    grain: "one payout",
    id: "commission_paid",
    label: "Commission paid",
    words: "What was paid out to partners, as a positive number.",
    formula: "− sum of paid entries",
    better: "neutral",
    datedBy: "ledger date",
    included: "Entries of kind paid.",
  }),
  defineMetric({
    ...shared,
    id: "commission_held",
    label: "Commission held",
    words: "Commission that is earned and still inside its hold.",
    formula: "sum of entries with payable_on after the as-of date",
    better: "neutral",
    datedBy: "as of",
    periods: current,
    included: "Earned and reversed entries inside their hold.",
  }),
  defineMetric({
    ...shared,
    id: "commission_owed",
    label: "Commission owed",
    words: "What is to be paid now.",
    formula: "earned and reversed entries past their hold − paid",
    better: "neutral",
    datedBy: "as of",
    periods: current,
    included: "Every entry with payable_on on or before the as-of date.",
  }),
]);
