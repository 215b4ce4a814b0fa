import { type Alert, type AlertRule, alertThresholds, type Config } from "../../config/schema.ts";
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

/** What alerts about the running of it are found in. */
export interface AlertFacts {
  /** Null when no run is on record. */
  readonly status: StatusRecord | null;
  readonly restated: readonly Restated[];
}

/** One thing that a person should hear of, once. */
export interface Matter {
  /** The same for as long as it is the same thing, and never the same again. */
  readonly thing: string;
  readonly text: string;
  /** Who is to act on it, by name; null where nobody is named, and for what concerns the running of it. */
  readonly owner: string | null;
  /** The warehouse's key of the record it is about, `source:id`; for the running of it a run, a stream, a source or a quarter. */
  readonly record: string;
  /** What was held against the threshold; null where it cannot be said. */
  readonly value: number | null;
  /** Counted as `alertThresholds` says; null for a rule that has none. */
  readonly threshold: number | null;
}

/** The rules that are about the running of it, as against those about the program. */
export const operationRules = [
  "run_failed",
  "check_failed",
  "circuit_breaker",
  "source_stale",
  "restated_quarter",
] as const satisfies readonly AlertRule[];

/** A rule about the running of it. */
export type OperationRule = (typeof operationRules)[number];

/** Whether a rule is about the running of it. */
export const isOperation = (rule: AlertRule): rule is OperationRule => operationRules.some((known) => known === rule);

/** The threshold of an alert: its own, else the usual one, which may be a setting of the configuration. */
export function thresholdOf(alert: Alert, config: Config): number | null {
  if (alert.rule === "circuit_breaker") return null;
  const { usual } = alertThresholds[alert.rule];
  if (alert.threshold !== undefined) return alert.threshold;
  if (typeof usual === "number") return usual;
  return usual === "stale_days" ? config.stale_days : config.sla.decision_hours;
}

const isFailed = (run: RunRecord): boolean => run.exit_code !== exitCode.fine;
const dropped = /--accept-drop ([\w.-]+)/g;
const isDrop = (run: RunRecord): boolean => (run.error ?? "").search(dropped) !== -1;

/** What a rule about the running of it finds at a moment; nothing when all is well. */
export function findMatters(
  rule: OperationRule,
  threshold: number,
  config: Config,
  facts: AlertFacts,
  now: Date,
): readonly Matter[] {
  const zone = config.reporting.timezone;
  switch (rule) {
    case "run_failed":
      return streak(facts, zone, (run) => isFailed(run) && run.exit_code !== exitCode.check, threshold, "failed");
    case "check_failed":
      return streak(
        facts,
        zone,
        (run) => run.exit_code === exitCode.check && !isDrop(run),
        threshold,
        "ended at a check that failed",
      );
    case "circuit_breaker":
      return droppedStreams(facts);
    case "source_stale":
      return staleSources(config, facts, threshold, now);
    case "restated_quarter":
      return facts.restated
        .filter(({ amount }) => amount === null || Math.abs(amount) >= threshold)
        .map(({ key, message, amount }) => ({
          thing: `${key}: ${message}`,
          text: message,
          owner: null,
          record: key,
          value: amount === null ? null : Math.abs(amount),
          threshold,
        }));
  }
}

/** The latest runs of a kind without a break, oldest last; they are one thing, named after the first of them. */
function runsInARow(facts: AlertFacts, isKind: (run: RunRecord) => boolean): readonly RunRecord[] {
  const runs = facts.status?.runs ?? [];
  const end = runs.findIndex((run) => !isKind(run));
  return end === -1 ? runs : runs.slice(0, end);
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
  const published = facts.status?.published ?? null;
  const since = published === null ? "" : ` The site of ${formatMoment(new Date(published.ended_at), zone)} stays.`;
  return [
    {
      thing: runs.at(-1)?.started_at ?? latest.started_at,
      text: `${count} ${what}: ${latest.error ?? "no reason kept"}.${since}`,
      owner: null,
      record: latest.started_at,
      value: runs.length,
      threshold,
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
    ...(facts.status?.sources ?? []).flatMap(({ failing }) => failing.map(({ error }) => error)),
  ];
  const names = new Set(said.flatMap((text) => [...text.matchAll(dropped)].map((match) => match[1] ?? "")));
  return [...names].map((name) => {
    const own = said.slice(1).find((text) => [...text.matchAll(dropped)].some((match) => match[1] === name));
    return {
      thing: `${name} ${runs.at(-1)?.started_at}`,
      text: `${name} would have lost more than a fifth of its records at once, so nothing was taken away: ${own ?? latest.error}`,
      owner: null,
      record: name,
      value: null,
      threshold: null,
    };
  });
}

function staleSources(config: Config, facts: AlertFacts, hours: number, now: Date): readonly Matter[] {
  const { status } = facts;
  if (status === null) return [];
  return config.sources.flatMap(({ name }) => {
    const readAt = status.sources.find((item) => item.source === name)?.read_at ?? null;
    if (readAt !== null && now.getTime() - Date.parse(readAt) < hours * 3_600_000) return [];
    const at = readAt === null ? null : formatMoment(new Date(readAt), config.reporting.timezone);
    const since = at === null ? "was never read" : `was last read on ${at}`;
    return [
      {
        thing: `${name} ${readAt}`,
        text: `Source ${name} ${since}, and its part of the numbers is that old.`,
        owner: null,
        record: name,
        value: readAt === null ? null : Math.floor((now.getTime() - Date.parse(readAt)) / 3_600_000),
        threshold: hours,
      },
    ];
  });
}
