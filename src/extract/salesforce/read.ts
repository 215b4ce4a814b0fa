import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import { later } from "../changes.ts";
import { readShape } from "../shape.ts";
import type { StreamContext } from "../stream.ts";
import type { Reply } from "../transport.ts";
import { apiVersion, type SalesforceClient, salesforceError } from "./client.ts";

/** What is read of an object. */
export interface ObjectReading {
  readonly client: SalesforceClient;
  readonly object: string;
  readonly fields: readonly string[];
  /** Whether Salesforce is asked how many there are. */
  readonly isCounted: boolean;
}

const pageShape = z.object({
  totalSize: z.number(),
  done: z.boolean(),
  nextRecordsUrl: z.string().optional(),
  records: z.array(
    z.object({ Id: z.string().optional(), SystemModstamp: z.string().nullish(), IsDeleted: z.boolean().nullish() }),
  ),
});

/** One page of a query's result. */
export interface QueryPage {
  readonly totalSize: number;
  readonly ids: readonly string[];
  /** How many of its rows are not deleted. */
  readonly living: number;
  /** The latest stamp among its rows. */
  readonly latest: string | undefined;
  /** Where the next page is; undefined at the end. */
  readonly next: string | undefined;
}

/** The path of a query; `queryAll` gives deleted rows too. */
export function queryPath(soql: string, call: "query" | "queryAll"): string {
  return `/services/data/v${apiVersion}/${call}?q=${encodeURIComponent(soql)}`;
}

/** What paging needs of an answer. */
export function readPage(reading: ObjectReading, reply: Reply): QueryPage {
  const page = readShape(pageShape, reply.json, reading.client.source, `queryAll on ${reading.object}`);
  return {
    totalSize: page.totalSize,
    ids: page.records.map((record) => record.Id ?? ""),
    living: page.records.filter((record) => record.IsDeleted !== true).length,
    latest: page.records.reduce<string | undefined>((last, record) => later(last, record.SystemModstamp), undefined),
    next: page.done ? undefined : page.nextRecordsUrl,
  };
}

/** What Salesforce says of a listing that gave `living` rows; nothing when rows changed while it was read. */
export async function countListed(
  context: StreamContext,
  reading: ObjectReading,
  living: number,
  began: string,
): Promise<readonly number[]> {
  const counts = await countRecords(context, reading);
  if (counts.length === 0 || counts[0] === living) return counts;
  const soql = `select count() from ${reading.object} where SystemModstamp >= ${began}`;
  const reply = await context.request(reading.client.get(queryPath(soql, "queryAll"), [400, 403, 404]));
  const changed = reply.status === 200 ? countShape.safeParse(reply.json).data?.totalSize : undefined;
  return changed === 0 ? counts : [];
}

const countShape = z.object({ totalSize: z.number().int() });

/** How many living rows Salesforce says there are; nothing for an object that is not counted, or where it does not say. */
export async function countRecords(context: StreamContext, reading: ObjectReading): Promise<readonly number[]> {
  if (!reading.isCounted) return [];
  const path = queryPath(`select count() from ${reading.object}`, "query");
  const reply = await context.request(reading.client.get(path, [400, 403, 404]));
  const count = reply.status === 200 ? countShape.safeParse(reply.json).data?.totalSize : undefined;
  return count === undefined ? [] : [count];
}

const messageShape = z.array(z.object({ message: z.string() }));

/** The error for a query that Salesforce does not take. */
export function refused(reading: ObjectReading, body: string): UserError {
  let said = "no reason given";
  try {
    said = messageShape.parse(JSON.parse(body))[0]?.message ?? said;
  } catch {
    said = "an answer that is no error of Salesforce's";
  }
  return new UserError({
    where: `source ${reading.client.source}, stream ${reading.object}`,
    found: `queryAll on ${reading.object}: 400 ${salesforceError(body)} (${said.replaceAll(/\s+/g, " ").trim()})`,
    fix: "check the fields that mapping names against the object's; `attributary doctor` lists them",
    exitCode: exitCode.source,
  });
}

/** The error for a listing with fewer rows than were announced. */
export function cutShort(reading: ObjectReading, rows: number, total: number): UserError {
  return new UserError({
    where: `source ${reading.client.source}, stream ${reading.object}`,
    found: `Salesforce announced ${total} rows and gave ${rows}`,
    fix: "run the refresh again; nothing was taken for deleted",
    exitCode: exitCode.source,
  });
}
