import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Table from "cli-table3";
import { Option, program } from "commander";
import { vendorNames } from "../src/sandbox/index.ts";
import { measureLog } from "./log/measure.ts";
import { type Cost, type Measured, measured, type Part, parts } from "./measured.ts";
import { measureVendors, vendorsOf } from "./vendors/measure.ts";

// Three of the eight types of partner are paid for what they bring, so that the ledger has work to do.
const configuration = `sources: [{ name: drop, kind: files, path: drop }]
home: home
commissions: [{ name: Referral fee, partner_type: [referral, reseller, affiliate], rate: 10, months: 12 }]
`;

interface Options {
  readonly deals: readonly number[];
  readonly slowest: number;
  readonly partners?: number;
  readonly site: boolean;
  readonly packs: boolean;
  readonly memory: string;
  readonly keep: boolean;
  readonly vendors?: boolean | string;
  readonly log: boolean;
  readonly records: number;
  readonly latency: number;
}

const options = program
  .name("bench")
  .description("Measures every step at several sizes beside the same step as single hand-tuned statements.")
  .addOption(
    new Option("--deals <sizes>", "deals, several separated by commas; 10m and the like are understood")
      .default([10_000, 100_000, 1_000_000], "10k,100k,1m")
      .argParser((text) => text.split(",").map(sizeOf)),
  )
  .addOption(new Option("--slowest <n>", "how many of the slowest files to list").default(10).argParser(Number))
  .addOption(
    new Option("--partners <n>", "partners; a hundred and one more for every 2,000 deals by default").argParser(Number),
  )
  .option("--no-site", "leave the site out")
  .option("--no-packs", "leave the partners' packs out")
  .option("--memory <limit>", "the engine's memory limit, as in 6GB", "3GB")
  .option("--keep", "keep the folders", false)
  .addOption(
    new Option(
      "--vendors [names]",
      "instead: the requests, time and memory that reading the vendors takes, all or those named",
    ),
  )
  .option("--log", "instead: what landing HubSpot's deals takes, and replaying them from the log", false)
  .addOption(
    new Option("--records <n>", "deals of the vendors' company, or of the log")
      .default(100_000, "100k")
      .argParser(sizeOf),
  )
  .addOption(new Option("--latency <ms>", "what each answer of a vendor takes on its way").default(0).argParser(Number))
  .parse()
  .opts<Options>();
const { deals, slowest, partners, site, packs, memory, keep } = options;

if (options.log) {
  await measureLog(options.records);
  process.exit();
}
if (options.vendors !== undefined) {
  const { vendors, records, latency } = options;
  await measureVendors({ records, latency, vendors: typeof vendors === "string" ? vendorsOf(vendors) : vendorNames });
  process.exit();
}
for (const size of deals) {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-bench-"));
  try {
    await measure(size, folder);
  } finally {
    if (keep) process.stdout.write(`kept ${folder}\n`);
    else await rm(folder, { recursive: true, force: true });
  }
}

