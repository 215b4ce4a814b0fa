import type { Expression } from "kysely";
import { major, type Settings } from "./settings.ts";
import type { Warehouse } from "./tables.ts";

/** The first rows of a list, and how many it has. */
export interface Listed<Row> {
  readonly rows: readonly Row[];
  readonly all: number;
}

/** A deal that a partner brought or helped. */
export interface PartnerDeal {
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly stage: string | null;
  readonly part: "sourced" | "influences";
  readonly rule: string | null;
  readonly owner: string | null;
  /** Major units of the reporting currency, as what was collected of it. */
  readonly amount: number | null;
  readonly createdOn: string;
  /** When it closed or, while it is open, is expected to. */
  readonly on: string | null;
  /** Null without any payment, and where no payment has an exchange rate. */
  readonly collected: number | null;
  /** Payments and refunds of the deal that have no exchange rate, which collected leaves out. */
  readonly withoutRate: number;
}

/** What a partner's own page lists: open deals first by amount, then closed ones; everything else newest first. */
export interface PartnerFacts {
  readonly deals: Listed<PartnerDeal> & { readonly open: number; readonly openSourced: number };
  readonly payments: Listed<Payment> & { readonly collectedMinor: number };
  readonly registrations: Listed<Registration> & { readonly waiting: number; readonly approved: number };
  readonly entries: Listed<Entry> & { readonly amountMinor: number };
  readonly touches: Listed<Touch> & { readonly counting: number };
  /** Its registrations that Data quality lists, with the day each was submitted. */
  readonly flagged: readonly { readonly key: string; readonly submittedOn: string }[];
}

/** How many rows of each list a partner's page has room for. */
const shown = Object.freeze({ deals: 42, others: 31 });

// A list says something with this many rows.
const fewest = 3;

/** The same with this share of each list's rows, fewer than one; null where no list can do with fewer. */
export function shortened(facts: PartnerFacts, share: number): PartnerFacts | null {
  const { deals, payments, registrations, entries, touches } = facts;
  const cut = <List extends Listed<unknown>>(list: List): List =>
    list.rows.length <= fewest
      ? list
      : { ...list, rows: list.rows.slice(0, Math.max(fewest, Math.floor(list.rows.length * share))) };
  if ([deals, payments, registrations, entries, touches].every((list) => list.rows.length <= fewest)) return null;
  return Object.freeze({
    ...facts,
    deals: cut(deals),
    payments: cut(payments),
    registrations: cut(registrations),
    entries: cut(entries),
    touches: cut(touches),
  });
}

type Payment = Awaited<ReturnType<typeof readPayments>>[number];
type Registration = Awaited<ReturnType<typeof readRegistrations>>[number];
type Entry = Awaited<ReturnType<typeof readEntries>>[number];
type Touch = Awaited<ReturnType<typeof readTouches>>[number];

/** Reads the lists of several partners at once: each mart is read once for all of them, and only what is shown comes back. */
export async function readPartnerFacts(
  db: Warehouse,
  settings: Settings,
  partners: readonly string[],
): Promise<(partner: string) => PartnerFacts> {
  const reading = [
    readDeals(db, settings, partners).then(byPartner),
    readPayments(db, partners).then(byPartner),
    readRegistrations(db, partners).then(byPartner),
    readEntries(db, partners).then(byPartner),
    readTouches(db, partners).then(byPartner),
    readCounts(db, partners),
    readFlagged(db, partners).then(byPartner),
  ] as const;
  const [deals, payments, registrations, entries, touches, counts, flagged] = await Promise.all(reading);
  return (partner) => {
    const count = counts(partner);
    return Object.freeze({
      deals: { rows: deals(partner), all: count.deals, open: count.open, openSourced: count.openSourced },
      payments: { rows: payments(partner), all: count.payments, collectedMinor: count.collectedMinor },
      registrations: {
        rows: registrations(partner),
        all: count.registrations,
        waiting: count.waiting,
        approved: count.approved,
      },
      entries: { rows: entries(partner), all: count.entries, amountMinor: count.entriesMinor },
      touches: { rows: touches(partner), all: count.touches, counting: count.counting },
      flagged: flagged(partner).map((row) => ({ key: row.registration_key, submittedOn: row.submitted_on })),
    });
  };
}

function byPartner<Row extends { readonly partner_key: string }>(
  rows: readonly Row[],
): (partner: string) => readonly Row[] {
  const lists = Map.groupBy(rows, (row) => row.partner_key);
  return (partner) => lists.get(partner) ?? [];
}

