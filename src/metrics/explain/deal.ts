import { formatDate } from "../format.ts";
import { readConflict, readCredit, readEvidence, readRules } from "./deal-rows.ts";
import type { DealExplanation } from "./explanation.ts";
import {
  type Naming,
  readAccount,
  readCash,
  readCommission,
  readIssues,
  readNames,
  readSetting,
  type Setting,
} from "./rows.ts";
import type { ExplainWarehouse } from "./tables.ts";
import { moneyOf, sayList, sayMoney, sayNamed, sayRule, sayStep } from "./words.ts";

/** Explains one deal by its key in the warehouse. */
export async function explainDeal(db: ExplainWarehouse, key: string): Promise<DealExplanation> {
  const setting = await readSetting(db);
  const staged = await db
    .selectFrom("staging.stg_deals as deals")
    .leftJoin("marts.fct_deal as counted", "counted.deal_key", "deals.deal_key")
    .leftJoin("attribution.int_deal as days", "days.deal_key", "deals.deal_key")
    .leftJoin("attribution.int_deal_source as sources", "sources.deal_key", "deals.deal_key")
    .leftJoin("staging.fx_day as fx", (join) =>
      join.onRef("fx.currency", "=", "deals.currency").onRef("fx.day", "=", "days.judged_on"),
    )
    .selectAll("deals")
    .select([
      "counted.class",
      "counted.source_partner_key",
      "counted.source_rule",
      "counted.is_conflict",
      "counted.amount_reporting_minor",
      "counted.fx_rate",
      "counted.fx_on",
      "days.judged_on",
      "days.window_starts_on",
      "days.claims_end_on",
      "days.late_after_on",
      "days.evidence_on",
      "sources.settled_by",
      "sources.is_direct_by_override",
      "fx.path",
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
    amount: moneyOf(staged.amount_minor, staged.currency),
    amountReporting: moneyOf(staged.amount_reporting_minor, setting.currency),
    fx:
      staged.fx_rate === null || staged.fx_on === null
        ? null
        : { rate: staged.fx_rate, on: staged.fx_on, path: staged.path ?? "same" },
  };
  const source = staged.source_partner_key === null ? null : named(staged.source_partner_key);
  const rules = await readRules(db, key);
  const conflict = await readConflict(db, key, { settledBy: staged.settled_by, source, createdOn: staged.created_on });
  const isDirectByOverride = staged.is_direct_by_override === true;
  return Object.freeze({
    kind: "deal",
    key,
    verdict: verdictOf({
      key,
      deal,
      dealClass: staged.class,
      source,
      rule: staged.source_rule,
      isDirectByOverride,
      settledBy: conflict === null ? null : conflict.settledBy,
      claimants: conflict?.claimants.length ?? 0,
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
            claimsEndOn: staged.claims_end_on,
            judgedOn: staged.judged_on,
            lateAfterOn: staged.late_after_on,
            evidenceOn: staged.evidence_on,
          },
    rules,
    conflict,
    evidence: await readEvidence(db, key),
    credit: await readCredit(db, key, moneyOf(staged.amount_reporting_minor, setting.currency)),
    cash: await readCash(db, { column: "deal_key", key }, setting),
    commission: await readDealCommission(db, key, { setting, source, state: staged.state, closedOn: staged.closed_on }),
    issues: await readIssues(db, "deals", key),
  });
}

interface Ruling {
  readonly key: string;
  readonly deal: DealExplanation["deal"];
  readonly dealClass: string | null;
  readonly source: ReturnType<Naming> | null;
  readonly rule: string | null;
  readonly isDirectByOverride: boolean;
  readonly settledBy: string | null;
  readonly claimants: number;
  readonly helpers: readonly string[];
}

function verdictOf(ruling: Ruling): string {
  const { deal, source, rule, helpers } = ruling;
  const which = `${sayNamed({ key: ruling.key, name: deal.name })}, ${standing(deal)},`;
  if (deal.excludedAs !== null) return `${which} is left out of every number: it is marked as ${deal.excludedAs}.`;
  if (source !== null && rule !== null) {
    const settled =
      ruling.settledBy === null
        ? ""
        : ` ${ruling.claimants} partners claimed it, and ${sayStep(ruling.settledBy)} settled that.`;
    return `${which} is sourced by ${sayNamed(source)}: ${sayRule(rule)}.${settled}`;
  }
  if (ruling.isDirectByOverride) return `${which} is direct: an override says that no partner brought or helped it.`;
  if (helpers.length > 0) return `${which} is influenced by ${sayList(helpers)}; no rule left a partner as its source.`;
  return `${which} is direct: no partner brought it or helped it.`;
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

async function readDealCommission(
  db: ExplainWarehouse,
  key: string,
  of: {
    readonly setting: Setting;
    readonly source: ReturnType<Naming> | null;
    readonly state: string;
    readonly closedOn: string | null;
  },
): Promise<DealExplanation["commission"]> {
  const row = await db
    .selectFrom("attribution.int_commission_plan")
    .select(["plan", "rate", "fixed_minor", "paid_until_on", "hold_days"])
    .where("deal_key", "=", key)
    .executeTakeFirst();
  const lines = await readCommission(db, { column: "deal_key", keys: [key] }, of.setting);
  const plan =
    row === undefined
      ? null
      : {
          name: row.plan,
          rate: row.rate,
          fixed: moneyOf(row.fixed_minor, of.setting.currency),
          paidUntilOn: row.paid_until_on,
          holdDays: row.hold_days,
        };
  return { plan, note: await noteOf(), lines };

  async function noteOf(): Promise<string> {
    if (of.source === null) return "No partner is the source, so nobody earns a commission.";
    if (of.state !== "won") return "Only a won deal earns a commission.";
    if (of.closedOn === null) return "The deal has no close date, so no plan can be matched.";
    if (plan === null) {
      const any = await db.selectFrom("config.commission_plan").select("name").limit(1).executeTakeFirst();
      return any === undefined
        ? "No commission plan is configured."
        : "No plan matches the source's type, tier and the deal's order type and close date.";
    }
    if (plan.rate === null && plan.fixed === null)
      return `Plan ${plan.name} matches first, but it has no rate for the source's tier.`;
    const lasts = plan.paidUntilOn === null ? "" : ` for payments until ${formatDate(plan.paidUntilOn)}`;
    const pays =
      plan.fixed === null
        ? `${Number(plan.rate)}% of what is collected`
        : `${sayMoney(plan.fixed)} once, at the first payment`;
    return `Plan ${plan.name} is the first that matches: ${pays}${lasts}, payable ${plan.holdDays} days after the payment.`;
  }
}
