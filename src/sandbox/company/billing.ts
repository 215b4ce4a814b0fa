import { addDays, addMonths, dateIn, instantIn, msPerDay, msPerHour, secondText } from "../calendar.ts";
import { majorText } from "../money.ts";
import { hashOf, itemAt, type Random, randomFor } from "../random.ts";
import type { Account, Deal } from "./cast.ts";
import { commissionHoldDays, commissionMonths, commissionPercent } from "./commissions.ts";
import { rowOf } from "./entities.ts";
import { stripeId } from "./ids.ts";
import { dollars } from "./rates.ts";
import { unknownTypeText } from "./roster.ts";
import type { Telling } from "./telling.ts";
import { reportingZone } from "./world.ts";

/** Days for which the payment processor still shows what happened to an object. */
export const eventDays = 30;
/** Days from the opening of a dispute to its end. */
export const disputeDays = 12;

/** One invoice as it was planned. Amounts are minor units, dates calendar dates in the reporting zone. */
type Bill = {
  readonly number: number;
  readonly deal: Deal | undefined;
  readonly subscription: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly recurringMinor: number;
  readonly extraMinor: number;
  readonly issuedAt: number;
};

type Term = { readonly deal: Deal; readonly startsOn: string; readonly months: number; readonly yearly: number };

function planTerms(deals: readonly Deal[]): Term[] {
  const terms: Term[] = [];
  let termStart = "";
  for (const deal of [...deals].sort((a, b) => a.course.closesAt - b.course.closesAt)) {
    const signedOn = dateIn(reportingZone, deal.course.closesAt);
    if (deal.kind === "new" || termStart === "") {
      termStart = addDays(signedOn, 1 + (hashOf(deal.id) % 6));
      terms.push({ deal, startsOn: termStart, months: 12, yearly: deal.amountMinor });
    } else if (deal.kind === "renewal") {
      termStart = addMonths(termStart, 12);
      terms.push({ deal, startsOn: termStart, months: 12, yearly: deal.amountMinor });
    } else {
      const end = addMonths(termStart, 12);
      const startsOn = addDays(signedOn, 2);
      let months = 0;
      while (months < 12 && addMonths(startsOn, months + 1) <= end) months += 1;
      if (months > 0) terms.push({ deal, startsOn, months, yearly: deal.amountMinor });
    }
  }
  return terms;
}

function billTerms(telling: Telling, account: Account, deals: readonly Deal[], random: Random): Bill[] {
  const draw = random.next();
  const step = account.segment.name === "SMB" ? (draw < 0.6 ? 1 : 12) : draw < 0.25 ? 1 : draw < 0.5 ? 3 : 12;
  const base = stripeId(telling.world.seed, "sub", { ...account, record: 0 });
  const bills: Bill[] = [];
  for (const term of planTerms(deals)) {
    const subscription =
      term.deal.kind === "expansion"
        ? stripeId(telling.world.seed, "sub", { ...account, record: term.deal.record })
        : base;
    const hasFee = term.deal.kind === "new" && hashOf(term.deal.id, "fee") % 3 === 0;
    for (let month = 0; month < term.months; month += step) {
      const length = Math.min(step, term.months - month);
      const startsOn = addMonths(term.startsOn, month);
      const recurringMinor = Math.floor((term.yearly * (month + length)) / 12) - Math.floor((term.yearly * month) / 12);
      const wanted =
        instantIn(reportingZone, startsOn, 9 * msPerHour) + (hashOf(term.deal.id, month) % (6 * 3600)) * 1000;
      bills.push({
        number: term.deal.record * 20 + month,
        deal: term.deal,
        subscription,
        startsOn,
        endsOn: addDays(addMonths(term.startsOn, month + length), -1),
        recurringMinor,
        extraMinor: hasFee && month === 0 ? Math.round(term.yearly * 0.08) : 0,
        issuedAt: Math.max(wanted, Math.ceil((term.deal.course.closesAt + msPerDay) / 1000) * 1000),
      });
    }
  }
  return bills;
}

function billSelfServe(telling: Telling, account: Account, random: Random): Bill[] {
  const startsOn = dateIn(reportingZone, account.createdAt);
  const months = random.int(3, 26);
  const price = itemAt([4900, 9900, 19900, 49900], account.index) * (account.currency === "JPY" ? 1.5 : 1);
  const bills: Bill[] = [];
  for (let month = 0; month < months; month += 1) {
    const from = addMonths(startsOn, month);
    bills.push({
      number: month,
      deal: undefined,
      subscription: stripeId(telling.world.seed, "sub", { ...account, record: 0 }),
      startsOn: from,
      endsOn: addDays(addMonths(startsOn, month + 1), -1),
      recurringMinor: Math.round(price),
      extraMinor: 0,
      issuedAt: instantIn(reportingZone, from, 8 * msPerHour) + (account.index % 3600) * 1000,
    });
  }
  return bills;
}

