import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { asStarted, entriesOn, type LogEntry, processEffects } from "../src/effects.ts";
import { openEngine } from "../src/warehouse/database.ts";
import { makePlace, runCommand, testNow } from "./support/cli.ts";

test.each([
  ["a checkout", { npm_command: "run-script", npm_lifecycle_event: "attributary" }, "`npm run -s attributary -- init`"],
  ["a folder it was installed in", { npm_command: "exec" }, "`npx attributary init`"],
  ["the path", {}, "`attributary init`"],
])("what a message tells to run can be run as it stands: started from %s", async (_where, env, command) => {
  const ran = await runCommand("/nowhere", ["refresh"], env);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(`run ${command} to make one`);
});

test("a command that is named runs over the configuration that was named, where it takes one", async () => {
  const { folder, configure } = await makePlace({ drop: {} });
  await configure("our company.yaml", {});
  const told = async (...words: readonly string[]): Promise<string> =>
    /`.*`/.exec((await runCommand(folder, words)).stderr)?.[0] ?? "";
  const over = ["--config", "our company.yaml"];
  expect(await told("query", "select 1")).toBe("`attributary refresh`");
  expect(await told("query", "select 1", ...over)).toBe("`attributary refresh --config 'our company.yaml'`");
  // Of a comparison's two configurations the published one is the own.
  expect(await told("compare", "--with", "our company.yaml")).toBe("`attributary refresh`");
  expect(await told("scorecard", "--config=./attributary.yaml")).toBe(
    "`attributary refresh --config ./attributary.yaml`",
  );
  expect(asStarted("`attributary restore` or `attributary init --help`", {}, "other.yaml")).toBe(
    "`attributary restore` or `attributary init --help`",
  );
});

test.each(["banana", "1", "2026-13-01"])(
  "a present moment of the environment that is none is refused: %s",
  async (named) => {
    const ran = await runCommand("/nowhere", ["status"], { ATTRIBUTARY_NOW: named, ATTRIBUTARY_LOG: "json" });
    expect([ran.code, JSON.parse(ran.stderr).message]).toEqual([
      2,
      `error: the environment variable ATTRIBUTARY_NOW: "${named}" is no moment\n  → give it one like 2026-10-05T06:00:00Z, or unset it: the clock of the machine then says what time it is`,
    ]);
    // The clock still goes, so that the refusal has a time in a log.
    const before = process.env.ATTRIBUTARY_NOW;
    onTestFinished(() => {
      if (before === undefined) delete process.env.ATTRIBUTARY_NOW;
      else process.env.ATTRIBUTARY_NOW = before;
    });
    process.env.ATTRIBUTARY_NOW = named;
    expect(processEffects().now().getTime()).toBeGreaterThan(Date.UTC(2026, 0, 1));
  },
);

test("the user is known where the environment does not name them", () => {
  expect(processEffects().user).toBe(userInfo().username);
});

test("a terminal without a width is written to like a file", () => {
  const { isTTY, columns } = process.stderr;
  onTestFinished(() => {
    Object.assign(process.stderr, { isTTY, columns });
  });
  const isDrawnOn = (width: number): boolean => {
    Object.assign(process.stderr, { isTTY: true, columns: width });
    return processEffects().isTerminal;
  };
  expect([isDrawnOn(120), isDrawnOn(0)]).toEqual([true, false]);
});

test("on a terminal a refresh draws its progress through the stream that holds secrets back", async () => {
  const { folder } = await makePlace({ drop: { deals: [{ id: "d1", name: "no state and no creation" }] } });
  const ran = await runCommand(folder, ["refresh"], {}, testNow, true);
  expect(ran.stderr).toContain("drop deals");
  expect(ran.stderr).toContain("file deals.csv: the required columns");
  expect(ran.code).toBe(3);
});

test("where a log is asked for, everything that is told is JSON with the name of the run in the log", async () => {
  const { folder } = await makePlace({ drop: { deals: [{ id: "d1", name: "no state and no creation" }] } });
  const ran = await runCommand(folder, ["refresh"], { ATTRIBUTARY_LOG: "json" }, testNow, true);
  const entries = ran.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LogEntry);
  expect(entries.length).toBeGreaterThan(1);
  const [run = ""] = new Set(entries.map((entry) => entry.run));
  for (const entry of entries) expect(entry).toMatchObject({ time: testNow.toISOString(), command: "refresh", run });
  expect(entries.at(-1)).toMatchObject({ level: "error", message: expect.stringContaining("the required columns") });
  const engine = await openEngine();
  await engine.attach(path.join(folder, "home", "raw.duckdb"), "raw", { readOnly: true });
  const connection = await engine.connect();
  expect(await connection.rows("select run_id from raw.run")).toEqual([{ run_id: run }]);
  connection.close();
  engine.close();
  // A schedule hands on what the process of its refresh told.
  const handed: string[] = [];
  const write = entriesOn(
    { write: (text: string) => handed.push(text) > 0 },
    { run, command: "schedule" },
    () => testNow,
  );
  write(ran.stderr);
  expect(handed).toEqual([ran.stderr]);
});

test("output that nobody reads to its end is no defect", async () => {
  const line = `"${process.execPath}" src/cli.ts --help | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", line]);
  expect([stdout, stderr]).toEqual(["0\n", ""]);
});
