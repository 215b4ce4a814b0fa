import { formatCard, formatCell, formatDate, noValue } from "../src/metrics/format.ts";
import { definitionId } from "../src/metrics/registry.ts";
import { restatedMark } from "../src/reports/card.ts";
import { lastClosedQuarter, type MetricValue, type PageContext, quarterLabel } from "../src/reports/context.ts";
import { section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { definePage } from "../src/reports/page.ts";
import { dateIn } from "../src/reports/partners.ts";
import type { Commentary } from "../src/reports/scorecard/notes.ts";
import {
  actionList,
  becauseMark,
  emptyWords,
  isWritten,
  itemList,
  type ScorecardRow,
  scorecardFinding,
  scorecardRows,
  statusAsPresented,
  statusMark,
  tableWords,
} from "../src/reports/scorecard/parts.ts";
import { table } from "../src/reports/table.ts";
import { counted, lowerFirst } from "../src/reports/words.ts";

export const page = definePage({
  id: "scorecard",
  title: "QBR scorecard",
  question: "What did we promise, did it happen, why, what next?",
  group: "Decide",
  order: 2,
  render: async (context) => {
    const period = lastClosedQuarter(context.settings);
    const commentary = await context.commentary(period);
    const rows = await scorecardRows(context, period, commentary.notes);
    const frozen = await readFrozen(context, period, rows);
    // A file that cannot be used is not one that says nothing.
    const empty = ({ notes, problem }: Commentary, otherwise: string): string =>
      problem === null ? emptyWords(notes, period, otherwise) : "Not known until the commentary can be used.";
    return {
      period,
      finding: `${quarterLabel(period)}: ${lowerFirst(scorecardFinding(rows))}`,
      lead: html`The last closed quarter, ${quarterLabel(period)}, as it is now. ${frozenWords(context, period, frozen)}${hints(period, rows, commentary)} <button type="button" class="button needs-script" data-print>Print it on two pages</button>`,
      body: html`<div class="sheet">${rowSection(context, period, rows, frozen)}
${section("Last review's actions", problemWords(commentary), actionList(commentary.notes.lastActions, empty(commentary, "None were noted.")))}</div>
<div class="sheet">${section("Decisions asked", problemWords(commentary), itemList(commentary.notes.decisions, empty(commentary, "No decision is asked.")))}
${section("New actions", null, itemList(commentary.notes.nextActions, empty(commentary, "None yet.")))}
${presentedSection(context, period, frozen)}</div>`,
    };
  },
});

/** A figure that is no longer what was presented. */
interface Restated {
  readonly found: MetricValue;
  readonly presented: number | null;
  /** How each stands to the target; empty where there is none. */
  readonly stood: string;
  readonly stands: string;
}

/** When and by whom a quarter was presented, and what of it changed since: its amounts, and what else the scorecard shows. */
interface Frozen {
  readonly at: Date;
  readonly by: string;
  readonly restated: readonly Restated[];
}

/** Null where the quarter was not presented. */
async function readFrozen(context: PageContext, period: string, rows: readonly ScorecardRow[]): Promise<Frozen | null> {
  const amounts = await context.db
    .selectFrom("quality.restated_value")
    .select(["metric", "frozen_at", "frozen_by"])
    .where("period", "=", period)
    .where("slice", "=", "program")
    .orderBy("metric")
    .execute();
  const first = amounts[0];
  if (first === undefined) return null;
  const view = { period, slice: "program", sliceKey: "all" } as const;
  const ids = new Set([...rows.map((row) => row.id), ...amounts.map((row) => row.metric)]);
  const restated = [...ids].flatMap((id): Restated[] => {
    const presented = context.presented.as(id, view);
    if (presented === null) return [];
    const row = rows.find((one) => one.id === id);
    return [
      {
        found: context.metric(id, view),
        presented: presented.value,
        stood: row === undefined ? "" : statusAsPresented(context, period, row, presented.value),
        stands: row === undefined || row.target === null ? "" : row.status,
      },
    ];
  });
  return { at: first.frozen_at, by: first.frozen_by, restated };
}

function frozenWords(context: PageContext, period: string, frozen: Frozen | null): Markup {
  if (frozen === null) {
    return html`It is not frozen<span class="on-screen">: <code>attributary scorecard --period ${period} --freeze</code> records it as presented, and later changes are then marked here</span>.`;
  }
  const changed = frozen.restated.length;
  const said = html`Frozen as presented by ${frozen.by} on ${formatDate(dateIn(frozen.at, context.settings.timezone))}; `;
  return changed === 0
    ? html`${said}its figures are still the same.`
    : html`${said}<b class="worse">${counted(changed, "figure was", "figures were")} restated since</b>: for why, see the <a data-carry href="${context.root}change-log.html">change log</a>.`;
}

function problemWords(commentary: Commentary): Markup | null {
  return commentary.problem === null
    ? null
    : html`<b class="worse">The commentary cannot be used.</b> <span class="on-screen">${commentary.problem}</span>`;
}

// Where what is missing would come from is for who keeps the site; on paper the page is shown to others.
function hints(period: string, rows: readonly ScorecardRow[], { notes, problem }: Commentary): Markup {
  const file =
    problem === null && !isWritten(notes)
      ? html` Actions, decisions and reasons are written in the file <code>scorecards/${period}.md</code> beside the configuration.`
      : null;
  const targets = rows.every((row) => row.target === null) ? html` Targets come from <code>targets</code>.` : null;
  return html`<span class="on-screen">${file}${targets}</span>`;
}

function rowSection(
  context: PageContext,
  period: string,
  rows: readonly ScorecardRow[],
  frozen: Frozen | null,
): Markup {
  const { currency } = context.settings;
  const mark = (row: ScorecardRow): Markup | null => {
    const restated = frozen?.restated.find((one) => one.found.metric.id === row.found.metric.id);
    if (restated === undefined) return null;
    const stood = restated.stood === restated.stands ? "" : `, ${restated.stood}`;
    return restatedMark(`presented as ${formatCard(restated.presented, row.found.metric, currency)}${stood}`);
  };
  return section(
    targetWords(rows),
    html`${tableWords} ${frozen !== null && frozen.restated.length > 0 ? html`<b class="restated">r</b> marks a figure that was restated since it was presented.` : null}`,
    table<ScorecardRow>({
      id: "scorecard-rows",
      caption: `Scorecard of ${quarterLabel(period)}, ${currency}`,
      noun: "rows",
      search: false,
      empty: "No rows.",
      rows,
      columns: [
        {
          label: "Metric",
          kind: "text",
          value: (row) => row.found.metric.label,
          cell: (row) =>
            html`<a href="${context.root}definitions.html#${definitionId(row.found.metric.id)}">${row.found.metric.label}</a>`,
        },
        {
          label: "Actual",
          kind: "number",
          value: (row) => row.found.value,
          cell: (row) => html`${row.found.card}${mark(row)}`,
        },
        { label: "Target", kind: "number", value: (row) => row.target, cell: (row) => row.targetText },
        { label: "Variance", kind: "number", value: (row) => row.difference, cell: (row) => row.variance },
        { label: "Status", kind: "text", value: (row) => row.status, cell: statusMark },
        { label: "A year ago", kind: "number", value: (row) => row.yearAgo, cell: (row) => row.yearAgoText },
        { label: "Target, eight quarters", kind: "text", drawn: true, value: () => "", cell: (row) => row.trend },
        { label: "Owner", kind: "text", value: (row) => row.owner },
        {
          label: "Because",
          kind: "text",
          wide: true,
          value: (row) => (row.because === "" ? noValue : row.because),
          cell: becauseMark,
        },
      ],
    }),
  );
}

/** Which targets were missed, as a heading. */
function targetWords(rows: readonly ScorecardRow[]): string {
  const aimed = rows.filter((row) => row.target !== null && row.found.value !== null);
  if (aimed.length === 0) return "No row has a target to be held against";
  const behind = aimed.filter((row) => row.judgement === "worse");
  const close = aimed.filter((row) => row.judgement === "neutral");
  const missed = behind.length > 0 ? behind : close;
  const first = missed[0];
  if (first === undefined) return aimed.length === 1 ? "The one target was met" : "Every target was met";
  const who = `"${first.found.metric.label}" ${missed.length === 1 ? "is" : `and ${counted(missed.length - 1, "other")} are`}`;
  if (behind.length === 0) return `${who} close to target, none is behind`;
  const others = close.length === 0 ? "" : `, ${counted(close.length, "other is", "others are")} close to it`;
  return `${who} behind target${others}`;
}

function presentedSection(context: PageContext, period: string, frozen: Frozen | null): Markup {
  return section(
    "As presented",
    null,
    frozen === null
      ? html`<p class="empty">${quarterLabel(period)} has not been presented before.</p>`
      : frozen.restated.length === 0
        ? html`<p class="empty">Every amount, and every figure above, is what was presented.</p>`
        : table<Restated>({
            id: "restated",
            caption: `Restated since it was presented, ${context.settings.currency}`,
            noun: "figures",
            search: false,
            empty: "None.",
            rows: frozen.restated,
            columns: [
              { label: "Metric", kind: "text", value: ({ found }) => found.metric.label },
              {
                label: "Presented",
                kind: "number",
                value: ({ presented }) => presented,
                cell: ({ found, presented }) => formatCell(presented, found.metric),
              },
              { label: "Now", kind: "number", value: ({ found }) => found.value, cell: ({ found }) => found.cell },
              { label: "Status presented", kind: "text", value: ({ stood }) => stood || null },
              { label: "Status now", kind: "text", value: ({ stands }) => stands || null },
            ],
          }),
  );
}
