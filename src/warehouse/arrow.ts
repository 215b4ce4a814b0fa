import {
  DuckDBDateValue,
  type DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from "@duckdb/node-api";
import {
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Float64,
  Int32,
  Int64,
  makeBuilder,
  Table,
  TimestampMicrosecond,
  tableFromIPC,
  tableToIPC,
  Utf8,
  type Vector,
} from "apache-arrow";
import type { Connection } from "./database.ts";

/** The rows of a query as an Arrow IPC stream. Moments are microseconds in UTC, money whole numbers, decimals exact. */
export async function arrowOf(connection: Connection, sql: string): Promise<Uint8Array> {
  const result = await connection.result(sql);
  const names = result.deduplicatedColumnNames();
  const columns = await result.getColumns();
  const vectors: Record<string, Vector> = {};
  for (const [index, name] of names.entries()) {
    vectors[name] = vectorOf(result.columnType(index), columns[index] ?? []);
  }
  return tableToIPC(new Table(vectors), "stream");
}

/** A column of cells as text: words, calendar dates `YYYY-MM-DD` or decimals with so many places. */
export interface CellColumn {
  readonly name: string;
  readonly kind: "text" | "date" | "decimal";
  /** Decimal places of a decimal. */
  readonly scale?: number;
  readonly cells: readonly (string | null)[];
}

// The widest decimal there is; a sum of the largest amounts fits.
const widestDecimal = 38;

/** Columns of cells as an Arrow IPC stream, typed as `query` types the same columns of the warehouse. */
export function arrowOfCells(columns: readonly CellColumn[]): Uint8Array {
  const vectors = columns.map(({ name, kind, scale = 0, cells }) => {
    const builder = makeBuilder({ type: cellType(kind, scale), nullValues: [null] });
    for (const cell of cells) builder.append(cell === null ? null : valueOfCell(cell, kind, scale));
    return [name, builder.finish().toVector()] as const;
  });
  return tableToIPC(new Table(Object.fromEntries(vectors)), "stream");
}

/** What stands in an Arrow IPC stream: its columns as cells again, and every word of its metadata. */
export function cellsOfArrow(bytes: Uint8Array): {
  readonly columns: readonly CellColumn[];
  readonly metadata: string;
} {
  const table = tableFromIPC(bytes);
  const words = [...table.schema.metadata].flat();
  const columns = table.schema.fields.map((field, at): CellColumn => {
    words.push(...[...field.metadata].flat());
    const vector = table.getChildAt(at);
    const { type } = field;
    const kind = type instanceof Decimal ? "decimal" : type instanceof DateDay ? "date" : "text";
    const scale = type instanceof Decimal ? type.scale : 0;
    const cells = Array.from({ length: table.numRows }, (_, row) => textOfValue(vector?.get(row), scale));
    return { name: field.name, kind, scale, cells };
  });
  return { columns, metadata: words.join("\n") };
}

function cellType(kind: CellColumn["kind"], scale: number): DataType {
  if (kind === "text") return new Utf8();
  return kind === "date" ? new DateDay() : new Decimal(scale, widestDecimal, 128);
}

function valueOfCell(cell: string, kind: CellColumn["kind"], scale: number): unknown {
  if (kind === "text") return cell;
  if (kind === "date") return new Date(`${cell}T00:00:00Z`);
  const [whole = "0", fraction = ""] = cell.split(".");
  return wordsOf(BigInt(`${whole}${fraction.padEnd(scale, "0")}`));
}

function textOfValue(value: unknown, scale: number): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint32Array) return decimalText(value, scale);
  if (typeof value === "number") return new Date(value).toISOString().slice(0, 10);
  return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
}

function decimalText(words: Uint32Array, scale: number): string {
  const unsigned = words.reduce((total, word, index) => total + (BigInt(word) << BigInt(32 * index)), 0n);
  const value = BigInt.asIntN(128, unsigned);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const sign = value < 0n ? "-" : "";
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

interface Mapping {
  readonly type: DataType;
  readonly convert: (value: Exclude<DuckDBValue, null>) => unknown;
}

function mappingOf(type: DuckDBType): Mapping {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { type: new Bool(), convert: (value) => value };
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
      return { type: new Int32(), convert: (value) => value };
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.BIGINT:
      return { type: new Int64(), convert: (value) => BigInt(String(value)) };
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return { type: new Float64(), convert: (value) => value };
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return { type: new Decimal(0, 38, 128), convert: (value) => wordsOf(BigInt(String(value))) };
    case DuckDBTypeId.DECIMAL: {
      const decimal = type as DuckDBDecimalType;
      return {
        type: new Decimal(decimal.scale, decimal.width, 128),
        convert: (value) => wordsOf(value instanceof DuckDBDecimalValue ? value.value : 0n),
      };
    }
    case DuckDBTypeId.DATE:
      return {
        type: new DateDay(),
        convert: (value) => new Date((value instanceof DuckDBDateValue ? value.days : 0) * 86_400_000),
      };
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return {
        type: new TimestampMicrosecond("UTC"),
        convert: (value) =>
          value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue
            ? Number(value.micros / 1000n)
            : null,
      };
    default:
      return { type: new Utf8(), convert: (value) => String(value) };
  }
}

function vectorOf(type: DuckDBType, values: readonly DuckDBValue[]): Vector {
  const mapping = mappingOf(type);
  const builder = makeBuilder({ type: mapping.type, nullValues: [null] });
  for (const value of values) builder.append(value === null ? null : mapping.convert(value));
  return builder.finish().toVector();
}

// Arrow keeps a decimal as four 32-bit words of the two's complement, lowest first.
function wordsOf(value: bigint): Uint32Array {
  const unsigned = BigInt.asUintN(128, value);
  return Uint32Array.from({ length: 4 }, (_, index) => Number((unsigned >> BigInt(32 * index)) & 0xffff_ffffn));
}
