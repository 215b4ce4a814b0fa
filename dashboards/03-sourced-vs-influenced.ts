import { formatMoneyShort, formatPercent } from "../src/metrics/format.ts";
import { daysBefore, daysFrom, periodOf, shiftPeriod, spanOf } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import type { BridgeStep } from "../src/reports/charts/bridge.ts";
import { type DotRule, type DotValue, dots } from "../src/reports/charts/dots.ts";
import { headed, isRunning, type PageContext, quarterLabel, quarterSoFar, type View } from "../src/reports/context.ts";
import { type DealEntry, readDeals } from "../src/reports/deals.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { html, type Markup, raw } from "../src/reports/html.ts";
import { partnerColumn, scopeOf } from "../src/reports/links.ts";
import { moneyBars } from "../src/reports/money-bars.ts";
import { moneyBridge } from "../src/reports/money-bridge.ts";
import { definePage } from "../src/reports/page.ts";
import { readPartnerValues } from "../src/reports/partner-values.ts";
import { bySlice } from "../src/reports/sliced.ts";
import { table } from "../src/reports/table.ts";
import { readUnattributed, type Unattributed } from "../src/reports/unattributed.ts";
import { isAmountUnknown, nothingWon, readWon, type Won } from "../src/reports/won.ts";
import { counted, ruleWords, sentenceCase } from "../src/reports/words.ts";

export const page = definePage({
  id: "sourced-vs-influenced",
  title: "Sourced vs influenced",
  question: "Who began the revenue, who helped, and how sure are we?",
  group: "Revenue",
  order: 3,
  filters: ["period", "slice"],
  render: async (context) => {
    const since = firstDay(context);
    const unattributed = await readUnattributed(context, since);
    const wins = await readWins(context, since, unattributed);
    const credit = await readCredit(context);
    const seen = await readFirstWins(context);
    const proof = await readProof(context);
    const won = await readWon(context);
    return {
      finding: context.block(["period", "slice"], (view) => html`${finding(context, view, won)}`),
      lead: context.block(["period", "slice"], (view) => html`${lead(context, view, wins)}`),
      body: html`${context.block(["period", "slice"], (view) =>
        cards(context, view, [
          { id: "sourced_bookings" },
          {
            id: "influenced_bookings",
            note:
              view.slice === "program"
                ? "influenced only: deals that partners helped and none brought"
                : "deals they helped and did not bring",
          },
          {
            id: "touched_bookings",
            note: "brought or helped by any partner, each deal once; not to be added to the others",
          },
        ]),
      )}
${moneyBars(context, "bookings", "bookings-by-quarter", won)}
${context.block(["period", "slice"], (view) => evidence(context, view, wins, proof))}
<div class="columns columns-2">${context.block(["period", "slice"], (view) => bridgeFigure(context, view, wins, seen))}
${context.block(["period", "slice"], (view) => ruleFigure(context, view, wins, credit))}</div>
${wonSection(context, wins)}
${unattributedSection(context, wins, unattributed)}`,
    };
  },
});

function finding(context: PageContext, view: View, won: Won): string {
  const sourced = context.metric("sourced_bookings", view);
  const quarter = quarterSoFar(context.settings, view.period);
  const { currency } = context.settings;
  const span = { span: quarter, sum: 0, currency };
  if (view.slice !== "program") {
    const found = won(view, [view.period]);
    return headed(view, isAmountUnknown(found) ? nothingWon(found, span) : `${sourced.card} sourced in ${quarter}`);
  }
  const share = context.metric("sourced_share", view);
  if (share.value === null) {
    const sum = context.metric("total_bookings", view).value ?? 0;
    return sentenceCase(nothingWon(won(view, [view.period], "all"), { ...span, sum, kind: "all" }));
  }
  const touched = context.metric("touched_bookings", view);
  const total = context.metric("total_bookings", view);
  const part = total.value === null || total.value === 0 ? null : (touched.value ?? 0) / total.value;
  // Beside amounts below zero a part may be more than the whole, or less than nothing, and is no percentage of it.
  if ([share.value, part ?? 0].some((one) => one < 0 || one > 1))
    return `Partners sourced ${sourced.card} and touched ${touched.card}; ${total.card} was won in all in ${quarter}`;
  return `Partners sourced ${Math.round(share.value * 100)}%${part === null ? "" : ` and touched ${Math.round(part * 100)}%`} of bookings in ${quarter}`;
}

