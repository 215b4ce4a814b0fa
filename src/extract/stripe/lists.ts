import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { back, fingerprint, type Mark, markOf, markWords } from "../changes.ts";
import { readShape } from "../shape.ts";
import {
  createArrivals,
  createSupply,
  type Ending,
  type Page,
  type PagedStream,
  type StreamContext,
  type Supply,
  sideBySide,
  takersOf,
} from "../stream.ts";
import type { Reply } from "../transport.ts";
import { apiVersion, type Query, type StripeClient, stripeError } from "./client.ts";

/** Stripe's largest page. */
export const pageSize = 100;

const listShape = z.object({
  has_more: z.boolean(),
  data: z.array(z.object({ id: z.string(), created: z.number().optional() })),
});

/** What is kept of a record once it was read: a page of them is megabytes, and waits for the log to take it. */
interface Listed {
  readonly id: string;
  readonly created?: number | undefined;
  /** Its lists of which there is more, by name, with the last item of each that did fit. */
  readonly more: ReadonlyMap<string, string | null>;
}

/** A stretch of time whose records are still to be read, newest first; both ends inclusive, null where it is open. */
interface Stretch {
  readonly from: number | null;
  readonly before: number | null;
}

const resumeShape = z.object({
  open: z.array(z.object({ from: z.number().nullable(), before: z.number().nullable() })),
  began: z.iso.datetime(),
  pages: z.number(),
});

/** How the changes of a list are found, where not all of it is read each time. */
export interface ListChanges {
  /** Events that tell of a change; what they say of the object is not believed, it is fetched again. */
  readonly types: readonly string[];
  /** What the objects of the list are called in an event. */
  readonly object: string;
}

/** What a reading of a list touched, for streams that depend on its objects in the same run. */
export interface Touched {
  /** Moment from which on every change is among `ids`; undefined when everything was listed. */
  from: string | undefined;
  readonly ids: Set<string>;
  /** What did not fit into its records, by the list within them, as it is come upon. */
  readonly rest: Map<string, Supply<Rest>>;
  /** Whether `rest` had all of it: not so where a part of the list had landed before this run. */
  isTold: boolean;
}

/** What did not fit into a list within a record. */
interface Rest {
  /** The record. */
  readonly id: string;
  /** The last item that did fit; null for none. */
  readonly last: string | null;
}

/** Nothing touched yet. */
export const untouched = (): Touched => ({ from: undefined, ids: new Set(), rest: new Map(), isTold: false });

// Stripe keeps events for thirty days; a list that is never read whole again would keep what no event told for ever.
const wholeEveryDays = 28;

/**
 * A list of Stripe's, from the newest record to the oldest, or where it is cheaper what changed. Pages follow the last
 * record seen, so a new one at the front shifts nothing. A pass cut short goes on with the stretches of time that had not
 * landed.
 */
export function listStream(
  client: StripeClient,
  name: string,
  options: {
    readonly path: string;
    readonly query?: Query;
    readonly deletion: PagedStream["deletion"];
    /** How changes are found: by events, or, in a list that only grows, by what was created since. */
    readonly changes?: ListChanges | "created";
    /** Where to note what was read. */
    readonly touched?: Touched;
  },
): PagedStream {
  const { changes, path, query = [], touched } = options;
  const asked = fingerprint(client.address, apiVersion, path, JSON.stringify(query));
  return Object.freeze({
    form: "pages",
    name,
    mode: changes === undefined ? "full" : "incremental",
    cursor: markWords,
    deletion: options.deletion,
    record: { at: "$.data", id: "$.id" },
    async *pages(context: StreamContext) {
      const reading = { client, path, query, ...(touched === undefined ? {} : { touched }) };
      const mark = markOf(context, asked, wholeEveryDays);
      const since = mark === undefined ? null : sinceMark(mark).from;
      if (context.resume === null && mark !== undefined && changes !== undefined) {
        const ending =
          changes === "created"
            ? yield* readCreated(context, reading, mark)
            : yield* readChanges(context, reading, changes, mark);
        if (ending !== undefined) return ending;
      }
      const start = resumeShape.safeParse(context.resume).data ?? {
        open: [{ from: null, before: null }],
        began: context.startedAt.toISOString(),
        pages: 0,
      };
      let { pages } = start;
      for await (const { body, open, records } of readStretches(context, reading, start.open, mark?.pages)) {
        pages += 1;
        for (const { id, created } of records) if ((created ?? 0) >= (since ?? Infinity)) touched?.ids.add(id);
        if (touched !== undefined) tellRest(touched, records);
        yield { body, cursor: { open, began: start.began, pages } };
      }
      if (touched !== undefined) touched.isTold = context.resume === null;
      const cursor: Mark = { since: start.began, wholeAt: start.began, pages, asked };
      return { isComplete: true, cursor: { ...cursor } };
    },
  });
}

