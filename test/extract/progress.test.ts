import { Writable } from "node:stream";
import { expect, test } from "vitest";
import type { Effects } from "../../src/effects.ts";
import { closingTable, createProgress, describeStream, type StreamReport } from "../../src/extract/progress.ts";

const report: StreamReport = {
  source: "hubspot",
  stream: "deals",
  status: "done",
  pages: 12,
  rows: 1234,
  changed: 5,
  requests: 14,
  retries: 2,
  seconds: 3.21,
};

/** Effects whose stderr is kept, on a clock that a test moves. */
function world(isTerminal: boolean, env: Effects["env"] = {}) {
  const written: string[] = [];
  let now = Date.parse("2026-09-30T02:00:00Z");
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const stdout = new Writable({
    write() {
      throw new Error("progress belongs on stderr");
    },
  });
  const effects: Effects = { now: () => new Date(now), env, cwd: "/", stdout, stderr, isTerminal };
  return {
    effects,
    text: () => written.join(""),
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
  };
}

test("a stream tells pages, rows, rate and, when the number of pages is known, the time left", () => {
  // 40 of 100 pages took 20 s: the 60 that are left take 30 s; 4,000 rows in 20 s are 200 a second.
  expect(describeStream(40, 4000, 100, 20)).toBe("40 of 100 pages, 4,000 rows, 200/s, 30 s left");
  expect(describeStream(1, 1, 0, 0)).toBe("1 page, 1 row");
  expect(describeStream(10, 1000, 400, 60)).toBe("10 of 400 pages, 1,000 rows, 17/s, 39 min left");
});

test("away from a terminal a long stream writes a plain line now and then, and one at its end", async () => {
  const { effects, text, pass } = world(false);
  const progress = createProgress(effects);
  const meter = progress.announce("hubspot", "deals");
  for (let page = 0; page < 40; page += 1) {
    pass(1);
    meter.advance(1, 100, 100);
  }
  meter.end("done");
  progress.announce("hubspot", "owners").end("failed", "source hubspot, stream owners: 503");
  await progress.close([]);
  expect(text().split("\n")).toEqual([
    "hubspot deals: 15 pages, 1,500 rows, 100/s",
    "hubspot deals: 30 pages, 3,000 rows, 100/s",
    "hubspot deals: 40 pages, 4,000 rows, 100/s",
    "hubspot owners: failed: source hubspot, stream owners: 503",
    "",
  ]);
});

test("on a terminal every stream has a line of its own, and nothing goes to stdout", async () => {
  const { effects, text } = world(true);
  const progress = createProgress(effects);
  const deals = progress.announce("hubspot", "deals");
  const owners = progress.announce("hubspot", "owners");
  deals.advance(2, 200, 200);
  owners.end("failed", "503 from the vendor");
  deals.end("done");
  progress.note("drop: deal.csv is left aside");
  await progress.close([report]);
  expect(text()).toContain("hubspot deals: 2 pages, 200 rows");
  expect(text()).toContain("503 from the vendor");
  expect(text()).toContain("drop: deal.csv is left aside");
  expect(text()).toContain("1,234");
});

test("the closing table adds up, and the run took as long as its longest stream", () => {
  const table = closingTable([report, { ...report, stream: "owners", rows: 6, changed: 1, seconds: 9 }], {
    env: {},
    isTerminal: false,
  });
  const sum = table.split("\n").find((line) => line.includes("all"));
  expect(sum?.split("│").map((cell) => cell.trim())).toEqual(["", "all", "", "", "1,240", "6", "28", "4", "9.0", ""]);
});

test("colour needs a terminal and yields to NO_COLOR", () => {
  const sequence = String.fromCharCode(27);
  const isColoured = (isTerminal: boolean, env: Effects["env"]) =>
    closingTable([report], { env, isTerminal }).includes(sequence);
  expect([isColoured(true, {}), isColoured(true, { NO_COLOR: "1" }), isColoured(false, {})]).toEqual([
    true,
    false,
    false,
  ]);
});
