import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { exitCode, UserError } from "../../errors.ts";
import { fingerprint, later, type Mark, markOf, markWords, sinceOf } from "../changes.ts";
import { refuseUnknownFields } from "../mapping.ts";
import type { Ending, Page, PagedStream, StreamContext } from "../stream.ts";
import { isBulkPlace, readBulk, usualBulkFrom } from "./bulk.ts";
import { type BulkLayout, bulkLayout, type FieldType } from "./bulk-rows.ts";
import { readChanges } from "./changes.ts";
import { apiVersion, type SalesforceClient, salesforceError } from "./client.ts";
import { countListed, cutShort, type ObjectReading, queryPath, readPage, refused } from "./read.ts";

/** An object that is read, and the fields that are asked for where the org has them. */
export interface ObjectPlan {
  readonly name: string;
  readonly fields: readonly string[];
  /** Fields that the mapping names; the org must have them. */
  readonly mapped: readonly string[];
  /** How changes are found; an object without it is read whole each time. */
  readonly changes?: "SystemModstamp";
  /** Whether Salesforce is asked how many there are. */
  readonly isCounted: boolean;
  /** Whether the configuration names the object, so that it has to be there. */
  readonly isNamed: boolean;
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

const resumeShape = z.object({
  place: z.string(),
  asked: z.string(),
  began: z.iso.datetime(),
  latest: z.string().optional(),
  pages: z.number(),
  living: z.number(),
});

/**
 * Every row of an object, deleted ones too, or where it is cheaper the changed ones. An object that the org lacks has no
 * rows.
 */
export function objectStream(client: SalesforceClient, source: SourceOf<"salesforce">, plan: ObjectPlan): PagedStream {
  return Object.freeze({
    form: "pages",
    name: plan.name,
    after: ["describe"],
    mode: plan.changes === undefined ? "full" : "incremental",
    cursor: plan.changes === undefined ? null : markWords,
    deletion: "both",
    record: {
      at: "$.records",
      id: "$.Id",
      updatedAt: "$.SystemModstamp",
      archived: "$.IsDeleted",
      mergedInto: "$.MasterRecordId",
    },
    async *pages(context: StreamContext) {
      const described = await describedAs(context, plan.name);
      if (described === undefined) {
        if (plan.isNamed) throw noObject(source.name, plan.name);
        return { isComplete: true };
      }
      const known = described.fields;
      refuseUnknownFields(source, plan.name, plan.mapped, new Set(known.keys()));
      const fields = [...new Set([...plan.fields.filter((field) => known.has(field)), ...plan.mapped])];
      const reading: ObjectReading = { client, object: plan.name, fields, isCounted: plan.isCounted };
      // A field that comes, goes or changes its type changes records whose stamp does not move.
      const asked = fingerprint(
        source.base_url ?? source.instance_url ?? source.login_url ?? "",
        apiVersion,
        fields.map((field) => `${field} ${known.get(field)?.type ?? ""}`),
      );
      // What a formula or another record gives changes without moving the record's own stamp.
      const isStamped =
        plan.changes !== undefined &&
        known.has("SystemModstamp") &&
        described.isReplicated &&
        plan.mapped.every((field) => known.get(field)?.isCalculated === false);
      const mark = isStamped ? markOf(context, asked) : undefined;
      if (context.resume === null && mark !== undefined) {
        const ending = yield* readChanges(context, reading, mark);
        if (ending !== undefined) return ending;
      }
      const layout = bulkLayout(plan.name, fields, known, described.parents);
      return yield* readAll(context, reading, {
        asked,
        ...(layout === undefined ? {} : { bulk: { layout, from: source.bulk_from ?? usualBulkFrom } }),
      });
    },
  });
}

function noObject(source: string, object: string): UserError {
  return new UserError({
    where: `source ${source}, object ${object}`,
    found: `the org has no object ${object} that these credentials may read`,
    fix: "write its API name, as in Deal_Registration__c, and give the user that the source signs in as read access to it",
    exitCode: exitCode.usage,
  });
}

/** How everything is read. */
interface WholeReading {
  /** What is asked for; another question begins anew. */
  readonly asked: string;
  /** How a job gives it, and from how many rows on one does; left out where none can. */
  readonly bulk?: { readonly layout: BulkLayout; readonly from: number };
}

/** Every row: by a job where they are many, else page after page. */
async function* readAll(
  context: StreamContext,
  reading: ObjectReading,
  whole: WholeReading,
): AsyncGenerator<Page, Ending> {
  const { client, object } = reading;
  const { asked, bulk } = whole;
  const beginning = {
    place: queryPath(`select ${reading.fields.join(", ")} from ${object}`, "queryAll"),
    asked,
    began: context.startedAt.toISOString(),
    latest: undefined,
    pages: 0,
    living: 0,
  };
  const kept = resumeShape.safeParse(context.resume).data;
  const start = kept?.asked === asked ? kept : beginning;
  let mayBulk = bulk !== undefined && start === beginning;
  // What the log holds tells without a request how many there will be.
  if (mayBulk && bulk !== undefined && (isBulkPlace(context.resume, asked) || (await context.held()) >= bulk.from)) {
    const ending = yield* readBulk(context, reading, bulk.layout, asked);
    if (ending !== undefined) return ending;
    mayBulk = false;
  }
  let { place, began, latest, pages, living } = start;
  let isAgain = false;
  let rows = 0;
  let isWhole = place === beginning.place;
  for (;;) {
    const reply = await context.request(client.get(place, [400]));
    if (reply.status === 400) {
      // A place that Salesforce has forgotten is no loss, once: the query is put again.
      if (isAgain || place === beginning.place || salesforceError(reply.body) !== "INVALID_QUERY_LOCATOR") {
        throw refused(reading, reply.body);
      }
      ({ place, began, latest, pages, living } = beginning);
      isAgain = true;
      isWhole = true;
      rows = 0;
      continue;
    }
    const page = readPage(reading, reply);
    if (mayBulk && bulk !== undefined && page.next !== undefined && page.totalSize >= bulk.from) {
      const ending = yield* readBulk(context, reading, bulk.layout, asked);
      if (ending !== undefined) return ending;
    }
    mayBulk = false;
    rows += page.ids.length;
    pages += 1;
    living += page.living;
    latest = later(latest, page.latest);
    yield {
      body: reply.body,
      ...(page.next === undefined
        ? {}
        : { cursor: { place: page.next, asked, began, pages, living, ...(latest === undefined ? {} : { latest }) } }),
    };
    if (page.next === undefined) {
      if (isWhole && rows < page.totalSize) throw cutShort(reading, rows, page.totalSize);
      const cursor: Mark = { since: sinceOf(new Date(began), latest), wholeAt: began, pages, asked };
      // An answer tells how many rows there are with those that are deleted; of one that was taken up, the first part is not at hand.
      const told = reading.isCounted ? [page.totalSize - (rows - living)] : [];
      const counts = isWhole ? told : await countListed(context, reading, living, began);
      return { isComplete: true, cursor: { ...cursor }, counts };
    }
    context.expect(Math.ceil(page.totalSize / Math.max(1, page.ids.length)));
    place = page.next;
  }
}

const describedShape = z.array(
  z.object({
    name: z.string(),
    type: z.string().optional(),
    calculated: z.boolean().optional(),
    referenceTo: z.array(z.string()).optional(),
    relationshipName: z.string().nullish(),
  }),
);

interface Described {
  readonly fields: ReadonlyMap<string, FieldType & { readonly isCalculated: boolean }>;
  /** The fields that lead to other objects, by the name of the relationship. */
  readonly parents: ReadonlyMap<string, FieldType>;
  /** Whether Salesforce keeps a log of its deletions. */
  readonly isReplicated: boolean;
}

/** What an object is made of, or undefined when the org has no such object. */
async function describedAs(context: StreamContext, object: string): Promise<Described | undefined> {
  const query = {
    stream: "describe",
    paths: ["$.fields", "$.replicateable"],
    where: { path: "$.name", equals: object },
  };
  for await (const rows of context.landed(query)) {
    for (const [text, replicateable] of rows) {
      if (typeof text !== "string") continue;
      const fields = describedShape.parse(JSON.parse(text)).map((field) => ({
        name: field.name,
        relationship: field.relationshipName ?? undefined,
        type: field.type ?? "",
        isCalculated: field.calculated === true,
        referenceTo: field.referenceTo ?? [],
      }));
      return {
        fields: new Map(fields.map((field) => [field.name, field])),
        parents: new Map(
          fields.flatMap((field) => (field.relationship === undefined ? [] : [[field.relationship, field] as const])),
        ),
        isReplicated: replicateable === "true",
      };
    }
  }
  return undefined;
}
