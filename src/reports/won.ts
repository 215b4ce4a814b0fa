import { formatMoneyShort } from "../metrics/format.ts";
import { periodOf } from "../metrics/periods.ts";
import type { PageContext, View } from "./context.ts";
import type { Warehouse } from "./tables.ts";
import { counted } from "./words.ts";

/** How many deals were won, and of how many an amount in the reporting currency is known. */
export interface WonDeals {
  readonly deals: number;
  readonly withAmount: number;
}

/** Which won deals are meant: those a partner brought, which is what a slice has, or all of the program's. */
export type WonKind = "sourced" | "all";

/** Won deals of a view's partners in some quarters. */
export type Won = (view: View, quarters: readonly string[], kind?: WonKind) => WonDeals;

interface WonRow extends WonDeals {
  readonly sourceKey: string | null;
}

// The pages of one site ask the same warehouse, and most of them never need the answer.
const known = new WeakMap<Warehouse, Promise<ReadonlyMap<string, readonly WonRow[]>>>();

/** Reads how many deals were won, so that a sum of nothing is told from amounts that nobody knows. */
export async function readWon(context: PageContext): Promise<Won> {
  const reading = known.get(context.db) ?? readRows(context);
  known.set(context.db, reading);
  const rows = await reading;
  return (view, quarters, kind = "sourced") => {
    const found = quarters
      .flatMap((quarter) => rows.get(quarter) ?? [])
      .filter((row) => (kind === "sourced" ? row.sourceKey !== null && context.isIn(row.sourceKey, view) : true));
    return {
      deals: found.reduce((sum, row) => sum + row.deals, 0),
      withAmount: found.reduce((sum, row) => sum + row.withAmount, 0),
    };
  };
}

async function readRows({ db, settings }: PageContext): Promise<ReadonlyMap<string, readonly WonRow[]>> {
  const rows = await db
    .selectFrom("marts.fct_deal")
    .select([
      "source_partner_key",
      "closed_on",
      (field) => field.fn.countAll<number>().as("deals"),
      (field) => field.fn.count<number>("amount_reporting_minor").as("with_amount"),
    ])
    .where("state", "=", "won")
    .groupBy(["source_partner_key", "closed_on"])
    .execute();
  return Map.groupBy(
    rows.flatMap((row) =>
      row.closed_on === null
        ? []
        : [
            {
              quarter: periodOf("quarter", row.closed_on, settings.fiscalYearStart),
              sourceKey: row.source_partner_key,
              deals: Number(row.deals),
              withAmount: Number(row.with_amount),
            },
          ],
    ),
    (row) => row.quarter,
  );
}

/** Whether deals were won and no amount of any is known: a sum of them is not zero, but unknown. */
export function isAmountUnknown({ deals, withAmount }: WonDeals): boolean {
  return deals > 0 && withAmount === 0;
}

/**
 * What pages say where won amounts add up to nothing: that nothing was won, that no amount is known,
 * or what the amounts come to where they cancel out.
 */
export function nothingWon(
  found: WonDeals,
  parts: {
    /** `Q3 FY26 so far`, `four quarters`. */
    readonly span: string;
    /** Major units of the reporting currency. */
    readonly sum: number;
    readonly currency: string;
    readonly kind?: WonKind;
  },
): string {
  const { span, sum, currency, kind = "sourced" } = parts;
  if (found.deals === 0) return `${kind === "sourced" ? "nothing sourced" : "nothing"} was won in ${span}`;
  const deals = counted(found.deals, kind === "sourced" ? "sourced deal" : "deal");
  if (found.withAmount === 0) return `no amount is known of the ${deals} won in ${span}`;
  return `the ${deals} won in ${span} ${found.deals === 1 ? "comes" : "come"} to ${formatMoneyShort(sum, currency)}`;
}
