import { formatCell, formatMoney, majorOf } from "../metrics/format.ts";
import { findMetric } from "../metrics/registry.ts";
import type { Assets } from "./assets.ts";
import { html, type Markup } from "./html.ts";
import { standalone } from "./standalone.ts";
import { table } from "./table.ts";

/** One step of one difference, as `difference.line` has it; money in minor units of the reporting currency. */
export interface Line {
  readonly measure: string;
  readonly deal_key: string | null;
  readonly cash_key: string | null;
  readonly entry_key: string | null;
  readonly partner_key: string | null;
  readonly class: string | null;
  readonly step: number;
  readonly before_minor: number;
  readonly after_minor: number;
  readonly difference_minor: number;
  readonly reason: string;
  readonly detail: string;
}

/** What one side of a comparison was made of. */
export interface Side {
  readonly run: string;
  /** `YYYY-MM-DD`. */
  readonly as_of: string;
  /** Fingerprint of the configuration's rules: the same for the same rules. */
  readonly configuration: string;
  /** Fingerprint of the models, those of one's own among them. */
  readonly models: string;
}

/** What two sets of numbers differ in. */
export interface DifferenceReport {
  /** The two sides for people. */
  readonly before: string;
  readonly after: string;
  readonly sides: { readonly before: Side; readonly after: Side };
  readonly scope: { readonly period: string; readonly startsOn: string; readonly endsOn: string } | null;
  readonly currency: string;
  readonly lines: readonly Line[];
  /** The lines added up by measure and reason. */
  readonly reasons: readonly {
    readonly measure: string;
    readonly reason: string;
    readonly lines: number;
    readonly difference_minor: number;
  }[];
  /** Both sides of every measure, worked out from the facts alone. */
  readonly totals: readonly {
    readonly measure: string;
    readonly class: string | null;
    readonly before_minor: number;
    readonly after_minor: number;
    readonly difference_minor: number;
  }[];
  /** Values of metrics that differ. */
  readonly metrics: readonly {
    readonly metric: string;
    readonly period: string;
    readonly slice: string;
    readonly slice_key: string;
    readonly unit: string;
    readonly value_before: string | null;
    readonly value_after: string | null;
  }[];
  /** Rules that differ, with the areas they bear on. */
  readonly rules: readonly { readonly areas: string; readonly detail: string }[];
}

const measureWords: Readonly<Record<string, string>> = Object.freeze({
  bookings: "Bookings",
  credited_bookings: "Credited bookings",
  influenced_bookings: "Influenced, by partner",
  collected: "Collected",
  credited_collected: "Credited collected",
  commission: "Commission",
  target: "Target",
});

/** A side with what it was made of, for people. */
export function sideWords(name: string, side: Side): string {
  const build = name.includes(side.run) ? "" : ` of build ${side.run}`;
  return `${name}${build}, as of ${side.as_of}, configuration ${side.configuration}, models ${side.models}`;
}

/** A measure for people. */
export function measureLabel(measure: string): string {
  return measureWords[measure] ?? measure;
}

/** A reason for people: `late_evidence` → `late evidence`. */
export function reasonLabel(reason: string): string {
  return reason.replaceAll("_", " ");
}

/** The page of `diff --format html`: what differs, by reason and row by row. */
export function differencePage(report: DifferenceReport, assets: Assets): string {
  const period = report.scope === null ? "All periods" : report.scope.period;
  return standalone({
    title: `What changed · ${period}`,
    assets,
    foot: `Attributary · What changed · ${period}`,
    body: html`<header class="strip"><h1>What changed</h1><p class="question">${report.before} against ${report.after}</p>
<ul class="facts"><li><b>${period}</b></li><li>${report.currency}</li><li>Before: ${sideWords(report.before, report.sides.before)}</li><li>After: ${sideWords(report.after, report.sides.after)}</li></ul></header>
<p class="finding">${report.lines.length === 0 ? "Nothing differs" : `${report.lines.length} rows differ, each with its reason`}</p>
${report.lines.length === 0 ? null : sections(report)}`,
  });
}

