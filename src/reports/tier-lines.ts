import { groupBy, median } from "./numbers.ts";

/** A tier with fewer partners than this has no middle worth a line. */
export const fewestInTier = 3;
/** A partner that brings this much of the line is near it. */
export const nearLine = 0.8;

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

/** Partners beside the middle of a neighbouring tier; tiers stand in the order of their own middles. */
export function tierMoves<Partner extends { readonly tier: string | null }>(
  partners: readonly Partner[],
  amount: (partner: Partner) => number,
  near = nearLine,
): readonly TierMove<Partner>[] {
  const tiers = [
    ...groupBy(
      partners.filter(({ tier }) => tier !== null),
      ({ tier }) => tier ?? "",
    ),
  ]
    .filter(([, list]) => list.length >= fewestInTier)
    .map(([name, list]) => ({ name, list, middle: median(list.map(amount)) ?? 0 }))
    .sort((a, b) => a.middle - b.middle || (a.name < b.name ? -1 : 1));
  return tiers.flatMap((tier, place) => {
    const above = tiers.slice(place + 1).find((other) => other.middle > tier.middle);
    const below = tiers.slice(0, place).findLast((other) => other.middle < tier.middle);
    return tier.list.flatMap((partner): TierMove<Partner>[] => {
      const own = amount(partner);
      if (above !== undefined && own >= above.middle * near) {
        const what = own >= above.middle ? "above its tier" : "near the next tier";
        return [{ partner, amount: own, line: above.middle, other: above.name, what }];
      }
      if (below !== undefined && own <= below.middle)
        return [{ partner, amount: own, line: below.middle, other: below.name, what: "below its tier" }];
      return [];
    });
  });
}
