import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { later } from "../changes.ts";
import { readShape } from "../shape.ts";
import type { StreamContext } from "../stream.ts";
import { type Reply, vendorMessage } from "../transport.ts";
import { pageSize, paths } from "./api.ts";
import type { HubspotClient } from "./client.ts";

/** What is read of a type of record. */
export interface ObjectReading {
  readonly client: HubspotClient;
  readonly type: string;
  readonly properties: readonly string[];
  /** Properties whose every value is wanted. */
  readonly history: readonly string[];
}

const pagingShape = z.object({
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});

const recordsShape = z.object({
  results: z.array(z.object({ id: z.string(), updatedAt: z.string().nullish() })),
});

const totalShape = z.object({ total: z.number().int() });

/** The `after` of the next page, null at the end of the list. */
export function nextAfter(json: unknown, client: HubspotClient, path: string): string | null {
  return readShape(pagingShape, json, client.source, `GET ${path}`).paging?.next?.after ?? null;
}

/** How many records fit into one page or batch. */
export function batchSize(reading: ObjectReading): number {
  return reading.history.length > 0 ? pageSize.withHistory : pageSize.objects;
}

/** The pages of the list of living or of archived records; one after which the list begins anew `isFirst` again. */
export async function* listPages(
  context: StreamContext,
  reading: ObjectReading,
  isArchived: boolean,
  start: string | null = null,
): AsyncGenerator<{ readonly reply: Reply; readonly isFirst: boolean; readonly after: string | null }, void> {
  const { client, type } = reading;
  let place = start;
  let isAgain = false;
  for (;;) {
    const reply = await listPage(context, reading, isArchived, place);
    if (reply.status === 400) {
      // A place that HubSpot has forgotten is no loss, once: the list begins anew.
      if (isAgain) throw refused(reading, reply);
      isAgain = true;
      place = null;
      continue;
    }
    const isFirst = place === null;
    place = nextAfter(reply.json, client, paths.objects(type));
    yield { reply, isFirst, after: place };
    if (place === null) return;
  }
}

function refused(reading: ObjectReading, reply: Reply): UserError {
  return new UserError({
    where: `source ${reading.client.source}, stream ${reading.type}`,
    found: `GET ${paths.objects(reading.type)}: 400 (${vendorMessage(reply.body) ?? "no reason given"}), twice`,
    fix: "run the refresh again; if it stays, look at HubSpot's status page",
    exitCode: exitCode.source,
  });
}

function listPage(
  context: StreamContext,
  reading: ObjectReading,
  isArchived: boolean,
  after: string | null,
): Promise<Reply> {
  const { client, type, properties } = reading;
  // Of an archived record no history counts any more, and without one twice as many fit into a page.
  const history = isArchived ? [] : reading.history;
  return context.request(
    client.get(
      paths.objects(type),
      {
        limit: history.length > 0 ? pageSize.withHistory : pageSize.objects,
        archived: isArchived,
        properties: properties.join(","),
        propertiesWithHistory: history.length > 0 ? history.join(",") : undefined,
        after: after ?? undefined,
      },
      after === null ? [] : [400],
    ),
  );
}

/** The ids in an answer, and the latest time of change among its records and `latest`. */
export function recordsIn(
  reply: Reply,
  latest?: string,
): { readonly ids: readonly string[]; readonly latest: string | undefined } {
  const records = recordsShape.safeParse(reply.json).data?.results ?? [];
  return {
    ids: records.map((record) => record.id),
    latest: records.reduce((last, record) => later(last, record.updatedAt), latest),
  };
}

const mostResults = 10_000;

/** How many living records the portal says there are; nothing where its search does not answer. */
export async function countRecords(context: StreamContext, reading: ObjectReading): Promise<readonly number[]> {
  const { client, type } = reading;
  const query = { filterGroups: [], properties: ["hs_object_id"], limit: 1 };
  const reply = await context.request(client.search(paths.search(type), query, unsearchable));
  const total = reply.status === 200 ? totalShape.safeParse(reply.json).data?.total : undefined;
  // As many as a search gives at most may stand for more.
  return total === undefined || total === mostResults ? [] : [total];
}

/** Answers of a search that does not exist, or that the token may not use: everything is listed then. */
export const unsearchable: readonly number[] = Object.freeze([400, 403, 404]);
