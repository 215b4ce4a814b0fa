import type { Company } from "./company/create.ts";
import { type HubspotLimits, speakHubspot, usualHubspotLimits } from "./hubspot.ts";
import type { HubspotEdits } from "./hubspot-edits.ts";
import { type SalesforceLimits, speakSalesforce, usualSalesforceLimits } from "./salesforce.ts";
import type { SalesforceEdits } from "./salesforce-edits.ts";
import { type FaultHook, type Protocol, type SandboxRequest, serveProtocol } from "./server.ts";
import { type StripeLimits, speakStripe, usualStripeLimits } from "./stripe.ts";
import type { StripeEdits } from "./stripe-edits.ts";

/** The vendors whose protocols are served. */
export const vendorNames = ["hubspot", "salesforce", "stripe"] as const;
/** A vendor whose protocol is served. */
export type Vendor = (typeof vendorNames)[number];

/** Limits of each vendor; what is left out is as the vendor has it. */
export type SandboxLimits = {
  readonly hubspot?: Partial<HubspotLimits>;
  readonly salesforce?: Partial<SalesforceLimits>;
  readonly stripe?: Partial<StripeLimits>;
};

/** Three vendors on loopback ports, with the credentials that they accept. */
export type Sandbox = {
  readonly hubspot: { readonly url: string; readonly token: string; readonly edits: HubspotEdits };
  readonly salesforce: {
    readonly url: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly edits: SalesforceEdits;
  };
  readonly stripe: { readonly url: string; readonly key: string; readonly edits: StripeEdits };
  /** Requests so far, by vendor, method and path without ids, e.g., "stripe GET /v1/invoices/{id}/lines" → 42. */
  readonly requests: () => Readonly<Record<string, number>>;
  readonly close: () => Promise<void>;
};

/** A path with what looks like an id of a record left out. */
function withoutIds(path: string): string {
  return path.replace(/\/(\d{6,}|(?=[^/]*\d)[A-Za-z0-9]{18}|[a-z]+_\w+|01gQY[\w-]+)(?=\/|$)/g, (segment) =>
    listNames.has(segment.slice(1)) ? segment : "/{id}",
  );
}

/** Names of Stripe's lists that look like ids. */
const listNames = new Set(["invoice_payments", "payment_intents", "credit_notes"]);

/**
 * Serves a company over the HubSpot, Salesforce and Stripe protocols on loopback, on free ports unless `ports` names them.
 * `clock` (epoch milliseconds) times limits and tokens; without it the company's own time runs on from its `now`.
 * `faults` may spoil requests, by vendor.
 */
export async function startSandbox(options: {
  readonly company: Company;
  readonly clock?: () => number;
  readonly limits?: SandboxLimits;
  readonly faults?: Partial<Readonly<Record<Vendor, FaultHook>>>;
  readonly ports?: Readonly<Record<Vendor, number>>;
}): Promise<Sandbox> {
  const { company, limits = {}, faults = {}, ports } = options;
  const startedAt = performance.now();
  const clock = options.clock ?? (() => company.now + performance.now() - startedAt);
  const token = `pat-na1-sandbox-${company.seed}`;
  const clientId = `sandbox-client-${company.seed}`;
  const clientSecret = `sandbox-secret-${company.seed}`;
  const key = `rk_test_sandbox_${company.seed}`;
  const counts = new Map<string, number>();

  function serve(vendor: Vendor, protocol: Protocol) {
    const onRequest = (request: SandboxRequest): void => {
      const name = `${vendor} ${request.method} ${withoutIds(request.path)}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    };
    return serveProtocol({ protocol, onRequest, fault: faults[vendor], clock, port: ports?.[vendor] });
  }

  const hubspotLimits = { ...usualHubspotLimits, ...limits.hubspot };
  const salesforceLimits = { ...usualSalesforceLimits, ...limits.salesforce };
  const stripeLimits = { ...usualStripeLimits, ...limits.stripe };
  const portal = speakHubspot({ company, token, clock, limits: hubspotLimits });
  const org = speakSalesforce({ company, clientId, clientSecret, clock, limits: salesforceLimits });
  const account = speakStripe({ company, key, clock, limits: stripeLimits });
  const [hubspot, salesforce, stripe] = await Promise.all([
    serve("hubspot", portal.protocol),
    serve("salesforce", org.protocol),
    serve("stripe", account.protocol),
  ]);
  return Object.freeze({
    hubspot: { url: hubspot.url, token, edits: portal.edits },
    salesforce: { url: salesforce.url, clientId, clientSecret, edits: org.edits },
    stripe: { url: stripe.url, key, edits: account.edits },
    requests: () => Object.fromEntries(counts),
    close: async () => {
      await Promise.all([hubspot.close(), salesforce.close(), stripe.close()]);
    },
  });
}
