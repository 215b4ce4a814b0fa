import { homeAt } from "../operate/home.ts";
import { checkCode, readReport, statusLines } from "../operate/status.ts";
import type { Shell } from "./shell.ts";

/** `status`: the last runs, the next one, how old each source is, and what is failing. */
export function addStatus({ command, load, effects, outcome, answer }: Shell): void {
  command("status", "the last runs, the next one, how old each source is, and what is failing", [
    "status",
    "status --check --json",
  ])
    .option("--check", "end as the last run did, or with 3 when a source is failing or stale")
    .option("--json", "print the status as JSON on stdout")
    .action(async (options) => {
      const loaded = await load(options);
      const report = await readReport(loaded, homeAt(loaded.home), effects.now());
      answer(options, report, () => statusLines(report, loaded.config.reporting.timezone, effects.now()));
      if (options.check === true) outcome.code = checkCode(report);
    });
}
