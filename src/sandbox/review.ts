import { addDays, dateIn, instantIn, monthOf, monthStart, msPerHour, quarterOf, quarterText } from "./calendar.ts";
import type { Company } from "./company/create.ts";
import { type Row, rowOf } from "./company/entities.ts";
import { homeCurrency, reportingZone } from "./company/world.ts";
import { majorText } from "./money.ts";
import { itemAt } from "./random.ts";
import type { Sandbox } from "./start.ts";

/** The company's review of the last quarter that closed. */
export interface Review {
  /** `2026-Q3`. */
  readonly period: string;
  /** The day it was held on, `YYYY-MM-DD`. */
  readonly on: string;
  readonly at: Date;
  /** Who presented it. */
  readonly by: string;
  /** What was said beside the figures, as the scorecard's Markdown. */
  readonly commentary: string;
  /** Won deals of the quarter that partners brought, the largest first. */
  readonly deals: readonly Row<"deals">[];
}

/** Days from the end of a quarter to its review. */
const untilReview = 12;

/** When the company's last closed quarter was presented, by whom and with which words. */
export function reviewOf(company: Company): Review {
  const today = dateIn(reportingZone, company.now);
  const quarter = quarterOf(monthOf(Date.parse(today))) - 1;
  const startsOn = dateIn("UTC", monthStart(quarter * 3));
  const endsOn = addDays(dateIn("UTC", monthStart((quarter + 1) * 3)), -1);
  const planned = addDays(endsOn, untilReview);
  // Before its review is due, a quarter is presented today.
  const isPast = planned < today;
  const on = isPast ? planned : today;
  const { drop, hubspot } = company.rows;
  const brought = new Set([
    ...drop.registrations.filter((claim) => claim.status === "approved").map((claim) => claim.deal_id),
    ...hubspot.deal_partners.filter((part) => part.role === "sourced").map((part) => `hubspot:${part.deal_id}`),
  ]);
  const deals = hubspot.deals
    .filter((deal) => deal.state === "won" && deal.closed_on >= startsOn && deal.closed_on <= endsOn)
    .filter((deal) => brought.has(`hubspot:${deal.id}`) && deal.currency === homeCurrency)
    .filter((deal) => deal.excluded_as === "" && deal.merged_into_id === "")
    .sort((a, b) => Number(b.amount) - Number(a.amount) || (a.id < b.id ? -1 : 1));
  const by = itemAt(company.staff.partnerManagers, 0);
  return Object.freeze({
    period: quarterText(quarter),
    on,
    at: new Date(isPast ? instantIn(reportingZone, planned, 15 * msPerHour) : company.now),
    by,
    commentary: commentaryOf(company, quarterText(quarter), { startsOn, on }),
    deals,
  });
}

/** Places among the largest deals that are corrected after the review: an amount, a duplicate, a partner taken off. */
const corrected = Object.freeze({ amount: 1, duplicate: 2, partner: 3 });

/** The decision, taken after the review, that one deal of the quarter was nobody's; no row where there is no such deal. */
export function lateDecision(company: Company, review: Review): readonly Row<"overrides">[] {
  const deal = review.deals[corrected.partner];
  if (deal === undefined) return [];
  return [
    rowOf("overrides", {
      deal_id: `hubspot:${deal.id}`,
      decision: "none",
      reason: "The buyer came by themselves; the partner was added after the contract was signed",
      approver: itemAt(company.staff.approvers, 0),
      decided_at: addDays(review.on, 6),
    }),
  ];
}

/** Corrects two deals of the quarter in the portal, as happens after a review; `at` is ISO 8601. */
export function correctDeals({ hubspot }: Sandbox, { deals }: Review, at: string): void {
  const [dearer, twice] = [deals[corrected.amount], deals[corrected.duplicate]];
  // A tenth less: what the contract says, where the deal still had the offer.
  if (dearer !== undefined) {
    const amount = majorText(Math.round(Number(dearer.amount) * 90), homeCurrency);
    hubspot.edits.set("deals", dearer.id, { amount }, at);
  }
  if (twice !== undefined) hubspot.edits.set("deals", twice.id, { excluded_as: "duplicate" }, at);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** A date so many days later, as people write it: `31 Oct 2026`. */
function day(date: string, later = 0): string {
  const [year, month, ofMonth] = addDays(date, later).split("-").map(Number);
  return `${ofMonth} ${months[(month ?? 1) - 1]} ${year}`;
}

function commentaryOf(
  company: Company,
  period: string,
  { startsOn, on }: { readonly startsOn: string; readonly on: string },
): string {
  const { approvers, partnerManagers } = company.staff;
  const [desk, finance] = [itemAt(approvers, 1), itemAt(approvers, 2)];
  const [north, south, growth] = [1, 2, 3].map((place) => itemAt(partnerManagers, place));
  return `# Review of ${period}, held on ${day(on)}

## Because

- created_pipeline.sourced (${growth}): joint events opened the quarter, and their deals take about two months to qualify
- win_rate (${north}): deals registered late in the buyer's choice are lost most often; those registered early hold the rate up
- engaged_rate (${south}): partners signed last are still in training and register little
- decided_in_sla (${desk}): one approver was away for three weeks; a stand-in is named since

## Last review's actions

- [x] Name a stand-in for every approver of registrations (${desk}, ${day(startsOn, 30)})
- [x] Write to every partner that registered nothing for six months (${south}, ${day(startsOn, 45)})
- [ ] Agree a commission rate with partners whose plan has none for their tier (${finance}, ${day(startsOn, 75)})

## Decisions asked

- Raise the protection of approved registrations from 90 to 120 days?
- Move a partner down a tier after four quarters below its line?

## New actions

- Call each partner that went quiet with revenue at stake (${south}, ${day(on, 21)})
- Show partners how to register before the buyer's shortlist (${north}, ${day(on, 35)})
- Settle payments on sourced deals that earned no commission (${finance}, ${day(on, 45)})
`;
}
