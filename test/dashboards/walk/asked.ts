import type { Connection } from "../../../src/warehouse/database.ts";

/** What a page, or a piece of it, is drawn for: a quarter, and the program or one of its slices. */
export interface Asked {
  readonly period: string;
  readonly slice: string;
  readonly key: string;
}

/**
 * Tables that the queries of the walk share, from the marts alone: the fiscal quarters, states of earlier days, deals with the partner they stand
 * beside, and the ledger of commissions by age. Nothing of the pages' own reading is used.
 */
export async function prepare(connection: Connection): Promise<void> {
  for (const statement of `
    create temp macro label(period) as right(period, 2) || ' FY' || substr(period, 3, 2);
    create temp macro month_label(month_on) as strftime(month_on, '%b %Y');
    create temp macro counted(n, one, many) as format('{:,}', n::bigint) || ' ' || case when n = 1 then one else many end;
    create temp macro said(word) as case word when 'co_sell' then 'co-sell' else replace(word, '_', ' ') end;
    create temp macro rule_words(rule) as case rule when 'registration' then 'approved registration'
        when 'declared' then 'CRM declaration' when 'lead' then 'accepted lead' else rule end;
    create temp table setting as
    select *, (10 ** exponent)::bigint as minor, fiscal_year_start as begins from config.setting;
    create temp table quarter as
    with starts as (
        select unnest(generate_series(date '2010-01-01', date '2040-01-01', interval 1 month))::date as starts_on
    )
    select
        (year(starts_on) + case when begins > 1 and month(starts_on) >= begins then 1 else 0 end)
            || '-Q' || ((((month(starts_on) - begins + 12) % 12) // 3) + 1) as period,
        starts_on,
        (starts_on + interval 3 month - interval 1 day)::date as ends_on,
        row_number() over (order by starts_on) as place,
        ends_on > as_of or (ends_on = as_of and not is_as_of_explicit) as is_running
    from starts cross join setting
    where ((month(starts_on) - begins + 12) % 12) % 3 = 0;
    create temp table home as
    select quarter.*, as_of, minor from quarter cross join setting where as_of between starts_on and ends_on;
    create temp table shown as
    select quarter.* from quarter cross join home where quarter.place between home.place - 7 and home.place;
    create temp table year_shown as
    select quarter.* from quarter cross join home where quarter.place between home.place - 3 and home.place;
    create temp table partner as
    select *, (last_event_at at time zone timezone)::date as last_on from marts.dim_partner cross join (select timezone, as_of from setting);
    create temp table deal as
    with helper as (
        select deal_key, arg_min(partner_key, (-touches, partner_key)) as partner_key
        from marts.fct_deal_partner where not is_source group by deal_key
    )
    select
        fct_deal.*,
        coalesce(fct_deal.name, account_name, fct_deal.deal_key) as title,
        amount_reporting_minor / minor as amount,
        coalesce(source_partner_key, helper.partner_key) as beside_key,
        coalesce(as_of - last_stage_on, as_of - created_on) as in_stage,
        as_of - expected_close_on as late,
        case when closed_on >= created_on then closed_on - created_on end as length,
        case when class in ('sourced', 'influenced') then class else 'direct' end as kind,
        closed.period as closed_quarter,
        created.period as created_quarter,
        as_of
    from marts.fct_deal
    cross join (select as_of, minor from setting)
    left join helper on helper.deal_key = fct_deal.deal_key
    left join quarter as closed on closed_on between closed.starts_on and closed.ends_on
    left join quarter as created on created_on between created.starts_on and created.ends_on;
    create temp table earlier_day as
    with day as (
        select quarter.period, quarter.starts_on, least(quarter.starts_on + (as_of - home.starts_on)::integer, quarter.ends_on) as day_on
        from home inner join quarter on quarter.place in (home.place - 1, home.place - 4)
    )
    select period, day_on, day_on - starts_on + 1 as day from day;
    create temp table member as
    select partner_key, 'program' as slice, 'all' as slice_key from partner
    union all select partner_key, 'partner', partner_key from partner
    union all select partner_key, 'type', type from partner
    union all select partner_key, 'tier', tier from partner
    union all select partner_key, 'region', region from partner
    union all select partner_key, 'manager', manager from partner;
    create temp table earlier_state as
    select 'sourced_pipeline' as metric, period, slice, slice_key, 'final' as status, coalesce(sum(amount), 0) as value, count(amount) as n
    from deal
    inner join earlier_day on created_on <= day_on and (state = 'open' or closed_on > day_on)
    inner join member on member.partner_key = source_partner_key
    where kind = 'sourced'
    group by all
    union all
    select 'active_partners', period, slice, slice_key, 'final', count(*), count(*)
    from partner
    inner join member using (partner_key)
    cross join (select active_days from setting)
    inner join earlier_day on coalesce(agreed_on <= day_on, true) and activated_on <= day_on and (not is_ended or coalesce(ended_on, as_of) > day_on)
    where not is_prospect and exists (
        select 1 from marts.fct_partner_day as day
        where day.partner_key = partner.partner_key and event_on between day_on - active_days and day_on
    )
    group by all;
    create temp table part as
    select
        fct_deal_partner.deal_key, fct_deal_partner.partner_key, is_source, touches
    from marts.fct_deal_partner;
    create temp table stage as
    with open as (select stage, avg(probability) as chance from deal where state = 'open' and stage is not null group by stage),
    stay as (
        select fct_stage.stage, median(days) as usual from marts.fct_stage
        inner join marts.fct_deal on fct_deal.deal_key = fct_stage.deal_key
        where state <> 'open' group by fct_stage.stage
    )
    select open.stage, coalesce(chance, 0) as chance, case when usual > 0 then usual * 1.5 end as old_from
    from open left join stay on stay.stage = open.stage;
    create temp table registration as
    select
        fct_registration.*,
        quarter.period,
        coalesce(fct_deal.name, fct_deal.account_name, dim_account.name) as about,
        coalesce(fct_deal.amount_reporting_minor, case when fct_registration.currency = setting.currency then fct_registration.amount_minor end) / minor as amount,
        fct_deal.owner,
        fct_registration.status in ('approved', 'rejected') as is_decided,
        case when fct_registration.status <> 'submitted' then fct_registration.decision_hours end as hours,
        fct_registration.status = 'submitted' and not coalesce(in_sla, true) as is_late,
        as_of - submitted_on as waits,
        protection_ends_on - as_of as days_left
    from marts.fct_registration
    cross join setting
    left join quarter on submitted_on between quarter.starts_on and quarter.ends_on
    left join marts.fct_deal on fct_deal.deal_key = fct_registration.deal_key
    left join marts.dim_account on dim_account.account_key = fct_registration.account_key;
    create temp table signing as
    select
        partner.*, period,
        as_of - agreed_on as age,
        case when activated_on is not null then greatest(0, activated_on - agreed_on) end as took
    from partner inner join quarter on agreed_on between starts_on and ends_on
    where not is_prospect and agreed_on <= as_of;
    create temp table balance as
    with entry as (
        select partner_key, kind, entry_on, payable_on, sum(amount_minor) as minor
        from marts.fct_commission group by all
    ),
    settled as (
        select partner_key, coalesce(-sum(entry.minor) filter (entry.minor < 0), 0) as minor
        from entry cross join setting where payable_on <= as_of group by partner_key
    ),
    line as (
        select
            entry.*,
            as_of - payable_on as age,
            greatest(0, least(entry.minor, sum(entry.minor) over earlier - settled.minor)) as open_minor
        from entry cross join setting
        inner join settled on settled.partner_key = entry.partner_key
        where payable_on <= as_of and entry.minor > 0
        window earlier as (partition by entry.partner_key order by payable_on, entry_on, kind rows unbounded preceding)
    ),
    aged as (
        select
            partner_key,
            sum(open_minor) filter (age <= 30) as age_1,
            sum(open_minor) filter (age between 31 and 60) as age_2,
            sum(open_minor) filter (age between 61 and 90) as age_3,
            sum(open_minor) filter (age > 90) as age_4,
            min(payable_on) filter (open_minor > 0) as since_on
        from line group by partner_key
    ),
    whole as (
        select
            partner_key,
            coalesce(sum(entry.minor) filter (payable_on <= as_of), 0) as owed,
            coalesce(sum(entry.minor) filter (payable_on > as_of), 0) as held,
            min(payable_on) filter (payable_on > as_of and entry.minor > 0) as next_on,
            max(entry_on) filter (kind = 'paid') as paid_on
        from entry cross join setting group by partner_key
    )
    select
        whole.partner_key, owed / minor as owed, held / minor as held, next_on, paid_on, since_on,
        coalesce(age_1, 0) / minor as age_1, coalesce(age_2, 0) / minor as age_2,
        coalesce(age_3, 0) / minor as age_3, coalesce(age_4, 0) / minor as age_4
    from whole cross join setting left join aged on aged.partner_key = whole.partner_key;
    create temp table newest_month as
    select
        (date_trunc('month', as_of - 44) - interval 1 month)::date as settled_on,
        (date_trunc('month', case when is_as_of_explicit then as_of + 1 else as_of end) - interval 1 month)::date as over_on
    from setting;
    create temp table last_month as
    select least(date_trunc('month', ends_on)::date, settled_on) as month_on, period
    from shown cross join newest_month`.split(";\n")) {
    await connection.run(statement);
  }
}

