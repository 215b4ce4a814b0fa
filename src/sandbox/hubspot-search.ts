import type { HubspotRecord } from "./hubspot-records.ts";

/** A page of a search, or why HubSpot would refuse it. */
export type SearchResult =
  | { readonly refusal: string }
  | {
      readonly page: readonly HubspotRecord[];
      readonly total: number;
      readonly next: string | undefined;
      readonly properties: readonly string[];
    };

const mostPerPage = 200;

type Filter = { readonly property: string; readonly operator: string; readonly values: readonly string[] };

function comparable(text: string): number | string {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const instant = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? text.toLowerCase() : instant;
}

function compare(first: string, second: string): number {
  const [a, b] = [comparable(first), comparable(second)];
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return String(a) < String(b) ? -1 : 1;
}

function matches(record: HubspotRecord, { property, operator, values }: Filter): boolean {
  const value = record.properties[property] ?? null;
  const [first = "", second = ""] = values;
  if (operator === "HAS_PROPERTY") return value !== null;
  if (operator === "NOT_HAS_PROPERTY") return value === null;
  if (operator === "NEQ") return value === null || compare(value, first) !== 0;
  if (operator === "NOT_IN") return value === null || !values.some((wanted) => compare(value, wanted) === 0);
  if (value === null) return false;
  switch (operator) {
    case "EQ":
      return compare(value, first) === 0;
    case "LT":
      return compare(value, first) < 0;
    case "LTE":
      return compare(value, first) <= 0;
    case "GT":
      return compare(value, first) > 0;
    case "GTE":
      return compare(value, first) >= 0;
    case "BETWEEN":
      return compare(value, first) >= 0 && compare(value, second) <= 0;
    case "IN":
      return values.some((wanted) => compare(value, wanted) === 0);
    default:
      return value.toLowerCase().includes(first.replaceAll("*", "").toLowerCase());
  }
}

const operators = new Set(
  "EQ NEQ LT LTE GT GTE BETWEEN IN NOT_IN HAS_PROPERTY NOT_HAS_PROPERTY CONTAINS_TOKEN".split(" "),
);

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}

function readFilter(raw: Record<string, unknown>): Filter {
  const values = Array.isArray(raw.values) ? raw.values.map(String) : [String(raw.value ?? "")];
  return {
    property: String(raw.propertyName ?? ""),
    operator: String(raw.operator ?? ""),
    values: raw.highValue === undefined ? values : [String(raw.value ?? ""), String(raw.highValue)],
  };
}

/** Answers the body of a search request over living records. */
export function searchRecords(
  records: readonly HubspotRecord[],
  body: Record<string, unknown> | undefined,
  isKnown: (property: string) => boolean,
  most: { readonly pageRecords: number; readonly searchResults: number },
): SearchResult {
  if (body === undefined) return { refusal: "Invalid input JSON" };
  const limit = Number(body.limit ?? 10);
  const after = Number(body.after ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostPerPage) {
    return { refusal: `Invalid limit ${String(body.limit)}: it must be from 1 to ${mostPerPage}` };
  }
  if (!Number.isInteger(after) || after < 0) return { refusal: `Invalid after ${String(body.after)}` };
  if (after + Math.min(limit, most.pageRecords) > most.searchResults) {
    return {
      refusal: `The requested paging (${after} + ${limit}) is beyond the ${most.searchResults} results of a search`,
    };
  }
  const groups = list(body.filterGroups).map((group) => list(group.filters).map(readFilter));
  const wrong = groups.flat().find((filter) => !operators.has(filter.operator) || filter.property === "");
  if (wrong !== undefined) return { refusal: `Invalid filter on ${wrong.property} with operator ${wrong.operator}` };
  const unknown = groups.flat().find((filter) => !isKnown(filter.property));
  if (unknown !== undefined) return { refusal: `Property "${unknown.property}" does not exist` };
  if (groups.length > 5 || groups.some((group) => group.length > 6)) {
    return { refusal: "At most 5 filterGroups with at most 6 filters each are allowed" };
  }

  const found = records.filter(
    (record) => groups.length === 0 || groups.some((group) => group.every((filter) => matches(record, filter))),
  );
  const [sort] = Array.isArray(body.sorts) ? (body.sorts as unknown[]) : [];
  if (sort !== undefined) {
    const given = typeof sort === "string" ? { propertyName: sort } : (sort as Record<string, unknown>);
    const property = String(given.propertyName ?? "createdate");
    if (!isKnown(property)) return { refusal: `Property "${property}" does not exist` };
    const sign = given.direction === "DESCENDING" ? -1 : 1;
    found.sort((first, second) => sign * compare(first.properties[property] ?? "", second.properties[property] ?? ""));
  }
  const end = after + Math.min(limit, most.pageRecords);
  return {
    page: found.slice(after, end),
    total: found.length,
    next: end < found.length ? String(end) : undefined,
    properties: Array.isArray(body.properties) ? body.properties.map(String) : [],
  };
}
