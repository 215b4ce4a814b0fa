import { daysBefore } from "../metrics/periods.ts";
import { major, type Settings } from "./settings.ts";
import type { Warehouse } from "./tables.ts";

/** What a partner's deals are worth, in major units of the reporting currency. */
export interface Worth {
  /** Won in deals the partner brought, over the last twelve months. */
  readonly won: number;
  /** Deals among these whose amount is not known. */
  readonly wonWithoutAmount: number;
  /** Open now in deals it brought. */
  readonly open: number;
  /** Deals among these whose amount is not known. */
  readonly openWithoutAmount: number;
}

/** Reads what the deals of each partner are worth; zero for a partner without any. */
export async function readWorth(db: Warehouse, settings: Settings): Promise<(partnerKey: string) => Worth> {
  const year = daysBefore(settings.asOf, 365);
  const rows = await db
    .selectFrom("marts.fct_deal")
    .select([
      "source_partner_key",
      "state",
      (field) => field.fn.sum<number>("amount_reporting_minor").as("minor"),
      (field) => field.fn.countAll<number>().as("deals"),
      (field) => field.fn.count<number>("amount_reporting_minor").as("with_amount"),
    ])
    .where("source_partner_key", "is not", null)
    .where((where) =>
      where.or([where("state", "=", "open"), where.and([where("state", "=", "won"), where("closed_on", ">", year)])]),
    )
    .groupBy(["source_partner_key", "state"])
    .execute();
  const found = new Map(
    rows.map((row) => [
      `${row.source_partner_key} ${row.state}`,
      { amount: major(row.minor, settings) ?? 0, without: Number(row.deals) - Number(row.with_amount) },
    ]),
  );
  return (key) => {
    const [won, open] = [found.get(`${key} won`), found.get(`${key} open`)];
    return {
      won: won?.amount ?? 0,
      wonWithoutAmount: won?.without ?? 0,
      open: open?.amount ?? 0,
      openWithoutAmount: open?.without ?? 0,
    };
  };
}
