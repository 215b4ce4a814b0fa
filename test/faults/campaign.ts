import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import { exitCode, UserError } from "../../src/errors.ts";
import { buildWarehouse } from "../../src/models/build.ts";
import {
  type Company,
  companySettings,
  createCompany,
  type FaultHook,
  type Sandbox,
  seededFaults,
  startSandbox,
  type Vendor,
  vendorNames,
} from "../../src/sandbox/index.ts";
import { randomFor } from "../../src/sandbox/random.ts";
import { entryOf } from "../support/entry.ts";
import { liveThrough } from "./moves.ts";
import { openLog, readNight } from "./night.ts";
import { compareTruth, readTruth, type Truth } from "./truth.ts";

/** What one run counted. */
export interface RunResult {
  readonly seed: number;
  readonly vendors: readonly Vendor[];
  /** Share of the requests that were spoilt. */
  readonly rate: number;
  readonly requests: number;
  /** How often each kind of fault happened. */
  readonly faults: Readonly<Record<string, number>>;
  /** Readings that ended in an error and were put again. */
  readonly failed: number;
  /** Readings that were killed in the middle. */
  readonly killed: number;
  /** Whether the marts were held against those of an undisturbed log. */
  readonly isBuilt: boolean;
  /** What was lost, doubled or wrong, in words; a defect has the night before it. */
  readonly defects: readonly string[];
}

/** What a run is to do beside reading under faults. */
export interface RunOptions {
  readonly seed: number;
  /** Kill the process of the first load and that of one night. */
  readonly isKilled?: boolean;
  /** Read all three vendors, and hold the marts against those of a log that was read undisturbed. */
  readonly isBuilt?: boolean;
}

const nights = 3;
const mostMoves = 6;
const attempts = 6;
const day = 86_400_000;
const beginning = Date.parse("2026-09-10T14:00:00Z");

const companies = new Map<number, Company>();

/** One of eight tiny companies. */
function companyOf(seed: number): Company {
  const known = companies.get(seed % 8) ?? createCompany({ seed: seed % 8, now: beginning - day / 12, size: 12 });
  companies.set(seed % 8, known);
  return known;
}

// Pages so small that a tiny company has many, and limits that nothing meets.
const limits = {
  hubspot: { tenSeconds: 1e9, searchesPerSecond: 1e9, day: 1e9, pageRecords: 6, associationsPerRecord: 2 },
  salesforce: { day: 1e9, pageRows: 6, bulkJobs: 1e9, bulkRows: 30 },
  stripe: { perSecond: 1e9, perEndpoint: 1e9, pageSize: 10 },
};

/**
 * One run: a first load and three days of changes, each read under faults until it is through, and after each the log's
 * latest state held against what the vendor really has. The same seed gives the same faults and changes.
 */
