import { defineMetric } from "./define.ts";

const model = "sql/metrics/engagement.sql";
const grain = "one partner";
const owner = "Partnerships";
const included = "Partners agreed before the period and not ended by its last day.";
const excluded = "Prospects and partners without an agreement date.";

/** How many partners take part, and how many come back. */
export const engagement = Object.freeze([
  defineMetric({
    id: "engaged_rate",
    label: "Engaged partners",
    words: "How many of the partners sent a lead, registered a deal or helped with one in the period.",
    formula: "partners with a registration, lead or qualifying touch / partners agreed before the period and not ended",
    unit: "ratio",
    better: "up",
    form: "ratio",
    grain,
    datedBy: "event date",
    hasToDate: false,
    owner,
    included,
    excluded,
    model,
  }),
  defineMetric({
    id: "portal_rate",
    label: "Portal use",
    words: "How many of the partners signed in, viewed or downloaded something in the period.",
    formula: "partners with an activity login, content view or download / the partners of engaged_rate",
    unit: "ratio",
    better: "up",
    form: "ratio",
    grain,
    datedBy: "activity date",
    hasToDate: false,
    owner,
    included,
    excluded,
    model,
  }),
  defineMetric({
    id: "trained_rate",
    label: "Trained partners",
    words: "How many of the partners took a training or earned a certification in the period.",
    formula: "partners with an activity training or a certification earned / the partners of engaged_rate",
    unit: "ratio",
    better: "up",
    form: "ratio",
    grain,
    datedBy: "activity date, earned_on",
    hasToDate: false,
    owner,
    included,
    excluded,
    model,
  }),
  defineMetric({
    id: "partner_retention",
    label: "Partner retention",
    words: "Of the partners that did something commercial in the year before, how many did so in the last 12 months.",
    formula: "partners with a commercial event in both 12-month spans / partners with one in the earlier span",
    unit: "ratio",
    better: "up",
    form: "ratio",
    grain,
    datedBy: "end of month",
    periods: ["month"],
    hasToDate: false,
    owner,
    included: "Partners with a commercial event in the 12 months before the last 12.",
    excluded: "Prospects.",
    model: "sql/metrics/partner_retention.sql",
  }),
]);
