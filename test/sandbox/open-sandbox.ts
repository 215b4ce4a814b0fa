import { Client } from "@hubspot/api-client";
import { Connection } from "jsforce";
import Stripe from "stripe";
import { createCompany, type Sandbox, type SandboxLimits, startSandbox } from "../../src/sandbox/index.ts";

/** Noon in London on a Saturday in November: the company of the sandbox's tests has lived up to here. */
export const sandboxNow = new Date("2026-11-21T12:00:00Z");

/** Limits that no test reaches by accident. */
export const generous: SandboxLimits = {
  hubspot: { tenSeconds: 1e9, searchesPerSecond: 1e9 },
  salesforce: { day: 1e9 },
  stripe: { perSecond: 1e9, perEndpoint: 1e9 },
};

/** A company of 900 deals, so that tests are quick; big enough for every mishap to occur. */
export function smallCompany(seed = 7, now = sandboxNow) {
  return createCompany({ seed, now, size: 900 });
}

/** The three official clients, signed in at a sandbox. */
export async function connectClients(sandbox: Sandbox) {
  const hubspot = new Client({ accessToken: sandbox.hubspot.token, basePath: sandbox.hubspot.url });
  const { url, clientId, clientSecret } = sandbox.salesforce;
  const salesforce = new Connection({
    loginUrl: url,
    instanceUrl: url,
    version: "65.0",
    oauth2: { loginUrl: url, clientId, clientSecret },
  });
  await salesforce.authorize({ grant_type: "client_credentials" });
  const address = new URL(sandbox.stripe.url);
  const stripe = new Stripe(sandbox.stripe.key, {
    host: address.hostname,
    port: Number(address.port),
    protocol: "http",
    telemetry: false,
  });
  return { hubspot, salesforce, stripe };
}

/** Starts a sandbox over a company, hands it to `use`, and closes it whatever happens. */
export async function withSandbox<Result>(
  options: Parameters<typeof startSandbox>[0],
  use: (sandbox: Sandbox) => Promise<Result>,
): Promise<Result> {
  const sandbox = await startSandbox(options);
  try {
    return await use(sandbox);
  } finally {
    await sandbox.close();
  }
}
