import type { Kysely } from "kysely";

type Whole = number | bigint;

interface DimPartner {
  readonly partner_key: string;
  readonly name: string;
  readonly type: string;
  readonly tier: string | null;
  readonly region: string | null;
  readonly manager: string | null;
  readonly state: string;
  readonly agreed_on: string | null;
  readonly activated_on: string | null;
  readonly activation_event: string | null;
  readonly last_event_at: Date | null;
  readonly last_event: string | null;
  readonly is_prospect: boolean;
  readonly is_ended: boolean;
  readonly is_counted: boolean;
  readonly domain: string | null;
}

interface FctDeal {
  readonly deal_key: string;
  readonly account_key: string | null;
  readonly account_name: string | null;
  readonly region: string | null;
  readonly segment: string | null;
  readonly name: string | null;
  readonly state: string;
  readonly order_type: string;
  readonly class: string;
  readonly source_partner_key: string | null;
  readonly source_rule: string | null;
  readonly source_claim_on: string | null;
  readonly created_on: string;
  readonly closed_on: string | null;
  readonly expected_close_on: string | null;
  readonly amount_minor: Whole | null;
  readonly currency: string | null;
  readonly amount_reporting_minor: Whole | null;
  readonly weighted_minor: Whole | null;
  readonly probability: string | null;
  readonly cycle_days: number | null;
  readonly is_conflict: boolean;
  readonly is_qualified: boolean | null;
  readonly pipeline: string | null;
  readonly stage: string | null;
  readonly owner: string | null;
  readonly next_step: string | null;
  readonly days_in_stage: number | null;
  readonly last_stage_on: string | null;
}

interface FctDealPartner {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly is_source: boolean;
  readonly is_influence: boolean;
  readonly touches: Whole;
  readonly first_touch_at: Date | null;
  readonly last_touch_at: Date | null;
}

interface FctDealCredit {
  readonly deal_key: string;
  readonly partner_key: string;
  readonly model: string;
  readonly amount_reporting_minor: Whole | null;
}

interface FctCash {
  readonly cash_key: string;
  readonly kind: string;
  readonly invoice_key: string | null;
  readonly deal_key: string | null;
  readonly link_reason: string;
  readonly occurred_at: Date;
  readonly occurred_on: string;
  readonly collected_reporting_minor: Whole | null;
}

interface DimAccount {
  readonly account_key: string;
  readonly name: string;
}

interface FctRegistration {
  readonly registration_key: string;
  readonly partner_key: string;
  readonly deal_key: string | null;
  readonly account_key: string | null;
  readonly decided_on: string | null;
  readonly status: string;
  readonly submitted_at: Date;
  readonly submitted_on: string;
  readonly decided_at: Date | null;
  readonly decision_hours: number | string | null;
  readonly in_sla: boolean | null;
  readonly protection_starts_on: string | null;
  readonly protection_ends_on: string | null;
  readonly outcome: string | null;
  readonly is_conflict: boolean;
}

interface FctCommission {
  readonly entry_key: string;
  readonly partner_key: string;
  readonly deal_key: string | null;
  readonly cash_key: string | null;
  readonly kind: string;
  readonly amount_minor: Whole;
  readonly rate: string | null;
  readonly plan: string | null;
  readonly entry_on: string;
  readonly payable_on: string;
  readonly reason: string | null;
}

interface FctStage {
  readonly deal_key: string;
  readonly stage: string;
  readonly days: Whole | null;
}

interface FctTouch {
  readonly deal_key: string;
  readonly touch_key: string;
  readonly touch_table: string;
  readonly partner_key: string;
  readonly kind: string;
  readonly occurred_at: Date | null;
  readonly counts: boolean;
  readonly reason: string | null;
}

interface FctPartnerEvent {
  readonly partner_key: string;
  readonly event_on: string;
  readonly kind: string;
}

interface DimAnnotation {
  readonly annotation_on: string;
  readonly text: string;
  readonly scope: string | null;
  readonly author: string | null;
}

interface MetricRow {
  readonly metric: string;
  readonly period_kind: string;
  readonly period: string;
  readonly slice: string;
  readonly slice_key: string;
  readonly value: string | null;
  readonly numerator: string | null;
  readonly denominator: string | null;
  readonly n: Whole;
  readonly status: string;
}

interface Issue {
  readonly check_id: string;
  readonly severity: string;
  readonly entity: string;
  readonly entity_key: string;
  readonly message: string;
  readonly fix: string | null;
  readonly amount_reporting_minor: Whole | null;
}

interface QualityStream {
  readonly source: string;
  readonly kind: string;
  readonly stream: string;
  readonly read_at: Date | null;
  readonly status: string | null;
  readonly rows: Whole | null;
  readonly changed: Whole | null;
  readonly usual_rows: Whole | null;
  readonly error: string | null;
}

interface Setting {
  readonly currency: string;
  readonly exponent: number;
  readonly timezone: string;
  readonly fiscal_year_start: number;
  readonly active_days: number;
  readonly dormant_days: number;
  readonly stale_days: number;
  readonly activation_window_days: number;
  readonly as_of: string;
  readonly is_as_of_explicit: boolean;
  readonly evidence: string;
  readonly claim_days: number;
  readonly late_days: number;
  readonly lookback_days: number;
}

/** The published tables that pages read, by full name. */
export interface Tables {
  readonly "config.setting": Setting;
  readonly "marts.dim_partner": DimPartner;
  readonly "marts.dim_account": DimAccount;
  readonly "marts.fct_deal": FctDeal;
  readonly "marts.fct_deal_partner": FctDealPartner;
  readonly "marts.fct_deal_credit": FctDealCredit;
  readonly "marts.fct_cash": FctCash;
  readonly "marts.fct_registration": FctRegistration;
  readonly "marts.fct_commission": FctCommission;
  readonly "marts.fct_stage": FctStage;
  readonly "marts.fct_touch": FctTouch;
  readonly "marts.fct_partner_event": FctPartnerEvent;
  readonly "marts.dim_annotation": DimAnnotation;
  readonly "metrics.value": MetricRow;
  readonly "metrics.to_date": MetricRow;
  readonly "quality.issue": Issue;
  readonly "quality.stream": QualityStream;
}

/** Typed queries over one published warehouse. */
export type Warehouse = Kysely<Tables>;
