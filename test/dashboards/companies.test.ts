import { expect, test } from "vitest";
import type { FixtureRows } from "../support/fixture-warehouse.ts";
import { drawSite } from "../support/pages.ts";
import { seededCompany, seedMetrics } from "../support/seeded-company.ts";
import { wrongBoxes } from "./boxes.ts";

const whole = seededCompany();

/** The rows of some tables that meet a condition, and all rows of the others. */
function only(tables: Readonly<Record<string, (row: Readonly<Record<string, unknown>>) => boolean>>): FixtureRows {
  return Object.fromEntries(
    Object.entries(whole).map(([table, rows]) => [table, rows.filter(tables[table] ?? (() => true))]),
  );
}

const none = (): boolean => false;
const isFirst = (name: string, value: unknown) => (row: Readonly<Record<string, unknown>>) => row[name] === value;
const key = whole["marts.dim_partner"]?.[0]?.partner_key;
const ofDeals = {
  "marts.fct_deal_partner": none,
  "marts.fct_touch": none,
  "marts.fct_deal_credit": none,
  "marts.fct_registration": none,
  "marts.fct_stage": none,
  "marts.fct_cash": none,
  "marts.fct_commission": none,
  "marts.fct_claim": none,
  "marts.fct_deal_decision": none,
  "marts.fct_recurring": none,
};

const sinceJuly =
  (...columns: readonly string[]) =>
  (row: Readonly<Record<string, unknown>>) =>
    columns.every((column) => row[column] === null || row[column] === undefined || String(row[column]) >= "2026-07-01");
const direct = whole["marts.fct_deal"]?.find((row) => row.class === "direct" && row.state === "won")?.deal_key;

const companies: Readonly<Record<string, () => FixtureRows>> = {
  "one deal and no partner": () =>
    only({
      ...ofDeals,
      "marts.fct_deal": isFirst("deal_key", direct),
      "marts.dim_partner": none,
      "marts.fct_certification": none,
    }),
  "one partner and no deal": () =>
    only({
      ...ofDeals,
      "marts.fct_deal": none,
      "marts.dim_partner": isFirst("partner_key", key),
      "marts.fct_certification": isFirst("partner_key", key),
    }),
  "nothing before this quarter": () =>
    only({
      "marts.fct_deal": sinceJuly("created_on", "closed_on"),
      "marts.dim_partner": sinceJuly("agreed_on"),
      "marts.fct_registration": sinceJuly("submitted_on"),
      "marts.fct_cash": sinceJuly("occurred_on"),
      "marts.fct_commission": sinceJuly("entry_on"),
      "marts.fct_recurring": sinceJuly("month_on"),
    }),
  // Takes half a minute: set ATTRIBUTARY_LARGE to run it.
  ...(process.env.ATTRIBUTARY_LARGE === undefined ? {} : { "5,000 deals": () => seededCompany(5_000) }),
};

test.each(Object.entries(companies))(
  "a company with %s has words on every page, and no number that is none",
  async (_, rows) => {
    const site = await drawSite(rows(), { after: seedMetrics });
    expect(await wrongBoxes(site)).toEqual([]);
    await site.remove();
  },
);
