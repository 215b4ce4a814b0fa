import type { CalendarDate } from "../../models/marts.generated.ts";
import { formatDate, formatMoment } from "../format.ts";
import type { Claimant, Conflict, ConflictStep, Named } from "./explanation.ts";
import { readPlaces } from "./places.ts";
import { readNames } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { sayByRule, sayCertification, sayClaimed, sayList, sayName, sayNamed, sayOn } from "./words.ts";

/** The deal whose claimants are told apart. */
export interface ContestedDeal {
  readonly settledBy: string | null;
  readonly rule: string | null;
  readonly source: Named | null;
  readonly createdOn: CalendarDate;
  readonly orderType: string;
  readonly timezone: string;
}

const narrowingSteps = ["certification", "earliest_decided", "earliest_claimed", "smallest_key"] as const;

/** How several claimants became one, step by step (R44, R45); null when there was no conflict. */
export async function readConflict(db: ExplainWarehouse, key: string, deal: ContestedDeal): Promise<Conflict | null> {
  const { settledBy } = deal;
  if (settledBy === null) return null;
  const rows = await db
    .selectFrom("attribution.int_contest as contest")
    .innerJoin("attribution.int_claimant as claimants", (join) =>
      join
        .onRef("claimants.deal_key", "=", "contest.deal_key")
        .onRef("claimants.partner_key", "=", "contest.partner_key"),
    )
    .leftJoin("marts.fct_deal as earlier", "earlier.deal_key", "contest.incumbent_deal_key")
    .select([
      "contest.partner_key",
      "contest.left_out_by",
      "contest.incumbent_deal_key",
      "earlier.name as incumbent_deal_name",
      "earlier.source_partner_key as incumbent_key",
      "earlier.closed_on as incumbent_closed_on",
      "earlier.source_rule as incumbent_rule",
      "claimants.claims",
      "claimants.first_decided_at",
      "claimants.first_claimed_at",
    ])
    .where("contest.deal_key", "=", key)
    .orderBy("contest.partner_key")
    .execute();
  const keys = rows.map(({ partner_key }) => partner_key);
  const named = await readNames(db, [...keys, ...rows.map(({ incumbent_key }) => incumbent_key)]);
  const { active: certifications, onRecord } = await readCertifications(db, keys, deal.createdOn);
  const claimants = rows.map(
    (row): Claimant => ({
      partner: named(row.partner_key),
      isSource: row.partner_key === deal.source?.key,
      claims: row.claims,
      firstDecidedAt: row.first_decided_at,
      firstClaimedAt: row.first_claimed_at,
      certifications: certifications.get(row.partner_key) ?? [],
      certificationsOnRecord: onRecord.get(row.partner_key) ?? 0,
    }),
  );
  const [first] = rows;
  const incumbent = first?.incumbent_key ?? null;
  const earlier =
    first === undefined || first.incumbent_deal_key === null
      ? null
      : {
          deal: { key: first.incumbent_deal_key, name: first.incumbent_deal_name },
          wonOn: first.incumbent_closed_on,
          source: incumbent === null ? null : named(incumbent),
          rule: first.incumbent_rule,
        };
  const steps: ConflictStep[] = [incumbentStep(deal, claimants, earlier)];
  let left = claimants;
  for (const step of narrowingSteps) {
    if (steps.some(({ result }) => result === "settled")) {
      steps.push({ step, result: "not needed", left: [], found: null, story: null });
      continue;
    }
    const stays = new Set(rows.filter(({ left_out_by }) => left_out_by !== step).map(({ partner_key }) => partner_key));
    const kept = left.filter(({ partner }) => stays.has(partner.key));
    steps.push({
      step,
      result: kept.length === 1 ? "settled" : kept.length < left.length ? "narrowed" : "left all",
      left: kept.map(({ partner }) => partner),
      found: foundBy(step, left, kept, deal),
      story: kept.length < left.length ? storyOf(step, left, kept, deal) : null,
    });
    left = kept;
  }
  return Object.freeze({ settledBy, steps, claimants });
}

async function readCertifications(
  db: ExplainWarehouse,
  keys: readonly string[],
  createdOn: CalendarDate,
): Promise<{
  readonly active: ReadonlyMap<string, Claimant["certifications"]>;
  readonly onRecord: ReadonlyMap<string, number>;
}> {
  const known = await db
    .selectFrom("staging.stg_certifications")
    .select(["certification_key", "partner_key", "kind", "level", "earned_on", "expires_on"])
    .where("partner_key", "in", keys)
    .orderBy("earned_on")
    .orderBy("certification_key")
    .execute();
  const rows = known.filter(
    ({ earned_on, expires_on }) => earned_on <= createdOn && (expires_on === null || expires_on >= createdOn),
  );
  const placed = await readPlaces(
    db,
    rows.map(({ certification_key: key }) => ({ entity: "certifications", key })),
  );
  const listed = rows.map(({ certification_key: key, partner_key, kind, level, earned_on, expires_on }) => {
    return {
      partner_key,
      held: {
        key,
        words: sayCertification({ kind, level, earned_on, expires_on }),
        recordedIn: placed({ entity: "certifications", key }),
      },
    };
  });
  const byPartner = Map.groupBy(listed, ({ partner_key }) => partner_key);
  return {
    active: new Map([...byPartner].map(([partner, rows]) => [partner, rows.map(({ held }) => held)])),
    onRecord: new Map(
      [...Map.groupBy(known, ({ partner_key }) => partner_key)].map(([partner, rows]) => [partner, rows.length]),
    ),
  };
}

