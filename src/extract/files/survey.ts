import path from "node:path";
import { entityOf } from "../../config/entities.ts";
import type { SourceOf } from "../../config/schema.ts";
import { type Connection, openEngine } from "../../warehouse/database.ts";
import { distinct, type Survey, surveyOf } from "../survey.ts";
import { inUtf8 } from "./encoding.ts";
import { type DropFile, readFolder } from "./folder.ts";
import { readerOf } from "./load.ts";
import { probeFiles } from "./probe.ts";

/** What a folder offers to someone who sets it up. Throws UserError (exit 3) for what would stop a refresh. */
export async function surveyFiles(source: SourceOf<"files">, base: string): Promise<Survey> {
  const { found } = await probeFiles(source, base);
  const { entities } = await readFolder(source.name, path.resolve(base, source.path), source);
  const filesOf = (entity: string): readonly DropFile[] => entities.find((drop) => drop.entity === entity)?.files ?? [];
  return surveyOf({
    found,
    rates: filesOf("fx_rates").length > 0 ? "any" : [],
    partnerTypes: await readPartnerTypes(source, filesOf("partners")),
  });
}

/** The words that partners' type has in the files. */
async function readPartnerTypes(source: SourceOf<"files">, files: readonly DropFile[]): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const engine = await openEngine();
  try {
    const connection = await engine.connect();
    const words: string[] = [];
    for (const file of files) words.push(...(await typesIn(connection, source, file)));
    return distinct(words).toSorted();
  } finally {
    engine.close();
  }
}

async function typesIn(connection: Connection, source: SourceOf<"files">, original: DropFile): Promise<string[]> {
  return inUtf8(source.name, original, source.encoding, async (file) => {
    const rules = source.columns.partners ?? {};
    const rows = await readerOf(file)({ connection, source: source.name, file, entity: entityOf("partners"), rules });
    try {
      if (rows.match.columns.every((column) => column.name !== "type")) return [];
      const found = await connection.rows<{ word: string }>(
        `select distinct trim(type) as word from (${rows.select}) where bad is null and trim(type) <> '' limit 200`,
      );
      return found.map(({ word }) => word);
    } finally {
      await rows.close();
    }
  });
}
