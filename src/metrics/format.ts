import type { Metric, PeriodKind } from "./define.ts";

/** A number as the warehouse hands it out: exact decimal text, or a number where it is safe. */
export type Numeric = number | bigint | string;

/** What a formatter needs to know of a metric. */
export type Shape = Pick<Metric, "unit" | "shownAs">;

/** Stands where there is no value; the reason goes beside it. */
export const noValue = "–";

interface Format {
  readonly format: Intl.NumberFormat;
  /** Numbers as they were written before: a page and its stored choices write the same ones over and over. */
  readonly written: Map<Numeric, string>;
}

const mostWritten = 10_000;

function formatOf(options: Intl.NumberFormatOptions): Format {
  return Object.freeze({ format: new Intl.NumberFormat("en-US", options), written: new Map() });
}

const threeDigits: Intl.NumberFormatOptions = Object.freeze({
  notation: "compact",
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
  trailingZeroDisplay: "stripIfInteger",
});

// Made once: a page writes thousands of numbers, and to look a format up by its options costs more than to write one.
const formats = Object.freeze({
  count: formatOf({ maximumFractionDigits: 0 }),
  short: formatOf(threeDigits),
  percent: formatOf({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  wholePercent: formatOf({ style: "percent", maximumFractionDigits: 0 }),
  change: formatOf({
    style: "percent",
    signDisplay: "exceptZero",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }),
  largeChange: formatOf({ style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 }),
  signed: formatOf({ signDisplay: "exceptZero", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  number: formatOf({ maximumFractionDigits: 1 }),
  oneDecimal: formatOf({ minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  twoDecimals: formatOf({ minimumFractionDigits: 2, maximumFractionDigits: 2 }),
});

interface MoneyFormats {
  readonly exact: Format;
  readonly difference: Format;
  readonly whole: Format;
  readonly small: Format;
  readonly short: Format;
}

const moneyFormats = new Map<string, MoneyFormats>();

function moneyFormatsOf(currency: string): MoneyFormats {
  const known = moneyFormats.get(currency);
  if (known !== undefined) return known;
  const exact = formatOf({ style: "currency", currency });
  const decimals = exact.format.resolvedOptions().maximumFractionDigits ?? 2;
  const made = Object.freeze({
    exact,
    difference: formatOf({
      signDisplay: "exceptZero",
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    }),
    whole: formatOf({ style: "currency", currency, maximumFractionDigits: 0 }),
    small: formatOf({ style: "currency", currency, trailingZeroDisplay: "stripIfInteger" }),
    short: formatOf({ style: "currency", currency, ...threeDigits }),
  });
  moneyFormats.set(currency, made);
  return made;
}

// Exact text goes to Intl as it is, so that large amounts are never squeezed through a double.
function write(value: Numeric, { format, written }: Format): string {
  const known = written.get(value);
  if (known !== undefined) return known;
  const text = writeAnew(value, format);
  if (written.size === mostWritten) written.clear();
  written.set(value, text);
  return text;
}

function writeAnew(value: Numeric, format: Intl.NumberFormat): string {
  const exact = typeof value === "string" ? (value as `${number}`) : value;
  const text = format.format(exact);
  // Only the mark of thousands is written small; a K may stand in the name of a currency as well, and its parts are asked for then.
  const small = text.includes("K")
    ? format
        .formatToParts(exact)
        .map((part) => (part.type === "compact" && part.value === "K" ? "k" : part.value))
        .join("")
    : text;
  return small
    .replaceAll("-", "−")
    .replace(/^([−+]?)[\s\u00a0]*/, "$1")
    .replace(/^[−+](?=[^1-9]*$)/, "");
}

const exponents = new Map<string, number>();

/** How many decimals a currency has by ISO 4217: USD 2, JPY 0, KWD 3. */
export function exponentOf(currency: string): number {
  const known = exponents.get(currency);
  if (known !== undefined) return known;
  const exponent = moneyFormatsOf(currency).exact.format.resolvedOptions().maximumFractionDigits ?? 2;
  exponents.set(currency, exponent);
  return exponent;
}

/** Minor units as exact decimal text in major units: `124050`, USD → `1240.50`. */
export function majorOf(minor: bigint | number, currency: string): string {
  const exponent = exponentOf(currency);
  const whole = BigInt(minor);
  if (exponent === 0) return String(whole);
  const digits = String(whole < 0n ? -whole : whole).padStart(exponent + 1, "0");
  return `${whole < 0n ? "-" : ""}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Money for a card: 3 significant digits from ten thousand on, `$1.24M`, `$40k`; `$1,240` below that, `$45.50` below a hundred. */
export function formatMoneyShort(value: Numeric, currency: string): string {
  const size = Math.abs(Number(value));
  const { short, whole, small } = moneyFormatsOf(currency);
  return write(value, size >= 9999.5 ? short : size >= 100 ? whole : small);
}

/** Money in full with its currency: `$1,240,050.50`. */
export function formatMoney(value: Numeric, currency: string): string {
  return write(value, moneyFormatsOf(currency).exact);
}

/** A difference of money in full with its sign, for a column whose currency is said once: `+96,500.91`. */
export function formatDifference(value: Numeric, currency: string): string {
  return write(value, moneyFormatsOf(currency).difference);
}

/** A whole number: `1,240`. */
export function formatCount(value: Numeric): string {
  if (typeof value === "number" && Number.isSafeInteger(value)) return grouped(value);
  return write(value, formats.count);
}

// Thousands apart, as Intl writes them, at a tenth of its cost.
function grouped(value: number): string {
  const digits = String(Math.abs(value)).replace(/\B(?=(?:\d{3})+$)/g, ",");
  return value < 0 ? `−${digits}` : digits;
}

/** A ratio as a rate: 0.314 → `31.4%`. */
export function formatPercent(ratio: Numeric): string {
  return write(ratio, formats.percent);
}

/** A rate in whole percent, for a sentence: 0.314 → `31%`. */
export function formatWholePercent(ratio: number): string {
  return write(ratio, formats.wholePercent);
}

/** A relative change: 0.123 → `+12.3%`; from 1000% on without decimals. */
export function formatChange(ratio: number): string {
  return write(ratio, Math.abs(ratio) >= 10 ? formats.largeChange : formats.change);
}

/** A difference of two rates in percentage points: 0.023 → `+2.3 pp`. */
export function formatPercentagePoints(difference: number): string {
  return `${formatSigned(difference * 100)} pp`;
}

/** A number with its sign and one decimal: `+2.3`. */
export function formatSigned(value: number): string {
  return write(value, formats.signed);
}

/** A number with at most one decimal: `42.5`, `42`. */
export function formatNumber(value: Numeric): string {
  return write(value, formats.number);
}

/** A number with one decimal, so that a column of them is even: `42.5`, `42.0`. */
export function formatTenths(value: Numeric): string {
  return write(value, formats.oneDecimal);
}

/** A metric's value for a card, with its unit: `$1.24M`, `31.4%`, `42.5 days`, `1,240`. Null is `–`. */
export function formatCard(value: Numeric | null, shape: Shape, currency: string): string {
  if (value === null) return noValue;
  switch (shape.unit) {
    case "money":
      return formatMoneyShort(value, currency);
    case "money_per_day":
      return `${formatMoneyShort(value, currency)} a day`;
    case "ratio":
      return formatRatio(value, shape);
    case "count":
      return Math.abs(Number(value)) < 100_000 ? formatCount(value) : write(value, formats.short);
    case "points":
      return `${formatNumber(value)} of 100`;
    case "days":
    case "hours":
      return withNoun(formatNumber(value), shape.unit);
  }
}

/** A metric's value for a table cell: whole units of money, one decimal for rates, days and hours; no currency. Null is `–`. */
export function formatCell(value: Numeric | null, shape: Shape): string {
  if (value === null) return noValue;
  switch (shape.unit) {
    case "money":
    case "money_per_day":
    case "count":
      return formatCount(value);
    case "ratio":
      return formatRatio(value, shape);
    case "days":
    case "hours":
    case "points":
      return formatNumber(value);
  }
}

/** The words for a column head that holds this unit: `USD`, `days`; empty where the cells say it themselves. */
export function unitLabel(shape: Shape, currency: string): string {
  switch (shape.unit) {
    case "money":
      return currency;
    case "money_per_day":
      return `${currency} a day`;
    case "days":
    case "hours":
      return shape.unit;
    case "points":
      return "of 100";
    case "ratio":
    case "count":
      return "";
  }
}

function formatRatio(value: Numeric, shape: Shape): string {
  if (shape.shownAs === "times") return `${write(value, formats.oneDecimal)}×`;
  if (shape.shownAs === "decimal") return write(value, formats.twoDecimals);
  return formatPercent(value);
}

function withNoun(text: string, unit: "days" | "hours"): string {
  return `${text} ${text === "1" || text === "−1" ? unit.slice(0, -1) : unit}`;
}

/** A missing value with its reason, for text that stands alone: `– (no closed deals)`. */
export function formatMissing(reason: string): string {
  return `${noValue} (${reason})`;
}

/** The sample size as shown beside a value: `n = 7`. */
export function formatSample(n: Numeric): string {
  return `n = ${formatCount(n)}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A calendar date: `2026-11-14` → `14 Nov 2026`. It has no zone and never shifts. */
export function formatDate(date: string): string {
  const [year = "", month = "", day = ""] = date.slice(0, 10).split("-");
  return `${Number(day)} ${months[Number(month) - 1] ?? month} ${year}`;
}

/** A moment in a zone: `14 Nov 2026, 09:30 UTC`. */
export function formatMoment(moment: Date, zone: string): string {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    })
      .formatToParts(moment)
      .map((part) => [part.type, part.value]),
  );
  return `${formatDate(`${parts.year}-${parts.month}-${parts.day}`)}, ${parts.hour}:${parts.minute} ${zone}`;
}

// Labels of periods are few, and a site writes them millions of times.
const periodLabels: Readonly<Record<PeriodKind, Map<string, string>>> = Object.freeze({
  month: new Map(),
  quarter: new Map(),
  year: new Map(),
  current: new Map(),
});

/** A period's label for people: `2026-Q3` → `Q3 FY26`, `2026-07` → `Jul 2026`, `2026` → `FY26`. */
export function formatPeriod(kind: PeriodKind, period: string): string {
  const known = periodLabels[kind].get(period);
  if (known !== undefined) return known;
  const label = periodLabel(kind, period);
  periodLabels[kind].set(period, label);
  return label;
}

function periodLabel(kind: PeriodKind, period: string): string {
  const [year = "", part = ""] = period.split("-");
  switch (kind) {
    case "current":
      return "now";
    case "year":
      return `FY${year.slice(-2)}`;
    case "quarter":
      return `${part} FY${year.slice(-2)}`;
    case "month":
      return `${months[Number(part) - 1] ?? part} ${year}`;
  }
}
