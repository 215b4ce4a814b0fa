import { creditModels } from "../define.ts";
import { formatDate, formatMoment } from "../format.ts";
import { creditPartLines } from "./credit-text.ts";
import type { Claim, Conflict, ConflictStep, DealExplanation, Evidence, PathStep, Rule } from "./explanation.ts";
import { fxLines, sayGap, sayRateRule } from "./fx.ts";
import { cashLines, commissionLines, fact, indent, sections, unpaidLine } from "./lines.ts";
import { sayPlace } from "./places.ts";
import {
  plain,
  sayClaimed,
  sayCount,
  sayDay,
  sayList,
  sayModel,
  sayMoney,
  sayName,
  sayNamed,
  sayOneOf,
  sayRate,
  sayRuleName,
  sayStep,
  sayTouch,
} from "./words.ts";

/** Everything about a deal below its verdict. */
export function dealLines(explanation: DealExplanation): readonly string[] {
  return sections([
    { title: "The deal", lines: factLines(explanation) },
    { title: "The days that decide", lines: dayLines(explanation) },
    {
      title: "Who brought it: the rules in their order, until one names a partner",
      lines: explanation.rules.flatMap((rule, index) => ruleLines(rule, index, explanation)),
    },
    {
      title:
        "The conflict: several partners claim it by one rule; each step keeps those who pass it, until one remains",
      lines: explanation.conflict === null ? [] : conflictLines(explanation.conflict, explanation),
    },
    evidenceSection(explanation),
    { title: "The path: the touches in the order in which the models take them", lines: pathLines(explanation) },
    { title: "The credit: how each model shares the deal", lines: creditLines(explanation) },
    { title: "The cash: what was paid for it and who has which part", lines: cashSectionLines(explanation) },
    { title: "The commission", lines: dealCommissionLines(explanation) },
  ]);
}

function factLines({ key, deal }: DealExplanation): readonly string[] {
  const stage = [deal.pipeline, deal.stage].filter((word) => word !== null && word.toLowerCase() !== deal.state);
  const closed = deal.closedOn === null ? null : formatDate(deal.closedOn);
  const expected = deal.expectedCloseOn === null ? null : formatDate(deal.expectedCloseOn);
  return [
    ...fact("name", sayNamed({ key, name: deal.name })),
    ...fact("recorded in", deal.recordedIn === null ? null : sayPlace(deal.recordedIn)),
    ...fact("account", deal.account === null ? "none on record" : sayNamed(deal.account)),
    ...fact("state", `${deal.state}${stage.length === 0 ? "" : ` (${stage.join(", ")})`}`),
    ...fact("order type", plain(deal.orderType)),
    ...fact("owner", deal.owner),
    ...fact("created", formatDate(deal.createdOn)),
    ...fact(deal.state === "open" ? "expected" : "closed", deal.state === "open" ? expected : (closed ?? "no date")),
    ...fact("amount", amountWords(deal)),
    ...amountRateLines(deal).flatMap((line) => fact("", line)),
    ...(deal.excludedAs === null
      ? []
      : fact(
          "left out",
          `marked as ${plain(deal.excludedAs)} at its source; ${deal.excludedAs === "duplicate" ? "of which deal, by" : "by"} whom and when is not on record`,
        )),
  ];
}

function amountWords({ amount, amountReporting, excludedAs, fx, fxGap }: DealExplanation["deal"]): string {
  if (amount === null) return "none";
  if (excludedAs !== null) return sayMoney(amount);
  if (fxGap !== null) return `${sayMoney(amount)}; ${sayGap(fxGap)}`;
  if (amountReporting === null || fx === null || fx.path === "same") return sayMoney(amount);
  return `${sayMoney(amount)} × ${sayRate(fx.rate)}, the rate of ${formatDate(fx.on)}, is ${sayMoney(amountReporting)}`;
}

function amountRateLines({ fx, excludedAs, state, amount }: DealExplanation["deal"]): readonly string[] {
  if (excludedAs !== null || amount === null || fx === null || fx.path === "same") return [];
  return [...fxLines(fx), sayRateRule(state === "open" ? "open deal" : "deal", fx)];
}

