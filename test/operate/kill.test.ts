import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadPages } from "../../src/operate/pipeline.ts";
import { createCompany, startSandbox, writeConfig, writeDrop } from "../../src/sandbox/index.ts";
import type { Drop } from "../support/build.ts";
import { makePlace, runCommand, testNow } from "../support/cli.ts";
import { publishedBy } from "../support/published.ts";
import { refreshData } from "../support/refresh.ts";

/** What a place has published, which must be whole: a warehouse that opens, and a site with every page of it. */
async function wholeOf(place: string): Promise<ReadonlyMap<string, string>> {
  const home = path.join(place, "home");
  const published = await publishedBy(place);
  const partners = Number((published.get("marts.dim_partner") ?? "").split(" ")[0]);
  const single = (await loadPages()).filter((page) => page.each === undefined);
  const site = path.join(home, "site");
  const files = (await readdir(site, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(site, path.join(entry.parentPath, entry.name)))
    .sort();
  const below = (folder: string): string[] => files.filter((file) => file.startsWith(`${folder}/`));
  expect(files.filter((file) => !file.includes("/"))).toEqual(
    ["search-index.js", ...single.map((page) => (page.id === "overview" ? "index.html" : `${page.id}.html`))].sort(),
  );
  expect(below("partners")).toHaveLength(partners);
  const linked = new Set<string>();
  for (const file of files.filter((each) => each.endsWith(".html"))) {
    const text = await readFile(path.join(site, file), "utf8");
    expect(text.endsWith("</html>\n"), file).toBe(true);
    for (const [, link] of text.matchAll(/href="(data\/[^"]+)"/g)) linked.add(decodeURIComponent(link ?? ""));
  }
  expect(below("data")).toEqual([...linked].sort());
  return published;
}

/** Starts a refresh as a process of its own. `ended` tells whether it was killed. */
function startRefresh(place: string): { readonly child: ChildProcess; readonly ended: Promise<boolean> } {
  const child = spawn(process.execPath, [path.resolve("src/cli.ts"), "refresh"], {
    cwd: place,
    env: { ...process.env, ATTRIBUTARY_NOW: testNow.toISOString() },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<boolean>((resolve) => child.once("exit", (_code, signal) => resolve(signal === "SIGKILL")));
  return { child, ended };
}

/** One won deal of one partner: a run that is short may be killed as often in any part of it. */
const smallest: Drop = {
  partners: [{ id: "p1", name: "Northwind", type: "referral", agreed_on: "2026-01-10" }],
  accounts: [{ id: "a1", name: "Alder" }],
  deals: [
    {
      id: "d1",
      account_id: "a1",
      state: "won",
      amount: "10.00",
      currency: "USD",
      created_at: "2026-07-01",
      closed_on: "2026-08-10",
    },
  ],
  registrations: [
    {
      id: "r1",
      partner_id: "p1",
      deal_id: "d1",
      submitted_at: "2026-07-01",
      decided_at: "2026-07-02",
      status: "approved",
    },
  ],
};

// `npm test` kills at some of the moments, and ATTRIBUTARY_ALL_KILLS=1 at all of them.
const isAll = process.env.ATTRIBUTARY_ALL_KILLS === "1";

test("killed anywhere in a run, what is published is always whole and the next one ends right", async () => {
  const { folder, run } = await makePlace({ drop: smallest });
  const start = performance.now();
  await run("refresh");
  const length = performance.now() - start;
  const good = await wholeOf(folder);
  let killed = 0;
  // Moments of a whole run, start of the process included; and, since drawing and publishing are short, behind what it says then.
  const moments: readonly (readonly [after: string, milliseconds: number])[] = [
    ...(isAll ? [0, 0.25, 0.5, 0.75] : [0.4]).map((part) => ["", 200 + part * length] as const),
    ...(isAll ? [0, 60, 150, 300] : [100]).map((milliseconds) => ["built ", milliseconds] as const),
    ...(isAll ? [0, 5] : [0]).map((milliseconds) => ["drew ", milliseconds] as const),
  ];
  for (const [after, milliseconds] of moments) {
    const { child, ended } = startRefresh(folder);
    let isDue = false;
    const kill = (): void => {
      if (!isDue) setTimeout(() => child.kill("SIGKILL"), milliseconds);
      isDue = true;
    };
    if (after === "") kill();
    child.stderr?.on("data", (chunk: Buffer) => {
      if (after !== "" && chunk.toString("utf8").includes(after)) kill();
    });
    if (await ended) killed += 1;
    expect(await wholeOf(folder)).toEqual(good);
  }
  expect(killed).toBeGreaterThanOrEqual(moments.length / 2);
  expect((await run("refresh")).code).toBe(0);
  expect(await wholeOf(folder)).toEqual(good);
  expect((await readdir(path.join(folder, "home", "builds"))).length).toBeLessThanOrEqual(4);
}, 900_000);

test("killed again and again while vendors are read, it publishes nothing of it, and at last what an unbroken one does", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-kill-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const company = createCompany({ seed: 9, now: testNow, size: 20 });
  let requests = 0;
  let onRequest = (): void => undefined;
  const fault = (): undefined => {
    requests += 1;
    onRequest();
  };
  const sandbox = await startSandbox({ company, faults: { hubspot: fault, salesforce: fault, stripe: fault } });
  onTestFinished(() => sandbox.close());
  const placeAt = async (name: string): Promise<string> => {
    const place = path.join(folder, name);
    await mkdir(path.join(place, "drop"), { recursive: true });
    await writeDrop(company, path.join(place, "drop"));
    await writeFile(path.join(place, "attributary.yaml"), writeConfig(sandbox, "drop", "home"));
    return place;
  };

  const unbroken = await placeAt("unbroken");
  await refreshData(unbroken);
  const all = requests;

  // The good build to keep is that of the drop alone: the vendors are then read for the first time, and broken off.
  const broken = await placeAt("broken");
  expect((await runCommand(broken, ["refresh", "--source", "drop"])).code).toBe(0);
  const good = await wholeOf(broken);
  for (let round = 0; round < (isAll ? 10 : 2); round += 1) {
    requests = 0;
    const last = 1 + Math.floor((((round * 5 + 3) % 11) / 10) * 0.9 * all);
    const { child, ended } = startRefresh(broken);
    onRequest = () => {
      if (requests === last) child.kill("SIGKILL");
    };
    expect(await ended, `a run that was to end at request ${last} of ${all}`).toBe(true);
    onRequest = () => undefined;
    expect(await wholeOf(broken)).toEqual(good);
  }
  expect((await runCommand(broken, ["refresh"])).code).toBe(0);
  const [found, expected] = [await wholeOf(broken), await publishedBy(unbroken)];
  expect([...found.keys()]).toEqual([...expected.keys()]);
  expect([...expected].filter(([table, rows]) => found.get(table) !== rows).map(([table]) => table)).toEqual([]);
}, 900_000);
