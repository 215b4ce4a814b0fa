import { formatPercent } from "../src/metrics/format.ts";
import { lastPeriods, periodOf, shiftPeriod } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import { heatMap } from "../src/reports/charts/heat-map.ts";
import { lines } from "../src/reports/charts/lines.ts";
import { type PageContext, type PartnerEntry, quarterLabel, type View } from "../src/reports/context.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { readable } from "../src/reports/frame.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerLink, scopeOf } from "../src/reports/links.ts";
import { ratio } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { daysSince } from "../src/reports/partners.ts";
import { table } from "../src/reports/table.ts";
import { counted } from "../src/reports/words.ts";

export const page = definePage({
  id: "activation",
  title: "Activation and cohorts",
  question: "Do new partners start selling, and are newer cohorts better?",
  group: "Partners",
  order: 8,
  filters: ["period", "slice"],
  render: (context) => ({
    finding: context.block(["slice"], (view) => html`${finding(context, view)}`),
    lead: html`Activated means the first own action of the partner's type: an accepted lead, a registration, a certification or an overlap. The window is ${context.settings.activationWindowDays} days from signing; partners still inside it count neither way.`,
    body: html`${context.block(["period", "slice"], (view) => headCards(context, view))}
<div class="columns columns-2">${context.block(["slice"], (view) => curves(context, view))}
${context.block(["slice"], (view) => grid(context, view))}</div>
${insideWindow(context)}
${neverActivated(context)}`,
  }),
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

/** Activated by a day, of those who have been partners that long. */
function shareBy(list: readonly Signed[], day: number): { readonly share: number | null; readonly n: number } {
  const seen = list.filter((one) => one.age >= day);
  return {
    share: ratio(seen.filter((one) => one.took !== null && one.took <= day).length, seen.length),
    n: seen.length,
  };
}

function finding(context: PageContext, view: View): string {
  const window = context.settings.activationWindowDays;
  const { share, n } = shareBy(signed(context, view), window);
  if (share === null) return "No partner has been signed long enough to tell";
  return `${Math.round(share * 100)}% of ${counted(n, "partner")} activated within ${window} days`;
}

function headCards(context: PageContext, view: View): Markup {
  const all = signed(context, view);
  const days = [30, 60, 90].map((day) => {
    const { share } = shareBy(all, day);
    return `${day} days ${share === null ? "–" : formatPercent(share)}`;
  });
  const cohort = ripeQuarter(context, view);
  const at = { period: cohort };
  const scope = `signed ${quarterLabel(cohort)}`;
  return cards(context, view, [
    {
      id: "activation_rate",
      at,
      scope,
      missing: `nobody was signed in ${quarterLabel(cohort)}, or all are still inside the window`,
      note: html`all cohorts: ${days.join(", ")}`,
    },
    { id: "activation_pending" },
    { id: "activated_partners", note: html`of ${context.metric("partners", view).cell} partners` },
    { id: "never_activated_partners" },
    { id: "days_to_first_registration_median", at, scope, missing: "none of them has registered a deal" },
    { id: "days_to_first_win_median", at, scope, missing: "none of them has won a deal" },
  ]);
}

/** The chosen quarter; unless another is chosen, the last one whose partners have all had their whole window. */
function ripeQuarter(context: PageContext, view: View): string {
  if (view.period !== context.period) return view.period;
  const { asOf, activationWindowDays, fiscalYearStart } = context.settings;
  const last = new Date(Date.parse(asOf) - activationWindowDays * 86_400_000).toISOString().slice(0, 10);
  return shiftPeriod("quarter", periodOf("quarter", last, fiscalYearStart), -1);
}

const steps = Array.from({ length: 13 }, (_, index) => index * 15);
const strokes = ["var(--mark-soft)", "var(--mark-soft)", "var(--influenced)", "var(--sourced)", "var(--worse)"];
// Fewer partners than this make a share that one of them moves too far.
const fewest = 3;

function curves(context: PageContext, view: View): Markup {
  const all = signed(context, view);
  const cohorts = lastPeriods("quarter", context.period, 8)
    .filter((quarter) => all.filter((one) => one.quarter === quarter).length >= fewest)
    .slice(-5);
  const title = "Activation by cohort";
  const points = cohorts.flatMap((quarter) => {
    const list = all.filter((one) => one.quarter === quarter);
    return steps.map((day) => {
      const { share, n } = shareBy(list, day);
      return { series: quarterLabel(quarter), x: day, y: n < fewest ? null : share, n };
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
    share: points.find((point) => point.series === quarterLabel(quarter) && point.x === 90)?.y ?? null,
  }));
  const ripe = at90.filter((one) => one.share !== null);
  const [before, last] = [ripe.at(-2), ripe.at(-1)];
  const words =
    before === undefined || last === undefined
      ? title
      : `${quarterLabel(last.quarter)} reached ${Math.round((last.share ?? 0) * 100)}% by day 90, ${quarterLabel(before.quarter)} ${Math.round((before.share ?? 0) * 100)}%`;
  return figure({
    title: words,
    label: `${title}: ${at90.map((one) => `${quarterLabel(one.quarter)} ${one.share === null ? "not yet 90 days" : formatPercent(one.share)}`).join(", ")} by day 90`,
    caption: `Share of the partners signed in a quarter who were activated by each day since signing, of those who have been partners that long. The newest cohort is dashed. Cohorts below ${fewest} partners are left out.`,
    size: "half",
    draw: (width) =>
      lines({
        data: points,
        series: cohorts.map((quarter, index) => ({
          name: quarterLabel(quarter),
          stroke: strokes[index + strokes.length - cohorts.length] ?? "var(--mark)",
          isDashed: index === cohorts.length - 1,
        })),
        ticksX: [0, 30, 60, 90, 120, 150, 180],
        formatX: (day) => `${day} d`,
        formatY: (share) => `${Math.round(share * 100)}%`,
        top: 1,
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
          value: (quarter: string) =>
            points.find((point) => point.series === quarterLabel(quarter) && point.x === day)?.y ?? null,
        })),
      ],
    }),
  });
}