type Fate = "paid" | "halves" | "void" | "uncollectible";

function fateOf(draw: number): Fate {
  if (draw % 97 === 5) return "void";
  if (draw % 89 === 7) return "uncollectible";
  return draw % 61 === 9 ? "halves" : "paid";
}

function tellBill(telling: Telling, account: Account, customerId: string, bill: Bill): void {
  const { world, rows, now } = telling;
  const { stripe } = rows;
  const { currency, country } = account;
  const id = stripeId(world.seed, "in", { ...account, record: bill.number });
  const random = randomFor(world.seed, "bill", id);
  const createdAt = bill.issuedAt - msPerHour;
  if (createdAt > now) return;
  const draw = hashOf(world.seed, "fate", id);
  const net = bill.recurringMinor + bill.extraMinor;
  const tax = Math.round((net * country.tax) / 100);
  const total = net + tax;
  const fate = bill.deal === undefined ? "paid" : fateOf(draw);
  const isCard = bill.deal === undefined || (account.segment.name === "SMB" && random.chance(0.85));
  const lag = isCard ? random.int(2, 50) * 60_000 : Math.round(random.skewed(24, 0.5) * msPerDay);
  const paidAt = Math.floor((bill.issuedAt + Math.max(lag, 60_000)) / 1000) * 1000;
  const isOutOfBand = !isCard && random.chance(0.16);

  const isDraft = bill.issuedAt > now;
  let status = isDraft ? "draft" : "open";
  let paidMinor = 0;
  function pay(record: number, at: number, amount: number): string {
    const paymentId = stripeId(world.seed, "inpay", { ...account, record: bill.number + record });
    if (at > now) return "";
    paidMinor += amount;
    stripe.payments.push(
      rowOf("payments", {
        id: paymentId,
        invoice_id: id,
        paid_at: secondText(at),
        amount: majorText(amount, currency),
        currency,
        is_out_of_band: String(isOutOfBand),
      }),
    );
    earn(telling, bill, at, Math.round((amount * net) / total), currency);
    if (!isOutOfBand) tellAftermath(telling, bill, paymentId, at, amount, net / total, currency, draw);
    return paymentId;
  }

  if (!isDraft && fate === "void") {
    if (bill.issuedAt + 6 * msPerDay <= now) status = "void";
  } else if (!isDraft && fate === "uncollectible") {
    // One in three of these had paid something on account.
    if (draw % 3 === 0) pay(0, paidAt, Math.floor(total / 4));
    if (bill.issuedAt + 75 * msPerDay <= now) status = "uncollectible";
  } else if (!isDraft && fate === "halves") {
    pay(0, paidAt, Math.ceil(total / 2));
    pay(5000, paidAt + 17 * msPerDay, Math.floor(total / 2));
  } else if (!isDraft) {
    pay(0, paidAt, total);
  }
  if (paidMinor === total && status === "open") status = "paid";

  // Most invoices name their deal; some name a copy that was thrown away since.
  const ownKey = draw % 20 < 11 ? (bill.deal?.key ?? "") : "";
  const named = bill.number === 0 && account.thrownKey !== "" ? account.thrownKey : ownKey;
  stripe.invoices.push(
    rowOf("invoices", {
      id,
      customer_id: customerId,
      number: isDraft ? "" : `${customerId.slice(-6).toUpperCase()}-${String(bill.number + 1).padStart(4, "0")}`,
      status,
      issued_at: secondText(isDraft ? createdAt : bill.issuedAt),
      currency,
      total: majorText(total, currency),
      tax: majorText(tax, currency),
      deal_id: named,
      subscription_id: bill.subscription,
      recurring_amount: majorText(bill.recurringMinor, currency),
      period_starts_on: bill.startsOn,
      period_ends_on: bill.endsOn,
    }),
  );
}

