import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { TransportEffects } from "../../src/extract/transport.ts";

/** One way to answer a request. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** A JSON answer. */
export const json =
  (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(value));
  };

/** An answer of any text. */
export const text =
  (body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "text/html", ...headers });
    response.end(body);
  };

/** Breaks the connection before a byte is sent. */
export const reset: Behaviour = (request) => {
  request.socket.destroy();
};

/** Says how long the body is and hangs up halfway. */
export const cutShort =
  (body: string): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) });
    response.write(body.slice(0, Math.floor(body.length / 2)));
    setImmediate(() => response.destroy());
  };

/** A whole answer whose JSON stops in the middle, as a proxy that swallows an error gives it. */
export const halfJson =
  (body: string): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(body.slice(0, Math.floor(body.length / 2)));
  };

/** Takes the request and never answers. */
export const silence: Behaviour = () => {};

/** A local server that behaves as told, one behaviour a request; the last one goes on for ever. */
export async function startServer(...behaviours: readonly Behaviour[]): Promise<{ url: string; hits: () => number }> {
  let hits = 0;
  const server = createServer((request, response) => {
    const behaviour = behaviours[Math.min(hits, behaviours.length - 1)];
    hits += 1;
    behaviour?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { url: `http://127.0.0.1:${address.port}`, hits: () => hits };
}

/** A world in which a pause is over at once and is remembered; chance always falls on `random`. */
export function timelessWorld(random = 0.5): TransportEffects & { readonly pauses: number[] } {
  const pauses: number[] = [];
  let now = Date.parse("2026-09-30T12:00:00Z");
  return {
    pauses,
    now: () => now,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      now += milliseconds;
    },
    random: () => random,
  };
}
