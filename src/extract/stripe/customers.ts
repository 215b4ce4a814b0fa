import { fingerprint, type Mark, markOf, markWords } from "../changes.ts";
import { chunk, type PagedStream, type StreamContext, sideBySide } from "../stream.ts";
import { apiVersion, type StripeClient } from "./client.ts";
import { wholeEveryDays } from "./lists.ts";
import { width } from "./pages.ts";

/** Customers that invoices name and no list has any more: each is retrieved once, and stays (R110). */
export function deletedCustomerStream(client: StripeClient): PagedStream {
  return Object.freeze({
    form: "pages",
    name: "deleted_customers",
    after: ["customers", "invoices"],
    mode: "incremental",
    cursor: markWords,
    deletion: "none",
    record: { at: "$", id: "$.id" },
    async *pages(context: StreamContext) {
      const asked = fingerprint(client.address, apiVersion);
      const mark = markOf(context, asked, wholeEveryDays);
      // An invoice that did not change names whom it named before, which matters again once one of them is deleted.
      const isAnyGone = mark !== undefined && (await hasLost(context, mark.since));
      const missing = await namedIn(context, "invoices", "$.customer", isAnyGone ? undefined : mark?.since);
      for (const stream of ["customers", "deleted_customers"]) {
        for (const id of await namedIn(context, stream, "$.id")) missing.delete(id);
      }
      const batches = chunk([...missing], Math.max(1, Math.ceil(missing.size / width)));
      yield* sideBySide(
        batches.map(
          (ids) =>
            async function* retrieve() {
              for (const id of ids) {
                const reply = await context.request(client.get(`/v1/customers/${encodeURIComponent(id)}`, [], [404]));
                if (reply.status === 200) yield { body: reply.body };
              }
            },
        ),
        width,
      );
      const since = context.startedAt.toISOString();
      const cursor: Mark = { since, wholeAt: mark?.wholeAt ?? since, pages: missing.size, asked };
      return { isComplete: mark === undefined, cursor: { ...cursor } };
    },
  });
}

/** Whether a customer was found to be deleted since then. */
async function hasLost(context: StreamContext, since: string): Promise<boolean> {
  for await (const rows of context.landed({ stream: "customers", which: "deleted", since, paths: ["$.id"] })) {
    if (rows.length > 0) return true;
  }
  return false;
}

async function namedIn(context: StreamContext, stream: string, path: string, since?: string): Promise<Set<string>> {
  const ids = new Set<string>();
  const query = { stream, paths: [path], ...(since === undefined ? {} : { since }) };
  for await (const rows of context.landed(query)) {
    for (const [id] of rows) if (typeof id === "string" && id !== "") ids.add(id);
  }
  return ids;
}
