import { formatDate } from "../format.ts";
import type { PartnerDeal, PartnerExplanation } from "./explanation.ts";
import { commissionLines, fact, sections } from "./lines.ts";
import { sayPlace } from "./places.ts";
import {
  plain,
  sayActivation,
  sayByRule,
  sayChoice,
  sayCount,
  sayEvent,
  sayLeftOutAs,
  sayList,
  sayMoney,
  sayName,
  sayNamed,
  sayOn,
  sayStep,
} from "./words.ts";

// A partner may have thousands of rows; the JSON form has them all.
const rowsShown = 20;

/** Everything about a partner below its verdict. */
export function partnerLines(explanation: PartnerExplanation): readonly string[] {
  const { partner, activation, activatedBy, commission } = explanation;
  return sections([
    {
      title: "The partner",
      lines: [
        ...explanation.records.flatMap(({ key, recordedIn }, index) =>
          fact(index === 0 ? "recorded in" : "and in", recordedIn === null ? key : sayPlace(recordedIn)),
        ),
        ...fact("type", [plain(partner.type), partner.tier].filter((word) => word !== null).join(", ")),
        ...fact("region", partner.region),
        ...fact("manager", partner.manager),
        ...fact("domain", partner.domain),
        ...fact("agreed", partner.agreedOn === null ? null : formatDate(partner.agreedOn)),
        ...fact("ended", partner.endedOn === null ? null : formatDate(partner.endedOn)),
        ...fact("counted", partner.isCounted ? null : "no, it is ended, a prospect or not yet agreed"),
        ...fact(
          "activated",
          activation === null
            ? `never; its type is activated by ${sayChoice(activatedBy.map(sayActivation))}`
            : `${formatDate(activation.on)}, by ${sayActivation(activation.event)}`,
        ),
      ],
    },
    {
      title:
        explanation.events > explanation.lastEvents.length
          ? `The last ${explanation.lastEvents.length} of ${explanation.events} commercial events`
          : `Commercial events: ${explanation.events}`,
      lines: explanation.lastEvents.map(eventLine),
    },
    {
      title: `Sourced: ${dealsCount(explanation.sourced)}`,
      lines: shortened(explanation.sourced.map(dealLine)),
    },
    {
      title: `Influenced: ${dealsCount(explanation.influenced)}`,
      lines: shortened(explanation.influenced.map(dealLine)),
    },
    {
      title: `Registrations: ${explanation.registrations.length}`,
      lines: shortened(explanation.registrations.map((row) => registrationLine(row, explanation.key))),
    },
    {
      title: `Certifications: ${explanation.certifications.length}, of which ${explanation.certifications.filter(({ isActive }) => isActive).length} active on ${formatDate(explanation.asOf)}`,
      lines: shortened(
        explanation.certifications.map(
          ({ words, isActive, recordedIn }) =>
            `${words}${isActive ? "" : ", not active"}${recordedIn === null ? "" : ` (${sayPlace(recordedIn)})`}`,
        ),
      ),
    },
    {
      title: "The commission: earned + reversed + paid = owed + held",
      lines: [
        ...fact("earned", sayMoney(commission.earned)),
        ...fact("reversed", sayMoney(commission.reversed)),
        ...fact("paid", sayMoney({ ...commission.paid, minor: -commission.paid.minor })),
        ...fact("owed", `${sayMoney(commission.owed)}, payable now`),
        ...fact("held", heldWords(commission)),
        ...shortened(commissionLines(commission.lines.toReversed(), { asOf: explanation.asOf, about: "deal" })),
        ...shortened(commission.without),
      ],
    },
  ]);
}

function heldWords({ held, heldUntil }: PartnerExplanation["commission"]): string {
  if (heldUntil.length === 0) return sayMoney(held);
  const due = heldUntil.map(({ on, amount }) => `${sayMoney(amount)} from ${formatDate(on)}`);
  return `${sayMoney(held)}, not payable yet: ${sayList(due)}`;
}

