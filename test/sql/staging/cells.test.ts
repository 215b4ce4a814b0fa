import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, build, buildKept, recordsOf } from "../../support/build.ts";

const opened = { created_at: "2026-03-01T00:00:00Z", state: "open" };

let built: Built;
beforeAll(async () => {
  built = await buildKept(
    {
      partners: [
        { id: "p1", name: "One", type: "Referral Partner", status: " ACTIVE " },
        { id: "p2", name: "Two", type: "something else" },
        { id: "p3", name: "Three", status: "sleeping" },
        { id: "p4", name: "" },
      ],
      accounts: [
        { id: "a1", name: "Acme" },
        { id: "a2", name: "mapped to another row's id" },
        { id: "ACME~1", name: "has a tilde of its own" },
        { id: "a3", name: "is that other row" },
        { id: "A0", name: "mapped to it too, further down" },
      ],
      pipeline_stages: [
        { pipeline: "New", stage: "Talk", state: "open", probability: "0.2", is_qualified: "yes" },
        { pipeline: "New", stage: "Signed", state: "won", probability: "1" },
        { pipeline: "New", stage: "Odd", state: "open", probability: "1.2" },
      ],
      deals: [
        { id: "fine", account_id: "a1", name: "Fine", amount: "10.005", currency: "usd", ...opened, state: "OPEN" },
        { id: "bad-day", account_id: "a1", ...opened, closed_on: "2026-02-30", amount: "12x" },
        { id: "bad-time", ...opened, created_at: "yesterday" },
        { id: "timed-date", ...opened, expected_close_on: "2026-03-01T10:00:00Z" },
        { id: "bad-currency", ...opened, amount: "1", currency: "XXY" },
        { id: "no-currency", ...opened, amount: "7.50" },
        { id: "yen", ...opened, amount: "100.5", currency: "JPY" },
        { id: "dinar", ...opened, amount: "1.234", currency: "KWD" },
        { id: "lost-reference", account_id: "salesforce:001A", partner_id: "p9", ...opened },
        { id: "twice", name: "earlier", ...opened },
        { id: "twice", name: "later", ...opened },
        { id: "blank\t", name: "earlier", ...opened },
        { id: "blank", name: "later", ...opened },
        { id: "unsure", ...opened, probability: "1.01" },
        { id: "tail", name: "earlier", ...opened },
        { id: "tail\u00A0", name: "later", ...opened },
      ],
      deal_partners: [
        { deal_id: "fine", partner_id: "p1", role: "Co-Sell", share: "50" },
        { deal_id: "bad-day", partner_id: "p1" },
        { deal_id: "fine", partner_id: "p3" },
        { deal_id: "fine", partner_id: "p1", share: "101" },
      ],
      touches: [
        {
          id: "t1",
          partner_id: "p1",
          deal_id: "bad-day",
          account_id: "a1",
          kind: " Meeting ",
          occurred_at: "2026-03-02",
        },
        { id: "t2", partner_id: "p3", kind: "call", occurred_at: "2026-03-02" },
      ],
      customers: [{ id: "c1", email: "Jo@Acme.com" }],
      invoices: [
        { id: "i1", customer_id: "c1", issued_at: "2026-03-01", currency: "USD", total: "30.00" },
        { id: "i2", customer_id: "c1", issued_at: "2026-03-01", currency: "USD", total: "30.00" },
        { id: "i3", customer_id: "c9", issued_at: "2026-03-01", currency: "USD", total: "30.00" },
        { id: "i4", customer_id: "c1", issued_at: "2026-03-01", currency: "USD", total: "30.00", status: "Settled" },
        { id: "i5", customer_id: "c1", issued_at: "2026-03-01", currency: "", total: "30.00" },
      ],
      payments: [
        { id: "y1", invoice_id: "i1", paid_at: "2026-03-02", amount: "10.00", currency: "USD" },
        { id: "y2", invoice_id: "i1", paid_at: "2026-03-03", amount: "20.00", currency: "USD" },
        { id: "y3", invoice_id: "i2", paid_at: "2026-03-03", amount: "29.99", currency: "USD" },
        { id: "y4", invoice_id: "i3", paid_at: "2026-03-03", amount: "30.00", currency: "USD" },
      ],
      refunds: [
        { id: "y1", payment_id: "y2", refunded_at: "2026-03-04", amount: "1.00", currency: "USD" },
        { id: "r2", payment_id: "y2", refunded_at: "2026-03-04", amount: "1.00", currency: "USD" },
        { id: "r4", payment_id: "y4", refunded_at: "2026-03-04", amount: "1.00", currency: "USD" },
      ],
      overrides: [
        { deal_id: "fine", partner_id: "", decision: "none", reason: "r", approver: "a", decided_at: "2026-03-05" },
        {
          deal_id: "fine",
          partner_id: "p2",
          decision: "sourced",
          reason: "r",
          approver: "a",
          decided_at: "2026-03-05",
        },
        {
          deal_id: "fine",
          partner_id: "p3",
          decision: "sourced",
          reason: "r",
          approver: "a",
          decided_at: "2026-03-06",
        },
        {
          deal_id: "gone",
          partner_id: "p1",
          decision: "sourced",
          reason: "r",
          approver: "a",
          decided_at: "2026-03-06",
        },
      ],
      fx_rates: [{ on: "2026-03-01", from_currency: "EUR", to_currency: "USD", rate: "0" }],
    },
    {
      config: { partner_types: { "referral-partner": "referral" } },
      sources: [
        {
          name: "drop",
          kind: "files",
          path: ".",
          values: { touches: { kind: { MEETING: "call" } }, accounts: { id: { A2: "a3", A0: "a3" } } },
        },
      ],
    },
  );
}, 60_000);
afterAll(() => built.close());

