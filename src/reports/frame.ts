import { formatCount, formatDate, formatMoment, formatMoneyShort } from "../metrics/format.ts";
import type { Assets } from "./assets.ts";
import { isRunning, type MenuEntry, type PageContext, progressOf, quarterLabel } from "./context.ts";
import { type Fragment, html, type Markup, nothing, raw } from "./html.ts";
import { groupBy } from "./numbers.ts";
import type { Page, PageContent } from "./page.ts";
import { dateIn } from "./partners.ts";
import { printFoot } from "./print-foot.ts";
import type { SliceChoice } from "./views.ts";
import { counted, readable } from "./words.ts";

/** When a source was read last. */
export interface SourceAge {
  readonly source: string;
  readonly kind: string;
  readonly loadedAt: Date | null;
}

/** How the checks of the build stand. */
export interface CheckState {
  /** Checks of severity error and of warning that returned rows. */
  readonly failing: number;
  readonly warning: number;
  /** Rows of failing checks. */
  readonly rows: number;
  /** Money on them, in major units. */
  readonly money: number;
}

/** What is the same on every page of one site. */
export interface SiteFacts {
  readonly assets: Assets;
  /** When the site was built, for people. */
  readonly builtAt: string;
  /** When each source was read last, those read together in one sentence. */
  readonly sources: Readonly<Record<"day" | "minute", readonly string[]>>;
  readonly checks: CheckState;
  /** The version of the metrics' definitions. */
  readonly definitions: string;
  readonly menu: readonly MenuEntry[];
  /** What the filter bar offers beside quarters. */
  readonly choices: readonly {
    readonly slice: "region" | "type" | "tier" | "manager";
    readonly keys: readonly string[];
    /** How many keys there are, kept or not. */
    readonly of: number;
  }[];
}

/** A page's own part of its frame. */
export interface FrameParts {
  readonly page: Page;
  readonly context: PageContext;
  readonly content: PageContent;
  readonly site: SiteFacts;
  /** The quarter shown and how far it has come. */
  readonly period: Markup;
  readonly title: string;
}

/** Stands in a page where the other choices of the filter bar go; no text of a source can look like it. */
export const viewsPlace = raw("<!--views-->");

const mark = raw(
  '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><rect x="1" y="9" width="5" height="10" rx="1" fill="var(--direct)" stroke="var(--direct-line)"/><rect x="7.5" y="5" width="5" height="14" rx="1" fill="var(--influenced)"/><rect x="14" y="1" width="5" height="18" rx="1" fill="var(--sourced)"/></svg>',
);

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'%3E%3Crect x='1' y='9' width='5' height='10' fill='%23a3abb5'/%3E%3Crect x='7.5' y='5' width='5' height='14' fill='%2328a197'/%3E%3Crect x='14' y='1' width='5' height='18' fill='%2312436d'/%3E%3C/svg%3E";

// Fine teal lines for influence, wide grey ones for forecast; they stand once in a page and every drawing refers to them.
const patterns = raw(
  `<svg class="definitions" aria-hidden="true"><defs>` +
    `<pattern id="hatch-influenced" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--influenced)"/><rect width="1.6" height="6" fill="var(--page)" fill-opacity="0.75"/></pattern>` +
    `<pattern id="hatch-forecast" width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="12" height="12" fill="var(--band-2)"/><rect width="4" height="12" fill="var(--mark-soft)"/></pattern>` +
    `</defs></svg>`,
);

