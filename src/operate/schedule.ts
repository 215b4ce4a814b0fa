import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { Effects } from "../effects.ts";
import { type ExitCode, exitCode, messageOf } from "../errors.ts";
import { formatMoment } from "../metrics/format.ts";
import { readCron } from "./cron.ts";

/** The time a schedule lives by; pinned in tests. */
export interface ScheduleClock {
  readonly now: () => Date;
  /** Comes back after so many milliseconds, or at once when the signal says so. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** What a schedule lets others see of it. */
export interface Heartbeat {
  readonly at: Date;
  readonly next: Date | null;
  /** When the run under way began; null between runs. */
  readonly runningSince: Date | null;
}

export interface ScheduleOptions {
  /** Cron line of five fields. */
  readonly line: string;
  /** Zone the line is read in. */
  readonly timezone: string;
  readonly clock: ScheduleClock;
  /** When a run last began, by whomever; null when there was none, and then the first one begins at once. */
  readonly lastRunAt: Date | null;
  /** One run, in a process of its own that the signal ends; returns its exit code, or the signal that ended it. */
  readonly run: (signal: AbortSignal) => Promise<number | NodeJS.Signals>;
  /** Keeps a run that could not keep its own record, with the reason. */
  readonly record: (startedAt: Date, error: string) => Promise<void>;
  /** How long a run may take, in minutes. */
  readonly limitMinutes: number;
  readonly tell: (line: string) => void;
  readonly beat: (heartbeat: Heartbeat) => Promise<void>;
  /** Takes the heartbeat away, so that whoever looks at its age hears of the end at once. */
  readonly fallSilent: () => Promise<void>;
  /** Ends the schedule when aborted; a run under way is finished first. */
  readonly signal: AbortSignal;
  /** Ends the run under way too. */
  readonly hurry?: AbortSignal;
}

// A machine that slept does not move timers on, so the clock is looked at once a minute.
const lookMs = 60_000;
// A look that comes this much too late was kept from coming by a machine that slept or was off.
const lateMs = 2 * lookMs;
// A clock that was set back by more than this showed a wrong time before; less than that is time being kept, and repeats nothing.
const setBackMs = 60 * lookMs;

/**
 * Runs `run` on a cron line in a zone, one at a time, until the signal. Times that were missed, because the machine slept or was
 * off, are made up for by one run; times that pass during a run are left out. A clock that is set back is followed, so that a time
 * that was wrong once keeps no run waiting. A run that takes longer than its limit is ended.
 * Throws UserError (exit 2) on a bad line.
 */
export async function runSchedule(options: ScheduleOptions): Promise<void> {
  const { clock, tell, signal } = options;
  const line = readCron(options.line, options.timezone);
  const say = (moment: Date | undefined): string =>
    moment === undefined ? "no time in eight years" : formatMoment(moment, options.timezone);
  /** Up to here every due time has been seen to. */
  let seen = options.lastRunAt ?? clock.now();
  let isFirst = options.lastRunAt === null;
  tell(
    `refreshing on "${options.line}"; next at ${isFirst ? "once, as there is no site yet" : say(line.after(clock.now()))}`,
  );

  let isRunning = false;
  const whileRunning = (words: string): { readonly handleEvent: () => void } => ({
    handleEvent: () => {
      if (isRunning) tell(words);
    },
  });
  const once = { once: true };
  signal.addEventListener("abort", whileRunning("ending after the run under way; asked again, ending that too"), once);
  options.hurry?.addEventListener("abort", whileRunning("ending the run under way; what it has read is kept"), once);

  let due = line.after(seen);
  while (!signal.aborted) {
    const now = clock.now();
    if (seen.getTime() - now.getTime() > setBackMs) {
      tell(`the clock was set back: the last run is of ${say(seen)}, and it is ${say(now)}`);
      seen = now;
      due = line.after(seen);
    }
    if (!isFirst && (due === undefined || due > now)) {
      await options.beat({ at: now, next: due ?? null, runningSince: null });
      await clock.wait(due === undefined ? lookMs : Math.min(lookMs, due.getTime() - now.getTime()), signal);
      continue;
    }
    if (!isFirst && due !== undefined && now.getTime() - due.getTime() > lateMs) {
      const missed = line.between(seen, now);
      tell(
        `${missed} ${missed === 1 ? "time was" : "times were"} missed since ${say(due)}; one run makes up for ${missed === 1 ? "it" : "them"}`,
      );
    }
    isFirst = false;
    await options.beat({ at: now, next: line.after(now) ?? null, runningSince: now });
    isRunning = true;
    const outcome = await runOnce(options, now, () => line.after(clock.now()) ?? null);
    isRunning = false;
    tell(outcomeLine(outcome));
    if (typeof outcome === "string") await options.record(now, outcome);
    const ended = clock.now();
    const passed = line.between(now, ended);
    if (passed > 0)
      tell(
        `${passed} due ${passed === 1 ? "time" : "times"} passed during the run and ${passed === 1 ? "is" : "are"} left out`,
      );
    seen = ended;
    due = line.after(seen);
    if (!signal.aborted) tell(`next at ${say(due)}`);
  }
  await options.fallSilent();
  tell("the schedule has ended");
}

/** One run within its limit, with a heartbeat each minute; returns its exit code, or why it has none. */
async function runOnce(options: ScheduleOptions, startedAt: Date, next: () => Date | null): Promise<number | string> {
  const { clock, limitMinutes, hurry } = options;
  const over = new AbortController();
  const stop = new AbortController();
  if (hurry?.aborted === true) stop.abort();
  hurry?.addEventListener("abort", () => stop.abort(), { once: true });
  let isTooLong = false;
  const running = options
    .run(stop.signal)
    .catch((error: unknown) => new Error(messageOf(error)))
    .finally(() => over.abort());
  const limit = startedAt.getTime() + limitMinutes * 60_000;
  while (!over.signal.aborted) {
    const now = clock.now();
    if (now.getTime() >= limit && !stop.signal.aborted) {
      isTooLong = true;
      stop.abort();
    }
    await options.beat({ at: now, next: next(), runningSince: startedAt });
    await clock.wait(lookMs, over.signal);
  }
  const outcome = await running;
  if (isTooLong) return `the refresh took longer than ${limitMinutes} minutes (run_limit_minutes) and was ended`;
  if (outcome instanceof Error) return `the refresh could not be started: ${outcome.message}`;
  if (typeof outcome === "number") return outcome;
  return `the refresh was ended by ${outcome} before it was done`;
}

const outcomeWords: Readonly<Record<ExitCode, string>> = Object.freeze({
  [exitCode.fine]: "the refresh is published",
  [exitCode.defect]: "the refresh failed by a defect of ours; the last good site stays",
  [exitCode.usage]: "the refresh failed by its configuration; the last good site stays",
  [exitCode.source]: "a source failed; the last good site stays",
  [exitCode.check]: "a check failed; the last good site stays",
  [exitCode.busy]: "another refresh is running, so this time is left to it",
});

function outcomeLine(outcome: number | string): string {
  if (typeof outcome === "string") return `${outcome}; the last good site stays`;
  const known = Object.values(exitCode).find((code) => code === outcome);
  return known === undefined ? `the refresh ended with code ${outcome}` : outcomeWords[known];
}

/** How a schedule is asked to end: once lets the run under way finish, again ends that too; what it read so far is kept. */
export interface Ending {
  readonly ask: () => void;
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
}

// A signal to a group of processes reaches this one twice, by itself and handed on by the one that started it.
const onceMs = 1000;

/** What a schedule is asked to end by. */
export function endingAt(now: () => Date): Ending {
  const stop = new AbortController();
  const hurry = new AbortController();
  let askedAt = 0;
  return Object.freeze({
    ask: () => {
      const at = now().getTime();
      if (!stop.signal.aborted) askedAt = at;
      else if (at - askedAt > onceMs) hurry.abort();
      stop.abort();
    },
    stop: stop.signal,
    hurry: hurry.signal,
  });
}

/** Waits in real time; comes back at once when the signal says so. */
export async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

// A refresh that is asked to end and does not within this time is ended all the same; nothing it wrote is lost.
const patienceMs = 10_000;

/**
 * A refresh in a process of its own, so that it can be ended and leaves no memory behind; what it tells goes where the
 * schedule's words go. Returns its exit code, or the signal that ended it.
 */
export async function refreshApart(
  config: string,
  effects: Effects,
  signal: AbortSignal,
): Promise<number | NodeJS.Signals> {
  const program = path.join(import.meta.dirname, "..", `bin${path.extname(import.meta.filename)}`);
  const child = spawn(process.execPath, [program, "refresh", "--config", config], {
    cwd: effects.cwd,
    stdio: ["ignore", "ignore", "pipe"],
    // A signal to the schedule from its terminal is the schedule's to act on.
    detached: true,
  });
  createInterface({ input: child.stderr }).on("line", (line) => effects.stderr.write(`${line}\n`));
  const end = (): void => {
    child.kill("SIGTERM");
    const timer = globalThis.setTimeout(() => child.kill("SIGKILL"), patienceMs);
    child.once("exit", () => clearTimeout(timer));
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return await new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, ended) => resolve(ended ?? code ?? exitCode.defect));
  });
}
