import { formatCard, formatCount, formatMoneyShort, formatPercent, formatWholePercent } from "../src/metrics/format.ts";
import { dayOfPeriod, shiftPeriod, spanOf } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import { bullet } from "../src/reports/charts/bullet.ts";
import { changeBar } from "../src/reports/charts/change-bar.ts";
import {
  headed,
  isRunning,
  type MetricValue,
  type PageContext,
  quarterLabel,
  quarterSoFar,
  type View,
  whose,
} from "../src/reports/context.ts";
import { readDeals } from "../src/reports/deals.ts";
import { type EarlierState, readEarlierActive } from "../src/reports/earlier-days.ts";
import { section } from "../src/reports/figure.ts";
import { type Fragment, html, type Markup } from "../src/reports/html.ts";
import { partnerColumn, partnerLink, scopeOf } from "../src/reports/links.ts";
import { moneyBars } from "../src/reports/money-bars.ts";
import { total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { readPartnerValues } from "../src/reports/partner-values.ts";
import { daysSince } from "../src/reports/partners.ts";
import { major } from "../src/reports/settings.ts";
import { table } from "../src/reports/table.ts";
import { counted, sentenceCase, signedMoney } from "../src/reports/words.ts";

export const page = definePage({
  id: "overview",
  title: "Overview",
  question: "Are we on target, better than last year, what moved, and what needs a decision?",
  group: "Decide",
  order: 1,
  filters: ["period", "slice"],
  moments: true,
  render: async (context) => {
    const changes = await readChanges(context);
    const decisions = await readDecisions(context);
    const earlierActive = await readEarlierActive(context);
    return {
      finding: context.block(["period", "slice"], (view) => html`${finding(context, view)}`),
      lead: context.block(["period", "slice"], (view) => html`${lead(context, view)}`),
      body: html`${context.block(["period", "slice"], (view) => headCards(context, view, earlierActive))}
${moneyBars(context, "collected", "collected-by-quarter")}
${context.block(["period", "slice"], (view) => whatChanged(context, view, changes))}
${decisionsList(context, decisions)}`,
    };
  },
});

function finding(context: PageContext, view: View): string {
  const now = context.metric("sourced_collected", view);
  if (now.value === 0 && now.n === 0)
    return headed(view, `nothing sourced was collected in ${quarterSoFar(context.settings, view.period)}`);
  const said = context.compareWith("sourced_collected", view, "prior");
  const words = (): string => {
    switch (said.kind) {
      case "change":
        return `sourced revenue is ${said.words}`;
      case "no_change":
        return `sourced revenue is level with ${quarterLabel(shiftPeriod("quarter", view.period, -1))}`;
      case "new":
        return `sourced revenue is new in ${quarterLabel(view.period)}`;
      case "no_data":
      case "not_comparable":
        return `sourced revenue is ${now.card}`;
    }
  };
  return headed(view, words());
}

function lead(context: PageContext, view: View): string {
  const { currency } = context.settings;
  const sourced = context.metric("sourced_collected", view);
  const influenced = context.metric("influenced_collected", view);
  const target = context.target("sourced_bookings", view);
  const booked = context.metric("sourced_bookings", view);
  const all = context.metric("total_collected", { ...view, slice: "program", sliceKey: "all" });
  const isNone = all.n === 0 && [all, sourced, influenced].every((one) => one.value === 0);
  const cash =
    view.slice === "program"
      ? isNone
        ? `Nothing was collected in ${quarterSoFar(context.settings, view.period)}.`
        : `${sourced.card} of ${all.card} collected came from deals a partner brought, ${influenced.card} more from deals partners only helped.`
      : `${sourced.card} was collected on deals these partners brought.`;
  const plan =
    target === null || target === 0
      ? ""
      : ` Sourced bookings stand at ${booked.card}, ${formatWholePercent((booked.value ?? 0) / target)} of the ${formatMoneyShort(target, currency)} target.`;
  return `${paceWords(context, view)}${cash}${plan}`;
}

/** What was collected against its target, and in a running quarter against the share of its days that are gone; empty where there is no target. */
function paceWords(context: PageContext, view: View): string {
  const { settings } = context;
  const collected = context.metric("sourced_collected", view);
  const target = context.target("sourced_collected", view);
  if (target === null || target <= 0) return "";
  const reached = (collected.value ?? 0) / target;
  const said = `Sourced revenue collected is ${formatPercent(reached)} of its ${formatMoneyShort(target, settings.currency)} target`;
  if (reached >= 1) return `${said}: the target is met. `;
  if (!isRunning(settings, view.period)) return `${said}: the target was missed. `;
  const { day, days } = dayOfPeriod(spanOf("quarter", view.period, settings.fiscalYearStart), settings.asOf);
  const gone = day / days;
  const level = formatPercent(reached) === formatPercent(gone);
  return `${said} on day ${day} of ${days}, when ${formatPercent(gone)} of the quarter is gone: ${level ? "on" : reached > gone ? "ahead of" : "behind"} an even pace. `;
}

function headCards(context: PageContext, view: View, earlierActive: EarlierState): Markup {
  const next = shiftPeriod("quarter", context.period, 1);
  const direct = context.metric("direct_win_rate", { period: view.period, slice: "program" });
  return cards(context, view, [
    { id: "sourced_collected" },
    {
      id: "influenced_collected",
      note:
        view.slice === "program"
          ? "deals that partners helped and none brought"
          : "deals they helped and did not bring",
    },
    {
      id: "sourced_share",
      note: shareOfCash(context, view),
    },
    {
      id: "pipeline_coverage",
      at: { period: next },
      scope: quarterLabel(next),
      missing:
        context.target("sourced_bookings", { ...view, period: next }) === null
          ? `no target for ${quarterLabel(next)}`
          : `the target for ${quarterLabel(next)} is already met`,
      note: coverageNote(context, view, next),
    },
    {
      id: "active_partners",
      earlier: earlierActive,
      note:
        context.metric("partners", view).value === 0 ? "no partner is in the program" : partnerStates(context, view),
    },
    {
      id: "win_rate",
      note: html`direct deals ${direct.card}${direct.value === null ? null : `, n = ${direct.n}`}`,
    },
  ]);
}

/** The same share of cash, since the chart below tells of cash and the card of what was won. */
function shareOfCash(context: PageContext, view: View): string {
  const sourced = context.metric("sourced_collected", view).value ?? 0;
  const all = context.metric("total_collected", { period: view.period, slice: "program", sliceKey: "all" }).value ?? 0;
  return all <= 0 ? "nothing was collected" : `of cash collected it is ${formatPercent(sourced / all)}`;
}

/** What the program's partners are, each once: the rest is cooling (R30). */
function partnerStates(context: PageContext, view: View): Fragment {
  const of = (id: string): MetricValue => context.metric(id, view);
  const [all, dormant, never] = [of("partners"), of("dormant_partners"), of("never_activated_partners")];
  const cooling = [of("active_partners"), dormant, never].reduce(
    (left, one) => left - (one.value ?? 0),
    all.value ?? 0,
  );
  return html`of ${all.cell}; ${cooling} cooling, ${dormant.cell} dormant, ${never.cell} never activated`;
}

/** How the coverage stands to what is required of it, and where the running quarter stands. */
function coverageNote(context: PageContext, view: View, next: string): Fragment {
  const { currency } = context.settings;
  const found = context.metric("pipeline_coverage", { ...view, period: next });
  const running = context.metric("pipeline_coverage", { ...view, period: context.period });
  const won = trailing(context, view, "won_deals");
  const closed = won + trailing(context, view, "lost_deals");
  const here = html`<br>${quarterLabel(context.period)}, running: ${running.card}<br>not compared: the expected closes of an earlier day are not kept`;
  if (won === 0) return html`required: unknown, nothing won in four quarters${here}`;
  const required = closed / won;
  const text = formatCard(required, found.metric, currency);
  const said = html`required ${text}: 1 ÷ win rate of the last four quarters${here}`;
  if (found.value === null) return said;
  const isEnough = found.value >= required;
  return html`${bullet({
    value: found.value,
    target: required,
    yearAgo: null,
    label: `${found.card} against ${text} required`,
  })}<span class="${isEnough ? "better" : "worse"}">${isEnough ? "▲ enough" : "▼ too little"}</span><br>${said}`;
}

function trailing(context: PageContext, view: View, id: string): number {
  return [0, -1, -2, -3].reduce(
    (sum, step) =>
      sum + (context.metric(id, { ...view, period: shiftPeriod("quarter", context.period, step) }).value ?? 0),
    0,
  );
}

interface Change {
  readonly partnerKey: string | null;
  readonly name: string;
  readonly now: number;
  readonly before: number;
}

/** Collected on sourced deals per partner: what a quarter holds, and what the quarter before held at the same day. */
async function readChanges(context: PageContext): Promise<(view: View) => readonly Change[]> {
  const values = await readPartnerValues(context, "sourced_collected");
  return (view) => {
    const before = shiftPeriod("quarter", view.period, -1);
    const running = isRunning(context.settings, view.period);
    const list = [...context.partners.values()]
      .filter((partner) => context.isIn(partner.key, view))
      .map((partner) => ({
        partnerKey: partner.key,
        name: partner.name,
        now: values.value(partner.key, view.period),
        before: running ? values.toDate(partner.key, before) : values.value(partner.key, before),
      }));
    const byChange = [...list].sort((a, b) => b.now - b.before - (a.now - a.before) || (a.name < b.name ? -1 : 1));
    const up = byChange.filter((change) => change.now > change.before).slice(0, 5);
    const down = byChange
      .filter((change) => change.now < change.before)
      .slice(-5)
      .reverse();
    const shown = new Set([...up, ...down]);
    const rest = list.filter((change) => !shown.has(change) && (change.now !== 0 || change.before !== 0));
    const others = {
      partnerKey: null,
      name: counted(rest.length, "other partner"),
      now: rest.reduce((sum, change) => sum + change.now, 0),
      before: rest.reduce((sum, change) => sum + change.before, 0),
    };
    return [...up, ...down.reverse(), ...(rest.length === 0 ? [] : [others])];
  };
}

function whatChanged(context: PageContext, view: View, read: (view: View) => readonly Change[]): Markup {
  const rows = read(view);
  const { currency } = context.settings;
  const before = quarterLabel(shiftPeriod("quarter", view.period, -1));
  const span = isRunning(context.settings, view.period) ? `${before} to the same day` : before;
  const change = total(rows, (row) => row.now - row.before);
  const first = [...rows]
    .filter((row) => row.partnerKey !== null)
    .sort((a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before))[0];
  const title =
    first === undefined
      ? headed(view, `no partner's sourced revenue changed on ${span}`)
      : html`${whose(view)}${first.name} moved sourced revenue most: ${signedMoney(first.now - first.before, currency)}`;
  const largest = Math.max(0, ...rows.map((row) => Math.abs(row.now - row.before)));
  return section(
    title,
    html`What changed on ${span}, by partner: the five largest rises and falls and all others add up to ${signedMoney(change, currency)}.`,
    table<Change>({
      id: "what-changed",
      caption: `Sourced revenue collected, ${currency}, each figure rounded by itself`,
      noun: "rows",
      search: false,
      empty: html`<b>No change.</b> No partner's collected revenue differs from ${span}.`,
      rows,
      columns: [
        {
          label: "Partner",
          kind: "text",
          value: (row) => row.name,
          cell: (row) => (row.partnerKey === null ? row.name : partnerLink(context, row.partnerKey)),
        },
        {
          label: "",
          kind: "text",
          drawn: true,
          value: () => "",
          cell: (row) => changeBar(row.now - row.before, largest),
        },
        { label: "Change", kind: "money", signed: true, value: (row) => row.now - row.before, total: true },
        { label: quarterLabel(view.period), kind: "money", value: (row) => row.now, total: true },
        { label: span, kind: "money", value: (row) => row.before, total: true },
      ],
    }),
  );
}

/** Why something waits. Past and unmoved exclude each other: a deal past its date is told as that. */
type Reason = "undecided" | "ending" | "late" | "unmoved";

interface Decision {
  /** A deal has one reason of its own at most, and one of each registration for it. */
  readonly reasons: readonly Reason[];
  readonly what: string;
  readonly partnerKey: string;
  readonly subject: string;
  readonly owner: string | null;
  /** Days since somebody should have acted; below zero while there is time. */
  readonly overdue: number;
  readonly amount: number | null;
  /** The deal's, or the registration's where there is no open deal. */
  readonly key: string;
}

/** What waits for somebody: registrations not decided, protection that ends soon, sourced deals past their date or not moving. A deal stands here once, with all its reasons. */
async function readDecisions(context: PageContext): Promise<readonly Decision[]> {
  const { settings } = context;
  const open = await readDeals(context, "open");
  const byKey = new Map(open.map((deal) => [deal.key, deal]));
  const registrations = await context.db
    .selectFrom("marts.fct_registration as registration")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "registration.deal_key")
    .select([
      "registration.registration_key",
      "registration.partner_key",
      "registration.deal_key",
      "registration.status",
      "registration.submitted_on",
      "registration.protection_ends_on",
      "registration.outcome",
      "registration.amount_minor",
      "registration.currency",
      "deal.amount_reporting_minor",
    ])
    .where((where) => where.or([where("registration.status", "=", "submitted"), where("outcome", "=", "open")]))
    .orderBy("registration.registration_key")
    .execute();
  const waiting = registrations.flatMap((row): (Decision & { readonly dealKey: string | null })[] => {
    const deal = row.deal_key === null ? undefined : byKey.get(row.deal_key);
    const base = {
      dealKey: deal?.key ?? null,
      partnerKey: row.partner_key,
      subject: deal?.name ?? "no deal named",
      // Whoever looks after the partner decides, whose deal it is: Registrations names the same.
      owner: context.partners.get(row.partner_key)?.manager ?? null,
      // The deal's amount, else the registered one, as Registrations has it.
      amount: major(
        row.amount_reporting_minor ?? (row.currency === settings.currency ? row.amount_minor : null),
        settings,
      ),
      key: row.registration_key,
    };
    // A deal's row has the deal's id, so the registration's stands in the words.
    const named = deal === undefined ? "" : ` ${row.registration_key}`;
    if (row.status === "submitted") {
      const days = daysSince(row.submitted_on, settings.asOf) ?? 0;
      return [
        {
          ...base,
          reasons: ["undecided"],
          what: `decide the registration${named}, ${counted(days, "day")} old`,
          overdue: days - Math.ceil(settings.decisionHours / 24),
        },
      ];
    }
    const left = row.protection_ends_on === null ? null : -(daysSince(row.protection_ends_on, settings.asOf) ?? 0);
    return left !== null && left >= 0 && left <= 14
      ? [{ ...base, reasons: ["ending"], what: `protection${named} ends in ${counted(left, "day")}`, overdue: -left }]
      : [];
  });
  const stuck = open.flatMap((deal): Decision[] => {
    if (deal.class !== "sourced" || deal.sourceKey === null) return [];
    const base = {
      partnerKey: deal.sourceKey,
      subject: deal.name,
      owner: deal.owner,
      amount: deal.amount,
      key: deal.key,
    };
    const late = daysSince(deal.expectedOn, settings.asOf);
    if (late !== null && late > 0)
      return [{ ...base, reasons: ["late"], what: `${counted(late, "day")} past its close date`, overdue: late }];
    const inStage = deal.daysInStage ?? 0;
    return inStage > settings.staleDays
      ? [
          {
            ...base,
            reasons: ["unmoved"],
            what: `not moved for ${counted(inStage, "day")}${deal.stage === null ? "" : `, in ${deal.stage}`}`,
            overdue: inStage - settings.staleDays,
          },
        ]
      : [];
  });
  // Another partner's registration for a deal is that partner's matter, and stands in a row of its own without the amount twice.
  const rows = new Map<string, Decision>();
  for (const one of stuck) rows.set(one.key, one);
  const alone: Decision[] = [];
  for (const { dealKey, ...one } of waiting) {
    const same = dealKey === null ? undefined : rows.get(dealKey);
    if (dealKey === null) alone.push(one);
    else if (same === undefined) rows.set(dealKey, { ...one, key: dealKey });
    else if (same.partnerKey !== one.partnerKey) alone.push({ ...one, amount: null });
    else rows.set(dealKey, joined(same, one));
  }
  return [...rows.values(), ...alone]
    .map((row) => ({ ...row, what: sentenceCase(row.what) }))
    .sort((a, b) => (b.amount ?? -1) - (a.amount ?? -1) || (a.key < b.key ? -1 : 1));
}

