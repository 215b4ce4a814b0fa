import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { refuseUnknownFields } from "../mapping.ts";
import { readShape } from "../shape.ts";
import type { PagedStream, StreamContext } from "../stream.ts";
import { pageSize, paths } from "./api.ts";
import type { HubspotClient } from "./client.ts";

const pagingShape = z.object({
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});

const resumeShape = z.object({ archived: z.boolean(), after: z.string().nullable() });

/** The `after` of the next page, null at the end of the list. */
export function nextAfter(json: unknown, client: HubspotClient, path: string): string | null {
  return readShape(pagingShape, json, client.source, `GET ${path}`).paging?.next?.after ?? null;
}

/**
 * Every record of a type, the living ones and then the archived ones: archiving does not move a record's modification
 * date, so a list by date would never tell.
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
  const path = paths.objects(type);
  const properties = [...new Set([...options.properties, ...options.mapped])];
  return Object.freeze({
    form: "pages",
    name: type,
    after: [`properties.${type}`],
    mode: "full",
    cursor: null,
    deletion: "both",
    record: { at: "$.results", id: "$.id", updatedAt: "$.updatedAt", archived: "$.archived" },
    async *pages(context: StreamContext) {
      const known = new Set<string>();
      for await (const rows of context.landed({ stream: `properties.${type}`, paths: ["$.name"] })) {
        for (const [name] of rows) if (typeof name === "string") known.add(name);
      }
      // HubSpot passes over a property that it does not know without a word.
      refuseUnknownFields(source, type, options.mapped, known);
      const start = resumeShape.safeParse(context.resume).data ?? { archived: false, after: null };
      for (const archived of start.archived ? [true] : [false, true]) {
        let after = archived === start.archived ? start.after : null;
        do {
          const reply = await context.request(
            client.get(path, {
              limit: history.length > 0 ? pageSize.withHistory : pageSize.objects,
              archived,
              properties: properties.join(","),
              propertiesWithHistory: history.length > 0 ? history.join(",") : undefined,
              after: after ?? undefined,
            }),
          );
          after = nextAfter(reply.json, client, path);
          yield { body: reply.body, cursor: after === null ? { archived: true, after } : { archived, after } };
        } while (after !== null);
      }
      return { isComplete: true };
    },
  });
}
