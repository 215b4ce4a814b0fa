import { smallSample } from "../metrics/compare.ts";
import { formatCount, formatDate, formatNumber, formatPercent, formatTenths, noValue } from "../metrics/format.ts";
import type { CsvCell } from "./csv.ts";
import { attribute, type Fragment, html, type Markup, nothing, plainText, raw } from "./html.ts";

/** What a column holds; it decides how cells are written, aligned and sorted. */
export type ColumnKind = "text" | "key" | "date" | "money" | "count" | "ratio" | "days" | "number" | "points";

/** One column of a table. */
export interface Column<Row> {
  readonly label: string;
  readonly kind: ColumnKind;
  /** Text, `YYYY-MM-DD` for dates, a number otherwise; null where nothing is known. */
  readonly value: (row: Row) => string | number | null;
  /** How the value is shown when it is more than its text: a link, a state, a bar. Its text is what CSV holds. */
  readonly cell?: (row: Row) => Fragment;
  /** How many stand behind the value: with fewer than ten it is grey, and the caption says so. */
  readonly n?: (row: Row) => number;
  /** A change, which says with a plus that it is a rise. */
  readonly signed?: boolean;
  /** Added up in the last row. */
  readonly total?: boolean;
  /** What stands in the last row of a column that is not added up, such as the rate of all rows together. */
  readonly overall?: number | null;
  /** What the column adds up to over all rows, where the table is given only the first of them. */
  readonly whole?: number | null;
  /** Is part of what a row is called, beside the first column: one segment has a row for each size. */
  readonly named?: boolean;
  /** Holds sentences, and keeps room for them. */
  readonly wide?: boolean;
  /** A drawing of what stands in another column: it has no text, is not sorted and stays out of CSV. */
  readonly drawn?: boolean;
  /** Offers its values as a filter above the table. */
  readonly facet?: boolean;
}

/** Puts rows that a page has no room for into a file beside the pages, and returns its address. */
export type KeepRows = (id: string, columns: readonly string[], rows: readonly (readonly CsvCell[])[]) => string;

/** A table as pages show it. */
export interface TableParts<Row> {
  /** Unique on its page; names the CSV file. */
  readonly id: string;
  /** Says what a row is and in which currency amounts are. */
  readonly caption: Fragment;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** How many there are where `rows` are only the first of them. */
  readonly all?: number;
  /** What rows are called: `deals`. */
  readonly noun: string;
  /** What is said instead when there is no row. */
  readonly empty: Fragment;
  /** Where the filter bar's choices stand in a row. */
  readonly scope?: (row: Row) => Readonly<Partial<Record<"region" | "type" | "tier" | "manager", string | null>>>;
  /** Rows beyond this many are left out, and the table says so; fewer are listed where their texts are very long. */
  readonly limit?: number;
  /** Takes all rows of a table that leaves some out, so that a reader has them all. */
  readonly keep?: KeepRows;
  /** Whether a search box stands above the table. */
  readonly search?: boolean;
}

const numeric: readonly ColumnKind[] = ["money", "count", "ratio", "days", "number", "points"];

/** Draws a table that is whole without scripts; scripts sort, search, filter and download it. */
export function table<Row>(parts: TableParts<Row>): Markup {
  const { columns, noun } = parts;
  if (parts.rows.length === 0) return html`<p class="empty">${parts.empty}</p>`;
  const drawn = drawRows(parts);
  const rows = parts.rows.slice(0, drawn.length);
  const scopes = parts.scope === undefined ? "" : scopeNames.join(" ");
  const all = parts.all ?? parts.rows.length;
  const cut = all > rows.length;
  const first = `first ${formatCount(rows.length)} of ${formatCount(all)} ${noun}`;
  const said = cut
    ? `the ${first} are listed`
    : `${formatCount(rows.length)} ${rows.length === 1 ? singular(noun) : noun}`;
  const hasTools = rows.length > 5;
  const file = cut && parts.keep !== undefined && parts.all === undefined ? keepAll(parts, parts.keep) : null;
  return html`<div class="table-block" id="${parts.id}" data-noun="${noun}" data-one="${singular(noun)}" data-of="${all}" data-scopes="${scopes}">
<div class="table-tools">${
    parts.search !== false && hasTools
      ? html`<label class="needs-script"><span class="hidden-words">Search these ${noun}</span><input type="search" placeholder="Search"></label>`
      : null
  }${hasTools ? columns.map((column, index) => (column.facet === true ? facet(column, index, rows) : null)) : null}<div class="table-end"><span class="table-said" role="status">${said}</span>
<button type="button" class="button button-quiet needs-script" data-more hidden>Show all</button>
${file === null ? null : html`<a class="button button-quiet" href="${file}" download>CSV of all ${formatCount(all)}</a>\n`}<button type="button" class="button button-quiet needs-script spread" data-csv-of="${parts.id}">CSV</button></div></div>
${cut ? html`<p class="table-paper">${`The ${first}${file === null ? "" : `; all of them: ${file}`}`}</p>\n` : null}<p class="table-wide needs-script" aria-hidden="true">Wider than the page: scroll sideways →</p>
<div class="table-scroll" tabindex="0" role="region" aria-label="${parts.id.replaceAll("-", " ")}"><table class="table">
<caption><span>${parts.caption}${rows.some((row) => columns.some((column) => isThin(column, row))) ? `; grey: n below ${smallSample}` : null}</span></caption>
<thead><tr>${columns.map((column) => head(column, rows.length > 1))}</tr></thead>
<tbody>${drawn}</tbody>${foot(parts, rows)}
</table></div></div>`;
}

