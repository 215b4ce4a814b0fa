import { readDealCommission } from "./commission.ts";
import type { Cash, CashCredit, InvoiceExplanation, Money, Named } from "./explanation.ts";
import { readPlaces } from "./places.ts";
import {
  readAccount,
  readCash,
  readCommission,
  readIssues,
  readNames,
  readSetting,
  type Setting,
  sumOf,
} from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { sayAccountLink, sayDealLink, sayList, sayMoney, sayName, sayNamed } from "./words.ts";

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
      "deals.state",
      "deals.closed_on",
      "deals.account_key as deal_account_key",
    ])
    .where("links.invoice_key", "=", key)
    .executeTakeFirstOrThrow();
  const named = await readNames(db, [row.source_partner_key]);
  const source = row.source_partner_key === null ? null : named(row.source_partner_key);
  const deal =
    row.deal_key === null
      ? null
      : {
          key: row.deal_key,
          name: row.deal_name,
          class: row.class,
          source,
          account: await readAccount(db, row.deal_account_key),
          influencedBy: await readInfluence(db, row.deal_key),
        };
  const cash = await readCash(db, { column: "invoice_key", key }, setting);
  const collected = sumOf(
    cash.map(({ collectedReporting }) => collectedReporting),
    setting.currency,
  );
  const accountReason = row.account_reason ?? "unlinked";
  const money = (minor: Money["minor"]): Money => ({ minor, currency: row.currency });
  const came =
    cash.length === 0
      ? row.status === "paid"
        ? "is marked paid, but no payment is on record, so nothing is earned yet"
        : "has brought no money yet"
      : collected === null
        ? "brought money that has no exchange rate"
        : `brought ${sayMoney(collected)} before tax`;
  const went = deal === null ? "It belongs to no deal" : `It pays for ${sayNamed(deal)}, ${brought(deal)}`;
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
    accountLink: sayAccountLink({
      reason: accountReason,
      domain: row.domain,
      ...(await readCandidates(db, row.customer_key, row.domain)),
    }),
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
    commissionNote:
      deal === null || row.state === null
        ? "It belongs to no deal, so nobody earns a commission on it."
        : await readNote(db, deal.key, { source, state: row.state, closedOn: row.closed_on, cash }, setting),
    issues: await readIssues(db, "invoices", key),
  });
}

// What a customer may be linked by, beside its own record: lists of customers and domains of accounts.
async function readCandidates(db: ExplainWarehouse, customerKey: string, domain: string | null) {
  const listing = await db
    .selectFrom("staging.account_customer as listed")
    .leftJoin("marts.dim_account as accounts", "accounts.account_key", "listed.account_key")
    .select(["listed.account_key as key", "accounts.name"])
    .where("listed.customer_key", "=", customerKey)
    .orderBy("listed.account_key")
    .execute();
  const owning = await db
    .selectFrom("staging.account_domain as owned")
    .leftJoin("marts.dim_account as accounts", "accounts.account_key", "owned.account_key")
    .select(["owned.account_key as key", "accounts.name"])
    .where("owned.domain", "=", domain ?? "")
    .orderBy("owned.account_key")
    .execute();
  const free = await db
    .selectFrom("config.free_mail_domain")
    .select("domain")
    .where("domain", "=", domain ?? "")
    .executeTakeFirst();
  return { listedBy: listing, domainOf: owning, isFreeMail: free !== undefined };
}

function brought(deal: NonNullable<InvoiceExplanation["deal"]>): string {
  if (deal.source !== null) return `which is sourced by ${sayNamed(deal.source)}`;
  if (deal.influencedBy.length === 0) return "which is direct: no partner brought it or helped it";
  return `which ${sayList(deal.influencedBy.map(sayName))} influenced; nobody is its source`;
}

async function readInfluence(db: ExplainWarehouse, key: string): Promise<readonly Named[]> {
  const rows = await db
    .selectFrom("marts.fct_deal_partner")
    .select("partner_key")
    .where("deal_key", "=", key)
    .where("is_source", "=", false)
    .orderBy("partner_key")
    .execute();
  const named = await readNames(
    db,
    rows.map(({ partner_key }) => partner_key),
  );
  return rows.map(({ partner_key }) => named(partner_key));
}

// The deal's plan is held against this invoice's own payments.
async function readNote(
  db: ExplainWarehouse,
  key: string,
  deal: {
    readonly source: Named | null;
    readonly state: string;
    readonly closedOn: string | null;
    readonly cash: readonly Cash[];
  },
  setting: Setting,
): Promise<string> {
  const { note, without } = await readDealCommission(db, key, setting, { ...deal, isExcluded: false });
  return [note, ...without].join(" ");
}

function addUp(parts: readonly CashCredit[]): readonly CashCredit[] {
  return [...Map.groupBy(parts, ({ model, partner }) => `${model} ${partner.key}`).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        ...first,
        oddUnit: null,
        rounding: null,
        amount: { ...first.amount, minor: same.reduce((sum, { amount }) => sum + amount.minor, 0) },
      },
    ];
  });
}
