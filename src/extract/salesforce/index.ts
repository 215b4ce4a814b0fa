import type { SourceOf } from "../../config/schema.ts";
import type { Connector } from "../stream.ts";
import type { TransportEffects } from "../transport.ts";
import { createSalesforceClient } from "./client.ts";
import { describeStream, objectStream } from "./objects.ts";
import { plansOf } from "./plans.ts";

export { lookAtSalesforcePartnerIds } from "./partner-ids.ts";
export { probeSalesforce } from "./probe.ts";
export { surveySalesforce, surveySalesforceObject } from "./survey.ts";

/** A Salesforce org. Throws `UserError` (exit 2) for a mapping of what Salesforce does not give. */
export function connectSalesforce(source: SourceOf<"salesforce">, effects: TransportEffects): Connector {
  const client = createSalesforceClient(source, effects);
  const objects = plansOf(source);
  return Object.freeze({
    source: source.name,
    kind: source.kind,
    transport: client.transport,
    streams: [
      describeStream(
        client,
        objects.map((plan) => plan.name),
      ),
      ...objects.map((plan) => objectStream(client, source, plan)),
    ],
  });
}