// What a row may weigh on average, in bytes, before a table lists fewer than its limit: names may be hundreds of letters long.
const usualRow = 800;

/** The rows that a table lists: up to its limit, and fewer where they are heavy. Whoever chose the rows has weighed them. */
function drawRows<Row>(parts: TableParts<Row>): readonly Markup[] {
  const limit = parts.limit ?? 200;
  const drawn: Markup[] = [];
  let room = parts.all === undefined ? limit * usualRow : Number.POSITIVE_INFINITY;
  for (const row of parts.rows.slice(0, limit)) {
    const next = html`<tr${scopeOf(parts, row)}>${parts.columns.map((column, index) => cell(column, row, index === 0))}</tr>\n`;
    room -= Buffer.byteLength(next.markup);
    if (room < 0 && drawn.length > 0) break;
    drawn.push(next);
  }
  return drawn;
}

/** All rows as the page's own download writes them. */
function keepAll<Row>(parts: TableParts<Row>, keep: KeepRows): string {
  const columns = parts.columns.filter((column) => column.drawn !== true);
  const cellOf = (column: Column<Row>, row: Row): CsvCell => {
    const value = column.value(row);
    const text = column.cell === undefined ? textOf(column.kind, value) : plainText(column.cell(row));
    if (text === noValue || text === "") return null;
    return numeric.includes(column.kind)
      ? {
          number: text
            .replace("+", "")
            .replaceAll("−", "-")
            .replaceAll(/(\d),(?=\d{3})/g, "$1"),
        }
      : { text };
  };
  return keep(
    parts.id,
    columns.map((column) => column.label),
    parts.rows.map((row) => columns.map((column) => cellOf(column, row))),
  );
}

// Nouns of tables are plain English plurals.
function singular(noun: string): string {
  return noun
    .replace(/ies\b/g, "y")
    .replace(/ches\b/g, "ch")
    .replace(/s\b/g, "")
    .replace(" and ", " or ");
}

const scopeNames = ["region", "type", "tier", "manager"] as const;

function scopeOf<Row>(parts: TableParts<Row>, row: Row): Markup {
  const scope = parts.scope?.(row);
  if (scope === undefined) return nothing;
  return html`${scopeNames.map((name) => attribute(`data-${name}`, scope[name] ?? null))}`;
}

function head<Row>(column: Column<Row>, isSortable: boolean): Markup {
  if (column.drawn === true)
    return column.label === "" ? html`<td data-drawn></td>` : html`<th scope="col" data-drawn>${column.label}</th>`;
  const label = isSortable ? html`<button type="button" class="plain">${column.label}</button>` : html`${column.label}`;
  return html`<th scope="col"${attribute("class", numeric.includes(column.kind) ? "number" : null)}>${label}</th>`;
}

function isThin<Row>(column: Column<Row>, row: Row): boolean {
  return column.n !== undefined && column.value(row) !== null && column.n(row) < smallSample;
}

function cell<Row>(column: Column<Row>, row: Row, isFirst: boolean): Markup {
  if (column.drawn === true) return html`<td data-drawn>${column.cell?.(row) ?? null}</td>`;
  const value = column.value(row);
  const shown =
    column.cell !== undefined
      ? column.cell(row)
      : column.kind === "key"
        ? breakable(textOf(column.kind, value))
        : signedText(column, value);
  const isNumber = numeric.includes(column.kind);
  const kind = isNumber
    ? isThin(column, row)
      ? "number muted"
      : "number"
    : column.kind === "date"
      ? "date"
      : column.kind === "key"
        ? longestPart(value) > unbroken
          ? "key-cell is-long"
          : "key-cell"
        : column.wide === true
          ? "why"
          : column.named === true
            ? "named"
            : null;
  const exact = isNumber && !says(shown, value) ? numberOf(value) : null;
  const attributes = html`${attribute("class", kind)}${attribute("data-v", exact)}`;
  return isFirst ? html`<th scope="row"${attributes}>${shown}</th>` : html`<td${attributes}>${shown}</td>`;
}

