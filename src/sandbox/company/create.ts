import { dateIn, monthOf, monthStart, msPerDay } from "../calendar.ts";
import { emptyRows, type Row, rowOf, type SourceName, type SourceRows } from "./entities.ts";
import { noteEvents, payPartners, quoteRates, setTargets } from "./plans.ts";
import { hubspotPartner, portalPartner, salesforcePartner, tellPartner } from "./program.ts";
import { dollarsOf } from "./rates.ts";
import { matchPartners, type Partner, recruitPartners } from "./roster.ts";
import { tellStory } from "./story.ts";
import type { Aside, Telling } from "./telling.ts";
import {
  growthPipeline,
  hireStaff,
  isQualified,
  type Pipeline,
  reportingZone,
  type Staff,
  salesforcePipeline,
  salesPipeline,
} from "./world.ts";

/** Deals of a company of ordinary size. */
const defaultSize = 3000;
/** Months of history at least: two years to look at, and what it takes to fill a pipeline before them. */
const historyMonths = 30;
/** Months past today that are planned for the sake of targets. */
const plannedMonths = 6;
/** The oldest partners joined in January 2022, or 20 months before an earlier start. */
const rosterMonth = 24_264;
const monthlyStories = 62;
const season = [0.95, 1, 1.1, 0.97, 1, 1.07, 0.88, 0.8, 1.1, 1.08, 1.08, 0.78];

/** A synthetic company: what it is, as canonical rows by source, and what only the vendors' own protocols show. */
export type Company = {
  readonly seed: number;
  /** Epoch milliseconds of the moment up to which the company has lived. */
  readonly now: number;
  /** Epoch milliseconds of the first day of its history. */
  readonly since: number;
  readonly staff: Staff;
  readonly partners: readonly Partner[];
  readonly rows: Readonly<Record<SourceName, SourceRows>>;
  /** Archived HubSpot deals and deleted Salesforce opportunities, in the shape of deals. */
  readonly archived: { readonly hubspot: readonly Row<"deals">[]; readonly salesforce: readonly Row<"deals">[] };
  /** Stripe's failed and pending refunds and its disputes that were not lost. */
  readonly asides: readonly Aside[];
};

function storiesIn(month: number, scale: number): number {
  // Growth of 1.3% a month around May 2025, kept within bounds for a company of another age.
  const growth = Math.min(2, Math.max(0.5, 1.013 ** (month - 24_304)));
  return Math.max(1, Math.round(monthlyStories * scale * growth * (season[month % 12] ?? 1)));
}

function stageRows(pipeline: Pipeline, firstPosition: number): Row<"pipeline_stages">[] {
  return pipeline.stages.map((stage, place) =>
    rowOf("pipeline_stages", {
      pipeline: pipeline.label,
      stage: stage.label,
      position: String(place + firstPosition),
      probability: String(stage.probability),
      state: stage.state,
      is_qualified: isQualified(stage) ? "true" : "",
    }),
  );
}

/** Salesforce's own rates: one a week and currency, in units for one dollar. */
function orgRates(since: number, now: number): Row<"fx_rates">[] {
  const rates: Row<"fx_rates">[] = [];
  for (let at = since - 7 * msPerDay; at <= now; at += 7 * msPerDay) {
    const on = dateIn("UTC", at);
    for (const currency of ["EUR", "GBP", "JPY"]) {
      const rate = (1 / dollarsOf(currency, on)).toFixed(6);
      rates.push(rowOf("fx_rates", { on, from_currency: "USD", to_currency: currency, rate }));
    }
  }
  return rates;
}

