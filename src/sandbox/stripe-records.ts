import { addDays, instantIn, msPerDay } from "./calendar.ts";
import { disputeDays, eventDays } from "./company/billing.ts";
import type { Company } from "./company/create.ts";
import type { Row } from "./company/entities.ts";
import { stripeChild } from "./company/ids.ts";
import { reportingZone } from "./company/world.ts";
import { groupBy } from "./group.ts";
import { minorOf } from "./money.ts";
import { hashOf } from "./random.ts";

/** A Stripe object as JSON shows it. */
export type StripeObject = { readonly id: string; readonly created: number } & Readonly<Record<string, unknown>>;

/** What a Stripe account holds. Lists stand newest first, as Stripe lists them. */
export type StripeAccount = {
  readonly lists: Readonly<Record<StripeList, readonly StripeObject[]>>;
  /** Ids of customers that were deleted. */
  readonly deletedCustomers: ReadonlySet<string>;
  /** All lines of an invoice. */
  readonly linesOf: (invoiceId: string) => readonly object[];
  /** The invoice payments of an invoice, newest first. */
  readonly paymentsOf: (invoiceId: string) => readonly StripeObject[];
};

/** Lists of a Stripe account by resource. */
export type StripeList =
  | "customers"
  | "invoices"
  | "invoice_payments"
  | "refunds"
  | "disputes"
  | "charges"
  | "payment_intents"
  | "events";

/** The API version whose shapes are served. */
export const stripeVersion = "2026-10-28.endive";

const seatWords = [
  "Platform",
  "Seats",
  "Support plan",
  "Storage",
  "Sandbox",
  "Audit log",
  "Single sign-on",
  "API calls",
];

function seconds(text: string): number {
  return Math.floor(Date.parse(text) / 1000);
}

function newestFirst(first: StripeObject, second: StripeObject): number {
  return second.created - first.created || (first.id < second.id ? 1 : -1);
}

/** How a payment was made: by an intent with its charge, by a bare charge, or outside Stripe. */
function wayOf(payment: Row<"payments">): "payment_intent" | "charge" | "payment_record" {
  if (payment.is_out_of_band === "true") return "payment_record";
  return hashOf(payment.id, "way") % 23 === 0 ? "charge" : "payment_intent";
}

function taxOf(amount: number, taxable: number, country: string): object[] {
  if (amount === 0) return [];
  return [
    {
      amount,
      tax_behavior: "exclusive",
      tax_rate_details: { tax_rate: `txr_1Q${hashOf(country).toString(36)}` },
      taxability_reason: "standard_rated",
      taxable_amount: taxable,
      type: "tax_rate_details",
    },
  ];
}

