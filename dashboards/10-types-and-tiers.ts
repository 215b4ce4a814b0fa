import { smallSample } from "../src/metrics/compare.ts";
import { formatCount, formatMoneyShort, formatPercent } from "../src/metrics/format.ts";
import { lastPeriods, spanOf, yearBefore } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import { lengthBar } from "../src/reports/charts/change-bar.ts";
import { cumulativeShare } from "../src/reports/charts/cumulative-share.ts";
import {
  headed,
  isRunning,
  type PageContext,
  type PartnerEntry,
  quarterLabel,
  quarterSoFar,
  type View,
  whose,
} from "../src/reports/context.ts";
import { type EarlierState, readEarlierActive } from "../src/reports/earlier-days.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { type Lapse, lapsedDays, readLapses } from "../src/reports/lapses.ts";
import { partnerColumn, scopeOf } from "../src/reports/links.ts";
import { groupBy, median, ratio, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { readPartnerState, readPartnerValues } from "../src/reports/partner-values.ts";
import { bySlice } from "../src/reports/sliced.ts";
import { table } from "../src/reports/table.ts";
import {
  fewestInTier,
  isYoungSince,
  lineAbove,
  nearLine,
  type TierMove,
  tierLines,
  tierMoves,
} from "../src/reports/tier-lines.ts";
import { nothingWon, readWon, type Won } from "../src/reports/won.ts";
import { counted, readable, sentenceCase } from "../src/reports/words.ts";

// Certifications that run out this soon are to be renewed.
const lapsingDays = 60;

export const page = definePage({
  id: "types-and-tiers",
  title: "Types and tiers",
  question: "Which kinds of partner pay back, do we depend on a few, and is each tier right?",
  group: "Partners",
  order: 10,
  filters: ["period", "slice"],
  render: async (context) => {
    const brought = await readBrought(context, "sourced_bookings");
    const costs: Costs = {
      collected: await readBrought(context, "sourced_collected"),
      earned: await readBrought(context, "commission_earned"),
      reversed: await readBrought(context, "commission_reversed"),
    };
    const earlierActive = await readEarlierActive(context);
    const won = await readWon(context);
    const nothing: Nothing = (view, sum) =>
      nothingWon(won(view, lastPeriods("quarter", view.period, 4)), {
        span: "four quarters",
        sum,
        currency: context.settings.currency,
      });
    return {
      finding: context.block(["period", "slice"], (view) => html`${finding(view, brought, nothing)}`),
      lead: context.words(["period"], (view) => spanWords(context, view)),
      body: html`${context.block(["period", "slice"], (view) => headCards(context, view, brought, earlierActive, won))}
${context.block(["period", "slice"], (view) => kinds(context, view, brought, "type", nothing))}
${context.block(["period", "slice"], (view) => kinds(context, view, brought, "tier", nothing))}
${context.block(["period", "slice"], (view) => costTable(context, view, costs))}
${context.block(["period", "slice"], (view) => concentration(context, view, brought, nothing))}
${movement(context, brought)}
${await lapsing(context)}`,
    };
  },
});

/** What partners brought in the four quarters up to one, and in the same four a year earlier, to the same day. */
interface Brought {
  readonly partners: (view: View) => readonly PartnerEntry[];
  readonly now: (partnerKey: string, period: string) => number;
  readonly before: (partnerKey: string, period: string) => number;
}

/** What is said of four quarters whose amounts add up to nothing, in major units. */
type Nothing = (view: View, sum: number) => string;

/** What partners' collected revenue costs in commission. */
interface Costs {
  readonly collected: Brought;
  readonly earned: Brought;
  readonly reversed: Brought;
}

async function readBrought(context: PageContext, metric: string): Promise<Brought> {
  const values = await readPartnerValues(context, metric);
  const yearAgo = (period: string): string => yearBefore("quarter", period);
  return {
    partners: bySlice(context, [...context.partners.values()], (partner) => [partner.key]),
    now: kept((partnerKey, period) =>
      total(lastPeriods("quarter", period, 4), (quarter) => values.value(partnerKey, quarter)),
    ),
    before: kept((partnerKey, period) =>
      total(lastPeriods("quarter", yearAgo(period), 4), (quarter) =>
        quarter === yearAgo(period) && isRunning(context.settings, period)
          ? values.toDate(partnerKey, quarter)
          : values.value(partnerKey, quarter),
      ),
    ),
  };
}

/** Keeps what was worked out, since every slice of a quarter asks for its partners again. */
function kept(work: Brought["now"]): Brought["now"] {
  const known = new Map<string, Map<string, number>>();
  return (partnerKey, period) => {
    const partners = known.get(period) ?? new Map<string, number>();
    known.set(period, partners);
    const found = partners.get(partnerKey) ?? work(partnerKey, period);
    partners.set(partnerKey, found);
    return found;
  };
}

function spanOfYear(context: PageContext, period: string): string {
  const first = lastPeriods("quarter", period, 4)[0] ?? period;
  return `${quarterLabel(first)} to ${quarterSoFar(context.settings, period)}`;
}

function spanWords(context: PageContext, view: View): string {
  const before = lastPeriods("quarter", yearBefore("quarter", view.period), 4)[0] ?? view.period;
  const last = quarterLabel(yearBefore("quarter", view.period));
  const part = isRunning(context.settings, view.period) ? `${last} to the same day` : last;
  return `Four quarters, ${spanOfYear(context, view.period)}, against the same four a year before, ${quarterLabel(before)} to ${part}. The cards tell of ${quarterSoFar(context.settings, view.period)} alone. Types, tiers and managers are those of today.`;
}

function finding(view: View, brought: Brought, nothing: Nothing): string {
  const partners = brought.partners(view);
  const now = (partner: PartnerEntry): number => brought.now(partner.key, view.period);
  const sum = total(partners, now);
  if (sum <= 0) return headed(view, nothing(view, sum));
  const first = [...groupBy(partners, (partner) => partner.type)]
    .map(([type, list]) => ({ type, sum: total(list, now) }))
    .sort((a, b) => b.sum - a.sum || (a.type < b.type ? -1 : 1))[0];
  const sorted = partners.map(now).sort((a, b) => b - a);
  const bringing = sorted.filter((amount) => amount > 0).length;
  const top = `the ${bringing > 5 ? "five largest partners" : counted(bringing, "partner")} ${bringing === 1 ? "brings" : "bring"} ${formatPercent(total(sorted.slice(0, 5), (amount) => amount) / sum)}`;
  if (first === undefined || view.slice === "type") return headed(view, top);
  const type = `${readable(first.type)} partners bring ${formatPercent(first.sum / sum)}`;
  return headed(view, `${type}, ${top}`);
}

function headCards(context: PageContext, view: View, brought: Brought, earlierActive: EarlierState, won: Won): Markup {
  const { currency } = context.settings;
  const partners = brought.partners(view);
  const active = partners.filter((partner) => partner.state === "active");
  const share = ratio(active.length, partners.filter((partner) => partner.isCounted).length);
  const sum = total(active, (partner) => brought.now(partner.key, view.period));
  const amounts = partners.map((partner) => brought.now(partner.key, view.period)).sort((a, b) => b - a);
  const all = total(amounts, (amount) => amount);
  const largest = all > 0 ? total(amounts.slice(0, 5), (amount) => amount) / all : null;
  const nobody = partners.length === 0 ? "there is no partner yet" : "no partner is in the program today";
  // All that stands below is of four quarters.
  const scope = quarterSoFar(context.settings, view.period);
  const booked = context.metric("sourced_bookings", { period: view.period, slice: "program" }).value ?? 0;
  const found = won({ ...view, slice: "program", sliceKey: "all" }, [view.period]);
  const missing = booked > 0 ? {} : { missing: nothingWon(found, { span: "this quarter", sum: booked, currency }) };
  // Like the card it stands on, it is known of the program alone.
  const spread = context.metric("partner_hhi", { period: view.period, slice: "program" }).value;
  return cards(context, view, [
    { id: "sourced_bookings", scope },
    {
      id: "active_partners",
      earlier: earlierActive,
      note:
        share === null
          ? nobody
          : `${formatPercent(share)} of all${active.length === 0 ? "" : `; ${formatMoneyShort(sum / active.length, currency)} each in four quarters`}`,
    },
    { id: "certified_share", missing: nobody },
    { id: "top_partner_share", scope, ...missing },
    {
      id: "top5_partner_share",
      scope,
      ...missing,
      ...(largest === null
        ? {}
        : { note: `${view.slice === "program" ? "" : "of theirs "}in four quarters: ${formatPercent(largest)}` }),
    },
    {
      id: "partner_hhi",
      scope,
      ...missing,
      ...(spread === null ? {} : { note: spreadWords(spread) }),
    },
  ]);
}

/** What an index of concentration means: its inverse is how many partners of one size would make the same. */
function spreadWords(index: number): string {
  const alike = Math.max(1, Math.round(1 / index));
  return alike === 1
    ? "near 1: as if one partner had brought it all"
    : `as if ${formatCount(alike)} partners had brought the same each; 1 is a single partner`;
}

interface Kind {
  readonly name: string;
  readonly partners: number;
  readonly active: number;
  readonly now: number;
  readonly before: number;
  /** What each of the active partners brought. */
  readonly each: readonly number[];
  /** The same of all of its partners, who may be quiet or ended by now. */
  readonly parts: readonly number[];
}

/** What active partners of a kind brought, by active partner; null where none is active. */
function meanOf(row: Kind): number | null {
  return ratio(
    total(row.each, (amount) => amount),
    row.active,
  );
}

/** How far one partner makes a kind what it is: a mean says little of the others then. */
function largestShare(row: Kind): number {
  return row.now > 0 ? Math.max(0, ...row.parts) / row.now : 0;
}

/** The kind that brings most by active partner, of those with enough of them; else the one that brings most of all. */
function kindsTitle(rows: readonly Kind[], currency: string, nothing: (sum: number) => string): string {
  const short = (amount: number | null): string => formatMoneyShort(amount ?? 0, currency);
  const first = rows[0];
  if (first === undefined) return "no partner yet";
  if (first.now <= 0) return nothing(total(rows, (row) => row.now));
  const apart = (row: Kind): string =>
    largestShare(row) > 0.5 && row.partners > 1 ? `, ${formatPercent(largestShare(row))} of it from one partner` : "";
  const bringing = first.parts.filter((amount) => amount > 0).length;
  // One kind alone has nothing to be compared with.
  if (rows.length === 1)
    return first.active < smallSample
      ? `${short(first.now)} from ${counted(bringing, "partner")} in four quarters${bringing > 1 ? apart(first) : ""}`
      : `${short(meanOf(first))} per active partner, ${short(median(first.each))} in the median`;
  const enough = rows.filter((row) => row.active >= smallSample);
  const middle = (row: Kind): number => median(row.each) ?? 0;
  const best = enough.toSorted((a, b) => (meanOf(b) ?? 0) - (meanOf(a) ?? 0))[0];
  if (best === undefined || (meanOf(best) ?? 0) <= 0)
    return `${first.name} partners bring most, ${short(first.now)}${apart(first)}`;
  // A few large partners raise a mean above that of a kind whose usual partner brings more.
  const usual = enough.toSorted((a, b) => middle(b) - middle(a))[0] ?? best;
  return middle(usual) > middle(best)
    ? `${best.name} partners bring most in the mean, ${short(meanOf(best))} per active partner, ${usual.name} partners in the median, ${short(middle(usual))}`
    : `${best.name} partners bring most each: ${short(meanOf(best))} per active partner, ${short(middle(best))} in the median`;
}

function kinds(context: PageContext, view: View, brought: Brought, by: "type" | "tier", nothing: Nothing): Markup {
  const { currency } = context.settings;
  const rows: readonly Kind[] = [...groupBy(brought.partners(view), (partner) => partner[by] ?? "")]
    .map(([key, list]) => {
      const each = list
        .filter((partner) => partner.state === "active")
        .map((partner) => brought.now(partner.key, view.period));
      return {
        name: key === "" ? `no ${by}` : by === "type" ? readable(key) : key,
        partners: list.filter((partner) => partner.isCounted).length,
        active: each.length,
        now: total(list, (partner) => brought.now(partner.key, view.period)),
        before: total(list, (partner) => brought.before(partner.key, view.period)),
        each,
        parts: list.map((partner) => brought.now(partner.key, view.period)),
      };
    })
    .filter((row) => row.partners > 0 || row.now !== 0 || row.before !== 0)
    .sort((a, b) => b.now - a.now || b.partners - a.partners || (a.name < b.name ? -1 : 1));
  const largest = Math.max(0, ...rows.map((row) => row.now));
  const sum = total(rows, (row) => row.now);
  const gone = brought
    .partners(view)
    .filter((partner) => !partner.isCounted && brought.now(partner.key, view.period) !== 0);
  const ofGone =
    gone.length === 0
      ? ""
      : ` ${counted(gone.length, "partner")} of today's ended ones and prospects brought ${formatMoneyShort(
          total(gone, (partner) => brought.now(partner.key, view.period)),
          currency,
        )} of it and ${gone.length === 1 ? "is" : "are"} not among the partners.`;
  return section(
    headed(
      view,
      kindsTitle(rows, currency, (none) => nothing(view, none)),
    ),
    `Sourced bookings by partner ${by}, ${spanOfYear(context, view.period)}.${ofGone} Each is what active partners brought, by active partner, and the median is of the same partners; the heading compares kinds with at least ${smallSample} of them, else sums.`,
    table<Kind>({
      id: `by-${by}`,
      caption: `Sourced bookings in four quarters, ${currency}; partners and states as of now`,
      noun: `${by}s`,
      search: false,
      empty: html`<b>No partners yet.</b> They come with the next refresh that finds some.`,
      rows,
      limit: 40,
      columns: [
        { label: sentenceCase(by), kind: "text", value: (row) => row.name },
        { label: "Each", kind: "money", value: meanOf, n: (row) => row.active },
        { label: "Median", kind: "money", value: (row) => median(row.each), n: (row) => row.active },
        { label: "Largest one's part", kind: "ratio", value: (row) => (row.now > 0 ? largestShare(row) : null) },
        { label: "Four quarters", kind: "money", value: (row) => row.now, total: true },
        {
          label: "",
          kind: "text",
          drawn: true,
          value: () => "",
          cell: (row) => lengthBar(row.now, largest, "var(--sourced)"),
        },
        { label: "Of all", kind: "ratio", value: (row) => (sum > 0 ? row.now / sum : null) },
        { label: "A year before", kind: "money", value: (row) => row.before, total: true },
        { label: "Change", kind: "money", signed: true, value: (row) => row.now - row.before, total: true },
        { label: "Partners", kind: "count", value: (row) => row.partners, total: true },
        { label: "Active", kind: "count", value: (row) => row.active, total: true },
        {
          label: "Active share",
          kind: "ratio",
          value: (row) => ratio(row.active, row.partners),
          n: (row) => row.partners,
        },
      ],
    }),
  );
}

interface CostRow {
  readonly name: string;
  readonly collected: number;
  readonly commission: number;
  readonly cost: number | null;
  readonly costBefore: number | null;
}

function costTable(context: PageContext, view: View, costs: Costs): Markup {
  const { currency } = context.settings;
  const partners = costs.collected.partners(view);
  const sums = (list: readonly PartnerEntry[], at: "now" | "before") => {
    const of = (one: Brought): number => total(list, (partner) => one[at](partner.key, view.period));
    const [collected, commission] = [of(costs.collected), of(costs.earned) - of(costs.reversed)];
    return { collected, commission, cost: collected > 0 ? commission / collected : null };
  };
  const rows = [...groupBy(partners, (partner) => partner.type)]
    .map(
      ([type, list]): CostRow => ({
        name: readable(type),
        ...sums(list, "now"),
        costBefore: sums(list, "before").cost,
      }),
    )
    .filter((row) => row.collected !== 0 || row.commission !== 0)
    .sort((a, b) => b.collected - a.collected || (a.name < b.name ? -1 : 1));
  const all = { now: sums(partners, "now"), before: sums(partners, "before") };
  const said = (cost: number | null): string => (cost === null ? "not known" : formatPercent(cost));
  const [largest, second] = rows.filter((row) => row.cost !== null).toSorted((a, b) => (b.cost ?? 0) - (a.cost ?? 0));
  // Only a type that costs more than every other, as told, is the dearest.
  const hasDearest = second !== undefined && said(largest?.cost ?? null) !== said(second.cost);
  return section(
    all.now.cost === null
      ? headed(view, "nothing sourced was collected in four quarters")
      : all.now.cost === 0
        ? headed(view, "sourced revenue cost no commission in four quarters")
        : headed(view, `sourced revenue costs ${formatPercent(all.now.cost)} in commission`),
    rows.length === 0
      ? null
      : `Commission earned less reversed, over sourced revenue collected in the same four quarters, ${spanOfYear(context, view.period)}; a year before all types together cost ${said(all.before.cost)}.${
          largest === undefined || !hasDearest ? "" : ` Dearest: ${largest.name}, ${said(largest.cost)}.`
        }${rows.some((row) => row.cost === null || row.costBefore === null) ? " – under a cost: nothing was collected that it could be a part of." : ""}`,
    table<CostRow>({
      id: "cost-by-type",
      caption: `What partner types cost, four quarters, ${currency}`,
      noun: "types",
      search: false,
      empty: html`<b>Nothing yet.</b> A cost needs revenue collected on sourced deals, and a commission plan.`,
      rows,
      columns: [
        { label: "Type", kind: "text", value: (row) => row.name },
        { label: "Sourced revenue", kind: "money", value: (row) => row.collected, total: true },
        { label: "Commission, net", kind: "money", value: (row) => row.commission, total: true },
        { label: "Cost", kind: "ratio", value: (row) => row.cost, overall: all.now.cost },
        { label: "Cost a year before", kind: "ratio", value: (row) => row.costBefore, overall: all.before.cost },
      ],
    }),
  );
}

interface Ranked {
  readonly partner: PartnerEntry;
  readonly place: number;
  readonly amount: number;
  readonly share: number;
  readonly together: number;
}

// Beyond these places the line is all that is told; the table behind it would be a list of every partner.
const rankedRows = 20;

function concentration(context: PageContext, view: View, brought: Brought, nothing: Nothing): Markup {
  const { currency } = context.settings;
  const list = brought
    .partners(view)
    .map((partner) => ({ partner, amount: brought.now(partner.key, view.period) }))
    .filter((one) => one.amount > 0)
    .sort((a, b) => b.amount - a.amount || (a.partner.key < b.partner.key ? -1 : 1));
  const sum = total(list, (one) => one.amount);
  if (list.length < 2) {
    return emptyFigure(
      list[0] === undefined
        ? headed(view, nothing(view, sum))
        : `${whose(view)}${list[0].partner.name} alone brought bookings in four quarters`,
      "How far bookings are spread is drawn from two partners on that sourced a won deal with an amount.",
    );
  }
  let together = 0;
  const ranked: readonly Ranked[] = list.map((one, index) => {
    together += one.amount;
    return { ...one, place: index + 1, share: one.amount / sum, together: together / sum };
  });
  const half = ranked.find((one) => one.together >= 0.5)?.place ?? ranked.length;
  const inactive = brought
    .partners(view)
    .filter((partner) => partner.isCounted && !list.some((one) => one.partner.key === partner.key)).length;
  // What the largest of a year before brought, who may have been others.
  const earlier = brought
    .partners(view)
    .map((partner) => brought.before(partner.key, view.period))
    .filter((amount) => amount > 0)
    .sort((a, b) => b - a);
  const shareBefore = (count: number): string =>
    formatPercent(total(earlier.slice(0, count), (amount) => amount) / total(earlier, (amount) => amount));
  const at = (place: number): Ranked | undefined => ranked[Math.min(place, ranked.length) - 1];
  return figure({
    title: headed(
      view,
      `half of sourced bookings comes from ${half} of the ${counted(ranked.length, "partner")} that brought any`,
    ),
    label: `Share of sourced bookings that the largest partners bring together: ${[1, 5, 10]
      .filter((place) => place <= ranked.length)
      .map((place) => `${place} ${formatPercent(at(place)?.together ?? 0)}`)
      .join(", ")}`,
    caption: `Partners from the largest on, by sourced bookings ${spanOfYear(context, view.period)}, and what they bring together, ${currency}. ${inactive > 0 ? `${counted(inactive, "other partner")} of today without bookings above zero ${inactive === 1 ? "is" : "are"} not drawn. ` : ""}The dotted line is what equal parts would be.`,
    notes: [
      `The five largest bring ${formatPercent(at(5)?.together ?? 0)} together, the ten largest ${formatPercent(at(10)?.together ?? 0)}; ${
        earlier.length === 0
          ? "a year before nobody brought anything"
          : `the five and ten largest of a year before brought ${shareBefore(5)} and ${shareBefore(10)}`
      }.`,
    ],
    size: "full",
    draw: (width) =>
      cumulativeShare({
        points: ranked.map((one) => ({ place: one.place, share: one.together })),
        named: [1, 5, 10].filter((place) => place < ranked.length),
        noun: "partners",
        width,
      }),
    data: table<Ranked>({
      id: "concentration-data",
      caption: `Sourced bookings in four quarters, ${currency}`,
      noun: "partners",
      search: false,
      empty: "No partners.",
      rows: ranked,
      limit: rankedRows,
      columns: [
        { label: "Place", kind: "count", value: (one) => one.place },
        partnerColumn(context, (one) => one.partner.key),
        { label: "Sourced bookings", kind: "money", value: (one) => one.amount, total: true },
        { label: "Share", kind: "ratio", value: (one) => one.share },
        { label: "Together", kind: "ratio", value: (one) => one.together },
      ],
    }),
  });
}

const standings = Object.freeze(["above its tier", "near the next tier", "below its tier"] as const);

function movement(context: PageContext, brought: Brought): Markup {
  const { settings } = context;
  const today = [...context.partners.values()].filter((partner) => partner.isCounted);
  const first = lastPeriods("quarter", context.period, 4)[0] ?? context.period;
  const since = spanOf("quarter", first, settings.fiscalYearStart).startsOn;
  const isYoung = isYoungSince(since);
  const amount = (partner: PartnerEntry): number => brought.now(partner.key, context.period);
  const lines = tierLines(today, amount, isYoung);
  const hasLine = lines.some((line) => lineAbove(lines, line) !== undefined);
  const rows = tierMoves(today, amount, nearLine, isYoung).toSorted(
    (a, b) => b.amount - a.amount || (a.partner.key < b.partner.key ? -1 : 1),
  );
  const heading = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partner.key, view));
    const count = (what: TierMove<PartnerEntry>["what"]): number => mine.filter((row) => row.what === what).length;
    if (mine.length === 0) return headed(view, "no partner stands at a tier line");
    return headed(
      view,
      `${counted(count("above its tier"), "partner brings", "partners bring")} more than their tier, ${count("near the next tier")} nearly so, ${count("below its tier")} less`,
    );
  };
  const young = today.filter((partner) => partner.tier !== null && isYoung(partner)).length;
  const spared =
    young === 0
      ? ""
      : ` ${counted(young, "partner")} signed within these four quarters ${young === 1 ? "is" : "are"} left out of the medians and not called below: ${young === 1 ? "it" : "they"} had less time.`;
  const found = standings.flatMap((what) => {
    const some = rows.filter((row) => row.what === what);
    return some.length === 0 ? [] : [moveTable(context, what, some)];
  });
  return section(
    context.words(["slice"], heading),
    html`No tier's own threshold is known to the warehouse, so the line between two tiers is what its partners bring: the median of the tier above for a partner to move up, the median of the tier below for one to move down. Tiers stand in the order of their medians; one with fewer than ${fewestInTier} partners, or the same median, draws no line, and none is drawn where names that everybody knows say the opposite, as with Gold below Silver. Near is from ${formatPercent(nearLine)} of the line on.${spared} Which tier a partner had before is not known: sources give today's.`,
    found.length === 0
      ? html`<p class="empty"><b>Nobody.</b> ${
          hasLine
            ? "No partner is near the line above its tier, and none brings less than the line below."
            : `A line needs two tiers with at least ${fewestInTier} partners each and different medians, which well-known names such as Silver and Gold do not contradict.`
        }</p>`
      : html`${found}`,
    `${spanOfYear(context, context.period)}`,
  );
}

