import { formatDate, majorOf } from "../../metrics/format.ts";
import type { Span } from "../../metrics/periods.ts";
import type { CsvCell } from "../csv.ts";
import type { Settings } from "../settings.ts";
import type { Warehouse } from "../tables.ts";

/** A cell as both the page and the files show it. */
export type PackCell = string | { readonly number: string } | null;

/** One table of a pack; only these columns exist, whatever the warehouse holds. */
export interface PackTable {
  /** Base name, the same in every format. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly PackCell[])[];
}

/** What a partner may see: its own deals, registrations and commission. Every column of a pack is one of these. */
export const allowedColumns: Readonly<Record<string, readonly string[]>> = Object.freeze({
  summary: ["figure", "amount", "currency"],
  deals: ["deal", "account", "your_part", "state", "stage", "created_on", "closed_on", "amount", "currency"],
  registrations: [
    "registration",
    "account",
    "status",
    "submitted_on",
    "decided_on",
    "protected_from",
    "protected_until",
    "outcome",
  ],
  commissions: ["entry_on", "payable_on", "kind", "deal", "account", "rate_percent", "amount", "currency"],
});

/** Stands in a blank pack for every text of a source; no partner is called so. */
export const blank = "blankedoutcell";

// Stages that HubSpot and Salesforce come with; any other label is its portal's own text and may name anyone.
const commonStages = [
  "Appointment Scheduled",
  "Qualified To Buy",
  "Presentation Scheduled",
  "Decision Maker Bought-In",
  "Contract Sent",
  "Prospecting",
  "Qualification",
  "Needs Analysis",
  "Value Proposition",
  "Id. Decision Makers",
  "Perception Analysis",
  "Proposal/Price Quote",
  "Negotiation/Review",
  "Closed Won",
  "Closed Lost",
];

/** The words that we write into cells ourselves, by column; in a column that is not here every text is a source's. */
const ourWords: Readonly<Record<string, ReadonlySet<string>>> = Object.freeze({
  figure: new Set([
    "won in deals you brought",
    "opening balance",
    "earned",
    "reversed",
    "paid",
    "closing balance",
    "of it payable by the end of the period",
  ]),
  your_part: new Set(["brought", "helped"]),
  state: new Set(["open", "won", "lost"]),
  stage: new Set(commonStages.map((stage) => stage.toLowerCase())),
  status: new Set(["submitted", "approved", "rejected", "withdrawn"]),
  outcome: new Set(["won", "lost", "open", "expired"]),
  kind: new Set(["earned", "reversed", "paid"]),
});

/** The same tables with every text of a source blanked out: what is left is ours, and stands in a pack whoever it is for. */
export function withoutSourceText(tables: readonly PackTable[], currency: string): readonly PackTable[] {
  const isOurs = (column: string, cell: PackCell): boolean =>
    cell === null ||
    typeof cell !== "string" ||
    /^\d{4}-\d{2}-\d{2}$/.test(cell) ||
    (column === "currency" ? cell === currency : ourWords[column]?.has(cell.toLowerCase()) === true);
  return tables.map((table) => ({
    ...table,
    rows: table.rows.map((row) => row.map((cell, at) => (isOurs(table.columns[at] ?? "", cell) ? cell : blank))),
  }));
}

/** Words of the pack's own that stand in its rows, such as keys and account names: what a leak check may excuse. */
export interface PackOwn {
  readonly keys: readonly string[];
  readonly accounts: readonly string[];
}

/** Reads the tables of one partner. Every query is bound to its key, so no row of another partner is ever read. */
export async function readPack(
  db: Warehouse,
  settings: Settings,
  partnerKey: string,
  span: Span,
): Promise<{ readonly tables: readonly PackTable[]; readonly own: PackOwn }> {
  const { currency } = settings;
  const money = (minor: number | bigint | null): PackCell =>
    minor === null ? null : { number: majorOf(minor, currency) };
  const deals = await db
    .selectFrom("marts.fct_deal_partner as part")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "part.deal_key")
    .select([
      "deal.deal_key",
      "deal.account_name",
      "deal.state",
      "deal.stage",
      "deal.created_on",
      "deal.closed_on",
      "deal.amount_reporting_minor",
      "part.is_source",
    ])
    .where("part.partner_key", "=", partnerKey)
    .where("deal.created_on", "<=", span.endsOn)
    .where((where) => where.or([where("deal.state", "=", "open"), where("deal.closed_on", ">=", span.startsOn)]))
    .orderBy("deal.created_on")
    .orderBy("deal.deal_key")
    .execute();
  const registrations = await db
    .selectFrom("marts.fct_registration as registration")
    .leftJoin("marts.dim_account as account", "account.account_key", "registration.account_key")
    .select([
      "registration.registration_key",
      "account.name",
      "registration.status",
      "registration.submitted_on",
      "registration.decided_on",
      "registration.protection_starts_on",
      "registration.protection_ends_on",
      "registration.outcome",
    ])
    .where("registration.partner_key", "=", partnerKey)
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
  const ledger = await db
    .selectFrom("marts.fct_commission as line")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "line.deal_key")
    .select([
      "line.entry_on",
      "line.payable_on",
      "line.kind",
      "line.deal_key",
      "deal.account_name",
      "line.rate",
      "line.amount_minor",
    ])
    .where("line.partner_key", "=", partnerKey)
    .where("line.entry_on", "<=", span.endsOn)
    .orderBy("line.entry_on")
    .orderBy("line.entry_key")
    .execute();

  const inSpan = ledger.filter((line) => line.entry_on >= span.startsOn);
  const sum = (lines: readonly { readonly amount_minor: number | bigint }[]): bigint =>
    lines.reduce((total, line) => total + BigInt(line.amount_minor), 0n);
  const before = sum(ledger.filter((line) => line.entry_on < span.startsOn));
  const ofKind = (kind: string): bigint => sum(inSpan.filter((line) => line.kind === kind));
  const due = sum(ledger.filter((line) => line.payable_on <= span.endsOn));
  const won = deals.filter(
    (deal) => deal.is_source && deal.state === "won" && deal.closed_on !== null && deal.closed_on <= span.endsOn,
  );
  const booked = won.reduce((total, deal) => total + BigInt(deal.amount_reporting_minor ?? 0), 0n);

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
        ["Closing balance", money(before + sum(inSpan)), currency],
        ["Of it payable by the end of the period", money(due), currency],
      ],
    },
    {
      name: "deals",
      title: "Your deals",
      about: "Deals you brought or helped that were open or closed in the period. Amounts stand on deals you brought.",
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
      rows: inSpan.map((line) => [
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
  const accounts = [
    ...deals.map((deal) => deal.account_name),
    ...registrations.map((row) => row.name),
    ...ledger.map((line) => line.account_name),
  ];
  return {
    tables,
    own: {
      keys: [
        ...deals.map((deal) => deal.deal_key),
        ...registrations.map((row) => row.registration_key),
        ...ledger.flatMap((line) => (line.deal_key === null ? [] : [line.deal_key])),
      ],
      accounts: accounts.filter((name) => name !== null),
    },
  };
}

/** A cell for a CSV file. */
export function csvCell(cell: PackCell): CsvCell {
  return cell === null ? null : typeof cell === "string" ? { text: cell } : cell;
}

/** A cell for a page: dates in words, numbers with their separators. */
export function shownCell(cell: PackCell): string {
  if (cell === null) return "–";
  if (typeof cell !== "string") return withSeparators(cell.number);
  return /^\d{4}-\d{2}-\d{2}$/.test(cell) ? formatDate(cell) : cell;
}

function withSeparators(number: string): string {
  const [whole = "", fraction] = number.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",").replace("-", "−");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
