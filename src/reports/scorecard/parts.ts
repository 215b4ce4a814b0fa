import { compareWithTarget } from "../../metrics/compare.ts";
import {
  formatCard,
  formatCount,
  formatMoneyShort,
  formatNumber,
  formatPercent,
  formatPercentagePoints,
  formatPeriod,
  noValue,
} from "../../metrics/format.ts";
import { lastPeriods } from "../../metrics/periods.ts";
import { metricOf } from "../../metrics/registry.ts";
import { rowsOf } from "../card.ts";
import { bullet } from "../charts/bullet.ts";
import { sparkline } from "../charts/sparkline.ts";
import { isRunning, type MetricValue, type PageContext, quartersShown } from "../context.ts";
import { type Fragment, html, type Markup, nothing } from "../html.ts";
import { type PartnerValues, readPartnerValues } from "../partner-values.ts";
import { counted, signedMoneyText, unbroken } from "../words.ts";
import { type Action, type Notes, rowsShown } from "./notes.ts";

/** The rows of a scorecard whose commentary names none. */
export const defaultRows = Object.freeze([
  "sourced_bookings",
  "influenced_bookings",
  "sourced_collected",
  "sourced_share",
  "win_rate",
  "created_pipeline.sourced",
  "engaged_rate",
  "decided_in_sla",
]);

// A value this close to its target is called close to it.
const closeTo = 0.9;

/** One row of a scorecard, written out. */
export interface ScorecardRow {
  /** The metric's id. */
  readonly id: string;
  readonly found: MetricValue;
  readonly target: number | null;
  readonly targetText: string;
  /** Actual less target, in the metric's unit. */
  readonly difference: number | null;
  readonly variance: string;
  readonly status: string;
  readonly judgement: "better" | "worse" | "neutral";
  /** The same quarter a year ago, in the metric's unit. */
  readonly yearAgo: number | null;
  readonly yearAgoText: string;
  /** The value against its target and a year ago, where there is a target; below it eight quarters. */
  readonly trend: Markup;
  readonly owner: string;
  readonly because: string;
  /** Whether somebody wrote the reason; else it is worked out. */
  readonly isWritten: boolean;
}

/** The rows of one quarter: those that its commentary names, then the default ones, with what it says of them. */
export async function scorecardRows(
  context: PageContext,
  period: string,
  notes: Notes,
): Promise<readonly ScorecardRow[]> {
  const ids = [...notes.rows, ...defaultRows.filter((id) => !notes.rows.includes(id))].slice(0, rowsShown);
  // Partners' own rows add up to the program's for what they sourced; influence stands with several at once.
  const added = ids.filter((id) => /^(?:sourced_(?:bookings|collected)|created_pipeline\.sourced)$/.test(id));
  const values = new Map<string, PartnerValues>();
  for (const id of added) values.set(id, await readPartnerValues(context, id));
  return ids.map((id) => rowOf(context, period, id, notes, values.get(id) ?? null));
}

function rowOf(
  context: PageContext,
  period: string,
  id: string,
  notes: Notes,
  ofPartners: PartnerValues | null,
): ScorecardRow {
  const { currency } = context.settings;
  metricOf(id, "scorecard");
  const view = { period, slice: "program", sliceKey: "all" } as const;
  const found = context.metric(id, view);
  const target = context.target(id, view);
  const running = isRunning(context.settings, period);
  const periods = lastPeriods("quarter", period, quartersShown);
  const values = periods.map((each) => context.metric(id, { ...view, period: each }).value);
  const said = notes.because.get(id);
  const yearAgo = context.metric(id, { ...view, period: lastPeriods("quarter", period, 5)[0] ?? period });
  const judged = statusOf(context, id, period, found, target);
  return {
    id,
    found,
    target,
    targetText: target === null ? noValue : formatCard(target, found.metric, currency),
    difference: target === null || found.value === null ? null : found.value - target,
    variance: varianceOf(found, target, currency),
    ...judged,
    yearAgo: yearAgo.value,
    yearAgoText: yearAgo.card,
    trend: html`${
      target === null || found.value === null
        ? null
        : bullet({
            value: found.value,
            target,
            yearAgo: yearAgo.value,
            label: `${found.card} against a target of ${formatCard(target, found.metric, currency)}, a year ago ${yearAgo.card}`,
          })
    }${sparkline(
      values,
      running,
      `${found.metric.label}: ${periods.map((each, index) => `${formatPeriod("quarter", each)} ${formatCard(values[index] ?? null, found.metric, currency)}`).join(", ")}`,
    )}`,
    owner: said?.owner ?? found.metric.owner,
    because: said?.text ?? whatMoved(context, id, period, target, ofPartners),
    isWritten: said !== undefined,
  };
}

