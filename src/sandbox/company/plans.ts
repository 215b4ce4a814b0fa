import {
  addDays,
  dateIn,
  instantIn,
  monthOf,
  monthStart,
  msPerDay,
  msPerHour,
  quarterOf,
  quarterText,
  secondText,
} from "../calendar.ts";
import { groupBy } from "../group.ts";
import { majorText } from "../money.ts";
import { hashOf, itemAt } from "../random.ts";
import { type Row, rowOf } from "./entities.ts";
import { portalId } from "./ids.ts";
import { businessDay, quotedPairs, rateText } from "./rates.ts";
import type { Partner } from "./roster.ts";
import type { Earning, Telling, Win } from "./telling.ts";
import { homeCurrency, reportingZone } from "./world.ts";

function quarterOfDate(date: string): number {
  return quarterOf(monthOf(Date.parse(`${date}T00:00:00Z`)));
}

function roundTarget(dollars: number): string {
  const step = dollars > 400_000 ? 25_000 : dollars > 60_000 ? 5_000 : 1_000;
  return majorText(Math.max(step, Math.round(dollars / step) * step) * 100, homeCurrency);
}

/**
 * Sets targets from what will happen, missed or beaten by a known factor, so that attainment stays between 70 and
 * 120 percent; the plan reaches past today, so a target does not move when its quarter goes by.
 */
export function setTargets(telling: Telling, partners: readonly Partner[], wins: readonly Win[], since: number): void {
  const { world, rows, now } = telling;
  const first = quarterOf(monthOf(since)) + 1;
  const last = quarterOf(monthOf(now)) + 1;
  const add = (row: Partial<Row<"targets">>) => rows.drop.targets.push(rowOf("targets", row));

  function factor(slice: string, key: string, quarter: number): number {
    return 0.86 + (hashOf(world.seed, "target", slice, key, quarter) % 1000) / 2700;
  }

  /** A quarter in which next to nothing is won has no target, except for the program. */
  function addBookings(slice: string, key: string, ours: readonly Win[], least: number): void {
    for (let quarter = first; quarter <= last; quarter += 1) {
      const sum = ours.reduce((total, win) => (quarterOfDate(win.on) === quarter ? total + win.dollars : total), 0);
      if (sum < least) continue;
      add({
        slice,
        slice_key: key,
        metric: "sourced_bookings",
        period: quarterText(quarter),
        amount: roundTarget(sum / factor(slice, key, quarter)),
        currency: homeCurrency,
      });
    }
  }

  const sourced = wins.filter((win) => win.source !== undefined);
  addBookings("program", "all", sourced, 0);
  for (const [key, own] of groupBy(sourced, (win) => win.source?.type ?? "")) addBookings("type", key, own, 15_000);
  for (const [key, own] of groupBy(sourced, (win) => win.source?.region ?? "")) {
    addBookings("region", key, own, 15_000);
  }
  // Only the partners that the company counts on have a plan of their own.
  for (const partner of partners) {
    const own = sourced.filter((win) => win.source === partner);
    if (partner.strength > 1.3 && own.length > 6) addBookings("partner", partner.id, own, 8_000);
  }

  for (let quarter = first; quarter <= last; quarter += 1) {
    const period = quarterText(quarter);
    const sum = wins.reduce((total, win) => (quarterOfDate(win.on) === quarter ? total + win.dollars : total), 0);
    const money = (metric: string, dollars: number) =>
      add({
        slice: "program",
        slice_key: "all",
        metric,
        period,
        amount: roundTarget(dollars),
        currency: homeCurrency,
      });
    const plain = (metric: string, amount: number) =>
      add({ slice: "program", slice_key: "all", metric, period, amount: String(amount) });
    money("total_bookings", Math.max(sum, 300_000) / factor("total", "all", quarter));
    money("sourced_collected", (Math.max(sum, 300_000) * 0.3) / factor("collected", "all", quarter));
    money("created_pipeline.sourced", (Math.max(sum, 300_000) * 1.1) / factor("created", "all", quarter));
    plain("active_partners", 24 + (quarter - first) * 2);
    plain("sourced_share", 0.4);
    plain("win_rate", 0.36);
    plain("activation_rate", 0.6);
    plain("decided_in_sla", 0.9);
  }
}

/** Pays partners on the 20th after every quarter: what was past its hold at the end of the quarter. */
export function payPartners(
  telling: Telling,
  partners: readonly Partner[],
  earnings: readonly Earning[],
  since: number,
): void {
  const { rows, now } = telling;
  const owed = new Map<Partner, Earning[]>();
  for (const earning of earnings) {
    const own = owed.get(earning.partner);
    if (own === undefined) owed.set(earning.partner, [earning]);
    else own.push(earning);
  }
  for (const partner of partners) {
    const own = owed.get(partner) ?? [];
    let paidCents = 0;
    for (let quarter = quarterOf(monthOf(since)); quarter < quarterOf(monthOf(now)) + 1; quarter += 1) {
      const end = monthStart((quarter + 1) * 3);
      const paidAt = instantIn(reportingZone, businessDay(dateIn("UTC", end + 19 * msPerDay)), 14 * msPerHour);
      if (paidAt > now) break;
      const due = own.reduce((total, earning) => (earning.payableAt < end ? total + earning.dollars : total), 0);
      // Small sums wait for the next quarter, and a part is kept back until the figures are agreed.
      const cents = Math.round(due * 95) - paidCents;
      if (cents < 5_000) continue;
      paidCents += cents;
      const place = { month: (quarter + 1) * 3, index: partner.number, record: 0 };
      rows.drop.payouts.push(
        rowOf("payouts", {
          id: portalId("PAY", place),
          partner_id: partner.id,
          paid_at: secondText(paidAt),
          amount: majorText(cents, homeCurrency),
          currency: homeCurrency,
          reference: `${quarterText(quarter)} statement`,
        }),
      );
    }
  }
}

/** Adds one rate per business day and quoted pair, up to today. */
export function quoteRates(telling: Telling, since: number): void {
  const today = dateIn(reportingZone, telling.now);
  for (let on = dateIn("UTC", since - 10 * msPerDay); on <= today; on = addDays(on, 1)) {
    if (businessDay(on) !== on) continue;
    for (const pair of quotedPairs) {
      telling.rows.drop.fx_rates.push(
        rowOf("fx_rates", { on, from_currency: pair.from, to_currency: pair.to, rate: rateText(pair, on) }),
      );
    }
  }
}

const notes = [
  { text: "Partner portal opened to all regions", scope: "program" },
  { text: "Reseller margins raised by two points", scope: "commissions" },
  { text: "Registration desk short of people for three weeks", scope: "registrations" },
  { text: "Spring partner summit", scope: "program" },
  { text: "List prices up 4%", scope: "bookings" },
  { text: "Co-sell playbook published", scope: "pipeline" },
  { text: "Second product line on sale", scope: "bookings" },
] as const;

/** Adds a dated note every few months. */
export function noteEvents(telling: Telling, since: number): void {
  const { world, rows, now } = telling;
  for (let month = monthOf(since); month <= monthOf(now); month += 1) {
    if (month % 3 !== 1) continue;
    const at = monthStart(month) + (hashOf(world.seed, "note", month) % 27) * msPerDay + 16 * msPerHour;
    if (at > now) continue;
    const note = itemAt(notes, Math.floor(month / 3));
    rows.drop.annotations.push(
      rowOf("annotations", {
        on: dateIn(reportingZone, at),
        text: note.text,
        scope: note.scope,
        author: itemAt(world.staff.partnerManagers, month),
      }),
    );
  }
}
