import { zoneOffset } from "./calendar.ts";
import type { Company } from "./company/create.ts";
import { homeCurrency, portalZone } from "./company/world.ts";
import { type HubspotEdits, openLivePortal } from "./hubspot-edits.ts";
import {
  type HubspotRecord,
  knownAssociationTypes,
  ownAssociationTypes,
  type Portal,
  portalPipelines,
} from "./hubspot-records.ts";
import { searchRecords } from "./hubspot-search.ts";
import { keepTexts, limitRequests, type Protocol, type SandboxReply, type SandboxRequest } from "./server.ts";

/** Requests that HubSpot takes: in ten seconds and in a day of one app, searches in a second, records in a batch. */
export type HubspotLimits = {
  readonly tenSeconds: number;
  readonly day: number;
  readonly searchesPerSecond: number;
  /** Associations of one record in one answer; the rest is behind `paging`. */
  readonly associationsPerRecord: number;
  /** Records on a page of a list or a search at most, however many are asked for. */
  readonly pageRecords: number;
  /** How far a search goes at most, page after page. */
  readonly searchResults: number;
  /** How far the search's index is behind the records, in milliseconds. */
  readonly searchLagMs: number;
};

/** The limits of a professional portal. */
export const usualHubspotLimits: HubspotLimits = Object.freeze({
  tenSeconds: 190,
  day: 625_000,
  searchesPerSecond: 5,
  associationsPerRecord: 500,
  pageRecords: 200,
  searchResults: 10_000,
  searchLagMs: 0,
});

const ownPortalId = 48_213_377;
const mostRecords = 100;
const mostWithHistory = 50;
const mostAssociations = 1000;
const mostOwners = 500;

const objectTypes: Readonly<Record<string, ObjectType>> = {
  deals: "deals",
  deal: "deals",
  "0-3": "deals",
  companies: "companies",
  company: "companies",
  "0-2": "companies",
  contacts: "contacts",
  contact: "contacts",
  "0-1": "contacts",
};
/** `deals`, `companies`, `contacts`, or the type id of an object of the portal's own. */
type ObjectType = string;

const defaultProperties: Readonly<Record<ObjectType, readonly string[]>> = {
  deals: ["amount", "closedate", "dealname", "dealstage", "pipeline"],
  companies: ["domain", "name"],
  contacts: ["email", "firstname", "lastname"],
};
const alwaysShown = ["createdate", "hs_lastmodifieddate", "hs_object_id"];

