import { formatCount, formatMoment, formatMoneyShort, majorOf, noValue } from "../src/metrics/format.ts";
import { lengthBar } from "../src/reports/charts/change-bar.ts";
import { sparkline } from "../src/reports/charts/sparkline.ts";
import type { PageContext } from "../src/reports/context.ts";
import { findingKey } from "../src/reports/earlier.ts";
import { section } from "../src/reports/figure.ts";
import { fileColumns } from "../src/reports/file-columns.ts";
import { type Fragment, html, type Markup } from "../src/reports/html.ts";
import { stateMark } from "../src/reports/links.ts";
import { groupBy, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { major } from "../src/reports/settings.ts";
import { table } from "../src/reports/table.ts";
import { counted, readable, sentenceCase } from "../src/reports/words.ts";

export const page = definePage({
  id: "data-quality",
  title: "Data quality",
  question: "Can I quote this today?",
  group: "Trust",
  order: 15,
  moments: true,
  render: async (context) => {
    const issues = await readIssues(context);
    const checks = summary(issues);
    const stale = new Set(issues.filter((issue) => issue.check === "stream_stale").map((issue) => issue.key));
    const streams = await readStreams(context, stale);
    const gaps = await readGaps(context);
    return {
      finding: finding(context, issues, checks, streams),
      lead: "Findings about source data are listed with their money and never hide: an error leaves a row out or may bend a number, a warning is worth a look. Broken rules of our own would have stopped this page from being published.",
      body: html`${numbers(context, checks, streams, gaps)}
${checkTable(context, checks)}
${streamTable(context, streams)}
${await fileColumns(context)}
${checks.map((check) => rowsOf(context, check, issues))}`,
    };
  },
});

interface Issue {
  readonly check: string;
  readonly severity: string;
  readonly entity: string;
  readonly key: string;
  readonly message: string;
  readonly fix: string | null;
  readonly amount: number | null;
}

interface Check {
  readonly id: string;
  readonly severity: string;
  readonly rows: number;
  /** What its rows are worth; null where no row has an amount that could be converted. */
  readonly money: number | null;
  readonly entities: string;
  readonly fix: string | null;
}

const severities = ["error", "warning", "info"];

async function readIssues(context: PageContext): Promise<readonly Issue[]> {
  const rows = await context.db.selectFrom("quality.issue").selectAll().execute();
  return rows
    .map((row) => ({
      check: row.check_id,
      severity: row.severity,
      entity: row.entity,
      key: row.entity_key,
      message: row.message,
      fix: row.fix,
      amount: major(row.amount_reporting_minor, context.settings),
    }))
    .sort((a, b) => Math.abs(b.amount ?? 0) - Math.abs(a.amount ?? 0) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function summary(issues: readonly Issue[]): readonly Check[] {
  return [...groupBy(issues, (issue) => `${issue.check}|${issue.severity}`).values()]
    .flatMap((rows): Check[] => {
      const first = rows[0];
      if (first === undefined) return [];
      return [
        {
          id: first.check,
          severity: first.severity,
          rows: rows.length,
          money: rows.every((row) => row.amount === null) ? null : total(rows, (row) => Math.abs(row.amount ?? 0)),
          entities: [...new Set(rows.map((row) => row.entity))].sort().join(", "),
          fix: fixOf(rows),
        },
      ];
    })
    .sort(
      (a, b) =>
        severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
        (b.money ?? 0) - (a.money ?? 0) ||
        b.rows - a.rows ||
        (a.id < b.id ? -1 : 1),
    );
}

// What each of a few rows asks for is said in full; more than this are said where the rows are.
const mostFixes = 6;

/** What mends all rows of a check: the one advice they share, or each of a few, such as every window without a rate. */
function fixOf(rows: readonly Issue[]): string | null {
  const fixes = [...new Set(rows.flatMap((row) => row.fix ?? []))].sort();
  const [first] = fixes;
  if (first === undefined) return null;
  if (fixes.length === 1) return first;
  // Advice that begins alike is said once with what differs.
  const shared = Math.min(...fixes.map((fix) => sharedWords(first, fix)));
  const words = first.split(" ");
  const head = words.slice(0, shared).join(" ");
  const rest = fixes.map((fix) => fix.split(" ").slice(shared).join(" ")).sort((a, b) => firstDay(a) - firstDay(b));
  if (shared < 3) return `${first} (for example; rows differ, and each says its own)`;
  return `${head} ${rest.slice(0, mostFixes).join("; ")}${rest.length > mostFixes ? `; and ${rest.length - mostFixes} more, each named with its row` : ""}`;
}

/** The first day that advice names, so that windows come in the order of time; 0 where it names none. */
function firstDay(advice: string): number {
  const [day] = /\d{1,2} [A-Z][a-z]{2} \d{4}/.exec(advice) ?? [];
  return day === undefined ? 0 : Date.parse(`${day} UTC`);
}

function sharedWords(a: string, b: string): number {
  const [left, right] = [a.split(" "), b.split(" ")];
  const differs = left.findIndex((word, index) => word !== right[index]);
  return differs < 0 ? left.length : differs;
}

/** Checks whose id says too little: what was found, and what an error and a warning of one check mean apart. */
const names: Readonly<Record<string, string>> = Object.freeze({
  "bad_cell|error": "unreadable cell, row left out",
  "split_not_100|warning": "declared shares that are not 100% together",
  "unknown_reference|error": "unknown reference, row left out",
  "unknown_reference|warning": "unknown reference, read as empty",
});

function nameOf(check: { readonly id: string; readonly severity: string }): string {
  return names[`${check.id}|${check.severity}`] ?? readable(check.id);
}

/** Whether the numbers can be quoted: not as they are while a stream as a whole is old or has lost a field, else but for the rows that fail. */
function finding(
  context: PageContext,
  issues: readonly Issue[],
  checks: readonly Check[],
  streams: readonly Stream[],
): string {
  const failing = checks.filter((check) => check.severity === "error");
  const doubtful = new Set([
    ...streams.filter(isTrouble).map((one) => `${one.source}:${one.stream}`),
    ...issues
      .filter((issue) => issue.check === "stream_dropped" || issue.check === "field_gone")
      .map((issue) => issue.key.replace(/\..*$/, "")),
  ]);
  if (streams.length === 0 && checks.length === 0) return "No source has been read, so there is nothing to quote";
  if (doubtful.size === 0 && failing.length === 0)
    return checks.length === 0 ? "Yes: every check passes" : "Yes: no check fails, and some rows are worth a look";
  const whole = `Not without a look at ${counted(doubtful.size, "stream")} that ${doubtful.size === 1 ? "is" : "are"} old or incomplete`;
  if (failing.length === 0) return whole;
  const money = total(failing, (check) => check.money);
  const rows = counted(
    total(failing, (check) => check.rows),
    "row",
  );
  const worth = money === 0 ? "" : `, ${formatMoneyShort(money, context.settings.currency)} affected`;
  const fails = counted(failing.length, "check fails", "checks fail");
  return doubtful.size === 0 ? `Yes, but for ${rows}: ${fails}${worth}` : `${whole}; ${fails} on ${rows}${worth}`;
}

interface Stream {
  readonly source: string;
  readonly kind: string;
  readonly stream: string;
  readonly readAt: Date | null;
  readonly status: string | null;
  readonly rows: number | null;
  readonly changed: number | null;
  readonly usual: number | null;
  readonly error: string | null;
}

/** Whether a stream's last reading failed or is two nights old. */
function isTrouble(stream: Stream): boolean {
  return stream.status === "failed" || stream.status === "stale";
}

async function readStreams(context: PageContext, stale: ReadonlySet<string>): Promise<readonly Stream[]> {
  const rows = await context.db.selectFrom("quality.stream").selectAll().orderBy("source").orderBy("stream").execute();
  const whole = (value: number | bigint | null): number | null => (value === null ? null : Number(value));
  return rows.map((row) => ({
    source: row.source,
    kind: row.kind,
    stream: row.stream,
    readAt: row.read_at,
    status: stale.has(`${row.source}:${row.stream}`) ? "stale" : row.status,
    rows: whole(row.rows),
    changed: whole(row.changed),
    usual: whole(row.usual_rows),
    error: row.error,
  }));
}

/** What stays out of converted totals, in its own currency: `SEK 120k in 2 payments or refunds`. */
interface Gap {
  readonly words: string;
  readonly rows: number;
}

async function readGaps(context: PageContext): Promise<readonly Gap[]> {
  const deals = await context.db
    .selectFrom("marts.fct_deal")
    .select([
      "currency",
      (field) => field.fn.sum<number>("amount_minor").as("minor"),
      (field) => field.fn.countAll<number>().as("rows"),
    ])
    .where("amount_minor", "is not", null)
    .where("amount_reporting_minor", "is", null)
    .groupBy("currency")
    .orderBy("currency")
    .execute();
  const cash = await context.db
    .selectFrom("marts.fct_cash")
    .select([
      "currency",
      (field) => field.fn.sum<number>("cash_minor").as("minor"),
      (field) => field.fn.countAll<number>().as("rows"),
    ])
    .where("cash_minor", "is not", null)
    .where("collected_reporting_minor", "is", null)
    .groupBy("currency")
    .orderBy("currency")
    .execute();
  const said = (list: typeof deals, one: string, many: string): readonly Gap[] =>
    list.flatMap(({ currency, minor, rows }) =>
      currency === null
        ? []
        : [
            {
              words: `${formatMoneyShort(majorOf(BigInt(minor ?? 0), currency), currency)} in ${counted(Number(rows), one, many)}`,
              rows: Number(rows),
            },
          ],
    );
  return [...said(deals, "deal", "deals"), ...said(cash, "payment or refund", "payments and refunds")];
}

function numbers(
  context: PageContext,
  checks: readonly Check[],
  streams: readonly Stream[],
  found: readonly Gap[],
): Markup {
  const { currency, timezone } = context.settings;
  const of = (severity: string): readonly Check[] => checks.filter((check) => check.severity === severity);
  const oldest = streams
    .flatMap((stream) => (stream.readAt === null ? [] : [stream.readAt]))
    .sort((a, b) => a.getTime() - b.getTime())[0];
  // The same deal may be found by several checks, so the money of checks is named one by one and not added up.
  const largest = (severity: string): string => {
    const most = [...of(severity)].sort((a, b) => (b.money ?? 0) - (a.money ?? 0))[0];
    return most === undefined || most.money === null || most.money === 0
      ? ""
      : `; most money: ${nameOf(most)}, ${formatMoneyShort(most.money, currency)}`;
  };
  const rows = (severity: string): string =>
    counted(
      total(of(severity), (check) => check.rows),
      "row",
    );
  const gap = checks.find((check) => check.id === "fx_rate_missing");
  const others = Math.max(0, (gap?.rows ?? 0) - total(found, (one) => one.rows));
  const gaps = found.map((one) => one.words);
  const unlinked = checks.find((check) => check.id === "invoice_without_deal");
  const card = (label: string, value: string, words: string): Markup =>
    html`<article class="card"><h3>${label}</h3><div class="card-top"><p class="card-value">${value}</p></div><p class="card-why">${words}</p></article>`;
  return html`<div class="cards">${[
    card("Checks failing", formatCount(of("error").length), `${rows("error")}${largest("error")}`),
    card("Checks to look at", formatCount(of("warning").length), `${rows("warning")}${largest("warning")}`),
    card("For information", formatCount(of("info").length), `${rows("info")}${largest("info")}`),
    card(
      "Without an exchange rate",
      gap === undefined ? "0" : formatCount(gap.rows),
      gap === undefined
        ? "every amount could be converted"
        : `${[...gaps, ...(others === 0 ? [] : [`${counted(others, "other row")}, such as invoices`])].join("; ")}, in no total in ${currency}`,
    ),
    card(
      "Invoices without a deal",
      unlinked === undefined ? "0" : formatCount(unlinked.rows),
      unlinked === undefined
        ? "every invoice has a deal"
        : `${unlinked.money === null ? "" : `${formatMoneyShort(unlinked.money, currency)}, `}in total revenue, but in no class`,
    ),
    card(
      "Oldest source",
      oldest === undefined ? "–" : formatMoment(oldest, timezone).replace(/,.*$/, ""),
      oldest === undefined ? "no source has been read yet" : `read ${formatMoment(oldest, timezone)}`,
    ),
  ]}</div>`;
}

/** What happened to failing rows since the build before, in words. */
function sinceLast(context: PageContext, checks: readonly Check[]): string {
  const last = context.earlier.at(-1);
  if (last === undefined) return "No build before this one is kept, so nothing is known of its rows.";
  const now = new Set(checks.map((check) => findingKey(check.id, check.severity)));
  const gone = [...last].filter(([key]) => !now.has(key));
  const names = gone.map(([key]) => {
    const [id = "", severity = ""] = key.split("|");
    return nameOf({ id, severity });
  });
  const fresh = checks.filter((check) => !last.has(findingKey(check.id, check.severity))).length;
  return `Since the last build ${fresh === 0 ? "no check is" : counted(fresh, "check is", "checks are")} new${names.length === 0 ? "" : ` and ${counted(names.length, "check")} found nothing any more: ${names.join(", ")}`}.`;
}

/** Rows of a check in the builds that are kept and in this one, as a line. */
function failingLine({ earlier }: PageContext, check: Check): Markup {
  const rows = [...earlier.map((one) => one.get(findingKey(check.id, check.severity)) ?? 0), check.rows];
  return sparkline(rows, false, `Rows in the last ${rows.length} builds: ${rows.map(formatCount).join(", ")}`);
}

function checkTable(context: PageContext, checks: readonly Check[]): Markup {
  const last = context.earlier.at(-1);
  const before = (check: Check): number | null =>
    last === undefined ? null : (last.get(findingKey(check.id, check.severity)) ?? 0);
  const largest = Math.max(0, ...checks.map((check) => check.money ?? 0));
  return section(
    checks.length === 0 ? "Nothing was found" : `${counted(checks.length, "check")} found something`,
    `${sinceLast(context, checks)} Errors first, then by money. Each leads to its rows below. Money is not added up, since two checks may find the same deal; – means that no row has an amount that could be converted.`,
    table<Check>({
      id: "checks",
      caption: `Checks, ${context.settings.currency}`,
      noun: "checks",
      empty: html`<b>All checks pass.</b> Every row of every source was read, resolved and converted.`,
      rows: checks,
      columns: [
        {
          label: "Check",
          kind: "text",
          value: (check) => check.id,
          cell: (check) => html`<a href="#rows-${check.id}-${check.severity}">${nameOf(check)}</a>`,
        },
        {
          label: "Severity",
          kind: "text",
          value: (check) => check.severity,
          cell: (check) => stateMark(check.severity),
          facet: true,
        },
        { label: "Found in", kind: "text", value: (check) => readable(check.entities) },
        { label: "Rows", kind: "count", value: (check) => check.rows, total: true },
        { label: "Last build", kind: "count", value: (check) => before(check) },
        {
          label: "Change",
          kind: "count",
          signed: true,
          value: (check) => {
            const last = before(check);
            return last === null ? null : check.rows - last;
          },
        },
        {
          label: "Last builds",
          kind: "text",
          drawn: true,
          value: () => "",
          cell: (check) => failingLine(context, check),
        },
        { label: "Money", kind: "money", value: (check) => check.money },
        {
          label: "",
          kind: "text",
          drawn: true,
          value: () => "",
          cell: (check) =>
            lengthBar(check.money ?? 0, largest, check.severity === "error" ? "var(--worse)" : "var(--mark-soft)"),
        },
        {
          label: "What to do",
          kind: "text",
          wide: true,
          value: (check) => check.fix,
          cell: (check) => withCode(check.fix),
        },
      ],
    }),
  );
}

function streamTable(context: PageContext, streams: readonly Stream[]): Markup {
  const { timezone } = context.settings;
  const failed = streams.filter(isTrouble);
  return section(
    failed.length === 0 ? "Every source was read" : `${counted(failed.length, "stream")} could not be read`,
    `When each stream was last read to its end, and how much came against the median of up to 28 earlier reads, four weeks of nightly ones; where only changes are read, what changed.${
      streams.length > 0 && streams.every((stream) => stream.usual === null)
        ? " Usual is – everywhere: a usual size is known after a stream has been read several times."
        : ""
    }`,
    table<Stream>({
      id: "streams",
      caption: "Streams by source",
      noun: "streams",
      empty: html`<b>No source has been read.</b> Run a refresh with extraction.`,
      rows: streams,
      columns: [
        { label: "Stream", kind: "text", value: (stream) => (stream.stream === "" ? null : stream.stream) },
        { label: "Source", kind: "text", value: (stream) => stream.source, facet: true },
        {
          label: "State",
          kind: "text",
          value: (stream) => stream.status ?? "never read",
          cell: (stream) =>
            html`<span class="state state-${isTrouble(stream) ? "error" : stream.status === null ? "info" : "fine"}">${stream.status ?? "never read"}</span>`,
        },
        {
          label: "Read",
          kind: "text",
          value: (stream) => (stream.readAt === null ? null : formatMoment(stream.readAt, timezone)),
        },
        { label: "Rows", kind: "count", value: (stream) => stream.rows },
        { label: "Usual", kind: "count", value: (stream) => stream.usual },
        {
          label: "Against usual",
          kind: "ratio",
          signed: true,
          value: ({ rows, usual }) => (rows === null || usual === null || usual === 0 ? null : rows / usual - 1),
        },
        { label: "Changed", kind: "count", value: (stream) => stream.changed },
        { label: "What went wrong", kind: "text", value: (stream) => stream.error },
      ],
    }),
  );
}

/** Advice with what stands between backticks set as code. */
function withCode(text: string | null): Fragment {
  return text === null
    ? noValue
    : text.split("`").map((part, index) => (index % 2 === 1 ? html`<span class="mono">${part}</span>` : part));
}

// Rows beyond this many are counted above and stand in a file beside the page.
const mostRows = 40;

function rowsOf(context: PageContext, check: Check, issues: readonly Issue[]): Markup {
  const rows = issues.filter((issue) => issue.check === check.id && issue.severity === check.severity);
  return html`<div id="rows-${check.id}-${check.severity}">${section(
    sentenceCase(`${nameOf(check)}: ${counted(check.rows, "row")}`),
    rows.length > mostRows ? "Those with the most money first." : null,
    table<Issue>({
      id: `found-${check.id.replaceAll("_", "-")}-${check.severity}`,
      caption: `Rows, ${context.settings.currency}`,
      noun: "rows",
      search: false,
      empty: "No rows.",
      rows,
      limit: mostRows,
      keep: context.keep(),
      columns: [
        { label: "Source id", kind: "key", value: (issue) => issue.key },
        { label: "In", kind: "text", value: (issue) => readable(issue.entity) },
        { label: "What was found", kind: "text", wide: true, value: (issue) => issue.message },
        {
          label: "What to do",
          kind: "text",
          wide: true,
          value: (issue) => issue.fix,
          cell: (issue) => withCode(issue.fix),
        },
        { label: "Money", kind: "money", value: (issue) => issue.amount },
      ],
    }),
  )}</div>`;
}
