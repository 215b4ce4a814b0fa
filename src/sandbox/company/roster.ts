import { dateIn, monthStart, msPerDay } from "../calendar.ts";
import { hashOf, itemAt, randomFor } from "../random.ts";
import { hubspotId, salesforceId } from "./ids.ts";
import { partnerNamed } from "./names.ts";
import { type PartnerType, reportingZone, type Staff, salesRegions, tiers } from "./world.ts";

/** A partner of the program: who it is, and how it will behave. Instants are epoch milliseconds. */
export type Partner = {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly type: PartnerType;
  readonly typeText: string;
  readonly tier: string;
  readonly region: string;
  readonly manager: string;
  readonly isProspect: boolean;
  readonly agreedAt: number;
  readonly agreedOn: string;
  /** From when it brings business; infinity for one that never starts. */
  readonly startsAt: number;
  /** When it goes quiet; infinity for one that does not. */
  readonly quietAt: number;
  /** The date on which the agreement ends, or empty. */
  readonly endsOn: string;
  readonly strength: number;
  /** It does nothing but register the same claim every year. */
  readonly isSleeper: boolean;
  /** Its people hold certificates, and it shows. */
  readonly isTrained: boolean;
  /** What its help does to the odds of winning, to the length of the cycle and to the size of the deal. */
  readonly odds: number;
  readonly pace: number;
  readonly size: number;
  readonly hubspotId: string;
  readonly salesforceId: string;
};

/** The strength of a partner that brings next to nothing and only renews its one claim. */
const sleeperStrength = 0.01;

const firstRosterMonth = 24_240; // January 2020

/** A word for a type that nobody has mapped: a partner of this type is paid under no plan. */
export const unknownTypeText = "Influencer network";

/** The words with which the partner portal and the CRM name each type; the config maps those that differ, but for one that nobody has thought of. */
const typeTexts: Readonly<Record<PartnerType, readonly string[]>> = {
  referral: ["Referral"],
  co_sell: ["Co-sell"],
  agency: ["Agency", "Agency", "Consultancy"],
  integration: ["Integration", "Technology Alliance"],
  reseller: ["Reseller", "Reseller", "Solution Provider"],
  marketplace: ["Marketplace"],
  services: ["Services", "Services", "Implementation"],
  affiliate: ["Affiliate", "Affiliate", unknownTypeText],
};

// Types come round in a fixed order, so a company of any age has all eight.
const typeRound: readonly PartnerType[] = [
  "reseller",
  "referral",
  "co_sell",
  "services",
  "agency",
  "integration",
  "reseller",
  "referral",
  "affiliate",
  "co_sell",
  "services",
  "marketplace",
  "reseller",
  "integration",
];
const sizes: Readonly<Record<PartnerType, number>> = {
  referral: 0.9,
  co_sell: 1.35,
  agency: 0.9,
  integration: 1,
  reseller: 1.1,
  marketplace: 0.8,
  services: 1.25,
  affiliate: 0.5,
};

function joinedBefore(month: number, scale: number): number {
  return Math.floor(1.2 * scale * (month - firstRosterMonth));
}

