import { eventDays } from "./company/billing.ts";
import type { Company } from "./company/create.ts";
import { keepTexts, type Limiter, limitRequests, type Protocol, type SandboxReply } from "./server.ts";
import { openLiveAccount, type StripeEdits } from "./stripe-edits.ts";
import { type StripeAccount, type StripeList, type StripeObject, stripeVersion } from "./stripe-records.ts";

/** Reads that Stripe takes in a second, in all and of one endpoint, and objects on a page at most. */
export type StripeLimits = { readonly perSecond: number; readonly perEndpoint: number; readonly pageSize: number };

/** Stripe's limits in live mode. */
export const usualStripeLimits: StripeLimits = Object.freeze({ perSecond: 100, perEndpoint: 25, pageSize: 100 });

const mostOnPage = 100;
const defaultOnPage = 10;
const mostTypes = 20;
const embeddedLines = 10;

const pagingParameters = ["limit", "starting_after", "ending_before", "expand"];

/** Parameters that each list takes beside those of paging; an object that may be expanded is named with a dot. */
const listings: Readonly<
  Record<
    string,
    { readonly list: StripeList | undefined; readonly filters: readonly string[]; readonly expands: readonly string[] }
  >
> = {
  customers: { list: "customers", filters: ["created", "email", "test_clock"], expands: [] },
  invoices: {
    list: "invoices",
    filters: ["created", "due_date", "customer", "customer_account", "subscription", "status", "collection_method"],
    expands: ["data.payments", "data.customer", "data.lines"],
  },
  invoice_payments: {
    list: "invoice_payments",
    filters: ["created", "invoice", "payment", "status"],
    expands: ["data.invoice"],
  },
  refunds: {
    list: "refunds",
    filters: ["created", "charge", "payment_intent"],
    expands: ["data.charge", "data.payment_intent"],
  },
  disputes: {
    list: "disputes",
    filters: ["created", "charge", "payment_intent"],
    expands: ["data.charge", "data.payment_intent"],
  },
  charges: {
    list: "charges",
    filters: ["created", "customer", "payment_intent", "transfer_group"],
    expands: ["data.customer"],
  },
  payment_intents: { list: "payment_intents", filters: ["created", "customer"], expands: ["data.latest_charge"] },
  events: { list: "events", filters: ["created", "type", "types", "delivery_success"], expands: [] },
  subscriptions: { list: undefined, filters: ["created", "customer", "price", "status"], expands: [] },
  credit_notes: { list: undefined, filters: ["created", "customer", "invoice"], expands: [] },
};

const knownStatuses: Readonly<Record<string, readonly string[]>> = {
  invoices: ["draft", "open", "paid", "uncollectible", "void"],
  invoice_payments: ["canceled", "open", "paid"],
};

/** Query parameters as Stripe reads them: `created[gte]=1` and `types[]=a` by their name, with what is in brackets. */
type Parameter = { readonly name: string; readonly key: string | undefined; readonly value: string };

function readParameters(query: URLSearchParams): Parameter[] {
  return [...query].map(([text, value]) => {
    const bracket = text.indexOf("[");
    if (bracket < 0) return { name: text, key: undefined, value };
    return { name: text.slice(0, bracket), key: text.slice(bracket + 1, text.indexOf("]")), value };
  });
}

