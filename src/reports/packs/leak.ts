import { htmlUnescape } from "escape-goat";
import { keyWords } from "./tables.ts";

/** Someone who must not be found in another's pack. */
export interface Stranger {
  readonly key: string;
  readonly name: string;
  readonly domain: string | null;
}

/** A word or phrase that was found where it must not stand. */
export interface Leak {
  readonly words: string;
  readonly what: "key" | "id" | "name" | "domain" | "person" | "email address";
  readonly of: string;
}

interface Phrase {
  readonly words: string;
  readonly length: number;
  readonly what: Leak["what"];
  readonly stranger: Stranger;
}

/** What may follow a word, and the phrases that end with it. */
interface Branch {
  readonly next: Map<string, Branch>;
  readonly ends: Phrase[];
}

/** Every phrase of every partner, word after word, so that a text is read once whatever the number of partners. */
export type LeakIndex = Pick<Readonly<Branch>, "next">;

const branch = (): Branch => ({ next: new Map(), ends: [] });

/** Prepares the search for all partners of a program, and for the people who work with them (owners, managers), by full name. */
export function indexStrangers(partners: readonly Stranger[], people: readonly string[] = []): LeakIndex {
  const index = branch();
  const addTokens = (tokens: readonly string[], what: Leak["what"], stranger: Stranger): void => {
    if (tokens.length === 0) return;
    let at = index;
    for (const token of tokens) {
      const next = at.next.get(token) ?? branch();
      at.next.set(token, next);
      at = next;
    }
    at.ends.push({ words: tokens.join(" "), length: tokens.length, what, stranger });
  };
  const add = (text: string, what: Leak["what"], stranger: Stranger): void => addTokens(tokensOf(text), what, stranger);
  for (const person of people) {
    // A single word, such as a first name or Sales, stands in the names of many customers.
    if (tokensOf(person).length > 1) add(person, "person", { key: person, name: person, domain: null });
  }
  for (const partner of partners) {
    add(partner.key, "key", partner);
    add(partner.name, "name", partner);
    const words = tokensOf(partner.name);
    // Written as one word, as in an address or a folder, a name is a name all the same; a short one may be any word.
    if (words.length > 1 && words.join("").length > 7) addTokens([words.join("")], "name", partner);
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
  /** Accounts of its own deals; one may begin with another partner's name, as `Apex Foods` does with `Apex`. */
  readonly accounts: readonly string[];
}

/** The recipient's own words, ready to be told from others'. */
export interface Excuses {
  readonly key: string;
  readonly byFirst: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Names inside which another's may stand wherever it begins. */
  readonly whole: ReadonlySet<string>;
  /** Its deals' and registrations' keys, inside which nothing of another's may stand but a word that systems number with. */
  readonly keys: ReadonlySet<string>;
}

/** Prepares what of a text is the recipient's own. */
export function excusesOf(own: Own): Excuses {
  const { name, key, domain } = own.partner;
  const phrases = [name, key, domain ?? "", ...own.keys, ...own.accounts]
    .map(tokensOf)
    .filter((phrase) => phrase.length > 0);
  const distinct = new Map(phrases.map((phrase) => [phrase.join(" "), phrase]));
  return Object.freeze({
    key,
    byFirst: Map.groupBy(distinct.values(), (phrase) => phrase[0] ?? ""),
    whole: new Set([name, key, domain ?? ""].map((text) => tokensOf(text).join(" "))),
    keys: new Set(own.keys.map((text) => tokensOf(text).join(" "))),
  });
}

/**
 * Reads a text, decoded from HTML, and returns what of other partners stands in it, and any e-mail address. `blank` is the
 * same text drawn with a blank in place of everything that comes from a source: what it holds are our own words, so a partner
 * called Deal or USD stands in every pack exactly as often as in its blank, and once more is a leak.
 */
export function findLeaks(text: string, blank: string, index: LeakIndex, excuses: Excuses): readonly Leak[] {
  if (text === blank) return [];
  const words = htmlUnescape(text);
  const ours = strangersIn(tokensOf(htmlUnescape(blank)), index, excuses);
  const leaks: Leak[] = [];
  for (const [name, { leak, times }] of strangersIn(tokensOf(words), index, excuses)) {
    if (times > (ours.get(name)?.times ?? 0)) leaks.push(leak);
  }
  return [...leaks, ...addressesIn(words)];
}

/**
 * Reads what was taken out of a file whose words cannot be counted, since a container repeats them as it likes, and returns
 * what of other partners stands in it and not in `known`: the rows that were checked, and an empty file of the same kind.
 * Words shorter than `shortest` are passed over; in bytes that are numbers, any short word is spelled by one of them.
 */
export function findStrays(
  text: string,
  known: string,
  index: LeakIndex,
  excuses: Excuses,
  shortest = 1,
): readonly Leak[] {
  const found = strangersIn(tokensOf(text), index, excuses);
  const addresses = addressesIn(text);
  if (found.size === 0 && addresses.length === 0) return [];
  const there = strangersIn(tokensOf(known), index, { ...excuses, byFirst: new Map(), whole: new Set() });
  const strays = [...found].flatMap(([name, { leak }]) =>
    there.has(name) || leak.words.replaceAll(" ", "").length < shortest ? [] : [leak],
  );
  return [...strays, ...addresses.filter((address) => !known.includes(address.words))];
}

function addressesIn(text: string): readonly Leak[] {
  if (!text.includes("@")) return [];
  const addresses = new Set([...text.matchAll(/[\w.+-]+@[\w-]+\.[\w.-]+/g)].map(([address]) => address));
  return [...addresses].map((address) => ({ words: address, what: "email address", of: address }));
}

interface Found {
  readonly leak: Leak;
  readonly times: number;
}

/** What of other partners stands in a text beside the recipient's own words, and how often. */
function strangersIn(tokens: readonly string[], index: LeakIndex, excuses: Excuses): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  const excused = excusedPlaces(tokens, excuses);
  for (let at = 0; at < tokens.length; at += 1) {
    let reached = index.next.get(tokens[at] ?? "");
    for (let step = at + 1; reached !== undefined; step += 1) {
      for (const { words, length, what, stranger } of reached.ends) {
        if (stranger.key === excuses.key || (excused.get(at) ?? 0) >= length) continue;
        const name = `${what} ${stranger.key}`;
        const times = (found.get(name)?.times ?? 0) + 1;
        found.set(name, { leak: { words, what, of: stranger.key }, times });
      }
      reached = reached.next.get(tokens[step] ?? "");
    }
  }
  return found;
}

