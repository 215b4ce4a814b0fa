import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadConfig } from "./config/load.ts";
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import { makeFolder } from "./folders.ts";
import { refreshAndPublish } from "./operate/pipeline.ts";
import { createCompany, portsFrom, portsIn, startSandbox, takenOf, writeConfig, writeDrop } from "./sandbox/index.ts";

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
    const report = await refreshAndPublish({ loaded: await loadConfig(file, effects.env), effects, tell });
    print(report);
    tell(`\nthe site of the demo is published, open it by double click:\n  ${report.index}`);
  } finally {
    await sandbox.close();
  }
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
