import { monthOf, monthStart, msPerDay, msPerHour, onWorkday, quarterOf } from "../calendar.ts";
import { exponentOf } from "../money.ts";
import type { Random } from "../random.ts";
import { dollarsOf } from "./rates.ts";
import type { Pipeline, Region, Stage } from "./world.ts";

// 23:36 in Chicago and past midnight in New York while both have summer time.
const lateEvening = 16_560_000;

/** One entry of a deal into a stage. */
export type Step = { readonly stage: Stage; readonly at: number };

/** What decides how a deal goes. */
export type Prospects = {
  readonly pipeline: Pipeline;
  readonly region: Region;
  readonly createdAt: number;
  readonly odds: number;
  readonly cycleDays: number;
  /** A won or lost deal may be opened again; a lost one may linger in its last stage first. */
  readonly isReopened: boolean;
};

/** The course of a deal from creation to close, whether or not it lies in the future. */
export type Course = {
  readonly steps: readonly Step[];
  readonly isWon: boolean;
  readonly closesAt: number;
  /** What sales believes the close date to be while the deal is open. */
  readonly expectedAt: number;
};

/** Moves an instant to the working hours of a region on a workday, with a minute, second and millisecond of its own. */
export function atWork(random: Random, instant: number, region: Region): number {
  const day = onWorkday(Math.floor(instant / msPerDay) * msPerDay);
  return day + random.int(region.from * msPerHour, region.to * msPerHour - 1);
}

function quarterEndAfter(instant: number): number {
  return monthStart((quarterOf(monthOf(instant)) + 1) * 3);
}

function closingMoment(random: Random, wanted: number, region: Region): number {
  const end = quarterEndAfter(wanted);
  const isPulled = end - wanted < 26 * msPerDay && random.chance(0.28);
  const moment = isPulled ? end - random.between(1, 7) * msPerDay : wanted;
  // A few contracts are signed late in the evening, when the date differs from zone to zone.
  if (random.chance(0.03))
    return onWorkday(Math.floor(moment / msPerDay) * msPerDay) + lateEvening + random.int(0, msPerHour / 4);
  return atWork(random, moment, region);
}

/** Plans the course of a deal. */
export function planCourse(random: Random, prospects: Prospects): Course {
  const { pipeline, region, createdAt } = prospects;
  const open = pipeline.stages.filter((stage) => stage.state === "open");
  const won = pipeline.stages.find((stage) => stage.state === "won");
  const lost = pipeline.stages.find((stage) => stage.state === "lost");
  const first = open[0];
  if (won === undefined || lost === undefined || first === undefined) {
    throw new Error(`pipeline ${pipeline.label} lacks a stage`);
  }

  const isWon = random.chance(prospects.odds);
  const lingers = !isWon && random.chance(0.14);
  const days = random.skewed(prospects.cycleDays * (isWon ? 1 : 1.1), 0.42) + (lingers ? random.int(60, 150) : 0);
  const wanted = createdAt + Math.max(2, days) * msPerDay;
  const firstClose = Math.max(closingMoment(random, wanted, region), createdAt + msPerDay);
  const depth = isWon ? open.length : random.int(1, open.length);
  const worked = (lingers ? Math.min(days, prospects.cycleDays * 0.6) / days : 1) * (firstClose - createdAt);

  const steps: Step[] = [{ stage: first, at: createdAt }];
  const fractions = Array.from({ length: depth - 1 }, () => random.between(0.06, 0.94)).sort((a, b) => a - b);
  for (const [place, fraction] of fractions.entries()) {
    const stage = open[place + 1];
    const at = Math.floor(createdAt + fraction * worked);
    // Now and then sales skips a stage.
    if (stage !== undefined && !(place + 1 < depth - 1 && random.chance(0.07))) steps.push({ stage, at });
  }

  let closesAt = firstClose;
  let endsWon = isWon;
  if (prospects.isReopened) {
    const again = open.at(-1) ?? first;
    const reopenedAt = atWork(random, firstClose + random.int(8, 24) * msPerDay, region);
    steps.push({ stage: lost, at: firstClose }, { stage: again, at: reopenedAt });
    closesAt = atWork(random, reopenedAt + random.int(9, 40) * msPerDay, region);
    endsWon = true;
  }
  steps.push({ stage: endsWon ? won : lost, at: closesAt });
  const slip = random.chance(0.3) ? random.between(-25, -3) : random.between(-4, 12);
  const expectedAt = Math.floor(Math.max(createdAt + 7 * msPerDay, closesAt + slip * msPerDay));
  return { steps, isWon: endsWon, closesAt, expectedAt };
}

/** A round amount in minor units of a currency that is worth about so many dollars on a date. */
export function roundAmount(random: Random, dollars: number, currency: string, date: string): number {
  const rate = dollarsOf(currency, date) || 0.1;
  const major = dollars / rate;
  const step = currency === "JPY" ? 10_000 : major > 40_000 ? 500 : major > 5_000 ? 100 : 10;
  const rounded = Math.max(step, Math.round(major / step) * step);
  // One price list in twelve has odd prices.
  const odd = random.chance(0.085) ? random.int(1, 99) / 100 : 0;
  return Math.round((rounded + (exponentOf(currency) === 0 ? 0 : odd)) * 10 ** exponentOf(currency));
}
