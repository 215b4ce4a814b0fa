import { addDays, dateIn, milliText, monthStart, msPerDay, msPerHour, secondText } from "../calendar.ts";
import { majorText } from "../money.ts";
import { hashOf, itemAt, type Random, randomFor } from "../random.ts";
import { tellBilling } from "./billing.ts";
import type { Account, Crm, Deal } from "./cast.ts";
import { atWork, planCourse, roundAmount } from "./deal-plan.ts";
import { type Row, rowOf } from "./entities.ts";
import { hubspotId, portalId, salesforceId } from "./ids.ts";
import { companyNamed } from "./names.ts";
import { dollars } from "./rates.ts";
import type { Partner } from "./roster.ts";
import { isTurn, type Telling, type World } from "./telling.ts";
import {
  countries,
  growthPipeline,
  type Pipeline,
  portalZone,
  reportingZone,
  salesforcePipeline,
  salesPipeline,
  salesRegions,
  segments,
} from "./world.ts";

/** The place of the thrown away copy among an account's records. */
const thrownRecord = 60;

const nextSteps = [
  "Send the proposal",
  "Security review with IT",
  "Book the technical demo",
  "Legal to return the contract",
  "Confirm budget with finance",
  "Reference call",
  "Agree the rollout plan",
];
const lostReasons = ["Price", "No decision", "Chose a competitor", "No budget", "Missing feature", "Timing"];
const helperRoles = ["technical", "co_sell", "delivery", "influenced"] as const;
const touchKinds = ["introduction", "joint_call", "demo", "proof_of_concept", "proposal_support", "event"] as const;

function drawByPart<Item extends { readonly part: number }>(random: Random, items: readonly Item[]): Item {
  let draw = random.next();
  for (const item of items) {
    draw -= item.part;
    if (draw < 0) return item;
  }
  return itemAt(items, 0);
}

function meetAccount(world: World, month: number, index: number): Account {
  const random = randomFor(world.seed, "account", month, index);
  const region = drawByPart(random, salesRegions);
  const country = random.pick(countries.filter((candidate) => candidate.region === region.name));
  const segment = drawByPart(random, segments);
  // The company bought a rival in Europe that works in Salesforce; large accounts were moved there too.
  const inSalesforce = random.chance(region.name === "EMEA" ? 0.62 : segment.name === "Enterprise" ? 0.55 : 0.2);
  const crm: Crm = inSalesforce ? "salesforce" : "hubspot";
  const place = { month, index, record: 0 };
  const isInBoth = isTurn({ month, index }, 29, 7);
  const ids = { hubspot: hubspotId(2, place), salesforce: salesforceId("001", place) };
  const lastDay = (monthStart(month + 1) - monthStart(month)) / msPerDay - 1;
  const odd = isTurn({ month, index }, 701, 13) && crm === "hubspot" ? "SEK" : country.currency;
  return {
    month,
    index,
    ...companyNamed(world.seed, (month - 24_240) * world.monthlyRoom + index),
    region,
    country,
    segment,
    currency: crm === "salesforce" && odd === "CHF" ? "EUR" : odd,
    crm,
    id: ids[crm],
    otherId: isInBoth ? ids[crm === "hubspot" ? "salesforce" : "hubspot"] : "",
    createdAt: atWork(random, monthStart(month) + random.int(0, lastDay) * msPerDay, region),
    thrownKey: isTurn({ month, index }, 109, 71) ? crmKey(crm, dealIn(crm, { month, index }, thrownRecord)) : "",
    isSelfServe: isTurn({ month, index }, 31, 19),
  };
}

/** The full key of an account that both a CRM and the world know: the one at a place of a month, or the next one. */
export function accountKeyAt(world: World, month: number, index: number): string {
  const account = meetAccount(world, month, index);
  return account.isSelfServe ? accountKeyAt(world, month, index + 1) : crmKey(account.crm, account.id);
}

function crmKey(crm: Crm, id: string): string {
  return `${crm}:${id}`;
}

function dealIn(crm: Crm, account: Pick<Account, "month" | "index">, record: number): string {
  const place = { month: account.month, index: account.index, record };
  return crm === "hubspot" ? hubspotId(3, place) : salesforceId("006", place);
}

