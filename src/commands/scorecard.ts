import { homeAt, useRightsOf } from "../operate/home.ts";
import { writeScorecard } from "../operate/scorecard.ts";
import type { Shell } from "./shell.ts";

/** `scorecard`: the QBR scorecard of a quarter: eight rows, actions and decisions on two printed pages. */
export function addScorecard({ command, load, effects, answer }: Shell): void {
  command("scorecard", "the QBR scorecard of a quarter: eight rows, actions and decisions on two printed pages", [
    "scorecard --period 2026-Q3",
    "scorecard --period 2026-Q3 --format html,pdf --out qbr --freeze",
  ])
    .option("--period <quarter>", "a fiscal quarter; the last closed one by default")
    .option("--format <list>", "formats with commas between: html, pdf", "html")
    .option("--out <folder>", "where to; <home>/exports/<period> by default")
    .option("--notes <file>", "the quarter's commentary; scorecards/<period>.md beside the configuration by default")
    .option("--freeze", "record the quarter as presented: its values and the rows behind them, for diff")
    .option("--by <name>", "who presents it; the user of the operating system by default")
    .option("--json", "print what was written as JSON on stdout")
    .action(async (options) => {
      const loaded = await load(options);
      // What is frozen stays in the home, wherever the pages go.
      if (options.out === undefined || options.freeze === true) await useRightsOf(homeAt(loaded.home), effects);
      const written = await writeScorecard({ ...options, loaded, effects });
      answer(options, written, () => [
        `wrote ${written.files.join(", ")} to ${written.folder}`,
        ...(written.frozen === null ? [] : [`froze ${written.period} in ${written.frozen}`]),
      ]);
    });
}
