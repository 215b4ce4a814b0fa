import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { homeAt } from "../../src/operate/home.ts";
import { type RunRecord, recordRun, tellRunning, writeHeartbeat } from "../../src/operate/status.ts";
import { makePlace, testNow } from "../support/cli.ts";

// The tests' clock stands at 2026-10-05 06:00 UTC, which is 02:00 in New York.
const run = (at: string, exitCode: number, error: string | null = null): RunRecord => ({
  run: exitCode === 0 ? `run-${at}` : null,
  started_at: `${at}:00:00.000Z`,
  ended_at: `${at}:04:00.000Z`,
  exit_code: exitCode,
  as_of: at.slice(0, 10),
  error,
});

// As a refresh keeps it of a vendor that refuses the key: three streams were told so, two never asked.
const refused = (stream: string): string =>
  `source pay, stream ${stream}: GET /v1/${stream}: 401: refused\n  → give pay a key`;
const waits = (stream: string, other: string): string =>
  `source pay, stream ${stream}: it builds on ${other}, which failed\n  → mend ${other} first`;
const fine = [
  { source: "hs", read_at: "2026-10-05T05:00:00.000Z", failing: [] },
  {
    source: "pay",
    read_at: "2026-10-02T05:00:00.000Z",
    failing: [
      ...["customers", "events", "invoices"].map((stream) => ({ stream, error: refused(stream) })),
      { stream: "invoice_payments", error: waits("invoice_payments", "invoices") },
      { stream: "refunds.charges", error: waits("refunds.charges", "invoice_payments") },
    ],
  },
];

test("status tells the last runs, the next one, each source's age and what fails; monitors find the same in files", async () => {
  const here = await makePlace(
    {},
    {
      schedule: "15 2 * * *",
      reporting: { timezone: "America/New_York" },
      sources: [
        { name: "hs", kind: "hubspot", access_token: "t" },
        { name: "pay", kind: "stripe", api_key: "k" },
      ],
    },
  );
  const before = await here.run("status");
  expect(before.code).toBe(0);
  expect(before.stderr).toContain("FAIL        nothing was refreshed yet");

  const home = homeAt(path.join(here.folder, "home"));
  await mkdir(home.folder);
  await symlink("builds/run-2026-10-04T06", home.current);
  await recordRun(home, run("2026-10-04T06", 0), { sources: fine, findings: { error: 2, warning: 10, info: 3 } });
  await recordRun(home, run("2026-10-05T05", 3, `${refused("customers")}\n  (the same at source pay, stream events)`), {
    sources: fine,
    findings: undefined,
  });
  await writeHeartbeat(home, { at: new Date("2026-10-05T05:59:30Z"), next: null, runningSince: null }, 42);
  const told = await here.run("status");
  expect(told.stderr.split("\n")).toEqual([
    "published   4 Oct 2026, 02:04 America/New_York, as of 2026-10-04; 2 errors and 10 warnings in the data",
    "last runs   5 Oct 2026, 01:00 America/New_York: failed with code 3",
    "            4 Oct 2026, 02:00 America/New_York: published, as of 2026-10-04",
    "next run    5 Oct 2026, 02:15 America/New_York; the schedule is waiting",
    "source      hs: read 60 min ago",
    "source      pay: read 3 days ago, stale",
    "FAIL        source pay, stream customers: GET /v1/customers: 401: refused; 2 streams more failed the same way, 2 wait for one that failed",
    "            → give pay a key",
    "",
  ]);
  expect((await here.run("status", "--check")).code).toBe(3);
  // One that is killed leaves its sign; what is wrong with a source is not all that is wrong then.
  await writeHeartbeat(home, { at: new Date("2026-10-05T05:55:59Z"), next: null, runningSince: null }, 42);
  const dead = await here.run("status", "--check");
  expect(dead.code).toBe(1);
  expect(dead.stderr).toContain(
    `FAIL        the schedule ended without a word, as when it is killed or the machine stops: start it again with \`attributary schedule\`, or take ${path.join(home.folder, "heartbeat.json")} away`,
  );
  // A clock that went wrong left a sign of the future; until then it is nobody's.
  await writeHeartbeat(home, { at: new Date("2030-01-01T00:00:00Z"), next: null, runningSince: null }, 2 ** 30);
  expect(JSON.parse((await here.run("status", "--json")).stdout)).toMatchObject({
    scheduler: { state: "not running", pid: null },
  });
  expect((await here.run("status")).stderr).toContain("the schedule is not running, last seen at a time to come\n");
  await writeHeartbeat(home, { at: new Date("2026-10-05T05:59:30Z"), next: null, runningSince: null }, 42);
  expect(JSON.parse((await here.run("status", "--json")).stdout)).toMatchObject({
    isWell: false,
    nextRunAt: "2026-10-05T06:15:00.000Z",
    scheduler: { state: "waiting", pid: 42 },
    sources: [
      { source: "hs", ageHours: 1, isStale: false },
      { source: "pay", ageHours: 73, isStale: true },
    ],
  });

  const metrics = (await readFile(path.join(home.folder, "metrics.prom"), "utf8")).split("\n");
  // 2026-10-05T05:04Z and 2026-10-04T06:04Z in seconds since 1970.
  expect(metrics).toEqual(
    expect.arrayContaining([
      "# TYPE attributary_last_run_success gauge",
      "attributary_last_run_success 0",
      "attributary_last_run_exit_code 3",
      `attributary_last_run_timestamp_seconds ${Date.UTC(2026, 9, 5, 5, 4) / 1000}`,
      "attributary_last_run_duration_seconds 240",
      `attributary_last_published_timestamp_seconds ${Date.UTC(2026, 9, 4, 6, 4) / 1000}`,
      'attributary_findings{severity="warning"} 10',
      'attributary_source_failing_streams{source="pay"} 5',
      `attributary_source_last_read_timestamp_seconds{source="hs"} ${Date.UTC(2026, 9, 5, 5) / 1000}`,
    ]),
  );

  await recordRun(home, run("2026-10-05T06", 0), {
    sources: fine.map((source) => ({ ...source, read_at: testNow.toISOString(), failing: [] })),
    findings: { error: 0, warning: 0, info: 0 },
  });
  expect((await here.run("status", "--check")).code).toBe(0);
  expect((await here.run("status")).stderr).toContain("all is well");

  // As after a restore, whose record tells of a build that no backup holds.
  await rm(home.current);
  const restored = await here.run("status", "--check");
  expect(restored.code).toBe(3);
  expect(restored.stderr).toContain(
    `FAIL        what was published last is not in ${home.folder}: run \`attributary refresh --no-extract\` to publish it again\n`,
  );
});

