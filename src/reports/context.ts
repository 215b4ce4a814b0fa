import { type Comparison, compare, type Point } from "../metrics/compare.ts";
import type { Metric, PeriodKind, Slice } from "../metrics/define.ts";
import { formatCard, formatCell, formatPeriod } from "../metrics/format.ts";
import { dayOfPeriod, lastPeriods, periodOf, shiftPeriod, spanOf, yearBefore } from "../metrics/periods.ts";
import { definitionsVersion, metricOf } from "../metrics/registry.ts";
import type { Annotation } from "./annotations.ts";
import { csvOf } from "./csv.ts";
import type { EarlierFindings } from "./earlier.ts";
import { type Fragment, html, type Markup } from "./html.ts";
import type { MetricPoints, StoredPoint } from "./points.ts";
import type { Presented } from "./presented.ts";
import type { ReadCommentary } from "./scorecard/notes.ts";
import type { Settings } from "./settings.ts";
import type { KeepRows } from "./table.ts";
import type { Warehouse } from "./tables.ts";
import { readable, sentenceCase, unbroken } from "./words.ts";

/** One choice of the filter bar: a quarter, and the program or one of its slices. */
export interface View {
  readonly period: string;
  readonly slice: Slice;
  readonly sliceKey: string;
}

/** Which row of `metrics.value` is meant; what is left out is the quarter and the program of the page. */
export interface MetricAt {
  readonly periodKind?: PeriodKind;
  readonly period?: string;
  readonly slice?: Slice;
  readonly sliceKey?: string;
}

/** A metric with its value at one place. A sum or count without a row is zero, anything else is not known. */
export interface MetricValue {
  readonly metric: Metric;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly n: number;
  readonly status: Point["status"];
  /** For a card: `$1.24M`. */
  readonly card: string;
  /** For a table cell: `1,240,500`. */
  readonly cell: string;
}

/** A partner as pages name it. */
export interface PartnerEntry {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly tier: string | null;
  readonly region: string | null;
  readonly manager: string | null;
  readonly state: string;
  /** Neither ended nor a prospect, and agreed by the as-of date (R28). */
  readonly isCounted: boolean;
  readonly isProspect: boolean;
  readonly agreedOn: string | null;
  /** Null of a partner that has not ended, and of an ended one whose date is not known. */
  readonly endedOn: string | null;
  readonly activatedOn: string | null;
  readonly activationEvent: string | null;
  readonly lastEventOn: string | null;
  readonly lastEvent: string | null;
  /** Address of its page from the site's root. */
  readonly path: string;
}

/** One line of the sidebar. */
export interface MenuEntry {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly path: string;
}

/** A block of a page that the filter bar can change. */
export interface Block {
  readonly by: readonly ("period" | "slice")[];
  readonly draw: (view: View) => Markup;
}

/** Draws a block, or words inside a sentence, for every stored choice of the filter bar. */
export type DrawBlock = (by: Block["by"], draw: Block["draw"], tag?: "div" | "span") => Markup;

/** What a page is drawn from. */
export interface PageContext {
  readonly db: Warehouse;
  readonly settings: Settings;
  /** The quarter shown first: the one the as-of date falls into. */
  readonly period: string;
  /** The quarters that can be chosen, oldest first, the shown one last. */
  readonly quarters: readonly string[];
  readonly view: View;
  /** Every partner, by key. */
  readonly partners: ReadonlyMap<string, PartnerEntry>;
  /** The partner of a page that is drawn for each partner. */
  readonly partner: PartnerEntry | null;
  /** Keys of the partners whose pages are drawn one after another, so that what they need is read for all of them at once. */
  readonly together: readonly string[];
  /** Path from this page to the site's root: empty, or `../`. */
  readonly root: string;
  /** A metric's value. Throws UserError with the nearest id when there is no such metric. */
  readonly metric: (id: string, at?: MetricAt) => MetricValue;
  /** A metric against the quarter before or the same quarter a year ago. */
  readonly compareWith: (id: string, view: View, base: "prior" | "year") => Comparison;
  /** The target of a metric for a view, in its unit, or null. */
  readonly target: (id: string, view: View) => number | null;
  /** What the filter bar can change: drawn for every stored choice, the page's own choice in place. */
  readonly block: (by: Block["by"], draw: Block["draw"]) => Markup;
  /** The same for words inside a heading or a sentence. */
  readonly words: (by: Block["by"], draw: (view: View) => Fragment) => Markup;
  /** Whether partner belongs to a view's slice. */
  readonly isIn: (partnerKey: string | null, view: View) => boolean;
  /** The pages of the sidebar. */
  readonly menu: readonly MenuEntry[];
  /** Pages that used each metric so far. */
  readonly usedOn: ReadonlyMap<string, ReadonlySet<string>>;
  /** Notes people tied to dates, oldest first. */
  readonly annotations: readonly Annotation[];
  /** What was written for the scorecard of a quarter. */
  readonly commentary: ReadCommentary;
  /** What was frozen, and which of its amounts are no longer what was presented. */
  readonly presented: Presented;
  /** What the builds before this one found in the data, oldest first. */
  readonly earlier: readonly EarlierFindings[];
  /** Keeps all rows of a table of the program that has no room for them in a file beside the page; one for each quarter where one is named. */
  readonly keep: (quarter?: string) => KeepRows;
}

