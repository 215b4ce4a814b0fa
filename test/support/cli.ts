import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { stringify } from "yaml";
import { main } from "../../src/cli.ts";
import type { Effects } from "../../src/effects.ts";
import type { Drop } from "./build.ts";

/** What a command printed and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** A folder with a configuration and file drops, and the command line over it. */
export interface Place {
  readonly folder: string;
  /** The entries of `sources`, one for each drop. */
  readonly sources: readonly Readonly<Record<string, string>>[];
  /** Runs one command line in the folder, on a pinned clock. */
  run(...words: readonly string[]): Promise<Ran>;
  /** Writes another configuration over the same drops and home. */
  configure(name: string, config: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The moment the tests' clock stands at. */
export const testNow = new Date("2026-10-05T06:00:00Z");

/** Makes a folder with one drop per source of kind files and a configuration; removed when the test is over, or when `atTheEnd` says. */
export async function makePlace(
  drops: Readonly<Record<string, Drop>>,
  config: Readonly<Record<string, unknown>> = {},
  atTheEnd: (clean: () => Promise<void>) => void = onTestFinished,
): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-place-"));
  atTheEnd(() => rm(folder, { recursive: true, force: true }));
  for (const [source, drop] of Object.entries(drops)) await writeCsv(path.join(folder, source), drop);
  const sources = Object.keys(drops).map((name) => ({ name, kind: "files", path: `./${name}` }));
  const place = placeAt(folder, sources);
  await place.configure("attributary.yaml", config);
  return place;
}

/** A copy of a place with everything it has read and published; removed when the test is over. */
export async function copyOf(place: Place): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-place-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(place.folder, folder, { recursive: true, verbatimSymlinks: true });
  return placeAt(folder, place.sources);
}

function placeAt(folder: string, sources: Place["sources"]): Place {
  return {
    folder,
    sources,
    run: (...words) => runCommand(folder, words),
    configure: (name, own) => writeFile(path.join(folder, name), stringify({ home: "home", sources, ...own })),
  };
}

/** Writes each entity of a drop as a CSV file. */
export async function writeCsv(folder: string, drop: Drop): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [entity, rows] of Object.entries(drop)) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cell = (value: unknown): string => {
      const text = value === undefined ? "" : String(value);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
    await writeFile(
      path.join(folder, `${entity}.csv`),
      `${lines.map((line) => line.map(cell).join(",")).join("\n")}\n`,
    );
  }
}

/** Runs one command line in this process and keeps what it printed. */
export async function runCommand(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  now: Date = testNow,
  isTerminal = false,
): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const sink = (chunks: Buffer[]): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(Buffer.from(chunk));
        done();
      },
    });
  const code = await main(words, {
    now: () => now,
    env,
    cwd: folder,
    stdout: sink(out),
    stderr: sink(err),
    isTerminal,
  });
  const bytes = Buffer.concat(out);
  return { code, bytes, stdout: bytes.toString("utf8"), stderr: Buffer.concat(err).toString("utf8") };
}

/** Effects on a pinned clock that print nothing. */
export function quietEffects(cwd: string, now: Date): Effects {
  const nothing = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
  return { now: () => now, env: {}, cwd, stdout: nothing(), stderr: nothing(), isTerminal: false };
}
