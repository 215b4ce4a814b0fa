import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { readShape } from "../shape.ts";
import type { Page, PagedStream, StreamContext } from "../stream.ts";
import { chunk, sideBySide } from "../stream.ts";
import { pageSize, paths } from "./api.ts";
import type { HubspotClient } from "./client.ts";

// Enough to keep the limiter busy while HubSpot works on batches that take it seconds.
const width = 8;

const answerShape = z.object({
  results: z.array(
    z.object({
      from: z.object({ id: z.string() }),
      paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
    }),
  ),
  errors: z
    .array(
      z.object({ category: z.string().nullish(), subCategory: z.unknown().optional(), message: z.string().nullish() }),
    )
    .nullish(),
});

/**
 * Every association from the living records of one type to another, with their labels, one record for each record
 * they start from. Associations never move a record's modification date, so all are read each time.
 */
export function associationStream(client: HubspotClient, source: string, from: string, to: string): PagedStream {
  const name = `associations.${from}.${to}`;
  return Object.freeze({
    form: "pages",
    name,
    after: [from],
    mode: "full",
    cursor: null,
    deletion: "absence",
    record: { at: "$.results", id: "$.from.id" },
    partOf: { stream: from, path: "$.from.id" },
    async *pages(context: StreamContext) {
      const ids: string[] = [];
      for await (const rows of context.landed({ stream: from, paths: ["$.id"] })) {
        for (const [id] of rows) if (typeof id === "string") ids.push(id);
      }
      const batches = chunk(ids, pageSize.associations);
      context.expect(batches.length);
      const read = (inputs: readonly Input[]) =>
        readBatch(context, client, source, name, paths.associations(from, to), inputs);
      yield* sideBySide(
        batches.map((batch) => () => read(batch.map((id) => ({ id })))),
        width,
      );
      return { isComplete: true };
    },
  });
}

interface Input {
  readonly id: string;
  readonly after?: string;
}

/** One batch; a record with more associations than fit into an answer is put together before it is handed on. */
async function* readBatch(
  context: StreamContext,
  client: HubspotClient,
  source: string,
  stream: string,
  path: string,
  inputs: readonly Input[],
): AsyncGenerator<Page> {
  const first = await context.request(client.post(path, { inputs }));
  let more = refuseErrors(first.json, source, stream, path);
  if (more.length === 0) {
    yield { body: first.body };
    return;
  }
  const bodies = [first.body];
  while (more.length > 0) {
    const next = await context.request(client.post(path, { inputs: more }));
    bodies.push(next.body);
    more = refuseErrors(next.json, source, stream, path);
  }
  yield { body: joinLists(bodies) };
}

/** The inputs to ask again for what did not fit; throws when an answer is wanting for any other reason than emptiness. */
function refuseErrors(json: unknown, source: string, stream: string, path: string): readonly Input[] {
  const answer = readShape(answerShape, json, source, `POST ${path}`);
  const error = answer.errors?.find((item) => !isEmptiness(item.category ?? "", item.subCategory, item.message ?? ""));
  if (error !== undefined) {
    throw new UserError({
      where: `source ${source}, stream ${stream}`,
      found: `POST ${path}: a part of the batch failed (${error.message ?? error.category ?? "no reason given"})`,
      fix: "run the refresh again; if it stays, look at HubSpot's status page",
      exitCode: exitCode.source,
    });
  }
  return answer.results.flatMap((result) => {
    const after = result.paging?.next?.after;
    return after === undefined ? [] : [{ id: result.from.id, after }];
  });
}

// A record without associations comes back as an error, and so does one deleted since it was listed.
function isEmptiness(category: string, subCategory: unknown, message: string): boolean {
  return (
    category === "OBJECT_NOT_FOUND" ||
    String(subCategory).includes("NO_ASSOCIATIONS_FOUND") ||
    /^No \S+ is associated with/i.test(message)
  );
}

interface Written {
  readonly results: { readonly from: { readonly id: string }; readonly to: unknown[] }[];
}

/** One answer out of several; numbers stay as they are written, since an id may be wider than a double. */
function joinLists(bodies: readonly string[]): string {
  const answers = bodies.map((body) => parseExactly(body) as Written);
  const joined = new Map<string, Written["results"][number]>();
  for (const result of answers.flatMap((answer) => answer.results)) {
    const known = joined.get(result.from.id);
    if (known === undefined) joined.set(result.from.id, { from: result.from, to: [...result.to] });
    else known.to.push(...result.to);
  }
  return JSON.stringify({ results: [...joined.values()] });
}

interface ExactJson {
  readonly rawJSON: (text: string) => unknown;
  readonly parse: (
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ) => unknown;
}

// The language has these since 2025; the type library of the compiler does not know them yet.
const exactJson: ExactJson = JSON as JSON & ExactJson;

function parseExactly(text: string): unknown {
  return exactJson.parse(text, (_key, value, context) =>
    typeof value === "number" && context.source !== undefined ? exactJson.rawJSON(context.source) : value,
  );
}
