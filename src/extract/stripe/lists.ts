import { z } from "zod";
import { back, fingerprint, type Mark, markOf, markWords } from "../changes.ts";
import { readShape } from "../shape.ts";
import { type Ending, type Page, type PagedStream, type StreamContext, sideBySide } from "../stream.ts";
import { apiVersion, type Query, type StripeClient } from "./client.ts";
import { isMissingMark, pageSize, refused, width } from "./pages.ts";
import { type ListReading, readStretches, type Stretch } from "./stretches.ts";
import { moreOf, type Touched, tellRest } from "./touched.ts";

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

// Stripe keeps events for thirty days; a list that is never read whole again would keep what no event told for ever.
export const wholeEveryDays = 28;

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
