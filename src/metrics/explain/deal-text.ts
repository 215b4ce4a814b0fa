import { formatDate } from "../format.ts";
import type { Conflict, ConflictStep, DealExplanation, Evidence, ModelCredit, Rule } from "./explanation.ts";
import { fxLines } from "./fx.ts";
import { cashLines, commissionLines, fact, indent, sections } from "./lines.ts";
import { sayPlace } from "./places.ts";
import {
  plain,
  sayCount,
  sayDay,
  sayList,
  sayModel,
  sayMoney,
  sayName,
  sayNamed,
  sayRate,
  sayStep,
  sayWeight,
} from "./words.ts";

/** Everything about a deal below its verdict. */
export function dealLines(explanation: DealExplanation): readonly string[] {
  const { timezone, evidence } = explanation;
  const counted = evidence.filter(({ counts }) => counts).length;
  return sections([
    { title: "The deal", lines: factLines(explanation) },
    { title: "The days that decide", lines: dayLines(explanation) },
    {
      title: "Who brought it: the rules in their order, until one leaves a partner",
      lines: explanation.rules.flatMap(ruleLines),
    },
    {
      title: "The conflict: several partners claim it, and each step keeps those who pass it",
      lines: explanation.conflict === null ? [] : conflictLines(explanation.conflict, timezone),
    },
    {
      title: `Who helped: the evidence, ${counted} of ${evidence.length} count`,
      lines: explanation.days === null ? [] : evidenceLines(evidence, timezone),
    },
    {
      title: "The path: what the models that look at touches see, in their order",
      lines: explanation.path.map(
        ({ partner, kind, on, daysBeforeClose }, index) =>
          `${index + 1}. ${formatDate(on)}: ${plain(kind)} by ${sayName(partner)}, ${sayCount(Number(daysBeforeClose), "day")} before the ${explanation.deal.closedOn === null ? "as-of date" : "close"}`,
      ),
    },
    { title: "The credit: how each model shares the deal", lines: creditLines(explanation) },
    {
      title: "The cash: what was paid for it and who has which part",
      lines: explanation.cash.length === 0 ? ["No cash is linked to it."] : cashLines(explanation.cash),
    },
    { title: "The commission", lines: dealCommissionLines(explanation.commission) },
  ]);
}

function factLines({ key, deal }: DealExplanation): readonly string[] {
  const stage = [deal.pipeline, deal.stage].filter((word) => word !== null).join(", ");
  const closed = deal.closedOn === null ? null : formatDate(deal.closedOn);
  const expected = deal.expectedCloseOn === null ? null : formatDate(deal.expectedCloseOn);
  return [
    ...fact("name", sayNamed({ key, name: deal.name })),
    ...fact("recorded in", deal.recordedIn === null ? null : sayPlace(deal.recordedIn)),
    ...fact("account", deal.account === null ? "none" : sayNamed(deal.account)),
    ...fact("state", `${deal.state}${stage === "" ? "" : ` (${stage})`}, ${plain(deal.orderType)}`),
    ...fact("owner", deal.owner),
    ...fact("created", formatDate(deal.createdOn)),
    ...fact(deal.state === "open" ? "expected" : "closed", deal.state === "open" ? expected : (closed ?? "no date")),
    ...fact("amount", amountWords(deal)),
    ...fxLines(deal.fx).flatMap((line) => fact("", line)),
  ];
}

function amountWords({ amount, amountReporting, excludedAs, fx }: DealExplanation["deal"]): string {
  if (amount === null) return "none";
  if (excludedAs !== null) return sayMoney(amount);
  if (amountReporting === null || fx === null) return `${sayMoney(amount)}, which has no exchange rate`;
  if (fx.path === "same") return sayMoney(amount);
  return `${sayMoney(amount)} is ${sayMoney(amountReporting)} at ${sayRate(fx.rate)}, the rate of ${formatDate(fx.on)}`;
}

function dayLines({ days, deal }: DealExplanation): readonly string[] {
  if (days === null) return [];
  const judged = deal.closedOn === null ? "the as-of date" : "the close";
  return [
    `Touches count from ${formatDate(days.windowStartsOn)}, ${days.lookbackDays} days before the deal was created, to ${formatDate(days.judgedOn)}, ${judged}.`,
    `Claims had to be made by ${formatDate(days.claimsEndOn)}, ${days.claimDays} days after it was created.`,
    ...(days.lateAfterOn === null
      ? []
      : [
          `What was recorded after ${formatDate(days.lateAfterOn)}, ${days.lateDays} days after the close, is too late.`,
        ]),
    `Removals and decisions count as they stood on ${formatDate(days.evidenceOn)}.`,
  ];
}

