import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { AlertOutcome } from "../../src/operate/alerts/run.ts";
import { openEngine } from "../../src/warehouse/database.ts";
import type { Drop } from "../support/build.ts";
import { copyOf, makePlace, type Place, testNow } from "../support/cli.ts";
import { takeMail, takeWebhooks } from "../support/receivers.ts";

// The clock stands at 2026-10-05, 06:00 UTC, and so does the build's as-of date.

const sourced = { partner_role: "sourced", currency: "USD" };
const won = (id: string, partner: string, amount: string, closed = "2026-09-10") => ({
  ...sourced,
  id,
  stage: "Won",
  state: "won",
  amount,
  created_at: "2026-01-20T09:00:00Z",
  closed_on: closed,
  partner_id: partner,
});
const tiered = (id: string, tier: string) => ({ id, name: id.toUpperCase(), type: "referral", tier, manager: "Cy" });

const company: Drop = {
  partners: [
    { id: "p1", name: "Contour", type: "referral", manager: "Ada" },
    { id: "p2", name: "Quiet Works", type: "reseller", manager: "Ben" },
    // Quiet since its lead of January, and nothing was ever won by it.
    { id: "p3", name: "Still Waters", type: "referral", manager: "Ben" },
    ...["s1", "s2", "s3"].map((id) => tiered(id, "Silver")),
    ...["g1", "g2", "g3"].map((id) => tiered(id, "Gold")),
  ],
  accounts: [
    { id: "a1", name: "Alder" },
    { id: "a2", name: "Birch" },
    { id: "a3", name: "Cedar" },
  ],
  pipeline_stages: [
    { pipeline: "Sales", stage: "Proposal", state: "open", is_qualified: "true" },
    { pipeline: "Sales", stage: "Won", state: "won" },
  ],
  deals: [
    // Quiet Works won 4,000.00 and nothing has moved since 1 February, 246 days ago.
    won("q", "p2", "4000.00", "2026-02-01"),
    // Silver brings 100, 200 and 850, so 200 in the middle; Gold 1,000, 1,000 and 2,000, so 1,000. S3 is at 85% of it.
    ...[100, 200, 850].map((amount, index) => won(`w-s${index + 1}`, `s${index + 1}`, `${amount}.00`)),
    ...[1000, 1000, 2000].map((amount, index) => won(`w-g${index + 1}`, `g${index + 1}`, `${amount}.00`)),
    ...["31", "30"].map((days) => ({
      ...sourced,
      id: `stuck${days}`,
      name: `Deal of ${days} days`,
      account_id: "a2",
      stage: "Proposal",
      pipeline: "Sales",
      state: "open",
      amount: "1000.00",
      created_at: "2026-08-01T09:00:00Z",
      owner: "Olga",
      partner_id: "p1",
    })),
    {
      id: "both",
      name: "Both",
      state: "open",
      stage: "Proposal",
      amount: 500,
      currency: "USD",
      owner: "Olga",
      created_at: "2026-09-20T09:00:00Z",
    },
    { id: "old", state: "lost", stage: "Lost", created_at: "2026-06-20T09:00:00Z", closed_on: "2026-08-01" },
  ],
  deal_stages: [
    { deal_id: "stuck31", stage: "Proposal", entered_at: "2026-09-04T10:00:00Z" },
    { deal_id: "stuck30", stage: "Proposal", entered_at: "2026-09-05T10:00:00Z" },
    { deal_id: "both", stage: "Proposal", entered_at: "2026-09-20T09:00:00Z" },
  ],
  deal_partners: ["both", "old"].flatMap((deal) =>
    ["p1", "s1"].map((partner) => ({ deal_id: deal, partner_id: partner, role: "sourced" })),
  ),
  registrations: [
    {
      id: "r70",
      partner_id: "p1",
      account_id: "a1",
      submitted_at: "2026-10-02T08:00:00Z",
      status: "submitted",
      approver: "Uma",
    },
    // By the end of the as-of date it will have waited past 48 hours, at this moment 46.
    { id: "r46", partner_id: "s1", account_id: "a1", submitted_at: "2026-10-03T08:00:00Z", status: "submitted" },
    ...["12", "19", "20"].map((day) => ({
      id: `ends${day}`,
      partner_id: "p1",
      account_id: "a3",
      submitted_at: "2026-08-01T08:00:00Z",
      decided_at: "2026-08-01T08:00:00Z",
      status: "approved",
      protection_ends_on: `2026-10-${day}`,
    })),
    {
      id: "first",
      partner_id: "p2",
      submitted_at: "2026-01-10T08:00:00Z",
      decided_at: "2026-01-10T09:00:00Z",
      status: "rejected",
    },
  ],
  leads: [{ id: "l1", partner_id: "p3", received_at: "2026-01-04T09:00:00Z", accepted_at: "2026-01-05T09:00:00Z" }],
  certifications: ["04", "05"].map((day) => ({
    id: `c${day}`,
    partner_id: "p1",
    person: `Mia ${day}`,
    kind: "sales",
    earned_on: "2025-11-04",
    expires_on: `2026-11-${day}`,
  })),
};

