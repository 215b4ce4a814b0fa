import { parse } from "csv-parse/sync";
import { later } from "../changes.ts";
import type { Answer } from "../transport.ts";
import { apiVersion } from "./client.ts";

/** What describe tells of a field that a query asks for. */
export interface FieldType {
  readonly type: string;
  /** The objects that a reference may lead to. */
  readonly referenceTo: readonly string[];
}

/** How the rows of a Bulk result become the records that REST gives for the same query. */
export interface BulkLayout {
  readonly object: string;
  /** Columns to ask for, `Id` last: a result that is cut in its last row cannot end in a whole id. */
  readonly columns: readonly string[];
  readonly parts: readonly Part[];
}

type Part =
  | { readonly kind: "field"; readonly name: string; readonly column: string; readonly type: string }
  | { readonly kind: "parent"; readonly name: string; readonly object: string; readonly fields: readonly Part[] };

// What a CSV cell cannot hold; the Bulk API refuses such fields.
const compound: ReadonlySet<string> = new Set(["address", "location", "base64"]);

/**
 * The layout for a query's fields, or undefined when one of them cannot come by the Bulk API, or not in the shape that REST
 * gives it. `known` has the object's own fields by name, `parents` the fields that are references by their relationship.
 */
export function bulkLayout(
  object: string,
  fields: readonly string[],
  known: ReadonlyMap<string, FieldType>,
  parents: ReadonlyMap<string, FieldType>,
): BulkLayout | undefined {
  const parts: Part[] = [];
  const nested = new Map<string, Part[]>();
  const columns = new Set<string>();
  for (const field of fields) {
    const [relationship = "", name, ...deeper] = field.split(".");
    if (name === undefined) {
      const type = known.get(field)?.type;
      if (type === undefined || compound.has(type)) return undefined;
      parts.push({ kind: "field", name: field, column: field, type });
      columns.add(field);
      continue;
    }
    const [parent, ...others] = parents.get(relationship)?.referenceTo ?? [];
    // The type of a field of another object is not at hand, so only what is text in any case is read this way.
    if (parent === undefined || others.length > 0 || deeper.length > 0 || !isText(name)) return undefined;
    const list = nested.get(relationship) ?? [];
    if (list.length === 0) parts.push({ kind: "parent", name: relationship, object: parent, fields: list });
    nested.set(relationship, list);
    list.push({ kind: "field", name, column: field, type: "string" });
    columns.add(field).add(`${relationship}.Id`);
  }
  columns.delete("Id");
  return { object, columns: [...columns, "Id"], parts };
}

const isText = (name: string): boolean => name === "Id" || name === "Name";

/** One page of a Bulk result. */
export interface BulkPage {
  readonly ids: readonly string[];
  /** The records as REST writes them, JSON texts. */
  readonly records: readonly string[];
  readonly living: number;
  readonly latest: string | undefined;
  /** Where the next page is; undefined at the end. */
  readonly next: string | undefined;
}

/** Reads a page of a Bulk result, or says in words why it cannot be believed. */
export function readBulkPage(layout: BulkLayout, answer: Answer): BulkPage | string {
  const told = answer.headers["sforce-numberofrecords"];
  const locator = answer.headers["sforce-locator"];
  if (told === undefined || locator === undefined) return "a result that says neither its rows nor where it goes on";
  const ids: string[] = [];
  const records: string[] = [];
  let living = 0;
  let latest: string | undefined;
  let missing: string | undefined;
  let read: RowReading | undefined;
  try {
    parse(answer.body, {
      bom: true,
      record_delimiter: ["\r\n", "\n"],
      // Row by row, so that no more than the records themselves is kept.
      on_record: (cells: readonly string[]) => {
        if (read === undefined) {
          const header = cells.map((name) => name.toLowerCase());
          missing = layout.columns.find((column) => !header.includes(column.toLowerCase()));
          read = rowReading(layout, header);
          return null;
        }
        const id = cells[read.id] ?? "";
        ids.push(id);
        records.push(recordOf(layout.object, id, read.parts, cells));
        if (read.isDeleted < 0 || cells[read.isDeleted] !== "true") living += 1;
        if (read.stamp >= 0) latest = later(latest, restMoment(cells[read.stamp] ?? ""));
        return null;
      },
    });
  } catch {
    return `CSV that breaks off or is none, after ${answer.body.length} characters`;
  }
  if (missing !== undefined) return `CSV without the column ${missing}`;
  if (String(ids.length) !== told) return `CSV of ${ids.length} rows instead of ${told}`;
  return { ids, records, living, latest, next: locator === "null" || locator === "" ? undefined : locator };
}

/** Where in a row the cells stand, -1 for one that is not there. */
interface RowReading {
  readonly id: number;
  readonly isDeleted: number;
  readonly stamp: number;
  readonly parts: readonly PlacedPart[];
}

type PlacedPart =
  | { readonly kind: "field"; readonly key: string; readonly place: number; readonly type: string }
  | {
      readonly kind: "parent";
      readonly key: string;
      readonly object: string;
      readonly id: number;
      readonly fields: readonly PlacedPart[];
    };

function rowReading(layout: BulkLayout, header: readonly string[]): RowReading {
  const placeOf = (column: string): number => header.indexOf(column.toLowerCase());
  const placed = (part: Part): PlacedPart => {
    const key = JSON.stringify(part.name);
    return part.kind === "field"
      ? { kind: "field", key, place: placeOf(part.column), type: part.type }
      : {
          kind: "parent",
          key,
          object: part.object,
          id: placeOf(`${part.name}.Id`),
          fields: part.fields.map(placed),
        };
  };
  return {
    id: placeOf("Id"),
    isDeleted: placeOf("IsDeleted"),
    stamp: placeOf("SystemModstamp"),
    parts: layout.parts.map(placed),
  };
}

/** One record as REST writes it: `{"attributes":{...},"Id":"...",...}`. */
function recordOf(object: string, id: string, parts: readonly PlacedPart[], cells: readonly string[]): string {
  const url = `/services/data/v${apiVersion}/sobjects/${object}/${id}`;
  // Joined and not added up: a text of many pieces keeps them all in memory.
  const members = parts.map((part) => `${part.key}:${valueOfPart(part, cells)}`);
  return ['{"attributes":', JSON.stringify({ type: object, url }), ",", members.join(","), "}"].join("");
}

function valueOfPart(part: PlacedPart, cells: readonly string[]): string {
  if (part.kind === "field") return jsonOf(part.type, cells[part.place] ?? "");
  const id = cells[part.id] ?? "";
  return id === "" ? "null" : recordOf(part.object, id, part.fields, cells);
}

const numbers: ReadonlySet<string> = new Set(["int", "long", "double", "currency", "percent"]);
const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A cell as JSON. An empty one is null: Salesforce keeps no empty text. */
function jsonOf(type: string, cell: string): string {
  if (cell === "") return "null";
  if (numbers.has(type) && number.test(cell)) return cell;
  if (type === "boolean" && (cell === "true" || cell === "false")) return cell;
  return JSON.stringify(type === "datetime" ? restMoment(cell) : cell);
}

const bulkMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** `2026-07-14T09:30:00.000Z`, as Bulk writes a moment, in REST's way: `2026-07-14T09:30:00.000+0000`. */
const restMoment = (cell: string): string => (bulkMoment.test(cell) ? `${cell.slice(0, -1)}+0000` : cell);
