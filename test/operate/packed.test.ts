import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
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
  ]) {
    expect(packed).toContain(file);
  }
  expect(
    packed.filter((file) => /(^|\/)(test|bench|sandbox\.test)\//.test(file) || /(?<!\.d)\.ts$/.test(file)),
  ).toEqual([]);
});

test("from the tarball, on the machine's Node: help, init with a refresh from a small drop, doctor, query", async () => {
  expect((await attributary("--help")).stdout).toContain("refresh [options]");
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
