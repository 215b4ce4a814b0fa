import type { CalendarDate } from "../../models/marts.generated.ts";
import { formatDate } from "../format.ts";
import { daysBefore } from "../periods.ts";
import type { Fx, FxGap, FxLeg } from "./explanation.ts";
import { readPlaces, sayPlace } from "./places.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { sayCount, sayRate } from "./words.ts";

/** An amount's currency and the day at whose rate it is converted. */
export interface FxNeed {
  readonly currency: string;
  readonly day: CalendarDate;
}

/** Finds the way from a currency to the reporting one on a day; null without a rate. */
export type Rating = (currency: string | null, day: CalendarDate | null) => Fx | null;

/** The reporting currency, and how old a quote may be. */
interface FxSetting {
  readonly currency: string;
  readonly fx_max_age_days: number;
}

interface Leg {
  readonly from: string;
  readonly to: string;
  readonly on: CalendarDate;
  readonly path: string;
}

/** Reads the rates of some days with the quotes they were made of (R24). */
export async function readRates(
  db: ExplainWarehouse,
  { currency: reporting, fx_max_age_days: maxAgeDays }: FxSetting,
  needs: readonly FxNeed[],
): Promise<Rating> {
  const rows =
    needs.length === 0
      ? []
      : await db
          .selectFrom("staging.fx_day")
          .selectAll()
          .where("currency", "in", [...new Set(needs.map(({ currency }) => currency))])
          .where("day", "in", [...new Set(needs.map(({ day }) => day))])
          .execute();
  const ways = rows.map((row) => ({ row, legs: legsOf(row, reporting) }));
  const quotes = await readQuotes(
    db,
    ways.flatMap(({ legs }) => legs),
  );
  const own = await readOwnQuotes(
    db,
    reporting,
    rows.filter(({ path }) => path === "cross").map(({ currency }) => currency),
  );
  return (currency, day) => {
    const way = ways.find(({ row }) => row.currency === currency && row.day === day);
    if (way === undefined) return null;
    const { rate, rate_on: on, path } = way.row;
    const ownQuoteOn = own.findLast((quote) => quote.currency === currency && quote.on <= way.row.day)?.on ?? null;
    return Object.freeze({ rate, on, path, legs: way.legs.map(quotes), day: way.row.day, maxAgeDays, ownQuoteOn });
  };
}

// The days on which a currency and the reporting one were quoted in either direction, oldest first.
async function readOwnQuotes(
  db: ExplainWarehouse,
  reporting: string,
  currencies: readonly string[],
): Promise<readonly { readonly currency: string; readonly on: CalendarDate }[]> {
  if (currencies.length === 0) return [];
  const wanted = [...new Set(currencies)];
  const rows = await db
    .selectFrom("staging.stg_fx_rates")
    .select(["rate_on", "from_currency", "to_currency"])
    .where((where) =>
      where.or([
        where.and([where("from_currency", "in", wanted), where("to_currency", "=", reporting)]),
        where.and([where("to_currency", "in", wanted), where("from_currency", "=", reporting)]),
      ]),
    )
    .orderBy("rate_on")
    .execute();
  return rows.map(({ rate_on: on, from_currency: from, to_currency: to }) => ({
    currency: from === reporting ? to : from,
    on,
  }));
}

function legsOf(
  row: {
    readonly currency: string;
    readonly rate_on: CalendarDate;
    readonly path: string;
    readonly third_currency: string | null;
    readonly first_rate_on: CalendarDate | null;
    readonly first_path: string | null;
    readonly second_rate_on: CalendarDate | null;
    readonly second_path: string | null;
  },
  reporting: string,
): readonly Leg[] {
  if (row.path === "same") return [];
  if (
    row.third_currency === null ||
    row.first_rate_on === null ||
    row.first_path === null ||
    row.second_rate_on === null ||
    row.second_path === null
  ) {
    return [{ from: row.currency, to: reporting, on: row.rate_on, path: row.path }];
  }
  return [
    { from: row.currency, to: row.third_currency, on: row.first_rate_on, path: row.first_path },
    { from: row.third_currency, to: reporting, on: row.second_rate_on, path: row.second_path },
  ];
}

// A leg read the other way round is quoted for the opposite pair.
function quotedPair({ from, to, path }: Leg): readonly [string, string] {
  return path === "inverse" ? [to, from] : [from, to];
}