const quarantined = (where: string): Promise<Record<string, unknown>[]> =>
  built.rows(`select check_id, column_name, value, file, line from staging.quarantine where ${where} order by all`);

const findings = (check: string): Promise<unknown[]> =>
  built
    .rows<{ key: string }>(
      `select distinct entity || ' ' || entity_key as key from quality.issue where check_id = '${check}'`,
    )
    .then((rows) => rows.map((row) => row.key).sort());

const deal = (key: string): Promise<Record<string, unknown>[]> =>
  built.rows(
    `select amount_minor, currency, state, order_type, account_key, partner_key from staging.stg_deals where deal_key = 'drop:${key}'`,
  );

describe("a cell that cannot be read", () => {
  test("takes its row to quarantine, once per cell, with file, line and what stood there", async () => {
    expect(await quarantined("entity_key = 'drop:bad-day'")).toEqual([
      { check_id: "bad_cell", column_name: "amount", value: "12x", file: "deals.csv", line: 3 },
      { check_id: "bad_cell", column_name: "closed_on", value: "2026-02-30", file: "deals.csv", line: 3 },
    ]);
    expect(await deal("bad-day")).toEqual([]);
    expect(
      await built.cell(
        "select message from quality.issue where check_id = 'bad_cell' and entity_key = 'drop:bad-day' and message like 'closed_on%'",
      ),
    ).toBe(
      'closed_on is "2026-02-30", which is not a date such as 2026-03-01 (deals.csv, line 3); the row is left out',
    );
  });

  test.each([
    ["a word for a time", "drop:bad-time", "created_at", "yesterday"],
    ["a time for a date", "drop:timed-date", "expected_close_on", "2026-03-01T10:00:00Z"],
    ["a currency that does not exist", "drop:bad-currency", "currency", "XXY"],
    ["a probability above 1", "drop:unsure", "probability", "1.01"],
    ["a status that has fixed values", "drop:p3", "status", "sleeping"],
    ["an empty cell that must not be", "drop:p4", "name", null],
    ["a stage's probability above 1", "drop:New|Odd", "probability", "1.2"],
    ["a share above 100", "drop:fine|drop:p1", "share", "101"],
    ["a rate that is not above 0", "2026-03-01|EUR|USD", "rate", "0"],
    ["a required currency left empty", "drop:i5", "currency", null],
  ])("%s (R04, R06, R07)", async (_, key, column, value) => {
    expect(await quarantined(`entity_key = '${key}' and check_id = 'bad_cell'`)).toMatchObject([
      { column_name: column, value },
    ]);
  });

  test("never stops the build", () => {
    expect(built.result.stopping).toEqual([]);
  });
});

