import { z } from "zod";
import { later } from "../changes.ts";
import { readShape } from "../shape.ts";
import type { StreamContext } from "../stream.ts";
import type { Reply } from "../transport.ts";
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

/** One page of the list of living or of archived records. */
export function listPage(
  context: StreamContext,
  reading: ObjectReading,
  isArchived: boolean,
  after: string | null,
): Promise<Reply> {
  const { client, type, properties, history } = reading;
  return context.request(
    client.get(paths.objects(type), {
      limit: batchSize(reading),
      archived: isArchived,
      properties: properties.join(","),
      propertiesWithHistory: history.length > 0 ? history.join(",") : undefined,
      after: after ?? undefined,
    }),
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
