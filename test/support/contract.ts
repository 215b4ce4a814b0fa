import { onTestFinished } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";
import type { ExtractionRequest } from "../../src/extract/run.ts";
import {
  type Company,
  type FaultHook,
  type Sandbox,
  type SandboxLimits,
  startSandbox,
} from "../../src/sandbox/index.ts";
import { entryOf } from "./entry.ts";
import { type Bench, openBench } from "./extraction.ts";
import { timelessWorld } from "./misbehaving-server.ts";

/** A vendor's sandbox that changes between runs, with a log that follows it and fresh logs to compare it with. */
export interface Contract {
  readonly sandbox: Sandbox;
  /** The log that is kept, run after run. */
  readonly log: Bench;
  /** The configuration that names the sandbox. */
  readonly config: Config;
  /** Runs the kept log. */
  readonly run: (at: Date, more?: Partial<ExtractionRequest>) => ReturnType<Bench["run"]>;
  /** Ids of HubSpot's living or archived records, as its list has them. */
  readonly ids: (type: "deals" | "companies", isArchived: boolean) => Promise<readonly string[]>;
  /** Pages that each stream took in the log's first run. */
  readonly whole: () => Promise<Readonly<Record<string, number>>>;
  /** What a whole reading into a fresh log has that the kept one has not, and the other way round; empty when they agree. */
  readonly differences: (at: Date, kept?: Bench) => Promise<readonly string[]>;
}

/** Limits that no test meets by accident, and pages so small that a small company has many. */
const limits: SandboxLimits = {
  hubspot: { tenSeconds: 1e9, searchesPerSecond: 1e9, day: 1e9 },
  salesforce: { day: 1e9, pageRows: 40 },
  stripe: { perSecond: 1e9, perEndpoint: 1e9, pageSize: 10 },
};

// The sandbox's limits are out of reach here, so that waiting for real seconds would prove nothing.
const transport = Object.freeze({ ...timelessWorld(), pace: 100 });

/** Starts a sandbox over a company and a log that follows one of its vendors. */
export async function openContract(
  company: Company,
  vendor: "hubspot" | "salesforce" | "stripe",
  more: {
    readonly limits?: SandboxLimits;
    readonly fault?: FaultHook;
    readonly clock?: () => number;
    /** Keys of the source beside its credentials. */
    readonly source?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<Contract> {
  const sandbox = await startSandbox({
    company,
    limits: { ...limits, [vendor]: { ...limits[vendor], ...more.limits?.[vendor] } },
    ...(more.fault === undefined ? {} : { faults: { [vendor]: more.fault } }),
    ...(more.clock === undefined ? {} : { clock: more.clock }),
  });
  onTestFinished(() => sandbox.close());
  const sources = [{ ...entryOf(sandbox, vendor), ...more.source }];
  const log = await openBench({ sources });
  return Object.freeze({
    sandbox,
    log,
    run: (at: Date, more = {}) => log.run(1, { startedAt: at, runId: at.toISOString(), transport, ...more }),
    ids: async (type: "deals" | "companies", isArchived: boolean) => {
      const ids: string[] = [];
      let after = "";
      do {
        const query = new URLSearchParams({
          limit: "100",
          archived: String(isArchived),
          ...(after === "" ? {} : { after }),
        });
        const response = await fetch(`${sandbox.hubspot.url}/crm/v3/objects/${type}?${query}`, {
          headers: { authorization: `Bearer ${sandbox.hubspot.token}` },
        });
        const page = (await response.json()) as {
          results: { id: string }[];
          paging?: { next: { after: string } };
        };
        ids.push(...page.results.map((record) => record.id));
        after = page.paging?.next.after ?? "";
      } while (after !== "");
      return ids;
    },
    whole: async () => {
      const loads = await log.rows<{ stream: string; pages: number }>(
        "select stream, arg_min(pages, started_at) as pages from raw.load group by stream",
      );
      return Object.fromEntries(loads.map((load) => [load.stream, load.pages]));
    },
    config: parseConfig(stringify({ sources }), "attributary.yaml", {}),
    differences: async (at: Date, kept: Bench = log) => {
      const fresh = await openBench({ sources });
      await fresh.run(1, { startedAt: at, transport });
      return compareLogs(kept, fresh);
    },
  });
}

interface Version {
  readonly key: string;
  readonly op: string;
  readonly payload: string;
}

const latest = `
select
    stream || ' ' || id as key,
    arg_max(op, seq) || coalesce(' ' || arg_max_null(reason, seq), '') as op,
    arg_max(payload, seq) as payload
from raw.record
group by stream, id
order by key`;

/** A fresh log knows nothing of what is gone; everything else that it knows, the kept one must know in the same words. */
export async function compareLogs(kept: Bench, fresh: Bench): Promise<readonly string[]> {
  const rowsOf = async (log: Bench): Promise<ReadonlyMap<string, Version>> =>
    new Map((await log.rows<Version>(latest)).map((row) => [row.key, row]));
  const [mine, theirs] = [await rowsOf(kept), await rowsOf(fresh)];
  const found: string[] = [];
  for (const [key, row] of theirs) {
    const own = mine.get(key);
    if (own === undefined) found.push(`${key} is missing`);
    else if (own.op !== row.op) found.push(`${key} is ${own.op} instead of ${row.op}`);
    else if (own.payload !== row.payload) found.push(`${key} reads ${own.payload} instead of ${row.payload}`);
  }
  for (const [key, row] of mine) {
    if (!theirs.has(key) && row.op === "upsert") found.push(`${key} is still there`);
  }
  return found.slice(0, 5);
}
