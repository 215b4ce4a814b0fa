import { createHash } from "node:crypto";
import { z } from "zod";
import type { StreamContext } from "./stream.ts";

/** The cursor of a stream of which only the changes are read: where they begin, and whether reading them is worth it. */
export interface Mark {
  /** Moment from which on changes are still to be read, ISO 8601. */
  readonly since: string;
  /** Start of the last reading of everything, ISO 8601. */
  readonly wholeAt: string;
  /** Requests that the last reading of everything took. */
  readonly pages: number;
  /** What was asked for then, as `fingerprint` makes it; another question needs everything again. */
  readonly asked: string;
}

/** `Mark` in words, for streams that have one. */
export const markWords = "moment of the last change seen, start and cost of the last reading of everything";

const markShape = z.object({
  since: z.iso.datetime(),
  wholeAt: z.iso.datetime(),
  pages: z.number().int(),
  asked: z.string(),
});

// What moves no date of change (a formula, a calculated property) is caught up with once a week.
const wholeEveryDays = 7;

const dayMs = 86_400_000;

/** The mark to read changes from, or undefined when everything is to be read: the first time, once a week, for another question. */
export function markOf(context: StreamContext, asked: string, everyDays: number = wholeEveryDays): Mark | undefined {
  const mark = markShape.safeParse(context.cursor).data;
  if (mark === undefined || mark.asked !== asked) return undefined;
  const age = context.startedAt.getTime() - Date.parse(mark.wholeAt);
  // The half day lets a refresh that is early keep to the same night.
  return age >= 0 && age < (everyDays - 0.5) * dayMs ? mark : undefined;
}

/** A short name for a question; two questions with one name are the same. */
export function fingerprint(...parts: readonly (string | readonly string[])[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

/**
 * Where the next reading of changes begins: at the latest change seen, but never after the pass itself began, since what
 * changed later may have been missed. The vendor's own times are taken, so a clock of ours that is ahead loses nothing.
 */
export function sinceOf(began: Date, latest: string | undefined): string {
  const seen = latest === undefined ? Number.NaN : momentOf(latest);
  return new Date(Number.isNaN(seen) ? began.getTime() : Math.min(began.getTime(), seen)).toISOString();
}

/** A vendor's time in milliseconds since 1970, Salesforce's zone without a colon too; NaN for what is no time. */
export function momentOf(text: string): number {
  return Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
}

/** The later of two times of one vendor, as text. */
export function later(first: string | undefined, second: string | null | undefined): string | undefined {
  if (second === null || second === undefined) return first;
  return first === undefined || second > first ? second : first;
}

/** A moment moved back, ISO 8601: what a vendor shows late is read again rather than missed. */
export function back(since: string, milliseconds: number): string {
  return new Date(Date.parse(since) - milliseconds).toISOString();
}

/** Those of the ids that the log has as living in a stream, whose records have theirs at the path `id`. */
export async function livingAmong(
  context: StreamContext,
  stream: string,
  id: string,
  ids: ReadonlySet<string>,
): Promise<readonly string[]> {
  if (ids.size === 0) return [];
  const found: string[] = [];
  for await (const rows of context.landed({ stream, paths: [id] })) {
    for (const [living] of rows) if (typeof living === "string" && ids.has(living)) found.push(living);
  }
  return found;
}