function ruleLines(rule: Rule, index: number): readonly string[] {
  const title = `${index + 1}. ${rule.rule === "none" ? "no rule" : plain(rule.rule)}`;
  const found = rule.isTried ? (rule.reason ?? "") : "Not tried: an earlier rule decided.";
  const claims = rule.claims.map(({ partner, table, key, isAccepted, reason, recordedIn }) => {
    const verdict = isAccepted ? (rule.isTried ? "accepted" : "would stand") : "refused";
    const who = partner === null ? "" : `${sayNamed(partner)}, `;
    const where = recordedIn === null ? `${plain(table)} ${key}` : sayPlace(recordedIn);
    return `${verdict}: ${who}${reason} (${where})`;
  });
  return [`${title}: ${found}`, ...indent(claims)];
}

function conflictLines(conflict: Conflict, timezone: string): readonly string[] {
  const day = (moment: Date | null): string => (moment === null ? "no date" : sayDay(moment, timezone));
  const claimants = conflict.claimants.flatMap((claimant) => {
    const won = claimant.isSource ? ", who is the source" : "";
    const decided = claimant.firstDecidedAt === null ? "" : `, first decided ${day(claimant.firstDecidedAt)}`;
    const held = claimant.certifications.map(
      ({ words, recordedIn }) => `holds ${words}${recordedIn === null ? "" : ` (${sayPlace(recordedIn)})`}`,
    );
    return [
      `${sayNamed(claimant.partner)}${won}: ${sayCount(Number(claimant.claims), "claim")}, first claimed ${day(claimant.firstClaimedAt)}${decided}`,
      ...indent(held),
    ];
  });
  return [...claimants, ...conflict.steps.map(stepLine)];
}

function stepLine({ step, result, left, found }: ConflictStep, index: number): string {
  const names = sayList(left.map(sayName));
  const title = `${index + 1}. ${sayStep(step)}`;
  switch (result) {
    case "not needed":
      return `${title}: not needed, one was left.`;
    case "settled":
      return `${title}: ${found ?? ""} It settles it: ${names} is left.`;
    case "narrowed":
      return `${title}: ${found ?? ""} It leaves ${names}.`;
    case "left all":
      return `${title}: ${found ?? ""} It tells nobody apart.`;
  }
}

function evidenceLines(evidence: readonly Evidence[], timezone: string): readonly string[] {
  if (evidence.length === 0) return ["None is on record."];
  return evidence.flatMap((row) => {
    const when = row.occurredAt === null ? "no date" : sayDay(row.occurredAt, timezone);
    const recorded = row.recordedAt === null ? "" : `, recorded ${sayDay(row.recordedAt, timezone)}`;
    const removed = row.removedAt === null ? "" : `, removed ${sayDay(row.removedAt, timezone)}`;
    const where = row.recordedIn === null ? `${plain(row.table)} ${row.key}` : sayPlace(row.recordedIn);
    return [
      `${row.counts ? "+" : "−"} ${when}: ${plain(row.kind)} by ${sayNamed(row.partner)}${recorded}${removed} (${where})`,
      `    ${row.reason}`,
    ];
  });
}

// Models that say the same of every partner share their lines.
function creditLines({ credit, creditRules }: DealExplanation): readonly string[] {
  const alike = Map.groupBy(credit, (model) => partLines(model).join("\n"));
  return [...alike.values()].flatMap((models) => [
    `${sayList(models.map(({ model }) => `${plain(model)} (${sayModel(model, creditRules)})`))}:`,
    ...models.slice(0, 1).flatMap(partLines),
  ]);
}

function partLines({ model, parts }: ModelCredit): readonly string[] {
  return parts.flatMap((part) => {
    const money = part.amount === null ? "" : `, ${sayMoney(part.amount)}`;
    const weight = part.weight === part.totalWeight ? "" : ` (weight ${sayWeight(model, part)})`;
    return [
      `  ${sayName(part.partner)}: ${sharePercent(part.share)}${money}${weight}: ${part.reason}`,
      ...(part.oddUnit === null ? [] : [`    ${part.oddUnit}`]),
    ];
  });
}

function sharePercent(share: string): string {
  return new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 4 }).format(Number(share));
}

function dealCommissionLines({ note, plans, lines, without }: DealExplanation["commission"]): readonly string[] {
  return [note, ...indent(plans.map(planLine)), ...commissionLines(lines), ...without];
}

function planLine({ name, result, reason }: DealExplanation["commission"]["plans"][number], index: number): string {
  switch (result) {
    case "matches":
      return `${index + 1}. plan ${name} matches`;
    case "does not match":
      return `${index + 1}. plan ${name} does not match: ${reason ?? ""}`;
    case "not needed":
      return `${index + 1}. plan ${name} is not looked at, an earlier one matched`;
  }
}
