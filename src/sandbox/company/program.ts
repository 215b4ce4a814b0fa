import { addDays, addMonths, dateIn, monthOf, msPerDay, msPerHour, secondText } from "../calendar.ts";
import { majorText } from "../money.ts";
import { hashOf, itemAt, randomFor } from "../random.ts";
import { atWork } from "./deal-plan.ts";
import { type Row, rowOf } from "./entities.ts";
import { portalId } from "./ids.ts";
import { personNamed } from "./names.ts";
import type { Partner } from "./roster.ts";
import { accountKeyAt } from "./story.ts";
import type { Telling } from "./telling.ts";
import { reportingZone, salesRegions } from "./world.ts";

const certificationNames = ["Sales Foundations", "Solution Engineer", "Implementation Specialist"] as const;
const levels = ["Associate", "Professional", "Expert"] as const;

/** The row of a partner in the partner portal, the system that all partners are in. */
export function portalPartner(partner: Partner, parent: string, today: string): Row<"partners"> {
  const keys = [
    partner.hubspotId === "" ? "" : `hubspot:${partner.hubspotId}`,
    partner.salesforceId === "" ? "" : `salesforce:${partner.salesforceId}`,
  ].filter((key) => key !== "");
  const isEnded = partner.endsOn !== "" && partner.endsOn <= today;
  return rowOf("partners", {
    id: partner.id,
    name: partner.name,
    type: partner.typeText,
    tier: partner.tier,
    region: partner.region,
    manager: partner.manager,
    status: partner.isProspect ? "prospect" : isEnded ? "ended" : "active",
    agreed_on: partner.agreedOn,
    ended_on: isEnded ? partner.endsOn : "",
    domain: partner.domain,
    parent_id: parent,
    same_as: keys.join(";"),
  });
}

/** The row of a partner company in HubSpot; a reseller without a type property is known by its company type. */
export function hubspotPartner(partner: Partner): Row<"partners"> {
  return rowOf("partners", {
    id: partner.hubspotId,
    name: partner.name,
    type: partner.type === "reseller" && partner.number % 2 === 0 ? "reseller" : partner.typeText,
    tier: partner.tier,
    region: partner.region,
    manager: partner.manager,
    agreed_on: partner.number % 3 === 0 ? "" : partner.agreedOn,
    domain: partner.domain,
  });
}

/** The row of a partner account in Salesforce, whose account types name three of the eight types. */
export function salesforcePartner(partner: Partner): Row<"partners"> {
  const telling = partner.type === "reseller" || partner.type === "services" || partner.type === "integration";
  return rowOf("partners", {
    id: partner.salesforceId,
    name: partner.number % 6 === 0 ? `${partner.name} Ltd` : partner.name,
    type: telling ? partner.type : "",
    domain: partner.domain,
  });
}

/** Adds what a partner does beside deals: portal visits, training, certificates, claims that lead nowhere. */
export function tellPartner(telling: Telling, partner: Partner, since: number): void {
  const { now } = telling;
  const region = salesRegions.find((candidate) => candidate.name === partner.region) ?? salesRegions[0];
  if (partner.isProspect) return;
  const last = Math.min(now, partner.quietAt + 20 * msPerDay);
  const firstMonth = Math.max(monthOf(since), monthOf(partner.agreedAt));
  for (let month = firstMonth; month <= monthOf(last); month += 1) {
    tellPortalMonth(telling, partner, month, last, region);
  }
  tellFirstAction(telling, partner, region, monthOf(since));
  tellLastClaim(telling, partner, region);
  tellSleeper(telling, partner, region);
  tellCertificates(telling, partner, region);
}

type Claim = { readonly index: number; readonly at: number; readonly protectionDays: number };

function registerAlone(telling: Telling, partner: Partner, claim: Claim): void {
  const { world, rows, now } = telling;
  if (claim.at > now) return;
  const id = portalId("REG", { month: monthOf(claim.at), index: claim.index, record: 0 });
  const decidedAt = claim.at + (2 + (hashOf(id) % 30)) * msPerHour;
  const isDecided = decidedAt <= now;
  const ends = claim.protectionDays === 0 ? "" : addDays(dateIn(reportingZone, decidedAt), claim.protectionDays);
  rows.drop.registrations.push(
    rowOf("registrations", {
      id,
      partner_id: partner.id,
      submitted_at: secondText(claim.at),
      decided_at: isDecided ? secondText(decidedAt) : "",
      status: isDecided ? "approved" : "submitted",
      protection_ends_on: isDecided ? ends : "",
      approver: isDecided ? itemAt(world.staff.approvers, hashOf(id)) : "",
      amount: majorText((5 + (hashOf(id, "amount") % 60)) * 100_000, "USD"),
      currency: "USD",
    }),
  );
}