/** Adds the slips of the partner portal's export: a bad cell, unknown references, a row twice. */
function addSlips(rows: SourceRows, now: number): void {
  const at = dateIn(reportingZone, now - 40 * msPerDay);
  const known = rows.partners[0];
  const again = rows.certifications[0];
  if (known === undefined) return;
  rows.touches.push(
    rowOf("touches", { id: "T-BAD-1", partner_id: known.id, kind: "event", occurred_at: `${at.slice(0, 4)}-13-45` }),
    rowOf("touches", { id: "T-BAD-2", partner_id: "P-9999", kind: "joint_call", occurred_at: `${at}T10:00:00Z` }),
  );
  rows.registrations.push(
    rowOf("registrations", {
      id: "REG-BAD-1",
      partner_id: known.id,
      deal_id: "hubspot:404",
      submitted_at: `${at}T09:00:00Z`,
      status: "submitted",
    }),
    rowOf("registrations", {
      id: "REG-BAD-2",
      partner_id: known.id,
      submitted_at: `${at}T09:30:00Z`,
      status: "maybe",
    }),
  );
  if (again !== undefined) rows.certifications.push(again);
}

/**
 * Creates a synthetic company that has lived for 30 to 41 months before `now` (a date or epoch milliseconds). The same seed gives the same company; a later `now` continues it: ids stay, deals move on.
 * `size` is roughly the number of its deals.
 */
export function createCompany(options: { seed: number; now: Date | number; size?: number }): Company {
  const { seed, size = defaultSize } = options;
  const now = Number(options.now);
  const scale = size / defaultSize;
  const thisMonth = monthOf(now);
  // Beginning on a first of January, the company keeps its past for a year at a time however often it is made anew.
  const firstMonth = Math.floor((thisMonth - historyMonths) / 12) * 12;
  const since = monthStart(firstMonth);
  const staff = hireStaff(seed);
  const rosterStart = Math.min(rosterMonth, firstMonth - 20);
  const partnerScale = Math.max(1, Math.sqrt(scale));
  const everyone = recruitPartners(seed, staff, rosterStart, thisMonth + plannedMonths, partnerScale);
  const partners = everyone.filter((partner) => partner.agreedAt <= now);
  const rows = { hubspot: emptyRows(), salesforce: emptyRows(), stripe: emptyRows(), drop: emptyRows() };
  const archived: { hubspot: Row<"deals">[]; salesforce: Row<"deals">[] } = { hubspot: [], salesforce: [] };
  const telling: Telling = {
    world: {
      seed,
      staff,
      partners: matchPartners(everyone),
      monthlyRoom: 256 * Math.max(1, Math.ceil(scale)),
      horizon: monthStart(thisMonth + plannedMonths),
    },
    now,
    rows,
    archived,
    proven: new Set(),
    wins: [],
    earnings: [],
    asides: [],
  };

  const today = dateIn(reportingZone, now);
  for (const [place, partner] of partners.entries()) {
    const parent = partner.type === "agency" && partner.number % 4 === 2 ? (partners[place - 3]?.id ?? "") : "";
    rows.drop.partners.push(portalPartner(partner, parent, today));
    if (partner.hubspotId !== "") rows.hubspot.partners.push(hubspotPartner(partner));
    if (partner.salesforceId !== "") rows.salesforce.partners.push(salesforcePartner(partner));
    tellPartner(telling, partner, since);
  }
  for (let month = firstMonth; month < thisMonth + plannedMonths; month += 1) {
    const stories = storiesIn(month, scale);
    for (let index = 0; index < stories; index += 1) tellStory(telling, month, index);
  }

  rows.hubspot.pipeline_stages.push(...stageRows(salesPipeline, 0), ...stageRows(growthPipeline, 0));
  rows.salesforce.pipeline_stages.push(...stageRows(salesforcePipeline, 1));
  rows.salesforce.fx_rates.push(...orgRates(since, now));
  setTargets(telling, partners, telling.wins, since);
  payPartners(telling, partners, telling.earnings, since);
  quoteRates(telling, since);
  noteEvents(telling, since);
  addSlips(rows.drop, now);
  return Object.freeze({ seed, now, since, staff, partners, rows, archived, asides: telling.asides });
}