/** Measures one size and prints its two tables. */
async function measure(size: number, folder: string): Promise<void> {
  await mkdir(path.join(folder, "drop"));
  await writeFile(path.join(folder, "attributary.yaml"), configuration);
  const run = (step: string): Promise<Measured> => runStep(step, folder, size);
  await run("generate");
  const landing = await run("landing");
  const build = await run("build");
  const floor = await run("floor");
  const drawn = site ? [await run("site"), await run("site-floor")] : [];
  const exported = packs ? await run("packs") : undefined;
  const again = site ? await redraw(run) : undefined;
  const log = await stat(path.join(folder, "home", "raw.duckdb"));
  const warehouse = await stat(path.join(folder, "home", "warehouse.duckdb"));

  const table = new Table({
    head: ["step", "seconds", "CPU s", "floor s", "floor CPU s", "× floor", "peak MB", "floor MB"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const line = (name: string, ours: Cost, least: Cost, peaks: readonly [number, number] | undefined): void => {
    table.push([
      name,
      ours.seconds.toFixed(2),
      ours.cpu.toFixed(2),
      least.seconds.toFixed(2),
      least.cpu.toFixed(2),
      (ours.cpu / least.cpu).toFixed(1),
      peaks?.[0].toFixed(0) ?? "",
      peaks?.[1].toFixed(0) ?? "",
    ]);
  };
  const least = (part: Part): Cost => floor.parts[part] ?? { seconds: 0, cpu: 0 };
  line("landing", total(landing), least("landing"), [landing.peakMb, floor.peakMb]);
  for (const part of parts) line(`  ${part}`, build.parts[part] ?? { seconds: 0, cpu: 0 }, least(part), undefined);
  const { landing: _, ...rest } = floor.parts;
  line("build", total(build), total({ ...floor, parts: rest }), [build.peakMb, floor.peakMb]);
  const [ours, plain] = drawn;
  if (ours !== undefined && plain !== undefined) line("site", total(ours), total(plain), [ours.peakMb, plain.peakMb]);
  process.stdout.write(
    `\n${size.toLocaleString("en")} deals; the log is ${megabytes(log.size)}, the warehouse ${megabytes(warehouse.size)}\n${table.toString()}\n`,
  );
  if (ours !== undefined) tellWritten("site", ours, "pages");
  if (exported !== undefined) tellWritten("packs (html, csv, xlsx, parquet)", exported, "partners");
  if (again !== undefined) tellWritten("site again, after one deal changed", again, "pages");
  for (const difference of floor.differences) process.stdout.write(`the floor differs: ${difference}\n`);

  const files = new Table({
    head: [`the ${slowest} slowest files`, "seconds", "CPU s"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const file of build.files.toSorted((one, other) => other.cpu - one.cpu).slice(0, slowest)) {
    files.push([file.file, file.seconds.toFixed(2), file.cpu.toFixed(2)]);
  }
  process.stdout.write(`${files.toString()}\n`);
}

/** Changes one deal in the drop, reads and builds again, and draws the site over the one before. */
async function redraw(run: (step: string) => Promise<Measured>): Promise<Measured> {
  await run("change-one-deal");
  await run("landing-again");
  await run("build");
  return run("site-again");
}

function tellWritten(name: string, of: Measured, things: string): void {
  const { written, peakMb } = of;
  if (written === undefined) return;
  const cost = total(of);
  const changed = written.changed === written.files ? "" : `, ${written.changed} of them written anew`;
  process.stdout.write(
    `${name}: ${written.things} ${things}, ${written.files} files${changed}, ${megabytes(written.bytes)}; ${cost.seconds.toFixed(1)} s, ${cost.cpu.toFixed(1)} CPU s, peak ${peakMb.toFixed(0)} MB\n`,
  );
}

/** Runs one step in a process of its own, so that its peak of memory is its own. */
async function runStep(step: string, folder: string, size: number): Promise<Measured> {
  const child = fork(
    path.join(import.meta.dirname, "step.ts"),
    [step, folder, String(size), String(partners ?? 100 + Math.floor(size / 2000)), memory],
    {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    },
  );
  let said: unknown;
  child.once("message", (message) => {
    said = message;
  });
  // Files of one step are the next one's, so the next waits until the process has let go of them.
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the step ${step} ended with code ${code}`);
  return measured.parse(said);
}

function total(of: Measured): Cost {
  const costs = Object.values(of.parts);
  return {
    seconds: costs.reduce((sum, cost) => sum + cost.seconds, 0),
    cpu: costs.reduce((sum, cost) => sum + cost.cpu, 0),
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function sizeOf(text: string): number {
  const match = /^([0-9.]+)([km]?)$/.exec(text.trim().toLowerCase());
  if (match === null) throw new Error(`${text} is no number of deals; write 10000, 100k or 1m`);
  return Number(match[1]) * (match[2] === "m" ? 1e6 : match[2] === "k" ? 1e3 : 1);
}
