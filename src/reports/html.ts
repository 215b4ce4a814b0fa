import { htmlEscape } from "escape-goat";
import { showControls } from "./signs.ts";

/** A piece of HTML that may be put on a page as it is. Made by `html` and `raw` only. */
export interface Markup {
  readonly markup: string;
}

/** What may stand in an `html` template: text and numbers are escaped, markup is not, lists are joined, null and false are nothing. */
export type Fragment = Markup | string | number | bigint | null | false | readonly Fragment[];

// Nobody else can make one, so nothing that was read from data passes for markup. A site makes millions of them, and a class costs
// a third of a frozen object.
class MadeMarkup implements Markup {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

/** Marks a string as HTML that is safe as it stands. Only for text of our own: scripts, styles, drawn charts. */
export function raw(markup: string): Markup {
  return new MadeMarkup(markup);
}

/** Nothing at all. */
export const nothing: Markup = raw("");

/**
 * Builds HTML with everything escaped that is not already markup, in text and in quoted attributes alike.
 * A number that is not finite is a defect: it is thrown here rather than printed on a page.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Markup {
  let markup = strings[0] ?? "";
  values.forEach((value, index) => {
    markup += textOf(value) + (strings[index + 1] ?? "");
  });
  return raw(markup);
}

/** Joins fragments with a separator of our own. */
export function join(fragments: readonly Fragment[], separator = ""): Markup {
  return raw(fragments.map(textOf).join(separator));
}

/** An attribute that is present when `value` is text and absent when it is null. */
export function attribute(name: string, value: string | number | null): Markup {
  return value === null ? nothing : raw(` ${name}="${escaped(String(value))}"`);
}

// Most of what pages print has nothing to escape, and looking is far cheaper than replacing.
const special = /[&<>"'\p{Cc}]/u;

/** Text with everything escaped that means something in HTML, and a picture for each sign that has no shape. */
export function escaped(text: string): string {
  return special.test(text) ? htmlEscape(showControls(text)) : text;
}

/** What a reader sees of a fragment: its text without tags, words for screen readers left out. */
export function plainText(fragment: Fragment): string {
  return textOf(fragment)
    .replaceAll(/<span class="hidden-words">[^<]*<\/span>/g, "")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function textOf(value: Fragment): string {
  if (value === null || value === false) return "";
  if (typeof value === "string") return escaped(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`a page may not print ${value}`);
    return String(value);
  }
  if (isList(value)) return value.map(textOf).join("");
  if (value instanceof MadeMarkup) return value.markup;
  throw new TypeError(`a page may not print ${typeof value}`);
}

function isList(value: Fragment): value is readonly Fragment[] {
  return Array.isArray(value);
}

/** JSON that may stand inside a script element: no text in it can close the element. */
export function scriptJson(value: unknown): Markup {
  return raw(
    JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029"),
  );
}
