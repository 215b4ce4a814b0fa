import type { Source } from "../config/schema.ts";
import type { Probe } from "./probe.ts";
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

/**
 * Asks a source one small question: does it answer, to whom do the credentials belong, what is there. `folder` is where the
 * configuration's paths begin. Throws UserError (exit 2 or 3) for what would stop a refresh.
 */
export async function probe(source: Source, folder: string, effects: TransportEffects): Promise<Probe> {
  switch (source.kind) {
    case "hubspot":
      return (await import("./hubspot/index.ts")).probeHubspot(source, effects);
    case "salesforce":
      return (await import("./salesforce/index.ts")).probeSalesforce(source, effects);
    case "stripe":
      return (await import("./stripe/index.ts")).probeStripe(source, effects);
    case "files":
      return (await import("./files/probe.ts")).probeFiles(source, folder);
  }
}
