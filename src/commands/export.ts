import { homeAt, useRightsOf } from "../operate/home.ts";
import type { Shell } from "./shell.ts";

/** `export`: partner-safe packs, one folder a partner. */
export function addExport({ command, load, effects, answer }: Shell): void {
  command("export", "partner-safe packs, one folder a partner", [
    "export --partner hubspot:9001",
    "export --all --period 2026-Q3 --format html,csv,xlsx --out packs",
  ])
    .option("--partner <key>", "one partner: its key, or its id or name where no other has it")
    .option("--all", "every partner")
    .option(
      "--period <period>",
      "a month 2026-07, or a fiscal quarter 2026-Q3 or year 2026, named after the year the fiscal year ends in; what is written says its first and last day; the last closed quarter by default",
    )
    .option("--format <list>", "formats with commas between: html, csv, xlsx, parquet, arrow, pdf", "html,csv")
    .option("--out <folder>", "where to; <home>/exports/<period> by default")
    .option("--json", "print what was written as JSON on stdout")
    .action(async (options) => {
      const loaded = await load(options);
      if (options.out === undefined) await useRightsOf(homeAt(loaded.home), effects);
      // Only packs need the libraries of their formats, and each command would wait for those.
      const { exportCommand } = await import("../operate/export.ts");
      const written = await exportCommand({
        ...options,
        loaded,
        effects,
      });
      const packs = `${written.partners} ${written.partners === 1 ? "pack" : "packs"}`;
      answer(options, written, () => [
        `wrote ${packs} for ${written.period} (${written.startsOn} to ${written.endsOn}) to ${written.folder}`,
      ]);
    });
}
