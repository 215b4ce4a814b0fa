import type { Alert, Config } from "../../config/schema.ts";
import { exitCode } from "../../errors.ts";
import { formatMoment } from "../../metrics/format.ts";
import type { RunRecord, StatusRecord } from "../status.ts";

/** A frozen quarter that is no longer what was presented, as the published build found it. */
export interface Restated {
  readonly key: string;
  readonly message: string;
  /** How much moved, in major units of the reporting currency; null where that cannot be said. */
  readonly amount: number | null;
}

/** What alerts are found in. */
export interface AlertFacts {
  readonly status: StatusRecord;
  readonly restated: readonly Restated[];
}

/** One thing that a person should hear of, once. */
export interface Matter {
  /** The same for as long as it is the same thing, and never the same again. */
  readonly thing: string;
  readonly text: string;
}

const isFailed = (run: RunRecord): boolean => run.exit_code !== exitCode.fine;
const dropped = /--accept-drop ([\w.-]+)/g;
const isDrop = (run: RunRecord): boolean => (run.error ?? "").search(dropped) !== -1;

/** What a rule finds at a moment; nothing when all is well. */
export function findMatters(alert: Alert, config: Config, facts: AlertFacts, now: Date): readonly Matter[] {
  const zone = config.reporting.timezone;
  switch (alert.rule) {
    case "run_failed":
      return streak(
        facts,
        zone,
        (run) => isFailed(run) && run.exit_code !== exitCode.check,
        alert.threshold ?? 1,
        "failed",
      );
    case "check_failed":
      return streak(
        facts,
        zone,
        (run) => run.exit_code === exitCode.check && !isDrop(run),
        alert.threshold ?? 1,
        "ended at a check that failed",
      );
    case "circuit_breaker":
      return droppedStreams(facts);
    case "source_stale":
      return staleSources(config, facts, alert.threshold ?? 48, now);
    case "restated_quarter":
      return facts.restated
        .filter(({ amount }) => amount === null || Math.abs(amount) >= (alert.threshold ?? 0))
        .map(({ key, message }) => ({ thing: `${key}: ${message}`, text: message }));
  }
}

/** The latest runs of a kind without a break, oldest last; they are one thing, named after the first of them. */
function runsInARow(facts: AlertFacts, isKind: (run: RunRecord) => boolean): readonly RunRecord[] {
  const end = facts.status.runs.findIndex((run) => !isKind(run));
  return end === -1 ? facts.status.runs : facts.status.runs.slice(0, end);
}

function streak(
  facts: AlertFacts,
  zone: string,
  isKind: (run: RunRecord) => boolean,
  threshold: number,
  what: string,
): readonly Matter[] {
  const runs = runsInARow(facts, isKind);
  const [latest] = runs;
  if (latest === undefined || runs.length < threshold) return [];
  const count = runs.length === 1 ? "The last run" : `The last ${runs.length} runs`;
  const { published } = facts.status;
  const since = published === null ? "" : ` The site of ${formatMoment(new Date(published.ended_at), zone)} stays.`;
  return [
    {
      thing: runs.at(-1)?.started_at ?? latest.started_at,
      text: `${count} ${what}: ${latest.error ?? "no reason kept"}.${since}`,
    },
  ];
}

function droppedStreams(facts: AlertFacts): readonly Matter[] {
  const runs = runsInARow(facts, (run) => isFailed(run) && isDrop(run));
  const [latest] = runs;
  if (latest === undefined) return [];
  // A run keeps the beginning of what went wrong; each stream that failed keeps its own.
  const said = [
    latest.error ?? "",
    ...facts.status.sources.flatMap(({ failing }) => failing.map(({ error }) => error)),
  ];
  const names = new Set(said.flatMap((text) => [...text.matchAll(dropped)].map((match) => match[1] ?? "")));
  return [...names].map((name) => {
    const own = said.slice(1).find((text) => [...text.matchAll(dropped)].some((match) => match[1] === name));
    return {
      thing: `${name} ${runs.at(-1)?.started_at}`,
      text: `${name} would have lost more than a fifth of its records at once, so nothing was taken away: ${own ?? latest.error}`,
    };
  });
}

function staleSources(config: Config, facts: AlertFacts, hours: number, now: Date): readonly Matter[] {
  return config.sources.flatMap(({ name }) => {
    const readAt = facts.status.sources.find((item) => item.source === name)?.read_at ?? null;
    if (readAt !== null && now.getTime() - Date.parse(readAt) < hours * 3_600_000) return [];
    const at = readAt === null ? null : formatMoment(new Date(readAt), config.reporting.timezone);
    const since = at === null ? "was never read" : `was last read on ${at}`;
    return [{ thing: `${name} ${readAt}`, text: `Source ${name} ${since}, and its part of the numbers is that old.` }];
  });
}
