import { daysBefore } from "../metrics/periods.ts";
import { major, type Settings } from "./settings.ts";
import type { Warehouse } from "./tables.ts";

/** What a partner's deals are worth, in major units of the reporting currency. */
export interface Worth {
  /** Won in deals the partner brought, over the last twelve months. */
  readonly won: number;
  /** Open now in deals it brought. */
  readonly open: number;
}

/** Reads what the deals of each partner are worth; zero for a partner without any. */
export async function readWorth(db: Warehouse, settings: Settings): Promise<(partnerKey: string) => Worth> {
  const year = daysBefore(settings.asOf, 365);
  const rows = await db
    .selectFrom("marts.fct_deal")
    .select(["source_partner_key", "state", (field) => field.fn.sum<number>("amount_reporting_minor").as("minor")])
    .where("source_partner_key", "is not", null)
    .where((where) =>
      where.or([where("state", "=", "open"), where.and([where("state", "=", "won"), where("closed_on", ">", year)])]),
    )
    .groupBy(["source_partner_key", "state"])
    .execute();
  const found = new Map(rows.map((row) => [`${row.source_partner_key} ${row.state}`, major(row.minor, settings) ?? 0]));
  return (key) => ({ won: found.get(`${key} won`) ?? 0, open: found.get(`${key} open`) ?? 0 });
}
