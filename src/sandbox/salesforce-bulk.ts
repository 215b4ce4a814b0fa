import { z } from "zod";
import type { SalesforceRecord } from "./salesforce-records.ts";
import { Refusal } from "./salesforce-refusal.ts";
import { limitRequests, type SandboxReply, type SandboxRequest } from "./server.ts";
import type { FieldValue } from "./soql.ts";

/** A column of a job's result. */
export type BulkColumn = {
  readonly name: string;
  /** Whether its values are moments, which the Bulk API writes with a `Z`. */
  readonly isMoment: boolean;
  readonly read: (record: SalesforceRecord) => FieldValue;
};

/** What a job's query found when it was created. */
type Found = {
  readonly object: string;
  readonly columns: readonly BulkColumn[];
  readonly records: readonly SalesforceRecord[];
};

type Job = Found & {
  readonly id: string;
  readonly version: string;
  readonly operation: "query" | "queryAll";
  readonly query: string;
  readonly lineEnding: "LF" | "CRLF";
  readonly delimiter: keyof typeof delimiters;
  readonly createdAt: number;
  /** How often it was asked after. */
  looks: number;
  isAborted: boolean;
};

const delimiters = { COMMA: ",", SEMICOLON: ";", TAB: "\t", PIPE: "|", CARET: "^", BACKQUOTE: "`" } as const;

const wanted = z.strictObject({
  operation: z.enum(["query", "queryAll"]),
  query: z.string(),
  contentType: z.literal("CSV").default("CSV"),
  columnDelimiter: z.enum(["COMMA", "SEMICOLON", "TAB", "PIPE", "CARET", "BACKQUOTE"]).default("COMMA"),
  lineEnding: z.enum(["LF", "CRLF"]).default("LF"),
});

