import { Option } from "commander";
import { diffFormats, runDiff } from "../operate/diff.ts";
import type { Shell } from "./shell.ts";

/** `diff`: what changed since a frozen quarter or an earlier build, row by row, with the reason. */
export function addDiff({ command, load, effects }: Shell): void {
  command("diff", "what changed since a frozen quarter or an earlier build, row by row, with the reason", [
    "diff --frozen 2026-Q3",
    "diff --frozen 2026-Q3 --format csv --out changes.csv",
    "diff --from 20261004T021500Z-1a2b --period 2026-Q3 --json",
  ])
    .option("--frozen <period>", "the latest record of this period, against the published build")
    .option("--from <run>", "an earlier build; by default the one published before")
    .option("--to <run>", "a later build; the published one by default")
    .option("--period <period>", "only this period of two builds: a month, quarter or year")
    .addOption(new Option("--format <format>", "how it is written").choices([...diffFormats]).default("table"))
    .option("--json", "the same as --format json")
    .option("--out <file>", "write to this file instead of stdout")
    .action(async (options) => {
      await runDiff({
        ...options,
        loaded: await load(options),
        effects,
        format: options.json === true ? "json" : options.format,
      });
    });
}
