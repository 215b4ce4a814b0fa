import { exitCode } from "../errors.ts";
import { alertLines, runAlerts } from "../operate/alerts/run.ts";
import { homeAt, useRightsOf } from "../operate/home.ts";
import type { Shell } from "./shell.ts";

/** `alerts`: tell what people should hear of to the channels that are configured, each thing once. */
export function addAlerts({ command, load, effects, tell, outcome }: Shell): void {
  command("alerts", "tell what people should hear of to the channels that are configured, each thing once", [
    "alerts --dry-run",
    "alerts",
  ])
    .option("--dry-run", "show what would go out, and send nothing")
    .option("--json", "print what was found and what became of it as JSON on stdout")
    .action(async (options) => {
      const isDry = options.dryRun === true;
      const loaded = await load(options, isDry ? "to read what is here" : "to sign in");
      await useRightsOf(homeAt(loaded.home), effects);
      const ran = await runAlerts({ loaded, home: homeAt(loaded.home), now: effects.now(), isDry });
      if (options.json === true) {
        effects.stdout.write(`${JSON.stringify(ran.outcomes)}\n`);
        for (const problem of ran.problems) tell(`FAIL ${problem}`);
      } else for (const line of alertLines(ran, loaded.config.alerts.length > 0)) tell(line);
      if (ran.problems.length > 0 || ran.outcomes.some(({ state }) => state === "failed")) {
        outcome.code = exitCode.source;
      }
    });
}
