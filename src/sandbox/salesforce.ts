import type { Company } from "./company/create.ts";
import { type BulkColumn, openBulkJobs } from "./salesforce-bulk.ts";
import { openLiveOrg, type SalesforceEdits } from "./salesforce-edits.ts";
import { type Field, type Org, orgId, type SalesforceObject, type SalesforceRecord } from "./salesforce-records.ts";
import { Refusal } from "./salesforce-refusal.ts";
import { limitRequests, type Protocol, type SandboxReply, type SandboxRequest } from "./server.ts";
import { compareValues, type FieldValue, fieldsOf, MalformedQuery, meets, parseSoql, type SoqlQuery } from "./soql.ts";

/**
 * Requests that Salesforce takes in a day, rows of a page, seconds for which a token is good; of the Bulk API the jobs of a
 * day, the rows of a result's page, and how often a job is asked after before it is complete.
 */
export type SalesforceLimits = {
  readonly day: number;
  readonly pageRows: number;
  readonly tokenSeconds: number;
  readonly bulkJobs: number;
  readonly bulkRows: number;
  readonly bulkLooks: number;
};

/** The limits of a small org of the Enterprise Edition. */
export const usualSalesforceLimits: SalesforceLimits = Object.freeze({
  day: 100_000,
  pageRows: 2000,
  tokenSeconds: 7200,
  bulkJobs: 10_000,
  bulkRows: 250_000,
  bulkLooks: 2,
});

const versions = ["62.0", "63.0", "64.0", "65.0", "66.0", "67.0"];
const longestAddress = 16_384;
const deletionDays = 30;

/** A query that is being paged through. */
type Locator = {
  readonly object: SalesforceObject;
  readonly fields: readonly string[];
  readonly records: readonly SalesforceRecord[];
};

