import { spawn } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { readCron } from "../../src/operate/cron.ts";
import { endingAt, type Heartbeat, runSchedule } from "../../src/operate/schedule.ts";
import { makePlace } from "../support/cli.ts";

const newYork = "America/New_York";

/** The moments a line is due at, from one on, as UTC. */
function dueTimes(line: string, zone: string, from: string, count: number): string[] {
  const cron = readCron(line, zone);
  const found: string[] = [];
  let moment = new Date(from);
  for (let place = 0; place < count; place += 1) {
    moment = cron.after(moment) ?? new Date(Number.NaN);
    found.push(moment.toISOString().slice(0, 16));
  }
  return found;
}

describe("a cron line in a zone", () => {
  test("in the night that has no 02:15 it is due an hour later, once", () => {
    // Clocks go from 01:59 EST to 03:00 EDT on 8 March 2026; 02:15 EST would have been 07:15 UTC.
    expect(dueTimes("15 2 * * *", newYork, "2026-03-07T00:00:00Z", 3)).toEqual([
      "2026-03-07T07:15",
      "2026-03-08T07:15",
      "2026-03-09T06:15",
    ]);
    // Lord Howe moves by half an hour: 02:15 becomes 02:45, which is 15:45 UTC of the day before.
    expect(dueTimes("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 1)).toEqual(["2026-10-03T15:45"]);
  });

  test("in the night that has 01:30 twice it is due the first time only", () => {
    expect(dueTimes("30 1 * * *", newYork, "2026-10-31T06:00:00Z", 2)).toEqual([
      "2026-11-01T05:30",
      "2026-11-02T06:30",
    ]);
  });

  test("for every hour it follows real hours, through both changes", () => {
    expect(dueTimes("30 * * * *", newYork, "2026-11-01T05:00:00Z", 3)).toEqual([
      "2026-11-01T05:30",
      "2026-11-01T06:30",
      "2026-11-01T07:30",
    ]);
    expect(dueTimes("30 * * * *", newYork, "2026-03-08T06:00:00Z", 2)).toEqual([
      "2026-03-08T06:30",
      "2026-03-08T07:30",
    ]);
  });

  test("knows leap days and weekdays, and says no to six fields", () => {
    expect(dueTimes("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 2)).toEqual(["2028-02-29T00:00", "2032-02-29T00:00"]);
    // 2 October 2026 is a Friday.
    expect(dueTimes("0 9 * * 1-5", "UTC", "2026-10-02T09:00:00Z", 1)).toEqual(["2026-10-05T09:00"]);
    expect(readCron("15 2 * * *", newYork).between(new Date("2026-01-01T00:00Z"), new Date("2027-01-01T00:00Z"))).toBe(
      365,
    );
    // A day of the month and a weekday are two ways to be due, as cron has it: 1 October 2026 is a Thursday, the Mondays are 5 and 12.
    expect(dueTimes("0 9 1,2 * 1", "UTC", "2026-09-29T09:00:00Z", 4)).toEqual([
      "2026-10-01T09:00",
      "2026-10-02T09:00",
      "2026-10-05T09:00",
      "2026-10-12T09:00",
    ]);
    expect(() => readCron("* * * * * *", "UTC")).toThrow('"* * * * * *" is not a cron line');
    expect(() => readCron("every night", "UTC")).toThrow("give five fields");
  });
});

/** A schedule on a clock of its own: each run takes so many minutes, and the machine may sleep before a look. */
async function simulate(options: {
  readonly line: string;
  readonly from: string;
  readonly until: string;
  readonly lastRunAt?: string | null;
  readonly limitMinutes?: number;
  readonly runMinutes?: (run: number) => number;
  readonly code?: (run: number) => number;
  /** Moment at which the machine falls asleep, and for how many minutes. */
  readonly sleep?: readonly [at: string, minutes: number];
}) {
  let now = Date.parse(options.from);
  const until = Date.parse(options.until);
  const stop = new AbortController();
  const told: string[] = [];
  const began: string[] = [];
  const beats: Heartbeat[] = [];
  const recorded: string[] = [];
  const ended = new Set<number>();
  let isAsleep = options.sleep === undefined;
  let atOnce = 0;
  let most = 0;
  let finish: (() => void) | undefined;
  let finishAt = Number.POSITIVE_INFINITY;
  await runSchedule({
    line: options.line,
    timezone: newYork,
    clock: {
      now: () => new Date(now),
      wait: async (milliseconds, signal) => {
        if (signal.aborted) return;
        now = Math.min(now + milliseconds, finishAt);
        if (!isAsleep && options.sleep !== undefined && now >= Date.parse(options.sleep[0])) {
          isAsleep = true;
          now += options.sleep[1] * 60_000;
        }
        if (now >= finishAt) {
          finishAt = Number.POSITIVE_INFINITY;
          finish?.();
          // The run's end is told a few turns later.
          await vi.waitUntil(() => signal.aborted, { interval: 0 });
        }
        if (now >= until) stop.abort();
      },
    },
    lastRunAt: options.lastRunAt === null ? null : new Date(options.lastRunAt ?? options.from),
    limitMinutes: options.limitMinutes ?? 360,
    run: async (signal) => {
      began.push(new Date(now).toISOString().slice(0, 16));
      const place = began.length;
      atOnce += 1;
      most = Math.max(most, atOnce);
      const minutes = options.runMinutes?.(place) ?? 0;
      if (minutes > 0) {
        finishAt = now + minutes * 60_000;
        await new Promise<void>((resolve) => {
          finish = resolve;
          signal.addEventListener("abort", () => {
            ended.add(place);
            finishAt = Number.POSITIVE_INFINITY;
            resolve();
          });
        });
      }
      atOnce -= 1;
      return options.code?.(place) ?? 0;
    },
    record: async (startedAt, error) => {
      recorded.push(`${startedAt.toISOString().slice(0, 16)} ${error}`);
    },
    tell: (line) => told.push(line),
    beat: async (heartbeat) => {
      beats.push(heartbeat);
    },
    fallSilent: async () => undefined,
    signal: stop.signal,
  });
  return { began, told, beats, most, ended, recorded };
}

describe("the schedule", () => {
  test("runs once each night of a year, says when next, and gives a sign each minute", async () => {
    const { began, told, beats } = await simulate({
      line: "15 2 * * *",
      from: "2026-02-01T12:00:00Z",
      until: "2026-12-01T12:00:00Z",
    });
    // 28 − 1 days of February after the first, and so on to 1 December: 303 nights.
    expect(began.length).toBe(303);
    expect(new Set(began.map((moment) => moment.slice(0, 10))).size).toBe(303);
    expect(told[0]).toBe('refreshing on "15 2 * * *"; next at 2 Feb 2026, 02:15 America/New_York');
    const gaps = beats.map((beat, place) => beat.at.getTime() - (beats[place - 1]?.at.getTime() ?? beat.at.getTime()));
    expect(gaps.filter((gap) => gap > 60_000)).toEqual([]);
  });

  test("makes up for three nights asleep, and for a time when the machine was off, with one run each", async () => {
    const asleep = await simulate({
      line: "15 2 * * *",
      from: "2026-06-01T12:00:00Z",
      until: "2026-06-07T12:00:00Z",
      sleep: ["2026-06-02T12:00:00Z", 3 * 24 * 60],
    });
    expect(asleep.began).toEqual(["2026-06-02T06:15", "2026-06-05T12:00", "2026-06-06T06:15", "2026-06-07T06:15"]);
    expect(asleep.told).toContain(
      "3 times were missed since 3 Jun 2026, 02:15 America/New_York; one run makes up for them",
    );
    const off = await simulate({
      line: "15 2 * * *",
      from: "2026-06-04T12:00:00Z",
      until: "2026-06-04T13:00:00Z",
      lastRunAt: "2026-06-01T06:15:00Z",
    });
    expect(off.began).toEqual(["2026-06-04T12:00"]);
    const first = await simulate({
      line: "15 2 * * *",
      from: "2026-06-04T12:00:00Z",
      until: "2026-06-04T13:00:00Z",
      lastRunAt: null,
    });
    expect(first.began).toEqual(["2026-06-04T12:00"]);
  });

  test("a clock that once showed years too late keeps no run waiting once it is right, and one set back by minutes repeats none", async () => {
    // The last run is on record as of 2036; the clock is right again.
    const { began, told } = await simulate({
      line: "15 2 * * *",
      from: "2026-06-01T12:00:00Z",
      until: "2026-06-03T12:00:00Z",
      lastRunAt: "2036-01-01T07:15:00Z",
    });
    expect(began).toEqual(["2026-06-02T06:15", "2026-06-03T06:15"]);
    expect(told).toContain(
      "the clock was set back: the last run is of 1 Jan 2036, 02:15 America/New_York, and it is 1 Jun 2026, 08:00 America/New_York",
    );
    const minutes = await simulate({
      line: "15 2 * * *",
      from: "2026-06-02T06:10:00Z",
      until: "2026-06-02T12:00:00Z",
      lastRunAt: "2026-06-02T06:15:00Z",
    });
    expect(minutes.began).toEqual([]);
  });

  test("a run longer than its interval leaves times out and never has another one beside it", async () => {
    const { began, told, most, beats } = await simulate({
      line: "*/10 * * * *",
      from: "2026-06-01T11:55:00Z",
      until: "2026-06-01T13:00:00Z",
      runMinutes: (run) => (run === 1 ? 25 : 1),
    });
    // Begun at 12:00 it ends at 12:25; 12:10 and 12:20 have passed.
    expect(began).toEqual(["2026-06-01T12:00", "2026-06-01T12:30", "2026-06-01T12:40", "2026-06-01T12:50"]);
    expect(told).toContain("2 due times passed during the run and are left out");
    expect(told.at(-1)).toBe("the schedule has ended");
    expect(most).toBe(1);
    expect(beats.filter((beat) => beat.runningSince !== null).length).toBeGreaterThan(20);
  });

  test("asked to end during a run it says that it waits for it", async () => {
    const { told } = await simulate({
      line: "0 * * * *",
      from: "2026-06-01T11:55:00Z",
      until: "2026-06-01T12:10:00Z",
      runMinutes: () => 30,
    });
    expect(told.slice(-3)).toEqual([
      "ending after the run under way; asked again, ending that too",
      "the refresh is published",
      "the schedule has ended",
    ]);
  });

  test("ends a run that takes longer than its limit, tells of one that failed, and goes on", async () => {
    const { told, ended, began, recorded } = await simulate({
      line: "0 * * * *",
      from: "2026-06-01T11:30:00Z",
      until: "2026-06-01T15:30:00Z",
      limitMinutes: 45,
      runMinutes: (run) => (run === 2 ? 10_000 : 1),
      code: (run) => (run === 1 ? 3 : run === 3 ? 75 : 0),
    });
    expect(began.length).toBe(4);
    expect([...ended]).toEqual([2]);
    expect(told).toContain("a source failed; the last good site stays");
    expect(told).toContain(
      "the refresh took longer than 45 minutes (run_limit_minutes) and was ended; the last good site stays",
    );
    // The other runs kept their own record.
    expect(recorded).toEqual([
      "2026-06-01T13:00 the refresh took longer than 45 minutes (run_limit_minutes) and was ended",
    ]);
    expect(told).toContain("another refresh is running, so this time is left to it");
    expect(told).toContain("the refresh is published");
  });

  test("a signal that comes twice at once, as to a group of processes, lets the run finish; one that comes later ends it", () => {
    let at = Date.parse("2026-10-05T06:00:00Z");
    const ending = endingAt(() => new Date(at));
    ending.ask();
    at += 40;
    ending.ask();
    expect([ending.stop.aborted, ending.hurry.aborted]).toEqual([true, false]);
    at += 2000;
    ending.ask();
    expect(ending.hurry.aborted).toBe(true);
  });

  test("as a process: runs at once where there is no site, tells how it went, is seen by status, and ends on SIGTERM with 0", async () => {
    const here = await makePlace({}, { sources: [{ name: "drop", kind: "files", path: "nowhere" }] });
    await mkdir(path.join(here.folder, "home"));
    const child = spawn(process.execPath, [path.resolve("src/cli.ts"), "schedule"], {
      cwd: here.folder,
      env: { ...process.env, ATTRIBUTARY_NOW: undefined },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (chunk: Buffer) => {
      told += chunk.toString("utf8");
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await vi.waitUntil(() => told.includes("\nnext at "), { timeout: 40_000 });
    expect(told).toContain("this folder does not exist");
    expect(told).toContain("a source failed; the last good site stays");
    const heartbeat = JSON.parse(await readFile(path.join(here.folder, "home", "heartbeat.json"), "utf8"));
    expect(heartbeat).toMatchObject({ pid: child.pid });
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(told).toContain("\nthe schedule has ended\n");
    // A monitor that looks at the heartbeat's age would be told for minutes that the schedule lives.
    expect(await readdir(path.join(here.folder, "home"))).toEqual(
      expect.not.arrayContaining([expect.stringContaining("heartbeat")]),
    );
    const status = await here.run("status", "--check", "--json");
    expect(status.code).toBe(3);
    expect(JSON.parse(status.stdout)).toMatchObject({ isWell: false, lastRun: { exit_code: 3 }, published: null });
  }, 60_000);
});
