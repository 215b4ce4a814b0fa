import type { PartnerType } from "./world.ts";

/** What the company pays its partners, as percent of collected credit; the config of the sandbox says the same. */
export const commissionPercents: Readonly<Record<PartnerType, Readonly<Record<string, number>>>> = {
  reseller: { Registered: 12, Silver: 15, Gold: 18, Platinum: 22 },
  referral: { any: 10 },
  affiliate: { any: 10 },
  co_sell: { any: 5 },
  services: { any: 6 },
  agency: { any: 10 },
  marketplace: { any: 3 },
  integration: { any: 4 },
};
/** Months after close in which a payment earns commission. */
export const commissionMonths = 12;
/** Days before an earned commission may be paid. */
export const commissionHoldDays = 30;

/** The percent a partner of a type and tier earns. */
export function commissionPercent(type: PartnerType, tier: string): number {
  const plan = commissionPercents[type];
  return plan[tier] ?? plan.any ?? 0;
}
