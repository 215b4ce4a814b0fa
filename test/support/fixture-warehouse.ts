import { rm } from "node:fs/promises";
import { type Connection, openEngine } from "../../src/warehouse/database.ts";
import type { Parameter } from "../../src/warehouse/values.ts";

/** Rows by full table name; columns that are not named are null. */
export type FixtureRows = Readonly<Record<string, readonly Readonly<Record<string, Parameter>>[]>>;

const schema: Readonly<Record<string, string>> = Object.freeze({
  "config.setting": `currency varchar, exponent integer, timezone varchar, fiscal_year_start integer, lookback_days integer,
    claim_days integer, late_days integer, evidence varchar, activation_window_days integer, active_days integer,
    dormant_days integer, stale_days integer, decision_hours double, response_hours double, as_of date,
    as_of_moment timestamptz, is_as_of_explicit boolean, fx_max_age_days integer, protection_days integer,
    half_life_days double, source_weight decimal(9, 2), grace_days integer, qualifying_all boolean`,
  "config.score_weight": "component varchar, weight decimal(18, 4)",
  "config.qualifying_kind": "kind varchar",
  "config.source": "source varchar, kind varchar, position integer",
  "config.activation_event": "type varchar, event varchar",
  "config.commission_plan": "position integer, name varchar",
  "marts.dim_partner": `partner_key varchar, name varchar, type varchar, tier varchar, region varchar, manager varchar,
    state varchar, agreed_on date, ended_on date, activated_on date, activation_event varchar, last_event_at timestamptz,
    last_event varchar, status varchar, is_prospect boolean, is_ended boolean, domain varchar, is_counted boolean`,
  "marts.dim_account": `account_key varchar, name varchar, domain varchar, region varchar, segment varchar, country varchar`,
  "marts.dim_customer": `customer_key varchar, name varchar, account_key varchar, link_reason varchar`,
  "marts.fct_deal": `deal_key varchar, account_key varchar, state varchar, order_type varchar, class varchar,
    source_partner_key varchar, source_rule varchar, created_at timestamptz, created_on date, closed_on date,
    amount_minor bigint, currency varchar, amount_reporting_minor bigint, fx_rate decimal(24, 12), fx_on date,
    cycle_days integer, is_conflict boolean, source varchar, name varchar, pipeline varchar, stage varchar, owner varchar,
    next_step varchar, lost_reason varchar, account_name varchar, region varchar, segment varchar, expected_close_on date,
    probability decimal(9, 6), weighted_minor bigint, is_qualified boolean, source_claim_on date, days_in_stage integer,
    last_stage_on date`,
  "marts.fct_deal_partner": `deal_key varchar, partner_key varchar, is_source boolean, is_influence boolean,
    touches bigint, first_touch_at timestamptz, last_touch_at timestamptz`,
  "marts.fct_deal_credit": `deal_key varchar, partner_key varchar, model varchar, share decimal(38, 18),
    amount_reporting_minor bigint, reason varchar`,
  "marts.fct_cash": `cash_key varchar, kind varchar, invoice_key varchar, customer_key varchar, account_key varchar,
    deal_key varchar, link_reason varchar, occurred_at timestamptz, occurred_on date, cash_minor bigint,
    collected_minor bigint, currency varchar, collected_reporting_minor bigint`,
  "marts.fct_cash_credit": `cash_key varchar, partner_key varchar, model varchar, collected_reporting_minor bigint`,
  "marts.fct_registration": `registration_key varchar, partner_key varchar, deal_key varchar, account_key varchar, status varchar,
    submitted_at timestamptz, submitted_on date, decided_at timestamptz, decided_on date, decision_hours double, in_sla boolean,
    protection_starts_on date, protection_ends_on date, outcome varchar, is_conflict boolean, approver varchar,
    amount_minor bigint, currency varchar`,
  "marts.fct_lead": `partner_key varchar, lead_key varchar, received_at timestamptz, received_on date,
    responded_at timestamptz, response_hours double, in_sla boolean, is_accepted boolean`,
  "marts.fct_commission": `entry_key varchar, partner_key varchar, deal_key varchar, cash_key varchar, kind varchar,
    amount_minor bigint, rate decimal(18, 6), plan varchar, entry_on date, payable_on date, reason varchar`,
  "marts.fct_certification": `certification_key varchar, partner_key varchar, person varchar, kind varchar, level varchar,
    earned_on date, expires_on date`,
  "marts.fct_claim": `deal_key varchar, rule varchar, claim_table varchar, claim_key varchar, partner_key varchar,
    claimed_at timestamptz, accepted boolean, reason varchar`,
  "marts.fct_deal_decision": `deal_key varchar, step integer, rule varchar, claimants bigint, outcome varchar,
    partner_key varchar, settled_by varchar, reason varchar`,
  "marts.fct_recurring": `customer_key varchar, account_key varchar, deal_key varchar, class varchar,
    source_partner_key varchar, month_on date, mrr_minor bigint`,
  "marts.fct_stage": "deal_key varchar, stage varchar, entered_at timestamptz, entered_on date, days integer",
  "marts.fct_touch": `deal_key varchar, touch_key varchar, touch_table varchar, partner_key varchar, kind varchar,
    occurred_at timestamptz, recorded_at timestamptz, removed_at timestamptz, counts boolean, reason varchar`,
  "marts.fct_partner_day": "partner_key varchar, event_on date, kind varchar, events bigint, last_event_at timestamptz",
  "marts.dim_target": `slice varchar, slice_key varchar, metric varchar, period varchar, period_kind varchar, starts_on date,
    ends_on date, amount decimal(38, 12), currency varchar, amount_reporting_minor bigint`,
  "marts.dim_annotation": "annotation_on date, text varchar, scope varchar, author varchar",
  "metrics.period": "period_kind varchar, period varchar, starts_on date, ends_on date, status varchar",
  "metrics.value": `metric varchar, period_kind varchar, period varchar, slice varchar, slice_key varchar,
    value decimal(38, 12), numerator decimal(38, 12), denominator decimal(38, 12), n bigint, unit varchar, status varchar`,
  "metrics.to_date": `metric varchar, period_kind varchar, period varchar, slice varchar, slice_key varchar,
    value decimal(38, 12), numerator decimal(38, 12), denominator decimal(38, 12), n bigint, unit varchar, status varchar`,
  "quality.stream": `source varchar, kind varchar, stream varchar, read_at timestamptz, status varchar, rows bigint,
    changed bigint, usual_rows bigint, error varchar`,
  "quality.file_column": `source varchar, entity varchar, file varchar, state varchar, column_name varchar,
    found_as varchar, value varchar, format varchar, nearest varchar`,
  "marts.fct_restatement": `deal_key varchar, partner_key varchar, closed_on date, quarter varchar, class_at_close varchar,
    class_now varchar, source_at_close varchar, source_now varchar, role_at_close varchar, role_now varchar,
    credit_at_close_minor bigint, credit_now_minor bigint, difference_minor bigint, reason varchar, evidence_table varchar,
    evidence_key varchar, evidence_on date, detail varchar`,
  "marts.fct_rule_change": "changed_at timestamptz, rule varchar, value_before varchar, value_after varchar",
  "quality.restated_row": `period varchar, measure varchar, deal_key varchar, deal_name varchar, cash_key varchar,
    entry_key varchar, partner_key varchar, class varchar, before_minor bigint, after_minor bigint, difference_minor bigint, reason varchar,
    detail varchar`,
  "quality.restated_figure": `period varchar, metric varchar, slice varchar, slice_key varchar,
    presented_value decimal(38, 12), value decimal(38, 12)`,
  "quality.restated_value": `period varchar, metric varchar, slice varchar, slice_key varchar, frozen_at timestamptz,
    frozen_by varchar, presented_value decimal(38, 12), value decimal(38, 12), difference decimal(38, 12), is_changed boolean`,
  "quality.issue": `check_id varchar, severity varchar, entity varchar, entity_key varchar, message varchar, fix varchar,
    amount_reporting_minor bigint`,
});

