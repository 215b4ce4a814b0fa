import type { Vendor } from "../../src/sandbox/index.ts";

/** What a vendor has of one stream, as the company itself counts it. */
export interface Holding {
  readonly records: number;
  /** Archived ones, where they are listed apart. */
  readonly archived?: number;
  /** Those that change in a night. */
  readonly changed: number;
}

/** What a vendor has, stream by stream. */
export type Holdings = Readonly<Record<string, Holding>>;

const pages = (records: number, size: number): number => Math.max(1, Math.ceil(records / size));

const byStream = (holdings: Holdings, least: (stream: string, holding: Holding) => number): Record<string, number> =>
  Object.fromEntries(Object.entries(holdings).map(([stream, holding]) => [stream, least(stream, holding)]));

// A deal comes with the history of its stage, and then fifty fit into a page or a batch instead of a hundred.
const hubspotPage = (stream: string): number => (stream === "deals" ? 50 : stream === "companies" ? 100 : 500);

/**
 * HubSpot: archived records have a list of their own; associations are read a thousand records at a time, each night all. No list
 * tells how many records there are, so that takes a question.
 */
function hubspotLeast(holdings: Holdings, isNight: boolean): Record<string, number> {
  return byStream(holdings, (stream, { records, archived = 0, changed }) => {
    if (stream.startsWith("associations.")) return pages(records, 1000);
    if (stream === "companies.tiers") return Math.ceil((isNight ? changed : records) / 50);
    const size = hubspotPage(stream);
    if (stream === "owners") return pages(records, size) + pages(archived, size);
    if (stream !== "deals" && stream !== "companies") return 1;
    const found = Math.ceil(changed / 200) + Math.ceil(changed / size);
    return (isNight ? Math.min(found, pages(records, size)) : pages(records, size)) + pages(archived, 100) + 1;
  });
}

// What has a log of deletions and stamps is read by its changes.
const stamped = new Set(["Account", "Opportunity", "OpportunityHistory", "User"]);

/**
 * Salesforce: pages of 2,000 rows, each of which tells how many rows there are in all; a night of changes takes a look into the
 * log of deletions beside them, and the question how many there are, without which what vanished otherwise is not seen.
 */
function salesforceLeast(holdings: Holdings, isNight: boolean): Record<string, number> {
  return byStream(holdings, (stream, { records, changed }) => {
    if (stream === "sign_in") return 1;
    if (stream === "describe") return records;
    const whole = pages(records, 2000);
    return isNight && stamped.has(stream) ? Math.min(pages(changed, 2000) + 2, whole) : whole;
  });
}

/**
 * Stripe: pages of a hundred. A night takes the events, what was created since, and each changed object by itself, or the
 * whole list where that is less. What does not fit into an invoice, and a deleted customer, take a request each.
 */
function stripeLeast(holdings: Holdings, isNight: boolean): Record<string, number> {
  return byStream(holdings, (stream, { records, changed }) => {
    if (stream === "invoice_lines" || stream === "deleted_customers") return isNight ? changed : records;
    if (stream === "events") return pages(isNight ? changed : records, 100);
    const whole = pages(records, 100);
    return isNight ? Math.min(pages(changed, 100) + 1 + changed, whole) : whole;
  });
}

/** The least requests that each stream takes by the vendor's page sizes: for everything, or for a night's changes. */
export function leastRequests(vendor: Vendor, holdings: Holdings, isNight: boolean): Readonly<Record<string, number>> {
  if (vendor === "hubspot") return hubspotLeast(holdings, isNight);
  return vendor === "salesforce" ? salesforceLeast(holdings, isNight) : stripeLeast(holdings, isNight);
}
