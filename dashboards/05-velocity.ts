import { smallSample } from "../src/metrics/compare.ts";
import { formatNumber } from "../src/metrics/format.ts";
import { daysFrom, periodOf, shiftPeriod, spanOf } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import { lines } from "../src/reports/charts/lines.ts";
import { type Range, rangeBars } from "../src/reports/charts/range-bars.ts";
import { headed, type PageContext, quarterLabel, quarterSoFar, type View } from "../src/reports/context.ts";
import { type DealEntry, readDeals } from "../src/reports/deals.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerColumn, scopeOf } from "../src/reports/links.ts";
import { groupBy, median, quantile, ratio, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { bySlice, once } from "../src/reports/sliced.ts";
import { table } from "../src/reports/table.ts";
import { readVelocityFactors, velocityFactors } from "../src/reports/velocity-factors.ts";
import { readWon, type Won } from "../src/reports/won.ts";
import { counted, lowerFirst } from "../src/reports/words.ts";

export const page = definePage({
  id: "velocity",
  title: "Velocity",
  question: "Are partner deals faster than direct ones, and which step is slow?",
  group: "Revenue",
  order: 5,
  filters: ["period", "slice"],
  render: async (context) => {
    const facts = await readFacts(context);
    const factors = await readVelocityFactors(context);
    const won = await readWon(context);
    return {
      finding: context.block(["slice"], (view) => html`${finding(view, facts)}`),
      lead: html`${context.words(["slice"], (view) => alike(view, facts))} Days from the deal's creation to its close, deals won in ${lastQuarters(context)}. Medians of won deals only: what is lost or still open has no such days, and the longest are among the open ones.`,
      body: html`${context.block(["period", "slice"], (view) => headCards(context, view, won))}
<div class="columns columns-2">${context.block(["slice"], (view) => stepFigure(context, view, facts))}
${context.block(["slice"], (view) => openedFigure(context, view, facts))}</div>
${context.block(["slice"], (view) => velocityFactors(context, view, factors))}
${context.block(["slice"], (view) => likeForLike(context, view, facts))}
${slowest(context, facts)}`,
    };
  },
});

/** Deals of one list, by the view that shows them. */
interface Group {
  /** Those that a partner, or one of the slice, brought. */
  readonly Partner: (view: View) => readonly DealEntry[];
  readonly Direct: (view: View) => readonly DealEntry[];
}

interface Facts {
  /** Closed in the last four quarters. */
  readonly won: Group;
  readonly lost: Group;
  /** Won in the last four quarters, by the segment of the account and the size of the deal. */
  readonly peers: ReadonlyMap<string, Group>;
  /** By the quarter of creation: closed since the first quarter that can be chosen, and still open. */
  readonly opened: ReadonlyMap<string, { readonly won: Group; readonly lost: Group; readonly open: Group }>;
  /** The same of the four quarters before. */
  readonly peersBefore: ReadonlyMap<string, Group>;
  readonly sourcedWon: readonly DealEntry[];
  readonly sourcedOpen: readonly DealEntry[];
  readonly registrations: (view: View) => readonly RegistrationSteps[];
}

interface RegistrationSteps {
  readonly partnerKey: string;
  readonly toDecision: number;
  readonly toDeal: number | null;
  /** Its deal was there before the decision, so that step has no days. */
  readonly isDealFirst: boolean;
}

async function readFacts(context: PageContext): Promise<Facts> {
  const { settings, period } = context;
  const since = spanOf("quarter", shiftPeriod("quarter", period, -3), settings.fiscalYearStart).startsOn;
  const first = spanOf("quarter", context.quarters[0] ?? period, settings.fiscalYearStart).startsOn;
  const everWon = await readDeals(context, "won", first);
  const everLost = await readDeals(context, "lost", first);
  const open = await readDeals(context, "open");
  const rows = await context.db
    .selectFrom("marts.fct_registration as registration")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "registration.deal_key")
    .select([
      "registration.partner_key",
      "registration.decided_on",
      "registration.decision_hours",
      "deal.created_on",
      "deal.closed_on",
      "deal.state",
    ])
    .where("registration.decided_on", "is not", null)
    .where("registration.submitted_on", ">=", since)
    .execute();
  const registrations = rows.map((row) => {
    // A deal that closed before the quarters of this page is not looked at.
    const isShown = row.state === "open" || (row.closed_on ?? "") >= first;
    const gap =
      !isShown || row.created_on === null || row.decided_on === null ? null : daysFrom(row.decided_on, row.created_on);
    return {
      partnerKey: row.partner_key,
      toDecision: Number(row.decision_hours ?? 0) / 24,
      toDeal: gap === null || gap < 0 ? null : gap,
      isDealFirst: gap !== null && gap < 0,
    };
  });
  const group = (deals: readonly DealEntry[]): Group => {
    const direct = deals.filter((deal) => deal.class === "direct");
    const sourced = deals.filter((deal) => deal.class === "sourced");
    return { Partner: bySlice(context, sourced, (deal) => [deal.sourceKey]), Direct: () => direct };
  };
  const isRecent = (deal: DealEntry): boolean => (deal.closedOn ?? "") >= since && hasLength(deal);
  const won = everWon.filter(isRecent);
  const sinceBefore = spanOf("quarter", shiftPeriod("quarter", period, -7), settings.fiscalYearStart).startsOn;
  const wonBefore = everWon.filter(
    (deal) => (deal.closedOn ?? "") >= sinceBefore && (deal.closedOn ?? "") < since && hasLength(deal),
  );
  const byPeers = (deals: readonly DealEntry[]): ReadonlyMap<string, Group> =>
    new Map(
      [...groupBy(deals, (deal) => `${deal.segment ?? "no segment"}|${bandOf(deal)}`)].map(([cell, alike]) => [
        cell,
        group(alike),
      ]),
    );
  const quarterOpened = (deal: DealEntry): string => periodOf("quarter", deal.createdOn, settings.fiscalYearStart);
  const [wonBy, lostBy, openBy] = [everWon, everLost, open].map((deals) => Map.groupBy(deals, quarterOpened));
  return {
    won: group(won),
    lost: group(everLost.filter(isRecent)),
    peers: byPeers(won),
    peersBefore: byPeers(wonBefore),
    opened: new Map(
      context.quarters.map((quarter) => [
        quarter,
        {
          won: group(wonBy?.get(quarter) ?? []),
          lost: group(lostBy?.get(quarter) ?? []),
          open: group(openBy?.get(quarter) ?? []),
        },
      ]),
    ),
    sourcedWon: won.filter((deal) => deal.class === "sourced"),
    sourcedOpen: open.filter((deal) => deal.class === "sourced"),
    registrations: bySlice(context, registrations, (one) => [one.partnerKey]),
  };
}