/** Puts a page's content into the frame that all pages share. */
export function frame(parts: FrameParts): string {
  const { page, context, content, site, title } = parts;
  const { settings, root } = context;
  const quarter = content.period ?? context.period;
  // What is downloaded from a partner's page is named after it, as the page's file is.
  const partner =
    context.partner === null ? null : html` data-partner="${context.partner.path.replace(/^.*\/|\.html$/g, "")}"`;
  const period = quarterLabel(quarter);
  const foot = `Attributary · ${title} · as of ${formatDate(settings.asOf)}`;
  return `<!doctype html>\n${
    html`<html lang="en" data-page="${page.id}" data-root="${root}" data-period="${quarter}" data-as-of="${settings.asOf}" data-definitions="${site.definitions}"${partner}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${period} · Attributary</title>
<link rel="icon" href="${icon}">
<style>${site.assets.style}
</style>
<style id="print-foot">${printFoot(`Attributary · ${title} · ${period}${isRunning(settings, quarter) ? " so far" : ""} · as of ${formatDate(settings.asOf)} · definitions ${site.definitions}`)}</style>
<script>${site.assets.headScript}</script>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
${patterns}
<div class="layout">
${side(parts)}
<main id="main" tabindex="-1">
<header class="strip">
<p class="crumbs">${page.each === "partner" ? html`<a data-carry href="${root}partners.html">Partners</a> / ${page.title}` : page.group}</p>
<h1>${title}</h1>
<p class="question">${page.question}</p>
<ul class="facts">
<li>${parts.period}</li>
<li>as of <b>${formatDate(settings.asOf)}</b>${settings.isAsOfExplicit ? " (asked for)" : ""}</li>
${site.sources[page.moments === true ? "minute" : "day"].map((source) => html`<li>${source}</li>`)}
<li class="fact-check${site.checks.failing > 0 ? " is-bad" : ""}">${checkWords(parts)}</li>
</ul>
</header>
${bar(parts)}
<div class="finding" role="heading" aria-level="2">${content.finding}</div>
${content.lead === undefined ? null : html`<div class="finding-more">${content.lead}</div>`}
${content.body}
<footer class="foot"><span class="on-screen">${foot}</span><span>Credit rule: sourced wins · amounts in ${settings.currency}</span>${page.moments === true ? html`<span>Built ${site.builtAt}</span>` : null}<span><a href="${root}definitions.html">Definitions</a></span></footer>
</main>
</div>
${searchBox()}
${viewsPlace}
<script>${site.assets.script}</script>
</body>
</html>`.markup
  }\n`;
}

/** When sources were read last, to the day or the minute; sources read in one go are named together. */
export function sourceFacts(sources: readonly SourceAge[], timezone: string, to: "day" | "minute"): readonly string[] {
  const said = sources.map(({ source, loadedAt }) => ({
    source,
    time:
      loadedAt === null
        ? "never read"
        : `read ${to === "day" ? formatDate(dateIn(loadedAt, timezone)) : formatMoment(loadedAt, timezone)}`,
  }));
  return [...groupBy(said, ({ time }) => time)].map(
    ([time, group]) => `${group.map(({ source }) => source).join(", ")}: ${time}`,
  );
}

/** A quarter and how far it has come. */
export function periodFact(context: PageContext, period: string): Markup {
  const presented = context.presented.on(period);
  const state = isRunning(context.settings, period)
    ? null
    : presented === null
      ? ", not presented yet"
      : `, presented on ${presented}`;
  return html`<b>${quarterLabel(period)}</b> ${progressOf(context.settings, period)}${state}`;
}

function side(parts: FrameParts): Markup {
  const { page, context, site } = parts;
  const groups = [...new Set(site.menu.map((entry) => entry.group))];
  return html`<header class="side">
<a class="brand" data-carry href="${context.root}index.html">${mark}Attributary</a>
<div class="side-tools needs-script"><button type="button" class="button search-open" data-search-open>Search <kbd>/</kbd></button><button type="button" class="button" data-theme-toggle aria-pressed="false">Dark</button></div>
<nav aria-label="Pages"><details class="menu" open><summary>Pages</summary>${groups.map(
    (group) =>
      html`<h2>${group}</h2><ul>${site.menu
        .filter((entry) => entry.group === group)
        .map((entry) =>
          menuLine(entry, entry.id === page.id || (page.each === "partner" && entry.id === "partners"), parts),
        )}</ul>`,
  )}</details></nav>
</header>`;
}

