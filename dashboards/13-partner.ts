import { sayActivation } from "../src/metrics/explain/words.ts";
import { formatDate, formatMoneyShort } from "../src/metrics/format.ts";
import { lastPeriods } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import type { PageContext, PartnerEntry } from "../src/reports/context.ts";
import { section } from "../src/reports/figure.ts";
import { type Fragment, html, type Markup } from "../src/reports/html.ts";
import { stateMark } from "../src/reports/links.ts";
import { moneyBars } from "../src/reports/money-bars.ts";
import { total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { dateIn, daysSince } from "../src/reports/partners.ts";
import { major } from "../src/reports/settings.ts";
import { table } from "../src/reports/table.ts";
import { counted, linkWords, readable, ruleWords } from "../src/reports/words.ts";

export const page = definePage({
  id: "partner",
  title: "Partner",
  question: "How are we doing together, what is open, what is owed, what comes next?",
  group: "Partners",
  order: 13,
  each: "partner",
  filters: ["period"],
  render: async (context) => {
    const { partner } = context;
    if (partner === null) throw new Error("the partner page is drawn for a partner only");
    const deals = await readPartnerDeals(context, partner);
    return {
      finding: finding(context, deals),
      lead: facts(context, partner),
      body: html`${context.block(["period"], (view) =>
        cards(context, view, [
          { id: "sourced_collected" },
          { id: "influenced_bookings", note: "deals it helped and did not bring" },
          { id: "sourced_bookings" },
          {
            id: "sourced_pipeline",
            note: html`${counted(context.metric("stale_deals", view).value ?? 0, "deal")} not moved for ${context.settings.staleDays} days`,
          },
          { id: "win_rate", missing: "none of its deals was closed in this quarter" },
          {
            id: "commission_owed",
            note: html`${context.metric("commission_held", view).card} more is inside its hold`,
          },
        ]),
      )}
${moneyBars(context, "bookings", "bookings-by-quarter")}
${dealList(context, deals)}
${await payments(context, partner)}
${await registrations(context, partner)}
${await ledger(context, partner)}
${await timeline(context, partner)}`,
    };
  },
});

interface PartnerDeal {
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly stage: string | null;
  readonly part: "sourced" | "influences";
  readonly rule: string | null;
  readonly owner: string | null;
  readonly nextStep: string | null;
  readonly amount: number | null;
  readonly createdOn: string;
  readonly on: string | null;
  readonly collected: number | null;
}

async function readPartnerDeals(context: PageContext, partner: PartnerEntry): Promise<readonly PartnerDeal[]> {
  const { db, settings } = context;
  const rows = await db
    .selectFrom("marts.fct_deal_partner as part")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "part.deal_key")
    .select([
      "deal.deal_key",
      "deal.name",
      "deal.account_name",
      "deal.state",
      "deal.stage",
      "deal.source_rule",
      "deal.owner",
      "deal.next_step",
      "deal.amount_reporting_minor",
      "deal.created_on",
      "deal.closed_on",
      "deal.expected_close_on",
      "part.is_source",
    ])
    .where("part.partner_key", "=", partner.key)
    .execute();
  const cash = await db
    .selectFrom("marts.fct_cash as cash")
    .innerJoin("marts.fct_deal_partner as part", "part.deal_key", "cash.deal_key")
    .select([
      "cash.deal_key",
      "cash.invoice_key",
      (field) => field.fn.sum<number>("cash.collected_reporting_minor").as("minor"),
    ])
    .where("part.partner_key", "=", partner.key)
    .groupBy(["cash.deal_key", "cash.invoice_key"])
    .execute();
  const paid = Map.groupBy(cash, (row) => row.deal_key);
  const order: Readonly<Record<string, number>> = { open: 0, won: 1, lost: 2 };
  return rows
    .map((row) => {
      const lines = paid.get(row.deal_key) ?? [];
      return Object.freeze({
        key: row.deal_key,
        name: row.name ?? row.account_name ?? row.deal_key,
        state: row.state,
        stage: row.stage,
        part: row.is_source ? ("sourced" as const) : ("influences" as const),
        rule: row.is_source ? row.source_rule : null,
        owner: row.owner,
        nextStep: row.next_step,
        amount: major(row.amount_reporting_minor, settings),
        createdOn: row.created_on,
        on: row.state === "open" ? row.expected_close_on : row.closed_on,
        collected: lines.length === 0 ? null : total(lines, (line) => major(line.minor, settings)),
      });
    })
    .sort(
      (a, b) =>
        (order[a.state] ?? 3) - (order[b.state] ?? 3) ||
        (a.state === "open" ? (b.amount ?? 0) - (a.amount ?? 0) : (b.on ?? "") < (a.on ?? "") ? -1 : 1),
    );
}

