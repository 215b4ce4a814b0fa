import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { makePlace, type Place, type Ran, runCommand } from "../support/cli.ts";
import { dropOfNight } from "../support/upkeep-place.ts";
import { canaries, canariesBelow, canariesIn, type Mode, startEcho, startRefusingMail } from "./canaries.ts";

let place: Place;
let echo: Awaited<ReturnType<typeof startEcho>>;
let mail: Awaited<ReturnType<typeof startRefusingMail>>;
const ends: (() => Promise<void>)[] = [];
const own = ["attributary.yaml", ".env", "init/.env"];

/** A configuration with a secret of every kind, as variables or written out. */
function configText(values: Readonly<Record<string, string>>): string {
  const { url } = echo;
  return `home: home
sources:
  - { name: drop, kind: files, path: ./drop }
  - { name: hub, kind: hubspot, access_token: "${values.HUBSPOT}", base_url: "${url}" }
  - { name: pay, kind: stripe, api_key: "${values.STRIPE}", base_url: "${url}" }
  - { name: sf, kind: salesforce, login_url: "${url}", client_id: "${values.SF_ID}", client_secret: "${values.SF_SECRET}", base_url: "${url}" }
  - { name: sf2, kind: salesforce, instance_url: "${url}", access_token: "${values.SF_TOKEN}" }
channels:
  - { name: ops, kind: slack, webhook_url: "${url}/${values.SLACK}/x" }
  - { name: desk, kind: webhook, webhook_url: "${url}/h?key=${values.HOOK}", signing_secret: "${values.SIGNING}" }
  - { name: mail, kind: smtp, smtp_url: "smtp://${values.SMTP_USER}:${encodeURIComponent(values.SMTP_WORD ?? "")}@127.0.0.1:${mail.port}", from: a@example.com, recipients: b@example.com }
alerts:
  - { id: nightly, rule: run_failed, cool_down_hours: 0, to: [ops, desk, mail] }
`;
}

const literal = {
  HUBSPOT: canaries.hubspot,
  STRIPE: canaries.stripe,
  SF_ID: canaries.salesforceId,
  SF_SECRET: canaries.salesforceSecret,
  SF_TOKEN: canaries.salesforceToken,
  SLACK: canaries.slackPath,
  HOOK: canaries.hookPath,
  SIGNING: canaries.signing,
  SMTP_USER: canaries.smtpUser,
  SMTP_WORD: canaries.smtpWord,
};

beforeAll(async () => {
  echo = await startEcho();
  mail = await startRefusingMail();
  place = await makePlace({ drop: dropOfNight(0) }, {}, (clean) => ends.push(clean));
  await writeFile(path.join(place.folder, "attributary.yaml"), configText(literal));
});

afterAll(async () => {
  for (const end of ends) await end();
  await echo.close();
  mail.close();
});

const shown = (ran: Ran): readonly string[] => canariesIn(`${ran.stdout}${ran.stderr}`);

const modes: readonly Mode[] = [
  { status: 400, body: "error" },
  { status: 400, body: "short" },
  { status: 401, body: "error" },
  { status: 401, body: "list" },
  { status: 403, body: "error" },
  { status: 403, body: "html" },
  { status: 404, body: "list" },
  { status: 200, body: "cut" },
  { status: 200, body: "error" },
  { status: 302, body: "error" },
];

// What may pass, as every answer in HTML may, is asked for seven times; a refresh is told of what stops it at once.
const final: readonly Mode[] = [
  { status: 400, body: "short" },
  { status: 401, body: "error" },
  { status: 403, body: "list" },
];

test("what is published with secrets in the configuration has none of them", async () => {
  const ran = await place.run("refresh", "--source", "drop", "--json");
  expect(ran.code).toBe(0);
  expect(shown(ran)).toEqual([]);
}, 300_000);

test("a vendor that repeats what it was sent in every answer is told without it, on the terminal, in JSON and in every file", async () => {
  for (const [at, mode] of modes.entries()) {
    echo.answer = mode;
    const ran = await place.run("doctor", ...(at % 2 === 0 ? [] : ["--json"]));
    expect({ mode, code: ran.code, shown: shown(ran) }).toEqual({ mode, code: 3, shown: [] });
  }
  for (const mode of final) {
    echo.answer = mode;
    const ran = await place.run("refresh");
    expect({ mode, shown: shown(ran) }).toEqual({ mode, shown: [] });
    expect([1, 3]).toContain(ran.code);
  }
  // The failed runs were told to three channels that refuse, two of which repeat what they got.
  for (const words of [["alerts"], ["alerts", "--dry-run", "--json"], ["status"], ["status", "--json", "--check"]]) {
    expect({ words, shown: shown(await place.run(...words)) }).toEqual({ words, shown: [] });
  }
  expect(await canariesBelow(place.folder, own)).toEqual([]);
}, 300_000);

test("no backup has one, nor what restores and prunes", async () => {
  for (const words of [["backup", "--json"], ["backup"], ["prune"], ["backup", "--out", "/proc/no"]]) {
    expect({ words, shown: shown(await place.run(...words)) }).toEqual({ words, shown: [] });
  }
  expect(await canariesBelow(path.join(place.folder, "home"), [])).toEqual([]);
});

