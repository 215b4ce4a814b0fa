import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entities } from "../../src/config/entities.ts";
import { readCsv } from "../../src/extract/files/csv.ts";
import { type Connection, type Database, openEngine } from "../../src/warehouse/database.ts";

let database: Database;
let connection: Connection;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-csv-"));
  database = await openEngine();
  connection = await database.connect();
});

afterAll(async () => {
  connection.close();
  database.close();
  await rm(folder, { recursive: true, force: true });
});

/** Cells with everything that CSV has to quote, and much that it has not. */
const cell = fc.oneof(
  fc.string({
    unit: fc.constantFrom("a", "é", "漢", " ", '"', ",", ";", "\t", "|", "\n", "'", "\\", "0"),
    maxLength: 8,
  }),
  fc.constantFrom("", '"', '""', "\n", ",", "NULL", "\\N", "#", "null", "é", "=1+1"),
);
const file = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  newline: fc.constantFrom("\n", "\r\n"),
  mark: fc.constantFrom("", "\uFEFF"),
  quoteAll: fc.boolean(),
  lastNewline: fc.boolean(),
  rows: fc.array(fc.tuple(cell, cell, cell), { maxLength: 12 }),
});

test("whatever cells hold, a well-written CSV file gives them back with the line each row begins on", async () => {
  const columns = ["id", "name", "tier"];
  const entity = entities.find((known) => known.name === "partners");
  if (entity === undefined) throw new Error("there is no entity partners");
  await fc.assert(
    fc.asyncProperty(file, async ({ delimiter, newline, mark, quoteAll, lastNewline, rows }) => {
      const write = (text: string): string =>
        quoteAll || /["\n\r]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
      const lines = [columns, ...rows].map((cells) => cells.map(write).join(delimiter));
      // A line break within a cell is written like every other, as programs on Windows do.
      const content = lines.join("\n").replaceAll("\n", newline) + (lastNewline ? newline : "");
      const name = path.join(folder, "partners.csv");
      await writeFile(name, mark + content);
      let line = 2;
      const expected = rows.flatMap((cells) => {
        const begins = line;
        line += 1 + cells.join("").split("\n").length - 1;
        // A row of blanks is no row.
        return cells.every((text) => text.trim() === "")
          ? []
          : [{ line: begins, bad: null, cells: cells.map((text) => (text === "" ? null : text)) }];
      });
      const read = await readCsv({
        connection,
        source: "drop",
        file: { gives: ["partners"], format: "csv", name: "partners.csv", path: name },
        entity,
        rules: {},
      });
      const found = await connection.rows<{ line: number; bad: string | null; id: string; name: string; tier: string }>(
        `select line, bad, id, name, tier from (${read.select}) order by line`,
      );
      await read.close();
      expect(found.map(({ line, bad, id, name, tier }) => ({ line, bad, cells: [id, name, tier] }))).toEqual(expected);
    }),
    { numRuns: 150, seed: 7 },
  );
});
