import { sql } from "kysely";
import type { Whole } from "../../models/marts.generated.ts";
import { creditModels } from "../define.ts";
import { periodOf, spanOf } from "../periods.ts";
import type { Cash, CashCredit, CommissionLine, Issue, Money, Named } from "./explanation.ts";
import { gapOf, readRates } from "./fx.ts";
import { roundingOf, type WeighedPart } from "./odd-units.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { moneyOf, sayDealLink, sayName } from "./words.ts";

/** The settings that explanations speak of, as the build used them. */
export type Setting = Awaited<ReturnType<typeof readSetting>>;

/** Reads the settings of a build. */
export async function readSetting(db: ExplainWarehouse) {
  return db
    .selectFrom("config.setting")
    .select(["currency", "timezone", "as_of", "active_days", "dormant_days", "grace_days", "fx_max_age_days"])
    .select(["lookback_days", "claim_days", "late_days", "half_life_days", "source_weight"])
    .select(["fiscal_year_start", "protection_days", "qualifying_all"])
    .executeTakeFirstOrThrow();
}

/** Finds the name of a partner by its key. */
export type Naming = (key: string) => Named;

/** Reads the names of partners once, for all the rows that mention them. */
export async function readNames(db: ExplainWarehouse, keys: readonly (string | null)[]): Promise<Naming> {
  const known = [...new Set(keys.filter((key) => key !== null))];
  const rows =
    known.length === 0
      ? []
      : await db
          .selectFrom("marts.dim_partner")
          .select(["partner_key", "name"])
          .where("partner_key", "in", known)
          .execute();
  const names = new Map(rows.map(({ partner_key, name }) => [partner_key, name]));
  return (key) => Object.freeze({ key, name: names.get(key) ?? null });
}

/** An account with its name. */
export async function readAccount(db: ExplainWarehouse, key: string | null): Promise<Named | null> {
  if (key === null) return null;
  const row = await db.selectFrom("marts.dim_account").select("name").where("account_key", "=", key).executeTakeFirst();
  return Object.freeze({ key, name: row?.name ?? null });
}

/** What the checks list about one row. */
export async function readIssues(db: ExplainWarehouse, entity: string, key: string): Promise<readonly Issue[]> {
  const rows = await db
    .selectFrom("quality.issue")
    .select(["check_id", "severity", "message", "fix"])
    .where("entity", "=", entity)
    .where("entity_key", "=", key)
    .orderBy("check_id")
    .orderBy("message")
    .execute();
  return rows.map(({ check_id: check, severity, message, fix }) => Object.freeze({ check, severity, message, fix }));
}

const placeOf = new Map<string, number>(creditModels.map((model, place) => [model, place]));

/** Rows in the order in which the credit models are named everywhere; rows of one model keep their order. */
export function inOrderOfModels<Row extends { readonly model: string }>(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((one, other) => (placeOf.get(one.model) ?? 0) - (placeOf.get(other.model) ?? 0));
}

