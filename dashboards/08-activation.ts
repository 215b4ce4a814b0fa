import { smallSample } from "../src/metrics/compare.ts";
import { sayActivation } from "../src/metrics/explain/words.ts";
import { formatCount, formatNumber, formatPercent } from "../src/metrics/format.ts";
import { lastPeriods, periodOf } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import { heatMap } from "../src/reports/charts/heat-map.ts";
import { lines } from "../src/reports/charts/lines.ts";
import {
  headed,
  type PageContext,
  type PartnerEntry,
  quarterLabel,
  quarterSoFar,
  type View,
} from "../src/reports/context.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerColumn, scopeOf } from "../src/reports/links.ts";
import { groupBy, median, ratio, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { daysSince, ripeQuarter } from "../src/reports/partners.ts";
import { table } from "../src/reports/table.ts";
import { counted, readable } from "../src/reports/words.ts";

export const page = definePage({
  id: "activation",
  title: "Activation and cohorts",
  question: "Do new partners start selling, and are newer cohorts better?",
  group: "Partners",
  order: 8,
  filters: ["period", "slice"],
  render: async (context) => {
    const waitsFor = await readFirstActions(context);
    return {
      finding: context.block(["slice"], (view) => html`${finding(context, view)}`),
      lead: html`Activated means the first own action of the partner's type, named below where somebody still waits for it. The window is ${context.settings.activationWindowDays} days from signing; partners still inside it count neither way. ${context.words(["slice"], (view) => base(context, view))}`,
      body: html`${context.block(["period", "slice"], (view) => headCards(context, view))}
<div class="columns columns-2">${context.block(["slice"], (view) => curves(context, view))}
${context.block(["slice"], (view) => grid(context, view))}</div>
${context.block(["period", "slice"], (view) => fiveCohorts(context, view))}
${insideWindow(context, waitsFor)}
${neverActivated(context, waitsFor)}`,
    };
  },
});

interface Signed {
  readonly partner: PartnerEntry;
  readonly quarter: string;
  /** Days since signing on the as-of date. */
  readonly age: number;
  /** Days from signing to activation; not above 0 counts as at once. Null when it has not happened. */
  readonly took: number | null;
}

function signed(context: PageContext, view: View): readonly Signed[] {
  const { asOf, fiscalYearStart } = context.settings;
  return [...context.partners.values()].flatMap((partner) => {
    if (partner.isProspect || partner.agreedOn === null || !context.isIn(partner.key, view)) return [];
    const age = daysSince(partner.agreedOn, asOf);
    if (age === null || age < 0) return [];
    const took =
      partner.activatedOn === null ? null : Math.max(0, daysSince(partner.agreedOn, partner.activatedOn) ?? 0);
    return [{ partner, quarter: periodOf("quarter", partner.agreedOn, fiscalYearStart), age, took }];
  });
}

interface Share {
  readonly share: number | null;
  readonly n: number;
}

/** Activated by a day, of those who have been partners that long. */
function shareBy(list: readonly Signed[], day: number): Share {
  const seen = list.filter((one) => one.age >= day);
  return {
    share: ratio(seen.filter((one) => one.took !== null && one.took <= day).length, seen.length),
    n: seen.length,
  };
}

/** Activated by a day, of a whole cohort; not known until all of it has come that far, so that a line keeps its base. */
function shareOfAll(list: readonly Signed[], day: number): Share {
  const seen = shareBy(list, day);
  return seen.n === list.length ? seen : { share: null, n: list.length };
}

function finding(context: PageContext, view: View): string {
  const window = context.settings.activationWindowDays;
  const { share, n } = shareBy(signed(context, view), window);
  if (share === null) return headed(view, "no partner has been signed long enough to tell");
  return headed(view, `${Math.round(share * 100)}% of ${counted(n, "partner")} activated within ${window} days`);
}

/** Whom the rate counts, beside the partners of today: two numbers that would otherwise look as if one were wrong. */
function base(context: PageContext, view: View): string {
  const all = signed(context, view);
  if (all.length === 0) return "Nobody has been signed yet, as far as agreement dates are known.";
  const window = context.settings.activationWindowDays;
  const over = all.filter((one) => one.age >= window);
  const ended = over.filter((one) => one.partner.state === "ended").length;
  const inside = all.length - over.length;
  const today = context.metric("partners", view).value ?? 0;
  return `The rate counts ${counted(over.length, "partner")}: everyone whose window is over, ${ended === 0 ? "" : `${formatCount(ended)} that ended since among them, `}and not the ${formatCount(inside)} still inside it. The program has ${counted(today, "partner")} today.`;
}

function headCards(context: PageContext, view: View): Markup {
  const all = signed(context, view);
  const window = context.settings.activationWindowDays;
  const old = all.filter((one) => one.age >= 90);
  const days = [30, 60, 90].map((day) => {
    const { share } = shareBy(old, day);
    return `${day} days ${share === null ? "–" : formatPercent(share)}`;
  });
  const cohort = view.period === context.period ? ripeQuarter(context.settings) : view.period;
  const at = { period: cohort };
  const inside = all.filter((one) => one.age < window && one.partner.isCounted);
  const started = inside.filter((one) => one.took !== null).length;
  const never = context.metric("never_activated_partners", view).value ?? 0;
  const waiting = inside.length - started;
  const scope = `signed ${quarterLabel(cohort)}`;
  const isSigned = all.some((one) => one.quarter === cohort);
  const nobody = `nobody was signed in ${quarterLabel(cohort)}`;
  const isEmpty = context.metric("partners", view).value === 0;
  return cards(context, view, [
    {
      id: "activation_rate",
      at,
      scope,
      missing: isSigned ? `everyone signed in ${quarterLabel(cohort)} is still inside the window` : nobody,
      note: html`${fourBefore(context, view, cohort)}${old.length === 0 ? "" : `; of the ${formatCount(old.length)} signed 90 days ago or longer: ${days.join(", ")}`}`,
    },
    {
      id: "activation_pending",
      note:
        inside.length === 0
          ? "nobody was signed that recently"
          : `${formatCount(started)} of the ${formatCount(inside.length)} in the program have started already`,
    },
    {
      id: "activated_partners",
      note: isEmpty
        ? "no partner is in the program today"
        : html`of ${counted(context.metric("partners", view).value ?? 0, "partner")} today, ended ones left out`,
    },
    {
      id: "never_activated_partners",
      note:
        never === 0
          ? isEmpty
            ? "no partner is in the program today"
            : "every partner of today has started"
          : `${formatCount(never - waiting)} let the window pass; ${formatCount(waiting)} still inside the window`,
    },
    {
      id: "days_to_first_registration_median",
      at,
      scope,
      missing: isSigned ? "none of them has registered a deal" : nobody,
      note: before(context, view, "days_to_first_registration_median", cohort),
    },
    {
      id: "days_to_first_win_median",
      at,
      scope,
      missing: isSigned ? "none of them has won a deal" : nobody,
      note: before(context, view, "days_to_first_win_median", cohort),
    },
  ]);
}

/** The rate of the four cohorts before one, all of them together. */
function fourBefore(context: PageContext, view: View, cohort: string): string {
  const cohorts = lastPeriods("quarter", cohort, 5).slice(0, -1);
  const values = cohorts.map((period) => context.metric("activation_rate", { ...view, period }));
  const hits = total(values, (value) => value.numerator);
  const n = total(values, (value) => value.denominator);
  return n === 0
    ? "nobody was signed in the four quarters before"
    : `four cohorts before: ${formatCount(hits)} of ${formatCount(n)}, ${formatPercent(hits / n)}`;
}

/** The same of the two cohorts before one; the middle of several medians is none. */
function before(context: PageContext, view: View, id: string, cohort: string): string {
  const said = lastPeriods("quarter", cohort, 3)
    .slice(0, -1)
    .reverse()
    .map((period) => `${quarterLabel(period)} ${context.metric(id, { ...view, period }).card}`);
  return `cohorts before: ${said.join(", ")}`;
}

interface Cohort {
  readonly quarter: string;
  readonly list: readonly Signed[];
}

/** The middle of the days that those took who have started. */
function middleOf(list: readonly Signed[]): number | null {
  return median(list.flatMap((one) => one.took ?? []));
}

/** A quarter's cohort beside the four before it, each day's share of those who have been partners that long. */
function fiveCohorts(context: PageContext, view: View): Markup {
  const window = context.settings.activationWindowDays;
  const all = groupBy(signed(context, view), (one) => one.quarter);
  const rows = lastPeriods("quarter", view.period, 5).map(
    (quarter): Cohort => ({ quarter, list: all.get(quarter) ?? [] }),
  );
  const own = rows.at(-1)?.list ?? [];
  const [now, before] = [middleOf(own), middleOf(rows.slice(0, -1).flatMap((row) => row.list))];
  const quarter = quarterSoFar(context.settings, view.period);
  const signedWords = `${counted(own.length, "partner")} signed in ${quarter}`;
  const title =
    own.length === 0
      ? `nobody was signed in ${quarter}`
      : now === null
        ? `${signedWords}, none has started`
        : before === null
          ? `${signedWords}; half of those who started took ${formatNumber(now)} ${now === 1 ? "day" : "days"} or fewer`
          : `${signedWords}; half of those who started took ${formatNumber(now)} ${now === 1 ? "day" : "days"} or fewer, ${formatNumber(before)} in the four cohorts before`;
  return section(
    headed(view, title),
    `The quarter's cohort and the four before it. Each share is of those who have been partners for that many days; still inside are those signed less than ${window} days ago who have not started: they are never counted as failed.`,
    table<Cohort>({
      id: "five-cohorts",
      caption: "Activated by days since signing, by quarter of signing",
      noun: "cohorts",
      search: false,
      empty: "No cohorts.",
      rows,
      columns: [
        { label: "Signed in", kind: "text", value: (row) => quarterSoFar(context.settings, row.quarter) },
        { label: "Signed", kind: "count", value: (row) => row.list.length, total: true },
        {
          label: "Still inside",
          kind: "count",
          value: (row) => row.list.filter((one) => one.took === null && one.age < window).length,
          total: true,
        },
        ...[30, 60, 90].map((day) => ({
          label: `Within ${day} days`,
          kind: "ratio" as const,
          value: (row: Cohort) => shareBy(row.list, day).share,
          n: (row: Cohort) => shareBy(row.list, day).n,
        })),
        {
          label: "Median days",
          kind: "days",
          value: (row) => middleOf(row.list),
          n: (row) => row.list.filter((one) => one.took !== null).length,
        },
      ],
    }),
  );
}

const lastDay = 180;
const strokes = ["var(--mark-soft)", "var(--influenced)", "var(--sourced)", "var(--mark)"];
// Fewer partners than this make a share that one of them moves too far.
const fewest = 3;

/** A share as a count of people, which a handful of partners is better told by: `1 of 3`. */
function counts(share: number | null, n: number): string {
  return share === null ? "not yet known" : `${Math.round(share * n)} of ${formatCount(n)}`;
}

/** The days on which the share of a cohort changes, and the last it has come to: between two of them nothing happens. */
function stepsOf(list: readonly Signed[]): readonly number[] {
  const end = Math.min(lastDay, ...list.map((one) => one.age));
  const days = [0, ...list.flatMap((one) => one.took ?? []), end].filter((day) => day <= end);
  return [...new Set(days)].sort((a, b) => a - b);
}

function curves(context: PageContext, view: View): Markup {
  const all = signed(context, view);
  const cohorts = lastPeriods("quarter", context.period, 8)
    .filter((quarter) => all.filter((one) => one.quarter === quarter).length >= fewest)
    .slice(-strokes.length);
  const title = headed(view, "activation by cohort");
  const points = cohorts.flatMap((quarter) => {
    const list = all.filter((one) => one.quarter === quarter);
    return stepsOf(list).map((day) => {
      const { share, n } = shareOfAll(list, day);
      return { series: quarterLabel(quarter), x: day, y: share, n };
    });
  });
  if (points.filter((point) => point.y !== null).length < 2) {
    return emptyFigure(
      title,
      `No quarter has at least ${fewest} signed partners yet. Cohorts come from agreed_on of the partners.`,
    );
  }
  const at90 = cohorts.map((quarter) => ({
    quarter,
    ...shareOfAll(
      all.filter((one) => one.quarter === quarter),
      90,
    ),
  }));
  const ripe = at90.filter((one) => one.share !== null);
  const [before, last] = [ripe.at(-2), ripe.at(-1)];
  const words =
    before === undefined || last === undefined
      ? title
      : headed(
          view,
          `${counts(last.share, last.n)} signed in ${quarterLabel(last.quarter)} had started by day 90, ${counts(before.share, before.n)} of ${quarterLabel(before.quarter)}`,
        );
  return figure({
    title: words,
    label: `${title}: ${at90.map((one) => `${quarterLabel(one.quarter)} ${one.share === null ? "not yet 90 days" : formatPercent(one.share)}`).join(", ")} by day 90`,
    caption: `Share of all partners signed in a quarter who were activated by each day since signing. A line ends where the quarter's last signed partner has come to, so its base never changes. ${cohorts.length === 1 ? `The only quarter with at least ${fewest} partners.` : `The last ${counted(cohorts.length, "quarter")} with at least ${fewest} partners; the newest is dashed.`} How many a line's end counts stands beside its name: with fewer than ${smallSample}, one partner moves the line far.`,
    scope: "all quarters of signing",
    size: "half",
    draw: (width) =>
      lines({
        data: points,
        series: cohorts.map((quarter, index) => ({
          name: quarterLabel(quarter),
          more: `of ${points.findLast((point) => point.series === quarterLabel(quarter) && point.y !== null)?.n ?? 0}`,
          stroke: strokes[index + strokes.length - cohorts.length] ?? "var(--mark)",
          isDashed: index === cohorts.length - 1,
        })),
        ticksX: width < 400 ? [0, 60, 120, 180] : [0, 30, 60, 90, 120, 150, 180],
        formatX: (day) => `${day} d`,
        formatY: (share) => `${Math.round(share * 100)}%`,
        top: 1,
        isStepped: true,
        width,
      }),
    data: table({
      id: "cohorts-data",
      caption: "Share activated by day since signing",
      noun: "cohorts",
      search: false,
      empty: "No cohorts.",
      rows: cohorts,
      columns: [
        { label: "Signed", kind: "text", value: quarterLabel },
        {
          label: "Partners",
          kind: "count",
          value: (quarter) => all.filter((one) => one.quarter === quarter).length,
          total: true,
        },
        ...[30, 60, 90, 120, 180].map((day) => ({
          label: `Day ${day}`,
          kind: "ratio" as const,
          n: (quarter: string) => all.filter((one) => one.quarter === quarter).length,
          value: (quarter: string) =>
            shareOfAll(
              all.filter((one) => one.quarter === quarter),
              day,
            ).share,
        })),
      ],
    }),
  });
}

const months = [1, 2, 3, 4, 5, 6];

function grid(context: PageContext, view: View): Markup {
  const all = signed(context, view);
  const someone = lastPeriods("quarter", context.period, 8).filter((quarter) =>
    all.some((one) => one.quarter === quarter),
  );
  const title = headed(view, "activated by month since signing");
  if (someone.length === 0) return emptyFigure(title, "No partner was signed in the last eight quarters.");
  const cohorts = someone.filter((quarter) => all.every((one) => one.quarter !== quarter || one.age >= 30));
  const young = someone.filter((quarter) => !cohorts.includes(quarter)).map(quarterLabel);
  if (cohorts.length === 0)
    return emptyFigure(title, "No quarter of the last eight had all its partners signed 30 days ago.");
  const size = (quarter: string): number => all.filter((one) => one.quarter === quarter).length;
  const rowOf = (quarter: string): string => `${quarterLabel(quarter)} · n ${size(quarter)}`;
  const cells = cohorts.flatMap((quarter) =>
    months.map((month) => ({
      row: rowOf(quarter),
      column: `month ${month}`,
      value: shareOfAll(
        all.filter((one) => one.quarter === quarter),
        month * 30,
      ).share,
      isSmall: size(quarter) < smallSample,
    })),
  );
  const best = cohorts
    .map((quarter) => ({
      quarter,
      ...shareOfAll(
        all.filter((one) => one.quarter === quarter),
        90,
      ),
    }))
    .filter((one) => one.share !== null && one.n >= smallSample)
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))[0];
  const sizes = cohorts.map(size);
  return figure({
    title:
      best === undefined
        ? headed(view, `${sizeWords(sizes)} too small to rank`)
        : headed(
            view,
            `${quarterLabel(best.quarter)} activated best: ${Math.round((best.share ?? 0) * 100)}% by month 3`,
          ),
    label: `${title}, ${counted(cohorts.length, "cohort")}; the values stand in the data`,
    caption: `Share of a quarter's signed partners activated by 30, 60, … 180 days; n is the partners signed, and the base of every cell. Grey: fewer than ${smallSample}. Empty: not all of them have been partners that long.${young.length === 0 ? "" : ` Left out, since not all were signed 30 days ago: ${young.join(", ")}.`}`,
    scope: "all quarters of signing",
    size: "half",
    draw: (width) =>
      heatMap({
        data: cells.map((cell) => ({
          ...cell,
          column: width < 400 ? cell.column.replace("month ", "m") : cell.column,
        })),
        rows: cohorts.map(rowOf),
        columns: months.map((month) => (width < 400 ? `m${month}` : `month ${month}`)),
        format: (value) => `${Math.round(value * 100)}%`,
        largest: 1,
        width,
      }),
    data: table({
      id: "grid-data",
      caption: "Share activated by month since signing",
      noun: "cohorts",
      search: false,
      empty: "No cohorts.",
      rows: cohorts,
      columns: [
        { label: "Signed", kind: "text", value: quarterLabel },
        {
          label: "Partners",
          kind: "count",
          value: size,
          total: true,
        },
        ...months.map((month) => ({
          label: `Month ${month}`,
          kind: "ratio" as const,
          n: size,
          value: (quarter: string) =>
            cells.find((cell) => cell.row === rowOf(quarter) && cell.column === `month ${month}`)?.value ?? null,
        })),
      ],
    }),
  });
}

