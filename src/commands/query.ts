import path from "node:path";
import { Option } from "commander";
import { homeAt } from "../operate/home.ts";
import { isQueryFormat, queryFormats, runQuery } from "../operate/query.ts";
import type { Shell } from "./shell.ts";

/** `query`: read-only SQL on the published warehouse, which is all it can read. */
export function addQuery({ command, load, effects }: Shell): void {
  command("query", "read-only SQL on the published warehouse, which is all it can read", [
    'query "select * from marts.dim_partner limit 5"',
    'query "select * from metrics.value" --format parquet --out values.parquet',
  ])
    .argument("<sql>", "one select")
    .addOption(
      new Option("--format <format>", "how the rows are written; JSON has null for NaN and infinity")
        .choices([...queryFormats])
        .default("table"),
    )
    .option("--json", "the same as --format json")
    .option("--out <file>", "write to this file instead of stdout")
    .action(async (sql: string, options) => {
      const { home } = await load(options);
      const format = options.json === true ? "json" : options.format;
      if (!isQueryFormat(format)) throw new Error(`commander let the format ${String(format)} through`);
      const out = options.out === undefined ? {} : { out: path.resolve(effects.cwd, options.out) };
      await runQuery({ home: homeAt(home), sql, format, effects, ...out });
    });
}