let first: Place;
const atTheEnd: (() => Promise<void>)[] = [];

beforeAll(async () => {
  first = await makePlace({ drop: company }, {}, (clean) => atTheEnd.push(clean));
  const ran = await first.run("refresh");
  expect(ran.code, ran.stderr).toBe(0);
}, 60_000);

afterAll(() => Promise.all(atTheEnd.map((clean) => clean())));

const rules = [
  "registration_past_sla",
  "protection_expiring",
  "partner_dormant",
  "deal_stuck",
  "certification_lapsing",
  "tier_line_near",
  "new_conflict",
];

const slack = (url: string) => ({ name: "ops", kind: "slack", webhook_url: url });

/** What each rule would tell at these thresholds, as `record value/threshold owner`. */
async function dryRun(alerts: readonly object[]): Promise<readonly AlertOutcome[]> {
  const here = await copyOf(first);
  await here.configure("attributary.yaml", {
    channels: [slack("http://127.0.0.1:1/")],
    alerts: alerts.map((alert) => ({ to: "ops", ...alert })),
  });
  const ran = await here.run("alerts", "--dry-run", "--json");
  expect(ran.code, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout) as AlertOutcome[];
}

const told = (outcome: AlertOutcome | undefined): readonly string[] =>
  (outcome?.matters ?? []).map(
    ({ record, value, threshold, owner }) => `${record} ${value}/${threshold} ${owner ?? "nobody"}`,
  );

