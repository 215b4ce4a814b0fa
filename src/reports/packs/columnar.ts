import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { exponentOf } from "../../metrics/format.ts";
import { arrowOfCells, type CellColumn, cellsOfArrow } from "../../warehouse/arrow.ts";
import { type Connection, openEngine, quoteName } from "../../warehouse/database.ts";
import { kindOf, type PackCell, type PackTable } from "./tables.ts";

/** What stands in a file of columns: its rows as cells, and everything that is no row. */
export interface ColumnarText {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly PackCell[])[];
  readonly metadata: string;
}

// Percent of a plan: as many places as the ledger keeps.
const rateScale = 6;

const scaleOf = (column: string, currency: string): number =>
  kindOf(column) === "rate" ? rateScale : exponentOf(currency);

const plain = (cell: PackCell): string | null => (cell === null || typeof cell === "string" ? cell : cell.number);

/** One table as an Arrow IPC stream. */
export function arrowTable(table: PackTable, currency: string): Uint8Array {
  return arrowOfCells(
    table.columns.map((name, at): CellColumn => {
      const kind = kindOf(name);
      const cells = table.rows.map((row) => plain(row[at] ?? null));
      return kind === "text" || kind === "date"
        ? { name, kind, cells }
        : { name, kind: "decimal", scale: scaleOf(name, currency), cells };
    }),
  );
}

/** What stands in an Arrow IPC stream. */
export function readArrow(bytes: Uint8Array): ColumnarText {
  const { columns, metadata } = cellsOfArrow(bytes);
  const height = columns[0]?.cells.length ?? 0;
  return {
    columns: columns.map((column) => column.name),
    rows: Array.from({ length: height }, (_, row) =>
      columns.map(({ kind, cells }) => cellOf(cells[row] ?? null, kind === "decimal")),
    ),
    metadata,
  };
}

const cellOf = (text: string | null, isNumber: boolean): PackCell =>
  text === null || !isNumber ? text : { number: text };

/** Whether two sets of rows are the same, decimals by their value. */
export function sameRows(one: readonly (readonly PackCell[])[], other: readonly (readonly PackCell[])[]): boolean {
  return (
    one.length === other.length &&
    one.every((row, at) => {
      const beside = other[at] ?? [];
      return row.length === beside.length && row.every((cell, column) => sameCell(cell, beside[column] ?? null));
    })
  );
}

function sameCell(one: PackCell, other: PackCell): boolean {
  if (one === null || other === null || typeof one === "string" || typeof other === "string") return one === other;
  return short(one.number) === short(other.number);
}

const short = (number: string): string => (number.includes(".") ? number.replace(/\.?0+$/, "") : number);

/** One table of one pack as a Parquet file, and what was read back from it. */
export interface ParquetFile extends ColumnarText {
  readonly table: string;
  readonly bytes: Buffer;
  /** The same table without rows, as a file. */
  readonly none: Buffer;
}

/** Writes tables of many packs as Parquet, all of one name at once. */
export interface ParquetWriter {
  /** The files of each pack, in the packs' order. */
  readonly write: (packs: readonly (readonly PackTable[])[]) => Promise<readonly (readonly ParquetFile[])[]>;
  readonly close: () => Promise<void>;
}

