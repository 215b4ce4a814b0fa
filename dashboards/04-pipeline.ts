import { formatCount, formatMoneyShort, formatPercent } from "../src/metrics/format.ts";
import { shiftPeriod } from "../src/metrics/periods.ts";
import { cards, withoutAmount } from "../src/reports/card.ts";
import { type AgeDot, ageStrip, shownDots } from "../src/reports/charts/age-strip.ts";
import { bullet } from "../src/reports/charts/bullet.ts";
import { rankedBars } from "../src/reports/charts/ranked-bars.ts";
import { classLooks, seriesKey } from "../src/reports/charts/stacked-bars.ts";
import { type PageContext, quarterLabel, type View, whose } from "../src/reports/context.ts";
import { type DealEntry, readDeals } from "../src/reports/deals.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerLink, partnerName, scopeOf } from "../src/reports/links.ts";
import { median, ratio, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { daysSince } from "../src/reports/partners.ts";
import { bySlice } from "../src/reports/sliced.ts";
import { table } from "../src/reports/table.ts";
import { counted, sentenceCase } from "../src/reports/words.ts";

export const page = definePage({
  id: "pipeline",
  title: "Pipeline and coverage",
  question: "Is there enough to make next quarter, where is it stuck, and which territories have no partner?",
  group: "Revenue",
  order: 4,
  filters: ["period", "slice"],
  render: async (context) => {
    const deals = await readDeals(context, "open");
    const open = openBySlice(context, deals);
    const stages = await readStages(context);
    const grid = await readGrid(context);
    return {
      finding: context.block(["slice"], (view) => html`${finding(context, view)}`),
      lead: context.block(["slice"], (view) => html`${lead(context, view, open)}`),
      body: html`${context.block(["period", "slice"], (view) => headCards(context, view, open))}
${context.block(["slice"], (view) => coverage(context, view))}
<div class="columns columns-2">${context.block(["slice"], (view) => stageFigure(context, view, open, stages))}
${context.block(["slice"], (view) => ageFigure(context, view, open, stages))}</div>
${territories(grid)}
${openList(context, deals, stages)}`,
    };
  },
});

type Pick = (view: View) => readonly DealEntry[];

/** Open deals by view: of the program all of them, of a slice those that one of its partners brought. */
interface Open {
  readonly all: Pick;
  readonly sourced: Pick;
  /** Sourced deals past the expected close date. */
  readonly late: Pick;
}

function openBySlice(context: PageContext, deals: readonly DealEntry[]): Open {
  const { asOf } = context.settings;
  const sourced = deals.filter((deal) => deal.class === "sourced");
  const pick = (rows: readonly DealEntry[]): Pick => bySlice(context, rows, (deal) => [deal.sourceKey]);
  return {
    all: pick(deals),
    sourced: pick(sourced),
    late: pick(sourced.filter((deal) => (daysSince(deal.expectedOn, asOf) ?? 0) > 0)),
  };
}

function finding(context: PageContext, view: View): string {
  const next = shiftPeriod("quarter", context.period, 1);
  const now = coverageOf(context, view, context.period);
  const required = requiredCoverage(context, view);
  const said = (): string => {
    if (now.value !== null && required !== null) {
      const verb = now.value >= required ? "covers" : "falls short of";
      return `pipeline ${verb} ${quarterLabel(context.period)}: ${now.card} against ${times(required)} required`;
    }
    const later = coverageOf(context, view, next);
    if (later.value !== null) return `pipeline covers ${quarterLabel(next)} ${later.card}`;
    return `${context.metric("sourced_pipeline", view).card} of sourced pipeline is open`;
  };
  return sentenceCase(`${whose(view)}${said()}`);
}

function lead(context: PageContext, view: View, open: Open): string {
  const { currency } = context.settings;
  const late = open.late(view);
  const all = context.metric("open_pipeline", { slice: "program" });
  const sourced = context.metric("sourced_pipeline", view);
  const brought = `${sourced.card} of ${all.card} open was brought by ${view.slice === "program" ? "partners" : "these partners"}.`;
  if (late.length === 0) return `${brought} No sourced deal is past its expected close date.`;
  return `${brought} ${counted(late.length, "sourced deal is", "sourced deals are")} past the expected close date, ${formatMoneyShort(
    total(late, (deal) => deal.amount),
    currency,
  )} in all.`;
}

function times(value: number): string {
  return `${value.toFixed(1)}×`;
}

function coverageOf(context: PageContext, view: View, period: string) {
  return context.metric("pipeline_coverage", { ...view, period });
}

/** Won and lost over the last four quarters: the pipeline needed for one unit of target. */
function requiredCoverage(context: PageContext, view: View): number | null {
  const sum = (id: string): number =>
    [0, -1, -2, -3].reduce(
      (all, step) =>
        all + (context.metric(id, { ...view, period: shiftPeriod("quarter", context.period, step) }).value ?? 0),
      0,
    );
  const won = sum("won_deals");
  return won === 0 ? null : (won + sum("lost_deals")) / won;
}

function headCards(context: PageContext, view: View, open: Open): Markup {
  const { currency, staleDays } = context.settings;
  const mine = open.sourced(view);
  const stale = context.metric("stale_deals", view).value ?? 0;
  const slipped = open.late(view);
  const slippedAmount = formatMoneyShort(
    total(slipped, (deal) => deal.amount),
    currency,
  );
  const slippedWords =
    slipped.length > 0
      ? `; ${formatCount(slipped.length)} past the close date: ${slippedAmount}`
      : mine.length > 0
        ? "; none past the close date"
        : "";
  return cards(context, view, [
    {
      id: "sourced_pipeline",
      note: `${counted(mine.length, "deal")}${withoutAmount(mine.length, context.metric("sourced_pipeline", view).n)}${slippedWords}`,
    },
    {
      id: "weighted_pipeline",
      note: `${view.slice === "program" ? "all open deals, sourced or not" : "open deals these partners brought"}, each amount times its chance`,
    },
    { id: "created_pipeline.sourced" },
    {
      id: "stale_pipeline",
      note:
        stale > 0
          ? `${counted(stale, "deal")} without a stage entry for ${staleDays} days${withoutAmount(stale, context.metric("stale_pipeline", view).n)}`
          : mine.length > 0
            ? `every sourced deal moved in the last ${staleDays} days`
            : "no sourced deal is open",
    },
    {
      id: "account_coverage",
      at: { slice: "program" },
      scope: "whole program",
      note: "open deals, sourced or not, with an account that is a customer of some partner",
    },
    { id: "pipeline_velocity", missing: "needs open deals and won deals in the last 12 months" },
  ]);
}

interface Cover {
  readonly period: string;
  readonly value: number | null;
  readonly open: number | null;
  readonly left: number | null;
}

function coverage(context: PageContext, view: View): Markup {
  const required = requiredCoverage(context, view);
  const rows: readonly Cover[] = [0, 1, 2].map((step) => {
    const period = shiftPeriod("quarter", context.period, step);
    const found = coverageOf(context, view, period);
    return { period, value: found.value, open: found.numerator, left: found.denominator };
  });
  const known = rows.filter((row) => row.value !== null);
  const title =
    known.length === 0
      ? "Coverage cannot be told: no quarter ahead has a target that is not met"
      : required === null
        ? "Coverage by quarter; what is required is unknown until a deal is won"
        : `${known.filter((row) => (row.value ?? 0) >= required).length} of ${counted(known.length, "quarter")} with a target ${known.length === 1 ? "has" : "have"} enough pipeline`;
  return section(
    title,
    html`Open sourced pipeline expected to close in the quarter ÷ target not yet won.${required === null ? null : html` Required: <b>${times(required)}</b>, which is 1 ÷ the win rate of the last four quarters.`} The tick is what is required.`,
    table<Cover>({
      id: "coverage",
      caption: `Coverage, ${context.settings.currency}`,
      noun: "quarters",
      search: false,
      empty: "No quarters.",
      rows,
      columns: [
        { label: "Quarter", kind: "text", value: (row) => quarterLabel(row.period) },
        {
          label: "",
          kind: "text",
          drawn: true,
          value: () => "",
          cell: (row) =>
            row.value === null || required === null
              ? html`<span class="muted small">no target for this quarter, or it is met</span>`
              : bullet({
                  value: row.value,
                  target: required,
                  yearAgo: null,
                  label: `${times(row.value)} against ${times(required)} required`,
                }),
        },
        { label: "Coverage, ×", kind: "number", value: (row) => row.value },
        { label: "Open, expected in the quarter", kind: "money", value: (row) => row.open },
        { label: "Target left", kind: "money", value: (row) => row.left },
      ],
    }),
    "as of now",
  );
}

interface StageFacts {
  readonly stage: string;
  readonly probability: number;
  readonly medianDays: number | null;
}

/** Open stages in the order of their chance, with the median stay of deals that have closed. */
async function readStages(context: PageContext): Promise<readonly StageFacts[]> {
  const open = await context.db
    .selectFrom("marts.fct_deal")
    .select(["stage", (field) => field.fn.avg<number>("probability").as("probability")])
    .where("state", "=", "open")
    .where("stage", "is not", null)
    .groupBy("stage")
    .execute();
  const stays = await context.db
    .selectFrom("marts.fct_stage")
    .innerJoin("marts.fct_deal", "marts.fct_deal.deal_key", "marts.fct_stage.deal_key")
    .select([
      "marts.fct_stage.stage",
      (field) => field.fn<number | null>("median", ["marts.fct_stage.days"]).as("days"),
    ])
    .where("marts.fct_deal.state", "<>", "open")
    .groupBy("marts.fct_stage.stage")
    .execute();
  const usual = new Map(stays.map((stay) => [stay.stage, stay.days]));
  return open
    .map((row) => ({
      stage: row.stage ?? "–",
      probability: Number(row.probability ?? 0),
      medianDays: usual.get(row.stage ?? "") ?? null,
    }))
    .sort((a, b) => a.probability - b.probability || (a.stage < b.stage ? -1 : 1));
}

function stageFigure(context: PageContext, view: View, open: Open, stages: readonly StageFacts[]): Markup {
  const { currency } = context.settings;
  const mine = open.all(view);
  const title = "Open amount by stage";
  if (mine.length === 0)
    return emptyFigure(title, html`<b>No open deals.</b> They come with the next refresh that finds some.`);
  const classes = (
    view.slice === "program" ? ["sourced", "influenced", "direct"] : ["sourced"]
  ) as readonly DealEntry["class"][];
  const rows = stages.map((stage) => stage.stage).filter((stage) => mine.some((deal) => deal.stage === stage));
  const at = (stage: string, one: DealEntry["class"]): number =>
    total(
      mine.filter((deal) => deal.stage === stage && deal.class === one),
      (deal) => deal.amount,
    );
  const sums = rows.map((stage) => ({ stage, sum: total(classes, (one) => at(stage, one)) }));
  const most = [...sums].sort((a, b) => b.sum - a.sum)[0];
  const data = rows.flatMap((stage) =>
    classes.map((one) => ({ bar: stage, series: classLooks[one].name, value: at(stage, one) })),
  );
  return figure({
    title: most === undefined ? title : `${formatMoneyShort(most.sum, currency)} stands in ${most.stage}`,
    label: `Open amount by stage: ${sums.map((row) => `${row.stage} ${formatMoneyShort(row.sum, currency)}`).join(", ")}`,
    caption: `Open amount, ${currency}, stages in the order of their chance to be won. As of now.`,
    scope: "as of now",
    size: "half",
    key: seriesKey(classes.map((one) => classLooks[one])),
    draw: (width) =>
      rankedBars({
        data,
        rows,
        series: classes.map((one) => classLooks[one]),
        format: (value) => formatMoneyShort(value, currency),
        width,
      }),
    data: table({
      id: "stages-data",
      caption: `Open amount, ${currency}`,
      noun: "stages",
      search: false,
      empty: "No stages.",
      rows,
      columns: [
        { label: "Stage", kind: "text", value: (stage) => stage },
        ...classes.map((one) => ({
          label: classLooks[one].name,
          kind: "money" as const,
          value: (stage: string) => at(stage, one),
          total: true,
        })),
        {
          label: "Deals",
          kind: "count",
          value: (stage) => mine.filter((deal) => deal.stage === stage).length,
          total: true,
        },
      ],
    }),
  });
}

const oldFactor = 1.5;

function ageLimit(stages: readonly StageFacts[], stage: string | null): number | null {
  const days = stages.find((one) => one.stage === stage)?.medianDays ?? null;
  return days === null || days === 0 ? null : days * oldFactor;
}

function ageFigure(context: PageContext, view: View, open: Open, stages: readonly StageFacts[]): Markup {
  const { currency } = context.settings;
  const mine = open.all(view).filter((deal) => view.slice !== "program" || deal.class !== "direct");
  const data: readonly AgeDot[] = mine.flatMap((deal) => {
    const limit = ageLimit(stages, deal.stage);
    if (deal.stage === null || deal.daysInStage === null) return [];
    return [
      {
        row: deal.stage,
        days: deal.daysInStage,
        amount: deal.amount ?? 0,
        words: `${deal.name}: ${deal.daysInStage} days in ${deal.stage}`,
        isOld: limit !== null && deal.daysInStage > limit,
      },
    ];
  });
  const title = "Age of open deals";
  if (data.length === 0) return emptyFigure(title, "No open deal with a partner has a stage entry yet.");
  const rows = stages.map((stage) => stage.stage).filter((stage) => data.some((dot) => dot.row === stage));
  const old = data.filter((dot) => dot.isOld);
  const shown = shownDots(data);
  const which =
    shown.length === data.length
      ? "Each dot is an open deal with a partner"
      : `Each dot is one of the ${formatCount(shown.length)} largest open deals with a partner`;
  const share = ratio(
    total(old, (dot) => dot.amount),
    total(data, (dot) => dot.amount),
  );
  return figure({
    title: share === null ? title : `${formatPercent(share)} of the amount has aged past ${oldFactor}× the usual stay`,
    label: `${old.length} of ${counted(data.length, "open deal")} with a partner ${old.length === 1 ? "is" : "are"} older in the stage than ${oldFactor} times the median stay of closed deals`,
    caption: `${which}, larger for more ${currency}. The tick is ${oldFactor}× the median stay of closed deals; dots beyond it, in orange, are old.`,
    scope: "as of now",
    size: "half",
    draw: (width) =>
      ageStrip({ data: shown, rows, limits: rows.map((row) => ({ row, days: ageLimit(stages, row) })), width }),
    data: table({
      id: "ages-data",
      caption: "Days in the stage, open deals with a partner",
      noun: "stages",
      search: false,
      empty: "No stages.",
      rows,
      columns: [
        { label: "Stage", kind: "text", value: (stage) => stage },
        {
          label: "Open deals",
          kind: "count",
          value: (stage) => data.filter((dot) => dot.row === stage).length,
          total: true,
        },
        {
          label: "Median days",
          kind: "days",
          value: (stage) => median(data.filter((dot) => dot.row === stage).map((dot) => dot.days)),
        },
        { label: "Old from, days", kind: "days", value: (stage) => ageLimit(stages, stage) },
        { label: "Old", kind: "count", value: (stage) => old.filter((dot) => dot.row === stage).length, total: true },
      ],
    }),
  });
}

type Grid = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** Partners with a deal in progress or closed in the last twelve months, by the region and segment of its account. */
async function readGrid(context: PageContext): Promise<Grid> {
  const year = new Date(Date.parse(context.settings.asOf) - 365 * 86_400_000).toISOString().slice(0, 10);
  const accounts = await context.db
    .selectFrom("marts.fct_deal")
    .select(["region", "segment"])
    .where("region", "is not", null)
    .where("segment", "is not", null)
    .distinct()
    .execute();
  const rows = await context.db
    .selectFrom("marts.fct_deal as deal")
    .innerJoin("marts.fct_deal_partner as part", "part.deal_key", "deal.deal_key")
    .select(["deal.region", "deal.segment", "part.partner_key"])
    .where((where) => where.or([where("deal.state", "=", "open"), where("deal.closed_on", ">=", year)]))
    .distinct()
    .execute();
  const grid = new Map<string, Map<string, Set<string>>>();
  for (const { region, segment } of accounts) {
    if (region === null || segment === null) continue;
    const line = grid.get(region) ?? new Map<string, Set<string>>();
    grid.set(region, line.set(segment, new Set()));
  }
  for (const row of rows) {
    if (context.partners.get(row.partner_key)?.state !== "active") continue;
    grid
      .get(row.region ?? "")
      ?.get(row.segment ?? "")
      ?.add(row.partner_key);
  }
  return grid;
}

function territories(grid: Grid): Markup {
  const regions = [...grid.keys()].sort();
  const segments = [...new Set([...grid.values()].flatMap((line) => [...line.keys()]))].sort();
  const count = (region: string, segment: string): number | null => grid.get(region)?.get(segment)?.size ?? null;
  const empty = regions.flatMap((region) =>
    segments.filter((segment) => count(region, segment) === 0).map((segment) => `${region} ${segment}`),
  );
  const title =
    regions.length === 0
      ? "No account has both a region and a segment"
      : empty.length === 0
        ? "Every territory has an active partner"
        : `${counted(empty.length, "territory has", "territories have")} no active partner`;
  return section(
    title,
    "Active partners with a deal that is open or closed in the last twelve months, by the account's region and segment.",
    table({
      id: "territories",
      caption: "Active partners by account region and segment",
      noun: "regions",
      search: false,
      empty: html`<b>Nothing to show.</b> Give accounts a region and a segment in the CRM; the next refresh fills this grid.`,
      rows: regions,
      columns: [
        { label: "Account region", kind: "text", value: (region) => region },
        ...segments.map((segment) => ({
          label: segment,
          kind: "count" as const,
          value: (region: string) => count(region, segment),
          cell: (region: string) => {
            const found = count(region, segment);
            return found === null ? "no accounts" : found === 0 ? html`<b class="worse">none</b>` : String(found);
          },
        })),
      ],
    }),
    "all partners, as of now",
  );
}

function openList(context: PageContext, open: readonly DealEntry[], stages: readonly StageFacts[]): Markup {
  const { settings } = context;
  const rows = open.filter((deal) => deal.class !== "direct");
  const why = (deal: DealEntry): string | null => {
    const late = daysSince(deal.expectedOn, settings.asOf);
    if (late !== null && late > 0) return `past its close date by ${counted(late, "day")}`;
    const limit = ageLimit(stages, deal.stage);
    if (limit !== null && (deal.daysInStage ?? 0) > limit) return `older than ${Math.round(limit)} days in its stage`;
    return null;
  };
  const stuck = rows.filter((deal) => why(deal) !== null);
  const mine = bySlice(context, rows, (deal) => [deal.partnerKey]);
  const mineStuck = bySlice(context, stuck, (deal) => [deal.partnerKey]);
  const heading = (view: View): string => {
    const all = mine(view).length;
    return all === 0
      ? sentenceCase(`${whose(view)}no open deal with a partner`)
      : `${whose(view)}${formatCount(mineStuck(view).length)} of ${counted(all, "open partner deal is", "open partner deals are")} late or stuck`;
  };
  return section(
    context.words(["slice"], heading),
    "Open deals that a partner brought or helped: late or stuck ones first, then by amount. Choose a stage or an owner, or search.",
    table<DealEntry>({
      id: "open-deals",
      caption: `Open deals with a partner, ${settings.currency}`,
      noun: "deals",
      empty: html`<b>No open deals with a partner.</b>`,
      rows: [...stuck, ...rows.filter((deal) => why(deal) === null)],
      limit: 150,
      scope: (deal) => scopeOf(context, deal.partnerKey),
      columns: [
        { label: "Deal", kind: "text", value: (deal) => deal.name },
        {
          label: "Partner",
          kind: "text",
          value: (deal) => partnerName(context, deal.partnerKey),
          cell: (deal) => partnerLink(context, deal.partnerKey),
        },
        {
          label: "Class",
          kind: "text",
          value: (deal) => (deal.class === "influenced" ? "influenced only" : deal.class),
          facet: true,
        },
        { label: "Stage", kind: "text", value: (deal) => deal.stage, facet: true },
        { label: "Owner", kind: "text", value: (deal) => deal.owner, facet: true },
        { label: "Days in stage", kind: "days", value: (deal) => deal.daysInStage },
        { label: "Expected", kind: "date", value: (deal) => deal.expectedOn },
        { label: "Why look", kind: "text", wide: true, value: why },
        { label: "Amount", kind: "money", value: (deal) => deal.amount, total: true },
        { label: "Source id", kind: "key", value: (deal) => deal.key },
      ],
    }),
    "as of now",
  );
}
