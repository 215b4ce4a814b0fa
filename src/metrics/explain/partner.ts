import { sql } from "kysely";
import { formatDate } from "../format.ts";
import { type Idleness, sayIdle, whyNothing } from "./commission.ts";
import type { CommissionLine, PartnerDeal, PartnerExplanation } from "./explanation.ts";
import { gapOf } from "./fx.ts";
import { readPlaces } from "./places.ts";
import { readCommission, readIssues, readNames, readSetting, type Setting } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import {
  moneyOf,
  plain,
  sayActivation,
  sayCertification,
  sayChoice,
  sayCount,
  sayEvent,
  sayMoney,
  sayNamed,
} from "./words.ts";

const eventsShown = 10;

/** Explains one partner by its key in the warehouse. */
export async function explainPartner(db: ExplainWarehouse, key: string): Promise<PartnerExplanation> {
  const setting = await readSetting(db);
  const row = await db
    .selectFrom("marts.dim_partner")
    .selectAll()
    .where("partner_key", "=", key)
    .executeTakeFirstOrThrow();
  const { events, lastEvents } = await readEvents(db, key);
  const wanted = await db
    .selectFrom("config.activation_event")
    .select("event")
    .where("type", "=", row.type)
    .orderBy("event")
    .execute();
  const registrations = await readRegistrations(db, key);
  const records = await readRecords(db, key);
  const earnings = await readEarnings(db, key, setting);
  const deals = await readDeals(db, key, setting, earnings);
  const activatedBy = wanted.map(({ event }) => event);
  const protecting = registrations.some(
    ({ outcome, protectionStartsOn: from, protectionEndsOn: to }) =>
      outcome === "open" && from !== null && to !== null && from <= setting.as_of && setting.as_of <= to,
  );
  const why = reasonOf({
    state: row.state,
    endedOn: row.ended_on,
    last: lastEvents[0] ?? null,
    activatedBy,
    protecting,
    hasPeersActivated: await hasActivated(db, row.type),
    setting,
  });
  const stage = row.state === "never_activated" ? "was never activated" : `is ${plain(row.state)}`;
  const brought = `It sourced ${sayCount(deals.sourced.length, "deal")} and influenced ${deals.influenced.length}`;
  return Object.freeze({
    kind: "partner",
    key,
    verdict: `${sayNamed({ key, name: row.name })} ${stage}: ${why}. ${brought}.`,
    asOf: setting.as_of,
    timezone: setting.timezone,
    partner: {
      name: row.name,
      type: row.type,
      tier: row.tier,
      region: row.region,
      manager: row.manager,
      domain: row.domain,
      agreedOn: row.agreed_on,
      endedOn: row.ended_on,
      isProspect: row.is_prospect,
      isCounted: row.is_counted,
    },
    records,
    certifications: await readCertifications(db, key, setting),
    state: row.state,
    activation:
      row.activated_on === null || row.activation_event === null
        ? null
        : { on: row.activated_on, event: row.activation_event },
    activatedBy,
    lastEvents,
    events,
    ...deals,
    registrations,
    commission: await readBalance(db, key, setting, earnings),
    issues: await readIssues(db, "partners", key),
  });
}

interface Standing {
  readonly state: string;
  readonly endedOn: string | null;
  readonly last: PartnerExplanation["lastEvents"][number] | null;
  readonly activatedBy: readonly string[];
  readonly protecting: boolean;
  /** Whether any partner of its type was ever activated. */
  readonly hasPeersActivated: boolean;
  readonly setting: Setting;
}

// The words follow the order of states (R30); which state it is stands in the marts.
function reasonOf({ state, endedOn, last, activatedBy, protecting, hasPeersActivated, setting }: Standing): string {
  const event =
    last === null
      ? "it has no commercial event"
      : `its last commercial event was on ${formatDate(last.on)} (${sayEvent(last.kind, last.isSource, last.stage)}${last.dealKey === null ? "" : `: ${sayNamed({ key: last.dealKey, name: last.dealName })}`})`;
  switch (state) {
    case "ended":
      return endedOn === null ? "its agreement is marked as ended" : `its agreement ended on ${formatDate(endedOn)}`;
    case "never_activated":
      return activatedBy.length === 0
        ? "nothing is configured to activate its type"
        : `it never had ${sayChoice(activatedBy.map(sayActivation))}${hasPeersActivated ? "" : ", and no partner of its type ever had, so perhaps no source tells of it (activation.events says what counts instead)"}`;
    case "active":
      return `${event}, within ${setting.active_days} days of ${formatDate(setting.as_of)}`;
    case "cooling":
      return protecting
        ? `${event}, more than ${setting.active_days} days before ${formatDate(setting.as_of)}, but a registration still protects it`
        : `${event}, more than ${setting.active_days} but within ${setting.dormant_days} days of ${formatDate(setting.as_of)}`;
    default:
      return last === null
        ? event
        : `${event}, more than ${setting.dormant_days} days before ${formatDate(setting.as_of)}`;
  }
}

