import { Option, program } from "commander";
import { killOnce, openStage } from "./campaign.ts";
import { tasks } from "./upkeep.ts";

interface Options {
  readonly kills: number;
  readonly from: number;
  readonly seed?: number;
}

const { kills, from, seed } = program
  .name("kills")
  .description(
    "Kills backup, restore, compaction, prune and upgrade with SIGKILL at random moments, and looks each time whether anything is lost and whether the next call ends right.",
  )
  .addOption(new Option("--kills <n>", "how many kills that came before the end").default(240).argParser(Number))
  .addOption(new Option("--from <seed>", "seed of the first run").default(1).argParser(Number))
  .addOption(new Option("--seed <seed>", "only the run with this seed").argParser(Number))
  .parse()
  .opts<Options>();

const stage = await openStage();
try {
  const killed = new Map(tasks.map((task) => [task, 0]));
  let [runs, landed, defects] = [0, 0, 0];
  for (let place = seed ?? from; landed < (seed === undefined ? kills : 1) && runs < kills * 3; place += 1) {
    const result = await killOnce(stage, place);
    runs += 1;
    landed += result.isKilled ? 1 : 0;
    if (result.isKilled) killed.set(result.task, (killed.get(result.task) ?? 0) + 1);
    defects += result.defects.length;
    for (const defect of result.defects) process.stdout.write(`seed ${place}, ${defect}\n`);
    if (runs % 20 === 0) tell(runs, landed, defects, killed);
    if (seed !== undefined) break;
  }
  tell(runs, landed, defects, killed);
  if (defects > 0) process.exitCode = 1;
} finally {
  await stage.close();
}

function tell(runs: number, landed: number, defects: number, killed: ReadonlyMap<string, number>): void {
  const each = [...killed].map(([task, times]) => `${task} ${times}`).join(", ");
  process.stdout.write(`${runs} runs, ${landed} killed before their end (${each}); ${defects} defects\n`);
}