// R37, R41 to R43: what binds touches, claims and removals, and that nothing of it binds an override.
function dayLines({ days, deal, rules }: DealExplanation): readonly string[] {
  if (days === null) return [];
  const judged = deal.closedOn === null ? "the as-of date" : "the close";
  const isRegistered = rules.some(({ rule, claims }) => rule === "registration" && claims.length > 0);
  const isFrozen = days.lateAfterOn !== null && days.evidenceOn === days.lateAfterOn;
  return [
    `Touches count from ${formatDate(days.windowStartsOn)}, ${days.lookbackDays} days before the deal was created, to ${formatDate(days.judgedOn)}, ${judged}.`,
    `A registration had to be submitted, a source declared or a lead received by ${formatDate(days.claimsEndOn)}, ${days.claimDays} days after it was created; a lead that names only the account, by ${formatDate(deal.createdOn)}.`,
    ...(isRegistered
      ? [
          `A registration protects its partner from its approval to the end it names, else for ${days.protectionDays} days; it claims the deal only if ${formatDate(days.judgedOn)}, ${judged}, lies within.`,
        ]
      : []),
    ...(days.lateAfterOn === null
      ? []
      : [
          `Touches and claims recorded after ${formatDate(days.lateAfterOn)}, ${days.lateDays} days after the close, do not count.${isFrozen ? " Removals, approvals, acceptances and rejections after that day change nothing." : ""}`,
        ]),
    ...(isFrozen
      ? []
      : [
          `Removals, approvals, acceptances and rejections count up to ${formatDate(days.evidenceOn)}, the as-of date.`,
        ]),
    "None of these days binds an override: it may come at any time, and one that names the source, or says there is none, replaces all other rules.",
  ];
}

function ruleLines(rule: Rule, index: number, explanation: DealExplanation): readonly string[] {
  const title = `${index + 1}. ${rule.rule === "none" ? "Otherwise" : sayRuleName(rule.rule)}`;
  if (rule.rule === "override") return [`${title}: ${overrideWords(rule, explanation)}`];
  const deciding = explanation.rule;
  if (!rule.isTried) {
    const ranks =
      deciding === null ? "an earlier rule decided" : `${sayOneOf(deciding)} ranks above ${sayOneOf(rule.rule)}`;
    const order = rule.claims.some(({ isAccepted }) => isAccepted) ? ", whichever came first" : "";
    return [
      `${title}: not needed, as ${ranks}${order}.`,
      ...indent(
        rule.claims.map(
          (claim) =>
            `for information: ${claimWords(claim)}; it would ${claim.isAccepted ? "" : "not "}have counted here`,
        ),
      ),
    ];
  }
  if (rule.claims.length === 0) return [`${title}: ${rule.reason ?? ""}`];
  const claims = rule.claims.map((claim) => `${claim.isAccepted ? "counts" : "does not count"}: ${claimWords(claim)}`);
  return [`${title}: ${foundWords(rule, explanation)}`, ...indent(claims)];
}

function foundWords(rule: Rule, { rule: deciding, source, conflict }: DealExplanation): string {
  if (rule.rule !== deciding || source === null) {
    return rule.claims.length === 1 ? "1 claim, which does not count." : `${rule.claims.length} claims, none counts.`;
  }
  return conflict === null
    ? `It decides: ${sayName(source)} is the source.`
    : `It decides. ${conflict.claimants.length} partners have a claim that counts; of them the steps below choose ${sayName(source)}.`;
}

function claimWords({ partner, table, key, reason, recordedIn }: Claim): string {
  const who = partner === null ? "" : `${sayNamed(partner)}, `;
  return `${who}${reason} (${recordedIn === null ? `${plain(table)} ${key}` : sayPlace(recordedIn)})`;
}

function overrideWords(rule: Rule, { override }: DealExplanation): string {
  if (override === null) return rule.reason ?? "";
  const who = override.partner === null ? "nobody" : sayName(override.partner);
  const said: Readonly<Record<string, string>> = {
    source: `that ${who} is the source`,
    direct: "that no partner brought or helped it",
    influence: `that ${who} influenced it, which leaves the source to the other rules`,
  };
  const place = rule.claims[0]?.recordedIn ?? null;
  const where = place === null ? "" : ` (${sayPlace(place)})`;
  return `${override.approver}, the approver, decided on ${formatDate(override.decidedOn)} ${said[override.effect] ?? "an influence but named no partner, which changes nothing"}. Reason given: ${override.reason}.${where}`;
}

