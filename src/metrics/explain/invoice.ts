import type { CashCredit, InvoiceExplanation, Money } from "./explanation.ts";
import { readPlaces } from "./places.ts";
import { readAccount, readCash, readCommission, readIssues, readNames, readSetting } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { sayAccountLink, sayDealLink, sayMoney, sayNamed } from "./words.ts";

/** Explains one invoice by its key in the warehouse. */
export async function explainInvoice(db: ExplainWarehouse, key: string): Promise<InvoiceExplanation> {
  const setting = await readSetting(db);
  const row = await db
    .selectFrom("attribution.int_invoice_deal as links")
    .innerJoin("staging.stg_invoices as invoices", "invoices.invoice_key", "links.invoice_key")
    .leftJoin("staging.stg_customers as customers", "customers.customer_key", "links.customer_key")
    .leftJoin("attribution.int_customer_account as accounts", "accounts.customer_key", "links.customer_key")
    .leftJoin("marts.fct_deal as deals", "deals.deal_key", "links.deal_key")
    .select([
      "links.customer_key",
      "links.account_key",
      "links.deal_key",
      "links.named_deal_key",
      "links.link_reason",
      "links.total_minor",
      "links.tax_minor",
      "invoices.number",
      "invoices.status",
      "invoices.issued_on",
      "invoices.currency",
      "customers.name as customer_name",
      "accounts.link_reason as account_reason",
      "accounts.domain",
      "deals.name as deal_name",
      "deals.class",
      "deals.source_partner_key",
    ])
    .where("links.invoice_key", "=", key)
    .executeTakeFirstOrThrow();
  const named = await readNames(db, [row.source_partner_key]);
  const source = row.source_partner_key === null ? null : named(row.source_partner_key);
  const deal = row.deal_key === null ? null : { key: row.deal_key, name: row.deal_name, class: row.class, source };
  const cash = await readCash(db, { column: "invoice_key", key }, setting);
  const collected = sumOf(
    cash.map(({ collectedReporting }) => collectedReporting),
    setting.currency,
  );
  const accountReason = row.account_reason ?? "unlinked";
  const money = (minor: Money["minor"]): Money => ({ minor, currency: row.currency });
  const came =
    cash.length === 0
      ? "has brought no money yet"
      : collected === null
        ? "brought money that has no exchange rate"
        : `brought ${sayMoney(collected)} before tax`;
  const went =
    deal === null
      ? "It belongs to no deal"
      : `It pays for ${sayNamed(deal)}, which is ${deal.class ?? "not counted"}${source === null ? "" : ` by ${sayNamed(source)}`}`;
  return Object.freeze({
    kind: "invoice",
    key,
    verdict: `Invoice ${sayNamed({ key, name: row.number })} ${came}. ${went}.`,
    asOf: setting.as_of,
    timezone: setting.timezone,
    invoice: {
      number: row.number,
      status: row.status,
      issuedOn: row.issued_on,
      recordedIn: (await readPlaces(db, [{ entity: "invoices", key }]))({ entity: "invoices", key }),
      total: money(row.total_minor),
      tax: money(row.tax_minor),
      beforeTax: money(row.total_minor - row.tax_minor),
    },
    customer: { key: row.customer_key, name: row.customer_name },
    account: await readAccount(db, row.account_key),
    accountReason,
    accountLink: sayAccountLink(accountReason, row.domain),
    deal,
    namedDealKey: row.named_deal_key,
    dealReason: row.link_reason,
    dealLink: sayDealLink({
      reason: row.link_reason,
      namedDealKey: row.named_deal_key,
      hasAccount: row.account_key !== null,
      graceDays: setting.grace_days,
    }),
    cash,
    collected,
    credit: addUp(cash.flatMap(({ credit }) => credit)),
    commission: await readCommission(db, { column: "cash_key", keys: cash.map((row) => row.key) }, setting),
    issues: await readIssues(db, "invoices", key),
  });
}

function sumOf(amounts: readonly (Money | null)[], currency: string): Money | null {
  const known = amounts.filter((amount) => amount !== null);
  if (known.length < amounts.length) return null;
  return { minor: known.reduce((sum, { minor }) => sum + minor, 0), currency };
}

function addUp(parts: readonly CashCredit[]): readonly CashCredit[] {
  return [...Map.groupBy(parts, ({ model, partner }) => `${model} ${partner.key}`).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        ...first,
        oddUnit: null,
        amount: { ...first.amount, minor: same.reduce((sum, { amount }) => sum + amount.minor, 0) },
      },
    ];
  });
}
