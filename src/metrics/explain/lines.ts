import { creditModels } from "../define.ts";
import { formatDate, formatPeriod } from "../format.ts";
import type { Cash, CashCredit, CommissionLine, Issue, Money, UnpaidInvoice } from "./explanation.ts";
import { fxLines, sayGap, sayRateRule } from "./fx.ts";
import { plain, sayMoney, sayName, sayNamed, sayPercent, sayRate } from "./words.ts";

/** A titled block of an explanation. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Blocks with a blank line before each; a block without lines is left out. */
export function sections(blocks: readonly Section[]): readonly string[] {
  return blocks
    .filter(({ lines }) => lines.length > 0)
    .flatMap(({ title, lines }) => ["", title, ...lines.map((line) => `  ${line}`)]);
}

/** One line, or none where there is nothing to say. */
export function fact(label: string, words: string | null): readonly string[] {
  return words === null || words === "" ? [] : [`${label.padEnd(14)}${words}`];
}

/** Lines one step further in. */
export function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** What the checks say, one line each. */
export function issueLines(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ severity, message, fix }) => `${severity}: ${message}${fix === null ? "" : ` → ${fix}`}`);
}

/** Money that came or went, with its split; tax and deal of each invoice are told once, unless they stand elsewhere. */
export function cashLines(cash: readonly Cash[], told: { readonly withInvoice: boolean }): readonly string[] {
  return cash.flatMap((row, index) => {
    const isFirst = cash.findIndex(({ invoiceKey }) => invoiceKey === row.invoiceKey) === index;
    return [
      `${formatDate(row.occurredOn)}: ${row.kind} ${row.key} on invoice ${row.invoiceKey}: ${sayMoney(row.amount)}, ${beforeTax(row)}${converted(row)}`,
      ...indent([
        ...fxLines(row.fx),
        ...(row.fx === null || row.fx.path === "same" ? [] : [sayRateRule("cash", row.fx)]),
        ...(told.withInvoice && isFirst && Number(row.invoiceTax.minor) !== 0
          ? [taxLine(row.invoiceTotal, row.invoiceTax)]
          : []),
        ...(told.withInvoice && isFirst ? [row.link] : []),
        ...laterQuarter(row, cash),
        ...splitLines(row.credit),
      ]),
    ];
  });
}

function beforeTax({ collected, invoiceTax }: Cash): string {
  return Number(invoiceTax.minor) === 0 ? "no tax" : `before tax ${sayMoney(collected)}`;
}

function converted(row: Cash): string {
  if (row.fxGap !== null) return `; ${sayGap(row.fxGap)}, so it is in no total yet`;
  if (row.collectedReporting === null) return "";
  if (row.amount.currency === row.collectedReporting.currency) return "";
  const rate = row.fxOn === null ? "" : `, the rate of ${formatDate(row.fxOn)}`;
  return `, × ${sayRate(row.fxRate)}${rate}, is ${sayMoney(row.collectedReporting)}`;
}

/** What of money received counts: `of every $119.00 received $100.00 counts, the rest is tax`. */
export function taxLine(total: Money, tax: Money): string {
  if (Number(tax.minor) === 0) return "no tax, so all of it counts";
  if (Number(total.minor) === 0) return "an invoice of zero counts in full";
  return `of every ${sayMoney(total)} received ${sayMoney({ ...total, minor: total.minor - tax.minor })} counts, the rest is tax`;
}

// Money that goes back counts when it went; what was reported before stays (R57).
function laterQuarter(row: Cash, cash: readonly Cash[]): readonly string[] {
  const payment = cash.find(({ key, kind }) => kind === "payment" && key === row.paymentKey);
  if (row.kind === "payment" || payment === undefined || payment.quarter === row.quarter) return [];
  return [
    `It counts in ${sayQuarter(row)}, when it was made; ${sayQuarter(payment)}, the payment's quarter, stays as it was.`,
  ];
}

function sayQuarter({ quarter, quarterSpan }: Cash): string {
  return `${formatPeriod("quarter", quarter)} (${formatDate(quarterSpan.startsOn)} to ${formatDate(quarterSpan.endsOn)})`;
}

/** An invoice on which no payment is on record. */
export function unpaidLine({ key, number, status, issuedOn, total }: UnpaidInvoice): string {
  const marked =
    status === "paid" ? "is marked paid, but no payment is on record, so nothing is earned yet" : "is not paid yet";
  return `Invoice ${sayNamed({ key, name: number })} of ${formatDate(issuedOn)}, ${sayMoney(total)}, ${marked}.`;
}

/** A split by model and partner; models that split alike share a line. */
export function splitLines(credit: readonly CashCredit[]): readonly string[] {
  const byModel = Map.groupBy(credit, ({ model }) => model);
  const alike = Map.groupBy(byModel, ([, parts]) =>
    [
      parts.map(({ partner, amount }) => `${sayName(partner)} ${sayMoney(amount)}`).join(", "),
      ...new Set(parts.flatMap(({ rounding }) => (rounding === null ? [] : [rounding]))),
    ].join("\n"),
  );
  return [...alike].flatMap(([words, models]) => {
    const [parts = "", ...rounding] = words.split("\n");
    const names =
      models.length === creditModels.length ? "every model" : models.map(([model]) => plain(model)).join(", ");
    return [`${names}: ${parts}`, ...indent(rounding)];
  });
}

/** How lines of the ledger are told. */
export interface LedgerTelling {
  readonly asOf: string;
  /** What a line is for, beside its partner: the payment, or the deal on a partner's own account. */
  readonly about: "payment" | "deal";
}

/** Lines of the ledger. */
export function commissionLines(lines: readonly CommissionLine[], telling: LedgerTelling): readonly string[] {
  return lines.map((line) => {
    const { entryOn, kind, amount, reason, rate, collected, cashKey } = line;
    const begins = `${formatDate(entryOn)}: ${kind} ${sayMoney(amount)}`;
    if (kind === "paid") return `${begins}, ${reason}`;
    const deal = line.dealKey === null ? "no deal" : sayNamed({ key: line.dealKey, name: line.dealName });
    const whose = `${begins} for ${telling.about === "payment" ? sayName(line.partner) : deal}`;
    if (rate === null || collected === null) return `${whose}: ${reason}${kind === "earned" ? "" : due(line, telling)}`;
    const from = kind === "earned" ? "from payment" : "taken back by";
    return `${whose}: ${sayPercent(rate)} of ${sayMoney(collected)} before tax, ${from} ${cashKey ?? ""}${due(line, telling)}`;
  });
}

// R66: what goes back is deducted on its own day, but not before the commission it takes back is payable.
function due({ kind, payableOn, entryOn, cashKind }: CommissionLine, { asOf }: LedgerTelling): string {
  const isAhead = payableOn > asOf;
  if (kind !== "reversed") return `; payable ${isAhead ? "from" : "since"} ${formatDate(payableOn)}`;
  const why =
    payableOn > entryOn
      ? `the day the commission it takes back ${isAhead ? "becomes" : "became"} payable`
      : `the day ${cashKind === "dispute" ? "the dispute was lost" : "of the refund"}, as that commission was already payable`;
  return `; deducted from ${formatDate(payableOn)}, ${why}`;
}
