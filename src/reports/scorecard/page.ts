import { compareWithTarget } from "../../metrics/compare.ts";
import {
  formatCard,
  formatDate,
  formatMoneyShort,
  formatNumber,
  formatPercent,
  formatPercentagePoints,
  formatPeriod,
  noValue,
} from "../../metrics/format.ts";
import { lastPeriods } from "../../metrics/periods.ts";
import { metricOf } from "../../metrics/registry.ts";
import type { Assets } from "../assets.ts";
import { sparkline } from "../charts/sparkline.ts";
import { isRunning, type MetricValue, makeContext, type PageContext, progressOf, quartersShown } from "../context.ts";
import { html, type Markup, nothing } from "../html.ts";
import { readPartners } from "../partners.ts";
import { readPoints } from "../points.ts";
import { readSettings } from "../settings.ts";
import { standalone } from "../standalone.ts";
import type { Warehouse } from "../tables.ts";
import { counted } from "../words.ts";
import { type Action, type Notes, rowsShown } from "./notes.ts";

/** What a scorecard is drawn from. */
export interface ScorecardOptions {
  readonly db: Warehouse;
  /** A fiscal quarter, `2026-Q3`. */
  readonly period: string;
  readonly notes: Notes;
  readonly assets: Assets;
  /** What is said of earlier presentations of the quarter: when, by whom, and whether the numbers are the same. */
  readonly history: readonly string[];
}

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

const style = `
.sheet + .sheet { break-before: page; }
.sheet .table td, .sheet .table th { vertical-align: top; }
.sheet .sparkline { width: 104px; height: 34px; }
.sheet .because { min-width: 180px; white-space: normal; }
.sheet ul:not(.facts) { padding-left: 16px; list-style: disc; }
.sheet li { margin: 4px 0; }
.sheet .done { color: var(--muted); }
@media print { main { padding: 0; } .sheet .table, .sheet .table thead th { font-size: 9.5px; } .sheet li { font-size: 10px; margin: 2px 0; } .sheet .lead { font-size: 9px; } .sheet h2 { font-size: 12px; margin: 10px 0 4px; } }
`;

/** Draws the QBR scorecard of one quarter: eight rows and the last review's actions on the first page; decisions, new actions and earlier presentations on the second. */
export async function scorecardPage(options: ScorecardOptions): Promise<string> {
  const { db, period, notes } = options;
  const settings = await readSettings(db);
  const context = makeContext({
    db,
    settings,
    period,
    partners: await readPartners(db, settings.timezone),
    partner: null,
    root: "",
    page: "scorecard",
    points: await readPoints(db, settings.minorUnits, null),
    block: (_, draw) => draw({ period, slice: "program", sliceKey: "all" }),
    usedOn: new Map(),
    annotations: [],
    menu: [],
  });
  const rows = [...notes.rows, ...defaultRows.filter((id) => !notes.rows.includes(id))]
    .slice(0, rowsShown)
    .map((id) => rowOf(context, period, id, notes));
  const label = formatPeriod("quarter", period);
  return standalone({
    title: `QBR scorecard · ${label}`,
    assets: options.assets,
    style,
    body: html`<section class="sheet"><header class="strip"><h1>QBR scorecard</h1><p class="question">What did we promise, did it happen, why, what next?</p>
<ul class="facts"><li><b>${label}</b> ${progressOf(settings, period)}</li><li>as of <b>${formatDate(settings.asOf)}</b></li><li>${settings.currency}</li></ul></header>
<p class="finding">${finding(rows)}</p>
${rowTable(rows, settings.currency)}
<p class="lead">Eight quarters end with the one shown, each line on its own scale. Variance is actual less target; rates differ in percentage points. "Close to target" is within 10% of it.</p>
<h2>Last review's actions</h2>${actionList(notes.lastActions)}</section>
<section class="sheet"><h2>Decisions asked</h2>${list(notes.decisions, "No decision is asked.")}
<h2>New actions</h2>${list(notes.nextActions, "None yet.")}
<h2>As presented</h2>${list(options.history, `${label} has not been presented before.`)}
<footer class="foot"><span>QBR scorecard · ${label} · as of ${formatDate(settings.asOf)}</span></footer></section>`,
  });
}

