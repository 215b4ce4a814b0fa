import { formatDate } from "../format.ts";
import { readDealCommission } from "./commission.ts";
import { readConflict } from "./conflict.ts";
import { readCredit, readEvidence, readOverride, readPath, readRules } from "./deal-rows.ts";
import type { Conflict, DealExplanation, OverrideInForce, UnpaidInvoice } from "./explanation.ts";
import { gapOf, readRates } from "./fx.ts";
import { readPlaces } from "./places.ts";
import { type Naming, readAccount, readCash, readIssues, readNames, readSetting, sumOf } from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { moneyOf, sayLeftOutAs, sayList, sayMoney, sayNamed, sayRule } from "./words.ts";

/** Explains one deal by its key in the warehouse. */
export async function explainDeal(db: ExplainWarehouse, key: string): Promise<DealExplanation> {
  const setting = await readSetting(db);
  const staged = await db
    .selectFrom("staging.stg_deals as deals")
    .leftJoin("marts.fct_deal as counted", "counted.deal_key", "deals.deal_key")
    .leftJoin("attribution.int_deal as days", "days.deal_key", "deals.deal_key")
    .leftJoin("attribution.int_deal_source as sources", "sources.deal_key", "deals.deal_key")
    .selectAll("deals")
    .select([
      "counted.class",
      "counted.source_partner_key",
      "counted.source_rule",
      "counted.is_conflict",
      "counted.amount_reporting_minor",
      "days.judged_on",
      "days.window_starts_on",
      "days.claims_end_on",
      "days.late_after_on",
      "days.evidence_on",
      "sources.settled_by",
      "sources.is_direct_by_override",
    ])
    .where("deals.deal_key", "=", key)
    .executeTakeFirstOrThrow();
  const partners = await db
    .selectFrom("marts.fct_deal_partner")
    .select(["partner_key", "is_source", "touches"])
    .where("deal_key", "=", key)
    .orderBy("is_source", "desc")
    .orderBy("touches", "desc")
    .orderBy("partner_key")
    .execute();
  const named = await readNames(db, [staged.source_partner_key, ...partners.map(({ partner_key }) => partner_key)]);
  const rated = await readRates(
    db,
    setting,
    staged.currency === null || staged.judged_on === null ? [] : [{ currency: staged.currency, day: staged.judged_on }],
  );
  const placed = await readPlaces(db, [{ entity: "deals", key }]);
  const amount = moneyOf(staged.amount_minor, staged.currency);
  const deal: DealExplanation["deal"] = {
    name: staged.name,
    source: staged.source,
    account: await readAccount(db, staged.account_key),
    state: staged.state,
    orderType: staged.order_type,
    pipeline: staged.pipeline,
    stage: staged.stage,
    owner: staged.owner,
    createdOn: staged.created_on,
    closedOn: staged.closed_on,
    expectedCloseOn: staged.expected_close_on,
    excludedAs: staged.excluded_as,
    amount,
    amountReporting: moneyOf(staged.amount_reporting_minor, setting.currency),
    fx: rated(staged.currency, staged.judged_on),
    fxGap: gapOf(amount, staged.amount_reporting_minor, staged.judged_on, setting),
    recordedIn: placed({ entity: "deals", key }),
  };
  const source = staged.source_partner_key === null ? null : named(staged.source_partner_key);
  const rules = await readRules(db, key);
  const conflict = await readConflict(db, key, {
    settledBy: staged.settled_by,
    rule: staged.source_rule,
    source,
    createdOn: staged.created_on,
    orderType: staged.order_type,
    timezone: setting.timezone,
  });
  const cash = await readCash(db, { column: "deal_key", key }, setting);
  const override = await readOverride(db, key);
  return Object.freeze({
    kind: "deal",
    key,
    verdict: verdictOf({
      key,
      deal,
      dealClass: staged.class,
      source,
      rule: staged.source_rule,
      override: staged.is_direct_by_override === true ? override : null,
      conflict,
      helpers: partners.filter(({ is_source }) => !is_source).map(({ partner_key }) => sayNamed(named(partner_key))),
    }),
    asOf: setting.as_of,
    timezone: setting.timezone,
    deal,
    class: staged.class,
    source,
    rule: staged.source_rule,
    isConflict: staged.is_conflict === true,
    partners: partners.map((row) => ({
      partner: named(row.partner_key),
      isSource: row.is_source,
      touches: row.touches,
    })),
    days:
      staged.judged_on === null ||
      staged.window_starts_on === null ||
      staged.claims_end_on === null ||
      staged.evidence_on === null
        ? null
        : {
            windowStartsOn: staged.window_starts_on,
            lookbackDays: setting.lookback_days,
            claimDays: setting.claim_days,
            lateDays: setting.late_days,
            claimsEndOn: staged.claims_end_on,
            judgedOn: staged.judged_on,
            lateAfterOn: staged.late_after_on,
            evidenceOn: staged.evidence_on,
            protectionDays: setting.protection_days,
            qualifyingKinds: setting.qualifying_all ? null : await readQualifyingKinds(db),
          },
    override,
    rules,
    conflict,
    evidence: await readEvidence(db, key),
    path: await readPath(db, key),
    creditRules: { halfLifeDays: setting.half_life_days, sourceWeight: setting.source_weight },
    credit: await readCredit(db, key, moneyOf(staged.amount_reporting_minor, setting.currency)),
    cash,
    collected: sumOf(
      cash.map(({ collectedReporting }) => collectedReporting),
      setting.currency,
    ),
    unpaidInvoices: await readUnpaid(db, key, setting.as_of),
    commission: await readDealCommission(db, key, setting, {
      source,
      state: staged.state,
      closedOn: staged.closed_on,
      isExcluded: staged.excluded_as !== null,
      cash,
    }),
    issues: await readIssues(db, "deals", key),
  });
}

