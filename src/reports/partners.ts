import { createHash } from "node:crypto";
import { daysBefore, daysFrom, periodOf, shiftPeriod } from "../metrics/periods.ts";
import type { PartnerEntry } from "./context.ts";
import type { Settings } from "./settings.ts";
import type { Warehouse } from "./tables.ts";

/** Every partner in the order of names, with the address of its page. */
export async function readPartners(db: Warehouse, timezone: string): Promise<ReadonlyMap<string, PartnerEntry>> {
  const rows = await db
    .selectFrom("marts.dim_partner")
    .select([
      "partner_key",
      "name",
      "type",
      "tier",
      "region",
      "manager",
      "state",
      "is_counted",
      "is_prospect",
      "agreed_on",
      "ended_on",
      "activated_on",
      "activation_event",
      "last_event",
      "last_event_at",
    ])
    .orderBy("name")
    .orderBy("partner_key")
    .execute();
  const names = fileNamesOf(rows.map((row) => row.partner_key));
  return new Map(
    rows.map((row) => [
      row.partner_key,
      Object.freeze({
        key: row.partner_key,
        name: row.name,
        type: row.type,
        tier: row.tier,
        region: row.region,
        manager: row.manager,
        state: row.state,
        isCounted: row.is_counted,
        isProspect: row.is_prospect,
        agreedOn: row.agreed_on,
        endedOn: row.ended_on,
        activatedOn: row.activated_on,
        activationEvent: row.activation_event,
        lastEventOn: row.last_event_at === null ? null : dateIn(row.last_event_at, timezone),
        lastEvent: row.last_event,
        path: `partners/${names.get(row.partner_key) ?? fileNameOf(row.partner_key)}.html`,
      }),
    ]),
  );
}

// With its ending a name stays well below the 255 bytes that file systems take.
const longestName = 150;

/** Keys as file names that no system takes for one another: of those that differ in case alone, or are too long, each gets a mark. */
export function fileNamesOf(keys: readonly string[]): ReadonlyMap<string, string> {
  const alike = Map.groupBy(keys, (key) => fileNameOf(key).toLowerCase());
  return new Map(
    keys.map((key) => {
      const name = fileNameOf(key);
      if (alike.get(name.toLowerCase())?.length === 1 && name.length <= longestName) return [key, name];
      return [key, `${name.slice(0, longestName)}--${createHash("sha256").update(key).digest("hex").slice(0, 12)}`];
    }),
  );
}

/** A key as a file name that no other key shares: what may not stand in one is written as its code. */
export function fileNameOf(key: string): string {
  return key
    .replace(":", "--")
    .replaceAll(/[^A-Za-z0-9-]/g, (letter) => `_${(letter.codePointAt(0) ?? 0).toString(16)}_`);
}

const dates = new Map<string, Intl.DateTimeFormat>();

/** The calendar date of a moment in a zone, `YYYY-MM-DD`. */
export function dateIn(moment: Date, timezone: string): string {
  const format = dates.get(timezone) ?? new Intl.DateTimeFormat("en-CA", { timeZone: timezone, dateStyle: "short" });
  dates.set(timezone, format);
  return format.format(moment);
}

/** How long ago a date was on the as-of date, in whole days. */
export function daysSince(date: string | null, asOf: string): number | null {
  return date === null ? null : daysFrom(date, asOf);
}

/** The last quarter whose partners have all had their whole activation window, at which first steps are told. */
export function ripeQuarter({ asOf, activationWindowDays, fiscalYearStart }: Settings): string {
  const last = daysBefore(asOf, activationWindowDays);
  return shiftPeriod("quarter", periodOf("quarter", last, fiscalYearStart), -1);
}
