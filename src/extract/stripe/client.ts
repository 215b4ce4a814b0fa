import { AsyncLocalStorage } from "node:async_hooks";
import type Stripe from "stripe";
import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { cameFrom, secretsOf } from "../../config/secrets.ts";
import {
  type Answer,
  type Call,
  createTransport,
  fetchAnswer,
  type Transport,
  type TransportEffects,
  type TransportOptions,
  type Verdict,
  vendorMessage,
} from "../transport.ts";

/** A parameter of a list; a list of values is sent as `name[]`. */
export type Query = readonly (readonly [name: string, value: string | number])[];

/** Calls to Stripe, to be sent through the transport. */
export interface StripeClient {
  /** The configured source, for messages. */
  readonly source: string;
  /** Where its requests go. */
  readonly address: string;
  readonly transport: Transport;
  readonly get: (path: string, query?: Query, accepts?: readonly number[]) => Call;
}

// Stripe gives each endpoint 25 reads a second in live mode, and a hundred to all of them together.
const endpoint = Object.freeze({ requests: 25, intervalMs: 1000, concurrency: 10, within: "all" });

const buckets = Object.freeze({
  all: { requests: 100, intervalMs: 1000, concurrency: 40 },
  customers: endpoint,
  "customers/id": endpoint,
  invoices: endpoint,
  "invoices/id": endpoint,
  "invoices/id/lines": endpoint,
  invoice_payments: endpoint,
  refunds: endpoint,
  "refunds/id": endpoint,
  disputes: endpoint,
  "disputes/id": endpoint,
  events: endpoint,
});

/** The version of Stripe's API that the payloads in the log are shaped by. */
export const apiVersion = "2026-10-28.endive";

/** Makes the calls of one account. The SDK addresses and signs them; its retries and telemetry are off. */
export function createStripeClient(
  source: SourceOf<"stripe">,
  effects: TransportEffects,
  patience: Pick<TransportOptions, "attempts"> = {},
): StripeClient {
  const transport = createTransport({
    ...patience,
    source: source.name,
    address: source.base_url,
    buckets,
    effects,
    judge,
    explain: (answer) => explain(answer, source),
    secrets: secretsOf({ sources: [source], channels: [] }),
  });
  const prefix = new URL(source.base_url).pathname.replace(/\/+$/, "");
  const send = once(() => loadClient(source));
  return Object.freeze({
    source: source.name,
    address: source.base_url,
    transport,
    get: (path: string, query: Query = [], accepts: readonly number[] = []) => ({
      bucket: bucketOf(path),
      label: `GET ${path}`,
      accepts,
      send: async (signal: AbortSignal) => {
        const text = new URLSearchParams(
          query.map(([name, value]): [string, string] => [name, String(value)]),
        ).toString();
        return (await send())(`${prefix}${path}${text === "" ? "" : `?${text}`}`, signal);
      },
    }),
  });
}

function bucketOf(path: string): string {
  const [, , resource = "", id, child] = path.split("/");
  return `${resource}${id === undefined ? "" : "/id"}${child === undefined ? "" : `/${child}`}`;
}

type Send = (path: string, signal: AbortSignal) => Promise<Answer>;

/** What came of one sending, handed through the SDK untouched. */
type Outcome = { readonly answer: Answer } | { readonly failure: unknown };

// The SDK decodes what it receives and keeps nothing of the text. Its network layer is replaced by one that hands the
// answer through, whatever its status, so that limits, repeats and errors stay with the transport.
async function loadClient(source: SourceOf<"stripe">): Promise<Send> {
  const { default: Sdk } = await import("stripe");
  const address = new URL(source.base_url);
  const protocol = address.protocol === "http:" ? "http" : "https";
  const signals = new AsyncLocalStorage<AbortSignal>();
  const sdk: Stripe = new Sdk(source.api_key, {
    apiVersion,
    host: address.hostname,
    port: address.port === "" ? (protocol === "http" ? 80 : 443) : Number(address.port),
    protocol,
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: {
      getClientName: () => "attributary",
      makeRequest: async (host, port, path, method, headers, _body, _protocol, timeout) => {
        const signal = signals.getStore() ?? AbortSignal.timeout(timeout);
        const outcome = await fetchAnswer(
          `${protocol}://${host}:${port}${path}`,
          { method, headers: textHeaders(headers) },
          signal,
        ).then(
          (answer): Outcome => ({ answer }),
          (failure: unknown): Outcome => ({ failure }),
        );
        return {
          getStatusCode: () => 200,
          getHeaders: () => ({}),
          getRawResponse: () => ({}),
          toStream: () => null,
          toJSON: () => Promise.resolve(outcome),
        };
      },
    },
  });
  return async (path, signal) => {
    const outcome: Outcome = await signals.run(signal, () => sdk.rawRequest("GET", path));
    if ("failure" in outcome) throw outcome.failure;
    return outcome.answer;
  };
}

function textHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, String(value)]],
    ),
  );
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const errorShape = z.object({
  error: z.object({
    code: z.string().optional(),
    param: z.string().optional(),
    message: z.string().optional(),
  }),
});

/** What Stripe says of an error: its code, the parameter it is about, and words. */
export function stripeError(body: string): Partial<z.infer<typeof errorShape>["error"]> {
  try {
    return errorShape.parse(JSON.parse(body)).error;
  } catch {
    return {};
  }
}

// Stripe says itself whether a request is worth repeating; a lock is contention over one object and no rate limit.
function judge(answer: Answer): Verdict | undefined {
  if (answer.status === 429) return stripeError(answer.body).code === "lock_timeout" ? "retry" : "throttle";
  if (answer.status === 409 || answer.headers["stripe-should-retry"] === "true") return "retry";
  return undefined;
}

function explain(answer: Answer, source: SourceOf<"stripe">): { found: string; fix: string } | undefined {
  if (answer.status === 401 || answer.status === 403) {
    // Stripe repeats the ends of the key it was sent; not even these belong into a log.
    const said = vendorMessage(answer.body)?.replaceAll(/\b\w*\*{2,}\w*/g, "[secret]") ?? "no reason given";
    const [, lacking] = /'rak_(\w+)_read'/.exec(said) ?? [];
    if (lacking !== undefined) {
      return {
        found: `${answer.status}: the key may not read this (${said})`,
        fix: `edit the restricted key of ${source.name} in Stripe's dashboard and give it read access to ${lacking.replaceAll("_", " ")}s (rak_${lacking}_read)`,
      };
    }
    return {
      found: `${answer.status}: the key was refused (${said})`,
      fix: `give ${source.name} a restricted key with read access to Customers, Invoices, PaymentIntents, Charges and Refunds, Disputes and Events${cameFrom(source, "api_key")}`,
    };
  }
  return undefined;
}
