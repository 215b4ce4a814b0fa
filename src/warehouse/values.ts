import {
  DuckDBDateValue,
  type DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBValueConverter,
  type JS,
  JSDuckDBValueConverter,
} from "@duckdb/node-api";

/** What may be bound to a statement or appended to a table. */
export type Parameter = string | number | bigint | boolean | null | Date;

const smallestSafe = BigInt(Number.MIN_SAFE_INTEGER);
const largestSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** Turns an engine value into a cell: whole numbers are numbers while they are safe, decimals exact text, dates `YYYY-MM-DD`, moments `Date`. */
export const convertCell: DuckDBValueConverter<JS> = (value, type, converter) => {
  if (value === null) return null;
  switch (type.typeId) {
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT: {
      const whole = typeof value === "bigint" ? value : BigInt(String(value));
      return whole >= smallestSafe && whole <= largestSafe ? Number(whole) : whole;
    }
    case DuckDBTypeId.DECIMAL:
    case DuckDBTypeId.DATE:
      return String(value);
    default:
      return JSDuckDBValueConverter(value, type, converter);
  }
};

/** Turns a parameter into the engine's own value; a `Date` is a moment in UTC. */
export function toEngineValue(value: Parameter): DuckDBValue {
  return value instanceof Date ? new DuckDBTimestampTZValue(BigInt(value.getTime()) * 1000n) : value;
}

/** Turns a cell into the engine's value for a column of this type; decimals and dates come as text. */
export function toColumnValue(cell: Exclude<Parameter, null>, type: DuckDBType): DuckDBValue {
  switch (type.typeId) {
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
      return typeof cell === "number" ? BigInt(cell) : toEngineValue(cell);
    case DuckDBTypeId.VARCHAR:
      return String(cell);
    case DuckDBTypeId.DATE:
      return new DuckDBDateValue(Math.floor(Date.parse(`${String(cell)}T00:00:00Z`) / 86_400_000));
    case DuckDBTypeId.DECIMAL:
      return decimalOf(String(cell), type as DuckDBDecimalType);
    default:
      return toEngineValue(cell);
  }
}

function decimalOf(text: string, type: DuckDBDecimalType): DuckDBDecimalValue {
  const [whole = "0", fraction = ""] = text.split(".");
  const digits = `${whole}${fraction.padEnd(type.scale, "0").slice(0, type.scale)}`;
  return new DuckDBDecimalValue(BigInt(digits), type.width, type.scale);
}

/** The name of a column's TypeScript type as written into generated types. */
export function typeNameOf(type: DuckDBType): string {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return "boolean";
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return "number";
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return "Whole";
    case DuckDBTypeId.DECIMAL:
      return "Decimal";
    case DuckDBTypeId.DATE:
      return "CalendarDate";
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return "Date";
    default:
      return "string";
  }
}
