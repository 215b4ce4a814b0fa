import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/extract/log.ts";
import { type Built, build, buildKept, recordsOf } from "../../support/build.ts";
import { logged, type Version } from "../../support/vendor-log.ts";

const seconds = (text: string): number => Date.parse(text) / 1000;

interface Line {
  readonly id: string;
  readonly amount: number;
  readonly kind?: "fee" | "proration";
  readonly discount?: number;
  readonly taxes?: readonly { readonly amount: number; readonly tax_behavior: string }[];
  readonly from?: string;
  readonly to?: string;
}

const line = (invoice: string, item: Line) => ({
  id: item.id,
  object: "line_item",
  invoice,
  amount: item.amount,
  discount_amounts: item.discount === undefined ? [] : [{ amount: item.discount, discount: "di_1" }],
  taxes: item.taxes ?? [],
  parent:
    item.kind === "fee"
      ? { type: "invoice_item_details", invoice_item_details: { proration: false }, subscription_item_details: null }
      : {
          type: "subscription_item_details",
          subscription_item_details: { proration: item.kind === "proration" },
          invoice_item_details: null,
        },
  period: { start: seconds(item.from ?? "2026-07-01T00:00:00Z"), end: seconds(item.to ?? "2026-08-01T00:00:00Z") },
});

const payment = (id: string, amount: number | null, more: object = {}) => ({
  id,
  object: "invoice_payment",
  amount_paid: amount,
  currency: "usd",
  status: amount === null ? "open" : "paid",
  created: seconds("2026-07-01T00:00:00Z"),
  payment: { type: "payment_intent", payment_intent: `pi_${id}` },
  status_transitions: { paid_at: amount === null ? null : seconds("2026-07-05T12:00:00Z") },
  ...more,
});

const invoice = (
  id: string,
  more: Readonly<Record<string, unknown>> = {},
  lines: readonly Line[] = [],
  payments: readonly object[] = [],
): LogRecord =>
  logged("stripe", "invoices", id, {
    id,
    object: "invoice",
    customer: "cus_1",
    number: `N-${id}`,
    status: "paid",
    created: seconds("2026-07-01T08:00:00Z"),
    currency: "usd",
    total: 12000,
    total_taxes: [],
    metadata: {},
    parent: { subscription_details: { subscription: "sub_1" } },
    status_transitions: { finalized_at: seconds("2026-07-01T09:00:00Z") },
    lines: { data: lines.map((item) => line(id, item)), has_more: false },
    payments: { data: payments, has_more: false },
    ...more,
  });

const customer = (id: string, more: object = {}, version?: Version) =>
  logged(
    "stripe",
    "customers",
    id,
    {
      id,
      name: `Customer ${id}`,
      email: `ap@${id}.example`,
      created: seconds("2026-01-02T00:00:00Z"),
      metadata: {},
      ...more,
    },
    version,
  );

const back = (stream: "refunds" | "disputes", id: string, status: string, more: object = {}, version?: Version) =>
  logged(
    "stripe",
    stream,
    id,
    {
      id,
      status,
      amount: 1000,
      currency: "usd",
      charge: "ch_none",
      payment_intent: null,
      reason: null,
      created: seconds("2026-08-01T10:00:00Z"),
      ...more,
    },
    version,
  );

let built: Built;

