import { formatDate } from "../format.ts";
import { dealLines } from "./deal-text.ts";
import type { DealExplanation, Explanation, Issue } from "./explanation.ts";
import { servingDays } from "./fx.ts";
import { invoiceLines } from "./invoice-text.ts";
import { issueLines, sections } from "./lines.ts";
import { partnerLines } from "./partner-text.ts";

/** An explanation in words for people: the verdict first, then what stands behind it. */
export function explanationText(explanation: Explanation): string {
  const lines = [
    explanation.verdict,
    `As of ${formatDate(explanation.asOf)}; dates are in ${explanation.timezone}. In brackets stand keys (source:id) and the file and line, or the record, that a fact was read from.`,
    ...bodyOf(explanation),
    ...sections([{ title: "What the checks list about it", lines: issueLines(issuesOf(explanation)) }]),
  ];
  return `${lines.join("\n")}\n`;
}

function bodyOf(explanation: Explanation): readonly string[] {
  switch (explanation.kind) {
    case "deal":
      return dealLines(explanation);
    case "invoice":
      return invoiceLines(explanation);
    case "partner":
      return partnerLines(explanation);
  }
}

// Claimants and steps of a conflict stand above already; one rate may serve the deal and its cash.
function issuesOf(explanation: Explanation): readonly Issue[] {
  if (explanation.kind !== "deal") return explanation.issues;
  const { conflict } = explanation;
  return explanation.issues.map((issue) => {
    if (issue.check === "conflict" && conflict !== null) {
      return { ...issue, message: `${conflict.claimants.length} partners claim this deal, as told above` };
    }
    return issue.check === "fx_rate_missing" ? { ...issue, fix: sayFix(explanation) ?? issue.fix } : issue;
  });
}

function sayFix({ deal: { fxGap }, cash }: DealExplanation): string | null {
  if (fxGap === null) return null;
  const gaps = cash.flatMap((row) => (row.fxGap?.from === fxGap.from ? [row.fxGap] : []));
  const days = gaps.length === 0 ? null : servingDays([fxGap, ...gaps]);
  if (days === null) return null;
  return `load a rate between ${fxGap.from} and ${fxGap.to} for a day from ${formatDate(days.from)} to ${formatDate(days.to)}: it serves the deal and its cash`;
}
