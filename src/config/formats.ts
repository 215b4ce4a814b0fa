/**
 * One way a date or time may be written. A cell is split into runs of digits and runs of letters: `signs` is the cell
 * with each run as `#`, and the places say which run is which, from 1.
 */
export interface DateReading {
  readonly signs: string;
  readonly year: number;
  /** 4, or 2 for a year of this century. */
  readonly yearDigits: number;
  readonly month: number;
  /** Whether the month is an English name, `Mar` or `March`. */
  readonly isMonthNamed: boolean;
  readonly day: number;
  readonly hour: number | null;
  readonly minute: number | null;
  readonly second: number | null;
  /** Where `AM` or `PM` stands. */
  readonly half: number | null;
}

/** How numbers are written; `from` and `to` are what `translate` makes of the cell's signs: `_` groups, `.` begins decimals, `?` is wrong. */
export interface NumberReading {
  readonly from: string;
  readonly to: string;
  /** Whether every cell is a percentage, with or without the sign. */
  readonly isPercent: boolean;
}

/** What a date format may look like, for messages. */
export const dateFormatHint =
  "a date format of YYYY, YY, MM, MMM, DD, HH, hh, mm, ss and AM, like DD/MM/YYYY, DD.MM.YYYY HH:mm[:ss] or MM/DD/YYYY hh:mm AM";

/** What a number format may look like, for messages. */
export const numberFormatHint =
  'the number 1234.56 as the export writes it, like "1.234,56", "1,234.56", "1 234,56" or "1\'234.56", with % behind it for percentages';

const tokens = /YYYY|YY|MMMM|MMM|MM|M|DD|D|HH|H|hh|h|mm|ss|AM|A|[A-Za-z0-9]+|[^A-Za-z0-9]+/g;

const partOf: Readonly<Record<string, string>> = Object.freeze({
  YYYY: "year",
  YY: "year",
  MMMM: "month",
  MMM: "month",
  MM: "month",
  M: "month",
  DD: "day",
  D: "day",
  HH: "hour",
  H: "hour",
  hh: "hour",
  h: "hour",
  mm: "minute",
  ss: "second",
  AM: "half",
  A: "half",
});

/**
 * The ways to read a date format, one more for each part in brackets, `HH:mm[:ss]`. Returns nothing for a text that is
 * no date format: unknown letters, no separators, or not exactly one year, month and day.
 */
export function parseDateFormat(text: string): readonly DateReading[] | undefined {
  const written = text.trim();
  const optional = /\[([^[\]]*)\]/.exec(written);
  if (optional === null) {
    const reading = readingOf(written);
    return reading === undefined ? undefined : [reading];
  }
  const before = written.slice(0, optional.index);
  const after = written.slice(optional.index + optional[0].length);
  const whole = parseDateFormat(`${before}${optional[1] ?? ""}${after}`);
  const short = parseDateFormat(`${before}${after}`);
  return whole === undefined || short === undefined ? undefined : [...whole, ...short];
}

function readingOf(text: string): DateReading | undefined {
  const words = text.match(tokens) ?? [];
  const places = new Map<string, number>();
  let signs = "";
  let year = 4;
  let isNamed = false;
  for (const word of words) {
    if (!/[A-Za-z0-9]/.test(word)) {
      signs += word;
      continue;
    }
    const part = partOf[word];
    // Parts that touch each other cannot be told apart, but a PM right behind the minutes can.
    if (part === undefined || places.has(part) || (signs.endsWith("#") && part !== "half")) return undefined;
    signs += "#";
    places.set(part, places.size + 1);
    if (part === "year") year = word.length;
    if (word.startsWith("MMM")) isNamed = true;
    if (word.startsWith("h") !== text.includes("A") && part === "hour") return undefined;
  }
  const place = (part: string): number | null => places.get(part) ?? null;
  const [yearPlace, month, day] = [place("year"), place("month"), place("day")];
  if (yearPlace === null || month === null || day === null) return undefined;
  const [hour, minute, second, half] = [place("hour"), place("minute"), place("second"), place("half")];
  if ((hour === null) !== (minute === null) || (second !== null && minute === null)) return undefined;
  if (half !== null && hour === null) return undefined;
  return Object.freeze({
    signs,
    year: yearPlace,
    yearDigits: year,
    month,
    isMonthNamed: isNamed,
    day,
    hour,
    minute,
    second,
    half,
  });
}

/** Reads a number format, 1234.56 as the export writes it. Returns nothing for a text that is none. */
export function parseNumberFormat(text: string): NumberReading | undefined {
  const found = /^(?:\d{1,3}([., '’\u00a0\u202f])\d{3}|\d+)(?:([.,])\d+)?( ?%)?$/.exec(text.trim());
  if (found === null) return undefined;
  const group = (found[1] ?? "").replace("’", "'").replace(/[\u00a0\u202f]/, " ");
  const decimal = found[2] ?? (group === "." ? "," : ".");
  if (group === decimal) return undefined;
  const others = [..."., '_"].filter((sign) => sign !== group && sign !== decimal);
  return Object.freeze({
    from: `${group}${decimal}${others.join("")}`,
    to: `${group === "" ? "" : "_"}.${"?".repeat(others.length)}`,
    isPercent: found[3] !== undefined,
  });
}
