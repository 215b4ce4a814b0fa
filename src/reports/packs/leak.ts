import { htmlUnescape } from "escape-goat";

/** Someone who must not be found in another's pack. */
export interface Stranger {
  readonly key: string;
  readonly name: string;
  readonly domain: string | null;
}

/** A word or phrase that was found where it must not stand. */
export interface Leak {
  readonly words: string;
  readonly what: "key" | "id" | "name" | "domain" | "email address";
  readonly of: string;
}

interface Phrase {
  readonly tokens: readonly string[];
  readonly what: Leak["what"];
  readonly stranger: Stranger;
}

/** Every phrase of every partner, by its first word, so that a text is read once whatever the number of partners. */
export type LeakIndex = ReadonlyMap<string, readonly Phrase[]>;

/** Prepares the search for all partners of a program. */
export function indexStrangers(partners: readonly Stranger[]): LeakIndex {
  const index = new Map<string, Phrase[]>();
  const add = (text: string, what: Leak["what"], stranger: Stranger): void => {
    const tokens = tokensOf(text);
    const [first] = tokens;
    if (first === undefined) return;
    const phrases = index.get(first) ?? [];
    phrases.push({ tokens, what, stranger });
    index.set(first, phrases);
  };
  for (const partner of partners) {
    add(partner.key, "key", partner);
    add(partner.name, "name", partner);
    if (partner.domain !== null) add(partner.domain, "domain", partner);
    const local = partner.key.slice(partner.key.indexOf(":") + 1);
    // A short number stands in many amounts and dates; with its source before it, it is found all the same.
    if (/\p{L}/u.test(local) ? local.length > 2 : local.length > 6) add(local, "id", partner);
  }
  return index;
}

/** What of a partner's own may stand in its pack, even where it contains another partner's words. */
export interface Own {
  readonly partner: Stranger;
  /** Keys of its own deals and registrations. */
  readonly keys: readonly string[];
  /** Accounts of its own deals, and its tier; one may begin with another partner's name, as `Apex Foods` does with `Apex`. */
  readonly accounts: readonly string[];
}

/**
 * Reads a text, decoded from HTML too, and returns what of other partners stands in it, and any e-mail address. `blank` is the
 * same text drawn with a blank in place of everything that comes from a source: what it holds are our own words, so a partner
 * called Deal or USD stands in every pack exactly as often as in its blank, and once more is a leak.
 */
export function findLeaks(text: string, blank: string, index: LeakIndex, own: Own): readonly Leak[] {
  const ours = strangersIn(decoded(blank), index, own);
  const leaks: Leak[] = [];
  for (const [name, { leak, times }] of strangersIn(decoded(text), index, own)) {
    if (times > (ours.get(name)?.times ?? 0)) leaks.push(leak);
  }
  const addresses = new Set([...decoded(text).matchAll(/[\w.+-]+@[\w-]+\.[\w.-]+/g)].map(([address]) => address));
  return [...leaks, ...[...addresses].map((address): Leak => ({ words: address, what: "email address", of: address }))];
}

const decoded = (text: string): string => `${text}\n${htmlUnescape(text)}`;

/** What of other partners stands in a text beside the recipient's own words, and how often. */
function strangersIn(
  text: string,
  index: LeakIndex,
  own: Own,
): ReadonlyMap<string, { readonly leak: Leak; readonly times: number }> {
  const tokens = tokensOf(text);
  const excused = excusedPlaces(tokens, own);
  const found = new Map<string, { readonly leak: Leak; readonly times: number }>();
  for (const [at, token] of tokens.entries()) {
    for (const { tokens: words, what, stranger } of index.get(token) ?? []) {
      if (stranger.key === own.partner.key || !standsAt(tokens, at, words)) continue;
      if ((excused.get(at) ?? 0) >= words.length) continue;
      const name = `${what} ${stranger.key}`;
      const times = (found.get(name)?.times ?? 0) + 1;
      found.set(name, { leak: { words: words.join(" "), what, of: stranger.key }, times });
    }
  }
  return found;
}

/** For each place in a text, how many words from there on are the partner's own. */
function excusedPlaces(tokens: readonly string[], own: Own): ReadonlyMap<number, number> {
  const phrases = [own.partner.name, own.partner.key, own.partner.domain ?? "", ...own.keys, ...own.accounts]
    .map(tokensOf)
    .filter((phrase) => phrase.length > 0);
  const byFirst = Map.groupBy(
    [...new Map(phrases.map((phrase) => [phrase.join(" "), phrase])).values()],
    (phrase) => phrase[0] ?? "",
  );
  const whole = new Set(
    [own.partner.name, own.partner.key, own.partner.domain ?? ""].map((text) => tokensOf(text).join(" ")),
  );
  const places = new Map<number, number>();
  for (const [at, token] of tokens.entries()) {
    for (const phrase of byFirst.get(token) ?? []) {
      if (!standsAt(tokens, at, phrase)) continue;
      places.set(at, Math.max(places.get(at) ?? 0, phrase.length));
      // Inside its own name a partner may carry another's, wherever that begins.
      if (!whole.has(phrase.join(" "))) continue;
      for (let step = 1; step < phrase.length; step += 1) {
        places.set(at + step, Math.max(places.get(at + step) ?? 0, phrase.length - step));
      }
    }
  }
  return places;
}

function standsAt(tokens: readonly string[], at: number, phrase: readonly string[]): boolean {
  return phrase.every((token, step) => tokens[at + step] === token);
}

/** The words of a text in lower case, without marks and signs. */
function tokensOf(text: string): readonly string[] {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => token !== "");
}
