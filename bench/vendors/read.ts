import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { loadConfig } from "../../src/config/load.ts";
import { runExtraction } from "../../src/extract/run.ts";
import { openEngine } from "../../src/warehouse/database.ts";

// One reading of one vendor, in a process of its own, so that its memory and its CPU time are its own.

const [folder = "", vendor = "", at = "0"] = process.argv.slice(2);
const loaded = await loadConfig(path.join(folder, "attributary.yaml"), {});
const home = path.join(folder, "home");
await mkdir(home, { recursive: true });
const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
const startedAt = new Date(Number(at));

const began = performance.now();
const engine = await openEngine({ temporary: path.join(folder, "spill") });
await engine.attach(path.join(home, `${vendor}.duckdb`), "raw", { isLog: true });
const connection = await engine.connect();
await runExtraction({
  database: engine,
  connection,
  config: loaded.config,
  folder,
  runId: startedAt.toISOString(),
  startedAt,
  only: vendor,
  full: false,
  effects: {
    now: () => new Date(Number(at) + performance.now() - began),
    env: {},
    cwd: folder,
    stdout: quiet,
    stderr: quiet,
    isTerminal: false,
  },
});
connection.close();
engine.close();
const { user, system } = process.cpuUsage();
process.send?.({
  seconds: (performance.now() - began) / 1000,
  cpu: (user + system) / 1e6,
  peakMb: process.resourceUsage().maxRSS / 1024,
});
