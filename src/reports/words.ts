import { formatMoneyShort } from "../metrics/format.ts";
import { html, type Markup } from "./html.ts";

/** A change in money with its sign, kept on one line: `+$163k`. */
export function signedMoney(value: number, currency: string): Markup {
  return html`<span class="nowrap">${signedMoneyText(value, currency)}</span>`;
}

/** A change in money with its sign, as text. */
export function signedMoneyText(value: number, currency: string): string {
  const text = formatMoneyShort(value, currency);
  return value > 0 ? `+${text}` : text;
}

/** Words that stay on one line: `Q3 FY26`. */
export function whole(words: string): Markup {
  return html`<span class="nowrap">${words}</span>`;
}

/** A sentence in which no minus is parted from its amount at the end of a line: `moved by −$104k`. */
export function unbroken(text: string): Markup {
  const parts = text.split(/(−[^\d\s−]*\d[\d.,]*[kMB]?)/);
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<span class="nowrap">${part}</span>`))}`;
}

/** A count with its noun: `1 deal`, `3 deals`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** The verb after a part of a count: `0 of 1 touch counts`, `1 of 8 touches counts`, `5 of 8 touches count`. */
export function verbOf(part: number, all: number, one: string, many: string): string {
  return part === 1 || all === 1 ? one : many;
}

/** A type, state or kind as a person writes it: `co_sell` → `co-sell`, `never_activated` → `never activated`. */
export function readable(word: string): string {
  return word === "co_sell" ? "co-sell" : word.replaceAll("_", " ");
}

/** A text with its first letter as a capital. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A text of ours with its first letter as a small one, to stand within a sentence. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The rule that found a deal's source, as lists name it; null where none did. */
export function ruleWords(rule: string | null): string | null {
  switch (rule) {
    case "registration":
      return "approved registration";
    case "declared":
      return "CRM declaration";
    case "lead":
      return "accepted lead";
    default:
      return rule;
  }
}

/** How a payment came to its deal, as lists name it. */
export function linkWords(reason: string): string {
  switch (reason) {
    case "invoice_deal":
      return "deal named on the invoice";
    case "latest_won":
      return "account's latest won deal";
    case "grace":
      return "account's first won deal after it";
    default:
      return readable(reason);
  }
}
