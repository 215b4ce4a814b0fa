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
