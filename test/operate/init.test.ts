import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Writable } from "node:stream";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { parse } from "yaml";
import { main } from "../../src/cli.ts";
import { parseConfig } from "../../src/config/load.ts";
import { surveyOf } from "../../src/extract/survey.ts";
import { problemWith } from "../../src/operate/init/flags.ts";
import { makePlan } from "../../src/operate/init/plan.ts";
import { askNobody, wrapped } from "../../src/operate/init/questions.ts";
import { configText, envText } from "../../src/operate/init/text.ts";
import { createCompany, type Sandbox, startSandbox, writeDrop } from "../../src/sandbox/index.ts";
import { runCommand, testNow, writeCsv } from "../support/cli.ts";

let sandbox: Sandbox;
const company = createCompany({ seed: 3, now: testNow, size: 20 });

beforeAll(async () => {
  sandbox = await startSandbox({ company });
});

afterAll(() => sandbox.close());

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-init-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const secrets = () => ({
  HUBSPOT_TOKEN: sandbox.hubspot.token,
  SF_ID: sandbox.salesforce.clientId,
  SF_SECRET: sandbox.salesforce.clientSecret,
  STRIPE_KEY: sandbox.stripe.key,
});

const toSandbox = (): readonly string[] => [
  ...["--hubspot-url", sandbox.hubspot.url, "--salesforce-login-url", sandbox.salesforce.url],
  ...["--salesforce-url", sandbox.salesforce.url, "--stripe-url", sandbox.stripe.url],
];

