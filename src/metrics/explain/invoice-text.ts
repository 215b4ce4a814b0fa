import { formatDate } from "../format.ts";
import type { InvoiceExplanation } from "./explanation.ts";
import { cashLines, commissionLines, fact, sections, splitLines, taxLine } from "./lines.ts";
import { sayPlace } from "./places.ts";
import { sayMoney, sayNamed } from "./words.ts";

/** Everything about an invoice below its verdict. */
export function invoiceLines(explanation: InvoiceExplanation): readonly string[] {
  const { key, invoice, customer, account, accountLink, deal, dealLink, cash, collected } = explanation;
  return sections([
    {
      title: "The invoice",
      lines: [
        ...fact("number", sayNamed({ key, name: invoice.number })),
        ...fact("recorded in", invoice.recordedIn === null ? null : sayPlace(invoice.recordedIn)),
        ...fact("status", invoice.status),
        ...fact("issued", formatDate(invoice.issuedOn)),
        ...fact("total", `${sayMoney(invoice.total)}, of which tax ${sayMoney(invoice.tax)}`),
        ...fact("before tax", `${sayMoney(invoice.beforeTax)}; ${taxLine(invoice.total, invoice.tax)}`),
      ],
    },
    {
      title: "Whose money it is",
      lines: [
        ...fact("customer", sayNamed(customer)),
        ...fact("account", account === null ? "none found" : sayNamed(account)),
        ...fact("", accountLink),
        ...fact("deal", deal === null ? "none" : sayNamed(deal)),
        ...fact("", dealLink),
        ...fact("", otherAccount(explanation)),
      ],
    },
    {
      title: "The cash",
      lines: cash.length === 0 ? unpaidLines(explanation) : cashLines(cash, { withInvoice: false }),
    },
    {
      title: "What it brought in all",
      lines:
        cash.length < 2
          ? []
          : [
              ...fact(
                "before tax",
                collected === null ? "unknown, as an exchange rate is missing" : sayMoney(collected),
              ),
              ...splitLines(explanation.credit),
            ],
    },
    {
      title: "The commission",
      lines: [
        explanation.commissionNote,
        ...commissionLines(explanation.commission, { asOf: explanation.asOf, about: "payment" }),
      ],
    },
  ]);
}

// R61: what the invoice itself names goes before any search by account.
function otherAccount({ account, deal, dealReason }: InvoiceExplanation): string | null {
  if (deal === null || dealReason !== "invoice_deal" || account === null) return null;
  if (deal.account === null) return "That deal has no account on record. What the invoice names counts.";
  if (deal.account.key === account.key) return null;
  return `That deal is of another account, ${sayNamed(deal.account)}. What the invoice names counts, whoever the customer is.`;
}

function unpaidLines({ invoice }: InvoiceExplanation): readonly string[] {
  if (invoice.status !== "paid") return ["No payment or refund is on record."];
  return [
    "The invoice is marked paid, but no payment or refund is on record. Money counts by its payments alone.",
    "If it was paid, add the payment at its source; if it was not, mend the status.",
  ];
}
