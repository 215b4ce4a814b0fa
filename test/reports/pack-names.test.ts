import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportPacks, type WrittenPacks } from "../../src/reports/export.ts";
import { openPrinter } from "../../src/reports/pdf.ts";
import { openReadOnly } from "../../src/warehouse/database.ts";
import { writeFixture } from "../support/fixture-warehouse.ts";

const partners: readonly (readonly [string, string])[] = [
  ["drop:../../etc/passwd", "../../etc/passwd"],
  ["drop:a/b\\c:d*e?f", 'con.<>:"/\\|?*\u0000'],
  ["drop:P1", "Twin"],
  ["drop:p1", "Twin"],
  [`drop:${"k".repeat(400)}`, "n".repeat(10_000)],
  ["drop:rtl", "\u202efdp.exe"],
  ["drop:日本", "株式会社"],
  ["drop:dots", "..."],
  ["drop:umlaut", "Müller & Söhne"],
  ["drop:plain", "Muller"],
];

const formats = ["html", "csv", "xlsx", "parquet", "arrow"];

let folder = "";
let packs: WrittenPacks;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-names-"));
  const file = path.join(folder, "warehouse.duckdb");
  await writeFixture(file, { "marts.dim_partner": partners.map(([partner_key, name]) => ({ partner_key, name })) });
  const database = await openReadOnly(file);
  packs = await exportPacks({ database, formats, out: path.join(folder, "packs [Q2] *"), exports: "" });
  database.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("folders and files have names that every system takes, each partner its own, whatever partners are called", async () => {
  const folders = await readdir(packs.folder);
  expect(folders).toHaveLength(partners.length);
  expect(new Set(folders.map((name) => name.toLowerCase())).size).toBe(partners.length);
  expect(folders).toContain("muller-sohne--drop--umlaut");
  const names = packs.files.flatMap((file) => file.split(path.sep));
  expect(
    names.filter((name) => !/^[a-z0-9][A-Za-z0-9_.-]*[A-Za-z0-9_-]$/.test(name) || Buffer.byteLength(name) > 255),
  ).toEqual([]);
  expect((await readdir(folder)).sort()).toEqual(["packs [Q2] *", "warehouse.duckdb"]);
});

test("printing says where it looked for a browser and what to do when there is none", async () => {
  await expect(openPrinter("/nowhere/chromium")).rejects.toMatchObject({
    exitCode: 2,
    where: "--format pdf",
    found: expect.stringContaining("no browser starts at /nowhere/chromium"),
    fix: expect.stringContaining("ATTRIBUTARY_CHROMIUM"),
  });
});

test("a browser that ends while it prints is told as what it is", async () => {
  const printer = await openPrinter();
  await printer.close();
  await expect(printer.print("<p>late</p>")).rejects.toMatchObject({
    exitCode: 2,
    where: "--format pdf",
    found: "the browser ended before all pages were printed",
  });
});
