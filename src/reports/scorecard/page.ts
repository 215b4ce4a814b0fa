import { formatDate, formatPeriod } from "../../metrics/format.ts";
import { definitionsVersion } from "../../metrics/registry.ts";
import type { Assets } from "../assets.ts";
import { isRunning, makeContext, progressOf } from "../context.ts";
import { html, type Markup } from "../html.ts";
import { readPartners } from "../partners.ts";
import { readPoints } from "../points.ts";
import { nothingPresented } from "../presented.ts";
import { readSettings } from "../settings.ts";
import { standalone } from "../standalone.ts";
import type { Warehouse } from "../tables.ts";
import { type Notes, noCommentary } from "./notes.ts";
import {
  actionList,
  becauseMark,
  emptyWords,
  itemList,
  type ScorecardRow,
  scorecardFinding,
  scorecardRows,
  statusMark,
  tableWords,
} from "./parts.ts";

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
    together: [],
    root: "",
    page: "scorecard",
    metrics: null,
    file: undefined,
    points: await readPoints(db, settings.minorUnits, null),
    block: (_, draw) => draw({ period, slice: "program", sliceKey: "all" }),
    usedOn: new Map(),
    annotations: [],
    commentary: noCommentary,
    presented: nothingPresented,
    earlier: [],
    // The scorecard goes out as one file; none of its tables leaves rows out.
    put: () => undefined,
    menu: [],
  });
  const rows = await scorecardRows(context, period, notes);
  const label = formatPeriod("quarter", period);
  return standalone({
    title: `QBR scorecard · ${label}`,
    assets: options.assets,
    foot: `Attributary · QBR scorecard · ${label}${isRunning(settings, period) ? " so far" : ""} · as of ${formatDate(settings.asOf)} · definitions ${definitionsVersion()}`,
    body: html`<section class="sheet"><header class="strip"><h1>QBR scorecard</h1><p class="question">What did we promise, did it happen, why, what next?</p>
<ul class="facts"><li><b>${label}</b> ${progressOf(settings, period)}</li><li>as of <b>${formatDate(settings.asOf)}</b></li><li>${settings.currency}</li></ul></header>
<p class="finding">${scorecardFinding(rows)}</p>
${rowTable(rows, settings.currency)}
<p class="lead">${tableWords}</p>
<h2>Last review's actions</h2>${actionList(notes.lastActions, emptyWords(notes, period, "None were noted."))}</section>
<section class="sheet"><h2>Decisions asked</h2>${itemList(notes.decisions, emptyWords(notes, period, "No decision is asked."))}
<h2>New actions</h2>${itemList(notes.nextActions, emptyWords(notes, period, "None yet."))}
<h2>As presented</h2>${itemList(options.history, `${label} has not been presented before.`)}
<footer class="foot on-screen"><span>QBR scorecard · ${label} · as of ${formatDate(settings.asOf)}</span></footer></section>`,
  });
}

function rowTable(rows: readonly ScorecardRow[], currency: string): Markup {
  return html`<div class="table-scroll"><table class="table"><caption class="hidden-words">Scorecard, ${currency}</caption>
<thead><tr><th scope="col">Metric</th><th scope="col" class="number">Actual</th><th scope="col" class="number">Target</th><th scope="col" class="number">Variance</th><th scope="col">Status</th><th scope="col" class="number">A year ago</th><th scope="col">Target, eight quarters</th><th scope="col">Owner</th><th scope="col">Because</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><th scope="row">${row.found.metric.label}</th><td class="number">${row.found.card}</td><td class="number">${row.targetText}</td><td class="number">${row.variance}</td><td>${statusMark(row)}</td><td class="number">${row.yearAgoText}</td><td>${row.trend}</td><td>${row.owner}</td><td class="because">${becauseMark(row)}</td></tr>\n`,
  )}</tbody></table></div>`;
}
