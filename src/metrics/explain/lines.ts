import { formatDate } from "../format.ts";
import type { Cash, CashCredit, CommissionLine, Issue } from "./explanation.ts";
import { plain, sayMoney, sayName, sayNamed } from "./words.ts";

/** A titled block of an explanation. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Blocks with a blank line before each; a block without lines is left out. */
export function sections(blocks: readonly Section[]): readonly string[] {
  return blocks
    .filter(({ lines }) => lines.length > 0)
    .flatMap(({ title, lines }) => ["", title, ...lines.map((line) => `  ${line}`)]);
}

/** One line, or none where there is nothing to say. */
export function fact(label: string, words: string | null): readonly string[] {
  return words === null || words === "" ? [] : [`${label.padEnd(14)}${words}`];
}

/** Lines one step further in. */
export function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** What the checks say, one line each. */
export function issueLines(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ severity, message, fix }) => `${severity}: ${message}${fix === null ? "" : ` → ${fix}`}`);
}

/** Money that came or went, with its split. */
export function cashLines(cash: readonly Cash[]): readonly string[] {
  return cash.flatMap((row) => {
    const rate = row.collectedReporting !== null && row.amount.currency !== row.collectedReporting.currency;
    const converted = row.collectedReporting === null ? ", which has no exchange rate" : "";
    const shown = rate
      ? `, ${sayMoney(row.collectedReporting)} at ${sayRate(row.fxRate)} of ${row.fxOn === null ? "an unknown day" : formatDate(row.fxOn)}`
      : converted;
    return [
      `${formatDate(row.occurredOn)}: ${row.kind} ${row.key} on invoice ${row.invoiceKey}: ${sayMoney(row.amount)}, before tax ${sayMoney(row.collected)}${shown}`,
      ...indent([row.link, ...splitLines(row.credit)]),
    ];
  });
}

/** A split by model and partner; models that split alike share a line. */
export function splitLines(credit: readonly CashCredit[]): readonly string[] {
  const byModel = Map.groupBy(credit, ({ model }) => model);
  const alike = Map.groupBy(byModel, ([, parts]) =>
    parts.map(({ partner, amount }) => `${sayName(partner)} ${sayMoney(amount)}`).join(", "),
  );
  return [...alike].map(([words, models]) => `${models.map(([model]) => plain(model)).join(", ")}: ${words}`);
}

/** Lines of the ledger. */
export function commissionLines(lines: readonly CommissionLine[]): readonly string[] {
  return lines.map(
    ({ entryOn, kind, amount, partner, reason }) =>
      `${formatDate(entryOn)}: ${kind} ${sayMoney(amount)} for ${sayNamed(partner)}: ${reason}`,
  );
}

/** An exchange rate without the zeros that only fill it up: `1.0825`. */
export function sayRate(rate: string | null): string {
  if (rate === null) return "an unknown rate";
  return rate.includes(".") ? rate.replace(/\.?0+$/, "") : rate;
}