describe("a cell that can", () => {
  test("picklists ignore case and outer blanks (R07, R10)", async () => {
    expect(await built.cell("select status from staging.stg_partners where partner_key = 'drop:p1'")).toBe("active");
    expect(await deal("fine")).toMatchObject([{ state: "open", order_type: "new" }]);
  });

  test("an amount with too many decimals is rounded half away from zero and listed (R06)", async () => {
    expect(await deal("fine")).toMatchObject([{ amount_minor: 1001, currency: "USD" }]);
    expect(await deal("yen")).toMatchObject([{ amount_minor: 101, currency: "JPY" }]);
    expect(await deal("dinar")).toMatchObject([{ amount_minor: 1234, currency: "KWD" }]);
    expect(await findings("amount_precision")).toEqual(["deals drop:fine", "deals drop:yen"]);
  });

  test("an amount without a currency is in the reporting one, and listed with its money (R06)", async () => {
    expect(await deal("no-currency")).toMatchObject([{ amount_minor: 750, currency: "USD" }]);
    expect(
      await built.rows(
        "select entity_key, amount_reporting_minor from quality.issue where check_id = 'currency_missing'",
      ),
    ).toEqual([{ entity_key: "drop:no-currency", amount_reporting_minor: 750 }]);
  });

  test("the config's values replace it, whatever the case", async () => {
    expect(await built.cell("select kind from staging.stg_touches where touch_key = 'drop:t1'")).toBe("call");
  });

  test("types of partners go through the config, and what is none of ours is listed (R16)", async () => {
    expect(await built.rows("select partner_key, type from staging.stg_partners order by all")).toEqual([
      { partner_key: "drop:p1", type: "referral" },
      { partner_key: "drop:p2", type: "other" },
    ]);
    expect(await findings("type_other")).toEqual(["partners drop:p2"]);
  });

  test("a role keeps a spelling of its own (R07)", async () => {
    expect(await built.rows("select partner_key, role, share from staging.stg_deal_partners")).toEqual([
      { partner_key: "drop:p1", role: "co_sell", share: "50.000000000000" },
    ]);
  });
});

describe("a key that stands twice", () => {
  test("the later line counts, the earlier is listed with its line (R03)", async () => {
    expect(await built.cell("select name from staging.stg_deals where deal_key = 'drop:twice'")).toBe("later");
    expect(await quarantined("entity_key = 'drop:twice'")).toMatchObject([{ check_id: "duplicate_key", line: 11 }]);
  });

  test("an id is what is left of it without blanks and after `values:`, and may have a tilde (R03)", async () => {
    expect(await built.rows("select deal_key from staging.stg_deals where deal_key like '%blank%'")).toEqual([
      { deal_key: "drop:blank" },
    ]);
    expect(await quarantined("entity_key = 'drop:blank'")).toMatchObject([{ check_id: "duplicate_key", line: 13 }]);
    expect(await built.rows("select account_key from staging.stg_accounts order by all")).toEqual([
      { account_key: "drop:ACME~1" },
      { account_key: "drop:a1" },
      { account_key: "drop:a3" },
    ]);
    // Lines 3, 5 and 6 are all a3, whatever was written there.
    expect(await quarantined("entity = 'accounts'")).toMatchObject([
      { check_id: "duplicate_key", line: 3 },
      { check_id: "duplicate_key", line: 5 },
    ]);
    expect(await built.cell("select name from staging.stg_accounts where account_key = 'drop:a3'")).toBe(
      "mapped to it too, further down",
    );
    expect(await built.rows("select deal_key, name from staging.stg_deals where deal_key like '%tail%'")).toEqual([
      { deal_key: "drop:tail", name: "later" },
    ]);
    expect(await quarantined("entity_key = 'drop:tail'")).toMatchObject([{ check_id: "duplicate_key", line: 16 }]);
  });

  test("a refund with the key of a payment is left out (R58)", async () => {
    expect(await built.rows("select refund_key from staging.stg_refunds")).toEqual([{ refund_key: "drop:r2" }]);
    expect(await quarantined("entity = 'refunds' and check_id = 'duplicate_key'")).toMatchObject([{ line: 2 }]);
  });
});

