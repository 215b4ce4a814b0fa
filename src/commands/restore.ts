import path from "node:path";
import { privately } from "../operate/home.ts";
import { restore } from "../operate/upkeep/restore.ts";
import { restoreLines } from "../operate/upkeep/words.ts";
import { exitCodes, type Shell } from "./shell.ts";

/** `restore`: puts a backup into a folder, proved by its checksums before and after. */
export function addRestore({ program, effects, started, answer }: Shell): void {
  program
    .command("restore")
    .description("puts a backup into a folder, proved by its checksums before and after")
    .argument("<backup>", "the folder of one backup, the one with manifest.json in it")
    .option("--to <folder>", "the folder that gets the configuration; where this is run by default")
    .option("--home <folder>", "another home than the configuration of the backup names, from --to on")
    .option("--force", "move what is there already aside, to <home>/replaced-<moment>; nothing is removed")
    .option("--dry-run", "hold the backup against its checksums and say what would go where, and write nothing")
    .option("--json", "print the result as JSON on stdout")
    .addHelpText(
      "after",
      `
Put the secrets in place again (.env or the environment), then \`attributary refresh --no-extract\` publishes what the backup holds.
A drop, and the folder that \`extend\` names, go where the configuration has them if that is below its own folder. One that was
elsewhere goes to drops/<source> or extend below --to, and the restored configuration says so: nothing outside is written.
Cut off at any moment, the same call goes on where it was; until then no refresh begins.

Examples:
  attributary restore /mnt/backups/20261121T020000Z-1a2b --to /srv/attributary
  attributary restore /mnt/backups/20261121T020000Z-1a2b --dry-run
  attributary restore /mnt/backups/20261121T020000Z-1a2b --force
${exitCodes}`,
    )
    .action(async (folder: string, options) => {
      effects.umask?.(privately);
      const report = await restore({
        backup: path.resolve(effects.cwd, folder),
        to: path.resolve(effects.cwd, options.to ?? "."),
        force: options.force === true,
        isDry: options.dryRun === true,
        now: effects.now(),
        ...(options.home === undefined ? {} : { home: options.home }),
      });
      started.config = path.relative(effects.cwd, report.config);
      answer(options, report, () => restoreLines(report));
    });
}
