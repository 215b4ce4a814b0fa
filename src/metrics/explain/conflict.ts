import type { CalendarDate } from "../../models/marts.generated.ts";
import { formatDate, formatMoment } from "../format.ts";
import type { Claimant, Conflict, ConflictStep, Named } from "./explanation.ts";
import { readPlaces } from "./places.ts";
import { readNames } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { sayCertification, sayList, sayName, sayNamed } from "./words.ts";

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
      "claimants.claims",
      "claimants.first_decided_at",
      "claimants.first_claimed_at",
    ])
    .where("contest.deal_key", "=", key)
    .orderBy("contest.partner_key")
    .execute();
  const keys = rows.map(({ partner_key }) => partner_key);
  const named = await readNames(db, [...keys, ...rows.map(({ incumbent_key }) => incumbent_key)]);
  const certifications = await readCertifications(db, keys, deal.createdOn);
  const claimants = rows.map(
    (row): Claimant => ({
      partner: named(row.partner_key),
      isSource: row.partner_key === deal.source?.key,
      claims: row.claims,
      firstDecidedAt: row.first_decided_at,
      firstClaimedAt: row.first_claimed_at,
      certifications: certifications.get(row.partner_key) ?? [],
    }),
  );
  const [first] = rows;
  const incumbent = first?.incumbent_key ?? null;
  const earlier =
    first === undefined || first.incumbent_deal_key === null
      ? null
      : {
          deal: { key: first.incumbent_deal_key, name: first.incumbent_deal_name },
          source: incumbent === null ? null : named(incumbent),
        };
  const steps: ConflictStep[] = [incumbentStep(deal, claimants, earlier)];
  let left = claimants;
  for (const step of narrowingSteps) {
    if (steps.some(({ result }) => result === "settled")) {
      steps.push({ step, result: "not needed", left: [], found: null });
      continue;
    }
    const stays = new Set(rows.filter(({ left_out_by }) => left_out_by !== step).map(({ partner_key }) => partner_key));
    const kept = left.filter(({ partner }) => stays.has(partner.key));
    steps.push({
      step,
      result: kept.length === 1 ? "settled" : kept.length < left.length ? "narrowed" : "left all",
      left: kept.map(({ partner }) => partner),
      found: foundBy(step, left, kept, deal),
    });
    left = kept;
  }
  return Object.freeze({ settledBy, steps, claimants });
}

async function readCertifications(
  db: ExplainWarehouse,
  keys: readonly string[],
  createdOn: CalendarDate,
): Promise<ReadonlyMap<string, Claimant["certifications"]>> {
  const rows = await db
    .selectFrom("staging.stg_certifications")
    .select(["certification_key", "partner_key", "kind", "level", "earned_on", "expires_on"])
    .where("partner_key", "in", keys)
    .where("earned_on", "<=", createdOn)
    .where((eb) => eb.or([eb("expires_on", "is", null), eb("expires_on", ">=", createdOn)]))
    .orderBy("earned_on")
    .orderBy("certification_key")
    .execute();
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
  return new Map(
    [...Map.groupBy(listed, ({ partner_key }) => partner_key)].map(([partner, rows]) => [
      partner,
      rows.map(({ held }) => held),
    ]),
  );
}

function incumbentStep(
  deal: ContestedDeal,
  claimants: readonly Claimant[],
  earlier: { readonly deal: Named; readonly source: Named | null } | null,
): ConflictStep {
  const step = "incumbent";
  const everyone = claimants.map(({ partner }) => partner);
  if (earlier === null) {
    const found =
      deal.orderType === "new"
        ? "A new deal has no incumbent; only a renewal or an expansion has."
        : "The account had won no deal before, so there is no incumbent.";
    return { step, result: "left all", left: everyone, found };
  }
  const before = `The account's latest deal won before, ${sayNamed(earlier.deal)},`;
  if (earlier.source === null) {
    return { step, result: "left all", left: everyone, found: `${before} has no source, so there is no incumbent.` };
  }
  if (deal.settledBy !== "incumbent") {
    const found = `${before} was sourced by ${sayNamed(earlier.source)}, who does not claim this one.`;
    return { step, result: "left all", left: everyone, found };
  }
  const found = `${before} was sourced by ${sayNamed(earlier.source)}, who claims this one too.`;
  return { step, result: "settled", left: [earlier.source], found };
}

function foundBy(
  step: (typeof narrowingSteps)[number],
  before: readonly Claimant[],
  kept: readonly Claimant[],
  deal: ContestedDeal,
): string {
  const names = (claimants: readonly Claimant[]): string => sayList(claimants.map(({ partner }) => sayName(partner)));
  const dated = (of: (claimant: Claimant) => Date | null): string =>
    sayList(
      before.map((claimant) => {
        const moment = of(claimant);
        return `${sayName(claimant.partner)} ${moment === null ? "without a date" : `on ${formatMoment(moment, deal.timezone)}`}`;
      }),
    );
  const certified = before.filter(({ certifications }) => certifications.length > 0);
  const on = formatDate(deal.createdOn);
  switch (step) {
    case "certification":
      if (certified.length === 0)
        return `None of them held an active certification on ${on}, when the deal was created.`;
      return certified.length === before.length
        ? `All of them held an active certification on ${on}, when the deal was created.`
        : `Only ${names(certified)} held an active certification on ${on}, when the deal was created.`;
    case "earliest_decided":
      return before.every(({ firstDecidedAt }) => firstDecidedAt === null)
        ? deal.rule === "registration"
          ? "No decision has a date."
          : "Only registrations are decided; these claims are not."
        : `Decided: ${dated(({ firstDecidedAt }) => firstDecidedAt)}.`;
    case "earliest_claimed":
      return before.every(({ firstClaimedAt }) => firstClaimedAt === null)
        ? "No claim has a date."
        : `Claimed: ${dated(({ firstClaimedAt }) => firstClaimedAt)}.`;
    case "smallest_key":
      return `Nothing tells them apart, so the first key in the alphabet has it: ${sayList(kept.map(({ partner }) => partner.key))}.`;
  }
}
