import path from "node:path";
import { privately } from "../operate/home.ts";
import { backup } from "../operate/upkeep/backup.ts";
import { backupLines } from "../operate/upkeep/words.ts";
import type { Shell } from "./shell.ts";
import { parseKeep } from "./words.ts";

/** `backup`: a folder with the log, the configuration without secrets, drops, own code, commentary, frozen quarters and state. */
export function addBackup({ command, load, effects, answer }: Shell): void {
  command(
    "backup",
    "a folder with the log, the configuration without secrets, drops, own code, commentary, frozen quarters and state",
    ["backup --out /mnt/backups --keep 14", "backup --dry-run --json"],
  )
    .option(
      "--out <folder>",
      "the folder that gets a folder for each backup, named after its moment; <home>/backups by default, better on another disk",
    )
    .option("--keep <number>", "how many backups stay in that folder, this one among them; all by default", parseKeep)
    .option("--no-drops", "leave out the files of drops")
    .option("--dry-run", "say what would be written and removed, and do neither")
    .option("--json", "print the result as JSON on stdout")
    .addHelpText(
      "after",
      `
A refresh may be running meanwhile: what it had committed at one moment is in the backup. manifest.json has the size and the
SHA-256 of every file; a backup has its name only once all of it was written and read back. In it are the log, the configuration,
the commentary, frozen quarters, the folder that \`extend\` names, and of each drop the files that a refresh reads. The values of
environment variables, .env, builds, the site and exports are not in it: the site is built anew from the log.`,
    )
    .action(async (options) => {
      effects.umask?.(privately);
      const report = await backup({
        loaded: await load(options),
        now: effects.now(),
        isDry: options.dryRun === true,
        withoutDrops: options.drops === false,
        wait: waitBriefly,
        ...(options.out === undefined ? {} : { out: path.resolve(effects.cwd, options.out) }),
        ...(options.keep === undefined ? {} : { keep: options.keep }),
      });
      answer(options, report, () => backupLines(report));
    });
}

function waitBriefly(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