function accountIn(crm: Crm, account: Account): string {
  return crm === account.crm ? account.id : account.otherId;
}

function pipelineOf(crm: Crm, kind: Deal["kind"]): Pipeline {
  if (crm === "salesforce") return salesforcePipeline;
  return kind === "new" ? salesPipeline : growthPipeline;
}

type Opening = {
  readonly record: number;
  readonly kind: Deal["kind"];
  readonly createdAt: number;
  readonly dollars: number;
  readonly source: Partner | undefined;
  readonly helpers: readonly Partner[];
};

function openDeal(world: World, account: Account, opening: Opening): Deal {
  const { record, kind, createdAt, source, helpers } = opening;
  const random = randomFor(world.seed, "deal", account.month, account.index, record);
  const crm: Crm =
    account.otherId !== "" && kind !== "new" ? (account.crm === "hubspot" ? "salesforce" : "hubspot") : account.crm;
  const pipeline = pipelineOf(crm, kind);
  const help = source ?? helpers[0];
  const lift = source === undefined ? (help === undefined ? 1 : 1.3) : 1.75 * source.odds;
  const pace = source === undefined ? (help === undefined ? 1 : 0.92) : 0.74 * source.pace;
  const odds =
    kind === "renewal"
      ? source === undefined
        ? 0.85
        : 0.93
      : kind === "expansion"
        ? 0.62
        : account.segment.win * lift;
  const cycleDays = kind === "renewal" ? 62 : kind === "expansion" ? 30 : account.segment.cycle * pace;
  const course = planCourse(random, {
    pipeline,
    region: account.region,
    createdAt,
    odds: Math.min(0.95, odds),
    cycleDays,
    isReopened: kind === "new" && isTurn(account, 83, 11),
  });
  const size = kind === "new" ? (source?.size ?? 1) * random.skewed(1, 0.5) : 1;
  const on = dateIn(reportingZone, createdAt);
  const id = dealIn(crm, account, record);
  return {
    record,
    kind,
    crm,
    id,
    key: crmKey(crm, id),
    accountKey: crmKey(crm, accountIn(crm, account)),
    pipeline,
    createdAt,
    course,
    amountMinor: roundAmount(random, opening.dollars * size, account.currency, on),
    currency: account.currency,
    source,
    helpers,
  };
}

function findHelp(world: World, random: Random, account: Account): { source: Partner | undefined; helpers: Partner[] } {
  // The program grows: a few more accounts come through partners every month.
  const reach = Math.min(0.42, Math.max(0.2, 0.25 + 0.0042 * (account.month - 24_286)));
  const draw = random.next();
  const found: Partner[] = [];
  const wanted = draw < reach ? (random.chance(0.2) ? 2 : 1) : draw < reach + 0.13 ? (random.chance(0.15) ? 2 : 1) : 0;
  for (let place = 0; place < 3; place += 1) {
    const partner = world.partners.find(random.next(), account.region.name, account.createdAt, found);
    if (partner !== undefined && found.length < wanted) found.push(partner);
  }
  if (draw < reach) return { source: found[0], helpers: found.slice(1) };
  return { source: undefined, helpers: found };
}

