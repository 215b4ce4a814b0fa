import type { Kysely } from "kysely";
import type { CalendarDate, Decimal, Marts, Whole } from "../../models/marts.generated.ts";

/** A table whose named columns are never null; the models' own checks hold that. */
type Known<Table, Column extends keyof Table> = Omit<Table, Column> & {
  readonly [Name in Column]: NonNullable<Table[Name]>;
};

interface Setting {
  readonly currency: string;
  readonly timezone: string;
  readonly as_of: CalendarDate;
  readonly active_days: number;
  readonly dormant_days: number;
  readonly grace_days: number;
  readonly lookback_days: number;
  readonly claim_days: number;
  readonly late_days: number;
  readonly half_life_days: number;
  readonly source_weight: Decimal;
  readonly fx_max_age_days: number;
  readonly fiscal_year_start: number;
  readonly protection_days: number;
  readonly qualifying_all: boolean;
}

interface IntDeal {
  readonly deal_key: string;
  readonly judged_on: CalendarDate;
  readonly window_starts_on: CalendarDate;
  readonly claims_end_on: CalendarDate;
  readonly late_after_on: CalendarDate | null;
  readonly evidence_on: CalendarDate;
}

interface IntDealSource {
  readonly deal_key: string;
  readonly is_direct_by_override: boolean;
  readonly settled_by: string | null;
}

interface IntClaimant {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly rule: string;
  readonly first_decided_at: Date | null;
  readonly first_claimed_at: Date | null;
  readonly claims: Whole;
}

interface IntContest {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly left_out_by: string | null;
  readonly incumbent_deal_key: string | null;
}

interface IntOverride {
  readonly deal_key: string;
  readonly partner_key: string | null;
  readonly effect: string;
  readonly reason: string;
  readonly approver: string;
  readonly decided_on: CalendarDate;
  readonly record_key: string;
}

interface IntDealCredit {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly model: string;
  readonly weight: Whole;
  readonly total_weight: Whole;
  readonly share: Decimal;
  readonly amount_reporting_minor: Whole | null;
  readonly reason: string;
}

interface IntTouch {
  readonly deal_key: string;
  readonly touch_table: string;
  readonly touch_key: string;
  readonly partner_key: string;
  readonly kind: string;
  readonly occurred_at: Date | null;
  readonly recorded_at: Date | null;
  readonly removed_at: Date | null;
  readonly verdict: string;
  readonly is_set_aside: boolean;
  readonly reason: string;
}

interface IntDealPath {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly touch_table: string;
  readonly touch_key: string;
  readonly occurred_at: Date;
  readonly kind: string;
  readonly occurred_on: CalendarDate;
  readonly days_before: Whole;
  readonly place: Whole;
}

interface IntPlanMatch {
  readonly deal_key: string;
  readonly position: number;
  readonly plan: string;
  readonly is_match: boolean;
  readonly months: Whole | null;
  readonly mismatch: string | null;
  readonly fit: string;
}

interface IntCommissionPlan {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly position: number;
  readonly plan: string;
  readonly rate: Decimal | null;
  readonly fixed_minor: Whole | null;
  readonly is_rate_of_tier: boolean;
  readonly tier: string | null;
  readonly paid_until_on: CalendarDate | null;
  readonly hold_days: Whole;
}

interface IntCustomerAccount {
  readonly customer_key: string;
  readonly account_key: string | null;
  readonly link_reason: string;
  readonly domain: string | null;
}

interface IntInvoiceDeal {
  readonly invoice_key: string;
  readonly customer_key: string;
  readonly account_key: string | null;
  readonly deal_key: string | null;
  readonly link_reason: string;
  readonly named_deal_key: string | null;
  readonly total_minor: Whole;
  readonly tax_minor: Whole;
}

interface StgDeal {
  readonly deal_key: string;
  readonly source: string;
  readonly account_key: string | null;
  readonly name: string | null;
  readonly pipeline: string | null;
  readonly stage: string | null;
  readonly state: string;
  readonly order_type: string;
  readonly amount_minor: Whole | null;
  readonly currency: string | null;
  readonly created_on: CalendarDate;
  readonly closed_on: CalendarDate | null;
  readonly expected_close_on: CalendarDate | null;
  readonly owner: string | null;
  readonly excluded_as: string | null;
  readonly is_counted: boolean;
}

interface StgCertification {
  readonly certification_key: string;
  readonly partner_key: string;
  readonly kind: string | null;
  readonly level: string | null;
  readonly earned_on: CalendarDate;
  readonly expires_on: CalendarDate | null;
}

interface StgDealStage {
  readonly deal_key: string;
  readonly stage: string;
  readonly entered_at: Date;
}

interface StgCustomer {
  readonly customer_key: string;
  readonly name: string | null;
  readonly domain: string | null;
}

interface StgInvoice {
  readonly invoice_key: string;
  readonly number: string | null;
  readonly status: string | null;
  readonly issued_on: CalendarDate;
  readonly currency: string;
  readonly total_minor: Whole;
}

