import { z } from "zod";
import type { Supply } from "../stream.ts";

/** What is kept of a record once it was read: a page of them is megabytes, and waits for the log to take it. */
export interface Listed {
  readonly id: string;
  readonly created?: number | undefined;
  /** The customer that it names. */
  readonly customer?: string | undefined;
  /** Its lists of which there is more, by name, with the last item of each that did fit. */
  readonly more: ReadonlyMap<string, string | null>;
}

/** What a reading of a list touched, for streams that depend on its objects in the same run. */
export interface Touched {
  /** Moment from which on every change is among `ids`; undefined when everything was listed. */
  from: string | undefined;
  readonly ids: Set<string>;
  /** What did not fit into its records, by the list within them, as it is come upon. */
  readonly rest: Map<string, Supply<Rest>>;
  /** The customers that its records name, as they are come upon, for whom asks for them. */
  named: Supply<string> | undefined;
  /** Whether `rest` had all of it: not so where a part of the list had landed before this run. */
  isTold: boolean;
}

/** What did not fit into a list within a record. */
export interface Rest {
  /** The record. */
  readonly id: string;
  /** The last item that did fit; null for none. */
  readonly last: string | null;
}

/** Nothing touched yet. */
export const untouched = (): Touched => ({
  from: undefined,
  ids: new Set(),
  rest: new Map(),
  named: undefined,
  isTold: false,
});

const partShape = z.object({ data: z.array(z.object({ id: z.string() })) });

const isItem = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Of which lists within a record there is more. */
export function moreOf(record: unknown, touched: Touched | undefined): ReadonlyMap<string, string | null> {
  if (touched === undefined || !isItem(record)) return nothingMore;
  const more = new Map<string, string | null>();
  for (const list of touched.rest.keys()) {
    const part = record[list];
    if (!isItem(part) || part.has_more !== true) continue;
    more.set(list, partShape.safeParse(part).data?.data.at(-1)?.id ?? null);
  }
  return more;
}

const nothingMore: ReadonlyMap<string, string | null> = new Map();

/** Tells of the customers that records name, and of lists within them of which there is more, so that the rest is read beside and not only afterwards. */
export function tellRest(touched: Touched, records: readonly Listed[]): void {
  for (const { id, customer, more } of records) {
    if (customer !== undefined) touched.named?.add(customer);
    if (touched.from !== undefined && !touched.ids.has(id)) continue;
    for (const [list, last] of more) touched.rest.get(list)?.add({ id, last });
  }
}
