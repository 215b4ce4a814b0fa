import { formatDate } from "../../metrics/format.ts";
import type { Assets } from "../assets.ts";
import { type Fragment, html, type Markup, nothing, raw } from "../html.ts";
import type { Comparison } from "./comparison.ts";
import {
  changeRow,
  counted,
  creditRows,
  dealTitle,
  dealWords,
  partnerRows,
  settingWords,
  shownTotals,
  verdictOf,
} from "./words.ts";

/** A comparison as one page that needs nothing beside itself. */
export function comparisonPage(comparison: Comparison, assets: Assets): string {
  const { asOf, configurations, rules, notes, total, partners, dealCount, deals, metrics, currency } = comparison;
  const short = partnerRows(comparison, partners.length);
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rules compared · ${formatDate(asOf)}</title>
<link rel="icon" href="data:,">
<style>${raw(assets.style.markup)}</style>
</head>
<body>
<main id="main">
<header class="strip"><h1>${verdictOf(comparison)}</h1><p class="question">What would other rules change?</p>
<ul class="facts"><li>before <b>${configurations.before}</b></li><li>after <b>${configurations.after}</b></li><li>as of <b>${formatDate(asOf)}</b></li><li>money in <b>${currency}</b></li></ul></header>
${notes.map((note) => html`<p class="lead">${note}</p>`)}
${section(
  "The rules that differ",
  "Settings of the two configurations that can change a number.",
  tableOf(
    ["setting", "before", "after"],
    rules.map(({ key, before, after }) => [key, settingWords(before), settingWords(after)]),
  ),
)}
${section(
  "In total",
  "Every measure of the whole program that changes; where none does, all of them.",
  tableOf(
    ["measure", "before", "after", "difference"],
    shownTotals(total).map((change) => changeRow(change, currency)),
    1,
  ),
)}
${section(
  "Credit by model",
  "What partners gain and lose under each credit model.",
  tableOf(["measure", "gained", "lost", "in all"], creditRows(comparison), 1),
)}
${section(
  `Who gains, who loses: ${counted(partners.length, "partner")}`,
  "Differences, the largest first. Influence is not additive: a deal's full amount stands with every partner that influenced it.",
  tableOf(short.head, short.rows, 1),
)}
${section(
  `The deals behind it: ${counted(dealCount, "deal")}`,
  dealCount > deals.length ? `The largest ${deals.length} are shown; the CSV form has them all.` : "The largest first.",
  deals.length === 0
    ? html`<p class="empty">No deal changes.</p>`
    : html`${deals.map((deal) => html`<h3>${dealTitle(deal, currency)}</h3><ul>${dealWords(deal, currency).map((line) => html`<li>${line}</li>`)}</ul>`)}`,
)}
${section(
  "Metrics with other values",
  "How many values of each metric differ, over all periods and slices.",
  tableOf(
    ["metric", "values"],
    metrics.map(({ metric, changed }) => [metric, String(changed)]),
    1,
  ),
)}
<footer class="foot"><span>${configurations.before} and ${configurations.after} · as of ${formatDate(asOf)}</span></footer>
</main>
</body>
</html>`.markup
  }\n`;
}

function section(title: string, about: string, content: Markup): Markup {
  return html`<section class="section"><h2>${title}</h2><p class="lead">${about}</p>${content}</section>`;
}

/** A table whose columns from `numbersFrom` on are numbers. */
function tableOf(head: readonly string[], rows: readonly (readonly string[])[], numbersFrom = head.length): Markup {
  if (rows.length === 0) return html`<p class="empty">Nothing differs.</p>`;
  const kind = (index: number): Fragment => (index >= numbersFrom ? raw(' class="number"') : nothing);
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="${head[0] ?? ""}"><table class="table"><thead><tr>${head.map((name, index) => html`<th scope="col"${kind(index)}>${name}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell, index) => html`<td${kind(index)}>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}