beforeAll(async () => {
  built = await buildKept(
    {},
    {
      asOf: "2026-09-30",
      config: { reporting: { timezone: "America/New_York" } },
      sources: [{ name: "stripe", kind: "stripe", api_key: "sk_test" }],
      records: [
        customer("cus_1", { metadata: { account_id: "hubspot:77" } }),
        customer("cus_2", {}, { gone: "gone" }),
        logged("stripe", "deleted_customers", "cus_3", { id: "cus_3", deleted: true }),
        // Two subscription lines, one of them discounted and one with tax inside, a proration and a fee; taxed twice.
        invoice(
          "in_full",
          {
            total: 15000,
            total_taxes: [{ amount: 1500 }, { amount: 500 }],
            metadata: { deal_id: "9001" },
          },
          [
            { id: "il_1", amount: 8000, discount: 500, from: "2026-07-01T04:00:00Z", to: "2026-08-01T04:00:00Z" },
            {
              id: "il_2",
              amount: 3000,
              taxes: [
                { amount: 200, tax_behavior: "inclusive" },
                { amount: 90, tax_behavior: "exclusive" },
              ],
              from: "2026-07-01T04:00:00Z",
              to: "2026-08-01T04:00:00Z",
            },
            { id: "il_3", amount: -700, kind: "proration" },
            { id: "il_4", amount: 2500, kind: "fee" },
          ],
          [payment("inpay_1", 15000)],
        ),
        // Ten lines inside, one behind them.
        invoice("in_long", {}, [{ id: "il_10", amount: 100 }]),
        logged("stripe", "invoice_lines", "il_11", line("in_long", { id: "il_11", amount: 23 })),
        logged("stripe", "invoice_lines", "il_10", line("in_long", { id: "il_10", amount: 100 })),
        invoice("in_draft", {
          status: "draft",
          number: null,
          customer: "cus_2",
          status_transitions: { finalized_at: null },
        }),
        // Paid in part, from a customer whom nobody can read any more; later written off.
        invoice(
          "in_part",
          { status: "uncollectible", customer: "cus_3", customer_name: "Gone Ltd", customer_email: "ap@gone.example" },
          [],
          [payment("inpay_2", 4000), payment("inpay_3", null)],
        ),
        invoice(
          "in_bank",
          {},
          [],
          [payment("inpay_4", 12000, { payment: { type: "payment_record", payment_record: "pr_1" } })],
        ),
        invoice("in_many", {}, [], [payment("inpay_5", 100)]),
        logged("stripe", "invoice_payments", "inpay_6", { ...payment("inpay_6", 50), invoice: "in_many" }),
        invoice("in_old", {}, [], [payment("inpay_7", 900, { payment: { type: "charge", charge: "ch_7" } })]),
        // Currencies whose smallest unit is not what ISO says.
        invoice("in_isk", { currency: "isk", total: 150000 }),
        invoice("in_ugx", { currency: "ugx", total: 250000 }),
        invoice("in_jpy", { currency: "jpy", total: 1500 }),
        invoice("in_kwd", { currency: "kwd", total: 1500 }),
        invoice("in_mga", { currency: "mga", total: 1500 }),
        // Money that went back.
        back("refunds", "re_ok", "succeeded", { payment_intent: "pi_inpay_1", charge: "ch_1", reason: "duplicate" }),
        back("refunds", "re_charge", "succeeded", { charge: "ch_7", amount: 300 }),
        back("refunds", "re_pending", "pending", { payment_intent: "pi_inpay_1" }),
        back("refunds", "re_failed", "succeeded", { payment_intent: "pi_inpay_1" }),
        back("refunds", "re_failed", "failed", { payment_intent: "pi_inpay_1" }, { seenAt: "2026-08-05T02:00:00Z" }),
        back("refunds", "re_outside", "succeeded", { amount: 2500 }),
        back("disputes", "dp_lost", "lost", { payment_intent: "pi_inpay_2", reason: "fraudulent" }),
        back("disputes", "dp_unseen", "lost", { payment_intent: "pi_inpay_5" }),
        back("disputes", "dp_won", "won", { payment_intent: "pi_inpay_1" }),
        back("disputes", "dp_open", "needs_response", { payment_intent: "pi_inpay_1" }),
        back("disputes", "dp_outside", "lost", { amount: 700 }),
        logged("stripe", "events", "evt_1", {
          id: "evt_1",
          type: "charge.dispute.closed",
          created: seconds("2026-08-20T15:00:00Z"),
          data: { object: { id: "dp_lost", status: "lost" } },
        }),
      ],
    },
  );
});

afterAll(() => built.close());

test("a deleted customer stays: from the log, or as its invoices name it (R110)", async () => {
  expect(await built.rows("select id, name, email, account_id from input.customers order by id")).toEqual([
    { id: "cus_1", name: "Customer cus_1", email: "ap@cus_1.example", account_id: "hubspot:77" },
    { id: "cus_2", name: "Customer cus_2", email: "ap@cus_2.example", account_id: null },
    { id: "cus_3", name: "Gone Ltd", email: "ap@gone.example", account_id: null },
  ]);
});

describe("invoices", () => {
  test("tax is the sum of all taxes, what recurs is net of discounts and of tax inside the price, the period ends a day before the next (R69)", async () => {
    // 8000 − 500 and 3000 − 200; the proration and the fee do not recur. 04:00 UTC is midnight in New York.
    expect(await built.rows("select * exclude (source, record_id) from input.invoices where id = 'in_full'")).toEqual([
      {
        id: "in_full",
        customer_id: "cus_1",
        number: "N-in_full",
        status: "paid",
        issued_at: "2026-07-01T09:00:00Z",
        currency: "USD",
        total: "150.00",
        tax: "20.00",
        deal_id: "9001",
        subscription_id: "sub_1",
        recurring_amount: "103.00",
        period_starts_on: "2026-07-01",
        period_ends_on: "2026-07-31",
      },
    ]);
  });

  test("lines behind the first ten count, and none counts twice", async () => {
    expect(await built.cell("select recurring_amount from input.invoices where id = 'in_long'")).toBe("1.23");
  });

  test("a draft is issued when it was made", async () => {
    expect(await built.rows("select status, issued_at, number from input.invoices where id = 'in_draft'")).toEqual([
      { status: "draft", issued_at: "2026-07-01T08:00:00Z", number: null },
    ]);
  });

  test("Stripe's own smallest units become major units by its own table (R113)", async () => {
    expect(
      await built.rows("select currency, total from input.invoices where currency <> 'USD' order by currency"),
    ).toEqual([
      { currency: "ISK", total: "1500.00" },
      { currency: "JPY", total: "1500" },
      { currency: "KWD", total: "1.500" },
      { currency: "MGA", total: "1500" },
      { currency: "UGX", total: "2500.00" },
    ]);
    // In ISO's minor units: whole krónur and shillings, thousandths of a dinar, hundredths of an ariary.
    expect(
      await built.rows(
        "select currency, total_minor from staging.stg_invoices where currency <> 'USD' order by currency",
      ),
    ).toEqual([
      { currency: "ISK", total_minor: 1500 },
      { currency: "JPY", total_minor: 1500 },
      { currency: "KWD", total_minor: 1500 },
      { currency: "MGA", total_minor: 150000 },
      { currency: "UGX", total_minor: 2500 },
    ]);
  });
});

