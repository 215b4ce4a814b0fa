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
  /** Statuses beside 2xx that the caller wants to see. */
  readonly accepts?: readonly number[];
}

/** How many requests a vendor takes in one bucket: `requests` in any `intervalMs`, `concurrency` at once. */
export interface Bucket {
  readonly requests: number;
  readonly intervalMs: number;
  readonly concurrency: number;
}

/** What the transport asks of the world; pinned in tests so that nothing waits. */
export interface TransportEffects {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
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
  readonly buckets: Readonly<Record<string, Bucket>>;
  readonly effects: TransportEffects;
  /** Signs in again after a 401; without it a 401 fails. */
  readonly renew?: () => Promise<void>;
  /** A vendor's own reading of an answer, before the general one; undefined leaves it to that. */
  readonly judge?: (answer: Answer) => Verdict | undefined;
  /** A vendor's own words for an answer that failed; undefined leaves them to the general ones. */
  readonly explain?: (answer: Answer, call: Call) => { readonly found: string; readonly fix: string } | undefined;
  /** How often one request is sent at most; 7 by default. */
  readonly attempts?: number;
  /** How long one request may take; 60 s by default. */
  readonly timeoutMs?: number;
}

/** One way out for every SDK: limits, waiting, repeating, and words for what went wrong. */
export interface Transport {
  /** Sends a request for a stream until it is answered, or throws a `UserError` with exit code 3. */
  readonly request: (stream: string, call: Call) => Promise<Reply>;
  /** What a stream has sent so far. */
  readonly counts: (stream: string) => RequestCounts;
}

/** Makes the transport of one source. */
export declare function createTransport(options: TransportOptions): Transport;

/** Sends a request by `fetch` and hands the response back as an answer; the limits and retries are the transport's. */
export declare function fetchAnswer(url: string, init: RequestInit, signal: AbortSignal): Promise<Answer>;