function varianceOf(found: MetricValue, target: number | null, currency: string): string {
  const { metric, value } = found;
  if (target === null || value === null) return noValue;
  const difference = value - target;
  if (metric.unit === "ratio" && metric.shownAs === undefined) return formatPercentagePoints(difference);
  const share = target === 0 ? "" : ` (${difference > 0 ? "+" : ""}${formatPercent(difference / target)})`;
  const size = metric.unit === "money" ? formatMoneyShort(difference, currency) : formatNumber(difference);
  return `${difference > 0 ? "+" : ""}${size}${share}`;
}

/** How a value that was presented stands to the target of its quarter; empty where there is no target. */
export function statusAsPresented(
  context: PageContext,
  period: string,
  row: ScorecardRow,
  value: number | null,
): string {
  return row.target === null ? "" : statusOf(context, row.id, period, { ...row.found, value }, row.target).status;
}

function statusOf(
  context: PageContext,
  id: string,
  period: string,
  found: MetricValue,
  target: number | null,
): Pick<ScorecardRow, "status" | "judgement"> {
  const { metric, value } = found;
  if (value === null) return { status: "no data", judgement: "neutral" };
  if (target === null) {
    const year = context.compareWith(id, { period, slice: "program", sliceKey: "all" }, "year");
    if (year.kind !== "change") return { status: "no target", judgement: "neutral" };
    return {
      status: `no target; ${year.judgement === "neutral" ? year.direction : year.judgement} than a year ago`,
      judgement: year.judgement,
    };
  }
  const against = compareWithTarget(metric, value, target);
  if (against === null) return { status: "no target", judgement: "neutral" };
  if (against.share === null) {
    const side = { better: "ahead of target", worse: "behind target", neutral: "on target" } as const;
    return { status: side[against.judgement], judgement: value === target ? "better" : against.judgement };
  }
  const reached = metric.better === "down" ? target / Math.max(value, Number.MIN_VALUE) : against.share;
  if (reached >= 1) return { status: value === target ? "on target" : "ahead of target", judgement: "better" };
  if (isRunning(context.settings, period))
    return { status: `in progress, ${formatPercent(reached)} reached`, judgement: "neutral" };
  if (reached >= closeTo) return { status: "close to target", judgement: "neutral" };
  return { status: "behind target", judgement: "worse" };
}

// How many partners a computed reason names.
const moversNamed = 2;

/**
 * What stands in for a reason that nobody wrote: how far the target is in the metric's own parts, and what moved it to the
 * side it stands on, against the same quarter a year ago. Empty where nothing can be told.
 */
function whatMoved(
  context: PageContext,
  id: string,
  period: string,
  target: number | null,
  values: PartnerValues | null,
): string {
  const { currency } = context.settings;
  const view = { period, slice: "program", sliceKey: "all" } as const;
  const found = context.metric(id, view);
  const base = lastPeriods("quarter", period, 5)[0] ?? period;
  const before = context.metric(id, { ...view, period: base });
  if (found.value === null) return "";
  // The side that is to be explained: of a target, else of a year ago.
  const side = Math.sign(found.value - (target ?? before.value ?? found.value));
  return [
    partsWords(found, target, currency),
    sizeWords(found, before, formatPeriod("quarter", base), target, currency),
    values === null ? "" : moversWords(context, values, [base, period], side),
  ]
    .filter((words) => words !== "")
    .join("; ");
}

/** A rate in what it divides, and how much of it makes the target. */
function partsWords(found: MetricValue, target: number | null, currency: string): string {
  const { metric, value, numerator, denominator } = found;
  if (metric.unit !== "ratio" || metric.shownAs !== undefined || value === null) return "";
  if (numerator === null || denominator === null || denominator <= 0) return "";
  const isCount = denominator === found.n;
  const say = (part: number): string => (isCount ? formatNumber(part) : formatMoneyShort(part, currency));
  const of = `${say(numerator)} of ${say(denominator)}`;
  if (target === null || metric.better !== "up") return of;
  const needed = isCount ? Math.ceil(target * denominator - 1e-9) : target * denominator;
  const gap = needed - numerator;
  if (gap > 0) return `${of}, ${say(gap)} short of the target`;
  return gap < 0 ? `${of}, ${say(-gap)} more than the target asks` : of;
}