/** A person at a terminal: waits for each text to appear after the one before, then types. */
function conversation(folder: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const input = new PassThrough();
  let shown = "";
  let read = 0;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shown += chunk.toString("utf8");
      done();
    },
  });
  // As wide as a question is long, so that none is broken over two lines.
  Object.assign(output, { columns: 240, rows: 60 });
  const ended = main(words, {
    now: () => testNow,
    env,
    cwd: folder,
    stdin: input,
    stdout: output,
    stderr: output,
    isTerminal: true,
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const type = async (question: string, ...keys: readonly string[]): Promise<void> => {
    await vi
      .waitUntil(() => isOver || shown.includes(question, read), { interval: 5, timeout: 20_000 })
      .catch(() => {});
    expect(shown.slice(read), shown).toContain(question);
    read = shown.indexOf(question, read) + question.length;
    for (const key of keys) {
      input.write(key);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { type, ended, shown: () => shown };
}

const down = "\u001B[B";
const enter = "\r";

describe("init by flags", () => {
  test("names every missing flag at once, and writes nothing", async () => {
    const folder = await emptyFolder();
    const ran = await runCommand(folder, ["init", "--sources", "hubspot,salesforce,files", "--currency", "dollars"]);
    expect(ran.code).toBe(2);
    for (const flag of [
      "--hubspot-token-env: the environment variable HUBSPOT_TOKEN is not set",
      "--salesforce-id-env",
      "--salesforce-secret-env",
      "--salesforce-login-url: missing",
      "--drop: missing",
      '--currency: "dollars" does not fit',
      "--timezone: missing",
      "--fiscal-year-start: missing",
      "--schedule: missing",
    ]) {
      expect(ran.stderr).toContain(flag);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("a secret given in the place of a variable's name is refused and not shown", async () => {
    const folder = await emptyFolder();
    const ran = await runCommand(folder, [
      "init",
      "--yes",
      "--sources",
      "stripe",
      "--stripe-key-env",
      "rk_live_canary1",
    ]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("this is not the name of an environment variable");
    expect(ran.stderr + ran.stdout).not.toContain("canary1");
  });

  test.each([
    ["--field", "dorp.partners.id=Ref", '"dorp" is none of the sources\n  → did you mean "drop"?'],
    ["--word", "hubspot.partners.type:VENDOR=reseller", '"hubspot" is none of the sources'],
    ["--object", "drop.partners=Partner", "a file drop has no objects"],
  ])("%s %s, which would change nothing, is refused", async (flag, text, found) => {
    const folder = await emptyFolder();
    const ran = await runCommand(folder, ["init", "--yes", "--sources", "files", "--drop", "./drop", flag, text]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`${flag}: ${found}`);
  });

  test("what the accounts hold is found, the doctor is content, and a second run overwrites nothing", async () => {
    const folder = await emptyFolder();
    await mkdir(path.join(folder, "drop"));
    await writeDrop(company, path.join(folder, "drop"));
    await writeFile(path.join(folder, ".gitignore"), "node_modules/");
    const words = ["init", "--sources", "hubspot,salesforce,stripe,files", "--drop", "./drop", "--yes", ...toSandbox()];
    const ran = await runCommand(folder, [...words, "--json"], secrets());
    expect(ran.code, ran.stderr).toBe(0);
    const report = JSON.parse(ran.stdout);
    expect(report.doctor.isWell).toBe(true);

    expect(ran.stderr).toContain("HUBSPOT_TOKEN, SF_ID, SF_SECRET, STRIPE_KEY are in the environment and in no file");

    const text = await readFile(path.join(folder, "attributary.yaml"), "utf8");
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./attributary.schema.json");
    const config = parse(text);
    // The portal's zone and currency, the words of its partners, and the properties that name a deal's partner.
    expect(config.reporting).toEqual({ currency: "USD", timezone: "America/Chicago", fiscal_year_start: 1 });
    expect(config.partner_types).toEqual({
      Implementation: "services",
      "Solution Provider": "reseller",
      "Technology Alliance": "integration",
    });
    expect(config.sources[0].mapping.deals.columns).toEqual({
      partner_id: "sourcing_partner",
      partner_role: "sourcing_partner_role",
      partner_declared_at: "sourcing_partner_declared_at",
    });
    expect(config.sources[3].columns.registrations).toMatchObject({ submitted_at: "Submitted", decided_at: "Decided" });
    const schema = JSON.parse(await readFile(path.join(folder, "attributary.schema.json"), "utf8"));
    expect(Object.keys(config).filter((key) => !(key in schema.properties))).toEqual([]);
    expect(await readFile(path.join(folder, ".env.example"), "utf8")).toMatch(
      /^# .*\nHUBSPOT_TOKEN=\nSF_ID=\nSF_SECRET=\nSTRIPE_KEY=\n$/,
    );
    expect(await readFile(path.join(folder, ".gitignore"), "utf8")).toBe("node_modules/\n.env\n.attributary/\n");
    // What the environment holds already is not written down anywhere.
    for (const name of (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile())) {
      const written = await readFile(path.join(folder, name.name), "utf8");
      for (const secret of Object.values(secrets())) expect(written, name.name).not.toContain(secret);
    }

    await writeFile(path.join(folder, "attributary.yaml"), `${text}# mine\n`);
    const again = await runCommand(folder, words, secrets());
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("it is there already");
    expect(await readFile(path.join(folder, "attributary.yaml"), "utf8")).toBe(`${text}# mine\n`);
    const saving = ["--force", "--currency", "EUR", "--save-env"];
    const forced = await runCommand(folder, [...words, ...saving], secrets());
    expect(forced.code, forced.stderr).toBe(0);
    expect(forced.stderr).not.toMatch(/in no file|is set in the environment too/);
    expect(parseEnv(await readFile(path.join(folder, ".env"), "utf8"))).toEqual(secrets());
    expect((await stat(path.join(folder, ".env"))).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(folder, "attributary.yaml"), "utf8")).toContain("currency: EUR");
  }, 120_000);

  test("an account that refuses leaves the folder as it was", async () => {
    const folder = await emptyFolder();
    const env = { STRIPE_KEY: "rk_test_canary2" };
    const ran = await runCommand(folder, ["init", "--yes", "--sources", "stripe", ...toSandbox()], env);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("source stripe");
    expect(ran.stderr).not.toContain("canary2");
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("the conversation", () => {
  test("asks, looks, offers what it found, keeps secrets in .env alone, and puts lines that were there back", async () => {
    const folder = await emptyFolder();
    // It is kept elsewhere, as some people do.
    await mkdir(path.join(folder, "kept"));
    await writeFile(path.join(folder, "kept", "env"), "# ours\nOTHER=1\n", { mode: 0o644 });
    await symlink(path.join("kept", "env"), path.join(folder, ".env"));
    await writeCsv(path.join(folder, "drop"), { partners: [{ "Partner No": "p1", name: "Acme", type: "Wizard" }] });
    const { type, ended, shown } = conversation(folder, ["init", ...toSandbox()]);
    await type("Which systems", " ", down, down, down, " ", enter);
    await type("crm.schemas.deals.read");
    await type("HubSpot service key", "pat-canary3", enter);
    await type("HubSpot could not be looked at", enter);
    await type("HubSpot service key", sandbox.hubspot.token, enter);
    await type("HubSpot portal");
    // VENDOR, OTHER, and no PROSPECT: vendors are partners here.
    await type("Which other types are partners too?", " ", enter);
    await type("What kind of partner is the company type “VENDOR”?", enter);
    await type("id of the partner who sourced it?", enter);
    await type("sourced or influenced it?", enter);
    await type("was declared?", enter);
    await type("Folder of the exports", "./drops", enter);
    await type("File drop could not be looked at");
    await type("Name another folder", enter);
    // What is typed takes the place of what stands there.
    await type("Folder of the exports", "./drop", enter);
    await type("Which column of partners.csv is the id?", "\u001B[A", "\u001B[A", "\u001B[A", enter);
    await type("In which currency", enter);
    await type("In which zone", enter);
    await type("fiscal year", down, enter);
    await type("need exchange rates to USD, and none of these systems gives any");
    await type("Your partners' types");
    await type("“Implementation”", enter);
    await type("“Influencer network”", enter);
    await type("“Wizard”", "\u001B[A", enter);
    await type("When shall", enter);
    await type("Shall a Slack channel", "y");
    await type("Slack incoming webhook", "hello", enter);
    await type(
      "beginning with https://",
      ..."hello".replaceAll(/./g, "\u007F"),
      "https://hooks.slack.example/canary4",
      enter,
    );
    await type("Write attributary.yaml", enter);
    await type("everything answers");
    await type("Refresh now", down, enter);
    expect(await ended, shown()).toBe(0);

    const text = await readFile(path.join(folder, "attributary.yaml"), "utf8");
    const config = parse(text);
    expect(config.reporting).toEqual({ currency: "USD", timezone: "America/Chicago", fiscal_year_start: 2 });
    expect(config.partner_types).toEqual({
      Implementation: "services",
      Wizard: "affiliate",
    });
    expect(config.sources[0].access_token).toBe("${HUBSPOT_TOKEN}");
    expect(config.sources[0].mapping.partners.values.type).toEqual({ VENDOR: "other" });
    expect(config.sources[1].columns.partners).toEqual({ id: "Partner No" });

    expect(await readFile(path.join(folder, ".env"), "utf8")).toBe(
      `# ours\nOTHER=1\nHUBSPOT_TOKEN=${sandbox.hubspot.token}\nSLACK_WEBHOOK_URL=https://hooks.slack.example/canary4\n`,
    );
    expect((await stat(path.join(folder, "kept", "env"))).mode & 0o777).toBe(0o600);
    expect((await lstat(path.join(folder, ".env"))).isSymbolicLink()).toBe(true);
    for (const file of ["attributary.yaml", ".env.example", ".gitignore", "attributary.schema.json"]) {
      expect(await readFile(path.join(folder, file), "utf8"), file).not.toContain(sandbox.hubspot.token);
    }
    expect(shown()).not.toContain(sandbox.hubspot.token);
    expect(shown()).not.toContain("canary3");
    expect(shown() + text).not.toContain("canary4");
    expect(config.channels).toEqual([{ name: "ops", kind: "slack", webhook_url: "${SLACK_WEBHOOK_URL}" }]);
    expect(config.alerts).toHaveLength(12);
  }, 60_000);

  test("left with Ctrl-C it leaves nothing behind; told not to replace a file it leaves that as it was", async () => {
    const folder = await emptyFolder();
    const first = conversation(folder, ["init", "--sources", "stripe", ...toSandbox()]);
    await first.type("Stripe restricted key", sandbox.stripe.key, enter);
    await first.type("In which currency", "\u0003");
    expect(await first.ended).toBe(2);
    expect(first.shown()).toContain("stopped before the end, so nothing was written");
    expect(await readdir(folder)).toEqual([]);

    await writeFile(path.join(folder, "attributary.yaml"), "mine");
    const second = conversation(folder, ["init", "--sources", "stripe", ...toSandbox()]);
    await second.type("attributary.yaml is there already. Replace it?", enter);
    expect(await second.ended).toBe(2);
    expect(await readdir(folder)).toEqual(["attributary.yaml"]);
    expect(await readFile(path.join(folder, "attributary.yaml"), "utf8")).toBe("mine");
  });
});

describe("what is offered", () => {
  test("an org's own objects, lookups and account types become the mapping that is documented for them", async () => {
    const flags = {
      sources: "salesforce",
      salesforceLoginUrl: "https://acme.my.salesforce.com",
      hubspotTokenEnv: "HUBSPOT_TOKEN",
      salesforceIdEnv: "SF_ID",
      salesforceSecretEnv: "SF_SECRET",
      stripeKeyEnv: "STRIPE_KEY",
      object: ["salesforce.registrations=Deal_Registration__c"],
      word: ["salesforce.partners.type:Global SI=services", "salesforce.registrations.status:Accepted=approved"],
      yes: true,
    };
    const field = (name: string) => ({ name, label: name });
    const told: string[] = [];
    const plan = await makePlan({
      flags,
      questions: askNobody((line) => told.push(line)),
      env: { SF_ID: "id", SF_SECRET: "secret" },
      survey: async () =>
        surveyOf({
          found: ["Salesforce org Acme"],
          currencies: ["GBP", "USD", "EUR"],
          rates: ["GBP", "USD"],
          timezone: "Europe/London",
          recordTypes: [{ word: "Global SI", label: "Global SI" }],
          dealFields: [field("Competitor__c"), field("Referring_Partner__c")],
          partnerFields: [field("Partner_Tier__c"), field("Partner_Since__c"), field("Tier_Note__c")],
          roles: ["Sourced by", "Champion"],
          objects: [field("Deal_Registration__c")],
        }),
      surveyObject: async (_source, object) =>
        object === "Deal_Registration__c" ? ["Partner__c", "Opportunity__c", "Status__c", "Notes__c"].map(field) : [],
      surveyHeads: async () => [],
      lookAtPartnerIds: async (_source, { field: name }) => [`Opportunity.${name}: 3 of 4 values lead to a partner`],
    });
    expect(told).toEqual([
      "Salesforce answers:\n  Salesforce org Acme",
      "Opportunity.Referring_Partner__c: 3 of 4 values lead to a partner",
      "Amounts in EUR need exchange rates to GBP, and none of these systems gives any: put a file fx_rates.csv with the columns on, from_currency, to_currency and rate into the folder of a file drop. Until then they stay out of the totals, and the Data quality page lists them.",
    ]);
    expect(plan.reporting).toEqual({ currency: "GBP", timezone: "Europe/London", fiscal_year_start: 1 });
    const written = configText(plan);
    const config = parseConfig(written, "attributary.yaml", { SF_ID: "id", SF_SECRET: "secret" });
    const withPlan = written
      .replace("# commissions:", "commissions:")
      .replace("#   - { name: agency", "  - { name: agency");
    expect(parseConfig(withPlan, "attributary.yaml", { SF_ID: "id", SF_SECRET: "secret" }).commissions).toMatchObject([
      { name: "agency 10%", partner_type: ["agency"], rate: 10, months: 12, hold_days: 30 },
    ]);
    expect(config.sources[0]).toMatchObject({
      mapping: {
        deals: { columns: { partner_id: "Referring_Partner__c" } },
        partners: {
          columns: { tier: "Partner_Tier__c", agreed_on: "Partner_Since__c" },
          values: { type: { "Global SI": "services" } },
        },
        registrations: {
          object: "Deal_Registration__c",
          columns: {
            partner_id: "Partner__c",
            deal_id: "Opportunity__c",
            status: "Status__c",
            submitted_at: "CreatedDate",
          },
          values: { status: { Accepted: "approved" } },
        },
      },
    });
  });

  test("a .env file holds any secret as it is, and keeps every other line", () => {
    const secrets = new Map([
      ["PLAIN", "pat-na1-1234"],
      ["HASH", "a#b c"],
      ["QUOTES", `it's "so"`],
      ["TOKEN", "new"],
    ]);
    const text = envText("# mine\nexport TOKEN=old\nOTHER=1", secrets);
    expect(parseEnv(text)).toEqual({ ...Object.fromEntries(secrets), OTHER: "1" });
    expect(text.split("\n").slice(0, 3)).toEqual(["# mine", "TOKEN=new", "OTHER=1"]);
  });
});

test("what is said at a terminal stays within its frame, and words stay whole", () => {
  const said = "ok    source drop: partners.csv\n        name ← Partner Name, tier ← Program Tier";
  expect(wrapped(said, 36)).toBe(
    "ok    source drop: partners.csv\n        name ← Partner Name, tier ←\n          Program Tier",
  );
  expect(wrapped(`${"x".repeat(50)} end`, 36)).toBe(`${"x".repeat(50)} end`);
  expect(wrapped("  → short", 36)).toBe("  → short");
});

test("an answer that is left empty is told so, not as a key of a file", () => {
  expect(problemWith("timezone", "")).toBe("it is empty; write one here");
  expect(problemWith("timezone", "Berlin")).toContain("like America/New_York");
  expect(problemWith("timezone", "Europe/Berlin")).toBeUndefined();
});
