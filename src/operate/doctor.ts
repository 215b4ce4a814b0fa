import { access, constants } from "node:fs/promises";
import path from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import type { FoundColumn } from "../extract/probe.ts";
import { probe } from "../extract/sources.ts";
import { transportEffects } from "../extract/transport.ts";
import { hasFolder } from "../folders.ts";

/** What one look found: facts in words, or what is wrong and how to mend it. */
export interface Finding {
  readonly subject: string;
  readonly isWell: boolean;
  readonly found: readonly string[];
  /** Of a file drop: what each column of each file is taken for. */
  readonly columns?: readonly FoundColumn[];
}

/** Everything the doctor looked at. */
export interface DoctorReport {
  readonly isWell: boolean;
  readonly findings: readonly Finding[];
}

/** Looks at the configuration's home and at every source, each with one small request. Never throws for what a person can mend. */
export async function runDoctor(loaded: LoadedConfig, effects: Effects): Promise<DoctorReport> {
  const world = transportEffects(effects.now);
  const findings = await Promise.all([
    look("home", async () => ({ found: await lookAtHome(loaded.home) })),
    ...loaded.config.sources.map((source) => look(`source ${source.name}`, () => probe(source, loaded.folder, world))),
  ]);
  const all = [{ subject: "configuration", isWell: true, found: [loaded.file] }, ...findings];
  return Object.freeze({ isWell: all.every((finding) => finding.isWell), findings: Object.freeze(all) });
}

/** A report as lines for people. */
export function doctorLines(report: DoctorReport): readonly string[] {
  const lines = report.findings.map(
    (finding) => `${finding.isWell ? "ok   " : "FAIL "} ${finding.subject}: ${finding.found.join("\n        ")}`,
  );
  const failing = report.findings.filter((finding) => !finding.isWell).length;
  return [...lines, failing === 0 ? "everything answers" : `${failing} of ${report.findings.length} need mending`];
}

async function look(subject: string, examine: () => Promise<Pick<Finding, "found" | "columns">>): Promise<Finding> {
  try {
    const { found, columns } = await examine();
    return Object.freeze({ subject, isWell: true, found, ...(columns === undefined ? {} : { columns }) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return Object.freeze({ subject, isWell: false, found: [error.message] });
  }
}

async function lookAtHome(home: string): Promise<readonly string[]> {
  const fix = "give it to the user who runs this, or name another `home` in the configuration";
  let place = home;
  while (!(await hasFolder(place, fix)) && path.dirname(place) !== place) place = path.dirname(place);
  await access(place, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw new UserError({ where: place, found: "this folder cannot be written", fix, cause: error });
  });
  return [place === home ? `${home} can be written` : `${home} will be made in ${place}`];
}
