import { formatDate, formatPercent } from "../format.ts";
import type { InvoiceExplanation } from "./explanation.ts";
import { cashLines, commissionLines, fact, sections, splitLines } from "./lines.ts";
import { sayPlace } from "./places.ts";
import { sayMoney, sayNamed } from "./words.ts";

/** Everything about an invoice below its verdict. */
export function invoiceLines(explanation: InvoiceExplanation): readonly string[] {
  const { key, invoice, customer, account, accountLink, deal, dealLink, cash, collected } = explanation;
  const total = Number(invoice.total.minor);
  const fraction = total === 0 ? "" : ` (${formatPercent(Number(invoice.beforeTax.minor) / total)})`;
  return sections([
    {
      title: "The invoice",
      lines: [
        ...fact("number", sayNamed({ key, name: invoice.number })),
        ...fact("recorded in", invoice.recordedIn === null ? null : sayPlace(invoice.recordedIn)),
        ...fact("status", invoice.status),
        ...fact("issued", formatDate(invoice.issuedOn)),
        ...fact("total", `${sayMoney(invoice.total)}, of which tax ${sayMoney(invoice.tax)}`),
        ...fact(
          "before tax",
          `${sayMoney(invoice.beforeTax)}${fraction}; payments and refunds count in this proportion`,
        ),
      ],
    },
    {
      title: "Whose money it is",
      lines: [
        ...fact("customer", sayNamed(customer)),
        ...fact("account", account === null ? "none" : sayNamed(account)),
        ...fact("", accountLink),
        ...fact("deal", deal === null ? "none" : sayNamed(deal)),
        ...fact("", dealLink),
        ...fact("source", deal === null || deal.source === null ? null : sayNamed(deal.source)),
      ],
    },
    { title: "The cash", lines: cash.length === 0 ? ["Nothing was paid or refunded."] : cashLines(cash) },
    {
      title: "What it brought",
      lines: [
        ...fact("collected", collected === null ? "unknown, an exchange rate is missing" : sayMoney(collected)),
        ...splitLines(explanation.credit),
      ],
    },
    {
      title: "The commission",
      lines:
        explanation.commission.length === 0
          ? ["Nobody earned a commission on it."]
          : commissionLines(explanation.commission),
    },
  ]);
}