/** The 2026-09 paths have the shapes of those before them: only the version moved. */
function withoutDate(path: string): string {
  return path
    .replace(/^\/crm\/objects\/2026-\d\d\//, "/crm/v3/objects/")
    .replace(/^\/crm\/associations\/2026-\d\d\//, "/crm/v4/associations/")
    .replace(/^\/crm\/(owners|pipelines|properties|schemas)\/2026-\d\d/, "/crm/v3/$1")
    .replace(/^\/settings\/currencies\/2026-\d\d\//, "/settings/v3/currencies/")
    .replace(/^\/account-info\/2026-\d\d\//, "/account-info/v3/");
}

/** A list parameter: its values may be joined by commas, or the parameter may be repeated. */
function listOf(query: URLSearchParams, name: string): string[] {
  return query.getAll(name).flatMap((text) => (text === "" ? [] : text.split(",").map((part) => part.trim())));
}

/** Whether an id stands behind another one; ids are numbers of any length. */
function isBehind(id: string, other: string): boolean {
  return id.length === other.length ? id > other : id.length > other.length;
}

/** Speaks HubSpot's CRM API for a company; `edits` changes it while it is served. */
export function speakHubspot(options: {
  readonly company: Company;
  readonly token: string;
  readonly clock: () => number;
  readonly limits: HubspotLimits;
}): { readonly protocol: Protocol; readonly edits: HubspotEdits } {
  const { company, token, clock, limits } = options;
  const live = openLivePortal(company);
  const openedPortal = (): Portal => live.portal();
  const keep = keepTexts();
  const burst = limitRequests(limits.tenSeconds, 10_000, clock);
  const daily = limitRequests(limits.day, 86_400_000, clock);
  const searches = limitRequests(limits.searchesPerSecond, 1000, clock);
  let correlation = 0;

  function failure(status: number, category: string, message: string, more: object = {}): SandboxReply {
    correlation += 1;
    const correlationId = `00000000-0000-4000-8000-${String(correlation).padStart(12, "0")}`;
    return { status, body: JSON.stringify({ status: "error", message, correlationId, category, ...more }) };
  }

  function refused(message: string): SandboxReply {
    return failure(400, "VALIDATION_ERROR", message);
  }

  function tooMany(policyName: string, message: string): SandboxReply {
    const { body } = failure(429, "RATE_LIMITS", message, { errorType: "RATE_LIMIT", policyName });
    return { status: 429, body };
  }

  function ok(value: unknown, status = 200): SandboxReply {
    return { status, body: JSON.stringify(value) };
  }

  function recordsOf(type: ObjectType, archived: boolean): readonly HubspotRecord[] {
    const { deals, archivedDeals, companies, archivedCompanies } = openedPortal();
    if (type === "deals") return archived ? archivedDeals : deals;
    if (type === "companies") return archived ? archivedCompanies : companies;
    const own = openedPortal().own.get(type);
    return (archived ? own?.archived : own?.living) ?? [];
  }

  /** The type that a path names, by its name or its id. */
  function typeOf(name: string): ObjectType | undefined {
    const own = [...openedPortal().own.values()].find((object) =>
      [object.typeId, `p_${object.name}`, `p${ownPortalId}_${object.name}`].includes(name),
    );
    return own?.typeId ?? objectTypes[name];
  }

  function schemas(): SandboxReply {
    const results = [...openedPortal().own.values()].map(({ typeId, name }) => ({
      objectTypeId: typeId,
      name,
      fullyQualifiedName: `p${ownPortalId}_${name}`,
      labels: { singular: name, plural: `${name}s` },
      primaryDisplayProperty: "name",
      archived: false,
    }));
    return ok({ results });
  }

  const indexes = new Map<string, ReadonlyMap<string, HubspotRecord>>();
  let indexed = 0; // the state of the portal that the indexes were made of

  function indexOf(type: ObjectType, archived: boolean): ReadonlyMap<string, HubspotRecord> {
    if (indexed !== live.version()) indexes.clear();
    indexed = live.version();
    const key = `${type} ${archived}`;
    const index = indexes.get(key) ?? new Map(recordsOf(type, archived).map((record) => [record.id, record]));
    indexes.set(key, index);
    return index;
  }

  type Wanted = {
    readonly type: ObjectType;
    readonly properties: readonly string[];
    readonly history: readonly string[];
    readonly associations: readonly string[];
  };

  function shown(record: HubspotRecord, wanted: Wanted): object {
    const names = wanted.properties.length > 0 ? wanted.properties : (defaultProperties[wanted.type] ?? []);
    const properties: Record<string, string | null> = {};
    // A name that the portal does not know is passed over in silence, as HubSpot does.
    const known = new Set(live.definitions(wanted.type).map((definition) => definition.name));
    for (const name of [...names, ...alwaysShown].sort()) {
      if (known.has(name)) properties[name] = record.properties[name] ?? null;
    }
    const history: Record<string, object[]> = {};
    for (const name of wanted.history) {
      const value = record.properties[name];
      if (value === undefined) continue;
      const first = value === null ? [] : [{ value, timestamp: record.createdAt }];
      history[name] = (record.versions[name] ?? first).map((version) => ({
        ...version,
        sourceType: "CRM_UI",
        sourceId: "userId:9911223",
        updatedByUserId: 9_911_223,
      }));
    }
    const associations =
      wanted.associations.includes("companies") && wanted.type === "deals" ? inlineCompanies(record.id) : undefined;
    return {
      id: record.id,
      properties,
      ...(wanted.history.length > 0 ? { propertiesWithHistory: history } : {}),
      createdAt: record.createdAt,
      updatedAt: record.updatedAt,
      archived: record.archivedAt !== null,
      ...(record.archivedAt === null ? {} : { archivedAt: record.archivedAt }),
      ...(associations === undefined ? {} : { associations }),
      url: `https://app.hubspot.example/contacts/${ownPortalId}/record/${wanted.type === "deals" ? "0-3" : "0-2"}/${record.id}`,
    };
  }

  function inlineCompanies(dealId: string): object | undefined {
    // One row per kind of association, so ids repeat; labels are not shown here.
    const results = openedPortal()
      .companiesOf(dealId)
      .flatMap(([id, types]) =>
        types.map((type) => ({ id, type: type.typeId === 341 ? "deal_to_company_unlabeled" : "deal_to_company" })),
      );
    return results.length === 0 ? undefined : { companies: { results } };
  }

  function listObjects(type: ObjectType, request: SandboxRequest): SandboxReply {
    const { query } = request;
    const history = listOf(query, "propertiesWithHistory");
    const limit = Number(query.get("limit") ?? 10);
    const most = history.length > 0 ? mostWithHistory : mostRecords;
    if (!Number.isInteger(limit) || limit < 1) return refused(`Invalid limit: ${query.get("limit")}`);
    if (limit > most) {
      return refused(
        history.length > 0
          ? `The maximum number of objects supported in a single request for property histories is ${most}, but ${limit} were requested`
          : `Invalid input: limit must be at most ${most}, but was ${limit}`,
      );
    }
    const after = query.get("after") ?? "";
    if (after !== "" && !/^\d+$/.test(after)) return refused(`Invalid paging cursor: ${after}`);
    const body = keep(`${live.version()} ${type}?${query}`, () => {
      const records = recordsOf(type, query.get("archived") === "true");
      let low = 0;
      let high = records.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (!isBehind(records[middle]?.id ?? "", after)) low = middle + 1;
        else high = middle;
      }
      const start = after === "" ? 0 : low;
      const size = Math.min(limit, limits.pageRecords);
      const page = records.slice(start, start + size);
      const last = page.at(-1);
      const wanted = {
        type,
        properties: listOf(query, "properties"),
        history,
        associations: listOf(query, "associations"),
      };
      const next = new URLSearchParams(query);
      next.set("after", last?.id ?? "");
      const paging =
        last === undefined || start + size >= records.length
          ? {}
          : { paging: { next: { after: last.id, link: `https://api.hubapi.example${request.path}?${next}` } } };
      return JSON.stringify({ results: page.map((record) => shown(record, wanted)), ...paging });
    });
    return { status: 200, body };
  }

  function oneObject(type: ObjectType, id: string, query: URLSearchParams): SandboxReply {
    const survivor = openedPortal().survivors.get(id) ?? id;
    const record = indexOf(type, query.get("archived") === "true").get(survivor);
    if (record === undefined) return failure(404, "OBJECT_NOT_FOUND", "resource not found");
    const wanted = {
      type,
      properties: listOf(query, "properties"),
      history: listOf(query, "propertiesWithHistory"),
      associations: listOf(query, "associations"),
    };
    return ok(shown(record, wanted));
  }

  function parseBody(request: SandboxRequest): Record<string, unknown> | undefined {
    try {
      const value: unknown = JSON.parse(request.body);
      return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  }

  function inputsOf(body: Record<string, unknown>): { id: string; after: string }[] | undefined {
    if (!Array.isArray(body.inputs)) return undefined;
    return body.inputs.map((input: { id?: unknown; after?: unknown }) => ({
      id: String(input?.id ?? ""),
      after: String(input?.after ?? ""),
    }));
  }

  function timed(results: readonly object[], errors: readonly object[]): SandboxReply {
    const at = new Date(clock()).toISOString();
    const base = { status: "COMPLETE", results, startedAt: at, completedAt: at };
    return errors.length === 0 ? ok(base) : ok({ ...base, numErrors: errors.length, errors }, 207);
  }

  function readBatch(type: ObjectType, request: SandboxRequest): SandboxReply {
    const body = parseBody(request);
    const inputs = body === undefined ? undefined : inputsOf(body);
    if (body === undefined || inputs === undefined) return refused("Invalid input JSON: inputs is missing");
    const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
    const history = texts(body.propertiesWithHistory);
    const most = history.length > 0 ? mostWithHistory : mostRecords;
    if (inputs.length > most) {
      return refused(
        history.length > 0
          ? `The maximum number of inputs supported in a batch request for property histories is ${most}, but ${inputs.length} were given`
          : `Invalid input: at most ${most} inputs are allowed, but ${inputs.length} were given`,
      );
    }
    const known = indexOf(type, request.query.get("archived") === "true");
    const wanted = { type, properties: texts(body.properties), history, associations: [] };
    const missing: string[] = [];
    const results: object[] = [];
    for (const { id } of inputs) {
      const record = known.get(openedPortal().survivors.get(id) ?? id);
      if (record === undefined) missing.push(id);
      else results.push(shown(record, wanted));
    }
    const errors =
      missing.length === 0
        ? []
        : [
            {
              status: "error",
              category: "OBJECT_NOT_FOUND",
              message: `Could not get some ${type} objects, they may be deleted or not exist. Check that ids are valid.`,
              context: { ids: missing },
            },
          ];
    return timed(results, errors);
  }

  function search(type: ObjectType, request: SandboxRequest): SandboxReply {
    if (!searches.take()) return tooMany("SECONDLY", "You have reached your secondly limit.");
    const isKnown = (property: string) => live.definitions(type).some((definition) => definition.name === property);
    const edge = clock() - limits.searchLagMs;
    // The index still has a record that changed lately as it was before, and not yet one that is new.
    const asIndexed = (record: HubspotRecord): HubspotRecord =>
      Date.parse(record.updatedAt) <= edge
        ? record
        : { ...record, properties: { ...record.properties, hs_lastmodifieddate: record.createdAt } };
    const indexed =
      limits.searchLagMs === 0
        ? recordsOf(type, false)
        : recordsOf(type, false)
            .filter((record) => Date.parse(record.createdAt) <= edge)
            .map(asIndexed);
    const found = searchRecords(indexed, parseBody(request), isKnown, limits);
    if ("refusal" in found) return refused(found.refusal);
    const wanted = { type, properties: found.properties, history: [], associations: [] };
    const paging = found.next === undefined ? {} : { paging: { next: { after: found.next } } };
    return ok({ total: found.total, results: found.page.map((record) => shown(record, wanted)), ...paging });
  }

  function dealsOfCompanies(): Map<string, (readonly [string, (typeof knownAssociationTypes)[number][]])[]> {
    const reversed = new Map<string, (readonly [string, (typeof knownAssociationTypes)[number][]])[]>();
    for (const deal of openedPortal().deals) {
      for (const [companyId, types] of openedPortal().companiesOf(deal.id)) {
        const own = reversed.get(companyId) ?? [];
        // The way back has type ids of its own.
        own.push([deal.id, types.map((type) => ({ ...type, typeId: type.typeId + 1 }))]);
        reversed.set(companyId, own);
      }
    }
    return reversed;
  }

  function readAssociations(from: ObjectType, to: ObjectType, request: SandboxRequest): SandboxReply {
    const body = parseBody(request);
    const inputs = body === undefined ? undefined : inputsOf(body);
    if (inputs === undefined) return refused("Invalid input JSON: inputs is missing");
    if (inputs.length > mostAssociations) {
      return refused(`Invalid input: at most ${mostAssociations} inputs are allowed, but ${inputs.length} were given`);
    }
    const own = from === "deals" ? openedPortal().own.get(to)?.ofDeals : undefined;
    const back = from === "companies" && to === "deals" ? dealsOfCompanies() : undefined;
    const living = indexOf(from, false);
    const results: object[] = [];
    const errors: object[] = [];
    for (const { id, after } of inputs) {
      const forth = from === "deals" && to === "companies" ? openedPortal().companiesOf(id) : [];
      const all = living.has(id) ? (own?.get(id) ?? back?.get(id) ?? forth) : [];
      const start = after === "" ? 0 : Number(after);
      const page = all.slice(start, start + limits.associationsPerRecord);
      if (page.length === 0) {
        errors.push({
          status: "error",
          category: "OBJECT_NOT_FOUND",
          subCategory: "crm.associations.NO_ASSOCIATIONS_FOUND",
          message: `No ${to === "companies" ? "company" : to.slice(0, -1)} is associated with ${from.slice(0, -1)} ${id}.`,
          context: { fromObjectId: [id], fromObjectType: [from], toObjectType: [to] },
        });
        continue;
      }
      const next = start + limits.associationsPerRecord;
      results.push({
        from: { id },
        to: page.map(([toId, types]) => ({ toObjectId: Number(toId), associationTypes: types })),
        ...(next < all.length ? { paging: { next: { after: String(next) } } } : {}),
      });
    }
    return timed(results, errors);
  }

  function listOwners(query: URLSearchParams): SandboxReply {
    const limit = Number(query.get("limit") ?? 100);
    if (limit > mostOwners) return refused(`Invalid input: limit must be at most ${mostOwners}, but was ${limit}`);
    const archived = query.get("archived") === "true";
    const owners = openedPortal().owners.filter((owner) => owner.isArchived === archived);
    const start = owners.findIndex((owner) => owner.id > (query.get("after") ?? ""));
    const page = start < 0 ? [] : owners.slice(start, start + limit);
    const last = page.at(-1);
    const results = page.map((owner) => {
      const [firstName = "", lastName = ""] = owner.name.split(" ");
      return {
        id: owner.id,
        email: `${firstName}.${lastName}@quillmark.example`.toLowerCase(),
        type: "PERSON",
        firstName,
        lastName,
        userId: Number(owner.id) - 60_000_000,
        createdAt: "2023-01-09T15:00:00.000Z",
        updatedAt: "2025-03-02T15:00:00.000Z",
        archived: owner.isArchived,
      };
    });
    const hasMore = last !== undefined && last !== owners.at(-1);
    return ok({ results, ...(hasMore ? { paging: { next: { after: last.id } } } : {}) });
  }

  function listPipelines(): SandboxReply {
    const dates = { createdAt: "2023-01-09T15:00:00.000Z", updatedAt: "2024-05-02T15:00:00.000Z", archived: false };
    const results = portalPipelines.map((pipeline, place) => ({
      id: pipeline.id,
      label: pipeline.label,
      displayOrder: place,
      stages: pipeline.stages.map((stage, position) => ({
        id: stage.id,
        label: stage.label,
        displayOrder: position,
        metadata: {
          isClosed: String(stage.state !== "open"),
          probability: stage.probability.toFixed(2).replace(/0$/, ""),
        },
        ...dates,
      })),
      ...dates,
    }));
    return ok({ results });
  }

  function account(): SandboxReply {
    const offset = zoneOffset(portalZone, clock());
    const hours = String(Math.abs(offset) / 3_600_000).padStart(2, "0");
    return ok({
      portalId: ownPortalId,
      accountType: "STANDARD",
      timeZone: portalZone,
      companyCurrency: homeCurrency,
      additionalCurrencies: ["EUR", "GBP", "JPY", "CHF", "SEK"],
      utcOffset: `${offset < 0 ? "-" : "+"}${hours}:00`,
      utcOffsetMilliseconds: offset,
      uiDomain: "app.hubspot.example",
      dataHostingLocation: "na1",
    });
  }

  function currencies(what: string): SandboxReply | undefined {
    const at = "2025-01-06T09:00:00.000Z";
    if (what === "company-currency") {
      return ok({ currencyCode: homeCurrency, createdAt: "2023-01-09T15:00:00.000Z", updatedAt: at });
    }
    if (what !== "exchange-rates" && what !== "exchange-rates/current") return undefined;
    const rates = [
      ["EUR", 1.09],
      ["GBP", 1.27],
      ["JPY", 0.0067],
      ["CHF", 1.14],
    ] as const;
    const results = rates.map(([fromCurrencyCode, conversionRate], place) => ({
      id: String(90_001 + place),
      fromCurrencyCode,
      toCurrencyCode: homeCurrency,
      conversionRate,
      effectiveAt: at,
      visibleInUI: true,
      createdAt: at,
      updatedAt: at,
    }));
    return ok({ results });
  }

  function unknownObject(name: string): SandboxReply {
    return refused(`Unable to infer object type from: ${name}`);
  }

  function route(request: SandboxRequest): SandboxReply {
    const path = withoutDate(request.path);
    const isRead = request.method === "GET";
    const [, area = "", version = "", family = "", name = "", ...rest] = path.split("/");
    if (path === "/account-info/v3/details" && isRead) return account();
    if (path.startsWith("/settings/v3/currencies/") && isRead) {
      const found = currencies(path.slice("/settings/v3/currencies/".length));
      if (found !== undefined) return found;
    }
    if ((path === "/crm/v3/schemas" || path === "/crm-object-schemas/v3/schemas") && isRead) return schemas();
    if (area === "crm" && version === "v3" && family === "owners" && isRead) return listOwners(request.query);
    const type = typeOf(name);
    if (area === "crm" && version === "v3" && family === "objects") {
      if (type === undefined) return unknownObject(name);
      if (isRead && rest.length === 0) return listObjects(type, request);
      if (isRead && rest.length === 1) return oneObject(type, rest[0] ?? "", request.query);
      if (request.method === "POST" && rest.join("/") === "search") return search(type, request);
      if (request.method === "POST" && rest.join("/") === "batch/read") return readBatch(type, request);
    }
    if (area === "crm" && version === "v3" && family === "properties" && isRead) {
      if (type === undefined) return unknownObject(name);
      return ok({ results: live.definitions(type) });
    }
    if (area === "crm" && version === "v3" && family === "pipelines" && isRead) {
      return type === "deals" ? listPipelines() : ok({ results: [] });
    }
    if (area === "crm" && version === "v4" && family === "associations") {
      const [toName = "", ...action] = rest;
      const to = typeOf(toName);
      if (type === undefined) return unknownObject(name);
      if (to === undefined) return unknownObject(toName);
      if (isRead && action.join("/") === "labels") {
        const kinds =
          to === "companies" ? knownAssociationTypes : openedPortal().own.has(to) ? ownAssociationTypes : [];
        return ok({ results: type === "deals" ? kinds : [] });
      }
      if (request.method === "POST" && action.join("/") === "batch/read") return readAssociations(type, to, request);
    }
    return failure(404, "OBJECT_NOT_FOUND", `No endpoint ${request.method} ${request.path}`);
  }

  const protocol: Protocol = (request) => {
    const headers = {
      "x-hubspot-ratelimit-max": String(limits.tenSeconds),
      "x-hubspot-ratelimit-interval-milliseconds": "10000",
      "x-hubspot-ratelimit-daily": String(limits.day),
    };
    if (request.headers.authorization !== `Bearer ${token}`) {
      return failure(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
      );
    }
    // Searches have a bucket of their own.
    const isSearch = request.path.endsWith("/search");
    if (!isSearch && !burst.take()) {
      return { ...tooMany("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit."), headers };
    }
    if (!daily.take()) return { ...tooMany("DAILY", "You have reached your daily limit."), headers };
    return {
      ...route(request),
      headers: {
        ...headers,
        "x-hubspot-ratelimit-remaining": String(burst.left()),
        "x-hubspot-ratelimit-daily-remaining": String(daily.left()),
      },
    };
  };
  return Object.freeze({ protocol, edits: live.edits });
}
