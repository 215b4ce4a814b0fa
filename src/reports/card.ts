import { type Comparison, compare, compareWithTarget, isSmallSample } from "../metrics/compare.ts";
import type { Metric } from "../metrics/define.ts";
import { formatCard, formatCount, formatPercent, formatPercentagePoints, formatPeriod } from "../metrics/format.ts";
import { dayOfPeriod, lastPeriods, spanOf } from "../metrics/periods.ts";
import { definitionId } from "../metrics/registry.ts";
import { bullet } from "./charts/bullet.ts";
import { sparkline } from "./charts/sparkline.ts";
import { isRunning, type MetricValue, type PageContext, quartersShown, type View } from "./context.ts";
import type { EarlierState } from "./earlier-days.ts";
import { type Fragment, html, type Markup } from "./html.ts";

/** One figure of a page's head row; its label is the metric's own, so that it reads as its definition does. */
export interface CardParts {
  /** A metric id; it brings label, unit, comparisons, sparkline and n. */
  readonly id: string;
  /** Another place than the view's: the next quarter, the program. Comparisons and sparkline then stay away. */
  readonly at?: { readonly period?: string; readonly slice?: "program" };
  /** What the value covers, right of the label: `next quarter`, `whole program`. */
  readonly scope?: string;
  /** A line of its own instead of, or below, the comparisons. */
  readonly note?: Fragment;
  /** What n spans where it is more than the label says: `since the first one`. */
  readonly spans?: string;
  /** A state of now as it was on earlier days, where that is known. */
  readonly earlier?: EarlierState;
  /** Why there is no value, when there is none. */
  readonly missing?: string;
}

/** Up to six figures in a row of cards. */
export function cards(context: PageContext, view: View, list: readonly CardParts[]): Markup {
  return html`<div class="cards">${list.map((parts) => card(context, view, parts))}</div>`;
}

/** Label with its definition, value, bullet against target, change on the quarter before and on a year ago, eight quarters, n. */
export function card(context: PageContext, view: View, parts: CardParts): Markup {
  const { metric } = context.metric(parts.id);
  // What is known of the program alone is told of it, whatever slice is chosen, and says so.
  const isWhole = parts.at?.slice === "program" || (metric.slices.length === 1 && view.slice !== "program");
  const at = { ...view, ...parts.at, ...(isWhole ? { slice: "program" as const, sliceKey: "all" } : {}) };
  const found = context.metric(parts.id, at);
  const isState = metric.periods.includes("current");
  const isElsewhere = parts.at !== undefined;
  // A state is of now whatever quarter is chosen, and so is what was promised for it.
  const target = isElsewhere ? null : context.target(parts.id, isState ? { ...at, period: context.period } : at);
  const presented = isState ? null : context.presented.as(parts.id, at);
  return html`<article class="card" id="${parts.id.replaceAll(".", "-")}">
<h3><a href="${context.root}definitions.html#${definitionId(metric.id)}">${metric.label}</a><span class="scope">${[
    parts.scope ?? (isState ? "now" : null),
    isWhole && view.slice !== "program" ? "whole program" : null,
  ]
    .filter((words) => words !== null)
    .filter((words, index, list) => list.indexOf(words) === index)
    .join(", ")}</span>${howButton(metric)}</h3>
<div class="card-top"><p class="card-value${isThin(found) ? " is-thin" : ""}">${found.card}${
    presented === null
      ? null
      : restatedMark(`presented as ${formatCard(presented.value, metric, context.settings.currency)}`)
  }</p>${isState || isElsewhere ? null : trend(context, at, parts.id, found)}</div>
${found.value === null ? html`<p class="card-why">${parts.missing ?? (isState ? "nothing to work it out from" : "nothing to work it out from in this quarter")}</p>` : null}${
  target === null || found.value === null ? null : targetBar(context, at, parts.id, found, target)
}${isElsewhere || (isState && target === null && parts.earlier === undefined) ? null : comparisons(context, at, parts, found, target)}${parts.note === undefined ? null : html`<p class="card-why">${parts.note}</p>`}
${found.metric.form === "count" || found.value === null || found.metric.grain === "one target" ? null : html`<p class="card-n">${sample(found, parts.spans)}</p>`}
</article>`;
}

/** Marks a figure that is not what was presented; the words say what it was. */
export function restatedMark(words: string): Markup {
  return html` <abbr class="restated" title="restated: ${words}">r<span class="hidden-words"> restated, ${words}</span></abbr>`;
}

/** Opens how a figure is computed without leaving the page; the label beside it leads to the same words. */
function howButton(metric: Metric): Markup {
  return html`<button type="button" class="how needs-script" data-how="${definitionId(metric.id)}" aria-label="How ${metric.label} is computed">?</button>`;
}

// A coverage has one target behind it, which is no sample.
function isThin(found: MetricValue): boolean {
  return found.value !== null && found.metric.grain !== "one target" && isSmallSample(found.metric, found.n);
}

function sample(found: MetricValue, spans: string | undefined): Fragment {
  return html`n = ${formatCount(found.n)} <span class="muted">· ${rowsOf(found.metric, found.n)}${spans === undefined ? null : ` ${spans}`}</span>`;
}

/** What stands behind a value, in words. Money rests on the deals that have an amount, which are fewer than the deals. */
export function rowsOf(metric: Metric, n: number): string {
  const one = metric.grain.replace(/^one /, "");
  const words =
    n === 1
      ? one
      : one
          .split(/(, | or )/)
          .map((part, index) => (index % 2 === 1 || part.endsWith("s") ? part : `${part.replace(/y$/, "ie")}s`))
          .join("");
  const isOfMoney = metric.unit === "money" || metric.restsOnAmounts === true;
  return isOfMoney && /\bdeal$/.test(one) ? `${words} with an amount` : words;
}

