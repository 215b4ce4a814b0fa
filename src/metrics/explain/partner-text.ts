import { formatDate } from "../format.ts";
import type { PartnerDeal, PartnerExplanation } from "./explanation.ts";
import { commissionLines, fact, sections } from "./lines.ts";
import { sayPlace } from "./places.ts";
import { sayActivation, sayCount, sayEvent, sayList, sayMoney, sayNamed, sayOn } from "./words.ts";

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
        ...fact("type", [partner.type, partner.tier].filter((word) => word !== null).join(", ")),
        ...fact("region", partner.region),
        ...fact("manager", partner.manager),
        ...fact("domain", partner.domain),
        ...fact("agreed", partner.agreedOn === null ? null : formatDate(partner.agreedOn)),
        ...fact("ended", partner.endedOn === null ? null : formatDate(partner.endedOn)),
        ...fact("counted", partner.isCounted ? null : "no, it is ended, a prospect or not yet agreed"),
        ...fact(
          "activated",
          activation === null
            ? `never; its type is activated by ${sayList(activatedBy.map(sayActivation))}`
            : `${formatDate(activation.on)}, by ${sayActivation(activation.event)}`,
        ),
      ],
    },
    {
      title: "The last commercial events",
      lines: explanation.lastEvents.map(({ on, kind, dealKey, reference }) => {
        const about = [dealKey, reference].filter(
          (word, index, words) => word !== null && words.indexOf(word) === index,
        );
        return `${formatDate(on)}: ${sayEvent(kind)}${about.length === 0 ? "" : ` (${about.join(", ")})`}`;
      }),
    },
    {
      title: `Sourced: ${sayCount(explanation.sourced.length, "deal")}`,
      lines: shortened(explanation.sourced.map(dealLine)),
    },
    {
      title: `Influenced: ${sayCount(explanation.influenced.length, "deal")}`,
      lines: shortened(explanation.influenced.map(dealLine)),
    },
    {
      title: `Registrations: ${explanation.registrations.length}`,
      lines: shortened(explanation.registrations.map(registrationLine)),
    },
    {
      title: `Certifications: ${explanation.certifications.length}`,
      lines: shortened(
        explanation.certifications.map(
          ({ words, isActive, recordedIn }) =>
            `${words}${isActive ? "" : ", not active"}${recordedIn === null ? "" : ` (${sayPlace(recordedIn)})`}`,
        ),
      ),
    },
    {
      title: "The commission: earned + reversed − paid = owed + held",
      lines: [
        ...fact("earned", sayMoney(commission.earned)),
        ...fact("reversed", sayMoney(commission.reversed)),
        ...fact("paid", sayMoney(commission.paid)),
        ...fact("owed", `${sayMoney(commission.owed)}, payable now`),
        ...fact("held", `${sayMoney(commission.held)}, still inside the hold`),
        ...shortened(commissionLines(commission.lines.toReversed())),
      ],
    },
  ]);
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= rowsShown) return lines;
  return [...lines.slice(0, rowsShown), `… and ${lines.length - rowsShown} more; --json has them all`];
}

function dealLine({ deal, account, state, rule, touches, amount, createdOn, closedOn }: PartnerDeal): string {
  const dated = state === "open" ? `open, created ${formatDate(createdOn)}` : `${state}${sayOn(closedOn)}`;
  const money = amount === null ? "no converted amount" : sayMoney(amount);
  const why = rule === null ? sayCount(Number(touches), "qualifying touch", "qualifying touches") : `by ${rule}`;
  return `${sayNamed(deal)}${account === null ? "" : `, ${account}`}: ${dated}, ${money}, ${why}`;
}

function registrationLine(row: PartnerExplanation["registrations"][number]): string {
  const about = row.dealKey ?? row.accountKey ?? "no deal";
  const decided = row.decidedOn === null ? "" : `${sayOn(row.decidedOn)}`;
  const kept = row.protectionEndsOn === null ? "" : `, protected until ${formatDate(row.protectionEndsOn)}`;
  const outcome = row.outcome === null ? "" : `, outcome ${row.outcome}`;
  const where = row.recordedIn === null ? "" : ` (${sayPlace(row.recordedIn)})`;
  return `${formatDate(row.submittedOn)}: ${row.key} for ${about}: ${row.status}${decided}${kept}${outcome}${row.isConflict ? ", in conflict" : ""}${where}`;
}