function conflictLines(conflict: Conflict, { timezone, rule, deal }: DealExplanation): readonly string[] {
  const moment = (at: Date | null): string => (at === null ? "without a date" : `on ${formatMoment(at, timezone)}`);
  const claimants = conflict.claimants.flatMap((claimant) => {
    const won = claimant.isSource ? ", who is the source" : "";
    const first = Number(claimant.claims) === 1 ? "" : "first ";
    const decided = claimant.firstDecidedAt === null ? "" : `, ${first}approved ${moment(claimant.firstDecidedAt)}`;
    const held = claimant.certifications.map(
      ({ words, recordedIn }) => `holds ${words}${recordedIn === null ? "" : ` (${sayPlace(recordedIn)})`}`,
    );
    const none =
      Number(claimant.certificationsOnRecord) === 0
        ? "holds no certification on record"
        : `holds ${sayCount(Number(claimant.certificationsOnRecord), "certification")}, none active on ${formatDate(deal.createdOn)}`;
    return [
      `${sayNamed(claimant.partner)}${won}: ${sayCount(Number(claimant.claims), "claim")}, ${first}${sayClaimed(rule)} ${moment(claimant.firstClaimedAt)}${decided}`,
      ...indent(held.length === 0 ? [none] : held),
    ];
  });
  const settledAt = conflict.steps.findIndex(({ result }) => result === "settled");
  const looked = conflict.steps.slice(0, settledAt + 1);
  const skipped = conflict.steps.slice(settledAt + 1).map(({ step }) => sayStep(step));
  return [
    ...claimants,
    ...looked.map((step, index) => stepLine(step, index, deal.createdOn)),
    ...(skipped.length === 0 ? [] : [`Not needed any more: ${sayList(skipped)}.`]),
  ];
}

function stepLine({ step, result, left, found }: ConflictStep, index: number, createdOn: string): string {
  const about: Readonly<Record<string, string>> = {
    certification: ` on ${formatDate(createdOn)}, when the deal was created (any kind will do)`,
    earliest_decided: " (when it was approved, not submitted)",
  };
  const title = `${index + 1}. ${sayStep(step)}${about[step] ?? ""}`;
  const names = sayList(left.map(sayName));
  const ends: Readonly<Record<ConflictStep["result"], string>> = {
    settled: ` ${names} remains, so it is settled.`,
    narrowed: ` ${names} remain.`,
    "left all": " It does not separate them.",
    "not needed": "",
  };
  return `${title}: ${found ?? ""}${ends[result]}`;
}

function evidenceSection(explanation: DealExplanation): { readonly title: string; readonly lines: readonly string[] } {
  const { evidence, days } = explanation;
  if (days === null) return { title: "Who helped", lines: [] };
  if (evidence.length === 0)
    return { title: "Who helped: nothing is on record", lines: ["No touch, role, lead or registration."] };
  const counted = evidence.filter(({ counts }) => counts).length;
  const verb = counted === 1 ? "counts" : "count";
  return {
    title:
      evidence.length === 1
        ? `Who helped: 1 piece of evidence, which ${counted === 1 ? "counts" : "does not count"}`
        : `Who helped: ${counted} of ${evidence.length} pieces of evidence ${verb}`,
    lines: evidence.flatMap((row) => evidenceLines(row, explanation)),
  };
}

function evidenceLines(row: Evidence, { timezone, days }: DealExplanation): readonly string[] {
  const when = row.occurredAt === null ? "no date" : sayDay(row.occurredAt, timezone);
  const isDatedByRecord = row.table === "deal_partners" || row.table === "deals";
  const recorded = row.recordedAt === null || isDatedByRecord ? "" : `, recorded ${sayDay(row.recordedAt, timezone)}`;
  const removed =
    row.removedAt === null
      ? ""
      : `, ${row.table === "leads" ? "rejected" : "removed"} ${sayDay(row.removedAt, timezone)}`;
  const where = row.recordedIn === null ? `${plain(row.table)} ${row.key}` : sayPlace(row.recordedIn);
  return [
    `${row.counts ? "+" : "−"} ${when}: ${sayTouch(row.table, row.kind)}, ${sayNamed(row.partner)}${recorded}${removed} (${where})`,
    `    ${verdictWords(row, timezone, days)}`,
  ];
}

function verdictWords(row: Evidence, timezone: string, days: DealExplanation["days"]): string {
  if (row.verdict === "kind") {
    const kinds =
      days === null || days.qualifyingKinds === null
        ? "every kind counts but login, content view and download"
        : `only ${sayList(days.qualifyingKinds.map(plain))} count`;
    return `Does not count: ${plain(row.kind)} is not a qualifying kind of touch; ${kinds}`;
  }
  if (row.verdict === "no_date") return "No touch: when it was recorded is not on record";
  if (!row.counts || row.table === "overrides") return row.reason;
  const removedOn = row.removedAt === null ? null : sayDay(row.removedAt, timezone);
  const kept =
    removedOn === null || days === null
      ? ""
      : `; its ${row.table === "leads" ? "rejection" : "removal"} came after ${formatDate(days.evidenceOn)}, the last day for it, and changes nothing`;
  return `Counts: in the window${inTime(row)}${kept}`;
}

function inTime({ table, recordedAt }: Evidence): string {
  switch (table) {
    case "registrations":
      return " and approved in time";
    case "leads":
      return " and accepted in time";
    case "touches":
      return recordedAt === null ? "; no recording date is on record, so its own day serves" : " and recorded in time";
    default:
      return "; recorded that day";
  }
}