function lead(context: PageContext, view: View, wins: Wins): string {
  const deals = wins.touched(view);
  const both = withBoth(view, wins);
  const { currency } = context.settings;
  const said =
    both.length === 0
      ? view.slice === "program"
        ? "No deal has both kinds of credit, brought by one partner and helped by another."
        : "No deal that they brought was helped by another partner."
      : `${formatMoneyShort(sum(both), currency)} in ${counted(both.length, "deal")} has both kinds of credit: one partner brought it and another helped.`;
  const conflicts = deals.filter((deal) => deal.isConflict);
  return conflicts.length === 0
    ? said
    : `${said} ${counted(conflicts.length, "deal was", "deals were")} claimed by more than one partner.`;
}

/** Deals with both kinds of credit: sourced, and helped by another partner. */
function withBoth(view: View, wins: Wins): readonly DealEntry[] {
  return wins.sourced(view).filter((deal) => (wins.helpers.get(deal.key)?.others ?? 0) > 0);
}

interface Help {
  /** Partners with a qualifying touch that are not the source. */
  readonly others: number;
  readonly partnerKeys: readonly string[];
}

type Helpers = ReadonlyMap<string, Help>;

/** Deals won since the quarter before the first that can be chosen, by quarter and slice; each list largest deal first. */
interface Wins {
  readonly helpers: Helpers;
  /** All of them, or those a partner of the slice brought or helped. */
  readonly touched: (view: View) => readonly DealEntry[];
  /** Those that a partner, or one of the slice, brought. */
  readonly sourced: (view: View) => readonly DealEntry[];
  /** Those with a partner, by the partner they are shown beside. */
  readonly partnered: (view: View) => readonly DealEntry[];
  /** Direct ones on which something names a partner. */
  readonly unattributed: (view: View) => readonly DealEntry[];
}

/** Where the page begins to look: the quarter before the first that can be chosen, to compare that with. */
function firstDay(context: PageContext): string {
  const first = shiftPeriod("quarter", context.quarters[0] ?? context.period, -1);
  return spanOf("quarter", first, context.settings.fiscalYearStart).startsOn;
}

async function readWins(
  context: PageContext,
  since: string,
  unattributed: ReadonlyMap<string, Unattributed>,
): Promise<Wins> {
  const won = await readDeals(context, "won", since);
  const helpers = await readHelpers(context, since);
  const quarters = Map.groupBy(won, (deal) => quarterOf(context, deal));
  const inQuarters = (
    isMeant: (deal: DealEntry) => boolean,
    partnersOf: (deal: DealEntry) => readonly (string | null)[],
  ): ((view: View) => readonly DealEntry[]) => {
    const picks = new Map(
      [...quarters].map(([quarter, deals]) => [quarter, bySlice(context, deals.filter(isMeant), partnersOf)]),
    );
    return (view) => picks.get(view.period)?.(view) ?? [];
  };
  return {
    helpers,
    touched: inQuarters(
      () => true,
      (deal) => helpers.get(deal.key)?.partnerKeys ?? [],
    ),
    sourced: inQuarters(
      (deal) => deal.class === "sourced",
      (deal) => [deal.sourceKey],
    ),
    partnered: inQuarters(
      (deal) => deal.class !== "direct",
      (deal) => [deal.partnerKey],
    ),
    unattributed: inQuarters(
      (deal) => unattributed.has(deal.key),
      (deal) => unattributed.get(deal.key)?.partnerKeys ?? [],
    ),
  };
}

async function readHelpers(context: PageContext, since: string): Promise<Helpers> {
  const rows = await context.db
    .selectFrom("marts.fct_deal_partner as part")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "part.deal_key")
    .select(["part.deal_key", "part.partner_key", "part.is_source", "part.touches"])
    .where("deal.state", "=", "won")
    .where("deal.closed_on", ">=", since)
    .orderBy("part.deal_key")
    .orderBy("part.partner_key")
    .execute();
  const helpers = new Map<string, Help>();
  for (const row of rows) {
    const known = helpers.get(row.deal_key) ?? { others: 0, partnerKeys: [] };
    helpers.set(row.deal_key, {
      others: known.others + (row.is_source || Number(row.touches) === 0 ? 0 : 1),
      partnerKeys: [...known.partnerKeys, row.partner_key],
    });
  }
  return helpers;
}

