import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, partners, deal } = scenarios();
partners("p1");

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop);
}, 60_000);
afterAll(() => built.close());

const bill = (
  id: string,
  customer: string,
  from: string,
  to: string,
  amount: string,
  row: Record<string, string> = {},
): void =>
  add("invoices", {
    id,
    customer_id: customer,
    status: "paid",
    issued_at: "2026-01-02",
    currency: "USD",
    total: amount,
    recurring_amount: amount,
    period_starts_on: from,
    period_ends_on: to,
    ...row,
  });
const months = async (customer: string): Promise<Record<string, number>> => {
  const rows = await built.rows<{ month: string; mrr_minor: number }>(
    `select strftime(month_on, '%Y-%m') as month, mrr_minor from marts.fct_recurring where customer_key = 'drop:${customer}' order by all`,
  );
  return Object.fromEntries(rows.map((row) => [row.month, row.mrr_minor]));
};

describe("a recurring amount", () => {
  for (const id of ["tie", "third", "month", "quarter", "odd", "several", "yen", "unpaid", "later", "broken"])
    add("customers", { id });
  bill("i-month", "month", "2026-01-01", "2026-01-31", "99.99");
  // 15 January to 14 April: 17 + 28 + 31 + 14 = 90 days of 1.00 each.
  bill("i-quarter", "quarter", "2026-01-15", "2026-04-14", "90.00");
  // 31 January and 1 February, 0.01: equal remainders and days, the earlier month has it.
  bill("i-odd", "odd", "2026-01-31", "2026-02-01", "0.01");
  // 0.02 over 1 and 3 days is half a cent and one and a half: equal remainders, the month of more days has the cent.
  bill("i-tie", "tie", "2026-01-31", "2026-02-03", "0.02");
  // 0.10 over 1 + 28 + 1 days: 0.33, 9.33 and 0.33 cents, the cent left over goes to the month of more days.
  bill("i-third", "third", "2026-01-31", "2026-03-01", "0.10");
  bill("i-several-1", "several", "2026-01-01", "2026-01-31", "10.00");
  bill("i-several-2", "several", "2026-01-01", "2026-02-28", "59.00");
  bill("i-yen", "yen", "2026-01-01", "2026-01-31", "1000", { currency: "JPY" });
  add("fx_rates", { on: "2026-01-01", from_currency: "JPY", to_currency: "USD", rate: "0.0067" });
  bill("i-unpaid", "unpaid", "2026-01-01", "2026-01-31", "10.00", { status: "open" });
  bill("i-later", "later", "2026-09-01", "2026-09-30", "10.00", { issued_at: "2026-10-01" });
  bill("i-broken", "broken", "2026-02-01", "2026-01-01", "10.00");

  test("of one month stands in that month", async () => {
    expect(await months("month")).toEqual({ "2026-01": 9999 });
  });

  test("is spread evenly by day over the service, first and last day included (R69)", async () => {
    expect(await months("quarter")).toEqual({ "2026-01": 1700, "2026-02": 2800, "2026-03": 3100, "2026-04": 1400 });
  });

  test("leaves a cent over to the larger remainder, then the more days, then the earlier month (R26)", async () => {
    expect(await months("odd")).toEqual({ "2026-01": 1, "2026-02": 0 });
    expect(await months("tie")).toEqual({ "2026-01": 0, "2026-02": 2 });
    expect(await months("third")).toEqual({ "2026-01": 0, "2026-02": 10, "2026-03": 0 });
  });

  // 59.00 over 31 + 28 days is 31.00 and 28.00.
  test("adds up over a customer's invoices", async () => {
    expect(await months("several")).toEqual({ "2026-01": 4100, "2026-02": 2800 });
  });

  test("is converted at the issue date (R25)", async () => {
    expect(await months("yen")).toEqual({ "2026-01": 670 });
  });

  add("customers", { id: "rateless" });
  bill("i-rateless", "rateless", "2026-01-01", "2026-01-31", "10.00", { currency: "CHF" });
  test("without a rate is none and is listed (R24)", async () => {
    expect(await months("rateless")).toEqual({});
    expect(
      await built.cell(
        "select count(*) from quality.issue where check_id = 'fx_rate_missing' and entity = 'invoices' and entity_key = 'drop:i-rateless'",
      ),
    ).toBe(1);
  });

  test("is none when unpaid, issued later, or of a period that ends before it starts, which is listed (R11, R17)", async () => {
    expect(await months("unpaid")).toEqual({});
    expect(await months("later")).toEqual({});
    expect(await months("broken")).toEqual({});
    expect(await built.cell("select message from quality.issue where check_id = 'recurring_period_missing'")).toBe(
      "the recurring amount of the invoice issued on 2 Jan 2026 is for a period that ends on 1 Jan 2026, before it starts on 1 Feb 2026; it is in no recurring revenue",
    );
  });
});

describe("a customer", () => {
  add("customers", { id: "classed", account_id: "classed-account" });
  deal("second", { account_id: "classed-account", created_at: "2025-01-01T00:00:00Z", closed_on: "2025-06-01" });
  deal("first", {
    account_id: "classed-account",
    created_at: "2025-02-01T00:00:00Z",
    closed_on: "2025-05-01",
    partner_id: "p1",
    partner_declared_at: "2025-02-01",
  });
  bill("i-classed", "classed", "2026-01-01", "2026-01-31", "10.00");

  test("has the class and source of its account's first won deal, by close date (R70)", async () => {
    expect(
      await built.rows(
        "select deal_key, class, source_partner_key from marts.fct_recurring where customer_key = 'drop:classed'",
      ),
    ).toEqual([{ deal_key: "drop:first", class: "sourced", source_partner_key: "drop:p1" }]);
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
