import { formatDate } from "../../metrics/format.ts";
import type { CsvCell } from "../csv.ts";

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

/** What stands in a column: money in major units, a rate in percent, a date as `YYYY-MM-DD`, or text. */
export type ColumnKind = "text" | "date" | "money" | "rate";

const kinds: Readonly<Record<string, ColumnKind>> = Object.freeze({
  amount: "money",
  rate_percent: "rate",
  created_on: "date",
  closed_on: "date",
  submitted_on: "date",
  decided_on: "date",
  protected_from: "date",
  protected_until: "date",
  entry_on: "date",
  payable_on: "date",
});

/** What stands in a column of a pack. */
export const kindOf = (column: string): ColumnKind => kinds[column] ?? "text";

/** What each column means, in the words of the partner's side of the table. */
export const definitions: Readonly<Record<string, string>> = Object.freeze({
  figure: "What the amount is.",
  amount: "In the currency beside it. Reversed and paid commission is negative.",
  currency: "The currency of the amount.",
  deal: "The deal's key: the system that keeps it, and its number there.",
  account: "The customer.",
  your_part: "brought: the deal came through you. helped: you took part in it.",
  state: "open, won or lost.",
  stage: "Where the deal stands in its pipeline.",
  created_on: "The day the deal was created.",
  closed_on: "The day the deal was won or lost.",
  registration: "The registration's key: the system that keeps it, and its number there.",
  status: "submitted, approved, rejected or withdrawn.",
  submitted_on: "The day you submitted it.",
  decided_on: "The day it was decided.",
  protected_from: "First day of protection.",
  protected_until: "Last day of protection.",
  outcome: "What became of an approved registration: won, lost, open or expired.",
  entry_on: "The day the commission arose, was taken back or was paid.",
  payable_on: "The day from which it is payable.",
  kind: "earned: on a payment of the customer. reversed: on a refund or a lost dispute. paid: to you.",
  rate_percent:
    "Commission in percent of what the customer paid before tax; empty for a fixed sum and for what was paid.",
});

// Words of columns that are nobody's but ours, whatever a list may allow one day.
const deniedWords = new Set(
  "owner manager approver person contact email phone note notes comment reason evidence next step probability chance forecast weight weighted margin cost discount share split credit rank score peer peers percentile conflict claimant claimants rival source influence partner partners target".split(
    " ",
  ),
);

/** Whether a column is one that no partner may see. */
export const isDenied = (column: string): boolean =>
  column
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((part) => deniedWords.has(part));

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

// Labels that only say how far a deal has come, in any pipeline; a partner may be called like one of them.
const stateStages = "Open New Qualified Discovery Demo Evaluation Proposal Negotiation Contract Won Lost Closed".split(
  " ",
);

/** What systems begin the numbers of deals and registrations with, in lower case; a partner may be called like one of them. */
export const keyWords: ReadonlySet<string> = new Set("deal opportunity opp registration reg lead".split(" "));

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
  stage: new Set([...commonStages, ...stateStages].map((stage) => stage.toLowerCase())),
  status: new Set(["submitted", "approved", "rejected", "withdrawn"]),
  outcome: new Set(["won", "lost", "open", "expired"]),
  kind: new Set(["earned", "reversed", "paid"]),
});

/** The same tables with every text of a source blanked out: what is left is ours, and stands in a pack whoever it is for. */
export function withoutSourceText(tables: readonly PackTable[], currency: string): readonly PackTable[] {
  const isOurs = (column: string, cell: PackCell): boolean =>
    cell === null ||
    typeof cell !== "string" ||
    kindOf(column) === "date" ||
    (column === "currency" ? cell === currency : ourWords[column]?.has(cell.toLowerCase()) === true);
  return tables.map((table) => ({
    ...table,
    rows: table.rows.map((row) => row.map((cell, at) => (isOurs(table.columns[at] ?? "", cell) ? cell : blank))),
  }));
}

/** A cell for a CSV file. */
export function csvCell(cell: PackCell): CsvCell {
  return cell === null ? null : typeof cell === "string" ? { text: cell } : cell;
}

/** A cell for a page: dates in words, numbers with their separators. */
export function shownCell(cell: PackCell, column: string): string {
  if (cell === null) return "–";
  if (typeof cell !== "string") return withSeparators(cell.number);
  return kindOf(column) === "date" ? formatDate(cell) : cell;
}

function withSeparators(number: string): string {
  const [whole = "", fraction] = number.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",").replace("-", "−");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