function quarterOf(context: PageContext, deal: DealEntry): string {
  return periodOf("quarter", deal.closedOn ?? "0001-01-01", context.settings.fiscalYearStart);
}

function sum(deals: readonly DealEntry[]): number {
  return deals.reduce((total, deal) => total + (deal.amount ?? 0), 0);
}

/** Of a sourced deal: whether the claim that gave it has a date, and whether another counted touch of its source stands beside. */
type Proof = (deal: DealEntry) => "supported" | "dated" | "undated";

async function readProof(context: PageContext): Promise<Proof> {
  const claims = await context.db
    .selectFrom("marts.fct_claim as claim")
    .innerJoin("marts.fct_deal as deal", (join) =>
      join
        .onRef("deal.deal_key", "=", "claim.deal_key")
        .onRef("deal.source_rule", "=", "claim.rule")
        .onRef("deal.source_partner_key", "=", "claim.partner_key"),
    )
    .select("claim.deal_key")
    .distinct()
    .where("deal.state", "=", "won")
    .where("claim.accepted", "=", true)
    .where("claim.claimed_at", "is not", null)
    .execute();
  const touches = await context.db
    .selectFrom("marts.fct_touch as touch")
    .innerJoin("marts.fct_deal as deal", (join) =>
      join.onRef("deal.deal_key", "=", "touch.deal_key").onRef("deal.source_partner_key", "=", "touch.partner_key"),
    )
    .leftJoin("marts.fct_claim as claim", (join) =>
      join
        .onRef("claim.deal_key", "=", "touch.deal_key")
        .onRef("claim.rule", "=", "deal.source_rule")
        .onRef("claim.claim_table", "=", "touch.touch_table")
        .onRef("claim.claim_key", "=", "touch.touch_key")
        .on("claim.accepted", "=", true),
    )
    .select("touch.deal_key")
    .distinct()
    .where("deal.state", "=", "won")
    .where("touch.counts", "=", true)
    .where("claim.deal_key", "is", null)
    .execute();
  const dated = new Set(claims.map((row) => row.deal_key));
  const supported = new Set(touches.map((row) => row.deal_key));
  return (deal) => (!dated.has(deal.key) ? "undated" : supported.has(deal.key) ? "supported" : "dated");
}

/** The first day on which each partner had won a deal it brought. */
async function readFirstWins(context: PageContext): Promise<ReadonlyMap<string, string>> {
  const rows = await context.db
    .selectFrom("marts.fct_deal")
    .select(["source_partner_key", (field) => field.fn.min("closed_on").as("first_on")])
    .where("state", "=", "won")
    .where("source_partner_key", "is not", null)
    .groupBy("source_partner_key")
    .execute();
  return new Map(
    rows.flatMap((row) =>
      row.source_partner_key === null || row.first_on === null ? [] : [[row.source_partner_key, row.first_on]],
    ),
  );
}

