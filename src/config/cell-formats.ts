import { type ColumnKind, entities } from "./entities.ts";
import { type DateReading, type NumberReading, parseDateFormat, parseNumberFormat } from "./formats.ts";
import type { SourceOf } from "./schema.ts";

/** How a column of a file drop is written, where the configuration says so. */
export interface CellFormat {
  readonly entity: string;
  readonly column: string;
  readonly kind: ColumnKind;
  /** What a cell should look like, for people. */
  readonly expected: string;
  /** Zone of times without one; null is the reporting zone. */
  readonly timezone: string | null;
  /** Whether ISO 8601 is read as well. */
  readonly isIsoToo: boolean;
  readonly dates: readonly DateReading[];
  readonly number: NumberReading | null;
}

/** The formats of every column that has one: its own, else its entity's, else the source's. */
export function cellFormats(source: SourceOf<"files">): readonly CellFormat[] {
  return entities.flatMap((entity) =>
    entity.columns.flatMap((column): CellFormat[] => {
      const own = source.columns[entity.name]?.[column.name]?.format;
      const settings = { ...source.formats, ...source.formats.entities[entity.name] };
      const base = { entity: entity.name, column: column.name, kind: column.kind };
      switch (column.kind) {
        case "date": {
          const format = own ?? settings.date;
          return format === undefined ? [] : [{ ...base, ...dated([format]), timezone: null, isIsoToo: false }];
        }
        case "moment": {
          const timezone = settings.timezone ?? null;
          const times = own === undefined ? [settings.datetime, settings.date] : [own];
          const written = times.filter((format) => format !== undefined);
          if (written.length === 0 && timezone === null) return [];
          const isIsoToo = own === undefined && settings.datetime === undefined;
          const expected = [...(isIsoToo ? ["2026-03-01T09:30:00"] : []), ...written].join(" or ");
          return [{ ...base, ...dated(written), expected, timezone, isIsoToo }];
        }
        case "number":
        case "ratio":
        case "percent": {
          const format = own ?? settings.number;
          const number = format === undefined ? undefined : parseNumberFormat(format);
          if (format === undefined || number === undefined) return [];
          return [{ ...base, expected: format, timezone: null, isIsoToo: false, dates: [], number }];
        }
        default:
          return [];
      }
    }),
  );
}

function dated(formats: readonly string[]): Pick<CellFormat, "expected" | "dates" | "number"> {
  const dates = formats.flatMap((format) => parseDateFormat(format) ?? []);
  // Of two readings of one look the first counts.
  const bySigns = new Map(dates.toReversed().map((date) => [date.signs, date]));
  return { expected: formats.join(" or "), dates: [...bySigns.values()], number: null };
}
