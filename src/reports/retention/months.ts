import { formatPeriod } from "../../metrics/format.ts";
import { daysBefore, periodOf, shiftPeriod, spanOf } from "../../metrics/periods.ts";
import type { PageContext, View } from "../context.ts";
import type { Settings } from "../settings.ts";

// Invoices of a month are mostly paid by then; before it, customers that only pay late would look lost.
/** For how many days a month has to be over before it is told. */
export const settledDays = 45;

/** The last month of a quarter that has been over for long enough to be told; of a quarter too young for that, the last such month before it. */
export function monthOf(settings: Settings, quarter: string): string {
  const { endsOn } = spanOf("quarter", quarter, settings.fiscalYearStart);
  const last = periodOf("month", endsOn, settings.fiscalYearStart);
  const settled = lastMonthOver(settings, settledDays);
  return [last, settled].sort()[0] ?? settled;
}

/** The last month that ended at least so many days before the as-of date; at 0 days the as-of date itself has to be over (R81). */
export function lastMonthOver({ asOf, isAsOfExplicit, fiscalYearStart }: Settings, days: number): string {
  const day = daysBefore(asOf, days);
  const month = periodOf("month", day, fiscalYearStart);
  const { endsOn } = spanOf("month", month, fiscalYearStart);
  const isOver = endsOn < day || (endsOn === day && (days > 0 || isAsOfExplicit));
  return isOver ? month : shiftPeriod("month", month, -1);
}

/** At which month a quarter is told, and why at that one. */
export function settledWords({ settings }: PageContext, view: View): string {
  const month = monthOf(settings, view.period);
  const { endsOn } = spanOf("quarter", view.period, settings.fiscalYearStart);
  return month === periodOf("month", endsOn, settings.fiscalYearStart)
    ? `Told at ${monthLabel(month)}, the last month of the quarter.`
    : `Told at ${monthLabel(month)}, the last month that has been over for ${settledDays} days: an invoice counts once it is paid, so newer months still rise.`;
}

/** A month for people: `Sep 2026`. */
export function monthLabel(month: string): string {
  return formatPeriod("month", month);
}

/** The months after one, up to and with another. */
export function monthsAfter(month: string, until: string): readonly string[] {
  return month >= until ? [] : [...monthsAfter(month, shiftPeriod("month", until, -1)), until];
}

/** The first day of a month, as the marts date recurring revenue. */
export function firstDay(month: string): string {
  return `${month}-01`;
}
