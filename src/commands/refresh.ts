import { UserError } from "../errors.ts";
import { refreshAndPublish } from "../operate/pipeline.ts";
import type { Shell } from "./shell.ts";
import { many, parseDate } from "./words.ts";

/** `refresh`: extract, build, check and publish. */
export function addRefresh({ command, load, effects, tell, answer }: Shell): void {
  command("refresh", "extract, build, check and publish", [
    "refresh",
    "refresh --source hubspot --full",
    "refresh --no-extract --as-of 2026-06-30",
  ])
    .option("--source <name>", "extract only this source; everything is built all the same")
    .option("--full", "read everything again instead of what changed")
    .option("--as-of <date>", "publish what was true at the end of this date, YYYY-MM-DD", parseDate)
    .option("--no-extract", "build from the log as it is")
    .option(
      "--accept-drop <stream>",
      "believe that a stream lost more than a fifth of its records, `deals` or `hubspot.deals`; may be repeated",
      many,
    )
    .option("--json", "print the result as JSON on stdout")
    .action(async (options) => {
      if (!options.extract && (options.source !== undefined || options.full === true)) {
        const flag = options.source === undefined ? "--full" : "--source";
        throw new UserError({
          where: "refresh",
          found: `${flag} says what to read, and --no-extract that nothing is read`,
          fix: `leave out either ${flag} or --no-extract`,
        });
      }
      const report = await refreshAndPublish({
        // What is in the log can be built where no key is, as after a restore.
        loaded: await load(options, options.extract ? "to sign in" : "to read what is here"),
        effects,
        tell,
        ...options,
        noExtract: !options.extract,
      });
      answer(options, report, () => [`published ${report.index}`]);
    });
}