interface FxDay {
  readonly currency: string;
  readonly day: CalendarDate;
  readonly rate: Decimal;
  readonly rate_on: CalendarDate;
  readonly path: string;
  readonly third_currency: string | null;
  readonly first_rate_on: CalendarDate | null;
  readonly first_path: string | null;
  readonly second_rate_on: CalendarDate | null;
  readonly second_path: string | null;
}

interface StgFxRate {
  readonly rate_on: CalendarDate;
  readonly from_currency: string;
  readonly to_currency: string;
  readonly rate: Decimal;
  readonly record_key: string;
}

interface RecordPlace {
  readonly entity: string;
  readonly record_key: string;
  readonly file: string;
  readonly line: Whole;
}

/** What an explanation reads of one published warehouse, by full name. */
export interface ExplainTables {
  readonly "config.setting": Setting;
  readonly "config.source": { readonly source: string; readonly kind: string; readonly position: number };
  readonly "config.qualifying_kind": { readonly kind: string };
  readonly "config.free_mail_domain": { readonly domain: string };
  readonly "config.activation_event": { readonly type: string; readonly event: string };
  readonly "attribution.int_deal": IntDeal;
  readonly "attribution.int_deal_source": IntDealSource;
  readonly "attribution.int_claimant": IntClaimant;
  readonly "attribution.int_contest": IntContest;
  readonly "attribution.int_override": IntOverride;
  readonly "attribution.int_deal_credit": IntDealCredit;
  readonly "attribution.int_deal_path": IntDealPath;
  readonly "attribution.int_touch": IntTouch;
  readonly "attribution.int_plan_match": IntPlanMatch;
  readonly "attribution.int_commission_plan": IntCommissionPlan;
  readonly "attribution.int_customer_account": IntCustomerAccount;
  readonly "attribution.int_invoice_deal": IntInvoiceDeal;
  readonly "staging.account_customer": { readonly account_key: string; readonly customer_key: string };
  readonly "staging.account_domain": { readonly account_key: string; readonly domain: string };
  readonly "staging.deal_record": { readonly record_key: string; readonly deal_key: string };
  readonly "staging.partner_record": { readonly record_key: string; readonly partner_key: string };
  readonly "staging.stg_deals": StgDeal;
  readonly "staging.stg_certifications": StgCertification;
  readonly "staging.stg_customers": StgCustomer;
  readonly "staging.stg_deal_stages": StgDealStage;
  readonly "staging.stg_invoices": StgInvoice;
  readonly "staging.stg_deal_partners": { readonly deal_partner_key: string; readonly record_key: string };
  readonly "staging.stg_fx_rates": StgFxRate;
  readonly "staging.record_place": RecordPlace;
  readonly "staging.fx_day": FxDay;
  readonly "marts.dim_account": Known<Marts["marts.dim_account"], "account_key">;
  readonly "marts.dim_partner": Known<
    Marts["marts.dim_partner"],
    "partner_key" | "name" | "type" | "state" | "is_prospect" | "is_ended" | "is_counted"
  >;
  readonly "marts.fct_cash": Known<
    Marts["marts.fct_cash"],
    | "cash_key"
    | "kind"
    | "payment_key"
    | "invoice_key"
    | "occurred_on"
    | "cash_minor"
    | "collected_minor"
    | "currency"
    | "link_reason"
  >;
  readonly "marts.fct_cash_credit": Known<
    Marts["marts.fct_cash_credit"],
    "cash_key" | "partner_key" | "model" | "collected_reporting_minor"
  >;
  readonly "marts.fct_claim": Known<
    Marts["marts.fct_claim"],
    "deal_key" | "rule" | "claim_table" | "claim_key" | "accepted" | "reason"
  >;
  readonly "marts.fct_commission": Known<
    Marts["marts.fct_commission"],
    "entry_key" | "partner_key" | "kind" | "amount_minor" | "entry_on" | "payable_on" | "reason"
  >;
  readonly "marts.fct_deal": Known<
    Marts["marts.fct_deal"],
    "deal_key" | "state" | "class" | "created_on" | "is_conflict"
  >;
  readonly "marts.fct_deal_decision": Known<
    Marts["marts.fct_deal_decision"],
    "deal_key" | "step" | "rule" | "claimants" | "outcome" | "reason"
  >;
  readonly "marts.fct_deal_partner": Known<
    Marts["marts.fct_deal_partner"],
    "deal_key" | "partner_key" | "is_source" | "touches"
  >;
  readonly "marts.fct_partner_event": Known<
    Marts["marts.fct_partner_event"],
    "partner_key" | "event_at" | "event_on" | "kind"
  >;
  readonly "marts.fct_registration": Known<
    Marts["marts.fct_registration"],
    "registration_key" | "partner_key" | "status" | "submitted_on" | "is_conflict"
  >;
  readonly "quality.issue": Known<
    Marts["quality.issue"],
    "check_id" | "severity" | "entity" | "entity_key" | "message"
  >;
}

/** Typed queries over one published warehouse. */
export type ExplainWarehouse = Kysely<ExplainTables>;