function joined(one: Decision, other: Decision): Decision {
  return {
    ...one,
    amount: one.amount ?? other.amount,
    reasons: [...one.reasons, ...other.reasons],
    what: `${one.what}; ${other.what}`,
    overdue: Math.max(one.overdue, other.overdue),
  };
}

function decisionsList(context: PageContext, rows: readonly Decision[]): Markup {
  const { currency } = context.settings;
  const title = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partnerKey, view));
    if (mine.length === 0) return headed(view, "nothing waits for a decision");
    const money = formatMoneyShort(
      total(mine, (row) => row.amount),
      currency,
    );
    const worth = mine.every((row) => row.amount === null) ? "no amount known" : `${money} in all`;
    return headed(view, `${counted(mine.length, "thing waits", "things wait")} for a decision, ${worth}`);
  };
  const parts = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partnerKey, view));
    const of = (reason: Reason): number => total(mine, (row) => row.reasons.filter((one) => one === reason).length);
    const [undecided, ending, late, unmoved] = [of("undecided"), of("ending"), of("late"), of("unmoved")];
    const twice = undecided + ending + late + unmoved - mine.length;
    return `${counted(undecided, "registration")} not decided, ${counted(ending, "protection")} that ${ending === 1 ? "ends" : "end"} within 14 days, ${counted(late, "sourced deal")} past the expected close date and ${formatCount(unmoved)} unmoved for more than ${context.settings.staleDays} days${
      twice > 0 ? `; ${counted(twice, "of these falls", "of these fall")} on a deal that is counted already` : ""
    }.`;
  };
  return section(
    context.words(["slice"], title),
    html`${context.words(["slice"], parts)} A deal stands here once, with every reason; overdue with a minus is time left. Largest first, whatever quarter is chosen.`,
    table<Decision>({
      id: "decisions",
      caption: `Amount of the deal, else the registered one, ${currency}`,
      noun: "items",
      empty: html`<b>Nothing waits.</b> No registration is undecided and no open sourced deal stands still.`,
      rows,
      limit: 60,
      scope: (row) => scopeOf(context, row.partnerKey),
      columns: [
        { label: "What", kind: "text", value: (row) => row.what },
        partnerColumn(context, (row) => row.partnerKey),
        { label: "Deal", kind: "text", value: (row) => row.subject },
        { label: "Owner", kind: "text", value: (row) => row.owner, facet: true },
        { label: "Overdue, days", kind: "days", value: (row) => row.overdue },
        { label: "Amount", kind: "money", value: (row) => row.amount, total: true },
        { label: "Source id", kind: "key", value: (row) => row.key },
      ],
    }),
    "as of now, all quarters",
  );
}
