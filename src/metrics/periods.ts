import type { PeriodKind } from "./define.ts";

/** First and last day of a period, both inclusive, as `YYYY-MM-DD`. */
export interface Span {
  readonly startsOn: string;
  readonly endsOn: string;
}

/** The kinds of period that have a first and a last day. */
export type DatedKind = Exclude<PeriodKind, "current">;

const monthsIn: Readonly<Record<DatedKind, number>> = Object.freeze({ month: 1, quarter: 3, year: 12 });

type ByKind<Key, Value> = Readonly<Record<DatedKind, Map<Key, Value>>>;
const byKind = <Key, Value>(): ByKind<Key, Value> =>
  Object.freeze({ month: new Map(), quarter: new Map(), year: new Map() });

// A site asks for the same few periods over and over.
const ordinals: ByKind<string, number> = byKind();
const labels: ByKind<number, string> = byKind();

function ordinalOf(kind: DatedKind, period: string): number {
  const ordinal = ordinals[kind].get(period) ?? workOutOrdinal(kind, period);
  ordinals[kind].set(period, ordinal);
  return ordinal;
}

function labelOf(kind: DatedKind, ordinal: number): string {
  const label = labels[kind].get(ordinal) ?? workOutLabel(kind, ordinal);
  labels[kind].set(ordinal, label);
  return label;
}

// A period as the number of its first month since year 0, counted from the fiscal year's start for quarters and years.
function workOutOrdinal(kind: DatedKind, period: string): number {
  const [year = "", part = "1"] = period.split("-");
  const place = kind === "quarter" ? (Number(part.slice(1)) - 1) * 3 : kind === "month" ? Number(part) - 1 : 0;
  return Number(year) * 12 + place;
}

function workOutLabel(kind: DatedKind, ordinal: number): string {
  const year = String(Math.floor(ordinal / 12)).padStart(4, "0");
  const place = ((ordinal % 12) + 12) % 12;
  if (kind === "year") return year;
  return kind === "quarter" ? `${year}-Q${Math.floor(place / 3) + 1}` : `${year}-${String(place + 1).padStart(2, "0")}`;
}

/** The period some steps later, or earlier with negative steps: quarter `2026-Q1`, −1 → `2025-Q4`. */
export function shiftPeriod(kind: DatedKind, period: string, steps: number): string {
  return labelOf(kind, ordinalOf(kind, period) + steps * monthsIn[kind]);
}

/** The same period one year earlier. */
export function yearBefore(kind: DatedKind, period: string): string {
  return labelOf(kind, ordinalOf(kind, period) - 12);
}

/** The last periods up to and including this one, oldest first. */
export function lastPeriods(kind: DatedKind, period: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => shiftPeriod(kind, period, index - count + 1));
}

/** The period a date falls into; quarters and years are fiscal, and a fiscal year is named after the year it ends in (R27). */
export function periodOf(kind: DatedKind, date: string, fiscalYearStart: number): string {
  const [year = "", month = ""] = date.split("-");
  const ordinal = Number(year) * 12 + Number(month) - 1;
  return labelOf(kind, kind === "month" ? ordinal : ordinal + shiftOf(fiscalYearStart));
}

const spans = new Map<string, Span>();

/** First and last day of a period. */
export function spanOf(kind: DatedKind, period: string, fiscalYearStart: number): Span {
  const key = `${kind} ${period} ${fiscalYearStart}`;
  const span = spans.get(key) ?? workOutSpan(kind, period, fiscalYearStart);
  spans.set(key, span);
  return span;
}

function workOutSpan(kind: DatedKind, period: string, fiscalYearStart: number): Span {
  const first = ordinalOf(kind, period) - (kind === "month" ? 0 : shiftOf(fiscalYearStart));
  const lastDay = new Date(dayOf(first + monthsIn[kind]).getTime() - 86_400_000);
  return Object.freeze({ startsOn: dateOf(dayOf(first)), endsOn: dateOf(lastDay) });
}

/** Which day of the period a date is, and how many days it has: `{ day: 14, days: 92 }`. */
export function dayOfPeriod(span: Span, date: string): { readonly day: number; readonly days: number } {
  return Object.freeze({ day: daysFrom(span.startsOn, date) + 1, days: daysFrom(span.startsOn, span.endsOn) + 1 });
}

// Months from a calendar year's start to that of the fiscal year named after the year it ends in.
function shiftOf(fiscalYearStart: number): number {
  return fiscalYearStart === 1 ? 0 : 13 - fiscalYearStart;
}

/** The date so many days before a date, both `YYYY-MM-DD`. */
export function daysBefore(date: string, days: number): string {
  return dateOf(new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000));
}

function dayOf(ordinal: number): Date {
  return new Date(`${labelOf("month", ordinal)}-01T00:00:00Z`);
}

/** The same day so many years before a date, both `YYYY-MM-DD`; of 29 February the 28th where a year has none. */
export function yearsBefore(date: string, years: number): string {
  const year = Number(date.slice(0, 4)) - years;
  const day = `${year}${date.slice(4)}`;
  return new Date(`${day}T00:00:00Z`).getUTCDate() === Number(date.slice(8)) ? day : `${year}-02-28`;
}

function dateOf(day: Date): string {
  return day.toISOString().slice(0, 10);
}

export function daysFrom(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}
