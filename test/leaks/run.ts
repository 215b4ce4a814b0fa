import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Option, program } from "commander";
import { openCampaign } from "./campaign.ts";

const { companies, from } = program
  .name("leaks")
  .description(
    "Writes the packs of random companies, reads them with other readers, and plants leaks that must be stopped.",
  )
  .addOption(new Option("--companies <n>", "how many").default(200).argParser(Number))
  .addOption(new Option("--from <seed>", "seed of the first").default(1).argParser(Number))
  .parse()
  .opts<{ readonly companies: number; readonly from: number }>();

const folder = await mkdtemp(path.join(tmpdir(), "attributary-leaks-"));
const campaign = await openCampaign(folder);
let [packs, planted, wrong] = [0, 0, 0];
for (let seed = from; seed < from + companies; seed += 1) {
  const found = await campaign.run(seed);
  packs += found.packs;
  planted += found.planted;
  wrong += found.wrong.length;
  for (const words of found.wrong) process.stdout.write(`${words}\n`);
}
campaign.close();
await rm(folder, { recursive: true, force: true });
process.stdout.write(`${companies} companies, ${packs} packs, ${planted} planted leaks, ${wrong} wrong\n`);
process.exitCode = wrong === 0 ? 0 : 1;