/** The account's latest deal won by the day on which the contested one was created. */
interface EarlierDeal {
  readonly deal: Named;
  readonly wonOn: CalendarDate | null;
  readonly source: Named | null;
  readonly rule: string | null;
}

// R44: the incumbent is the source of the account's latest won deal closed on or before this one's created date.
function incumbentStep(deal: ContestedDeal, claimants: readonly Claimant[], earlier: EarlierDeal | null): ConflictStep {
  const step = "incumbent";
  const everyone = claimants.map(({ partner }) => partner);
  const leftAll = (found: string): ConflictStep => ({ step, result: "left all", left: everyone, found, story: null });
  const created = `${formatDate(deal.createdOn)}, when this one was created`;
  if (earlier === null) {
    return deal.orderType === "new"
      ? leftAll("A new deal has none; only a renewal or an expansion has.")
      : leftAll(`The account had no earlier deal won by ${created}, so there is none.`);
  }
  const won = `${sayNamed(earlier.deal)}, won${sayOn(earlier.wonOn)}`;
  const before = `The account's latest deal won by ${created}, is ${won}`;
  if (earlier.source === null) return leftAll(`${before}. It has no source, so there is none.`);
  const rule = earlier.rule === null ? "" : `, by ${sayByRule(earlier.rule)},`;
  const sourced = `${before}. Its source${rule} is ${sayNamed(earlier.source)}`;
  if (deal.settledBy !== "incumbent") {
    return leftAll(`${sourced}, who has no claim to this one.`);
  }
  return {
    step,
    result: "settled",
    left: [earlier.source],
    found: `${sourced}, who claims this one too.`,
    story: `${sayName(earlier.source)} is the incumbent, as it sourced the account's latest deal won by ${created}: ${won}`,
  };
}

type NarrowingStep = (typeof narrowingSteps)[number];

const namesOf = (claimants: readonly Claimant[]): string => sayList(claimants.map(({ partner }) => sayName(partner)));

// R45: a step looks at the earliest of each partner's claims; only registrations are decided.
function momentOf(step: NarrowingStep, claimant: Claimant): Date | null {
  return step === "earliest_decided" ? claimant.firstDecidedAt : claimant.firstClaimedAt;
}

function sayMoments(step: NarrowingStep, claimants: readonly Claimant[], deal: ContestedDeal): string {
  return claimants
    .map((claimant) => {
      const moment = momentOf(step, claimant);
      return `${sayName(claimant.partner)}'s ${moment === null ? "without a date" : `on ${formatMoment(moment, deal.timezone)}`}`;
    })
    .join(", ");
}

function sayVerb(step: NarrowingStep, deal: ContestedDeal): string {
  return step === "earliest_decided" ? "approved" : sayClaimed(deal.rule);
}

function sayClaimOf(rule: string | null): string {
  return rule === "registration" ? "registration" : rule === "lead" ? "lead" : "claim";
}

/** Who fell out at a step and why, as a clause of the verdict. */
function storyOf(
  step: NarrowingStep,
  before: readonly Claimant[],
  kept: readonly Claimant[],
  deal: ContestedDeal,
): string {
  const fell = before.filter((claimant) => !kept.includes(claimant));
  const among = `${before.length === 2 ? "between" : "among"} ${namesOf(before)}`;
  switch (step) {
    case "certification":
      return `${namesOf(fell)} dropped out because ${fell.length === 1 ? "it" : "they"} held no active certification on ${formatDate(deal.createdOn)}, when the deal was created`;
    case "smallest_key":
      return `nothing on record separates ${namesOf(before)}, so the partner whose key comes first in the alphabet has it`;
    default: {
      const others = sayMoments(step, fell, deal);
      const claims = `${sayClaimOf(deal.rule)}${kept.length === 1 ? " was" : "s were"} ${sayVerb(step, deal)} first`;
      const at = kept[0] === undefined ? null : momentOf(step, kept[0]);
      return `${among}, ${namesOf(kept)}'s ${claims} (${at === null ? "" : `${formatMoment(at, deal.timezone)}; `}${others})`;
    }
  }
}

function foundBy(
  step: NarrowingStep,
  before: readonly Claimant[],
  kept: readonly Claimant[],
  deal: ContestedDeal,
): string {
  const certified = before.filter(({ certifications }) => certifications.length > 0);
  switch (step) {
    case "certification":
      if (certified.length === 0) return "None of them held one.";
      return certified.length === before.length ? "All of them held one." : `Only ${namesOf(certified)} held one.`;
    case "smallest_key":
      return `Nothing on record separates them. As a last resort the partner whose key comes first has it: ${sayList(kept.map(({ partner }) => partner.key))}. Only an override that names the source could decide otherwise; none is on record.`;
    default: {
      if (before.some((claimant) => momentOf(step, claimant) !== null)) {
        const verb = sayVerb(step, deal);
        return `${verb.charAt(0).toUpperCase()}${verb.slice(1)}: ${sayMoments(step, before, deal)}.`;
      }
      if (step === "earliest_claimed") return "No claim has a date.";
      return deal.rule === "registration"
        ? "No approval has a date."
        : `This step compares approvals of registrations only; ${deal.rule === "lead" ? "when a lead was accepted plays no part, it only had to be accepted in time" : "a source declared on the deal needs none"}.`;
    }
  }
}
