import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";

/** A request as a protocol sees it. */
export type SandboxRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** An answer: JSON text unless its headers say otherwise. */
export type SandboxReply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether it goes out packed by gzip. */
  readonly isPacked?: boolean;
};

/** What goes wrong with one request: an answer of its own, a delay, a connection that breaks, or an answer spoilt on its way. */
export type Fault = {
  readonly reply?: SandboxReply;
  readonly delayMs?: number;
  readonly isDropped?: boolean;
  /** Makes another answer of the right one. */
  readonly alter?: (reply: SandboxReply) => SandboxReply;
  /** The answer breaks off halfway, announces more or fewer bytes than it has, or is packed and broken. */
  readonly wire?: "cut" | "long" | "short" | "gzip";
};

/** Decides for each request whether something goes wrong with it. */
export type FaultHook = (request: SandboxRequest) => Fault | undefined;

/** Answers the requests of one vendor. */
export type Protocol = (request: SandboxRequest) => SandboxReply;

/** A protocol that is being served. */
export type Served = {
  readonly url: string;
  readonly close: () => Promise<void>;
};

function readBody(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    message.on("error", reject);
  });
}

function plainHeaders(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) headers[name] = String(value);
  return headers;
}

function send(response: ServerResponse, reply: SandboxReply, wire?: Fault["wire"]): void {
  const whole = Buffer.from(reply.body, "utf8");
  const isPacked = wire === "gzip" || reply.isPacked === true;
  const body = isPacked ? gzipSync(whole) : whole;
  const half = body.subarray(0, Math.floor(body.length / 2));
  const announced =
    wire === "long" ? body.length + 100 : wire === "short" || wire === "gzip" ? half.length : body.length;
  response.writeHead(reply.status, {
    "content-type": "application/json;charset=UTF-8",
    "content-length": announced,
    ...(isPacked ? { "content-encoding": "gzip" } : {}),
    ...reply.headers,
  });
  // What was promised never comes, so the connection ends.
  if (wire === "cut" || wire === "long") response.write(wire === "cut" ? half : body, () => response.destroy());
  else response.end(wire === "gzip" ? half : body);
}

/**
 * Serves a protocol on the loopback interface, on a free port unless one is named. `onRequest` hears of every request first;
 * `fault` may spoil it.
 */
export async function serveProtocol(options: {
  readonly protocol: Protocol;
  readonly onRequest: (request: SandboxRequest) => void;
  readonly fault?: FaultHook | undefined;
  /** The vendor's clock, epoch milliseconds, by which answers are dated. */
  readonly clock: () => number;
  readonly port?: number | undefined;
}): Promise<Served> {
  const sockets = new Set<Socket>();

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? "/", "http://127.0.0.1");
    const request: SandboxRequest = {
      method: message.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: plainHeaders(message),
      body: await readBody(message),
    };
    options.onRequest(request);
    const fault = options.fault?.(request);
    if (fault?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault?.isDropped === true) {
      message.socket.destroy();
      return;
    }
    const reply = fault?.reply ?? options.protocol(request);
    response.setHeader("date", new Date(options.clock()).toUTCString());
    send(response, fault?.alter?.(reply) ?? reply, fault?.wire);
  }

  const server = createServer((message, response) => {
    handle(message, response).catch((error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      send(response, { status: 500, body: JSON.stringify({ status: "error", message: text }) });
    });
  });
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise<void>((resolve, reject) => {
        for (const socket of sockets) socket.destroy();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
      }),
  };
}

/** A limit on requests in a sliding window of time. */
export type Limiter = {
  /** Counts a request, unless the window is full. */
  readonly take: () => boolean;
  /** How many more requests the window takes now. */
  readonly left: () => number;
};

/** Limits requests to `most` in any `windowMs` milliseconds of `clock`. */
export function limitRequests(most: number, windowMs: number, clock: () => number): Limiter {
  const taken: number[] = []; // instants of the requests still inside the window, oldest first
  let first = 0;
  function expire(): void {
    const edge = clock() - windowMs;
    while (first < taken.length && (taken[first] ?? 0) <= edge) first += 1;
    if (first > 4096) {
      taken.splice(0, first);
      first = 0;
    }
  }
  return {
    take() {
      expire();
      if (taken.length - first >= most) return false;
      taken.push(clock());
      return true;
    },
    left() {
      expire();
      return Math.max(0, most - (taken.length - first));
    },
  };
}

const mostKept = 200_000_000;

/** Keeps texts that cost work to make, up to 200 MB of them, by key. */
export function keepTexts(): (key: string, make: () => string) => string {
  const kept = new Map<string, string>();
  let size = 0;
  return (key, make) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const text = make();
    if (size + text.length <= mostKept) {
      kept.set(key, text);
      size += text.length;
    }
    return text;
  };
}
