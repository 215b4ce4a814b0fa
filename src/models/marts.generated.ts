// Written by `npm run generate` from a built warehouse; a test holds it current.

/** A whole number: a bigint only where a number would lose digits. */
export type Whole = number;
/** An exact decimal as text. */
export type Decimal = string;
/** A calendar date, `YYYY-MM-DD`. */
export type CalendarDate = string;

export interface DimAccount {
  readonly account_key: string | null;
  readonly name: string | null;
  readonly domain: string | null;
  readonly region: string | null;
  readonly segment: string | null;
  readonly country: string | null;
}

export interface DimAnnotation {
  readonly annotation_on: CalendarDate | null;
  readonly text: string | null;
  readonly scope: string | null;
  readonly author: string | null;
}

export interface DimCustomer {
  readonly customer_key: string | null;
  readonly name: string | null;
  readonly account_key: string | null;
  readonly link_reason: string | null;
}

export interface DimPartner {
  readonly partner_key: string | null;
  readonly name: string | null;
  readonly type: string | null;
  readonly tier: string | null;
  readonly region: string | null;
  readonly manager: string | null;
  readonly state: string | null;
  readonly agreed_on: CalendarDate | null;
  readonly activated_on: CalendarDate | null;
  readonly activation_event: string | null;
  readonly last_event_at: Date | null;
  readonly last_event: string | null;
  readonly status: string | null;
  readonly is_prospect: boolean | null;
  readonly is_ended: boolean | null;
  readonly ended_on: CalendarDate | null;
  readonly domain: string | null;
  readonly type_raw: string | null;
  readonly is_counted: boolean | null;
}

export interface DimTarget {
  readonly slice: string | null;
  readonly slice_key: string | null;
  readonly metric: string | null;
  readonly period: string | null;
  readonly period_kind: string | null;
  readonly starts_on: CalendarDate | null;
  readonly ends_on: CalendarDate | null;
  readonly amount: Decimal | null;
  readonly currency: string | null;
  readonly amount_reporting_minor: Whole | null;
}

export interface FctCash {
  readonly cash_key: string | null;
  readonly kind: string | null;
  readonly payment_key: string | null;
  readonly invoice_key: string | null;
  readonly customer_key: string | null;
  readonly account_key: string | null;
  readonly deal_key: string | null;
  readonly link_reason: string | null;
  readonly occurred_at: Date | null;
  readonly occurred_on: CalendarDate | null;
  readonly cash_minor: Whole | null;
  readonly collected_minor: Whole | null;
  readonly currency: string | null;
  readonly collected_reporting_minor: Whole | null;
  readonly fx_rate: Decimal | null;
  readonly fx_on: CalendarDate | null;
}

export interface FctCashCredit {
  readonly cash_key: string | null;
  readonly partner_key: string | null;
  readonly model: string | null;
  readonly occurred_on: CalendarDate | null;
  readonly collected_reporting_minor: Whole | null;
}

export interface FctCertification {
  readonly certification_key: string | null;
  readonly partner_key: string | null;
  readonly person: string | null;
  readonly kind: string | null;
  readonly level: string | null;
  readonly earned_on: CalendarDate | null;
  readonly expires_on: CalendarDate | null;
}

export interface FctClaim {
  readonly deal_key: string | null;
  readonly rule: string | null;
  readonly claim_table: string | null;
  readonly claim_key: string | null;
  readonly partner_key: string | null;
  readonly claimed_at: Date | null;
  readonly accepted: boolean | null;
  readonly reason: string | null;
}

export interface FctCommission {
  readonly entry_key: string | null;
  readonly partner_key: string | null;
  readonly deal_key: string | null;
  readonly cash_key: string | null;
  readonly kind: string | null;
  readonly amount_minor: Whole | null;
  readonly rate: Decimal | null;
  readonly plan: string | null;
  readonly entry_on: CalendarDate | null;
  readonly payable_on: CalendarDate | null;
  readonly reason: string | null;
}

export interface FctDeal {
  readonly deal_key: string | null;
  readonly account_key: string | null;
  readonly state: string | null;
  readonly order_type: string | null;
  readonly class: string | null;
  readonly source_partner_key: string | null;
  readonly source_rule: string | null;
  readonly created_at: Date | null;
  readonly created_on: CalendarDate | null;
  readonly closed_on: CalendarDate | null;
  readonly amount_minor: Whole | null;
  readonly currency: string | null;
  readonly amount_reporting_minor: Whole | null;
  readonly fx_rate: Decimal | null;
  readonly fx_on: CalendarDate | null;
  readonly cycle_days: Whole | null;
  readonly is_conflict: boolean | null;
  readonly source: string | null;
  readonly name: string | null;
  readonly pipeline: string | null;
  readonly stage: string | null;
  readonly owner: string | null;
  readonly next_step: string | null;
  readonly lost_reason: string | null;
  readonly account_name: string | null;
  readonly region: string | null;
  readonly segment: string | null;
  readonly expected_close_on: CalendarDate | null;
  readonly probability: Decimal | null;
  readonly weighted_minor: Whole | null;
  readonly is_qualified: boolean | null;
  readonly source_claim_on: CalendarDate | null;
  readonly days_in_stage: Whole | null;
  readonly last_stage_on: CalendarDate | null;
}