async function readQuotes(db: ExplainWarehouse, legs: readonly Leg[]): Promise<(leg: Leg) => FxLeg> {
  const rows =
    legs.length === 0
      ? []
      : await db
          .selectFrom("staging.stg_fx_rates")
          .select(["rate_on", "from_currency", "to_currency", "rate", "record_key"])
          .where("rate_on", "in", [...new Set(legs.map(({ on }) => on))])
          .where("from_currency", "in", [...new Set(legs.flatMap(quotedPair))])
          .execute();
  const placed = await readPlaces(
    db,
    rows.map(({ record_key: key }) => ({ entity: "fx_rates", key })),
  );
  return (leg) => {
    const [from, to] = quotedPair(leg);
    const row = rows.find(
      (quote) => quote.rate_on === leg.on && quote.from_currency === from && quote.to_currency === to,
    );
    return Object.freeze({
      ...leg,
      quoted: { from, to, rate: row?.rate ?? null },
      recordedIn: row === undefined ? null : placed({ entity: "fx_rates", key: row.record_key }),
    });
  };
}

/** The rate that an amount lacks; null where it was converted, or there is nothing to convert. */
export function gapOf(
  amount: { readonly currency: string } | null,
  converted: unknown,
  day: CalendarDate | null,
  { currency: to, fx_max_age_days: maxAgeDays }: FxSetting,
): FxGap | null {
  if (amount === null || converted !== null || day === null) return null;
  return Object.freeze({ from: amount.currency, to, day, maxAgeDays });
}

/** A missing rate, as a clause. */
export function sayGap({ from, to, day, maxAgeDays }: FxGap): string {
  return `no rate between ${from} and ${to}, direct or crossed, is on record for ${formatDate(day)}${Number(maxAgeDays) === 0 ? "" : ` or the ${sayCount(Number(maxAgeDays), "day")} before`}`;
}

/** The days of which one quote would fill several gaps of one currency; null when no single day serves them all. */
export function servingDays(gaps: readonly FxGap[]): { readonly from: CalendarDate; readonly to: CalendarDate } | null {
  const from = gaps
    .map(({ day, maxAgeDays }) => daysBefore(day, Number(maxAgeDays)))
    .toSorted()
    .at(-1);
  const to = gaps.map(({ day }) => day).toSorted()[0];
  return from === undefined || to === undefined || from > to ? null : { from, to };
}

/** Which day's rate money is converted at, as a sentence (R25). */
export function sayRateRule(what: "deal" | "open deal" | "cash", { day, maxAgeDays }: Fx): string {
  const aged = `at most ${sayCount(Number(maxAgeDays), "day")} old; halves round away from zero`;
  if (what === "cash") {
    return `a payment or refund takes the last rate up to the day it was made, ${formatDate(day)}, ${aged}`;
  }
  const until = what === "deal" ? "its close" : "the as-of date";
  return `a deal takes the last rate up to ${until}, ${formatDate(day)}; a payment or refund the last rate up to the day it was made; in both cases ${aged}`;
}

/** How a rate was found, as lines; none for the reporting currency itself. */
export function fxLines(fx: Fx | null): readonly string[] {
  if (fx === null || fx.legs.length === 0) return [];
  const legs = fx.legs.map(({ from, to, on, path, quoted, recordedIn }) => {
    const read = path === "inverse" ? `, so 1 ${from} = 1 ÷ ${sayRate(quoted.rate)} ${to}` : "";
    const where = recordedIn === null ? "" : ` (${sayPlace(recordedIn)})`;
    return `1 ${quoted.from} = ${sayRate(quoted.rate)} ${quoted.to} on ${formatDate(on)}${read}${where}`;
  });
  const [first, last] = [fx.legs[0], fx.legs.at(-1)];
  if (fx.path !== "cross" || first === undefined || last === undefined) return legs;
  const pair = `${first.from}–${last.to}`;
  const own =
    fx.ownQuoteOn === null
      ? `no ${pair} rate is on record by ${formatDate(fx.day)}`
      : `the last ${pair} rate, of ${formatDate(fx.ownQuoteOn)}, is older than ${fx.maxAgeDays} days`;
  const product = fx.legs.map(({ path, quoted }) => sayFactor(path, quoted.rate)).join(" × ");
  return [
    `${own}, so it goes through ${first.to}: ${product} = ${sayRate(fx.rate)}, dated by the older of the two`,
    ...legs,
  ];
}

function sayFactor(path: string, rate: string | null): string {
  return path === "inverse" ? `(1 ÷ ${sayRate(rate)})` : sayRate(rate);
}