/** Plans every deal of an account that begins before the horizon, each to its end. */
function planDeals(world: World, account: Account): Deal[] {
  const random = randomFor(world.seed, "deals", account.month, account.index);
  const { source, helpers } = findHelp(world, random, account);
  const deals: Deal[] = [];

  function open(opening: Opening): Deal | undefined {
    if (opening.createdAt >= world.horizon) return undefined;
    const deal = openDeal(world, account, opening);
    deals.push(deal);
    return deal;
  }

  const price = account.segment.amount;
  let first = open({ record: 0, kind: "new", createdAt: account.createdAt, dollars: price, source, helpers });
  const retries = random.chance(0.12);
  const retryAfter = random.int(110, 260) * msPerDay;
  if (first !== undefined && !first.course.isWon && retries) {
    const createdAt = atWork(random, first.course.closesAt + retryAfter, account.region);
    first = open({ record: 1, kind: "new", createdAt, dollars: price * 0.9, source: undefined, helpers: [] });
  }
  if (first === undefined || !first.course.isWon) return deals;

  let yearly = dollars(first.amountMinor, first.currency, dateIn(reportingZone, first.course.closesAt));
  let termStart = first.course.closesAt;
  for (let term = 0; term < 12; term += 1) {
    const years = randomFor(world.seed, "term", account.month, account.index, term);
    const keepsSource = years.chance(0.85);
    // A partner that went quiet has no part in what comes after.
    const sourceAt = (at: number) => (keepsSource && source !== undefined && at < source.quietAt ? source : undefined);
    const expands = years.chance(0.3);
    const createdAt = atWork(years, termStart + years.int(90, 230) * msPerDay, account.region);
    if (expands) {
      const worth = yearly * years.between(0.15, 0.5);
      const grown = open({
        record: 10 + term,
        kind: "expansion",
        createdAt,
        dollars: worth,
        source: sourceAt(createdAt),
        helpers: helpers.filter((helper) => createdAt < helper.quietAt),
      });
      if (grown?.course.isWon === true) yearly += worth;
    }
    const renewalAt = atWork(years, termStart + 290 * msPerDay, account.region);
    const uplift = years.between(0.97, 1.09);
    const renewal = open({
      record: 30 + term,
      kind: "renewal",
      createdAt: renewalAt,
      dollars: yearly * uplift,
      source: sourceAt(renewalAt),
      helpers: [],
    });
    if (renewal === undefined || !renewal.course.isWon) break;
    yearly *= uplift;
    termStart += 365 * msPerDay;
  }
  return deals;
}

function accountRow(account: Account, crm: Crm): Row<"accounts"> {
  const createdAt = account.createdAt - 2 * msPerHour;
  return rowOf("accounts", {
    id: accountIn(crm, account),
    name: account.name,
    domain: account.domain,
    region: account.region.name,
    segment: account.segment.name,
    country: account.country.name,
    created_at: crm === "hubspot" ? milliText(createdAt) : secondText(createdAt),
  });
}

function tellAccount(telling: Telling, account: Account): void {
  const { rows } = telling;
  rows[account.crm].accounts.push(accountRow(account, account.crm));
  if (account.otherId !== "") {
    const other: Crm = account.crm === "hubspot" ? "salesforce" : "hubspot";
    rows[other].accounts.push(accountRow(account, other));
  }
  // Sales entered the same company twice, and somebody merged the records.
  if (isTurn(account, 127, 31)) {
    const place = { month: account.month, index: account.index, record: 90 };
    const twin = account.crm === "hubspot" ? hubspotId(2, place) : salesforceId("001", place);
    const last = { month: account.month, index: account.index, record: 91 };
    const oldest = account.crm === "hubspot" ? hubspotId(2, last) : salesforceId("001", last);
    const merged = { ...accountRow(account, account.crm), domain: "" };
    rows[account.crm].accounts.push({ ...merged, id: twin, merged_into_id: account.id });
    if (isTurn(account, 381, 31)) rows[account.crm].accounts.push({ ...merged, id: oldest, merged_into_id: twin });
  }
}

function ownerOf(world: World, account: Account, deal: Deal): string {
  const owners = deal.crm === "hubspot" ? world.staff.hubspotOwners : world.staff.salesforceOwners;
  return itemAt(owners, hashOf(world.seed, "owner", account.month, account.index, deal.kind === "renewal" ? 1 : 0));
}

function isExcluded(account: Account, deal: Deal): boolean {
  return deal.record === 0 && isTurn(account, 101, 41);
}

