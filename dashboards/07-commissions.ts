import {
  formatCount,
  formatDate,
  formatMoneyShort,
  formatPercent,
  formatPercentagePoints,
} from "../src/metrics/format.ts";
import { daysBefore, lastPeriods, periodOf, spanOf } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import type { BridgeStep } from "../src/reports/charts/bridge.ts";
import { rankedBars } from "../src/reports/charts/ranked-bars.ts";
import type { StackSeries } from "../src/reports/charts/stacked-bars.ts";
import {
  type CommissionState,
  commissionStates,
  type States,
  type Stretch,
  statesOf,
  stretchesOf,
} from "../src/reports/commission-states.ts";
import {
  headed,
  isRunning,
  type PageContext,
  quarterLabel,
  quarterSoFar,
  type View,
  whose,
} from "../src/reports/context.ts";
import { emptyFigure, figure, section } from "../src/reports/figure.ts";
import { html, type Markup } from "../src/reports/html.ts";
import { partnerColumn, partnerName, scopeOf } from "../src/reports/links.ts";
import { moneyBridge } from "../src/reports/money-bridge.ts";
import { groupBy, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { dateIn, daysSince } from "../src/reports/partners.ts";
import { major } from "../src/reports/settings.ts";
import { bySlice, once } from "../src/reports/sliced.ts";
import { table } from "../src/reports/table.ts";
import { counted } from "../src/reports/words.ts";

// Money that was collected longer ago than this is no longer looked through for a commission that is missing.
const checkedDays = 365;

export const page = definePage({
  id: "commissions",
  title: "Commissions",
  question: "What do we owe, why, and does it tie to paid invoices?",
  group: "Revenue",
  order: 7,
  filters: ["period", "slice"],
  render: async (context) => {
    const plans = await context.db.selectFrom("config.commission_plan").select("name").orderBy("position").execute();
    const entries = await readEntries(context);
    if (entries.length === 0 && plans.length === 0) {
      return {
        finding: "No commission plan is configured",
        lead: "What partners earn, are owed and were paid is worked out from the list commissions in the configuration, from collected revenue and from payouts.",
        body: html`<p class="empty"><b>Nothing to show.</b> Add a plan under <code>commissions</code> in <code>attributary.yaml</code>, for example <code>{ name: referral, partner_type: referral, rate: 10 }</code>, and refresh. Payouts come from the entity payouts of a file drop.</p>`,
      };
    }
    const balances = readBalances(context, entries);
    const ledgers = ledgersBySlice(context, entries);
    const states = statesBySlice(context, entries);
    const unearned = await readUnearned(context);
    return {
      finding: context.words(["slice"], (view) => finding(context, view, balances)),
      lead: html`Commission is earned on collected revenue of sourced deals and payable after the plan's hold; refunds reverse it. Owed is what is past its hold, less what was paid. ${context.words(["period", "slice"], (view) => effectiveRate(context, view))} ${plansWords(plans.length)}`,
      body: html`${context.block(["period", "slice"], (view) =>
        cards(context, view, [
          {
            id: "commission_owed",
            note: overdueWords(context, view, balances),
            spans: "payable by now, since the ledger began",
          },
          { id: "commission_held", note: nextWords(context, view, balances) },
          { id: "commission_earned" },
          { id: "commission_paid" },
          { id: "commission_reversed" },
        ]),
      )}
<div class="columns columns-2">${context.block(["period", "slice"], (view) => ledgerBridge(context, view, ledgers))}
${context.block(["slice"], (view) => aging(context, view, balances))}</div>
${context.block(["period", "slice"], (view) => stateTable(context, view, states))}
${context.block(["slice"], (view) => ledgerByQuarter(context, view, ledgers))}
${balanceList(context, balances)}
${aheadList(context, balances)}
${unearnedList(context, unearned)}`,
    };
  },
});

/** How many plans there are; without any, payouts stand alone and every balance is below zero. */
function plansWords(plans: number): Markup {
  if (plans > 0) return html`${counted(plans, "plan is", "plans are")} configured.`;
  return html`<b>No plan is configured, so nothing is earned and every payout counts as paid ahead:</b> add the plans under <code>commissions</code> in <code>attributary.yaml</code> and refresh.`;
}

/** Entries of one partner, kind and pair of dates, added up, in major units. */
interface Entry {
  readonly partnerKey: string;
  readonly kind: string;
  readonly on: string;
  readonly quarter: string;
  readonly payableOn: string;
  readonly amount: number;
  /** How many entries it is. */
  readonly entries: number;
}

async function readEntries(context: PageContext): Promise<readonly Entry[]> {
  const { settings } = context;
  const rows = await context.db
    .selectFrom("marts.fct_commission")
    .select([
      "partner_key",
      "kind",
      "entry_on",
      "payable_on",
      (field) => field.fn.sum<number>("amount_minor").as("minor"),
      (field) => field.fn.countAll<number>().as("entries"),
    ])
    .groupBy(["partner_key", "kind", "entry_on", "payable_on"])
    .orderBy("payable_on")
    .orderBy("entry_on")
    .execute();
  return rows.map((row) => ({
    partnerKey: row.partner_key,
    kind: row.kind,
    on: row.entry_on,
    quarter: periodOf("quarter", row.entry_on, settings.fiscalYearStart),
    payableOn: row.payable_on,
    amount: major(row.minor, settings) ?? 0,
    entries: Number(row.entries),
  }));
}

/** How old what is owed is, in days since it became payable. */
const ages = Object.freeze([
  { name: "up to 30 days", from: 0, to: 30 },
  { name: "31 to 60 days", from: 31, to: 60 },
  { name: "61 to 90 days", from: 61, to: 90 },
  { name: "over 90 days", from: 91, to: Number.POSITIVE_INFINITY },
]);

/** What stands between the program and one partner on the as-of date, in major units. */
interface Balance {
  readonly partnerKey: string;
  readonly owed: number;
  readonly held: number;
  /** All that was ever earned, before payouts and reversals. */
  readonly earned: number;
  /** Owed by age, in the order of `ages`; payouts and reversals are set against the oldest earned commission first. */
  readonly byAge: readonly number[];
  /** When the oldest commission that is still owed became payable. */
  readonly owedSince: string | null;
  /** When the next held commission becomes payable. */
  readonly nextOn: string | null;
  readonly lastPaidOn: string | null;
}

// Amounts are exact in minor units; adding them up as fractions would leave dust behind.
function rounded(amount: number): number {
  return Math.round(amount * 1000) / 1000;
}

function readBalances(context: PageContext, entries: readonly Entry[]): readonly Balance[] {
  const { asOf } = context.settings;
  return [...groupBy(entries, (entry) => entry.partnerKey)].map(([partnerKey, list]) => {
    const due = list.filter((entry) => entry.payableOn <= asOf);
    const later = list.filter((entry) => entry.payableOn > asOf);
    let settled = -total(
      due.filter((entry) => entry.amount < 0),
      (entry) => entry.amount,
    );
    const byAge = ages.map(() => 0);
    let owedSince: string | null = null;
    for (const entry of due.filter((one) => one.amount > 0)) {
      const left = rounded(Math.max(0, entry.amount - settled));
      settled = Math.max(0, settled - entry.amount);
      if (left === 0) continue;
      owedSince ??= entry.payableOn;
      const days = daysSince(entry.payableOn, asOf) ?? 0;
      const place = ages.findIndex((age) => days >= age.from && days <= age.to);
      byAge[place] = rounded((byAge[place] ?? 0) + left);
    }
    return {
      partnerKey,
      owed: rounded(total(due, (entry) => entry.amount)),
      held: rounded(total(later, (entry) => entry.amount)),
      earned: rounded(
        total(
          list.filter((entry) => entry.kind === "earned"),
          (entry) => entry.amount,
        ),
      ),
      byAge,
      owedSince,
      nextOn: later.find((entry) => entry.amount > 0)?.payableOn ?? null,
      lastPaidOn: list.findLast((entry) => entry.kind === "paid")?.on ?? null,
    };
  });
}

function inView<Row extends { readonly partnerKey: string }>(
  context: PageContext,
  view: View,
  rows: readonly Row[],
): readonly Row[] {
  return rows.filter((row) => context.isIn(row.partnerKey, view));
}

function finding(context: PageContext, view: View, balances: readonly Balance[]): string {
  const mine = inView(context, view, balances);
  const owed = mine.filter((one) => one.owed > 0);
  const net = context.metric("commission_owed", view);
  if (mine.length === 0) return headed(view, "no commission has been earned yet");
  if (owed.length === 0 || (net.value ?? 0) <= 0) return headed(view, "nothing is owed in sum today");
  return headed(view, `${net.card} is owed; ${counted(owed.length, "partner waits", "partners wait")} for it`);
}

function effectiveRate(context: PageContext, view: View): string {
  const earned = context.metric("commission_earned", view);
  const collected = context.metric("sourced_collected", view);
  const quarter = quarterSoFar(context.settings, view.period);
  if (collected.value === null || collected.value <= 0 || earned.value === null) {
    return `Nothing sourced was collected in ${quarter}.`;
  }
  const { currency } = context.settings;
  const net = earned.value - (context.metric("commission_reversed", view).value ?? 0);
  return `In ${quarter} ${formatMoneyShort(net, currency)} of commission after reversals stands against ${collected.card} of sourced revenue after refunds, an effective rate of ${formatPercent(net / collected.value)}, net over net${rateBefore(context, view, net / collected.value)}.`;
}

/** The same rate of the quarter before, to the same day while this one runs. */
function rateBefore(context: PageContext, view: View, rate: number): string {
  const before = (id: string): number => {
    const { kind, difference } = context.compareWith(id, view, "prior");
    return kind === "new" ? 0 : (context.metric(id, view).value ?? 0) - (difference ?? 0);
  };
  const collected = before("sourced_collected");
  const { quarterBefore } = stretchesOf(context.settings, view.period);
  if (collected <= 0) return `; nothing sourced was collected in ${quarterBefore.name} to compare it with`;
  const then = (before("commission_earned") - before("commission_reversed")) / collected;
  return `; it was ${formatPercent(then)} in ${quarterBefore.name}, ${formatPercentagePoints(rate - then)}`;
}

function overdueWords(context: PageContext, view: View, balances: readonly Balance[]): string {
  const { currency } = context.settings;
  const mine = inView(context, view, balances);
  const old = total(mine, (one) => total(one.byAge.slice(1), (part) => part));
  const ahead = -total(
    mine.filter((one) => one.owed < 0),
    (one) => one.owed,
  );
  const said = `${formatMoneyShort(old, currency)} payable for more than 30 days`;
  return ahead === 0 ? said : `${said}; ${formatMoneyShort(ahead, currency)} paid ahead is taken off`;
}

function nextWords(context: PageContext, view: View, balances: readonly Balance[]): string {
  const next = inView(context, view, balances)
    .flatMap((one) => (one.nextOn === null ? [] : [one.nextOn]))
    .sort()[0];
  return next === undefined ? "nothing is inside its hold" : `the first of it is payable on ${formatDate(next)}`;
}

interface Ledger {
  readonly quarter: string;
  readonly opening: number;
  readonly earned: number;
  readonly reversed: number;
  readonly paid: number;
  readonly closing: number;
}

type Ledgers = (view: View, quarter: string) => Ledger;

/** Each quarter's ledger of a view: what stood before it, and its signed entries by kind. Added up once for all choices. */
function ledgersBySlice(context: PageContext, entries: readonly Entry[]): Ledgers {
  const pick = bySlice(context, entries, (entry) => [entry.partnerKey]);
  const sums = once((rows: readonly Entry[]) => {
    const quarters = new Map<string, Map<string, number>>();
    for (const entry of rows) {
      const kinds = quarters.get(entry.quarter) ?? new Map<string, number>();
      quarters.set(entry.quarter, kinds.set(entry.kind, (kinds.get(entry.kind) ?? 0) + entry.amount));
    }
    return quarters;
  });
  return (view, quarter) => {
    const quarters = sums(pick(view));
    const of = (kind: string): number => rounded(quarters.get(quarter)?.get(kind) ?? 0);
    const opening = rounded(
      total([...quarters], ([earlier, kinds]) => (earlier < quarter ? total([...kinds.values()], (sum) => sum) : 0)),
    );
    const [earned, reversed, paid] = [of("earned"), of("reversed"), of("paid")];
    return { quarter, opening, earned, reversed, paid, closing: rounded(opening + earned + reversed + paid) };
  };
}

function ledgerBridge(context: PageContext, view: View, ledgers: Ledgers): Markup {
  const { currency, fiscalYearStart } = context.settings;
  const ledger = ledgers(view, view.period);
  const quarter = quarterSoFar(context.settings, view.period);
  const title = `Commission ledger of ${quarter}`;
  if (ledger.opening === 0 && ledger.earned === 0 && ledger.reversed === 0 && ledger.paid === 0) {
    return emptyFigure(
      headed(view, `no commission stood or moved in ${quarter}`),
      "The first entry comes with the first payment on a won deal that a commission plan covers.",
    );
  }
  const running = isRunning(context.settings, view.period);
  const steps: readonly BridgeStep[] = [
    { name: "Opening", value: ledger.opening, kind: "total" },
    { name: "Earned", value: ledger.earned, kind: "change", isNeutral: true },
    { name: "Reversed", value: ledger.reversed, kind: "change" },
    { name: "Paid", value: ledger.paid, kind: "change", isNeutral: true },
    { name: running ? "Closing so far" : "Closing", value: ledger.closing, kind: "total" },
  ];
  const change = ledger.closing - ledger.opening;
  const short = (value: number): string => formatMoneyShort(value, currency);
  const { startsOn, endsOn } = spanOf("quarter", view.period, fiscalYearStart);
  const state = running
    ? html` The closing amount is what is owed, ${context.metric("commission_owed", view).card}, and what is inside its hold, ${context.metric("commission_held", view).card}.`
    : null;
  return figure({
    title:
      change === 0
        ? headed(view, `the ledger closes ${quarter} where it opened`)
        : headed(
            view,
            `${short(Math.abs(change))} ${change > 0 ? "more" : "less"} is open than when ${quarterLabel(view.period)} began`,
          ),
    label: `${title}: ${steps.map((step) => `${step.name} ${short(step.value)}`).join(", ")}`,
    caption: html`Opening + earned − reversed − paid = closing, ${currency}, by the date of the entry, from ${formatDate(startsOn)} to ${running ? "now" : formatDate(endsOn)}; owed and held together.${state}`,
    size: "half",
    ...moneyBridge({ id: "bridge-data", caption: `${title}, ${currency}`, steps, currency }),
  });
}

const ageLooks: readonly StackSeries[] = [
  { name: "Payable", fill: "var(--sourced)" },
  { name: "Inside its hold", fill: "var(--direct)", stroke: "var(--direct-line)" },
];

type StatesAt = (view: View, stretch: Stretch) => States;

/** What became of commission in a stretch of days, each of them added up once for a slice. */
function statesBySlice(context: PageContext, entries: readonly Entry[]): StatesAt {
  const pick = bySlice(context, entries, (entry) => [entry.partnerKey]);
  const kept = once((_rows: readonly Entry[]) => new Map<string, States>());
  return (view, stretch) => {
    const rows = pick(view);
    const known = kept(rows);
    const key = `${stretch.from} ${stretch.to}`;
    const found = known.get(key) ?? statesOf(rows, stretch);
    known.set(key, found);
    return found;
  };
}

const stateWords: Readonly<Record<CommissionState, string>> = Object.freeze({
  new: "New: earned",
  approved: "Approved: past its hold",
  declined: "Declined: taken back",
  paid: "Paid out",
  held: "Held at the end",
});

interface StateRow {
  readonly state: CommissionState;
  readonly entries: number;
  readonly now: number;
  readonly before: number;
  readonly month: number;
  readonly monthBefore: number;
}

function stateTable(context: PageContext, view: View, states: StatesAt): Markup {
  const { currency } = context.settings;
  const { quarter, quarterBefore, month, monthBefore } = stretchesOf(context.settings, view.period);
  const at = (stretch: Stretch, state: CommissionState): number => rounded(states(view, stretch)[state].amount);
  const rows = commissionStates.map(
    (state): StateRow => ({
      state,
      entries: states(view, quarter)[state].entries,
      now: at(quarter, state),
      before: at(quarterBefore, state),
      month: at(month, state),
      monthBefore: at(monthBefore, state),
    }),
  );
  const short = (value: number): string => formatMoneyShort(value, currency);
  return section(
    headed(
      view,
      `${short(at(quarter, "approved"))} came past its hold and ${short(at(quarter, "paid"))} was paid in ${quarter.name}`,
    ),
    `What became of commission in ${quarter.name}, against ${quarterBefore.name}; and in ${month.name}, against ${monthBefore.name}. New is what payments earned; approved is what came past its hold, whenever it was earned; declined is what refunds and lost disputes took back; held is what had not come past its hold at the end of each. One entry may be new and approved in one quarter, so the lines do not add up.`,
    table<StateRow>({
      id: "states",
      caption: `Commission by what became of it, ${currency}`,
      noun: "states",
      search: false,
      empty: "No states.",
      rows,
      columns: [
        { label: "State", kind: "text", value: (row) => stateWords[row.state] },
        { label: "Entries", kind: "count", value: (row) => row.entries },
        { label: quarter.name, kind: "money", value: (row) => row.now },
        { label: quarterBefore.name, kind: "money", value: (row) => row.before },
        { label: "Change", kind: "money", signed: true, value: (row) => row.now - row.before },
        { label: month.name, kind: "money", value: (row) => row.month },
        { label: monthBefore.name, kind: "money", value: (row) => row.monthBefore },
      ],
    }),
  );
}

function aging(context: PageContext, view: View, balances: readonly Balance[]): Markup {
  const { currency, asOf } = context.settings;
  const mine = inView(context, view, balances);
  const rows = [
    ...ages.map((age, place) => ({
      name: age.name,
      look: "Payable",
      amount: rounded(total(mine, (one) => one.byAge[place] ?? 0)),
      partners: mine.filter((one) => (one.byAge[place] ?? 0) > 0).length,
    })),
    {
      name: "not yet payable",
      look: "Inside its hold",
      amount: rounded(total(mine, (one) => Math.max(0, one.held))),
      partners: mine.filter((one) => one.held > 0).length,
    },
  ];
  const title = "Open commission by age";
  if (rows.every((row) => row.amount === 0)) {
    const ahead = formatMoneyShort(-total(mine, (one) => Math.min(0, one.owed)), currency);
    const settled = mine.some((one) => one.earned > 0)
      ? "Everything that was earned has been paid or reversed"
      : "Nothing has been earned yet";
    return emptyFigure(
      headed(view, "no commission is open"),
      mine.some((one) => one.owed < 0) ? `${settled}, and ${ahead} was paid ahead.` : `${settled}.`,
    );
  }
  const old = total(rows.slice(1, ages.length), (row) => row.amount);
  const short = (value: number): string => formatMoneyShort(value, currency);
  return figure({
    title:
      old === 0
        ? headed(view, "nothing has been payable for more than 30 days")
        : headed(view, `${short(old)} has been payable for more than 30 days`),
    label: `${title}: ${rows.map((row) => `${row.name} ${short(row.amount)}`).join(", ")}`,
    caption: `Commission by the days since it became payable, ${currency}, on ${formatDate(asOf)}. Payouts and reversals are set against each partner's oldest commission first; partners that were paid ahead have nothing here and stand in a list of their own.`,
    scope: "as of now",
    size: "half",
    draw: (width) =>
      rankedBars({
        data: rows.map((row) => ({ bar: row.name, series: row.look, value: row.amount })),
        rows: rows.map((row) => row.name),
        series: ageLooks,
        format: short,
        width,
      }),
    data: table<(typeof rows)[number]>({
      id: "aging-data",
      caption: `${title}, ${currency}`,
      noun: "ages",
      search: false,
      empty: "Nothing is open.",
      rows,
      columns: [
        { label: "Payable for", kind: "text", value: (row) => row.name },
        { label: "Amount", kind: "money", value: (row) => row.amount, total: true },
        { label: "Partners", kind: "count", value: (row) => row.partners },
      ],
    }),
  });
}

function ledgerByQuarter(context: PageContext, view: View, ledgers: Ledgers): Markup {
  const { currency } = context.settings;
  const rows = lastPeriods("quarter", context.period, context.quarters.length)
    .map((quarter) => ledgers(view, quarter))
    .filter((row) => row.opening !== 0 || row.closing !== 0 || row.earned !== 0);
  const paid = -total(rows, (row) => row.paid);
  const net = total(rows, (row) => row.earned + row.reversed);
  const opening = rows[0]?.opening ?? 0;
  const less = rows.some((row) => row.reversed !== 0) ? " less reversals" : "";
  const short = (value: number): string => formatMoneyShort(value, currency);
  return section(
    rows.length === 0 || net <= 0
      ? headed(view, `nothing earned in ${counted(context.quarters.length, "quarter")}`)
      : headed(view, `${short(net)} earned${less} and ${short(paid)} paid in ${counted(rows.length, "quarter")}`),
    rows.length === 0
      ? null
      : `${short(opening)} was open when ${quarterLabel(rows[0]?.quarter ?? context.period)} began; with what was earned, reversed and paid since, ${short(rows.at(-1)?.closing ?? 0)} is open now. Each quarter opens where the one before closed. Reversed and paid are negative.`,
    table<Ledger>({
      id: "ledger-by-quarter",
      caption: `Commission ledger by quarter, ${currency}`,
      noun: "quarters",
      search: false,
      empty: html`<b>No entries</b> in these quarters.`,
      rows,
      columns: [
        { label: "Quarter", kind: "text", value: (row) => quarterSoFar(context.settings, row.quarter) },
        { label: "Opening", kind: "money", value: (row) => row.opening },
        { label: "Earned", kind: "money", value: (row) => row.earned, total: true },
        { label: "Reversed", kind: "money", value: (row) => row.reversed, total: true },
        { label: "Paid", kind: "money", value: (row) => row.paid, total: true },
        { label: "Closing", kind: "money", value: (row) => row.closing },
      ],
    }),
    "all quarters",
  );
}

function balanceList(context: PageContext, balances: readonly Balance[]): Markup {
  const { settings } = context;
  const rows = balances
    .filter((one) => one.owed !== 0 || one.held !== 0)
    .toSorted((a, b) => b.owed - a.owed || b.held - a.held || (a.partnerKey < b.partnerKey ? -1 : 1));
  const heading = (view: View): string => {
    const mine = inView(context, view, rows).filter((one) => one.owed > 0);
    const first = mine[0];
    if (first === undefined) return headed(view, "nobody is owed anything today");
    return `${whose(view)}${partnerName(context, first.partnerKey) ?? "–"} is owed most: ${formatMoneyShort(first.owed, settings.currency)}`;
  };
  return section(
    context.words(["slice"], heading),
    "What each partner is owed today, negative where it was paid ahead, and what is still inside its hold. A partner's page lists its newest entries, each with the payment behind it, and adds up all of them.",
    table<Balance>({
      id: "balances",
      caption: `Open commission by partner, ${settings.currency}`,
      noun: "partners",
      empty: html`<b>Nobody.</b> No commission is owed or held.`,
      rows,
      limit: 150,
      keep: context.keep(),
      scope: (one) => scopeOf(context, one.partnerKey),
      columns: [
        partnerColumn(context, (one) => one.partnerKey),
        {
          label: "Manager",
          kind: "text",
          value: (one) => context.partners.get(one.partnerKey)?.manager ?? null,
          facet: true,
        },
        { label: "Owed", kind: "money", value: (one) => one.owed, total: true },
        {
          label: "Over 30 days",
          kind: "money",
          value: (one) => rounded(total(one.byAge.slice(1), (part) => part)),
          total: true,
        },
        { label: "Owed since", kind: "date", value: (one) => one.owedSince },
        { label: "Days", kind: "days", value: (one) => daysSince(one.owedSince, settings.asOf) },
        { label: "Held", kind: "money", value: (one) => one.held, total: true },
        { label: "Next payable", kind: "date", value: (one) => one.nextOn },
        { label: "Last paid", kind: "date", value: (one) => one.lastPaidOn },
        { label: "Source id", kind: "key", value: (one) => one.partnerKey },
      ],
    }),
    "as of now",
  );
}

interface Unearned {
  readonly partnerKey: string;
  readonly deal: string;
  readonly dealKey: string;
  readonly invoiceKey: string | null;
  readonly cashKey: string;
  readonly on: string;
  /** Null without an exchange rate for the day of the payment. */
  readonly collected: number | null;
  readonly why: string;
}

/** Payments on won sourced deals that earned nobody anything, newest ones of a year. */
async function readUnearned(context: PageContext): Promise<readonly Unearned[]> {
  const { settings, db } = context;
  const since = new Date(`${daysBefore(settings.asOf, checkedDays)}T00:00:00Z`);
  const earned = await db
    .selectFrom("marts.fct_commission")
    .select(["cash_key", "deal_key", "partner_key"])
    .where("kind", "=", "earned")
    .execute();
  const cashKeys = new Set(earned.map((row) => row.cash_key));
  const dealKeys = new Set(earned.map((row) => row.deal_key));
  const rows = await db
    .selectFrom("marts.fct_cash as cash")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "cash.deal_key")
    .select([
      "cash.cash_key",
      "cash.invoice_key",
      "cash.occurred_at",
      "cash.collected_reporting_minor",
      "deal.deal_key",
      "deal.name",
      "deal.account_name",
      "deal.closed_on",
      "deal.source_partner_key",
    ])
    .where("cash.kind", "=", "payment")
    .where("cash.occurred_at", ">=", since)
    .where((where) =>
      where.or([
        where("cash.collected_reporting_minor", ">", 0),
        where.and([where("cash.collected_reporting_minor", "is", null), where("cash.collected_minor", ">", 0)]),
      ]),
    )
    .where("deal.state", "=", "won")
    .where("deal.source_partner_key", "is not", null)
    .execute();
  return rows
    .filter((row) => !cashKeys.has(row.cash_key))
    .map((row) => ({
      partnerKey: row.source_partner_key ?? "",
      deal: row.name ?? row.account_name ?? row.deal_key,
      dealKey: row.deal_key,
      invoiceKey: row.invoice_key,
      cashKey: row.cash_key,
      on: dateIn(row.occurred_at, settings.timezone),
      collected: major(row.collected_reporting_minor, settings),
      why:
        row.collected_reporting_minor === null
          ? "there is no exchange rate for its day"
          : dealKeys.has(row.deal_key)
            ? "the plan's months are over, or its fixed sum is earned"
            : row.closed_on === null
              ? "the deal has no close date"
              : "no plan matches the deal, or none has a rate for the tier",
    }))
    .sort((a, b) => (b.collected ?? 0) - (a.collected ?? 0) || (a.cashKey < b.cashKey ? -1 : 1));
}

