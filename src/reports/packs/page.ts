import { formatDate } from "../../metrics/format.ts";
import type { Span } from "../../metrics/periods.ts";
import type { Assets } from "../assets.ts";
import { html, type Markup, raw } from "../html.ts";
import { printFoot } from "../print-foot.ts";
import { definitions, kindOf, type PackTable, shownCell } from "./tables.ts";

/** What the page of a pack shows. */
export interface PackPage {
  readonly partnerName: string;
  readonly tier: string | null;
  /** The period for people: `Q3 FY26`. */
  readonly period: string;
  readonly span: Span;
  readonly asOf: string;
  readonly tables: readonly PackTable[];
  readonly assets: Assets;
}

/** One page for one partner: no menu, no search, no script, nothing but its own rows. */
export function packPage(parts: PackPage): string {
  const { partnerName, period, asOf, tables, assets } = parts;
  const dates = `${formatDate(parts.span.startsOn)} to ${formatDate(parts.span.endsOn)}`;
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${partnerName} · ${period}</title>
<link rel="icon" href="data:,">
<style>${raw(assets.style.markup)}${raw(wrapping)}</style>
<style>${printFoot(`${partnerName} · ${period} · as of ${formatDate(asOf)}`)}</style>
</head>
<body>
<main id="main">
<header class="strip"><h1>${partnerName}</h1><p class="question">Your deals, registrations and commission in ${period}</p>
<ul class="facts"><li><b>${period}</b>, ${dates}</li><li>as of <b>${formatDate(asOf)}</b></li>${parts.tier === null ? null : html`<li>tier <b>${parts.tier}</b></li>`}</ul></header>
${tables.map(
  (table) =>
    html`<section class="section"><h2>${table.title}</h2><p class="lead">${table.about}</p>${
      table.rows.length === 0
        ? html`<p class="empty">Nothing in this period.</p>`
        : html`<div class="table-scroll" tabindex="0" role="region" aria-label="${table.title}"><table class="table"><thead><tr>${table.columns.map((column) => html`<th scope="col"${isNumber(column) ? raw(' class="number"') : ""}>${column.replaceAll("_", " ")}</th>`)}</tr></thead><tbody>${table.rows.map(
            (row) =>
              html`<tr>${row.map((cell, index) => bodyCell(shownCell(cell, table.columns[index] ?? ""), table.columns[index] ?? ""))}</tr>\n`,
          )}</tbody></table></div>`
    }</section>`,
)}
<section class="section"><h2>What the columns mean</h2><table class="table"><thead><tr><th scope="col">column</th><th scope="col">meaning</th></tr></thead><tbody>${[...new Set(tables.flatMap((table) => table.columns))].map((column) => html`<tr><td>${column.replaceAll("_", " ")}</td><td>${definitions[column] ?? ""}</td></tr>\n`)}</tbody></table></section>
<footer class="foot on-screen"><span>${partnerName} · ${period}, ${dates} · as of ${formatDate(asOf)}</span></footer>
</main>
</body>
</html>`.markup
  }\n`;
}

// On paper nothing scrolls: a long name breaks anywhere rather than pushing the columns beside it off the sheet.
const wrapping = "@media print{.table td.long{white-space:normal;overflow-wrap:anywhere}}";
const longText = 24;

function bodyCell(shown: string, column: string): Markup {
  const name = isNumber(column) ? ' class="number"' : shown.length > longText ? ' class="long"' : "";
  return html`<td${raw(name)}>${shown}</td>`;
}

function isNumber(column: string): boolean {
  return ["money", "rate"].includes(kindOf(column));
}