export async function runSeed(options: RunOptions): Promise<RunResult> {
  const { seed, isKilled = false, isBuilt = false } = options;
  const random = randomFor("faults", seed);
  const rate = random.pick([0.03, 0.1, 0.2, 0.3]);
  const isBulk = randomFor("bulk", seed).chance(0.5);
  const vendors = isBuilt ? vendorNames : [vendorNames[seed % 3] ?? "hubspot"];
  const faults = vendors.map((vendor) => ({ vendor, ...seededFaults({ vendor, seed, rate }) }));
  let isDisturbed = false;
  let requests = 0;
  let killAt = Number.POSITIVE_INFINITY;
  let kill = (): void => undefined;
  const hookOf =
    (spoil: FaultHook): FaultHook =>
    (request) => {
      if (!isDisturbed) return undefined;
      requests += 1;
      if (requests >= killAt) kill();
      return spoil(request);
    };
  const sandbox = await startSandbox({
    company: companyOf(seed),
    limits,
    faults: Object.fromEntries(faults.map(({ vendor, hook }) => [vendor, hookOf(hook)])),
  });
  const configOf = (salesforce: object): string =>
    stringify({
      ...companySettings(),
      sources: vendors.map((vendor) => ({
        ...entryOf(sandbox, vendor),
        ...(vendor === "salesforce" ? salesforce : {}),
      })),
    });
  // Every other org is read by jobs, whatever its size, and held against what REST gives.
  const config = configOf(isBulk ? { bulk_from: 0 } : {});
  const calmConfig = configOf({});
  const folder = isKilled ? await mkdtemp(path.join(tmpdir(), "attributary-faults-")) : undefined;
  const log = folder === undefined ? ":memory:" : path.join(folder, "raw.duckdb");
  const kept = folder === undefined ? await openLog(log) : undefined;
  const calm = isBuilt ? await openLog(":memory:") : undefined;
  const nightsKilled = new Set(isKilled ? [0, random.int(1, nights)] : []);
  let failed = 0;
  let killed = 0;
  const defects: string[] = [];

  /** Reads once; false when it ended in an error that is not ours. */
  const read = async (night: { config: string; log: string; runId: string; at: number }): Promise<boolean> => {
    try {
      await readNight(night, kept);
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failed += 1;
      return false;
    }
  };

  const readKilled = async (night: Parameters<typeof read>[0]): Promise<void> => {
    const child = fork(path.join(import.meta.dirname, "killed.ts"), [JSON.stringify(night)], {
      stdio: "ignore",
      execArgv: [],
    });
    // Within the requests of the shortest night.
    killAt = requests + random.int(1, 10);
    const delay = random.int(0, 40);
    kill = () => void setTimeout(() => child.kill("SIGKILL"), delay);
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    killAt = Number.POSITIVE_INFINITY;
    if (signal === "SIGKILL") killed += 1;
    else if (code !== exitCode.fine && code !== exitCode.source) throw new Error(`a reading ended with code ${code}`);
  };

  try {
    let truths: ReadonlyMap<Vendor, Truth> = new Map();
    let number = seed * 100;
    for (let night = 0; night <= nights; night += 1) {
      const at = beginning + night * day;
      for (const [vendor, truth] of truths) {
        const nextNumber = (): number => (number += 1);
        liveThrough({ sandbox, vendor, random, now: at, most: mostMoves, truth, nextNumber });
      }
      isDisturbed = true;
      const base = { config, log, runId: `night ${night}`, at };
      if (nightsKilled.has(night)) await readKilled(base);
      // A failed night may be left as it is: the next one makes up for it.
      const isLeft = !isBuilt && night < nights && random.chance(0.1);
      let isRead = false;
      for (let attempt = 1; attempt <= (isLeft ? 1 : attempts) && !isRead; attempt += 1) {
        isRead = await read({ ...base, runId: `night ${night} attempt ${attempt}` });
      }
      isDisturbed = false;
      if (!isRead && !isLeft) {
        await readNight(base, kept);
        isRead = true;
      }
      if (calm !== undefined) await readNight({ ...base, config: calmConfig }, calm);
      truths = await readTruths(sandbox, vendors);
      if (!isRead) continue;
      const seen = kept ?? (await openLog(log));
      for (const [vendor, truth] of truths) {
        const found = await compareTruth(seen.connection, vendor, truth);
        defects.push(...found.map((words) => `night ${night}: ${words}`));
      }
      if (kept === undefined) seen.close();
    }
    if (kept !== undefined && calm !== undefined) {
      defects.push(...(await compareMarts(kept.connection, calm.connection, config)));
    }
  } finally {
    kept?.close();
    calm?.close();
    await sandbox.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
  const counted: Record<string, number> = {};
  for (const { counts } of faults) {
    for (const [kind, times] of Object.entries(counts())) counted[kind] = (counted[kind] ?? 0) + times;
  }
  return Object.freeze({ seed, vendors, rate, requests, faults: counted, failed, killed, isBuilt, defects });
}

async function readTruths(sandbox: Sandbox, vendors: readonly Vendor[]): Promise<ReadonlyMap<Vendor, Truth>> {
  const truths = new Map<Vendor, Truth>();
  for (const vendor of vendors) truths.set(vendor, await readTruth(sandbox, vendor));
  return truths;
}

type Log = Awaited<ReturnType<typeof openLog>>["connection"];

/** Where the marts of two logs differ, by table. */
async function compareMarts(disturbed: Log, calm: Log, config: string): Promise<readonly string[]> {
  const [mine, theirs] = [await martsOf(disturbed, config), await martsOf(calm, config)];
  const names = [...new Set([...mine.keys(), ...theirs.keys()])];
  return names
    .filter((name) => !isDeepStrictEqual(mine.get(name), theirs.get(name)))
    .map((name) => {
      const [own, other] = [mine.get(name) ?? [], theirs.get(name) ?? []];
      const place = own.findIndex((row, index) => row !== other[index]);
      return `wrong: marts.${name} has ${own[place] ?? "fewer rows"} instead of ${other[place] ?? "fewer rows"}`;
    });
}

async function martsOf(connection: Log, config: string): Promise<ReadonlyMap<string, readonly string[]>> {
  await connection.run("attach ':memory:' as input; attach ':memory:' as warehouse; use warehouse");
  const asOf = { date: new Date(beginning + nights * day).toISOString().slice(0, 10), isExplicit: true };
  await buildWarehouse({ connection, config: parseConfig(config, "attributary.yaml", {}), asOf });
  const tables = await connection.rows<{ name: string }>(
    "select table_name as name from information_schema.tables where table_catalog = 'warehouse' and table_schema = 'marts' order by 1",
  );
  const marts = new Map<string, readonly string[]>();
  for (const { name } of tables) {
    const rows = await connection.rows<{ row: string }>(
      `select to_json(t)::varchar as row from warehouse.marts."${name}" as t order by 1`,
    );
    marts.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return marts;
}
