import { onTestFinished } from "vitest";
import type { UserError } from "../../src/errors.ts";
import { type SandboxReply, type SandboxRequest, serveProtocol } from "../../src/sandbox/server.ts";

/** A JSON answer. */
export const answer = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): SandboxReply => ({
  status,
  headers,
  body: JSON.stringify(value),
});

/** A local server that a test plays the vendor with; it remembers what it was asked. */
export async function playVendor(
  reply: (request: SandboxRequest) => SandboxReply,
): Promise<{ readonly url: string; readonly asked: SandboxRequest[] }> {
  const asked: SandboxRequest[] = [];
  const served = await serveProtocol({ protocol: reply, onRequest: (request) => asked.push(request), clock: Date.now });
  onTestFinished(() => served.close());
  return { url: served.url, asked };
}

/** The error for people that a promise ends in. */
export async function errorOf(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    return error as UserError;
  }
  throw new Error("nothing was thrown");
}
