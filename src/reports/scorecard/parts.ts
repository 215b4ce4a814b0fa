import { compareWithTarget } from "../../metrics/compare.ts";
import {
  formatCard,
  formatMoneyShort,
  formatNumber,
  formatPercent,
  formatPercentagePoints,
  formatPeriod,
  noValue,
} from "../../metrics/format.ts";
import { lastPeriods } from "../../metrics/periods.ts";
import { metricOf } from "../../metrics/registry.ts";
import { sparkline } from "../charts/sparkline.ts";
import { isRunning, type MetricValue, type PageContext, quartersShown } from "../context.ts";
import { html, type Markup, nothing } from "../html.ts";
import { counted } from "../words.ts";
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
  readonly trend: Markup;
  readonly owner: string;
  readonly because: string;
}

/** The rows of one quarter: those that its commentary names, then the default ones, with what it says of them. */
export function scorecardRows(context: PageContext, period: string, notes: Notes): readonly ScorecardRow[] {
  return [...notes.rows, ...defaultRows.filter((id) => !notes.rows.includes(id))]
    .slice(0, rowsShown)
    .map((id) => rowOf(context, period, id, notes));
}

function rowOf(context: PageContext, period: string, id: string, notes: Notes): ScorecardRow {
  const { currency } = context.settings;
  metricOf(id, "scorecard");
  const view = { period, slice: "program", sliceKey: "all" } as const;
  const found = context.metric(id, view);
  const target = context.target(id, view);
  const running = isRunning(context.settings, period);
  const periods = lastPeriods("quarter", period, quartersShown);
  const values = periods.map((each) => context.metric(id, { ...view, period: each }).value);
  const said = notes.because.get(id);
  return {
    id,
    found,
    target,
    targetText: target === null ? noValue : formatCard(target, found.metric, currency),
    difference: target === null || found.value === null ? null : found.value - target,
    variance: varianceOf(found, target, currency),
    ...statusOf(context, id, period, found, target),
    trend: sparkline(
      values,
      running,
      `${found.metric.label}: ${periods.map((each, index) => `${formatPeriod("quarter", each)} ${formatCard(values[index] ?? null, found.metric, currency)}`).join(", ")}`,
    ),
    owner: said?.owner ?? found.metric.owner,
    because: said?.text ?? withoutWords(context, id, period),
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

// Without a sentence of its own a row says how it moved.
function withoutWords(context: PageContext, id: string, period: string): string {
  const view = { period, slice: "program", sliceKey: "all" } as const;
  const prior = context.compareWith(id, view, "prior");
  const year = context.compareWith(id, view, "year");
  return [prior, year]
    .filter((said) => said.kind !== "not_comparable" && said.kind !== "no_data")
    .map((said) => said.words)
    .join("; ");
}

/** How many targets were met, as a sentence. */
export function scorecardFinding(rows: readonly ScorecardRow[]): string {
  const aimed = rows.filter((row) => row.target !== null && row.found.value !== null);
  if (aimed.length === 0) return "No row has a target; set some in targets";
  const met = aimed.filter((row) => row.judgement === "better").length;
  return `${met} of ${counted(aimed.length, "target")} met`;
}

/** A row's status with its shape: never colour alone. */
export function statusMark(row: ScorecardRow): Markup {
  if (row.judgement === "neutral") return html`<span class="standing">${row.status}</span>`;
  return html`<span class="standing ${row.judgement}">${row.judgement === "better" ? "▲" : "▼"} ${row.status}</span>`;
}

/** The last review's actions, done or open. */
export function actionList(actions: readonly Action[]): Markup {
  if (actions.length === 0) return html`<p class="empty">None were noted.</p>`;
  return html`<ul>${actions.map((action) => html`<li${action.isDone ? html` class="done"` : nothing}>${action.isDone ? "✓ done" : "○ open"} · ${action.text}</li>`)}</ul>`;
}

/** A list of the commentary, or what is said where it has none. */
export function itemList(items: readonly string[], empty: string): Markup {
  if (items.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}
