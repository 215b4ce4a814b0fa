import { createHash } from "node:crypto";

/** One picture of README: a page of the demo's site as it first shows. */
export interface Picture {
  /** Below `docs/`. */
  readonly file: string;
  /** The page, from the site's root. */
  readonly page: string;
  readonly theme: "light" | "dark";
}

/** The pictures of README. `npm run screenshots` takes them. */
export const pictures: readonly Picture[] = Object.freeze([
  { file: "overview-light.png", page: "index.html", theme: "light" },
  { file: "sourced-vs-influenced-dark.png", page: "sourced-vs-influenced.html", theme: "dark" },
]);

/** Where the fingerprints of the pages stand, below `docs/`. */
export const fingerprints = "screenshots.json";

const read = Object.freeze({
  menu: /<li><a data-carry href="[^"]*"[^>]*>([^<]*)/g,
  question: /<p class="question">([^<]*)/g,
  filters: /<label>([^<]*)<select/g,
  cards: /<h3><a [^>]*>([^<]*)<\/a>/g,
  columns: /<th scope="col"[^>]*>(?:<button[^>]*>)?([^<]*)/g,
  sections: /<(section class="section"|figure)/g,
});

/**
 * What a page is made of, whatever company it is drawn for: its menu, question, filters, cards, columns and sections, without
 * their figures. A picture of a page with another fingerprint shows what the page no longer is.
 */
export function fingerprintOf(html: string): string {
  const main = html.replaceAll(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, "");
  const parts = Object.entries(read).map(([name, pattern]) => [
    name,
    [...main.matchAll(pattern)].map(([, words = ""]) =>
      words
        .replaceAll(/Q\d FY\d\d( so far)?/g, "quarter")
        .replaceAll(/\d+/g, "n")
        .trim(),
    ),
  ]);
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}
