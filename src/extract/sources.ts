import type { Source } from "../config/schema.ts";
import type { Connector } from "./stream.ts";
import type { TransportEffects } from "./transport.ts";

/** Opens a source that is read over the wire; its SDK is loaded only then. Throws UserError for a mapping that does not fit. */
export async function connect(source: Source, effects: TransportEffects): Promise<Connector> {
  switch (source.kind) {
    case "hubspot":
      return (await import("./hubspot/index.ts")).connectHubspot(source, effects);
    case "salesforce":
      return (await import("./salesforce/index.ts")).connectSalesforce(source, effects);
    case "stripe":
      return (await import("./stripe/index.ts")).connectStripe(source, effects);
    case "files":
      throw new Error("files are not read over the wire");
  }
}
