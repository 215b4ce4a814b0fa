import { parse } from "csv-parse/sync";
import { momentOf } from "../changes.ts";
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
  let rows: string[][];
  try {
    rows = parse(answer.body, { bom: true, record_delimiter: ["\r\n", "\n"] });
  } catch {
    return `CSV that breaks off or is none, after ${answer.body.length} characters`;
  }
  const [header = []] = rows;
  const places = new Map(header.map((name, place) => [name.toLowerCase(), place]));
  const count = Math.max(0, rows.length - 1);
  if (String(count) !== told) return `CSV of ${count} rows instead of ${told}`;
  const missing = layout.columns.find((column) => !places.has(column.toLowerCase()));
  if (missing !== undefined && rows.length > 0) return `CSV without the column ${missing}`;
  const cellOf = (row: readonly string[], column: string): string => row[places.get(column.toLowerCase()) ?? -1] ?? "";
  const body = rows.slice(1);
  const stamps = places.has("systemmodstamp") ? body.map((row) => restMoment(cellOf(row, "SystemModstamp"))) : [];
  return {
    ids: body.map((row) => cellOf(row, "Id")),
    records: body.map((row) => recordOf(layout.object, cellOf(row, "Id"), layout.parts, (name) => cellOf(row, name))),
    living: body.filter((row) => cellOf(row, "IsDeleted") !== "true").length,
    latest: stamps.reduce<string | undefined>(
      (last, one) => (last === undefined || one > last ? one : last),
      undefined,
    ),
    next: locator === "null" || locator === "" ? undefined : locator,
  };
}

/** One record as REST writes it: `{"attributes":{...},"Id":"...",...}`. */
function recordOf(object: string, id: string, parts: readonly Part[], cell: (column: string) => string): string {
  const url = `/services/data/v${apiVersion}/sobjects/${object}/${id}`;
  const members = [`"attributes":${JSON.stringify({ type: object, url })}`];
  for (const part of parts) {
    const value =
      part.kind === "field" ? jsonOf(part.type, cell(part.column)) : parentOf(part, cell(`${part.name}.Id`), cell);
    members.push(`${JSON.stringify(part.name)}:${value}`);
  }
  return `{${members.join(",")}}`;
}

const parentOf = (part: Extract<Part, { kind: "parent" }>, id: string, cell: (column: string) => string): string =>
  id === "" ? "null" : recordOf(part.object, id, part.fields, cell);

const numbers: ReadonlySet<string> = new Set(["int", "long", "double", "currency", "percent"]);
const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A cell as JSON. An empty one is null: Salesforce keeps no empty text. */
function jsonOf(type: string, cell: string): string {
  if (cell === "") return "null";
  if (numbers.has(type) && number.test(cell)) return cell;
  if (type === "boolean" && (cell === "true" || cell === "false")) return cell;
  return JSON.stringify(type === "datetime" ? restMoment(cell) : cell);
}

/** `2026-07-14T09:30:00.000Z`, as Bulk writes a moment, in REST's way: `2026-07-14T09:30:00.000+0000`. */
function restMoment(cell: string): string {
  const moment = momentOf(cell);
  return Number.isNaN(moment) ? cell : new Date(moment).toISOString().replace("Z", "+0000");
}
