import type { Drop } from "./build.ts";

/**
 * The third quarter of a company, in USD and UTC, whose numbers are worked out by hand:
 * d1 (1,000.00) is sourced by p1 through a registration, and its invoice of 1,190.00 with 190.00 tax is paid on 2026-08-20;
 * d2 (500.00, closed 2026-09-25) is direct; d3 (200.00 EUR at 1.10 = 220.00) is sourced by p2 by its role;
 * d4 (300.00) is influenced by p1 through one touch. Commission is 10% of what is collected: 100.00 for p1.
 */
export const frozenCompany: Drop = {
  partners: [
    { id: "p1", name: "Northwind", type: "referral", status: "active", agreed_on: "2026-01-10" },
    { id: "p2", name: "Contour", type: "reseller", status: "active", agreed_on: "2026-02-01" },
  ],
  accounts: [
    { id: "a1", name: "Alder" },
    { id: "a2", name: "Birch" },
    { id: "a3", name: "Cedar" },
    { id: "a4", name: "Doum" },
  ],
  deals: [
    deal("d1", "a1", "1000.00", "USD", "2026-07-01", "2026-08-10"),
    deal("d2", "a2", "500.00", "USD", "2026-07-05", "2026-09-25"),
    deal("d3", "a3", "200.00", "EUR", "2026-07-15", "2026-08-01"),
    deal("d4", "a4", "300.00", "USD", "2026-07-20", "2026-09-01"),
  ],
  deal_partners: [{ deal_id: "d3", partner_id: "p2", role: "sourced", recorded_at: "2026-07-20T09:00:00Z" }],
  registrations: [
    {
      id: "r1",
      partner_id: "p1",
      deal_id: "d1",
      submitted_at: "2026-07-01T09:00:00Z",
      decided_at: "2026-07-02T09:00:00Z",
      status: "approved",
    },
  ],
  touches: [{ id: "t1", partner_id: "p1", deal_id: "d4", kind: "meeting", occurred_at: "2026-08-05T09:00:00Z" }],
  customers: [{ id: "c1", name: "Alder", account_id: "a1" }],
  invoices: [
    {
      id: "i1",
      customer_id: "c1",
      number: "1",
      status: "paid",
      issued_at: "2026-08-12T00:00:00Z",
      currency: "USD",
      total: "1190.00",
      tax: "190.00",
      deal_id: "d1",
    },
  ],
  payments: [{ id: "y1", invoice_id: "i1", paid_at: "2026-08-20T00:00:00Z", amount: "1190.00", currency: "USD" }],
  fx_rates: [{ on: "2026-08-01", from_currency: "EUR", to_currency: "USD", rate: "1.10" }],
  targets: [{ slice: "program", slice_key: "all", metric: "sourced_bookings", period: "2026-Q3", amount: "2000.00" }],
};

/** The configuration those numbers are worked out with. */
export const frozenConfig = { commissions: [{ name: "standard", rate: 10 }] };

/** The quarter they stand in. */
export const frozenScope = { period: "2026-Q3", startsOn: "2026-07-01", endsOn: "2026-09-30" };

function deal(id: string, account: string, amount: string, currency: string, created: string, closed: string) {
  return {
    id,
    account_id: account,
    name: `Deal ${id}`,
    stage: "Won",
    state: "won",
    amount,
    currency,
    created_at: `${created}T09:00:00Z`,
    closed_on: closed,
  };
}

/** The company with rows of one entity changed: a patch for the row with this id, or null to take it out. */
export function changed(entity: string, id: string, patch: Readonly<Record<string, string>> | null): Drop {
  const rows = frozenCompany[entity] ?? [];
  return {
    ...frozenCompany,
    [entity]: rows.flatMap((row) => (row.id !== id ? [row] : patch === null ? [] : [{ ...row, ...patch }])),
  };
}

/** The company with further rows of one entity. */
export function added(entity: string, ...rows: readonly Readonly<Record<string, string>>[]): Drop {
  return { ...frozenCompany, [entity]: [...(frozenCompany[entity] ?? []), ...rows] };
}
