import { fingerprint, type Mark, markOf, markWords } from "../changes.ts";
import { readShape } from "../shape.ts";
import { createSupply, type Page, type PagedStream, type StreamContext, sideBySide, takersOf } from "../stream.ts";
import { apiVersion, type Query, type StripeClient } from "./client.ts";
import { wholeEveryDays } from "./lists.ts";
import { isMissingMark, listShape, pageSize, refused, width } from "./pages.ts";
import type { Rest, Touched } from "./touched.ts";

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
