import { z } from "zod";
import type { PagedStream, StreamContext } from "../stream.ts";
import { pageSize, paths } from "./api.ts";
import type { HubspotClient } from "./client.ts";

const pagingShape = z.object({
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});

const resumeShape = z.object({ archived: z.boolean(), after: z.string().nullable() });

/** The `after` of the next page, null at the end of the list. */
export function nextAfter(json: unknown): string | null {
  return pagingShape.parse(json).paging?.next?.after ?? null;
}

/**
 * Every record of a type, the living ones and then the archived ones: archiving does not move a record's modification
 * date, so a list by date would never tell.
 */
export function objectStream(
  client: HubspotClient,
  type: string,
  properties: readonly string[],
  history: readonly string[] = [],
): PagedStream {
  const path = paths.objects(type);
  return Object.freeze({
    form: "pages",
    name: type,
    mode: "full",
    cursor: null,
    deletion: "both",
    record: { at: "$.results", id: "$.id", updatedAt: "$.updatedAt", archived: "$.archived" },
    async *pages(context: StreamContext) {
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
          after = nextAfter(reply.json);
          yield { body: reply.body, cursor: after === null ? { archived: true, after } : { archived, after } };
        } while (after !== null);
      }
      return { isComplete: true };
    },
  });
}