async function hasActivated(db: ExplainWarehouse, type: string): Promise<boolean> {
  const found = await db
    .selectFrom("marts.dim_partner")
    .select("partner_key")
    .where("type", "=", type)
    .where("activated_on", "is not", null)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

async function readEvents(
  db: ExplainWarehouse,
  key: string,
): Promise<Pick<PartnerExplanation, "events" | "lastEvents">> {
  const { total } = await db
    .selectFrom("marts.fct_partner_event")
    .select(({ fn }) => fn.countAll<number>().as("total"))
    .where("partner_key", "=", key)
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom("marts.fct_partner_event as events")
    .leftJoin("staging.stg_deals as deals", "deals.deal_key", "events.deal_key")
    .leftJoin("marts.fct_deal_partner as parts", (join) =>
      join.onRef("parts.deal_key", "=", "events.deal_key").onRef("parts.partner_key", "=", "events.partner_key"),
    )
    .select(["events.event_at", "events.event_on", "events.kind", "events.deal_key", "events.reference"])
    .select(["deals.name as deal_name", "parts.is_source"])
    .where("events.partner_key", "=", key)
    .orderBy("events.event_at", "desc")
    .orderBy("events.kind")
    .orderBy("events.reference")
    .limit(eventsShown)
    .execute();
  const moved = rows.flatMap(({ kind, deal_key }) => (kind === "deal_stage" && deal_key !== null ? [deal_key] : []));
  const stages =
    moved.length === 0
      ? []
      : await db
          .selectFrom("staging.stg_deal_stages")
          .select(["deal_key", "stage", "entered_at"])
          .where("deal_key", "in", [...new Set(moved)])
          .execute();
  const touched = rows.flatMap(({ kind, reference }) => (kind === "touch" && reference !== null ? [reference] : []));
  const touches =
    touched.length === 0
      ? []
      : await db
          .selectFrom("attribution.int_touch")
          .select(["touch_key", "verdict", "is_set_aside", "reason"])
          .where("partner_key", "=", key)
          .where("touch_key", "in", [...new Set(touched)])
          .orderBy("deal_key")
          .execute();
  return {
    events: Number(total),
    lastEvents: rows.map((row) => {
      const judged = row.kind === "touch" ? touches.filter(({ touch_key }) => touch_key === row.reference) : [];
      const counts = judged.some(({ verdict, is_set_aside }) => verdict === "counts" && !is_set_aside);
      return {
        on: row.event_on,
        kind: row.kind,
        dealKey: row.deal_key,
        dealName: row.deal_name,
        reference: row.reference,
        stage:
          row.kind === "deal_stage"
            ? (stages.find(
                ({ deal_key, entered_at }) =>
                  deal_key === row.deal_key && entered_at.getTime() === row.event_at.getTime(),
              )?.stage ?? null)
            : null,
        isSource: row.is_source,
        withoutCredit:
          row.kind !== "touch" || counts ? null : (judged[0]?.reason ?? "it falls into the window of no deal"),
      };
    }),
  };
}

async function readRegistrations(db: ExplainWarehouse, key: string): Promise<PartnerExplanation["registrations"]> {
  const rows = await db
    .selectFrom("marts.fct_registration as registrations")
    .leftJoin("marts.fct_deal as deals", "deals.deal_key", "registrations.deal_key")
    .leftJoin("staging.stg_deals as staged", "staged.deal_key", "registrations.deal_key")
    .leftJoin("attribution.int_deal_source as sources", "sources.deal_key", "registrations.deal_key")
    .leftJoin("marts.dim_account as accounts", "accounts.account_key", "registrations.account_key")
    .select([
      "registrations.registration_key",
      "registrations.deal_key",
      "staged.name as deal_name",
      "staged.excluded_as",
      "deals.source_partner_key",
      "sources.settled_by",
      "registrations.account_key",
      "accounts.name as account_name",
      "registrations.status",
      "registrations.submitted_on",
      "registrations.decided_on",
      "registrations.protection_starts_on",
      "registrations.protection_ends_on",
      "registrations.outcome",
      "registrations.is_conflict",
    ])
    .where("registrations.partner_key", "=", key)
    .orderBy("registrations.submitted_at", "desc")
    .orderBy("registrations.registration_key")
    .execute();
  const named = await readNames(
    db,
    rows.map(({ source_partner_key }) => source_partner_key),
  );
  const placed = await readPlaces(
    db,
    rows.map(({ registration_key }) => ({ entity: "registrations", key: registration_key })),
  );
  return rows.map((row) => ({
    key: row.registration_key,
    dealKey: row.deal_key,
    dealName: row.deal_name,
    dealExcludedAs: row.excluded_as,
    accountKey: row.account_key,
    accountName: row.account_name,
    dealSource: row.source_partner_key === null ? null : named(row.source_partner_key),
    dealSettledBy: row.settled_by,
    status: row.status,
    submittedOn: row.submitted_on,
    decidedOn: row.decided_on,
    protectionStartsOn: row.protection_starts_on,
    protectionEndsOn: row.protection_ends_on,
    outcome: row.outcome,
    isConflict: row.is_conflict,
    recordedIn: placed({ entity: "registrations", key: row.registration_key }),
  }));
}

async function readRecords(db: ExplainWarehouse, key: string): Promise<PartnerExplanation["records"]> {
  const rows = await db
    .selectFrom("staging.partner_record")
    .select("record_key")
    .where("partner_key", "=", key)
    .orderBy(sql`record_key <> partner_key`)
    .orderBy("record_key")
    .execute();
  const placed = await readPlaces(
    db,
    rows.map(({ record_key }) => ({ entity: "partners", key: record_key })),
  );
  return rows.map(({ record_key }) => ({
    key: record_key,
    recordedIn: placed({ entity: "partners", key: record_key }),
  }));
}

async function readCertifications(
  db: ExplainWarehouse,
  key: string,
  setting: Setting,
): Promise<PartnerExplanation["certifications"]> {
  const rows = await db
    .selectFrom("staging.stg_certifications")
    .select(["certification_key", "kind", "level", "earned_on", "expires_on"])
    .where("partner_key", "=", key)
    .orderBy("earned_on", "desc")
    .orderBy("certification_key")
    .execute();
  const placed = await readPlaces(
    db,
    rows.map(({ certification_key }) => ({ entity: "certifications", key: certification_key })),
  );
  return rows.map((row) => ({
    key: row.certification_key,
    words: sayCertification(row),
    isActive: row.earned_on <= setting.as_of && (row.expires_on === null || row.expires_on >= setting.as_of),
    recordedIn: placed({ entity: "certifications", key: row.certification_key }),
  }));
}

/** What a partner's payments earned, and what they did not. */
interface Earnings {
  readonly lines: readonly CommissionLine[];
  /** By deal, why its source has no commission at all; none for a deal that earned. */
  readonly idleDeals: ReadonlyMap<string, string>;
  /** Payments of its won deals without commission, and why. */
  readonly without: readonly string[];
}

// The ledger has no lines for what earned nothing; plan, deal and payments say why (R64, R66).
async function readEarnings(db: ExplainWarehouse, key: string, setting: Setting): Promise<Earnings> {
  const lines = await readCommission(db, { column: "partner_key", keys: [key] }, setting);
  const deals = await db
    .selectFrom("marts.fct_deal as deals")
    .leftJoin("attribution.int_commission_plan as plans", "plans.deal_key", "deals.deal_key")
    .select(["deals.deal_key", "deals.name", "deals.closed_on"])
    .select(["plans.plan", "plans.rate", "plans.fixed_minor", "plans.paid_until_on"])
    .where("deals.source_partner_key", "=", key)
    .where("deals.state", "=", "won")
    .execute();
  const payments = await db
    .selectFrom("marts.fct_cash as cash")
    .innerJoin("marts.fct_deal as deals", "deals.deal_key", "cash.deal_key")
    .select(["cash.cash_key", "cash.deal_key", "cash.occurred_on", "cash.collected_reporting_minor"])
    .select(["cash.cash_minor", "cash.currency"])
    .where("deals.source_partner_key", "=", key)
    .where("cash.kind", "=", "payment")
    .orderBy("cash.occurred_at")
    .orderBy("cash.cash_key")
    .execute();
  const earning = new Set(lines.map(({ cashKey }) => cashKey));
  const ofDeal = Map.groupBy(payments, ({ deal_key }) => deal_key);
  const idleDeals = new Map<string, string>();
  const without: string[] = [];
  for (const deal of deals) {
    const paid = ofDeal.get(deal.deal_key) ?? [];
    const hasLines = paid.some(({ cash_key }) => earning.has(cash_key));
    const plan = { paidUntilOn: deal.paid_until_on, fixed: deal.fixed_minor, rate: deal.rate };
    const barren = whyBarren(deal, paid.length);
    const idle = paid
      .filter(({ cash_key }) => !earning.has(cash_key))
      .map((row) => ({ row, fxGap: gapOf(row, row.collected_reporting_minor, row.occurred_on, setting) }))
      .map(({ row, fxGap }) => ({
        row,
        fxGap,
        why:
          barren === null
            ? whyNothing({ occurredOn: row.occurred_on, plan, fxGap, hasLines })
            : { isFinal: true, reason: barren },
      }));
    if (!hasLines) idleDeals.set(deal.deal_key, barren ?? whyIdle(idle));
    without.push(
      ...idle.flatMap(({ row, why }) =>
        why === null
          ? []
          : [
              `Payment ${row.cash_key} of ${formatDate(row.occurred_on)}, ${sayMoney({ minor: row.cash_minor, currency: row.currency })}, for ${sayNamed({ key: deal.deal_key, name: deal.name })} ${sayIdle("earned", why)}.`,
            ],
      ),
    );
  }
  return { lines, idleDeals, without };
}

// What keeps a whole deal from earning, whatever its payments are.
function whyBarren(
  deal: {
    readonly closed_on: string | null;
    readonly plan: string | null;
    readonly rate: string | null;
    readonly fixed_minor: unknown;
  },
  payments: number,
): string | null {
  if (deal.closed_on === null) return "it has no close date";
  if (deal.plan === null) return "no plan fits";
  if (deal.rate === null && deal.fixed_minor === null) return `plan ${deal.plan} has no rate for the tier`;
  return payments === 0 ? "no payment received" : null;
}

// The payments themselves are listed with the ledger; their deal tells the first reason.
function whyIdle(idle: readonly { readonly fxGap: unknown; readonly why: Idleness | null }[]): string {
  const waiting = idle.find(({ why }) => why?.isFinal === false);
  if (waiting !== undefined) return "no exchange rate for its payment yet";
  return idle.find(({ why }) => why !== null)?.why?.reason ?? "its payments come to nothing";
}

async function readDeals(
  db: ExplainWarehouse,
  key: string,
  setting: Setting,
  { idleDeals }: Earnings,
): Promise<{ readonly sourced: readonly PartnerDeal[]; readonly influenced: readonly PartnerDeal[] }> {
  const rows = await db
    .selectFrom("marts.fct_deal_partner as parts")
    .innerJoin("marts.fct_deal as deals", "deals.deal_key", "parts.deal_key")
    .select([
      "parts.is_source",
      "parts.touches",
      "deals.deal_key",
      "deals.name",
      "deals.account_name",
      "deals.state",
      "deals.source_rule",
      "deals.amount_minor",
      "deals.currency",
      "deals.amount_reporting_minor",
      "deals.created_on",
      "deals.closed_on",
    ])
    .where("parts.partner_key", "=", key)
    .orderBy("deals.created_on", "desc")
    .orderBy("deals.deal_key")
    .execute();
  const listed = (isSource: boolean): readonly PartnerDeal[] =>
    rows
      .filter((row) => row.is_source === isSource)
      .map((row) => ({
        deal: { key: row.deal_key, name: row.name },
        account: row.account_name,
        state: row.state,
        rule: isSource ? row.source_rule : null,
        touches: row.touches,
        ownAmount: moneyOf(row.amount_minor, row.currency),
        amount: moneyOf(row.amount_reporting_minor, setting.currency),
        withoutCommission: isSource ? (idleDeals.get(row.deal_key) ?? null) : null,
        createdOn: row.created_on,
        closedOn: row.closed_on,
      }));
  return { sourced: listed(true), influenced: listed(false) };
}

async function readBalance(
  db: ExplainWarehouse,
  key: string,
  setting: Setting,
  { lines, without }: Earnings,
): Promise<PartnerExplanation["commission"]> {
  const row = await db
    .selectFrom("marts.fct_commission")
    .select([
      sql<number>`cast(coalesce(sum(amount_minor) filter (where kind = 'earned'), 0) as bigint)`.as("earned"),
      sql<number>`cast(coalesce(sum(amount_minor) filter (where kind = 'reversed'), 0) as bigint)`.as("reversed"),
      sql<number>`cast(-coalesce(sum(amount_minor) filter (where kind = 'paid'), 0) as bigint)`.as("paid"),
      sql<number>`cast(coalesce(sum(amount_minor) filter (where payable_on <= ${setting.as_of}::date), 0) as bigint)`.as(
        "owed",
      ),
      sql<number>`cast(coalesce(sum(amount_minor) filter (where payable_on > ${setting.as_of}::date), 0) as bigint)`.as(
        "held",
      ),
    ])
    .where("partner_key", "=", key)
    .executeTakeFirstOrThrow();
  const money = (minor: number) => ({ minor, currency: setting.currency });
  return {
    earned: money(row.earned),
    reversed: money(row.reversed),
    paid: money(row.paid),
    owed: money(row.owed),
    held: money(row.held),
    heldUntil: [
      ...Map.groupBy(
        lines.filter(({ payableOn }) => payableOn > setting.as_of),
        ({ payableOn }) => payableOn,
      ),
    ]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([on, due]) => ({ on, amount: money(due.reduce((sum, { amount }) => sum + amount.minor, 0)) })),
    lines,
    without,
  };
}