export interface FctDealCredit {
  readonly deal_key: string | null;
  readonly partner_key: string | null;
  readonly model: string | null;
  readonly share: Decimal | null;
  readonly amount_reporting_minor: Whole | null;
  readonly reason: string | null;
}

export interface FctDealDecision {
  readonly deal_key: string | null;
  readonly step: number | null;
  readonly rule: string | null;
  readonly claimants: Whole | null;
  readonly outcome: string | null;
  readonly partner_key: string | null;
  readonly settled_by: string | null;
  readonly reason: string | null;
}

export interface FctDealPartner {
  readonly deal_key: string | null;
  readonly partner_key: string | null;
  readonly is_source: boolean | null;
  readonly is_influence: boolean | null;
  readonly touches: Whole | null;
  readonly first_touch_at: Date | null;
  readonly last_touch_at: Date | null;
}

export interface FctLead {
  readonly lead_key: string | null;
  readonly partner_key: string | null;
  readonly account_key: string | null;
  readonly deal_key: string | null;
  readonly received_at: Date | null;
  readonly received_on: CalendarDate | null;
  readonly responded_at: Date | null;
  readonly response_hours: number | null;
  readonly in_sla: boolean | null;
  readonly is_accepted: boolean | null;
}

export interface FctPartnerDay {
  readonly partner_key: string | null;
  readonly event_on: CalendarDate | null;
  readonly kind: string | null;
  readonly events: Whole | null;
  readonly last_event_at: Date | null;
}

export interface FctPartnerEvent {
  readonly partner_key: string | null;
  readonly event_at: Date | null;
  readonly event_on: CalendarDate | null;
  readonly kind: string | null;
  readonly deal_key: string | null;
  readonly reference: string | null;
}

export interface FctRecurring {
  readonly customer_key: string | null;
  readonly account_key: string | null;
  readonly deal_key: string | null;
  readonly class: string | null;
  readonly source_partner_key: string | null;
  readonly month_on: CalendarDate | null;
  readonly mrr_minor: Whole | null;
}

export interface FctRegistration {
  readonly registration_key: string | null;
  readonly partner_key: string | null;
  readonly deal_key: string | null;
  readonly account_key: string | null;
  readonly status: string | null;
  readonly submitted_at: Date | null;
  readonly submitted_on: CalendarDate | null;
  readonly decided_at: Date | null;
  readonly decided_on: CalendarDate | null;
  readonly decision_hours: number | null;
  readonly in_sla: boolean | null;
  readonly protection_starts_on: CalendarDate | null;
  readonly protection_ends_on: CalendarDate | null;
  readonly outcome: string | null;
  readonly is_conflict: boolean | null;
  readonly approver: string | null;
  readonly is_protecting_account: boolean | null;
  readonly amount_minor: Whole | null;
  readonly currency: string | null;
}

export interface FctRestatement {
  readonly deal_key: string | null;
  readonly partner_key: string | null;
  readonly closed_on: CalendarDate | null;
  readonly quarter: string | null;
  readonly class_at_close: string | null;
  readonly class_now: string | null;
  readonly source_at_close: string | null;
  readonly source_now: string | null;
  readonly role_at_close: string | null;
  readonly role_now: string | null;
  readonly credit_at_close_minor: Whole | null;
  readonly credit_now_minor: Whole | null;
  readonly difference_minor: Whole | null;
  readonly reason: string | null;
  readonly evidence_table: string | null;
  readonly evidence_key: string | null;
  readonly evidence_on: CalendarDate | null;
  readonly detail: string | null;
}

export interface FctRuleChange {
  readonly changed_at: Date | null;
  readonly rule: string | null;
  readonly value_before: string | null;
  readonly value_after: string | null;
}

export interface FctStage {
  readonly deal_key: string | null;
  readonly stage: string | null;
  readonly entered_at: Date | null;
  readonly entered_on: CalendarDate | null;
  readonly days: Whole | null;
}

export interface FctTouch {
  readonly deal_key: string | null;
  readonly touch_key: string | null;
  readonly touch_table: string | null;
  readonly partner_key: string | null;
  readonly kind: string | null;
  readonly occurred_at: Date | null;
  readonly recorded_at: Date | null;
  readonly removed_at: Date | null;
  readonly counts: boolean | null;
  readonly reason: string | null;
}

export interface MetricsPeriod {
  readonly period_id: number | null;
  readonly period_kind: string | null;
  readonly period: string | null;
  readonly starts_on: CalendarDate | null;
  readonly ends_on: CalendarDate | null;
  readonly status: string | null;
}

export interface MetricsSlice {
  readonly slice: string | null;
  readonly slice_key: string | null;
  readonly slice_id: number | null;
}

