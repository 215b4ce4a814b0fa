import { totalmem } from "node:os";
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult, type DuckDBResultReader } from "@duckdb/node-api";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { convertCell, type Parameter, toColumnValue, toEngineValue, typeNameOf } from "./values.ts";

/** One result or table column: its name, the engine's type and the TypeScript type of its cells. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly typescript: string;
}

/** A table named in full; `catalog` is the name a file was attached under. */
export interface TableName {
  readonly catalog?: string;
  readonly schema?: string;
  readonly table: string;
}

/** One connection to the engine. Statements on it run one after another. */
export interface Connection {
  /** Runs one or several statements; returns how many rows the last one changed. */
  run(sql: string, parameters?: readonly Parameter[]): Promise<number>;
  /** All rows of a query as objects by column name. */
  rows<T extends object = Record<string, unknown>>(sql: string, parameters?: readonly Parameter[]): Promise<T[]>;
  /** The first row of a query, if there is one. */
  row<T extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly Parameter[],
  ): Promise<T | undefined>;
  /** Rows in batches as the engine yields them, for results too large to hold. */
  batches<T extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly Parameter[],
  ): AsyncIterable<T[]>;
  /** The columns a query returns. */
  columns(sql: string): Promise<readonly Column[]>;
  /** Reads a statement without running it; throws what the engine has to say against it. */
  check(sql: string): Promise<void>;
  /** Appends rows by position, far faster than inserts. Cells must suit the columns: text, whole numbers, booleans, moments or null. */
  append(table: TableName, rows: Iterable<readonly Parameter[]>): Promise<void>;
  /** Runs `work` in one transaction: all of it or nothing. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** The engine's own result, column by column, for Arrow. */
  result(sql: string): Promise<DuckDBResult>;
  close(): void;
}

/** How a file is attached. */
export interface AttachOptions {
  readonly readOnly?: boolean;
  /**
   * For a file that is of no use before it is whole: it is written without a write-ahead log, so that hundreds of statements need
   * not wait for the disk, and holds its rows once it is detached or the engine closed.
   */
  readonly isAside?: boolean;
  /**
   * For a file whose rows are long and come in many small batches: it keeps them in small groups, so that a batch that is added
   * does not write a large group anew each time.
   */
  readonly isLog?: boolean;
}

/** An engine in this process, with files attached to it by name. */
export interface Database {
  connect(): Promise<Connection>;
  /** Attaches a file; a file that another process writes ends in `busy` (75). */
  attach(file: string, name: string, options?: AttachOptions): Promise<void>;
  detach(name: string): Promise<void>;
  /**
   * Lets go of what the engine keeps of files only because nothing else has wanted the room. No statement may run on any
   * connection meanwhile: for a moment the engine has no room for more than it holds.
   */
  letGo(): Promise<void>;
  /** Closes every connection and every file. */
  close(): void;
}

// Files older than this format silently replay a leftover write-ahead log of another file into a renamed one.
const storageVersion = "v1.4.0";

// The fewest that the engine takes: each checkpoint writes the last group anew, and rows of ten kilobytes make that twenty megabytes.
const logGroupRows = 2048;

/**
 * How much memory the engine keeps before it spills to disk: 3 GB, or four fifths of a smaller machine or container. With what
 * the process holds beside it, a build of a million deals stays below 4 GB.
 */
export function usualMemoryLimit(): string {
  const allowed = process.constrainedMemory();
  const there = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
  return `${Math.floor(Math.min(3e9, there * 0.8) / 1e6)}MB`;
}

/** Opens an engine with nothing in it; files are attached to it. `temporary` is where it may spill. */
export async function openEngine(
  options: { readonly temporary?: string; readonly memoryLimit?: string } = {},
): Promise<Database> {
  const memoryLimit = options.memoryLimit ?? usualMemoryLimit();
  const instance = await DuckDBInstance.create(":memory:", {
    ...(options.temporary === undefined ? {} : { temp_directory: options.temporary }),
    memory_limit: memoryLimit,
  });
  return makeDatabase(instance, memoryLimit);
}

/** Opens a published warehouse for reading; many may do so at once. */
export async function openReadOnly(file: string): Promise<Database> {
  const memoryLimit = usualMemoryLimit();
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY", memory_limit: memoryLimit });
  return makeDatabase(instance, memoryLimit);
}

/**
 * Shuts an engine up in what it has open, for statements that others wrote: from here on it reads no other file, opens no
 * connection, loads no extension, and writes to these files only. Nothing can undo it.
 */
export async function seal(connection: Connection, writable: readonly string[]): Promise<void> {
  await connection.run(`set allowed_paths = [${writable.map(quoteText).join(", ")}]`);
  await connection.run("set enable_external_access = false");
  await connection.run("set lock_configuration = true");
}

const economy: Readonly<Record<string, string>> = Object.freeze({
  threads: "1",
  allocator_background_threads: "true",
  allocator_flush_threshold: "1MB",
});

/**
 * Has an engine work in little memory from here on, for what comes in many small batches: on one core, since to share out a small
 * batch takes longer than to do it, and giving back at once what it no longer needs. Returns what ends that.
 */
