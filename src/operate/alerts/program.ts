import type { AlertRule } from "../../config/schema.ts";
import { formatCount, formatDate, formatMoment, formatMoney } from "../../metrics/format.ts";
import { lastPeriods, periodOf, spanOf } from "../../metrics/periods.ts";
import type { PartnerEntry } from "../../reports/context.ts";
import { readLapses } from "../../reports/lapses.ts";
import { total } from "../../reports/numbers.ts";
import { daysSince, readPartners } from "../../reports/partners.ts";
import { major, readSettings, type Settings } from "../../reports/settings.ts";
import type { Warehouse } from "../../reports/tables.ts";
import { isYoungSince, tierMoves } from "../../reports/tier-lines.ts";
import { counted, ruleWords } from "../../reports/words.ts";
import { readWorth } from "../../reports/worth.ts";
import type { Matter, OperationRule } from "./find.ts";

/** A rule about the program, as against the running of it. */
export type ProgramRule = Exclude<AlertRule, OperationRule>;

/** The published build, as far as every rule about the program needs it. */
export interface ProgramFacts {
  readonly db: Warehouse;
  readonly settings: Settings;
  /** The end of the as-of date. */
  readonly asOfMoment: Date;
  readonly partners: ReadonlyMap<string, PartnerEntry>;
}

/** Reads what the rules have in common. */
export async function readProgram(db: Warehouse): Promise<ProgramFacts> {
  const settings = await readSettings(db);
  const { as_of_moment: asOfMoment } = await db
    .selectFrom("config.setting")
    .select("as_of_moment")
    .executeTakeFirstOrThrow();
  return { db, settings, asOfMoment, partners: await readPartners(db, settings.timezone) };
}

/**
 * What a rule finds in the published build at a moment, the weightiest first. Who is late, quiet, near a line or in conflict is
 * what the pages say of the same build; only the hours of a registration that still waits are counted up to this moment.
 */
export async function findProgramMatters(
  rule: ProgramRule,
  threshold: number,
  facts: ProgramFacts,
  now: Date,
): Promise<readonly Matter[]> {
  const found = await finders[rule](facts, threshold, now);
  return found
    .map((item): Matter => ({ ...item, threshold }))
    .sort((a, b) => weightOf(rule, b) - weightOf(rule, a) || (a.record < b.record ? -1 : 1));
}

type Found = Omit<Matter, "threshold">;
type Finder = (facts: ProgramFacts, threshold: number, now: Date) => Promise<readonly Found[]>;

/** Days that run out weigh more the fewer they are; everything else weighs more the larger it is. */
const weightOf = (rule: ProgramRule, { value }: Matter): number =>
  (value ?? 0) *
  (rule === "protection_expiring" || rule === "certification_lapsing" || rule === "new_conflict" ? -1 : 1);

const nameOf = (facts: ProgramFacts, key: string): string => facts.partners.get(key)?.name ?? key;
const managerOf = (facts: ProgramFacts, key: string): string | null => facts.partners.get(key)?.manager ?? null;

/** An amount in words behind a name; nothing where there is none. */
function worthWords(minor: number | bigint | null, settings: Settings): string {
  const amount = major(minor, settings);
  return amount === null ? "" : `, ${formatMoney(amount, settings.currency)}`;
}

interface Registration {
  readonly key: string;
  readonly partnerKey: string;
  readonly submittedAt: Date;
  readonly endsOn: string | null;
  readonly approver: string | null;
  /** What it is for: its account, else its deal. */
  readonly about: string;
  readonly dealKey: string | null;
  readonly dealOwner: string | null;
}

async function readRegistrations(
  facts: ProgramFacts,
  which: "waiting" | "protecting" | "contested",
): Promise<readonly Registration[]> {
  const asked = facts.db
    .selectFrom("marts.fct_registration as registration")
    .leftJoin("marts.dim_account as account", "account.account_key", "registration.account_key")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "registration.deal_key")
    .select([
      "registration.registration_key",
      "registration.partner_key",
      "registration.submitted_at",
      "registration.protection_ends_on",
      "registration.approver",
      "registration.deal_key",
      "account.name as account_name",
      "deal.name as deal_name",
      "deal.owner",
    ])
    .orderBy("registration.registration_key");
  const isClaim = asked.where((where) =>
    where.or([where("registration.status", "=", "submitted"), where("registration.outcome", "=", "open")]),
  );
  const rows = await {
    waiting: asked.where("registration.status", "=", "submitted").where("registration.in_sla", "=", false),
    protecting: asked.where("registration.outcome", "=", "open"),
    contested: isClaim.where("registration.is_conflict", "=", true),
  }[which].execute();
  return rows.map((row) => ({
    key: row.registration_key,
    partnerKey: row.partner_key,
    submittedAt: row.submitted_at,
    endsOn: row.protection_ends_on,
    approver: row.approver,
    about: row.account_name ?? row.deal_name ?? "a customer that is not named",
    dealKey: row.deal_key,
    dealOwner: row.owner,
  }));
}

