import type { Comparison } from "../src/metrics/compare.ts";
import { formatCount, formatMoneyShort, formatPercent, formatTenths } from "../src/metrics/format.ts";
import { daysBefore, periodOf, shiftPeriod } from "../src/metrics/periods.ts";
import { cards, compareEarlier, withoutAmount } from "../src/reports/card.ts";
import { type AgeDot, ageStrip, shownDots } from "../src/reports/charts/age-strip.ts";
import { bullet } from "../src/reports/charts/bullet.ts";
import { rankedBars } from "../src/reports/charts/ranked-bars.ts";
import { classLooks, seriesKey } from "../src/reports/charts/stacked-bars.ts";
import { headed, type PageContext, quarterLabel, quarterSoFar, type View } from "../src/reports/context.ts";
import { type DealEntry, readDeals } from "../src/reports/deals.ts";
import {
  type EarlierDay,
  type EarlierOpen,
  type EarlierPipeline,
  earlierDays,
  earlierSourcedPipeline,
  readEarlierPipeline,
} from "../src/reports/earlier-days.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerColumn, scopeOf } from "../src/reports/links.ts";
import { median, ratio, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { daysSince } from "../src/reports/partners.ts";
import { bySlice } from "../src/reports/sliced.ts";
import { table, textOf } from "../src/reports/table.ts";
import { counted, verbOf } from "../src/reports/words.ts";

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
    const earlier = await readEarlierPipeline(context);
    return {
      finding: context.block(["slice"], (view) => html`${finding(context, view, open)}`),
      lead: context.block(["slice"], (view) => html`${lead(context, view, open)}`),
      body: html`${context.block(["period", "slice"], (view) => headCards(context, view, open, earlier))}
${context.block(["slice"], (view) => coverage(context, view, open))}
${context.block(["slice"], (view) => nowAndThen(context, view, open, earlier))}
${context.block(["slice"], (view) => slippedDeals(context, view, open))}
${territories(grid)}
<div class="columns columns-2">${context.block(["slice"], (view) => stageFigure(context, view, open, stages))}
${context.block(["slice"], (view) => ageFigure(context, view, open, stages))}</div>
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
  /** The quarter in which a deal is expected to close. */
  readonly quarter: (deal: DealEntry) => string | null;
}

function openBySlice(context: PageContext, deals: readonly DealEntry[]): Open {
  const { asOf, fiscalYearStart } = context.settings;
  const sourced = deals.filter((deal) => deal.class === "sourced");
  const pick = (rows: readonly DealEntry[]): Pick => bySlice(context, rows, (deal) => [deal.sourceKey]);
  return {
    all: pick(deals),
    sourced: pick(sourced),
    late: pick(sourced.filter((deal) => (daysSince(deal.expectedOn, asOf) ?? 0) > 0)),
    quarter: (deal) => (deal.expectedOn === null ? null : periodOf("quarter", deal.expectedOn, fiscalYearStart)),
  };
}

/** The next quarter is what the page asks about; where it has no target to be held against, the running one answers. */
function finding(context: PageContext, view: View, open: Open): string {
  const next = shiftPeriod("quarter", context.period, 1);
  const required = requiredCoverage(context, view);
  const cover = [coverOf(context, view, next, open), coverOf(context, view, context.period, open)].find(
    (one) => one.value !== null,
  );
  const said = (): string => {
    const mine = open.sourced(view);
    if (cover === undefined && mine.length > 0 && mine.every((deal) => deal.amount === null))
      return `no amount is known of the ${counted(mine.length, "open sourced deal")}`;
    if (cover === undefined) return `${context.metric("sourced_pipeline", view).card} of sourced pipeline is open`;
    const quarter = quarterLabel(cover.period);
    if (required === null) return `sourced pipeline covers ${quarter} ${times(cover.value ?? 0)}`;
    const verb = (cover.value ?? 0) >= required ? "covers" : "falls short of";
    return `sourced pipeline ${verb} ${quarter}: ${times(cover.value ?? 0)} against ${times(required)} required`;
  };
  return headed(view, said());
}

function lead(context: PageContext, view: View, open: Open): string {
  const { currency } = context.settings;
  const late = open.late(view);
  const every = open.all({ ...view, slice: "program", sliceKey: "all" });
  if (every.length === 0) return "No deal is open.";
  const all = context.metric("open_pipeline", { slice: "program" });
  const sourced = context.metric("sourced_pipeline", view);
  const brought = every.every((deal) => deal.amount === null)
    ? `No amount is known of the ${counted(every.length, "open deal")}.`
    : `${sourced.card} of ${all.card} open was brought by ${view.slice === "program" ? "partners" : "these partners"}.`;
  const slipped =
    late.length === 0
      ? "No sourced deal is past its expected close date."
      : `${counted(late.length, "sourced deal is", "sourced deals are")} past the expected close date, ${formatMoneyShort(
          total(late, (deal) => deal.amount),
          currency,
        )} in all.`;
  return `${brought} ${slipped}`;
}

function times(value: number): string {
  return `${formatTenths(value)}×`;
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

function headCards(context: PageContext, view: View, open: Open, earlier: EarlierPipeline): Markup {
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
      earlier: earlierSourcedPipeline(context, earlier),
      note: `${counted(mine.length, "sourced deal")}${withoutAmount(mine.length, context.metric("sourced_pipeline", view).n)}${slippedWords}`,
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
          ? `${formatCount(stale)} of ${counted(mine.length, "open sourced deal")} without a stage entry for ${staleDays} days${withoutAmount(stale, context.metric("stale_pipeline", view).n)}`
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
    {
      id: "pipeline_velocity",
      missing: "needs open qualified deals, and won deals in the last 12 months",
      note: velocityNote(context, view),
    },
  ]);
}

/** The formula of the velocity with the number of deals in it; null where there is no velocity. */
function velocityNote(context: PageContext, view: View): string | null {
  const found = context.metric("pipeline_velocity", view);
  return found.value === null
    ? null
    : `${counted(found.n, "qualified open sourced deal")} × mean won amount × win rate ÷ mean cycle days, the last three over 12 months`;
}

interface Cover {
  readonly period: string;
  /** Open over what is left; null without a target or with a target that is met. */
  readonly value: number | null;
  /** Sourced deals that are expected to close in the quarter. */
  readonly open: number;
  /** Of these, the ones in a qualified stage. */
  readonly qualified: number;
  readonly target: number | null;
  readonly won: number;
}

function coverOf(context: PageContext, view: View, period: string, open: Open): Cover {
  const at = { ...view, period };
  const expected = open.sourced(view).filter((deal) => open.quarter(deal) === period);
  return {
    period,
    value: coverageOf(context, view, period).value,
    open: total(expected, (deal) => deal.amount),
    qualified: total(
      expected.filter((deal) => deal.isQualified),
      (deal) => deal.amount,
    ),
    target: context.target("sourced_bookings", at),
    won: context.metric("sourced_bookings", at).value ?? 0,
  };
}

function coverage(context: PageContext, view: View, open: Open): Markup {
  const required = requiredCoverage(context, view);
  const rows: readonly Cover[] = [0, 1, 2].map((step) =>
    coverOf(context, view, shiftPeriod("quarter", context.period, step), open),
  );
  const known = rows.filter((row) => row.value !== null);
  const title =
    known.length === 0
      ? "coverage cannot be told: no quarter ahead has a target that is not met"
      : required === null
        ? "coverage by quarter; what is required is unknown until a deal is won"
        : `${known.filter((row) => (row.value ?? 0) >= required).length} of ${counted(known.length, "quarter")} with a target ${known.length === 1 ? "has" : "have"} enough pipeline`;
  const standing = (row: Cover): Markup | string => {
    if (row.value !== null && required !== null)
      return bullet({
        value: row.value,
        target: required,
        yearAgo: null,
        label: `${times(row.value)} against ${times(required)} required`,
      });
    const why =
      row.target === null
        ? "no target"
        : row.value === null
          ? "target met"
          : "nothing won in four quarters to require by";
    return html`<span class="muted small">${why}</span>`;
  };
  return section(
    headed(view, title),
    html`Coverage: open sourced pipeline expected to close in the quarter ÷ (target − won so far).${required === null ? null : html` Required: <b>${times(required)}</b>, which is 1 ÷ the win rate of the last four quarters; the tick is there.`}`,
    table<Cover>({
      id: "coverage",
      caption: `Coverage, sourced deals only, ${context.settings.currency}`,
      noun: "quarters",
      search: false,
      empty: "No quarters.",
      rows,
      columns: [
        { label: "Quarter", kind: "text", value: (row) => quarterLabel(row.period) },
        { label: "", kind: "text", drawn: true, value: () => "", cell: standing },
        { label: "Coverage, ×", kind: "number", value: (row) => row.value },
        { label: "Open, expected in the quarter", kind: "money", value: (row) => row.open },
        { label: "Of it qualified", kind: "money", value: (row) => row.qualified },
        { label: "Target", kind: "money", value: (row) => row.target },
        { label: "Won so far", kind: "money", value: (row) => row.won },
        {
          label: "Target left",
          kind: "money",
          value: (row) => (row.target === null ? null : Math.max(0, row.target - row.won)),
        },
      ],
    }),
    "as of now",
  );
}

interface NowAndThen {
  readonly dealClass: DealEntry["class"];
  readonly now: EarlierOpen;
  readonly before: readonly EarlierOpen[];
}

/** Open pipeline by class beside what was open on the same day of the quarter before and of the year before. */
function nowAndThen(context: PageContext, view: View, open: Open, earlier: EarlierPipeline): Markup {
  const { currency } = context.settings;
  const days = earlierDays(context);
  const mine = open.all(view);
  const rows: readonly NowAndThen[] = classesOf(view).map((dealClass) => {
    const deals = mine.filter((deal) => deal.class === dealClass);
    return {
      dealClass,
      now: {
        deals: deals.length,
        amount: total(deals, (deal) => deal.amount),
        amounts: deals.filter((deal) => deal.amount !== null).length,
      },
      before: days.map((day) => earlier(day, view, dealClass)),
    };
  });
  const found = context.metric("sourced_pipeline", view);
  const [first] = earlierSourcedPipeline(context, earlier)(view);
  const said = first === undefined ? null : compareEarlier(found, first);
  const then = rows.find((row) => row.dealClass === "sourced")?.before[0];
  const isThenUnknown = then !== undefined && then.deals > 0 && then.amounts === 0;
  const column = (day: EarlierDay, place: number) => [
    {
      label: day.label,
      kind: "money" as const,
      value: (row: NowAndThen) => row.before[place]?.amount ?? 0,
      total: true,
    },
    {
      label: "Deals then",
      kind: "count" as const,
      value: (row: NowAndThen) => row.before[place]?.deals ?? 0,
      total: true,
    },
    {
      label: "Change since",
      kind: "money" as const,
      signed: true,
      value: (row: NowAndThen) => row.now.amount - (row.before[place]?.amount ?? 0),
      total: true,
    },
  ];
  return section(
    headed(
      view,
      first === undefined || said === null
        ? "open pipeline, now and then"
        : isThenUnknown
          ? `no amount is known of the sourced deals that were open in ${first.label}`
          : `sourced pipeline is ${thenWords(said, first.label)}`,
    ),
    "What was open on the same day of the quarter before and of the year before: deals created by then and closed later or not at all, with the class and the amount they have now, since those of that day are not kept. Nor are chances, expected closes and targets of that day, so weighted pipeline, coverage and velocity have no such value.",
    table<NowAndThen>({
      id: "pipeline-then",
      caption: `Open amount, ${currency}`,
      noun: "lines",
      search: false,
      empty: "No lines.",
      rows,
      columns: [
        { label: "Open pipeline", kind: "text", value: (row) => classLooks[row.dealClass].name },
        { label: "Now", kind: "money", value: (row) => row.now.amount, total: true },
        { label: "Deals now", kind: "count", value: (row) => row.now.deals, total: true },
        ...days.flatMap(column),
      ],
    }),
    "as of now",
  );
}

function thenWords(said: Comparison, label: string): string {
  switch (said.kind) {
    case "change":
      return said.words;
    case "no_change":
      return `level with ${label}`;
    case "new":
      return `new since ${label}`;
    case "no_data":
    case "not_comparable":
      return `not to be compared with ${label}`;
  }
}

/** The classes of deals that a view tells of: a slice has those its partners brought. */
function classesOf(view: View): readonly DealEntry["class"][] {
  return view.slice === "program" ? ["sourced", "influenced", "direct"] : ["sourced"];
}

const slippedQuarters = 4;

interface Slipped {
  readonly when: string;
  readonly deals: readonly DealEntry[];
}

/** Open deals whose expected close has passed, by the quarter it was expected in, partner deals beside direct ones. */
function slippedDeals(context: PageContext, view: View, open: Open): Markup {
  const { settings } = context;
  const late = open.all(view).filter((deal) => (daysSince(deal.expectedOn, settings.asOf) ?? 0) > 0);
  const of = (deals: readonly DealEntry[], dealClass: DealEntry["class"]): readonly DealEntry[] =>
    deals.filter((deal) => deal.class === dealClass);
  const amount = (deals: readonly DealEntry[]): number => total(deals, (deal) => deal.amount);
  const quarters = Array.from({ length: slippedQuarters + 1 }, (_, step) =>
    shiftPeriod("quarter", context.period, -step),
  );
  const rows: readonly Slipped[] = [
    ...quarters.map((quarter) => ({
      when: quarterSoFar(settings, quarter),
      deals: late.filter((deal) => open.quarter(deal) === quarter),
    })),
    {
      when: `before ${quarterLabel(quarters.at(-1) ?? context.period)}`,
      deals: late.filter((deal) => !quarters.includes(open.quarter(deal) ?? "")),
    },
  ].filter((row) => row.deals.length > 0);
  const shareOf = (dealClass: DealEntry["class"]): number | null =>
    ratio(amount(of(late, dealClass)), amount(of(open.all(view), dealClass)));
  const [own, direct] = [shareOf("sourced"), shareOf("direct")];
  const isWhole = view.slice === "program";
  return section(
    headed(
      view,
      late.length === 0
        ? "nothing has slipped"
        : own === null
          ? "no open sourced deal has an amount that could slip"
          : `${formatPercent(own)} of sourced pipeline has slipped${isWhole && direct !== null ? `, ${formatPercent(direct)} of direct` : ""}`,
    ),
    "Slipped: still open after its expected close, by the quarter of that date. Only the date that stands now is known: a deal whose date was moved on in time is not among them.",
    table<Slipped>({
      id: "slipped",
      caption: `Open deals past their expected close, ${settings.currency}`,
      noun: "quarters",
      search: false,
      empty: html`<b>Nothing slipped.</b> No open deal is past its expected close.`,
      rows,
      columns: [
        { label: "Expected in", kind: "text", value: (row) => row.when },
        ...classesOf(view).flatMap((dealClass) => [
          {
            label: classLooks[dealClass].name,
            kind: "money" as const,
            value: (row: Slipped) => amount(of(row.deals, dealClass)),
            total: true,
          },
          {
            label: "Deals",
            kind: "count" as const,
            value: (row: Slipped) => of(row.deals, dealClass).length,
            total: true,
          },
        ]),
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
  const title = headed(view, "open amount by stage");
  if (mine.length === 0)
    return emptyFigure(title, html`<b>No open deals.</b> They come with the next refresh that finds some.`);
  const classes = classesOf(view);
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
    title:
      most === undefined
        ? title
        : headed(
            view,
            mine.every((deal) => deal.amount === null)
              ? `no amount is known of the ${counted(mine.length, "open deal")}`
              : `${formatMoneyShort(most.sum, currency)} stands in ${most.stage}`,
          ),
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
  const dotsOf = (deals: readonly DealEntry[]): readonly AgeDot[] =>
    deals.flatMap((deal) => {
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
  const data = dotsOf(mine);
  const hasUsual = (dots: readonly AgeDot[]): boolean => dots.some((dot) => ageLimit(stages, dot.row) !== null);
  const oldShare = (dots: readonly AgeDot[]): number | null =>
    hasUsual(dots)
      ? ratio(
          total(
            dots.filter((dot) => dot.isOld),
            (dot) => dot.amount,
          ),
          total(dots, (dot) => dot.amount),
        )
      : null;
  const direct =
    view.slice === "program" ? oldShare(dotsOf(open.all(view).filter((deal) => deal.class === "direct"))) : null;
  const title = headed(view, "age of open deals");
  if (data.length === 0) return emptyFigure(title, "No open deal with a partner has a stage entry yet.");
  const rows = stages.map((stage) => stage.stage).filter((stage) => data.some((dot) => dot.row === stage));
  const old = data.filter((dot) => dot.isOld);
  const shown = shownDots(data);
  const which =
    shown.length === data.length
      ? "Each dot is an open deal with a partner"
      : `Each dot is one of the ${formatCount(shown.length)} largest open deals with a partner`;
  const share = oldShare(data);
  const isKnown = hasUsual(data);
  return figure({
    title: !isKnown
      ? headed(view, "no usual stay is known yet to call open deals old by")
      : share === null
        ? title
        : headed(
            view,
            `${formatPercent(share)} of ${view.slice === "program" ? "open partner pipeline" : "open sourced pipeline"} has aged past ${oldFactor}× the usual stay`,
          ),
    label: isKnown
      ? `${old.length} of ${counted(data.length, "open deal")} with a partner ${verbOf(old.length, data.length, "is", "are")} older in the stage than ${oldFactor} times the median stay of all closed deals`
      : `${counted(data.length, "open deal")} with a partner by days in the stage; no usual stay is known`,
    caption: `${which}, larger for more ${currency}. ${isKnown ? `The tick is ${oldFactor}× the median stay of all closed deals, direct ones included; dots beyond it, in orange, are old.` : `Old would be beyond ${oldFactor}× the median stay of all closed deals; none has left these stages after a day or more yet.`}${direct === null ? "" : ` Of direct open pipeline ${formatPercent(direct)} is old.`}`,
    scope: "as of now",
    size: "half",
    draw: (width) =>
      ageStrip({ data: shown, rows, limits: rows.map((row) => ({ row, days: ageLimit(stages, row) })), width }),
    data: table({
      id: "ages-data",
      caption: `Days in the stage and amount, open deals ${view.slice === "program" ? "with a partner" : "these partners brought"}, ${currency}`,
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
        { label: "Open amount", kind: "money", value: (stage) => amountIn(data, stage), total: true },
        { label: "Old amount", kind: "money", value: (stage) => amountIn(old, stage), total: true },
      ],
    }),
  });
}

function amountIn(dots: readonly AgeDot[], stage: string): number {
  return total(
    dots.filter((dot) => dot.row === stage),
    (dot) => dot.amount,
  );
}

type Grid = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** Partners with a deal in progress or closed in the last twelve months, by the region and segment of its account. */
async function readGrid(context: PageContext): Promise<Grid> {
  const year = daysBefore(context.settings.asOf, 365);
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
    const late = daysSince(deal.expectedOn, settings.asOf) ?? 0;
    const limit = ageLimit(stages, deal.stage);
    const reasons = [
      ...(late > 0 ? [`late by ${counted(late, "day")}`] : []),
      ...(limit !== null && (deal.daysInStage ?? 0) > limit ? [`over ${textOf("days", limit)} days in stage`] : []),
    ];
    return reasons.length === 0 ? null : reasons.join("; ");
  };
  const stuck = rows.filter((deal) => why(deal) !== null);
  const mine = bySlice(context, rows, (deal) => [deal.partnerKey]);
  const mineStuck = bySlice(context, stuck, (deal) => [deal.partnerKey]);
  const looks = (view: View): string =>
    mine(view).some((deal) => ageLimit(stages, deal.stage) !== null) ? "late or stuck" : "late";
  const heading = (view: View): string => {
    const all = mine(view).length;
    return all === 0
      ? headed(view, "no open deal with a partner")
      : headed(
          view,
          `${formatCount(mineStuck(view).length)} of ${counted(all, "open partner deal is", "open partner deals are")} ${looks(view)}`,
        );
  };
  const kinds = (view: View): string => {
    const sourced = mine(view).filter((deal) => deal.class === "sourced");
    const helped = mine(view).length - sourced.length;
    const stuckOf = (some: readonly DealEntry[]): string =>
      formatCount(some.filter((deal) => why(deal) !== null).length);
    return `${counted(sourced.length, "deal")} sourced, ${stuckOf(sourced)} of them ${looks(view)}, and ${formatCount(helped)} influenced only. Late is past the expected close date${mine(view).length > 0 && looks(view) === "late" ? "; no usual stay is known yet, so none is called stuck." : `, stuck is in the stage for more than ${oldFactor}× the median stay of all closed deals, direct ones included.`}`;
  };
  return section(
    context.words(["slice"], heading),
    html`${context.words(["slice"], kinds)} Late or stuck ones first, then by amount. Choose a stage, a segment or an owner, or search.`,
    table<DealEntry>({
      id: "open-deals",
      caption: `Open deals with a partner, ${settings.currency}`,
      noun: "deals",
      empty: html`<b>No open deals with a partner.</b>`,
      rows: [...stuck, ...rows.filter((deal) => why(deal) === null)],
      limit: 80,
      keep: context.keep(),
      scope: (deal) => scopeOf(context, deal.partnerKey),
      columns: [
        { label: "Deal", kind: "text", value: (deal) => deal.name },
        partnerColumn(context, (deal) => deal.partnerKey),
        { label: "Amount", kind: "money", value: (deal) => deal.amount, total: true },
        { label: "Why look", kind: "text", wide: true, value: why },
        { label: "Stage", kind: "text", value: (deal) => deal.stage, facet: true },
        { label: "Days in stage", kind: "days", value: (deal) => deal.daysInStage },
        { label: "Segment", kind: "text", value: (deal) => deal.segment, facet: true },
        { label: "Owner", kind: "text", value: (deal) => deal.owner, facet: true },
        { label: "Expected", kind: "date", value: (deal) => deal.expectedOn },
        {
          label: "Class",
          kind: "text",
          value: (deal) => (deal.class === "influenced" ? "influenced only" : deal.class),
          facet: true,
        },
        { label: "Source id", kind: "key", value: (deal) => deal.key },
      ],
    }),
    "as of now",
  );
}