/** From the quarter before to this one in sourced bookings: partners that won for the first time, more or fewer deals, larger or smaller ones. */
function bridgeFigure(context: PageContext, view: View, wins: Wins, firstWins: ReadonlyMap<string, string>): Markup {
  const { settings } = context;
  const { currency } = settings;
  const before = shiftPeriod("quarter", view.period, -1);
  const span = spanOf("quarter", view.period, settings.fiscalYearStart);
  const spanBefore = spanOf("quarter", before, settings.fiscalYearStart);
  const sameDay = daysBefore(spanBefore.startsOn, -daysFrom(span.startsOn, settings.asOf));
  const cut = isRunning(settings, view.period) && sameDay < spanBefore.endsOn ? sameDay : spanBefore.endsOn;
  const withAmount = (period: string): readonly DealEntry[] =>
    wins.sourced({ ...view, period }).filter((deal) => deal.amount !== null);
  const now = withAmount(view.period);
  const then = withAmount(before).filter((deal) => (deal.closedOn ?? "") <= cut);
  const title = headed(view, `from ${quarterLabel(before)} to ${quarterLabel(view.period)}`);
  if (now.length === 0 && then.length === 0) {
    const unknown = [before, view.period].reduce(
      (deals, period) => deals + wins.sourced({ ...view, period }).length,
      0,
    );
    return emptyFigure(
      title,
      unknown === 0
        ? "No sourced deal was won in either quarter."
        : `No amount is known of the ${counted(unknown, "sourced deal")} won in the two quarters.`,
    );
  }
  const isNew = (deal: DealEntry): boolean =>
    deal.sourceKey !== null && (firstWins.get(deal.sourceKey) ?? "") >= span.startsOn;
  const fresh = now.filter(isNew);
  const known = now.filter((deal) => !isNew(deal));
  const meanThen = then.length === 0 ? 0 : sum(then) / then.length;
  const volume = then.length === 0 ? sum(known) : (known.length - then.length) * meanThen;
  const size = sum(known) - sum(then) - volume;
  const running = isRunning(settings, view.period);
  // Only a whole quarter was ever presented, so what changed since is a step where whole quarters are bridged.
  const presented = context.presented.as("sourced_bookings", { ...view, period: before })?.value ?? null;
  const restated = running || presented === null ? null : sum(then) - presented;
  const steps: BridgeStep[] = [
    restated === null
      ? {
          name: running ? `${quarterLabel(before)} to the same day` : quarterLabel(before),
          value: sum(then),
          kind: "total",
        }
      : { name: `${quarterLabel(before)} as presented`, value: sum(then) - restated, kind: "total" },
    ...(restated === null ? [] : [{ name: "Restated since", value: restated, kind: "change" } as const]),
    { name: "Partners new this quarter", value: sum(fresh), kind: "change" },
    { name: "Number of deals", value: volume, kind: "change" },
    { name: "Size of deals", value: size, kind: "change" },
    { name: quarterLabel(view.period), value: sum(now), kind: "total" },
  ];
  const largest = steps
    .filter((step) => step.kind === "change")
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))[0];
  const words =
    largest === undefined || largest.value === 0 ? "nothing moved" : `${largest.name.toLowerCase()} moved it most`;
  return figure({
    title: `${title}, ${words}`,
    label: `Sourced bookings: ${steps.map((step) => `${step.name} ${formatMoneyShort(step.value, currency)}`).join(", ")}`,
    caption: `Sourced bookings, ${currency}. New: the partner's first won deal fell in the quarter. Number: deals more or fewer × the earlier mean. Size: what is left. ${restatedWords(context, before, presented, restated)}Rounded to the cent, the steps add up.`,
    size: "half",
    ...moneyBridge({ id: "bridge-data", caption: `Sourced bookings, ${currency}`, steps, currency }),
  });
}

/** What became of the quarter before since it was presented: a step, a note where only its first days are compared, or nothing. */
function restatedWords(context: PageContext, before: string, presented: number | null, step: number | null): string {
  const quarter = quarterLabel(before);
  if (step !== null) return `Restated: what ${quarter} changed by since it was presented. `;
  if (presented !== null) {
    return `${quarter} was presented as ${formatMoneyShort(presented, context.settings.currency)} as a whole and restated since; the bridge begins at what its days come to now. `;
  }
  return context.presented.on(before) === null
    ? `${quarter} was not presented, so nothing in it counts as restated. `
    : `${quarter} is what was presented: nothing is restated. `;
}

const rules: readonly (DotRule & { readonly id: string })[] = [
  { id: "sourced_wins", name: "sourced wins (official)", symbol: "circle", colour: "var(--sourced)" },
  { id: "first_touch", name: "first touch", symbol: "triangle", colour: "var(--target)" },
  { id: "last_touch", name: "last touch", symbol: "square", colour: "var(--worse)" },
  { id: "linear", name: "linear", symbol: "diamond", colour: "var(--mark)" },
  { id: "source_split", name: "source split", symbol: "times", colour: "var(--better)" },
];

type Credit = (model: string, partnerKey: string, period: string) => number;

async function readCredit(context: PageContext): Promise<Credit> {
  const values = await Promise.all(rules.map((rule) => readPartnerValues(context, `credited_bookings.${rule.id}`)));
  return (model, partnerKey, period) =>
    values[rules.findIndex((rule) => rule.id === model)]?.value(partnerKey, period) ?? 0;
}

