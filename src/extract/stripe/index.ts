import type { SourceOf } from "../../config/schema.ts";
import { mappedFields } from "../mapping.ts";
import type { Connector } from "../stream.ts";
import type { TransportEffects } from "../transport.ts";
import { createStripeClient } from "./client.ts";
import { deletedCustomerStream } from "./customers.ts";
import { given } from "./given.ts";
import { listStream } from "./lists.ts";
import { remainderStream } from "./remainder.ts";
import { untouched } from "./touched.ts";

export { probeStripe } from "./probe.ts";
export { surveyStripe } from "./survey.ts";

// Twenty types at most fit into one request.
const customerEvents = [
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "customer.discount.created",
  "customer.discount.updated",
  "customer.discount.deleted",
];

const invoiceEvents = [
  "invoice.created",
  "invoice.updated",
  "invoice.deleted",
  "invoice.finalized",
  "invoice.finalization_failed",
  "invoice.marked_uncollectible",
  "invoice.overdue",
  "invoice.overpaid",
  "invoice.paid",
  "invoice.payment_action_required",
  "invoice.payment_failed",
  "invoice.payment_succeeded",
  "invoice.sent",
  "invoice.voided",
  "invoice_payment.paid",
  "credit_note.created",
  "credit_note.updated",
  "credit_note.voided",
];

const refundEvents = ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"];

const disputeEvents = [
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
  "charge.dispute.funds_withdrawn",
  "charge.dispute.funds_reinstated",
];

/** A Stripe account. Throws `UserError` (exit 2) for a mapping of what Stripe does not give. */
export function connectStripe(source: SourceOf<"stripe">, effects: TransportEffects): Connector {
  // Stripe sends every field, mapped or not; the mapping is only looked over.
  mappedFields(source, given, []);
  const client = createStripeClient(source, effects);
  const touched = untouched();
  return Object.freeze({
    source: source.name,
    kind: source.kind,
    transport: client.transport,
    streams: [
      listStream(client, "customers", {
        path: "/v1/customers",
        deletion: "absence",
        changes: { object: "customer", types: customerEvents },
      }),
      listStream(client, "invoices", {
        path: "/v1/invoices",
        query: [["expand[]", "data.payments"]],
        deletion: "absence",
        changes: { object: "invoice", types: invoiceEvents },
        touched,
      }),
      remainderStream(client, "invoice_lines", {
        of: "invoices",
        list: "lines",
        touched,
        request: (id) => ({ path: `/v1/invoices/${encodeURIComponent(id)}/lines`, query: [] }),
      }),
      remainderStream(client, "invoice_payments", {
        of: "invoices",
        list: "payments",
        touched,
        request: (id) => ({ path: "/v1/invoice_payments", query: [["invoice", id]] }),
      }),
      listStream(client, "refunds", {
        path: "/v1/refunds",
        deletion: "absence",
        changes: { object: "refund", types: refundEvents },
      }),
      listStream(client, "disputes", {
        path: "/v1/disputes",
        deletion: "absence",
        changes: { object: "dispute", types: disputeEvents },
      }),
      // Events are kept for thirty days by Stripe and for good by the log (R112).
      listStream(client, "events", {
        path: "/v1/events",
        query: [["types[]", "charge.dispute.closed"]],
        deletion: "none",
        changes: "created",
      }),
      deletedCustomerStream(client, touched),
    ],
  });
}
