import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";
import type { Effects } from "../../src/effects.ts";
import { type ExtractionRequest, runExtraction } from "../../src/extract/run.ts";
import type { Connector, Ending, Page, PagedStream, StreamContext } from "../../src/extract/stream.ts";
import { createTransport } from "../../src/extract/transport.ts";
import { type Connection, openEngine } from "../../src/warehouse/database.ts";
import { timelessWorld } from "./misbehaving-server.ts";

/** A log of its own with a folder beside it; cleaned up when the test is over. */
export interface Bench {
  readonly folder: string;
  readonly connection: Connection;
  /** The configuration of its sources. */
  readonly config: Config;
  /** Writes a file below the folder. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<void>;
  /** One run; `day` is the day of September 2026 it starts on. */
  readonly run: (day: number, options?: Partial<ExtractionRequest>) => ReturnType<typeof runExtraction>;
  /** What was written to stderr so far. */
  readonly shown: () => string;
  readonly rows: Connection["rows"];
}

export interface BenchOptions {
  readonly sources?: readonly Readonly<Record<string, unknown>>[];
  readonly env?: Effects["env"];
  /** Keeps the log in a file and writes it from two threads, as a refresh does. */
  readonly isFile?: boolean;
}

/** Opens a fresh log for a test; the sources default to a folder `drop`. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-extract-"));
  const database = await openEngine();
  if (options.isFile === true) await database.attach(path.join(folder, "raw.duckdb"), "raw", { isLog: true });
  else await database.attach(":memory:", "raw");
  const connection = await database.connect();
  // Test files run side by side already: one core each.
  await connection.run(`set threads = ${options.isFile === true ? 2 : 1}`);
  onTestFinished(async () => {
    connection.close();
    database.close();
    await rm(folder, { recursive: true, force: true });
  });
  const shown: string[] = [];
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      shown.push(String(chunk));
      done();
    },
  });
  const sources = options.sources ?? [{ name: "drop", kind: "files", path: "./drop" }];
  const config = parseConfig(stringify({ sources }), "attributary.yaml", {});
  const run = async (day: number, more: Partial<ExtractionRequest> = {}) => {
    const startedAt = new Date(Date.UTC(2026, 8, day, 2));
    return runExtraction({
      connection,
      database,
      config,
      folder,
      runId: `run-${day}`,
      startedAt,
      full: false,
      effects: {
        now: () => startedAt,
        env: options.env ?? {},
        cwd: folder,
        stdout: stderr,
        stderr,
        isTerminal: false,
      },
      // Nobody counts real seconds here unless a test asks for a pace of its own.
      transport: { ...timelessWorld(), pace: 100 },
      ...more,
    });
  };
  return Object.freeze({
    folder,
    connection,
    config,
    run,
    rows: connection.rows,
    shown: () => shown.join(""),
    write: async (name: string, content: string | Uint8Array) => {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    },
  });
}

/** A vendor made of streams that need no network, and the source entry that asks for it. */
export function vendorOf(...streams: readonly PagedStream[]): (source: { name: string }) => Promise<Connector> {
  return async (source) => ({
    source: source.name,
    kind: "stripe",
    streams,
    transport: createTransport({
      address: "http://crm.example",
      source: source.name,
      buckets: { all: { requests: 1000, intervalMs: 1000, concurrency: 10 } },
      effects: timelessWorld(),
    }),
  });
}

export const vendorSource = { name: "crm", kind: "stripe", api_key: "sk_test" };

/** A stream whose pages a test writes itself. */
export function streamOf(
  name: string,
  pages: (context: StreamContext) => AsyncGenerator<Page, Ending>,
  more: Partial<PagedStream> = {},
): PagedStream {
  return {
    form: "pages",
    name,
    mode: "full",
    cursor: null,
    deletion: "absence",
    record: { at: "$.results", id: "$.id", updatedAt: "$.updatedAt", archived: "$.archived" },
    pages,
    ...more,
  };
}

/** The body of a page with these records. */
export const page = (...results: readonly object[]): Page => ({ body: JSON.stringify({ results }) });

/** A complete listing of these pages. */
export const listing = (...pages: readonly Page[]) =>
  async function* (): AsyncGenerator<Page, Ending> {
    yield* pages;
    return { isComplete: true };
  };
