import { Option } from "commander";
import { compareFormats, runCompare } from "../operate/compare.ts";
import type { Shell } from "./shell.ts";
import { parseDate } from "./words.ts";

/** `compare`: the same data under other rules: who gains, who loses, and the deals behind it. */
export function addCompare({ command, load, effects }: Shell): void {
  command("compare", "the same data under other rules: who gains, who loses, and the deals behind it", [
    "compare --with other.yaml",
    "compare --with other.yaml --as-of 2026-09-30 --format html --out comparison.html",
  ])
    .requiredOption("--with <file>", "the configuration with the other rules; nothing is read and nothing is published")
    .option(
      "--as-of <date>",
      "the date both are built for, YYYY-MM-DD; by default that of the published build",
      parseDate,
    )
    .addOption(new Option("--format <format>", "how it is written").choices([...compareFormats]).default("table"))
    .option("--json", "the same as --format json")
    .option("--out <file>", "write to this file instead of stdout")
    .action(async (options) => {
      const asOf = options.asOf === undefined ? {} : { asOf: options.asOf };
      const out = options.out === undefined ? {} : { out: options.out };
      await runCompare({
        loaded: await load(options),
        other: await load(
          { config: options.with },
          undefined,
          `name a copy of ${options.config} with other rules in it after --with`,
        ),
        effects,
        format: options.json === true ? "json" : options.format,
        ...asOf,
        ...out,
      });
    });
}
