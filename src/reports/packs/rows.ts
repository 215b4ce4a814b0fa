import { formatDate, majorOf } from "../../metrics/format.ts";
import type { Span } from "../../metrics/periods.ts";
import type { Settings } from "../settings.ts";
import type { Warehouse } from "../tables.ts";
import { allowedColumns, type PackCell, type PackTable } from "./tables.ts";

/** The tables of one partner, and the words of its own that stand in them: what a leak check may excuse. */
export interface PackRows {
  readonly tables: readonly PackTable[];
  readonly keys: readonly string[];
  readonly accounts: readonly string[];
}

/** Reads the tables of some partners, by partner key. */
export type ReadPacks = (
  db: Warehouse,
  settings: Settings,
  partnerKeys: readonly string[],
  span: Span,
) => Promise<ReadonlyMap<string, PackRows>>;

/**
 * Reads the tables of these partners: each query once for all of them, each row with the partner it belongs to, and each
 * partner's tables drawn from its own rows alone.
 */
export const readPacks: ReadPacks = async (db, settings, partnerKeys, span) => {
  const keys = [...partnerKeys];
  const deals = byPartner(await readDeals(db, keys, span));
  const registrations = byPartner(await readRegistrations(db, keys, span));
  const lines = byPartner(await readLines(db, keys, span));
  const balances = byPartner(await readBalances(db, keys, span));
  return new Map(
    keys.map((key) => [
      key,
      tablesOf(
        {
          deals: deals.get(key) ?? [],
          registrations: registrations.get(key) ?? [],
          lines: lines.get(key) ?? [],
          balances: balances.get(key) ?? [],
        },
        settings,
        span,
      ),
    ]),
  );
};

function byPartner<Row extends { readonly partner_key: string }>(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  return Map.groupBy(rows, (row) => row.partner_key);
}

interface OwnRows {
  readonly deals: Awaited<ReturnType<typeof readDeals>>;
  readonly registrations: Awaited<ReturnType<typeof readRegistrations>>;
  readonly lines: Awaited<ReturnType<typeof readLines>>;
  readonly balances: Awaited<ReturnType<typeof readBalances>>;
}

function readDeals(db: Warehouse, keys: string[], span: Span) {
  return db
    .selectFrom("marts.fct_deal_partner as part")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "part.deal_key")
    .select([
      "part.partner_key",
      "deal.deal_key",
      "deal.account_name",
      "deal.state",
      "deal.stage",
      "deal.created_on",
      "deal.closed_on",
      "deal.amount_reporting_minor",
      "part.is_source",
    ])
    .where("part.partner_key", "in", keys)
    .where("deal.created_on", "<=", span.endsOn)
    .where((where) => where.or([where("deal.state", "=", "open"), where("deal.closed_on", ">=", span.startsOn)]))
    .orderBy("deal.created_on")
    .orderBy("deal.deal_key")
    .execute();
}

function readRegistrations(db: Warehouse, keys: string[], span: Span) {
  return db
    .selectFrom("marts.fct_registration as registration")
    .leftJoin("marts.dim_account as account", "account.account_key", "registration.account_key")
    .select([
      "registration.partner_key",
      "registration.registration_key",
      "account.name",
      "registration.status",
      "registration.submitted_on",
      "registration.decided_on",
      "registration.protection_starts_on",
      "registration.protection_ends_on",
      "registration.outcome",
    ])
    .where("registration.partner_key", "in", keys)
    .where("registration.submitted_on", "<=", span.endsOn)
    .where((where) =>
      where.or([
        where("registration.submitted_on", ">=", span.startsOn),
        where("registration.status", "=", "submitted"),
        where("registration.outcome", "=", "open"),
      ]),
    )
    .orderBy("registration.submitted_on")
    .orderBy("registration.registration_key")
    .execute();
}

/** The lines of the ledger that fall into the period. */
function readLines(db: Warehouse, keys: string[], span: Span) {
  return db
    .selectFrom("marts.fct_commission as line")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "line.deal_key")
    .select([
      "line.partner_key",
      "line.entry_on",
      "line.payable_on",
      "line.kind",
      "line.deal_key",
      "deal.account_name",
      "line.rate",
      "line.amount_minor",
    ])
    .where("line.partner_key", "in", keys)
    .where("line.entry_on", ">=", span.startsOn)
    .where("line.entry_on", "<=", span.endsOn)
    .orderBy("line.entry_on")
    .orderBy("line.entry_key")
    .execute();
}

