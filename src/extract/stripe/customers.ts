import { chunk, type PagedStream, type StreamContext, sideBySide } from "../stream.ts";
import type { StripeClient } from "./client.ts";

const width = 10;

/**
 * Customers that invoices name and no list has any more: each is retrieved once, and stays (R110). A customer whom the
 * log knew before is kept from there and not asked for again.
 */
export function deletedCustomerStream(client: StripeClient): PagedStream {
  return Object.freeze({
    form: "pages",
    name: "deleted_customers",
    after: ["customers", "invoices"],
    mode: "full",
    cursor: null,
    deletion: "none",
    record: { at: "$", id: "$.id" },
    async *pages(context: StreamContext) {
      const missing = await namedIn(context, "invoices", "$.customer");
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
      return { isComplete: true };
    },
  });
}

async function namedIn(context: StreamContext, stream: string, path: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const rows of context.landed({ stream, paths: [path] })) {
    for (const [id] of rows) if (typeof id === "string" && id !== "") ids.add(id);
  }
  return ids;
}
