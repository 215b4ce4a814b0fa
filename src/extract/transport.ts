import { ExponentialBackoff, type IBackoff } from "cockatiel";
import PQueue from "p-queue";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { hideSecrets } from "../secrets.ts";

/** A response as received, whoever fetched it. */
export interface Answer {
  readonly status: number;
  /** Headers with lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer that was asked for; `json` is the parsed body, for cursors and counts only. */
export interface Reply extends Answer {
  readonly json: unknown;
}

/** One request, whichever SDK sends it. */
export interface Call {
  /** The limiter it waits for. */
  readonly bucket: string;
  /** What is asked, for messages: method and path, no secret and no query. */
  readonly label: string;
  /**
   * Sends it once. Any HTTP response is an answer, whatever its status; only a connection that fails throws.
   * An SDK's own retries must be off.
   */
  readonly send: (signal: AbortSignal) => Promise<Answer>;
  /** What the body must be to be believed; `json` by default. */
  readonly expects?: "json" | "text";
  /** What is wrong with a body of a 2xx answer, in words; it is then asked for again. Undefined for one that is whole. */
  readonly check?: (answer: Answer) => string | undefined;
  /** Statuses beside 2xx that the caller wants to see. */
  readonly accepts?: readonly number[];
  /** Whether it is the sign-in itself, whose refusal no other sign-in mends. */
  readonly isSignIn?: boolean;
}

/** How many requests a vendor takes in one bucket: `requests` in any `intervalMs`, `concurrency` at once. */
interface Bucket {
  readonly requests: number;
  readonly intervalMs: number;
  readonly concurrency: number;
  /** Another bucket that these requests count against too. */
  readonly within?: string;
}

/** What the transport asks of the world; pinned in tests so that nothing waits. */
export interface TransportEffects {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether that is a moment someone chose, and no clock that could be wrong; not so when left out. */
  readonly isPinned?: boolean;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** How many times faster than real time a bucket's interval passes; 1 when left out. */
  readonly pace?: number;
}

/** Requests sent and how many of them were repeats. */
export interface RequestCounts {
  readonly requests: number;
  readonly retries: number;
}

/** What to make of an answer: take it, wait and repeat it, slow the whole bucket down, sign in again, or give up. */
export type Verdict = "take" | "retry" | "throttle" | "renew" | "fail";

export interface TransportOptions {
  /** The configured source, for messages. */
  readonly source: string;
  /** Where its requests go, for messages. */
  readonly address: string;
  readonly buckets: Readonly<Record<string, Bucket>>;
  readonly effects: TransportEffects;
  /** Signs in again after a 401; without it a 401 fails. */
  readonly renew?: () => Promise<void>;
  /** A vendor's own reading of an answer, before the general one; undefined leaves it to that. */
  readonly judge?: (answer: Answer) => Verdict | undefined;
  /** A vendor's own words for an answer that failed; undefined leaves them to the general ones. */
  readonly explain?: (answer: Answer, call: Call) => { readonly found: string; readonly fix: string } | undefined;
  /** How many requests a bucket takes, where an answer in it tells; other than expected, it holds from then on. */
  readonly readLimit?: (
    answer: Answer,
    bucket: string,
  ) => { readonly requests: number; readonly intervalMs: number } | undefined;
  /** The vendor's requests of a day, as an answer tells them, of which no more than a share is brought into use. */
  readonly quota?: Quota;
  /** Tokens and keys, blotted out of every message; a list that grows with each sign-in. */
  readonly secrets?: readonly string[];
  /** How often one request is sent at most; 7 by default. */
  readonly attempts?: number;
  /** How long one request may take; 60 s by default. */
  readonly timeoutMs?: number;
  /** The longest pause a vendor may ask for before the run gives up instead; 15 minutes by default. */
  readonly patienceMs?: number;
  /** Repeats that are free before more than a tenth of the requests being repeats ends the run; 60 by default. */
  readonly spareRetries?: number;
}

/** A limit on the requests of a day that others share. */
export interface Quota {
  /** Percent of it that may be in use, whoever used it. */
  readonly share: number;
  /** How many are used and how many there are, where an answer tells. */
  readonly read: (answer: Answer) => { readonly used: number; readonly limit: number } | undefined;
}

/** Percent of a vendor's daily requests that may be in use, unless the configuration says otherwise. */
export const defaultShare = 80;

// Of an allowance this small a share would leave nothing to read with.
const smallestQuota = 1000;

/** One way out for every SDK: limits, waiting, repeating, and words for what went wrong. */
export interface Transport {
  /** Sends a request for a stream until it is answered, or throws a `UserError` with exit code 3. */
  readonly request: (stream: string, call: Call) => Promise<Reply>;
  /** What a stream has sent so far. */
  readonly counts: (stream: string) => RequestCounts;
}

const defaults = Object.freeze({ attempts: 7, timeoutMs: 60_000, patienceMs: 15 * 60_000, spareRetries: 60 });

const firstDelayMs = 500;
const longestDelayMs = 60_000;

/** What one sending came to. */
type Outcome =
  | { readonly kind: "reply"; readonly reply: Reply }
  | {
      readonly kind: "trouble";
      readonly verdict: Exclude<Verdict, "take">;
      readonly answer?: Answer;
      readonly found: string;
      readonly fix: string;
    };

type Trouble = Extract<Outcome, { kind: "trouble" }>;

/** Makes the transport of one source. Buckets keep on apart from each other; a throttled one pauses as a whole. */
export function createTransport(options: TransportOptions): Transport {
  const { source, effects } = options;
  const attempts = options.attempts ?? defaults.attempts;
  const patienceMs = options.patienceMs ?? defaults.patienceMs;
  const spareRetries = options.spareRetries ?? defaults.spareRetries;
  const buckets = new Map(Object.entries(options.buckets));
  // Once a limit turns out to be another one a new queue follows it; what waits in the one before goes on there.
  const queues = new Map([...buckets].map(([name, bucket]) => [name, [makeQueue(bucket, effects)]]));
  const pauses = new Map<string, number>();
  // Of a bucket: its refusals so far, and the requests taken since the last, until those fill an interval.
  const refusals = new Map<string, { inRow: number; taken: number }>();
  const counts = new Map<string, { requests: number; retries: number }>();
  const total = { requests: 0, retries: 0 };
  const daily = { used: 0, limit: 0, underWay: 0 };
  let generation = 0;
  let renewal: Promise<void> | undefined;

  const blot = (text: string): string => hideSecrets(text, options.secrets ?? []);

  const countOf = (stream: string): { requests: number; retries: number } => {
    const known = counts.get(stream) ?? { requests: 0, retries: 0 };
    counts.set(stream, known);
    return known;
  };

  const failure = (stream: string, call: Call, found: string, fix: string): UserError =>
    new UserError({
      where: `source ${source}, stream ${stream}`,
      found: blot(`${call.label}: ${found}`),
      fix: blot(fix),
      exitCode: exitCode.source,
    });

  const spent = (stream: string, call: Call): UserError =>
    failure(
      stream,
      call,
      `${grouped(daily.used)} of the ${grouped(daily.limit)} requests that ${source} has in a day are used, and a refresh leaves the last ${100 - (options.quota?.share ?? defaultShare)} % to others`,
      `run the refresh later, it takes up where this one stopped; or set daily_share of ${source} above ${options.quota?.share ?? defaultShare}`,
    );

  /** Whether one more request would bring more of the day's requests into use than the share that is allowed. */
  const isSpent = (): boolean =>
    options.quota !== undefined &&
    daily.limit >= smallestQuota &&
    daily.used + daily.underWay >= (daily.limit * options.quota.share) / 100;

  const sendCounted = async (call: Call): Promise<Outcome> => {
    daily.underWay += 1;
    try {
      return await sendOnce(call, options, (answer) => {
        heedLimit(call.bucket, answer);
        const told = options.quota?.read(answer);
        if (told === undefined) return;
        // Answers may overtake each other, so a smaller number is believed only once the vendor's day began anew.
        daily.used = told.used < daily.used / 2 ? told.used : Math.max(daily.used, told.used);
        daily.limit = told.limit;
      });
    } finally {
      daily.underWay -= 1;
    }
  };

  const queuesOf = (name: string): PQueue[] => {
    const known = queues.get(name);
    if (known === undefined) throw new Error(`${source} has no bucket ${name}`);
    return known;
  };

  /** Milliseconds that a bucket's interval takes. */
  const intervalOf = (name: string): number =>
    Math.ceil(Math.min(longestDelayMs, buckets.get(name)?.intervalMs ?? 0) / (effects.pace ?? 1));

  /** Milliseconds that a bucket is held for after a refusal that names no time, and of a request that was sent so often. */
  const holdOf = (name: string, attempt: number, backoffMs: number): number => {
    const steps = attempt >= attempts - 2 ? 0 : Math.max(0, shortHolds - (refusals.get(name)?.inRow ?? 0));
    return steps === 0 ? Math.max(backoffMs, intervalOf(name)) : Math.ceil(intervalOf(name) / 2 ** steps);
  };

  const countRefusal = (name: string): void => {
    // What is refused while the bucket is held already was under way before.
    if (!pauses.has(name)) refusals.set(name, { inRow: (refusals.get(name)?.inRow ?? 0) + 1, taken: 0 });
  };

  const countTaken = (name: string): void => {
    const known = refusals.get(name);
    if (known === undefined) return;
    known.taken += 1;
    if (known.taken >= (buckets.get(name)?.requests ?? 0)) refusals.delete(name);
  };

  const halt = (name: string): void => {
    for (const queue of queuesOf(name)) queue.pause();
  };

  /** Puts a request into the queue of its bucket, and from there into that of the bucket which this one lies within. */
  const pass = <T>(name: string, priority: number, work: () => Promise<T>): Promise<T> => {
    const within = buckets.get(name)?.within;
    const inner = within === undefined ? work : () => pass(within, priority, work);
    const queue = queuesOf(name).at(-1);
    if (queue === undefined) throw new Error(`the bucket ${name} has no queue`);
    return queue.add(inner, { priority });
  };

  const heedLimit = (name: string, answer: Answer): void => {
    const bucket = buckets.get(name);
    const told = options.readLimit?.(answer, name);
    if (bucket === undefined || told === undefined || told.requests < 1) return;
    if (told.requests === bucket.requests && told.intervalMs === bucket.intervalMs) return;
    const heeded = { ...bucket, ...told };
    buckets.set(name, heeded);
    queuesOf(name).push(makeQueue(heeded, effects));
    if (pauses.has(name)) halt(name);
  };

  const renewOnce = async (seen: number): Promise<void> => {
    if (seen !== generation || options.renew === undefined) return;
    renewal ??= options.renew().then(
      () => {
        generation += 1;
        renewal = undefined;
      },
      (error: unknown) => {
        renewal = undefined;
        throw error;
      },
    );
    await renewal;
  };

  const hold = async (bucket: string, milliseconds: number): Promise<void> => {
    const until = Math.max(effects.now() + milliseconds, pauses.get(bucket) ?? 0);
    pauses.set(bucket, until);
    halt(bucket);
    await effects.sleep(milliseconds);
    if (pauses.get(bucket) === until) release(bucket);
  };

  const release = (bucket: string): void => {
    pauses.delete(bucket);
    for (const queue of queuesOf(bucket)) queue.start();
  };

  const request = async (stream: string, call: Call): Promise<Reply> => {
    const count = countOf(stream);
    let backoff: IBackoff<unknown> | undefined;
    let isRenewed = false;
    for (let attempt = 1; ; attempt += 1) {
      let seen = generation;
      const outcome = await pass(call.bucket, attempt === 1 ? 0 : 1, async () => {
        seen = generation;
        if (isSpent()) throw spent(stream, call);
        count.requests += 1;
        total.requests += 1;
        const sent = await sendCounted(call);
        // Before the queue lets the next one through: it would only be refused too.
        if (sent.kind === "trouble" && sent.verdict === "throttle") halt(call.bucket);
        return sent;
      });
      if (outcome.kind === "reply") {
        countTaken(call.bucket);
        return outcome.reply;
      }
      if (outcome.verdict === "renew" && options.renew !== undefined && !isRenewed && call.isSignIn !== true) {
        isRenewed = true;
        count.retries += 1;
        total.retries += 1;
        await renewOnce(seen);
        continue;
      }
      const giveUp = (found: string, fix: string): UserError => {
        if (outcome.verdict === "throttle" && !pauses.has(call.bucket)) release(call.bucket);
        return failure(stream, call, found, fix);
      };
      if (outcome.verdict === "fail" || outcome.verdict === "renew") throw giveUp(outcome.found, outcome.fix);
      if (attempt >= attempts) throw giveUp(`${outcome.found}, ${attempt} times in a row`, outcome.fix);
      if (total.retries >= spareRetries + total.requests / 10) {
        throw giveUp(
          `${outcome.found}, and ${total.retries} of ${total.requests} requests to ${source} had to be repeated`,
          `${outcome.fix}; the next refresh takes up where this one stopped`,
        );
      }
      backoff = (backoff ?? backoffOf(effects)).next(undefined);
      const asked = outcome.answer === undefined ? undefined : retryAfter(outcome.answer, effects.now());
      if (asked !== undefined && asked > patienceMs) {
        throw giveUp(
          `${outcome.found} and asks to wait ${Math.ceil(asked / 60_000)} minutes`,
          "run the refresh again then; it takes up where this one stopped",
        );
      }
      count.retries += 1;
      total.retries += 1;
      if (outcome.verdict !== "throttle") await effects.sleep(asked ?? backoff.duration);
      else if (asked !== undefined) void hold(call.bucket, asked);
      else {
        const pause = holdOf(call.bucket, attempt, backoff.duration);
        countRefusal(call.bucket);
        void hold(call.bucket, pause);
      }
    }
  };

  return Object.freeze({
    request,
    counts: (stream: string) => Object.freeze({ ...(counts.get(stream) ?? { requests: 0, retries: 0 }) }),
  });
}

// Requests that leave an interval apart may arrive closer together. With thirty milliseconds to a second one in three hundred was
// refused; with twenty five times as many, whose pauses took what was gained, and with forty hardly one, at the same time in all.
const intervalSlack = 0.03;
const longestSlackMs = 100;

// Where others use up a limit as well it is not over so soon: after so many refusals in a row the whole interval is waited for.
const shortHolds = 4;

function makeQueue(bucket: Bucket, effects: TransportEffects): PQueue {
  return new PQueue({
    concurrency: bucket.concurrency,
    intervalCap: bucket.requests,
    interval: Math.ceil(
      (bucket.intervalMs + Math.min(longestSlackMs, bucket.intervalMs * intervalSlack)) / (effects.pace ?? 1),
    ),
    strict: true,
  });
}

function backoffOf(effects: TransportEffects): { next(context: unknown): IBackoff<unknown> } {
  return new ExponentialBackoff<number>({
    initialDelay: firstDelayMs,
    maxDelay: longestDelayMs,
    exponent: 2,
    generator: (step = 0, { initialDelay, maxDelay, exponent }) => {
      const full = Math.min(maxDelay, initialDelay * exponent ** step);
      return [Math.round(full / 2 + (effects.random() * full) / 2), step + 1];
    },
  });
}

const grouped = (value: number): string => value.toLocaleString("en-US");

async function sendOnce(call: Call, options: TransportOptions, heard: (answer: Answer) => void): Promise<Outcome> {
  const timeoutMs = options.timeoutMs ?? defaults.timeoutMs;
  const timeout = new AbortController();
  let answer: Answer;
  try {
    answer = await inTime(call, timeoutMs, timeout);
  } catch (error) {
    if (timeout.signal.aborted) {
      return trouble(
        "retry",
        `no answer within ${timeoutMs / 1000} s`,
        "look at the vendor's status page, then run the refresh again",
      );
    }
    if (!isConnectionError(error)) throw error;
    return trouble(
      "retry",
      `the connection to ${options.address} failed (${connectionReason(error)})`,
      isLoopback(options.address)
        ? "nothing answers on this machine: if it is the sandbox, start it with `attributary sandbox`, which serves it where its configuration says; else check the source's base_url"
        : "check the network, a proxy, and the source's base_url",
    );
  }
  heard(answer);
  const verdict = options.judge?.(answer) ?? judge(answer, call);
  // Some vendors repeat what they were sent, and of a long sentence only the beginning is told: a secret goes before that.
  if (answer.status >= 300) {
    answer = { ...answer, body: hideSecrets(answer.body, options.secrets ?? []) };
  }
  if (verdict !== "take") {
    const words = options.explain?.(answer, call) ?? explain(answer, options.source);
    return { kind: "trouble", verdict, answer, ...words };
  }
  const broken = (body: string): Outcome => ({
    ...trouble(
      "retry",
      `${answer.status} with ${body}`,
      "something between here and the vendor answers in its place or cuts answers short; check a proxy and base_url",
    ),
    answer,
  });
  const wrong = answer.status < 300 ? call.check?.(answer) : undefined;
  if (wrong !== undefined) return broken(wrong);
  if (call.expects === "text") return { kind: "reply", reply: { ...answer, json: null } };
  try {
    return { kind: "reply", reply: { ...answer, json: JSON.parse(answer.body) as unknown } };
  } catch {
    return broken(describeBody(answer));
  }
}

function isLoopback(address: string): boolean {
  const host = URL.parse(address)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}

const trouble = (verdict: Exclude<Verdict, "take">, found: string, fix: string): Trouble => ({
  kind: "trouble",
  verdict,
  found,
  fix,
});

/** The answer of a call, or what `timeout` is aborted with once it took too long. */
async function inTime(call: Call, timeoutMs: number, timeout: AbortController): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const reason = new DOMException("no answer in time", "TimeoutError");
    timeout.abort(reason);
    late.reject(reason);
  }, timeoutMs);
  try {
    return await Promise.race([call.send(timeout.signal), late.promise]);
  } finally {
    // A race that is still waited for by one of its sides holds what the other brought: the whole answer, for a minute each.
    clearTimeout(timer);
  }
}

