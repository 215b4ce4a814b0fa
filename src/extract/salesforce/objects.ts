import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { exitCode, UserError } from "../../errors.ts";
import { refuseUnknownFields } from "../mapping.ts";
import { readShape } from "../shape.ts";
import type { PagedStream, StreamContext } from "../stream.ts";
import { apiVersion, type SalesforceClient, salesforceError } from "./client.ts";

/** An object that is read, and the fields that are asked for where the org has them. */
export interface ObjectPlan {
  readonly name: string;
  readonly fields: readonly string[];
  /** Fields that the mapping names; the org must have them. */
  readonly mapped: readonly string[];
}

/** What each object is described as: its fields are looked up before any is asked for. */
export function describeStream(client: SalesforceClient, objects: readonly string[]): PagedStream {
  return Object.freeze({
    form: "pages",
    name: "describe",
    mode: "full",
    cursor: null,
    deletion: "absence",
    record: { at: "$", id: "$.name" },
    async *pages(context: StreamContext) {
      context.expect(objects.length);
      for (const object of objects) {
        // An org without multi-currency has no currency objects, one without partners no partner object.
        const reply = await context.request(client.get(`/sobjects/${object}/describe`, [404]));
        if (reply.status === 200) yield { body: reply.body };
      }
      return { isComplete: true };
    },
  });
}

const pageShape = z.object({
  totalSize: z.number(),
  done: z.boolean(),
  nextRecordsUrl: z.string().optional(),
  records: z.array(z.unknown()),
});

/** Every row of an object, deleted ones too, by `queryAll` page after page. An object that the org lacks has no rows. */
export function objectStream(client: SalesforceClient, source: SourceOf<"salesforce">, plan: ObjectPlan): PagedStream {
  return Object.freeze({
    form: "pages",
    name: plan.name,
    after: ["describe"],
    mode: "full",
    cursor: "place in the query's result, kept by Salesforce for two days",
    deletion: "both",
    record: {
      at: "$.records",
      id: "$.Id",
      updatedAt: "$.SystemModstamp",
      archived: "$.IsDeleted",
      mergedInto: "$.MasterRecordId",
    },
    async *pages(context: StreamContext) {
      const known = await fieldsOf(context, plan.name);
      if (known === undefined) return { isComplete: true };
      refuseUnknownFields(source, plan.name, plan.mapped, known);
      const fields = [...new Set([...plan.fields.filter((field) => known.has(field)), ...plan.mapped])];
      const soql = `select ${fields.join(", ")} from ${plan.name}`;
      const start = `/services/data/v${apiVersion}/queryAll?q=${encodeURIComponent(soql)}`;
      let place = typeof context.resume === "string" ? context.resume : start;
      let isWhole = place === start;
      let isAgain = false;
      let rows = 0;
      for (;;) {
        const reply = await context.request(client.get(place, [400]));
        if (reply.status === 400) {
          // A place that Salesforce has forgotten is no loss, once: the query is put again.
          if (isAgain || place === start || salesforceError(reply.body) !== "INVALID_QUERY_LOCATOR")
            throw refused(client, plan, reply.body);
          place = start;
          isAgain = true;
          isWhole = true;
          rows = 0;
          continue;
        }
        const page = readShape(pageShape, reply.json, client.source, `queryAll on ${plan.name}`);
        rows += page.records.length;
        const next = page.done ? undefined : page.nextRecordsUrl;
        yield { body: reply.body, ...(next === undefined ? {} : { cursor: next }) };
        if (next === undefined) {
          if (isWhole && rows < page.totalSize) throw cutShort(client, plan, rows, page.totalSize);
          return { isComplete: true };
        }
        context.expect(Math.ceil(page.totalSize / Math.max(1, page.records.length)));
        place = next;
      }
    },
  });
}

const fieldShape = z.array(z.object({ name: z.string() }));

/** The names of an object's fields in this org, or undefined when it has no such object. */
async function fieldsOf(context: StreamContext, object: string): Promise<ReadonlySet<string> | undefined> {
  const query = { stream: "describe", paths: ["$.fields"], where: { path: "$.name", equals: object } };
  for await (const rows of context.landed(query)) {
    for (const [text] of rows) {
      if (typeof text === "string") return new Set(fieldShape.parse(JSON.parse(text)).map((field) => field.name));
    }
  }
  return undefined;
}

const messageShape = z.array(z.object({ message: z.string() }));

function refused(client: SalesforceClient, plan: ObjectPlan, body: string): UserError {
  let said = "no reason given";
  try {
    said = messageShape.parse(JSON.parse(body))[0]?.message ?? said;
  } catch {
    said = "an answer that is no error of Salesforce's";
  }
  return new UserError({
    where: `source ${client.source}, stream ${plan.name}`,
    found: `queryAll on ${plan.name}: 400 ${salesforceError(body)} (${said.replaceAll(/\s+/g, " ").trim()})`,
    fix: "check the fields that mapping names against the object's; `attributary doctor` lists them",
    exitCode: exitCode.source,
  });
}

function cutShort(client: SalesforceClient, plan: ObjectPlan, rows: number, total: number): UserError {
  return new UserError({
    where: `source ${client.source}, stream ${plan.name}`,
    found: `Salesforce announced ${total} rows and gave ${rows}`,
    fix: "run the refresh again; nothing was taken for deleted",
    exitCode: exitCode.source,
  });
}
