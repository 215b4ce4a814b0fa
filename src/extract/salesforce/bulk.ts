import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { later, type Mark, sinceOf } from "../changes.ts";
import { readShape } from "../shape.ts";
import type { Ending, Json, Page, StreamContext } from "../stream.ts";
import { type BulkLayout, type BulkPage, readBulkPage } from "./bulk-rows.ts";
import { countListed, cutShort, type ObjectReading } from "./read.ts";

/** Rows from which on an object is read by a job, where the configuration does not say. */
export const usualBulkFrom = 50_000;

// One request for so many rows: some megabytes, which are in memory at once.
const rowsPerResult = 10_000;

// A job takes seconds to minutes, and every look at it counts against the day's requests.
const firstPauseMs = 1000;
const longestPauseMs = 30_000;
const pauseGrowth = 1.5;
const longestJobMs = 2 * 3_600_000;

// What Salesforce answers for a job or a place in its result that is no longer there.
const forgotten = [400, 404, 409];

const placeShape = z.object({
  job: z.string(),
  /** What was asked for, so that the job of another question is not taken up. */
  asked: z.string(),
  began: z.iso.datetime(),
  /** Where the next page of the result is; empty for the first one, null when all are in the log. */
  at: z.string().nullable(),
  /** Requests that were sent, rows that were read, and how many of them are not deleted. */
  requests: z.number(),
  rows: z.number(),
  living: z.number(),
  latest: z.string().nullable(),
});

/** How far the reading of a job's result has come. */
type Place = z.output<typeof placeShape>;

const createdShape = z.object({ id: z.string().regex(/^\w{15,18}$/) });

const jobShape = z.object({
  state: z.string(),
  numberRecordsProcessed: z.number().int().optional(),
  errorMessage: z.string().nullish(),
});

type Job = z.output<typeof jobShape>;

/** Whether a reading that was cut short was that of a job, for the same question. */
export function isBulkPlace(resume: Json | null, asked: string): boolean {
  return placeShape.safeParse(resume).data?.asked === asked;
}

/**
 * Every row of an object, deleted ones too, by a query job of the Bulk API 2.0: one request starts it, some ask how it is,
 * and its result comes in large pages. The job's id is in the log before it is waited for, so that a reading that is cut
 * short takes it up; it is deleted once its rows have landed. Returns undefined where the Bulk API does not take the object
 * or its fields.
 */
export async function* readBulk(
  context: StreamContext,
  reading: ObjectReading,
  layout: BulkLayout,
  asked: string,
): AsyncGenerator<Page, Ending | undefined> {
  const kept = placeShape.safeParse(context.resume).data;
  let place = kept?.asked === asked ? kept : undefined;
  for (let attempt = 1; ; attempt += 1) {
    if (place === undefined) {
      const job = await createJob(context, reading, layout);
      if (job === undefined) return undefined;
      const began = context.startedAt.toISOString();
      place = { job, asked, began, at: "", requests: 1, rows: 0, living: 0, latest: null };
      yield { body: '{"records":[]}', cursor: { ...place } };
      await context.held();
    }
    const end: Place | undefined = yield* readJob(context, reading, layout, place);
    if (end !== undefined) {
      const cursor: Mark = {
        since: sinceOf(new Date(end.began), end.latest ?? undefined),
        wholeAt: end.began,
        pages: end.requests,
        asked,
      };
      const counts = await countListed(context, reading, end.living, end.began);
      return { isComplete: true, cursor: { ...cursor }, counts };
    }
    // A job that Salesforce no longer has is no loss, once: another one is started.
    if (attempt > 1 && place !== kept) throw lostJob(reading, place.job);
    place = undefined;
  }
}

/** Reads what is left of a job's result. Returns undefined when Salesforce no longer has it. */
async function* readJob(
  context: StreamContext,
  reading: ObjectReading,
  layout: BulkLayout,
  start: Place,
): AsyncGenerator<Page, Place | undefined> {
  const waited = await waitFor(context, reading, start);
  if (waited === undefined) return undefined;
  let { place } = waited;
  const total = waited.job.numberRecordsProcessed;
  while (place.at !== null) {
    const page = await readResult(context, reading, layout, place);
    if (page === undefined) return undefined;
    if (total !== undefined) context.expect(Math.ceil(total / rowsPerResult) + 1);
    place = {
      ...place,
      at: page.next ?? null,
      requests: place.requests + 1,
      rows: place.rows + page.ids.length,
      living: place.living + page.living,
      latest: later(place.latest ?? undefined, page.latest) ?? null,
    };
    if (place.at === null && total !== undefined && place.rows !== total) {
      await deleteJob(context, reading, place.job);
      throw cutShort(reading, place.rows, total);
    }
    yield { body: `{"records":[${page.records.join(",")}]}`, cursor: { ...place } };
  }
  // The result may go once the log has all of it.
  await context.held();
  await deleteJob(context, reading, place.job);
  return { ...place, requests: place.requests + 1 };
}

