import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openBrowser } from "../support/browser.ts";
import { runCommand, testNow } from "../support/cli.ts";

test("the demo ends by itself with a site whose Overview opens from disk with cards and charts", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-demo-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const child = spawn(process.execPath, ["src/cli.ts", "sandbox", "--demo", "--json", "--home", folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    told += chunk.toString("utf8");
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code, told).toBe(0);
  const index = path.join(folder, "home", "site", "index.html");
  expect(told).toContain(`open it by double click:\n  ${index}\n`);

  expect(JSON.parse(printed)).toMatchObject({ index });

  for (const file of await readdir(path.join(folder, "home", "site", "partners"))) {
    const { size } = await stat(path.join(folder, "home", "site", "partners", file));
    expect(size, file).toBeLessThanOrEqual(150_000);
  }

  const browser = await openBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) complaints.push(request.url());
  });
  await page.goto(pathToFileURL(index).href);
  expect(await page.locator("h1").allInnerTexts()).toEqual(["Overview"]);
  expect(await page.locator("main svg[role=img]").count()).toBeGreaterThan(0);
  expect(await page.locator(".card:visible").count()).toBe(6);
  expect((await page.locator("main").allInnerTexts()).join()).not.toMatch(/NaN|undefined|Infinity/);
  // Its last closed quarter was presented with a commentary, and is no longer what was presented.
  await page.goto(pathToFileURL(path.join(folder, "home", "site", "scorecard.html")).href);
  const said = (await page.locator("main").allInnerTexts()).join();
  expect(said).toMatch(/Frozen as presented by \S+ \S+ on .*figures were restated since/);
  expect(said).toContain("joint events opened the quarter");
  expect(said).toContain("Raise the protection of approved registrations from 90 to 120 days?");
  expect(said).toMatch(/✓ done · Name a stand-in .*\n○ open · Agree a commission rate/s);
  expect(said).not.toMatch(/on record|cannot be used/);
  expect(await page.locator("#scorecard-rows .restated").count()).toBeGreaterThan(0);
  const restated = (await page.locator("#restated tbody th").allInnerTexts()).join();
  for (const metric of ["Sourced bookings", "Sourced share of bookings", "Win rate"])
    expect(restated).toContain(metric);
  await page.goto(pathToFileURL(path.join(folder, "home", "site", "change-log.html")).href);
  const reasons = await page.locator("#reasons tbody td:nth-child(4)").allInnerTexts();
  expect(new Set(reasons)).toEqual(new Set(["amount changed", "excluded", "override"]));
  expect(complaints).toEqual([]);
}, 300_000);

test("the sandbox says where it is served, and what it wrote leads there", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-sandbox-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const child = spawn(process.execPath, ["src/cli.ts", "sandbox", "--json", "--home", folder], {
    stdio: ["ignore", "pipe", "ignore"],
    // The doctor holds this machine's clock against the vendors'.
    env: { ...process.env, ATTRIBUTARY_NOW: testNow.toISOString() },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const printed = await new Promise<Buffer>((resolve) => child.stdout.once("data", resolve));
  const { config, ...served } = JSON.parse(printed.toString("utf8")) as Record<string, string>;
  expect(config).toBe(path.join(folder, "attributary.yaml"));
  expect(Object.keys(served)).toEqual(["hubspot", "salesforce", "stripe"]);
  const ran = await runCommand(folder, ["doctor"]);
  expect(ran.code, ran.stderr).toBe(0);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
}, 60_000);
