import { access, constants, stat, statfs } from "node:fs/promises";
import path from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Config, SourceOf } from "../config/schema.ts";
import type { Effects } from "../effects.ts";
import { type ExitCode, exitCode, UserError } from "../errors.ts";
import { type OwnSource, probeOwn } from "../extract/own.ts";
import type { FoundColumn, Problem } from "../extract/probe.ts";
import { probe } from "../extract/sources.ts";
import { type TransportEffects, transportEffects } from "../extract/transport.ts";
import { hasFolder } from "../folders.ts";
import { withEmptyWarehouse } from "./empty-warehouse.ts";
import { type Extension, loadExtension } from "./extend.ts";
import { homeAt } from "./home.ts";
import { lookAtLog, lookAtWarehouse, sizeOf } from "./kept.ts";
import { loadPages } from "./pipeline.ts";

/** What one look found: facts in words, and what is wrong with how to mend it. */
export interface Finding {
  readonly subject: string;
  readonly isWell: boolean;
  readonly found: readonly string[];
  /** What has to be mended; empty when all is well. */
  readonly problems: readonly Problem[];
  /** Of a file drop: what each column of each file is taken for. */
  readonly columns?: readonly FoundColumn[];
}

const sourceSubject = "source ";

/** Everything the doctor looked at. */
export interface DoctorReport {
  readonly isWell: boolean;
  readonly findings: readonly Finding[];
}

/** What the doctor asks of the world, pinned in tests. */
export interface DoctorWorld {
  readonly transport?: TransportEffects;
  /** Bytes that may still be written on the disk of a folder. */
  readonly free?: (folder: string) => Promise<number>;
}

/**
 * Looks at the home, the disk, the log and the published warehouse, and at every source with a few small requests: whether
 * it answers, whether everything that a refresh asks for may be read, and whether what the mapping names is there. Never
 * throws for what a person can mend.
 */
export async function runDoctor(
  loaded: LoadedConfig,
  effects: Effects,
  world: DoctorWorld = {},
): Promise<DoctorReport> {
  const isPinned = effects.env.ATTRIBUTARY_NOW !== undefined;
  const transport = world.transport ?? { ...transportEffects(effects.now), isPinned };
  const home = homeAt(loaded.home);
  const extension = loadPages().then((house) => loadExtension(loaded, house));
  // What is wrong with the folder is told once, and its sources can be asked when it is mended.
  const isBroken = await extension.then(
    () => false,
    () => true,
  );
  const findings = await Promise.all([
    look("home", async () => ({ found: await lookAtHome(loaded.home) })),
    look("disk", async () => ({ found: await lookAtDisk(loaded.home, world.free ?? freeBytes) })),
    look("log", () => lookAtLog(home.log, loaded.config.reporting.timezone)),
    look("warehouse", () => lookAtWarehouse(home)),
    ...loaded.config.sources
      .filter((source) => source.kind !== "own" || !isBroken)
      .map((source) =>
        look(`${sourceSubject}${source.name}`, async () =>
          source.kind === "own"
            ? probeOwn(await definitionOf(source, extension), source, transport)
            : probe(source, loaded.folder, transport),
        ),
      ),
  ]);
  const all = [
    { subject: "configuration", isWell: true, found: [loaded.file], problems: [] },
    ...(loaded.config.extend === undefined
      ? []
      : [await look("extension", () => lookAtExtension(extension, loaded.config))]),
    ...findings,
  ];
  return Object.freeze({ isWell: all.every((finding) => finding.isWell), findings: Object.freeze(all) });
}

async function definitionOf(source: SourceOf<"own">, extension: Promise<Extension>): Promise<OwnSource> {
  const found = (await extension).sources.get(source.own);
  if (found === undefined) throw new Error(`no connector was loaded for the kind ${source.own}`);
  return found;
}

