import { createHmac } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer as createTcp } from "node:net";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { findMatters, type OperationRule, thresholdOf } from "../../src/operate/alerts/find.ts";
import { type AlertOutcome, runAlerts } from "../../src/operate/alerts/run.ts";
import { buildAt, homeAt } from "../../src/operate/home.ts";
import { type RunRecord, recordRun, type StatusRecord } from "../../src/operate/status.ts";
import { openEngine } from "../../src/warehouse/database.ts";
import { makePlace, type Place } from "../support/cli.ts";
import { portOf, takeMail, takeWebhooks } from "../support/receivers.ts";

const run = (at: string, exitCode: number, error: string | null = null): RunRecord => ({
  run: null,
  started_at: `${at}.000Z`,
  ended_at: `${at}.000Z`,
  exit_code: exitCode,
  as_of: null,
  error,
});

const record = (here: Place, ...runs: readonly RunRecord[]): Promise<void> =>
  runs.reduce(async (before, each) => {
    await before;
    await recordRun(homeAt(path.join(here.folder, "home")), each, { sources: [], findings: undefined });
  }, Promise.resolve());

async function placeWith(config: Readonly<Record<string, unknown>>): Promise<Place> {
  const here = await makePlace({}, { sources: [{ name: "hs", kind: "hubspot", access_token: "t" }], ...config });
  await mkdir(path.join(here.folder, "home"));
  return here;
}

const secret = "canary-signing-secret";

