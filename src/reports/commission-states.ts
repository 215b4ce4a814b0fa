import { daysBefore, daysFrom, periodOf, shiftPeriod, spanOf } from "../metrics/periods.ts";
import { quarterLabel, quarterSoFar } from "./context.ts";
import { monthLabel } from "./retention/months.ts";
import type { Settings } from "./settings.ts";

/** What became of commission, as people ask for it, in the order in which it comes about. */
export const commissionStates = ["new", "approved", "declined", "paid", "held"] as const;
export type CommissionState = (typeof commissionStates)[number];

/** An entry of the ledger as states need it; several of one day may be added up, with how many they are. */
export interface StateEntry {
  readonly kind: string;
  readonly on: string;
  readonly payableOn: string;
  /** Signed, in major units. */
  readonly amount: number;
  readonly entries: number;
}

/** Days from one to another, both of them included. */
export interface Stretch {
  readonly from: string;
  readonly to: string;
  /** How it is called: `Q3 FY26 so far`, `Q2 FY26 to the same day`. */
  readonly name: string;
}

/** What moved into a state within a stretch, as positive amounts; of `held`, what stands there at its end. */
export type States = Readonly<Record<CommissionState, { readonly amount: number; readonly entries: number }>>;

/**
 * Adds up by state: earned is new, past its hold it is approved, taken back it is declined, and a payout has paid it. What has
 * not come past its hold at the end is held, less what was taken back of it.
 */
export function statesOf(list: readonly StateEntry[], { from, to }: Stretch): States {
  const sums = Object.fromEntries(commissionStates.map((state) => [state, { amount: 0, entries: 0 }])) as Record<
    CommissionState,
    { amount: number; entries: number }
  >;
  const add = (state: CommissionState, entry: StateEntry, sign: number): void => {
    sums[state].amount += sign * entry.amount;
    sums[state].entries += entry.entries;
  };
  for (const entry of list) {
    const isWithin = entry.on >= from && entry.on <= to;
    if (entry.kind === "earned") {
      if (isWithin) add("new", entry, 1);
      if (entry.payableOn >= from && entry.payableOn <= to) add("approved", entry, 1);
    } else if (isWithin) add(entry.kind === "paid" ? "paid" : "declined", entry, -1);
    if (entry.on <= to && entry.payableOn > to) add("held", entry, 1);
  }
  return sums;
}

/** A quarter and the one before, and its last month and the one before that; what still runs is held against the same days. */
export interface Stretches {
  readonly quarter: Stretch;
  readonly quarterBefore: Stretch;
  readonly month: Stretch;
  readonly monthBefore: Stretch;
}

export function stretchesOf(settings: Settings, period: string): Stretches {
  const { asOf, isAsOfExplicit, fiscalYearStart } = settings;
  const stretch = (kind: "quarter" | "month", at: string, label: (period: string) => string) => {
    const span = spanOf(kind, at, fiscalYearStart);
    const isRunning = span.endsOn > asOf || (span.endsOn === asOf && !isAsOfExplicit);
    const before = shiftPeriod(kind, at, -1);
    const earlier = spanOf(kind, before, fiscalYearStart);
    const sameDay = daysBefore(earlier.startsOn, -daysFrom(span.startsOn, asOf));
    return [
      {
        from: span.startsOn,
        to: isRunning ? asOf : span.endsOn,
        name: kind === "quarter" ? quarterSoFar(settings, at) : `${label(at)}${isRunning ? " so far" : ""}`,
      },
      {
        from: earlier.startsOn,
        to: isRunning && sameDay < earlier.endsOn ? sameDay : earlier.endsOn,
        name: `${label(before)}${isRunning ? " to the same day" : ""}`,
      },
    ] as const;
  };
  const [quarter, quarterBefore] = stretch("quarter", period, quarterLabel);
  const [month, monthBefore] = stretch("month", periodOf("month", quarter.to, fiscalYearStart), monthLabel);
  return { quarter, quarterBefore, month, monthBefore };
}
