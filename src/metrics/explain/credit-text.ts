import type { CreditPart, DealExplanation, ModelCredit } from "./explanation.ts";
import { sayCount, sayMoney, sayName, sayWeight } from "./words.ts";

/** What the parts of a model are worked out from. */
type CreditBasis = Pick<DealExplanation, "path" | "creditRules" | "partners" | "evidence">;

/** Each partner's part under one model with why it is so large, then how the parts became whole minor units. */
export function creditPartLines(credit: ModelCredit, basis: CreditBasis): readonly string[] {
  return [
    ...credit.parts.map((part) => {
      const money = part.amount === null ? "" : `, ${sayMoney(part.amount)}`;
      return `${sayName(part.partner)}: ${sharePercent(part.share)}${money}: ${whyOf(credit.model, part, basis)}`;
    }),
    ...(credit.rounding === null ? [] : [credit.rounding]),
  ];
}

// Models that look at touches are told by the places of the partner's own touches on the path (R51).
function whyOf(model: string, part: CreditPart, basis: CreditBasis): string {
  const { path, creditRules } = basis;
  const unseen = model === "sourced_wins" || model === "declared_split" ? null : untouched(basis);
  if (unseen !== null) return unseen;
  const own = path.flatMap((step, index) => (step.partner.key === part.partner.key ? [{ ...step, index }] : []));
  switch (model) {
    case "declared_split":
      return isOfHundred(part) ? part.reason : `${part.reason} (${sayWeight(model, part)})`;
    case "first_touch":
    case "last_touch":
      return path.length === 0
        ? part.reason
        : `The ${model === "first_touch" ? "first" : "last"} of ${path.length} touches`;
    case "position":
      return path.length === 0 ? part.reason : placesOf(own, path.length);
    case "time_decay":
      return path.length === 0
        ? part.reason
        : `Weight ${sayWeight(model, part)}: ${powersOf(own, path, creditRules.halfLifeDays)}`;
    default:
      return part.reason;
  }
}

// R50: a source without any touch has its claim alone, which counts as one.
function untouched({ partners, evidence }: CreditBasis): string | null {
  const [only] = partners;
  if (partners.length !== 1 || only === undefined || !only.isSource || Number(only.touches) > 0) return null;
  const touches = evidence.length === 0 ? "No touch is on record" : "No touch counts";
  return `${touches}; the source is the only partner, so every model gives it all`;
}

// A role's share is kept in millionths of a percent, or in 10^-12 where that is not enough.
function isOfHundred({ totalWeight }: CreditPart): boolean {
  return Number(totalWeight) < 1_000_000 || [100_000_000, 100_000_000_000_000].includes(Number(totalWeight));
}

function placesOf(own: readonly { readonly index: number }[], steps: number): string {
  if (steps === 2)
    return own.length === 2 ? "Both touches" : own[0]?.index === 0 ? "The first touch" : "The last touch";
  const between = own.filter(({ index }) => index > 0 && index < steps - 1).length;
  const said = [
    ...(own.some(({ index }) => index === 0) ? ["the first touch (40)"] : []),
    ...(own.some(({ index }) => index === steps - 1) ? ["the last touch (40)"] : []),
    ...(between === 0
      ? []
      : steps === 3
        ? ["the one between (20)"]
        : [`${between} of the ${steps - 2} between (20 × ${between} ÷ ${steps - 2})`]),
  ];
  const words = said.join(" + ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

const powersShown = 4;

type Path = DealExplanation["path"];

function powersOf(own: Path, path: Path, halfLife: number): string {
  const latest = Math.min(...path.map(({ daysBeforeClose }) => Number(daysBeforeClose)));
  if (own.length > powersShown) return `${own.length} touches, each 2^(−days before the latest one ÷ ${halfLife})`;
  const days = own.map(({ daysBeforeClose }) => Number(daysBeforeClose) - latest);
  const powers = days.map((earlier) => (earlier === 0 ? "1" : `2^(−${earlier}/${halfLife})`)).join(" + ");
  const [only = 0] = days;
  if (days.length > 1) return powers;
  return only === 0 ? "on the day of the latest touch" : `${powers}, ${sayCount(only, "day")} before the latest touch`;
}

function sharePercent(share: string): string {
  return new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 4 }).format(Number(share));
}
