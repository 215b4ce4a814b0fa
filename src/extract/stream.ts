import type { Call, Reply, Transport } from "./transport.ts";

/** A value that goes into a cursor: whatever JSON holds. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Where in a page its records stand and how each tells who it is, as JSON paths. */
export interface RecordPaths {
  /** Path to the records of a page, `$.results`; a path to one object, `$`, is a page of one record. */
  readonly at: string;
  /** Path to the id within a record, `$.id`; several are joined by `|`. */
  readonly id: string | readonly string[];
  /** Path to the vendor's own time of change, ISO 8601 text or a unix time in seconds. */
  readonly updatedAt?: string;
  /** Path to a flag that is true once a record is deleted; it becomes a `delete` with reason `archived` and keeps its payload. */
  readonly archived?: string;
  /** Path to the survivor's id; where it is filled the `delete` has reason `merged`. */
  readonly mergedInto?: string;
}

/** One response as received, and where to go on after it. */
export interface Page {
  /** The body as received; records go from here to the log without passing through JavaScript's numbers. */
  readonly body: string;
  /** Where the records of this body stand, when not where the stream says. */
  readonly at?: string;
  /** Where a pass that is cut short after this page goes on. Left out where pages come side by side in no order. */
  readonly cursor?: Json;
}

/** How a pass ended. */
export interface Ending {
  /** Whether every living record was listed, so that an id not seen is gone. */
  readonly isComplete: boolean;
  /** Where the next run begins; never later than the first request of the pass. */
  readonly cursor?: Json;
  /** Of a pass that listed not everything: ids that were asked for by name and that the vendor no longer has. */
  readonly gone?: readonly string[];
  /** How many living records the vendor says there are; when asked more than once, any number between agrees. */
  readonly counts?: readonly number[];
}

/** Records of a stream of the same source, as it stands in the log. */
export interface LandedQuery {
  readonly stream: string;
  /** Living ones unless told: those that are marked as archived, or all that are deleted. */
  readonly which?: "archived" | "deleted";
  /** Paths within the payload; each answer is one list of texts in this order, null where there is nothing. */
  readonly paths: readonly string[];
  /** Only records whose value at a path has this text (`true` for a JSON true). */
  readonly where?: { readonly path: string; readonly equals: string };
  /** Only records whose latest version was seen by a run that began then or later, ISO 8601. */
  readonly since?: string;
}

/** What a stream has at hand while it reads. */
export interface StreamContext {
  /** Start of the run; the upper bound of windows counts back from it. */
  readonly startedAt: Date;
  /** Cursor of the last pass that ended; null on the first run and with `--full`. */
  readonly cursor: Json | null;
  /** Cursor of the last page landed by a pass that was cut short lately; null when there is nothing to take up. */
  readonly resume: Json | null;
  /** One request through the source's transport, counted for this stream. */
  readonly request: (call: Call) => Promise<Reply>;
  /** How many living records the log will have once the pages handed over so far have landed. */
  readonly held: () => Promise<number>;
  /** Records that a stream landed, in batches; name another stream in `after`, or wait until it has ended. */
  readonly landed: (query: LandedQuery) => AsyncIterable<readonly (readonly (string | null)[])[]>;
  /** Waits for a stream named in `beside` to end; throws when it failed. */
  readonly ended: (stream: string) => Promise<void>;
  /** How many pages are to come in all, once known, for the time left. */
  readonly expect: (pages: number) => void;
}

/** A stream of a vendor: pages of records with ids. */
export interface PagedStream {
  readonly form: "pages";
  /** Name in the log, `deals`. */
  readonly name: string;
  /** Streams of the same source that must have ended well before this one begins. */
  readonly after?: readonly string[];
  /** Streams of the same source that must begin no later, and that this one waits for before it ends. */
  readonly beside?: readonly string[];
  /** `full` lists everything in each run; `incremental` reads what changed since the cursor where that is cheaper. */
  readonly mode: "full" | "incremental";
  /** What the cursor is made of, in words, for `doctor` and the documentation; null when there is none. */
  readonly cursor: string | null;
  /** How a deletion is seen: a flag in the record, its absence from a complete listing, both, or not at all. */
  readonly deletion: "flag" | "absence" | "both" | "none";
  readonly record: RecordPaths;
  /**
   * The stream whose records these belong to, and where the payload names the one; they go with it. `shows` is where such a
   * record lists the ids of those that it holds itself, which need not be here.
   */
  readonly partOf?: { readonly stream: string; readonly path: string; readonly shows?: string };
  readonly pages: (context: StreamContext) => AsyncGenerator<Page, Ending>;
}

