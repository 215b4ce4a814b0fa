import type { Metric } from "../src/metrics/define.ts";
import { formatCard, formatMoment } from "../src/metrics/format.ts";
import { shiftPeriod } from "../src/metrics/periods.ts";
import { allFamilies, allMetrics, definitionsVersion, familyId, familyLabel } from "../src/metrics/registry.ts";
import { sqlOf } from "../src/metrics/sql.ts";
import { type PageContext, quarterLabel, quarterSoFar } from "../src/reports/context.ts";
import { section } from "../src/reports/figure.ts";
import { type Fragment, html, join, type Markup } from "../src/reports/html.ts";
import { groupBy } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { ripeQuarter } from "../src/reports/partners.ts";
import { monthLabel, monthOf } from "../src/reports/retention/months.ts";
import { withInForce } from "../src/reports/settings.ts";
import { table } from "../src/reports/table.ts";
import { counted, readable, whole } from "../src/reports/words.ts";
import { readWorkedDeal, type WorkedDeal, type WorkedLine } from "../src/reports/worked-deal.ts";

export const page = definePage({
  id: "definitions",
  title: "Definitions",
  question: "What exactly is this number, and who decided?",
  group: "Trust",
  order: 14,
  render: async (context) => {
    const changes = await readChanges(context);
    const worked = await readWorkedDeal(context);
    return {
      finding: `${counted(allMetrics().length, "metric")}, each defined once`,
      lead: html`Pages, exports and the query command read the same values. Every label on a page links to its entry here. These are the definitions of version <span class="mono">${definitionsVersion()}</span>, which stands at the foot of every printed page; what its configured numbers were before stands with each, and every change in the <a href="change-log.html">change log</a>.`,
      body: html`<p class="needs-script find"><label>Find a metric <input type="search" data-find=".definition" placeholder="name, word or id"></label> <span role="status" data-found></span></p>
<ul class="chips families">${allFamilies().map((family) => html`<li><a class="chip" href="#family-${family.id}">${family.label}</a></li>`)}</ul>
${rules(context)}
${await thresholds(context)}
${workedDeal(context, worked)}
${allFamilies().map(
  (family) =>
    html`<section class="section" id="family-${family.id}"><h2>${family.label}</h2>${family.metrics.map((metric) => definition(context, metric, changes, worked))}</section>`,
)}
${await statements()}`,
    };
  },
});

type Changes = ReadonlyMap<string, string>;

/** What a key of the configuration was before, in words, by its name. */
async function readChanges({ db, settings }: PageContext): Promise<Changes> {
  const rows = await db.selectFrom("marts.fct_rule_change").selectAll().orderBy("changed_at", "desc").execute();
  return new Map(
    [...groupBy(rows, (row) => row.rule)].map(([rule, list]) => [
      rule,
      list
        .map(
          (row) =>
            `${rule} was ${row.value_before ?? "not set"} until ${formatMoment(row.changed_at, settings.timezone)}`,
        )
        .join("; "),
    ]),
  );
}

function workedDeal(context: PageContext, worked: WorkedDeal | null): Markup {
  const lead =
    worked === null
      ? null
      : html`The latest won deal with a source and money on it, <span class="mono">${worked.key}</span>, and what it adds to each metric. For any other: <code>attributary explain deal KEY</code>.`;
  return html`<div id="worked-deal">${section(
    worked === null ? "No deal to work through yet" : `One deal worked through: ${worked.name}`,
    lead,
    table<WorkedLine>({
      id: "worked",
      caption: `What one deal adds, ${context.settings.currency}`,
      noun: "lines",
      search: false,
      empty: html`<b>No won deal has a source and an amount yet.</b> The first one is worked through here.`,
      rows: worked?.lines ?? [],
      columns: [
        {
          label: "Metric",
          kind: "text",
          value: ({ metric }) => context.metric(metric).metric.label,
          cell: ({ metric }) => html`<a href="#${metric}">${context.metric(metric).metric.label}</a>`,
        },
        { label: "Adds, money", kind: "money", value: (line) => line.amount },
        { label: "Adds, count or days", kind: "number", value: (line) => line.count },
        { label: "In", kind: "text", value: (line) => line.quarter, cell: (line) => whole(line.quarter) },
        { label: "Because", kind: "text", wide: true, value: (line) => line.because },
      ],
    }),
  )}</div>`;
}