describe("alerts go out", () => {
  test("to Slack, to a signed webhook and by mail, once for one thing, and again for the next", async () => {
    const hooks = await takeWebhooks(503);
    const mail = await takeMail();
    const here = await placeWith({
      channels: [
        { name: "ops", kind: "slack", webhook_url: `${hooks.url}/services/canary-path` },
        { name: "hook", kind: "webhook", webhook_url: `${hooks.url}/hook`, signing_secret: secret },
        { name: "mail", kind: "smtp", smtp_url: mail.url, from: "a@example.com", recipients: ["b@example.com"] },
      ],
      alerts: [{ id: "nightly", rule: "run_failed", cool_down_hours: 0, to: ["ops", "hook", "mail"] }],
    });
    await record(here, run("2026-10-03T02:00:00", 0), run("2026-10-04T02:00:00", 3, "source hs: 401: refused"));
    const dry = await here.run("alerts", "--dry-run");
    expect(dry.stderr).toContain("alert nightly to ops: would go out");
    expect(hooks.received).toEqual([]);

    const ran = await here.run("alerts", "--json");
    expect(ran.code, ran.stderr).toBe(0);
    const outcomes = JSON.parse(ran.stdout) as AlertOutcome[];
    expect(outcomes.map(({ channel, state }) => `${channel} ${state}`)).toEqual(["ops sent", "hook sent", "mail sent"]);
    const text = "The last run failed: source hs: 401: refused. The site of 3 Oct 2026, 02:00 UTC stays.";
    // The first try of the first message was answered with 503, and it was delivered once all the same.
    expect(hooks.received.map((message) => message.path)).toEqual(["/services/canary-path", "/hook"]);
    expect(JSON.parse(hooks.received[0]!.body)).toEqual({ text: `Attributary: the refresh failed\n• ${text}` });
    const { headers, body } = hooks.received[1]!;
    expect(JSON.parse(body)).toMatchObject({ alert: "nightly", rule: "run_failed", items: [text] });
    const signed = createHmac("sha256", secret).update(`${headers["x-attributary-timestamp"]}.${body}`).digest("hex");
    expect(headers["x-attributary-signature"]).toBe(`sha256=${signed}`);
    expect(mail.mails).toHaveLength(1);
    expect(mail.mails[0]).toContain("Subject: Attributary: the refresh failed");
    expect(mail.mails[0]).toContain("To: b@example.com");

    // It goes on failing, which is the same thing; then it is mended, and fails anew.
    await record(here, run("2026-10-05T02:00:00", 3, "source hs: 401: refused"));
    expect((await here.run("alerts")).stderr).toBe("nothing to tell\n");
    await record(here, run("2026-10-05T03:00:00", 0), run("2026-10-05T04:00:00", 1, "a defect"));
    await here.run("alerts");
    expect(hooks.received).toHaveLength(4);
    expect(mail.mails).toHaveLength(2);
  });

  test("words of a source neither call a Slack channel nor become a link there", async () => {
    const hooks = await takeWebhooks();
    const here = await placeWith({
      channels: [{ name: "ops", kind: "slack", webhook_url: hooks.url }],
      alerts: [{ id: "failed", rule: "run_failed", to: ["ops"] }],
    });
    await record(here, run("2026-10-05T02:15:00", 3, "it has <!channel> <http://evil.example|pay here> R&D"));
    await here.run("alerts");
    expect(JSON.parse(hooks.received[0]?.body ?? "").text).toContain(
      "it has &lt;!channel&gt; &lt;http://evil.example|pay here&gt; R&amp;D.",
    );
  });

  test("a channel that is down fails alone, is tried again the next time, and its address is told nowhere", async () => {
    const hooks = await takeWebhooks(404, 404);
    const closed = createTcp();
    const gone = await portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    const here = await placeWith({
      channels: [
        { name: "ops", kind: "slack", webhook_url: `${hooks.url}/services/canary-path` },
        { name: "hook", kind: "webhook", webhook_url: `http://127.0.0.1:${gone}/canary-path`, signing_secret: secret },
        {
          name: "mail",
          kind: "smtp",
          smtp_url: `smtp://canary-user:canary-word@127.0.0.1:${gone}`,
          from: "a@example.com",
          recipients: "b@example.com",
        },
      ],
      alerts: [{ id: "nightly", rule: "run_failed", to: ["ops", "hook", "mail"] }],
    });
    await record(here, run("2026-10-04T02:00:00", 3, "source hs: 401: refused"));
    const ran = await here.run("alerts");
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("alert nightly to ops: FAILED, it answered 404");
    expect(ran.stderr).toContain("alert nightly to hook: FAILED, it could not be reached (ECONNREFUSED)");
    expect(ran.stderr).toMatch(/alert nightly to mail: FAILED, the mail was not taken \(E/);
    expect(ran.stderr).not.toContain("canary");
    await here.run("alerts");
    const third = await here.run("alerts", "--json");
    expect(JSON.parse(third.stdout)[0]).toMatchObject({ channel: "ops", state: "sent" });
    expect(hooks.received).toHaveLength(1);
  });

  test("a record of the runs or of what was told that cannot be read is said so, and keeps no other alert back", async () => {
    const hooks = await takeWebhooks();
    const here = await placeWith({
      channels: [{ name: "ops", kind: "slack", webhook_url: hooks.url }],
      alerts: [{ id: "nightly", rule: "run_failed", cool_down_hours: 0, to: "ops" }],
    });
    await record(here, run("2026-10-04T02:00:00", 3, "refused"));
    const at = (name: string): string => path.join(here.folder, "home", name);
    const whole = await readFile(at("status.json"), "utf8");
    await writeFile(at("status.json"), whole.slice(0, 40));
    const torn = await here.run("alerts");
    expect(torn.code).toBe(3);
    expect(torn.stderr).toMatch(
      /^FAIL .*status\.json cannot be read, so failed runs and stale sources are not known of/,
    );
    expect(torn.stderr).not.toContain("nothing to tell");
    await writeFile(at("status.json"), whole);
    await writeFile(at("alerts.json"), '{"format":1,"se');
    const again = await here.run("alerts");
    expect(again.code).toBe(3);
    expect(again.stderr).toContain("alerts.json cannot be read, so what was told before is told once more");
    expect(hooks.received).toHaveLength(1);
    expect(await readFile(at("alerts.json.unreadable"), "utf8")).toBe('{"format":1,"se');
    expect((await here.run("alerts")).stderr).toBe("nothing to tell\n");
  });

  test("what is still found is never told again, however much was told since", async () => {
    const hooks = await takeWebhooks();
    const here = await placeWith({
      channels: [{ name: "ops", kind: "slack", webhook_url: hooks.url }],
      alerts: [
        { id: "nightly", rule: "run_failed", cool_down_hours: 0, to: "ops" },
        { id: "stale", rule: "source_stale", cool_down_hours: 0, to: "ops" },
      ],
    });
    await record(here, run("2026-10-04T02:00:00", 3, "refused"));
    await here.run("alerts");
    expect(hooks.received).toHaveLength(2);
    const file = path.join(here.folder, "home", "alerts.json");
    const { sent } = JSON.parse(await readFile(file, "utf8")) as { sent: object[] };
    const others = Array.from({ length: 6000 }, (_, index) => ({ ...sent[0], thing: `gone ${index}` }));
    await writeFile(file, JSON.stringify({ format: 1, sent: [...sent, ...others] }));
    // The next night is mended and fails anew: one new thing, which has the record written again.
    await record(here, run("2026-10-05T02:00:00", 0), run("2026-10-05T03:00:00", 3, "again"));
    await here.run("alerts");
    expect(hooks.received).toHaveLength(3);
    const kept = JSON.parse(await readFile(file, "utf8")) as { sent: { alert: string; thing: string }[] };
    expect(kept.sent.filter(({ thing }) => thing.startsWith("gone")).length).toBe(5000);
    expect(kept.sent.filter(({ alert }) => alert === "stale")).toHaveLength(1);
    expect((await here.run("alerts")).stderr).toBe("nothing to tell\n");
  });

  test("no second message within the cool-down, and none is lost by it", async () => {
    const hooks = await takeWebhooks();
    const here = await placeWith({
      channels: [{ name: "ops", kind: "slack", webhook_url: hooks.url }],
      alerts: [{ id: "nightly", rule: "run_failed", cool_down_hours: 6, to: "ops" }],
    });
    const file = path.join(here.folder, "attributary.yaml");
    const config = parseConfig(await readFile(file, "utf8"), file, {});
    const home = homeAt(path.join(here.folder, "home"));
    const loaded = { config, file, folder: here.folder, home: home.folder };
    const at = async (now: string) =>
      (await runAlerts({ loaded, home, now: new Date(now), isDry: false })).outcomes.map(({ state }) => state);
    await record(here, run("2026-10-04T02:00:00", 3, "first"));
    expect(await at("2026-10-04T02:01:00Z")).toEqual(["sent"]);
    await record(here, run("2026-10-04T03:00:00", 0), run("2026-10-04T04:00:00", 3, "second"));
    expect(await at("2026-10-04T04:01:00Z")).toEqual(["held"]);
    expect(await at("2026-10-04T08:02:00Z")).toEqual(["sent"]);
    expect(await at("2026-10-04T20:02:00Z")).toEqual([]);
    expect(hooks.received.map(({ body }) => /first|second/.exec(body)?.[0])).toEqual(["first", "second"]);
  });
});

describe("what alerts find", () => {
  const config = parseConfig(
    "sources: [{ name: hs, kind: hubspot, access_token: t }, { name: pay, kind: stripe, api_key: k }]",
    "attributary.yaml",
    {},
  );
  const now = new Date("2026-10-05T06:00:00Z");
  const find = (rule: string, status: Partial<StatusRecord>, threshold?: number) => {
    const limit = threshold === undefined ? "" : `, threshold: ${threshold}`;
    const parsed = parseConfig(
      `sources: [{ name: hs, kind: hubspot, access_token: t }]
channels: [{ name: ops, kind: slack, webhook_url: "https://example.com" }]
alerts: [{ id: a, rule: ${rule}, to: ops${limit} }]`,
      "attributary.yaml",
      {},
    );
    const whole = { format: 1 as const, runs: [], published: null, findings: null, sources: [], ...status };
    const [alert] = parsed.alerts;
    return findMatters(
      alert!.rule as OperationRule,
      thresholdOf(alert!, config) ?? 0,
      config,
      { status: whole, restated: [] },
      now,
    );
  };
  const things = (...asked: Parameters<typeof find>) => find(...asked).map(({ thing }) => thing);
  const drop =
    "it would lose 40 of them\n  → refresh with `refresh --accept-drop hs.deals`\nalso `refresh --accept-drop hs.companies`";

  test("failed runs from so many in a row on; a check that failed and a drop that was stopped are things of their own", () => {
    const failing = [
      run("2026-10-05T02:00:00", 3, "x"),
      run("2026-10-04T02:00:00", 1, "x"),
      run("2026-10-03T02:00:00", 0),
    ];
    expect(things("run_failed", { runs: failing })).toEqual(["2026-10-04T02:00:00.000Z"]);
    expect(things("run_failed", { runs: failing }, 2)).toEqual(["2026-10-04T02:00:00.000Z"]);
    expect(things("run_failed", { runs: failing }, 3)).toEqual([]);
    const checked = { runs: [run("2026-10-05T02:00:00", 4, "a check of the build failed")] };
    expect(things("check_failed", checked)).toEqual(["2026-10-05T02:00:00.000Z"]);
    expect(things("run_failed", checked)).toEqual([]);
    expect(things("circuit_breaker", checked)).toEqual([]);
    const dropped = { runs: [run("2026-10-05T02:00:00", 4, drop)] };
    expect(things("check_failed", dropped)).toEqual([]);
    expect(things("circuit_breaker", dropped)).toEqual([
      "hs.deals 2026-10-05T02:00:00.000Z",
      "hs.companies 2026-10-05T02:00:00.000Z",
    ]);
  });

  test("a drop of more streams than a run's record has room for is named stream by stream", () => {
    const failing = ["deals", "invoices"].map((stream) => ({
      stream,
      error: `it would lose 40 of them\n  → refresh with \`refresh --accept-drop hs.${stream}\``,
    }));
    const sources = [{ source: "hs", read_at: "2026-10-03T07:00:00.000Z", failing }];
    const cut = { runs: [run("2026-10-05T02:00:00", 4, `${failing[0]?.error}\nalso source hs, stream inv`)], sources };
    expect(find("circuit_breaker", cut).map(({ thing }) => thing)).toEqual([
      "hs.deals 2026-10-05T02:00:00.000Z",
      "hs.invoices 2026-10-05T02:00:00.000Z",
    ]);
  });

  test("sources that were not read for so many hours", () => {
    const sources = [
      { source: "hs", read_at: "2026-10-03T07:00:00.000Z", failing: [] },
      { source: "pay", read_at: "2026-10-03T05:00:00.000Z", failing: [] },
    ];
    expect(things("source_stale", { sources })).toEqual(["pay 2026-10-03T05:00:00.000Z"]);
    expect(find("source_stale", { sources }).map(({ text }) => text)).toEqual([
      "Source pay was last read on 3 Oct 2026, 05:00 UTC, and its part of the numbers is that old.",
    ]);
    expect(things("source_stale", { sources }, 24)).toHaveLength(2);
  });

  test("closed quarters that moved, as the published build found them, from an amount on", async () => {
    const hooks = await takeWebhooks();
    const here = await placeWith({
      channels: [{ name: "ops", kind: "slack", webhook_url: hooks.url }],
      alerts: [{ id: "books", rule: "restated_quarter", threshold: 100, to: "ops" }],
    });
    await record(here, run("2026-10-05T02:00:00", 0));
    const home = homeAt(path.join(here.folder, "home"));
    const build = buildAt(home, "run-1");
    await mkdir(build.folder, { recursive: true });
    const engine = await openEngine();
    await engine.attach(build.warehouse, "warehouse");
    const connection = await engine.connect();
    await connection.run(`use warehouse;
      create schema quality; create schema config;
      create table config.setting as select 2 as exponent;
      create table quality.issue as select * from (values
        ('restated_quarter', '2026-Q2', 'Sourced bookings of 2026-Q2 moved by 250.00', 25000),
        ('restated_quarter', '2026-Q1', 'Sourced bookings of 2026-Q1 moved by 1.00', 100),
        ('conflict', 'hs:1', 'two claims', 25000)
      ) as t (check_id, entity_key, message, amount_reporting_minor)`);
    connection.close();
    engine.close();
    await symlink(path.join("builds", "run-1"), home.current);
    expect(JSON.parse((await here.run("alerts", "--json")).stdout)).toMatchObject([
      { state: "sent", items: ["Sourced bookings of 2026-Q2 moved by 250.00"] },
    ]);
  });

  test("an alert to a channel that is not there is refused with the configuration, and no address is shown", () => {
    const text = (alerts: string, address: string) =>
      `sources: [{ name: hs, kind: hubspot, access_token: t }]
channels: [{ name: ops, kind: slack, webhook_url: "${address}" }]
alerts: ${alerts}`;
    const wrong = text("[{ id: a, rule: run_failed, to: opps }]", "https://example.com/canary");
    expect(() => parseConfig(wrong, "attributary.yaml", {})).toThrow(
      'the name of an entry of channels (ops); "opps" is none',
    );
    expect(() => parseConfig(text("[]", "no-canary-address"), "attributary.yaml", {})).toThrow(
      /^(?!.*canary)[\s\S]*channels\.0\.webhook_url/,
    );
  });
});
