import { glob } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { LoadedConfig } from "../config/load.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import { runExtraction } from "../extract/run.ts";
import { isPage, type Page } from "../reports/page.ts";
import { writeSite } from "../reports/site.ts";
import { openReadOnly } from "../warehouse/database.ts";
import { type RefreshReport, refresh, type SiteRequest } from "./refresh.ts";

/** The folder of the pages that this version comes with. */
const dashboards = path.join(import.meta.dirname, "..", "..", "dashboards");

export interface PipelineOptions {
  readonly loaded: LoadedConfig;
  readonly effects: Effects;
  readonly tell: (line: string) => void;
  /** Extract only this source. */
  readonly source?: string;
  readonly full?: boolean;
  readonly noExtract?: boolean;
  /** Streams, as `stream` or `source.stream`, that may lose as many records as they like in this refresh. */
  readonly acceptDrop?: readonly string[];
  /** `YYYY-MM-DD`. */
  readonly asOf?: string;
}

/** A refresh with the real sources and the real pages. Throws what `refresh` throws. */
export async function refreshAndPublish(options: PipelineOptions): Promise<RefreshReport> {
  const { loaded, effects, tell } = options;
  if (options.noExtract === true && (options.acceptDrop ?? []).length > 0) {
    throw new UserError({
      where: "--accept-drop",
      found: "nothing is read with --no-extract, so there is no drop to accept",
      fix: "leave one of the two out",
    });
  }
  return refresh({
    loaded,
    effects,
    tell,
    extract: (request) =>
      runExtraction({
        ...request,
        config: loaded.config,
        folder: loaded.folder,
        effects,
        ...(options.acceptDrop === undefined ? {} : { acceptDrop: options.acceptDrop }),
      }),
    draw: drawSite,
    ...(options.source === undefined ? {} : { only: options.source }),
    ...(options.full === undefined ? {} : { full: options.full }),
    ...(options.noExtract === undefined ? {} : { noExtract: options.noExtract }),
    ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
  });
}

/** Draws every page of `dashboards/` over a built warehouse; returns how many were written. */
export async function drawSite(request: SiteRequest): Promise<number> {
  const database = await openReadOnly(request.warehouse);
  try {
    return await writeSite({
      database,
      directory: request.directory,
      pages: await loadPages(),
      builtAt: request.builtAt,
    });
  } finally {
    database.close();
  }
}

/** The pages of the folder in the order of their file names. */
export async function loadPages(folder: string = dashboards): Promise<readonly Page[]> {
  const files: string[] = [];
  for await (const file of glob("*.ts", { cwd: folder })) files.push(file);
  const pages: Page[] = [];
  for (const file of files.sort()) {
    const module: { page?: unknown } = await import(pathToFileURL(path.join(folder, file)).href);
    if (!isPage(module.page)) throw new Error(`dashboards/${file} does not export a page made by definePage`);
    pages.push(module.page);
  }
  return Object.freeze(pages);
}
