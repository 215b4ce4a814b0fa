import { z } from "zod";
import { readShape } from "../shape.ts";
import { createArrivals, type Page, type StreamContext } from "../stream.ts";
import type { Query, StripeClient } from "./client.ts";
import { isMissingMark, listShape, pageSize, refused, width } from "./pages.ts";
import { type Listed, moreOf, type Touched } from "./touched.ts";

/** A stretch of time whose records are still to be read, newest first; both ends inclusive, null where it is open. */
export interface Stretch {
  readonly from: number | null;
  readonly before: number | null;
}

/** A list and how it is asked for. */
export interface ListReading {
  readonly client: StripeClient;
  readonly path: string;
  readonly query: Query;
  readonly touched?: Touched;
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
export async function* readStretches(
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