/** How many of these deals a sum of money leaves out, since they have no amount or no exchange rate; empty where none. */
export function withoutAmount(deals: number, amounts: number): string {
  const missing = deals - amounts;
  if (missing <= 0) return "";
  const lacking = "without an amount or exchange rate";
  if (missing < deals) return `, ${formatCount(missing)} of them ${lacking}`;
  return deals === 1 ? `, ${lacking}` : `, all of them ${lacking}`;
}

function trend(context: PageContext, view: View, id: string, found: MetricValue): Markup {
  const periods = lastPeriods("quarter", view.period, quartersShown);
  const values = periods.map((period) => context.metric(id, { ...view, period }).value);
  const label = `${found.metric.label}, ${periods.map((period, index) => `${formatPeriod("quarter", period)} ${formatCard(values[index] ?? null, found.metric, context.settings.currency)}`).join(", ")}`;
  return sparkline(values, isRunning(context.settings, view.period), label);
}

function targetBar(context: PageContext, view: View, id: string, found: MetricValue, target: number): Markup {
  const yearAgo = lastPeriods("quarter", view.period, 5)[0] ?? view.period;
  const year = found.metric.periods.includes("current") ? null : context.metric(id, { ...view, period: yearAgo }).value;
  const said = `${found.card} against a target of ${formatCard(target, found.metric, context.settings.currency)}`;
  return bullet({ value: found.value ?? 0, target, yearAgo: year, label: said });
}

function comparisons(
  context: PageContext,
  view: View,
  { id, earlier }: CardParts,
  found: MetricValue,
  target: number | null,
): Markup {
  const { currency } = context.settings;
  const running = isRunning(context.settings, view.period);
  const row = (label: string, said: Comparison): Markup => {
    // Of so few rows one makes the change: it is no news, and says how few they are.
    const isThin = said.isSmall && said.judgement !== "neutral" && found.metric.grain !== "one target";
    // Of an amount below zero there is a difference and no percentage.
    const text = said.kind === "not_comparable" && said.difference !== null ? "below zero then" : said.text;
    return html`<tr><th scope="row">vs ${label}</th><td>${
      isThin ? judged("neutral", `${said.text} · ${said.sample}`, null) : judged(said.judgement, text, said.reason)
    }</td></tr>`;
  };
  const dated = (base: "prior" | "year"): Markup | null => {
    const said = context.compareWith(id, view, base);
    if (said.kind === "not_comparable" && running && !found.metric.hasToDate) return null;
    return row(
      said.words.includes("to the same day")
        ? `${quarterBefore(view, base)} to day ${dayOf(context, view)}`
        : quarterBefore(view, base),
      said,
    );
  };
  const rows = found.metric.periods.includes("current")
    ? (earlier?.(view) ?? []).map((day) => row(day.label, compareEarlier(found, day)))
    : [dated("prior"), dated("year")];
  if (rows.every((row) => row === null) && target === null) {
    return html`<p class="card-why">compared once the quarter is over: earlier quarters are only known as a whole</p>`;
  }
  return html`<table class="compare"><caption class="hidden-words">${found.metric.label} compared</caption><tbody>${
    target === null
      ? null
      : html`<tr><th scope="row">vs target ${formatCard(target, found.metric, currency)}</th><td>${targetWords(
          found,
          target,
          running,
        )}</td></tr>`
  }${rows}</tbody></table>`;
}

/** A state of now against what it was on an earlier day. */
export function compareEarlier(found: MetricValue, { label, point }: ReturnType<EarlierState>[number]): Comparison {
  const now = { value: found.value, n: found.n, status: "final" } as const;
  return compare({ metric: found.metric, now, whole: point, toDate: undefined, label, isRunning: false });
}

// Rates differ in percentage points; a sum that still grows is told by how much of the target it has reached.
function targetWords(found: MetricValue, target: number, isRunning: boolean): Fragment {
  const { metric, value } = found;
  const against = compareWithTarget(metric, value, target);
  if (against === null || value === null) return "–";
  const isRate = metric.unit === "ratio" && metric.shownAs === undefined;
  if (isRate)
    return judged(against.judgement, value === target ? "on target" : formatPercentagePoints(value - target), null);
  const isGrowing = metric.form === "sum" && !metric.periods.includes("current");
  if (isRunning && isGrowing && against.share !== null && against.share < 1)
    return `${formatPercent(against.share)} reached`;
  return judged(against.judgement, against.text.replace(" against target", ""), null);
}

/** The day of the quarter that has come, to which earlier quarters are compared. */
function dayOf(context: PageContext, view: View): number {
  const { fiscalYearStart, asOf } = context.settings;
  return dayOfPeriod(spanOf("quarter", view.period, fiscalYearStart), asOf).day;
}

function quarterBefore(view: View, base: "prior" | "year"): string {
  const periods = lastPeriods("quarter", view.period, base === "prior" ? 2 : 5);
  return formatPeriod("quarter", periods[0] ?? view.period);
}

/**
 * A change with its sign and the word for what it means: never colour alone. The shape stands only beside the sign it looks
 * like, since an arrow up beside a minus would be read either way.
 */
export function judged(judgement: "better" | "worse" | "neutral", text: string, reason: string | null): Markup {
  if (reason !== null)
    return html`<span class="muted" title="${reason}">${text} <span class="hidden-words">${reason}</span></span>`;
  if (judgement === "neutral") return html`<span class="muted">${text}</span>`;
  const shape =
    judgement === "better" && !text.startsWith("−") ? "▲ " : judgement === "worse" && !text.startsWith("+") ? "▼ " : "";
  return html`<span class="${judgement}">${shape}${text} <span class="verdict">${judgement}</span></span>`;
}
