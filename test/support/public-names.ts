/** Names that users script against. They are stable: none of them may go, change its meaning or become stricter. */

/** Canonical entities with their columns; `!` marks a required column. */
export const publicEntities: Readonly<Record<string, string>> = Object.freeze({
  partners: "id! name! type tier region manager status agreed_on ended_on domain parent_id same_as",
  accounts: "id! name! domain region segment country created_at customer_ids same_as merged_into_id",
  pipeline_stages: "pipeline! stage! position probability state! is_qualified",
  deals:
    "id! account_id name pipeline stage state! order_type amount currency probability created_at! closed_on expected_close_on owner next_step lost_reason partner_id partner_role partner_declared_at excluded_as merged_into_id",
  deal_stages: "deal_id! stage! entered_at!",
  deal_partners: "deal_id! partner_id! role share recorded_at removed_at",
  registrations:
    "id! partner_id! deal_id account_id submitted_at! decided_at status! protection_ends_on approver amount currency",
  leads: "id! partner_id! account_id deal_id received_at! responded_at accepted_at rejected_at",
  touches: "id! partner_id! deal_id account_id kind! occurred_at! recorded_at removed_at evidence",
  certifications: "id! partner_id! person kind level earned_on! expires_on",
  activities: "id! partner_id! kind! occurred_at!",
  overlaps: "partner_id! account_id! kind! identified_on!",
  customers: "id! name email domain account_id created_at",
  invoices:
    "id! customer_id! number status issued_at! currency! total! tax deal_id subscription_id recurring_amount period_starts_on period_ends_on",
  payments: "id! invoice_id! paid_at! amount! currency! is_out_of_band",
  refunds: "id! payment_id! refunded_at! amount! currency! kind reason",
  fx_rates: "on! from_currency! to_currency! rate!",
  targets: "slice! slice_key metric! period! amount! currency",
  payouts: "id! partner_id! paid_at! amount! currency! reference",
  overrides: "deal_id! partner_id decision! reason! approver! decided_at!",
  annotations: "on! text! scope author",
});

/** Published tables with the columns that users rely on; there may be more. */
export const publicTables: Readonly<Record<string, string>> = Object.freeze({
  "marts.dim_partner":
    "partner_key name type tier region manager state agreed_on activated_on activation_event last_event_at last_event",
  "marts.fct_deal":
    "deal_key account_key state order_type class source_partner_key source_rule created_at closed_on amount_minor currency amount_reporting_minor fx_rate fx_on cycle_days is_conflict",
  "marts.fct_deal_partner": "deal_key partner_key is_source is_influence touches first_touch_at last_touch_at",
  "marts.fct_deal_credit": "deal_key partner_key model share amount_reporting_minor reason",
  "marts.fct_deal_decision": "deal_key step rule claimants outcome reason",
  "marts.fct_cash":
    "cash_key kind invoice_key customer_key account_key deal_key link_reason occurred_at cash_minor collected_minor currency collected_reporting_minor",
  "marts.fct_cash_credit": "cash_key partner_key model collected_reporting_minor",
  "marts.fct_registration":
    "registration_key partner_key deal_key status submitted_at decided_at decision_hours in_sla protection_starts_on protection_ends_on outcome is_conflict",
  "marts.fct_commission":
    "entry_key partner_key deal_key cash_key kind amount_minor rate plan entry_on payable_on reason",
  "marts.fct_stage": "deal_key stage entered_at days",
  "metrics.value": "metric period_kind period slice slice_key value numerator denominator n unit status",
  "quality.issue": "check_id severity entity entity_key message fix amount_reporting_minor",
});

const models = "sourced_wins declared_split first_touch last_touch linear position time_decay source_split";