describe("alerts about the program", () => {
  test("each rule finds what the pages show, from its threshold on, with the record, the value and who is to act", async () => {
    const outcomes = await dryRun(rules.map((rule) => ({ id: rule.replaceAll("_", "-"), rule })));
    const found = Object.fromEntries(outcomes.map((outcome) => [outcome.rule, told(outcome)]));
    expect(found).toEqual({
      registration_past_sla: ["drop:r70 70/48 Uma"],
      protection_expiring: ["drop:ends12 7/14 Ada", "drop:ends19 14/14 Ada"],
      partner_dormant: ["drop:p2 4000/0 Ben"],
      deal_stuck: ["drop:stuck31 31/30 Olga"],
      certification_lapsing: ["drop:c04 30/30 Ada"],
      tier_line_near: ["drop:s3 85/80 Cy"],
      new_conflict: ["drop:both 0/30 Olga", "drop:r46 0/30 Cy", "drop:r70 0/30 Uma"],
    });
    expect(outcomes.flatMap(({ items }) => items)).toEqual([
      "Contour registered Alder on 2 Oct 2026, 08:00 UTC and has waited 70 hours for a decision.",
      "The protection of Contour for Cedar ends on 12 Oct 2026, in 7 days, and nothing is won yet.",
      "The protection of Contour for Cedar ends on 19 Oct 2026, in 14 days, and nothing is won yet.",
      "Quiet Works has been quiet for 246 days; it brought $4,000.00 won in twelve months and has $0.00 open.",
      "Deal of 31 days, $1,000.00, brought by Contour, has stood in Proposal for 31 days; no next step is noted.",
      "The certification sales of Mia 04 of Contour runs out on 4 Nov 2026 and is not renewed.",
      "S3, Silver, could move up to Gold: with $850.00 won in four quarters it is near what its partners bring, $1,000.00 in the middle.",
      "Contour and S1 claim Both, $500.00, by CRM declaration; it goes to Contour.",
      "S1 registered Alder, and so did another partner.",
      "Contour registered Alder, and so did another partner.",
    ]);
  });

  test("other thresholds, other findings", async () => {
    const outcomes = await dryRun([
      { id: "sla", rule: "registration_past_sla", threshold: 24 },
      { id: "protection", rule: "protection_expiring", threshold: 6 },
      { id: "dormant", rule: "partner_dormant", threshold: 4000.01 },
      { id: "stuck", rule: "deal_stuck", threshold: 29 },
      { id: "lapsing", rule: "certification_lapsing", threshold: 31 },
      { id: "tier", rule: "tier_line_near", threshold: 86 },
      { id: "conflict", rule: "new_conflict", threshold: 65 },
    ]);
    expect(Object.fromEntries(outcomes.map((outcome) => [outcome.alert, told(outcome)]))).toEqual({
      sla: ["drop:r70 70/24 Uma", "drop:r46 46/24 Cy"],
      stuck: ["drop:stuck31 31/29 Olga", "drop:stuck30 30/29 Olga"],
      lapsing: ["drop:c04 30/31 Ada", "drop:c05 31/31 Ada"],
      // The lost deal closed on 1 August, 65 days ago; it stands behind what is open.
      conflict: ["drop:both 0/65 Olga", "drop:r46 0/65 Cy", "drop:r70 0/65 Uma", "drop:old 65/65 Ada"],
    });
  });

  test("a dry run tells rule, threshold, value, the record's own id and who is to act, and sends nothing", async () => {
    const here = await copyOf(first);
    await here.configure("attributary.yaml", {
      channels: [slack("http://127.0.0.1:1/")],
      alerts: [{ id: "stuck", rule: "deal_stuck", to: "ops" }],
    });
    const ran = await here.run("alerts", "--dry-run");
    expect(ran.stderr.split("\n")).toContain(
      "      why: rule deal_stuck; 31 (days without a new stage), told beyond 30; record stuck31 in drop; for Olga",
    );
    expect((await here.run("alerts", "--dry-run")).stderr).toBe(ran.stderr);
  });

  test("a digest has a section for each owner; owners with a place of their own hear their part there, too", async () => {
    // The first message to each kind of receiver is refused for the moment, and is delivered once all the same.
    const hooks = await takeWebhooks(429);
    const mail = await takeMail(1);
    const here = await copyOf(first);
    await here.configure("attributary.yaml", {
      channels: [
        slack(`${hooks.url}/ops`),
        { name: "uma", kind: "slack", webhook_url: `${hooks.url}/uma` },
        { name: "hook", kind: "webhook", webhook_url: `${hooks.url}/hook`, signing_secret: "canary-signing-secret" },
        { name: "mail", kind: "smtp", smtp_url: mail.url, from: "a@example.com", recipients: "b@example.com" },
      ],
      alerts: [{ id: "claims", rule: "new_conflict", to: ["ops", "hook"] }],
      owners: { Olga: "olga@example.com", Uma: "uma", Nobody: "none@example.com" },
    });
    const ran = await here.run("alerts", "--json");
    expect((JSON.parse(ran.stdout) as AlertOutcome[]).map(({ channel, state }) => `${channel}: ${state}`)).toEqual([
      "ops: sent",
      "hook: sent",
      "owner Olga: sent",
      "owner Uma: sent",
    ]);
    const title = "Attributary: several partners claim the same";
    const both = "• Contour and S1 claim Both, $500.00, by CRM declaration; it goes to Contour.";
    const ofUma = "• Contour registered Alder, and so did another partner.";
    const bodies = Object.fromEntries(hooks.received.map((one) => [one.path, JSON.parse(one.body)]));
    expect(bodies["/ops"].text.split("\n")).toEqual([
      title,
      "",
      "Cy",
      "• S1 registered Alder, and so did another partner.",
      "",
      "Olga",
      both,
      "",
      "Uma",
      ofUma,
    ]);
    expect(bodies["/uma"].text.split("\n")).toEqual([title, "", "Uma", ofUma]);
    expect(bodies["/hook"].matters[0]).toEqual({
      text: both.slice(2),
      owner: "Olga",
      record: "drop:both",
      value: 0,
      threshold: 30,
    });
    expect(mail.mails).toHaveLength(1);
    expect(mail.mails[0]).toContain("To: olga@example.com");
    expect(mail.mails[0]).toContain("claim Both");
    expect(mail.mails[0]).not.toContain("Alder");
    expect((await here.run("alerts")).stderr).toBe("nothing to tell\n");
  });

  test("a process that is killed while it tells doubles nothing when it starts again", async () => {
    const hooks = await takeWebhooks(503, 200, 0);
    const here = await copyOf(first);
    await here.configure("attributary.yaml", {
      channels: [slack(`${hooks.url}/ops`)],
      alerts: ["deal_stuck", "partner_dormant"].map((rule) => ({ id: rule, rule, cool_down_hours: 0, to: "ops" })),
    });
    const cli = path.join(import.meta.dirname, "..", "..", "src", "cli.ts");
    const child = spawn(process.execPath, [cli, "alerts"], { cwd: here.folder });
    // The first message was refused once and then taken; the second one hangs.
    await hooks.waiting;
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(hooks.received).toHaveLength(1);
    expect((await here.run("alerts")).code).toBe(0);
    await here.run("alerts");
    const texts = hooks.received.map(({ body }) => JSON.parse(body).text as string);
    expect(texts).toHaveLength(2);
    expect(texts[0]).toContain("Deal of 31 days");
    expect(texts[1]).toContain("Quiet Works");
  });

  test("while one process tells another one does not, and what a killed one left behind holds nobody up", async () => {
    const hooks = await takeWebhooks();
    const here = await copyOf(first);
    await here.configure("attributary.yaml", {
      channels: [slack(hooks.url)],
      alerts: [{ id: "stuck", rule: "deal_stuck", to: "ops" }],
    });
    const lock = path.join(here.folder, "home", "alerts.json.lock");
    const holder = spawn(process.execPath, [
      "--input-type=module-typescript",
      "-e",
      `import { aloneWith } from ${JSON.stringify(path.resolve("src/operate/upkeep/lock.ts"))};
       await aloneWith(${JSON.stringify(lock)}, { where: "", found: "", fix: "" }, async () => {
         process.stdout.write("held");
         await new Promise((resolve) => setTimeout(resolve, 60_000));
       });`,
    ]);
    onTestFinished(() => {
      holder.kill("SIGKILL");
    });
    await once(holder.stdout, "data");
    const second = await here.run("alerts");
    expect(second.code).toBe(75);
    expect(second.stderr).toContain("another process is telling what is to be told");
    expect(hooks.received).toEqual([]);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    expect((await here.run("alerts")).code).toBe(0);
    expect(hooks.received).toHaveLength(1);
    // One of an earlier version says a process by its number, which in a container that was started again is another's: this one's.
    await writeFile(lock, JSON.stringify({ pid: process.pid, at: testNow.toISOString() }));
    expect((await here.run("alerts")).stderr).toBe("nothing to tell\n");
  });

  test("a build as of an earlier day tells nobody what to do now", async () => {
    const here = await copyOf(first);
    await here.configure("attributary.yaml", {
      channels: [slack("http://127.0.0.1:1/")],
      alerts: [{ id: "stuck", rule: "deal_stuck", threshold: 0, to: "ops" }],
    });
    expect((await here.run("alerts", "--dry-run", "--json")).stdout).toContain("stuck31");
    const engine = await openEngine();
    await engine.attach(path.join(here.folder, "home", "current", "warehouse.duckdb"), "built");
    const connection = await engine.connect();
    await connection.run("update built.config.setting set as_of = date '2026-10-04', is_as_of_explicit = true");
    connection.close();
    engine.close();
    expect((await here.run("alerts", "--dry-run")).stderr).toBe("nothing to tell\n");
  });
});

test("an owner needs a channel that is there, or a mail address and a channel that mails", async () => {
  const here = await makePlace({ drop: { partners: [{ id: "p1", name: "P" }] } });
  const refused = async (target: string): Promise<string> => {
    await here.configure("attributary.yaml", { channels: [slack("http://127.0.0.1:1/")], owners: { Olga: target } });
    const ran = await here.run("alerts");
    expect(ran.code).toBe(2);
    return ran.stderr;
  };
  expect(await refused("opps")).toContain(
    'the name of an entry of channels (ops) or a mail address; "opps" is neither',
  );
  expect(await refused("olga@example.com")).toContain(
    "kind smtp, which mail to this address goes through; there is none",
  );
});
