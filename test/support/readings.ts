import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

/** A reading as `DECISIONS.md` words it. */
export interface Reading {
  readonly id: string;
  readonly text: string;
  /** The heading it stands under. */
  readonly section: string;
}

/** A test, or a group of tests, whose title ends in the readings it holds, as in `(R40, R41)`. */
export interface HoldingTest {
  readonly file: string;
  readonly title: string;
  readonly readings: readonly string[];
}

const root = path.join(import.meta.dirname, "..", "..");

/** Where the table of readings and their tests stands. */
export const readingsPage = path.join(root, "docs", "readings.md");

/** The readings of `DECISIONS.md` in their order. */
export async function listReadings(): Promise<readonly Reading[]> {
  const text = await readFile(path.join(root, "DECISIONS.md"), "utf8");
  const readings: Reading[] = [];
  let section = "";
  for (const line of text.slice(text.indexOf("\n## Readings\n")).split("\n")) {
    section = /^### (.+)$/.exec(line)?.[1] ?? section;
    const [, id, words] = /^- \*\*(R\d+b?)\*\* (.+)$/.exec(line) ?? [];
    if (id !== undefined && words !== undefined) readings.push({ id, text: words, section });
  }
  return readings;
}

/** Every test and group of tests whose title names readings, by file and place. */
export async function listHoldingTests(): Promise<readonly HoldingTest[]> {
  const files = globSync("test/**/*.test.ts", { cwd: root }).toSorted();
  const lists = await Promise.all(
    files.map(async (file) => titlesOf(await readFile(path.join(root, file), "utf8"), file.replaceAll("\\", "/"))),
  );
  return lists.flat();
}

function titlesOf(text: string, file: string): HoldingTest[] {
  const titled = /^ *(?:\}?\]\)|(?:describe|test|it)(?:\.\w+)*(?:\(.*\))?)\(\s*(["`'])(.+?) \((R\d[^()]*)\)\1,/gm;
  return [...text.matchAll(titled)].map(([, , title = "", ids = ""]) => ({ file, title, readings: ids.split(", ") }));
}

/** The table as Markdown: what each reading says and which tests hold it. */
export async function writeTable(): Promise<string> {
  const tests = await listHoldingTests();
  const lines = [
    "# Readings and their tests",
    "",
    "Each reading of [DECISIONS.md](../DECISIONS.md), and the tests that fail when it is broken. A test names its readings at the end of",
    "its title, as in `(R40, R41)`; a group of tests may do so for all of them. Written by `npm run generate`; a test holds it current.",
  ];
  let section = "";
  for (const reading of await listReadings()) {
    if (reading.section !== section) {
      section = reading.section;
      lines.push("", `## ${section}`, "", "| Reading | What it says | Tests |", "|---|---|---|");
    }
    const held = tests
      .filter((test) => test.readings.includes(reading.id))
      .map((test) => `[${path.basename(test.file, ".test.ts")}](../${test.file}): ${cell(test.title)}`);
    lines.push(`| ${reading.id} | ${cell(reading.text)} | ${held.join("<br>")} |`);
  }
  return `${lines.join("\n")}\n`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

if (import.meta.main) await writeFile(readingsPage, await writeTable());
