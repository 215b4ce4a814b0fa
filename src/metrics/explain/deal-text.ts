import { formatDate } from "../format.ts";
import type { Conflict, DealExplanation, Evidence, ModelCredit, Rule } from "./explanation.ts";
import { cashLines, commissionLines, fact, indent, sayRate, sections } from "./lines.ts";
import { plain, sayCount, sayDay, sayMoney, sayName, sayNamed, sayStep } from "./words.ts";

/** Everything about a deal below its verdict. */
export function dealLines(explanation: DealExplanation): readonly string[] {
  const { timezone } = explanation;
  return sections([
    { title: "The deal", lines: factLines(explanation) },
    { title: "The days that decide", lines: dayLines(explanation) },
    { title: "The rules in their order", lines: explanation.rules.flatMap(ruleLines) },
    {
      title: "The conflict",
      lines: explanation.conflict === null ? [] : conflictLines(explanation.conflict, timezone),
    },
    { title: "The evidence", lines: evidenceLines(explanation.evidence, timezone) },
    { title: "The credit", lines: explanation.credit.flatMap(creditLines) },
    {
      title: "The cash",
      lines: explanation.cash.length === 0 ? ["No cash is linked to it."] : cashLines(explanation.cash),
    },
    { title: "The commission", lines: [explanation.commission.note, ...commissionLines(explanation.commission.lines)] },
  ]);
}

function factLines({ key, deal }: DealExplanation): readonly string[] {
  const stage = [deal.pipeline, deal.stage].filter((word) => word !== null).join(", ");
  const closed = deal.closedOn === null ? null : formatDate(deal.closedOn);
  const expected = deal.expectedCloseOn === null ? null : formatDate(deal.expectedCloseOn);
  return [
    ...fact("name", sayNamed({ key, name: deal.name })),
    ...fact("account", deal.account === null ? "none" : sayNamed(deal.account)),
    ...fact("state", `${deal.state}${stage === "" ? "" : ` (${stage})`}, ${plain(deal.orderType)}`),
    ...fact("owner", deal.owner),
    ...fact("created", formatDate(deal.createdOn)),
    ...fact(deal.state === "open" ? "expected" : "closed", deal.state === "open" ? expected : (closed ?? "no date")),
    ...fact("amount", amountWords(deal)),
  ];
}

function amountWords({ amount, amountReporting, excludedAs, fx }: DealExplanation["deal"]): string {
  if (amount === null) return "none";
  if (excludedAs !== null) return sayMoney(amount);
  if (amountReporting === null || fx === null) return `${sayMoney(amount)}, which has no exchange rate`;
  if (fx.path === "same") return sayMoney(amount);
  return `${sayMoney(amount)} is ${sayMoney(amountReporting)} at ${sayRate(fx.rate)}, the rate of ${formatDate(fx.on)}, ${pathWords(fx.path)}`;
}

// The three ways to a rate (R24).
function pathWords(path: string): string {
  switch (path) {
    case "direct":
      return "quoted for this pair";
    case "inverse":
      return "from the inverse of the quoted pair";
    default:
      return "crossed through a third currency";
  }
}

function dayLines({ days, deal }: DealExplanation): readonly string[] {
  if (days === null) return [];
  const judged = deal.closedOn === null ? "the as-of date" : "the close";
  return [
    `Touches count from ${formatDate(days.windowStartsOn)} to ${formatDate(days.judgedOn)}, ${judged}.`,
    `Claims had to be made by ${formatDate(days.claimsEndOn)}.`,
    ...(days.lateAfterOn === null ? [] : [`What was recorded after ${formatDate(days.lateAfterOn)} is too late.`]),
    `Removals and decisions count as they stood on ${formatDate(days.evidenceOn)}.`,
  ];
}

function ruleLines(rule: Rule, index: number): readonly string[] {
  const title = `${index + 1}. ${rule.rule === "none" ? "no rule" : plain(rule.rule)}`;
  const found = rule.isTried ? (rule.reason ?? "") : "Not tried: an earlier rule decided.";
  const claims = rule.claims.map(({ partner, table, key, isAccepted, reason }) => {
    const verdict = isAccepted ? (rule.isTried ? "accepted" : "would stand") : "refused";
    const who = partner === null ? "" : `${sayNamed(partner)}, `;
    return `${verdict}: ${who}${plain(table)} ${key}: ${reason}`;
  });
  return [`${title}: ${found}`, ...indent(claims)];
}

function conflictLines(conflict: Conflict, timezone: string): readonly string[] {
  const day = (moment: Date | null): string => (moment === null ? "no date" : sayDay(moment, timezone));
  const claimants = conflict.claimants.map((claimant) => {
    const held = claimant.certifications.length === 0 ? "no active certification" : claimant.certifications.join("; ");
    const won = claimant.isSource ? ", who is the source" : "";
    return `${sayNamed(claimant.partner)}${won}: ${sayCount(Number(claimant.claims), "claim")}, decided ${day(claimant.firstDecidedAt)}, claimed ${day(claimant.firstClaimedAt)}, ${held}`;
  });
  const steps = conflict.steps.map(({ step, result }, index) => {
    const said = result === "settled" ? "settled it" : result === "left several" ? "did not settle it" : "not needed";
    return `${index + 1}. ${sayStep(step)}: ${said}`;
  });
  return [...claimants, ...steps];
}

function evidenceLines(evidence: readonly Evidence[], timezone: string): readonly string[] {
  if (evidence.length === 0) return ["None is on record."];
  return evidence.flatMap((row) => {
    const when = row.occurredAt === null ? "no date" : sayDay(row.occurredAt, timezone);
    const recorded = row.recordedAt === null ? "" : `, recorded ${sayDay(row.recordedAt, timezone)}`;
    const removed = row.removedAt === null ? "" : `, removed ${sayDay(row.removedAt, timezone)}`;
    const where = `${plain(row.table)} ${row.key}${row.source === null ? "" : `, from ${row.source}`}`;
    return [
      `${row.counts ? "+" : "−"} ${when}: ${plain(row.kind)} by ${sayNamed(row.partner)} (${where}${recorded}${removed})`,
      `    ${row.reason}`,
    ];
  });
}

function creditLines({ model, parts }: ModelCredit): readonly string[] {
  return [
    plain(model),
    ...parts.flatMap((part) => {
      const money = part.amount === null ? "" : `, ${sayMoney(part.amount)}`;
      const weight = `${Number(part.weight).toLocaleString("en-US")} of ${Number(part.totalWeight).toLocaleString("en-US")}`;
      return [
        `  ${sayName(part.partner)}: ${sharePercent(part.share)}${money} (weight ${weight}): ${part.reason}`,
        ...(part.oddUnit === null ? [] : [`    ${part.oddUnit}`]),
      ];
    }),
  ];
}

function sharePercent(share: string): string {
  return new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 4 }).format(Number(share));
}
