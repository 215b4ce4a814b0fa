import type { Kysely } from "kysely";
import type { Marts } from "../models/marts.generated.ts";

/** A table whose named columns are never null; the models' own checks hold that. */
type Known<Table, Column extends keyof Table> = Omit<Table, Column> & {
  readonly [Name in Column]: NonNullable<Table[Name]>;
};

/** The settings a warehouse was built with, as far as pages need them. */
interface Setting {
  readonly currency: string;
  readonly exponent: number;
  readonly timezone: string;
  readonly fiscal_year_start: number;
  readonly active_days: number;
  readonly dormant_days: number;
  readonly stale_days: number;
  readonly decision_hours: number;
  readonly activation_window_days: number;
  readonly as_of: string;
  readonly as_of_moment: Date;
  readonly is_as_of_explicit: boolean;
  readonly evidence: string;
  readonly claim_days: number;
  readonly late_days: number;
  readonly lookback_days: number;
  readonly fx_max_age_days: number;
  readonly protection_days: number;
  readonly half_life_days: number;
  readonly source_weight: string;
  readonly response_hours: number;
  readonly grace_days: number;
  readonly qualifying_all: boolean;
}

type MetricKeys = "metric" | "period_kind" | "period" | "slice" | "slice_key" | "n" | "unit" | "status";

/** The published tables that pages read, by full name. */
export interface Tables {
  readonly "config.setting": Setting;
  readonly "config.activation_event": { readonly type: string; readonly event: string };
  readonly "config.score_weight": { readonly component: string; readonly weight: string };
  readonly "config.qualifying_kind": { readonly kind: string };
  readonly "config.commission_plan": { readonly position: number; readonly name: string };
  readonly "marts.dim_account": Known<Marts["marts.dim_account"], "account_key" | "name">;
  readonly "marts.dim_annotation": Known<Marts["marts.dim_annotation"], "annotation_on" | "text">;
  readonly "marts.dim_customer": Known<Marts["marts.dim_customer"], "customer_key" | "link_reason">;
  readonly "marts.dim_target": Known<
    Marts["marts.dim_target"],
    "slice" | "slice_key" | "metric" | "period" | "period_kind" | "amount"
  >;
  readonly "marts.dim_partner": Known<
    Marts["marts.dim_partner"],
    "partner_key" | "name" | "type" | "state" | "is_prospect" | "is_ended" | "is_counted"
  >;
  readonly "marts.fct_cash": Known<Marts["marts.fct_cash"], "cash_key" | "kind" | "link_reason" | "occurred_at">;
  readonly "marts.fct_certification": Known<
    Marts["marts.fct_certification"],
    "certification_key" | "partner_key" | "earned_on"
  >;
  readonly "marts.fct_claim": Known<
    Marts["marts.fct_claim"],
    "deal_key" | "rule" | "claim_table" | "claim_key" | "partner_key" | "accepted" | "reason"
  >;
  readonly "marts.fct_commission": Known<
    Marts["marts.fct_commission"],
    "entry_key" | "partner_key" | "kind" | "amount_minor" | "entry_on" | "payable_on"
  >;
  readonly "marts.fct_deal": Known<
    Marts["marts.fct_deal"],
    "deal_key" | "state" | "order_type" | "class" | "created_on" | "is_conflict" | "source"
  >;
  readonly "marts.fct_deal_decision": Known<
    Marts["marts.fct_deal_decision"],
    "deal_key" | "step" | "rule" | "outcome" | "reason"
  >;
  readonly "marts.fct_deal_partner": Known<
    Marts["marts.fct_deal_partner"],
    "deal_key" | "partner_key" | "is_source" | "is_influence" | "touches"
  >;
  readonly "marts.fct_partner_day": Known<Marts["marts.fct_partner_day"], "partner_key" | "event_on" | "kind">;
  readonly "marts.fct_recurring": Known<Marts["marts.fct_recurring"], "customer_key" | "month_on" | "mrr_minor">;
  readonly "marts.fct_registration": Known<
    Marts["marts.fct_registration"],
    "registration_key" | "partner_key" | "status" | "submitted_at" | "submitted_on" | "is_conflict"
  >;
  readonly "marts.fct_stage": Known<Marts["marts.fct_stage"], "deal_key" | "stage">;
  readonly "marts.fct_touch": Known<
    Marts["marts.fct_touch"],
    "deal_key" | "touch_key" | "touch_table" | "partner_key" | "kind" | "counts" | "reason"
  >;
  readonly "metrics.to_date": Known<Marts["metrics.to_date"], MetricKeys>;
  readonly "metrics.value": Known<Marts["metrics.value"], MetricKeys>;
  readonly "quality.file_column": Known<Marts["quality.file_column"], "source" | "entity" | "file" | "state">;
  readonly "marts.fct_restatement": Known<
    Marts["marts.fct_restatement"],
    "deal_key" | "partner_key" | "class_at_close" | "class_now" | "role_at_close" | "role_now" | "reason" | "detail"
  >;
  readonly "marts.fct_rule_change": Known<Marts["marts.fct_rule_change"], "changed_at" | "rule">;
  readonly "quality.restated_figure": Known<
    Marts["quality.restated_figure"],
    "period" | "metric" | "slice" | "slice_key"
  >;
  readonly "quality.restated_row": Known<
    Marts["quality.restated_row"],
    "period" | "measure" | "before_minor" | "after_minor" | "difference_minor" | "reason" | "detail"
  >;
  readonly "quality.restated_value": Known<
    Marts["quality.restated_value"],
    "period" | "metric" | "slice" | "slice_key" | "frozen_at" | "frozen_by" | "presented_value" | "is_changed"
  >;
  readonly "quality.issue": Known<
    Marts["quality.issue"],
    "check_id" | "severity" | "entity" | "entity_key" | "message"
  >;
  readonly "quality.stream": Known<Marts["quality.stream"], "source" | "kind" | "stream">;
}

/** Typed queries over one published warehouse. */
export type Warehouse = Kysely<Tables>;