function makeLines(row: Row<"invoices">): object[] {
  const subtotal = minorOf(row.total, row.currency) - minorOf(row.tax, row.currency);
  const recurring = minorOf(row.recurring_amount || "0", row.currency);
  const tax = minorOf(row.tax, row.currency);
  const start = Math.floor(instantIn(reportingZone, row.period_starts_on) / 1000);
  const end = Math.floor(instantIn(reportingZone, addDays(row.period_ends_on, 1)) / 1000);
  // A few invoices are split by department and have more lines than Stripe shows at once.
  const isLong = hashOf(row.id, "long") % 97 === 0;
  const count = recurring === 0 ? 0 : isLong ? 11 + (hashOf(row.id) % 15) : 1 + (hashOf(row.customer_id) % 3);
  const parts = Array.from({ length: count }, (_, place) => {
    const upTo = (edge: number) => Math.floor((recurring * edge) / count);
    return { amount: upTo(place + 1) - upTo(place), kind: "subscription" as const, place };
  });
  // A change of seats in mid-term: taken back and charged again, which adds up to nothing.
  const changed = count > 0 && hashOf(row.id, "proration") % 29 === 0 ? Math.floor(recurring / 7) : 0;
  const extras = [
    ...(changed === 0 ? [] : [-changed, changed].map((amount) => ({ amount, kind: "proration" as const }))),
    ...(subtotal === recurring ? [] : [{ amount: subtotal - recurring, kind: "fee" as const }]),
  ].map((extra, place) => ({ ...extra, place: count + place }));
  let taxed = 0;
  const all = [...parts, ...extras];
  return all.map(({ amount, kind, place }) => {
    const isLast = place === all.length - 1;
    const ownTax = isLast ? tax - taxed : Math.trunc(subtotal === 0 ? 0 : (tax * amount) / subtotal);
    taxed += ownTax;
    const details = {
      proration: kind === "proration",
      proration_details: kind === "proration" ? { credited_items: null } : null,
      subscription: kind === "fee" ? null : row.subscription_id,
    };
    const parent =
      kind === "fee"
        ? {
            invoice_item_details: { invoice_item: stripeChild("ii", row.id), ...details },
            subscription_item_details: null,
            type: "invoice_item_details",
          }
        : {
            invoice_item_details: null,
            subscription_item_details: {
              invoice_item: null,
              ...details,
              subscription_item: stripeChild("si", row.subscription_id),
            },
            type: "subscription_item_details",
          };
    return {
      id: `${stripeChild("il", row.id)}${String(place).padStart(2, "0")}`,
      object: "line_item",
      amount,
      currency: row.currency.toLowerCase(),
      description: kind === "fee" ? "Onboarding" : (seatWords[place % seatWords.length] ?? "Platform"),
      discount_amounts: [],
      discountable: true,
      discounts: [],
      invoice: row.id,
      livemode: true,
      metadata: {},
      parent,
      period: kind === "fee" ? { end: start, start } : { end, start },
      pretax_credit_amounts: [],
      pricing: {
        price_details: { price: `price_1Q${place}`, product: `prod_Q${place}` },
        type: "price_details",
        unit_amount_decimal: String(amount),
      },
      quantity: 1,
      quantity_decimal: "1",
      subscription: kind === "fee" ? null : row.subscription_id,
      subtotal: amount,
      taxes: taxOf(ownTax, amount, row.currency),
    };
  });
}

