import { PassThrough } from "node:stream";
import type { Connection, HttpRequest } from "jsforce";
import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { cameFrom, secretsOf } from "../../config/secrets.ts";
import { readShape } from "../shape.ts";
import {
  type Answer,
  type Call,
  createTransport,
  defaultShare,
  fetchAnswer,
  type Transport,
  type TransportEffects,
  type TransportOptions,
  type Verdict,
  vendorMessage,
} from "../transport.ts";

/** Calls to Salesforce, to be sent through the transport. */
export interface SalesforceClient {
  /** The configured source, for messages. */
  readonly source: string;
  readonly transport: Transport;
  /** A path below the version's root, `/sobjects/Account/describe`, or from the server's root, `/services/data/...`. */
  readonly get: (path: string, accepts?: readonly number[]) => Call;
  /** Any other request, with a path as of `get`. */
  readonly call: (request: SalesforceRequest) => Call;
  /** Waits, for what Salesforce works on by itself. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** A request that is more than asking for JSON. */
interface SalesforceRequest extends Pick<Call, "accepts" | "expects" | "check"> {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The version of Salesforce's API that is spoken. */
export const apiVersion = "64.0";

// The daily allowance is the limit that matters and no rate is published; a few at once keep any org responsive.
const objectsBucket = Object.freeze({ requests: 20, intervalMs: 1000, concurrency: 6 });

const rowsPerPage = 2000;

const tokenShape = z.object({ access_token: z.string(), instance_url: z.string().optional() });

/** Makes the calls of one org. jsforce addresses and signs them; its own retries never come into play. */
export function createSalesforceClient(
  source: SourceOf<"salesforce">,
  effects: TransportEffects,
  patience: Pick<TransportOptions, "attempts"> = {},
): SalesforceClient {
  let session: Promise<Connection> | undefined;
  const secrets = [...secretsOf({ sources: [source], channels: [] })];
  const transport = createTransport({
    ...patience,
    source: source.name,
    address: source.base_url ?? source.instance_url ?? source.login_url ?? "",
    buckets: { sign_in: { requests: 1, intervalMs: 1000, concurrency: 1 }, objects: objectsBucket },
    effects,
    judge,
    explain: (answer, call) => explain(answer, call, source),
    quota: { share: source.daily_share ?? defaultShare, read: readQuota },
    secrets,
    ...(source.client_secret === undefined
      ? {}
      : {
          renew: async () => {
            session = signIn(source, transport, secrets);
            await session;
          },
        }),
  });
  const connect = (): Promise<Connection> => {
    session ??= (source.access_token === undefined ? signIn(source, transport, secrets) : openSession(source)).catch(
      (error: unknown) => {
        session = undefined;
        throw error;
      },
    );
    return session;
  };
  const call = ({ method, path, body, headers = {}, ...rest }: SalesforceRequest): Call => ({
    ...rest,
    bucket: "objects",
    label: `${method} ${path.replace(/\?.*$/s, "")}`,
    send: async (signal: AbortSignal) =>
      sendThrough(
        await connect(),
        {
          method,
          url: path,
          headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
        signal,
      ),
  });
  return Object.freeze({
    source: source.name,
    transport,
    call,
    get: (path: string, accepts: readonly number[] = []) =>
      call({ method: "GET", path, accepts, headers: { "Sforce-Query-Options": `batchSize=${rowsPerPage}` } }),
    pause: effects.sleep,
  });
}

const usage = /api-usage=(\d+)\/(\d+)/;

/** How many of the org's requests of 24 hours are used, as every answer tells. */
export function readQuota(answer: Answer): { readonly used: number; readonly limit: number } | undefined {
  const [, used, limit] = usage.exec(answer.headers["sforce-limit-info"] ?? "") ?? [];
  return used === undefined ? undefined : { used: Number(used), limit: Number(limit) };
}

const trimSlash = (url: string): string => url.replace(/\/+$/, "");

// Loaded at the first request: the SDK costs every other command its start-up time.
async function openSession(source: SourceOf<"salesforce">): Promise<Connection> {
  const sdk = await import("jsforce");
  return new sdk.Connection({
    instanceUrl: trimSlash(source.base_url ?? source.instance_url ?? ""),
    accessToken: source.access_token ?? "",
    version: apiVersion,
  });
}

/** Signs in by the client-credentials flow, through the transport like every other request; adds the token to what it may not tell. */
async function signIn(source: SourceOf<"salesforce">, transport: Transport, secrets: string[]): Promise<Connection> {
  const sdk = await import("jsforce");
  const door = new sdk.Connection({ version: apiVersion });
  const oauth = new sdk.OAuth2({
    loginUrl: source.login_url ?? "",
    clientId: source.client_id ?? "",
    clientSecret: source.client_secret ?? "",
  });
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: oauth.clientId ?? "",
    client_secret: oauth.clientSecret ?? "",
  }).toString();
  const reply = await transport.request("sign_in", {
    bucket: "sign_in",
    isSignIn: true,
    label: "POST /services/oauth2/token",
    send: (signal) =>
      sendThrough(
        door,
        {
          method: "POST",
          url: oauth.tokenServiceUrl,
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body,
        },
        signal,
      ),
  });
  const token = readShape(tokenShape, reply.json, source.name, "POST /services/oauth2/token");
  secrets.push(token.access_token);
  return new sdk.Connection({
    instanceUrl: trimSlash(source.base_url ?? source.instance_url ?? token.instance_url ?? source.login_url ?? ""),
    accessToken: token.access_token,
    version: apiVersion,
  });
}

// jsforce would repeat requests on its own, take proxies from the environment even for this machine, and decode the
// text; over this network layer it does neither, and the answer comes out whatever its status.
async function sendThrough(connection: Connection, request: HttpRequest, signal: AbortSignal): Promise<Answer> {
  let answer: Answer | undefined;
  const httpRequest = (signed: HttpRequest) => {
    const sent = fetchAnswer(
      signed.url,
      {
        method: signed.method,
        headers: signed.headers ?? {},
        redirect: "error",
        ...(typeof signed.body === "string" ? { body: signed.body } : {}),
      },
      signal,
    ).then((received) => {
      answer = received;
      return { statusCode: received.status, headers: { ...received.headers }, body: received.body };
    });
    return Object.assign(sent, { stream: () => new PassThrough() });
  };
  try {
    await connection.request(request, { transport: { httpRequest }, responseType: "text/plain" });
  } catch (error) {
    // An answer that jsforce takes for an error is still the answer; anything else never reached the server.
    if (answer === undefined) throw error;
  }
  if (answer === undefined) throw new Error("jsforce returned without a response");
  return answer;
}

const errorShape = z.union([
  z.array(z.object({ errorCode: z.string().optional(), message: z.string().optional() })).min(1),
  z.object({ error: z.string(), error_description: z.string().optional() }),
]);

/** Salesforce's code for an error, `INVALID_FIELD` or, at the sign-in, `invalid_client`. */
export function salesforceError(body: string): string {
  try {
    const error = errorShape.parse(JSON.parse(body));
    return Array.isArray(error) ? (error[0]?.errorCode ?? "") : error.error;
  } catch {
    return "";
  }
}

// A day's allowance that is used up will not come back in minutes, too many requests at once will.
function judge(answer: Answer): Verdict | undefined {
  const code = salesforceError(answer.body);
  if (code === "REQUEST_LIMIT_EXCEEDED") {
    return /concurrent/i.test(vendorMessage(answer.body) ?? "") ? "throttle" : "fail";
  }
  if (code === "QUERY_TIMEOUT" || code === "UNABLE_TO_LOCK_ROW" || code === "SERVER_UNAVAILABLE") return "retry";
  return undefined;
}

function explain(
  answer: Answer,
  call: Call,
  source: SourceOf<"salesforce">,
): { found: string; fix: string } | undefined {
  const code = salesforceError(answer.body);
  const said = vendorMessage(answer.body) ?? "no reason given";
  if (call.bucket === "sign_in" && answer.status < 500 && answer.status !== 429) {
    return {
      found: `${answer.status} ${code}: Salesforce refused the sign-in (${said})`,
      fix: `check login_url (the My Domain address), client_id and client_secret of ${source.name}, and that the connected app allows the client-credentials flow and names a user to run as${cameFrom(source, "client_id", "client_secret")}`,
    };
  }
  if (answer.status === 401 && source.access_token !== undefined) {
    return {
      found: `401: the credentials were refused (${said})`,
      fix: `give ${source.name} a new access_token, or login_url, client_id and client_secret, with which it signs in itself${cameFrom(source, "access_token")}`,
    };
  }
  if (code === "REQUEST_LIMIT_EXCEEDED") {
    return {
      found: `${answer.status} (${said})`,
      fix: "run the refresh when the org's requests of the last 24 hours are fewer; it takes up where this one stopped",
    };
  }
  if (code === "API_DISABLED_FOR_ORG" || code === "INSUFFICIENT_ACCESS" || code === "INVALID_TYPE") {
    return {
      found: `${answer.status} ${code} (${said})`,
      fix: `give the user that ${source.name} signs in as the permission "API Enabled" and read access to this object`,
    };
  }
  return undefined;
}