function lengthOf(deal: DealEntry): number {
  return daysFrom(deal.createdOn, deal.closedOn ?? deal.createdOn);
}

// A deal that closed before its creation is listed under Data quality and has no length to tell.
function hasLength(deal: DealEntry): boolean {
  return lengthOf(deal) >= 0;
}

// Direct deals and the program's are the same lists in many views, and are sorted once.
const usualLength = once((deals: readonly DealEntry[]) => median(deals.filter(hasLength).map(lengthOf)));

/** The four quarters that the page looks back on, the running one as far as it has come; or four that end so many quarters later. */
function lastQuarters(context: PageContext, steps = 0): string {
  const last = shiftPeriod("quarter", context.period, steps);
  return `${quarterLabel(shiftPeriod("quarter", last, -3))} to ${quarterSoFar(context.settings, last)}`;
}

/** The difference of direct and partner deals alike in segment and size, each group by its partner deals; null where no group has enough of both. */
function gapAlike(view: View, facts: Facts): number | null {
  const { ripe } = compared(peers(view, facts));
  return ratio(
    total(ripe, (row) => (gap(row) ?? 0) * row.partnerN),
    total(ripe, (row) => row.partnerN),
  );
}

function alike(view: View, facts: Facts): string {
  const { ripe, faster } = compared(peers(view, facts));
  const partner = usualLength(facts.won.Partner(view));
  const direct = usualLength(facts.won.Direct(view));
  const all =
    partner === null || direct === null
      ? ""
      : `Whatever its segment and size, the median sourced deal took ${formatNumber(partner)} days, the median direct one ${formatNumber(direct)}.`;
  if (ripe.length === 0) return `${all} Too few deals to compare like with like: see the table below.`.trimStart();
  return `${all} Of deals alike, partner ones are faster in ${faster.length} of ${counted(ripe.length, "group")}.`;
}

