import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Table from "cli-table3";
import { z } from "zod";

const took = z.object({ seconds: z.number(), cpu: z.number(), bytes: z.number().optional(), peakMb: z.number() });
type Took = z.output<typeof took>;

/**
 * Lands HubSpot deals whose pages lie on the disk, lands them again unchanged, replays the log into the staging table, and
 * prints each beside the engine reading the same deals, typed, from Parquet into a table.
 */
export async function measureLog(deals: number): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-bench-"));
  const run = (step: string): Promise<Took> => runStep([step, folder, String(deals)]);
  try {
    const pages = await run("generate");
    const least = await run("least");
    const table = new Table({
      head: [
        `${deals.toLocaleString("en")} deals`,
        "seconds",
        "CPU s",
        "× seconds",
        "× CPU s",
        "peak MB",
        "MB on disk",
      ],
      colAligns: ["left", "right", "right", "right", "right", "right", "right"],
      style: { head: [], border: [], compact: true },
    });
    const line = (name: string, cost: Took): void => {
      table.push([
        name,
        cost.seconds.toFixed(2),
        cost.cpu.toFixed(2),
        (cost.seconds / least.seconds).toFixed(1),
        (cost.cpu / least.cpu).toFixed(1),
        cost.peakMb.toFixed(0),
        cost.bytes === undefined ? "" : (cost.bytes / 1e6).toFixed(0),
      ]);
    };
    line("typed Parquet → table", least);
    line("pages → log", await run("land"));
    line("the same pages again", await run("land"));
    line("log → typed deals", await run("replay"));
    line("log → stg_deals, with all before it", await run("staging"));
    process.stdout.write(
      `\n${table.toString()}\nthe pages are ${((pages.bytes ?? 0) / 1e6).toFixed(0)} MB of JSON, fifty deals each\n`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs one step in a process of its own, so that its peak of memory is its own. */
async function runStep(args: readonly string[]): Promise<Took> {
  const child = fork(path.join(import.meta.dirname, "step.ts"), [...args], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let said: unknown;
  child.once("message", (message) => {
    said = message;
  });
  // Files of one step are the next one's, so the next waits until the process has let go of them.
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the step ${args[0]} ended with code ${code}`);
  return took.parse(said);
}
