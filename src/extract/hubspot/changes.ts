import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { back, livingAmong, type Mark, sinceOf } from "../changes.ts";
import { readShape } from "../shape.ts";
import {
  chunk,
  createSupply,
  type Ending,
  type Page,
  type StreamContext,
  type Supply,
  sideBySide,
  takersOf,
} from "../stream.ts";
import { pageSize, paths } from "./api.ts";
import { batchSize, countRecords, listPages, type ObjectReading, recordsIn, unsearchable } from "./read.ts";

// HubSpot's search index follows the records by seconds, at times by much more.
const indexLagMs = 2 * 3_600_000;

// HubSpot keeps an archived record for ninety days, in which it may be restored.
const archiveMs = 100 * 86_400_000;

const width = 8;

// One search and one count.
const fewestRequests = 2;

const searchShape = z.object({ total: z.number().int(), results: z.array(z.object({ id: z.string() })) });

const batchShape = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      properties: z.object({ hs_merged_object_ids: z.union([z.string(), z.number()]).nullish() }).nullish(),
    }),
  ),
  errors: z.array(z.object({ category: z.string().nullish(), message: z.string().nullish() })).nullish(),
});

/**
 * Reads what changed since the mark: records found by their modification date, the archived ones, and those that were
 * restored. Returns undefined when everything should be listed after all: when that is no dearer, when the search does
 * not answer, or when the portal's own count says that something is still missing.
 */
export async function* readChanges(
  context: StreamContext,
  reading: ObjectReading,
  mark: Mark,
): AsyncGenerator<Page, Ending | undefined> {
  if (mark.pages <= fewestRequests) return undefined;
  const state: BatchState = { latest: mark.since, gone: new Set(), merged: new Set() };
  const changed = new Set<string>();
  const archived = new Set<string>();

  const search = findChanged(context, reading, mark);
  const first = await search.next();
  if (first.value === undefined) return undefined;
  const batches = createSupply<readonly string[]>();
  const found = supplyBatches(first.value, search, changed, batches, batchSize(reading)).finally(batches.close);
  // Should it fail, that is told once what it found until then has landed.
  found.catch(() => undefined);
  // The search and the list of archived records go on while what was found is read.
  yield* sideBySide(
    [
      async function* listArchived(): AsyncGenerator<Page> {
        for await (const { reply } of listPages(context, reading, true)) {
          for (const id of recordsIn(reply).ids) archived.add(id);
          yield { body: reply.body };
        }
      },
      ...takersOf(batches, width, (ids) => readBatch(context, reading, ids, state)),
    ],
    width + 1,
  );
  if (!(await found)) return undefined;

  const restored = (await findRestored(context, reading, archived)).filter((id) => !changed.has(id));
  yield* readBatches(context, reading, restored, state);
  const merged = [...state.merged].filter((id) => !archived.has(id));
  yield* readBatches(context, reading, await livingAmong(context, reading.type, "$.id", new Set(merged)), state);

  // A record that was asked for and not found is archived, and so in that list, or gone for good.
  const gone = [...state.gone].filter((id) => !archived.has(id));
  const [count] = await countRecords(context, reading);
  const held = await context.held();
  const lost = await livingAmong(context, reading.type, "$.id", new Set(gone));
  if (count === undefined || held - lost.length !== count) return undefined;
  const cursor: Mark = { ...mark, since: sinceOf(context.startedAt, state.latest) };
  return { isComplete: false, gone, cursor: { ...cursor }, counts: [count] };
}

/** What came up while batches were read. */
export interface BatchState {
  /** The latest time of change among the records that were read, as HubSpot writes it. */
  latest: string;
  /** Ids that were asked for and not there. */
  readonly gone: Set<string>;
  /** Ids that became part of a record that was read. */
  readonly merged: Set<string>;
}

/**
 * The ids of what changed, page after page, by a search that begins anew behind the largest id of each page, so that neither
 * the limit of 10,000 results nor any number of records with one modification date stands in its way. Yields undefined, and
 * ends, when it is not worth it or does not answer.
 */
