import { Option, program } from "commander";
import { runSeed } from "./campaign.ts";

interface Options {
  readonly runs: number;
  readonly from: number;
  readonly seed?: number;
  readonly builds: number;
  readonly kills: number;
}

const { runs, from, seed, builds, kills } = program
  .name("faults")
  .description(
    "Reads tiny companies through faults, a first load and three nights of changes a run, and holds the log and the marts against the truth.",
  )
  .addOption(new Option("--runs <n>", "how many runs").default(2000).argParser(Number))
  .addOption(new Option("--from <seed>", "seed of the first run").default(1).argParser(Number))
  .addOption(new Option("--seed <seed>", "only the run with this seed").argParser(Number))
  .addOption(
    new Option("--builds <n>", "hold the marts against an undisturbed log in every n-th run")
      .default(50)
      .argParser(Number),
  )
  .addOption(new Option("--kills <n>", "kill the readings of every n-th run").default(10).argParser(Number))
  .parse()
  .opts<Options>();

const total = { runs: 0, requests: 0, failed: 0, killed: 0, built: 0, defects: 0 };
const faults = new Map<string, number>();
const [first, last] = seed === undefined ? [from, from + runs - 1] : [seed, seed];

for (let place = first; place <= last; place += 1) {
  const result = await runSeed({
    seed: place,
    isBuilt: place % builds === 0,
    isKilled: place % builds !== 0 && place % kills === 1,
  }).catch((error: unknown) => {
    throw new Error(`the run with seed ${place} broke off`, { cause: error });
  });
  total.runs += 1;
  total.requests += result.requests;
  total.failed += result.failed;
  total.killed += result.killed;
  total.built += result.isBuilt ? 1 : 0;
  total.defects += result.defects.length;
  for (const [kind, times] of Object.entries(result.faults)) faults.set(kind, (faults.get(kind) ?? 0) + times);
  for (const defect of result.defects) {
    process.stdout.write(`seed ${place} (${result.vendors.join(", ")}, ${result.rate * 100} %), ${defect}\n`);
  }
  if (total.runs % 25 === 0 || place === last) tell();
}
if (total.defects > 0) process.exitCode = 1;

function tell(): void {
  const kinds = [...faults].toSorted((a, b) => b[1] - a[1]).map(([kind, times]) => `${kind} ${times}`);
  process.stdout.write(
    `${total.runs} runs, ${total.runs * 4} nights, ${total.requests} requests, ${total.failed} readings failed and put again, ${total.killed} killed, ${total.built} with marts; ${total.defects} defects\n  ${kinds.join(", ")}\n`,
  );
}