function judge(answer: Answer, call: Call): Verdict {
  const { status } = answer;
  if ((status >= 200 && status < 300) || call.accepts?.includes(status) === true) return "take";
  if (status === 401) return "renew";
  if (status === 429) return "throttle";
  return status >= 500 || status === 408 || status === 425 ? "retry" : "fail";
}

function explain(answer: Answer, source: string): { found: string; fix: string } {
  const said = vendorMessage(answer.body);
  const found = `${answer.status}${said === undefined ? "" : ` (${said})`}`;
  if (answer.status === 401) {
    return {
      found: `${found}: the credentials were refused`,
      fix: `put valid credentials for ${source} into the environment; \`attributary doctor\` tries them`,
    };
  }
  if (answer.status === 403) {
    return {
      found: `${found}: access was refused`,
      fix: "give the credentials the scope this needs; `attributary doctor` names the missing ones",
    };
  }
  if (answer.status === 404) return { found: `${found}: there is nothing here`, fix: "check the source's base_url" };
  if (answer.status === 429) {
    return {
      found: `${found}: the rate limit is used up`,
      fix: "run the refresh at a quieter hour, or give other integrations less of the limit",
    };
  }
  if (answer.status >= 500) {
    return {
      found: `${found}: the vendor failed`,
      fix: "look at the vendor's status page, then run the refresh again",
    };
  }
  return { found, fix: "`attributary doctor` looks closer at this source" };
}