/** One table for each way to stand, so that each of them is in sight. */
function moveTable(
  context: PageContext,
  what: TierMove<PartnerEntry>["what"],
  rows: readonly TierMove<PartnerEntry>[],
): Markup {
  return table<TierMove<PartnerEntry>>({
    id: `tier-lines-${what.split(" ")[0]}`,
    caption: `${sentenceCase(what)}: sourced bookings ${spanOfYear(context, context.period)}, ${context.settings.currency}`,
    noun: "partners",
    search: false,
    empty: html`<b>Nobody.</b>`,
    rows,
    limit: 25,
    keep: context.keep(),
    scope: (row) => scopeOf(context, row.partner.key),
    columns: [
      partnerColumn(context, (row) => row.partner.key),
      { label: "Tier", kind: "text", value: (row) => row.partner.tier, facet: true },
      { label: "Line of", kind: "text", value: (row) => row.other },
      { label: "Brought", kind: "money", value: (row) => row.amount },
      { label: "Line", kind: "money", value: (row) => row.line },
      { label: "Gap", kind: "money", signed: true, value: (row) => row.amount - row.line },
      { label: "Type", kind: "text", value: (row) => readable(row.partner.type), facet: true },
      { label: "Manager", kind: "text", value: (row) => row.partner.manager, facet: true },
      { label: "Source id", kind: "key", value: (row) => row.partner.key },
    ],
  });
}

