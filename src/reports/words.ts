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

/** A count with its noun: `1 deal`, `3 deals`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