/** How many deals or payments make a sum and what each was: against what the target takes at that size, else against a year ago. */
function sizeWords(
  found: MetricValue,
  before: MetricValue,
  on: string,
  target: number | null,
  currency: string,
): string {
  const { metric, value, n } = found;
  if (metric.form !== "sum" || metric.unit !== "money" || value === null || value <= 0 || n === 0) return "";
  const mean = value / n;
  const said = `${formatCount(n)} ${rowsOf(metric, n)} of ${formatMoneyShort(mean, currency)} in the mean`;
  if (target !== null) {
    const takes = Math.ceil(target / mean - 1e-9);
    return takes <= 0 ? said : `${said}, the target takes ${formatCount(takes)}`;
  }
  return before.n === 0 || before.value === null
    ? said
    : `${said}, in ${on} ${formatCount(before.n)} of ${formatMoneyShort(before.value / before.n, currency)}`;
}

/** The partners that moved a sum most to one side between two quarters. */
function moversWords(
  context: PageContext,
  values: PartnerValues,
  [base, period]: readonly [string, string],
  side: number,
): string {
  const movers = [...context.partners.values()]
    .map(({ key, name }) => ({ name, change: values.value(key, period) - values.value(key, base) }))
    .filter(({ change }) => side !== 0 && Math.sign(change) === side)
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || (a.name < b.name ? -1 : 1))
    .slice(0, moversNamed);
  if (movers.length === 0) return "";
  const named = movers.map(({ name, change }) => `${name} ${signedMoneyText(change, context.settings.currency)}`);
  return `most ${side > 0 ? "up" : "down"} on ${formatPeriod("quarter", base)}: ${named.join(", ")}`;
}

/** How many targets were met, as a sentence. */
export function scorecardFinding(rows: readonly ScorecardRow[]): string {
  const aimed = rows.filter((row) => row.target !== null && row.found.value !== null);
  if (aimed.length === 0) return "No row has a target";
  const met = aimed.filter((row) => row.judgement === "better").length;
  return `${met} of ${counted(aimed.length, "target")} met`;
}

/** How the table is read, in one line. */
export const tableWords =
  'Bar: actual, with a thick tick at the target and a thin one a year ago; below it the eight quarters that end with the one shown, each line on its own scale. Variance is actual less target; rates differ in percentage points. "Close to target" is within 10% of it. A reason in grey was worked out, nobody wrote one.';

/** Why a row stands where it does; grey where nobody wrote it. */
export function becauseMark(row: ScorecardRow): Fragment {
  if (row.because === "") return noValue;
  const said = unbroken(row.because);
  return row.isWritten ? said : html`<span class="muted">${said}</span>`;
}

/** A row's status with its shape: never colour alone. */
export function statusMark(row: ScorecardRow): Markup {
  if (row.judgement === "neutral") return html`<span class="standing">${row.status}</span>`;
  return html`<span class="standing ${row.judgement}">${row.judgement === "better" ? "▲" : "▼"} ${row.status}</span>`;
}

/** Whether a quarter has a commentary that says anything. */
export function isWritten({ because, lastActions, decisions, nextActions }: Notes): boolean {
  return because.size + lastActions.length + decisions.length + nextActions.length > 0;
}

/** What is said in place of a list that the commentary does not have; of a quarter without any, none of it is known. */
export function emptyWords(notes: Notes, period: string, otherwise: string): string {
  return isWritten(notes)
    ? otherwise
    : `None on record: no commentary was written for ${formatPeriod("quarter", period)}.`;
}

/** The last review's actions, done or open. */
export function actionList(actions: readonly Action[], empty: Fragment): Markup {
  if (actions.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<ul>${actions.map((action) => html`<li${action.isDone ? html` class="done"` : nothing}>${action.isDone ? "✓ done" : "○ open"} · ${action.text}</li>`)}</ul>`;
}

/** A list of the commentary, or what is said where it has none. */
export function itemList(items: readonly string[], empty: Fragment): Markup {
  if (items.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}