function recruit(seed: number, staff: Staff, number: number, month: number): Partner {
  const random = randomFor(seed, "partner", number);
  const { name, domain } = partnerNamed(seed, number);
  const type = itemAt(typeRound, number + (hashOf(seed, "round") % typeRound.length));
  const region = itemAt(salesRegions, [0, 1, 0, 1, 2, 0, 1, 3, 0, 1, 2][number % 11] ?? 0);
  const neverStarts = number % 9 === 4;
  const isSleeper = !neverStarts && number % 13 === 5;
  const drawn = random.skewed(1, 0.95);
  const strength = neverStarts ? 0 : isSleeper ? sleeperStrength : drawn;
  const isTrained = !neverStarts && (type === "agency" || random.chance(strength > 0.8 ? 0.7 : 0.35));
  const agreedAt = monthStart(month) + random.int(1, 27) * msPerDay + 15 * 3_600_000;
  const startsAt = neverStarts ? Number.POSITIVE_INFINITY : agreedAt + random.skewed(56, 0.7) * msPerDay;
  const goesQuiet = number % 9 === 1 || number % 9 === 6;
  const ends = number % 17 === 3;
  const quietAt = goesQuiet || ends ? agreedAt + random.int(220, 950) * msPerDay : Number.POSITIVE_INFINITY;
  const place = { month: 24_000, index: number, record: 0 };
  const inHubspot = number % 4 !== 3;
  // The org's own account types can name these three, so only they may stand in Salesforce alone.
  const telling = type === "reseller" || type === "services" || type === "integration";
  const inSalesforce = inHubspot ? number % 5 < 3 : telling;
  return {
    number,
    id: `P-${String(number).padStart(4, "0")}`,
    name,
    domain,
    type,
    typeText: random.pick(typeTexts[type]),
    isSleeper,
    tier: itemAt(tiers, strength > 2.4 ? 3 : strength > 1.3 ? 2 : strength > 0.6 ? 1 : 0),
    region: region.name,
    manager: itemAt(staff.partnerManagers, number * 7 + salesRegions.indexOf(region)),
    isProspect: false,
    agreedAt,
    agreedOn: dateIn(reportingZone, agreedAt),
    startsAt,
    quietAt,
    endsOn: ends ? dateIn(reportingZone, quietAt + 75 * msPerDay) : "",
    strength,
    isTrained,
    odds: isTrained ? random.between(1, 1.35) : random.between(0.72, 1.05),
    pace: random.between(0.75, 1.25),
    size: sizes[type] * random.between(0.85, 1.2),
    hubspotId: inHubspot ? hubspotId(2, place) : "",
    salesforceId: inSalesforce ? salesforceId("001", place) : "",
  };
}

function approach(seed: number, staff: Staff, month: number): Partner {
  const partner = recruit(seed, staff, 9000 + (month - firstRosterMonth), month);
  return {
    ...partner,
    isProspect: true,
    agreedOn: "",
    startsAt: Number.POSITIVE_INFINITY,
    endsOn: "",
    tier: "",
    hubspotId: "",
    salesforceId: "",
  };
}

/**
 * The partners that joined from `first` to `last` (numbered months), and one prospect a year that never signed.
 * A partner depends on the seed and its number alone, so a later `last` adds partners and changes none.
 */
export function recruitPartners(seed: number, staff: Staff, first: number, last: number, scale: number): Partner[] {
  const partners: Partner[] = [];
  for (let month = first; month <= last; month += 1) {
    for (let number = joinedBefore(month, scale); number < joinedBefore(month + 1, scale); number += 1) {
      partners.push(recruit(seed, staff, number, month));
    }
  }
  for (let month = first; month <= last; month += 1) {
    if (month % 12 === 5) partners.push(approach(seed, staff, month));
  }
  return partners;
}

/** Picks partners for accounts: the stronger and the nearer, the likelier. */
export type Matchmaker = {
  /** A partner that is at work at `at`, other than those given; undefined when nobody suitable is found. */
  readonly find: (draw: number, region: string, at: number, except: readonly Partner[]) => Partner | undefined;
};

/** Prepares the choice of partners by region and month. */
export function matchPartners(partners: readonly Partner[]): Matchmaker {
  const choices = new Map<string, { partners: Partner[]; edges: number[] }>(); // e.g., "EMEA|20512"

  function choiceOf(region: string, week: number): { partners: Partner[]; edges: number[] } {
    const key = `${region}|${week}`;
    let choice = choices.get(key);
    if (choice === undefined) {
      choice = { partners: [], edges: [] };
      const from = week * 7 * msPerDay;
      let edge = 0;
      for (const partner of partners) {
        if (partner.startsAt > from || partner.quietAt < from + 7 * msPerDay) continue;
        edge += partner.strength * (partner.region === region ? 1 : 0.12);
        choice.partners.push(partner);
        choice.edges.push(edge);
      }
      choices.set(key, choice);
    }
    return choice;
  }

  return {
    find(draw, region, at, except) {
      const { partners: candidates, edges } = choiceOf(region, Math.floor(at / (7 * msPerDay)));
      const target = draw * (edges.at(-1) ?? 0);
      let low = 0;
      let high = edges.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((edges[middle] ?? 0) <= target) low = middle + 1;
        else high = middle;
      }
      const found = candidates[low];
      return found === undefined || except.includes(found) ? undefined : found;
    },
  };
}