/** What makes a context. */
export interface ContextParts {
  readonly db: Warehouse;
  readonly settings: Settings;
  readonly period: string;
  readonly partners: ReadonlyMap<string, PartnerEntry>;
  readonly partner: PartnerEntry | null;
  readonly together: readonly string[];
  readonly root: string;
  readonly page: string;
  /** What the page said it would ask for; null where it may ask for anything. */
  readonly metrics: readonly string[] | null;
  /** How messages call the page's file, where it is one of somebody else's. */
  readonly file: string | undefined;
  readonly points: MetricPoints;
  readonly block: DrawBlock;
  readonly usedOn: Map<string, Set<string>>;
  readonly menu: readonly MenuEntry[];
  readonly annotations: readonly Annotation[];
  readonly commentary: ReadCommentary;
  readonly presented: Presented;
  /** What the builds before this one found in the data, oldest first. */
  readonly earlier: readonly EarlierFindings[];
  /** Takes a file beside the pages, by its path from the site's root. */
  readonly put: (name: string, text: string) => void;
}

/** How many quarters the filter bar offers and sparklines show. */
export const quartersShown = 8;

/** Makes the context of one page. */
export function makeContext(parts: ContextParts): PageContext {
  const { settings, points, usedOn, partner, page } = parts;
  const where = parts.file ?? `dashboards, page "${page}"`;
  const view: View =
    partner === null
      ? { period: parts.period, slice: "program", sliceKey: "all" }
      : { period: parts.period, slice: "partner", sliceKey: partner.key };

  const find = (id: string): Metric => {
    const metric = metricOf(id, where);
    // What was not read would be taken for nothing.
    if (parts.metrics?.includes(id) === false) throw new Error(`${where}: ${id} is not among its \`metrics\``);
    const pages = usedOn.get(id) ?? new Set();
    usedOn.set(id, pages.add(page));
    return metric;
  };

  const placeOf = (metric: Metric, at: MetricAt): readonly [PeriodKind, string, Slice, string] => {
    const kind =
      at.periodKind ??
      (metric.periods.includes("current") ? "current" : metric.periods.includes("quarter") ? "quarter" : "month");
    const period = kind === "current" ? "current" : (at.period ?? view.period);
    const slice = at.slice ?? view.slice;
    return [kind, period, slice, at.sliceKey ?? (at.slice === "program" ? "all" : view.sliceKey)];
  };

  const metricValue = (metric: Metric, point: StoredPoint | undefined): MetricValue => {
    const isAdded = metric.form === "sum" || metric.form === "count";
    const value = point === undefined || point.status === "no_data" ? (isAdded ? 0 : null) : point.value;
    return Object.freeze({
      metric,
      value,
      numerator: point?.numerator ?? null,
      denominator: point?.denominator ?? null,
      n: point?.n ?? 0,
      status: point?.status ?? "no_data",
      card: formatCard(value, metric, settings.currency),
      cell: formatCell(value, metric),
    });
  };

  const metric = (id: string, at: MetricAt = {}): MetricValue => {
    const found = find(id);
    return metricValue(found, points.value(id, ...placeOf(found, at)));
  };

  const compareWith = (id: string, seen: View, base: "prior" | "year"): Comparison => {
    const found = find(id);
    const before = base === "prior" ? shiftPeriod("quarter", seen.period, -1) : yearBefore("quarter", seen.period);
    const at = (period: string) => ["quarter", period, seen.slice, seen.sliceKey] as const;
    return compare({
      metric: found,
      now: points.value(id, ...at(seen.period)),
      whole: points.value(id, ...at(before)),
      toDate: points.toDate(id, ...at(before)),
      label: formatPeriod("quarter", before),
      isRunning: isRunning(settings, seen.period),
    });
  };

  const target = (id: string, seen: View): number | null => {
    find(id);
    return points.target(id, seen.period, seen.slice, seen.sliceKey);
  };

  const block: PageContext["block"] = (by, draw) => parts.block(by, draw);

  const words: PageContext["words"] = (by, draw) =>
    parts.block(
      by,
      (seen) => {
        const said = draw(seen);
        return typeof said === "string" ? unbroken(said) : html`${said}`;
      },
      "span",
    );

  const isIn = (partnerKey: string | null, seen: View): boolean => {
    if (seen.slice === "program") return true;
    const entry = partnerKey === null ? undefined : parts.partners.get(partnerKey);
    if (entry === undefined) return false;
    return seen.slice === "partner" ? entry.key === seen.sliceKey : entry[seen.slice] === seen.sliceKey;
  };

  const keep: PageContext["keep"] = (quarter) => (id, columns, rows) => {
    const name = `data/${[page, id, ...(quarter === undefined ? [] : [quarter])].join("_")}.csv`;
    const tail = [quarter ?? parts.period, "all", definitionsVersion(), settings.asOf].map((text) => ({ text }));
    parts.put(
      name,
      csvOf(
        [...columns, "period", "filter", "definitions", "as_of"],
        rows.map((row) => [...row, ...tail]),
      ),
    );
    return `${parts.root}${name}`;
  };

  return Object.freeze({
    db: parts.db,
    settings,
    period: parts.period,
    quarters: lastPeriods("quarter", parts.period, quartersShown),
    view,
    partners: parts.partners,
    partner,
    together: parts.together,
    root: parts.root,
    metric,
    compareWith,
    target,
    block,
    words,
    isIn,
    menu: parts.menu,
    usedOn,
    annotations: parts.annotations,
    commentary: parts.commentary,
    presented: parts.presented,
    earlier: parts.earlier,
    keep,
  });
}