/** Adds what a partner does first of all: the action that its type is activated by. */
function tellFirstAction(
  telling: Telling,
  partner: Partner,
  region: (typeof salesRegions)[number],
  firstMonth: number,
): void {
  const { world, rows, now } = telling;
  if (partner.startsAt > now) return;
  const at = atWork(randomFor(world.seed, "first action", partner.number), partner.startsAt, region);
  if (partner.type === "referral" || partner.type === "marketplace") {
    const settledAt = at + 20 * msPerHour;
    if (at > now) return;
    rows.drop.leads.push(
      rowOf("leads", {
        id: portalId("LEAD", { month: monthOf(at), index: 8000 + partner.number, record: 0 }),
        partner_id: partner.id,
        received_at: secondText(at),
        responded_at: settledAt <= now ? secondText(at + 4 * msPerHour) : "",
        accepted_at: settledAt <= now ? secondText(settledAt) : "",
      }),
    );
  } else if (partner.type === "integration") {
    // The account met in the month before, so that it is there.
    const month = Math.max(firstMonth, monthOf(partner.startsAt) - 1);
    rows.drop.overlaps.push(
      rowOf("overlaps", {
        partner_id: partner.id,
        account_id: accountKeyAt(world, month, partner.number % 12),
        kind: "customer",
        identified_on: dateIn(reportingZone, partner.startsAt),
      }),
    );
  } else if (partner.type !== "agency") {
    registerAlone(telling, partner, { index: 8000 + partner.number, at, protectionDays: 0 });
  }
}

/** Some partners do no more than register one claim every year, protected for longer than that: they are cooling. */
function tellSleeper(telling: Telling, partner: Partner, region: (typeof salesRegions)[number]): void {
  if (!partner.isSleeper) return;
  const random = randomFor(telling.world.seed, "sleeper", partner.number);
  const first = partner.startsAt + 60 * msPerDay;
  for (let year = 0; year < 8; year += 1) {
    const at = atWork(random, first + year * 365 * msPerDay, region);
    if (at > partner.quietAt) return;
    registerAlone(telling, partner, { index: 7000 + partner.number, at, protectionDays: 400 });
  }
}

/** A partner that goes quiet leaves a claim behind; while that is protected, it is cooling and not yet dormant. */
function tellLastClaim(telling: Telling, partner: Partner, region: (typeof salesRegions)[number]): void {
  if (partner.quietAt === Number.POSITIVE_INFINITY || partner.strength === 0) return;
  if (partner.isSleeper) return;
  const random = randomFor(telling.world.seed, "last claim", partner.number);
  const at = atWork(random, partner.quietAt - 20 * msPerDay, region);
  registerAlone(telling, partner, {
    index: 9000 + partner.number,
    at,
    protectionDays: 240 + ((partner.number * 53) % 240),
  });
}

