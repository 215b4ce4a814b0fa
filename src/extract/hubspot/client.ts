import type { Client } from "@hubspot/api-client";
import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { cameFrom, secretsOf } from "../../config/secrets.ts";
import {
  type Answer,
  type Call,
  createTransport,
  defaultShare,
  type Transport,
  type TransportEffects,
  type TransportOptions,
  type Verdict,
  vendorMessage,
} from "../transport.ts";

/** Parameters of a request; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Calls to HubSpot, to be sent through the transport. */
export interface HubspotClient {
  /** The configured source, for messages. */
  readonly source: string;
  readonly transport: Transport;
  readonly get: (path: string, query?: Query, accepts?: readonly number[]) => Call;
  readonly post: (path: string, body: object) => Call;
  /** A search, which has a limit of its own. */
  readonly search: (path: string, body: object, accepts?: readonly number[]) => Call;
}

// 190 in ten seconds is what a professional portal gives an app; each answer tells how many it is in this portal.
const objectsBucket = Object.freeze({ requests: 190, intervalMs: 10_000, concurrency: 10 });

// Five a second for all searches of an account, whatever its size.
const searchBucket = Object.freeze({ requests: 5, intervalMs: 1000, concurrency: 3 });

/** Makes the calls of one portal. The SDK addresses and signs them; its retries and limiter are off. */
export function createHubspotClient(
  source: SourceOf<"hubspot">,
  effects: TransportEffects,
  patience: Pick<TransportOptions, "attempts"> = {},
): HubspotClient {
  const transport = createTransport({
    ...patience,
    source: source.name,
    address: source.base_url,
    buckets: { objects: objectsBucket, search: searchBucket },
    effects,
    judge,
    explain: (answer) => explain(answer, source),
    readLimit,
    quota: { share: source.daily_share ?? defaultShare, read: readQuota },
    secrets: secretsOf({ sources: [source], channels: [] }),
  });
  const client = once(() => loadClient(source));
  const send = async (method: string, path: string, query: Query, body: object | undefined, signal: AbortSignal) => {
    const sdk = await client();
    const response = await sdk.apiRequest({
      method,
      path,
      qs: Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)),
      ...(body === undefined ? {} : { body }),
    });
    // The SDK takes no signal, so a body that is no longer awaited is dropped here.
    const drop = (): void => void response.body?.cancel().catch(() => undefined);
    signal.addEventListener("abort", drop, { once: true });
    const text = await response.text();
    signal.removeEventListener("abort", drop);
    return Object.freeze({
      status: response.status,
      headers: Object.freeze(Object.fromEntries(response.headers)),
      body: text,
    });
  };
  return Object.freeze({
    source: source.name,
    transport,
    get: (path: string, query: Query = {}, accepts: readonly number[] = []) => ({
      bucket: "objects",
      label: `GET ${path}`,
      accepts,
      send: (signal: AbortSignal) => send("GET", path, query, undefined, signal),
    }),
    post: (path: string, body: object) => ({
      bucket: "objects",
      label: `POST ${path}`,
      send: (signal: AbortSignal) => send("POST", path, {}, body, signal),
    }),
    search: (path: string, body: object, accepts: readonly number[] = []) => ({
      bucket: "search",
      label: `POST ${path}`,
      accepts,
      send: (signal: AbortSignal) => send("POST", path, {}, body, signal),
    }),
  });
}

/** How many requests the portal takes in a rolling interval, as every answer tells; searches have a limit of their own. */
function readLimit(
  answer: Answer,
  bucket: string,
): { readonly requests: number; readonly intervalMs: number } | undefined {
  if (bucket !== "objects") return undefined;
  const requests = Number(answer.headers["x-hubspot-ratelimit-max"] ?? "");
  const intervalMs = Number(answer.headers["x-hubspot-ratelimit-interval-milliseconds"] ?? "");
  // Without its interval, or with one of another limit, the number would be taken for something else.
  return requests > 0 && intervalMs >= 1000 && intervalMs <= 60_000 ? { requests, intervalMs } : undefined;
}

/** How many of the portal's requests of the day are used, as every answer tells. */
export function readQuota(answer: Answer): { readonly used: number; readonly limit: number } | undefined {
  const limit = Number(answer.headers["x-hubspot-ratelimit-daily"] ?? "");
  const left = Number(answer.headers["x-hubspot-ratelimit-daily-remaining"] ?? Number.NaN);
  return limit > 0 && !Number.isNaN(left) ? { used: limit - left, limit } : undefined;
}

// Loaded at the first request: the SDK costs every other command its start-up time.
async function loadClient(source: SourceOf<"hubspot">): Promise<Client> {
  const sdk = await import("@hubspot/api-client");
  return new sdk.Client({
    accessToken: source.access_token,
    basePath: source.base_url.replace(/\/+$/, ""),
    numberOfApiCallRetries: 0,
  });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const errorBody = z.object({
  category: z.string().optional(),
  policyName: z.string().optional(),
  errors: z
    .array(z.object({ context: z.object({ requiredGranularScopes: z.array(z.string()).optional() }).optional() }))
    .optional(),
});

function readError(body: string): z.infer<typeof errorBody> {
  try {
    return errorBody.catch({}).parse(JSON.parse(body));
  } catch {
    return {};
  }
}

// 423 is a record locked by HubSpot itself, 477 a portal that is being moved; both pass.
function judge(answer: Answer): Verdict | undefined {
  if (answer.status === 429) return readError(answer.body).policyName === "DAILY" ? "fail" : "throttle";
  return answer.status === 423 || answer.status === 477 ? "retry" : undefined;
}

function explain(answer: Answer, source: SourceOf<"hubspot">): { found: string; fix: string } | undefined {
  const error = readError(answer.body);
  if (answer.status === 429 && error.policyName === "DAILY") {
    return {
      found: "429: the portal's requests of today are used up",
      fix: "run the refresh after the portal's midnight; it takes up where this one stopped",
    };
  }
  const scopes = [...new Set(error.errors?.flatMap((item) => item.context?.requiredGranularScopes ?? []))];
  if (answer.status === 403 && scopes.length > 0) {
    return {
      found: `403: the token lacks a scope (${vendorMessage(answer.body) ?? "no reason given"})`,
      fix: `give the service key or private app of ${source.name} the scope ${scopes.join(" or ")}`,
    };
  }
  if (answer.status === 401) {
    return {
      found: `401: the token was refused (${vendorMessage(answer.body) ?? "no reason given"})`,
      fix: `give ${source.name} a valid access_token, a service key or the token of a private app${cameFrom(source, "access_token")}`,
    };
  }
  return undefined;
}
