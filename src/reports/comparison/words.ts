import { formatCount, formatDate, formatMoney, majorOf } from "../../metrics/format.ts";
import type { Change, Comparison, DealChange, Party } from "./comparison.ts";

/** A setting's value for people: one that is missing and an empty list are said in words. */
export function settingWords(value: string | null): string {
  return value === null ? "not set" : value === "" ? "none" : value;
}

/** A measure in words: `credited_collected.time_decay` → `credited collected, time decay`. */
export function sayMeasure(measure: string): string {
  return measure.replace(".", ", ").replaceAll("_", " ");
}

/** A value of a measure: `$1,240.50`, `12`. */
export function sayValue(value: number | bigint, unit: Change["unit"], currency: string): string {
  return unit === "money" ? formatMoney(majorOf(value, currency), currency) : formatCount(value);
}

/** A difference with its sign: `+$1,240.50`, `−3`, `no change`. */
export function sayDifference(value: number | bigint, unit: Change["unit"], currency: string): string {
  if (BigInt(value) === 0n) return "no change";
  return `${value > 0 ? "+" : ""}${sayValue(value, unit, currency)}`;
}

/** `Northwind (drop:p1)`, the key alone without a name, `none` for nobody. */
export function sayParty(party: Party | null): string {
  if (party === null) return "none";
  return party.name === null ? party.key : `${party.name} (${party.key})`;
}

/** What changes in one sentence. */
export function verdictOf(comparison: Comparison): string {
  const { rules, dealCount, partners, metrics } = comparison;
  if (rules.length === 0) return "The two configurations have the same rules.";
  if (dealCount === 0 && partners.length === 0) {
    return metrics.length === 0
      ? "The rules differ, and nothing changes."
      : `The rules differ; no deal, credit or commission changes, but values of ${counted(metrics.length, "metric")} do.`;
  }
  const said = [
    movesWords(comparison, "credited_bookings.sourced_wins", "official credit"),
    movesWords(comparison, "commission_earned", "commission"),
  ].filter((words) => words !== null);
  const moves = said.length === 0 ? "no official credit and no commission moves" : said.join("; ");
  return `${counted(dealCount, "deal")} and ${counted(partners.length, "partner")} change: ${moves}.`;
}

// Null where nobody gains or loses anything.
function movesWords(comparison: Comparison, measure: string, what: string): string | null {
  const { currency, total } = comparison;
  const [gain, loss] = movesOf(comparison, measure);
  if (gain === 0n && loss === 0n) return null;
  const all = total.find((change) => change.measure === measure)?.difference ?? 0;
  const words = [
    ...(gain === 0n ? [] : [`partners gain ${sayValue(gain, "money", currency)} of ${what}`]),
    ...(loss === 0n
      ? []
      : [
          `${gain === 0n ? "partners " : ""}lose ${sayValue(loss, "money", currency)}${gain === 0n ? ` of ${what}` : ""}`,
        ]),
  ];
  return `${words.join(" and ")} (${sayDifference(all, "money", currency)} in all)`;
}

/** What partners gain and what they lose of a measure, both as amounts above 0. */
function movesOf({ partners }: Comparison, measure: string): readonly [bigint, bigint] {
  const differences = partners.flatMap(({ changes }) =>
    changes.filter((change) => change.measure === measure).map(({ difference }) => BigInt(difference)),
  );
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  return [sum(differences.filter((value) => value > 0n)), -sum(differences.filter((value) => value < 0n))];
}

/** A count with its noun: `1 deal`, `3 deals`. */
export function counted(count: number, one: string): string {
  return `${formatCount(count)} ${count === 1 ? one : `${one}s`}`;
}

/** The short table of partners: the measures that differ for any of them, and a row for each. */
export function partnerRows(
  { partners, currency }: Comparison,
  shown: number,
): { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const measures = shortMeasures.filter((measure) =>
    partners.some(({ changes }) => changes.some((change) => change.measure === measure)),
  );
  const rows = partners.slice(0, shown).map(({ partner, changes }) => [
    sayParty(partner),
    ...measures.map((measure) => {
      const change = changes.find((known) => known.measure === measure);
      return change === undefined ? "" : sayDifference(change.difference, change.unit, currency);
    }),
  ]);
  return { head: ["partner", ...measures.map(sayMeasure)], rows };
}