function dealRow(telling: Telling, account: Account, deal: Deal): Row<"deals"> {
  const { world, now } = telling;
  const { crm, course } = deal;
  const isHubspot = crm === "hubspot";
  const zone = isHubspot ? portalZone : reportingZone;
  const reached = course.steps.filter((step) => step.at <= now);
  const stage = itemAt(reached, reached.length - 1).stage;
  const draw = hashOf(world.seed, "deal cells", deal.id);
  const isMissing = draw % 25 === 3 && (stage.state !== "won" || draw % 4 === 0);
  const isOpen = stage.state === "open";
  // Somebody emptied the close date of a won deal; only HubSpot lets people do that.
  const closedAt = itemAt(reached, reached.length - 1).at;
  const isSameDay = dateIn(portalZone, closedAt) === dateIn(reportingZone, closedAt);
  const hasNoClose = isHubspot && stage.state === "won" && isTurn(account, 61, 17) && deal.kind === "new" && isSameDay;
  const excluded = isExcluded(account, deal);
  const declares = deal.source !== undefined && draw % 9 === 4 ? deal.source : undefined;
  const declaredAt = deal.createdAt + (draw % 9) * msPerDay;
  const declaredId = declaredAt > now ? "" : ((isHubspot ? declares?.hubspotId : declares?.salesforceId) ?? "");
  return rowOf("deals", {
    id: deal.id,
    account_id: deal.record === 0 && isTurn(account, 151, 59) && isHubspot ? "" : accountIn(crm, account),
    name: `${account.name} - ${deal.kind === "new" ? "platform" : deal.kind}`,
    pipeline: deal.pipeline.label,
    stage: stage.label,
    state: stage.state,
    order_type: deal.kind,
    amount: isMissing ? "" : majorText(deal.amountMinor, deal.currency),
    currency: deal.currency,
    probability: isHubspot ? "" : String(stage.probability),
    created_at: isHubspot ? milliText(deal.createdAt) : secondText(deal.createdAt),
    closed_on: isOpen || hasNoClose ? "" : dateIn(zone, closedAt),
    expected_close_on: isOpen ? dateIn(zone, course.expectedAt) : "",
    owner: ownerOf(world, account, deal),
    next_step: isOpen ? itemAt(nextSteps, draw) : "",
    lost_reason: stage.state === "lost" ? itemAt(lostReasons, draw >>> 4) : "",
    partner_id: declaredId,
    partner_role: declaredId === "" ? "" : "sourced",
    partner_declared_at: declaredId === "" ? "" : secondText(declaredAt),
    excluded_as: excluded ? itemAt(["duplicate", "unqualified", "self_serve"], account.index) : "",
  });
}

function tellDeal(telling: Telling, account: Account, deal: Deal): void {
  const { rows, now, archived } = telling;
  const isHubspot = deal.crm === "hubspot";
  const row = dealRow(telling, account, deal);
  rows[deal.crm].deals.push(row);
  for (const step of deal.course.steps) {
    if (step.at > now) continue;
    const entered_at = isHubspot ? milliText(step.at) : secondText(step.at);
    rows[deal.crm].deal_stages.push(rowOf("deal_stages", { deal_id: deal.id, stage: step.stage.label, entered_at }));
  }
  if (deal.record !== 0) return;

  // A deal entered twice: merged, or merged twice over, or thrown away.
  const createdAt = deal.createdAt + 3 * msPerDay;
  if (createdAt > now) return;
  const copy = {
    ...row,
    name: `${account.name} (copy)`,
    created_at: isHubspot ? milliText(createdAt) : secondText(createdAt),
    partner_id: "",
    partner_role: "",
    partner_declared_at: "",
    excluded_as: "",
  };
  if (isHubspot && isTurn(account, 113, 5)) {
    const twin = dealIn("hubspot", account, 50);
    rows.hubspot.deals.push({ ...copy, id: twin, merged_into_id: deal.id });
    if (isTurn(account, 339, 5)) {
      rows.hubspot.deals.push({ ...copy, id: dealIn("hubspot", account, 51), merged_into_id: twin });
    }
  }
  if (account.thrownKey !== "") archived[deal.crm].push({ ...copy, id: dealIn(deal.crm, account, thrownRecord) });
}

