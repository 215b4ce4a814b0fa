import { sql } from "kysely";
import { formatDate } from "../format.ts";
import type { PartnerDeal, PartnerExplanation } from "./explanation.ts";
import { readPlaces } from "./places.ts";
import { readCommission, readIssues, readSetting, type Setting } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { moneyOf, sayActivation, sayCertification, sayCount, sayEvent, sayList, sayNamed } from "./words.ts";

const eventsShown = 10;

/** Explains one partner by its key in the warehouse. */
export async function explainPartner(db: ExplainWarehouse, key: string): Promise<PartnerExplanation> {
  const setting = await readSetting(db);
  const row = await db
    .selectFrom("marts.dim_partner")
    .selectAll()
    .where("partner_key", "=", key)
    .executeTakeFirstOrThrow();
  const events = await db
    .selectFrom("marts.fct_partner_event")
    .select(["event_on", "kind", "deal_key", "reference"])
    .where("partner_key", "=", key)
    .orderBy("event_at", "desc")
    .orderBy("kind")
    .orderBy("reference")
    .limit(eventsShown)
    .execute();
  const wanted = await db
    .selectFrom("config.activation_event")
    .select("event")
    .where("type", "=", row.type)
    .orderBy("event")
    .execute();
  const registrations = await readRegistrations(db, key);
  const records = await readRecords(db, key);
  const deals = await readDeals(db, key, setting);
  const lastEvents = events.map(({ event_on: on, kind, deal_key: dealKey, reference }) => ({
    on,
    kind,
    dealKey,
    reference,
  }));
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
    setting,
  });
  const stage = row.state.replace("_", " ");
  const brought = `It sourced ${sayCount(deals.sourced.length, "deal")} and influenced ${deals.influenced.length}`;
  return Object.freeze({
    kind: "partner",
    key,
    verdict: `${sayNamed({ key, name: row.name })} is ${stage}: ${why}. ${brought}.`,
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
    ...deals,
    registrations,
    commission: await readBalance(db, key, setting),
    issues: await readIssues(db, "partners", key),
  });
}

interface Standing {
  readonly state: string;
  readonly endedOn: string | null;
  readonly last: { readonly on: string; readonly kind: string } | null;
  readonly activatedBy: readonly string[];
  readonly protecting: boolean;
  readonly setting: Setting;
}

// The words follow the order of states (R30); which state it is stands in the marts.
function reasonOf({ state, endedOn, last, activatedBy, protecting, setting }: Standing): string {
  const event =
    last === null
      ? "it has no commercial event"
      : `its last commercial event was ${sayEvent(last.kind)} on ${formatDate(last.on)}`;
  switch (state) {
    case "ended":
      return endedOn === null ? "its agreement is marked as ended" : `its agreement ended on ${formatDate(endedOn)}`;
    case "never_activated":
      return activatedBy.length === 0
        ? "nothing is configured to activate its type"
        : `it never had ${sayList(activatedBy.map(sayActivation)).replace(/ and (?=[^,]*$)/, " or ")}`;
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

async function readRegistrations(db: ExplainWarehouse, key: string): Promise<PartnerExplanation["registrations"]> {
  const rows = await db
    .selectFrom("marts.fct_registration")
    .select([
      "registration_key",
      "deal_key",
      "account_key",
      "status",
      "submitted_on",
      "decided_on",
      "protection_starts_on",
      "protection_ends_on",
      "outcome",
      "is_conflict",
    ])
    .where("partner_key", "=", key)
    .orderBy("submitted_at", "desc")
    .orderBy("registration_key")
    .execute();
  const placed = await readPlaces(
    db,
    rows.map(({ registration_key }) => ({ entity: "registrations", key: registration_key })),
  );
  return rows.map((row) => ({
    key: row.registration_key,
    dealKey: row.deal_key,
    accountKey: row.account_key,
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

async function readDeals(
  db: ExplainWarehouse,
  key: string,
  setting: Setting,
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
        amount: moneyOf(row.amount_reporting_minor, setting.currency),
        createdOn: row.created_on,
        closedOn: row.closed_on,
      }));
  return { sourced: listed(true), influenced: listed(false) };
}

async function readBalance(
  db: ExplainWarehouse,
  key: string,
  setting: Setting,
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
    lines: await readCommission(db, { column: "partner_key", keys: [key] }, setting),
  };
}