test("init shows and writes none but into .env, also when the vendor repeats them", async () => {
  const folder = path.join(place.folder, "init");
  await mkdir(folder);
  const env = {
    HUBSPOT_TOKEN: canaries.hubspot,
    STRIPE_KEY: canaries.stripe,
    SF_ID: "client",
    SF_SECRET: canaries.salesforceSecret,
  };
  const urls = ["--hubspot-url", "--salesforce-url", "--stripe-url"].flatMap((flag) => [flag, echo.url]);
  for (const sources of ["hubspot", "stripe", "salesforce"]) {
    for (const mode of modes.slice(0, 3)) {
      echo.answer = mode;
      const words = ["init", "--sources", sources, "--salesforce-login-url", echo.url, ...urls, "--yes", "--json"];
      const ran = await runCommand(folder, words, env);
      expect({ sources, mode, shown: shown(ran) }).toEqual({ sources, mode, shown: [] });
    }
  }
  expect(await canariesBelow(folder, [".env"])).toEqual([]);
}, 300_000);

test("a configuration that is wrong anywhere is told without what stands in it", () => {
  const text = configText(literal);
  const lines = text.split("\n");
  const changes: readonly ((line: string) => string)[] = [
    (line) => line.replace('"', ""),
    (line) => line.replace(/"(?=[^"]*$)/, ""),
    (line) => line.replace("}", ""),
    (line) => line.replace("{", ""),
    (line) => line.replace(/: "/, ' "'),
    (line) => line.replace(/(\w+): "/, '$1x: "'),
    (line) => line.replace(/: ("[^"]*")/, ": [$1]"),
    (line) => line.replace(/: ("[^"]*")/, ": { a: $1 }"),
    (line) => line.replace(/: "([^"]*)"/, ": *$1"),
    (line) => line.replace(/: "([^"]*)"/, ": !$1 a"),
    (line) => line.replace(/: "([^"]*)"/, ': "\\q$1"'),
    (line) => line.replace(/: "([^"]*)"/, ": $1: $1"),
    (line) => line.replace(/kind: \w+/, "kind: other"),
    (line) => line.replace(/name: \w+/, 'name: "$&"'),
    (line) => line.replace(/(access_token|api_key|client_secret|signing_secret|webhook_url|smtp_url)/, "token"),
    (line) => `\t${line}`,
    (line) => line.replace("- ", ""),
    (line) => `${line} trailing "`,
  ];
  let refused = 0;
  const leaks: string[] = [];
  const tryIt = (changed: string, env: Readonly<Record<string, string>>): void => {
    try {
      parseConfig(changed, "attributary.yaml", env);
    } catch (error) {
      refused += 1;
      const told = error instanceof Error ? `${error.stack}` : "";
      leaks.push(...canariesIn(told).map((needle) => `${needle} in ${told.slice(0, 400)}`));
    }
  };
  for (const [place, line] of lines.entries()) {
    for (const change of changes) tryIt(lines.with(place, change(line)).join("\n"), {});
  }
  tryIt(text.replace("sources:", "sources: { hub:").concat("}"), {});
  tryIt(text.replace(/sources:[\s\S]*channels/, `sources: { access_token: "${canaries.hubspot}" }\nchannels`), {});
  // A password in an address, which no request can carry.
  tryIt(
    text.replace(`base_url: "${echo.url}`, `base_url: "${echo.url.replace("//", `//bob:${canaries.proxyWord}@`)}`),
    {},
  );
  // A variable in a place that is not for secrets.
  const variables = { A: canaries.hubspot, B: canaries.smtpWord, C: canaries.stripe };
  for (const wrong of [
    "home: { x: ${A} }",
    "schedule: ${B}",
    "reporting: { currency: ${C} }",
    "stale_days: ${A}",
    "${A}: 1",
  ]) {
    tryIt(`sources: [{ name: drop, kind: files, path: "\${A}" }]\n${wrong}\n`, variables);
  }
  expect(leaks).toEqual([]);
  expect(refused).toBeGreaterThan(120);
});

test("a crash that nothing catches tells its stack, and not what hangs on the error", async () => {
  const script = `
    import { processEffects } from ${JSON.stringify(path.resolve("src/effects.ts"))};
    import { main } from ${JSON.stringify(path.resolve("src/cli.ts"))};
    const effects = processEffects();
    await main(["status"], { ...effects, cwd: ${JSON.stringify(place.folder)} });
    setTimeout(() => {
      throw Object.assign(new Error("sent ${canaries.hubspot}"), { headers: { authorization: "Bearer ${canaries.salesforceToken}" } });
    });
    setTimeout(() => process.stdout.write("still there"), 200);`;
  const file = path.join(place.folder, "crash.ts");
  await writeFile(file, script);
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"] });
  let told = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  await rm(file);
  expect(code).toBe(1);
  expect(told).toContain("a defect of attributary, please report it:\nError: sent [secret]");
  expect(canariesIn(told)).toEqual([]);
});

test("the search itself finds a secret in an address, in a header, cut off, and in a table", async () => {
  expect(canariesIn(`Basic ${Buffer.from(`${canaries.stripe}:`).toString("base64")}`)).toHaveLength(1);
  expect(canariesIn(encodeURIComponent(canaries.hubspot))).not.toEqual([]);
  expect(canariesIn(canaries.smtpWord.slice(0, 9))).not.toEqual([]);
  expect(canariesIn(await readFile(path.join(place.folder, "attributary.yaml"), "utf8")).length).toBeGreaterThan(9);
});
