import { formatMoneyShort } from "../metrics/format.ts";
import { lastPeriods, spanOf } from "../metrics/periods.ts";
import type { PageContext, PartnerEntry } from "./context.ts";
import { groupBy, median } from "./numbers.ts";
import { fewestInTier, isYoungSince, lineAbove, lineBelow, type TierLine, tierLines } from "./tier-lines.ts";

/** A rank or a median of fewer partners than this would tell of single ones. */
export const fewestPeers = 5;

/** Whom a partner is held against: those of its type and tier, or of its type where these are too few. */
export type PeerBand = "type and tier" | "type";

/** A partner beside its peers, itself among them. */
export interface PeerRow {
  readonly measure: string;
  readonly own: number;
  /** The middle of all of them. */
  readonly middle: number;
  /** 1 where nobody has more; equals share a place, and nothing has none. */
  readonly place: number | null;
  /** How many of them have more. */
  readonly above: number;
  readonly peers: number;
}

/** Where partners stand among their peers and to the lines of the tiers beside their own. Internal: a pack has none of it. */
export interface Standings {
  readonly band: (partner: PartnerEntry) => PeerBand;
  /** How many partners stand in its band, itself included; 0 for one that is not in the program today. */
  readonly peers: (partner: PartnerEntry) => number;
  /** No row for fewer than `fewestPeers`. */
  readonly rows: (partner: PartnerEntry) => readonly PeerRow[];
  /** What is missing to the line of the next tier, or how far it is passed, in words. */
  readonly tierGap: (partner: PartnerEntry) => string;
}

const yearly = ["sourced_bookings", "sourced_collected"] as const;
type Measured = (typeof yearly)[number] | "sourced_pipeline";

const measures: readonly (readonly [Measured, string])[] = [
  ["sourced_bookings", "Sourced bookings, four quarters"],
  ["sourced_collected", "Sourced revenue collected, four quarters"],
  ["sourced_pipeline", "Sourced pipeline, now"],
];

const known = new WeakMap<ReadonlyMap<string, PartnerEntry>, Promise<Standings>>();

/** Reads what all partners brought in the four quarters up to the page's own, once for all pages of a site. */
export function readStandings(context: PageContext): Promise<Standings> {
  const reading = known.get(context.partners) ?? standingsOf(context);
  known.set(context.partners, reading);
  return reading;
}

async function standingsOf(context: PageContext): Promise<Standings> {
  const { db, settings } = context;
  const year = lastPeriods("quarter", context.period, 4);
  const found = await db
    .selectFrom("metrics.value")
    .select(["metric", "slice_key", ({ fn }) => fn.sum<string | null>("value").as("amount")])
    .where("slice", "=", "partner")
    .where((where) =>
      where.or([
        where.and([where("metric", "in", yearly), where("period_kind", "=", "quarter"), where("period", "in", year)]),
        where.and([where("metric", "=", "sourced_pipeline"), where("period_kind", "=", "current")]),
      ]),
    )
    .groupBy(["metric", "slice_key"])
    .execute();
  const amounts = new Map(found.map((row) => [`${row.metric} ${row.slice_key}`, Number(row.amount ?? 0)]));
  const amountOf = (measure: Measured, partner: PartnerEntry): number => amounts.get(`${measure} ${partner.key}`) ?? 0;
  const counted = [...context.partners.values()].filter((partner) => partner.isCounted);
  const narrowKey = (partner: PartnerEntry): string => `${partner.type}\u0001${partner.tier ?? ""}`;
  const narrow = groupBy(counted, narrowKey);
  const wide = groupBy(counted, (partner) => partner.type);
  const band = (partner: PartnerEntry): PeerBand =>
    (narrow.get(narrowKey(partner)) ?? []).length < fewestPeers ? "type" : "type and tier";
  const keyOf = (partner: PartnerEntry): string => (band(partner) === "type" ? partner.type : narrowKey(partner));
  const peersOf = (partner: PartnerEntry): readonly PartnerEntry[] =>
    partner.isCounted ? ((band(partner) === "type" ? wide : narrow).get(keyOf(partner)) ?? []) : [];
  // Peers share their sorted amounts, so that a page costs a look-up and not a sum.
  const sorted = new Map<string, readonly number[]>();
  const sortedOf = (measure: Measured, partner: PartnerEntry): readonly number[] => {
    const key = `${measure} ${keyOf(partner)}`;
    const list =
      sorted.get(key) ??
      peersOf(partner)
        .map((one) => amountOf(measure, one))
        .sort((a, b) => b - a);
    sorted.set(key, list);
    return list;
  };
  const since = spanOf("quarter", year[0] ?? context.period, settings.fiscalYearStart).startsOn;
  const brought = (partner: PartnerEntry): number => amountOf("sourced_bookings", partner);
  const lines = tierLines(counted, brought, isYoungSince(since));
  return Object.freeze({
    band,
    peers: (partner: PartnerEntry) => peersOf(partner).length,
    rows: (partner: PartnerEntry) =>
      peersOf(partner).length < fewestPeers
        ? []
        : measures.map(([measure, label]) => {
            const list = sortedOf(measure, partner);
            const own = amountOf(measure, partner);
            const above = list.filter((amount) => amount > own).length;
            return {
              measure: label,
              own,
              middle: median(list) ?? 0,
              place: own > 0 ? above + 1 : null,
              above,
              peers: list.length,
            };
          }),
    tierGap: (partner: PartnerEntry) => gapWords(lines, partner, brought(partner), settings.currency),
  });
}

function gapWords(
  lines: readonly TierLine<PartnerEntry>[],
  partner: PartnerEntry,
  own: number,
  currency: string,
): string {
  if (partner.tier === null) return "it has no tier";
  if (!partner.isCounted) return "not in the program today";
  const tier = lines.find((line) => line.name === partner.tier);
  if (tier === undefined) return `no line: fewer than ${fewestInTier} partners in ${partner.tier}`;
  const [above, below] = [lineAbove(lines, tier), lineBelow(lines, tier)];
  const short = (amount: number): string => formatMoneyShort(amount, currency);
  const line = (other: TierLine<PartnerEntry>): string => `the line of ${other.name}, ${short(other.middle)}`;
  if (above !== undefined && own >= above.middle) return `${short(own - above.middle)} over ${line(above)}`;
  const under =
    below === undefined || own >= below.middle ? "" : `${short(below.middle - own)} under ${line(below)}, a lower tier`;
  if (above === undefined) return under === "" ? `no higher tier has a line above that of ${partner.tier}` : under;
  return [`${short(above.middle - own)} short of ${line(above)}`, ...(under === "" ? [] : [under])].join("; ");
}
