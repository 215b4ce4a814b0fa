import { formatDate } from "../format.ts";
import type { Cash, CashCredit, CommissionLine, Issue } from "./explanation.ts";
import { fxLines } from "./fx.ts";
import { plain, sayMoney, sayName, sayNamed, sayPercent, sayRate } from "./words.ts";

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
    const isConverted = row.collectedReporting !== null && row.amount.currency !== row.collectedReporting.currency;
    const shown = isConverted
      ? `, ${sayMoney(row.collectedReporting)} at ${sayRate(row.fxRate)} of ${row.fxOn === null ? "an unknown day" : formatDate(row.fxOn)}`
      : row.collectedReporting === null
        ? ", which has no exchange rate"
        : "";
    return [
      `${formatDate(row.occurredOn)}: ${row.kind} ${row.key} on invoice ${row.invoiceKey}: ${sayMoney(row.amount)}, before tax ${sayMoney(row.collected)}${shown}`,
      ...indent([...fxLines(row.fx), row.link, ...splitLines(row.credit)]),
    ];
  });
}

/** A split by model and partner; models that split alike share a line. */
export function splitLines(credit: readonly CashCredit[]): readonly string[] {
  const byModel = Map.groupBy(credit, ({ model }) => model);
  const alike = Map.groupBy(byModel, ([, parts]) =>
    parts.map(({ partner, amount }) => `${sayName(partner)} ${sayMoney(amount)}`).join(", "),
  );
  return [...alike].flatMap(([words, models]) => {
    const odd = models
      .slice(0, 1)
      .flatMap(([, parts]) => parts)
      .flatMap(({ partner, oddUnit }) => (oddUnit === null ? [] : [`${sayName(partner)}: ${oddUnit}`]));
    return [`${models.map(([model]) => plain(model)).join(", ")}: ${words}`, ...indent(odd)];
  });
}

/** Lines of the ledger. */
export function commissionLines(lines: readonly CommissionLine[]): readonly string[] {
  return lines.map(({ entryOn, kind, amount, collected, partner, rate, reason }) => {
    const sum = collected === null || rate === null ? "" : `; ${sayPercent(rate)} of ${sayMoney(collected)}`;
    return `${formatDate(entryOn)}: ${kind} ${sayMoney(amount)} for ${sayNamed(partner)}: ${reason}${sum}`;
  });
}
