import { glob, readFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { LoadedConfig } from "../config/load.ts";
import { lineThrown, messageOf, UserError } from "../errors.ts";
import { isSource, type OwnSource } from "../extract/own.ts";
import { isMetric, type Metric } from "../metrics/define.ts";
import { findIn, findMetric, findProblems, idsOf, type MetricFamily, useOwnFamilies } from "../metrics/registry.ts";
import { parseHeader, type SqlFile } from "../models/header.ts";
import type { OwnModels } from "../models/load.ts";
import { suggest } from "../nearest.ts";
import { isPage, type Page } from "../reports/page.ts";
import { sentenceCase } from "../reports/words.ts";

/** What the folder that `extend` names holds; empty without one. */
export interface Extension {
  readonly families: readonly MetricFamily[];
  readonly pages: readonly Page[];
  /** Connectors by kind. */
  readonly sources: ReadonlyMap<string, OwnSource>;
  readonly models: OwnModels;
}

const none: Extension = Object.freeze({
  families: [],
  pages: [],
  sources: new Map<string, OwnSource>(),
  models: { files: [], mayWrite: () => false, metricIds: [] },
});

/**
 * Reads the folder that `extend` names and puts its metrics into the registry. `housePages` are those of this version, whose
 * ids and numbers are taken; without them no page is read. Throws UserError (exit 2) naming the file and what is wrong with it.
 */
export async function loadExtension(loaded: LoadedConfig, housePages?: readonly Page[]): Promise<Extension> {
  useOwnFamilies([]);
  const { extend } = loaded.config;
  if (extend === undefined) return none;
  const place: Place = { base: loaded.folder, folder: path.resolve(loaded.folder, extend) };
  makeImportable(place.folder);
  const families = await loadFamilies(place);
  const metrics = families.flatMap((family) => family.metrics);
  const kinds = loaded.config.sources.flatMap((source) => (source.kind === "own" ? [source.own] : []));
  const sources = await loadSources(place, kinds);
  const files = await loadModels(place, ["metrics", ...[...new Set(kinds)].map((kind) => `sources/${kind}`)]);
  for (const metric of metrics) mustHaveModel(metric, files);
  const pages = housePages === undefined ? [] : await loadOwnPages(place, housePages);
  useOwnFamilies(families);
  return Object.freeze({
    families,
    pages,
    sources,
    models: Object.freeze({
      files,
      mayWrite: (id: string) => findIn(metrics, id) !== undefined,
      metricIds: idsOf(metrics),
    }),
  });
}

interface Place {
  /** Where the configuration stands, which paths in messages begin at. */
  readonly base: string;
  readonly folder: string;
}

/** How messages call a file: `./our/metrics/margin.ts`. */
function nameIn({ base }: Place, file: string): string {
  const relative = path.relative(base, file).split(path.sep).join("/");
  return relative.startsWith("..") ? relative : `./${relative}`;
}

async function filesIn({ folder }: Place, pattern: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const file of glob(pattern, { cwd: folder })) found.push(path.join(folder, file));
  return found.filter((file) => !file.endsWith(".d.ts") && !file.includes(`${path.sep}node_modules${path.sep}`)).sort();
}

const scripts = "{ts,mts,js,mjs}";

async function loadFamilies(place: Place): Promise<readonly MetricFamily[]> {
  const families: MetricFamily[] = [];
  for (const file of await filesIn(place, `metrics/*.${scripts}`)) {
    const where = nameIn(place, file);
    const { metrics: list, label } = await load(place, file);
    // A file without definitions is one that others share.
    if (list === undefined) continue;
    if (!Array.isArray(list) || !list.every(isMetric)) {
      throw new UserError({
        where,
        found: "its `metrics` is not a list of definitions",
        fix: "export const metrics = [defineMetric({ … })]",
      });
    }
    const model = where.replace(/\.\w+$/, ".sql");
    const metrics = list.map(
      (metric): Metric =>
        Object.freeze({
          ...metric,
          model:
            metric.model === ""
              ? model
              : path.posix.join(path.posix.dirname(where), metric.model).replace(/^(?!\.)/, "./"),
        }),
    );
    const known = families.flatMap((family) => family.metrics);
    for (const id of idsOf(metrics)) {
      if (findMetric(id) === undefined && findIn(known, id) === undefined) continue;
      throw new UserError({ where, found: `the metric id ${id} is taken`, fix: "give the metric another id" });
    }
    const [problem] = findProblems(metrics);
    if (problem !== undefined) throw new UserError({ where, found: problem, fix: "mend the definition" });
    const name = path.basename(file).replace(/\.\w+$/, "");
    const words = typeof label === "string" ? label : sentenceCase(name.replaceAll(/[-_]/g, " "));
    families.push(Object.freeze({ id: `own-${name}`, label: words, metrics: Object.freeze(metrics) }));
  }
  return Object.freeze(families);
}