/** Adds the partners that the CRM itself names on a deal. */
function tellRoles(telling: Telling, deal: Deal): void {
  const { world, rows, now } = telling;
  const random = randomFor(world.seed, "roles", deal.id);
  const isHubspot = deal.crm === "hubspot";
  const named = [...(deal.source === undefined ? [] : [deal.source]), ...deal.helpers];
  for (const [place, partner] of named.entries()) {
    const isSource = partner === deal.source;
    const partnerId = isHubspot ? partner.hubspotId : partner.salesforceId;
    const isNamed = random.chance(isSource ? (deal.kind === "new" ? 0.72 : 0.95) : 0.5);
    const role = isSource ? "sourced" : itemAt(helperRoles, hashOf(deal.id, partner.number) + place);
    const recordedAt = deal.createdAt + random.int(1, isSource ? 9 * 24 : 20 * 24) * msPerHour;
    if (!isNamed || partnerId === "" || recordedAt > now) continue;
    if (isSource) telling.proven.add(deal.id);
    // A services partner that brought the deal often delivers it as well, under a second role.
    const isDelivering = isSource && partner.type === "services" && hashOf(deal.id, "delivery") % 3 === 0;
    for (const held of isDelivering ? [role, "delivery"] : [role]) {
      rows[deal.crm].deal_partners.push(
        rowOf("deal_partners", {
          deal_id: deal.id,
          partner_id: partnerId,
          role: held,
          recorded_at: isHubspot ? "" : secondText(recordedAt),
        }),
      );
    }
  }
}

