import { formatCount } from "../metrics/format.ts";
import type { PageContext, PartnerEntry } from "./context.ts";
import { readLapses } from "./lapses.ts";
import { groupBy } from "./numbers.ts";
import { daysSince } from "./partners.ts";
import { major } from "./settings.ts";

/** Something that somebody should do next with a partner. */
export interface NextStep {
  readonly what: string;
  /** The deal, account or person it is about. */
  readonly about: string | null;
  /** Since when it waits, or when it is due. */
  readonly on: string;
  /** Days since then; below zero while there is time. */
  readonly days: number;
  /** What the deal's owner wrote down as the next step. */
  readonly noted: string | null;
  readonly owner: string | null;
  readonly amount: number | null;
  readonly key: string;
}

// Protection and certifications that end within so many days are to be seen to.
const soonDays = 30;

/** What comes next with each of the partners drawn together, what waits longest first. */
export async function readNextSteps(context: PageContext): Promise<(partner: PartnerEntry) => readonly NextStep[]> {
  const { db, settings, together } = context;
  const { asOf } = settings;
  const since = (date: string): number => daysSince(date, asOf) ?? 0;
  const deals = await db
    .selectFrom("marts.fct_deal")
    .select([
      "deal_key",
      "name",
      "account_name",
      "source_partner_key",
      "owner",
      "next_step",
      "created_on",
      "last_stage_on",
      "expected_close_on",
      "amount_reporting_minor",
    ])
    .where("state", "=", "open")
    .where("class", "=", "sourced")
    .where("source_partner_key", "in", together)
    .execute();
  const registrations = await db
    .selectFrom("marts.fct_registration as registration")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "registration.deal_key")
    .leftJoin("marts.dim_account as account", "account.account_key", "registration.account_key")
    .select([
      "registration.registration_key",
      "registration.partner_key",
      "registration.status",
      "registration.approver",
      "registration.submitted_on",
      "registration.protection_ends_on",
      "registration.amount_minor",
      "registration.currency",
      "deal.name",
      "deal.account_name",
      "deal.amount_reporting_minor",
      "account.name as claimed_name",
    ])
    .where("registration.partner_key", "in", together)
    .where((where) => where.or([where("registration.status", "=", "submitted"), where("outcome", "=", "open")]))
    .execute();
  const lapses = groupBy(await lapsesOf(context), (lapse) => lapse.partnerKey);
  const stuck = groupBy(
    deals.flatMap((deal) => {
      const base = {
        partnerKey: deal.source_partner_key,
        about: deal.name ?? deal.account_name ?? deal.deal_key,
        noted: deal.next_step,
        owner: deal.owner,
        amount: major(deal.amount_reporting_minor, settings),
        key: deal.deal_key,
      };
      const due = deal.expected_close_on;
      if (due !== null && since(due) > 0) return [{ ...base, what: "past its close date", on: due }];
      const moved = deal.last_stage_on ?? deal.created_on;
      return since(moved) > settings.staleDays ? [{ ...base, what: "has not moved", on: moved }] : [];
    }),
    (step) => step.partnerKey,
  );
  const claims = groupBy(
    registrations.flatMap((row) => {
      const base = {
        partnerKey: row.partner_key,
        about: row.name ?? row.account_name ?? row.claimed_name,
        noted: null,
        amount: major(
          row.amount_reporting_minor ?? (row.currency === settings.currency ? row.amount_minor : null),
          settings,
        ),
        key: row.registration_key,
      };
      const manager = context.partners.get(row.partner_key)?.manager ?? null;
      if (row.status === "submitted")
        return [{ ...base, what: "decide the registration", on: row.submitted_on, owner: row.approver ?? manager }];
      const ends = row.protection_ends_on;
      return ends !== null && since(ends) <= 0 && since(ends) >= -soonDays
        ? [{ ...base, what: "protection ends", on: ends, owner: manager }]
        : [];
    }),
    (step) => step.partnerKey,
  );
  return (partner) => {
    const { manager } = partner;
    const lapsing = (partner.isCounted ? (lapses.get(partner.key) ?? []) : []).map((lapse) => ({
      what: lapse.isLast ? "last certification runs out" : "certification runs out",
      about: [lapse.what, ...(lapse.person === null ? [] : [lapse.person])].join(", "),
      on: lapse.expiresOn,
      noted: null,
      owner: manager,
      amount: null,
      key: lapse.key,
    }));
    return [...(stuck.get(partner.key) ?? []), ...(claims.get(partner.key) ?? []), ...lapsing, ...stateSteps(partner)]
      .map(({ what, about, on, noted, owner, amount, key }) => ({
        what,
        about,
        on,
        noted,
        owner,
        amount,
        key,
        days: since(on),
      }))
      .toSorted((a, b) => b.days - a.days || (a.key < b.key ? -1 : 1));
  };
}

function lapsesOf({ db, partners, settings }: PageContext) {
  const reading = known.get(partners) ?? readLapses(db, settings.asOf, soonDays);
  known.set(partners, reading);
  return reading;
}

// Read once for all pages of a site.
const known = new WeakMap<ReadonlyMap<string, PartnerEntry>, ReturnType<typeof readLapses>>();

/** What a partner's own state asks for: one that has not begun, or went quiet. */
function stateSteps(partner: PartnerEntry): readonly Omit<NextStep, "days">[] {
  const base = { about: null, noted: null, owner: partner.manager, amount: null, key: partner.key };
  if (!partner.isCounted) return [];
  if (partner.state === "never_activated" && partner.agreedOn !== null)
    return [{ ...base, what: "signed, and not started yet", on: partner.agreedOn }];
  const isQuiet = partner.state === "dormant" || partner.state === "cooling";
  return isQuiet && partner.lastEventOn !== null
    ? [{ ...base, what: "call: it went quiet", on: partner.lastEventOn }]
    : [];
}

/** What waits in words: `3 things come next`. */
export function nextWords(steps: readonly NextStep[]): string {
  if (steps.length === 0) return "Nothing waits with this partner";
  const overdue = steps.filter((step) => step.days > 0).length;
  return `${formatCount(steps.length)} ${steps.length === 1 ? "thing waits" : "things wait"}, ${overdue} since before today`;
}
