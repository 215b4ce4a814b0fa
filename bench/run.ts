import { fork } from "node:child_process";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Table from "cli-table3";
import { z } from "zod";

/** What one process measured of one step, or of the engine doing the least it can with the same data. */
export const measured = z.object({
  seconds: z.number(),
  metricsSeconds: z.number().optional(),
  peakMb: z.number(),
  note: z.string().default(""),
});

const sizes = process.argv.slice(2).map(Number).filter(Number.isFinite);
const steps = ["landing", "build", "site"] as const;
const table = new Table({
  head: ["deals", "step", "seconds", "peak MB", "floor s", "floor MB", "× floor", "what the floor is"],
  colAligns: ["right", "left", "right", "right", "right", "right", "right", "left"],
  style: { head: [], border: [], compact: true },
});

for (const deals of sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]) {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-bench-"));
  try {
    await mkdir(path.join(folder, "drop"));
    await writeFile(
      path.join(folder, "attributary.yaml"),
      "sources: [{ name: drop, kind: files, path: drop }]\nhome: home\n",
    );
    await runStep("generate", folder, deals);
    for (const step of steps) {
      const ours = await runStep(step, folder, deals);
      addRow(deals, step, ours.seconds, ours.peakMb, await runStep(`${step}-floor`, folder, deals));
      if (ours.metricsSeconds !== undefined) {
        addRow(deals, "metrics", ours.metricsSeconds, ours.peakMb, await runStep("metrics-floor", folder, deals));
      }
    }
    const log = await stat(path.join(folder, "home", "raw.duckdb"));
    table.push([deals.toLocaleString("en"), "log on disk", "", (log.size / 1e6).toFixed(0), "", "", "", ""]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
process.stdout.write(`${table.toString()}\n`);

/** One line of the table: ours beside the floor. Metrics are part of a build, so they share its peak of memory. */
function addRow(deals: number, step: string, seconds: number, peakMb: number, floor: z.output<typeof measured>): void {
  table.push([
    deals.toLocaleString("en"),
    step,
    seconds.toFixed(2),
    peakMb.toFixed(0),
    floor.seconds.toFixed(2),
    floor.peakMb.toFixed(0),
    (seconds / floor.seconds).toFixed(1),
    floor.note,
  ]);
}

/** Runs one step in a process of its own, so that its peak of memory is its own. */
async function runStep(step: string, folder: string, deals: number): Promise<z.output<typeof measured>> {
  const child = fork(path.join(import.meta.dirname, "step.ts"), [step, folder, String(deals)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(measured.parse(message)));
    child.once("exit", (code) => {
      if (code !== 0) reject(new Error(`the step ${step} ended with code ${code}`));
    });
  });
}