export async function economize(database: Database): Promise<() => Promise<void>> {
  const set = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    const connection = await database.connect();
    for (const [name, value] of Object.entries(settings)) await connection.run(`set ${name} = ${quoteText(value)}`);
    connection.close();
  };
  const connection = await database.connect();
  const settings = Object.keys(economy).map((name) => `current_setting('${name}')::varchar as ${name}`);
  const before = await connection.row<Record<string, string>>(`select ${settings.join(", ")}`);
  connection.close();
  await set(economy);
  return () => set(before ?? {});
}

// What may stay of files when the engine lets go of them: what is read again and again.
const keptOfFiles = 32_000_000;

async function makeDatabase(instance: DuckDBInstance, memoryLimit: string): Promise<Database> {
  const open = new Set<DuckDBConnection>();
  const connect = async (): Promise<Connection> => {
    const connection = await instance.connect();
    open.add(connection);
    await connection.run("set timezone = 'UTC'");
    return makeConnection(connection, () => {
      if (open.delete(connection)) connection.closeSync();
    });
  };
  const control = await connect();
  return Object.freeze({
    connect,
    attach: async (file: string, name: string, options: AttachOptions = {}) => {
      const mode = options.readOnly === true ? "read_only" : `storage_version '${storageVersion}'`;
      const groups = options.isLog === true ? `, row_group_size ${logGroupRows}` : "";
      const recovery = options.isAside === true ? ", recovery_mode no_wal_writes" : "";
      try {
        await control.run(`attach ${quoteText(file)} as ${quoteName(name)} (${mode}${groups}${recovery})`);
      } catch (error) {
        if (messageOf(error).includes("Could not set lock")) {
          throw new UserError({
            where: file,
            found: "another refresh is using it",
            fix: "wait for it to end (`attributary refresh` runs one at a time), then run this again",
            exitCode: exitCode.busy,
            cause: error,
          });
        }
        throw error;
      }
    },
    detach: async (name: string) => {
      await control.run(`detach ${quoteName(name)}`);
    },
    letGo: async () => {
      const held = await control.row<{ bytes: number }>(
        "select sum(memory_usage_bytes)::double as bytes from duckdb_memory() where tag <> 'BASE_TABLE'",
      );
      try {
        await control.run(`set memory_limit = '${Math.ceil((held?.bytes ?? 0) + keptOfFiles)}B'`);
      } catch (error) {
        // What cannot be let go of just now stays.
        if (!/memory limit/i.test(messageOf(error))) throw error;
      } finally {
        await control.run(`set memory_limit = ${quoteText(memoryLimit)}`);
      }
    },
    close: () => {
      // One that work which failed left open would keep the files open, and be written out whenever it is cleared away.
      for (const connection of open) connection.closeSync();
      open.clear();
      instance.closeSync();
    },
  });
}

function makeConnection(connection: DuckDBConnection, close: () => void): Connection {
  const read = (sql: string, parameters: readonly Parameter[]): Promise<DuckDBResultReader> =>
    parameters.length === 0
      ? connection.runAndReadAll(sql)
      : connection.runAndReadAll(sql, parameters.map(toEngineValue));

  const rows = async <T extends object>(sql: string, parameters: readonly Parameter[] = []): Promise<T[]> => {
    const reader = await read(sql, parameters);
    return reader.convertRowObjects(convertCell) as T[];
  };

  return Object.freeze({
    run: async (sql: string, parameters: readonly Parameter[] = []) => {
      const result =
        parameters.length === 0 ? await connection.run(sql) : await connection.run(sql, parameters.map(toEngineValue));
      return result.rowsChanged;
    },
    rows,
    row: async <T extends object>(sql: string, parameters: readonly Parameter[] = []) =>
      (await rows<T>(sql, parameters))[0],
    async *batches<T extends object>(sql: string, parameters: readonly Parameter[] = []) {
      const result = await connection.stream(sql, parameters.map(toEngineValue));
      try {
        for await (const batch of result.yieldConvertedRowObjects(convertCell)) yield batch as T[];
      } finally {
        // A result that was not read to its end holds its files open, even after the engine is closed.
        for (;;) if (((await result.fetchChunk())?.rowCount ?? 0) === 0) break;
      }
    },
    columns: async (sql: string) => {
      const prepared = await connection.runAndReadUntil(sql, 0);
      return prepared.columnNames().map((name, index) => {
        const type = prepared.columnType(index);
        return Object.freeze({ name, type: String(type), typescript: typeNameOf(type) });
      });
    },
    check: async (sql: string) => {
      (await connection.prepare(sql)).destroySync();
    },
    append: async (table: TableName, values: Iterable<readonly Parameter[]>) => {
      const appender = await connection.createAppender(table.table, table.schema ?? "main", table.catalog ?? null);
      try {
        const types = Array.from({ length: appender.columnCount }, (_, index) => appender.columnType(index));
        for (const cells of values) {
          for (const [index, cell] of cells.entries()) {
            if (cell === null) appender.appendNull();
            else appender.appendValue(toColumnValue(cell, types[index] ?? appender.columnType(index)), types[index]);
          }
          appender.endRow();
        }
        appender.flushSync();
      } finally {
        appender.closeSync();
      }
    },
    transaction: async <T>(work: () => Promise<T>) => {
      await connection.run("begin transaction");
      try {
        const value = await work();
        await connection.run("commit");
        return value;
      } catch (error) {
        await connection.run("rollback");
        throw error;
      }
    },
    result: (sql: string) => connection.run(sql),
    close,
  });
}

/** A text literal for the few statements that take no parameters (attach, copy targets). */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An identifier, quoted. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
