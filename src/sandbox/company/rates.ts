import { addDays, dateStart, msPerDay } from "../calendar.ts";
import { exponentOf } from "../money.ts";
import { hashOf } from "../random.ts";
import { homeCurrency } from "./world.ts";

/** Pairs of which the rate file holds a daily rate; the franc is quoted in euro only. */
export const quotedPairs = [
  { from: "EUR", to: "USD", rate: 1.092, decimals: 5 },
  { from: "GBP", to: "USD", rate: 1.271, decimals: 5 },
  { from: "JPY", to: "USD", rate: 0.00672, decimals: 8 },
  { from: "CHF", to: "EUR", rate: 1.047, decimals: 5 },
] as const;

/** The rate of a quoted pair on a date, as text; a slow swing and a daily step that depend on the date alone. */
export function rateText(pair: (typeof quotedPairs)[number], date: string): string {
  const day = Math.floor(dateStart(date) / msPerDay);
  const phase = hashOf(pair.from) % 97;
  const swing = 0.035 * Math.sin((day + phase) / 61) + 0.014 * Math.sin((day + phase * 3) / 17);
  const step = ((hashOf("rate", pair.from, day) % 1000) / 1000 - 0.5) * 0.006;
  return (pair.rate * (1 + swing + step)).toFixed(pair.decimals);
}

/** The latest business day on or before a date. */
export function businessDay(date: string): string {
  const weekday = new Date(dateStart(date)).getUTCDay();
  if (weekday === 6) return addDays(date, -1);
  return weekday === 0 ? addDays(date, -2) : date;
}

/** Roughly how many dollars one unit of a currency is worth on a date; good enough to plan with. */
export function dollarsOf(currency: string, date: string): number {
  if (currency === homeCurrency) return 1;
  const pair = quotedPairs.find((quoted) => quoted.from === currency);
  if (pair === undefined) return 0;
  const rate = Number(rateText(pair, businessDay(date)));
  return pair.to === homeCurrency ? rate : rate * dollarsOf(pair.to, date);
}

/** Rough dollars of an amount in minor units. */
export function dollars(minor: number, currency: string, date: string): number {
  return (minor / 10 ** exponentOf(currency)) * dollarsOf(currency, date);
}
