import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Table from "cli-table3";
import { z } from "zod";
import { type Vendor, vendorNames } from "../../src/sandbox/index.ts";
import { leastRequests } from "./least.ts";
import { type Asked, asked, type Reading, reading, served } from "./messages.ts";

/** What is measured of the vendors. */
export interface VendorOptions {
  /** Deals of the company, in both its CRMs together. */
  readonly records: number;
  /** Milliseconds that each answer takes on its way. */
  readonly latency: number;
  readonly vendors: readonly Vendor[];
}

/**
 * Reads a company from its vendors, everything and then a night of changes, and prints for each stream the requests that the
 * vendors counted beside the least that their page sizes allow, and for each reading its time beside that of the limiter.
 */
export async function measureVendors(options: VendorOptions): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-bench-"));
  const vendors = start("serve.ts", [String(options.records), String(options.latency), folder]);
  try {
    await mkdir(path.join(folder, "drop"));
    const { config } = served.parse(await heard(vendors));
    await writeFile(path.join(folder, "attributary.yaml"), config);
    for (const isNight of [false, true]) {
      const { at } = z.object({ at: z.number() }).parse(await ask(vendors, { ask: isNight ? "night" : "time" }));
      for (const vendor of options.vendors) {
        const child = start("read.ts", [folder, vendor, String(Math.round(at))]);
        const took = reading.parse(await heard(child));
        print(vendor, isNight, asked.parse(await ask(vendors, { ask: "counts", vendor })), took);
      }
    }
  } finally {
    vendors.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

function start(file: string, args: readonly string[]): ChildProcess {
  return fork(path.join(import.meta.dirname, file), [...args], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: file === "serve.ts" ? ["--max-old-space-size=12000"] : [],
  });
}

async function heard(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the process ended with code ${code}`);
  });
  const [message] = await Promise.race([once(child, "message"), ended]);
  // A process that has told what it measured may end as it likes.
  ended.catch(() => undefined);
  return message;
}

function ask(child: ChildProcess, question: { readonly ask: string; readonly vendor?: Vendor }): Promise<unknown> {
  child.send(question);
  return heard(child);
}

const number = (value: number): string => value.toLocaleString("en");

function print(vendor: Vendor, isNight: boolean, { streams, holdings, floor, refused }: Asked, took: Reading): void {
  const least = leastRequests(vendor, holdings, isNight);
  const table = new Table({
    head: [
      `${vendor}, ${isNight ? "a night of 1 % changes" : "first load"}`,
      "records",
      "changed",
      "least",
      "sent",
      "of it counts",
      "× least",
    ],
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const total = { least: 0, sent: 0, counts: 0 };
  for (const stream of new Set([...Object.keys(holdings), ...Object.keys(streams)])) {
    const { requests = 0, counts = 0 } = streams[stream] ?? {};
    const fewest = least[stream] ?? 0;
    total.least += fewest;
    total.sent += requests;
    total.counts += counts;
    const { records = 0, changed = 0 } = holdings[stream] ?? {};
    table.push([
      stream,
      ...[records, isNight ? changed : 0, fewest, requests, counts].map(number),
      ratio(requests, fewest),
    ]);
  }
  table.push([
    "together",
    "",
    "",
    ...[total.least, total.sent, total.counts].map(number),
    ratio(total.sent, total.least),
  ]);
  process.stdout.write(`\n${table.toString()}\n`);
  const limit =
    floor === null
      ? "no rate is published to hold it against"
      : `the limiter's floor ${floor.seconds.toFixed(1)} s (${number(floor.requests)} requests of ${floor.limiter}), × ${(took.seconds / floor.seconds).toFixed(3)}; refused ${number(refused)}`;
  process.stdout.write(
    `wall ${took.seconds.toFixed(1)} s, ${limit}; ${took.cpu.toFixed(1)} CPU s, peak ${took.peakMb.toFixed(0)} MB\n`,
  );
}

const ratio = (sent: number, least: number): string => (least === 0 ? "" : (sent / least).toFixed(3));

/** All vendors, or those named, separated by commas. */
export function vendorsOf(text: string): readonly Vendor[] {
  return z.array(z.enum(vendorNames)).parse(text.split(","));
}