function sections(report: DifferenceReport): Markup {
  const major = (minor: number): number => Number(majorOf(minor, report.currency));
  return html`<section class="section"><h2>By reason</h2>${table<DifferenceReport["reasons"][number]>({
    id: "reasons",
    caption: `Differences by measure and reason, ${report.currency}`,
    noun: "reasons",
    empty: "Nothing differs.",
    search: false,
    rows: report.reasons,
    columns: [
      { label: "Measure", kind: "text", value: (row) => measureLabel(row.measure) },
      { label: "Reason", kind: "text", value: (row) => reasonLabel(row.reason) },
      { label: "Rows", kind: "count", value: (row) => row.lines },
      exact("Difference", report.currency, (row) => row.difference_minor),
    ],
  })}</section>
<section class="section"><h2>Totals</h2>${table<DifferenceReport["totals"][number]>({
    id: "totals",
    caption: `Both sides, worked out from the facts alone, ${report.currency}`,
    noun: "totals",
    empty: "Nothing to add up.",
    search: false,
    rows: report.totals,
    columns: [
      { label: "Measure", kind: "text", value: (row) => measureLabel(row.measure) },
      { label: "Of", kind: "text", value: (row) => row.class ?? "all partners" },
      exact("Before", report.currency, (row) => row.before_minor),
      exact("After", report.currency, (row) => row.after_minor),
      exact("Difference", report.currency, (row) => row.difference_minor),
    ],
  })}</section>
${report.rules.length === 0 ? null : html`<section class="section"><h2>Rules that differ</h2><ul class="notes">${report.rules.map((rule) => html`<li>${rule.detail} (${rule.areas})</li>`)}</ul></section>`}
<section class="section"><h2>Row by row</h2>${table<Line>({
    id: "rows",
    caption: `Differences, ${report.currency}`,
    noun: "rows",
    empty: "Nothing differs.",
    search: false,
    limit: 2000,
    rows: [...report.lines].sort((a, b) => Math.abs(major(b.difference_minor)) - Math.abs(major(a.difference_minor))),
    columns: [
      { label: "Measure", kind: "text", value: (line) => measureLabel(line.measure) },
      { label: "Row", kind: "key", value: (line) => line.cash_key ?? line.deal_key ?? line.entry_key },
      { label: "Of", kind: "text", value: (line) => line.class ?? line.partner_key },
      exact("Before", report.currency, (line) => line.before_minor),
      exact("After", report.currency, (line) => line.after_minor),
      exact("Difference", report.currency, (line) => line.difference_minor),
      { label: "Reason", kind: "text", value: (line) => reasonLabel(line.reason) },
      { label: "Why", kind: "text", wide: true, value: (line) => line.detail },
    ],
  })}</section>
<section class="section"><h2>Metrics that differ</h2>${table<DifferenceReport["metrics"][number]>({
    id: "metrics",
    caption: "Values of the program as a whole",
    noun: "metrics",
    empty: "No value of the program as a whole differs.",
    search: false,
    limit: 500,
    rows: report.metrics.filter((row) => row.slice === "program"),
    columns: [
      { label: "Metric", kind: "text", value: (row) => findMetric(row.metric)?.label ?? row.metric },
      { label: "Id", kind: "key", value: (row) => row.metric },
      { label: "Period", kind: "text", value: (row) => row.period },
      { label: "Before", kind: "text", value: (row) => shown(row.metric, row.value_before) },
      { label: "After", kind: "text", value: (row) => shown(row.metric, row.value_after) },
    ],
  })}</section>`;
}

function shown(id: string, value: string | null): string {
  const metric = findMetric(id);
  return metric === undefined ? (value ?? "–") : formatCell(value, metric);
}

// Differences are told to the cent, whatever else on a page is rounded.
function exact<Row>(label: string, currency: string, minor: (row: Row) => number) {
  return {
    label,
    kind: "money" as const,
    value: (row: Row) => Number(majorOf(minor(row), currency)),
    cell: (row: Row) => formatMoney(majorOf(minor(row), currency), currency),
  };
}