const finders: Readonly<Record<ProgramRule, Finder>> = Object.freeze({
  registration_past_sla: async (facts, threshold, now) => {
    const until = Math.min(now.getTime(), facts.asOfMoment.getTime());
    return (await readRegistrations(facts, "waiting")).flatMap((one): Found[] => {
      const hours = (until - one.submittedAt.getTime()) / 3_600_000;
      if (hours <= threshold) return [];
      const since = formatMoment(one.submittedAt, facts.settings.timezone);
      return [
        {
          thing: one.key,
          text: `${nameOf(facts, one.partnerKey)} registered ${one.about} on ${since} and has waited ${formatCount(Math.floor(hours))} hours for a decision.`,
          owner: one.approver ?? managerOf(facts, one.partnerKey),
          record: one.key,
          value: Math.floor(hours),
        },
      ];
    });
  },

  protection_expiring: async (facts, threshold) =>
    (await readRegistrations(facts, "protecting")).flatMap((one): Found[] => {
      const left = one.endsOn === null ? null : -(daysSince(one.endsOn, facts.settings.asOf) ?? 0);
      if (one.endsOn === null || left === null || left < 0 || left > threshold) return [];
      return [
        {
          thing: `${one.key} ${one.endsOn}`,
          text: `The protection of ${nameOf(facts, one.partnerKey)} for ${one.about} ends on ${formatDate(one.endsOn)}${left === 0 ? ", today" : `, in ${counted(left, "day")}`}, and nothing is won yet.`,
          owner: managerOf(facts, one.partnerKey) ?? one.dealOwner,
          record: one.key,
          value: left,
        },
      ];
    }),

  partner_dormant: async (facts, threshold) => {
    const { settings } = facts;
    const worth = await readWorth(facts.db, settings);
    return [...facts.partners.values()].flatMap((partner): Found[] => {
      const { won, open } = worth(partner.key);
      // Who brought nothing takes nothing away by being quiet, at a threshold of 0 as well.
      if (!partner.isCounted || partner.state !== "dormant" || won <= 0 || won < threshold) return [];
      const days = daysSince(partner.lastEventOn, settings.asOf);
      const quiet = days === null ? "has no event on record" : `has been quiet for ${counted(days, "day")}`;
      const money = (amount: number): string => formatMoney(amount, settings.currency);
      return [
        {
          thing: `${partner.key} ${partner.lastEventOn}`,
          text: `${partner.name} ${quiet}; it brought ${money(won)} won in twelve months and has ${money(open)} open.`,
          owner: partner.manager,
          record: partner.key,
          value: won,
        },
      ];
    });
  },

  deal_stuck: async (facts, threshold) => {
    const rows = await facts.db
      .selectFrom("marts.fct_deal")
      .selectAll()
      .where("state", "=", "open")
      .where("class", "=", "sourced")
      .where("days_in_stage", ">", threshold)
      .execute();
    return rows.map((row): Found => {
      const days = Number(row.days_in_stage);
      const stage = row.stage === null ? "without a stage" : `in ${row.stage}`;
      const by = row.source_partner_key === null ? "" : `, brought by ${nameOf(facts, row.source_partner_key)}`;
      const next = row.next_step === null ? "no next step is noted" : `next step: ${row.next_step}`;
      return {
        thing: `${row.deal_key} ${row.stage} ${row.last_stage_on}`,
        text: `${row.name ?? row.account_name ?? row.deal_key}${worthWords(row.amount_reporting_minor, facts.settings)}${by}, has stood ${stage} for ${counted(days, "day")}; ${next}.`,
        owner: row.owner,
        record: row.deal_key,
        value: days,
      };
    });
  },

  certification_lapsing: async (facts, threshold) =>
    (await readLapses(facts.db, facts.settings.asOf, threshold)).flatMap((lapse): Found[] => {
      const partner = facts.partners.get(lapse.partnerKey);
      if (partner?.isCounted !== true) return [];
      const who = lapse.person === null ? partner.name : `${lapse.person} of ${partner.name}`;
      const when = lapse.left < 0 ? "ran out" : "runs out";
      const last = lapse.isLast ? "; it is the partner's last one" : "";
      return [
        {
          thing: `${lapse.key} ${lapse.expiresOn}`,
          text: `The certification ${lapse.what} of ${who} ${when} on ${formatDate(lapse.expiresOn)} and is not renewed${last}.`,
          owner: partner.manager,
          record: lapse.key,
          value: lapse.left,
        },
      ];
    }),

  tier_line_near: async (facts, threshold) => {
    const { settings, partners } = facts;
    const quarters = lastPeriods("quarter", periodOf("quarter", settings.asOf, settings.fiscalYearStart), 4);
    const rows = await facts.db
      .selectFrom("metrics.value")
      .select(["slice_key", "period", "value"])
      .where("metric", "=", "sourced_bookings")
      .where("slice", "=", "partner")
      .where("period_kind", "=", "quarter")
      .where("period", "in", quarters)
      .execute();
    const values = Map.groupBy(rows, (row) => row.slice_key);
    const brought = (partner: PartnerEntry): number =>
      total(values.get(partner.key) ?? [], (row) => Number(row.value ?? 0));
    const today = [...partners.values()].filter(({ isCounted }) => isCounted);
    const isYoung = isYoungSince(spanOf("quarter", quarters[0] ?? "", settings.fiscalYearStart).startsOn);
    return tierMoves(today, brought, threshold / 100, isYoung).flatMap((move): Found[] => {
      if (move.what === "below its tier") return [];
      const { partner, amount, line, other, what } = move;
      const money = (major: number): string => formatMoney(major, settings.currency);
      const reach = what === "above its tier" ? "brings what its partners bring" : "is near what its partners bring";
      return [
        {
          thing: `${partner.key} ${partner.tier} ${other} ${what}`,
          text: `${partner.name}, ${partner.tier}, could move up to ${other}: with ${money(amount)} won in four quarters it ${reach}, ${money(line)} in the middle.`,
          owner: partner.manager,
          record: partner.key,
          value: line > 0 ? Math.floor((amount / line) * 100) : 100,
        },
      ];
    });
  },

  new_conflict: async (facts, threshold) => {
    const { settings } = facts;
    const claims = await facts.db
      .selectFrom("marts.fct_claim as claim")
      .innerJoin("marts.fct_deal as deal", (join) =>
        join.onRef("deal.deal_key", "=", "claim.deal_key").onRef("deal.source_rule", "=", "claim.rule"),
      )
      .select([
        "deal.deal_key",
        "deal.name",
        "deal.account_name",
        "deal.state",
        "deal.closed_on",
        "deal.owner",
        "deal.source_rule",
        "deal.source_partner_key",
        "deal.amount_reporting_minor",
        "claim.partner_key",
      ])
      .distinct()
      .where("deal.is_conflict", "=", true)
      .where("claim.accepted", "=", true)
      .execute();
    const ofDeal = Map.groupBy(claims, (claim) => claim.deal_key);
    const deals = [...ofDeal].flatMap(([key, rows]): Found[] => {
      const [deal] = rows;
      if (deal === undefined) return [];
      const age = deal.state === "open" ? 0 : daysSince(deal.closed_on, settings.asOf);
      if (age === null || age > threshold) return [];
      const claimants = rows.map((row) => row.partner_key).sort();
      const names = claimants.map((claimant) => nameOf(facts, claimant));
      const held = deal.source_partner_key === null ? "nobody" : nameOf(facts, deal.source_partner_key);
      const title = `${deal.name ?? deal.account_name ?? key}${worthWords(deal.amount_reporting_minor, settings)}`;
      return [
        {
          thing: `${key} ${claimants.join(" ")}`,
          text: `${names.slice(0, -1).join(", ")} and ${names.at(-1)} claim ${title}, by ${ruleWords(deal.source_rule)}; it goes to ${held}.`,
          owner: deal.owner ?? managerOf(facts, deal.source_partner_key ?? ""),
          record: key,
          value: age,
        },
      ];
    });
    const registrations = (await readRegistrations(facts, "contested"))
      .filter(({ dealKey }) => dealKey === null || !ofDeal.has(dealKey))
      .map(
        (one): Found => ({
          thing: one.key,
          text: `${nameOf(facts, one.partnerKey)} registered ${one.about}, and so did another partner.`,
          owner: one.approver ?? managerOf(facts, one.partnerKey),
          record: one.key,
          value: 0,
        }),
      );
    return [...deals, ...registrations];
  },
});
