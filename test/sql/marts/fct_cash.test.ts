import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildKept } from "../../support/build.ts";
import { scenarios } from "../../support/scenarios.ts";

const { drop, add, partners, deal } = scenarios();
partners("p1", "p2");

let built: Built;
beforeAll(async () => {
  built = await buildKept(drop, {
    config: { customers: { free_mail_domains: ["post.example"] } },
  });
}, 60_000);
afterAll(() => built.close());

/** Adds a paid invoice with its payment, both in USD on one day unless told otherwise. */
const pay = (
  id: string,
  customer: string,
  invoice: Record<string, string> = {},
  payment: Record<string, string> = {},
): void => {
  add("invoices", {
    id: `${id}-i`,
    customer_id: customer,
    issued_at: "2026-07-15",
    currency: "USD",
    total: "119.00",
    tax: "19.00",
    ...invoice,
  });
  add("payments", {
    id: `${id}-p`,
    invoice_id: `${id}-i`,
    paid_at: "2026-07-20",
    amount: "119.00",
    currency: "USD",
    ...payment,
  });
};
const account = (id: string, row: Record<string, string> = {}): void =>
  add("accounts", { id, name: `Account ${id}`, ...row });
const customer = (id: string, row: Record<string, string> = {}): void =>
  add("customers", { id, name: `Customer ${id}`, ...row });

const cashOf = async (key: string): Promise<Record<string, unknown> | undefined> =>
  (await built.rows(`select * from marts.fct_cash where cash_key = 'drop:${key}'`))[0];
const issues = (check: string, key: string): Promise<unknown> =>
  built.cell(`select message from quality.issue where check_id = '${check}' and entity_key = 'drop:${key}'`);

describe("customer to account", () => {
  const accountOf = async (id: string): Promise<unknown> =>
    built.cell(
      `select coalesce(account_key, 'none') || ' ' || link_reason from attribution.int_customer_account where customer_key = 'drop:${id}'`,
    );

  account("named");
  account("lister", { customer_ids: "c-listed;c-both;c-twice" });
  account("lister-2", { customer_ids: "c-twice", domain: "WWW.Lister2.example" });
  account("domains", { domain: "owned.example" });
  account("shared-1", { domain: "shared.example" });
  account("shared-2", { domain: "shared.example" });
  account("mail", { domain: "gmail.com" });
  account("post", { domain: "post.example" });
  account("Equal Name GmbH", { name: "Equal Name GmbH" });
  customer("c-both", { account_id: "named" });
  customer("c-listed");
  customer("c-twice", { domain: " lister2.example " });
  customer("c-domain", { domain: "Owned.Example" });
  customer("c-mail-domain", { email: "ann@owned.example" });
  customer("c-own-first", { domain: "elsewhere.example", email: "ann@owned.example" });
  customer("c-shared", { domain: "shared.example" });
  customer("c-free", { email: "ann@gmail.com" });
  customer("c-post", { email: "ann@post.example" });
  customer("c-name", { name: "Equal Name" });

  test("is the customer's own account first, then the account that lists it, then the domain (R59)", async () => {
    expect(await accountOf("c-both")).toBe("drop:named customer_account");
    expect(await accountOf("c-listed")).toBe("drop:lister account_customer");
    expect(await accountOf("c-domain")).toBe("drop:domains domain");
    expect(await accountOf("c-mail-domain")).toBe("drop:domains domain");
  });

  test("listed by two accounts is listed by none, and the domain is tried (R60)", async () => {
    expect(await accountOf("c-twice")).toBe("drop:lister-2 domain");
  });

  test("never by a shared domain, a mail provider's of ours or of the config, or the e-mail's beside another domain (R59)", async () => {
    expect(await accountOf("c-shared")).toBe("none unlinked");
    expect(await accountOf("c-free")).toBe("none unlinked");
    expect(await accountOf("c-post")).toBe("none unlinked");
    expect(await accountOf("c-own-first")).toBe("none unlinked");
  });

  test("never by name, which is only suggested", async () => {
    expect(await accountOf("c-name")).toBe("none unlinked");
    expect(await issues("customer_name_suggestion", "c-name")).toBe(
      "Equal Name has no account; Equal Name GmbH (drop:Equal Name GmbH) has the same name",
    );
    expect(await issues("customer_without_account", "c-name")).toBe(
      "Equal Name has no account and no domain to find one by",
    );
  });

  test("that is not found is listed with what stood in the way of its domain", async () => {
    for (const [key, way] of [
      ["c-free", "gmail.com is a mail provider's domain, which says nothing of a company"],
      ["c-shared", "2 accounts share the domain shared.example"],
      ["c-own-first", "no account has the domain elsewhere.example"],
    ] as const) {
      expect(await issues("customer_without_account", key)).toBe(`Customer ${key} has no account, and ${way}`);
    }
  });
});

