import { z } from "zod";
import { back, later, livingAmong, type Mark, momentOf, sinceOf } from "../changes.ts";
import { chunk, type Ending, type Page, type StreamContext } from "../stream.ts";
import { countRecords, type ObjectReading, queryPath, readPage } from "./read.ts";

// Rows become visible minutes after the stamp that they carry.
const commitLagMs = 15 * 60_000;

// Salesforce keeps the log of deletions for thirty days.
const deletionLogMs = 29 * 86_400_000;

// One for the rows, one for the log of deletions, one for the count.
const fewestRequests = 3;

// Ids in one condition; the address of a query may be 16 KB long.
const idsAtOnce = 200;

const deletedShape = z.object({
  deletedRecords: z.array(z.object({ id: z.string() })),
  earliestDateAvailable: z.string().nullish(),
  latestDateCovered: z.string(),
});

/**
 * Reads what changed since the mark: rows by their stamp, then those that the log of deletions names. Returns undefined
 * when everything should be read after all: when that is no dearer, when Salesforce refuses one of the questions, or when
 * its own count says that something is still missing.
 */
export async function* readChanges(
  context: StreamContext,
  reading: ObjectReading,
  mark: Mark,
): AsyncGenerator<Page, Ending | undefined> {
  if (mark.pages <= fewestRequests) return undefined;
  const { client, object } = reading;
  const from = back(mark.since, commitLagMs);
  const fields = reading.fields.join(", ");
  const changed = `select ${fields} from ${object} where SystemModstamp >= ${from} order by SystemModstamp, Id`;
  const read = new Set<string>();
  let latest: string | undefined;
  let place: string | undefined = queryPath(changed, "queryAll");
  while (place !== undefined) {
    const reply = await context.request(client.get(place, [400]));
    if (reply.status !== 200) return undefined;
    const page = readPage(reading, reply);
    const pages = Math.ceil(page.totalSize / Math.max(1, page.ids.length));
    if (read.size === 0 && pages + 2 >= mark.pages) return undefined;
    for (const id of page.ids) read.add(id);
    latest = later(latest, page.latest);
    yield { body: reply.body };
    if (page.next === undefined && read.size < page.totalSize) return undefined;
    context.expect(pages);
    place = page.next;
  }

  const deleted = await findDeleted(context, reading, from);
  if (deleted === undefined) return undefined;
  const gone = new Set(
    await livingAmong(context, reading.object, "$.Id", new Set([...deleted.ids].filter((id) => !read.has(id)))),
  );
  for (const ids of chunk([...gone], idsAtOnce)) {
    const list = ids.map((id) => `'${id}'`).join(", ");
    const soql = `select ${fields} from ${object} where Id in (${list})`;
    const reply = await context.request(client.get(queryPath(soql, "queryAll"), [400]));
    if (reply.status !== 200) return undefined;
    for (const id of readPage(reading, reply).ids) gone.delete(id);
    yield { body: reply.body };
  }

  const [count] = await countRecords(context, reading);
  const held = await context.held();
  if (count === undefined || held - gone.size !== count) return undefined;
  const seen = latest === undefined ? mark.since : sinceOf(context.startedAt, latest);
  const since = new Date(Math.min(Date.parse(seen), deleted.covered)).toISOString();
  const cursor: Mark = { ...mark, since };
  return { isComplete: false, gone: [...gone], cursor: { ...cursor }, counts: [count] };
}

/** What the log of deletions names since then, and up to when it is complete; undefined where it does not reach back. */
async function findDeleted(
  context: StreamContext,
  reading: ObjectReading,
  from: string,
): Promise<{ readonly ids: ReadonlySet<string>; readonly covered: number } | undefined> {
  const end = context.startedAt.getTime();
  const start = Math.max(Date.parse(from), end - deletionLogMs);
  const text = (at: number): string => encodeURIComponent(`${new Date(at).toISOString().slice(0, 19)}+00:00`);
  const path = `/sobjects/${reading.object}/deleted/?start=${text(start)}&end=${text(end)}`;
  const reply = await context.request(reading.client.get(path, [400, 403, 404]));
  const answer = reply.status === 200 ? deletedShape.safeParse(reply.json).data : undefined;
  if (answer === undefined) return undefined;
  const earliest = answer.earliestDateAvailable;
  if (earliest !== null && earliest !== undefined && momentOf(earliest) > start) return undefined;
  return {
    ids: new Set(answer.deletedRecords.map((record) => record.id)),
    covered: momentOf(answer.latestDateCovered),
  };
}