/** Makes the objects of a Stripe account from the rows of a company. */
export function openStripe(company: Company): StripeAccount {
  const rows = company.rows.stripe;
  const nowSeconds = Math.floor(company.now / 1000);
  const paymentRows = groupBy(rows.payments, (payment) => payment.invoice_id);
  const invoiceRows = new Map(rows.invoices.map((row) => [row.id, row]));
  const customerRows = new Map(rows.customers.map((row) => [row.id, row]));
  const deleted = rows.customers.filter((row) => row.created_at === "");
  const deletedCustomers = new Set(deleted.map((row) => row.id));

  /** An id as people paste it into metadata: mostly with the name of its source, now and then without. */
  function pasted(key: string, about: string): string {
    return hashOf(about, "pasted") % 4 === 0 ? key.slice(key.indexOf(":") + 1) : key;
  }

  function customer(row: Row<"customers">): StripeObject {
    return {
      id: row.id,
      object: "customer",
      address: null,
      balance: 0,
      created: seconds(row.created_at),
      currency: null,
      default_source: null,
      delinquent: false,
      description: null,
      discount: null,
      email: row.email,
      invoice_prefix: row.id.slice(-6).toUpperCase(),
      invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
      livemode: true,
      metadata: row.account_id === "" ? {} : { account_id: pasted(row.account_id, row.id) },
      name: row.name,
      phone: null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: "none",
      test_clock: null,
    };
  }

  function invoicePayment(payment: Row<"payments">, place: number): StripeObject {
    const way = wayOf(payment);
    const amount = minorOf(payment.amount, payment.currency);
    const paidAt = seconds(payment.paid_at);
    return {
      id: payment.id,
      object: "invoice_payment",
      amount_paid: amount,
      amount_requested: amount,
      created: seconds(invoiceRows.get(payment.invoice_id)?.issued_at ?? payment.paid_at) + place,
      currency: payment.currency.toLowerCase(),
      invoice: payment.invoice_id,
      is_default: place === 0,
      livemode: true,
      payment: { [way]: methodId(payment, way), type: way },
      status: "paid",
      status_transitions: { canceled_at: null, paid_at: paidAt },
    };
  }

  function methodId(payment: Row<"payments">, way: ReturnType<typeof wayOf>): string {
    return stripeChild(way === "payment_intent" ? "pi" : way === "charge" ? "ch" : "pr", payment.id);
  }

  /** What is still to be paid stands as an open payment beside the paid ones, and a void invoice's as a cancelled one. */
  function unpaid(row: Row<"invoices">, paid: number): StripeObject[] {
    const rest = minorOf(row.total, row.currency) - paid;
    if (row.status === "draft" || rest === 0) return [];
    const isOver = row.status === "void";
    return [
      {
        id: stripeChild("inpay", row.id),
        object: "invoice_payment",
        amount_paid: null,
        amount_requested: rest,
        created: seconds(row.issued_at),
        currency: row.currency.toLowerCase(),
        invoice: row.id,
        is_default: paid === 0,
        livemode: true,
        payment: { payment_intent: stripeChild("pi", row.id), type: "payment_intent" },
        status: isOver ? "canceled" : "open",
        status_transitions: { canceled_at: isOver ? seconds(row.issued_at) + 6 * 86_400 : null, paid_at: null },
      },
    ];
  }

  const payments = new Map<string, StripeObject[]>();
  for (const row of rows.invoices) {
    const paidRows = paymentRows.get(row.id) ?? [];
    const paid = paidRows.reduce((sum, payment) => sum + minorOf(payment.amount, payment.currency), 0);
    payments.set(row.id, [...paidRows.map(invoicePayment), ...unpaid(row, paid)].sort(newestFirst));
  }

  function invoice(row: Row<"invoices">): StripeObject {
    const total = minorOf(row.total, row.currency);
    const tax = minorOf(row.tax, row.currency);
    const paidRows = paymentRows.get(row.id) ?? [];
    const paid = paidRows.reduce((sum, payment) => sum + minorOf(payment.amount, payment.currency), 0);
    const outside = paidRows
      .filter((payment) => payment.is_out_of_band === "true")
      .reduce((sum, payment) => sum + minorOf(payment.amount, payment.currency), 0);
    const issued = seconds(row.issued_at);
    const isDraft = row.status === "draft";
    const lastPaid = paidRows.map((payment) => seconds(payment.paid_at)).sort((a, b) => b - a)[0] ?? null;
    const created = isDraft ? issued : issued - 3600;
    const known = customerRows.get(row.customer_id);
    return {
      id: row.id,
      object: "invoice",
      account_country: "US",
      account_name: "Quillmark",
      account_tax_ids: null,
      amount_due: total,
      amount_overpaid: 0,
      amount_paid: paid,
      amount_paid_off_stripe: outside,
      amount_remaining: total - paid,
      amount_shipping: 0,
      application: null,
      attempt_count: paidRows.length,
      attempted: !isDraft,
      auto_advance: isDraft,
      automatic_tax: { disabled_reason: null, enabled: tax > 0, liability: null, provider: null, status: null },
      automatically_finalizes_at: isDraft ? created + 3600 : null,
      billing_reason: "subscription_cycle",
      collection_method: outside > 0 ? "send_invoice" : "charge_automatically",
      created,
      currency: row.currency.toLowerCase(),
      custom_fields: null,
      customer: row.customer_id,
      customer_address: null,
      customer_email: known?.email === "" ? null : (known?.email ?? null),
      customer_name: known?.name === "" ? null : (known?.name ?? null),
      customer_phone: null,
      customer_shipping: null,
      customer_tax_exempt: "none",
      default_payment_method: null,
      default_source: null,
      default_tax_rates: [],
      description: null,
      discounts: [],
      due_date: null,
      effective_at: isDraft ? null : issued,
      ending_balance: isDraft ? null : 0,
      footer: null,
      from_invoice: null,
      issuer: { type: "self" },
      last_finalization_error: null,
      latest_revision: null,
      lines: [],
      livemode: true,
      metadata: row.deal_id === "" ? {} : { deal_id: pasted(row.deal_id, row.id) },
      next_payment_attempt: null,
      number: row.number === "" ? null : row.number,
      on_behalf_of: null,
      parent: {
        quote_details: null,
        subscription_details: { metadata: {}, subscription: row.subscription_id },
        type: "subscription_details",
      },
      payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
      period_end: created,
      period_start: created,
      post_payment_credit_notes_amount: 0,
      pre_payment_credit_notes_amount: 0,
      receipt_number: null,
      rendering: null,
      shipping_cost: null,
      shipping_details: null,
      starting_balance: 0,
      statement_descriptor: null,
      status: row.status,
      status_transitions: {
        finalized_at: isDraft ? null : issued,
        marked_uncollectible_at: row.status === "uncollectible" ? issued + 75 * 86_400 : null,
        paid_at: row.status === "paid" ? lastPaid : null,
        voided_at: row.status === "void" ? issued + 6 * 86_400 : null,
      },
      subtotal: total - tax,
      subtotal_excluding_tax: total - tax,
      test_clock: null,
      total,
      total_discount_amounts: [],
      total_excluding_tax: total - tax,
      total_pretax_credit_amounts: [],
      total_taxes: taxOf(tax, total - tax, row.currency),
      webhooks_delivered_at: created,
    };
  }

  const refundsOf = groupBy(
    rows.refunds.filter((row) => row.kind === "refund"),
    (row) => row.payment_id,
  );
  const disputed = new Set(rows.refunds.filter((row) => row.kind === "dispute").map((row) => row.payment_id));

  function charge(payment: Row<"payments">): StripeObject {
    const amount = minorOf(payment.amount, payment.currency);
    const given = refundsOf.get(payment.id) ?? [];
    const refunded = given.reduce((sum, row) => sum + minorOf(row.amount, row.currency), 0);
    return {
      id: stripeChild("ch", payment.id),
      object: "charge",
      amount,
      amount_captured: amount,
      amount_refunded: refunded,
      balance_transaction: stripeChild("txn", payment.id),
      captured: true,
      created: seconds(payment.paid_at),
      currency: payment.currency.toLowerCase(),
      customer: invoiceRows.get(payment.invoice_id)?.customer_id ?? null,
      description: "Subscription update",
      disputed: disputed.has(payment.id),
      livemode: true,
      metadata: {},
      paid: true,
      payment_intent: wayOf(payment) === "charge" ? null : stripeChild("pi", payment.id),
      refunded: refunded >= amount,
      status: "succeeded",
    };
  }

  function intent(payment: Row<"payments">): StripeObject {
    const amount = minorOf(payment.amount, payment.currency);
    return {
      id: stripeChild("pi", payment.id),
      object: "payment_intent",
      amount,
      amount_received: amount,
      created: seconds(payment.paid_at),
      currency: payment.currency.toLowerCase(),
      customer: invoiceRows.get(payment.invoice_id)?.customer_id ?? null,
      latest_charge: stripeChild("ch", payment.id),
      livemode: true,
      metadata: {},
      status: "succeeded",
    };
  }

  const paymentById = new Map(rows.payments.map((payment) => [payment.id, payment]));

  function moneyBack(paymentId: string): { charge: string; payment_intent: string | null } {
    const payment = paymentById.get(paymentId);
    const isBare = payment !== undefined && wayOf(payment) === "charge";
    return {
      charge: stripeChild("ch", paymentId),
      payment_intent: isBare ? null : stripeChild("pi", paymentId),
    };
  }

  function refund(
    id: string,
    paymentId: string,
    created: number,
    amount: number,
    currency: string,
    status: string,
    reason: string | null,
  ): StripeObject {
    return {
      id,
      object: "refund",
      amount,
      balance_transaction: stripeChild("txn", id),
      ...moneyBack(paymentId),
      created,
      currency: currency.toLowerCase(),
      ...(status === "failed" ? { failure_reason: "expired_or_canceled_card" } : {}),
      ...(status === "pending" ? { pending_reason: "processing" } : {}),
      metadata: {},
      reason,
      receipt_number: null,
      source_transfer_reversal: null,
      status,
      transfer_reversal: null,
    };
  }

  function dispute(
    id: string,
    paymentId: string,
    created: number,
    amount: number,
    currency: string,
    status: string,
    reason: string,
  ): StripeObject {
    return {
      id,
      object: "dispute",
      amount,
      balance_transactions: [],
      ...moneyBack(paymentId),
      created,
      currency: currency.toLowerCase(),
      enhanced_eligibility_types: [],
      evidence: {},
      evidence_details: { due_by: created + 21 * 86_400, has_evidence: false, past_due: false, submission_count: 0 },
      intended_submission_method: null,
      is_charge_refundable: false,
      livemode: true,
      metadata: {},
      reason,
      status,
    };
  }

  const refunds: StripeObject[] = [];
  const disputes: StripeObject[] = [];
  const closings: { at: number; object: StripeObject }[] = [];
  for (const row of rows.refunds) {
    const at = seconds(row.refunded_at);
    const amount = minorOf(row.amount, row.currency);
    if (row.kind === "refund") {
      refunds.push(refund(row.id, row.payment_id, at, amount, row.currency, "succeeded", row.reason || null));
      continue;
    }
    // The closing event is kept for a month; after that the row is dated by the opening.
    const isRecent = company.now - at * 1000 < eventDays * msPerDay;
    const created = isRecent ? at - disputeDays * 86_400 : at;
    const object = dispute(row.id, row.payment_id, created, amount, row.currency, "lost", row.reason);
    disputes.push(object);
    if (isRecent) closings.push({ at, object });
  }
  for (const aside of company.asides) {
    const at = Math.floor(aside.at / 1000);
    const { id, paymentId, amountMinor, currency, kind } = aside;
    if (kind === "failed_refund" || kind === "pending_refund") {
      const status = kind === "failed_refund" ? "failed" : "pending";
      refunds.push(refund(id, paymentId, at, amountMinor, currency, status, "requested_by_customer"));
    } else {
      const status = kind === "won_dispute" ? "won" : "needs_response";
      disputes.push(dispute(id, paymentId, at, amountMinor, currency, status, "fraudulent"));
    }
  }

  const inStripe = rows.payments.filter((payment) => payment.is_out_of_band !== "true");
  const charges = inStripe.map(charge);
  // A card payment outside any invoice, given back in part: neither belongs to a deal.
  const loose = { at: Math.floor((company.now - 50 * msPerDay) / 1000), id: "ch_3Qloose0000000001" };
  charges.push({
    ...(charges[0] ?? { id: loose.id }),
    id: loose.id,
    object: "charge",
    amount: 12_500,
    amount_captured: 12_500,
    amount_refunded: 2_500,
    created: loose.at,
    currency: "usd",
    customer: null,
    payment_intent: null,
  });
  refunds.push({
    ...refund("re_3Qloose0000000001", "inpay_1Qnone", loose.at + 86_400, 2_500, "USD", "succeeded", null),
    charge: loose.id,
    payment_intent: null,
  });

  const customers = rows.customers.filter((row) => row.created_at !== "").map(customer);
  const invoices = rows.invoices.map(invoice);
  const eventEdge = nowSeconds - eventDays * 86_400;
  const events: StripeObject[] = [];
  function happen(type: string, at: number, object: StripeObject): void {
    if (at < eventEdge || at > nowSeconds) return;
    events.push({
      id: `evt_1Q${hashOf(type, object.id).toString(36)}${object.id.slice(object.id.indexOf("_") + 2)}`,
      object: "event",
      api_version: stripeVersion,
      created: at,
      data: { object },
      livemode: true,
      pending_webhooks: 0,
      request: { id: null, idempotency_key: null },
      type,
    });
  }
  for (const { at, object } of closings) happen("charge.dispute.closed", at, object);
  for (const object of disputes) happen("charge.dispute.created", object.created, object);
  for (const object of refunds) happen("refund.created", object.created, object);
  for (const object of customers) happen("customer.created", object.created, object);
  for (const row of rows.invoices) {
    const paid = paymentRows.get(row.id)?.at(-1);
    if (row.status !== "paid" || paid === undefined || seconds(paid.paid_at) < eventEdge) continue;
    happen("invoice.paid", seconds(paid.paid_at), invoice(row));
  }

  return Object.freeze({
    lists: {
      customers: customers.sort(newestFirst),
      invoices: invoices.sort(newestFirst),
      invoice_payments: [...payments.values()].flat().sort(newestFirst),
      refunds: refunds.sort(newestFirst),
      disputes: disputes.sort(newestFirst),
      charges: charges.sort(newestFirst),
      payment_intents: inStripe
        .filter((payment) => wayOf(payment) === "payment_intent")
        .map(intent)
        .sort(newestFirst),
      events: events.sort(newestFirst),
    },
    deletedCustomers,
    linesOf: (invoiceId: string) => {
      const row = invoiceRows.get(invoiceId);
      return row === undefined ? [] : makeLines(row);
    },
    paymentsOf: (invoiceId: string) => payments.get(invoiceId) ?? [],
  });
}