function earn(telling: Telling, bill: Bill, at: number, minor: number, currency: string): void {
  const partner = bill.deal?.source;
  if (partner === undefined || bill.deal === undefined || at > telling.now) return;
  if (!telling.proven.has(bill.deal.id)) return;
  const closedOn = dateIn(reportingZone, bill.deal.course.closesAt);
  const on = dateIn(reportingZone, at);
  if (on > addMonths(closedOn, commissionMonths)) return;
  const percent = partner.typeText === unknownTypeText ? 0 : commissionPercent(partner.type, partner.tier);
  telling.earnings.push({
    partner,
    payableAt: at + commissionHoldDays * msPerDay,
    dollars: (dollars(minor, currency, on) * percent) / 100,
  });
}

/** Adds what came after a payment: refunds, disputes, and objects that look like them and must not count. */
function tellAftermath(
  telling: Telling,
  bill: Bill,
  paymentId: string,
  paidAt: number,
  amount: number,
  fraction: number,
  currency: string,
  draw: number,
): void {
  const { rows, now, asides } = telling;
  const turn = draw % 211;
  const tail = paymentId.slice(paymentId.indexOf("_"));
  const at = paidAt + (3 + (draw % 30)) * msPerDay;
  const dueKind = ["failed_refund", "pending_refund", "won_dispute", "open_dispute"] as const;
  if (at > now) return;
  if (turn < 4) {
    const part = turn === 0 ? amount : Math.max(1, Math.floor((amount * (10 + (draw % 50))) / 100));
    rows.stripe.refunds.push(
      rowOf("refunds", {
        id: `re${tail}`,
        payment_id: paymentId,
        refunded_at: secondText(at),
        amount: majorText(part, currency),
        currency,
        kind: "refund",
        reason: itemAt(["requested_by_customer", "duplicate", "requested_by_customer"], draw >>> 8),
      }),
    );
    earn(telling, bill, at, -Math.round(part * fraction), currency);
  } else if (turn === 7 || turn === 8) {
    const lostAt = at + disputeDays * msPerDay;
    if (lostAt > now) return;
    // Past the time for which events are kept, only the opening of the dispute can be dated.
    const isDated = now - lostAt < eventDays * msPerDay;
    rows.stripe.refunds.push(
      rowOf("refunds", {
        id: `du${tail}`,
        payment_id: paymentId,
        refunded_at: secondText(isDated ? lostAt : at),
        amount: majorText(amount, currency),
        currency,
        kind: "dispute",
        reason: itemAt(["fraudulent", "product_not_received"], draw >>> 8),
      }),
    );
  } else if (draw % 401 < dueKind.length) {
    const kind = itemAt(dueKind, draw % 401);
    asides.push({
      kind,
      id: `${kind.endsWith("refund") ? "re" : "du"}${tail}`,
      paymentId,
      at,
      amountMinor: Math.max(1, Math.floor(amount / 3)),
      currency,
    });
  }
}

/** Adds the customer of an account and its invoices, payments, refunds and disputes up to now. */
export function tellBilling(telling: Telling, account: Account, deals: readonly Deal[]): void {
  const { world, rows, now } = telling;
  const { isSelfServe } = account;
  if (deals.length === 0 && !isSelfServe) return;
  const random = randomFor(world.seed, "billing", account.month, account.index);
  const bills = isSelfServe ? billSelfServe(telling, account, random) : billTerms(telling, account, deals, random);
  const firstAt = Math.min(
    ...deals.map((deal) => deal.course.closesAt),
    isSelfServe ? account.createdAt : Number.POSITIVE_INFINITY,
  );
  const id = stripeId(world.seed, "cus", { ...account, record: 0 });
  const lastEndsOn =
    bills
      .map((bill) => bill.endsOn)
      .sort()
      .at(-1) ?? "";
  const isDeleted =
    lastEndsOn !== "" && addDays(lastEndsOn, 45) < dateIn(reportingZone, now) && hashOf(id, "deleted") % 6 === 0;
  const usesFreeMail = account.index % 37 === 8 || isSelfServe;
  const mailbox = account.domain.slice(0, account.domain.indexOf("-"));
  const namesAccount = !isSelfServe && account.index % 37 !== 8 && hashOf(world.seed, "named", id) % 100 < 68;
  rows.stripe.customers.push(
    rowOf(
      "customers",
      isDeleted
        ? { id }
        : {
            id,
            name: account.name,
            email: usesFreeMail ? `${mailbox}.billing@freemail.example` : `billing@${account.domain}`,
            account_id: namesAccount ? `${account.crm}:${account.id}` : "",
            created_at: secondText(firstAt),
          },
    ),
  );
  for (const bill of bills) tellBill(telling, account, id, bill);
}
