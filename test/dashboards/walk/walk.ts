import { readFile } from "node:fs/promises";
import path from "node:path";
import { inflateSync } from "node:zlib";
import {
  formatCard,
  formatCount,
  formatDate,
  formatMoneyShort,
  formatNumber,
  formatPercent,
  formatPercentagePoints,
  formatTenths,
} from "../../../src/metrics/format.ts";
import { findMetric, metrics } from "../../../src/metrics/registry.ts";
import { type Connection, openReadOnly } from "../../../src/warehouse/database.ts";
import { type Element, elements, hasClass, type Node, parseMarkup, saidBy, textOf } from "../../support/markup.ts";
import { type Asked, ask, prepare } from "./asked.ts";
import { sentenceQueries } from "./sentences.ts";
import { drawnQueries, tableQueries } from "./tables.ts";

/** How many figures of one kind were held against a query, and what both sides are. */
export interface Tally {
  readonly cells: number;
  readonly totals: number;
  readonly cards: number;
  readonly choices: number;
  readonly sentences: number;
  readonly drawn: number;
  readonly definitions: number;
}

/** What a walk over a site found. */
export interface Walked {
  readonly pages: number;
  /** Figures that equal their query, by where they stand. */
  readonly compared: Tally;
  /** Figures that differ from their query, in words. */
  readonly wrong: readonly string[];
  /** Figures that no query of the walk knows, with the page; each is an exception to be named. */
  readonly untraced: readonly string[];
  /** Numbers that are no figures: the scale of an axis, names, ids, what a rule says of itself. */
  readonly scales: number;
}

type Row = Readonly<Record<string, unknown>>;

interface Value {
  readonly value: number | null;
  readonly n: number;
}

/**
 * Walks every page of a site and holds each figure against a query of its own on the warehouse: cards against metrics.value,
 * metrics.to_date and marts.dim_target, tables and sentences against the queries beside this file, drawings and totals
 * against their tables. Texts of the filter bar's other choices are walked for their cards.
 */
export async function walk(site: {
  readonly directory: string;
  readonly warehouse: string;
  readonly files: readonly string[];
}): Promise<Walked> {
  const database = await openReadOnly(site.warehouse);
  const connection = await database.connect();
  try {
    await prepare(connection);
    return await walkPages(site, connection);
  } finally {
    connection.close();
    database.close();
  }
}

