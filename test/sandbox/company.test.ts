import { describe, expect, test } from "vitest";
import { type Company, createCompany, type Entity, type SourceName } from "../../src/sandbox/index.ts";
import { sandboxNow, smallCompany } from "./open-sandbox.ts";

const msPerDay = 86_400_000;
const company = createCompany({ seed: 1, now: sandboxNow });
const { hubspot, salesforce, stripe, drop } = company.rows;

/** What identifies a row of an entity, as a file has it. */
const keyColumns: Partial<Record<Entity, readonly string[]>> = {
  deal_stages: ["deal_id", "stage", "entered_at"],
  deal_partners: ["deal_id", "partner_id", "role"],
  overlaps: ["partner_id", "account_id", "kind"],
  fx_rates: ["on", "from_currency", "to_currency"],
  targets: ["slice", "slice_key", "metric", "period"],
  overrides: ["deal_id", "decided_at"],
  annotations: ["on", "text"],
  pipeline_stages: ["pipeline", "stage"],
};

function keyed(one: Company, source: SourceName, entity: Entity): Map<string, Record<string, string>> {
  const rows: readonly Record<string, string>[] = one.rows[source][entity];
  const columns = keyColumns[entity] ?? ["id"];
  return new Map(rows.map((row) => [columns.map((column) => row[column]).join("|"), row]));
}

describe("a synthetic company", () => {
  test("is the same for the same seed and another for another seed", () => {
    expect(smallCompany(7).rows).toEqual(smallCompany(7).rows);
    expect(smallCompany(8).rows.hubspot.accounts[0]!.name).not.toBe(smallCompany(7).rows.hubspot.accounts[0]!.name);
  });

  test("has the size of a company with two and a half years behind it", () => {
    const deals = hubspot.deals.length + salesforce.deals.length;
    expect(deals).toBeGreaterThan(2500);
    expect(deals).toBeLessThan(3600);
    expect(drop.partners.length).toBeGreaterThan(60);
    expect(drop.partners.length).toBeLessThan(85);
    expect(stripe.invoices.length).toBeGreaterThan(3000);
    const created = [...hubspot.deals, ...salesforce.deals].map((deal) => deal.created_at.slice(0, 10)).sort();
    expect(created[0]! < "2024-02-01").toBe(true);
    expect(created.at(-1)! <= "2026-11-21").toBe(true);
  });

  test("grows with the size that is asked for", () => {
    const { rows } = createCompany({ seed: 1, now: sandboxNow, size: 9000 });
    const deals = rows.hubspot.deals.length + rows.salesforce.deals.length;
    expect(deals).toBeGreaterThan(7500);
    expect(deals).toBeLessThan(10_800);
  });

  test.each([
    ["a day", new Date("2026-11-21T12:00:00Z"), 1],
    ["the end of a month and of a quarter", new Date("2026-09-30T23:00:00Z"), 2],
    ["the end of a year", new Date("2025-12-31T12:00:00Z"), 3],
  ])("goes on over %s without losing or renaming a row", (_, before, days) => {
    const first = smallCompany(7, before);
    const second = smallCompany(7, new Date(before.getTime() + days * msPerDay));
    for (const source of Object.keys(first.rows) as SourceName[]) {
      for (const entity of Object.keys(first.rows[source]) as Entity[]) {
        const later = keyed(second, source, entity);
        // A dispute that was opened comes to be dated by its end; its id stays, like every other id.
        const lost = [...keyed(first, source, entity).keys()].filter((key) => !later.has(key));
        expect({ source, entity, lost }).toEqual({ source, entity, lost: [] });
      }
    }
    const paid = [...keyed(first, "stripe", "invoices").values()].filter((invoice) => invoice.status === "paid");
    const paidLater = keyed(second, "stripe", "invoices");
    expect(paid.map((invoice) => paidLater.get(invoice.id!))).toEqual(paid);
    const stages = second.rows.hubspot.deal_stages.length - first.rows.hubspot.deal_stages.length;
    expect(stages).toBeGreaterThan(0);
  });

  test("shows nothing that happens after its present moment", () => {
    const now = sandboxNow.toISOString();
    const today = "2026-11-21";
    for (const source of Object.keys(company.rows) as SourceName[]) {
      for (const entity of Object.keys(company.rows[source]) as Entity[]) {
        const rows: readonly Record<string, string>[] = company.rows[source][entity];
        for (const row of rows) {
          if (row.id === "T-BAD-1") continue;
          for (const [column, cell] of Object.entries(row)) {
            if (column.endsWith("_at")) expect(cell <= now, `${source} ${entity} ${column} ${cell}`).toBe(true);
            if (["closed_on", "earned_on", "identified_on", "agreed_on", "ended_on", "on"].includes(column)) {
              expect(cell <= today, `${source} ${entity} ${column} ${cell}`).toBe(true);
            }
          }
        }
      }
    }
  });

  test("has partners of all eight types and every tier, some quiet, some never active, some ended", () => {
    const types = new Set(company.partners.map((partner) => partner.type));
    expect([...types].sort()).toEqual(
      ["affiliate", "agency", "co_sell", "integration", "marketplace", "referral", "reseller", "services"].sort(),
    );
    expect(new Set(drop.partners.map((partner) => partner.tier))).toEqual(
      new Set(["", "Registered", "Silver", "Gold", "Platinum"]),
    );
    const active = new Set([...drop.registrations, ...drop.touches, ...drop.leads].map((row) => row.partner_id));
    expect(drop.partners.filter((partner) => !active.has(partner.id)).length).toBeGreaterThan(5);
    expect(drop.partners.some((partner) => partner.status === "ended")).toBe(true);
    expect(drop.partners.some((partner) => partner.status === "prospect")).toBe(true);
    const quiet = company.partners.filter((partner) => partner.quietAt < sandboxNow.getTime() - 90 * msPerDay);
    expect(quiet.length).toBeGreaterThan(4);
  });

  test("joins one partner's records of several sources by same_as", () => {
    const joined = drop.partners.filter((partner) => partner.same_as.includes(";"));
    expect(joined.length).toBeGreaterThan(10);
    const hubspotIds = new Set(hubspot.partners.map((partner) => `hubspot:${partner.id}`));
    const salesforceIds = new Set(salesforce.partners.map((partner) => `salesforce:${partner.id}`));
    for (const partner of joined) {
      const [first = "", second = ""] = partner.same_as.split(";");
      expect([hubspotIds.has(first), salesforceIds.has(second)]).toEqual([true, true]);
    }
  });

  test("gives no two companies of one source the same domain", () => {
    for (const { accounts, partners } of [hubspot, salesforce]) {
      const domains = [...accounts, ...partners].map((row) => row.domain).filter((domain) => domain !== "");
      expect(new Set(domains).size).toBe(domains.length);
      expect(domains.every((domain) => domain.endsWith(".example"))).toBe(true);
    }
  });

  test("sells in four currencies, whole yen among them", () => {
    const currencies = new Set([...hubspot.deals, ...salesforce.deals].map((deal) => deal.currency));
    for (const currency of ["USD", "EUR", "GBP", "JPY"]) expect(currencies).toContain(currency);
    const yen = stripe.invoices.filter((invoice) => invoice.currency === "JPY");
    expect(yen.length).toBeGreaterThan(20);
    expect(yen.every((invoice) => /^\d+$/.test(invoice.total))).toBe(true);
  });
});

