import { UserError } from "../../errors.ts";
import { allMetrics, findMetric, idsOf } from "../../metrics/registry.ts";
import { suggest } from "../../nearest.ts";

/** An action of the last review and whether it is done. */
export interface Action {
  readonly text: string;
  readonly isDone: boolean;
}

/** The commentary of one quarter, from its Markdown file. */
export interface Notes {
  /** The metrics of the rows, in order, where the file names them. */
  readonly rows: readonly string[];
  /** Why a metric stands where it does, and who answers for it, by metric id. */
  readonly because: ReadonlyMap<string, { readonly text: string; readonly owner: string | null }>;
  readonly lastActions: readonly Action[];
  readonly decisions: readonly string[];
  readonly nextActions: readonly string[];
}

/** A quarter without a file. */
export const noNotes: Notes = Object.freeze({
  rows: [],
  because: new Map(),
  lastActions: [],
  decisions: [],
  nextActions: [],
});

/** The commentary of a quarter as the site shows it. */
export interface Commentary {
  readonly notes: Notes;
  /** Why the file could not be read, in one line; the page says it in place of the commentary. */
  readonly problem: string | null;
}

/** Finds the commentary of a quarter. */
export type ReadCommentary = (period: string) => Promise<Commentary>;

/** Where no file is looked for. */
export const noCommentary: ReadCommentary = async () => ({ notes: noNotes, problem: null });

const headings = ["rows", "because", "last review's actions", "decisions asked", "new actions"] as const;
type Heading = (typeof headings)[number];

/** How many rows a scorecard has. */
export const rowsShown = 8;
// What does not fit two printed pages is refused rather than cut.
const mostItems = 8;
const longestItem = 140;

/**
 * Reads the commentary: second-level headings, each with a list. `Rows` names up to eight metric ids, `Because` has
 * `metric_id (owner): sentence`, `Last review's actions` has `[x]` for what is done, then `Decisions asked` and `New actions`.
 * Text outside the lists, and what stands before the first of these headings, is for the file's own readers.
 * Throws UserError (exit 2) with file and line on a heading, a metric or a length that is not right.
 */
export function parseNotes(text: string, file: string): Notes {
  const items = readItems(text, file);
  const of = (heading: Heading): readonly Item[] => items.filter((item) => item.heading === heading);
  for (const heading of headings) {
    const tooMany = of(heading)[mostItems];
    if (tooMany !== undefined) {
      throw refusal(
        file,
        tooMany.line,
        `"${heading}" has more than ${mostItems} items`,
        "two pages hold no more; drop or join some",
      );
    }
  }
  const because = of("because").map((item) => {
    const match = /^`?([a-z0-9_.]+)`?\s*(?:\(([^)]*)\))?\s*:\s*(.+)$/i.exec(item.text);
    if (match?.[1] === undefined || match[3] === undefined) {
      throw refusal(
        file,
        item.line,
        `"${item.text}" names no metric`,
        "write `- sourced_bookings (owner): why it stands there`",
      );
    }
    return [metricId(match[1], file, item.line), { text: match[3], owner: match[2] ?? null }] as const;
  });
  return Object.freeze({
    rows: of("rows").map((item) => metricId(item.text.replaceAll("`", ""), file, item.line)),
    because: new Map(because),
    lastActions: of("last review's actions").map((item) =>
      Object.freeze({ text: item.text.replace(/^\[[ x]\]\s*/i, ""), isDone: /^\[x\]/i.test(item.text) }),
    ),
    decisions: of("decisions asked").map((item) => item.text),
    nextActions: of("new actions").map((item) => item.text),
  });
}

interface Item {
  readonly heading: Heading;
  readonly text: string;
  readonly line: number;
}

function readItems(text: string, file: string): readonly Item[] {
  const items: Item[] = [];
  let heading: Heading | null = null;
  for (const [index, written] of text.replaceAll("\u2019", "'").split(/\r?\n/).entries()) {
    const title = /^##\s+(.*?)\s*$/.exec(written)?.[1];
    if (title !== undefined) {
      heading = headings.find((known) => known === title.toLowerCase()) ?? null;
      if (heading === null) {
        throw refusal(file, index + 1, `the heading "${title}" is not known`, suggest(title.toLowerCase(), headings));
      }
      continue;
    }
    const item = /^\s*[-*]\s+(.*?)\s*$/.exec(written)?.[1];
    if (heading === null || item === undefined || item === "") continue;
    if (item.length > longestItem) {
      throw refusal(
        file,
        index + 1,
        `this item has ${item.length} characters`,
        `say it in ${longestItem}, so that two pages hold everything`,
      );
    }
    items.push({ heading, text: item, line: index + 1 });
  }
  return items;
}

function metricId(id: string, file: string, line: number): string {
  const found = findMetric(id);
  if (found?.periods.includes("quarter") === true) return id;
  throw refusal(
    file,
    line,
    found === undefined ? `there is no metric "${id}"` : `"${id}" has no value for a quarter`,
    suggest(
      id,
      idsOf(allMetrics()).filter((known) => findMetric(known)?.periods.includes("quarter") === true),
    ),
  );
}

function refusal(file: string, line: number, found: string, fix: string): UserError {
  return new UserError({ where: `${file}:${line}`, found, fix });
}