const months = [1, 2, 3, 4, 5, 6];

function grid(context: PageContext, view: View): Markup {
  const all = signed(context, view);
  const cohorts = lastPeriods("quarter", context.period, 8).filter((quarter) =>
    all.some((one) => one.quarter === quarter),
  );
  const title = "Activated by month since signing";
  if (cohorts.length === 0) return emptyFigure(title, "No partner was signed in the last eight quarters.");
  const cells = cohorts.flatMap((quarter) =>
    months.map((month) => ({
      row: quarterLabel(quarter),
      column: `month ${month}`,
      value: shareBy(
        all.filter((one) => one.quarter === quarter),
        month * 30,
      ).share,
    })),
  );
  const known = cells.filter((cell) => cell.value !== null);
  const best = [...known]
    .filter((cell) => cell.column === "month 3")
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0))[0];
  return figure({
    title:
      best === undefined ? title : `${best.row} activated best: ${Math.round((best.value ?? 0) * 100)}% by month 3`,
    label: `${title}, ${counted(cohorts.length, "cohort")}; the values stand in the data`,
    caption:
      "Share of a quarter's signed partners activated by 30, 60, … 180 days, of those who have been partners that long. Empty: nobody has yet.",
    size: "half",
    draw: (width) =>
      heatMap({
        data: cells.map((cell) => ({
          ...cell,
          column: width < 400 ? cell.column.replace("month ", "m") : cell.column,
        })),
        rows: cohorts.map(quarterLabel),
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
          value: (quarter) => all.filter((one) => one.quarter === quarter).length,
          total: true,
        },
        ...months.map((month) => ({
          label: `Month ${month}`,
          kind: "ratio" as const,
          value: (quarter: string) =>
            cells.find((cell) => cell.row === quarterLabel(quarter) && cell.column === `month ${month}`)?.value ?? null,
        })),
      ],
    }),
  });
}

const firstAction: Readonly<Record<string, string>> = Object.freeze({
  referral: "an accepted lead",
  co_sell: "a registration or a touch on a deal",
  agency: "a certification",
  integration: "an account overlap",
  reseller: "a registration",
});

function waitsFor(type: string): string {
  return firstAction[type] ?? "a registration or an accepted lead";
}

function insideWindow(context: PageContext): Markup {
  const window = context.settings.activationWindowDays;
  const rows = signed(context, context.view)
    .filter((one) => one.age < window && one.took === null && one.partner.isCounted)
    .sort((a, b) => b.age - a.age || (a.partner.name < b.partner.name ? -1 : 1));
  return section(
    rows.length === 0
      ? "Nobody inside the window still waits"
      : `${counted(rows.length, "partner")} inside the window not yet activated`,
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
        {
          label: "Partner",
          kind: "text",
          value: (one) => one.partner.name,
          cell: (one) => partnerLink(context, one.partner.key),
        },
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

function neverActivated(context: PageContext): Markup {
  const window = context.settings.activationWindowDays;
  const rows = [...context.partners.values()]
    .filter(
      (partner) =>
        partner.state === "never_activated" &&
        partner.isCounted &&
        (daysSince(partner.agreedOn, context.settings.asOf) ?? window) >= window,
    )
    .sort((a, b) => ((a.agreedOn ?? "") < (b.agreedOn ?? "") ? 1 : -1));
  return section(
    rows.length === 0
      ? "No partner let its window pass"
      : `${counted(rows.length, "partner")} let the window pass without starting`,
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
        {
          label: "Partner",
          kind: "text",
          value: (partner) => partner.name,
          cell: (partner) => partnerLink(context, partner.key),
        },
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
