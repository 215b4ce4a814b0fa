import Table from "cli-table3";
import { formatDate } from "../../metrics/format.ts";
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

// The other formats have more of them, CSV all.
const dealsShown = 20;
const partnersShown = 30;
const metricsShown = 10;

/** A comparison in words and tables for a terminal. */
export function comparisonText(comparison: Comparison): string {
  const { asOf, configurations, rules, notes, total, partners, dealCount, deals, metrics, currency } = comparison;
  const short = partnerRows(comparison, partnersShown);
  const lines = [
    verdictOf(comparison),
    `Before: ${configurations.before}. After: ${configurations.after}. The same data for both, as of ${formatDate(asOf)}; money in ${currency}.`,
    ...notes,
    ...block(
      "The rules that differ",
      rules.map(({ key, before, after }) => `${key}: ${settingWords(before)} → ${settingWords(after)}`),
    ),
    ...block(
      "In total",
      tables(
        ["", "before", "after", "difference"],
        shownTotals(total).map((change) => changeRow(change, currency)),
      ),
    ),
    ...block(
      "Credit by model: what partners gain and lose",
      tables(["", "gained", "lost", "in all"], creditRows(comparison)),
    ),
    ...block(
      `Who gains, who loses: ${counted(partners.length, "partner")}`,
      tables(short.head, short.rows),
      more(partners.length - partnersShown, "--format json, csv or html has them all"),
    ),
    ...block(
      `The deals behind it: ${counted(dealCount, "deal")}, the largest first`,
      deals
        .slice(0, dealsShown)
        .flatMap((deal, index) => [
          `${index + 1}. ${dealTitle(deal, currency)}`,
          ...dealWords(deal, currency).map((line) => `   ${line}`),
        ]),
      more(
        dealCount - dealsShown,
        dealCount > deals.length
          ? `--format csv has them all, json and html the largest ${deals.length}`
          : "--format json, csv or html has them all",
      ),
    ),
    ...block(
      "Metrics with other values",
      metrics.slice(0, metricsShown).map(({ metric, changed }) => `${metric}: ${counted(Number(changed), "value")}`),
      more(metrics.length - metricsShown, "--format json or html has them all"),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function block(title: string, lines: readonly string[], last: readonly string[] = []): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...[...lines, ...last].map((line) => `  ${line}`)];
}

function more(count: number, where: string): readonly string[] {
  return count > 0 ? [`… and ${counted(count, "more").replace(/s$/, "")}; ${where}`] : [];
}

function tables(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : tableOf(head, rows);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index === 0 ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString().split("\n");
}
