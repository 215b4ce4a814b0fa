import { UserError } from "../errors.ts";
import type { Answer, TransportEffects } from "./transport.ts";

/** Something that is not as a refresh needs it, and what to do about it. */
export interface Problem {
  readonly found: string;
  readonly fix: string;
}

/** What small requests to a source found, for `doctor`: facts in words, the account it leads to first. */
export interface Probe {
  readonly source: string;
  readonly found: readonly string[];
  /** What a person has to mend before a refresh goes well; left out when there is nothing. */
  readonly problems?: readonly Problem[];
  /** For a file drop: what each column of each file is taken for. */
  readonly columns?: readonly FoundColumn[];
}

/** A column of a file, or a column of ours that a file lacks. */
export interface FoundColumn {
  readonly entity: string;
  readonly file: string;
  /** Our column; null for one of the file's that gives nothing. */
  readonly column: string | null;
  /** The file's column; null when there is none. */
  readonly foundAs: string | null;
  /** What the configuration puts in where the file has nothing. */
  readonly value: string | null;
  /** `absent` is named in the configuration and not in the file; `missing` is optional and not there. */
  readonly state: "mapped" | "ignored" | "absent" | "missing";
  /** How it is written, where the configuration says so. */
  readonly format: string | null;
  /** The column of ours that an ignored one, or the file's that an absent one, was probably meant to be. */
  readonly nearest: string | null;
}

/** How often a look asks: whoever waits for it wants to know now, and a refresh is the patient one. */
export const probeAttempts = 2;

/**
 * Takes several looks in turn. What a person can mend is collected instead of thrown, so that all of it is told at once;
 * problems that one thing mends are one.
 */
export async function lookAround(
  looks: readonly (() => Promise<readonly string[]>)[],
): Promise<{ readonly found: readonly string[]; readonly problems: readonly Problem[] }> {
  const found: string[] = [];
  const problems: Problem[] = [];
  for (const look of looks) {
    try {
      found.push(...(await look()));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (problems.some((problem) => problem.fix === error.fix)) continue;
      problems.push({ found: `${error.where}: ${error.found}`, fix: error.fix });
    }
  }
  return { found, problems };
}

/** Minutes that this machine's clock may differ from a vendor's; readings of changes look back farther than that. */
const mostSkewMinutes = 5;

/** Throws `UserError` when this machine's clock is far from the one that an answer was sent by. */
export function checkClock(source: string, answer: Answer, effects: TransportEffects): readonly string[] {
  const theirs = Date.parse(answer.headers.date ?? "");
  if (Number.isNaN(theirs) || effects.isPinned === true) return [];
  const minutes = Math.round((effects.now() - theirs) / 60_000);
  if (Math.abs(minutes) <= mostSkewMinutes) return ["the clocks agree"];
  throw new UserError({
    where: `source ${source}, clock`,
    found: `this machine's clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? "ahead of" : "behind"} the vendor's`,
    fix: "set the clock of this machine by a time server, as with `timedatectl set-ntp true`",
  });
}

/** Throws `UserError` when a refresh would find the day's share of requests used up. */
export function checkQuota(
  source: string,
  quota: { readonly used: number; readonly limit: number } | undefined,
  share: number,
): readonly string[] {
  if (quota === undefined) return [];
  const words = (count: number): string => count.toLocaleString("en-US");
  if (quota.used < (quota.limit * share) / 100) {
    return [`${words(quota.used)} of ${words(quota.limit)} requests of the day used`];
  }
  throw new UserError({
    where: `source ${source}, daily requests`,
    found: `${words(quota.used)} of ${words(quota.limit)} requests of the day are used, and a refresh stops at ${share} %`,
    fix: `wait until the vendor's day is over, find what else uses them up, or set daily_share of ${source} above ${share}`,
  });
}