/** Whether a quarter is still running on the as-of date; today itself is not over (R81). */
export function isRunning(settings: Settings, period: string): boolean {
  const { endsOn } = spanOf("quarter", period, settings.fiscalYearStart);
  return endsOn > settings.asOf || (endsOn === settings.asOf && !settings.isAsOfExplicit);
}

/** The last quarter that is over on the as-of date. */
export function lastClosedQuarter(settings: Settings): string {
  const current = periodOf("quarter", settings.asOf, settings.fiscalYearStart);
  return isRunning(settings, current) ? shiftPeriod("quarter", current, -1) : current;
}

/** How far a quarter has come, for people: `in progress, day 52 of 92` or `closed`. */
export function progressOf(settings: Settings, period: string): string {
  if (!isRunning(settings, period)) return "closed";
  const { day, days } = dayOfPeriod(spanOf("quarter", period, settings.fiscalYearStart), settings.asOf);
  return `in progress, day ${day} of ${days}`;
}

/** A quarter within a sentence: `Q3 FY26`, and `Q4 FY26 so far` while it runs. */
export function quarterSoFar(settings: Settings, period: string): string {
  return isRunning(settings, period) ? `${quarterLabel(period)} so far` : quarterLabel(period);
}

// A region or a person of such a name would be read as nobody's or everybody's partners.
const quantifier = /^(?:all|any|every|no|none|other|others|some)$/i;

/** Whose numbers a view shows, at the head of a sentence: nothing for the program, else `EMEA partners: `. */
export function whose(view: View): string {
  const isNoName = quantifier.test(view.sliceKey);
  switch (view.slice) {
    case "program":
    case "partner":
      return "";
    case "type":
      return `${sentenceCase(readable(view.sliceKey))} partners: `;
    case "manager":
      return isNoName ? `Partners of the manager "${view.sliceKey}": ` : `Partners of ${view.sliceKey}: `;
    case "region":
    case "tier":
      if (isNoName) return `Partners of the ${view.slice} "${view.sliceKey}": `;
      return `${sentenceCase(view.sliceKey)} partners: `;
  }
}

/** A heading that begins with words of ours, with whose numbers it tells before them. */
export function headed(view: View, words: string): string {
  return sentenceCase(`${whose(view)}${words}`);
}

/** A quarter for people: `Q3 FY26`. */
export function quarterLabel(period: string): string {
  return formatPeriod("quarter", period);
}