const partShape = z.object({ data: z.array(z.object({ id: z.string() })) });

const isItem = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Of which lists within a record there is more. */
function moreOf(record: unknown, touched: Touched | undefined): ReadonlyMap<string, string | null> {
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

/** Tells of lists within records of which there is more, so that the rest is read beside and not only afterwards. */
function tellRest(touched: Touched, records: readonly Listed[]): void {
  for (const { id, more } of records) {
    if (touched.from !== undefined && !touched.ids.has(id)) continue;
    for (const [list, last] of more) touched.rest.get(list)?.add({ id, last });
  }
}

/** A list and how it is asked for. */
interface ListReading {
  readonly client: StripeClient;
  readonly path: string;
  readonly query: Query;
  readonly touched?: Touched;
}

// Events and new objects show up seconds late, and a clock may be minutes off.
const lagMs = 3_600_000;

const eventDays = 29;

// One for the events and one for what was created.
const fewestRequests = 2;

const eventsShape = z.object({
  has_more: z.boolean(),
  data: z.array(z.object({ id: z.string(), data: z.object({ object: z.record(z.string(), z.unknown()) }) })),
});

/** Reads what was created since the mark, in a list that only grows. */
async function* readCreated(context: StreamContext, reading: ListReading, mark: Mark): AsyncGenerator<Page, Ending> {
  for await (const page of readStretches(context, reading, [sinceMark(mark)])) {
    yield { body: page.body };
  }
  return { isComplete: false, cursor: { ...mark, since: context.startedAt.toISOString() } };
}

/**
 * Reads what changed since the mark: what was created since, and what events name, each fetched anew by its id. Returns
 * undefined when everything should be read after all: after more days than Stripe keeps events, or when it is no dearer.
 */
async function* readChanges(
  context: StreamContext,
  reading: ListReading,
  changes: ListChanges,
  mark: Mark,
): AsyncGenerator<Page, Ending | undefined> {
  const { client, path, query, touched } = reading;
  const stretch = sinceMark(mark);
  if (mark.pages <= fewestRequests) return undefined;
  if (context.startedAt.getTime() - Date.parse(mark.since) > eventDays * 86_400_000) return undefined;
  const named = await findNamed(context, client, changes, stretch, mark.pages);
  if (named === undefined) return undefined;
  for (const id of named) touched?.ids.add(id);
  // What changed is known now even if all of the list is read, since that is cheaper than each by itself.
  if (touched !== undefined) touched.from = mark.since;
  // The events are read by now, whichever way it goes on.
  if (1 + named.size >= mark.pages) return undefined;
  for await (const page of readStretches(context, reading, [stretch])) {
    for (const { id } of page.records) {
      named.delete(id);
      touched?.ids.add(id);
    }
    if (touched !== undefined) tellRest(touched, page.records);
    yield { body: page.body };
  }
  const gone: string[] = [];
  const expand = query.map(([name, value]) => [name, String(value).replace(/^data\./, "")] as const);
  const ids = [...named];
  context.expect(ids.length);
  yield* sideBySide(
    ids.map(
      (id) =>
        async function* retrieve(): AsyncGenerator<Page> {
          const reply = await context.request(client.get(`${path}/${encodeURIComponent(id)}`, expand, [404]));
          const isGone = reply.status === 404 || deletedShape.safeParse(reply.json).data?.deleted === true;
          if (isGone) {
            gone.push(id);
            return;
          }
          if (touched !== undefined) tellRest(touched, [{ id, more: moreOf(reply.json, touched) }]);
          yield { body: reply.body, at: "$" };
        },
    ),
    width,
  );
  if (touched !== undefined) touched.isTold = true;
  return { isComplete: false, gone, cursor: { ...mark, since: context.startedAt.toISOString() } };
}

const deletedShape = z.object({ deleted: z.boolean().optional() });

const sinceMark = (mark: Mark): Stretch => ({
  from: Math.floor(Date.parse(back(mark.since, lagMs)) / 1000),
  before: null,
});

/** The ids that events name; undefined once to find them takes more requests than listing everything. */
async function findNamed(
  context: StreamContext,
  client: StripeClient,
  changes: ListChanges,
  stretch: Stretch,
  most: number,
): Promise<Set<string> | undefined> {
  const ids = new Set<string>();
  let requests = 0;
  let after: string | undefined;
  for (;;) {
    if (requests >= most) return undefined;
    const reply = await context.request(
      client.get(
        "/v1/events",
        [
          ...changes.types.map((type) => ["types[]", type] as const),
          ["created[gte]", stretch.from ?? 0],
          ["limit", pageSize],
          ...(after === undefined ? [] : ([["starting_after", after]] as const)),
        ],
        [400],
      ),
    );
    requests += 1;
    if (reply.status === 400) {
      // The event that marked the place is forgotten since: what was named before is named again.
      if (after === undefined || !isMissingMark(reply)) throw refused(client, "/v1/events", reply);
      after = undefined;
      continue;
    }
    const list = readShape(eventsShape, reply.json, client.source, "GET /v1/events");
    for (const event of list.data) {
      const { object } = event.data;
      // An invoice's payment or credit note names the invoice that it belongs to.
      const id = object.object === changes.object ? object.id : object[changes.object];
      if (typeof id === "string") ids.add(id);
    }
    after = list.data.at(-1)?.id;
    if (!list.has_more || after === undefined) return ids;
  }
}

/** A chain of pages through one stretch. What is left of it begins at `before`, which moves as its pages land. */
interface Chain {
  from: number | null;
  before: number | null;
  after: string | undefined;
  pages: number;
  /** When its newest record was created. */
  newest: number | undefined;
}

interface Step {
  readonly chain: Chain;
  readonly body: string;
  readonly records: readonly Listed[];
  readonly hasMore: boolean;
}

/** A page with the records on it, and the stretches that are still to be read behind it. */
interface StretchPage extends Page {
  readonly records: readonly Listed[];
  readonly open: readonly { readonly from: number | null; readonly before: number | null }[];
}

// No account is older than Stripe itself.
const beginning = Date.UTC(2010, 0, 1) / 1000;
// Each half costs a page that is not full, so only so many of all the pages may have been cut.
const pagesForSplit = 64;
const pagesBeforeSplit = 16;
const pagesWorthSplit = 16;
const shortestSplit = 3600;

/**
 * Reads several stretches side by side. A list in one chain would wait for every answer in turn; so once in a while the
 * longest stretch under way is cut in two, where its records so far let expect as many on either side. `expected` is how many
 * pages the list had when it was last read.
 */
async function* readStretches(
  context: StreamContext,
  reading: ListReading,
  open: readonly Stretch[],
  expected = 0,
): AsyncGenerator<StretchPage, void> {
  const chains = new Set<Chain>(open.map(beginChain));
  const running = new Set<Chain>();
  const arrived = createArrivals<Step>();
  let pages = 0;
  let splits = 0;
  const divide = (): Chain | undefined => {
    const known = pages + pagesAhead(chains);
    const most = Math.max(known, expected);
    // What is found to be there beside what was read lets a long list be shared out early.
    if (most < pagesBeforeSplit || splits + 1 > (most + pagesForSplit - pagesBeforeSplit) / pagesForSplit)
      return undefined;
    const older = split(chains, known);
    if (older !== undefined) splits += 1;
    return older;
  };
  const begin = (): void => {
    while (running.size < width) {
      const chain = [...chains].find((item) => !running.has(item)) ?? divide();
      if (chain === undefined) return;
      chains.add(chain);
      running.add(chain);
      arrived.await(readPage(context, reading, chain));
    }
  };
  begin();
  while (running.size > 0) {
    const { chain, body, records, hasMore } = await arrived.next();
    running.delete(chain);
    const last = records.at(-1);
    pages += 1;
    chain.pages += 1;
    chain.newest ??= records[0]?.created;
    chain.after = last?.id;
    chain.before = last?.created ?? chain.before;
    const isOver = chain.from !== null && chain.before !== null && chain.before < chain.from;
    if (!hasMore || last === undefined || isOver) chains.delete(chain);
    begin();
    yield { body, records, open: [...chains].map(({ from, before }) => ({ from, before })) };
  }
}

/** Seconds that a page of a stretch covers, as dense as its pages so far; undefined before that shows. */
function pageSpan({ before, newest, pages }: Chain): number | undefined {
  return before === null || newest === undefined || newest <= before ? undefined : (newest - before) / pages;
}

/** How many pages are to come in the stretches whose end is known. Where one begins denser than others, it may not stay so. */
function pagesAhead(chains: ReadonlySet<Chain>): number {
  const spans = [...chains].flatMap((chain) => pageSpan(chain) ?? []);
  const usual = spans.reduce((sum, span) => sum + span, 0) / Math.max(1, spans.length);
  return [...chains].reduce((sum, chain) => {
    const span = pageSpan(chain);
    if (span === undefined || chain.from === null || chain.before === null) return sum;
    return sum + Math.max(0, chain.before - chain.from) / Math.max(span, usual);
  }, 0);
}

const beginChain = ({ from, before }: Stretch): Chain => ({
  from,
  before,
  after: undefined,
  pages: 0,
  newest: undefined,
});

/**
 * Takes the older part of the stretch with the most pages to come, as dense as its pages so far; undefined when none is
 * worth it. How far a stretch goes that is open to the past nobody knows: it keeps as much as twice of all that is `known`.
 */
function split(chains: ReadonlySet<Chain>, known: number): Chain | undefined {
  const measured = [...chains].flatMap((chain) => {
    const { from, before } = chain;
    const span = pageSpan(chain);
    if (before === null || span === undefined) return [];
    const left = from === null ? Number.POSITIVE_INFINITY : (before - from) / span;
    const kept = from === null ? 2 * known * span : (before - from) / 2;
    return left < pagesWorthSplit || kept < shortestSplit ? [] : [{ chain, left, middle: Math.floor(before - kept) }];
  });
  const [longest] = measured.toSorted((a, b) => b.left - a.left);
  if (longest === undefined || longest.middle < beginning) return undefined;
  const older = beginChain({ from: longest.chain.from, before: longest.middle });
  longest.chain.from = longest.middle + 1;
  return older;
}

const wholeShape = z.object({ data: z.array(z.unknown()) });

async function readPage(context: StreamContext, reading: ListReading, chain: Chain): Promise<Step> {
  const { client, path, query, touched } = reading;
  for (;;) {
    const window: Query = [
      ...(chain.from === null ? [] : ([["created[gte]", chain.from]] as const)),
      ...(chain.before === null ? [] : ([["created[lte]", chain.before]] as const)),
    ];
    const place: Query = chain.after === undefined ? [] : [["starting_after", chain.after]];
    const reply = await context.request(
      client.get(path, [...query, ["limit", pageSize], ...window, ...place], [400, 404]),
    );
    if (reply.status === 200) {
      const list = readShape(listShape, reply.json, client.source, `GET ${path}`);
      const whole = wholeShape.safeParse(reply.json).data?.data ?? [];
      const records = list.data.map((record, place) => ({ ...record, more: moreOf(whole[place], touched) }));
      return { chain, body: reply.body, records, hasMore: list.has_more };
    }
    // The record that marked the place is deleted since: the stretch goes on at its second.
    if (chain.after === undefined || !isMissingMark(reply)) throw refused(client, path, reply);
    chain.after = undefined;
  }
}

function isMissingMark(reply: Reply): boolean {
  const error = stripeError(reply.body);
  return error.code === "resource_missing" && error.param === "starting_after";
}

function refused(client: StripeClient, path: string, reply: Reply): UserError {
  return new UserError({
    where: `source ${client.source}`,
    found: `GET ${path}: ${reply.status} (${stripeError(reply.body).message ?? "no reason given"})`,
    fix: "`attributary doctor` looks closer at this source",
    exitCode: exitCode.source,
  });
}

/**
 * What did not fit into a list that is part of another record: all of it behind the last item that did, of every such
 * record, or of those that were touched since it was last read.
 */
export function remainderStream(
  client: StripeClient,
  name: string,
  options: {
    /** The stream of the records that hold the lists. */
    readonly of: string;
    /** The list within such a record. */
    readonly list: string;
    /** What the reading of those records touched in this run. */
    readonly touched: Touched;
    readonly request: (id: string) => { readonly path: string; readonly query: Query };
  },
): PagedStream {
  const { touched } = options;
  const come = createSupply<Rest>();
  touched.rest.set(options.list, come);
  return Object.freeze({
    form: "pages",
    name,
    beside: [options.of],
    mode: "incremental",
    cursor: markWords,
    deletion: "absence",
    record: { at: "$.data", id: "$.id" },
    partOf: { stream: options.of, path: "$.invoice", shows: `$.${options.list}.data[*].id` },
    async *pages(context: StreamContext) {
      const seen = new Set<string>();
      const told = new Map<string, string | null>();
      const read = ({ id, last }: Rest) => readRemainder(context, client, options.request(id), last, seen);
      const ended = context.ended(options.of).finally(come.close);
      // Should it fail, that is told once what came of it until then has landed.
      ended.catch(() => undefined);
      yield* sideBySide(
        takersOf(come, width, (rest) => {
          told.set(rest.id, rest.last);
          return read(rest);
        }),
        width,
      );
      await ended;
      const asked = fingerprint(client.address, apiVersion, options.of, options.list);
      const mark = markOf(context, asked, wholeEveryDays);
      // What was touched is known from one reading on; a pass that failed since then left more to be read.
      const isPart = mark !== undefined && touched.from !== undefined && mark.since >= touched.from;
      if (!touched.isTold || (touched.from !== undefined && !isPart)) {
        const late = await findLate(context, options.of, options.list, told, isPart ? touched.ids : undefined);
        yield* sideBySide(
          late.map((rest) => () => read(rest)),
          width,
        );
        for (const { id, last } of late) told.set(id, last);
      }
      const since = context.startedAt.toISOString();
      if (!isPart) {
        const whole: Mark = { since, wholeAt: since, pages: told.size, asked };
        return { isComplete: true, cursor: { ...whole } };
      }
      const gone = await findOutgrown(context, name, options.of, { touched: touched.ids, told, seen });
      return { isComplete: false, gone, cursor: { ...mark, since } };
    },
  });
}

/** What did not fit into the records of a stream as they stand in the log, all or those of some ids, and was not `told` of. */
async function findLate(
  context: StreamContext,
  stream: string,
  list: string,
  told: ReadonlyMap<string, string | null>,
  ids: ReadonlySet<string> | undefined,
): Promise<readonly Rest[]> {
  const late: Rest[] = [];
  const query = {
    stream,
    paths: ["$.id", `$.${list}.data[#-1].id`],
    where: { path: `$.${list}.has_more`, equals: "true" },
  };
  for await (const rows of context.landed(query)) {
    for (const [id, last = null] of rows) {
      if (typeof id !== "string" || told.get(id) === last || ids?.has(id) === false) continue;
      late.push({ id, last });
    }
  }
  return late;
}

/** Items in the log that no longer stand behind their record: the record is gone, fits into its list now, or was read anew without them. */
async function findOutgrown(
  context: StreamContext,
  name: string,
  of: string,
  read: {
    readonly touched: ReadonlySet<string>;
    readonly told: ReadonlyMap<string, string | null>;
    readonly seen: ReadonlySet<string>;
  },
): Promise<readonly string[]> {
  const gone: string[] = [];
  const others = new Map<string, string[]>();
  for await (const rows of context.landed({ stream: name, paths: ["$.id", "$.invoice"] })) {
    for (const [id, parent] of rows) {
      if (typeof id !== "string" || typeof parent !== "string") continue;
      if (!read.touched.has(parent)) others.set(parent, [...(others.get(parent) ?? []), id]);
      else if (!read.told.has(parent) || !read.seen.has(id)) gone.push(id);
    }
  }
  if (others.size === 0) return gone;
  for await (const rows of context.landed({ stream: of, paths: ["$.id"] })) {
    for (const [id] of rows) if (typeof id === "string") others.delete(id);
  }
  return [...gone, ...[...others.values()].flat()];
}

const width = 10;

async function* readRemainder(
  context: StreamContext,
  client: StripeClient,
  request: { readonly path: string; readonly query: Query },
  last: string | null,
  seen: Set<string>,
): AsyncGenerator<Page, void> {
  let after = last;
  let isAgain = false;
  for (;;) {
    const paging: Query = after === null ? [] : [["starting_after", after]];
    const query: Query = [...request.query, ["limit", pageSize], ...paging];
    const reply = await context.request(client.get(request.path, query, [400]));
    if (reply.status === 400) {
      // The item that marked the place is deleted since: all of the list is read, what the record itself shows too.
      if (isAgain || after === null || !isMissingMark(reply)) throw refused(client, request.path, reply);
      isAgain = true;
      after = null;
      continue;
    }
    yield { body: reply.body };
    const list = readShape(listShape, reply.json, client.source, `GET ${request.path}`);
    for (const item of list.data) seen.add(item.id);
    const next = list.data.at(-1);
    if (!list.has_more || next === undefined) return;
    after = next.id;
  }
}