const placeOf = (model: string): string => `sql-${model.replace(/^.*\//, "").replace(/\.sql$/, "")}`;

/** The statements that metrics are worked out by, each once, though many metrics may share one. */
async function statements(): Promise<Markup> {
  const models = [...new Set(allMetrics().map((metric) => metric.model))].sort();
  const texts = await Promise.all(models.map(async (model) => ({ model, sql: await sqlOf(model) })));
  return html`<section class="section" id="sql"><h2>The statements behind the metrics</h2><p class="lead">They read the marts and write the rows that <span class="mono">metrics.value</span> adds up, and run with every refresh.</p>${texts.map(
    ({ model, sql }) =>
      sql === null
        ? null
        : html`<details class="statement" id="${placeOf(model)}"><summary class="mono">${model}</summary><pre>${sql}</pre></details>`,
  )}</section>`;
}

function targetOf(context: PageContext, metric: Metric): string | null {
  if (metric.variants !== undefined || !metric.slices.includes("program")) return null;
  const { currency } = context.settings;
  const target = context.target(metric.id, context.view);
  const quarter = quarterLabel(context.period);
  return target === null ? `none for ${quarter}` : `${formatCard(target, metric, currency)} for ${quarter}`;
}

/** What the numbers that a definition names were before; said only where the configuration sets one. */
function beforeWords(metric: Metric, changes: Changes): string | null {
  const keys = [...metric.words.matchAll(/\(([\w.]+), [^()]*? unless configured\)/g)].map(([, key = ""]) => key);
  if (keys.length === 0) return null;
  const said = keys.flatMap((key) => changes.get(key) ?? []);
  return said.length === 0 ? `${keys.join(", ")} unchanged since the first refresh` : said.join("; ");
}