function menuLine(entry: MenuEntry, isCurrent: boolean, parts: FrameParts): Markup {
  const { context, site } = parts;
  const badge =
    entry.id === "data-quality" && site.checks.failing > 0
      ? html`<span class="badge">${site.checks.failing}<span class="hidden-words"> failing</span></span>`
      : nothing;
  return html`<li><a data-carry href="${context.root}${entry.path}"${isCurrent ? raw(' aria-current="page"') : nothing}>${entry.title}${badge}</a></li>`;
}

function checkWords(parts: FrameParts): Fragment {
  const { failing, warning, money, rows } = parts.site.checks;
  const link = `${parts.context.root}data-quality.html`;
  const { currency } = parts.context.settings;
  // What lacks a rate, or was left out unread, has no amount to tell.
  const affected =
    money === 0
      ? `${counted(rows, "row")} affected, amount not known in ${currency}`
      : `${formatMoneyShort(money, currency)} affected`;
  const words =
    failing > 0
      ? `${counted(failing, "check")} failing, ${affected}`
      : warning > 0
        ? `no check failing, ${warning} to look at`
        : "all checks pass";
  return html`<a data-carry href="${link}">${failing > 0 ? "◆ " : "● "}${words}</a>`;
}

const names = Object.freeze({
  region: "Partner region",
  type: "Partner type",
  tier: "Tier",
  manager: "Partner manager",
});

// The empty choice is no name, whatever a region or a person is called.
const every = Object.freeze({
  region: "Every region",
  type: "Every type",
  tier: "Every tier",
  manager: "Every manager",
});

function bar(parts: FrameParts): Markup {
  const { page, context, site } = parts;
  if (page.filters.length === 0) return nothing;
  const quarters = [...context.quarters].reverse();
  const period = page.filters.includes("period")
    ? html`<label>Quarter<select name="period">${quarters.map((quarter) =>
        quarter === context.period
          ? html`<option value="">${quarterLabel(quarter)} · ${progressOf(context.settings, quarter).replace(/,.*/, "")}</option>`
          : html`<option value="${quarter}">${quarterLabel(quarter)}</option>`,
      )}</select></label>`
    : nothing;
  const slices = page.filters.includes("slice")
    ? site.choices.map(
        (choice) =>
          html`<label>${names[choice.slice]}<select name="${choice.slice}"><option value="">${every[choice.slice]}</option>${choice.keys.map((key) => html`<option value="${key}">${readable(key)}</option>`)}${
            choice.keys.length < choice.of
              ? html`<option disabled value="?">kept here: the ${formatCount(choice.keys.length)} with the most partners, of ${formatCount(choice.of)}</option>`
              : null
          }</select></label>`,
      )
    : nothing;
  return html`<form class="filters needs-script" aria-label="Filters"><div class="filters-controls">${period}${slices}<button type="button" class="button" data-clear hidden>Clear</button><button type="button" class="button button-quiet" data-copy-link>Copy link</button></div><p class="filter-note" role="status"></p></form>`;
}

/** The stored choices of the filter bar for one page. */
export function choicesOf(site: SiteFacts): readonly SliceChoice[] {
  return site.choices.flatMap((choice) => choice.keys.map((sliceKey) => ({ slice: choice.slice, sliceKey })));
}

function searchBox(): Markup {
  return html`<dialog class="search" aria-label="Search"><div class="search-box"><input type="search" placeholder="Page, partner, deal or metric" aria-label="Search pages, partners, deals and metrics" role="combobox" aria-expanded="true" aria-controls="search-hits" autocomplete="off"></div><div class="search-hits" id="search-hits" role="listbox" aria-label="Found"></div><p class="search-said" role="status"></p></dialog>`;
}
