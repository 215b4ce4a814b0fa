import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { writeCsv } from "../support/cli.ts";

const run = promisify(execFile);
const checkout = path.join(import.meta.dirname, "..", "..");

let folder = "";
let bin = "";
let packed: string[] = [];

// What npm would install: the tarball, unpacked into an empty folder's node_modules, with the dependencies of the checkout.
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-packed-"));
  const at = path.join(folder, "node_modules", "attributary");
  await mkdir(at, { recursive: true });
  await run(process.execPath, ["scripts/build.ts"], { cwd: checkout });
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: checkout,
    maxBuffer: 1 << 24,
  });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map((file) => file.path);
  await run("tar", ["-xzf", path.join(folder, filename), "-C", at, "--strip-components=1"]);
  await symlink(path.join(checkout, "node_modules"), path.join(at, "node_modules"));
  bin = path.join(at, "dist", "src", "bin.js");
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The machine's own Node, as `npx` in an empty folder would find it: the one of the checkout is not on the path. */
const plainPath = (process.env.PATH ?? "")
  .split(path.delimiter)
  .filter((place) => !place.includes("node_modules"))
  .join(path.delimiter);

const attributary = (...words: readonly string[]) =>
  run("node", [bin, ...words], { cwd: folder, env: { ...process.env, PATH: plainPath }, maxBuffer: 1 << 24 });