async function* findChanged(
  context: StreamContext,
  reading: ObjectReading,
  mark: Mark,
): AsyncGenerator<readonly string[] | undefined, undefined> {
  const path = paths.search(reading.type);
  const from = String(Date.parse(back(mark.since, indexLagMs)));
  let count = 0;
  let last: string | undefined;
  for (;;) {
    const filters = [
      { propertyName: "hs_lastmodifieddate", operator: "GTE", value: from },
      ...(last === undefined ? [] : [{ propertyName: "hs_object_id", operator: "GT", value: last }]),
    ];
    const query = {
      filterGroups: [{ filters }],
      sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
      properties: ["hs_object_id"],
      limit: pageSize.search,
    };
    const reply = await context.request(reading.client.search(path, query, unsearchable));
    const page = reply.status === 200 ? searchShape.safeParse(reply.json).data : undefined;
    const expected = count + (page?.total ?? 0);
    const requests = Math.ceil(expected / pageSize.search) + Math.ceil(expected / batchSize(reading)) + 1;
    if (page === undefined || requests >= mark.pages) {
      yield undefined;
      return;
    }
    context.expect(Math.ceil(expected / batchSize(reading)));
    count += page.results.length;
    yield page.results.map((record) => record.id);
    if (page.results.length >= page.total || page.results.length === 0) return;
    const largest = page.results.at(-1)?.id ?? "";
    // A search that does not move on would never end.
    if (!/^\d+$/.test(largest) || (last !== undefined && BigInt(largest) <= BigInt(last))) {
      yield undefined;
      return;
    }
    last = largest;
  }
}

/** Makes batches of the ids that a search finds, whose first page has come; false when the search gave up. */
async function supplyBatches(
  first: readonly string[],
  more: AsyncIterable<readonly string[] | undefined>,
  changed: Set<string>,
  batches: Supply<readonly string[]>,
  size: number,
): Promise<boolean> {
  const waiting: string[] = [];
  const take = (ids: readonly string[]): void => {
    for (const id of ids) if (!changed.has(id)) waiting.push(id);
    for (const id of ids) changed.add(id);
    while (waiting.length >= size) batches.add(waiting.splice(0, size));
  };
  take(first);
  for await (const ids of more) {
    if (ids === undefined) return false;
    take(ids);
  }
  if (waiting.length > 0) batches.add(waiting);
  return true;
}

/** Records that the log has as archived and HubSpot no longer has, of late enough that they may have been restored. */
async function findRestored(
  context: StreamContext,
  reading: ObjectReading,
  archived: ReadonlySet<string>,
): Promise<readonly string[]> {
  const edge = new Date(context.startedAt.getTime() - archiveMs).toISOString();
  const found: string[] = [];
  for await (const rows of context.landed({
    stream: reading.type,
    which: "archived",
    paths: ["$.id", "$.archivedAt"],
  })) {
    for (const [id, at] of rows) {
      if (typeof id === "string" && !archived.has(id) && (at ?? edge) >= edge) found.push(id);
    }
  }
  return found;
}

/** Reads records by their ids; what is not there is kept in `state`. */
export async function* readBatches(
  context: StreamContext,
  reading: ObjectReading,
  ids: readonly string[],
  state: BatchState,
): AsyncGenerator<Page> {
  yield* sideBySide(
    chunk(ids, batchSize(reading)).map((batch) => () => readBatch(context, reading, batch, state)),
    width,
  );
}

async function* readBatch(
  context: StreamContext,
  reading: ObjectReading,
  batch: readonly string[],
  state: BatchState,
): AsyncGenerator<Page> {
  const { client, type, properties, history } = reading;
  const path = paths.batch(type);
  const reply = await context.request(
    client.post(path, {
      inputs: batch.map((id) => ({ id })),
      properties,
      ...(history.length > 0 ? { propertiesWithHistory: history } : {}),
    }),
  );
  const answer = readShape(batchShape, reply.json, client.source, `POST ${path}`);
  const error = answer.errors?.find((item) => item.category !== "OBJECT_NOT_FOUND");
  if (error !== undefined) throw failed(reading, path, error.message ?? error.category);
  // A merged record is answered by the one that it became part of, under that one's id.
  const found = new Set(answer.results.map((record) => record.id));
  for (const id of batch) if (!found.has(id)) state.gone.add(id);
  for (const record of answer.results) {
    for (const id of String(record.properties?.hs_merged_object_ids ?? "").split(";")) {
      if (id !== "") state.merged.add(id);
    }
  }
  const { latest } = recordsIn(reply, state.latest);
  if (latest !== undefined) state.latest = latest;
  yield { body: reply.body };
}

function failed(reading: ObjectReading, path: string, said: string | null | undefined): UserError {
  return new UserError({
    where: `source ${reading.client.source}, stream ${reading.type}`,
    found: `POST ${path}: a part of the batch failed (${said ?? "no reason given"})`,
    fix: "run the refresh again; if it stays, look at HubSpot's status page",
    exitCode: exitCode.source,
  });
}
