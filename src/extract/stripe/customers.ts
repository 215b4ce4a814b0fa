import { fingerprint, type Mark, markOf, markWords } from "../changes.ts";
import { createSupply, type Page, type PagedStream, type StreamContext, sideBySide, takersOf } from "../stream.ts";
import { apiVersion, type StripeClient } from "./client.ts";
import { wholeEveryDays } from "./lists.ts";
import { width } from "./pages.ts";
import type { Touched } from "./touched.ts";

/**
 * Customers that invoices name and no list has any more: each is retrieved once, and stays (R110). At first they are retrieved
 * as the reading of invoices comes upon them; what it `touched` before that began, or in a later run, the log tells.
 */
export function deletedCustomerStream(client: StripeClient, touched: Touched): PagedStream {
  return Object.freeze({
    form: "pages",
    name: "deleted_customers",
    beside: ["customers", "invoices"],
    mode: "incremental",
    cursor: markWords,
    deletion: "none",
    record: { at: "$", id: "$.id" },
    async *pages(context: StreamContext) {
      const asked = fingerprint(client.address, apiVersion);
      const mark = markOf(context, asked, wholeEveryDays);
      const named = createSupply<string>();
      if (mark === undefined) touched.named = named;
      const ended = context.ended("invoices").finally(named.close);
      // Should it fail, that is told once what came of it until then has landed.
      ended.catch(() => undefined);
      await context.ended("customers");
      const known = await namedIn(context, "customers", "$.id");
      for (const id of await namedIn(context, "deleted_customers", "$.id")) known.add(id);
      let pages = 0;
      const retrieve = async function* (id: string): AsyncGenerator<Page> {
        if (known.has(id)) return;
        known.add(id);
        pages += 1;
        const reply = await context.request(client.get(`/v1/customers/${encodeURIComponent(id)}`, [], [404]));
        if (reply.status === 200) yield { body: reply.body };
      };
      yield* sideBySide(takersOf(named, width, retrieve), width);
      await ended;
      // An invoice that did not change names whom it named before, which matters again once one of them is deleted.
      const isAnyGone = mark !== undefined && (await hasLost(context, mark.since));
      const missing = await namedIn(context, "invoices", "$.customer", isAnyGone ? undefined : mark?.since);
      yield* sideBySide(
        [...missing].filter((id) => !known.has(id)).map((id) => () => retrieve(id)),
        width,
      );
      const since = context.startedAt.toISOString();
      const cursor: Mark = { since, wholeAt: mark?.wholeAt ?? since, pages, asked };
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
