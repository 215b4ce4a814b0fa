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
export function sayMoney({ minor, currency }: { readonly minor: Whole | bigint; readonly currency: string }): string {
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
export function sayModel(model: string, { halfLifeDays, sourceWeight }: CreditRules, touches = 0): string {
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
      return touches === 2
        ? "only two touches and none between: half each"
        : "40% to the first touch, 40% to the last, 20% to those between";
    case "time_decay":
      return `a touch loses half its weight every ${sayCount(halfLifeDays, "day")}; the latest touch weighs 1`;
    case "source_split":
      return `${sayPercent(sourceWeight)} to the source, the rest in equal parts to the others`;
    default:
      return plain(model);
  }
}

/** Weights against their sum, in the units in which people give them: `60 of 120`, `0.97716 of 1.97716`. */
export function sayWeight(model: string, of: { readonly weight: Whole; readonly totalWeight: Whole }): string {
  const unit = weightUnit(model, Number(of.totalWeight));
  const digits = { maximumFractionDigits: model === "declared_split" ? 12 : 6 };
  const said = (weight: Whole): string => (Number(weight) / unit).toLocaleString("en-US", digits);
  return `${said(of.weight)} of ${said(of.totalWeight)}`;
}

// Declared shares are kept in millionths, or in 10^-12 where one of the deal has more decimals; a thousand times a hundred percent
// in millionths is more than any deal has. Decayed touches are kept in 10^-12.
function weightUnit(model: string, total: number): number {
  if (model === "declared_split" && total >= 100_000_000_000) return 1_000_000_000_000;
  if (model === "declared_split" && total >= 1_000_000) return 1_000_000;
  if (model === "time_decay" && total >= 1_000_000_000_000) return 1_000_000_000_000;
  return 1;
}

/** A count with its noun: `1 claim`, `3 claims`. */
export function sayCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** A name from the models as words: `sourced_wins` → `sourced wins`, `co_sell` → `co-sell`. */
export function plain(name: string): string {
  return name
    .replaceAll("_", " ")
    .replace(/\bco sell\b/, "co-sell")
    .replace(/\bself serve\b/, "self-serve");
}

/** As what a deal is left out, as words: `duplicate` → `a duplicate`, `self_serve` → `self-serve`. */
export function sayLeftOutAs(excludedAs: string): string {
  return excludedAs === "duplicate" ? "a duplicate" : plain(excludedAs);
}

/** What a partner did, by the table it came in: `meeting`, `lead`, `co-sell role on the deal`. */
export function sayTouch(table: string, kind: string): string {
  switch (table) {
    case "deal_partners":
    case "deals":
      return kind === "sourced"
        ? "named as source on the deal (a claim)"
        : kind === "influenced"
          ? "named as helper on the deal"
          : `${plain(kind)} role on the deal`;
    case "overrides":
      return "override";
    case "claim":
      return `its claim, which is no touch (${sayRuleName(kind).toLowerCase()})`;
    default:
      return plain(kind);
  }
}

/** The name of a source rule as a title. */
export function sayRuleName(rule: string): string {
  switch (rule) {
    case "override":
      return "Override";
    case "registration":
      return "Registration";
    case "declared":
      return "Declared source";
    case "lead":
      return "Lead";
    default:
      return "No rule";
  }
}

/** One case of a source rule: `a registration`. */
export function sayOneOf(rule: string): string {
  return `${rule === "override" ? "an" : "a"} ${sayRuleName(rule).toLowerCase()}`;
}

/** By what a partner is the source, after "by": `registration`, `declaration`. */
export function sayByRule(rule: string): string {
  return rule === "declared" ? "declaration" : rule;
}

/** A certain word for an instant of a claim under a rule: `submitted`, `declared`, `received`. */
export function sayClaimed(rule: string | null): string {
  return rule === "registration" ? "submitted" : rule === "lead" ? "received" : "declared";
}

