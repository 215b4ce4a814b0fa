import type { CalendarDate, Whole } from "../../models/marts.generated.ts";
import { formatDate, formatMoney, majorOf } from "../format.ts";
import type { CreditRules, Money, Named } from "./explanation.ts";

/** A name with its key: `Northwind (drop:p1)`; the key alone where there is no name. */
export function sayNamed({ key, name }: Named): string {
  return name === null ? key : `${name} (${key})`;
}

/** The name people know, else the key. */
export function sayName({ key, name }: Named): string {
  return name ?? key;
}

/** An amount in full: `$1,240.50`. */
export function sayMoney({ minor, currency }: Money): string {
  return formatMoney(majorOf(minor, currency), currency);
}

/** The calendar date of a moment in a zone: `14 Nov 2026`. */
export function sayDay(moment: Date, timezone: string): string {
  return formatDate(new Intl.DateTimeFormat("en-CA", { timeZone: timezone, dateStyle: "short" }).format(moment));
}

/** Several names in one sentence: `A, B and C`. */
export function sayList(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** An exchange rate for the eye, to eight digits: `1.0825`; money is converted exactly. */
export function sayRate(rate: string | null): string {
  if (rate === null) return "an unknown rate";
  return new Intl.NumberFormat("en-US", { maximumSignificantDigits: 8, useGrouping: false }).format(Number(rate));
}

/** A rate in percent without the zeros that only fill it up: `12.500000` → `12.5%`. */
export function sayPercent(rate: string | null): string {
  return `${Number(rate ?? 0)}%`;
}

/** What a credit model does, in a phrase. */
export function sayModel(model: string, { halfLifeDays, sourceWeight }: CreditRules): string {
  switch (model) {
    case "sourced_wins":
      return "official: all to the source";
    case "declared_split":
      return "by the shares given on the deal";
    case "first_touch":
      return "all to the first touch";
    case "last_touch":
      return "all to the last touch";
    case "linear":
      return "equal parts";
    case "position":
      return "40% to the first touch, 40% to the last, the rest to those between";
    case "time_decay":
      return `a touch loses half its weight every ${sayCount(halfLifeDays, "day")} before the close`;
    case "source_split":
      return `${sayPercent(sourceWeight)} to the source, the rest in equal parts to the others`;
    default:
      return plain(model);
  }
}

/** A weight against the sum of weights, in the units in which people give them: `60 of 100`, `0.84 of 1.52`. */
export function sayWeight(model: string, of: { readonly weight: Whole; readonly totalWeight: Whole }): string {
  const unit = weightUnit(model, Number(of.totalWeight));
  const said = (weight: Whole): string => (Number(weight) / unit).toLocaleString("en-US", { maximumFractionDigits: 4 });
  return `${said(of.weight)} of ${said(of.totalWeight)}`;
}

// Declared shares are kept in millionths, decayed touches in billionths of a thousandth, source splits in hundredths.
function weightUnit(model: string, total: number): number {
  if (model === "declared_split" && total >= 1_000_000) return 1_000_000;
  if (model === "time_decay" && total >= 1_000_000_000_000) return 1_000_000_000_000;
  if (model === "source_split" && total % 10_000 === 0) return 100;
  return 1;
}

/** A count with its noun: `1 claim`, `3 claims`. */
export function sayCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** A name from the models as words: `sourced_wins` → `sourced wins`. */
export function plain(name: string): string {
  return name.replaceAll("_", " ");
}

/** An amount, or null where there is none. */
export function moneyOf(minor: Whole | null, currency: string | null): Money | null {
  return minor === null || currency === null ? null : Object.freeze({ minor, currency });
}

/** How a rule of attribution is said inside a sentence. */
export function sayRule(rule: string): string {
  switch (rule) {
    case "override":
      return "an override says so";
    case "registration":
      return "an approved registration decided it";
    case "declared":
      return "it is declared as the source on the deal";
    case "lead":
      return "an accepted lead decided it";
    default:
      return `rule ${rule} decided it`;
  }
}

/** How a conflict step is said inside a sentence (R45). */
export function sayStep(step: string): string {
  switch (step) {
    case "incumbent":
      return "the incumbent of the account";
    case "certification":
      return "an active certification";
    case "earliest_decided":
      return "the earliest decision";
    case "earliest_claimed":
      return "the earliest claim";
    default:
      return "the smallest key";
  }
}

/** Why a customer belongs to its account, as a sentence (R59, R60). */
export function sayAccountLink(reason: string, domain: string | null): string {
  switch (reason) {
    case "customer_account":
      return "The customer itself names the account.";
    case "account_customer":
      return "The account lists this customer, and no other account does.";
    case "domain":
      return `The domain ${domain ?? ""} belongs to this account alone.`;
    default:
      return "Neither side names the other, and no domain belongs to one account alone. A name alone never links them.";
  }
}

/** What decides a sentence about a link to a deal. */
interface DealLink {
  readonly reason: string;
  readonly namedDealKey: string | null;
  readonly hasAccount: boolean;
  readonly graceDays: number;
}

/** Why an invoice belongs to its deal, as a sentence (R61, R96). */
export function sayDealLink({ reason, namedDealKey, hasAccount, graceDays }: DealLink): string {
  switch (reason) {
    case "invoice_deal":
      return "The invoice names the deal.";
    case "latest_won":
      return "The invoice names no deal; this is the account's latest deal won by the day of issue.";
    case "grace":
      return `The invoice names no deal and none was won by the day of issue; this is the account's first deal won within ${graceDays} days after it.`;
    case "deal_excluded":
      return `The invoice names ${namedDealKey ?? "a deal"}, which is left out; its money moves to no other deal.`;
    default:
      if (namedDealKey !== null) return `The invoice names ${namedDealKey}, which is not a deal yet.`;
      return hasAccount
        ? `The invoice names no deal, and the account won none by the day of issue or within ${graceDays} days after it.`
        : "The invoice names no deal, and its customer has no account.";
  }
}

/** A commercial event in words (R34). */
export function sayEvent(kind: string): string {
  switch (kind) {
    case "lead":
      return "a lead received";
    case "registration":
      return "a registration submitted";
    case "touch":
      return "a qualifying touch";
    case "deal_created":
      return "a deal of theirs created";
    case "deal_stage":
      return "a deal of theirs moved to a stage";
    case "deal_won":
      return "a deal of theirs won";
    default:
      return plain(kind);
  }
}

/** What activates a partner, in words (R94). */
export function sayActivation(event: string): string {
  switch (event) {
    case "accepted_lead":
      return "an accepted lead";
    case "registration":
      return "a registration";
    case "touch":
      return "a qualifying touch on a deal";
    case "certification":
      return "a certification";
    case "overlap":
      return "an identified account overlap";
    case "won":
      return "a sourced deal won";
    default:
      return plain(event);
  }
}

/** A certification with its days: `Cloud gold, earned 1 Apr 2026, expires 31 Mar 2027`. */
export function sayCertification(row: {
  readonly kind: string | null;
  readonly level: string | null;
  readonly earned_on: CalendarDate;
  readonly expires_on: CalendarDate | null;
}): string {
  const what = [row.kind, row.level].filter((word) => word !== null).join(" ") || "certification";
  const until = row.expires_on === null ? "" : `, expires ${formatDate(row.expires_on)}`;
  return `${what}, earned ${formatDate(row.earned_on)}${until}`;
}

/** `on 14 Nov 2026`, or nothing without a date. */
export function sayOn(day: CalendarDate | null): string {
  return day === null ? "" : ` on ${formatDate(day)}`;
}
