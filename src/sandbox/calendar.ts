/** Milliseconds of a day. */
export const msPerDay = 86_400_000;
/** Milliseconds of an hour. */
export const msPerHour = 3_600_000;

const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>(); // e.g., "America/New_York|20512" → -14400000

function readOffset(zone: string, instant: number): number {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, formatter);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

function offsetOfDay(zone: string, day: number): number {
  const key = `${zone}|${day}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = readOffset(zone, day * msPerDay);
    offsets.set(key, offset);
  }
  return offset;
}

/** Milliseconds to add to UTC to get the local time of `zone` at an instant (epoch milliseconds). */
export function zoneOffset(zone: string, instant: number): number {
  const day = Math.floor(instant / msPerDay);
  const before = offsetOfDay(zone, day);
  return before === offsetOfDay(zone, day + 1) ? before : readOffset(zone, instant);
}

/** The calendar date (`YYYY-MM-DD`) of an instant in a zone. */
export function dateIn(zone: string, instant: number): string {
  return dateText(instant + zoneOffset(zone, instant));
}

/** The instant at which the clocks of `zone` show a date and a time of day (milliseconds since midnight). */
export function instantIn(zone: string, date: string, timeOfDay = 0): number {
  const local = dateStart(date) + timeOfDay;
  const first = local - zoneOffset(zone, local);
  return local - zoneOffset(zone, first);
}

/** `YYYY-MM-DD` of an instant in UTC. */
export function dateText(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** Midnight UTC of a `YYYY-MM-DD` date, in epoch milliseconds. */
export function dateStart(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}

/** A date so many days later. */
export function addDays(date: string, days: number): string {
  return dateText(dateStart(date) + days * msPerDay);
}

/** A date so many months later, clipped to the last day of its month. */
export function addMonths(date: string, months: number): string {
  const start = new Date(dateStart(date));
  const month = start.getUTCFullYear() * 12 + start.getUTCMonth() + months;
  const last = new Date(monthStart(month + 1) - msPerDay).getUTCDate();
  return dateText(monthStart(month) + (Math.min(start.getUTCDate(), last) - 1) * msPerDay);
}

/** The number of the month of an instant in UTC, counted from year 0: 2026-07 is 24318. */
export function monthOf(instant: number): number {
  const date = new Date(instant);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Midnight UTC of the first day of a numbered month. */
export function monthStart(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12, 1);
}

/** The number of the calendar quarter of a numbered month. */
export function quarterOf(month: number): number {
  return Math.floor(month / 3);
}

/** `2026-Q3` of a numbered quarter. */
export function quarterText(quarter: number): string {
  return `${Math.floor(quarter / 4)}-Q${(quarter % 4) + 1}`;
}

/** The same instant, or the one moved to the Monday after when it falls on a weekend. */
export function onWorkday(instant: number): number {
  const weekday = new Date(instant).getUTCDay();
  if (weekday === 6) return instant + 2 * msPerDay;
  return weekday === 0 ? instant + msPerDay : instant;
}

/** ISO 8601 in UTC with whole seconds, e.g. `2026-07-14T09:30:00Z`. */
export function secondText(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** ISO 8601 in UTC with milliseconds, e.g. `2026-07-14T09:30:00.125Z`. */
export function milliText(instant: number): string {
  return new Date(instant).toISOString();
}