test("what was paid is a payment, also of an invoice written off, and outside Stripe too (R114)", async () => {
  expect(
    await built.rows("select id, invoice_id, paid_at, amount, is_out_of_band from input.payments order by id"),
  ).toEqual([
    {
      id: "inpay_1",
      invoice_id: "in_full",
      paid_at: "2026-07-05T12:00:00Z",
      amount: "150.00",
      is_out_of_band: "false",
    },
    { id: "inpay_2", invoice_id: "in_part", paid_at: "2026-07-05T12:00:00Z", amount: "40.00", is_out_of_band: "false" },
    { id: "inpay_4", invoice_id: "in_bank", paid_at: "2026-07-05T12:00:00Z", amount: "120.00", is_out_of_band: "true" },
    { id: "inpay_5", invoice_id: "in_many", paid_at: "2026-07-05T12:00:00Z", amount: "1.00", is_out_of_band: "false" },
    { id: "inpay_6", invoice_id: "in_many", paid_at: "2026-07-05T12:00:00Z", amount: "0.50", is_out_of_band: "false" },
    { id: "inpay_7", invoice_id: "in_old", paid_at: "2026-07-05T12:00:00Z", amount: "9.00", is_out_of_band: "false" },
  ]);
});

describe("refunds", () => {
  test("are those that succeeded and stayed so, and lost disputes on the day they were closed (R112)", async () => {
    expect(
      await built.rows("select id, payment_id, refunded_at, amount, kind, reason from input.refunds order by id"),
    ).toEqual([
      {
        id: "dp_lost",
        payment_id: "inpay_2",
        refunded_at: "2026-08-20T15:00:00Z",
        amount: "10.00",
        kind: "dispute",
        reason: "fraudulent",
      },
      {
        id: "dp_unseen",
        payment_id: "inpay_5",
        refunded_at: "2026-08-01T10:00:00Z",
        amount: "10.00",
        kind: "dispute",
        reason: null,
      },
      {
        id: "re_charge",
        payment_id: "inpay_7",
        refunded_at: "2026-08-01T10:00:00Z",
        amount: "3.00",
        kind: "refund",
        reason: null,
      },
      {
        id: "re_ok",
        payment_id: "inpay_1",
        refunded_at: "2026-08-01T10:00:00Z",
        amount: "10.00",
        kind: "refund",
        reason: "duplicate",
      },
    ]);
  });

  test("of payments outside invoices are counted once (R114)", async () => {
    // 25.00 refunded and 7.00 lost.
    expect(
      await built.rows(
        "select severity, entity_key, message from quality.issue where check_id = 'refund_outside_invoices'",
      ),
    ).toEqual([
      {
        severity: "info",
        entity_key: "stripe",
        message: "2 refunds and lost disputes of payments outside invoices (32.00 USD) are in no number",
      },
    ]);
    expect(await built.rows("select * from staging.quarantine where entity = 'refunds'")).toEqual([]);
  });
});

test("an invoice that names a deleted deal is linked as if it named none, and is listed (R111)", async () => {
  const won = (id: string): LogRecord[] =>
    recordsOf(
      "crm",
      { deals: [{ id, account_id: "a1", state: "won", created_at: "2026-05-01", closed_on: "2026-06-01" }] },
      new Date("2026-06-02T00:00:00Z"),
    );
  const linked = await build(
    {},
    {
      sources: [
        { name: "crm", kind: "files", path: "." },
        { name: "stripe", kind: "stripe", api_key: "sk_test" },
      ],
      drops: { crm: { accounts: [{ id: "a1", name: "Acme" }] } },
      records: [
        ...won("kept"),
        ...won("deleted"),
        ...won("deleted").map((record) => ({ ...record, operation: "delete" as const, reason: "archived" as const })),
        customer("cus_1", { metadata: { account_id: "crm:a1" } }),
        invoice("in_1", { metadata: { deal_id: "crm:deleted" } }, [], [payment("inpay_1", 12000)]),
        back("refunds", "re_outside", "succeeded", { amount: 2500 }),
      ],
    },
  );
  expect(await linked.rows("select deal_key, link_reason from marts.fct_cash")).toEqual([
    { deal_key: "crm:kept", link_reason: "latest_won" },
  ]);
  expect(
    await linked.rows("select entity_key from quality.issue where check_id = 'unknown_reference' order by all"),
  ).toEqual([{ entity_key: "stripe:in_1" }]);
  expect(await linked.cell("select message from quality.issue where check_id = 'refund_outside_invoices'")).toBe(
    "1 refund or lost dispute of a payment outside invoices (25.00 USD) is in no number",
  );
});