/** Names in one sentence of choice: `A, B or C`. */
export function sayChoice(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
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

/** The name of a conflict step (R45). */
export function sayStep(step: string): string {
  switch (step) {
    case "incumbent":
      return "incumbent";
    case "certification":
      return "active certification";
    case "earliest_decided":
      return "earliest decision";
    case "earliest_claimed":
      return "earliest claim";
    default:
      return "first key in the alphabet";
  }
}

/** What was looked at to find the account of a customer. */
interface AccountLink {
  readonly reason: string;
  readonly domain: string | null;
  /** A domain of a mail provider, which belongs to no account. */
  readonly isFreeMail: boolean;
  /** Accounts that list the customer, and accounts that have its domain. */
  readonly listedBy: readonly Named[];
  readonly domainOf: readonly Named[];
}

/** Why a customer belongs to its account or to none, as sentences (R59, R60). */
export function sayAccountLink({ reason, domain, isFreeMail, listedBy, domainOf }: AccountLink): string {
  switch (reason) {
    case "customer_account":
      return "The customer's record names the account.";
    case "account_customer":
      return "The account lists this customer, and no other account does.";
    case "domain":
      return `The domain ${domain ?? ""} belongs to this account alone.`;
    default:
      return [
        "The customer's record names no account.",
        listedBy.length === 0
          ? "No account lists the customer."
          : `${listedBy.length} accounts list the customer, ${sayList(listedBy.map(sayNamed))}, so none has it.`,
        domain === null
          ? "The customer has no domain."
          : isFreeMail
            ? `Its domain, ${domain}, is a mail provider's and tells nothing.`
            : domainOf.length === 0
              ? `No account has its domain, ${domain}.`
              : `Its domain, ${domain}, belongs to ${domainOf.length} accounts, ${sayList(domainOf.map(sayNamed))}, so it tells nothing.`,
        "An equal name never links them.",
      ].join(" ");
  }
}

/** What decides a sentence about a link to a deal. */
interface DealLink {
  readonly reason: string;
  readonly namedDealKey: string | null;
  readonly hasAccount: boolean;
  readonly graceDays: number;
  /** Whether the deal is of another account than the invoice's customer. */
  readonly isOfOtherAccount?: boolean;
}

/** Why an invoice belongs to its deal, as a sentence (R61, R96). */
export function sayDealLink({ reason, namedDealKey, hasAccount, graceDays, isOfOtherAccount }: DealLink): string {
  switch (reason) {
    case "invoice_deal":
      return isOfOtherAccount === true
        ? "The invoice names the deal, and that counts, though its customer belongs to another account."
        : "The invoice names the deal.";
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
export function sayEvent(kind: string, isSource: boolean | null = null, stage: string | null = null): string {
  const deal = isSource === null ? "a deal of theirs" : `a deal it ${isSource ? "sourced" : "influenced"}`;
  switch (kind) {
    case "lead":
      return "a lead received";
    case "registration":
      return "a registration submitted";
    case "touch":
      return "a touch";
    case "deal_created":
      return `${deal} was created`;
    case "deal_stage":
      return `${deal} moved to ${stage === null ? "a stage" : `stage ${stage}`}`;
    case "deal_won":
      return `${deal} was won`;
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

/** A certification with its days: `Cloud gold, valid 1 Apr 2026 to 31 Mar 2027`. */
export function sayCertification(row: {
  readonly kind: string | null;
  readonly level: string | null;
  readonly earned_on: CalendarDate;
  readonly expires_on: CalendarDate | null;
}): string {
  const what = [row.kind, row.level].filter((word) => word !== null).join(" ") || "an unnamed certification";
  const earned = formatDate(row.earned_on);
  return `${what}, valid ${row.expires_on === null ? `from ${earned}` : `${earned} to ${formatDate(row.expires_on)}`}`;
}

/** `on 14 Nov 2026`, or nothing without a date. */
export function sayOn(day: CalendarDate | null): string {
  return day === null ? "" : ` on ${formatDate(day)}`;
}
