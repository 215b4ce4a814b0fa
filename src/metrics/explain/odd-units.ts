import type { Whole } from "../../models/marts.generated.ts";
import { exponentOf } from "../format.ts";
import type { Money } from "./explanation.ts";
import { sayList, sayMoney } from "./words.ts";

/** One part of an amount with its weight. */
export interface WeighedPart {
  /** Who has it, for people. */
  readonly name: string;
  readonly weight: Whole;
  readonly totalWeight: Whole;
  /** What the models gave this part. */
  readonly minor: Whole | null;
}

/** How an amount was cut into whole minor units (R26). */
export interface Rounding {
  /** The whole story in sentences; null where every part is whole by itself. */
  readonly story: string | null;
  /** Why a part was given one unit more than its share cut down, in the order of the parts; null where it was not. */
  readonly odd: readonly (string | null)[];
}

// More exact parts than these would hide the sentence they stand in.
const partsShown = 4;

/** Tells how parts became whole minor units, and who has the units that were missing (R26). */
export function roundingOf(parts: readonly WeighedPart[], whole: Money | null): Rounding {
  if (whole === null) return { story: null, odd: parts.map(() => null) };
  const { currency } = whole;
  const isNegative = BigInt(whole.minor) < 0n;
  const size = absolute(whole.minor);
  const money = (minor: bigint): string => sayMoney({ minor: isNegative ? -minor : minor, currency });
  const exact = parts.map((part) => {
    const share = size * BigInt(part.weight);
    const total = BigInt(part.totalWeight);
    return {
      name: part.name,
      weight: BigInt(part.weight),
      cut: share / total,
      remainder: share % total,
      isOdd: part.minor !== null && absolute(part.minor) > share / total,
      words: `${isNegative && share > 0n && share / total === 0n ? "−" : ""}${money(share / total)}${finer((share % total) * 100n, total, currency)}`,
    };
  });
  const taking = exact.filter(({ isOdd }) => isOdd);
  if (taking.length === 0) return { story: null, odd: parts.map(() => null) };
  const has = isNegative ? "bears" : "has";
  const whys = exact.map((part) => {
    if (!part.isOdd) return null;
    const rivals = exact.filter((other) => !other.isOdd && other.remainder === part.remainder);
    if (rivals.length === 0)
      return `the ${taking.length === 1 ? "largest fraction was" : "largest fractions were"} cut off there`;
    return rivals.some((other) => other.weight === part.weight)
      ? `with equal fractions and weights the first key in the alphabet ${has} it`
      : `with equal fractions the larger weight ${has} it`;
  });
  const unit = exponentOf(currency) === 2 ? "whole cents" : `units of ${sayMoney({ minor: 1, currency })}`;
  const said = [...new Set(exact.map(({ words }) => words))];
  const listed = said.length === 1 && exact.length > 1 ? `${said[0]} each` : sayList(exact.map(({ words }) => words));
  const exactly = exact.length > partsShown && said.length > 1 ? "The exact parts, " : `Exactly ${listed}; `;
  const cut = exact.reduce((sum, part) => sum + part.cut, 0n);
  const bearing = taking.length === 1 ? has : isNegative ? "bear" : "have";
  const story = [
    `${exactly}cut to ${unit}${exact.length > partsShown && said.length > 1 ? "," : " they"} make ${money(cut)}, so ${money(size - cut)} is missing:`,
    `${sayList(taking.map(({ name }) => name))} ${bearing} ${taking.length === 1 ? "it" : `${money(1n)} each`}, as ${[...new Set(whys.filter((why) => why !== null))].join("; ")}.`,
  ].join(" ");
  const odd = whys.map((why) =>
    why === null
      ? null
      : `${isNegative ? "Bears" : "Has"} ${money(1n)} more than its exact part cut to ${unit}: ${why}.`,
  );
  return { story, odd };
}

// Two more digits than the currency has tell why parts that look alike were cut apart.
function finer(hundredths: bigint, total: bigint, currency: string): string {
  const digits = String(hundredths / total).padStart(2, "0");
  return `${exponentOf(currency) === 0 ? "." : ""}${digits}${hundredths % total === 0n ? "" : "…"}`;
}

function absolute(minor: Whole): bigint {
  const whole = BigInt(minor);
  return whole < 0n ? -whole : whole;
}
