import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Option, program } from "commander";
import { openBrowser } from "../support/browser.ts";
import { runCampaign } from "./campaign.ts";
import { hostileStrings } from "./strings.ts";

const { strings, every, keep } = program
  .name("hostile")
  .description(
    "Takes hostile texts in every field and id from a drop to pages, packs and exports, and opens all of them in a browser.",
  )
  .addOption(new Option("--strings <n>", "only the first so many").default(hostileStrings.length).argParser(Number))
  .addOption(new Option("--every <n>", "only each n-th").default(1).argParser(Number))
  .addOption(new Option("--keep <folder>", "where to write, and leave what was written"))
  .parse()
  .opts<{ readonly strings: number; readonly every: number; readonly keep?: string }>();

const folder = keep ?? (await mkdtemp(path.join(tmpdir(), "attributary-hostile-")));
const browser = await openBrowser();
const texts = hostileStrings.filter((_, place) => place < strings && place % every === 0);
let wrong = 0;
for (const into of ["fields", "ids"] as const) {
  for (const made of ["site", "packs"] as const) {
    const seen = await runCampaign(path.join(folder, `${into}-${made}`), texts, into, made, browser);
    for (const words of seen.wrong) process.stdout.write(`${words}\n`);
    wrong += seen.wrong.length;
    process.stdout.write(
      `${seen.strings} strings in all ${into}, ${made}: ${seen.pages} pages, ${seen.choices} choices, ${seen.files} files, ${seen.cells} cells, shown ${seen.shown} times, ${seen.wrong.length} wrong\n`,
    );
  }
}
await browser.close();
if (keep === undefined) await rm(folder, { recursive: true, force: true });
process.exitCode = wrong === 0 ? 0 : 1;