test("ships the compiled program with its types, SQL and pages, and no test", async () => {
  for (const file of [
    "dist/src/bin.js",
    "dist/src/cli.d.ts",
    "dist/src/reports/style/base.css",
    "dist/sql/functions.sql",
    "dist/sql/marts/fct_deal.sql",
    "dist/dashboards/01-overview.js",
    "README.md",
    "LICENSE",
    "docs/operations.md",
    "deploy/systemd/attributary.timer",
  ]) {
    expect(packed).toContain(file);
  }
  expect(
    packed.filter((file) => /(^|\/)(test|bench|sandbox\.test)\//.test(file) || /(?<!\.d)\.ts$/.test(file)),
  ).toEqual([]);
});

test("from the tarball, on the machine's Node: help, init with a refresh from a small drop, doctor, query", async () => {
  expect((await attributary("--help")).stdout).toContain("refresh [options]");
  expect((await attributary("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  await writeCsv(path.join(folder, "drop"), {
    partners: [{ id: "p1", name: "Contour", type: "Solution Partner" }],
    deals: [
      {
        id: "d1",
        stage: "Won",
        state: "won",
        amount: "1000.00",
        currency: "EUR",
        created_at: "2026-07-01T09:00:00Z",
        closed_on: "2026-08-01",
        partner_id: "p1",
        partner_role: "sourced",
      },
    ],
  });
  const words = ["--sources", "files", "--drop", "./drop", "--currency", "EUR", "--yes", "--refresh", "--json"];
  const { refresh } = JSON.parse((await attributary("init", ...words)).stdout);
  expect(await readFile(refresh.index, "utf8")).toContain("<h1");
  expect((await attributary("doctor")).stderr).toContain("everything answers");
  const asked = await attributary(
    "query",
    "select p.type, d.class, d.amount_reporting_minor as minor from marts.fct_deal d join marts.dim_partner p on p.partner_key = d.source_partner_key",
    "--json",
  );
  // The word of the drop was taken for an agency; the deal is the partner's, to the cent.
  expect(JSON.parse(asked.stdout)).toEqual([{ type: "agency", class: "sourced", minor: 100_000 }]);
}, 300_000);

test("what it keeps and what it backs up is its user's alone, unless the home's own folder is given to others", async () => {
  const home = path.join(folder, ".attributary");
  const rightsBelow = async (place: string): Promise<ReadonlySet<string>> => {
    const entries = await readdir(place, { recursive: true, withFileTypes: true });
    const found = await Promise.all(
      entries
        .filter((entry) => !entry.isSymbolicLink())
        .map(async (entry) => {
          const { mode } = await stat(path.join(entry.parentPath, entry.name));
          return `${entry.isDirectory() ? "folder" : "file"} ${(mode & 0o777).toString(8)}`;
        }),
    );
    return new Set(found);
  };
  await attributary("backup", "--out", "kept");
  for (const place of [home, path.join(folder, "kept")]) {
    expect((await stat(place)).mode & 0o777).toBe(0o700);
    expect(await rightsBelow(place)).toEqual(new Set(["folder 700", "file 600"]));
  }
  await run("chmod", ["-R", "g+rX", home]);
  await attributary("refresh", "--no-extract");
  expect(await rightsBelow(path.join(home, "builds", await newestIn(path.join(home, "builds"))))).toEqual(
    new Set(["folder 750", "file 640"]),
  );
}, 300_000);

async function newestIn(place: string): Promise<string> {
  return (await readdir(place)).sort().at(-1) ?? "";
}

/** The files that a page of the documentation shows, by path. */
async function filesOf(page: string): Promise<readonly (readonly [file: string, text: string])[]> {
  const text = await readFile(path.join(checkout, "docs", page), "utf8");
  return [...text.matchAll(/^`(our\/[^`]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)].map(
    ([, file = "", content = ""]) => [file, content] as const,
  );
}

test("metrics, pages and sources of one's own work as docs/extending.md shows them, in a folder of any kind", async () => {
  const here = path.join(folder, "extended");
  const files = await filesOf("extending.md");
  expect(files.map(([file]) => file)).toHaveLength(5);
  for (const [file, text] of files) {
    await mkdir(path.dirname(path.join(here, file)), { recursive: true });
    await writeFile(path.join(here, file), text);
  }
  // A folder whose scripts are CommonJS, as many are.
  await writeFile(path.join(here, "package.json"), '{ "type": "commonjs" }');
  const [, config = ""] = /```yaml\n([\s\S]*?)```/.exec(
    await readFile(path.join(checkout, "docs", "extending.md"), "utf8"),
  ) ?? [""];
  await writeFile(path.join(here, "attributary.yaml"), config);
  const lost = { stage: "Lost", state: "lost", currency: "USD", created_at: "2026-07-01T09:00:00Z" };
  await writeCsv(path.join(here, "drop"), {
    partners: [{ id: "p1", name: "Contour", type: "referral" }],
    // 500.00 and 20.50 were lost; the second deal belongs to a partner of the loyalty programme.
    deals: [
      { ...lost, id: "d1", name: "Alder", amount: "500.00", closed_on: "2026-08-02", partner_id: "p1" },
      { ...lost, id: "d2", name: "Birch", amount: "20.50", closed_on: "2026-09-02", partner_id: "points:m2" },
    ],
  });
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? "");
    const isFirst = request.url?.endsWith("page=1") === true;
    const data = [{ id: isFirst ? "m1" : "m2", title: isFirst ? "Member One" : "Member Two", level: "Gold" }];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ data, next: isFirst ? "/members?page=2" : null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const env = {
    ...process.env,
    PATH: plainPath,
    LOYALTY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    LOYALTY_TOKEN: "canary-token",
  };
  const own = (...words: readonly string[]) => run("node", [bin, ...words], { cwd: here, env, maxBuffer: 1 << 24 });
  const doctor = (await own("doctor")).stderr;
  expect(doctor).toContain(
    "ok    extension: metrics: lost_amount\n        pages: Lost deals\n        sources: loyalty",
  );
  expect(doctor).toContain("ok    source points: loyalty: members can be read");
  const refreshed = await own("refresh", "--as-of", "2026-09-30");
  // Neither the types nor the kind of package that is around makes the engine complain.
  expect(refreshed.stderr).not.toContain("Warning");
  expect(new Set(asked)).toEqual(new Set(["Bearer canary-token"]));
  const values = await own(
    "query",
    "select slice_key, value::varchar as value from metrics.value where metric = 'lost_amount' and period = '2026-Q3' and slice in ('program', 'partner') order by slice_key",
    "--json",
  );
  expect(JSON.parse(values.stdout)).toEqual([
    { slice_key: "all", value: "520.500000000000" },
    { slice_key: "drop:p1", value: "500.000000000000" },
    { slice_key: "points:m2", value: "20.500000000000" },
  ]);
  const site = (name: string) => readFile(path.join(here, ".attributary", "site", name), "utf8");
  expect(await site("lost.html")).toContain("$520.50 lost in deals that partners brought");
  expect(await site("lost.html")).toContain("Member Two");
  expect(await site("index.html")).toMatch(/href="lost.html"[^>]*>Lost deals</);
  expect(await site("definitions.html")).toContain('id="lost_amount"');
  expect(await site("search-index.js")).toContain('"Lost amount"');

  // An editor, and whoever checks types, finds them in the package.
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--types",
    "",
    "--skipLibCheck",
  ];
  const scripts = files.map(([file]) => file).filter((file) => file.endsWith(".ts"));
  await writeFile(path.join(here, "package.json"), '{ "type": "module" }');
  const tsc = path.join(checkout, "node_modules", "typescript", "bin", "tsc");
  const checked = await run(process.execPath, [tsc, ...options, ...scripts], { cwd: here }).catch(
    (error: { stdout: string }) => error,
  );
  expect(checked.stdout).toBe("");
}, 300_000);

const definition = (id: string): string =>
  `defineMetric({ id: "${id}", label: "L", words: "W.", formula: "f", unit: "count", better: "up", form: "count", grain: "g", datedBy: "d", included: "i" })`;
const pageText = (id: string, order: number, more = ""): string =>
  `definePage({ id: "${id}", title: "T", question: "Q?", group: "Revenue", order: ${order}, ${more} render: () => ({ finding: "F", body: html\`\` }) })`;