/** How large cohorts are: `cohorts of 1 to 7 partners are`. */
function sizeWords(sizes: readonly number[]): string {
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (sizes.length === 1) return `the one cohort of ${counted(most, "partner")} is`;
  return `cohorts of ${least === most ? counted(most, "partner") : `${formatCount(least)} to ${counted(most, "partner")}`} are`;
}

/** What activates a partner of a type, as the build was configured: `a registration or a qualifying touch on a deal`. */
async function readFirstActions(context: PageContext): Promise<(type: string) => string | null> {
  const rows = await context.db.selectFrom("config.activation_event").selectAll().orderBy("event").execute();
  const byType = groupBy(rows, (row) => row.type);
  return (type) =>
    byType
      .get(type)
      ?.map((row) => sayActivation(row.event))
      .join(" or ") ?? null;
}

function insideWindow(context: PageContext, waitsFor: (type: string) => string | null): Markup {
  const window = context.settings.activationWindowDays;
  const rows = signed(context, context.view)
    .filter((one) => one.age < window && one.took === null && one.partner.isCounted)
    .sort((a, b) => b.age - a.age || (a.partner.name < b.partner.name ? -1 : 1));
  const heading = (view: View): string => {
    const mine = rows.filter((one) => context.isIn(one.partner.key, view)).length;
    return mine === 0
      ? headed(view, "nobody inside the window still waits")
      : headed(view, `${counted(mine, "partner")} inside the window not yet activated`);
  };
  return section(
    context.words(["slice"], heading),
    "Closest to the end of the window first.",
    table<Signed>({
      id: "inside-window",
      caption: `Signed less than ${window} days ago`,
      noun: "partners",
      empty: html`<b>Nobody.</b> Every partner signed in the last ${window} days has started, or none was signed.`,
      rows,
      limit: 100,
      scope: (one) => scopeOf(context, one.partner.key),
      columns: [
        partnerColumn(context, (one) => one.partner.key),
        { label: "Type", kind: "text", value: (one) => readable(one.partner.type), facet: true },
        { label: "Waits for", kind: "text", value: (one) => waitsFor(one.partner.type) },
        { label: "Manager", kind: "text", value: (one) => one.partner.manager, facet: true },
        { label: "Signed", kind: "date", value: (one) => one.partner.agreedOn },
        { label: "Days left", kind: "days", value: (one) => window - one.age },
        { label: "Source id", kind: "key", value: (one) => one.partner.key },
      ],
    }),
    "as of now",
  );
}

