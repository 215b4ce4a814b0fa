import { formatDate } from "../format.ts";
import { dealLines } from "./deal-text.ts";
import type { Explanation, Issue } from "./explanation.ts";
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

// Claimants and steps of a conflict stand above already.
function issuesOf(explanation: Explanation): readonly Issue[] {
  if (explanation.kind !== "deal" || explanation.conflict === null) return explanation.issues;
  const { claimants } = explanation.conflict;
  return explanation.issues.map((issue) =>
    issue.check === "conflict"
      ? { ...issue, message: `${claimants.length} partners claim this deal, as told above` }
      : issue,
  );
}
