import type { HouseSource } from "../config/schema.ts";
import type { PartnerField } from "./mapping.ts";
import type { Probe } from "./probe.ts";
import type { Connector } from "./stream.ts";
import type { FoundField, FoundHead, Survey } from "./survey.ts";
import type { TransportEffects } from "./transport.ts";

/** Opens a source that is read over the wire; its SDK is loaded only then. Throws UserError for a mapping that does not fit. */
export async function connect(source: HouseSource, effects: TransportEffects): Promise<Connector> {
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
export async function probe(source: HouseSource, folder: string, effects: TransportEffects): Promise<Probe> {
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

/**
 * Looks at an account for someone who sets it up: currencies, zone, words and fields to choose from. Throws UserError
 * (exit 2 or 3) for what would stop a refresh.
 */
export async function survey(source: HouseSource, folder: string, effects: TransportEffects): Promise<Survey> {
  switch (source.kind) {
    case "hubspot":
      return (await import("./hubspot/index.ts")).surveyHubspot(source, effects);
    case "salesforce":
      return (await import("./salesforce/index.ts")).surveySalesforce(source, effects);
    case "stripe":
      return (await import("./stripe/index.ts")).surveyStripe(source, effects);
    case "files":
      return (await import("./files/survey.ts")).surveyFiles(source, folder);
  }
}

/** The fields that a source's own people made on an object of theirs. Throws UserError (exit 3) when it cannot be described. */
export async function surveyObject(
  source: HouseSource,
  effects: TransportEffects,
  object: string,
): Promise<readonly FoundField[]> {
  if (source.kind === "hubspot") {
    return (await import("./hubspot/index.ts")).surveyHubspotObject(source, effects, object);
  }
  if (source.kind !== "salesforce") return [];
  return (await import("./salesforce/index.ts")).surveySalesforceObject(source, effects, object);
}

/**
 * Looks whether a field of a source's deals holds ids of partners. Returns what was found in words. Throws UserError (exit 2) for a field that is not there, or whose values lead to no partner.
 */
export async function lookAtPartnerIds(
  source: HouseSource,
  effects: TransportEffects,
  named: PartnerField,
): Promise<readonly string[]> {
  if (source.kind === "hubspot") {
    return (await import("./hubspot/index.ts")).lookAtHubspotPartnerIds(source, effects, named);
  }
  if (source.kind !== "salesforce") return [];
  return (await import("./salesforce/index.ts")).lookAtSalesforcePartnerIds(source, effects, named);
}

/** The heads of a drop's files; other sources have none. Throws UserError (exit 3) for a folder that cannot be read. */
export async function surveyHeads(source: HouseSource, folder: string): Promise<readonly FoundHead[]> {
  if (source.kind !== "files") return [];
  return (await import("./files/probe.ts")).readHeads(source, folder);
}
