import { formatDate } from "../format.ts";
import { dealLines } from "./deal-text.ts";
import type { Explanation } from "./explanation.ts";
import { invoiceLines } from "./invoice-text.ts";
import { issueLines, sections } from "./lines.ts";
import { partnerLines } from "./partner-text.ts";

/** An explanation in words for people: the verdict first, then what stands behind it. */
export function explanationText(explanation: Explanation): string {
  const lines = [
    explanation.verdict,
    `As of ${formatDate(explanation.asOf)}; dates are in ${explanation.timezone}.`,
    ...bodyOf(explanation),
    ...sections([{ title: "What the checks list about it", lines: issueLines(explanation.issues) }]),
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