const header = "-- into: metrics.flow\n-- about: A.\n";
const metricFile = (id: string): string =>
  `import { defineMetric } from "attributary";\nexport const metrics = [${definition(id)}];\n`;
const pageFile = (...parts: Parameters<typeof pageText>): string =>
  `import { definePage, html } from "attributary";\nexport const page = ${pageText(...parts)};\n`;

// What is wrong in a folder, and what is said of it.
const mistakes: readonly (readonly [said: string, files: Readonly<Record<string, string>>])[] = [
  ["./our/metrics/a.ts: the metric id won_deals is taken", { "metrics/a.ts": metricFile("won_deals") }],
  [
    "./our/metrics/b.js: the metric id twice is taken",
    { "metrics/a.ts": metricFile("twice"), "metrics/a.sql": header, "metrics/b.js": metricFile("twice") },
  ],
  [
    "./our/metrics/a.sql: there is no such file, and the metric mine is worked out in it",
    { "metrics/a.ts": metricFile("mine") },
  ],
  [
    './our/metrics/a.sql: the header has no "about"',
    { "metrics/a.ts": metricFile("mine"), "metrics/a.sql": "-- into: metrics.flow\nselect 1" },
  ],
  ["./our/metrics/a.ts: Bad Id: the id is lower-case words", { "metrics/a.ts": metricFile("Bad Id") }],
  [
    "./our/metrics/a.ts: its `metrics` is not a list of definitions",
    { "metrics/a.ts": "export const metrics = [{}];" },
  ],
  [
    './our/dashboards/a.ts: the page number 5 is taken by the page "Velocity"',
    { "dashboards/a.ts": pageFile("mine", 5) },
  ],
  [
    './our/dashboards/a.ts: the page id velocity is taken by the page "Velocity"',
    { "dashboards/a.ts": pageFile("velocity", 50) },
  ],
  [
    './our/dashboards/b.ts: the page number 50 is taken by the page "T" (./our/dashboards/a.ts)',
    { "dashboards/a.ts": pageFile("a", 50), "dashboards/b.ts": pageFile("b", 50) },
  ],
  ["./our/dashboards/a.ts: it is drawn for each partner", { "dashboards/a.ts": pageFile("a", 50, 'each: "partner",') }],
  ['./our/dashboards/a.ts, page "A B": its id cannot be a file name', { "dashboards/a.ts": pageFile("A B", 50) }],
  ["./our/dashboards/a.ts:2: it cannot be loaded: ", { "dashboards/a.ts": "const fine = 1;\nconst wrong = ;\n" }],
  [
    "./our/dashboards/a.ts:3: it cannot be loaded: Cannot read properties of undefined",
    { "dashboards/a.ts": "const fine = { page: undefined };\n\nfine.page.title;\n" },
  ],
  [
    "./our/dashboards/a.ts: it cannot be loaded: Cannot find package 'nowhere'",
    { "dashboards/a.ts": 'import "nowhere";' },
  ],
  [
    "./our/dashboards/a.ts:1: it cannot be loaded: The requested module 'attributary' does not provide an export named 'nope'",
    { "dashboards/a.ts": 'import { nope } from "attributary";\nnope();\n' },
  ],
  ["./our/sources/mine: there is no index.ts or index.js", { "sources/mine/read.ts": "" }],
  [
    "./our/sources/mine/index.ts: it exports no `source` made by defineSource",
    { "sources/mine/index.ts": "export const source = {};" },
  ],
];

test("what is wrong in a folder of one's own is told with the file and the reason", async () => {
  const places = await Promise.all(
    mistakes.map(async ([, files], number) => {
      const here = path.join(folder, `mistake-${number}`);
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(here, "our", file)), { recursive: true });
        await writeFile(path.join(here, "our", file), text);
      }
      const kind = Object.keys(files).some((file) => file.startsWith("sources")) ? "mine" : "files";
      const config = { extend: "./our", sources: [{ name: "s", kind, path: "./drop" }] };
      await writeFile(path.join(here, "attributary.yaml"), JSON.stringify(config));
      return path.join(here, "attributary.yaml");
    }),
  );
  // One process looks at all of them: starting one for each would take longer than everything else here.
  const at = (file: string): string => JSON.stringify(path.join(path.dirname(bin), file));
  const script = `import { loadConfig } from ${at("config/load.js")};
import { loadExtension } from ${at("operate/extend.js")};
import { loadPages } from ${at("operate/pipeline.js")};
const said = [];
for (const file of ${JSON.stringify(places)}) {
  said.push(await loadConfig(file, {}).then(async (loaded) => loadExtension(loaded, await loadPages())).then(() => "fine", (error) => error.exitCode + " " + error.message));
}
console.log(JSON.stringify(said));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
  const said = JSON.parse(stdout) as string[];
  expect(said.map((text, number) => text.slice(0, 2 + (mistakes[number]?.[0].length ?? 0)))).toEqual(
    mistakes.map(([text]) => `2 ${text}`),
  );
});
