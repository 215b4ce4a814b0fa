import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { JSDOM } from "jsdom";
import { isPage, type Page } from "../../src/reports/page.ts";
import type { ReadCommentary } from "../../src/reports/scorecard/notes.ts";
import { writeSite } from "../../src/reports/site.ts";
import type { Connection } from "../../src/warehouse/database.ts";
import { openReadOnly } from "../../src/warehouse/database.ts";
import type { Parameter } from "../../src/warehouse/values.ts";
import { type FixtureRows, writeFixture } from "./fixture-warehouse.ts";

const dashboards = path.join(import.meta.dirname, "..", "..", "dashboards");

/** Every page of `dashboards/`, in the order of their files. */
export async function allPages(): Promise<readonly Page[]> {
  const files: string[] = [];
  for await (const file of glob("*.ts", { cwd: dashboards })) files.push(file);
  const pages: Page[] = [];
  for (const file of files.sort()) {
    const module = (await import(path.join(dashboards, file))) as { page?: unknown };
    if (!isPage(module.page)) throw new Error(`${file} exports no page`);
    pages.push(module.page);
  }
  return pages;
}

/** A site drawn from a fixture, in a folder of its own. */
export interface DrawnSite {
  readonly directory: string;
  /** The warehouse it was drawn from. */
  readonly warehouse: string;
  /** The names of all files of HTML. */
  readonly files: readonly string[];
  /** How many files are new or other than in the site before. */
  readonly written: number;
  readonly html: (file: string) => Promise<string>;
  /** What a reader without scripts sees, with runs of blanks as one. */
  readonly text: (file: string) => Promise<string>;
  /** What a table says, row by row with the total last; drawings are left out. */
  readonly table: (file: string, id: string) => Promise<string[][]>;
  readonly remove: () => Promise<void>;
}

/** Draws pages over a fixture; all of `dashboards/` unless some are given. */
export async function drawSite(
  rows: FixtureRows,
  options: {
    readonly pages?: readonly Page[];
    readonly settings?: Readonly<Record<string, Parameter>>;
    readonly after?: (connection: Connection) => Promise<void>;
    readonly commentary?: ReadCommentary;
    /** The folder of the site before. */
    readonly before?: string;
    /** What the builds before it found, oldest first. */
    readonly earlier?: readonly ReadonlyMap<string, number>[];
  } = {},
): Promise<DrawnSite> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-site-"));
  const warehouse = path.join(folder, "warehouse.duckdb");
  const directory = path.join(folder, "site");
  await writeFixture(warehouse, rows, options.settings ?? {}, options.after);
  const database = await openReadOnly(warehouse);
  let written = 0;
  try {
    const pages = options.pages ?? (await allPages());
    const { commentary, before, earlier } = options;
    ({ written } = await writeSite({
      database,
      directory,
      pages,
      builtAt: new Date("2026-08-22T06:30:00Z"),
      ...(commentary === undefined ? {} : { commentary }),
      ...(before === undefined ? {} : { before }),
      ...(earlier === undefined ? {} : { earlier }),
    }));
  } finally {
    database.close();
  }
  const files: string[] = [];
  for await (const file of glob("**/*.html", { cwd: directory })) files.push(file);
  const html = (file: string): Promise<string> => readFile(path.join(directory, file), "utf8");
  return Object.freeze({
    directory,
    warehouse,
    written,
    files: files.sort(),
    html,
    text: async (file: string) => {
      const { document } = new JSDOM(await html(file)).window;
      for (const hidden of document.querySelectorAll("script, style, pre, .needs-script, svg, .hidden-words"))
        hidden.remove();
      for (const cell of document.querySelectorAll("td, th, p, li, h1, h2, h3, div, option, dt, dd")) cell.append(" ");
      return (document.querySelector("main")?.textContent ?? "").replaceAll(/\s+/g, " ").trim();
    },
    table: async (file: string, id: string) => {
      const { document } = new JSDOM(await html(file)).window;
      return [...document.querySelectorAll(`#${id} tbody tr, #${id} tfoot tr`)].map((row) =>
        [...row.querySelectorAll("th, td")]
          .filter((cell) => cell.getAttribute("data-drawn") === null)
          .map((cell) => (cell.textContent ?? "").replaceAll(/\s+/g, " ").trim()),
      );
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  });
}