const shortMeasures = Object.freeze([
  "sourced_deals",
  "sourced_bookings",
  "influenced_bookings",
  "sourced_pipeline",
  "credited_collected.sourced_wins",
  "commission_earned",
]);

/** The measures of the whole program that differ; all that are not 0 where none does. */
export function shownTotals(total: readonly Change[]): readonly Change[] {
  const changed = total.filter(({ before, after }) => before !== after);
  return changed.length === 0 ? total.filter(({ before }) => Number(before) !== 0) : changed;
}

/** A measure with both values and the difference. */
export function changeRow({ measure, unit, before, after, difference }: Change, currency: string): readonly string[] {
  return [
    sayMeasure(measure),
    sayValue(before, unit, currency),
    sayValue(after, unit, currency),
    sayDifference(difference, unit, currency),
  ];
}

/** What partners gain and lose under each credit model that moves anything. */
export function creditRows(comparison: Comparison): readonly (readonly string[])[] {
  const { currency, total } = comparison;
  return total
    .filter(({ measure }) => measure.startsWith("credited_"))
    .map((change) => ({ change, moves: movesOf(comparison, change.measure) }))
    .filter(({ moves: [gain, loss] }) => gain !== 0n || loss !== 0n)
    .map(({ change, moves: [gain, loss] }) => [
      sayMeasure(change.measure),
      sayDifference(gain, "money", currency),
      sayDifference(-loss, "money", currency),
      sayDifference(change.difference, "money", currency),
    ]);
}

/** What changes about a deal, one line each. */
export function dealWords(deal: DealChange, currency: string): readonly string[] {
  const money = (value: number | bigint | null): string =>
    value === null ? "no converted amount" : sayValue(value, "money", currency);
  const lines: string[] = [];
  if (deal.class.before !== deal.class.after) {
    lines.push(`class: ${deal.class.before ?? "not counted"} → ${deal.class.after ?? "not counted"}`);
  }
  if (deal.source.before?.key !== deal.source.after?.key) {
    lines.push(`source: ${sayParty(deal.source.before)} → ${sayParty(deal.source.after)}`);
  } else if (deal.rule.before !== deal.rule.after) {
    lines.push(`rule: ${deal.rule.before ?? "none"} → ${deal.rule.after ?? "none"}`);
  }
  if (deal.amount.before !== deal.amount.after) {
    lines.push(`amount: ${money(deal.amount.before)} → ${money(deal.amount.after)}`);
  }
  if (deal.collected.before !== deal.collected.after) {
    lines.push(`collected: ${money(deal.collected.before)} → ${money(deal.collected.after)}`);
  }
  if (deal.why.before !== deal.why.after) {
    lines.push(`before: ${deal.why.before ?? "it was not counted"}`, `after: ${deal.why.after ?? "it is not counted"}`);
  }
  for (const { partner, before, after } of deal.commission) {
    lines.push(`commission of ${sayParty(partner)}: ${money(before)} → ${money(after)}`);
  }
  for (const { partner, model, share, booked, collected } of deal.credit) {
    const parts = [
      ...(share.before === share.after ? [] : [`share ${sayShare(share.before)} → ${sayShare(share.after)}`]),
      ...(booked.before === booked.after ? [] : [`bookings ${money(booked.before)} → ${money(booked.after)}`]),
      ...(collected.before === collected.after
        ? []
        : [`collected ${money(collected.before)} → ${money(collected.after)}`]),
    ];
    lines.push(`${model.replaceAll("_", " ")}, ${sayParty(partner)}: ${parts.join(", ")}`);
  }
  return lines;
}

/** A deal as a title: its name, account, standing and what moves. */
export function dealTitle({ deal, account, state, closedOn, moved }: DealChange, currency: string): string {
  const dated = closedOn === null ? state : `${state} ${formatDate(closedOn)}`;
  return `${sayParty(deal)}${account === null ? "" : `, ${account}`}, ${dated}: up to ${sayValue(moved, "money", currency)} moves`;
}

function sayShare(share: string): string {
  return new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 2 }).format(Number(share));
}