interface Row {
  readonly found: MetricValue;
  readonly target: number | null;
  readonly targetText: string;
  readonly variance: string;
  readonly status: string;
  readonly judgement: "better" | "worse" | "neutral";
  readonly trend: Markup;
  readonly owner: string;
  readonly because: string;
}

function rowOf(context: PageContext, period: string, id: string, notes: Notes): Row {
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
    found,
    target,
    targetText: target === null ? noValue : formatCard(target, found.metric, currency),
    variance: varianceOf(found, target, currency),
    ...statusOf(found, target, running, context, id),
    trend: sparkline(
      values,
      running,
      `${found.metric.label}: ${periods.map((each, index) => `${formatPeriod("quarter", each)} ${formatCard(values[index] ?? null, found.metric, currency)}`).join(", ")}`,
    ),
    owner: said?.owner ?? found.metric.owner,
    because: said?.text ?? withoutWords(context, id),
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
  found: MetricValue,
  target: number | null,
  running: boolean,
  context: PageContext,
  id: string,
): Pick<Row, "status" | "judgement"> {
  const { metric, value } = found;
  if (value === null) return { status: "no data", judgement: "neutral" };
  if (target === null) {
    const year = context.compareWith(id, { period: context.period, slice: "program", sliceKey: "all" }, "year");
    if (year.kind !== "change") return { status: "no target", judgement: "neutral" };
    return {
      status: `no target; ${year.judgement === "neutral" ? year.direction : year.judgement} than a year ago`,
      judgement: year.judgement,
    };
  }
  const against = compareWithTarget(metric, value, target);
  if (against === null) return { status: "no target", judgement: "neutral" };
  const reached = metric.better === "down" ? target / Math.max(value, Number.MIN_VALUE) : against.share;
  if (reached >= 1) return { status: value === target ? "on target" : "ahead of target", judgement: "better" };
  if (running) return { status: `in progress, ${formatPercent(reached)} reached`, judgement: "neutral" };
  if (reached >= closeTo) return { status: "close to target", judgement: "neutral" };
  return { status: "behind target", judgement: "worse" };
}

// Without a sentence of its own a row says how it moved.
function withoutWords(context: PageContext, id: string): string {
  const view = { period: context.period, slice: "program", sliceKey: "all" } as const;
  const prior = context.compareWith(id, view, "prior");
  const year = context.compareWith(id, view, "year");
  return [prior, year]
    .filter((said) => said.kind !== "not_comparable" && said.kind !== "no_data")
    .map((said) => said.words)
    .join("; ");
}

function finding(rows: readonly Row[]): string {
  const aimed = rows.filter((row) => row.target !== null && row.found.value !== null);
  if (aimed.length === 0) return "No row has a target; set some in targets";
  const met = aimed.filter((row) => row.judgement === "better").length;
  return `${met} of ${counted(aimed.length, "target")} met`;
}

function rowTable(rows: readonly Row[], currency: string): Markup {
  return html`<div class="table-scroll"><table class="table"><caption class="hidden-words">Scorecard, ${currency}</caption>
<thead><tr><th scope="col">Metric</th><th scope="col" class="number">Actual</th><th scope="col" class="number">Target</th><th scope="col" class="number">Variance</th><th scope="col">Status</th><th scope="col">Eight quarters</th><th scope="col">Owner</th><th scope="col">Because</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><th scope="row">${row.found.metric.label}</th><td class="number">${row.found.card}</td><td class="number">${row.targetText}</td><td class="number">${row.variance}</td><td>${mark(row)}</td><td>${row.trend}</td><td>${row.owner}</td><td class="because">${row.because === "" ? noValue : row.because}</td></tr>\n`,
  )}</tbody></table></div>`;
}

function mark(row: Row): Markup {
  if (row.judgement === "neutral") return html`${row.status}`;
  return html`<span class="${row.judgement}">${row.judgement === "better" ? "▲" : "▼"} ${row.status}</span>`;
}

function actionList(actions: readonly Action[]): Markup {
  if (actions.length === 0) return html`<p class="empty">None were noted.</p>`;
  return html`<ul>${actions.map((action) => html`<li${action.isDone ? html` class="done"` : nothing}>${action.isDone ? "✓ done" : "○ open"} · ${action.text}</li>`)}</ul>`;
}

function list(items: readonly string[], empty: string): Markup {
  if (items.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}