/** Adds what the partner portal knows of a deal: registration, lead, touches and agreed splits. */
function tellPortal(telling: Telling, account: Account, deal: Deal): void {
  const { world, rows, now } = telling;
  const { drop } = rows;
  const random = randomFor(world.seed, "portal", deal.id);
  const { source, helpers, course } = deal;
  const place = { month: account.month, index: account.index, record: deal.record };

  type Claim = {
    readonly id: string;
    readonly partner: Partner;
    readonly submittedAt: number;
    readonly decidedAt: number;
    readonly decision: "approved" | "rejected";
    readonly protection: number;
    readonly namesDeal: boolean;
  };

  function register(claim: Claim): void {
    if (claim.submittedAt > now) return;
    const isDecided = claim.decidedAt <= now;
    const ends = claim.protection === 0 ? "" : addDays(dateIn(reportingZone, claim.decidedAt), claim.protection);
    drop.registrations.push(
      rowOf("registrations", {
        id: claim.id,
        partner_id: claim.partner.id,
        deal_id: claim.namesDeal ? deal.key : "",
        account_id: deal.accountKey,
        submitted_at: secondText(claim.submittedAt),
        decided_at: isDecided ? secondText(claim.decidedAt) : "",
        status: isDecided ? claim.decision : "submitted",
        protection_ends_on: isDecided && claim.decision === "approved" ? ends : "",
        approver: isDecided ? itemAt(world.staff.approvers, hashOf(claim.id)) : "",
        amount: majorText(deal.amountMinor, deal.currency),
        currency: deal.currency,
      }),
    );
  }

  let touches = 0;
  function touch(partner: Partner, at: number, kind: string, recordedAt = at, removedAt = 0): void {
    touches += 1;
    if (at > now || recordedAt > now) return;
    drop.touches.push(
      rowOf("touches", {
        id: `${portalId("T", place)}.${touches}`,
        partner_id: partner.id,
        deal_id: deal.key,
        kind,
        occurred_at: secondText(at),
        recorded_at: recordedAt === at ? "" : secondText(recordedAt),
        removed_at: removedAt === 0 || removedAt > now ? "" : secondText(removedAt),
        evidence: `${kind.replaceAll("_", " ")} notes, ${partner.name}`,
      }),
    );
  }

  if (source !== undefined && (deal.kind !== "renewal" || isTurn(account, 3, 1))) {
    const leads = source.type === "referral" || source.type === "affiliate" || source.type === "marketplace";
    const way = random.next();
    const submittedAt = atWork(random, deal.createdAt + random.int(-11, 8) * msPerDay, account.region);
    // Most claims are decided within a day; one in ten lies about for a week or three.
    const waits = isTurn(account, 10, 5) ? random.int(5, 22) * msPerDay : 0;
    const decidedAt = submittedAt + waits + Math.round(random.skewed(10, 0.75) * msPerHour);
    const protection = isTurn(account, 23, 9) ? 21 : random.chance(0.35) ? 0 : 180;
    const namesDeal = random.chance(0.78);
    const rivalDraw = random.next();
    const rivalSubmittedAt = submittedAt + random.int(-60, 90) * msPerHour;
    const rivalHours = random.int(3, 40);
    if (way < (leads ? 0.4 : 0.72)) {
      register({
        id: portalId("REG", place),
        partner: source,
        submittedAt,
        decidedAt,
        decision: "approved",
        protection,
        namesDeal,
      });
      const days = protection === 0 ? 90 : protection;
      if (course.closesAt <= decidedAt + days * msPerDay) telling.proven.add(deal.id);
      const rival = world.partners.find(rivalDraw, account.region.name, deal.createdAt, [source, ...helpers]);
      if (rival !== undefined && deal.kind === "new" && isTurn(account, 11, 3)) {
        register({
          id: portalId("REG", { ...place, record: place.record + 70 }),
          partner: rival,
          submittedAt: rivalSubmittedAt,
          decidedAt: rivalSubmittedAt + rivalHours * msPerHour,
          decision: isTurn(account, 22, 3) ? "approved" : "rejected",
          protection,
          namesDeal: true,
        });
      }
    }
    const receivedAt = atWork(random, deal.createdAt - random.int(1, 18) * msPerDay, account.region);
    const respondedAt = receivedAt + Math.round(random.skewed(7, 1) * msPerHour);
    const acceptedAt = respondedAt + random.int(1, 30) * msPerHour;
    if (way >= (leads ? 0.25 : 0.8) && receivedAt <= now) {
      telling.proven.add(deal.id);
      drop.leads.push(
        rowOf("leads", {
          id: portalId("LEAD", place),
          partner_id: source.id,
          account_id: deal.accountKey,
          deal_id: random.chance(0.6) ? deal.key : "",
          received_at: secondText(receivedAt),
          responded_at: respondedAt <= now ? secondText(respondedAt) : "",
          accepted_at: acceptedAt <= now ? secondText(acceptedAt) : "",
        }),
      );
    }
  }

  const length = course.closesAt - deal.createdAt;
  const helped = [...(source === undefined ? [] : [source, source]), ...helpers];
  for (const partner of helped) {
    const count = partner === source ? random.int(0, 1) : random.int(1, 3);
    for (let number = 0; number < count; number += 1) {
      const at = Math.floor(deal.createdAt + random.between(-0.25, 0.95) * length);
      const kind = random.pick(touchKinds);
      // A few touches are taken back afterwards: their restatement shows what that changed.
      const removedAt = isTurn(account, 37, 13) ? course.closesAt + 40 * msPerDay : 0;
      const workAt = atWork(random, at, account.region);
      touch(partner, Math.min(workAt, course.closesAt - msPerHour), kind, undefined, removedAt);
    }
  }

  if (deal.record === 0) {
    const stranger = world.partners.find(random.next(), account.region.name, deal.createdAt, helped);
    if (stranger !== undefined) {
      // Evidence that must not count: too late, after the close, too early, or no evidence at all.
      if (isTurn(account, 43, 21))
        touch(stranger, course.closesAt - 5 * msPerDay, "joint_call", course.closesAt + 30 * msPerDay);
      if (isTurn(account, 67, 5)) touch(stranger, course.closesAt + 6 * msPerDay, "event");
      if (isTurn(account, 71, 15)) touch(stranger, deal.createdAt - 130 * msPerDay, "introduction");
      if (isTurn(account, 17, 5)) touch(stranger, deal.createdAt + 2 * msPerDay, "content_view");
    }
  }

  tellSplit(telling, account, deal, random);
  tellOverride(telling, account, deal);
}