function unearnedList(context: PageContext, rows: readonly Unearned[]): Markup {
  const { currency } = context.settings;
  const heading = (view: View): string => {
    const mine = inView(context, view, rows);
    if (mine.length === 0) return headed(view, "every payment on a sourced deal earned its commission");
    const money = total(mine, (row) => row.collected);
    const unknown = mine.filter((row) => row.collected === null).length;
    const beside =
      unknown === 0 ? "" : ` on ${formatCount(mine.length - unknown)} of them and ${unknown} without an exchange rate`;
    return headed(
      view,
      `${counted(mine.length, "payment")} on sourced deals earned no commission, ${formatMoneyShort(money, currency)} collected${beside}`,
    );
  };
  // Many payments of one partner are one question, not many.
  const most = (view: View): string => {
    const mine = inView(context, view, rows);
    const [first] = [...groupBy(mine, (row) => row.partnerKey).values()].sort((a, b) => b.length - a.length);
    if (first === undefined || mine.length < 3 || first.length < mine.length / 3) return "";
    const name = partnerName(context, first[0]?.partnerKey ?? null) ?? "–";
    return ` ${formatCount(first.length)} of the ${formatCount(mine.length)} are ${name}'s.`;
  };
  return section(
    context.words(["slice"], heading),
    html`Paid invoices of won sourced deals without an earned entry, largest first: a missing plan, a plan that has run its course, or a missing exchange rate. The other way round cannot be: every earned entry has its payment.${context.words(["slice"], most)}`,
    table<Unearned>({
      id: "without-commission",
      caption: `Payments of the last ${checkedDays} days without a commission, ${currency}`,
      noun: "payments",
      empty: html`<b>None.</b> Each payment of the last ${checkedDays} days on a sourced deal has its commission.`,
      rows,
      limit: 120,
      keep: context.keep(),
      scope: (row) => scopeOf(context, row.partnerKey),
      columns: [
        { label: "Deal", kind: "text", value: (row) => row.deal },
        partnerColumn(context, (row) => row.partnerKey),
        { label: "Why", kind: "text", wide: true, value: (row) => row.why, facet: true },
        { label: "Paid on", kind: "date", value: (row) => row.on },
        { label: "Collected", kind: "money", value: (row) => row.collected, total: true },
        { label: "Invoice", kind: "key", value: (row) => row.invoiceKey },
        { label: "Deal's source id", kind: "key", value: (row) => row.dealKey },
      ],
    }),
    "last 12 months",
  );
}