async function lapsing(context: PageContext): Promise<Markup> {
  const rows = (await readLapses(context.db, context.settings.asOf, lapsingDays)).filter(
    (row) => context.partners.get(row.partnerKey)?.isCounted === true,
  );
  const open = await readPartnerState(context, "sourced_pipeline");
  const heading = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partnerKey, view));
    if (mine.length === 0) return headed(view, "no certification is about to lapse");
    const last = new Set(mine.filter((row) => row.isLast).map((row) => row.partnerKey)).size;
    return headed(
      view,
      `${counted(mine.length, "certification lapses", "certifications lapse")} soon${last === 0 ? "" : `, the last one of ${counted(last, "partner")}`}`,
    );
  };
  return section(
    context.words(["slice"], heading),
    `Certifications that run out within ${lapsingDays} days or did in the last ${lapsedDays}, and that the same person has not renewed. A partner without an active one no longer counts as certified and loses that step in a conflict.`,
    table<Lapse>({
      id: "lapsing",
      caption: `Certifications, first to run out first; open sourced pipeline of the partner, ${context.settings.currency}`,
      noun: "certifications",
      empty: html`<b>None.</b> No certification runs out in the next ${lapsingDays} days, or none is recorded.`,
      rows,
      limit: 30,
      keep: context.keep(),
      scope: (row) => scopeOf(context, row.partnerKey),
      columns: [
        partnerColumn(context, (row) => row.partnerKey),
        { label: "Person", kind: "text", value: (row) => row.person },
        { label: "Certification", kind: "text", value: (row) => row.what, facet: true },
        {
          label: "Manager",
          kind: "text",
          value: (row) => context.partners.get(row.partnerKey)?.manager ?? null,
          facet: true,
        },
        { label: "Runs out", kind: "date", value: (row) => row.expiresOn },
        { label: "Days left", kind: "days", value: (row) => row.left },
        { label: "Last one", kind: "text", value: (row) => (row.isLast ? "yes" : "no"), facet: true },
        { label: "Open pipeline", kind: "money", value: (row) => open(row.partnerKey) },
        { label: "Source id", kind: "key", value: (row) => row.key },
      ],
    }),
    "as of now",
  );
}