function tellSplit(telling: Telling, account: Account, deal: Deal, random: Random): void {
  const { source, helpers } = deal;
  const recordedAt = deal.createdAt + random.int(24, 12 * 24) * msPerHour;
  const agreed = random.int(5, 7) * 10;
  if (source === undefined || helpers.length === 0 || recordedAt > telling.now) return;
  const left = 100 - agreed;
  const shares = [agreed, ...helpers.map((_, place) => (place === 0 ? left - 10 * (helpers.length - 1) : 10))];
  const isWrong = isTurn(account, 7, 2);
  const isBlank = isTurn(account, 11, 4);
  for (const [place, partner] of [source, ...helpers].entries()) {
    const share = (shares[place] ?? 0) + (isWrong && place === 0 ? 10 : 0);
    telling.rows.drop.deal_partners.push(
      rowOf("deal_partners", {
        deal_id: deal.key,
        partner_id: partner.id,
        role: place === 0 ? "sourced" : "co_sell",
        share: isBlank ? "" : String(share),
        recorded_at: secondText(recordedAt),
      }),
    );
  }
}

function tellOverride(telling: Telling, account: Account, deal: Deal): void {
  const { world, rows, now } = telling;
  const decidedAt = deal.course.closesAt + 4 * msPerDay;
  if (!deal.course.isWon || deal.record !== 0 || decidedAt > now || !isTurn(account, 59, 23)) return;
  const partner =
    deal.source ?? world.partners.find((account.index % 97) / 97, account.region.name, deal.createdAt, []);
  const decision = itemAt(["sourced", "influenced", "none"] as const, account.index);
  if (partner === undefined) return;
  if (decision === "none") telling.proven.delete(deal.id);
  const reasons = {
    sourced: "Registered by e-mail before the portal went live",
    influenced: "Joined the evaluation, agreed with both account teams",
    none: "Inbound request, the partner was added by mistake",
  };
  rows.drop.overrides.push(
    rowOf("overrides", {
      deal_id: deal.key,
      partner_id: decision === "none" ? "" : partner.id,
      decision,
      reason: reasons[decision],
      approver: itemAt(world.staff.approvers, account.index),
      decided_at: secondText(decidedAt),
    }),
  );
}

/** Adds the partners whose own lists name this account. */
function tellOverlaps(telling: Telling, account: Account, firstWonAt: number): void {
  const { world, rows, now } = telling;
  const random = randomFor(world.seed, "overlaps", account.month, account.index);
  const known: Partner[] = [];
  for (let place = 0; place < 3; place += 1) {
    const at = account.createdAt + random.int(1, 200) * msPerDay;
    const isListed = random.chance(0.3);
    const partner = world.partners.find(random.next(), account.region.name, at, known);
    const kind = firstWonAt <= at && random.chance(0.8) ? "customer" : random.chance(0.6) ? "customer" : "prospect";
    if (!isListed || partner === undefined || at > now) continue;
    known.push(partner);
    rows.drop.overlaps.push(
      rowOf("overlaps", {
        partner_id: partner.id,
        account_id: crmKey(account.crm, account.id),
        kind,
        identified_on: dateIn(reportingZone, at),
      }),
    );
  }
}

/**
 * Tells the story of one account up to `now`: its records in both CRMs, what partners did for it, its invoices.
 * Everything is planned first and cut afterwards, so a later `now` continues the same story.
 */
export function tellStory(telling: Telling, month: number, index: number): void {
  const { world, now } = telling;
  const account = meetAccount(world, month, index);
  if (account.isSelfServe) {
    if (account.createdAt <= now) tellBilling(telling, account, []);
    return;
  }

  const deals = planDeals(world, account);
  for (const deal of deals) {
    if (!deal.course.isWon) continue;
    const on = dateIn(reportingZone, deal.course.closesAt);
    telling.wins.push({ on, dollars: dollars(deal.amountMinor, deal.currency, on), source: deal.source });
  }
  if (account.createdAt > now) return;

  tellAccount(telling, account);
  const begun = deals.filter((deal) => deal.createdAt <= now);
  for (const deal of begun) {
    tellDeal(telling, account, deal);
    tellRoles(telling, deal);
    tellPortal(telling, account, deal);
    if (isExcluded(account, deal)) telling.proven.delete(deal.id);
  }
  const firstWonAt = begun.find((deal) => deal.course.isWon)?.course.closesAt ?? Number.POSITIVE_INFINITY;
  tellOverlaps(telling, account, firstWonAt);
  tellBilling(
    telling,
    account,
    begun.filter((deal) => deal.course.isWon && deal.course.closesAt <= now),
  );
}