function finding(view: View, facts: Facts): string {
  const partner = usualLength(facts.won.Partner(view));
  const alikeBy = gapAlike(view, facts);
  const said = (): string => {
    if (partner === null) return "no sourced deal was won in the last four quarters";
    if (alikeBy === null) return `sourced deals are won in ${formatNumber(partner)} days; too few are like direct ones`;
    const days = Math.round(Math.abs(alikeBy));
    if (days === 0) return "like for like, sourced deals are won as fast as direct ones";
    return `like for like, sourced deals are won ${counted(days, "day")} ${alikeBy > 0 ? "faster" : "slower"} than direct ones`;
  };
  return headed(view, said());
}

function headCards(context: PageContext, view: View, won: Won): Markup {
  const velocity = context.metric("pipeline_velocity", view);
  return cards(context, view, [
    {
      id: "cycle_days_median",
      note: "this quarter, from the registration's decision, else the deal's creation; the headings and charts below count four quarters, from creation",
      missing: "no sourced deal was won in this quarter",
    },
    { id: "win_rate", missing: "no sourced deal was closed in this quarter" },
    {
      id: "average_deal",
      missing:
        won(view, [view.period]).deals === 0
          ? "no sourced deal was won in this quarter"
          : "no amount above zero is known of the sourced deals won in this quarter",
    },
    {
      id: "pipeline_velocity",
      missing: "needs open qualified deals, and won deals in the last 12 months",
      note:
        velocity.value === null
          ? null
          : `${counted(velocity.n, "qualified open sourced deal")} × mean won amount × win rate ÷ mean cycle days, the last three over 12 months`,
    },
    {
      id: "decision_hours_median",
      note: "from a registration's submission to its decision",
      missing: "no registration was decided",
    },
    { id: "responded_in_sla", missing: "no lead was received" },
  ]);
}

const groups = [
  { name: "Partner", stroke: "var(--sourced)" },
  { name: "Direct", stroke: "var(--direct-line)" },
] as const;

type Quartiles = Pick<Range, "low" | "middle" | "high" | "n">;

function quartiles(values: readonly number[]): Quartiles | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, middle, high] = [quantile(sorted, 0.25), median(sorted), quantile(sorted, 0.75)];
  return low === null || middle === null || high === null
    ? null
    : { low: round(low), middle: round(middle), high: round(high), n: sorted.length };
}

const lengthQuartiles = once((deals: readonly DealEntry[]) => quartiles(deals.map(lengthOf)));