/** Opens an engine of its own for writing Parquet. Nothing of the warehouse is open in it: it sees the rows it is given. */
export async function openParquetWriter(currency: string): Promise<ParquetWriter> {
  const engine = await openEngine({ memoryLimit: "200MB" });
  const connection = await engine.connect();
  // One thread writes rows in their order, so that the same rows give the same bytes.
  await connection.run("set threads = 1");
  // The engine reads * and [ in a file's name as a pattern, so it writes where no name is anybody's choice.
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-columns-"));
  return Object.freeze({
    write: async (packs: readonly (readonly PackTable[])[]) => {
      const files = packs.map((): ParquetFile[] => []);
      for (const { name, columns } of packs[0] ?? []) {
        const tables = packs.map((pack) => pack.find((table) => table.name === name)?.rows ?? []);
        const place = path.join(folder, name);
        const written = await writeBatch(connection, { name, columns, tables, place, currency });
        for (const [at, file] of written.entries()) files[at]?.push(file);
        await rm(place, { recursive: true, force: true });
      }
      return files;
    },
    close: async () => {
      connection.close();
      engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

interface Batch {
  readonly name: string;
  readonly columns: readonly string[];
  /** The rows of each pack. */
  readonly tables: readonly PackTable["rows"][];
  readonly place: string;
  readonly currency: string;
}

async function writeBatch(connection: Connection, batch: Batch): Promise<readonly ParquetFile[]> {
  const { name, columns, tables, place } = batch;
  const definition = columns.map((column) => `${quoteName(column)} ${engineType(column, batch.currency)}`).join(", ");
  await connection.run(`create or replace table pack (pack_number integer, ${definition})`);
  await connection.append({ table: "pack" }, numbered(tables));
  await mkdir(place);
  const none = path.join(place, "none.parquet");
  await copyPack(connection, none, -1);
  const made = new Map<number, string>();
  for (const [at, rows] of tables.entries()) {
    if (rows.length === 0) continue;
    const file = path.join(place, `${at}.parquet`);
    await copyPack(connection, file, at);
    made.set(at, file);
  }
  const read = await readBatch(connection, [none, ...made.values()]);
  const noneBytes = await readFile(none);
  return await Promise.all(
    tables.map(async (_, at): Promise<ParquetFile> => {
      const file = made.get(at) ?? none;
      const found = read.get(file);
      if (found === undefined) throw new Error(`${file} cannot be read back`);
      return { table: name, bytes: await readFile(file), none: noneBytes, ...found };
    }),
  );
}

/** Writes the rows of one pack in their order. Without compression every word of the file stands in its bytes, for whoever looks for one. */
async function copyPack(connection: Connection, file: string, packNumber: number): Promise<void> {
  // One statement a pack: of many rows the engine mixes up the order when it parts them into files itself.
  await connection.run(
    `copy (select * exclude (pack_number) from pack where pack_number = $2)
     to $1 (format parquet, compression uncompressed)`,
    [file, packNumber],
  );
}

function* numbered(tables: readonly PackTable["rows"][]): Iterable<readonly (string | number | null)[]> {
  for (const [at, rows] of tables.entries()) {
    for (const row of rows) yield [at, ...row.map(plain)];
  }
}

function engineType(column: string, currency: string): string {
  const kind = kindOf(column);
  if (kind === "text") return "varchar";
  return kind === "date" ? "date" : `decimal(38, ${scaleOf(column, currency)})`;
}

/** What stands in each of these files of the same columns, read anew from the disk. */
async function readBatch(connection: Connection, files: readonly string[]): Promise<ReadonlyMap<string, ColumnarText>> {
  await connection.run("set variable files = $1", [JSON.stringify(files)]);
  const list = "cast(getvariable('files')::json as varchar[])";
  const names = await connection.rows<{ file: string; name: string }>(
    `select file_name as file, name from parquet_schema(${list}) where num_children is null`,
  );
  const words = await connection.rows<{ file: string; text: string }>(
    `select file_name as file, created_by as text from parquet_file_metadata(${list})
     union all
     select file_name, decode(key) || ' ' || decode(value) from parquet_kv_metadata(${list})`,
  );
  const columns = Map.groupBy(names, (row) => row.file);
  const metadata = Map.groupBy(words, (row) => row.file);
  const rows = Map.groupBy(
    await connection.rows<Record<string, string | null>>(
      `select * from read_parquet(${list}, filename = true, hive_partitioning = false)`,
    ),
    (row) => row.filename ?? "",
  );
  return new Map(
    files.map((file) => {
      const named = (columns.get(file) ?? []).map((row) => row.name);
      return [
        file,
        {
          columns: named,
          rows: (rows.get(file) ?? []).map((row) =>
            named.map((column) => cellOf(row[column] ?? null, ["money", "rate"].includes(kindOf(column)))),
          ),
          metadata: (metadata.get(file) ?? []).map((row) => row.text).join("\n"),
        },
      ];
    }),
  );
}