async function readDeals(
  db: Warehouse,
  settings: Settings,
  partners: readonly string[],
): Promise<readonly (PartnerDeal & { readonly partner_key: string })[]> {
  const ranked = db
    .selectFrom("marts.fct_deal_partner as part")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "part.deal_key")
    .select(({ fn, case: choose, ref }) => [
      "part.partner_key",
      "part.deal_key",
      "part.is_source",
      fn
        .agg<number>("row_number")
        .over((over) => {
          const isOpen = <Value>(value: Expression<Value>) =>
            choose().when("deal.state", "=", "open").then(value).end();
          return over
            .partitionBy("part.partner_key")
            .orderBy(
              choose().when("deal.state", "=", "open").then(0).when("deal.state", "=", "won").then(1).else(2).end(),
            )
            .orderBy(isOpen(ref("deal.amount_reporting_minor")), (order) => order.desc().nullsLast())
            .orderBy("deal.closed_on", (order) => order.desc().nullsLast())
            .orderBy("part.deal_key");
        })
        .as("place"),
    ])
    .where("part.partner_key", "in", partners)
    .as("ranked");
  const paid = db
    .selectFrom("marts.fct_cash")
    .select(({ fn }) => [
      "deal_key",
      fn.sum<number | null>("collected_reporting_minor").as("collected_minor"),
      fn.countAll<number>().filterWhere("collected_reporting_minor", "is", null).as("without_rate"),
    ])
    .groupBy("deal_key")
    .as("paid");
  const rows = await db
    .selectFrom(ranked)
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "ranked.deal_key")
    .leftJoin(paid, "paid.deal_key", "ranked.deal_key")
    .select([
      "ranked.partner_key",
      "ranked.is_source",
      "deal.deal_key",
      "deal.name",
      "deal.account_name",
      "deal.state",
      "deal.stage",
      "deal.source_rule",
      "deal.owner",
      "deal.amount_reporting_minor",
      "deal.created_on",
      "deal.closed_on",
      "deal.expected_close_on",
      "paid.collected_minor",
      "paid.without_rate",
    ])
    .where("ranked.place", "<=", shown.deals)
    .orderBy("ranked.partner_key")
    .orderBy("ranked.place")
    .execute();
  return rows.map((row) =>
    Object.freeze({
      partner_key: row.partner_key,
      key: row.deal_key,
      name: row.name ?? row.account_name ?? row.deal_key,
      state: row.state,
      stage: row.stage,
      part: row.is_source ? ("sourced" as const) : ("influences" as const),
      rule: row.is_source ? row.source_rule : null,
      owner: row.owner,
      amount: major(row.amount_reporting_minor, settings),
      createdOn: row.created_on,
      on: row.state === "open" ? row.expected_close_on : row.closed_on,
      collected: major(row.collected_minor, settings),
      withoutRate: Number(row.without_rate ?? 0),
    }),
  );
}

function readPayments(db: Warehouse, partners: readonly string[]) {
  const ranked = db
    .selectFrom("marts.fct_cash as cash")
    .innerJoin("marts.fct_deal_partner as part", "part.deal_key", "cash.deal_key")
    .select(({ fn }) => [
      "part.partner_key",
      "part.is_source",
      "cash.cash_key",
      "cash.kind",
      "cash.invoice_key",
      "cash.deal_key",
      "cash.link_reason",
      "cash.occurred_at",
      "cash.collected_reporting_minor",
      fn
        .agg<number>("row_number")
        .over((over) =>
          over
            .partitionBy("part.partner_key")
            .orderBy("cash.occurred_at", (order) => order.desc())
            .orderBy("cash.cash_key"),
        )
        .as("place"),
    ])
    .where("part.partner_key", "in", partners)
    .as("ranked");
  return db
    .selectFrom(ranked)
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "ranked.deal_key")
    .selectAll("ranked")
    .select("deal.name")
    .where("ranked.place", "<=", shown.others)
    .orderBy("ranked.partner_key")
    .orderBy("ranked.place")
    .execute();
}

function readRegistrations(db: Warehouse, partners: readonly string[]) {
  const ranked = db
    .selectFrom("marts.fct_registration")
    .selectAll()
    .select(({ fn }) =>
      fn
        .agg<number>("row_number")
        .over((over) =>
          over
            .partitionBy("partner_key")
            .orderBy("submitted_at", (order) => order.desc())
            .orderBy("registration_key"),
        )
        .as("place"),
    )
    .where("partner_key", "in", partners)
    .as("ranked");
  return db
    .selectFrom(ranked)
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "ranked.deal_key")
    .selectAll("ranked")
    .select(["deal.name", "deal.account_name"])
    .where("ranked.place", "<=", shown.others)
    .orderBy("ranked.partner_key")
    .orderBy("ranked.place")
    .execute();
}

function readEntries(db: Warehouse, partners: readonly string[]) {
  const ranked = db
    .selectFrom("marts.fct_commission")
    .selectAll()
    .select(({ fn }) =>
      fn
        .agg<number>("row_number")
        .over((over) =>
          over
            .partitionBy("partner_key")
            .orderBy("entry_on", (order) => order.desc())
            .orderBy("entry_key"),
        )
        .as("place"),
    )
    .where("partner_key", "in", partners)
    .as("ranked");
  return db
    .selectFrom(ranked)
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "ranked.deal_key")
    .selectAll("ranked")
    .select(["deal.name", "deal.account_name"])
    .where("ranked.place", "<=", shown.others)
    .orderBy("ranked.partner_key")
    .orderBy("ranked.place")
    .execute();
}