async function walkPages(
  site: { readonly directory: string; readonly files: readonly string[] },
  connection: Connection,
): Promise<Walked> {
  const compared = { cells: 0, totals: 0, cards: 0, choices: 0, sentences: 0, drawn: 0, definitions: 0 };
  const wrong: string[] = [];
  const untraced: string[] = [];
  let scales = 0;
  const settings = await connection.row<{
    currency: string;
    as_of: string;
    home: string;
    minor: number;
    day: number;
  }>(
    "select currency, setting.as_of::varchar as as_of, period as home, setting.minor::double as minor, (setting.as_of - starts_on + 1)::double as day from setting cross join home",
  );
  if (settings === undefined) throw new Error("the warehouse has no setting");
  const { currency, home } = settings;
  const quarters = await connection.rows<{ period: string; is_running: boolean }>(
    "select period, is_running from quarter order by place",
  );
  const placeOf = new Map(quarters.map(({ period }, place) => [period, place]));
  const quarterAt = (period: string, step: number): string => quarters[(placeOf.get(period) ?? 0) + step]?.period ?? "";
  const isRunning = (period: string): boolean => quarters[placeOf.get(period) ?? 0]?.is_running ?? false;
  const label = (period: string): string =>
    period.includes("-Q") ? `${period.slice(5)} FY${period.slice(2, 4)}` : period;

  const valuesOf = async (table: string): Promise<ReadonlyMap<string, Value>> => {
    const rows = await connection.rows<{
      metric: string;
      period: string;
      slice: string;
      slice_key: string;
      value: number | null;
      n: number;
    }>(
      `select metric, period, slice, slice_key, case when status <> 'no_data' then value end::double as value, n::double as n from ${table}`,
    );
    return new Map(rows.map((row) => [[row.metric, row.period, row.slice, row.slice_key].join("\u0001"), row]));
  };
  const [values, toDates] = [await valuesOf("metrics.value"), await valuesOf("metrics.to_date")];
  const earlier = await valuesOf("earlier_state");
  const earlierDays = new Map(
    (await connection.rows<{ period: string; day: number }>("select period, day::double as day from earlier_day")).map(
      ({ period, day }) => [period, day],
    ),
  );
  const targets = new Map(
    (
      await connection.rows<{
        metric: string;
        period: string;
        slice: string;
        slice_key: string;
        amount: number;
        reporting: number | null;
      }>(
        "select metric, period, slice, slice_key, amount::double as amount, amount_reporting_minor::double / minor as reporting from marts.dim_target cross join setting where period_kind = 'quarter'",
      )
    ).map((row) => [[row.metric, row.period, row.slice, row.slice_key].join("\u0001"), row]),
  );
  const at = (from: ReadonlyMap<string, Value>, id: string, period: string, asked: Asked): Value => {
    const found = from.get([id, period, asked.slice, asked.key].join("\u0001"));
    const form = findMetric(id)?.form;
    const isAdded = form === "sum" || form === "count";
    return { value: found?.value ?? (isAdded ? 0 : null), n: found?.n ?? 0 };
  };

  const cardIds = new Map<string, string>();
  for (const { metric } of await connection.rows<{ metric: string }>("select distinct metric from metrics.value"))
    cardIds.set(metric.replaceAll(".", "-"), metric);
  for (const { id, variants } of metrics) {
    if (variants === undefined) cardIds.set(id, id);
    else if (variants !== "any")
      for (const one of variants) cardIds.set(id.replace(/\.<.*>/, `-${one}`), id.replace(/<.*>/, one));
  }

  /** The words a card says about a change, worked out from the two values alone. */
  const changeWords = (id: string, asked: Asked, period: string, base: string): string => {
    const metric = findMetric(id);
    const now = at(values, id, period, asked).value;
    const bases = period === "current" ? earlier : isRunning(period) ? toDates : values;
    const before = at(bases, id, base, asked).value;
    if (now === null) return "no data there is nothing to work it out from";
    if (before === null || (before === 0 && now !== 0 && metric?.unit !== "ratio")) return "new";
    if (now === before) return "no change";
    const isRate = metric?.unit === "ratio" && metric.shownAs === undefined;
    if (!isRate && metric?.shownAs !== "times" && before <= 0) return "–";
    const text = isRate
      ? formatPercentagePoints(now - before)
      : metric?.shownAs !== "times"
        ? change(now / before - 1)
        : `${now > before ? "+" : "−"}${Math.abs(now - before).toFixed(1)}×`;
    const shown = /[1-9]/.test(text) ? text : text.replace(/^[+−]?0\.0/, "under 0.1");
    const good =
      metric?.better === "neutral" ? "neutral" : now > before === (metric?.better === "up") ? "better" : "worse";
    const [nowN, thenN] = [at(values, id, period, asked).n, at(bases, id, base, asked).n];
    const n = Math.min(nowN, thenN);
    if (good === "neutral") return shown;
    if (metric?.form !== "count" && metric?.grain !== "one target" && n < 10)
      return `${shown} · n = ${n} ${nowN <= thenN ? "now" : "then"}`;
    const shape = good === "better" ? (shown.startsWith("−") ? "" : "▲ ") : shown.startsWith("+") ? "" : "▼ ";
    return `${shape}${shown} ${good}`;
  };

  /** Holds a card against metrics.value; its notes are sentences. */
  const walkCard = (
    card: Element,
    asked: Asked,
    place: string,
    sentence: (node: Node, kind: string) => void,
  ): number => {
    const before = wrong.length;
    let held = 0;
    const equal = (what: string, shown: string | undefined, expected: string): void => {
      held += 1;
      if (shown !== expected)
        wrong.push(`${place} card ${id} ${what}: shown ${shown ?? "nothing"}, metrics say ${expected}`);
    };
    const one = (name: string): Element | undefined => elements(card, (element) => hasClass(element, name))[0];
    const id = cardIds.get(card.attributes.get("id") ?? "") ?? "";
    const metric = findMetric(id);
    const valueShown = one("card-value");
    if (metric === undefined) {
      sentence(card, "card");
      return 0;
    }
    const scope = saidBy(one("scope") ?? "");
    const isState = metric.periods.includes("current");
    const period = isState ? "current" : (periodFrom(scope) ?? asked.period);
    const who: Asked =
      scope === "whole program" || (metric.slices.length === 1 && asked.slice !== "program")
        ? { ...asked, slice: "program", key: "all" }
        : asked;
    const found = at(values, id, period, who);
    equal(
      "value",
      saidBy(valueShown ?? "", (element) => element.tag === "abbr"),
      formatCard(found.value, metric, currency),
    );
    const n = one("card-n");
    if (n !== undefined) equal("n", /^n = ([\d,]+)/.exec(saidBy(n))?.[1], formatCount(found.n));
    const target = targets.get([id, isState ? home : period, who.slice, who.key].join("\u0001"));
    const goal = metric.unit === "money" ? (target?.reporting ?? null) : (target?.amount ?? null);
    for (const line of elements(card, (element) => element.tag === "tr")) {
      const [head, cell] = [saidBy(line.children[0] ?? ""), saidBy(line.children[1] ?? "")];
      if (head.startsWith("vs target ")) {
        equal("target", head.slice(10), formatCard(goal, metric, currency));
        if (goal !== null && found.value !== null)
          equal(
            "against target",
            cell.replace(/^[▲▼] | (?:better|worse)$/g, ""),
            targetWords(metric, found.value, goal, isRunning(period)),
          );
        continue;
      }
      const [, name = "", cut = ""] = /^vs (Q\d FY\d\d)(?:(?: to|,) day (\d+))?$/.exec(head) ?? [];
      const base = [-1, -4]
        .map((step) => quarterAt(isState ? home : period, step))
        .find((quarter) => label(quarter) === name);
      const day = isState ? earlierDays.get(base ?? "") : isRunning(period) ? settings.day : undefined;
      if (base === undefined || (cut !== "" && Number(cut) !== day) || (isState && cut === ""))
        wrong.push(`${place} card ${id} compares with ${head}`);
      else if (!cell.startsWith("–")) equal(head, cell, changeWords(id, who, period, base));
    }
    for (const line of elements(card, (element) => hasClass(element, "sparkline"))) {
      const said = line.attributes.get("aria-label") ?? "";
      const all = [-7, -6, -5, -4, -3, -2, -1, 0].map((step) => quarterAt(period, step));
      equal(
        "line",
        said,
        `${metric.label}, ${all.map((quarter) => `${label(quarter)} ${formatCard(at(values, id, quarter, who).value, metric, currency)}`).join(", ")}`,
      );
      held += all.length - 1;
    }
    for (const why of elements(card, (element) => hasClass(element, "card-why"))) sentence(why, `card ${id}`);
    return wrong.length === before ? held : held - (wrong.length - before);
  };

  const formats: Readonly<Record<string, (value: number) => string>> = {
    m: formatCount,
    n: formatCount,
    sm: (value) => (Math.round(value) > 0 ? `+${formatCount(value)}` : formatCount(value)),
    sr: (value) =>
      /[1-9]/.test(formatPercent(value)) && value > 0 ? `+${formatPercent(value)}` : formatPercent(value),
    r: formatPercent,
    d: formatNumber,
    p: formatTenths,
    s: (value) => formatMoneyShort(value, currency),
    ss: (value) => `${value > 0 ? "+" : ""}${formatMoneyShort(value, currency)}`,
    w: (value) => `${Math.round(value * 100)}%`,
    x: (value) => `${value.toFixed(1)}×`,
    pp: formatPercentagePoints,
    g: (value) => formatPercentagePoints(value).replace(/^\+| pp$/g, ""),
  };
  const shownAs = (name: string, value: unknown): string => {
    const kind = name.split("_")[0] ?? "";
    if (kind === "on") return formatDate(String(value));
    const format = formats[kind];
    return format === undefined ? String(value) : format(Number(value));
  };

  /** Holds every cell of a table, its total and what it says of its length against the rows of a query. */
  const walkTable = async (block: Element, sql: string, place: string): Promise<ReadonlySet<string>> => {
    const drawn = new Set<string>();
    const rows = (await connection.rows<Row>(sql)).map((row) =>
      Object.entries(row).flatMap(([name, value]): [string, unknown][] =>
        name === "ns"
          ? String(value)
              .split("|")
              .map((part) => ["n", part === "" ? null : Number(part)])
          : [[name, value]],
      ),
    );
    const body = elements(block, (element) => element.tag === "tbody")[0];
    const lines = (body?.children ?? []).filter((child): child is Element => typeof child !== "string");
    const all = Number(block.attributes.get("data-of"));
    const where = `${place} table ${block.attributes.get("id") ?? ""}`;
    if (all !== rows.length) wrong.push(`${where} tells of ${all} rows, the marts hold ${rows.length}`);
    // A total is of all rows, also of those that a page has no room for, unless it says that it is of these.
    const isOfListed = /^Total of these /.test(
      saidBy(
        elements(elements(block, (element) => element.tag === "tfoot")[0] ?? "", (one) => one.tag === "th")[0] ?? "",
      ),
    );
    const sums = new Map<number, number>();
    for (const row of isOfListed ? rows.slice(0, lines.length) : rows) {
      for (const [column, [name, value]] of row.filter(([name]) => name !== "o_place").entries())
        if (value !== null && !/^[tbko]/.test(name)) sums.set(column, (sums.get(column) ?? 0) + Number(value));
    }
    for (const [index, line] of lines.entries()) {
      const cells = line.children.filter(
        (cell): cell is Element => typeof cell !== "string" && !cell.attributes.has("data-drawn"),
      );
      const row = rows[index]?.filter(([name]) => name !== "o_place");
      if (row === undefined) break;
      if (row.length !== cells.length) wrong.push(`${where} has ${cells.length} columns, its query ${row.length}`);
      for (const [column, [name, value]] of row.entries()) {
        const cell = cells[column];
        if (cell === undefined || name.startsWith("o_")) continue;
        const text = saidBy(cell);
        const expected = value === null || value === "" ? "–" : shownAs(name, value);
        if (name.startsWith("b_") ? !text.startsWith(expected) : text !== saidBy(expected)) {
          wrong.push(`${where} row ${index + 1} ${name}: shown ${text}, the marts say ${expected}`);
          continue;
        }
        if (/^[tbk]/.test(name) || name.startsWith("on")) {
          if (/\d/.test(text)) compared.cells += 1;
          continue;
        }
        compared.cells += 1;
        drawn.add(text);
        const stored = storedIn(cell);
        if (value === null ? stored !== "" : !isClose(Number(stored), Number(value)))
          wrong.push(`${where} row ${index + 1} ${name}: stored ${stored}, the marts say ${String(value)}`);
        if (value !== null) {
          drawn.add(formatMoneyShort(Number(value), currency));
          drawn.add(formats.ss?.(Number(value)) ?? "");
          drawn.add(`${Math.round(Number(value) * 100)}%`);
          drawn.add(formatMoneyShort(Math.abs(Number(value)), currency));
        }
      }
    }
    const foot = elements(block, (element) => element.tag === "tfoot")[0];
    const last = elements(foot ?? "", (element) => element.tag === "tr")[0]?.children.filter(
      (cell): cell is Element => typeof cell !== "string" && !cell.attributes.has("data-drawn"),
    );
    for (const [column, cell] of (last ?? []).entries()) {
      if (!cell.attributes.has("data-total")) continue;
      const sum = sums.get(column);
      compared.totals += 1;
      if (sum === undefined) {
        if (saidBy(cell) !== "–") wrong.push(`${where} total: shown ${saidBy(cell)}, nothing is known`);
        continue;
      }
      drawn.add(formatMoneyShort(sum, currency));
      drawn.add(formatCount(sum));
      if (!isClose(Number(storedIn(cell)), sum))
        wrong.push(`${where} total: shown ${saidBy(cell)}, the rows add up to ${sum}`);
    }
    drawn.add(String(rows.length));
    // A chart names sums over the columns of a row as well.
    for (const row of rows) {
      const parts = row.filter(([name, value]) => name.startsWith("m_") && value !== null && !name.endsWith("total"));
      drawn.add(
        formatMoneyShort(
          parts.reduce((sum, [, value]) => sum + Number(value), 0),
          currency,
        ),
      );
      const counts = row.filter(([name, value]) => name.startsWith("n_") && value !== null);
      drawn.add(String(counts.reduce((sum, [, value]) => sum + Number(value), 0)));
    }
    const said = saidBy(elements(block, (element) => hasClass(element, "table-said"))[0] ?? "");
    const count = /^(?:the first ([\d,]+) of )?([\d,]+) /.exec(said);
    compared.cells += 1;
    if (count?.[2] !== formatCount(all) || (count[1] !== undefined && count[1] !== formatCount(lines.length)))
      wrong.push(`${where} says ${said}`);
    return drawn;
  };

  const sentenceRows = new Map<string, Row | undefined>();
  let pages = 0;
  for (const file of site.files) {
    pages += 1;
    const text = await readFile(path.join(site.directory, file), "utf8");
    const root = parseMarkup(text);
    const html = elements(root, (element) => element.tag === "html")[0];
    const page = html?.attributes.get("data-page") ?? "";
    const partnerKey = page === "partner" ? keyOf(root) : null;
    const asked: Asked =
      partnerKey === null
        ? { period: html?.attributes.get("data-period") ?? home, slice: "program", key: "all" }
        : { period: home, slice: "partner", key: partnerKey };
    await ask(connection, asked);
    sentenceRows.clear();
    const main = elements(root, (element) => element.tag === "main")[0];
    if (main === undefined) throw new Error(`${file} has no main`);

    const waiting: { readonly text: string; readonly kind: string }[] = [];
    const sentence = (node: Node, kind: string): void => {
      const said = saidBy(
        spaced(node),
        (element) => hasClass(element, "needs-script") || element.tag === "svg" || element.tag === "code",
      );
      if (/\d/.test(said)) waiting.push({ text: said, kind });
    };
    const visit = async (node: Node): Promise<void> => {
      if (typeof node === "string") {
        sentence(node, "text");
        return;
      }
      if (hasClass(node, "needs-script") || node.tag === "script" || node.tag === "style" || node.tag === "pre") return;
      if (hasClass(node, "card")) {
        compared.cards += walkCard(node, asked, file, sentence);
        return;
      }
      if (node.tag === "figure") {
        await walkFigure(node);
        return;
      }
      if (hasClass(node, "table-block")) {
        await tableOf(node);
        return;
      }
      if (node.tag === "article" && hasClass(node, "definition")) {
        compared.definitions += walkDefinition(node);
        return;
      }
      if (node.tag === "div" && node.children.some((child) => typeof child !== "string" && child.tag === "dt")) {
        const [name = "", value = ""] = node.children;
        sentence({ ...node, children: [name, ": ", value] }, "fact");
        return;
      }
      if (isSentence(node)) {
        sentence(node, node.attributes.get("class") ?? node.tag);
        return;
      }
      for (const child of node.children) await visit(child);
    };
    const tableOf = async (block: Element): Promise<ReadonlySet<string>> => {
      const id = block.attributes.get("id") ?? "";
      const caption = elements(block, (element) => element.tag === "caption")[0];
      if (caption !== undefined) sentence(caption, "caption");
      if (id === "scorecard-rows") return walkScorecard(block);
      const found = /^found-(.*)-(error|warning|info)$/.exec(id);
      const sql =
        found === null
          ? tableQueries[page]?.[id]?.(asked)
          : `select entity_key as t_key, said(entity) as t_in, message as t_what, null as o_fix, amount_reporting_minor / minor as m from quality.issue cross join setting
             where replace(check_id, '_', '-') = '${found[1]}' and severity = '${found[2]}' order by coalesce(abs(amount_reporting_minor), 0) desc, entity_key`;
      if (sql === undefined) {
        const numbers = elements(block, (element) => hasClass(element, "number") && /\d/.test(saidBy(element))).length;
        if (numbers > 0) untraced.push(`${file} table ${id}: ${numbers} cells`);
        return new Set();
      }
      return walkTable(block, sql, file).catch((error: unknown) => {
        wrong.push(`${file} ${id}: ${String(error)}`);
        return new Set<string>();
      });
    };
    const walkFigure = async (figure: Element): Promise<void> => {
      const drawn = new Set<string>();
      const whole = new Set<string>();
      for (const block of elements(figure, (element) => hasClass(element, "table-block")))
        for (const shown of await tableOf(block)) drawn.add(shown);
      for (const block of elements(figure, (element) => hasClass(element, "table-block"))) {
        const sql = drawnQueries[page]?.[block.attributes.get("id") ?? ""];
        if (sql !== undefined) for (const { t } of await connection.rows<{ t: string }>(sql)) whole.add(t);
      }
      for (const part of figure.children) {
        if (typeof part === "string" || part.tag === "details") continue;
        if (!hasClass(part, "drawn")) {
          await visit(part);
          continue;
        }
        for (const svg of elements(part, (element) => element.tag === "svg")) {
          const texts = elements(
            svg,
            (element) =>
              element.tag === "text" &&
              element.children.some((child) => typeof child === "string" || child.tag === "tspan"),
          ).map((element) => saidBy(element));
          for (const shown of texts) {
            if (!/\d/.test(shown)) continue;
            const figures = numbersIn(shown);
            if (whole.has(shown)) compared.drawn += figures.length;
            else if (figures.length > 0 && figures.every((figure) => drawn.has(figure)))
              compared.drawn += figures.length;
            else if (figures.length === 0 || isScale(shown)) scales += 1;
            else untraced.push(`${file} drawing: ${shown}`);
          }
          for (const figure of numbersIn((svg.attributes.get("aria-label") ?? "").replaceAll(ofARule, ""))) {
            if (drawn.has(figure)) compared.drawn += 1;
            else untraced.push(`${file} drawing "${svg.attributes.get("aria-label")?.slice(0, 60)}": ${figure}`);
          }
        }
      }
    };
    const walkDefinition = (entry: Element): number => {
      const id = entry.attributes.get("id") ?? "";
      const metric = findMetric(id);
      const head = saidBy(elements(entry, (element) => element.tag === "h3")[0] ?? "");
      if (metric === undefined || !head.includes(` ${id} `)) return 0;
      // One that has a running quarter and a next one tells both.
      const told = head.slice(head.indexOf(` ${id} `) + id.length + 2).split(", ");
      const goal = saidBy(entry).match(/Target(\S+) for Q\d FY\d\d/)?.[1];
      const aim = targets.get([id, asked.period, "program", "all"].join("\u0001"));
      const due = metric.unit === "money" ? (aim?.reporting ?? null) : (aim?.amount ?? null);
      if (goal !== undefined && goal !== (due === null ? "none" : formatCard(due, metric, currency)))
        wrong.push(`${file} ${id} target: shown ${goal}, the marts say ${due}`);
      const found = told.flatMap(
        (one) => /(?:(Q\d FY\d\d)(?: so far)?|now|([A-Z][a-z]{2} \d{4})) (\S.*)$/.exec(one)?.slice(0, 4) ?? [],
      );
      for (let place = 0; place < found.length; place += 4) {
        const [, quarter, month, card] = found.slice(place);
        const period = metric.periods.includes("current") ? "current" : periodFrom(quarter ?? month ?? "");
        const expected = formatCard(
          at(values, id, period ?? "", { ...asked, slice: "program", key: "all" }).value,
          metric,
          currency,
        );
        if (card !== expected) wrong.push(`${file} ${id}: shown ${card}, metrics.value says ${expected}`);
      }
      return found.length / 4;
    };
    const walkScorecard = (block: Element): ReadonlySet<string> => {
      for (const line of elements(block, (element) => element.tag === "tr" && element.children.length > 5).slice(1)) {
        const cells = line.children.filter((cell): cell is Element => typeof cell !== "string");
        const name = saidBy(cells[0] ?? "");
        const metric = [...cardIds.values()].map(findMetric).find((one) => one?.label === name);
        if (metric === undefined) continue;
        const { value } = at(values, metric.id, asked.period, asked);
        const target = targets.get([metric.id, asked.period, "program", "all"].join("\u0001"));
        const goal = metric.unit === "money" ? (target?.reporting ?? null) : (target?.amount ?? null);
        const shown = [saidBy(cells[1] ?? "", (element) => element.tag === "abbr"), saidBy(cells[2] ?? "")];
        const expected = [
          formatCard(value, metric, currency),
          goal === null ? "–" : formatCard(goal, metric, currency),
        ];
        const year = formatCard(at(values, metric.id, quarterAt(asked.period, -4), asked).value, metric, currency);
        compared.cells += 3;
        if (saidBy(cells[5] ?? "") !== year)
          wrong.push(`${file} scorecard ${metric.id} a year ago: shown ${saidBy(cells[5] ?? "")}, metrics say ${year}`);
        if (shown.join() !== expected.join())
          wrong.push(
            `${file} scorecard ${metric.id}: shown ${shown.join(" of ")}, metrics say ${expected.join(" of ")}`,
          );
        const difference = goal === null || value === null ? "" : value - goal;
        compared.cells += 1;
        if (
          difference === ""
            ? cells[3] === undefined || storedIn(cells[3]) !== ""
            : cells[3] === undefined || !isClose(Number(storedIn(cells[3])), difference)
        )
          wrong.push(
            `${file} scorecard ${metric.id} variance: ${cells[3]?.attributes.get("data-v")}, not ${difference}`,
          );
      }
      return new Set();
    };
    await visit(main);

    for (const { text: said, kind } of waiting) {
      const plain = said.replaceAll(/Q[1-4] FY\d\d( so far)?/g, "QQ").replaceAll(/(?<!\d )[A-Z][a-z]{2} 20\d\d/g, "MM");
      if (!/\d/.test(plain)) continue;
      const known = sentenceQueries.find(
        (one) =>
          (one.page === "any" || one.page === page) &&
          (one.card === undefined || kind === `card ${one.card}`) &&
          one.says.test(plain),
      );
      if (known === undefined) {
        untraced.push(`${page === "partner" ? "partners/*" : file} ${kind}: ${plain}`);
        continue;
      }
      if (known.sql === undefined) {
        scales += 1;
        continue;
      }
      const captures = known.says.exec(plain)?.slice(1) ?? [];
      const sql = typeof known.sql === "string" ? known.sql : known.sql(captures);
      if (!sentenceRows.has(sql))
        sentenceRows.set(
          sql,
          await connection.row<Row>(sql).catch((error: unknown) => {
            wrong.push(`${file} "${said}": ${String(error)}`);
            return undefined;
          }),
        );
      const found = Object.entries(sentenceRows.get(sql) ?? {});
      if (captures.length !== found.length)
        wrong.push(`${file} "${said}": ${captures.length} figures, its query gives ${found.length}`);
      for (const [index, capture] of captures.entries()) {
        const [name = "", value] = found[index] ?? [];
        const expected = shownAs(name, value);
        compared.sentences += 1;
        if (capture !== expected) wrong.push(`${file} "${said}": ${capture}, the marts say ${expected}`);
      }
    }

    const packed = text.match(/id="views">([^<]+)</)?.[1];
    if (packed !== undefined) {
      const { blocks, texts } = JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()) as {
        readonly blocks: Readonly<Record<string, Readonly<Record<string, number>>>>;
        readonly texts: readonly string[];
      };
      for (const choices of Object.values(blocks)) {
        for (const [choice, index] of Object.entries(choices)) {
          const piece = texts[index] ?? "";
          if (!piece.includes('class="card"')) continue;
          const [period = "", slice = ""] = choice.split("#");
          const bar = slice.indexOf("|");
          const other: Asked = {
            period: period === "" ? asked.period : period,
            slice: slice === "" ? asked.slice : slice.slice(0, bar),
            key: slice === "" ? asked.key : slice.slice(bar + 1),
          };
          for (const card of elements(parseMarkup(piece), (element) => hasClass(element, "card")))
            compared.choices += walkCard(card, other, `${file} at ${choice}`, () => {});
        }
      }
    }
  }
  return { pages, compared, wrong, untraced, scales };
}

