import type { Whole } from "../../models/marts.generated.ts";
import type { Money } from "./explanation.ts";
import { sayMoney } from "./words.ts";

/** One part of an amount with its weight. */
export interface WeighedPart {
  readonly weight: Whole;
  readonly totalWeight: Whole;
  /** What the models gave this part. */
  readonly minor: Whole | null;
}

/** Why a part was given one unit more than its share cut down to whole units (R26), in the order of the parts; null where it was not. */
export function oddUnits(parts: readonly WeighedPart[], whole: Money | null): readonly (string | null)[] {
  if (whole === null) return parts.map(() => null);
  const size = absolute(whole.minor);
  const exact = parts.map((part) => ({
    weight: BigInt(part.weight),
    remainder: (size * BigInt(part.weight)) % BigInt(part.totalWeight),
    isOdd: part.minor !== null && absolute(part.minor) > (size * BigInt(part.weight)) / BigInt(part.totalWeight),
  }));
  const money = (minor: number): string => sayMoney({ minor, currency: whole.currency });
  const over = exact.filter(({ isOdd }) => isOdd).length;
  const what =
    over === 1
      ? `Has the ${money(1)} that rounding every part down leaves over`
      : `Has ${money(1)} of the ${money(over)} that rounding every part down leaves over`;
  return exact.map((part) => {
    if (!part.isOdd) return null;
    const rivals = exact.filter((other) => !other.isOdd && other.remainder === part.remainder);
    const why =
      rivals.length === 0
        ? over === 1
          ? "the fraction cut off here is the largest"
          : "the fraction cut off here is among the largest"
        : rivals.some((other) => other.weight === part.weight)
          ? "the fractions and the weights are equal, so the first key in the alphabet has it"
          : "the fractions are equal, so the larger weight has it";
    return `${what}: ${why}.`;
  });
}

function absolute(minor: Whole): bigint {
  const whole = BigInt(minor);
  return whole < 0n ? -whole : whole;
}
