import type { CalendarDate, Decimal, Whole } from "../../models/marts.generated.ts";

/** A value under the first and the second set of rules. */
export interface Pair<Value> {
  readonly before: Value;
  readonly after: Value;
}

/** A row with the name people know it by. */
export interface Party {
  readonly key: string;
  readonly name: string | null;
}

/** One measure under both sets of rules; money in minor units of the reporting currency. */
export interface Change {
  /** `sourced_bookings`, `credited_collected.linear`, `commission_earned`, … */
  readonly measure: string;
  readonly unit: "count" | "money";
  readonly before: Whole;
  readonly after: Whole;
  readonly difference: Whole;
}

/** One partner with every measure of its that differs. */
export interface PartnerChange {
  readonly partner: Party;
  readonly changes: readonly Change[];
}

/** One partner's part of one deal under one credit model, where it differs. */
export interface CreditChange {
  readonly partner: Party;
  readonly model: string;
  readonly share: Pair<Decimal>;
  readonly booked: Pair<Whole>;
  readonly collected: Pair<Whole>;
}

/** One deal that the two sets of rules see differently. */
export interface DealChange {
  readonly deal: Party;
  readonly account: string | null;
  readonly state: string;
  readonly closedOn: CalendarDate | null;
  /** The most that moves on it, in minor units: what the deals are ordered by. */
  readonly moved: Whole;
  readonly class: Pair<string | null>;
  readonly source: Pair<Party | null>;
  readonly rule: Pair<string | null>;
  readonly amount: Pair<Whole | null>;
  readonly collected: Pair<Whole>;
  /** What the deciding rule found, in words. */
  readonly why: Pair<string | null>;
  readonly credit: readonly CreditChange[];
  readonly commission: readonly (Pair<Whole> & { readonly partner: Party })[];
}

/** What changes when the same data is read by other rules. */
export interface Comparison {
  readonly asOf: CalendarDate;
  readonly currency: string;
  /** The two configurations, as they were named. */
  readonly configurations: Pair<string>;
  /** How the two sides came about. */
  readonly made: Pair<string>;
  /** The settings that differ. */
  readonly rules: readonly { readonly key: string; readonly before: string | null; readonly after: string | null }[];
  /** What has to be known beside the numbers. */
  readonly notes: readonly string[];
  /** Every measure of the whole program, equal ones too. */
  readonly total: readonly Change[];
  /** Partners with a difference, the largest first. */
  readonly partners: readonly PartnerChange[];
  /** How many deals have a difference. */
  readonly dealCount: number;
  /** The largest of them, the largest first: as many as were asked for. */
  readonly deals: readonly DealChange[];
  /** Metrics with values that differ, and how many do. */
  readonly metrics: readonly { readonly metric: string; readonly changed: Whole }[];
}