/** Starts a job; undefined when the Bulk API does not take this query, which REST then answers, or refuses in its own words. */
async function createJob(
  context: StreamContext,
  reading: ObjectReading,
  layout: BulkLayout,
): Promise<string | undefined> {
  const reply = await context.request(
    reading.client.call({
      method: "POST",
      path: "/jobs/query",
      body: {
        operation: "queryAll",
        query: `select ${layout.columns.join(", ")} from ${layout.object}`,
        contentType: "CSV",
        columnDelimiter: "COMMA",
        lineEnding: "LF",
      },
      accepts: [400, 403, 404, 405, 501],
    }),
  );
  if (reply.status >= 300) return undefined;
  return readShape(createdShape, reply.json, reading.client.source, "POST /jobs/query").id;
}

/** Looks at a job until it has ended. Undefined when Salesforce no longer has it; throws when it ended badly. */
async function waitFor(
  context: StreamContext,
  reading: ObjectReading,
  start: Place,
): Promise<{ readonly job: Job; readonly place: Place } | undefined> {
  let { requests } = start;
  let pause = firstPauseMs;
  for (let waited = 0; ; waited += pause, pause = Math.min(longestPauseMs, pause * pauseGrowth)) {
    if (waited > longestJobMs) throw slowJob(reading, start.job);
    const reply = await context.request(reading.client.get(`/jobs/query/${start.job}`, forgotten));
    requests += 1;
    if (reply.status !== 200) return undefined;
    const job = readShape(jobShape, reply.json, reading.client.source, "GET /jobs/query/{id}");
    if (job.state === "JobComplete") return { job, place: { ...start, requests } };
    if (job.state === "Failed" || job.state === "Aborted") {
      await deleteJob(context, reading, start.job);
      throw badJob(reading, start.job, job);
    }
    await reading.client.pause(pause);
  }
}

/** One page of a job's result; undefined when Salesforce no longer has it. */
async function readResult(
  context: StreamContext,
  reading: ObjectReading,
  layout: BulkLayout,
  place: Place,
): Promise<BulkPage | undefined> {
  let page: BulkPage | undefined;
  const locator = place.at === null || place.at === "" ? "" : `&locator=${encodeURIComponent(place.at)}`;
  const reply = await context.request(
    reading.client.call({
      method: "GET",
      path: `/jobs/query/${place.job}/results?maxRecords=${rowsPerResult}${locator}`,
      headers: { accept: "text/csv" },
      expects: "text",
      accepts: forgotten,
      check: (answer) => {
        const read = readBulkPage(layout, answer);
        if (typeof read === "string") return read;
        page = read;
        return undefined;
      },
    }),
  );
  return reply.status === 200 ? page : undefined;
}

/** Deletes a job with its result; where that fails Salesforce does so itself after a week. */
async function deleteJob(context: StreamContext, reading: ObjectReading, job: string): Promise<void> {
  const call = reading.client.call({
    method: "DELETE",
    path: `/jobs/query/${job}`,
    expects: "text",
    accepts: [400, 403, 404, 405, 409],
    check: (answer) => (answer.status === 204 ? undefined : "a body where there should be none"),
  });
  try {
    await context.request(call);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

const failure = (reading: ObjectReading, found: string, fix: string): UserError =>
  new UserError({
    where: `source ${reading.client.source}, stream ${reading.object}`,
    found,
    fix,
    exitCode: exitCode.source,
  });

const byRest = (reading: ObjectReading): string =>
  `raise bulk_from of ${reading.client.source} above the number of its rows to read it page by page over REST`;

function badJob(reading: ObjectReading, id: string, job: Job): UserError {
  const said = (job.errorMessage ?? "").replaceAll(/\s+/g, " ").trim();
  return job.state === "Aborted"
    ? failure(
        reading,
        `the bulk job ${id} for ${reading.object} was aborted in Salesforce before it ended`,
        "ask who aborted it (Setup, Bulk Data Load Jobs), then run the refresh again: it starts a new one",
      )
    : failure(
        reading,
        `the bulk job ${id} for ${reading.object} failed in Salesforce (${said === "" ? "no reason given" : said})`,
        `run the refresh again, it starts a new one; if that fails too, ${byRest(reading)}`,
      );
}

const slowJob = (reading: ObjectReading, id: string): UserError =>
  failure(
    reading,
    `the bulk job ${id} for ${reading.object} has not ended after two hours`,
    `run the refresh again, it takes up this job; if it never ends, ${byRest(reading)}`,
  );

const lostJob = (reading: ObjectReading, id: string): UserError =>
  failure(
    reading,
    `Salesforce no longer has the bulk job ${id} for ${reading.object}, nor the one before it`,
    `see whether something deletes the org's jobs (Setup, Bulk Data Load Jobs), or ${byRest(reading)}`,
  );