const setting = Object.freeze({
  currency: "USD",
  exponent: 2,
  timezone: "UTC",
  fiscal_year_start: 1,
  lookback_days: 90,
  claim_days: 14,
  late_days: 14,
  evidence: "close",
  activation_window_days: 90,
  active_days: 90,
  dormant_days: 90,
  stale_days: 30,
  decision_hours: 48,
  response_hours: 24,
  fx_max_age_days: 7,
  protection_days: 90,
  half_life_days: 30,
  source_weight: 70,
  grace_days: 30,
  qualifying_all: true,
  as_of: "2026-08-21",
  as_of_moment: new Date("2026-08-22T00:00:00Z"),
  is_as_of_explicit: true,
});

const firstActions = Object.freeze([
  { type: "referral", event: "accepted_lead" },
  { type: "agency", event: "certification" },
  { type: "reseller", event: "registration" },
  { type: "co_sell", event: "registration" },
  { type: "co_sell", event: "touch" },
]);

/** Writes a warehouse file with the published tables and these rows; `setting` overrides single settings. */
export async function writeFixture(
  file: string,
  rows: FixtureRows,
  overrides: Readonly<Record<string, Parameter>> = {},
  after: (connection: Connection) => Promise<void> = async () => {},
): Promise<void> {
  await rm(file, { force: true });
  const engine = await openEngine();
  await engine.attach(file, "warehouse");
  const connection = await engine.connect();
  await connection.run("use warehouse");
  const all: FixtureRows = {
    "config.setting": [{ ...setting, ...overrides }],
    "config.activation_event": firstActions,
    ...rows,
  };
  for (const name of ["config", "marts", "metrics", "quality"]) await connection.run(`create schema ${name}`);
  for (const [table, columns] of Object.entries(schema)) {
    await connection.run(`create table ${table} (${columns})`);
    const names = (await connection.columns(`select * from ${table}`)).map((column) => column.name);
    const [schemaName = "", tableName = ""] = table.split(".");
    const lines = (all[table] ?? []).map((row) => {
      for (const name of Object.keys(row)) {
        if (!names.includes(name)) throw new Error(`${table} has no column ${name}`);
      }
      return names.map((name) => row[name] ?? null);
    });
    await connection.append({ catalog: "warehouse", schema: schemaName, table: tableName }, lines);
  }
  if ((rows["metrics.period"] ?? []).length === 0)
    await writePeriods(connection, String(overrides.as_of ?? setting.as_of));
  await after(connection);
  await connection.run("checkpoint warehouse");
  connection.close();
  engine.close();
}

async function writePeriods(connection: Connection, asOf: string): Promise<void> {
  await connection.run(
    `insert into metrics.period
     with starts as (select unnest(generate_series(date '2023-01-01', $1::date, interval 1 month))::date as starts_on),
     every as (
         select 'month' as kind, strftime(starts_on, '%Y-%m') as period, starts_on, last_day(starts_on) as ends_on from starts
         union all
         select 'quarter', year(starts_on) || '-Q' || quarter(starts_on), starts_on, (starts_on + interval 3 month - interval 1 day)::date
         from starts where month(starts_on) in (1, 4, 7, 10)
         union all
         select 'year', year(starts_on)::varchar, starts_on, (starts_on + interval 1 year - interval 1 day)::date
         from starts where month(starts_on) = 1
     )
     select kind, period, starts_on, ends_on, case when ends_on <= $1::date then 'final' else 'to_date' end from every`,
    [asOf],
  );
}