/** What the ledger came to before the period, and what of it is payable at the end. */
function readBalances(db: Warehouse, keys: string[], span: Span) {
  return db
    .selectFrom("marts.fct_commission as line")
    .select((row) => [
      "line.partner_key",
      row.fn.sum<Sum>("line.amount_minor").filterWhere("line.entry_on", "<", span.startsOn).as("before_minor"),
      row.fn.sum<Sum>("line.amount_minor").filterWhere("line.payable_on", "<=", span.endsOn).as("due_minor"),
    ])
    .where("line.partner_key", "in", keys)
    .where("line.entry_on", "<=", span.endsOn)
    .groupBy("line.partner_key")
    .execute();
}

type Sum = number | bigint | null;

function tablesOf({ deals, registrations, lines, balances }: OwnRows, settings: Settings, span: Span): PackRows {
  const { currency, asOf } = settings;
  const money = (minor: Sum): PackCell => (minor === null ? null : { number: majorOf(minor, currency) });
  const sum = (rows: readonly { readonly amount_minor: number | bigint }[]): bigint =>
    rows.reduce((total, row) => total + BigInt(row.amount_minor), 0n);
  const before = BigInt(balances[0]?.before_minor ?? 0);
  const due = BigInt(balances[0]?.due_minor ?? 0);
  const ofKind = (kind: string): bigint => sum(lines.filter((line) => line.kind === kind));
  const won = deals.filter(
    (deal) => deal.is_source && deal.state === "won" && deal.closed_on !== null && deal.closed_on <= span.endsOn,
  );
  const booked = won.reduce((total, deal) => total + BigInt(deal.amount_reporting_minor ?? 0), 0n);

  const since =
    asOf > span.endsOn
      ? ` State, stage and closing day are as of ${formatDate(asOf)}: what was won after ${formatDate(span.endsOn)} is not in the summary.`
      : "";
  const tables: readonly PackTable[] = [
    {
      name: "summary",
      title: "Summary",
      about:
        "The period in one table. Opening and closing balance are earned and reversed commission less what was paid.",
      columns: allowedColumns.summary ?? [],
      rows: [
        ["Won in deals you brought", money(booked), currency],
        ["Opening balance", money(before), currency],
        ["Earned", money(ofKind("earned")), currency],
        ["Reversed", money(ofKind("reversed")), currency],
        ["Paid", money(ofKind("paid")), currency],
        ["Closing balance", money(before + sum(lines)), currency],
        ["Of it payable by the end of the period", money(due), currency],
      ],
    },
    {
      name: "deals",
      title: "Your deals",
      about: `Deals you brought or helped that were open or closed in the period. Amounts stand on deals you brought.${since}`,
      columns: allowedColumns.deals ?? [],
      rows: deals.map((deal) => [
        deal.deal_key,
        deal.account_name,
        deal.is_source ? "brought" : "helped",
        deal.state,
        deal.stage,
        deal.created_on,
        deal.state === "open" ? null : deal.closed_on,
        deal.is_source ? money(deal.amount_reporting_minor) : null,
        deal.is_source && deal.amount_reporting_minor !== null ? currency : null,
      ]),
    },
    {
      name: "registrations",
      title: "Your registrations",
      about: "Registrations submitted in the period, and older ones still waiting or still protecting a deal.",
      columns: allowedColumns.registrations ?? [],
      rows: registrations.map((row) => [
        row.registration_key,
        row.name,
        row.status,
        row.submitted_on,
        row.decided_on,
        row.protection_starts_on,
        row.protection_ends_on,
        row.outcome,
      ]),
    },
    {
      name: "commissions",
      title: "Your commission",
      about: "Every line of the period. Reversed and paid lines are negative.",
      columns: allowedColumns.commissions ?? [],
      rows: lines.map((line) => [
        line.entry_on,
        line.payable_on,
        line.kind,
        line.deal_key,
        line.account_name,
        line.rate === null ? null : { number: String(Number(line.rate)) },
        money(line.amount_minor),
        currency,
      ]),
    },
  ];
  const named = [
    ...deals.map((deal) => deal.account_name),
    ...registrations.map((row) => row.name),
    ...lines.map((line) => line.account_name),
  ];
  return Object.freeze({
    tables,
    keys: [
      ...deals.map((deal) => deal.deal_key),
      ...registrations.map((row) => row.registration_key),
      ...lines.flatMap((line) => (line.deal_key === null ? [] : [line.deal_key])),
    ],
    accounts: named.filter((name) => name !== null),
  });
}