/** What every number rests on, as this build was configured. */
function rules(context: PageContext): Markup {
  const { settings } = context;
  const items: readonly (readonly [string, Fragment])[] = [
    [
      "Source of a deal",
      `The first rule that leaves a partner: override, approved registration, what the CRM declares, accepted lead. Claims count up to ${settings.claimDays} days after the deal's creation.`,
    ],
    [
      "Influence",
      `A qualifying touch from ${settings.lookbackDays} days before the deal's creation up to its close. Evidence recorded more than ${settings.lateDays} days after the close does not count.`,
    ],
    [
      "Evidence",
      settings.evidence === "close"
        ? "Frozen at close: what is removed later keeps its effect."
        : "Current: what is removed today has no effect any more.",
    ],
    ["Split", "Sourced, else influenced only, else direct: every deal once, so the three add up to the total."],
    [
      "Money",
      `Converted to ${settings.currency} at the event's own date; a row without a rate stays out and is listed under Data quality.`,
    ],
    ["Quarters", `Fiscal, the year beginning in month ${settings.fiscalYearStart}; dates in ${settings.timezone}.`],
    [
      "Comparisons",
      "A quarter in progress is compared with the same days of the earlier one; a closed quarter with a whole one. Rates differ in percentage points (pp).",
    ],
  ];
  return html`<section class="section" id="rules"><h2>The rules behind every number</h2><dl class="facts-list">${items.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;
}

/** Every number that the configuration may change, as it was for this build. */
async function thresholds(context: PageContext): Promise<Markup> {
  const kinds = await context.db.selectFrom("config.qualifying_kind").select("kind").orderBy("kind").execute();
  const weights = await context.db
    .selectFrom("config.score_weight")
    .selectAll()
    .orderBy("weight", "desc")
    .orderBy("component")
    .execute();
  const items: readonly (readonly [string, string])[] = [
    ...Object.entries(context.settings.inForce),
    [
      "attribution.qualifying_kinds",
      kinds.length === 0
        ? "every kind but login, content view and download"
        : kinds.map(({ kind }) => readable(kind)).join(", "),
    ],
    ...(weights.length === 0
      ? []
      : [
          [
            "score.weights",
            weights.map(({ component, weight }) => `${readable(component)} ${Number(weight)}`).join(", "),
          ] as const,
        ]),
  ];
  return html`<section class="section" id="in-force"><h2>What the configuration sets, as in force here</h2><dl class="facts-list small">${items.map(([key, value]) => html`<div><dt class="mono">${key}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

function definition(context: PageContext, metric: Metric, changes: Changes, worked: WorkedDeal | null): Markup {
  const target = targetOf(context, metric);
  const before = beforeWords(metric, changes);
  const adds = worked?.lines.some((line) => line.metric === metric.id) === true;
  const isPattern = metric.variants !== undefined;
  const now = isPattern || !metric.slices.includes("program") ? null : latest(context, metric);
  const used = [...context.usedOn].filter(([id]) => id === metric.id || (isPattern && isVariant(id, metric)));
  const pages = [...new Set(used.flatMap(([, names]) => [...names]))].filter((name) => name !== "definitions").sort();
  const items: readonly (readonly [string, Fragment])[] = [
    ["Formula", metric.formula],
    ["One row is", metric.grain],
    ["Dated by", readable(metric.datedBy)],
    ["Included", metric.included],
    ["Left out", metric.excluded],
    [
      "Periods and slices",
      `${metric.periods.join(", ")} · ${metric.slices.join(", ")}${metric.addsUp ? " · partner rows add up to the program" : ""}`,
    ],
    ...(metric.variants === undefined || metric.variants === "any"
      ? []
      : [["Ids", metric.variants.map((variant) => metric.id.replace(/<.*>/, variant)).join(", ")] as const]),
    ["Better when", metric.better === "neutral" ? "neither" : metric.better === "up" ? "higher" : "lower"],
    ["Decided by", `${metric.owner}, since version ${metric.since}`],
    ...(target === null ? [] : [["Target", target] as const]),
    ...(before === null ? [] : [["Before", before] as const]),
    ["Worked out in", html`<a class="mono" href="#${placeOf(metric.model)}">${metric.model}</a>`],
    ...(adds ? [["One deal", html`<a href="#worked-deal">worked through above</a>`] as const] : []),
    [
      "Used on",
      pages.length === 0
        ? html`no page; read it with <span class="mono">query "from metrics.value where metric ${isPattern ? html`like '${metric.id.replace(/<.*>/, "%")}'` : html`= '${metric.id}'`}"</span>`
        : join(
            pages.map((name) => pageLink(context, name)),
            ", ",
          ),
    ],
  ];
  return html`<article class="definition" id="${familyId(metric)}"><h3>${familyLabel(metric)} <span class="mono">${idOf(metric)}</span>${
    now === null ? null : html` <span class="now">${now}</span>`
  }</h3><p>${withInForce(metric.words, context.settings)}</p><dl class="facts-list small">${items.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></article>`;
}

/** The program's value at the period at which its own page tells it, so that the two agree. */
function latest(context: PageContext, metric: Metric): string {
  const { settings, period } = context;
  const at = (of: string): string => context.metric(metric.id, { slice: "program", period: of }).card;
  if (metric.periods.includes("current")) return `now ${at("current")}`;
  if (!metric.periods.includes("quarter")) {
    const month = monthOf(settings, period);
    return `${monthLabel(month)} ${at(month)}`;
  }
  if (metric.datedBy === "agreed_on") {
    const cohort = ripeQuarter(settings);
    return `signed ${quarterLabel(cohort)} ${at(cohort)}`;
  }
  const now = `${quarterSoFar(settings, period)} ${at(period)}`;
  if (metric.datedBy !== "expected_close_on") return now;
  // What is expected to close is told of the next quarter first, which can still be changed.
  const next = shiftPeriod("quarter", period, 1);
  return `${quarterLabel(next)} ${at(next)}, ${now}`;
}

function isVariant(id: string, family: Metric): boolean {
  const word = id.slice(family.id.indexOf("<"));
  return (
    id.startsWith(family.id.slice(0, family.id.indexOf("<"))) &&
    (family.variants === "any" || family.variants?.includes(word) === true)
  );
}

/** An id with the word that stands for others set apart: `credited_bookings.` and a slanted `model`. */
function idOf(metric: Metric): Markup {
  const [before = "", word] = metric.id.split(/[<>]/);
  return word === undefined ? html`${before}` : html`${before}<i>${word}</i>`;
}

function pageLink(context: PageContext, id: string): Markup {
  const entry = context.menu.find((one) => one.id === id);
  return entry === undefined
    ? html`<a data-carry href="partners.html">each partner's page</a>`
    : html`<a data-carry href="${entry.path}">${entry.title}</a>`;
}
