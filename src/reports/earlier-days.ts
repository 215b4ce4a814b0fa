import type { Point } from "../metrics/compare.ts";
import { dayOfPeriod, daysBefore, shiftPeriod, spanOf, yearBefore } from "../metrics/periods.ts";
import { type PageContext, quarterLabel, type View } from "./context.ts";
import { total } from "./numbers.ts";
import { major } from "./settings.ts";
import { bySlice } from "./sliced.ts";

/** A day that was to its quarter what the as-of date is to the running one. */
export interface EarlierDay {
  readonly base: "prior" | "year";
  /** `YYYY-MM-DD`; the last day of a quarter that was shorter. */
  readonly on: string;
  /** `Q2 FY26, day 52`. */
  readonly label: string;
}

/** The same day of the quarter before and of the same quarter a year ago. */
export function earlierDays(context: PageContext): readonly EarlierDay[] {
  const { asOf, fiscalYearStart } = context.settings;
  const { day } = dayOfPeriod(spanOf("quarter", context.period, fiscalYearStart), asOf);
  return (["prior", "year"] as const).map((base) => {
    const quarter =
      base === "prior" ? shiftPeriod("quarter", context.period, -1) : yearBefore("quarter", context.period);
    const span = spanOf("quarter", quarter, fiscalYearStart);
    const { days } = dayOfPeriod(span, span.startsOn);
    const on = daysBefore(span.startsOn, 1 - Math.min(day, days));
    return Object.freeze({ base, on, label: `${quarterLabel(quarter)}, day ${dayOfPeriod(span, on).day}` });
  });
}

/** A state of now as it was on an earlier day, by view. */
export type EarlierState = (view: View) => readonly (EarlierDay & { readonly point: Point })[];

/** Deals of one class that were open on a day. */
export interface EarlierOpen {
  readonly deals: number;
  /** Major units of the reporting currency. */
  readonly amount: number;
  /** Deals with an amount. */
  readonly amounts: number;
}

/** What was open on an earlier day; a slice's deals are those that its partners brought. */
export type EarlierPipeline = (
  day: EarlierDay,
  view: View,
  dealClass: "sourced" | "influenced" | "direct",
) => EarlierOpen;

/** Deals created by a day and not closed by then, with the class and amount they have now: those of that day are not kept. */
export async function readEarlierPipeline(context: PageContext): Promise<EarlierPipeline> {
  const { db, settings } = context;
  const days = await Promise.all(
    earlierDays(context).map(async ({ base, on }) => {
      const rows = await db
        .selectFrom("marts.fct_deal")
        .select([
          "class",
          "source_partner_key",
          (field) => field.fn.countAll<number>().as("deals"),
          (field) => field.fn.count<number>("amount_reporting_minor").as("amounts"),
          (field) => field.fn.sum<number | null>("amount_reporting_minor").as("minor"),
        ])
        .where("created_on", "<=", on)
        .where((where) => where.or([where("state", "=", "open"), where("closed_on", ">", on)]))
        .groupBy(["class", "source_partner_key"])
        .execute();
      return [base, Map.groupBy(rows, (row) => row.class)] as const;
    }),
  );
  const picks = new Map(
    days.flatMap(([base, classes]) =>
      [...classes].map(
        ([dealClass, rows]) =>
          [`${base} ${dealClass}`, bySlice(context, rows, (row) => [row.source_partner_key])] as const,
      ),
    ),
  );
  return (day, view, dealClass) => {
    const rows = picks.get(`${day.base} ${dealClass}`)?.(view) ?? [];
    return {
      deals: total(rows, (row) => Number(row.deals)),
      amount: total(rows, (row) => major(row.minor, settings)),
      amounts: total(rows, (row) => Number(row.amounts)),
    };
  };
}

/** Sourced pipeline as a card compares it. */
export function earlierSourcedPipeline(context: PageContext, earlier: EarlierPipeline): EarlierState {
  return (view) =>
    earlierDays(context).map((day) => {
      const { amount, amounts } = earlier(day, view, "sourced");
      return { ...day, point: { value: amount, n: amounts, status: "final" } };
    });
}

/** Active partners as a card compares them: signed and activated by the day, not ended then, with an event in the days before it. */
export async function readEarlierActive(context: PageContext): Promise<EarlierState> {
  const { db, settings } = context;
  const days = await Promise.all(
    earlierDays(context).map(async (day) => {
      const rows = await db
        .selectFrom("marts.fct_partner_day")
        .select("partner_key")
        .distinct()
        .where("event_on", ">=", daysBefore(day.on, settings.activeDays))
        .where("event_on", "<=", day.on)
        .execute();
      const partners = rows
        .flatMap((row) => context.partners.get(row.partner_key) ?? [])
        .filter(
          (partner) =>
            !partner.isProspect &&
            (partner.agreedOn ?? "") <= day.on &&
            partner.activatedOn !== null &&
            partner.activatedOn <= day.on &&
            // Of an ended partner without a date nothing is known but that it has ended by now.
            (partner.state !== "ended" || (partner.endedOn ?? settings.asOf) > day.on),
        );
      return { day, pick: bySlice(context, partners, (partner) => [partner.key]) };
    }),
  );
  return (view) =>
    days.map(({ day, pick }) => {
      const count = pick(view).length;
      return { ...day, point: { value: count, n: count, status: "final" } };
    });
}
