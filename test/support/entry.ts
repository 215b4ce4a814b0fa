import type { Sandbox, Vendor } from "../../src/sandbox/index.ts";

/** The configuration's entry for one vendor of a sandbox. */
export function entryOf(sandbox: Sandbox, vendor: Vendor): Readonly<Record<string, unknown>> {
  switch (vendor) {
    case "hubspot":
      return { name: vendor, kind: vendor, access_token: sandbox.hubspot.token, base_url: sandbox.hubspot.url };
    case "salesforce": {
      const { url, clientId, clientSecret } = sandbox.salesforce;
      return { name: vendor, kind: vendor, login_url: url, client_id: clientId, client_secret: clientSecret };
    }
    case "stripe":
      return { name: vendor, kind: vendor, api_key: sandbox.stripe.key, base_url: sandbox.stripe.url };
  }
}