describe("invoice to deal (R96)", () => {
  customer("c-link", { account_id: "link" });
  deal("won-1", { account_id: "link", created_at: "2026-01-01T00:00:00Z", closed_on: "2026-03-01" });
  deal("won-2", { account_id: "link", created_at: "2026-02-01T00:00:00Z", closed_on: "2026-05-01" });
  deal("won-2b", { account_id: "link", created_at: "2026-02-02T00:00:00Z", closed_on: "2026-05-01" });
  deal("won-excluded", { account_id: "link", closed_on: "2026-06-01", excluded_as: "duplicate" });
  deal("elsewhere", { state: "open" });
  deal("later", { created_at: "2026-10-01T00:00:00Z", state: "open" });
  for (const [id, row] of Object.entries({
    "named-deal": { deal_id: "elsewhere" },
    "named-excluded": { deal_id: "won-excluded" },
    "named-later": { deal_id: "later" },
    latest: { issued_at: "2026-07-15" },
    "same-day": { issued_at: "2026-05-01" },
    between: { issued_at: "2026-04-30" },
    grace: { issued_at: "2026-01-30" },
    "too-soon": { issued_at: "2026-01-29" },
  })) {
    pay(id, "c-link", row);
  }
  const linkOf = async (id: string): Promise<unknown> => {
    const cash = await cashOf(`${id}-p`);
    return `${String(cash?.deal_key)} ${String(cash?.link_reason)}`;
  };

  test("takes the deal it names, of any account and state (R61)", async () => {
    expect(await linkOf("named-deal")).toBe("drop:elsewhere invoice_deal");
  });

  test("that names an excluded deal, or one not created yet, belongs to none (R23)", async () => {
    expect(await linkOf("named-excluded")).toBe("null deal_excluded");
    expect(await linkOf("named-later")).toBe("null unlinked");
    expect(await issues("invoice_without_deal", "named-later-i")).toBe(
      "the invoice of Customer c-link issued on 15 Jul 2026 names drop:later, which is not created yet",
    );
  });

  test("else takes the latest won deal by the issue date, the one created later on equal days (R61)", async () => {
    expect(await linkOf("latest")).toBe("drop:won-2b latest_won");
    expect(await linkOf("same-day")).toBe("drop:won-2b latest_won");
    expect(await linkOf("between")).toBe("drop:won-1 latest_won");
  });

  test("else the first won within 30 days after it, the thirtieth included (R61)", async () => {
    expect(await linkOf("grace")).toBe("drop:won-1 grace");
    expect(await linkOf("too-soon")).toBe("null unlinked");
    expect(await issues("invoice_without_deal", "too-soon-i")).toBe(
      "the invoice of Customer c-link issued on 29 Jan 2026 finds no deal: Account link has none won by then or in the 30 days after",
    );
  });
});

