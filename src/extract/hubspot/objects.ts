import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { fingerprint, type Mark, markOf, markWords, sinceOf } from "../changes.ts";
import { refuseUnknownFields } from "../mapping.ts";
import type { Ending, Page, PagedStream, StreamContext } from "../stream.ts";
import { apiVersion } from "./api.ts";
import { readChanges } from "./changes.ts";
import type { HubspotClient } from "./client.ts";
import { countRecords, listPages, type ObjectReading, recordsIn } from "./read.ts";

const resumeShape = z.object({
  archived: z.boolean(),
  after: z.string().nullable(),
  began: z.iso.datetime(),
  latest: z.string().optional(),
  pages: z.number(),
});

/**
 * Every record of a type, or where it is cheaper the changed ones. The archived ones are listed each time: archiving does
 * not move a record's modification date, so no search by date would tell.
 */
export function objectStream(
  client: HubspotClient,
  source: SourceOf<"hubspot">,
  options: {
    readonly type: string;
    readonly properties: readonly string[];
    /** Properties that the mapping names; the portal must have them. */
    readonly mapped: readonly string[];
    /** Properties whose every value is wanted. */
    readonly history: readonly string[];
  },
): PagedStream {
  const { type, history } = options;
  const properties = [...new Set([...options.properties, ...options.mapped])];
  return Object.freeze({
    form: "pages",
    name: type,
    after: [`properties.${type}`],
    mode: "incremental",
    cursor: markWords,
    deletion: "both",
    record: { at: "$.results", id: "$.id", updatedAt: "$.updatedAt", archived: "$.archived" },
    async *pages(context: StreamContext) {
      const types = new Map<string, string>();
      const calculated = new Set<string>();
      for await (const rows of context.landed({
        stream: `properties.${type}`,
        paths: ["$.name", "$.type", "$.calculated"],
      })) {
        for (const [name, kind, isCalculated] of rows) {
          if (typeof name !== "string") continue;
          types.set(name, kind ?? "");
          if (isCalculated === "true") calculated.add(name);
        }
      }
      // HubSpot passes over a property that it does not know without a word.
      refuseUnknownFields(source, type, options.mapped, new Set(types.keys()));
      // A property that comes, goes or changes its type changes records whose date of change does not move.
      const shapes = properties.map((name) => `${name} ${types.get(name) ?? ""}`);
      const asked = fingerprint(source.base_url, apiVersion, shapes, history);
      const reading: ObjectReading = { client, type, properties, history };
      // A calculated property changes without moving the record's modification date.
      const mark = options.mapped.some((name) => calculated.has(name)) ? undefined : markOf(context, asked);
      if (context.resume === null && mark !== undefined) {
        const ending = yield* readChanges(context, reading, mark);
        if (ending !== undefined) return ending;
      }
      return yield* readAll(context, reading, asked);
    },
  });
}

/** Every record, the living ones and then the archived ones. */
async function* readAll(context: StreamContext, reading: ObjectReading, asked: string): AsyncGenerator<Page, Ending> {
  const before = await countRecords(context, reading);
  const start = resumeShape.safeParse(context.resume).data ?? {
    archived: false,
    after: null,
    began: context.startedAt.toISOString(),
    latest: undefined,
    pages: 0,
  };
  let { latest, pages } = start;
  for (const archived of start.archived ? [true] : [false, true]) {
    const place = archived === start.archived ? start.after : null;
    for await (const { reply, isFirst, after } of listPages(context, reading, archived, place)) {
      if (!archived) {
        latest = recordsIn(reply, latest).latest;
        pages = isFirst ? 1 : pages + 1;
      }
      const next = after === null ? { archived: true, after } : { archived, after };
      yield {
        body: reply.body,
        cursor: { ...next, began: start.began, pages, ...(latest === undefined ? {} : { latest }) },
      };
    }
  }
  const since = sinceOf(new Date(start.began), latest);
  const cursor: Mark = { since, wholeAt: start.began, pages, asked };
  return { isComplete: true, cursor: { ...cursor }, counts: [...before, ...(await countRecords(context, reading))] };
}