function eventLine(event: PartnerExplanation["lastEvents"][number]): string {
  const { on, kind, dealKey, dealName, reference, withoutCredit } = event;
  const deal = dealKey === null ? [] : [sayNamed({ key: dealKey, name: dealName })];
  const about = reference === null || reference === dealKey ? deal : [...deal, reference];
  const barren = withoutCredit === null ? "" : `; activity only, no credit: ${reasonAlone(withoutCredit)}`;
  return `${formatDate(on)}: ${sayEvent(kind, event.isSource, event.stage)}${about.length === 0 ? "" : `: ${about.join(", ")}`}${barren}`;
}

function reasonAlone(reason: string): string {
  return reason.replace(/^(Does not count|No touch): /, "");
}

function dealsCount(deals: readonly PartnerDeal[]): string {
  const states = ["won", "lost", "open"].flatMap((state) => {
    const count = deals.filter((deal) => deal.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return `${sayCount(deals.length, "deal")}${states.length === 0 ? "" : ` (${states.join(", ")})`}`;
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= rowsShown) return lines;
  return [...lines.slice(0, rowsShown), `… and ${lines.length - rowsShown} more; --json has them all`];
}

function dealLine(row: PartnerDeal): string {
  const { deal, account, state, rule, touches, createdOn, closedOn } = row;
  const dated = state === "open" ? `open, created ${formatDate(createdOn)}` : `${state}${sayOn(closedOn)}`;
  const why =
    rule === null ? sayCount(Number(touches), "qualifying touch", "qualifying touches") : `by ${sayByRule(rule)}`;
  const idle = row.withoutCommission === null ? "" : `; no commission: ${row.withoutCommission}`;
  return `${sayNamed(deal)}${account === null ? "" : `, ${account}`}: ${dated}, ${amountOf(row)}, ${why}${idle}`;
}

function amountOf({ amount, ownAmount }: PartnerDeal): string {
  if (amount !== null) return sayMoney(amount);
  return ownAmount === null ? "no amount" : `${sayMoney(ownAmount)} (no exchange rate yet)`;
}

type RegistrationRow = PartnerExplanation["registrations"][number];

function registrationLine(row: RegistrationRow, partnerKey: string): string {
  const deal = row.dealKey === null ? null : sayNamed({ key: row.dealKey, name: row.dealName });
  const account = row.accountKey === null ? null : sayNamed({ key: row.accountKey, name: row.accountName });
  const decided = row.decidedOn === null ? "" : `${sayOn(row.decidedOn)}`;
  const kept = row.protectionEndsOn === null ? "" : `, protected until ${formatDate(row.protectionEndsOn)}`;
  const where = row.recordedIn === null ? "" : ` (${sayPlace(row.recordedIn)})`;
  const rival = row.isConflict ? "; another partner registered it too" : "";
  return `${formatDate(row.submittedOn)}: ${row.key} for ${deal ?? account ?? "no deal or account"}: ${row.status}${decided}${kept}${outcomeOf(row, partnerKey)}${rival}${where}`;
}

// R78: what became of the registration says nothing of who the source is.
function outcomeOf(row: RegistrationRow, partnerKey: string): string {
  const settled = row.dealSettledBy === null ? "" : ` (the conflict was settled by the ${sayStep(row.dealSettledBy)})`;
  const source =
    row.dealSource === null
      ? ", nobody is its source"
      : row.dealSource.key === partnerKey
        ? `, this partner is its source${settled}`
        : `, ${sayName(row.dealSource)} is its source${settled}`;
  if (row.dealExcludedAs !== null) {
    return `; the deal is left out of every number: it is marked as ${sayLeftOutAs(row.dealExcludedAs)}`;
  }
  switch (row.outcome) {
    case "won":
    case "lost":
      return `; the deal was ${row.outcome}${source}`;
    case "open":
      return row.dealKey === null ? "; no deal yet" : `; the deal is open${source}`;
    case "expired":
      return "; its protection ended before a deal closed";
    default:
      return "";
  }
}