/** The vendor's own sentence out of an error body, whichever of the usual places it stands in. */
export function vendorMessage(body: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  const said =
    textAt(first, ["error", "message"]) ?? textAt(first, ["message"]) ?? textAt(first, ["error_description"]);
  if (said === undefined) return undefined;
  const line = said.replaceAll(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

function textAt(value: unknown, keys: readonly string[]): string | undefined {
  let current = value;
  for (const key of keys) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return typeof current === "string" && current !== "" ? current : undefined;
}

function describeBody(answer: Answer): string {
  if (answer.body.trim() === "") return "an empty body";
  const type = answer.headers["content-type"] ?? "no content type";
  const isJson = type.includes("json") || /^\s*[[{]/.test(answer.body);
  return isJson ? `JSON that breaks off after ${answer.body.length} characters` : `a body that is not JSON (${type})`;
}

/**
 * Milliseconds a `Retry-After` header asks for, or undefined without a usable one. It is a number of seconds or an HTTP
 * date; a date is read against the server's own clock where it tells, since the two clocks may differ.
 */
function retryAfter(answer: Answer, now: number): number | undefined {
  const text = answer.headers["retry-after"]?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) return undefined;
  const serverNow = Date.parse(answer.headers.date ?? "");
  return Math.max(0, moment - (Number.isNaN(serverNow) ? now : serverNow));
}

const connectionCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "HPE_INVALID_CONSTANT",
]);

/** Whether an error came from the wire rather than from our own code. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "AbortError" || error.name === "TimeoutError") return true;
  const code: unknown = "code" in error ? error.code : undefined;
  if (typeof code === "string" && (connectionCodes.has(code) || code.startsWith("HPE_"))) return true;
  if (error instanceof TypeError && (error.message === "fetch failed" || error.message === "terminated")) return true;
  return error.cause !== undefined && isConnectionError(error.cause);
}

function connectionReason(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.message : connectionReason(error.cause);
}

/** Sends a request by `fetch` and hands the response back as an answer; the limits and retries are the transport's. */
export async function fetchAnswer(url: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(url, { ...init, signal });
  return Object.freeze({
    status: response.status,
    headers: Object.freeze(Object.fromEntries(response.headers)),
    body: await response.text(),
  });
}

/** The transport's world outside of tests; `now` is the program's own clock. */
export function transportEffects(now: () => Date): TransportEffects {
  return Object.freeze({
    now: () => now().getTime(),
    sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
    random: Math.random,
  });
}