class Refusal extends Error {
  readonly status: number;
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

function missing(kind: string, id: string): Refusal {
  return new Refusal(404, `No such ${kind}: '${id}'`, { code: "resource_missing", param: "id" });
}

/** Speaks Stripe's API for a company; `edits` changes it while it is served. */
export function speakStripe(options: {
  readonly company: Company;
  readonly key: string;
  readonly clock: () => number;
  readonly limits: StripeLimits;
}): { readonly protocol: Protocol; readonly edits: StripeEdits } {
  const { company, key, clock, limits } = options;
  const live = openLiveAccount(company);
  const opened = (): StripeAccount => live.account();
  const keep = keepTexts();
  const all = limitRequests(limits.perSecond, 1000, clock);
  const endpoints = new Map<string, Limiter>();
  const indexes = new Map<StripeList, Map<string, number>>();
  let indexed = 0; // the state of the account that the indexes were made of
  let requests = 0;

  /** The place of each object in its list. */
  function indexOf(list: StripeList): Map<string, number> {
    if (indexed !== live.version()) indexes.clear();
    indexed = live.version();
    let index = indexes.get(list);
    if (index === undefined) {
      index = new Map(opened().lists[list].map((object, place) => [object.id, place]));
      indexes.set(list, index);
    }
    return index;
  }

  function find(list: StripeList, id: string): StripeObject | undefined {
    const place = indexOf(list).get(id);
    return place === undefined ? undefined : opened().lists[list][place];
  }

  function linesList(invoiceId: string, lines: readonly object[], hasMore: boolean): object {
    return { object: "list", data: lines, has_more: hasMore, url: `/v1/invoices/${invoiceId}/lines` };
  }

  /** An object as an answer shows it: embedded lists and what was to be expanded are filled in. */
  function shown(list: StripeList, object: StripeObject, expands: readonly string[]): object {
    let result: Record<string, unknown> = { ...object };
    if (list === "invoices") {
      const lines = opened().linesOf(object.id);
      result.lines = linesList(object.id, lines.slice(0, embeddedLines), lines.length > embeddedLines);
      if (expands.includes("payments")) {
        const payments = opened().paymentsOf(object.id);
        result = {
          ...result,
          payments: { object: "list", data: payments, has_more: false, url: "/v1/invoice_payments" },
        };
      }
    }
    for (const [field, target] of [
      ["customer", "customers"],
      ["charge", "charges"],
      ["latest_charge", "charges"],
      ["payment_intent", "payment_intents"],
      ["invoice", "invoices"],
    ] as const) {
      if (!expands.includes(field)) continue;
      const id = String(result[field]);
      const found = find(target, id);
      if (found !== undefined) result[field] = found;
      else if (opened().deletedCustomers.has(id)) result[field] = { id, object: "customer", deleted: true };
    }
    return result;
  }

  function checkNames(parameters: readonly Parameter[], allowed: readonly string[]): void {
    const unknown = parameters.find((parameter) => !allowed.includes(parameter.name));
    if (unknown === undefined) return;
    throw new Refusal(400, `Received unknown parameter: ${unknown.name}`, {
      code: "parameter_unknown",
      param: unknown.name,
      doc_url: "https://stripe.com/docs/error-codes/parameter-unknown",
    });
  }

  function limitOf(parameters: readonly Parameter[]): number {
    const given = parameters.find((parameter) => parameter.name === "limit");
    if (given === undefined) return defaultOnPage;
    const limit = Number(given.value);
    if (!Number.isInteger(limit)) {
      throw new Refusal(400, `Invalid integer: ${given.value}`, { code: "parameter_invalid_integer", param: "limit" });
    }
    if (limit < 1 || limit > mostOnPage) {
      const bound = limit < 1 ? "greater than or equal to 1" : `less than or equal to ${mostOnPage}`;
      throw new Refusal(400, `This value must be ${bound}.`, { code: "parameter_invalid_integer", param: "limit" });
    }
    return Math.min(limit, limits.pageSize);
  }

  function expandsOf(parameters: readonly Parameter[], allowed: readonly string[]): string[] {
    return parameters
      .filter((parameter) => parameter.name === "expand")
      .map(({ value }) => {
        if (!allowed.includes(value)) {
          const field = value.replace(/^data\./, "");
          throw new Refusal(400, `This property cannot be expanded (${field}).`, { param: "expand" });
        }
        return value.replace(/^data\./, "");
      });
  }

  function test(parameter: Parameter): (object: StripeObject) => boolean {
    const { name, key, value } = parameter;
    if (name === "created") {
      const edge = Number(value);
      if (!Number.isInteger(edge)) {
        throw new Refusal(400, `Invalid integer: ${value}`, { code: "parameter_invalid_integer", param: "created" });
      }
      if (key === "gt") return (object) => object.created > edge;
      if (key === "gte") return (object) => object.created >= edge;
      if (key === "lt") return (object) => object.created < edge;
      if (key === "lte") return (object) => object.created <= edge;
      if (key === undefined) return (object) => object.created === edge;
      throw new Refusal(400, `Received unknown parameter: created[${key}]`, {
        code: "parameter_unknown",
        param: `created[${key}]`,
      });
    }
    if (name === "subscription") {
      return (object) => JSON.stringify(object.parent).includes(`"${value}"`);
    }
    if (name === "payment") {
      return key === "type"
        ? (object) => JSON.stringify(object.payment).includes(`"type":"${value}"`)
        : (object) => JSON.stringify(object.payment).includes(`"${value}"`);
    }
    return (object) => object[name] === value;
  }

  function listResource(resource: string, parameters: readonly Parameter[]): SandboxReply {
    const rules = listings[resource];
    if (rules === undefined) throw new Refusal(404, `Unrecognized request URL (GET: /v1/${resource}).`);
    checkNames(parameters, [...rules.filters, ...pagingParameters]);
    const limit = limitOf(parameters);
    const expands = expandsOf(parameters, rules.expands);
    const empty = { object: "list", data: [], has_more: false, url: `/v1/${resource}` };
    const { list } = rules;
    if (list === undefined) return { status: 200, body: JSON.stringify(empty) };
    const status = parameters.find((parameter) => parameter.name === "status");
    const statuses = knownStatuses[resource];
    if (status !== undefined && statuses !== undefined && !statuses.includes(status.value)) {
      throw new Refusal(400, `Invalid status: must be one of ${statuses.join(", ")}`, { param: "status" });
    }
    const types = parameters.filter((parameter) => parameter.name === "types").map((parameter) => parameter.value);
    if (types.length > mostTypes) {
      throw new Refusal(400, `Array types exceeded maximum ${mostTypes} allowed elements.`, { param: "types" });
    }

    const objects = opened().lists[list];
    const cursor = (name: string): number | undefined => {
      const given = parameters.find((parameter) => parameter.name === name);
      if (given === undefined) return undefined;
      const place = indexOf(list).get(given.value);
      if (place === undefined) {
        throw new Refusal(400, `No such ${resource.slice(0, -1).replace("_", " ")}: '${given.value}'`, {
          code: "resource_missing",
          param: name,
        });
      }
      return place;
    };
    const after = cursor("starting_after");
    const before = cursor("ending_before");
    const tests = parameters
      .filter(({ name }) => ![...pagingParameters, "types", "delivery_success", "test_clock"].includes(name))
      .map(test);
    const edge = list === "events" ? Math.floor(clock() / 1000) - eventDays * 86_400 : 0;
    const isWanted = (object: StripeObject) =>
      object.created >= edge &&
      tests.every((passes) => passes(object)) &&
      (types.length === 0 || types.includes(String(object.type)));

    const page: StripeObject[] = [];
    let hasMore = false;
    const step = before === undefined ? 1 : -1;
    for (
      let place = before === undefined ? (after ?? -1) + 1 : before - 1;
      place >= 0 && place < objects.length;
      place += step
    ) {
      const object = objects[place];
      if (object === undefined || !isWanted(object)) continue;
      if (page.length === limit) {
        hasMore = true;
        break;
      }
      page.push(object);
    }
    if (step < 0) page.reverse();
    const data = page.map((object) => shown(list, object, expands));
    return { status: 200, body: JSON.stringify({ object: "list", data, has_more: hasMore, url: `/v1/${resource}` }) };
  }

  function listLines(invoiceId: string, parameters: readonly Parameter[]): SandboxReply {
    checkNames(parameters, pagingParameters);
    if (find("invoices", invoiceId) === undefined) throw missing("invoice", invoiceId);
    const limit = limitOf(parameters);
    const lines = opened().linesOf(invoiceId) as readonly { readonly id: string }[];
    const after = parameters.find((parameter) => parameter.name === "starting_after")?.value;
    const start = after === undefined ? 0 : lines.findIndex((line) => line.id === after) + 1;
    const page = lines.slice(start, start + limit);
    return { status: 200, body: JSON.stringify(linesList(invoiceId, page, start + limit < lines.length)) };
  }

  function retrieve(resource: string, id: string, parameters: readonly Parameter[]): SandboxReply {
    const rules = listings[resource];
    if (rules?.list === undefined) throw new Refusal(404, `Unrecognized request URL (GET: /v1/${resource}/${id}).`);
    checkNames(parameters, ["expand"]);
    const allowed = rules.expands.map((name) => name.replace(/^data\./, ""));
    const expands = expandsOf(parameters, allowed);
    if (rules.list === "customers" && opened().deletedCustomers.has(id)) {
      return { status: 200, body: JSON.stringify({ id, object: "customer", deleted: true }) };
    }
    const object = find(rules.list, id);
    if (object === undefined) throw missing(resource.slice(0, -1), id);
    return { status: 200, body: JSON.stringify(shown(rules.list, object, expands)) };
  }

  function route(method: string, path: string, query: URLSearchParams): SandboxReply {
    const [, version = "", resource = "", id, child] = path.split("/");
    if (method !== "GET" || version !== "v1") throw new Refusal(404, `Unrecognized request URL (${method}: ${path}).`);
    const parameters = readParameters(query);
    if (resource === "account") {
      const body = {
        id: "acct_1Q0sandbox",
        object: "account",
        country: "US",
        default_currency: "usd",
        settings: { dashboard: { display_name: "Quillmark", timezone: "America/New_York" } },
      };
      return { status: 200, body: JSON.stringify(body) };
    }
    if (id === undefined) {
      return {
        status: 200,
        body: keep(`${live.version()} ${path}?${query}`, () => listResource(resource, parameters).body),
      };
    }
    if (resource === "invoices" && child === "lines") return listLines(id, parameters);
    if (child !== undefined) throw new Refusal(404, `Unrecognized request URL (${method}: ${path}).`);
    return retrieve(resource, id, parameters);
  }

  function refuse(refusal: Refusal, type = "invalid_request_error"): SandboxReply {
    return {
      status: refusal.status,
      body: JSON.stringify({ error: { message: refusal.message, type, ...refusal.details } }),
    };
  }

  function limiterOf(endpoint: string): Limiter {
    let limiter = endpoints.get(endpoint);
    if (limiter === undefined) {
      limiter = limitRequests(limits.perEndpoint, 1000, clock);
      endpoints.set(endpoint, limiter);
    }
    return limiter;
  }

  const protocol: Protocol = (request) => {
    requests += 1;
    const headers: Record<string, string> = {
      "request-id": `req_${String(requests).padStart(14, "0")}`,
      "stripe-version": request.headers["stripe-version"] ?? stripeVersion,
    };
    const given = request.headers.authorization ?? "";
    const basic = given.startsWith("Basic ") ? Buffer.from(given.slice(6), "base64").toString().replace(/:$/, "") : "";
    if (given !== `Bearer ${key}` && basic !== key) {
      const shownKey = given.replace(/^Bearer /, "").replace(/^(.{8}).*(.{4})$/, "$1****$2");
      return { ...refuse(new Refusal(401, `Invalid API Key provided: ${shownKey}`)), headers };
    }
    const [, , resource = "", id, child] = request.path.split("/");
    const endpoint = `${resource}${id === undefined ? "" : "/id"}${child === undefined ? "" : `/${child}`}`;
    const isFull = !all.take();
    if (isFull || !limiterOf(endpoint).take()) {
      const refusal = new Refusal(
        429,
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        { code: "rate_limit", doc_url: "https://stripe.com/docs/error-codes/rate-limit" },
      );
      return {
        ...refuse(refusal),
        headers: { ...headers, "stripe-rate-limited-reason": isFull ? "global-rate" : "endpoint-rate" },
      };
    }
    if (live.restricted().has(resource)) {
      const permission = `rak_${resource.replace(/s$/, "")}_read`;
      const refusal = new Refusal(
        403,
        `The provided key 'rk_test_*********************7' does not have the required permissions for this endpoint on account 'acct_1Q0sandbox'. Having the '${permission}' permission would allow this request to continue.`,
      );
      return { ...refuse(refusal), headers };
    }
    try {
      return { ...route(request.method, request.path, request.query), headers };
    } catch (error) {
      if (error instanceof Refusal) return { ...refuse(error), headers };
      throw error;
    }
  };
  return Object.freeze({ protocol, edits: live.edits });
}
