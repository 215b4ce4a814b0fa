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

/** Where a list that is read from its newest record goes on: at or before this second. */
const resumeShape = z.object({ before: z.number() });

/**
 * A list of Stripe's, from the newest record to the oldest. Pages follow the last record seen, so a new one at the
 * front shifts nothing; a pass cut short goes on at the second of the last record it landed.
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
    cursor: "second of creation of the last record landed",
    deletion: options.deletion,
    record: { at: "$.data", id: "$.id" },
    async *pages(context: StreamContext) {
      const resumed = resumeShape.safeParse(context.resume).data;
      yield* readWindow(context, client, options.path, options.query ?? [], resumed?.before ?? null);
      return { isComplete: true };
    },
  });
}

/** The pages of a list, up to a second inclusive where one is given. */
async function* readWindow(
  context: StreamContext,
  client: StripeClient,
  path: string,
  query: Query,
  newest: number | null,
): AsyncGenerator<Page, void> {
  let before = newest;
  let after: string | undefined;
  for (;;) {
    const window: Query = before === null ? [] : [["created[lte]", before]];
    const place: Query = after === undefined ? [] : [["starting_after", after]];
    const reply = await context.request(
      client.get(path, [...query, ["limit", pageSize], ...window, ...place], [400, 404]),
    );
    if (reply.status !== 200) {
      // The record that marked the place is deleted since: the window begins again at its second.
      if (after === undefined || !isMissingMark(reply)) throw refused(client, path, reply);
      after = undefined;
      continue;
    }
    const list = readShape(listShape, reply.json, client.source, `GET ${path}`);
    const last = list.data.at(-1);
    yield { body: reply.body, ...(last?.created === undefined ? {} : { cursor: { before: last.created } }) };
    if (!list.has_more || last === undefined) return;
    after = last.id;
    before = last.created ?? before;
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