function isSentence(element: Element): boolean {
  if (elements(element, (one) => one.tag === "dl").length > 0) return false;
  return (
    /^(?:h1|h2|h3|p|figcaption|li|dd|dt|caption|summary)$/.test(element.tag) ||
    hasClass(element, "finding") ||
    hasClass(element, "finding-more") ||
    element.tag === "footer"
  );
}

/** The key of the partner a page is of, as it says itself. */
function keyOf(root: Element): string {
  for (const pair of elements(root, (element) => element.tag === "div" && element.children.length === 2)) {
    if (saidBy(pair.children[0] ?? "") === "Source id") return textOf(pair.children[1] ?? "");
  }
  throw new Error("a partner's page does not say whose it is");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The number that a cell counts as: the exact one beside a rounded text, else the text itself; empty where there is none. */
function storedIn(cell: Element): string {
  const text = saidBy(cell).replaceAll(",", "").replace("−", "-").replace(/^\+/, "");
  return cell.attributes.get("data-v") ?? (text === "–" ? "" : text);
}

/** The period that a scope names; none where it names none. */
function periodFrom(scope: string): string | undefined {
  const quarter = /Q(\d) FY(\d\d)/.exec(scope);
  if (quarter !== null) return `20${quarter[2]}-Q${quarter[1]}`;
  const month = /([A-Z][a-z]{2}) (\d{4})/.exec(scope);
  return month === null ? undefined : `${month[2]}-${String(months.indexOf(month[1] ?? "") + 1).padStart(2, "0")}`;
}

/** The numbers within words, each with its sign and unit; labels of quarters and months are none. */
function numbersIn(text: string): readonly string[] {
  const plain = text.replaceAll(/Q[1-4]\s*(?:FY|’)\d\d/g, "").replaceAll(/[A-Z][a-z]{2} (?:20|’)\d\d/g, "");
  return plain.match(/[+−]?\p{Sc}?[+−]?\d[\d,.]*\d?[kMB%]?/gu)?.map((found) => found.replace(/[.,]$/, "")) ?? [];
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
}

function change(ratio: number): string {
  const decimals = Math.abs(ratio) >= 10 ? 0 : 1;
  return new Intl.NumberFormat("en-US", {
    style: "percent",
    signDisplay: "exceptZero",
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
    .format(ratio)
    .replace("-", "−")
    .replace(/^[−+](?=[^1-9]*$)/, "");
}

function targetWords(
  metric: NonNullable<ReturnType<typeof findMetric>>,
  value: number,
  goal: number,
  isRunning: boolean,
): string {
  if (metric.unit === "ratio" && metric.shownAs === undefined)
    return value === goal ? "on target" : formatPercentagePoints(value - goal);
  if (isRunning && metric.form === "sum" && !metric.periods.includes("current") && value < goal)
    return `${formatPercent(value / goal)} reached`;
  return value === goal ? "on target" : change(value / goal - 1);
}

/** What an axis, a bin or the row of a heat map is called: places to read a drawing by, and no figures. */
function isScale(text: string): boolean {
  return /^(?:0|\p{Sc}?[\d.,]+[kM]?|\d+%|>?\d+ [dh]|m(?:onth )?\d+|up to \d+ days|\d+ to \d+ days|over \d+ days|agreed: \d+ h)$/u.test(
    text,
  );
}

// A day, a share or an age that the page itself draws the line at.
const ofARule = /by day 90|1\.5 times|(?:up to|over|\d+ to) \d+ (?:days|h)\b/g;

/** The same with a blank behind each heading, paragraph and break, which a browser would set apart. */
function spaced(node: Node): Node {
  if (typeof node === "string") return node;
  const children = node.children.map(spaced);
  return { ...node, children: /^(?:h3|p|br|div)$/.test(node.tag) ? [...children, " "] : children };
}
