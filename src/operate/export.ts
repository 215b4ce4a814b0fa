import path from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import { suggest } from "../nearest.ts";
import { exportPacks, packFormats, type WrittenPacks } from "../reports/export.ts";
import { openReadOnly } from "../warehouse/database.ts";
import { homeAt, needPublished } from "./home.ts";

export interface ExportOptions {
  readonly loaded: LoadedConfig;
  readonly effects: Effects;
  readonly partner?: string;
  readonly all?: boolean;
  readonly period?: string;
  /** Formats with commas between. */
  readonly format: string;
  readonly out?: string;
}

/** Writes partner packs from the published warehouse. Throws UserError (exit 2) on a bad partner, period or format. */
export async function exportCommand(options: ExportOptions): Promise<WrittenPacks> {
  if ((options.partner === undefined) === (options.all !== true)) {
    throw new UserError({
      where: "export",
      found: options.partner === undefined ? "no partner is named" : "both --partner and --all are given",
      fix: "give either --partner KEY or --all",
    });
  }
  const formats = options.format.split(",").map((format) => format.trim());
  for (const format of formats) {
    if (!packFormats.some((valid) => valid === format)) {
      throw new UserError({
        where: "export --format",
        found: `"${format}" is not a format`,
        fix: suggest(format, packFormats),
      });
    }
  }
  const home = homeAt(options.loaded.home);
  const build = await needPublished(home);
  const database = await openReadOnly(build.warehouse);
  const browser = options.effects.env.ATTRIBUTARY_CHROMIUM;
  try {
    return await exportPacks({
      database,
      formats,
      exports: home.exports,
      ...(options.partner === undefined ? {} : { partner: options.partner }),
      ...(options.period === undefined ? {} : { period: options.period }),
      ...(options.out === undefined ? {} : { out: path.resolve(options.effects.cwd, options.out) }),
      ...(browser === undefined ? {} : { browser }),
    });
  } finally {
    database.close();
  }
}
