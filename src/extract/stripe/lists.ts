import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { readShape } from "../shape.ts";
import { type Page, type PagedStream, type StreamContext, sideBySide } from "../stream.ts";
import type { Reply } from "../transport.ts";
import { type Query, type StripeClient, stripeError } from "./client.ts";

/** Stripe's largest page. */
export const pageSize = 100;

const listShape = z.object({
  has_more: z.boolean(),
  data: z.array(z.object({ id: z.string(), created: z.number().optional() })),
});

/** A stretch of time whose records are still to be read, newest first; both ends inclusive, null where it is open. */
interface Stretch {
  readonly from: number | null;
  readonly before: number | null;
}

const resumeShape = z.object({
  open: z.array(z.object({ from: z.number().nullable(), before: z.number().nullable() })),
});

/**
 * A list of Stripe's, from the newest record to the oldest. Pages follow the last record seen, so a new one at the front
 * shifts nothing. A pass cut short goes on with the stretches of time that had not landed.
 */
export function listStream(
  client: StripeClient,
  name: string,
  options: {
    readonly path: string;
    readonly query?: Query;
    readonly deletion: PagedStream["deletion"];
  },
): PagedStream {
  return Object.freeze({
    form: "pages",
    name,
    mode: "full",
    cursor: "stretches of time whose records have not landed, by the second of their creation",
    deletion: options.deletion,
    record: { at: "$.data", id: "$.id" },
    async *pages(context: StreamContext) {
      const open = resumeShape.safeParse(context.resume).data?.open ?? [{ from: null, before: null }];
      yield* readStretches(context, client, options.path, options.query ?? [], open);
      return { isComplete: true };
    },
  });
}

/** A chain of pages through one stretch. What is left of it begins at `before`, which moves as its pages land. */
interface Chain {
  from: number | null;
  before: number | null;
  after: string | undefined;
  pages: number;
}

interface Step {
  readonly chain: Chain;
  readonly body: string;
  readonly list: z.output<typeof listShape>;
}

// No account is older than Stripe itself; a stretch that is open to the past is halved from here.
const beginning = Date.UTC(2010, 0, 1) / 1000;
const pagesBeforeSplit = 3;
const shortestSplit = 3600;

/**
 * Reads several stretches side by side. A list in one chain would wait for every answer in turn; so whenever a chain
 * could begin, the longest stretch under way is halved: empty halves cost one request, and full ones share the work.
 */
async function* readStretches(
  context: StreamContext,
  client: StripeClient,
  path: string,
  query: Query,
  open: readonly Stretch[],
): AsyncGenerator<Page, void> {
  const chains = new Set<Chain>(open.map((stretch) => ({ ...stretch, after: undefined, pages: 0 })));
  const running = new Map<Chain, Promise<Step>>();
  const begin = (): void => {
    while (running.size < width) {
      const chain = [...chains].find((item) => !running.has(item)) ?? split(chains);
      if (chain === undefined) return;
      chains.add(chain);
      const step = readPage(context, client, path, query, chain);
      // A chain that fails while another is awaited is reported when its own turn comes.
      step.catch(() => undefined);
      running.set(chain, step);
    }
  };
  begin();
  while (running.size > 0) {
    const { chain, body, list } = await Promise.race(running.values());
    running.delete(chain);
    const last = list.data.at(-1);
    chain.pages += 1;
    chain.after = last?.id;
    chain.before = last?.created ?? chain.before;
    const isOver = chain.from !== null && chain.before !== null && chain.before < chain.from;
    if (!list.has_more || last === undefined || isOver) chains.delete(chain);
    begin();
    yield { body, cursor: { open: [...chains].map(({ from, before }) => ({ from, before })) } };
  }
}

/** Takes the older half of the longest stretch that has shown itself to be long; undefined when none has. */
function split(chains: ReadonlySet<Chain>): Chain | undefined {
  const length = (chain: Chain): number => (chain.before ?? 0) - (chain.from ?? beginning);
  const [longest] = [...chains]
    .filter((chain) => chain.pages >= pagesBeforeSplit && chain.before !== null && length(chain) > shortestSplit)
    .sort((a, b) => length(b) - length(a));
  if (longest === undefined) return undefined;
  const middle = Math.floor(((longest.from ?? beginning) + (longest.before ?? 0)) / 2);
  const older: Chain = { from: longest.from, before: middle, after: undefined, pages: 0 };
  longest.from = middle + 1;
  return older;
}

async function readPage(
  context: StreamContext,
  client: StripeClient,
  path: string,
  query: Query,
  chain: Chain,
): Promise<Step> {
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
      return { chain, body: reply.body, list: readShape(listShape, reply.json, client.source, `GET ${path}`) };
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

/** What did not fit into a list that is part of another record: all of it behind the last item that did. */
export function remainderStream(
  client: StripeClient,
  name: string,
  options: {
    /** The stream of the records that hold the lists. */
    readonly of: string;
    /** The list within such a record. */
    readonly list: string;
    readonly request: (id: string) => { readonly path: string; readonly query: Query };
  },
): PagedStream {
  return Object.freeze({
    form: "pages",
    name,
    after: [options.of],
    mode: "full",
    cursor: null,
    deletion: "absence",
    record: { at: "$.data", id: "$.id" },
    partOf: { stream: options.of, path: "$.invoice" },
    async *pages(context: StreamContext) {
      const long: (readonly [id: string, last: string | null])[] = [];
      const query = {
        stream: options.of,
        paths: ["$.id", `$.${options.list}.data[#-1].id`],
        where: { path: `$.${options.list}.has_more`, equals: "true" },
      };
      for await (const rows of context.landed(query)) {
        for (const [id, last] of rows) if (typeof id === "string") long.push([id, last ?? null]);
      }
      yield* sideBySide(
        long.map(
          ([id, last]) =>
            () =>
              readRemainder(context, client, options.request(id), last),
        ),
        width,
      );
      return { isComplete: true };
    },
  });
}

const width = 4;

async function* readRemainder(
  context: StreamContext,
  client: StripeClient,
  request: { readonly path: string; readonly query: Query },
  last: string | null,
): AsyncGenerator<Page, void> {
  let after = last;
  for (;;) {
    const paging: Query = after === null ? [] : [["starting_after", after]];
    const reply = await context.request(client.get(request.path, [...request.query, ["limit", pageSize], ...paging]));
    yield { body: reply.body };
    const list = readShape(listShape, reply.json, client.source, `GET ${request.path}`);
    const next = list.data.at(-1);
    if (!list.has_more || next === undefined) return;
    after = next.id;
  }
}