// Whether a reader of the cell's text finds this very number in it; it need not be said a second time then.
function says(shown: Fragment, value: string | number | null): boolean {
  return typeof shown === "string" && (value === null ? shown === noValue : Number(plain(shown)) === Number(value));
}

// A printed number as one that can be read.
function plain(text: string): string {
  return text.replaceAll(",", "").replace("−", "-");
}

// What adding up left behind the twelfth digit is no part of the number, and may differ from one build to the next.
function numberOf(value: string | number | null): number | "" {
  return value === null || value === "" ? "" : Number(Number(value).toPrecision(12));
}

// A part of a key of at most this many signs stays in one piece on paper.
const unbroken = 32;

function longestPart(value: string | number | null): number {
  return Math.max(
    ...String(value ?? "")
      .split(/[:| ]/)
      .map((part) => part.length),
  );
}

// A key goes to the next line after its source and between its parts and words, and nowhere else unless it is too long.
function breakable(key: string): Markup {
  return html`${key.split(/(?<=[:| ])/).map((part, index) => (index === 0 ? part : html`${raw("<wbr>")}${part}`))}`;
}

function signedText<Row>({ kind, signed }: Column<Row>, value: string | number | null): string {
  const text = textOf(kind, value);
  return signed === true && Number(value) > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A value as a cell of this kind shows it. */
export function textOf(kind: ColumnKind, value: string | number | null): string {
  if (value === null || value === "") return noValue;
  switch (kind) {
    case "money":
    case "count":
      return formatCount(value);
    case "ratio":
      return formatPercent(value);
    case "days":
    case "number":
      return formatNumber(value);
    case "points":
      return formatTenths(value);
    case "date":
      return formatDate(String(value));
    case "key":
    case "text":
      return String(value);
  }
}

function facet<Row>(column: Column<Row>, index: number, rows: readonly Row[]): Markup {
  const values = [...new Set(rows.map((row) => textOf(column.kind, column.value(row))))].sort();
  if (values.length < 2 || values.length > 40) return nothing;
  return html`<label class="needs-script"><span class="hidden-words">${column.label}</span><select data-facet="${index}"><option value="">${column.label}: all</option>${values.map((value) => html`<option>${value}</option>`)}</select></label>`;
}

// Scripts fold the rows of a longer table away, so its total says how many it is of.
const foldedBeyond = 14;

/** What the last row is called: whether it adds up every row there is, also those that are folded away or left out. */
function totalOf(listed: number, all: number, isWhole: boolean): string {
  if (!isWhole) return ` of these ${formatCount(listed)}`;
  return all > foldedBeyond ? ` of all ${formatCount(all)}` : "";
}

// Figures that were rounded one by one may miss the rounded total by a unit; then the total says so.
function isRounded<Row>(column: Column<Row>, rows: readonly Row[]): boolean {
  if (column.total !== true || (column.kind !== "money" && column.kind !== "count")) return false;
  const known = rows.flatMap((row) => column.value(row) ?? []).map(Number);
  const whole = (value: number): number => Number(plain(textOf(column.kind, value)));
  return known.reduce((sum, value) => sum + whole(value), 0) !== whole(known.reduce((sum, value) => sum + value, 0));
}

function foot<Row>(parts: TableParts<Row>, listed: readonly Row[]): Markup {
  const { columns } = parts;
  const totals = columns.filter((column) => column.total === true);
  if (listed.length < 2 || totals.length === 0) return nothing;
  const all = parts.all ?? parts.rows.length;
  const isGiven = all > parts.rows.length;
  const isWhole = !isGiven || totals.every((column) => column.whole !== undefined);
  // Of rows that are not all at hand only their own total is known.
  const isRound = !isGiven && columns.some((column) => isRounded(column, parts.rows));
  const cells = columns.map((column, index) => {
    if (column.total !== true)
      return index === 0
        ? html`<th scope="row">${isRound ? "Rounded total" : "Total"}${totalOf(listed.length, all, isWhole)}</th>`
        : column.overall === undefined || column.overall === null
          ? html`<td${column.drawn === true ? raw(" data-drawn") : nothing}></td>`
          : html`<td class="number" data-overall data-v="${numberOf(column.overall)}">${textOf(column.kind, column.overall)}</td>`;
    const known = (isWhole ? parts.rows : listed).flatMap((row) => column.value(row) ?? []);
    // Values that are all unknown add up to nothing known, not to zero.
    const added = known.length === 0 ? null : known.reduce((total: number, value) => total + Number(value), 0);
    const sum = isGiven && isWhole ? (column.whole ?? null) : added;
    const sign = column.signed === true ? raw(" data-signed") : nothing;
    return html`<td class="number" data-total="sum"${sign} data-v="${numberOf(sum)}">${signedText(column, sum)}</td>`;
  });
  return html`<tfoot><tr>${cells}</tr></tfoot>`;
}
