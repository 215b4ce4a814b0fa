import { formatMoney, majorOf } from "../metrics/format.ts";
import { type DifferenceReport, type Line, measureLabel, reasonLabel, sideWords } from "./differences.ts";

/** What differs, in words and columns for a terminal: money with its currency, rows below what they have to thank for it. */
export function differencesText(report: DifferenceReport): string {
  const { sides, scope, currency, lines, rules } = report;
  const money = (minor: number): string => formatMoney(majorOf(minor, currency), currency);
  const moved = (minor: number): string => `${minor > 0 ? "+" : ""}${money(minor)}`;
  const head = [
    `${lines.length === 0 ? "Nothing differs" : `${lines.length} ${lines.length === 1 ? "row differs" : "rows differ"}`}, money in ${currency}`,
    `  before  ${sideWords(report.before, sides.before)}`,
    `  after   ${sideWords(report.after, sides.after)}`,
    ...(scope === null ? [] : [`  period  ${scope.period}, ${scope.startsOn} to ${scope.endsOn}`]),
    ...block(
      "Rules that differ",
      rules.map(({ detail, areas }) => `${detail} (${areas})`),
    ),
  ];
  if (lines.length === 0) return `${head.join("\n")}\n`;
  const totals = columns(
    ["measure", "of", "before", "after", "difference"],
    [2, 3, 4],
    report.totals
      .filter((total) => total.before_minor !== total.after_minor)
      .map((total) => [
        measureLabel(total.measure),
        total.class ?? "all partners",
        money(total.before_minor),
        money(total.after_minor),
        moved(total.difference_minor),
      ]),
  );
  const reasons = columns(
    ["measure", "reason", "rows", "difference"],
    [2, 3],
    report.reasons.map((row) => [
      measureLabel(row.measure),
      reasonLabel(row.reason),
      String(row.lines),
      moved(row.difference_minor),
    ]),
  );
  const groups = [...Map.groupBy(lines, (line) => `${reasonLabel(line.reason)}: ${line.detail}`)]
    .map(([why, rows]) => ({ why, rows: rows.toSorted((one, other) => sizeOf(other) - sizeOf(one)) }))
    .toSorted((one, other) => sizeOf(other.rows[0]) - sizeOf(one.rows[0]));
  const [columnHead = "", ...rows] = columns(
    ["measure", "row", "of", "before", "after", "difference"],
    [3, 4, 5],
    groups.flatMap((group) =>
      group.rows.map((line) => [
        measureLabel(line.measure),
        line.cash_key ?? line.deal_key ?? line.entry_key ?? "",
        line.class ?? line.partner_key ?? "",
        money(line.before_minor),
        money(line.after_minor),
        moved(line.difference_minor),
      ]),
    ),
  );
  const told = groups.flatMap((group) => [
    "",
    group.why,
    ...rows.splice(0, group.rows.length).map((row) => `  ${row}`),
  ]);
  return `${[
    ...head,
    ...block("Totals that differ", totals),
    ...block("By reason", reasons),
    ...block("Row by row, below the reason", [`  ${columnHead}`, ...told]),
  ]
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
}

const sizeOf = (line: Line | undefined): number => Math.abs(line?.difference_minor ?? 0);

function block(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

/** A head and rows of one width each; the columns at the places `right` end together. A key is never broken. */
function columns(head: readonly string[], right: readonly number[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, place) => Math.max(name.length, ...rows.map((row) => row[place]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, place) =>
        right.includes(place) ? cell.padStart(widths[place] ?? 0) : cell.padEnd(widths[place] ?? 0),
      )
      .join("  ");
  return [head, ...rows].map(line);
}