async function loadOwnPages(place: Place, housePages: readonly Page[]): Promise<readonly Page[]> {
  const pages: Page[] = [];
  for (const file of await filesIn(place, `dashboards/*.${scripts}`)) {
    const where = nameIn(place, file);
    const { page } = await load(place, file);
    if (page === undefined) continue;
    if (!isPage(page)) {
      throw new UserError({
        where,
        found: "its `page` was not made by definePage",
        fix: "export const page = definePage({ … })",
      });
    }
    if (page.each !== undefined) {
      throw new UserError({
        where,
        found: "it is drawn for each partner, and each partner has one page, which is there already",
        fix: "leave `each` out, and show the partners on one page",
      });
    }
    const taken = [...housePages, ...pages];
    const same = taken.find(({ id }) => id === page.id || (id === "overview" && page.id === "index"));
    if (same !== undefined) {
      throw new UserError({
        where,
        found: `the page id ${page.id} is taken by ${sayPage(same)}`,
        fix: "give the page another id",
      });
    }
    const beside = taken.find(({ order }) => order === page.order);
    if (beside !== undefined) {
      const free = Math.max(...taken.map(({ order }) => order)) + 1;
      throw new UserError({
        where,
        found: `the page number ${page.order} is taken by ${sayPage(beside)}`,
        fix: `give the page another order; ${free} is free`,
      });
    }
    pages.push(Object.freeze({ ...page, file: where }));
  }
  return Object.freeze(pages);
}

const sayPage = (page: Page): string => `the page "${page.title}"${page.file === undefined ? "" : ` (${page.file})`}`;

async function loadSources(place: Place, kinds: readonly string[]): Promise<ReadonlyMap<string, OwnSource>> {
  const sources = new Map<string, OwnSource>();
  for (const kind of new Set(kinds)) {
    const [file] = await filesIn(place, `sources/${kind}/index.${scripts}`);
    if (file === undefined) {
      throw new UserError({
        where: nameIn(place, path.join(place.folder, "sources", kind)),
        found: "there is no index.ts or index.js",
        fix: "export const source = defineSource({ … }) from a file of that name",
      });
    }
    const { source } = await load(place, file);
    if (!isSource(source)) {
      throw new UserError({
        where: nameIn(place, file),
        found: "it exports no `source` made by defineSource",
        fix: "export const source = defineSource({ … })",
      });
    }
    sources.set(kind, source);
  }
  return sources;
}

async function loadModels(place: Place, folders: readonly string[]): Promise<readonly SqlFile[]> {
  const files: SqlFile[] = [];
  for (const folder of folders) {
    for (const file of await filesIn(place, `${folder}/**/*.sql`)) {
      files.push(parseHeader(nameIn(place, file), await readFile(file, "utf8")));
    }
  }
  return Object.freeze(files);
}

function mustHaveModel(metric: Metric, files: readonly SqlFile[]): void {
  if (files.some(({ file }) => file === metric.model)) return;
  throw new UserError({
    where: metric.model,
    found: `there is no such file, and the metric ${metric.id} is worked out in it`,
    fix: `write it, or name another one under \`model\`; ${suggest(
      metric.model,
      files.map(({ file }) => file),
    )}`,
  });
}

async function load(place: Place, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
    return module;
  } catch (error) {
    const where = nameIn(place, file);
    if (error instanceof UserError) throw new UserError({ ...error, where: `${where}, ${error.where}`, cause: error });
    const line = lineIn(error, file);
    throw new UserError({
      where: line === undefined ? where : `${where}:${line}`,
      found: `it cannot be loaded: ${messageOf(error)}`,
      fix: "mend the file; TypeScript works as far as its types can be left away",
      cause: error,
    });
  }
}

/** Where the engine stopped reading a file, which it writes above the error's own words; else where the file was when it failed. */
function lineIn(error: unknown, file: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return /^file:\/\/\S+?:(\d+)$/m.exec(stack)?.[1] ?? lineThrown(error, pathToFileURL(file).href);
}

const made = new Set<string>();

/**
 * Lets files of a folder be imported wherever it stands and whatever package.json is above it: `attributary` is this very
 * program, scripts are modules, and types are left away.
 */
function makeImportable(folder: string): void {
  if (made.has(folder)) return;
  made.add(folder);
  const home = `${pathToFileURL(folder).href}/`;
  const index = new URL(`../index${path.extname(import.meta.filename)}`, import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) => {
      const isInside = context.parentURL?.startsWith(home) === true;
      if (specifier === "attributary" && isInside) return { url: index, shortCircuit: true };
      const found = next(specifier, context);
      const isOurs = found.url.startsWith(home) && !found.url.includes("/node_modules/");
      const format = isOurs ? formats[path.extname(fileURLToPath(found.url))] : undefined;
      return format === undefined ? found : { ...found, format };
    },
  });
}

const formats: Readonly<Record<string, string>> = Object.freeze({
  ".ts": "module-typescript",
  ".mts": "module-typescript",
  ".js": "module",
  ".mjs": "module",
});
