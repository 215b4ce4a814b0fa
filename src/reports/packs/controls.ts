import type { Span } from "../../metrics/periods.ts";
import type { Warehouse } from "../tables.ts";
import { allowedColumns, isDenied, type PackTable } from "./tables.ts";

/** What a partner's pack is held against, read by itself rather than taken from the queries that fill the pack. */
export interface Control {
  /** Keys of every deal and registration that the partner has a part in. */
  readonly keys: ReadonlySet<string>;
  /** Lines of the ledger in the period. */
  readonly lines: number;
  /** What the ledger comes to at the end of the period. */
  readonly closingMinor: bigint;
}

/** Reads what the packs of these partners are held against, by partner key. */
export async function readControls(
  db: Warehouse,
  partnerKeys: readonly string[],
  span: Span,
): Promise<ReadonlyMap<string, Control>> {
  const wanted = [...partnerKeys];
  const deals = await db
    .selectFrom("marts.fct_deal_partner")
    .select(["partner_key", "deal_key as key"])
    .where("partner_key", "in", wanted)
    .execute();
  const registrations = await db
    .selectFrom("marts.fct_registration")
    .select(["partner_key", "registration_key as key"])
    .where("partner_key", "in", wanted)
    .execute();
  const ledger = await db
    .selectFrom("marts.fct_commission")
    .select(["partner_key", "deal_key as key", "entry_on"])
    .select((row) => [
      row.fn.countAll<number>().as("lines"),
      row.fn.sum<number | bigint>("amount_minor").as("amount_minor"),
    ])
    .where("partner_key", "in", wanted)
    .where("entry_on", "<=", span.endsOn)
    .groupBy(["partner_key", "deal_key", "entry_on"])
    .execute();
  const keys = Map.groupBy([...deals, ...registrations, ...ledger], (row) => row.partner_key);
  const lines = Map.groupBy(ledger, (row) => row.partner_key);
  return new Map(
    wanted.map((partner) => {
      const own = lines.get(partner) ?? [];
      return [
        partner,
        Object.freeze({
          keys: new Set((keys.get(partner) ?? []).flatMap(({ key }) => (key === null ? [] : [key]))),
          lines: own.filter((row) => row.entry_on >= span.startsOn).reduce((total, row) => total + row.lines, 0),
          closingMinor: own.reduce((total, row) => total + BigInt(row.amount_minor), 0n),
        }),
      ];
    }),
  );
}

// Columns whose cells are keys of deals or registrations.
const keyColumns = ["deal", "registration"];

/**
 * What is wrong with the tables of a pack, in words: a column that no partner may see or that the list does not have, a row of a
 * deal or registration that is not the partner's, a statement that does not add up to the ledger. Nothing when they are right.
 */
export function wrongIn(
  tables: readonly PackTable[],
  control: Control,
  allowed: typeof allowedColumns = allowedColumns,
): readonly string[] {
  return [
    ...tables.flatMap((table) => wrongInTable(table, control, allowed[table.name] ?? [])),
    ...wrongSum(tables, control),
  ];
}

function wrongInTable(table: PackTable, control: Control, allowed: readonly string[]): readonly string[] {
  const denied = table.columns.filter((column) => !allowed.includes(column) || isDenied(column));
  const strange = table.columns.flatMap((column, at) =>
    keyColumns.includes(column)
      ? table.rows.flatMap((row) => {
          const cell = row[at] ?? null;
          return typeof cell === "string" && !control.keys.has(cell) ? [cell] : [];
        })
      : [],
  );
  return [
    ...denied.map((column) => `the table ${table.name} has the column ${column}, which no partner may see`),
    ...(table.rows.some((row) => row.length !== table.columns.length)
      ? [`the table ${table.name} has rows with other cells than columns`]
      : []),
    ...[...new Set(strange)]
      .slice(0, 3)
      .map((key) => `the table ${table.name} has the ${key}, which is not this partner's`),
  ];
}

function wrongSum(tables: readonly PackTable[], control: Control): readonly string[] {
  const lines = tables.find((table) => table.name === "commissions");
  const summary = tables.find((table) => table.name === "summary");
  if (lines === undefined || summary === undefined) return ["it has no statement of commission"];
  const at = lines.columns.indexOf("amount");
  const sum = lines.rows.reduce((total, row) => total + minorOf(row[at] ?? null), 0n);
  const figure = (name: string): bigint => minorOf(summary.rows.find(([label]) => label === name)?.[1] ?? null);
  const wrong: string[] = [];
  if (lines.rows.length !== control.lines) {
    wrong.push(`the statement has ${lines.rows.length} lines and the ledger ${control.lines}`);
  }
  if (figure("Closing balance") !== control.closingMinor || figure("Opening balance") + sum !== control.closingMinor) {
    wrong.push("the statement does not add up to the ledger");
  }
  return wrong;
}

/** Major units as text, back in minor units. */
function minorOf(cell: PackTable["rows"][number][number]): bigint {
  return cell === null || typeof cell === "string" ? 0n : BigInt(cell.number.replace(".", ""));
}