/** For each place in a text, how many words from there on are the partner's own. */
function excusedPlaces(tokens: readonly string[], excuses: Excuses): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (const [at, token] of tokens.entries()) {
    const phrases = excuses.byFirst.get(token);
    if (phrases === undefined) continue;
    for (const phrase of phrases) {
      if (!standsAt(tokens, at, phrase)) continue;
      places.set(at, Math.max(places.get(at) ?? 0, phrase.length));
      const words = phrase.join(" ");
      // Inside its own name a partner may carry another's, wherever that begins.
      const isWhole = excuses.whole.has(words);
      // The number of a deal begins as its system has it, with `deal` perhaps, and that is no word about a partner called Deal.
      const isKey = excuses.keys.has(words);
      for (let step = 1; step < phrase.length; step += 1) {
        const length = isWhole ? phrase.length - step : isKey && keyWords.has(phrase[step] ?? "") ? 1 : 0;
        if (length > 0) places.set(at + step, Math.max(places.get(at + step) ?? 0, length));
      }
    }
  }
  return places;
}

function standsAt(tokens: readonly string[], at: number, phrase: readonly string[]): boolean {
  return phrase.every((token, step) => tokens[at + step] === token);
}

// Scripts that write no spaces between words give each sign by itself, so that a name is found inside a sentence.
const word =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]|[[\p{L}\p{N}]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]]+/gv;

/** The words of a text in lower case, without accents, signs and characters that nobody sees. */
function tokensOf(text: string): readonly string[] {
  if (/^\p{ASCII}*$/u.test(text)) return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return (
    text
      .normalize("NFKD")
      .replaceAll(/[\p{Cf}\p{M}]/gu, "")
      .toLowerCase()
      .match(word) ?? []
  );
}
