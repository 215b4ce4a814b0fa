import { smallSample } from "../src/metrics/compare.ts";
import { sayStep } from "../src/metrics/explain/words.ts";
import {
  formatCount,
  formatDate,
  formatMoment,
  formatMoneyShort,
  formatNumber,
  formatPercent,
} from "../src/metrics/format.ts";
import { periodOf, shiftPeriod } from "../src/metrics/periods.ts";
import { cards } from "../src/reports/card.ts";
import { type FunnelStep, funnel } from "../src/reports/charts/funnel.ts";
import { binsAround, histogram } from "../src/reports/charts/histogram.ts";
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
import { partnerColumn, partnerName, scopeOf, stateMark } from "../src/reports/links.ts";
import { groupBy, median, ratio, total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { daysSince } from "../src/reports/partners.ts";
import { major } from "../src/reports/settings.ts";
import { bySlice } from "../src/reports/sliced.ts";
import { table } from "../src/reports/table.ts";
import { counted, ruleWords, sentenceCase, verbOf } from "../src/reports/words.ts";

// Protection that ends this soon can still be used or prolonged.
const endsSoonDays = 30;
// An approver whose median is less than so many times that of all is not named in a heading.
const clearlySlower = 1.5;

export const page = definePage({
  id: "registrations",
  title: "Registrations and conflicts",
  question: "Do we answer partners in time, and fairly?",
  group: "Partners",
  order: 11,
  filters: ["period", "slice"],
  render: async (context) => {
    const rows = await readRegistrations(context);
    const all = picked(context, rows);
    const conflicts = await readConflicts(context);
    const rivals = rivalsOf(rows);
    return {
      finding: context.block(["period", "slice"], (view) => html`${finding(context, view, all)}`),
      lead: html`A registration is to be decided within ${formatNumber(context.settings.decisionHours)} hours; one that still waits after that counts as missed, a withdrawn one does not count. ${context.words(["slice"], (view) => unused(view, all))}`,
      body: html`${context.block(["period", "slice"], (view) =>
        cards(context, view, [
          { id: "registrations" },
          { id: "decided_in_sla", missing: "no registration of this quarter was due", ...overSla(context, view) },
          { id: "decision_hours_median", missing: "none of this quarter was decided" },
          { id: "approval_rate", missing: "none of this quarter was decided" },
          {
            id: "registered_to_won",
            missing: "none of this quarter has come to an end",
            note: expiredWords(view, all),
          },
          { id: "conflict_rate", missing: "nothing was registered in this quarter" },
        ]),
      )}
<div class="columns columns-2">${context.block(["period", "slice"], (view) => steps(context, view, all))}
${context.block(["period", "slice"], (view) => hours(context, view, all))}</div>
${context.block(["slice"], (view) => waitingBands(context, view, all))}
${waitingList(context, rows)}
${endingList(context, rows)}
${context.block(["period", "slice"], (view) => approvers(context, view, all))}
${context.block(["period", "slice"], (view) => competing(context, view, all, rivals))}
${conflictList(context, conflicts)}`,
    };
  },
});

interface Registration {
  readonly key: string;
  readonly partnerKey: string;
  readonly status: string;
  readonly submittedOn: string;
  readonly quarter: string;
  readonly hours: number | null;
  readonly inSla: boolean | null;
  readonly outcome: string | null;
  readonly approver: string | null;
  readonly protectedUntil: string | null;
  readonly dealKey: string | null;
  readonly accountKey: string | null;
  /** Whether another partner claims the same deal, or the same account while both are open. */
  readonly isConflict: boolean;
  /** What it is about: the deal, else the account. */
  readonly subject: string | null;
  /** The deal's amount, else the registered one where it is in the reporting currency. */
  readonly amount: number | null;
}

async function readRegistrations(context: PageContext): Promise<readonly Registration[]> {
  const { settings } = context;
  const rows = await context.db
    .selectFrom("marts.fct_registration as registration")
    .leftJoin("marts.fct_deal as deal", "deal.deal_key", "registration.deal_key")
    .leftJoin("marts.dim_account as account", "account.account_key", "registration.account_key")
    .select([
      "registration.registration_key",
      "registration.partner_key",
      "registration.status",
      "registration.submitted_on",
      "registration.decision_hours",
      "registration.in_sla",
      "registration.outcome",
      "registration.approver",
      "registration.protection_ends_on",
      "registration.deal_key",
      "registration.account_key",
      "registration.is_conflict",
      "registration.amount_minor",
      "registration.currency",
      "deal.name as deal_name",
      "deal.account_name",
      "deal.amount_reporting_minor",
      "account.name as claimed_name",
    ])
    .orderBy("registration.submitted_at")
    .orderBy("registration.registration_key")
    .execute();
  return rows.map((row) =>
    Object.freeze({
      key: row.registration_key,
      partnerKey: row.partner_key,
      status: row.status,
      submittedOn: row.submitted_on,
      quarter: periodOf("quarter", row.submitted_on, settings.fiscalYearStart),
      hours: row.decision_hours === null || row.status === "submitted" ? null : Number(row.decision_hours),
      inSla: row.in_sla,
      outcome: row.outcome,
      approver: row.approver,
      protectedUntil: row.protection_ends_on,
      dealKey: row.deal_key,
      accountKey: row.account_key,
      isConflict: row.is_conflict,
      subject: row.deal_name ?? row.account_name ?? row.claimed_name,
      amount: major(
        row.amount_reporting_minor ?? (row.currency === settings.currency ? row.amount_minor : null),
        settings,
      ),
    }),
  );
}

/** Registrations by view, grouped once for all choices. */
interface Picked {
  readonly ever: (view: View) => readonly Registration[];
  readonly waiting: (view: View) => readonly Registration[];
  readonly approved: (view: View) => readonly Registration[];
  /** Those submitted in the view's quarter. */
  readonly submitted: (view: View) => readonly Registration[];
}

function picked(context: PageContext, rows: readonly Registration[]): Picked {
  const pick = (some: readonly Registration[]): Picked["ever"] => bySlice(context, some, (one) => [one.partnerKey]);
  const quarters = new Map([...groupBy(rows, (one) => one.quarter)].map(([quarter, list]) => [quarter, pick(list)]));
  return {
    ever: pick(rows),
    waiting: pick(rows.filter((one) => one.status === "submitted")),
    approved: pick(rows.filter((one) => one.status === "approved")),
    submitted: (view) => quarters.get(view.period)?.(view) ?? [],
  };
}

function isDecided(one: Registration): boolean {
  return one.status === "approved" || one.status === "rejected";
}

function isLate(one: Registration): boolean {
  return one.status === "submitted" && one.inSla === false;
}

function finding(context: PageContext, view: View, all: Picked): string {
  const late = all.waiting(view).filter(isLate).length;
  const limit = formatNumber(context.settings.decisionHours);
  const quarter = quarterSoFar(context.settings, view.period);
  const rate = context.metric("decided_in_sla", view);
  const waiting = late === 0 ? "" : `; ${formatCount(late)} ${late === 1 ? "waits" : "wait"} past ${limit} hours`;
  if (all.ever(view).length === 0) return headed(view, "no partner has registered a deal yet");
  if (rate.value === null) {
    return headed(view, `no registration was due in ${quarter}${waiting}`);
  }
  return headed(view, `${Math.round(rate.value * 100)}% decided within ${limit} hours in ${quarter}${waiting}`);
}

/** What a protection was worth: approved, ended, and never tied to a deal. */
function unused(view: View, all: Picked): string {
  const approved = all.approved(view);
  const expired = approved.filter((one) => one.outcome === "expired");
  const idle = expired.filter((one) => one.dealKey === null).length;
  if (approved.length === 0) return "No registration has been approved yet.";
  return `Of ${counted(approved.length, "approved registration")} ever, ${formatCount(expired.length)} expired before a win or a loss, ${formatCount(idle)} of them without any deal.`;
}

/** The other side of the rate, which is what a limit is held against. */
function overSla(context: PageContext, view: View): { readonly note?: string } {
  const { value, numerator, denominator } = context.metric("decided_in_sla", view);
  if (value === null || numerator === null || denominator === null) return {};
  const limit = formatNumber(context.settings.decisionHours);
  return {
    note: `${formatPercent(1 - value)} over ${limit} hours: ${formatCount(denominator - numerator)} of ${formatCount(denominator)}`,
  };
}

/** Approved registrations of a quarter that ended without a win or a loss, beside those of the quarter before. */
function expiredWords(view: View, all: Picked): string {
  const before = shiftPeriod("quarter", view.period, -1);
  const of = (period: string): readonly number[] => {
    const expired = all.submitted({ ...view, period }).filter((one) => one.outcome === "expired");
    return [expired.length, expired.filter((one) => one.dealKey === null).length];
  };
  const [expired = 0, idle = 0] = of(view.period);
  const [expiredBefore = 0, idleBefore = 0] = of(before);
  return `${formatCount(expired)} expired, ${formatCount(idle)} without a deal; ${formatCount(expiredBefore)} and ${formatCount(idleBefore)} in ${quarterLabel(before)}`;
}

function steps(context: PageContext, view: View, all: Picked): Markup {
  const mine = all.submitted(view);
  const quarter = quarterSoFar(context.settings, view.period);
  const title = `Registrations of ${quarter}, step by step`;
  if (mine.length === 0) {
    return emptyFigure(
      headed(view, `nothing was registered in ${quarter}`),
      "Steps are drawn from the first registration that is submitted in the quarter.",
    );
  }
  const approved = mine.filter((one) => one.status === "approved");
  const list: readonly FunnelStep[] = [
    { name: "Submitted", count: mine.length },
    { name: "Decided", count: mine.filter(isDecided).length },
    { name: "Approved", count: approved.length },
    { name: "With a deal", count: approved.filter((one) => one.dealKey !== null).length },
    { name: "Won", count: approved.filter((one) => one.outcome === "won").length },
  ];
  const won = list.at(-1)?.count ?? 0;
  const open = approved.filter((one) => one.outcome === "open").length;
  const of = (status: string): number => mine.filter((one) => one.status === status).length;
  const [waiting, withdrawn, rejected] = [of("submitted"), of("withdrawn"), of("rejected")];
  return figure({
    title: headed(
      view,
      `${formatCount(won)} of ${counted(mine.length, "registration")} of ${quarter} ${verbOf(won, mine.length, "has", "have")} become a win`,
    ),
    label: `${title}: ${list.map((step) => `${step.name} ${step.count}`).join(", ")}`,
    caption: html`Registrations submitted in ${quarter} and how far each has come by now; shares are of those submitted. The pale part of a bar reached the step before and not this one, or not yet: ${formatCount(waiting)} still waiting for a decision, ${formatCount(withdrawn)} withdrawn, ${formatCount(rejected)} rejected, ${formatCount(open)} approved and still open, so the last bars of a recent quarter grow: compare quarters by the rates above, not by these bars.`,
    size: "half",
    draw: (width) => funnel({ steps: list, width }),
    data: table<FunnelStep>({
      id: "steps-data",
      caption: title,
      noun: "steps",
      search: false,
      empty: "No steps.",
      rows: list,
      columns: [
        { label: "Step", kind: "text", value: (step) => step.name },
        { label: "Registrations", kind: "count", value: (step) => step.count },
        { label: "Of submitted", kind: "ratio", value: (step) => ratio(step.count, mine.length) },
      ],
    }),
  });
}

function hours(context: PageContext, view: View, all: Picked): Markup {
  const limit = context.settings.decisionHours;
  const quarter = quarterSoFar(context.settings, view.period);
  const known = all.submitted(view).flatMap((one) => (isDecided(one) && one.hours !== null ? [one.hours] : []));
  if (known.length === 0 || limit <= 0) {
    return emptyFigure(
      headed(view, `no decision on registrations of ${quarter}`),
      "Hours are counted from submitted_at to decided_at; nothing submitted in the quarter has both.",
    );
  }
  const bins = binsAround(known, limit);
  const late = known.filter((one) => one > limit).length;
  const hoursText = (bound: number): string => `${formatNumber(bound)} h`;
  const name = (bin: (typeof bins)[number]): string =>
    bin.to === null ? `over ${hoursText(bin.from)}` : `${formatNumber(bin.from)} to ${hoursText(bin.to)}`;
  return figure({
    title:
      late === 0
        ? headed(
            view,
            `${known.length === 1 ? "the one decision was" : `all ${formatCount(known.length)} decisions were`} in time`,
          )
        : headed(
            view,
            `${formatCount(late)} of ${counted(known.length, "decision")} came after ${formatNumber(limit)} hours`,
          ),
    label: `Hours to a decision, registrations of ${quarter}: ${bins.map((bin) => `${name(bin)} ${bin.count}`).join(", ")}`,
    caption: `Decided registrations submitted in ${quarter}, by hours from submission to decision. The line is the agreed limit; columns behind it are in orange. ${
      isRunning(context.settings, view.period)
        ? "Those still waiting are in the list below, not here."
        : "Undecided ones are not here."
    }`,
    size: "half",
    draw: (width) =>
      histogram({ bins, limit, limitName: `agreed: ${formatNumber(limit)} h`, format: hoursText, width }),
    data: table<(typeof bins)[number]>({
      id: "hours-data",
      caption: `Hours to a decision, registrations of ${quarter}`,
      noun: "ranges",
      search: false,
      empty: "No decisions.",
      rows: bins,
      columns: [
        { label: "Hours", kind: "text", value: name },
        { label: "Decisions", kind: "count", value: (bin) => bin.count, total: true },
        { label: "In time", kind: "text", value: (bin) => (bin.from >= limit ? "no" : "yes") },
      ],
    }),
  });
}

/** Who decides what waits: mostly nobody is named before the decision. */
function approverWords(rows: readonly Registration[]): string {
  const unnamed = rows.filter((one) => one.approver === null).length;
  if (rows.length === 0) return "";
  if (unnamed === 0) return "Each names its approver.";
  return `${unnamed === rows.length ? "None of them names" : `${counted(unnamed, "registration")} (–) ${unnamed === 1 ? "does" : "do"} not name`} an approver, which many sources fill in with the decision only: ask the partner's manager.`;
}

/** What the amounts of a list leave out. */
function amountWords(rows: readonly Registration[]): string {
  const missing = rows.filter((one) => one.amount === null).length;
  return missing === 0
    ? ""
    : ` ${counted(missing, "registration has", "registrations have")} no amount in the reporting currency (–) and ${missing === 1 ? "adds" : "add"} nothing to the total.`;
}

type Rivals = (one: Registration) => readonly Registration[];

/** The other partners' claims that make a registration a conflict: on the same deal, or on the same account while both are open. */
function rivalsOf(rows: readonly Registration[]): Rivals {
  const isOpen = (one: Registration): boolean =>
    one.status === "submitted" || (one.status === "approved" && one.outcome === "open");
  const claims = rows.filter((one) => one.status === "submitted" || one.status === "approved");
  const byDeal = groupBy(claims, (one) => one.dealKey);
  const byAccount = groupBy(claims.filter(isOpen), (one) => one.accountKey);
  return (one) => {
    const onDeal = one.dealKey === null ? [] : (byDeal.get(one.dealKey) ?? []);
    const onAccount = one.accountKey === null || !isOpen(one) ? [] : (byAccount.get(one.accountKey) ?? []);
    return [...new Set([...onDeal, ...onAccount])].filter((other) => other.partnerKey !== one.partnerKey);
  };
}

/** The registrations that the conflict rate counts, each with the claims it competes with. */
function competing(context: PageContext, view: View, all: Picked, rivals: Rivals): Markup {
  const quarter = quarterSoFar(context.settings, view.period);
  const mine = all.submitted(view);
  const rows = mine.filter((one) => one.isConflict);
  const said = (one: Registration): string =>
    rivals(one)
      .map(
        (other) =>
          `${partnerName(context, other.partnerKey) ?? "–"}, ${other.status}, submitted ${formatDate(other.submittedOn)}`,
      )
      .join("; ");
  return section(
    rows.length === 0
      ? headed(view, `no registration of ${quarter} competes with another partner's`)
      : headed(
          view,
          `${formatCount(rows.length)} of ${counted(mine.length, "registration")} of ${quarter} ${rows.length === 1 ? "competes" : "compete"} with another partner's`,
        ),
    "What the conflict rate counts: registrations with an approved or waiting claim of another partner on the same deal, or on the same account while both are open.",
    table<Registration>({
      id: "competing",
      caption: `Registrations that compete, submitted in ${quarter}, ${context.settings.currency}`,
      noun: "registrations",
      empty: html`<b>None.</b> No registration submitted in ${quarter} has a competing claim.`,
      rows,
      limit: 60,
      // The file is the program's; a slice of it is found there by its partners.
      ...(view.slice === "program" ? { keep: context.keep(view.period) } : {}),
      columns: [
        partnerColumn(context, (one) => one.partnerKey),
        { label: "About", kind: "text", value: (one) => one.subject },
        { label: "Status", kind: "text", value: (one) => one.status, cell: (one) => stateMark(one.status) },
        { label: "Submitted", kind: "date", value: (one) => one.submittedOn },
        { label: "Competes with", kind: "text", wide: true, value: said },
        { label: "Amount", kind: "money", value: (one) => one.amount },
        { label: "Source id", kind: "key", value: (one) => one.key },
      ],
    }),
  );
}

/** How long undecided registrations have waited, late ones by days since submission. */
const lateBands = ["up to 7 days", "8 to 30 days", "over 30 days"] as const;

function bandOf({ settings }: PageContext, one: Registration): string {
  const days = daysSince(one.submittedOn, settings.asOf) ?? 0;
  if (!isLate(one)) return `within ${formatNumber(settings.decisionHours)} hours`;
  return lateBands[days <= 7 ? 0 : days <= 30 ? 1 : 2];
}

function waitingBands(context: PageContext, view: View, all: Picked): Markup {
  const { settings } = context;
  const waiting = all.waiting(view);
  const within = `within ${formatNumber(settings.decisionHours)} hours`;
  // Where no approver is named, whose partner it is can at least be asked.
  const asked = (one: Registration): string => {
    const manager = context.partners.get(one.partnerKey)?.manager ?? null;
    return one.approver ?? `nobody named${manager === null ? "" : `; manager ${manager}`}`;
  };
  const rows = [...groupBy(waiting, asked)]
    .map(([name, list]) => ({ name, list }))
    .sort((a, b) => b.list.length - a.list.length || (a.name < b.name ? -1 : 1));
  const oldest = waiting.filter((one) => bandOf(context, one) === lateBands[2]).length;
  return section(
    waiting.length === 0
      ? headed(view, "nothing waits, at any age")
      : headed(view, `${formatCount(oldest)} of ${counted(waiting.length, "waiting registration")} over 30 days old`),
    `Undecided registrations by who is to decide and for how long they have waited since submission, to the end of ${formatDate(settings.asOf)}.`,
    table<(typeof rows)[number]>({
      id: "waiting-bands",
      caption: `Waiting by approver and age, ${settings.currency}; late ones by days`,
      noun: "approvers",
      search: false,
      empty: html`<b>Nothing waits.</b> Every registration is decided or withdrawn.`,
      rows,
      limit: 30,
      columns: [
        { label: "Approver", kind: "text", value: (row) => row.name },
        ...[within, ...lateBands].map((band) => ({
          label: band === within ? sentenceCase(within) : `Late: ${band}`,
          kind: "count" as const,
          value: (row: (typeof rows)[number]) => row.list.filter((one) => bandOf(context, one) === band).length,
          total: true,
        })),
        { label: "All", kind: "count", value: (row) => row.list.length, total: true },
        {
          label: "Amount",
          kind: "money",
          // A sum of amounts that nobody knows is not zero.
          value: (row) => (row.list.every((one) => one.amount === null) ? null : total(row.list, (one) => one.amount)),
          total: true,
        },
      ],
    }),
    "as of now",
  );
}

function waitingList(context: PageContext, all: readonly Registration[]): Markup {
  const { settings } = context;
  const rows = all
    .filter((one) => one.status === "submitted")
    .toSorted((a, b) => a.submittedOn.localeCompare(b.submittedOn) || (a.key < b.key ? -1 : 1));
  const limit = formatNumber(settings.decisionHours);
  const days = (one: Registration): number => daysSince(one.submittedOn, settings.asOf) ?? 0;
  const band = (one: Registration): string => bandOf(context, one);
  const heading = (view: View): string => {
    const mine = rows.filter((one) => context.isIn(one.partnerKey, view));
    const late = mine.filter(isLate).length;
    if (mine.length === 0) return headed(view, "no registration waits for a decision");
    return headed(
      view,
      `${counted(mine.length, "registration waits", "registrations wait")} for a decision, ${formatCount(late)} past ${limit} hours`,
    );
  };
  return section(
    context.words(["slice"], heading),
    `Longest wait first. ${approverWords(rows)}${amountWords(rows)}`,
    table<Registration>({
      id: "waiting",
      caption: `Undecided registrations. Amount of the deal, else the registered one; ${settings.currency}`,
      noun: "registrations",
      empty: html`<b>Nothing waits.</b> Every registration is decided or withdrawn.`,
      rows,
      limit: 120,
      keep: context.keep(),
      scope: (one) => scopeOf(context, one.partnerKey),
      columns: [
        partnerColumn(context, (one) => one.partnerKey),
        { label: "About", kind: "text", value: (one) => one.subject },
        { label: "Approver", kind: "text", value: (one) => one.approver, facet: true },
        {
          label: "Partner manager",
          kind: "text",
          value: (one) => context.partners.get(one.partnerKey)?.manager ?? null,
          facet: true,
        },
        { label: "Submitted", kind: "date", value: (one) => one.submittedOn },
        { label: "Days", kind: "days", value: days },
        {
          label: "Waiting",
          kind: "text",
          value: band,
          cell: (one) => (isLate(one) ? html`<b class="worse">late: ${band(one)}</b>` : band(one)),
          facet: true,
        },
        { label: "Amount", kind: "money", value: (one) => one.amount, total: true },
        { label: "Source id", kind: "key", value: (one) => one.key },
      ],
    }),
    "as of now",
  );
}

function endingList(context: PageContext, all: readonly Registration[]): Markup {
  const { settings } = context;
  const left = (one: Registration): number => -(daysSince(one.protectedUntil, settings.asOf) ?? 0);
  const rows = all
    .filter(
      (one) => one.outcome === "open" && one.protectedUntil !== null && left(one) >= 0 && left(one) <= endsSoonDays,
    )
    .toSorted((a, b) => left(a) - left(b) || (b.amount ?? 0) - (a.amount ?? 0) || (a.key < b.key ? -1 : 1));
  const heading = (view: View): string => {
    const mine = rows.filter((one) => context.isIn(one.partnerKey, view));
    if (mine.length === 0) return headed(view, `no protection ends within ${endsSoonDays} days`);
    const money = total(mine, (one) => one.amount);
    return headed(
      view,
      `${counted(mine.length, "protection ends", "protections end")} within ${endsSoonDays} days${money === 0 ? "" : `, ${formatMoneyShort(money, settings.currency)} in them`}`,
    );
  };
  return section(
    context.words(["slice"], heading),
    `Approved registrations whose deal is open, or that have none yet: close, prolong or let go.${amountWords(rows)}`,
    table<Registration>({
      id: "ending",
      caption: `Protections that end soon, first ones first, ${settings.currency}`,
      noun: "registrations",
      empty: html`<b>None.</b> No protection of an open registration ends in the next ${endsSoonDays} days.`,
      rows,
      limit: 120,
      keep: context.keep(),
      scope: (one) => scopeOf(context, one.partnerKey),
      columns: [
        partnerColumn(context, (one) => one.partnerKey),
        { label: "About", kind: "text", value: (one) => one.subject },
        {
          label: "Deal",
          kind: "text",
          value: (one) => (one.dealKey === null ? "none yet" : "open"),
          facet: true,
        },
        {
          label: "Partner manager",
          kind: "text",
          value: (one) => context.partners.get(one.partnerKey)?.manager ?? null,
          facet: true,
        },
        { label: "Protected until", kind: "date", value: (one) => one.protectedUntil },
        { label: "Days left", kind: "days", value: left },
        { label: "Amount", kind: "money", value: (one) => one.amount, total: true },
        { label: "Source id", kind: "key", value: (one) => one.key },
      ],
    }),
    "as of now",
  );
}

interface ApproverRow {
  readonly name: string;
  readonly decided: readonly Registration[];
}

function approvers(context: PageContext, view: View, all: Picked): Markup {
  const quarter = quarterSoFar(context.settings, view.period);
  const decided = all.submitted(view).filter(isDecided);
  const rows: readonly ApproverRow[] = [...groupBy(decided, (one) => one.approver ?? "nobody named")]
    .map(([name, list]) => ({ name, decided: list }))
    .sort((a, b) => b.decided.length - a.decided.length || (a.name < b.name ? -1 : 1));
  const middle = (row: ApproverRow): number | null =>
    median(row.decided.flatMap((one) => (one.hours === null ? [] : [one.hours])));
  const due = (row: ApproverRow): readonly Registration[] => row.decided.filter((one) => one.inSla !== null);
  const usual = median(decided.flatMap((one) => (one.hours === null ? [] : [one.hours])));
  // Somebody is named only where the wait is clearly longer than usual, and not for a handful of decisions.
  const slowest = rows.find(
    (row) => due(row).length >= smallSample && (middle(row) ?? 0) >= (usual ?? 0) * clearlySlower,
  );
  const title =
    rows.length === 0
      ? headed(view, `nobody decided a registration of ${quarter}`)
      : slowest === undefined || usual === null || rows.length === 1
        ? headed(
            view,
            `${counted(decided.length, "decision")} by ${counted(rows.length, "approver")}, none clearly slower than the others`,
          )
        : `${whose(view)}${slowest.name} takes ${formatNumber(middle(slowest) ?? 0)} hours in the median, all together ${formatNumber(usual)}`;
  return section(
    title,
    `Decisions on registrations submitted in ${quarter}, by approver; the heading looks at those with at least ${smallSample}.`,
    table<ApproverRow>({
      id: "approvers",
      caption: `Decisions by approver, ${quarterLabel(view.period)}`,
      noun: "approvers",
      search: false,
      empty: html`<b>No decision.</b> Nothing submitted in ${quarter} has been approved or rejected.`,
      rows,
      limit: 40,
      columns: [
        { label: "Approver", kind: "text", value: (row) => row.name },
        { label: "Decided", kind: "count", value: (row) => row.decided.length, total: true },
        {
          label: "Approved",
          kind: "ratio",
          value: (row) => ratio(row.decided.filter((one) => one.status === "approved").length, row.decided.length),
          n: (row) => row.decided.length,
        },
        { label: "Median hours", kind: "number", value: middle, n: (row) => row.decided.length },
        {
          label: "In time",
          kind: "ratio",
          value: (row) => ratio(due(row).filter((one) => one.inSla === true).length, due(row).length),
          n: (row) => due(row).length,
        },
      ],
    }),
  );
}

interface Conflict {
  readonly dealKey: string;
  readonly name: string;
  readonly state: string;
  readonly rule: string | null;
  readonly winner: string | null;
  readonly settledBy: string;
  readonly claims: readonly { readonly partnerKey: string; readonly at: Date | null }[];
  readonly createdOn: string;
  readonly amount: number | null;
}

/** Deals that several partners claimed by the rule that decided, with each partner's first claim. */
async function readConflicts(context: PageContext): Promise<readonly Conflict[]> {
  const { settings } = context;
  const deals = await context.db
    .selectFrom("marts.fct_deal as deal")
    .leftJoin("marts.fct_deal_decision as decision", (join) =>
      join.onRef("decision.deal_key", "=", "deal.deal_key").onRef("decision.rule", "=", "deal.source_rule"),
    )
    .select([
      "deal.deal_key",
      "deal.name",
      "deal.account_name",
      "deal.state",
      "deal.source_rule",
      "deal.source_partner_key",
      "deal.created_on",
      "deal.amount_reporting_minor",
      "decision.settled_by",
    ])
    .where("deal.is_conflict", "=", true)
    .execute();
  const claims = await context.db
    .selectFrom("marts.fct_claim as claim")
    .innerJoin("marts.fct_deal as deal", (join) =>
      join.onRef("deal.deal_key", "=", "claim.deal_key").onRef("deal.source_rule", "=", "claim.rule"),
    )
    .select(["claim.deal_key", "claim.partner_key", (field) => field.fn.min("claim.claimed_at").as("claimed_at")])
    .where("deal.is_conflict", "=", true)
    .where("claim.accepted", "=", true)
    .groupBy(["claim.deal_key", "claim.partner_key"])
    .orderBy("claim.partner_key")
    .execute();
  const byDeal = groupBy(claims, (claim) => claim.deal_key);
  return deals
    .map((deal) => ({
      dealKey: deal.deal_key,
      name: deal.name ?? deal.account_name ?? deal.deal_key,
      state: deal.state,
      rule: deal.source_rule,
      winner: deal.source_partner_key,
      settledBy: sentenceCase(deal.settled_by === null ? "not recorded" : sayStep(deal.settled_by)),
      claims: (byDeal.get(deal.deal_key) ?? []).map((claim) => ({
        partnerKey: claim.partner_key,
        at: claim.claimed_at,
      })),
      createdOn: deal.created_on,
      amount: major(deal.amount_reporting_minor, settings),
    }))
    .sort(
      (a, b) =>
        Number(b.state === "open") - Number(a.state === "open") ||
        b.createdOn.localeCompare(a.createdOn) ||
        (a.dealKey < b.dealKey ? -1 : 1),
    );
}

function conflictList(context: PageContext, rows: readonly Conflict[]): Markup {
  const { settings } = context;
  const said = (row: Conflict, isWinner: boolean): string =>
    row.claims
      .filter((claim) => (claim.partnerKey === row.winner) === isWinner)
      .map((claim) => {
        const when =
          claim.at === null
            ? "at an unknown time"
            : formatMoment(claim.at, settings.timezone).replace(` ${settings.timezone}`, "");
        return isWinner ? when : `${partnerName(context, claim.partnerKey) ?? "–"}, ${when}`;
      })
      .join("; ");
  const heading = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.winner, view));
    if (mine.length === 0) return headed(view, "no deal was claimed by two partners");
    const open = mine.filter((row) => row.state === "open").length;
    const money = formatMoneyShort(
      total(mine, (row) => row.amount),
      settings.currency,
    );
    return headed(
      view,
      `${counted(mine.length, "deal was", "deals were")} claimed by several partners, ${formatCount(open)} still open, ${money} in all`,
    );
  };
  return section(
    context.words(["slice"], heading),
    "All quarters, and more than registrations: deals on which the rule that found the source left several partners, by registration, declaration or lead. Who was given the deal, every partner's first claim with its time, and the step that decided. Open deals first, then the newest. A slice shows the deals that its partners were given.",
    table<Conflict>({
      id: "conflicts",
      caption: `Deals with several claims of the same rank, ${settings.currency}; times in ${settings.timezone}`,
      noun: "deals",
      empty: html`<b>No conflict.</b> No two partners have a claim of the same rank on one deal.`,
      rows,
      limit: 120,
      keep: context.keep(),
      scope: (row) => scopeOf(context, row.winner),
      columns: [
        { label: "Deal", kind: "text", value: (row) => row.name },
        { label: "State", kind: "text", value: (row) => row.state, cell: (row) => stateMark(row.state), facet: true },
        partnerColumn(context, (row) => row.winner, "Given to"),
        { label: "Its claim", kind: "text", value: (row) => said(row, true) },
        { label: "Other claims", kind: "text", wide: true, value: (row) => said(row, false) },
        { label: "Claim by", kind: "text", value: (row) => ruleWords(row.rule), facet: true },
        { label: "Decided by", kind: "text", value: (row) => row.settledBy, facet: true },
        { label: "Amount", kind: "money", value: (row) => row.amount, total: true },
        { label: "Source id", kind: "key", value: (row) => row.dealKey },
      ],
    }),
    "as of now",
  );
}
