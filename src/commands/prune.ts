import { homeAt, useRightsOf } from "../operate/home.ts";
import { prune } from "../operate/upkeep/prune.ts";
import { pruneLines } from "../operate/upkeep/words.ts";
import type { Shell } from "./shell.ts";

/** `prune`: drops builds, and versions of records that nothing needs any more, and makes the log's file small again. */
export function addPrune({ command, load, effects, tell, answer }: Shell): void {
  command(
    "prune",
    "drops builds, and versions of records that nothing needs any more, and makes the log's file small again",
    ["prune --dry-run", "prune --json"],
  )
    .option("--dry-run", "say what would be dropped, and drop nothing")
    .option("--json", "print the result as JSON on stdout")
    .addHelpText(
      "after",
      `
retention.builds (3) says how many published builds stay, retention.versions_days (never, when left out) how old a superseded
version of a record may get. Of every record stay the first version, the latest one, and each that counted on a day that is younger
or in a quarter that was presented; labels of associations, rates and descriptions of fields stay as they are. So every build as of
today, of a date within the days, and of a presented quarter comes out the same; an earlier --as-of is refused. The log is written
anew aside and held against the old one before it takes its place. No refresh may be running; one that begins meanwhile ends with 75.`,
    )
    .action(async (options) => {
      const loaded = await load(options);
      await useRightsOf(homeAt(loaded.home), effects);
      const report = await prune({
        loaded,
        now: effects.now(),
        isDry: options.dryRun === true,
        tell,
      });
      answer(options, report, () => pruneLines(report));
    });
}
