import { groupBy, median } from "./numbers.ts";

/** A tier with fewer partners than this has no middle worth a line. */
export const fewestInTier = 3;
/** A partner that brings this much of the line is near it. */
export const nearLine = 0.8;

/** Whether a partner signed after a span of quarters began, and so had less time in it than the others. */
export function isYoungSince(since: string): (partner: { readonly agreedOn: string | null }) => boolean {
  return ({ agreedOn }) => (agreedOn ?? "") > since;
}

/** A partner beside the line of a neighbouring tier. */
export interface TierMove<Partner> {
  readonly partner: Partner;
  /** What it brought. */
  readonly amount: number;
  /** The middle of what the other tier's partners brought. */
  readonly line: number;
  /** The tier whose line it is. */
  readonly other: string;
  readonly what: "above its tier" | "near the next tier" | "below its tier";
}

/** A tier with enough partners for a line: the middle of what those that are old enough brought. */
export interface TierLine<Partner> {
  readonly name: string;
  readonly list: readonly Partner[];
  readonly middle: number;
}

/** The lines of all tiers that have one, in the order of their middles. */
export function tierLines<Partner extends { readonly tier: string | null }>(
  partners: readonly Partner[],
  amount: (partner: Partner) => number,
  isYoung: (partner: Partner) => boolean = () => false,
): readonly TierLine<Partner>[] {
  return [
    ...groupBy(
      partners.filter(({ tier }) => tier !== null),
      ({ tier }) => tier ?? "",
    ),
  ]
    .map(([name, list]) => ({ name, list, grown: list.filter((partner) => !isYoung(partner)) }))
    .filter(({ grown }) => grown.length >= fewestInTier)
    .map(({ name, list, grown }) => ({ name, list, middle: median(grown.map(amount)) ?? 0 }))
    .sort((a, b) => a.middle - b.middle || (a.name < b.name ? -1 : 1));
}

// Names whose order everybody knows, lowest first; other names have none of their own.
const orderedNames = ["registered", "bronze", "silver", "gold", "platinum", "diamond"];

/** Whether names say that the first tier stands above the second: nobody moves up from Gold to Silver, whatever those bring. */
function isNamedAbove(first: string, second: string): boolean {
  const [one, other] = [first, second].map((name) => orderedNames.indexOf(name.trim().toLowerCase()));
  return one !== undefined && other !== undefined && other >= 0 && one > other;
}

/** The nearest line above a tier's own, where there is one that its name does not put below. */
export function lineAbove<Partner>(tiers: readonly TierLine<Partner>[], own: TierLine<Partner>) {
  return tiers
    .slice(tiers.indexOf(own) + 1)
    .find((other) => other.middle > own.middle && !isNamedAbove(own.name, other.name));
}

/** The nearest line below a tier's own, where there is one that its name does not put above. */
export function lineBelow<Partner>(tiers: readonly TierLine<Partner>[], own: TierLine<Partner>) {
  return tiers
    .slice(0, tiers.indexOf(own))
    .findLast((other) => other.middle < own.middle && !isNamedAbove(other.name, own.name));
}

/**
 * Partners beside the middle of a neighbouring tier; tiers stand in the order of their own middles, and none stands beside one
 * that well-known names put on the other side. A partner that is too
 * young for the span is no part of a middle and never below one, but may stand above it or near it with what it has.
 */
export function tierMoves<Partner extends { readonly tier: string | null }>(
  partners: readonly Partner[],
  amount: (partner: Partner) => number,
  near = nearLine,
  isYoung: (partner: Partner) => boolean = () => false,
): readonly TierMove<Partner>[] {
  const tiers = tierLines(partners, amount, isYoung);
  return tiers.flatMap((tier) => {
    const above = lineAbove(tiers, tier);
    const below = lineBelow(tiers, tier);
    return tier.list.flatMap((partner): TierMove<Partner>[] => {
      const own = amount(partner);
      if (above !== undefined && own >= above.middle * near) {
        const what = own >= above.middle ? "above its tier" : "near the next tier";
        return [{ partner, amount: own, line: above.middle, other: above.name, what }];
      }
      // What is equal to the line is not below it, as nothing is not below nothing.
      if (below !== undefined && own < below.middle && !isYoung(partner))
        return [{ partner, amount: own, line: below.middle, other: below.name, what: "below its tier" }];
      return [];
    });
  });
}