const symbols: Readonly<Record<string, Markup>> = Object.freeze({
  circle: raw('<circle cx="7" cy="6" r="4.5" fill="currentColor"/>'),
  triangle: raw('<path d="M7 1.5L12 10.5H2Z" fill="currentColor"/>'),
  square: raw('<rect x="3" y="2" width="8" height="8" fill="currentColor"/>'),
  diamond: raw('<path d="M7 .5L11.5 6L7 11.5L2.5 6Z" fill="currentColor"/>'),
  times: raw('<path d="M3 2L11 10M11 2L3 10" stroke="currentColor" stroke-width="2.4" fill="none"/>'),
});

/** The same quarter under other rules, for the partners that the choice of rule moves most. */
function ruleFigure(context: PageContext, view: View, wins: Wins, credit: Credit): Markup {
  const { currency } = context.settings;
  const partners = [...context.partners.values()].filter((partner) => context.isIn(partner.key, view));
  const data = partners.map((partner) => {
    const values = rules.map((rule) => credit(rule.id, partner.key, view.period));
    return { partner, values, spread: Math.max(...values) - Math.min(...values), most: Math.max(...values) };
  });
  const shown = data
    .filter((row) => row.most > 0)
    .sort((a, b) => b.spread - a.spread || b.most - a.most || (a.partner.name < b.partner.name ? -1 : 1))
    .slice(0, 8);
  const title = headed(view, `the choice of rule in ${quarterLabel(view.period)}`);
  if (shown.length === 0) {
    const touched = wins.touched(view).filter((deal) => deal.class !== "direct");
    return emptyFigure(
      title,
      touched.length === 0
        ? "No won deal of this quarter has a partner, so every rule gives nothing."
        : touched.every((deal) => deal.amount === null)
          ? `No amount is known of the ${counted(touched.length, "deal")} with a partner won in this quarter, so no rule has anything to give.`
          : `The ${counted(touched.length, "deal")} with a partner won in this quarter ${touched.length === 1 ? "has" : "have"} no amount above zero, so no rule has anything to give.`,
    );
  }
  const most = shown[0];
  const hasSpread = most !== undefined && most.spread > 0;
  const marks: DotValue[] = shown.flatMap((row) =>
    rules.map((rule, index) => ({ row: row.partner.name, rule: rule.name, value: row.values[index] ?? 0 })),
  );
  return figure({
    title: hasSpread ? `${title} matters most for ${most?.partner.name ?? "–"}` : `${title} changes nothing`,
    label: `Credited bookings of ${counted(shown.length, "partner")} under five rules in ${quarterLabel(view.period)}; ${hasSpread ? `they differ most for ${most?.partner.name ?? "none"}` : "they all say the same"}`,
    caption: `Credited bookings per partner under five rules, ${currency}. Sourced wins gives a deal to its source, the partner that brought it; first and last touch to the partner that touched it first or last; linear in equal parts to all that touched it; source split gives ${context.settings.inForce["attribution.source_weight"] ?? "a part to the source"}, the rest in equal parts to the others. The longer the line, the more the answer depends on the rule. The eight with the longest lines.`,
    size: "half",
    key: rules.map(
      (rule) =>
        html`<span><svg viewBox="0 0 14 12" aria-hidden="true" color="${rule.colour}">${symbols[rule.symbol] ?? ""}</svg>${rule.name}</span>`,
    ),
    draw: (width) =>
      dots({
        data: marks,
        rows: shown.map((row) => row.partner.name),
        rules,
        format: (value) => formatMoneyShort(value, currency),
        width,
      }),
    data: table({
      id: "rules-data",
      caption: `Credited bookings, ${currency}`,
      noun: "partners",
      search: false,
      empty: "No partners.",
      rows: shown,
      columns: [
        partnerColumn<(typeof shown)[number]>(context, (row) => row.partner.key),
        ...rules.map((rule, index) => ({
          label: rule.name,
          kind: "money" as const,
          value: (row: (typeof shown)[number]) => row.values[index] ?? 0,
        })),
      ],
    }),
  });
}

interface Surety {
  readonly what: string;
  readonly deals: number;
  readonly amount: number;
  readonly share: number | null;
}