function readTouches(db: Warehouse, partners: readonly string[]) {
  const ranked = db
    .selectFrom("marts.fct_touch")
    .select(({ fn }) => [
      "partner_key",
      "deal_key",
      "touch_table",
      "touch_key",
      fn
        .agg<number>("row_number")
        .over((over) =>
          over
            .partitionBy("partner_key")
            .orderBy("occurred_at", (order) => order.desc().nullsLast())
            .orderBy("touch_key")
            .orderBy("touch_table")
            .orderBy("deal_key"),
        )
        .as("place"),
    ])
    .where("partner_key", "in", partners)
    .as("ranked");
  return db
    .selectFrom(ranked)
    .innerJoin("marts.fct_touch as touch", (join) =>
      join
        .onRef("touch.deal_key", "=", "ranked.deal_key")
        .onRef("touch.touch_table", "=", "ranked.touch_table")
        .onRef("touch.touch_key", "=", "ranked.touch_key"),
    )
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "ranked.deal_key")
    .select([
      "ranked.partner_key",
      "touch.touch_key",
      "touch.touch_table",
      "touch.kind",
      "touch.occurred_at",
      "touch.counts",
      "touch.reason",
      "touch.deal_key",
      "deal.name",
    ])
    .where("ranked.place", "<=", shown.others)
    .orderBy("ranked.partner_key")
    .orderBy("ranked.place")
    .execute();
}

function readFlagged(db: Warehouse, partners: readonly string[]) {
  return db
    .selectFrom("marts.fct_registration as registration")
    .innerJoin("quality.issue as issue", "issue.entity_key", "registration.registration_key")
    .select(["registration.partner_key", "registration.registration_key", "registration.submitted_on"])
    .distinct()
    .where("issue.entity", "=", "registrations")
    .where("registration.partner_key", "in", partners)
    .orderBy("registration.registration_key")
    .execute();
}

async function readCounts(db: Warehouse, partners: readonly string[]) {
  const deals = await db
    .selectFrom("marts.fct_deal_partner as part")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "part.deal_key")
    .select(({ fn }) => [
      "part.partner_key",
      fn.countAll<number>().as("deals"),
      fn.countAll<number>().filterWhere("deal.state", "=", "open").as("open"),
      fn
        .countAll<number>()
        .filterWhere("deal.state", "=", "open")
        .filterWhere("part.is_source", "=", true)
        .as("open_sourced"),
    ])
    .where("part.partner_key", "in", partners)
    .groupBy("part.partner_key")
    .execute();
  const payments = await db
    .selectFrom("marts.fct_cash as cash")
    .innerJoin("marts.fct_deal_partner as part", "part.deal_key", "cash.deal_key")
    .select(({ fn }) => [
      "part.partner_key",
      fn.countAll<number>().as("all"),
      fn.sum<number>("cash.collected_reporting_minor").as("minor"),
    ])
    .where("part.partner_key", "in", partners)
    .groupBy("part.partner_key")
    .execute();
  const registrations = await db
    .selectFrom("marts.fct_registration")
    .select(({ fn }) => [
      "partner_key",
      fn.countAll<number>().as("all"),
      fn.countAll<number>().filterWhere("status", "=", "submitted").as("waiting"),
      fn.countAll<number>().filterWhere("status", "=", "approved").as("approved"),
    ])
    .where("partner_key", "in", partners)
    .groupBy("partner_key")
    .execute();
  const entries = await db
    .selectFrom("marts.fct_commission")
    .select(({ fn }) => ["partner_key", fn.countAll<number>().as("all"), fn.sum<number>("amount_minor").as("minor")])
    .where("partner_key", "in", partners)
    .groupBy("partner_key")
    .execute();
  const touches = await db
    .selectFrom("marts.fct_touch")
    .select(({ fn }) => [
      "partner_key",
      fn.countAll<number>().as("all"),
      fn.countAll<number>().filterWhere("counts", "=", true).as("counting"),
    ])
    .where("partner_key", "in", partners)
    .groupBy("partner_key")
    .execute();
  const [dealsOf, paymentsOf, registrationsOf, entriesOf, touchesOf] = [
    byPartner(deals),
    byPartner(payments),
    byPartner(registrations),
    byPartner(entries),
    byPartner(touches),
  ];
  return (partner: string) => {
    const [deal] = dealsOf(partner);
    const [registration] = registrationsOf(partner);
    const [touch] = touchesOf(partner);
    return {
      deals: Number(deal?.deals ?? 0),
      open: Number(deal?.open ?? 0),
      openSourced: Number(deal?.open_sourced ?? 0),
      payments: Number(paymentsOf(partner)[0]?.all ?? 0),
      registrations: Number(registration?.all ?? 0),
      waiting: Number(registration?.waiting ?? 0),
      approved: Number(registration?.approved ?? 0),
      collectedMinor: Number(paymentsOf(partner)[0]?.minor ?? 0),
      entries: Number(entriesOf(partner)[0]?.all ?? 0),
      entriesMinor: Number(entriesOf(partner)[0]?.minor ?? 0),
      touches: Number(touch?.all ?? 0),
      counting: Number(touch?.counting ?? 0),
    };
  };
}