function pathLines({ path, deal, timezone }: DealExplanation): readonly string[] {
  const ofDay = Map.groupBy(path, ({ on }) => on);
  const tied = path.filter(({ at }) => path.filter((other) => other.at.getTime() === at.getTime()).length > 1);
  return [
    ...path.map(({ partner, table, kind, at, on, daysBeforeClose }, index) => {
      const when = (ofDay.get(on)?.length ?? 0) > 1 ? formatMoment(at, timezone) : formatDate(on);
      return `${index + 1}. ${when}: ${sayTouch(table, kind)}, ${sayName(partner)}, ${sayCount(Number(daysBeforeClose), "day")} before the ${deal.closedOn === null ? "as-of date" : "close"}`;
    }),
    ...tieLines(tied),
  ];
}

// R52: at one moment the kind of record decides, by the names of the tables, then the key.
function tieLines(tied: readonly PathStep[]): readonly string[] {
  if (tied.length === 0) return [];
  const moments = [...Map.groupBy(tied, ({ at }) => at.getTime()).values()];
  const isMixed = moments.some((steps) => new Set(steps.map(({ table }) => table)).size > 1);
  const kinds = isMixed
    ? "kind of record (the source's claim, roles, declarations, leads, overrides, registrations, other touches), then by "
    : "";
  const keys = moments.map((steps) => steps.map((step) => decidingKey(step, steps)).join(" before "));
  return [`Those of one moment go by ${kinds}key, a role on the deal by its partner's: ${keys.join("; ")}.`];
}

function decidingKey({ table, key, kind, partner }: PathStep, tied: readonly PathStep[]): string {
  if (table !== "deal_partners") return key;
  const roles = tied.filter((other) => other.table === table && other.partner.key === partner.key);
  return roles.length === 1 ? partner.key : `${partner.key} ${plain(kind)}`;
}

// Models that say the same of every partner share their lines.
function creditLines(explanation: DealExplanation): readonly string[] {
  const { credit, creditRules, path, days } = explanation;
  if (days === null) return [];
  if (credit.length === 0) return ["Nobody has credit, as no partner brought it or helped it."];
  const nobody = creditModels.filter((name) => credit.every(({ model }) => model !== name));
  const titled = (model: string): string => `${plain(model)} (${sayModel(model, creditRules, path.length)})`;
  const alike = Map.groupBy(credit, (model) => creditPartLines(model, explanation).join("\n"));
  return [
    "Sourced wins is the official model: sourced figures and commission go by it alone; the others are comparisons.",
    ...(nobody.length === 0
      ? []
      : [
          `${sayList(nobody.map(titled))}: nobody, as the deal has no source${nobody.includes("declared_split") ? " and gives no shares" : ""}`,
        ]),
    ...[...alike.values()].flatMap((models) => [
      `${sayList(models.map(({ model }) => titled(model)))}:`,
      ...models.slice(0, 1).flatMap((model) => indent(creditPartLines(model, explanation))),
    ]),
  ];
}

function cashSectionLines({ cash, collected, unpaidInvoices }: DealExplanation): readonly string[] {
  const total =
    cash.length < 2
      ? []
      : [`In all ${collected === null ? "unknown, as an exchange rate is missing" : sayMoney(collected)} before tax.`];
  return [
    ...(cash.length === 0 && unpaidInvoices.length === 0 ? ["No cash is linked to it."] : []),
    ...cashLines(cash, { withInvoice: true }),
    ...total,
    ...unpaidInvoices.map(unpaidLine),
  ];
}

function dealCommissionLines({ commission, asOf }: DealExplanation): readonly string[] {
  const { note, plans, lines, without } = commission;
  const [first] = lines;
  const total =
    first === undefined || lines.length < 2
      ? []
      : [`In all ${sayMoney({ ...first.amount, minor: lines.reduce((sum, { amount }) => sum + amount.minor, 0) })}.`];
  return [
    note,
    ...indent(planLines(plans)),
    ...commissionLines(lines, { asOf, about: "payment" }),
    ...total,
    ...without,
  ];
}

function planLines(plans: DealExplanation["commission"]["plans"]): readonly string[] {
  const tried = plans.filter(({ result }) => result !== "not needed");
  const skipped = plans.filter(({ result }) => result === "not needed").map(({ name }) => name);
  return [
    ...tried.map(
      ({ name, result, reason }, index) =>
        `${index + 1}. plan ${name} ${result === "matches" ? "fits" : "does not"}: ${reason ?? ""}`,
    ),
    ...(skipped.length === 0 ? [] : [`Not looked at, as an earlier one fits: ${sayList(skipped)}.`]),
  ];
}