function evidence(context: PageContext, view: View, wins: Wins, proof: Proof): Markup {
  const deals = wins.touched(view);
  const sourced = wins.sourced(view);
  const base = sum(sourced);
  const line = (what: string, list: readonly DealEntry[], of: number): Surety => ({
    what,
    deals: list.length,
    amount: sum(list),
    share: of === 0 ? null : sum(list) / of,
  });
  const byProof = (what: string, kind: ReturnType<Proof>): Surety =>
    line(
      what,
      sourced.filter((deal) => proof(deal) === kind),
      base,
    );
  const supported = byProof("A dated claim, and another counted touch of the source", "supported");
  const alone = byProof("A dated claim alone", "dated");
  const byRule = (what: string, rule: string): Surety =>
    line(
      what,
      sourced.filter((deal) => deal.rule === rule),
      base,
    );
  const without = deals.filter((deal) => deal.class !== "direct" && deal.amount === null);
  const both = withBoth(view, wins);
  const unattributed = wins.unattributed(view);
  const apart = [
    ...(both.length === 0 ? [] : [line("Sourced, and helped by another partner", both, base)]),
    ...(sourced.some((deal) => deal.isConflict)
      ? [
          line(
            "Sourced, and claimed by more than one partner",
            sourced.filter((deal) => deal.isConflict),
            base,
          ),
        ]
      : []),
    ...(unattributed.length === 0 ? [] : [line("Direct, though something names a partner", unattributed, 0)]),
    ...(without.length === 0 ? [] : [line("With a partner, without an amount or exchange rate", without, 0)]),
  ];
  const quarter = quarterLabel(view.period);
  const share = base === 0 ? null : (supported.amount + alone.amount) / base;
  const lines = (id: string, caption: string, head: string, rows: readonly Surety[], isSplit: boolean): Markup =>
    table<Surety>({
      id,
      caption,
      noun: "lines",
      search: false,
      empty: "No such deal.",
      rows,
      columns: [
        { label: head, kind: "text", value: (row) => row.what },
        { label: "Deals", kind: "count", value: (row) => row.deals, total: isSplit },
        { label: "Amount", kind: "money", value: (row) => row.amount, total: isSplit },
        { label: "Of sourced", kind: "ratio", value: (row) => row.share, total: isSplit },
      ],
    });
  return section(
    share === null
      ? headed(
          view,
          sourced.length === 0
            ? `nothing sourced to prove in ${quarter}`
            : nothingWon(
                { deals: sourced.length, withAmount: sourced.filter((deal) => deal.amount !== null).length },
                { span: quarter, sum: base, currency: context.settings.currency },
              ),
        )
      : headed(
          view,
          `${formatPercent(share)} of sourced bookings rests on a dated claim, ${formatPercent(supported.amount / base)} on one that another touch supports`,
        ),
    `The sourced deals won in ${quarter}, split twice: by the rule that found their source, and by what stands behind it. A claim without a date is never dated evidence, whatever else is on record; a touch supports a claim when it counts, is the source's own and is none of the claims that decided. Each split adds up to all of them. Deals without an amount are counted but add nothing.`,
    html`${lines(
      "evidence",
      `Sourced deals won in ${quarter} by the rule that found their source, ${context.settings.currency}`,
      "Sourced by",
      [
        byRule("An approved registration", "registration"),
        byRule("A declaration in the CRM", "declared"),
        byRule("An accepted lead", "lead"),
        byRule("An override", "override"),
      ],
      true,
    )}
${lines(
  "evidence-dated",
  `The same deals by the evidence behind the source, ${context.settings.currency}`,
  "Rests on",
  [supported, alone, byProof("A claim without a date", "undated")],
  true,
)}
${apart.length === 0 ? null : lines("evidence-apart", `Worth a look, and no part of a split, ${context.settings.currency}`, "Deals", apart, false)}`,
  );
}

/** The list is stored by quarter and narrowed by its rows; its heading counts what a slice leaves. */
function wonSection(context: PageContext, wins: Wins): Markup {
  const heading = context.words(["period", "slice"], (view) => {
    const rows = wins.partnered(view);
    const quarter = quarterSoFar(context.settings, view.period);
    return rows.length === 0
      ? headed(view, `no deal with a partner was won in ${quarter}`)
      : headed(view, `${counted(rows.length, "deal")} with a partner won in ${quarter}`);
  });
  return section(
    heading,
    "Largest first. Together they are what partners touched. The source was found by the first rule that leaves a partner; a deal that partners only helped has none.",
    context.block(["period"], (view) => wonList(context, view, wins)),
  );
}