/** One source of a run: its streams, and the transport they share. */
export interface Connector {
  /** The configured name, before the colon of every key. */
  readonly source: string;
  readonly kind: string;
  readonly transport: Transport;
  readonly streams: readonly PagedStream[];
}

/** A list that is empty only after `size` items at a time were handed out, for requests that take many ids. */
export function chunk<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Things that one chain finds and others take up, each once, while it still looks for more. */
export interface Supply<T> {
  readonly add: (item: T) => void;
  /** Says that no more will come. */
  readonly close: () => void;
  /** The next thing once there is one; undefined at the end. */
  readonly next: () => Promise<T | undefined>;
}

/** Makes a supply with nothing in it. */
export function createSupply<T>(): Supply<T> {
  const items: T[] = [];
  const waiting: (() => void)[] = [];
  let isClosed = false;
  return Object.freeze({
    add: (item: T) => {
      items.push(item);
      waiting.shift()?.();
    },
    close: () => {
      isClosed = true;
      for (const wake of waiting.splice(0)) wake();
    },
    next: async () => {
      while (items.length === 0 && !isClosed) await new Promise<void>((resolve) => waiting.push(resolve));
      return items.shift();
    },
  });
}

/** Things under way, each of which is handed out once it has arrived. */
export interface Arrivals<T> {
  readonly await: (thing: Promise<T>) => void;
  /** What arrived next; throws what it failed with. To be called no more often than `await`. */
  readonly next: () => Promise<T>;
}

/** Makes arrivals with nothing under way. A `Promise.race` would hold all that won it as long as any one thing is late. */
export function createArrivals<T>(): Arrivals<T> {
  const settled = createSupply<() => Promise<T>>();
  return Object.freeze({
    await: (thing: Promise<T>) => {
      const tell = (): void => settled.add(() => thing);
      thing.then(tell, tell);
    },
    next: async () => {
      const take = await settled.next();
      if (take === undefined) throw new Error("what arrives was closed");
      return take();
    },
  });
}

/** As many chains of pages as `width`, each of which takes up one thing after another. */
export function takersOf<T>(
  supply: Supply<T>,
  width: number,
  read: (item: T) => AsyncIterable<Page>,
): readonly (() => AsyncIterable<Page>)[] {
  return Array.from(
    { length: width },
    () =>
      async function* take(): AsyncGenerator<Page> {
        for (let item = await supply.next(); item !== undefined; item = await supply.next()) yield* read(item);
      },
  );
}

/** Reads several chains of pages side by side, at most `width` at once, in whatever order they arrive. */
export async function* sideBySide(
  chains: readonly (() => AsyncIterable<Page>)[],
  width: number,
): AsyncGenerator<Page, void> {
  const waiting = [...chains];
  const running = new Set<AsyncIterator<Page>>();
  const arrived = createArrivals<{ chain: AsyncIterator<Page>; step: IteratorResult<Page> }>();
  const advance = (chain: AsyncIterator<Page>): void => {
    running.add(chain);
    arrived.await(chain.next().then((step) => ({ chain, step })));
  };
  const start = (): void => {
    while (running.size < width) {
      const next = waiting.shift();
      if (next === undefined) return;
      advance(next()[Symbol.asyncIterator]());
    }
  };
  try {
    start();
    while (running.size > 0) {
      const { chain, step } = await arrived.next();
      if (step.done === true) {
        running.delete(chain);
        start();
      } else {
        advance(chain);
        yield step.value;
      }
    }
  } finally {
    for (const chain of running) void chain.return?.().then(undefined, () => undefined);
  }
}