describe("collected", () => {
  customer("c-money");
  pay("plain", "c-money");
  pay("partial", "c-money", {}, { amount: "50.00" });
  pay("untaxed", "c-money", { tax: "" });
  pay("free", "c-money", { total: "0", tax: "0" }, { amount: "5.00" });
  pay("yen", "c-money", { currency: "JPY", total: "1100", tax: "100" }, { currency: "JPY", amount: "550" });
  pay("dinar", "c-money", { currency: "KWD", total: "11.000", tax: "1.000" }, { currency: "KWD", amount: "1.234" });
  pay("cents", "c-money", { currency: "EUR" }, { currency: "EUR", amount: "0.07" });
  pay("rateless", "c-money", { currency: "CHF" }, { currency: "CHF" });
  for (const [from, rate] of [
    ["JPY", "0.0067"],
    ["KWD", "3.25"],
    ["EUR", "1.1"],
  ] as const) {
    add("fx_rates", { on: "2026-07-18", from_currency: from, to_currency: "USD", rate });
    add("fx_rates", { on: "2026-08-31", from_currency: from, to_currency: "USD", rate });
  }
  add("refunds", {
    id: "back",
    payment_id: "partial-p",
    refunded_at: "2026-08-01",
    amount: "10.00",
    currency: "USD",
    kind: "refund",
  });
  add("refunds", {
    id: "lost",
    payment_id: "yen-p",
    refunded_at: "2026-09-01",
    amount: "55",
    currency: "JPY",
    kind: "dispute",
  });

  test("is the payment before tax, rounded half away from zero (R57, R90)", async () => {
    expect(await cashOf("plain-p")).toMatchObject({
      kind: "payment",
      cash_minor: 11900,
      collected_minor: 10000,
      collected_reporting_minor: 10000,
    });
    // 50.00 × 100/119 = 42.0168
    expect(await cashOf("partial-p")).toMatchObject({ cash_minor: 5000, collected_minor: 4202 });
    expect(await cashOf("untaxed-p")).toMatchObject({ collected_minor: 11900 });
  });

  test("of an invoice of nothing is all of the payment (R56)", async () => {
    expect(await cashOf("free-p")).toMatchObject({ collected_minor: 500 });
  });

  pay("outside", "c-money", {}, { is_out_of_band: "true" });
  test("includes what was paid outside the billing system (R13)", async () => {
    expect(await cashOf("outside-p")).toMatchObject({ kind: "payment", collected_reporting_minor: 10000 });
  });

  // ¥550 × 1000/1100 = ¥500, × 0.0067 = $3.35; 1.234 KWD × 10/11 = 1.1218 → 1.122, × 3.25 = $3.6465
  test("counts in the minor units of each currency and is converted once at the paid date (R57)", async () => {
    expect(await cashOf("yen-p")).toMatchObject({
      cash_minor: 550,
      collected_minor: 500,
      collected_reporting_minor: 335,
      fx_on: "2026-07-18",
    });
    expect(await cashOf("dinar-p")).toMatchObject({
      cash_minor: 1234,
      collected_minor: 1122,
      collected_reporting_minor: 365,
    });
    // 7 × 100/119 = 5.88 → 6 cents, × 1.1 = 6.6 → 7; rounded only once it would be 6.
    expect(await cashOf("cents-p")).toMatchObject({ collected_minor: 6, collected_reporting_minor: 7 });
  });

  test("goes back by the same fraction with a refund or lost dispute, at its own date (R12, R57, R90)", async () => {
    expect(await cashOf("back")).toMatchObject({
      kind: "refund",
      cash_minor: -1000,
      collected_minor: -840,
      payment_key: "drop:partial-p",
    });
    expect(await cashOf("lost")).toMatchObject({
      kind: "dispute",
      cash_minor: -55,
      collected_minor: -50,
      collected_reporting_minor: -34,
      fx_on: "2026-08-31",
    });
  });

  test("without a rate stays out of converted totals and is listed", async () => {
    expect(await cashOf("rateless-p")).toMatchObject({ collected_minor: 10000, collected_reporting_minor: null });
    expect(await issues("fx_rate_missing", "rateless-p")).toBe(
      "no rate from CHF on 20 Jul 2026 or in the 7 days before; the payment is in no converted total",
    );
  });
});

describe("collected credit", () => {
  customer("c-credit", { account_id: "credit-account" });
  deal("credit", { partner_id: "p1", partner_declared_at: "2026-04-10" });
  add("touches", { id: "ct", partner_id: "p2", deal_id: "credit", kind: "call", occurred_at: "2026-05-01" });
  pay("credited", "c-credit", { total: "100.01", tax: "0" }, { amount: "100.01" });
  add("refunds", {
    id: "credited-back",
    payment_id: "credited-p",
    refunded_at: "2026-08-01",
    amount: "0.01",
    currency: "USD",
  });
  const parts = (key: string, model: string): Promise<unknown[]> =>
    built.rows(
      `select partner_key, collected_reporting_minor as part from marts.fct_cash_credit where cash_key = 'drop:${key}' and model = '${model}' order by all`,
    );

  test("follows the deal's shares payment by payment, to the cent (R26)", async () => {
    expect(await parts("credited-p", "sourced_wins")).toEqual([{ partner_key: "drop:p1", part: 10001 }]);
    expect(await parts("credited-p", "linear")).toEqual([
      { partner_key: "drop:p1", part: 5001 },
      { partner_key: "drop:p2", part: 5000 },
    ]);
  });

  test("of a refund has the same shares and its own rounding, negative; no kind means refund (R12, R63)", async () => {
    expect(await parts("credited-back", "linear")).toEqual([
      { partner_key: "drop:p1", part: -1 },
      { partner_key: "drop:p2", part: 0 },
    ]);
    expect(await parts("credited-back", "sourced_wins")).toEqual([{ partner_key: "drop:p1", part: -1 }]);
    expect(await cashOf("credited-back")).toMatchObject({ kind: "refund" });
  });

  deal("swiss", { partner_id: "p1", partner_declared_at: "2026-04-10" });
  pay("swiss", "c-credit", { currency: "CHF", deal_id: "swiss" }, { currency: "CHF" });
  deal("running", { state: "open", partner_id: "p1", partner_declared_at: "2026-04-10" });
  pay("running", "c-credit", { deal_id: "running" });
  test("is none for cash without a rate, and follows the present shares of an open deal (R62)", async () => {
    expect(await cashOf("swiss-p")).toMatchObject({ deal_key: "drop:swiss", collected_minor: 10000 });
    expect(await parts("swiss-p", "sourced_wins")).toEqual([]);
    expect(await parts("running-p", "sourced_wins")).toEqual([{ partner_key: "drop:p1", part: 10000 }]);
  });

  test("is none for cash without a deal", async () => {
    expect(await parts("plain-p", "linear")).toEqual([]);
  });
});

test("the models hold their own invariants over all of this", () => {
  expect(built.result.stopping).toEqual([]);
});
