import { expect, test } from "vitest";
import { openBrowser } from "../support/browser.ts";
import type { FixtureRows } from "../support/fixture-warehouse.ts";
import { drawSite } from "../support/pages.ts";
import { lookAtPages } from "./campaign.ts";
import { hostileStrings } from "./strings.ts";

const texts = hostileStrings
  .filter(({ text }, place) => place % 60 === 0 && text.length < 1000)
  .map(({ text }) => text);

/** A partner, its deals, evidence and money for each text, the text wherever the marts hold one. */
function rowsOf(): FixtureRows {
  const each = <Row>(row: (text: string, place: number) => Row): Row[] => texts.map(row);
  const deal = (text: string, place: number, state: "open" | "won") => ({
    deal_key: `drop:${state}${place}`,
    name: text,
    account_name: text,
    region: text,
    segment: text,
    source: "drop",
    state,
    class: "sourced",
    order_type: "new",
    source_partner_key: `drop:p${place}`,
    source_rule: "declared",
    pipeline: text,
    stage: text,
    owner: text,
    next_step: text,
    created_on: "2026-05-04",
    closed_on: state === "won" ? "2026-07-20" : null,
    expected_close_on: "2026-08-01",
    last_stage_on: "2026-06-01",
    amount_reporting_minor: 100_000 + place,
    is_conflict: false,
  });
  return {
    "marts.dim_partner": each((text, place) => ({
      partner_key: `drop:p${place}`,
      name: text,
      type: text,
      tier: text,
      region: text,
      manager: text,
      domain: text,
      state: "active",
      agreed_on: "2026-01-05",
      is_prospect: false,
      is_ended: false,
      is_counted: true,
    })),
    "marts.dim_customer": each((text, place) => ({
      customer_key: `drop:c${place}`,
      name: text,
      link_reason: "unlinked",
    })),
    "marts.dim_account": each((text, place) => ({
      account_key: `drop:a${place}`,
      name: text,
      region: text,
      segment: text,
    })),
    "marts.fct_deal": [
      ...each((text, place) => deal(text, place, "won")),
      ...each((text, place) => deal(text, place, "open")),
    ],
    "marts.fct_deal_partner": (["won", "open"] as const).flatMap((state) =>
      each((_, place) => ({
        deal_key: `drop:${state}${place}`,
        partner_key: `drop:p${place}`,
        is_source: true,
        is_influence: false,
        touches: 1,
      })),
    ),
    "marts.fct_touch": each((text, place) => ({
      deal_key: `drop:won${place}`,
      touch_key: `drop:t${place}`,
      touch_table: "touches",
      partner_key: `drop:p${place}`,
      kind: text,
      counts: true,
      reason: text,
    })),
    "marts.fct_registration": each((text, place) => ({
      registration_key: `drop:r${place}`,
      partner_key: `drop:p${place}`,
      status: "submitted",
      submitted_at: new Date("2026-08-01T00:00:00Z"),
      submitted_on: "2026-08-01",
      is_conflict: false,
      approver: text,
    })),
    "marts.fct_certification": each((text, place) => ({
      certification_key: `drop:c${place}`,
      partner_key: `drop:p${place}`,
      person: text,
      kind: text,
      level: text,
      earned_on: "2026-01-02",
      expires_on: "2026-09-10",
    })),
    "marts.dim_annotation": each((text, place) => ({
      annotation_on: "2026-08-02",
      text,
      scope: `drop:p${place}`,
      author: text,
    })),
    "quality.issue": each((text, place) => ({
      check_id: "bad_cell",
      severity: "error",
      entity: "deals",
      entity_key: `drop:${place}`,
      message: text,
      fix: text,
    })),
  };
}

test("hostile texts in every field stand on the site as themselves, and nothing of them runs", async () => {
  const site = await drawSite(rowsOf());
  const browser = await openBrowser();
  const names = new Map(texts.map((text, place) => [`drop:p${place}`, [text]]));
  const seen = await lookAtPages(browser, site.directory, names, 9);
  await browser.close();
  await site.remove();
  expect(seen.wrong).toEqual([]);
  expect(seen.pages).toBe(15 + texts.length);
  expect(seen.shown).toBeGreaterThan(9 * texts.length);
  expect(seen.choices).toBeGreaterThan(50);
}, 300_000);