function tellPortalMonth(
  telling: Telling,
  partner: Partner,
  month: number,
  last: number,
  region: (typeof salesRegions)[number],
): void {
  const { world, rows, now } = telling;
  const { drop } = rows;
  const random = randomFor(world.seed, "portal month", partner.number, month);
  const start = Date.UTC(Math.floor(month / 12), month % 12, 1);
  const pulse = partner.strength === 0 ? 0.4 : 0.7 + partner.strength * 0.8;

  const visits = Math.floor(pulse * random.between(0.4, 3.2));
  for (let visit = 0; visit < visits; visit += 1) {
    const at = atWork(random, start + random.int(0, 27) * msPerDay, region);
    const draw = random.next();
    const kind = draw < 0.5 ? "login" : draw < 0.75 ? "content_view" : draw < 0.9 ? "download" : "training";
    if (at < partner.agreedAt || at > last) continue;
    drop.activities.push(
      rowOf("activities", {
        id: `A-${partner.number}-${month - 24_000}-${visit}`,
        partner_id: partner.id,
        kind,
        occurred_at: secondText(at),
      }),
    );
  }

  if (partner.strength === 0 || partner.isSleeper) return;
  const claims = random.next() < 0.16 * pulse ? (random.chance(0.2) ? 2 : 1) : 0;
  for (let claim = 0; claim < claims; claim += 1) {
    const submittedAt = atWork(random, start + random.int(0, 27) * msPerDay, region);
    const hours = random.skewed(14, 0.9);
    const decidedAt = submittedAt + Math.round(hours * msPerHour);
    const draw = random.next();
    const status = draw < 0.42 ? "approved" : draw < 0.86 ? "rejected" : "withdrawn";
    const amount = random.int(4, 90) * 1000;
    if (submittedAt < partner.startsAt || submittedAt > last) continue;
    // Claims that come without a deal are put off: one in four waits longer than anyone promised.
    const waits = random.chance(0.25) ? random.int(6, 40) * msPerDay : 0;
    const isDecided = decidedAt + waits <= now;
    const id = portalId("REG", { month, index: 5000 + partner.number * 2 + claim, record: 0 });
    const isApproved = isDecided && status === "approved";
    const number = partner.number + month;
    drop.registrations.push(
      rowOf("registrations", {
        id,
        partner_id: partner.id,
        submitted_at: secondText(submittedAt),
        decided_at: isDecided && status !== "withdrawn" ? secondText(decidedAt + waits) : "",
        status: isDecided ? status : "submitted",
        protection_ends_on:
          isApproved && number % 3 > 0 ? addDays(dateIn(reportingZone, decidedAt + waits), (number % 3) * 180) : "",
        approver: isDecided && status !== "withdrawn" ? itemAt(world.staff.approvers, hashOf(id)) : "",
        amount: majorText(amount * 100, "USD"),
        currency: "USD",
      }),
    );
  }

  const leads = random.next() < 0.14 * pulse ? 1 : 0;
  for (let lead = 0; lead < leads; lead += 1) {
    const receivedAt = atWork(random, start + random.int(0, 27) * msPerDay, region);
    const respondedAt = receivedAt + Math.round(random.skewed(9, 1.1) * msPerHour);
    const settledAt = respondedAt + random.int(1, 96) * msPerHour;
    const draw = random.next();
    if (receivedAt < partner.startsAt || receivedAt > last) continue;
    const isAnswered = draw > 0.07;
    drop.leads.push(
      rowOf("leads", {
        id: portalId("LEAD", { month, index: 5000 + partner.number, record: lead }),
        partner_id: partner.id,
        received_at: secondText(receivedAt),
        responded_at: isAnswered && respondedAt <= now ? secondText(respondedAt) : "",
        accepted_at: draw > 0.7 && settledAt <= now ? secondText(settledAt) : "",
        rejected_at: isAnswered && draw <= 0.7 && settledAt <= now ? secondText(settledAt) : "",
      }),
    );
  }
}

function tellCertificates(telling: Telling, partner: Partner, region: (typeof salesRegions)[number]): void {
  const { world, rows, now } = telling;
  const random = randomFor(world.seed, "certificates", partner.number);
  const wanted = partner.isTrained ? random.int(1, 1 + Math.min(4, Math.ceil(partner.strength))) : 0;
  for (let place = 0; place < wanted; place += 1) {
    const person = personNamed(random);
    const kind = random.pick(certificationNames);
    const level = random.pick(levels);
    const startsHere = place === 0 && partner.type === "agency";
    const later = partner.agreedAt + (place === 0 ? random.skewed(45, 0.6) : random.int(60, 500)) * msPerDay;
    const earnedAt = atWork(random, startsHere ? partner.startsAt : later, region);
    const renews = random.chance(0.75);
    for (let round = 0; round < 5; round += 1) {
      const earnedOn = addMonths(dateIn(reportingZone, earnedAt), round * 12);
      const expiresOn = addDays(addMonths(earnedOn, 12), 15);
      const isLate = earnedOn > dateIn(reportingZone, Math.min(now, partner.quietAt));
      if (isLate || (round > 0 && !renews)) break;
      rows.drop.certifications.push(
        rowOf("certifications", {
          id: `CERT-${partner.number}-${place}-${round}`,
          partner_id: partner.id,
          person,
          kind,
          level,
          earned_on: earnedOn,
          expires_on: expiresOn,
        }),
      );
    }
  }
}