/** Deals without credit on which a partner is named: what it takes to be disputed, in all quarters that can be chosen. */
function unattributedSection(
  context: PageContext,
  wins: Wins,
  unattributed: ReadonlyMap<string, Unattributed>,
): Markup {
  const { settings, quarters } = context;
  const since = quarterLabel(quarters[0] ?? context.period);
  const rowsOf = (view: View): readonly DealEntry[] =>
    quarters
      .flatMap((period) => wins.unattributed({ ...view, period }))
      .sort((a, b) => (b.amount ?? -1) - (a.amount ?? -1) || (a.key < b.key ? -1 : 1));
  const heading = context.words(["slice"], (view) => {
    const rows = rowsOf(view);
    return rows.length === 0
      ? headed(view, `no direct deal won since ${since} names a partner`)
      : headed(
          view,
          `${counted(rows.length, "direct deal")} won since ${since} ${rows.length === 1 ? "names" : "name"} a partner, ${formatMoneyShort(sum(rows), settings.currency)} without credit`,
        );
  });
  const namesOf = (deal: DealEntry): string =>
    (unattributed.get(deal.key)?.partnerKeys ?? []).map((key) => context.partners.get(key)?.name ?? key).join(", ");
  return section(
    heading,
    "A partner is named by a claim that its rule turned down or by a touch that does not count; what partners do in a portal is left out. The reason is the override that says so, else that of the first piece of evidence; the explain command has them all. Largest first.",
    table<DealEntry>({
      id: "unattributed-deals",
      caption: `Direct deals that name a partner, ${settings.currency}`,
      noun: "deals",
      empty: html`<b>No such deal.</b> Nothing on the direct deals won since ${since} names a partner.`,
      rows: rowsOf(context.view),
      limit: 60,
      keep: context.keep(),
      scope: (deal) => scopeOf(context, unattributed.get(deal.key)?.partnerKeys[0] ?? null),
      columns: [
        { label: "Deal", kind: "text", value: (deal) => deal.name },
        { label: "Partner named", kind: "text", value: namesOf },
        {
          label: "Why it has no credit",
          kind: "text",
          wide: true,
          value: (deal) => unattributed.get(deal.key)?.reason ?? null,
        },
        { label: "Owner", kind: "text", value: (deal) => deal.owner, facet: true },
        { label: "Closed", kind: "date", value: (deal) => deal.closedOn },
        { label: "Amount", kind: "money", value: (deal) => deal.amount, total: true },
        { label: "Source id", kind: "key", value: (deal) => deal.key },
      ],
    }),
    "all quarters",
  );
}

function wonList(context: PageContext, view: View, wins: Wins): Markup {
  const { settings } = context;
  return table<DealEntry>({
    id: "won-deals",
    caption: `Won deals, ${settings.currency}`,
    noun: "deals",
    empty: html`<b>No deals.</b> Nothing with a partner has been won in ${quarterLabel(view.period)} by ${settings.asOf}.`,
    rows: wins.partnered({ ...view, slice: "program", sliceKey: "all" }),
    limit: 60,
    keep: context.keep(view.period),
    scope: (deal) => scopeOf(context, deal.partnerKey),
    columns: [
      { label: "Deal", kind: "text", value: (deal) => deal.name },
      {
        label: "Class",
        kind: "text",
        value: (deal) => (deal.class === "influenced" ? "influenced only" : deal.class),
        facet: true,
      },
      partnerColumn(context, (deal) => deal.partnerKey),
      { label: "Sourced by", kind: "text", value: (deal) => ruleWords(deal.rule), facet: true },
      { label: "Segment", kind: "text", value: (deal) => deal.segment, facet: true },
      { label: "Owner", kind: "text", value: (deal) => deal.owner, facet: true },
      { label: "Closed", kind: "date", value: (deal) => deal.closedOn },
      { label: "Amount", kind: "money", value: (deal) => deal.amount, total: true },
      { label: "Source id", kind: "key", value: (deal) => deal.key },
    ],
  });
}