function neverActivated(context: PageContext, waitsFor: (type: string) => string | null): Markup {
  const window = context.settings.activationWindowDays;
  const rows = [...context.partners.values()]
    .filter(
      (partner) =>
        partner.state === "never_activated" &&
        partner.isCounted &&
        (daysSince(partner.agreedOn, context.settings.asOf) ?? window) >= window,
    )
    .sort((a, b) => ((a.agreedOn ?? "") < (b.agreedOn ?? "") ? 1 : -1));
  const heading = (view: View): string => {
    const mine = rows.filter((partner) => context.isIn(partner.key, view)).length;
    return mine === 0
      ? headed(view, "no partner let its window pass")
      : headed(view, `${counted(mine, "partner")} let the window pass without starting`);
  };
  return section(
    context.words(["slice"], heading),
    "Most recently signed first.",
    table<PartnerEntry>({
      id: "never-activated",
      caption: "Never activated, window over",
      noun: "partners",
      empty: html`<b>Nobody.</b> Every partner past its window has been activated.`,
      rows,
      limit: 100,
      scope: (partner) => scopeOf(context, partner.key),
      columns: [
        partnerColumn(context, (partner) => partner.key),
        { label: "Type", kind: "text", value: (partner) => readable(partner.type), facet: true },
        { label: "Waits for", kind: "text", value: (partner) => waitsFor(partner.type) },
        { label: "Manager", kind: "text", value: (partner) => partner.manager, facet: true },
        { label: "Signed", kind: "date", value: (partner) => partner.agreedOn },
        {
          label: "Days since signing",
          kind: "days",
          value: (partner) => daysSince(partner.agreedOn, context.settings.asOf),
        },
        { label: "Last event", kind: "date", value: (partner) => partner.lastEventOn },
        { label: "Source id", kind: "key", value: (partner) => partner.key },
      ],
    }),
    "as of now",
  );
}