const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}.000+0000`;

/** The query jobs of the Bulk API 2.0 of an org. `prepare` runs a query or refuses it. */
export function openBulkJobs(options: {
  readonly clock: () => number;
  readonly limits: { readonly bulkJobs: number; readonly bulkRows: number; readonly bulkLooks: number };
  readonly prepare: (query: string, withDeleted: boolean) => Found;
}): {
  /** Answers a request below `/jobs/query`; `rest` are the parts of the path after it. */
  readonly answer: (request: SandboxRequest, version: string, rest: readonly string[]) => SandboxReply;
  /** How many more jobs may be created today. */
  readonly left: () => number;
} {
  const { clock, limits, prepare } = options;
  const daily = limitRequests(limits.bulkJobs, 86_400_000, clock);
  const jobs = new Map<string, Job>();
  let issued = 0;

  function stateOf(job: Job): string {
    if (job.isAborted) return "Aborted";
    if (job.looks === 0) return "UploadComplete";
    return job.looks < limits.bulkLooks ? "InProgress" : "JobComplete";
  }

  function told(job: Job): object {
    const state = stateOf(job);
    return {
      id: job.id,
      operation: job.operation,
      object: job.object,
      createdById: "005Qy0000000001AAA",
      createdDate: stamp(job.createdAt),
      systemModstamp: stamp(clock()),
      state,
      concurrencyMode: "Parallel",
      contentType: "CSV",
      apiVersion: Number(job.version),
      lineEnding: job.lineEnding,
      columnDelimiter: job.delimiter,
      jobType: "V2Query",
      ...(state === "JobComplete"
        ? { numberRecordsProcessed: job.records.length, retries: 0, totalProcessingTime: 334 }
        : {}),
    };
  }

  const ok = (value: unknown): SandboxReply => ({ status: 200, body: JSON.stringify(value) });

  function create(request: SandboxRequest, version: string): SandboxReply {
    let body: unknown;
    try {
      body = JSON.parse(request.body);
    } catch {
      throw new Refusal(
        400,
        "JSON_PARSER_ERROR",
        "The HTTP entity body is required, but this request has no entity body.",
      );
    }
    const asked = wanted.safeParse(body).data;
    if (asked === undefined) throw new Refusal(400, "INVALIDJOB", "InvalidJob : a field of the job is not known");
    const found = prepare(asked.query, asked.operation === "queryAll");
    if (!daily.take()) {
      throw new Refusal(400, "LIMIT_EXCEEDED", "Max number of Bulk v2 query jobs per 24 hour window has been reached.");
    }
    issued += 1;
    const job: Job = {
      ...found,
      id: `750Qy${String(issued).padStart(10, "0")}AA0`,
      version,
      operation: asked.operation,
      query: asked.query,
      lineEnding: asked.lineEnding,
      delimiter: asked.columnDelimiter,
      createdAt: clock(),
      looks: 0,
      isAborted: false,
    };
    jobs.set(job.id, job);
    return ok(told(job));
  }

  function results(job: Job, request: SandboxRequest, version: string): SandboxReply {
    if (version !== job.version) {
      throw new Refusal(409, "VERSION_MISMATCH", `The job was created by version ${job.version}`);
    }
    if (stateOf(job) !== "JobComplete") {
      throw new Refusal(400, "INVALIDJOBSTATE", `Results of a job in the state ${stateOf(job)} cannot be had`);
    }
    const most = Number(request.query.get("maxRecords") ?? limits.bulkRows);
    if (!(most >= 1)) throw new Refusal(400, "INVALID_PARAMETER", "maxRecords must be a positive number");
    const locator = request.query.get("locator");
    const start = locator === null ? 0 : Number(Buffer.from(locator, "base64").toString("latin1"));
    if (!Number.isInteger(start) || start < 0 || start > job.records.length) {
      throw new Refusal(400, "INVALIDLOCATOR", "The provided locator is invalid");
    }
    const records = job.records.slice(start, start + Math.min(most, limits.bulkRows));
    const end = start + records.length;
    const isPacked = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    return {
      status: 200,
      headers: {
        "content-type": "text/csv",
        "sforce-numberofrecords": String(records.length),
        "sforce-locator": end < job.records.length ? Buffer.from(String(end)).toString("base64") : "null",
      },
      body: csvOf(job, records),
      isPacked,
    };
  }

  function answer(request: SandboxRequest, version: string, rest: readonly string[]): SandboxReply {
    const { method } = request;
    const [id, part] = rest;
    if (id === undefined && method === "POST") return create(request, version);
    if (id === undefined && method === "GET")
      return ok({ done: true, records: [...jobs.values()].map(told), nextRecordsUrl: null });
    const job = jobs.get(id ?? "");
    if (job === undefined) throw new Refusal(404, "NOT_FOUND", "The requested resource does not exist");
    if (part === "results" && method === "GET") return results(job, request, version);
    if (part === undefined && method === "GET") {
      const reply = ok(told(job));
      job.looks += 1;
      return reply;
    }
    if (part === undefined && method === "PATCH") {
      job.isAborted = true;
      return ok(told(job));
    }
    if (part === undefined && method === "DELETE") {
      if (stateOf(job) === "InProgress") {
        throw new Refusal(400, "INVALIDJOBSTATE", "A job that is in progress cannot be deleted");
      }
      jobs.delete(job.id);
      return { status: 204, body: "" };
    }
    throw new Refusal(405, "METHOD_NOT_ALLOWED", `HTTP Method '${method}' not allowed`);
  }

  return Object.freeze({ answer, left: daily.left });
}

/** Rows as the Bulk API writes them: every value in quotes, nothing for what is not set. */
function csvOf(job: Job, records: readonly SalesforceRecord[]): string {
  const end = job.lineEnding === "LF" ? "\n" : "\r\n";
  const row = (cells: readonly string[]): string =>
    `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiters[job.delimiter])}${end}`;
  const cell = (column: BulkColumn, record: SalesforceRecord): string => {
    const value = String(column.read(record) ?? "");
    return column.isMoment ? value.replace(/\+0000$/, "Z") : value;
  };
  const lines = records.map((record) => row(job.columns.map((column) => cell(column, record))));
  return row(job.columns.map(({ name }) => name)) + lines.join("");
}

/** The rows of a text as `csvOf` writes it, with their line ends, the header first. */
export function csvRows(text: string): readonly string[] {
  return text.match(/(?:"(?:[^"]|"")*"|[^"\n])*\n/g) ?? [];
}
