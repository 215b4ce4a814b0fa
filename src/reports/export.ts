import type { Database } from "../warehouse/database.ts";

/** The formats a pack can be written in. */
export const packFormats = ["html", "csv"] as const;

/** What an export wrote. */
export interface WrittenPacks {
  readonly partners: number;
  readonly period: string;
  readonly folder: string;
  readonly files: readonly string[];
}

export interface PackOptions {
  readonly database: Database;
  readonly formats: readonly string[];
  readonly exports: string;
  readonly now: Date;
  readonly partner?: string;
  readonly period?: string;
  readonly out?: string;
}

/** Placeholder until the packs stand. */
export async function exportPacks(options: PackOptions): Promise<WrittenPacks> {
  throw new Error(`no packs yet for ${options.exports}`);
}