describe("a reference to nothing", () => {
  test("is read as empty where the row can do without it, and listed (R02)", async () => {
    expect(await deal("lost-reference")).toMatchObject([{ account_key: null, partner_key: null }]);
    expect(
      await built.rows(
        "select message from quality.issue where check_id = 'unknown_reference' and entity_key = 'drop:lost-reference' order by message",
      ),
    ).toEqual([
      {
        message:
          'account_id names the account "salesforce:001A", and no source is called "salesforce"; it is read as empty',
      },
      { message: 'partner_id names the partner "drop:p9", which no source has; it is read as empty' },
    ]);
  });

  test("a row in quarantine is nothing, too (R02)", async () => {
    expect(await built.rows("select touch_key, deal_key, account_key from staging.stg_touches")).toEqual([
      { touch_key: "drop:t1", deal_key: null, account_key: "drop:a1" },
    ]);
    expect(await quarantined("entity = 'touches'")).toMatchObject([
      { check_id: "unknown_reference", column_name: "partner_id", value: "drop:p3", line: 3 },
    ]);
  });

  test("takes the rows below it along: invoice, payment, refund (R02)", async () => {
    const rows = await built.rows(
      "select entity, entity_key from staging.quarantine where check_id = 'unknown_reference' and entity in ('invoices', 'payments', 'refunds') order by all",
    );
    expect(rows).toEqual([
      { entity: "invoices", entity_key: "drop:i3" },
      { entity: "payments", entity_key: "drop:y4" },
      { entity: "refunds", entity_key: "drop:r4" },
    ]);
  });

  test("and their money is named once", async () => {
    const rows = await built.rows(
      "select entity_key, sum(amount_reporting_minor) as minor from quality.issue where check_id = 'unknown_reference' and entity in ('invoices', 'payments', 'refunds') group by all order by all",
    );
    expect(rows.map((row) => Number(row.minor))).toEqual([3000, 100, 3000]);
  });

  test("an override of an unknown deal or partner is left out; of two at one time the later line has the greater place (R02, R15)", async () => {
    expect(
      await built.rows("select deal_key, partner_key, decision, place from staging.stg_overrides order by place"),
    ).toEqual([
      { deal_key: "drop:fine", partner_key: null, decision: "none", place: 1 },
      { deal_key: "drop:fine", partner_key: "drop:p2", decision: "sourced", place: 2 },
    ]);
    expect(await quarantined("entity = 'overrides'")).toMatchObject([{ line: 5 }, { line: 4 }]);
  });
});

test("of overrides in several files the line of the later file counts, and an id may begin as the mark of a broken line does (R15)", async () => {
  const override = { deal_id: "d1", decision: "sourced", reason: "known", approver: "Ada", decided_at: "2026-05-01" };
  const [first, second] = recordsOf(
    "drop",
    {
      overrides: [
        { ...override, partner_id: "p1" },
        { ...override, partner_id: "p2" },
      ],
    },
    new Date("2026-01-01T00:00:00Z"),
  );
  if (first === undefined || second === undefined) throw new Error("two rows give two records");
  const own = await build(
    {
      partners: [
        { id: "p1", name: "One" },
        { id: "p2", name: "Two" },
        { id: "~bad~p3", name: "Three" },
      ],
      deals: [{ id: "d1", ...opened }],
    },
    {
      only: ["staging.stg_overrides", "staging.stg_partners", "staging.quarantine"],
      records: [
        { ...first, file: "b.csv", line: 2 },
        { ...second, file: "a.csv", line: 9 },
      ],
    },
  );
  expect(await own.rows("select partner_key, place from staging.stg_overrides order by place")).toEqual([
    { partner_key: "drop:p2", place: 1 },
    { partner_key: "drop:p1", place: 2 },
  ]);
  expect(await own.rows("select name from staging.stg_partners order by name")).toEqual([
    { name: "One" },
    { name: "Three" },
    { name: "Two" },
  ]);
  expect(await own.rows("select message from staging.quarantine")).toEqual([]);
});

describe("the status of an invoice (R11)", () => {
  test("when empty is paid exactly when its payments add up to the total", async () => {
    expect(await built.rows("select invoice_key, status from staging.stg_invoices order by all")).toEqual([
      { invoice_key: "drop:i1", status: "paid" },
      { invoice_key: "drop:i2", status: "open" },
      { invoice_key: "drop:i4", status: "settled" },
    ]);
  });

  test("when unknown is kept and listed", async () => {
    expect(await findings("unknown_status")).toEqual(["invoices drop:i4"]);
  });
});
