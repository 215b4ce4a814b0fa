import { sayActivation } from "../src/metrics/explain/words.ts";
import { formatCount, formatDate, formatMoneyShort } from "../src/metrics/format.ts";
import { lastPeriods } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import { type PageContext, type PartnerEntry, quarterLabel, quarterSoFar, type View } from "../src/reports/context.ts";
import { emptyFigure, section } from "../src/reports/figure.ts";
import { type Fragment, html, type Markup } from "../src/reports/html.ts";
import { stateMark, stateOf } from "../src/reports/links.ts";
import { moneyBars } from "../src/reports/money-bars.ts";
import { total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { type PartnerDeal, type PartnerFacts, readPartnerFacts, shortened } from "../src/reports/partner-facts.ts";
import { type NextStep, nextWords, readNextSteps } from "../src/reports/partner-next.ts";
import { dateIn, daysSince } from "../src/reports/partners.ts";
import { fewestPeers, type PeerRow, readStandings, type Standings } from "../src/reports/peers.ts";
import { major } from "../src/reports/settings.ts";
import { table } from "../src/reports/table.ts";
import { isAmountUnknown, nothingWon, readWon, type Won } from "../src/reports/won.ts";
import { counted, linkWords, readable, ruleWords, sentenceCase, verbOf } from "../src/reports/words.ts";

export const page = definePage({
  id: "partner",
  title: "Partner",
  question: "How are we doing together, what is open, what is owed, what comes next?",
  group: "Partners",
  order: 13,
  each: "partner",
  filters: ["period"],
  metrics: [
    "sourced_collected",
    "influenced_bookings",
    "sourced_bookings",
    "sourced_pipeline",
    "stale_deals",
    "win_rate",
    "commission_owed",
    "commission_held",
    "partner_score",
  ],
  render: async (context) => {
    const { partner } = context;
    if (partner === null) throw new Error("the partner page is drawn for a partner only");
    const facts = await factsOf(context, partner);
    const standings = await readStandings(context);
    const won = await readWon(context);
    return {
      finding: finding(context, facts, won),
      lead: strip(context, partner, facts, standings),
      body: html`${context.block(["period"], (view) =>
        cards(context, view, [
          { id: "sourced_collected" },
          { id: "influenced_bookings", note: "deals it helped and did not bring" },
          { id: "sourced_bookings" },
          {
            id: "sourced_pipeline",
            note: staleWords(context, view, facts),
          },
          { id: "win_rate", missing: "none of its deals was closed in this quarter" },
          {
            id: "commission_owed",
            note:
              context.metric("commission_held", view).value === 0
                ? "nothing is inside its hold"
                : html`${context.metric("commission_held", view).card} more is inside its hold`,
          },
        ]),
      )}
${nextList(context, await stepsOf(context, partner))}
${moneyBars(context, "bookings", "bookings-by-quarter", won)}
${peers(context, partner, standings)}
${lists(context, partner, facts)}`,
    };
  },
});

// What the lists may weigh together, in bytes: with its head, drawings and other quarters the page then stays below 150 KB.
const listRoom = 62_000;

/** The lists, with fewer rows where names are so long that they would weigh too much. */
function lists(context: PageContext, partner: PartnerEntry, facts: PartnerFacts): Markup {
  const drawn = html`${dealList(context, facts.deals)}
${payments(context, facts.payments)}
${registrations(facts.registrations)}
${ledger(context, facts.entries)}
${timeline(context, facts.touches)}
${leftOut(partner, facts)}`;
  const share = listRoom / Buffer.byteLength(drawn.markup);
  const fewer = share < 1 ? shortened(facts, Math.min(share, 0.95)) : null;
  return fewer === null ? drawn : lists(context, partner, fewer);
}

const known = new WeakMap<readonly string[], ReturnType<typeof readPartnerFacts>>();

async function factsOf(context: PageContext, partner: PartnerEntry): Promise<PartnerFacts> {
  const { together } = context;
  const reading = known.get(together) ?? readPartnerFacts(context.db, context.settings, together);
  known.set(together, reading);
  return (await reading)(partner.key);
}

const knownSteps = new WeakMap<readonly string[], ReturnType<typeof readNextSteps>>();

async function stepsOf(context: PageContext, partner: PartnerEntry): Promise<readonly NextStep[]> {
  const { together } = context;
  const reading = knownSteps.get(together) ?? readNextSteps(context);
  knownSteps.set(together, reading);
  return (await reading)(partner);
}

function staleWords(context: PageContext, view: View, { deals }: PartnerFacts): string {
  const { staleDays } = context.settings;
  const stale = context.metric("stale_deals", view).value ?? 0;
  if (stale > 0) return `${counted(stale, "deal")} not moved for ${staleDays} days`;
  return deals.openSourced === 0 ? "no deal that it brought is open" : `each moved in the last ${staleDays} days`;
}

function finding(context: PageContext, { deals }: PartnerFacts, wins: Won): Fragment {
  const { currency } = context.settings;
  const year = lastPeriods("quarter", context.period, 4);
  const won = total(year, (period) => context.metric("sourced_bookings", { period }).value);
  if (deals.all === 0) return "No deal together yet";
  const span = `${quarterLabel(year[0] ?? context.period)} to ${quarterSoFar(context.settings, context.period)}`;
  const found = wins(context.view, year);
  const said = isAmountUnknown(found)
    ? sentenceCase(nothingWon(found, { span: `four quarters (${span})`, sum: won, currency }))
    : `${formatMoneyShort(won, currency)} sourced in four quarters (${span})`;
  return `${said}, ${counted(deals.openSourced, "sourced deal")} open`;
}

function strip(context: PageContext, partner: PartnerEntry, facts: PartnerFacts, standings: Standings): Markup {
  const score = context.metric("partner_score");
  const last = daysSince(partner.lastEventOn, context.settings.asOf);
  const doubtful = facts.flagged.find(
    (one) => partner.lastEvent === "registration" && one.submittedOn === partner.lastEventOn,
  );
  const items: readonly (readonly [string, Fragment])[] = [
    ["State", stateMark(stateOf(partner))],
    ["Type and tier", `${readable(partner.type)}, ${partner.tier ?? "no tier"}`],
    ["Tier gap", html`${standings.tierGap(partner)} <span class="muted">(internal)</span>`],
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
        : `${formatDate(partner.lastEventOn)}${last === null ? "" : `, ${counted(last, "day")} ago`}${doubtful === undefined ? "" : `; Data quality lists that registration (${doubtful.key}), and the state rests on it`}`,
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

// A page has room for the first of them; what waits longest comes first.
const shownSteps = 12;

function nextList(context: PageContext, steps: readonly NextStep[]): Markup {
  return section(
    nextWords(steps),
    steps.length === 0
      ? null
      : "Deals it brought that are past their date or do not move, registrations to decide, protection and certifications that end within 30 days, and what its state asks for; longest waiting first. Days are since the date, with a minus while there is time.",
    table<NextStep>({
      id: "next-steps",
      caption: `What comes next, ${context.settings.currency}; noted is the next step that the deal's owner wrote down`,
      noun: "things",
      search: false,
      empty: html`<b>Nothing.</b> No deal, registration or certification of this partner waits for somebody.`,
      rows: steps.slice(0, shownSteps),
      all: steps.length,
      columns: [
        { label: "What", kind: "text", value: (step) => sentenceCase(step.what) },
        { label: "About", kind: "text", value: (step) => step.about },
        { label: "Since or until", kind: "date", value: (step) => step.on },
        { label: "Days", kind: "days", value: (step) => step.days },
        { label: "Noted", kind: "text", value: (step) => step.noted },
        { label: "Owner", kind: "text", value: (step) => step.owner },
        { label: "Amount", kind: "money", value: (step) => step.amount },
        { label: "Source id", kind: "key", value: (step) => step.key },
      ],
    }),
    "as of now",
  );
}

/** Rank and peer median: for the program's own people, and for nobody where the set is small. */
function peers(context: PageContext, partner: PartnerEntry, standings: Standings): Markup {
  const rows = standings.rows(partner);
  const [first] = rows;
  const band = standings.band(partner);
  const kind = band === "type" ? readable(partner.type) : `${readable(partner.type)}, ${partner.tier ?? "no tier"}`;
  const count = standings.peers(partner);
  if (first === undefined)
    return emptyFigure(
      "No rank among peers",
      partner.isCounted
        ? `${counted(count, "partner")} of its ${band} (${kind}) ${count === 1 ? "is" : "are"} in the program today, itself included: a rank or a median of fewer than ${fewestPeers} would tell of single partners.`
        : "It is not in the program today, so it has no peers.",
    );
  const year = lastPeriods("quarter", context.period, 4);
  return section(
    first.place === null
      ? `Nothing sourced in four quarters, where ${first.above} of ${first.peers} partners of its ${band} brought something`
      : `Place ${first.place} of ${first.peers} by sourced bookings among partners of its ${band}`,
    `Partners of its ${band} (${kind}) in the program today, itself included${band === "type" ? `, since fewer than ${fewestPeers} share its tier as well` : ""}; four quarters are ${quarterLabel(year[0] ?? context.period)} to ${quarterSoFar(context.settings, context.period)}. Equals share a place; who has nothing has none. The tier gap above is to the median that partners of the tier beside it brought in the same quarters, since no threshold of a tier is known. None of this is in the partner's pack.`,
    table<PeerRow>({
      id: "peers",
      caption: `Among its peers, ${context.settings.currency}`,
      noun: "measures",
      search: false,
      empty: "No peers.",
      rows,
      columns: [
        { label: "Measure", kind: "text", value: (row) => row.measure },
        { label: "This partner", kind: "money", value: (row) => row.own },
        { label: "Peers' median", kind: "money", value: (row) => row.middle },
        { label: "Difference", kind: "money", signed: true, value: (row) => row.own - row.middle },
        { label: "Place", kind: "count", value: (row) => row.place },
        { label: "Peers", kind: "count", value: (row) => row.peers },
      ],
    }),
    "internal",
  );
}

function dealList(context: PageContext, deals: PartnerFacts["deals"]): Markup {
  const { open, openSourced } = deals;
  return html`<div id="deals">${section(
    open === 0
      ? "No open deal together"
      : `${counted(open, "open deal")} together: ${openSourced} it brought, ${open - openSourced} it helped`,
    "Every deal this partner brought or helped: open ones first by amount, then closed ones, newest first.",
    table<PartnerDeal>({
      id: "deal-list",
      caption: `Deals, ${context.settings.currency}. Collected is cash on the whole deal, before tax, less refunds. – under Amount: no amount, or no exchange rate for it; under Collected: ${uncollected(deals.rows)}.`,
      noun: "deals",
      empty: html`<b>No deals.</b> Deals appear when this partner has a claim or a qualifying touch on one.`,
      rows: deals.rows,
      all: deals.all,
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

/** Why a deal has no sum under Collected, with the deals whose payments have no exchange rate by name. */
function uncollected(deals: readonly PartnerDeal[]): string {
  const unrated = deals.filter((deal) => deal.withoutRate > 0);
  const names = unrated.slice(0, 3).map((deal) => deal.name);
  const more = unrated.length - names.length;
  return unrated.length === 0
    ? "no payment is linked to the deal"
    : `no payment is linked to the deal, or none has an exchange rate; a payment without one is left out (${names.join(", ")}${more === 0 ? "" : ` and ${counted(more, "other deal")}`})`;
}

/** The last step down: from a deal to the invoices and payments that make its collected amount. */
function payments(context: PageContext, { rows, all, collectedMinor }: PartnerFacts["payments"]): Markup {
  const { settings } = context;
  return section(
    rows.length === 0
      ? "No payment yet"
      : `${counted(all, "payment or refund", "payments and refunds")} on these deals`,
    null,
    table<(typeof rows)[number]>({
      id: "payments",
      caption: `Payments, refunds and lost disputes, ${settings.currency}, newest first. Collected is before tax.`,
      noun: "payments and refunds",
      empty: html`<b>No payments.</b> They come with the first paid invoice that is linked to one of these deals.`,
      rows,
      all,
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
          whole: major(collectedMinor, settings),
        },
        { label: "Linked by", kind: "text", value: (row) => linkWords(row.link_reason) },
        { label: "Invoice", kind: "key", value: (row) => row.invoice_key },
        { label: "Payment", kind: "key", value: (row) => row.cash_key },
      ],
    }),
  );
}

function registrations({ rows, all, waiting, approved }: PartnerFacts["registrations"]): Markup {
  return section(
    rows.length === 0
      ? "No registration yet"
      : waiting > 0
        ? `${counted(waiting, "registration waits", "registrations wait")} for a decision`
        : `${approved} of ${counted(all, "registration was", "registrations were")} approved`,
    null,
    table<(typeof rows)[number]>({
      id: "registrations",
      caption: "Registrations, newest first",
      noun: "registrations",
      empty: html`<b>No registrations</b> from this partner.`,
      rows,
      all,
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
          kind: "points",
          value: (row) => (row.decision_hours === null ? null : Number(row.decision_hours)),
        },
        { label: "Protected until", kind: "date", value: (row) => row.protection_ends_on },
        { label: "Outcome", kind: "text", value: (row) => row.outcome },
        { label: "Conflict", kind: "text", value: (row) => (row.is_conflict ? "yes" : "no") },
        { label: "Deal", kind: "text", value: (row) => row.name ?? row.account_name },
        { label: "Deal's id", kind: "key", value: (row) => row.deal_key },
      ],
    }),
  );
}

function ledger(context: PageContext, { rows, all, amountMinor }: PartnerFacts["entries"]): Markup {
  const { settings } = context;
  const owed = context.metric("commission_owed");
  const held = context.metric("commission_held");
  const inside = held.value === 0 ? "" : ` ${held.card} of the total below is inside its hold and not owed yet.`;
  return section(
    rows.length === 0
      ? "No commission"
      : (owed.value ?? 0) < 0
        ? `${formatMoneyShort(-(owed.value ?? 0), settings.currency)} more was paid or reversed than has become payable`
        : `${owed.card} of commission is owed today`,
    rows.length === 0 ? null : `Earned and reversed entries count once payable; what is paid is taken off.${inside}`,
    table<(typeof rows)[number]>({
      id: "ledger",
      caption: `Commission ledger, ${settings.currency}, newest first`,
      noun: "entries",
      empty: html`<b>No entries.</b> One comes with the first payment on a won deal that a commission plan covers.`,
      rows,
      all,
      columns: [
        {
          label: "Deal",
          kind: "text",
          value: (row) => row.name ?? row.account_name ?? (row.kind === "paid" ? "payout" : null),
        },
        { label: "Kind", kind: "text", value: (row) => row.kind, facet: true },
        { label: "On", kind: "date", value: (row) => row.entry_on },
        { label: "Payable", kind: "date", value: (row) => row.payable_on },
        { label: "Plan", kind: "text", value: (row) => row.plan },
        { label: "Rate, %", kind: "number", value: (row) => (row.rate === null ? null : Number(row.rate)) },
        {
          label: "Amount",
          kind: "money",
          value: (row) => major(row.amount_minor, settings),
          total: true,
          whole: major(amountMinor, settings),
        },
        { label: "Deal's id", kind: "key", value: (row) => row.deal_key },
        { label: "Payment", kind: "key", value: (row) => row.cash_key },
      ],
    }),
  );
}

/** Where the rows are that the page of one of thousands has no room for. */
function leftOut(partner: PartnerEntry, facts: PartnerFacts): Markup | null {
  const lists = [
    { name: "Deals", list: facts.deals, table: "marts.fct_deal_partner inner join marts.fct_deal using (deal_key)" },
    {
      name: "Payments",
      list: facts.payments,
      table: "marts.fct_cash inner join marts.fct_deal_partner using (deal_key)",
    },
    { name: "Registrations", list: facts.registrations, table: "marts.fct_registration" },
    { name: "Commission", list: facts.entries, table: "marts.fct_commission" },
    { name: "Touches", list: facts.touches, table: "marts.fct_touch" },
  ].filter(({ list }) => list.all > list.rows.length);
  if (lists.length === 0) return null;
  const key = `'${partner.key.replaceAll("'", "''")}'`;
  return section(
    "What these lists have no room for",
    "A partner's page lists its open deals and its newest rows; totals are of all rows. The others are in the warehouse, for the query command.",
    html`<ul class="plain-list">${lists.map(
      ({ name, list, table: mart }) =>
        html`<li>${name}: ${list.rows.length} of ${formatCount(list.all)} listed. <code>attributary query "from ${mart} where partner_key = ${key}" <span class="nowrap">--format csv</span></code></li>`,
    )}</ul>`,
  );
}

function timeline(context: PageContext, { rows, all, counting }: PartnerFacts["touches"]): Markup {
  return section(
    rows.length === 0
      ? "No touch on a deal"
      : `${formatCount(counting)} of ${counted(all, "touch", "touches")} on deals ${verbOf(counting, all, "counts", "count")}`,
    null,
    table<(typeof rows)[number]>({
      id: "touches",
      caption: "Evidence on deals, newest first",
      noun: "touches",
      empty: html`<b>No touches.</b> They come from touches, roles, leads and registrations that name a deal or its account.`,
      rows,
      all,
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
