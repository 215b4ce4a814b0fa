import { describe, expect, test } from "vitest";
import { type Built, build, type Drop } from "../../support/build.ts";

function deal(id: string, amount: string, more: Readonly<Record<string, string>> = {}) {
  return {
    id,
    account_id: `a-${id}`,
    state: "won",
    amount,
    currency: "USD",
    created_at: "2026-06-01T09:00:00Z",
    closed_on: "2026-07-01",
    ...more,
  };
}

function role(deal_id: string, partner_id: string, recorded: string, removed = "") {
  return {
    deal_id,
    partner_id,
    role: "sourced",
    recorded_at: `${recorded}T09:00:00Z`,
    removed_at: removed === "" ? "" : `${removed}T09:00:00Z`,
  };
}

/** Deals close on 2026-07-01, so evidence on them is closed on 2026-07-15, 14 days later; today is 2026-09-30. */
const company: Drop = {
  partners: [
    { id: "p1", name: "Northwind" },
    { id: "p2", name: "Contour" },
  ],
  accounts: ["d1", "d2", "d3", "d4", "d5", "shared"].map((id) => ({ id: `a-${id}`, name: id })),
  deals: [
    deal("d1", "1000.00"),
    deal("d2", "500.00"),
    deal("d3", "200.00"),
    deal("d4", "300.00"),
    deal("d5", "400.00"),
    deal("d6", "600.00", { account_id: "a-shared", created_at: "2026-03-01T09:00:00Z", closed_on: "2026-05-01" }),
    deal("d7", "700.00", { account_id: "a-shared", order_type: "renewal" }),
  ],
  deal_partners: [
    role("d1", "p1", "2026-06-05", "2026-08-01"),
    role("d4", "p1", "2026-06-05", "2026-07-10"),
    role("d6", "p1", "2026-03-02", "2026-08-01"),
    role("d6", "p2", "2026-03-03"),
    role("d7", "p1", "2026-06-04"),
    role("d7", "p2", "2026-06-03"),
  ],
  leads: [
    {
      id: "l1",
      partner_id: "p2",
      deal_id: "d2",
      received_at: "2026-06-05T09:00:00Z",
      accepted_at: "2026-08-05T09:00:00Z",
    },
  ],
  touches: [
    {
      id: "t1",
      partner_id: "p1",
      deal_id: "d3",
      kind: "meeting",
      occurred_at: "2026-06-10T09:00:00Z",
      removed_at: "2026-07-20T09:00:00Z",
    },
    {
      id: "t2",
      partner_id: "p1",
      deal_id: "d5",
      kind: "meeting",
      occurred_at: "2026-06-10T09:00:00Z",
      recorded_at: "2026-08-20T09:00:00Z",
    },
  ],
};

function ledger(built: Built): Promise<unknown[]> {
  return built.rows(
    `select
         replace(deal_key, 'drop:', '') as deal, replace(partner_key, 'drop:', '') as partner, quarter,
         class_at_close || ' → ' || class_now as class, role_at_close || ' → ' || role_now as role,
         credit_at_close_minor as then_minor, credit_now_minor as now_minor, difference_minor as difference, reason, evidence_table, evidence_on
     from marts.fct_restatement order by deal_key, partner_key`,
  );
}

const expected = [
  // The role went after evidence was closed: 1,000.00 stay with p1 by the evidence at the close.
  row("d1", "p1", "2026-Q3", "sourced → direct", "source → none", 100_000, 0, "removed", "deal_partners", "2026-08-01"),
  // The lead was accepted only after that.
  row("d2", "p2", "2026-Q3", "direct → sourced", "none → source", 0, 50_000, "decided_late", "leads", "2026-08-05"),
  row("d3", "p1", "2026-Q3", "influenced → direct", "influence → none", 0, 0, "removed", "touches", "2026-07-20"),
  // The earlier role of two was removed, so the deal is the other partner's now.
  row("d6", "p1", "2026-Q2", "sourced → sourced", "source → none", 60_000, 0, "removed", "deal_partners", "2026-08-01"),
  row(
    "d6",
    "p2",
    "2026-Q2",
    "sourced → sourced",
    "influence → source",
    0,
    60_000,
    "removed",
    "deal_partners",
    "2026-08-01",
  ),
  // Its renewal is claimed by both; the source of the deal before decides (R44).
  row("d7", "p1", "2026-Q3", "sourced → sourced", "source → influence", 70_000, 0, "incumbent", null, null),
  row("d7", "p2", "2026-Q3", "sourced → sourced", "influence → source", 0, 70_000, "incumbent", null, null),
];

function row(
  deal: string,
  partner: string,
  quarter: string,
  change: string,
  roles: string,
  then_minor: number,
  now_minor: number,
  reason: string,
  evidence_table: string | null,
  evidence_on: string | null,
) {
  const difference = now_minor - then_minor;
  return {
    deal,
    partner,
    quarter,
    class: change,
    role: roles,
    then_minor,
    now_minor,
    difference,
    reason,
    evidence_table,
    evidence_on,
  };
}

// The ledger, and the deals whose sources it is compared with.
const tables = ["marts.fct_restatement", "marts.fct_deal"];

describe("the restatement ledger", () => {
  test("lists each partner whose part in a deal is another by the evidence of now; in time and too late make no difference", async () => {
    const built = await build(company, { only: tables });
    expect(built.result.stopping).toEqual([]);
    expect(await ledger(built)).toEqual(expected);
  });

  test("is the same whichever evidence the numbers are taken from, and says what the other would give", async () => {
    const built = await build(company, { only: tables, config: { attribution: { evidence: "current" } } });
    expect(await ledger(built)).toEqual(expected);
    // The class by the evidence of now is the official one here.
    expect(
      await built.rows(
        `select count(*) as n from marts.fct_restatement as ledger
         inner join marts.fct_deal as deals on deals.deal_key = ledger.deal_key
         where deals.class <> ledger.class_now or deals.source_partner_key is distinct from ledger.source_now`,
      ),
    ).toEqual([{ n: 0 }]);
  });

  test("is empty when nothing was removed or decided after evidence was closed", async () => {
    const built = await build(company, { only: tables, asOf: "2026-07-14" });
    expect(await ledger(built)).toEqual([]);
  });
});