/** Loads its modules, and has its SQL built over tables without a row. */
async function lookAtExtension(extension: Promise<Extension>, config: Config): Promise<Look> {
  const { families, pages, sources, models } = await extension;
  if (models.files.length > 0) await withEmptyWarehouse(async () => undefined, { config, own: models });
  const list = (noun: string, names: readonly string[]): readonly string[] =>
    names.length === 0 ? [] : [`${noun}: ${names.join(", ")}`];
  return {
    found: [
      ...list(
        "metrics",
        families.flatMap((family) => family.metrics.map(({ id }) => id)),
      ),
      ...list(
        "pages",
        pages.map(({ title }) => title),
      ),
      ...list("sources", [...sources.keys()]),
      ...list(
        "SQL that the engine takes",
        models.files.map(({ file }) => file),
      ),
    ],
  };
}

/** How `doctor` ends: with 3 when a source needs mending, with 2 when only what is here does. */
export function doctorCode({ findings }: DoctorReport): ExitCode {
  const failing = findings.filter(({ isWell }) => !isWell);
  if (failing.length === 0) return exitCode.fine;
  return failing.some(({ subject }) => subject.startsWith(sourceSubject)) ? exitCode.source : exitCode.usage;
}

/** A report as lines for people. */
export function doctorLines(report: DoctorReport): readonly string[] {
  const lines = report.findings.map((finding) => {
    const problems = finding.problems.map(({ found, fix }) => `${found}\n  → ${fix}`);
    return `${finding.isWell ? "ok   " : "FAIL "} ${finding.subject}: ${[...problems, ...finding.found].join("\n        ")}`;
  });
  const failing = report.findings.filter((finding) => !finding.isWell).length;
  return [...lines, failing === 0 ? "everything answers" : `${failing} of ${report.findings.length} need mending`];
}

type Look = Pick<Finding, "found" | "columns"> & Partial<Pick<Finding, "problems">>;

async function look(subject: string, examine: () => Promise<Look>): Promise<Finding> {
  try {
    const { found, problems = [], columns } = await examine();
    const isWell = problems.length === 0;
    return Object.freeze({ subject, isWell, found, problems, ...(columns === undefined ? {} : { columns }) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problem = { found: `${error.where}: ${error.found}`, fix: error.fix };
    return Object.freeze({ subject, isWell: false, found: [], problems: [problem] });
  }
}

/** The nearest folder above a place that is there. */
async function nearestFolder(folder: string): Promise<string> {
  const fix = "give it to the user who runs this, or name another `home` in the configuration";
  let place = folder;
  while (!(await hasFolder(place, fix)) && path.dirname(place) !== place) place = path.dirname(place);
  return place;
}

async function lookAtHome(home: string): Promise<readonly string[]> {
  const place = await nearestFolder(home);
  await access(place, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw new UserError({
      where: place,
      found: "this folder cannot be written",
      fix: "give it to the user who runs this, or name another `home` in the configuration",
      cause: error,
    });
  });
  if (place !== home) return [`${home} will be made in ${place}`];
  const isOpen = ((await stat(home)).mode & 0o007) !== 0;
  return [
    `${home} can be written`,
    ...(isOpen
      ? [`every user of this machine can read it; \`chmod -R o= ${home}\` ends that, also for what is made later`]
      : []),
  ];
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

// A first refresh of a small company fits into this; a later one is measured by what the last one left.
const leastBytes = 500e6;

async function lookAtDisk(home: string, free: (folder: string) => Promise<number>): Promise<readonly string[]> {
  const left = await free(await nearestFolder(home));
  const { log, warehouse } = await sizeOf(homeAt(home));
  // A build stands beside the published one before it takes its place, and the engine spills beside both.
  const needed = Math.max(leastBytes, log / 2 + 3 * warehouse);
  const words = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  if (left >= needed) return [`${words(left)} free`];
  throw new UserError({
    where: `the disk of ${home}`,
    found: `${words(left)} are free, and a refresh needs about ${words(needed)}`,
    fix: "free space there, or name a `home` on another disk in the configuration and move this one to it",
  });
}