function invalidField(object: string, field: string): Refusal {
  return new Refusal(
    400,
    "INVALID_FIELD",
    `\nERROR at Row:1:Column:8\nNo such column '${field}' on entity '${object}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
  );
}

function isReplicated(object: SalesforceObject): boolean {
  return object.name !== "OpportunityPartner";
}

/** Speaks Salesforce's REST API for a company; `edits` changes it while it is served. */
export function speakSalesforce(options: {
  readonly company: Company;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: () => number;
  readonly limits: SalesforceLimits;
}): { readonly protocol: Protocol; readonly edits: SalesforceEdits } {
  const { company, clientId, clientSecret, clock, limits } = options;
  const live = openLiveOrg(company);
  const openedOrg = (): Org => live.org();
  const daily = limitRequests(limits.day, 86_400_000, clock);
  const jobs = openBulkJobs({ clock, limits, prepare: prepareJob });
  const tokens = new Map<string, number>(); // when each token ends, epoch milliseconds
  const locators = new Map<string, Locator>();
  const byIds = new Map<string, Map<string, SalesforceRecord>>();
  let indexed = 0; // the state of the org that the index was made of
  let issued = 0;

  function ok(value: unknown): SandboxReply {
    return { status: 200, body: JSON.stringify(value) };
  }

  function findObject(name: string, what: string): SalesforceObject {
    for (const object of openedOrg().values()) if (object.name.toLowerCase() === name.toLowerCase()) return object;
    throw new Refusal(
      what === "query" ? 400 : 404,
      what === "query" ? "INVALID_TYPE" : "NOT_FOUND",
      what === "query"
        ? `\nFROM ${name}\n     ^\nERROR at Row:1:Column:1\nsObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`
        : "The requested resource does not exist",
    );
  }

  function recordById(object: string, id: FieldValue): SalesforceRecord | undefined {
    if (indexed !== live.version()) byIds.clear();
    indexed = live.version();
    let known = byIds.get(object);
    if (known === undefined) {
      known = new Map(
        openedOrg()
          .get(object)
          ?.records.map((record) => [String(record.Id), record]),
      );
      byIds.set(object, known);
    }
    return known.get(String(id));
  }

  function findField(object: SalesforceObject, name: string): Field | undefined {
    return object.fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  }

  /** How to read a field, which may reach through relationships (`Owner.Name`). */
  function reader(object: SalesforceObject, path: string): (record: SalesforceRecord) => FieldValue {
    const dot = path.indexOf(".");
    if (dot < 0) {
      const field = findField(object, path);
      if (field === undefined) throw invalidField(object.name, path);
      return (record) => record[field.name] ?? null;
    }
    const relationship = path.slice(0, dot);
    const through = object.fields.find((field) => field.relationship?.toLowerCase() === relationship.toLowerCase());
    const target = through?.referenceTo === undefined ? undefined : openedOrg().get(through.referenceTo);
    if (through === undefined || target === undefined) {
      throw new Refusal(
        400,
        "INVALID_FIELD",
        `\nERROR at Row:1:Column:8\nDidn't understand relationship '${relationship}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
      );
    }
    const inner = reader(target, path.slice(dot + 1));
    return (record) => {
      const found = recordById(target.name, record[through.name] ?? null);
      return found === undefined ? null : inner(found);
    };
  }

  function shown(locator: Locator, record: SalesforceRecord, version: string): object {
    const { object } = locator;
    const attributes = (name: string, id: FieldValue) => ({
      type: name,
      url: `/services/data/v${version}/sobjects/${name}/${id}`,
    });
    const result: Record<string, unknown> = { attributes: attributes(object.name, record.Id ?? null) };
    for (const path of locator.fields) {
      const dot = path.indexOf(".");
      if (dot < 0) {
        const field = findField(object, path);
        if (field !== undefined) result[field.name] = record[field.name] ?? null;
        continue;
      }
      const name = path.slice(0, dot);
      const through = object.fields.find((field) => field.relationship?.toLowerCase() === name.toLowerCase());
      const target = recordById(through?.referenceTo ?? "", record[through?.name ?? ""] ?? null);
      const known = result[name];
      if (target === undefined) result[name] = null;
      else {
        const nested =
          typeof known === "object" && known !== null
            ? known
            : { attributes: attributes(through?.referenceTo ?? "", target.Id ?? null) };
        result[name] = { ...nested, [path.slice(dot + 1)]: reader(object, path)(record) };
      }
    }
    return result;
  }

  function page(id: string, locator: Locator, start: number, size: number, version: string): SandboxReply {
    const records = locator.records.slice(start, start + size);
    const end = start + records.length;
    const done = end >= locator.records.length;
    if (done) locators.delete(id);
    return ok({
      totalSize: locator.records.length,
      done,
      ...(done ? {} : { nextRecordsUrl: `/services/data/v${version}/query/${id}-${end}` }),
      records: records.map((record) => shown(locator, record, version)),
    });
  }

  function run(query: SoqlQuery, withDeleted: boolean): Locator {
    const object = findObject(query.object, "query");
    const readers = new Map(fieldsOf(query).map((field) => [field, reader(object, field)]));
    const read = (record: SalesforceRecord) => (field: string) => readers.get(field)?.(record) ?? null;
    const records = object.records.filter(
      (record) => (withDeleted || record.IsDeleted !== true) && meets(query.where, read(record)),
    );
    if (query.orderBy.length > 0) {
      records.sort((first, second) => {
        for (const { field, isDescending } of query.orderBy) {
          const order = compareValues(read(first)(field), read(second)(field));
          if (order !== 0) return isDescending ? -order : order;
        }
        return 0;
      });
    }
    const end = query.limit === undefined ? undefined : query.offset + query.limit;
    return { object, fields: query.fields, records: records.slice(query.offset, end) };
  }

  function pageSize(request: SandboxRequest): number {
    const wanted = /batchSize=(\d+)/i.exec(request.headers["sforce-query-options"] ?? "")?.[1];
    if (wanted === undefined) return limits.pageRows;
    return Math.min(limits.pageRows, Math.max(200, Number(wanted)));
  }

  function parsedOf(text: string | null): SoqlQuery {
    if (text === null) throw new Refusal(400, "MALFORMED_QUERY", "SOQL statements cannot be empty or null");
    try {
      return parseSoql(text);
    } catch (error) {
      if (error instanceof MalformedQuery) throw new Refusal(400, "MALFORMED_QUERY", error.message);
      throw error;
    }
  }

  /** What a bulk job for a query gives: its rows as they are now, and how each column is read. */
  function prepareJob(text: string, withDeleted: boolean) {
    const parsed = parsedOf(text);
    if (parsed.isCount || parsed.offset > 0) {
      throw new Refusal(400, "API_ERROR", "Aggregate Relationships and OFFSET are not supported in Bulk Query");
    }
    const { object, fields, records } = run(parsed, withDeleted);
    if (object.isUnbulkable === true) {
      throw new Refusal(400, "INVALIDENTITY", `Entity '${object.name}' is not supported by the Bulk API.`);
    }
    const columns = fields.map((path): BulkColumn => {
      const { name, type } = fieldAt(object, path);
      return { name, isMoment: type === "datetime", read: reader(object, path) };
    });
    return { object: object.name, columns, records };
  }

  /** The canonical name of a field, with the relationships before it, and its type. */
  function fieldAt(object: SalesforceObject, path: string): { readonly name: string; readonly type: string } {
    const dot = path.indexOf(".");
    if (dot < 0) {
      const field = findField(object, path);
      return { name: field?.name ?? path, type: field?.type ?? "string" };
    }
    const name = path.slice(0, dot);
    const through = object.fields.find((field) => field.relationship?.toLowerCase() === name.toLowerCase());
    const target = openedOrg().get(through?.referenceTo ?? "");
    if (target === undefined) return { name: path, type: "string" };
    const inner = fieldAt(target, path.slice(dot + 1));
    return { name: `${through?.relationship}.${inner.name}`, type: inner.type };
  }

  function query(request: SandboxRequest, version: string, withDeleted: boolean): SandboxReply {
    const parsed = parsedOf(request.query.get("q"));
    const locator = run(parsed, withDeleted);
    if (parsed.isCount) return ok({ totalSize: locator.records.length, done: true, records: [] });
    issued += 1;
    const id = `01gQY${String(issued).padStart(10, "0")}MA0`;
    locators.set(id, locator);
    return page(id, locator, 0, pageSize(request), version);
  }

  function more(request: SandboxRequest, version: string, tail: string): SandboxReply {
    const [id = "", start = ""] = tail.split("-");
    const locator = locators.get(id);
    if (locator === undefined || !/^\d+$/.test(start)) {
      throw new Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    }
    return page(id, locator, Number(start), pageSize(request), version);
  }

  function summary(object: SalesforceObject, version: string) {
    return {
      name: object.name,
      label: object.name,
      keyPrefix: object.keyPrefix,
      custom: false,
      queryable: true,
      retrieveable: true,
      replicateable: isReplicated(object),
      urls: { sobject: `/services/data/v${version}/sobjects/${object.name}` },
    };
  }

  function describe(object: SalesforceObject, version: string): SandboxReply {
    const fields = object.fields.map((field) => ({
      name: field.name,
      label: field.name.replace(/__c$/, "").replaceAll("_", " "),
      type: field.type,
      soapType: field.type === "id" ? "tns:ID" : "xsd:string",
      custom: field.name.endsWith("__c"),
      nillable: !["Id", "Name", "CloseDate", "StageName"].includes(field.name),
      filterable: true,
      sortable: true,
      calculated: field.calculated === true,
      picklistValues: [],
      referenceTo: field.referenceTo === undefined ? [] : [field.referenceTo],
      relationshipName: field.relationship ?? null,
    }));
    return ok({ ...summary(object, version), fields, childRelationships: [], recordTypeInfos: [] });
  }

  /** The log of deletions of an object, kept for a month. */
  function deleted(object: SalesforceObject, request: SandboxRequest): SandboxReply {
    if (!isReplicated(object)) {
      throw new Refusal(400, "INVALID_TYPE", `entity type ${object.name} does not support replication`);
    }
    const [start, end] = ["start", "end"].map((name) => Date.parse(request.query.get(name) ?? ""));
    if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) {
      throw new Refusal(400, "INVALID_REPLICATION_DATE", "start and end must be dates");
    }
    if (end - start < 60_000) {
      throw new Refusal(400, "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate");
    }
    const earliest = end - deletionDays * 86_400_000;
    if (start < earliest) {
      throw new Refusal(400, "INVALID_REPLICATION_DATE", "startDate before org replication enabled date");
    }
    const deletedRecords = [...live.deletions(object.name)]
      .map(([id, deletedDate]) => ({ id, deletedDate }))
      .filter(({ deletedDate }) => {
        const at = Date.parse(deletedDate.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
        return at >= start && at < end;
      });
    const text = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}.000+0000`;
    return ok({ deletedRecords, earliestDateAvailable: text(earliest), latestDateCovered: text(end) });
  }

  function signIn(request: SandboxRequest): SandboxReply {
    const form = new URLSearchParams(request.body);
    const basic = request.headers.authorization?.match(/^Basic (.+)$/)?.[1];
    const [basicId, basicSecret] = basic === undefined ? [] : Buffer.from(basic, "base64").toString().split(":");
    const fail = (error: string, description: string): SandboxReply => ({
      status: 400,
      body: JSON.stringify({ error, error_description: description }),
    });
    if (form.get("grant_type") !== "client_credentials")
      return fail("unsupported_grant_type", "grant type not supported");
    if ((form.get("client_id") ?? basicId) !== clientId) return fail("invalid_client_id", "client identifier invalid");
    if ((form.get("client_secret") ?? basicSecret) !== clientSecret)
      return fail("invalid_client", "invalid client credentials");
    issued += 1;
    const token = `${orgId.slice(0, 15)}!sandbox.${issued}`;
    tokens.set(token, clock() + limits.tokenSeconds * 1000);
    const base = `http://${request.headers.host ?? "127.0.0.1"}`;
    return ok({
      access_token: token,
      signature: "c2FuZGJveA==",
      scope: "api",
      instance_url: base,
      id: `${base}/id/${orgId}/005Qy0000000001AAA`,
      token_type: "Bearer",
      issued_at: String(clock()),
    });
  }

  function route(request: SandboxRequest): SandboxReply {
    const [, , , prefixed = "", area = "", ...rest] = request.path.split("/");
    const version = prefixed.slice(1);
    if (prefixed === "") {
      return ok(versions.map((one) => ({ label: `v${one}`, url: `/services/data/v${one}`, version: one })));
    }
    if (versions.includes(version) && area === "jobs" && rest[0] === "query") {
      return jobs.answer(request, version, rest.slice(1));
    }
    if (!versions.includes(version) || request.method !== "GET") {
      throw new Refusal(404, "NOT_FOUND", "The requested resource does not exist");
    }
    if (area === "") return ok({ query: `${request.path}/query`, queryAll: `${request.path}/queryAll` });
    if ((area === "query" || area === "queryAll") && rest.length === 0)
      return query(request, version, area === "queryAll");
    if (area === "query" || area === "queryAll") return more(request, version, rest[0] ?? "");
    if (area === "limits") {
      return ok({
        DailyApiRequests: { Max: limits.day, Remaining: daily.left() },
        DailyBulkV2QueryJobs: { Max: limits.bulkJobs, Remaining: jobs.left() },
      });
    }
    if (area === "sobjects") {
      if (rest.length === 0) {
        const sobjects = [...openedOrg().values()].map((object) => summary(object, version));
        return ok({ encoding: "UTF-8", maxBatchSize: 200, sobjects });
      }
      const object = findObject(rest[0] ?? "", "resource");
      if (rest[1] === "deleted") return deleted(object, request);
      if (rest[1] === "describe") return describe(object, version);
      if (rest.length === 1) return ok({ objectDescribe: summary(object, version), recentItems: [] });
      const record = recordById(object.name, rest[1] ?? "");
      if (record === undefined)
        throw new Refusal(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible");
      const fields = object.fields.map((field) => field.name);
      return ok(shown({ object, fields, records: [] }, record, version));
    }
    throw new Refusal(404, "NOT_FOUND", "The requested resource does not exist");
  }

  function refuse(refusal: Refusal): SandboxReply {
    return {
      status: refusal.status,
      body: JSON.stringify([{ message: refusal.message, errorCode: refusal.errorCode }]),
    };
  }

  const protocol: Protocol = (request) => {
    if (request.path === "/services/oauth2/token" && request.method === "POST") return signIn(request);
    const token = request.headers.authorization?.replace(/^(Bearer|OAuth) /, "") ?? "";
    if ((tokens.get(token) ?? 0) <= clock()) {
      return refuse(new Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid"));
    }
    if (!daily.take()) {
      return refuse(new Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
    }
    const headers = { "sforce-limit-info": `api-usage=${limits.day - daily.left()}/${limits.day}` };
    if (request.path.length + request.query.toString().length > longestAddress) {
      return { status: 414, headers, body: JSON.stringify([{ message: "URI Too Long", errorCode: "URI_TOO_LONG" }]) };
    }
    try {
      const reply = route(request);
      return { ...reply, headers: { ...headers, ...reply.headers } };
    } catch (error) {
      if (error instanceof Refusal) return { ...refuse(error), headers };
      throw error;
    }
  };
  return Object.freeze({ protocol, edits: live.edits });
}