export interface MetricsSliceMember {
  readonly partner_key: string | null;
  readonly slice: string | null;
  readonly slice_key: string | null;
  readonly slice_id: number | null;
}

export interface MetricsToDate {
  readonly metric: string | null;
  readonly period_kind: string | null;
  readonly period: string | null;
  readonly slice: string | null;
  readonly slice_key: string | null;
  readonly value: Decimal | null;
  readonly numerator: Decimal | null;
  readonly denominator: Decimal | null;
  readonly n: Whole | null;
  readonly unit: string | null;
  readonly status: string | null;
}

export interface MetricsValue {
  readonly metric: string | null;
  readonly period_kind: string | null;
  readonly period: string | null;
  readonly slice: string | null;
  readonly slice_key: string | null;
  readonly value: Decimal | null;
  readonly numerator: Decimal | null;
  readonly denominator: Decimal | null;
  readonly n: Whole | null;
  readonly unit: string | null;
  readonly status: string | null;
}

export interface QualityFileColumn {
  readonly source: string | null;
  readonly entity: string | null;
  readonly file: string | null;
  readonly state: string | null;
  readonly column_name: string | null;
  readonly found_as: string | null;
  readonly value: string | null;
  readonly format: string | null;
  readonly nearest: string | null;
}

export interface QualityIssue {
  readonly check_id: string | null;
  readonly severity: string | null;
  readonly entity: string | null;
  readonly entity_key: string | null;
  readonly message: string | null;
  readonly fix: string | null;
  readonly amount_reporting_minor: Whole | null;
}

export interface QualityRestatedFigure {
  readonly period: string | null;
  readonly metric: string | null;
  readonly slice: string | null;
  readonly slice_key: string | null;
  readonly presented_value: Decimal | null;
  readonly value: Decimal | null;
}

export interface QualityRestatedRow {
  readonly period: string | null;
  readonly measure: string | null;
  readonly deal_key: string | null;
  readonly deal_name: string | null;
  readonly cash_key: string | null;
  readonly entry_key: string | null;
  readonly partner_key: string | null;
  readonly class: string | null;
  readonly before_minor: Whole | null;
  readonly after_minor: Whole | null;
  readonly difference_minor: Whole | null;
  readonly reason: string | null;
  readonly detail: string | null;
}

export interface QualityRestatedValue {
  readonly period: string | null;
  readonly metric: string | null;
  readonly slice: string | null;
  readonly slice_key: string | null;
  readonly frozen_at: Date | null;
  readonly frozen_by: string | null;
  readonly presented_value: Decimal | null;
  readonly value: Decimal | null;
  readonly difference: Decimal | null;
  readonly is_changed: boolean | null;
}

export interface QualityStream {
  readonly source: string | null;
  readonly kind: string | null;
  readonly stream: string | null;
  readonly read_at: Date | null;
  readonly status: string | null;
  readonly rows: Whole | null;
  readonly changed: Whole | null;
  readonly usual_rows: Whole | null;
  readonly error: string | null;
}

/** Every published table by its full name. */
export interface Marts {
  readonly "marts.dim_account": DimAccount;
  readonly "marts.dim_annotation": DimAnnotation;
  readonly "marts.dim_customer": DimCustomer;
  readonly "marts.dim_partner": DimPartner;
  readonly "marts.dim_target": DimTarget;
  readonly "marts.fct_cash": FctCash;
  readonly "marts.fct_cash_credit": FctCashCredit;
  readonly "marts.fct_certification": FctCertification;
  readonly "marts.fct_claim": FctClaim;
  readonly "marts.fct_commission": FctCommission;
  readonly "marts.fct_deal": FctDeal;
  readonly "marts.fct_deal_credit": FctDealCredit;
  readonly "marts.fct_deal_decision": FctDealDecision;
  readonly "marts.fct_deal_partner": FctDealPartner;
  readonly "marts.fct_lead": FctLead;
  readonly "marts.fct_partner_day": FctPartnerDay;
  readonly "marts.fct_partner_event": FctPartnerEvent;
  readonly "marts.fct_recurring": FctRecurring;
  readonly "marts.fct_registration": FctRegistration;
  readonly "marts.fct_restatement": FctRestatement;
  readonly "marts.fct_rule_change": FctRuleChange;
  readonly "marts.fct_stage": FctStage;
  readonly "marts.fct_touch": FctTouch;
  readonly "metrics.period": MetricsPeriod;
  readonly "metrics.slice": MetricsSlice;
  readonly "metrics.slice_member": MetricsSliceMember;
  readonly "metrics.to_date": MetricsToDate;
  readonly "metrics.value": MetricsValue;
  readonly "quality.file_column": QualityFileColumn;
  readonly "quality.issue": QualityIssue;
  readonly "quality.restated_figure": QualityRestatedFigure;
  readonly "quality.restated_row": QualityRestatedRow;
  readonly "quality.restated_value": QualityRestatedValue;
  readonly "quality.stream": QualityStream;
}