/** Payments, refunds and lost disputes of a deal or of an invoice, with their split, in the order of time. */
export async function readCash(
  db: ExplainWarehouse,
  of: { readonly column: "deal_key" | "invoice_key"; readonly key: string },
  setting: Setting,
): Promise<readonly Cash[]> {
  const rows = await db
    .selectFrom("marts.fct_cash as cash")
    .leftJoin("attribution.int_invoice_deal as links", "links.invoice_key", "cash.invoice_key")
    .leftJoin("staging.stg_invoices as invoices", "invoices.invoice_key", "cash.invoice_key")
    .leftJoin("marts.fct_deal as deals", "deals.deal_key", "cash.deal_key")
    .select([
      "invoices.currency as invoice_currency",
      "deals.account_key as deal_account_key",
      "cash.cash_key",
      "cash.kind",
      "cash.payment_key",
      "cash.invoice_key",
      "cash.occurred_on",
      "cash.cash_minor",
      "cash.collected_minor",
      "cash.currency",
      "cash.collected_reporting_minor",
      "cash.fx_rate",
      "cash.fx_on",
      "cash.link_reason",
      "links.named_deal_key",
      "links.account_key",
      "links.total_minor",
      "links.tax_minor",
    ])
    .where(`cash.${of.column}`, "=", of.key)
    .orderBy("cash.occurred_at")
    .orderBy("cash.cash_key")
    .execute();
  // The credit of cash is worked out when it is asked for: asked by key, it is that of these lines alone.
  const keys = rows.map(({ cash_key }) => cash_key);
  const parts = await db
    .selectFrom("marts.fct_cash_credit as credit")
    .innerJoin("marts.fct_cash as cash", "cash.cash_key", "credit.cash_key")
    .innerJoin("attribution.int_deal_credit as weights", (join) =>
      join
        .onRef("weights.deal_key", "=", "cash.deal_key")
        .onRef("weights.partner_key", "=", "credit.partner_key")
        .onRef("weights.model", "=", "credit.model"),
    )
    .select([
      "credit.cash_key",
      "credit.model",
      "credit.partner_key",
      "credit.collected_reporting_minor",
      "weights.weight",
      "weights.total_weight",
    ])
    .where((where) => (keys.length === 0 ? where.lit(false) : where("credit.cash_key", "in", keys)))
    .orderBy(sql`abs(credit.collected_reporting_minor)`, "desc")
    .orderBy("credit.partner_key")
    .orderBy("credit.model")
    .execute();
  const named = await readNames(
    db,
    parts.map(({ partner_key }) => partner_key),
  );
  const rated = await readRates(
    db,
    setting,
    rows.map(({ currency, occurred_on: day }) => ({ currency, day })),
  );
  const split = Map.groupBy(
    parts.map(({ cash_key, model, partner_key, collected_reporting_minor: minor, weight, total_weight }) => ({
      cashKey: cash_key,
      model,
      partner: named(partner_key),
      name: sayName(named(partner_key)),
      minor,
      weight,
      totalWeight: total_weight,
    })),
    ({ cashKey }) => cashKey,
  );
  return rows.map((row) => {
    const quarter = periodOf("quarter", row.occurred_on, setting.fiscal_year_start);
    return Object.freeze({
      key: row.cash_key,
      kind: row.kind,
      paymentKey: row.payment_key,
      invoiceKey: row.invoice_key,
      invoiceTotal: { minor: row.total_minor ?? 0, currency: row.invoice_currency ?? row.currency },
      invoiceTax: { minor: row.tax_minor ?? 0, currency: row.invoice_currency ?? row.currency },
      occurredOn: row.occurred_on,
      quarter,
      quarterSpan: spanOf("quarter", quarter, setting.fiscal_year_start),
      amount: { minor: row.cash_minor, currency: row.currency },
      collected: { minor: row.collected_minor, currency: row.currency },
      collectedReporting: moneyOf(row.collected_reporting_minor, setting.currency),
      fxRate: row.fx_rate,
      fxOn: row.fx_on,
      fx: rated(row.currency, row.occurred_on),
      fxGap: gapOf(row, row.collected_reporting_minor, row.occurred_on, setting),
      linkReason: row.link_reason,
      link: sayDealLink({
        reason: row.link_reason,
        namedDealKey: row.named_deal_key,
        hasAccount: row.account_key !== null,
        graceDays: setting.grace_days,
        isOfOtherAccount: row.account_key !== null && row.account_key !== row.deal_account_key,
      }),
      credit: splitOf(split.get(row.cash_key) ?? [], moneyOf(row.collected_reporting_minor, setting.currency)),
    });
  });
}

interface SplitPart extends WeighedPart {
  readonly model: string;
  readonly partner: Named;
  readonly minor: Whole;
}

function splitOf(parts: readonly SplitPart[], whole: Money | null): readonly CashCredit[] {
  if (whole === null) return [];
  return [...Map.groupBy(inOrderOfModels(parts), ({ model }) => model).values()].flatMap((same) => {
    const { odd, story } = roundingOf(same, whole);
    return same.map(({ model, partner, minor }, index) => ({
      model,
      partner,
      amount: { minor, currency: whole.currency },
      oddUnit: odd[index] ?? null,
      rounding: story,
    }));
  });
}

/** What came in less what went back; null when a rate is missing. */
export function sumOf(amounts: readonly (Money | null)[], currency: string): Money | null {
  const known = amounts.filter((amount) => amount !== null);
  if (known.length < amounts.length) return null;
  return { minor: known.reduce((sum, { minor }) => sum + minor, 0), currency };
}

/** Lines of the commission ledger that a deal, some cash or a partner caused, in the order of time. */
export async function readCommission(
  db: ExplainWarehouse,
  of: { readonly column: "deal_key" | "cash_key" | "partner_key"; readonly keys: readonly string[] },
  setting: Setting,
): Promise<readonly CommissionLine[]> {
  if (of.keys.length === 0) return [];
  const rows = await db
    .selectFrom("marts.fct_commission as entries")
    .leftJoin("marts.fct_cash as cash", "cash.cash_key", "entries.cash_key")
    .leftJoin("marts.fct_deal as deals", "deals.deal_key", "entries.deal_key")
    .select([
      "entries.entry_key",
      "deals.name as deal_name",
      "entries.kind",
      "entries.partner_key",
      "entries.cash_key",
      "entries.deal_key",
      "entries.amount_minor",
      "entries.rate",
      "entries.plan",
      "entries.entry_on",
      "entries.payable_on",
      "entries.reason",
      "cash.collected_reporting_minor",
      "cash.kind as cash_kind",
    ])
    .where(`entries.${of.column}`, "in", of.keys)
    .orderBy("entries.entry_on")
    .orderBy("entries.entry_key")
    .execute();
  const named = await readNames(
    db,
    rows.map(({ partner_key }) => partner_key),
  );
  return rows.map((row) =>
    Object.freeze({
      key: row.entry_key,
      kind: row.kind,
      partner: named(row.partner_key),
      cashKey: row.cash_key,
      cashKind: row.cash_kind,
      dealKey: row.deal_key,
      dealName: row.deal_name,
      amount: { minor: row.amount_minor, currency: setting.currency },
      collected: moneyOf(row.collected_reporting_minor, setting.currency),
      rate: row.rate,
      plan: row.plan,
      entryOn: row.entry_on,
      payableOn: row.payable_on,
      reason: row.reason,
    }),
  );
}
