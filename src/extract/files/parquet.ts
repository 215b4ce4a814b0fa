import { UserError } from "../../errors.ts";
import { type Column, openEngine, quoteName, quoteText } from "../../warehouse/database.ts";
import { matchColumns } from "./columns.ts";
import type { FileReading, FileRows } from "./csv.ts";
import { type DropFile, fileError } from "./folder.ts";

/** The columns of a Parquet file. Throws UserError (exit 3) for a broken file. */
export async function parquetColumns(source: string, file: DropFile): Promise<readonly string[]> {
  const engine = await openEngine();
  try {
    const connection = await engine.connect();
    const columns = await connection.columns(`select * from read_parquet(${quoteText(file.path)})`);
    return columns.map((column) => column.name);
  } catch (error) {
    throw brokenParquet(source, file, error);
  } finally {
    engine.close();
  }
}

/** Reads a Parquet file; every cell becomes the text that a CSV file would have. Throws UserError (exit 3) for a broken file. */
export async function readParquet(reading: FileReading): Promise<FileRows> {
  const { connection, source, file, entity, rules } = reading;
  const table = `read_parquet(${quoteText(file.path)}, binary_as_string = true, file_row_number = true)`;
  let columns: readonly Column[];
  try {
    columns = (await connection.columns(`select * exclude (file_row_number) from ${table}`)).map((column) => column);
  } catch (error) {
    throw brokenParquet(source, file, error);
  }
  const header = columns.map((column) => column.name);
  const match = matchColumns(source, file, entity, header, rules);
  const cells = match.columns.map((column) => {
    const type = columns[column.index]?.type ?? "VARCHAR";
    return `${textOf(quoteName(header[column.index] ?? column.name), type)} as ${quoteName(column.name)}`;
  });
  const select = `
    select file_row_number + 1 as line, null::varchar as bad, null::varchar as file_text, ${cells.join(", ")}
    from ${table}`;
  return Object.freeze({ match, select, close: async () => {} });
}

/** What an error of the engine while reading a Parquet file means, or the error itself when it is about something else. */
export function brokenParquet(source: string, file: DropFile, error: unknown): unknown {
  if (error instanceof UserError) return error;
  return fileError(
    source,
    file,
    "it is not a whole Parquet file",
    "export or copy it again; text belongs into a file that ends in .csv or .ndjson",
    error,
  );
}

function textOf(column: string, type: string): string {
  if (type === "VARCHAR") return `nullif(${column}, '')`;
  if (type.endsWith("[]")) return `array_to_string(${column}::varchar[], ';')`;
  if (type === "TIMESTAMP WITH TIME ZONE") return `replace((${column} at time zone 'UTC')::varchar, ' ', 'T') || 'Z'`;
  if (type.startsWith("TIMESTAMP")) return `replace(${column}::varchar, ' ', 'T')`;
  if (type === "DOUBLE" || type === "FLOAT") {
    // Programs that have no whole number beside an empty cell write ids as 9001.0.
    return `case
            when ${column} = trunc(${column}) and abs(${column}) < 1e15 then ${column}::bigint::varchar
            else ${column}::varchar
        end`;
  }
  if (type.startsWith("STRUCT") || type.startsWith("MAP")) return `to_json(${column})::varchar`;
  return `${column}::varchar`;
}