/** Says for which quarter and slice the queries that follow are. */
export async function ask(connection: Connection, asked: Asked): Promise<void> {
  await connection.run(
    `create or replace temp table ask as
     select
         own.period, own.starts_on, own.ends_on, own.is_running, own.place,
         label(own.period) as name,
         label(own.period) || case when own.is_running then ' so far' else '' end as so_far,
         prior.period as prior, prior.starts_on as prior_starts_on,
         case when own.is_running then least(prior.starts_on + (as_of - own.starts_on)::integer, prior.ends_on) else prior.ends_on end as prior_cut,
         year_ago.period as year_ago,
         $2 as slice, $3 as slice_key, as_of, minor
     from quarter as own
     inner join quarter as prior on prior.place = own.place - 1
     inner join quarter as year_ago on year_ago.place = own.place - 4
     cross join (select as_of, minor from setting)
     where own.period = $1`,
    [asked.period, asked.slice, asked.key],
  );
  await connection.run(
    `create or replace temp table mine as
     select partner.* from partner cross join ask
     where slice = 'program' or (slice = 'partner' and partner_key = slice_key) or (slice = 'type' and type = slice_key)
         or (slice = 'tier' and tier = slice_key) or (slice = 'region' and region = slice_key) or (slice = 'manager' and manager = slice_key)`,
  );
  await connection.run(
    "create or replace temp table own_value as select value.* from metrics.value as value inner join ask on ask.slice = value.slice and ask.slice_key = value.slice_key",
  );
}
