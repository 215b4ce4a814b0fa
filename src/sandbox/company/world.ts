import { randomFor } from "../random.ts";
import { personNamed } from "./names.ts";

/** Zone in which the company reports. */
export const reportingZone = "America/New_York";
/** Zone of the HubSpot portal; not the reporting zone, as in companies that grew by purchase. */
export const portalZone = "America/Chicago";
/** Currency of the reports, of the HubSpot portal and of the Salesforce org. */
export const homeCurrency = "USD";

/** The eight partner types. */
export const partnerTypes = [
  "referral",
  "co_sell",
  "agency",
  "integration",
  "reseller",
  "marketplace",
  "services",
  "affiliate",
] as const;
/** One of the eight partner types. */
export type PartnerType = (typeof partnerTypes)[number];

/** Tiers from the lowest to the highest. */
export const tiers = ["Registered", "Silver", "Gold", "Platinum"] as const;

/** Sales regions with their part of new accounts and the hours (UTC) in which people work there. */
export const salesRegions = [
  { name: "North America", part: 0.46, from: 13, to: 22 },
  { name: "EMEA", part: 0.33, from: 7, to: 16 },
  { name: "APAC", part: 0.14, from: 0, to: 8 },
  { name: "LATAM", part: 0.07, from: 12, to: 21 },
] as const;
/** A sales region. */
export type Region = (typeof salesRegions)[number];

/** Countries with their region, currency and the percent of tax on an invoice. */
export const countries = [
  { region: "North America", name: "United States", currency: "USD", tax: 0 },
  { region: "North America", name: "United States", currency: "USD", tax: 7 },
  { region: "North America", name: "United States", currency: "USD", tax: 6 },
  { region: "North America", name: "Canada", currency: "USD", tax: 13 },
  { region: "EMEA", name: "United Kingdom", currency: "GBP", tax: 20 },
  { region: "EMEA", name: "Germany", currency: "EUR", tax: 19 },
  { region: "EMEA", name: "France", currency: "EUR", tax: 20 },
  { region: "EMEA", name: "Netherlands", currency: "EUR", tax: 21 },
  { region: "EMEA", name: "Switzerland", currency: "CHF", tax: 8 },
  { region: "APAC", name: "Japan", currency: "JPY", tax: 10 },
  { region: "APAC", name: "Japan", currency: "JPY", tax: 10 },
  { region: "APAC", name: "Australia", currency: "USD", tax: 10 },
  { region: "APAC", name: "Singapore", currency: "USD", tax: 9 },
  { region: "LATAM", name: "Brazil", currency: "USD", tax: 0 },
  { region: "LATAM", name: "Mexico", currency: "USD", tax: 16 },
] as const;
/** A country in which the company sells. */
export type Country = (typeof countries)[number];

/** Segments: part of accounts, median first contract (USD a year), days of a direct cycle, odds of a direct win. */
export const segments = [
  { name: "SMB", part: 0.5, amount: 11_000, cycle: 36, win: 0.27 },
  { name: "Mid-Market", part: 0.34, amount: 34_000, cycle: 56, win: 0.25 },
  { name: "Enterprise", part: 0.16, amount: 96_000, cycle: 88, win: 0.23 },
] as const;
/** A customer segment. */
export type Segment = (typeof segments)[number];

/** One stage of a pipeline, as both CRMs know it: id (or API name), label, probability and what it means. */
export type Stage = {
  readonly id: string;
  readonly label: string;
  readonly probability: number;
  readonly state: "open" | "won" | "lost";
};
/** A pipeline of a CRM with its stages in order; the last two are won and lost. */
export type Pipeline = { readonly id: string; readonly label: string; readonly stages: readonly Stage[] };

function stage(id: string, label: string, probability: number, state: Stage["state"] = "open"): Stage {
  return { id, label, probability, state };
}

/** Whether a deal in a stage is worth counting on; the config of the sandbox names the same stages. */
export function isQualified(stage: Stage): boolean {
  return stage.state === "open" && stage.probability >= 0.2;
}

/** HubSpot's pipeline of new business. */
export const salesPipeline: Pipeline = {
  id: "default",
  label: "Sales Pipeline",
  stages: [
    stage("appointmentscheduled", "Discovery", 0.1),
    stage("qualifiedtobuy", "Qualified", 0.25),
    stage("presentationscheduled", "Demo Held", 0.4),
    stage("decisionmakerboughtin", "Proposal Sent", 0.6),
    stage("contractsent", "Contract Sent", 0.85),
    stage("closedwon", "Closed Won", 1, "won"),
    stage("closedlost", "Closed Lost", 0, "lost"),
  ],
};

/** HubSpot's pipeline of renewals and expansions. */
export const growthPipeline: Pipeline = {
  id: "745120931",
  label: "Renewals and Expansions",
  stages: [
    stage("1047112841", "Opened", 0.5),
    stage("1047112842", "Terms Proposed", 0.7),
    stage("1047112843", "Verbal Yes", 0.9),
    stage("1047112846", "Closed Won", 1, "won"),
    stage("1047112847", "Closed Lost", 0, "lost"),
  ],
};

/** The stages of Salesforce, one list for all opportunities; ids are API names. */
export const salesforcePipeline: Pipeline = {
  id: "Opportunity",
  label: "Opportunity",
  stages: [
    stage("Prospecting", "Prospecting", 0.1),
    stage("Qualification", "Qualification", 0.2),
    stage("Needs Analysis", "Needs Analysis", 0.35),
    stage("Proposal/Price Quote", "Proposal", 0.65),
    stage("Negotiation/Review", "Negotiation", 0.9),
    stage("Closed Won", "Closed Won", 1, "won"),
    stage("Closed Lost", "Closed Lost", 0, "lost"),
  ],
};

/** People of the company, by seed. */
export type Staff = {
  readonly hubspotOwners: readonly string[];
  readonly salesforceOwners: readonly string[];
  readonly partnerManagers: readonly string[];
  readonly approvers: readonly string[];
};

/** Hires the people of a company. */
export function hireStaff(seed: number): Staff {
  const random = randomFor(seed, "staff");
  const taken = new Set<string>();
  function people(count: number): string[] {
    const names: string[] = [];
    while (names.length < count) {
      const name = personNamed(random);
      if (taken.has(name)) continue;
      taken.add(name);
      names.push(name);
    }
    return names;
  }
  return {
    hubspotOwners: people(9),
    salesforceOwners: people(7),
    partnerManagers: people(6),
    approvers: people(4),
  };
}