function rangeOf(step: string, group: string, found: Quartiles | null): readonly Range[] {
  return found === null ? [] : [{ step, group, ...found }];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function stepFigure(context: PageContext, view: View, facts: Facts): Markup {
  const mine = facts.registrations(view);
  const toDeal = mine.flatMap((one) => (one.toDeal === null ? [] : [one.toDeal]));
  const dealFirst = mine.filter((one) => one.isDealFirst).length;
  const data = [
    ...rangeOf("Registered to decided", "Partner", quartiles(mine.map((one) => one.toDecision))),
    ...rangeOf("Decided to opportunity", "Partner", quartiles(toDeal)),
    ...(["won", "lost"] as const).flatMap((state) =>
      groups.flatMap(({ name }) => rangeOf(`Opportunity to ${state}`, name, lengthQuartiles(facts[state][name](view)))),
    ),
  ];
  const title = headed(view, "days per step");
  if (data.length === 0) return emptyFigure(title, "Nothing was registered, won or lost in the last four quarters.");
  const partner = data.filter((range) => range.group === "Partner" && range.n >= smallSample);
  const slowest = [...partner].sort((a, b) => b.middle - a.middle)[0];
  const steps = [...new Set(data.map((range) => range.step))];
  return figure({
    title:
      slowest === undefined
        ? title
        : headed(view, `${lowerFirst(slowest.step)} takes longest, ${formatNumber(slowest.middle)} days`),
    label: data.map((range) => `${range.step}, ${range.group}: median ${range.middle} days`).join("; "),
    caption: `Dot: median. Thick line: the middle half (25th to 75th percentile). Days; registrations submitted and deals closed in ${lastQuarters(context)}; the heading looks at steps with an n of at least ${smallSample}; n is in the data.${dealFirst === 0 ? "" : ` ${counted(dealFirst, "registration")} had ${dealFirst === 1 ? "its" : "their"} deal before the decision and ${dealFirst === 1 ? "is" : "are"} left out of Decided to opportunity.`}`,
    scope: lastQuarters(context),
    size: "half",
    draw: (width) => rangeBars({ data, steps, groups, unit: "days", width }),
    data: table<Range>({
      id: "steps-data",
      caption: `Days per step, ${lastQuarters(context)}`,
      noun: "lines",
      search: false,
      empty: "No steps.",
      rows: data,
      columns: [
        { label: "Step", kind: "text", value: (range) => range.step },
        { label: "Deals", kind: "text", value: (range) => range.group },
        { label: "25th percentile", kind: "days", value: (range) => range.low, n: (range) => range.n },
        { label: "Median", kind: "days", value: (range) => range.middle, n: (range) => range.n },
        { label: "75th percentile", kind: "days", value: (range) => range.high, n: (range) => range.n },
        { label: "n", kind: "count", value: (range) => range.n },
      ],
    }),
  });
}

interface Opened {
  readonly quarter: string;
  readonly group: "Partner" | "Direct";
  readonly median: number | null;
  readonly won: number;
  readonly stillOpen: number | null;
}

function openedFigure(context: PageContext, view: View, facts: Facts): Markup {
  const { quarters } = context;
  const rows: readonly Opened[] = quarters.flatMap((quarter) =>
    groups.map(({ name }) => {
      const of = (state: "won" | "lost" | "open"): readonly DealEntry[] =>
        facts.opened.get(quarter)?.[state][name](view) ?? [];
      const won = of("won");
      const open = of("open").length;
      const share = ratio(open, open + won.length + of("lost").length);
      return { quarter, group: name, median: usualLength(won), won: won.length, stillOpen: share };
    }),
  );
  const title = headed(view, "days to win by the quarter a deal was opened");
  // A quarter most of whose deals are open would look fast, since only its quickest deals are won so far.
  const isRipe = (row: Opened): boolean => row.stillOpen !== null && row.stillOpen <= 0.5;
  // Nor does one say much while more than a tenth is open: it is drawn dashed and no heading rests on it.
  const isSettled = (row: Opened): boolean => row.stillOpen !== null && row.stillOpen <= 0.1;
  const data = rows.map((row) => ({
    series: row.group,
    x: quarters.indexOf(row.quarter),
    y: isRipe(row) ? row.median : null,
    isProvisional: !isSettled(row),
  }));
  if (data.filter((point) => point.y !== null).length < 2) {
    return emptyFigure(title, "Too few quarters have closed most of their deals to compare them.");
  }
  const latest = (group: string): Opened | undefined =>
    rows.findLast((row) => row.group === group && isSettled(row) && row.median !== null);
  const [mine, others] = [latest("Partner"), latest("Direct")];
  const words =
    mine === undefined ||
    others === undefined ||
    mine.quarter !== others.quarter ||
    mine.won < smallSample ||
    others.won < smallSample
      ? title
      : headed(
          view,
          `opened in ${quarterLabel(mine.quarter)}, partner deals won in ${formatNumber(mine.median ?? 0)} days, direct in ${formatNumber(others.median ?? 0)}`,
        );
  return figure({
    title: words,
    label: `${title}: ${rows
      .filter((row) => isRipe(row) && row.median !== null)
      .map((row) => `${row.group} ${quarterLabel(row.quarter)} ${formatNumber(row.median ?? 0)} days`)
      .join(", ")}`,
    caption:
      "Median days from creation to won, of won deals only, by the quarter of creation: it rises as a quarter's slow deals are won. Dashed: more than a tenth of the quarter's deals is still open; with more than half open it is left out. The data has what is open of each.",
    scope: "by quarter of creation",
    size: "half",
    draw: (width) =>
      lines({
        data,
        series: groups.map((group) => ({ name: group.name, stroke: group.stroke })),
        ticksX: quarters.map((_, index) => index),
        formatX: (x) =>
          quarters[x] === undefined ? "" : quarterLabel(quarters[x]).replace(" FY", width < 400 ? "\n’" : "\nFY"),
        formatY: (y) => `${formatNumber(y)} d`,
        width,
      }),
    data: table<Opened>({
      id: "opened-data",
      caption: "By the quarter of creation",
      noun: "lines",
      search: false,
      empty: "No quarters.",
      rows,
      columns: [
        { label: "Opened", kind: "text", value: (row) => quarterLabel(row.quarter) },
        { label: "Deals", kind: "text", value: (row) => row.group },
        { label: "Median days to won", kind: "days", value: (row) => row.median, n: (row) => row.won },
        { label: "Won", kind: "count", value: (row) => row.won },
        { label: "Still open", kind: "ratio", value: (row) => row.stillOpen },
      ],
    }),
  });
}

const bands = [
  { name: "under 25k", from: 0, to: 25_000 },
  { name: "25k to 100k", from: 25_000, to: 100_000 },
  { name: "100k and more", from: 100_000, to: Number.POSITIVE_INFINITY },
] as const;

function bandOf(deal: DealEntry): string {
  return deal.amount === null ? "no amount" : (bands.find((band) => (deal.amount ?? 0) < band.to)?.name ?? "no amount");
}

interface Peer {
  readonly segment: string;
  readonly band: string;
  readonly partner: number | null;
  readonly partnerN: number;
  /** Partner deals won in the four quarters before. */
  readonly before: number | null;
  readonly beforeN: number;
  readonly direct: number | null;
  readonly directN: number;
}

function peers(view: View, facts: Facts): readonly Peer[] {
  return [...facts.peers]
    .map(([key, deals]) => {
      const [segment = "", band = ""] = key.split("|");
      const [partner, direct] = [deals.Partner(view), deals.Direct(view)];
      const before = facts.peersBefore.get(key)?.Partner(view) ?? [];
      return {
        segment,
        band,
        partner: usualLength(partner),
        partnerN: partner.length,
        before: usualLength(before),
        beforeN: before.length,
        direct: usualLength(direct),
        directN: direct.length,
      };
    })
    .sort((a, b) => (a.segment < b.segment ? -1 : a.segment > b.segment ? 1 : place(a.band) - place(b.band)));
}

/** Groups with enough deals on both sides to say something, and those of them in which partner deals are faster. */
function compared(rows: readonly Peer[]): { readonly ripe: readonly Peer[]; readonly faster: readonly Peer[] } {
  const ripe = rows.filter((row) => !isSmall(row));
  return { ripe, faster: ripe.filter((row) => (row.partner ?? 0) < (row.direct ?? 0)) };
}

function isSmall(row: Peer): boolean {
  return row.partnerN < smallSample || row.directN < smallSample;
}

function likeForLike(context: PageContext, view: View, facts: Facts): Markup {
  const rows = peers(view, facts);
  const { ripe, faster } = compared(rows);
  return section(
    headed(
      view,
      ripe.length === 0
        ? "too few wins to compare like with like"
        : `like for like, partner deals are faster in ${faster.length} of ${counted(ripe.length, "group")}`,
    ),
    `Deals won in ${lastQuarters(context)}, compared within the same account segment and size (${context.settings.currency}). The heading counts groups with at least ${smallSample} deals on each side; smaller ones say little. The page's finding is the mean of those groups' last figures, each by its partner deals. Four quarters before: the partner deals won in ${lastQuarters(context, -4)}.`,
    table<Peer>({
      id: "like-for-like",
      caption: "Median days from creation to won",
      noun: "groups",
      search: false,
      empty: html`<b>No won deals</b> in the last four quarters.`,
      rows,
      columns: [
        { label: "Segment", kind: "text", value: (row) => row.segment },
        { label: "Size", kind: "text", named: true, value: (row) => row.band },
        { label: "Partner, days", kind: "points", value: (row) => row.partner, n: (row) => row.partnerN },
        { label: "Partner n", kind: "count", value: (row) => row.partnerN },
        { label: "Four quarters before", kind: "points", value: (row) => row.before, n: (row) => row.beforeN },
        { label: "n before", kind: "count", value: (row) => row.beforeN },
        { label: "Direct, days", kind: "points", value: (row) => row.direct, n: (row) => row.directN },
        { label: "Direct n", kind: "count", value: (row) => row.directN },
        {
          label: "Partner faster by, days",
          kind: "points",
          value: gap,
          n: (row) => Math.min(row.partnerN, row.directN),
        },
        {
          label: "Sample",
          kind: "text",
          value: (row) => (isSmall(row) ? "small" : "enough"),
        },
      ],
    }),
  );
}

function gap(row: Peer): number | null {
  return row.partner === null || row.direct === null ? null : row.direct - row.partner;
}

function place(band: string): number {
  return bands.findIndex((one) => one.name === band);
}

function slowest(context: PageContext, facts: Facts): Markup {
  const { settings } = context;
  const age = (deal: DealEntry): number => daysFrom(deal.createdOn, settings.asOf);
  const usual = usualLength(facts.sourcedWon);
  const rows = [...facts.sourcedOpen].sort((a, b) =>
    a.createdOn < b.createdOn ? -1 : a.createdOn > b.createdOn ? 1 : a.key < b.key ? -1 : 1,
  );
  const late = usual === null ? [] : rows.filter((deal) => age(deal) > usual);
  const mine = bySlice(context, rows, (deal) => [deal.sourceKey]);
  const mineLate = bySlice(context, late, (deal) => [deal.sourceKey]);
  const heading = (view: View): string => {
    const all = mine(view).length;
    if (all === 0) return headed(view, "no sourced deal is open");
    if (usual === null) return headed(view, `${counted(all, "sourced deal is", "sourced deals are")} open`);
    return headed(
      view,
      `${mineLate(view).length} of ${counted(all, "open sourced deal is", "open sourced deals are")} older than the ${formatNumber(usual)} days that ${view.slice === "program" ? "" : "the program's "}won ones took`,
    );
  };
  return section(
    context.words(["slice"], heading),
    `Oldest first. Held against the median days from creation to won of all sourced deals won in ${lastQuarters(context)}.`,
    table<DealEntry>({
      id: "slowest",
      caption: `Open sourced deals, ${settings.currency}`,
      noun: "deals",
      empty: html`<b>No open sourced deals.</b>`,
      rows,
      limit: 100,
      scope: (deal) => scopeOf(context, deal.sourceKey),
      columns: [
        { label: "Deal", kind: "text", value: (deal) => deal.name },
        partnerColumn(context, (deal) => deal.sourceKey),
        { label: "Amount", kind: "money", value: (deal) => deal.amount, total: true },
        { label: "Age, days", kind: "days", value: age },
        { label: "Stage", kind: "text", value: (deal) => deal.stage, facet: true },
        { label: "Segment", kind: "text", value: (deal) => deal.segment, facet: true },
        { label: "Size", kind: "text", value: bandOf, facet: true },
        { label: "Owner", kind: "text", value: (deal) => deal.owner, facet: true },
        { label: "Days in stage", kind: "days", value: (deal) => deal.daysInStage },
        { label: "Next step", kind: "text", value: (deal) => deal.nextStep },
        { label: "Source id", kind: "key", value: (deal) => deal.key },
      ],
    }),
    "as of now",
  );
}
