import { hashOf } from "./random.ts";
import { csvRows } from "./salesforce-bulk.ts";
import type { Fault, FaultHook, SandboxReply, SandboxRequest } from "./server.ts";
import type { Vendor } from "./start.ts";

/** What can go wrong with a request, each as one of the vendors or something on the way to it does it. */
const faultKinds = [
  "limit in seconds",
  "limit as a date",
  "limit without a word",
  "server error",
  "gateway page",
  "unavailable for now",
  "reset",
  "reset in the middle",
  "truncated",
  "doubled",
  "reordered",
  "empty",
  "HTML with 200",
  "length too large",
  "length too small",
  "broken gzip",
  "slow",
  "expired cursor",
  "401 once",
] as const;
/** One of them. */
export type FaultKind = (typeof faultKinds)[number];

const waitingPage =
  "<!doctype html><html><head><title>Please wait</title></head><body>Checking your browser</body></html>";

/** Tells what goes wrong with a request; undefined where this kind cannot happen to it. */
type Spoil = (request: SandboxRequest) => Fault | undefined;

const answer = (status: number, body: string, headers: SandboxReply["headers"] = {}): Fault => ({
  reply: { status, body, headers },
});

const page = (status: number, headers: SandboxReply["headers"] = {}): Fault =>
  answer(status, waitingPage, { "content-type": "text/html", ...headers });

/** The words of each vendor for too many requests, where they matter. */
const busyReplies: Readonly<Record<Vendor, readonly [status: number, body: object]>> = {
  hubspot: [429, { status: "error", errorType: "RATE_LIMIT", policyName: "TEN_SECONDLY_ROLLING", message: "too many" }],
  salesforce: [403, [{ errorCode: "REQUEST_LIMIT_EXCEEDED", message: "ConcurrentRequests Limit exceeded." }]],
  stripe: [429, { error: { type: "invalid_request_error", code: "rate_limit", message: "too many" } }],
};

const refusedReplies: Readonly<Record<Vendor, object>> = {
  hubspot: { status: "error", category: "EXPIRED_AUTHENTICATION", message: "the token is expired" },
  salesforce: [{ errorCode: "INVALID_SESSION_ID", message: "Session expired or invalid" }],
  stripe: { error: { type: "invalid_request_error", message: "Expired API Key provided: rk_****ox_7" } },
};

/** What a vendor says of a place in a list that it has forgotten; undefined for a request that names none. */
function expired(vendor: Vendor, { method, path, query }: SandboxRequest): Fault | undefined {
  if (method !== "GET") return undefined;
  if (vendor === "hubspot") {
    if (!query.has("after")) return undefined;
    return answer(400, JSON.stringify({ status: "error", category: "VALIDATION_ERROR", message: "Invalid cursor" }));
  }
  if (vendor === "salesforce") {
    // Of a job the place in its result may be forgotten, or the job with all of its result.
    if (path.includes("/jobs/query/")) {
      if (!path.endsWith("/results")) return undefined;
      return query.has("locator")
        ? answer(400, JSON.stringify([{ errorCode: "INVALIDLOCATOR", message: "The provided locator is invalid" }]))
        : answer(404, JSON.stringify([{ errorCode: "NOT_FOUND", message: "The requested resource does not exist" }]));
    }
    if (!/\/query(All)?\/[^/]+$/.test(path)) return undefined;
    return answer(400, JSON.stringify([{ errorCode: "INVALID_QUERY_LOCATOR", message: "invalid query locator" }]));
  }
  const mark = query.get("starting_after");
  if (mark === null) return undefined;
  const error = { message: `No such object: '${mark}'`, code: "resource_missing", param: "starting_after" };
  return answer(400, JSON.stringify({ error: { type: "invalid_request_error", ...error } }));
}

/** The records of a page in the opposite order. */
function reordered(reply: SandboxReply): SandboxReply {
  if (reply.body === "") return reply;
  if (/^text\/csv/.test(reply.headers?.["content-type"] ?? "")) {
    const [head = "", ...rows] = csvRows(reply.body);
    return { ...reply, body: [head, ...rows.toReversed()].join("") };
  }
  const body: unknown = JSON.parse(reply.body);
  if (typeof body !== "object" || body === null) return reply;
  const lists = Object.entries(body).map(([name, value]): [string, unknown] => [
    name,
    ["results", "records", "data"].includes(name) && Array.isArray(value) ? value.toReversed() : value,
  ]);
  return { ...reply, body: JSON.stringify(Array.isArray(body) ? body : Object.fromEntries(lists)) };
}

function spoils(vendor: Vendor): Readonly<Record<FaultKind, Spoil>> {
  const [status, body] = busyReplies[vendor];
  const busy = JSON.stringify(body);
  return {
    "limit in seconds": () => answer(429, busy, { "retry-after": "2" }),
    "limit as a date": () =>
      answer(429, busy, { "retry-after": "Sat, 21 Nov 2026 12:00:03 GMT", date: "Sat, 21 Nov 2026 12:00:00 GMT" }),
    "limit without a word": () => answer(status, busy),
    "server error": () => answer(500, JSON.stringify({ message: "internal error" })),
    "gateway page": () => page(502),
    "unavailable for now": () => page(503, { "retry-after": "1" }),
    reset: () => ({ isDropped: true }),
    "reset in the middle": () => ({ wire: "cut" }),
    truncated: () => ({ alter: (reply) => ({ ...reply, body: reply.body.slice(0, reply.body.length / 2) }) }),
    doubled: () => ({ alter: (reply) => ({ ...reply, body: reply.body + reply.body }) }),
    reordered: () => ({ alter: reordered }),
    empty: () => answer(200, ""),
    "HTML with 200": () => page(200),
    "length too large": () => ({ wire: "long" }),
    "length too small": () => ({ wire: "short" }),
    "broken gzip": () => ({ wire: "gzip" }),
    slow: () => ({ delayMs: 5 }),
    "expired cursor": (request) => expired(vendor, request),
    "401 once": () => answer(401, JSON.stringify(refusedReplies[vendor])),
  };
}

/** Faults of a vendor, told apart by a seed: the same request meets the same faults in every run, in whatever order requests come. */
export type SeededFaults = {
  readonly hook: FaultHook;
  /** How often each kind has happened so far. */
  readonly counts: () => Readonly<Partial<Record<FaultKind, number>>>;
};

/**
 * Spoils a share `rate` (0 to 1) of a vendor's requests, each by one of `kinds`, all of them by default. A refused token is
 * a fault that happens once.
 */
export function seededFaults(options: {
  readonly vendor: Vendor;
  readonly seed: number;
  readonly rate: number;
  readonly kinds?: readonly FaultKind[];
}): SeededFaults {
  const { vendor, seed, rate, kinds = faultKinds } = options;
  const known = spoils(vendor);
  const repeats = new Map<string, number>();
  const counts: Partial<Record<FaultKind, number>> = {};
  return Object.freeze({
    counts: () => ({ ...counts }),
    hook: (request: SandboxRequest) => {
      const text = `${request.method} ${request.path}?${request.query} ${request.body}`;
      const time = (repeats.get(text) ?? 0) + 1;
      repeats.set(text, time);
      if (hashOf(seed, "rate", text, time) / 2 ** 32 >= rate) return undefined;
      const possible = kinds.filter((kind) => !(kind === "401 once" && counts[kind] !== undefined));
      const kind = possible[hashOf(seed, "kind", text, time) % possible.length];
      const fault = kind === undefined ? undefined : known[kind](request);
      if (kind !== undefined && fault !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
      return fault;
    },
  });
}