async function readQualifyingKinds(db: ExplainWarehouse): Promise<readonly string[]> {
  const rows = await db.selectFrom("config.qualifying_kind").select("kind").orderBy("kind").execute();
  return rows.map(({ kind }) => kind);
}

// A draft and a void invoice await no payment.
async function readUnpaid(db: ExplainWarehouse, key: string, asOf: string): Promise<readonly UnpaidInvoice[]> {
  const rows = await db
    .selectFrom("attribution.int_invoice_deal as links")
    .innerJoin("staging.stg_invoices as invoices", "invoices.invoice_key", "links.invoice_key")
    .leftJoin("marts.fct_cash as cash", "cash.invoice_key", "links.invoice_key")
    .select(["links.invoice_key", "invoices.number", "invoices.status", "invoices.issued_on", "invoices.currency"])
    .select("invoices.total_minor")
    .where("links.deal_key", "=", key)
    .where("cash.cash_key", "is", null)
    .where("invoices.issued_on", "<=", asOf)
    .where((where) => where.or([where("status", "is", null), where("status", "not in", ["draft", "void"])]))
    .orderBy("invoices.issued_on")
    .orderBy("links.invoice_key")
    .execute();
  return rows.map((row) => ({
    key: row.invoice_key,
    number: row.number,
    status: row.status,
    issuedOn: row.issued_on,
    total: { minor: row.total_minor, currency: row.currency },
  }));
}

interface Ruling {
  readonly key: string;
  readonly deal: DealExplanation["deal"];
  readonly dealClass: string | null;
  readonly source: ReturnType<Naming> | null;
  readonly rule: string | null;
  /** The override that keeps every partner out. */
  readonly override: OverrideInForce | null;
  readonly conflict: Conflict | null;
  readonly helpers: readonly string[];
}

function verdictOf(ruling: Ruling): string {
  const { deal, source, rule, helpers, conflict, override } = ruling;
  const which = `${sayNamed({ key: ruling.key, name: deal.name })}, ${standing(deal)},`;
  if (deal.excludedAs !== null) {
    return `${which} is left out of every number: it is marked as ${sayLeftOutAs(deal.excludedAs)}.`;
  }
  if (source !== null && rule !== null) {
    return [`${which} is sourced by ${sayNamed(source)}: ${sayRule(rule)}.`, ...storyOf(conflict)].join(" ");
  }
  if (override !== null) return `${which} is direct: an override says that no partner brought or helped it.`;
  if (helpers.length > 0)
    return `${which} is influenced by ${sayList(helpers)}; no rule names a partner as its source.`;
  return `${which} is direct: no partner brought it or helped it.`;
}

function storyOf(conflict: Conflict | null): readonly string[] {
  if (conflict === null) return [];
  const way = conflict.steps.flatMap(({ story }) => (story === null ? [] : [story]));
  return [`${conflict.claimants.length} partners claimed it: ${way.join("; ")}.`];
}

function standing({ state, closedOn, amount, amountReporting }: DealExplanation["deal"]): string {
  const money = amount === null ? "without an amount" : `worth ${sayMoney(amount)}`;
  const shown =
    amount === null || amountReporting === null || amount.currency === amountReporting.currency
      ? money
      : `${money} (${sayMoney(amountReporting)})`;
  if (state === "open") return `open, ${shown}`;
  return `${state}${closedOn === null ? " on an unknown date" : ` on ${formatDate(closedOn)}`}, ${shown}`;
}