test("status tells a run under way, and one that was cut off, which the next run keeps among the others", async () => {
  const here = await makePlace({}, { sources: [{ name: "drop", kind: "files", path: "." }] });
  const home = homeAt(path.join(here.folder, "home"));
  await mkdir(home.folder);
  const end = await tellRunning(home, "run-a", () => testNow);
  const during = await here.run("status");
  expect(during.stderr).toContain(`under way   since 5 Oct 2026, 06:00 UTC, process ${process.pid}\n`);
  expect(during.stderr).not.toMatch(/FAIL|all is well/);
  await end();
  expect(await readdir(home.folder)).toEqual([]);

  // No sign for four minutes, one of a time to come, and none needed where its process is gone from this machine.
  await tellRunning(home, "run-b", () => new Date("2026-10-05T05:55:59Z"));
  const file = path.join(home.folder, "running.json");
  const silent = await readFile(file, "utf8");
  const gone = JSON.stringify({ ...JSON.parse(silent), at: testNow.toISOString(), pid: 2 ** 30 });
  const ahead = JSON.stringify({ ...JSON.parse(silent), at: "2030-01-01T00:00:00.000Z", host: "another" });
  for (const left of [silent, ahead, gone]) {
    await writeFile(file, left);
    const after = await here.run("status", "--check");
    expect(after.code).toBe(1);
    expect(after.stderr).toContain(
      "FAIL        the refresh that began at 5 Oct 2026, 05:55 UTC was cut off before its end; what it had read is kept",
    );
    expect(JSON.parse((await here.run("status", "--json")).stdout)).toMatchObject({
      isWell: false,
      currentRun: { run: "run-b", state: "cut off", startedAt: "2026-10-05T05:55:59.000Z" },
    });
  }
  await (await tellRunning(home, "run-c", () => testNow))();
  const { runs } = JSON.parse(await readFile(path.join(home.folder, "status.json"), "utf8"));
  expect(runs).toMatchObject([
    { run: "run-b", exit_code: 1, ended_at: testNow.toISOString(), error: expect.stringContaining("cut off") },
  ]);
  expect((await here.run("status", "--json")).stdout).toContain('"currentRun":null');
  const { stderr } = await here.run("status");
  expect(stderr).toContain(
    "last runs   5 Oct 2026, 05:55 UTC: failed with code 1, the refresh was cut off before its end, by a signal or",
  );
  expect(stderr).toContain("FAIL        source drop was never read\n");
});

test("status says that its record cannot be read, and a place once", async () => {
  const here = await makePlace({}, { sources: [{ name: "hs", kind: "hubspot", access_token: "t" }] });
  const home = homeAt(path.join(here.folder, "home"));
  await mkdir(home.folder);
  const failing = [{ stream: "deals", error: "source hs, stream deals: too few" }];
  const sources = [{ source: "hs", read_at: "2026-10-05T05:00:00.000Z", failing }];
  await recordRun(home, run("2026-10-05T05", 0), { sources, findings: undefined });
  expect((await here.run("status")).stderr).toContain("FAIL        source hs, stream deals: too few\n");

  await writeFile(path.join(home.folder, "status.json"), '{"format":1,"runs":[');
  const torn = (await here.run("status")).stderr;
  expect(torn).toContain("status.json cannot be read, so nothing is known of the runs");
  expect(torn).not.toContain("nothing was refreshed yet");
  expect((await here.run("status", "--check")).code).toBe(3);
});
