import { access, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type LoadedConfig, loadConfig } from "./config/load.ts";
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import { makeFolder } from "./folders.ts";
import { frozenPeriods } from "./operate/freeze.ts";
import { homeAt } from "./operate/home.ts";
import { refreshAndPublish } from "./operate/pipeline.ts";
import { writeScorecard } from "./operate/scorecard.ts";
import {
  correctDeals,
  createCompany,
  lateDecision,
  portsFrom,
  portsIn,
  type Review,
  reviewOf,
  startSandbox,
  takenOf,
  writeConfig,
  writeDrop,
} from "./sandbox/index.ts";

export interface SandboxOptions {
  /** Folder for the configuration, the file drop and the home. */
  readonly folder: string;
  readonly seed: number;
  /** The first of three ports in a row; without it those of the configuration that is there, where they are free. */
  readonly port?: number;
  /** Refresh once from the sandbox, publish, and end. */
  readonly demo: boolean;
  /** Print what was published, or where the company is served, as JSON on stdout. */
  readonly json: boolean;
  readonly effects: Effects;
  readonly tell: (line: string) => void;
}

/** Serves the synthetic company, with a configuration that points to it; with `demo` refreshes once from it and stops. */
export async function runSandbox(options: SandboxOptions): Promise<void> {
  const { folder, effects, tell } = options;
  const print = (data: object): void => {
    if (options.json) effects.stdout.write(`${JSON.stringify(data)}\n`);
  };
  const file = path.join(folder, "attributary.yaml");
  const ports = await portsFor(file, options.port);
  const company = createCompany({ seed: options.seed, now: effects.now() });
  const drop = path.join(folder, "drop");
  await makeFolder(drop, "name another folder with --home");
  const review = reviewOf(company);
  // The decision has its own date, so the quarter as it was presented does not know of it.
  company.rows.drop.overrides.push(...lateDecision(company, review));
  await writeDrop(company, drop);
  const sandbox = await startSandbox({ company, ...(ports === undefined ? {} : { ports }) });
  await writeFile(file, writeConfig(sandbox, "drop", "home"));
  tell(`sandbox: HubSpot ${sandbox.hubspot.url} · Salesforce ${sandbox.salesforce.url} · Stripe ${sandbox.stripe.url}`);
  if (!options.demo) {
    const { hubspot, salesforce, stripe } = sandbox;
    print({ config: file, hubspot: hubspot.url, salesforce: salesforce.url, stripe: stripe.url });
    tell(`configuration: ${file}\nrefresh from it with: attributary refresh --config ${file}\nCtrl-C ends the sandbox`);
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    });
    await sandbox.close();
    return;
  }
  try {
    const loaded = await loadConfig(file, effects.env);
    await present(loaded, review, options);
    correctDeals(sandbox, review, effects.now().toISOString());
    const report = await refreshAndPublish({ loaded, effects, tell });
    print(report);
    tell(`\nthe site of the demo is published, open it by double click:\n  ${report.index}`);
  } finally {
    await sandbox.close();
  }
}

/** Writes the commentary of the last closed quarter and records the quarter as it was presented; what is there already stays. */
async function present(loaded: LoadedConfig, review: Review, { effects, tell }: SandboxOptions): Promise<void> {
  const { period, on, by } = review;
  const scorecards = path.join(loaded.folder, "scorecards");
  await makeFolder(scorecards, "name another folder with --home");
  const notes = path.join(scorecards, `${period}.md`);
  if (!(await isThere(notes))) await writeFile(notes, review.commentary);
  if ((await frozenPeriods(homeAt(loaded.home))).some((frozen) => frozen.period === period)) return;
  tell(`first the company as it was on ${on}, when ${by} presented ${period}:`);
  // Of that day only the scorecard is kept; the other pages are drawn when the company is read as it is now.
  await refreshAndPublish({ loaded, effects, tell, asOf: on, draws: (page) => page.group === "Decide" });
  const then: Effects = { ...effects, now: () => review.at };
  await writeScorecard({ loaded, effects: then, period, format: "html", freeze: true, by });
  tell(`${period} is recorded as presented; now the company as it is, with what was corrected since:`);
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Where a sandbox is served: a configuration that was written for it once works on. Throws UserError (exit 2) for a port that is taken. */
async function portsFor(file: string, first: number | undefined): ReturnType<typeof keptPorts> {
  if (first === undefined) return keptPorts(file);
  const ports = portsFrom(first);
  const taken = await takenOf(ports);
  if (taken === undefined) return ports;
  throw new UserError({
    where: `sandbox --port ${first}`,
    found: `port ${taken} is taken`,
    fix: "name the first of three ports in a row that are free, or leave --port out",
  });
}

async function keptPorts(file: string): Promise<ReturnType<typeof portsIn>> {
  const ports = portsIn(await readFile(file, "utf8").catch(() => ""));
  return ports === undefined || (await takenOf(ports)) !== undefined ? undefined : ports;
}
