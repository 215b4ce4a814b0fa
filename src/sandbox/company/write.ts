import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Company } from "./create.ts";
import { canonicalEntities, type Entity, sourceNames } from "./entities.ts";

/** Headings that the partner portal's own export uses instead of the canonical column names. */
export const portalHeadings: Readonly<Partial<Record<Entity, Readonly<Record<string, string>>>>> = {
  partners: { name: "Partner Name", type: "Partner Type", tier: "Program Tier", agreed_on: "Signed" },
  registrations: { submitted_at: "Submitted", decided_at: "Decided", protection_ends_on: "Protected until" },
};

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function* csvLines(
  columns: readonly string[],
  headings: readonly string[],
  rows: readonly Readonly<Record<string, string>>[],
): Generator<string> {
  let block = `${headings.map(cell).join(",")}\n`;
  for (const row of rows) {
    block += `${columns.map((column) => cell(row[column] ?? "")).join(",")}\n`;
    if (block.length > 60_000) {
      yield block;
      block = "";
    }
  }
  yield block;
}

async function writeEntity(
  folder: string,
  entity: Entity,
  rows: readonly Readonly<Record<string, string>>[],
  headings: Readonly<Record<string, string>>,
  extra: readonly string[],
): Promise<void> {
  const columns = canonicalEntities[entity];
  const names = [...columns.map((column) => headings[column] ?? column), ...extra];
  const lines = csvLines([...columns, ...extra], names, rows);
  await pipeline(Readable.from(lines), createWriteStream(path.join(folder, `${entity}.csv`)));
}

/** Writes all four sources of a company as canonical files: `<folder>/<source>/<entity>.csv`. */
export async function writeCanonical(company: Company, folder: string): Promise<void> {
  for (const source of sourceNames) {
    const own = path.join(folder, source);
    await rm(own, { recursive: true, force: true });
    await mkdir(own, { recursive: true });
    for (const entity of Object.keys(canonicalEntities) as Entity[]) {
      const rows = company.rows[source][entity];
      if (rows.length > 0) await writeEntity(own, entity, rows, {}, []);
    }
  }
}

/**
 * Writes the export of the partner portal, some headings in its own words (`portalHeadings`) and one column that
 * nobody asked for.
 */
export async function writeDrop(company: Company, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const entity of Object.keys(canonicalEntities) as Entity[]) {
    const rows = company.rows.drop[entity];
    const extra = entity === "leads" ? ["internal_note"] : [];
    if (rows.length > 0) await writeEntity(folder, entity, rows, portalHeadings[entity] ?? {}, extra);
  }
}