describe("the mess of a synthetic company", () => {
  const deals = [...hubspot.deals, ...salesforce.deals];
  const mergedDeals = new Map(hubspot.deals.map((deal) => [deal.id, deal.merged_into_id]));
  const mergedAccounts = new Map(
    [...hubspot.accounts, ...salesforce.accounts].map((row) => [row.id, row.merged_into_id]),
  );
  const chained = (merged: Map<string, string>) =>
    [...merged.values()].filter((into) => into !== "" && merged.get(into));

  test.each<[string, number]>([
    ["merged deals", [...mergedDeals.values()].filter((into) => into !== "").length],
    ["deals merged twice over", chained(mergedDeals).length],
    ["merged accounts", [...mergedAccounts.values()].filter((into) => into !== "").length],
    ["accounts merged twice over", chained(mergedAccounts).length],
    ["archived HubSpot deals", company.archived.hubspot.length],
    ["deleted Salesforce opportunities", company.archived.salesforce.length],
    ["excluded deals", deals.filter((deal) => deal.excluded_as !== "").length],
    ["deals without an amount", deals.filter((deal) => deal.amount === "").length],
    ["won deals without an amount", deals.filter((deal) => deal.amount === "" && deal.state === "won").length],
    ["won deals without a close date", deals.filter((deal) => deal.state === "won" && deal.closed_on === "").length],
    ["deals without an account", deals.filter((deal) => deal.account_id === "").length],
    ["deals in a currency without a rate", deals.filter((deal) => deal.currency === "SEK").length],
    ["invoices of customers without an account", stripe.customers.filter((row) => /freemail/.test(row.email)).length],
    ["deleted customers", stripe.customers.filter((row) => row.created_at === "").length],
    ["payments out of band", stripe.payments.filter((row) => row.is_out_of_band === "true").length],
    ["void invoices", stripe.invoices.filter((row) => row.status === "void").length],
    ["uncollectible invoices", stripe.invoices.filter((row) => row.status === "uncollectible").length],
    ["open invoices", stripe.invoices.filter((row) => row.status === "open").length],
    ["refunds", stripe.refunds.filter((row) => row.kind === "refund").length],
    ["lost disputes", stripe.refunds.filter((row) => row.kind === "dispute").length],
    ["refunds and disputes that do not count", company.asides.length],
    ["overrides", drop.overrides.length],
    ["removed touches", drop.touches.filter((row) => row.removed_at !== "").length],
    ["touches recorded late", drop.touches.filter((row) => row.recorded_at !== "").length],
    ["content views", drop.touches.filter((row) => row.kind === "content_view").length],
    ["undecided registrations", drop.registrations.filter((row) => row.status === "submitted").length],
    ["rejected registrations", drop.registrations.filter((row) => row.status === "rejected").length],
    [
      "registrations of an account alone",
      drop.registrations.filter((row) => row.deal_id === "" && row.account_id !== "").length,
    ],
  ])("holds %s", (_, count) => {
    expect(count).toBeGreaterThan(1);
  });

  test("holds deals that were lost, opened again and won", () => {
    const stages = Map.groupBy(hubspot.deal_stages, (stage) => stage.deal_id);
    const reopened = [...stages.values()].filter(
      (entries) => entries.some((entry) => entry.stage === "Closed Lost") && entries.at(-1)!.stage === "Closed Won",
    );
    expect(reopened.length).toBeGreaterThan(1);
  });

  test("holds competing claims on one deal, and protection that ran out before the close", () => {
    const claims = Map.groupBy(
      drop.registrations.filter((row) => row.deal_id !== "" && row.status === "approved"),
      (row) => row.deal_id,
    );
    const contested = [...claims.values()].filter((rows) => new Set(rows.map((row) => row.partner_id)).size > 1);
    expect(contested.length).toBeGreaterThan(1);
    const closes = new Map(hubspot.deals.map((deal) => [`hubspot:${deal.id}`, deal.closed_on]));
    const expired = drop.registrations.filter(
      (row) => row.protection_ends_on !== "" && row.protection_ends_on < (closes.get(row.deal_id) ?? ""),
    );
    expect(expired.length).toBeGreaterThan(1);
  });

  test("holds splits of several partners, some of which do not add up to 100", () => {
    const splits = Map.groupBy(drop.deal_partners, (row) => row.deal_id);
    const sums = [...splits.values()].map((rows) => rows.reduce((sum, row) => sum + Number(row.share), 0));
    expect(sums.filter((sum) => sum === 100).length).toBeGreaterThan(10);
    expect(sums.filter((sum) => sum > 100).length).toBeGreaterThan(1);
    expect(sums.filter((sum) => sum === 0).length).toBeGreaterThan(1);
  });

  test("holds accounts that both CRMs know by one domain, with deals in both", () => {
    const domains = new Map(hubspot.accounts.map((account) => [account.domain, account.id]));
    const shared = salesforce.accounts.filter((account) => account.domain !== "" && domains.has(account.domain));
    expect(shared.length).toBeGreaterThan(10);
    const inHubspot = new Set(hubspot.deals.map((deal) => deal.account_id));
    const inSalesforce = new Set(salesforce.deals.map((deal) => deal.account_id));
    const both = shared.filter((row) => inSalesforce.has(row.id) && inHubspot.has(domains.get(row.domain) ?? ""));
    expect(both.length).toBeGreaterThan(1);
  });

  test("holds the slips of an export: a bad cell, an unknown partner, a row given twice", () => {
    expect(drop.touches.filter((row) => /-13-45$/.test(row.occurred_at)).length).toBe(1);
    const known = new Set(drop.partners.map((partner) => partner.id));
    expect(drop.touches.filter((row) => !known.has(row.partner_id)).map((row) => row.partner_id)).toEqual(["P-9999"]);
    const ids = drop.certifications.map((row) => row.id);
    expect(ids.length - new Set(ids).size).toBe(1);
  });
});