function aheadList(context: PageContext, balances: readonly Balance[]): Markup {
  const { currency } = context.settings;
  const rows = balances
    .filter((one) => one.owed < 0)
    .toSorted((a, b) => a.owed - b.owed || (a.partnerKey < b.partnerKey ? -1 : 1));
  const heading = (view: View): string => {
    const mine = inView(context, view, rows);
    if (mine.length === 0) return headed(view, "nobody was paid more than was payable");
    const money = -total(mine, (one) => one.owed);
    return headed(
      view,
      `${counted(mine.length, "partner was", "partners were")} paid ${formatMoneyShort(money, currency)} more than was payable`,
    );
  };
  return section(
    context.words(["slice"], heading),
    "Payouts and reversals above what was earned and past its hold: to be set against the next statement, or a payout whose invoice is missing.",
    table<Balance>({
      id: "paid-ahead",
      caption: `Partners paid ahead, ${currency}`,
      noun: "partners",
      empty: html`<b>Nobody.</b> No partner's payouts are above its payable commission.`,
      rows,
      limit: 60,
      keep: context.keep(),
      scope: (one) => scopeOf(context, one.partnerKey),
      columns: [
        partnerColumn(context, (one) => one.partnerKey),
        { label: "Manager", kind: "text", value: (one) => context.partners.get(one.partnerKey)?.manager ?? null },
        { label: "Paid ahead", kind: "money", value: (one) => -one.owed, total: true },
        { label: "Held", kind: "money", value: (one) => one.held, total: true },
        { label: "Last paid", kind: "date", value: (one) => one.lastPaidOn },
        { label: "Source id", kind: "key", value: (one) => one.partnerKey },
      ],
    }),
    "as of now",
  );
}