/** Metric ids by unit; a stage's name stands for `<stage>`. */
export const publicMetrics: Readonly<Record<string, string>> = Object.freeze({
  money: [
    "sourced_bookings influenced_bookings direct_bookings total_bookings touched_bookings",
    "sourced_collected influenced_collected direct_collected unlinked_collected total_collected",
    ...models.split(" ").map((model) => `credited_bookings.${model} credited_collected.${model}`),
    "sourced_pipeline influenced_pipeline open_pipeline weighted_pipeline stale_pipeline",
    "created_pipeline created_pipeline.sourced created_pipeline.influenced created_pipeline.direct",
    "average_deal average_deal.certified average_deal.uncertified median_deal",
    "commission_earned commission_reversed commission_paid commission_held commission_owed",
  ].join(" "),
  ratio: [
    "sourced_share win_rate win_rate.certified win_rate.uncertified win_rate_amount direct_win_rate",
    "approval_rate decided_in_sla registered_to_won conflict_rate responded_in_sla activation_rate",
    "engaged_rate portal_rate trained_rate partner_retention pipeline_coverage target_attainment account_coverage",
    "gross_retention gross_retention.sourced gross_retention.influenced gross_retention.direct",
    "net_retention net_retention.sourced net_retention.influenced net_retention.direct",
    "top_partner_share top5_partner_share partner_hhi certified_share",
  ].join(" "),
  days: [
    "cycle_days_median cycle_days_median.certified cycle_days_median.uncertified cycle_days_mean stage_days_median.<stage>",
    "days_to_first_registration_median days_to_first_win_median",
  ].join(" "),
  hours: "decision_hours_median decision_hours_p90 response_hours_median",
  count: [
    "won_deals lost_deals registrations approved_registrations stale_deals",
    "partners active_partners dormant_partners never_activated_partners activated_partners activation_pending",
    "certified_partners",
  ].join(" "),
  money_per_day: "pipeline_velocity",
  points: "partner_score",
});

/** Keys of the configuration with their defaults. */
export const publicConfig: Readonly<Record<string, unknown>> = Object.freeze({
  extend: undefined,
  home: ".attributary",
  "reporting.currency": "USD",
  "reporting.timezone": "UTC",
  "reporting.fiscal_year_start": 1,
  "fx.max_age_days": 7,
  "attribution.lookback_days": 90,
  "attribution.claim_days": 14,
  "attribution.late_days": 14,
  "attribution.protection_days": 90,
  "attribution.half_life_days": 30,
  "attribution.evidence": "close",
  "attribution.qualifying_kinds": undefined,
  "attribution.source_weight": 70,
  "activation.window_days": 90,
  "activation.events": {},
  active_days: 90,
  dormant_days: 90,
  stale_days: 30,
  "sla.decision_hours": 48,
  "sla.response_hours": 24,
  "cash.grace_days": 30,
  "customers.free_mail_domains": [],
  partner_types: {},
  "score.weights": {
    sourced_bookings: 40,
    influenced_bookings: 15,
    sourced_pipeline: 20,
    win_rate: 10,
    active_dates: 10,
    certified: 5,
  },
  commissions: [],
  alerts: [],
  channels: [],
  owners: {},
  schedule: "15 2 * * *",
  run_limit_minutes: 360,
  "retention.builds": 3,
});

/** What "attributary" gives to whoever imports it; docs/extending.md lists the same. */
export const publicImports =
  "UserError card cards counted creditModels current dated defineMetric definePage defineSource emptyFigure figure formatCount formatDate formatMoney formatMoneyShort formatNumber formatPercent formatPeriod html join lastPeriods lines major partnerLink partnerName periodOf programOnly rankedBars readable scopeOf section sentenceCase seriesKey shiftPeriod spanOf stackedBars table yearBefore";

/** Kinds of findings in `quality.issue`; there may be more. */
export const publicChecks =
  "fx_rate_missing unknown_reference duplicate_key bad_cell unknown_column unknown_status currency_missing amount_precision close_date_missing stage_state_differs claim_time_unknown decision_time_unknown late_claim conflict split_not_100 invoice_without_deal deal_excluded customer_without_account customer_name_suggestion probability_missing cycle_negative merge_cycle type_other stream_stale stream_dropped";

/** How a command ends. */
export const publicExitCodes: Readonly<Record<string, number>> = Object.freeze({
  fine: 0,
  defect: 1,
  usage: 2,
  source: 3,
  check: 4,
  busy: 75,
});

/** Commands with their arguments and options. */
export const publicCommands: Readonly<Record<string, string>> = Object.freeze({
  init: "--config --sources --drop --currency --timezone --fiscal-year-start --schedule --yes --force --refresh --json",
  doctor: "--config",
  refresh: "--config --source --full --as-of --no-extract --json",
  query: "--config <sql> --format --out",
  explain: "--config <key> --json",
  export: "--config --partner --all --period --format --out",
  scorecard: "--config --period --format --out --freeze",
  compare: "--config --with --as-of --format --json --out",
  diff: "--config --frozen --from --to",
  schedule: "--config",
  status: "--config --check --json",
  alerts: "--config --dry-run --json",
  backup: "--config --out --keep --dry-run --json",
  restore: "<backup> --to --home --force --dry-run --json",
  prune: "--config --dry-run --json",
  sandbox: "",
  serve: "--config",
});
