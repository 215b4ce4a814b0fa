import { expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { runSchedule } from "../../src/operate/schedule.ts";

test("a line that is no cron line is refused with an example", async () => {
  const scheduled = runSchedule({
    line: "every night",
    timezone: "UTC",
    run: async () => undefined,
    tell: () => undefined,
    signal: new AbortController().signal,
  });
  await expect(scheduled).rejects.toMatchObject({ exitCode: 2, found: '"every night" is not a cron line' });
});

test("says when it runs next in the reporting zone, runs once at a time, survives a failure, and ends when told", async () => {
  const told: string[] = [];
  const stop = new AbortController();
  let running = 0;
  let most = 0;
  let runs = 0;
  let release: (() => void) | undefined;
  await runSchedule({
    line: "* * * * * *",
    timezone: "America/New_York",
    run: async () => {
      running += 1;
      most = Math.max(most, running);
      runs += 1;
      if (runs === 1) {
        running -= 1;
        throw new UserError({ where: "source drop", found: "it is gone", fix: "put it back" });
      }
      if (runs === 2) {
        // This run outlasts the next tick, which must not start another one beside it.
        setTimeout(() => release?.(), 1500);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      running -= 1;
      if (runs >= 3) stop.abort();
    },
    tell: (line) => told.push(line),
    signal: stop.signal,
  });
  expect(runs).toBe(3);
  expect(most).toBe(1);
  expect(told[0]).toMatch(/^refreshing on "\* \* \* \* \* \*"; next at \d+ \w{3} \d{4}, \d\d:\d\d America\/New_York$/);
  expect(told).toContain("error: source drop: it is gone\n  → put it back");
});