function finding(context: PageContext, deals: readonly PartnerDeal[]): Fragment {
  const { currency } = context.settings;
  const year = lastPeriods("quarter", context.period, 4);
  const won = total(year, (period) => context.metric("sourced_bookings", { period }).value);
  const open = deals.filter((deal) => deal.state === "open" && deal.part === "sourced");
  if (deals.length === 0) return "No deal together yet";
  return `${formatMoneyShort(won, currency)} sourced in four quarters, ${counted(open.length, "sourced deal")} open`;
}

function facts(context: PageContext, partner: PartnerEntry): Markup {
  const score = context.metric("partner_score");
  const last = daysSince(partner.lastEventOn, context.settings.asOf);
  const items: readonly (readonly [string, Fragment])[] = [
    ["State", stateMark(partner.state)],
    ["Type and tier", `${readable(partner.type)}, ${partner.tier ?? "no tier"}`],
    ["Region", partner.region ?? "–"],
    ["Manager", partner.manager ?? "nobody"],
    ["Signed", partner.agreedOn === null ? "no date" : formatDate(partner.agreedOn)],
    [
      "Activated",
      partner.activatedOn === null
        ? "not yet"
        : `${formatDate(partner.activatedOn)}${partner.activationEvent === null ? "" : ` by ${sayActivation(partner.activationEvent)}`}`,
    ],
    [
      "Last event",
      partner.lastEventOn === null
        ? "none"
        : `${formatDate(partner.lastEventOn)}${last === null ? "" : `, ${counted(last, "day")} ago`}`,
    ],
    [
      "Score",
      score.value === null
        ? "–"
        : html`${score.card} among ${counted(score.n, "partner")} <span class="muted">(internal)</span>`,
    ],
    ["Source id", html`<span class="mono">${partner.key}</span>`],
  ];
  return html`<dl class="facts-row">${items.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function dealList(context: PageContext, deals: readonly PartnerDeal[]): Markup {
  const open = deals.filter((deal) => deal.state === "open");
  const brought = open.filter((deal) => deal.part === "sourced").length;
  return html`<div id="deals">${section(
    open.length === 0
      ? "No open deal together"
      : `${counted(open.length, "open deal")} together: ${brought} it brought, ${open.length - brought} it helped`,
    "Every deal this partner brought or helped: open ones first by amount, then closed ones, newest first.",
    table<PartnerDeal>({
      id: "deal-list",
      caption: `Deals, ${context.settings.currency}. Collected is cash on the whole deal, before tax, less refunds.`,
      noun: "deals",
      empty: html`<b>No deals.</b> Deals appear when this partner has a claim or a qualifying touch on one.`,
      rows: deals,
      limit: 48,
      columns: [
        { label: "Deal", kind: "text", value: (deal) => deal.name },
        {
          label: "Part",
          kind: "text",
          value: (deal) => (deal.rule === null ? deal.part : `${deal.part} by ${ruleWords(deal.rule)}`),
          facet: true,
        },
        {
          label: "State",
          kind: "text",
          value: (deal) => deal.state,
          cell: (deal) => stateMark(deal.state),
          facet: true,
        },
        { label: "Stage", kind: "text", value: (deal) => deal.stage },
        { label: "Owner", kind: "text", value: (deal) => deal.owner },
        { label: "Created", kind: "date", value: (deal) => deal.createdOn },
        { label: "Closed or expected", kind: "date", value: (deal) => deal.on },
        { label: "Amount", kind: "money", value: (deal) => deal.amount },
        { label: "Collected", kind: "money", value: (deal) => deal.collected },
        { label: "Source id", kind: "key", value: (deal) => deal.key },
      ],
    }),
    "as of now",
  )}</div>`;
}

/** The last step down: from a deal to the invoices and payments that make its collected amount. */
async function payments(context: PageContext, partner: PartnerEntry): Promise<Markup> {
  const { settings } = context;
  const rows = await context.db
    .selectFrom("marts.fct_cash as cash")
    .innerJoin("marts.fct_deal_partner as part", "part.deal_key", "cash.deal_key")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "cash.deal_key")
    .select([
      "cash.cash_key",
      "cash.kind",
      "cash.invoice_key",
      "cash.deal_key",
      "cash.link_reason",
      "cash.occurred_at",
      "cash.collected_reporting_minor",
      "deal.name",
      "part.is_source",
    ])
    .where("part.partner_key", "=", partner.key)
    .orderBy("cash.occurred_at", "desc")
    .orderBy("cash.cash_key")
    .execute();
  return section(
    rows.length === 0
      ? "No payment yet"
      : `${counted(rows.length, "payment or refund", "payments and refunds")} on these deals`,
    null,
    table<(typeof rows)[number]>({
      id: "payments",
      caption: `Payments, refunds and lost disputes, ${settings.currency}, newest first. Collected is before tax.`,
      noun: "payments and refunds",
      empty: html`<b>No payments.</b> They come with the first paid invoice that is linked to one of these deals.`,
      rows,
      limit: 36,
      columns: [
        { label: "Deal", kind: "text", value: (row) => row.name ?? row.deal_key },
        { label: "Part", kind: "text", value: (row) => (row.is_source ? "sourced" : "influences"), facet: true },
        { label: "On", kind: "date", value: (row) => dateIn(row.occurred_at, settings.timezone) },
        { label: "Kind", kind: "text", value: (row) => row.kind, facet: true },
        {
          label: "Collected",
          kind: "money",
          value: (row) => major(row.collected_reporting_minor, settings),
          total: true,
        },
        { label: "Linked by", kind: "text", value: (row) => linkWords(row.link_reason) },
        { label: "Invoice", kind: "key", value: (row) => row.invoice_key },
        { label: "Payment", kind: "key", value: (row) => row.cash_key },
      ],
    }),
  );
}

async function registrations(context: PageContext, partner: PartnerEntry): Promise<Markup> {
  const rows = await context.db
    .selectFrom("marts.fct_registration")
    .selectAll()
    .where("partner_key", "=", partner.key)
    .orderBy("submitted_at", "desc")
    .orderBy("registration_key")
    .execute();
  const waiting = rows.filter((row) => row.status === "submitted");
  const approved = rows.filter((row) => row.status === "approved").length;
  return section(
    rows.length === 0
      ? "No registration yet"
      : waiting.length > 0
        ? `${counted(waiting.length, "registration waits", "registrations wait")} for a decision`
        : `${approved} of ${counted(rows.length, "registration was", "registrations were")} approved`,
    null,
    table<(typeof rows)[number]>({
      id: "registrations",
      caption: "Registrations, newest first",
      noun: "registrations",
      empty: html`<b>No registrations</b> from this partner.`,
      rows,
      limit: 36,
      columns: [
        { label: "Registration", kind: "key", value: (row) => row.registration_key },
        {
          label: "Status",
          kind: "text",
          value: (row) => row.status,
          cell: (row) => stateMark(row.status),
          facet: true,
        },
        { label: "Submitted", kind: "date", value: (row) => row.submitted_on },
        {
          label: "Decided in, hours",
          kind: "number",
          value: (row) => (row.decision_hours === null ? null : Number(row.decision_hours)),
        },
        { label: "Protected until", kind: "date", value: (row) => row.protection_ends_on },
        { label: "Outcome", kind: "text", value: (row) => row.outcome },
        { label: "Conflict", kind: "text", value: (row) => (row.is_conflict ? "yes" : "no") },
        { label: "Deal", kind: "key", value: (row) => row.deal_key },
      ],
    }),
  );
}

async function ledger(context: PageContext, partner: PartnerEntry): Promise<Markup> {
  const { settings } = context;
  const rows = await context.db
    .selectFrom("marts.fct_commission")
    .selectAll()
    .where("partner_key", "=", partner.key)
    .orderBy("entry_on", "desc")
    .orderBy("entry_key")
    .execute();
  const owed = context.metric("commission_owed");
  return section(
    rows.length === 0 ? "No commission" : `${owed.card} of commission is owed today`,
    rows.length === 0 ? null : "Earned and reversed entries count once payable; what is paid is taken off.",
    table<(typeof rows)[number]>({
      id: "ledger",
      caption: `Commission ledger, ${settings.currency}, newest first`,
      noun: "entries",
      empty: html`<b>No entries.</b> One comes with the first payment on a won deal that a commission plan covers.`,
      rows,
      limit: 36,
      columns: [
        { label: "Kind", kind: "text", value: (row) => row.kind, facet: true },
        { label: "On", kind: "date", value: (row) => row.entry_on },
        { label: "Payable", kind: "date", value: (row) => row.payable_on },
        { label: "Plan", kind: "text", value: (row) => row.plan },
        { label: "Rate, %", kind: "number", value: (row) => (row.rate === null ? null : Number(row.rate)) },
        { label: "Amount", kind: "money", value: (row) => major(row.amount_minor, settings), total: true },
        { label: "Deal", kind: "key", value: (row) => row.deal_key },
        { label: "Payment", kind: "key", value: (row) => row.cash_key },
      ],
    }),
  );
}

async function timeline(context: PageContext, partner: PartnerEntry): Promise<Markup> {
  const rows = await context.db
    .selectFrom("marts.fct_touch")
    .innerJoin("marts.fct_deal as deal", "deal.deal_key", "marts.fct_touch.deal_key")
    .select([
      "marts.fct_touch.touch_key",
      "marts.fct_touch.touch_table",
      "marts.fct_touch.kind",
      "marts.fct_touch.occurred_at",
      "marts.fct_touch.counts",
      "marts.fct_touch.reason",
      "marts.fct_touch.deal_key",
      "deal.name",
    ])
    .where("marts.fct_touch.partner_key", "=", partner.key)
    .orderBy("marts.fct_touch.occurred_at", (order) => order.desc().nullsLast())
    .orderBy("marts.fct_touch.touch_key")
    .execute();
  const counting = rows.filter((row) => row.counts);
  return section(
    rows.length === 0
      ? "No touch on a deal"
      : `${counting.length} of ${counted(rows.length, "touch", "touches")} on deals count`,
    null,
    table<(typeof rows)[number]>({
      id: "touches",
      caption: "Evidence on deals, newest first",
      noun: "touches",
      empty: html`<b>No touches.</b> They come from touches, roles, leads and registrations that name a deal or its account.`,
      rows,
      limit: 36,
      columns: [
        {
          label: "On",
          kind: "date",
          value: (row) => (row.occurred_at === null ? null : dateIn(row.occurred_at, context.settings.timezone)),
        },
        { label: "Kind", kind: "text", value: (row) => readable(row.kind), facet: true },
        { label: "From", kind: "text", value: (row) => readable(row.touch_table), facet: true },
        { label: "Deal", kind: "text", value: (row) => row.name ?? row.deal_key },
        { label: "Counts", kind: "text", value: (row) => (row.counts ? "yes" : "no"), facet: true },
        { label: "Why", kind: "text", wide: true, value: (row) => row.reason },
        { label: "Source id", kind: "key", value: (row) => row.touch_key },
      ],
    }),
  );
}
