import { closePeers, decisions, knownTier, named, peersOfOne, proofWords, tableQueries, tierStands } from "./tables.ts";

/** A sentence of a page, its figures in brackets, and the query whose columns they are, in order. Without a query its numbers are no figures. */
export interface SentenceQuery {
  /** The page's id, or any. */
  readonly page: string;
  /** The metric of the card it stands on, where another card says the same. */
  readonly card?: string;
  /** Quarters read QQ and months MM. */
  readonly says: RegExp;
  readonly sql?: string | ((captures: readonly string[]) => string);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const now = (metric: string, period = "ask.period"): string =>
  `coalesce((select value from own_value where metric = '${metric}' and own_value.period = ${period}), 0)`;
const state = (metric: string): string => now(metric, "'current'");
const ratioAt = (metric: string, period: string, slice = "program"): string =>
  `(select value from metrics.value where metric = '${metric}' and metrics.value.period = ${period} and metrics.value.slice = '${slice}')`;
const nAt = (metric: string, period: string): string =>
  `(select n from metrics.value where metric = '${metric}' and metrics.value.period = ${period} and metrics.value.slice = 'program')`;
const yearOf = (metric: string): string =>
  `(select coalesce(sum(value), 0) from own_value where metric = '${metric}' and period in (select period from year_shown))`;
const required = `(${yearOf("won_deals")} + ${yearOf("lost_deals")}) / nullif(${yearOf("won_deals")}, 0)`;
const month = "(select strftime(month_on, '%Y-%m') from last_month where last_month.period = ask.period)";
const newestMonth = "(select strftime(over_on, '%Y-%m') from newest_month)";
const monthBefore =
  "(select strftime(month_on - interval 12 month, '%Y-%m') from last_month where last_month.period = ask.period)";
const amountOf = (where: string): string => `(select coalesce(sum(amount), 0) from deal where ${where})`;
const countOf = (where: string): string => `(select count(*) from deal where ${where})`;
const earlierQuarter = "(select quarter.period from quarter cross join home where quarter.place = home.place - 1)";
const earlierDay = `(select day from earlier_day where period = ${earlierQuarter})`;
const earlierSourced = `(select value from earlier_state where metric = 'sourced_pipeline' and slice = 'program' and period = ${earlierQuarter})`;
const inYear = "closed_on > as_of - to_months(12) and closed_on <= as_of";
const velocityOf = (kind: string): string => `(select count(*) filter (state = 'open' and is_qualified)
    * (count(*) filter (state = 'won' and ${inYear}) / count(*) filter (state <> 'open' and ${inYear}))
    * avg(amount) filter (state = 'won' and amount_minor > 0 and ${inYear}) / avg(cycle_days) filter (state = 'won' and cycle_days >= 0 and ${inYear})
  from deal where kind = '${kind}')`;
const lateOpen = "state = 'open' and kind = 'sourced' and late > 0";
const broughtByPartner = `(select mine.partner_key, mine.type, mine.tier, mine.state, mine.is_counted, mine.agreed_on,
  coalesce((select sum(value) from metrics.value inner join quarter using (period) where metric = 'sourced_bookings' and slice = 'partner' and slice_key = mine.partner_key
    and quarter.place between ask.place - 3 and ask.place), 0) as amount from mine cross join ask)`;
const before = (metric: string): string =>
  `coalesce((select value from metrics.to_date where ask.is_running and metric = '${metric}' and period = ask.prior and slice = 'program'),
    (select value from metrics.value where not ask.is_running and metric = '${metric}' and period = ask.prior and slice = 'program'), 0)`;
const netRate = `(${now("commission_earned")} - ${now("commission_reversed")}) / ${now("sourced_collected")}`;
const rateBefore = `(${before("commission_earned")} - ${before("commission_reversed")}) / ${before("sourced_collected")}`;
// A partner between the middles of the tiers beside its own, those that signed within the four quarters left out of them.
const tierBeside = `with amount as (
    select partner.*, coalesce((select sum(value) from metrics.value inner join year_shown using (period) where metric = 'sourced_bookings' and slice = 'partner' and slice_key = partner_key), 0) as now
    from partner where is_counted and tier is not null
  ), tier as (select tier, median(now) as middle, ${knownTier} as known from amount where agreed_on is null or agreed_on <= (select min(starts_on) from year_shown) group by tier having count(*) >= 3),
  stand as (
    select amount.now, (select arg_min(struct_pack(tier := other.tier, middle := other.middle), (other.middle, other.tier)) from tier as other where other.middle > own.middle and not coalesce(other.known < own.known, false)) as above,
      (select arg_max(struct_pack(tier := other.tier, middle := other.middle), (other.middle, other.tier)) from tier as other where other.middle < own.middle and not coalesce(other.known > own.known, false)) as below
    from amount inner join tier as own using (tier) inner join ask on slice_key = partner_key
  )`;
/** A metric of partners over four quarters, those that end so many quarters before the one asked for; the last is cut at the same day. */
const overYear = (
  metric: string,
  back: number,
): string => `(select slice_key, sum(case when ask.is_running and ${back} > 0 and quarter.place = ask.place - ${back}
    then coalesce((select to_date.value from metrics.to_date as to_date where to_date.metric = point.metric and to_date.slice = 'partner' and to_date.slice_key = point.slice_key and to_date.period = point.period), 0)
    else point.value end) as amount
  from metrics.value as point inner join quarter using (period) where metric = '${metric}' and point.slice = 'partner' and quarter.place between ask.place - ${back + 3} and ask.place - ${back} group by slice_key)`;
const costAt = (back: number): string =>
  `((select coalesce(sum(amount), 0) from ${overYear("commission_earned", back)}) - (select coalesce(sum(amount), 0) from ${overYear("commission_reversed", back)})) / nullif((select sum(amount) from ${overYear("sourced_collected", back)}), 0)`;
const largestOf = (back: number, count: number): string =>
  `(select sum(amount) filter (place <= ${count}) / sum(amount) from (select amount, row_number() over (order by amount desc) as place from ${overYear("sourced_bookings", back)} where amount > 0))`;
const capital = (by: string): string => {
  const name = by === "type" ? "said(type)" : "coalesce(tier, 'no tier')";
  return `upper((${name})[1]) || (${name})[2:]`;
};
const bestKind = (by: string, order = "s"): string =>
  `select ${capital(by)} as name, sum(amount) / count(*) as s, median(amount) as s_middle from ${broughtByPartner}
   where state = 'active' group by ${by} having count(*) >= 10 order by ${order} desc limit 1`;
const largestKind = (by: string): string =>
  `select ${capital(by)} as name, sum(amount) as s, greatest(0, max(amount)) as largest, count(*) filter (is_counted) as partners
   from ${broughtByPartner} group by ${by} having count(*) filter (is_counted) > 0 or sum(amount) <> 0 order by s desc, partners desc, name limit 1`;
const aged = (day: number): string =>
  `(select count(*) filter (took <= ${day}) / count(*) from signing where age >= 90 and partner_key in (select partner_key from mine))`;
const cohortBefore = (id: string, step: number): string =>
  `coalesce((select replace(printf('%.1f', value), '.0', '') from own_value inner join quarter using (period) where metric = '${id}'
    and quarter.place = (select ripe.place - ${step} from quarter as ripe cross join setting where as_of - activation_window_days between ripe.starts_on and ripe.ends_on)), '–')`;
// The last quarter whose partners have all had their window is the one before that of the day the window goes back to.
const cohortsBefore = (part: string): string =>
  `(select coalesce(sum(${part}), 0) from own_value inner join quarter using (period) where metric = 'activation_rate' and quarter.place between
    (select ripe.place - 5 from quarter as ripe cross join setting where as_of - activation_window_days between ripe.starts_on and ripe.ends_on)
    and (select ripe.place - 2 from quarter as ripe cross join setting where as_of - activation_window_days between ripe.starts_on and ripe.ends_on))`;
const cohort = (step: number): string =>
  `(select struct_pack(hit := count(*) filter (took <= 90), n := count(*)) from signing inner join shown using (period)
    where partner_key in (select partner_key from mine) group by shown.place having count(*) >= 3 and min(age) >= 90 order by shown.place desc limit 1 offset ${step})`;
const recurring = `(select customer_key, coalesce(sum(mrr_minor) filter (strftime(month_on, '%Y-%m') = ${monthBefore}), 0) / any_value(minor) as was,
  coalesce(sum(mrr_minor) filter (strftime(month_on, '%Y-%m') = ${month}), 0) / any_value(minor) as now,
  any_value(class) as class, any_value(account_key) as account_key from marts.fct_recurring cross join ask group by customer_key)`;
const cohorts = `with began as (
    select customer_key, min(month_on) as began_on from marts.fct_recurring where mrr_minor > 0 group by customer_key
  ), aged as (
    select quarter.place, quarter.ends_on, class, mrr_minor, date_diff('month', began_on, month_on) - 1 as age
    from marts.fct_recurring inner join began using (customer_key) inner join quarter on began_on between starts_on and ends_on
  ), settled as (select month_on as settled_on from last_month inner join home using (period)),
  own as (
    select place from aged cross join settled where class = 'sourced' and date_trunc('month', ends_on) + interval 4 month <= settled_on
    group by place having coalesce(sum(mrr_minor) filter (age = 0), 0) > 0 order by place desc limit 8
  )`;
const keptCount = (
  age: number,
): string => `(${cohorts} select nullif(count(*), 0) from aged inner join own using (place) cross join settled
  where class = 'sourced' and age = 0 and date_trunc('month', ends_on) + interval ${age + 1} month <= settled_on)`;
const kept = (
  word: string,
): string => `(${cohorts} select sum(mrr_minor) filter (age = 12) / sum(mrr_minor) filter (age = 0) from aged inner join own using (place) cross join settled
  where class = '${word}' and date_trunc('month', ends_on) + interval 13 month <= settled_on)`;
const issues = (severity: string): string =>
  `(select coalesce(count(distinct check_id), 0) from quality.issue where severity = '${severity}')`;
const found = (severity: string): string => `(select count(*) from quality.issue where severity = '${severity}')`;
const doubtful = `(select count(*) from (select source || ':' || stream as key from quality.stream where status = 'failed'
    union select split_part(entity_key, '.', 1) from quality.issue where check_id in ('stream_stale', 'stream_dropped', 'field_gone')))`;
const mostMoney = (severity: string): string =>
  `(select sum(abs(amount_reporting_minor)) / any_value(minor) from quality.issue cross join setting where severity = '${severity}' group by check_id order by 1 desc nulls last limit 1)`;
const unconverted = (
  more: string,
): string => `with deal as (select amount_minor / 100 as amount from marts.fct_deal where amount_minor is not null and amount_reporting_minor is null),
  cash as (select cash_minor / 100 as amount from marts.fct_cash where cash_minor is not null and collected_reporting_minor is null)
  select (select count(*) from quality.issue where check_id = 'fx_rate_missing') as n, (select sum(amount) from deal) as m, (select count(*) from deal) as n_deals,
    (select sum(amount) from cash) as m_cash, (select count(*) from cash) as n_cash${more}`;
// Of the next quarter, else of the running one.
const covered = `(select value from metrics.value inner join quarter using (period) where metric = 'pipeline_coverage' and slice = 'program' and value is not null
  and quarter.place between ask.place and ask.place + 1 order by quarter.place desc limit 1)`;
const waitingParts = `select ${["undecided", "ending", "late", "unmoved"]
  .map((reason) => `coalesce(sum(len(list_filter(reasons, one -> one = '${reason}'))), 0) as n_${reason}`)
  .join(", ")}, (select stale_days from setting) as n_days`;
const waits = "registration.status = 'submitted'";
const goalOf = (metric: string): string =>
  `(select amount_reporting_minor / setting.minor from marts.dim_target cross join setting where metric = '${metric}' and slice = 'program' and period = ask.period)`;
const collectedGoal = `${now("sourced_collected")} / ${goalOf("sourced_collected")} as r_goal, ${goalOf("sourced_collected")} as s_goal_collected`;
const daysGone =
  "ask.as_of - ask.starts_on + 1 as n_day, ask.ends_on - ask.starts_on + 1 as n_days, (ask.as_of - ask.starts_on + 1) / (ask.ends_on - ask.starts_on + 1) as r_gone";

// In the order of a page's text, pages in the order of the sidebar.
export const sentenceQueries: readonly SentenceQuery[] = Object.freeze([
  {
    page: "any",
    says: /^QQ in progress, day (\d+) of (\d+)$/,
    sql: "select as_of - starts_on + 1 as n, ends_on - starts_on + 1 as n_days from home",
  },
  {
    page: "any",
    says: /^QQ closed, presented on (\d.*)$/,
    sql: "select min((frozen_at at time zone timezone)::date) as on_date from quality.restated_value cross join setting inner join ask using (period)",
  },
  { page: "any", says: /; grey: n below 10$/ },
  { page: "any", says: /^as of (\d+ \w+ \d+)(?: \(asked for\))?$/, sql: "select as_of as on_date from setting" },
  {
    page: "any",
    says: /^([^:]+): read (\d+ \w+ \d+, \d+:\d+) [\w/]+$/,
    sql: ([sources = ""]) =>
      `select ${quoted(sources)} as t, strftime(min(read_at) at time zone any_value(timezone), '%-d %b %Y, %H:%M') as t_read from quality.stream cross join setting where source = ${quoted(sources.split(", ")[0] ?? "")}`,
  },
  {
    page: "any",
    says: /^([^:]+): read (\d+ \w+ \d+)$/,
    sql: ([sources = ""]) =>
      `select ${quoted(sources)} as t, strftime(min(read_at) at time zone any_value(timezone), '%-d %b %Y') as t_read from quality.stream cross join setting where source = ${quoted(sources.split(", ")[0] ?? "")}`,
  },
  {
    page: "any",
    says: /^◆ (\d+) checks? failing, (\S+) affected$/,
    sql: `select ${issues("error")} as n, sum(amount_reporting_minor) / any_value(minor) as s from quality.issue cross join setting where severity = 'error'`,
  },
  {
    page: "any",
    says: /^◆ (\d+) checks? failing, (\d+) rows? affected, amount not known in \w+$/,
    sql: `select ${issues("error")} as n, ${found("error")} as n_rows`,
  },
  { page: "any", says: /^● no check failing, (\d+) to look at$/, sql: `select ${issues("warning")} as n` },
  // When a site was built is not in the warehouse.
  {
    page: "any",
    says: /^Attributary · .* · as of (\d+ \w+ \d+)Credit rule: sourced wins · amounts in \w+(?:Built .*)?Definitions$/,
    sql: "select as_of as on_date from setting",
  },
  {
    page: "any",
    says: /^(?:[①-⑩]|\(\d+\)) (\d+ \w+ \d+): (.*)$/,
    sql: ([, words = ""]) =>
      `select annotation_on as on_date, text || coalesce(' (' || author || ')', '') as t from marts.dim_annotation where text || coalesce(' (' || author || ')', '') = ${quoted(words)}`,
  },
  {
    page: "any",
    says: /^(?:[▲▼] (?:too little|enough) ?)?required (\S+): 1 ÷ win rate of the last four quarters ?QQ, running: (\S+) not compared: the expected closes of an earlier day are not kept$/,
    sql: `select ${required} as x, coalesce(printf('%.1f×', (select value from own_value where metric = 'pipeline_coverage' and own_value.period = (select period from home))), '–') as t from ask`,
  },

  {
    page: "overview",
    says: /^Sourced revenue is (?:up|down) (\S+) on QQ/,
    sql: `select abs(${now("sourced_collected")} / coalesce((select value from metrics.to_date where ask.is_running and metric = 'sourced_collected' and period = ask.prior and slice = 'program'), (select value from metrics.value where not ask.is_running and metric = 'sourced_collected' and period = ask.prior and slice = 'program')) - 1) as r from ask`,
  },
  { page: "overview", says: /^Sourced revenue is (\S+)$/, sql: `select ${now("sourced_collected")} as s from ask` },
  // First the target of what was collected, then the cash, then the target of what was won; either target may be missing.
  ...[
    ["", ""],
    ["Sourced revenue collected is (\\S+) of its (\\S+) target: the target is met\\. ", `${collectedGoal},`],
    [
      "Sourced revenue collected is (\\S+) of its (\\S+) target on day (\\d+) of (\\d+), when (\\S+) of the quarter is gone: (?:ahead of|behind|on) an even pace\\. ",
      `${collectedGoal}, ${daysGone},`,
    ],
  ].flatMap(([pace, paceColumns]) =>
    [
      ["", ""],
      [
        " Sourced bookings stand at (\\S+), (\\S+) of the (\\S+) target\\.",
        `, ${now("sourced_bookings")} as s_booked, ${now("sourced_bookings")} / ${goalOf("sourced_bookings")} as w, ${goalOf("sourced_bookings")} as s_goal`,
      ],
    ].map(([plan, planColumns]) => ({
      page: "overview",
      says: new RegExp(
        `^${pace}(\\S+) of (\\S+) collected came from deals a partner brought, (\\S+) more from deals partners only helped\\.${plan}$`,
      ),
      sql: `select ${paceColumns} ${now("sourced_collected")} as s, ${now("total_collected")} as s_all, ${now("influenced_collected")} as s_more${planColumns} from ask`,
    })),
  ),
  {
    page: "overview",
    says: /^Nothing was collected in QQ\. Sourced bookings stand at (\S+), (\S+) of the (\S+) target\.$/,
    sql: `select ${now("sourced_bookings")} as s, ${now("sourced_bookings")} / ${goalOf("sourced_bookings")} as w, ${goalOf("sourced_bookings")} as s_goal from ask`,
  },
  {
    page: "overview",
    says: /^of (\d+); (\d+) cooling, (\d+) dormant, (\d+) never activated$/,
    sql: `select ${state("partners")} as n, (select count(*) from mine where is_counted and state = 'cooling') as n_cooling, ${state("dormant_partners")} as n_dormant, ${state("never_activated_partners")} as n_never from ask`,
  },
  {
    page: "overview",
    says: /^direct deals (\S+), n = (\d+)$/,
    sql: "select value as r, n from metrics.value inner join home using (period) where metric = 'direct_win_rate' and slice = 'program'",
  },
  {
    page: "overview",
    says: /^of cash collected it is (\S+)$/,
    sql: `select ${now("sourced_collected")} / (select value from metrics.value where metric = 'total_collected' and period = ask.period and slice = 'program') as r from ask`,
  },
  {
    page: "overview",
    says: /^Partners sourced (\S+) of cash collected in QQ$/,
    sql: `select ${now("sourced_collected")} / (${now("sourced_collected")} + ${now("influenced_collected")} + ${now("direct_collected")} + ${now("unlinked_collected")}) as w from ask`,
  },
  {
    page: "overview",
    says: /^(.*) moved sourced revenue most: (\S+)$/,
    sql: `with change as (
        select name, coalesce((select value from metrics.value where metric = 'sourced_collected' and slice = 'partner' and slice_key = partner_key and period = (select period from ask)), 0)
          - coalesce((select value from metrics.value where not (select is_running from ask) and metric = 'sourced_collected' and slice = 'partner' and slice_key = partner_key and period = (select prior from ask)),
              (select value from metrics.to_date where (select is_running from ask) and metric = 'sourced_collected' and slice = 'partner' and slice_key = partner_key and period = (select prior from ask)), 0) as change
        from partner
      ) select name as t, change as ss from change order by abs(change) desc, change desc, name limit 1`,
  },
  {
    page: "overview",
    says: /^What changed on QQ.* add up to (\S+)\.$/,
    sql: `select (select coalesce(sum(value), 0) from metrics.value where metric = 'sourced_collected' and slice = 'partner' and period = ask.period)
      - (select coalesce(sum(value), 0) from metrics.value where not ask.is_running and metric = 'sourced_collected' and slice = 'partner' and period = ask.prior)
      - (select coalesce(sum(value), 0) from metrics.to_date where ask.is_running and metric = 'sourced_collected' and slice = 'partner' and period = ask.prior) as ss from ask`,
  },
  {
    page: "overview",
    says: /^(\d+) things? waits? for a decision, (\S+) in all · as of now, all quarters$/,
    sql: `select count(*) as n, coalesce(sum(amount), 0) as s from ${decisions}`,
  },
  {
    page: "overview",
    says: /^(\d+) registrations? not decided, (\d+) protections? that ends? within 14 days, (\d+) sourced deals? past the expected close date and (\d+) unmoved for more than (\d+) days\. A deal stands here once/,
    sql: `${waitingParts} from ${decisions}`,
  },
  {
    page: "overview",
    says: /^(\d+) registrations? not decided, (\d+) protections? that ends? within 14 days, (\d+) sourced deals? past the expected close date and (\d+) unmoved for more than (\d+) days; (\d+) of these falls? on a deal that is counted already\. A deal stands here once/,
    sql: `${waitingParts}, sum(len(reasons)) - count(*) as n_twice from ${decisions}`,
  },

  {
    page: "scorecard",
    says: /^Bar: actual, .* "Close to target" is within 10% of it\. A reason in grey was worked out, nobody wrote one\.(?: r marks .*)?$/,
  },
  {
    page: "scorecard",
    says: /^QQ: (\d+) of (\d+) targets? met$/,
    sql: `with row as (select dim_target.metric, value.value, case when metric.unit = 'money' then amount_reporting_minor / setting.minor else amount end as goal
        from marts.dim_target cross join setting cross join ask inner join metrics.value as value on value.metric = dim_target.metric and value.period = ask.period and value.slice = 'program'
        inner join (select distinct metric, unit from metrics.value) as metric on metric.metric = dim_target.metric where dim_target.period = ask.period and dim_target.slice = 'program')
      select count(*) filter (value >= goal) as n, count(*) as n_all from row`,
  },
  {
    page: "scorecard",
    says: /^The last closed quarter, .* Frozen as presented by .* on (\d+ \w+ \d+); /,
    sql: "select min((frozen_at at time zone timezone)::date) as on_date from quality.restated_value cross join setting inner join ask using (period)",
  },

  {
    page: "sourced-vs-influenced",
    says: /^Partners sourced (\S+) and touched (\S+) of bookings in QQ$/,
    sql: `select ${now("sourced_share")} as w, ${now("touched_bookings")} / ${now("total_bookings")} as w_touched from ask`,
  },
  {
    page: "sourced-vs-influenced",
    says: /^Partners sourced (\S+) and touched (\S+); (\S+) was won in all in QQ$/,
    sql: `select ${now("sourced_bookings")} as s, ${now("touched_bookings")} as s_touched, ${now("total_bookings")} as s_all from ask`,
  },
  {
    page: "sourced-vs-influenced",
    says: /^(\S+) in (\d+) deals? has both kinds of credit: one partner brought it and another helped\.$/,
    sql: `with both_kinds as (select * from deal where state = 'won' and kind = 'sourced' and closed_quarter = (select period from ask)
        and exists (select 1 from part where part.deal_key = deal.deal_key and not is_source and touches > 0)) select coalesce(sum(amount), 0) as s, count(*) as n from both_kinds`,
  },
  {
    page: "sourced-vs-influenced",
    says: /^(\S+) in (\d+) deals? has both kinds of credit: one partner brought it and another helped\. (\d+) deals? (?:was|were) claimed by more than one partner\.$/,
    sql: `with both_kinds as (select * from deal where state = 'won' and kind = 'sourced' and closed_quarter = (select period from ask)
        and exists (select 1 from part where part.deal_key = deal.deal_key and not is_source and touches > 0)) select coalesce(sum(amount), 0) as s, count(*) as n,
        (select count(*) from deal where state = 'won' and is_conflict and closed_quarter = (select period from ask)) as n_conflict from both_kinds`,
  },
  {
    page: "sourced-vs-influenced",
    says: /^No deal has both kinds of credit.*\. (\d+) deals? (?:was|were) claimed by more than one partner\.$/,
    sql: "select count(*) as n from deal where state = 'won' and is_conflict and closed_quarter = (select period from ask)",
  },
  {
    page: "sourced-vs-influenced",
    says: /^Partners sourced (\S+) of what was won in QQ$/,
    sql: `select ${now("sourced_bookings")} / (${now("sourced_bookings")} + ${now("influenced_bookings")} + ${now("direct_bookings")}) as w from ask`,
  },
  {
    page: "sourced-vs-influenced",
    says: /^(\S+) of sourced bookings rests on a dated claim, (\S+) on one that another touch supports$/,
    sql: `with won as (select amount, ${proofWords} as proof from deal where state = 'won' and kind = 'sourced' and closed_quarter = (select period from ask))
      select coalesce(sum(amount) filter (proof <> 'A claim without a date'), 0) / sum(amount) as r,
        coalesce(sum(amount) filter (proof like '%another counted touch%'), 0) / sum(amount) as r_supported from won`,
  },
  {
    page: "sourced-vs-influenced",
    says: /^(\d+) deals? with a partner won in QQ$/,
    sql: "select count(*) as n from deal where state = 'won' and kind <> 'direct' and closed_quarter = (select period from ask)",
  },
  {
    page: "sourced-vs-influenced",
    says: /^(\d+) direct deals? won since QQ names? a partner, (\S+) without credit · all quarters$/,
    sql: `select count(*) as n, coalesce(sum(amount), 0) as s from deal inner join (${named}) as named using (deal_key) where closed_quarter in (select period from shown)`,
  },

  {
    page: "pipeline",
    says: /^Sourced pipeline (?:falls short of|covers) QQ: (\S+) against (\S+) required$/,
    sql: `select ${covered} as x, ${required} as x_required from ask`,
  },
  {
    page: "pipeline",
    says: /^Sourced pipeline covers QQ (\S+)$/,
    sql: `select ${covered} as x from ask`,
  },
  {
    page: "pipeline",
    says: /^(\S+) of sourced pipeline is open$/,
    sql: `select ${state("sourced_pipeline")} as s from ask`,
  },
  {
    page: "pipeline",
    says: /^(\S+) of (\S+) open was brought by partners\. (\d+) sourced deals? (?:is|are) past the expected close date, (\S+) in all\.$/,
    sql: `select ${state("sourced_pipeline")} as s, ${state("open_pipeline")} as s_all, ${countOf(lateOpen)} as n, ${amountOf(lateOpen)} as s_late from ask`,
  },
  {
    page: "pipeline",
    says: /^(\d+) sourced deals?; none past the close date$/,
    sql: `select ${countOf("state = 'open' and kind = 'sourced'")} as n`,
  },
  {
    page: "pipeline",
    says: /^(\d+) sourced deals?, (\d+) of them without an amount or exchange rate; none past the close date$/,
    sql: `select ${countOf("state = 'open' and kind = 'sourced'")} as n, ${countOf("state = 'open' and kind = 'sourced' and amount is null")} as n_without`,
  },
  {
    page: "pipeline",
    says: /^every sourced deal moved in the last (\d+) days$/,
    sql: "select stale_days as n from setting",
  },
  {
    page: "pipeline",
    says: /^(\S+) of (\S+) open was brought by partners\. No sourced deal is past its expected close date\.$/,
    sql: `select ${state("sourced_pipeline")} as s, ${state("open_pipeline")} as s_all from ask`,
  },
  {
    page: "pipeline",
    says: /^(\d+) sourced deals?; (\d+) past the close date: (\S+)$/,
    sql: `select ${countOf("state = 'open' and kind = 'sourced'")} as n, ${countOf(lateOpen)} as n_late, ${amountOf(lateOpen)} as s`,
  },
  {
    page: "pipeline",
    says: /^(\d+) sourced deals?, (\d+) of them without an amount or exchange rate; (\d+) past the close date: (\S+)$/,
    sql: `select ${countOf("state = 'open' and kind = 'sourced'")} as n, ${countOf("state = 'open' and kind = 'sourced' and amount is null")} as n_without, ${countOf(lateOpen)} as n_late, ${amountOf(lateOpen)} as s`,
  },
  {
    page: "pipeline",
    says: /^(\d+) of (\d+) open sourced deals? without a stage entry for (\d+) days$/,
    sql: `select ${state("stale_deals")} as n, ${countOf("state = 'open' and kind = 'sourced'")} as n_all, stale_days as n_days from ask cross join setting`,
  },
  { page: "pipeline", says: /^needs open qualified deals, and won deals in the last 12 months$/ },
  {
    page: "any",
    says: /^(\d+) qualified open sourced deals? × mean won amount × win rate ÷ mean cycle days, the last three over 12 months$/,
    sql: "select n from metrics.value where metric = 'pipeline_velocity' and slice = 'program'",
  },
  {
    page: "pipeline",
    says: /^(\d+) of (\d+) quarters? with a target (?:has|have) enough pipeline · as of now$/,
    sql: `select count(*) filter (value >= ${required}) as n, count(*) as n_all from metrics.value inner join quarter using (period) cross join ask where metric = 'pipeline_coverage' and metrics.value.slice = 'program' and value is not null and quarter.place between ask.place and ask.place + 2`,
  },
  {
    page: "pipeline",
    says: /^Coverage: open sourced pipeline expected to close in the quarter ÷ \(target − won so far\)\. Required: (\S+), which is 1 ÷ the win rate/,
    sql: `select ${required} as x from ask`,
  },
  {
    page: "pipeline",
    says: /^Sourced pipeline is (?:up|down) (\S+) on QQ, day (\d+) · as of now$/,
    sql: `select abs(${state("sourced_pipeline")} / ${earlierSourced} - 1) as r, ${earlierDay} as n from ask`,
  },
  {
    page: "pipeline",
    says: /^Sourced pipeline is (?:level with|new since) QQ, day (\d+) · as of now$/,
    sql: `select ${earlierDay} as n`,
  },
  {
    page: "pipeline",
    says: /^No amount is known of the sourced deals that were open in QQ, day (\d+) · as of now$/,
    sql: `select ${earlierDay} as n`,
  },
  {
    page: "pipeline",
    says: /^(\S+) of sourced pipeline has slipped, (\S+) of direct · as of now$/,
    sql: `select ${["sourced", "direct"].map((kind) => `${amountOf(`state = 'open' and kind = '${kind}' and late > 0`)} / ${amountOf(`state = 'open' and kind = '${kind}'`)} as r_${kind}`).join(", ")}`,
  },
  {
    page: "pipeline",
    says: /^(\S+) of sourced pipeline has slipped · as of now$/,
    sql: `select ${amountOf("state = 'open' and kind = 'sourced' and late > 0")} / ${amountOf("state = 'open' and kind = 'sourced'")} as r`,
  },
  {
    page: "pipeline",
    says: /^(\S+) stands in (.*) · as of now$/,
    sql: "select sum(amount) as s, stage as t from deal where state = 'open' and stage is not null group by stage order by s desc nulls last limit 1",
  },
  {
    page: "pipeline",
    says: /^(\S+) of open partner pipeline has aged past 1\.5× the usual stay · as of now$/,
    sql: "select coalesce(sum(amount) filter (in_stage > old_from), 0) / sum(amount) as r from deal inner join stage on stage.stage = deal.stage where state = 'open' and kind <> 'direct'",
  },
  {
    page: "pipeline",
    says: /^Each dot is .* are old\. Of direct open pipeline (\S+) is old\.$/,
    sql: "select coalesce(sum(amount) filter (in_stage > old_from), 0) / sum(amount) as r from deal inner join stage on stage.stage = deal.stage where state = 'open' and kind = 'direct'",
  },
  {
    page: "pipeline",
    says: /^Each dot is an open deal with a partner, larger for more \w+\. (?:The tick is|Old would be beyond) 1\.5× the median stay/,
  },
  {
    page: "pipeline",
    says: /^(\d+) of (\d+) open partner deals? (?:is|are) late(?: or stuck)? · as of now$/,
    sql: "select count(*) filter (late > 0 or in_stage > old_from) as n, count(*) as n_all from deal left join stage on stage.stage = deal.stage where state = 'open' and kind <> 'direct'",
  },

  {
    page: "pipeline",
    says: /^(\d+) deals? sourced, (\d+) of them late(?: or stuck)?, and (\d+) influenced only\. Late is past the expected close date(?:, stuck is in the stage for more than 1\.5×|; no usual stay is known yet)/,
    sql: "select count(*) filter (kind = 'sourced') as n, count(*) filter (kind = 'sourced' and (late > 0 or in_stage > old_from)) as n_stuck, count(*) filter (kind = 'influenced') as n_helped from deal left join stage on stage.stage = deal.stage where state = 'open' and kind <> 'direct'",
  },

  {
    page: "velocity",
    says: /^Like for like, sourced deals are won (\d+) days? (?:slower|faster) than direct ones$/,
    sql: `with side as (
        select median(length) filter (kind = 'sourced') as partner, median(length) filter (kind = 'direct') as direct, count(*) filter (kind = 'sourced') as n, count(*) filter (kind = 'direct') as n_direct
        from deal where state = 'won' and length is not null and closed_on >= (select min(starts_on) from year_shown)
        group by segment, case when amount is null then 0 when amount < 25000 then 1 when amount < 100000 then 2 else 3 end
      ) select abs(round(sum((direct - partner) * side.n) / sum(side.n))) as n from side where side.n >= 10 and n_direct >= 10`,
  },
  {
    page: "velocity",
    says: /^Sourced deals are won in (\S+) days; too few are like direct ones$/,
    sql: "select median(length) as d from deal where state = 'won' and kind = 'sourced' and closed_on >= (select min(starts_on) from year_shown)",
  },
  {
    page: "velocity",
    says: /^Whatever its segment and size, the median sourced deal took (\S+) days, the median direct one (\S+)\. Of deals alike, partner ones are faster in (\d+) of (\d+) groups?\. Days from the deal's creation .* the longest are among the open ones\.$/,
    sql: `with side as (
        select median(length) filter (kind = 'sourced') as partner, median(length) filter (kind = 'direct') as direct, count(*) filter (kind = 'sourced') as n, count(*) filter (kind = 'direct') as n_direct
        from deal where state = 'won' and length is not null and closed_on >= (select min(starts_on) from year_shown)
        group by segment, case when amount is null then 0 when amount < 25000 then 1 when amount < 100000 then 2 else 3 end
      ), whole as (select median(length) filter (kind = 'sourced') as partner, median(length) filter (kind = 'direct') as direct from deal where state = 'won' and closed_on >= (select min(starts_on) from year_shown))
      select any_value(whole.partner) as d, any_value(whole.direct) as d_direct, count(*) filter (side.partner < side.direct) as n, count(*) as n_all from side cross join whole where n >= 10 and n_direct >= 10`,
  },
  {
    page: "velocity",
    says: /^Whatever its segment and size, the median sourced deal took (\S+) days, the median direct one (\S+)\. Too few deals to compare like with like: .* the longest are among the open ones\.$/,
    sql: "select median(length) filter (kind = 'sourced') as d, median(length) filter (kind = 'direct') as d_direct from deal where state = 'won' and closed_on >= (select min(starts_on) from year_shown)",
  },
  { page: "velocity", says: /^needs open qualified deals, and won deals in the last 12 months$/ },
  {
    page: "velocity",
    says: /^(Registered to decided|Decided to opportunity|Opportunity to won|Opportunity to lost) takes longest, (\S+) days · QQ to QQ$/,
    sql: `with since as (select min(starts_on) as since_on from year_shown), step as (
        select 'Registered to decided' as step, coalesce(decision_hours, 0) / 24.0 as days from registration cross join since where decided_on is not null and submitted_on >= since_on
        union all select 'Decided to opportunity', deal.created_on - decided_on from registration cross join since inner join deal on deal.deal_key = registration.deal_key
          where decided_on is not null and submitted_on >= since_on and deal.created_on >= decided_on and (deal.state = 'open' or deal.closed_on >= (select min(starts_on) from shown))
        union all select 'Opportunity to ' || state, length from deal cross join since where state <> 'open' and kind = 'sourced' and closed_on >= since_on
      ) select step as t, round(median(days), 1) as d from step where days is not null group by step having count(*) >= 10 order by d desc limit 1`,
  },
  {
    page: "velocity",
    says: /^Dot: median\. .* n is in the data\. (\d+) registrations? had (?:its|their) deal before the decision and (?:is|are) left out of Decided to opportunity\.$/,
    sql: `select count(*) as n from registration inner join deal on deal.deal_key = registration.deal_key
      where decided_on is not null and submitted_on >= (select min(starts_on) from year_shown) and deal.created_on < decided_on
        and (deal.state = 'open' or deal.closed_on >= (select min(starts_on) from shown))`,
  },
  {
    page: "velocity",
    says: /^Dot: median\. Thick line: the middle half \(25th to 75th percentile\)\..* n is in the data\.$/,
  },
  {
    page: "velocity",
    says: /^Opened in QQ, partner deals won in (\S+) days, direct in (\S+) · by quarter of creation$/,
    sql: `with opened as (
        select created_quarter, kind, median(length) filter (state = 'won') as days, count(*) filter (state = 'open') / count(*) as still
        from deal where kind in ('sourced', 'direct') and created_quarter in (select period from shown) and (state = 'open' or closed_on >= (select min(starts_on) from shown)) group by all
      ), latest as (select created_quarter, kind, days from opened where still <= 0.1 and days is not null)
      select (select days from latest where kind = 'sourced' order by created_quarter desc limit 1) as d, (select days from latest where kind = 'direct' order by created_quarter desc limit 1) as d_direct`,
  },
  {
    page: "velocity",
    says: /^Sourced deals bring (\S+) a day, direct ones (\S+) a day · as of now$/,
    sql: `select ${velocityOf("sourced")} as s, ${velocityOf("direct")} as s_direct`,
  },
  {
    page: "velocity",
    says: /^Sourced deals bring (\S+) a day · as of now$/,
    sql: `select ${velocityOf("sourced")} as s`,
  },
  {
    page: "velocity",
    says: /^Deals won in QQ to QQ, compared within the same account segment and size .* at least 10 deals on each side/,
  },
  {
    page: "velocity",
    says: /^Like for like, partner deals are faster in (\d+) of (\d+) groups?$/,
    sql: `with side as (
        select median(length) filter (kind = 'sourced') as partner, median(length) filter (kind = 'direct') as direct, count(*) filter (kind = 'sourced') as n, count(*) filter (kind = 'direct') as n_direct
        from deal where state = 'won' and length is not null and closed_on >= (select min(starts_on) from year_shown)
        group by segment, case when amount is null then 0 when amount < 25000 then 1 when amount < 100000 then 2 else 3 end
      ) select count(*) filter (partner < direct) as n, count(*) as n_all from side where n >= 10 and n_direct >= 10`,
  },
  {
    page: "velocity",
    says: /^(\d+) of (\d+) open sourced deals? (?:is|are) older than the (\S+) days that won ones took · as of now$/,
    sql: `with usual as (select median(length) as days from deal where state = 'won' and kind = 'sourced' and closed_on >= (select min(starts_on) from year_shown))
      select count(*) filter (as_of - created_on > days) as n, count(*) as n_all, any_value(days) as d from deal cross join usual where state = 'open' and kind = 'sourced'`,
  },

  {
    page: "retention",
    says: /^Sourced customers of a year ago pay (\S+) of what they paid, direct ones (\S+)$/,
    sql: `select ${ratioAt("net_retention.sourced", month)} as r, ${ratioAt("net_retention.direct", month)} as r_direct from ask`,
  },
  {
    page: "retention",
    says: /^(\d+) sourced customers? of a year ago, too few to tell retention by$/,
    sql: `select ${nAt("net_retention.sourced", month)} as n from ask`,
  },
  {
    page: "retention",
    says: /^(\d+) customers? of a year ago, too few to tell retention by$/,
    sql: `select ${nAt("net_retention", month)} as n from ask`,
  },
  {
    page: "retention",
    says: /^All customers of a year ago pay (\S+) of what they paid$/,
    sql: `select ${ratioAt("net_retention", month)} as r from ask`,
  },
  {
    page: "retention",
    says: /^Sourced customers of a year ago pay (\S+) of what they paid$/,
    sql: `select ${ratioAt("net_retention.sourced", month)} as r from ask`,
  },
  {
    page: "retention",
    says: /^Of (\d+) sourced customers? with recurring revenue in MM, (\d+) had some in MM: (\S+) stayed, of direct ones (\S+)\. Told at MM, the last month (?:that has been over for 45 days:|of the quarter\.)/,
    sql: `select count(*) filter (class = 'sourced') as n, count(*) filter (class = 'sourced' and now > 0) as n_stayed, count(*) filter (class = 'sourced' and now > 0) / count(*) filter (class = 'sourced') as r,
      count(*) filter (class = 'direct' and now > 0) / count(*) filter (class = 'direct') as r_direct from ${recurring} where was > 0`,
  },
  {
    page: "retention",
    says: /^Of (\d+) sourced customers? with recurring revenue in MM, (\d+) had some in MM: (\S+) stayed\. Told at MM, the last month (?:that has been over for 45 days:|of the quarter\.)/,
    sql: `select count(*) filter (class = 'sourced') as n, count(*) filter (class = 'sourced' and now > 0) as n_stayed, count(*) filter (class = 'sourced' and now > 0) / count(*) filter (class = 'sourced') as r from ${recurring} where was > 0`,
  },
  {
    page: "retention",
    says: /^No sourced customer had recurring revenue in MM\. Told at MM, the last month (?:that has been over for 45 days:|of the quarter\.)/,
  },
  {
    page: "retention",
    says: /^(\d+) of (\d+) customers? with recurring revenue in MM (?:was|were) sourced$/,
    sql: `select count(*) filter (class = 'sourced') as n, count(*) as n_all from ${recurring} where was > 0`,
  },
  {
    page: "retention",
    says: /^By the class of the first deal that the customer's account won\. (\d+) customers? (?:has|have) no such deal/,
    sql: `select count(*) filter (class is null) as n from ${recurring} where was > 0`,
  },
  ...(["gross_retention", "net_retention"] as const).flatMap((id) => [
    {
      page: "retention",
      card: `${id}.sourced`,
      says: /^vs MM, n (\d+): (?:[▲▼] )?([−+]\S+ pp)(?: (?:worse|better))? ?direct customers (\S+), all customers (\S+)$/,
      sql: `select ${nAt(`${id}.sourced`, monthBefore)} as n, ${ratioAt(`${id}.sourced`, month)} - ${ratioAt(`${id}.sourced`, monthBefore)} as pp, ${ratioAt(`${id}.direct`, month)} as r, ${ratioAt(id, month)} as r_all from ask`,
    },
    {
      page: "retention",
      card: `${id}.sourced`,
      says: /^no value for MM to compare with ?direct customers (\S+), all customers (\S+)$/,
      sql: `select ${ratioAt(`${id}.direct`, month)} as r, ${ratioAt(id, month)} as r_all from ask`,
    },
  ]),
  {
    page: "retention",
    card: "partner_retention",
    says: /^vs MM, n (\d+): (?:[▲▼] )?([−+]\S+ pp)(?: (?:worse|better))?$/,
    sql: `select ${nAt("partner_retention", monthBefore)} as n, ${ratioAt("partner_retention", month)} - ${ratioAt("partner_retention", monthBefore)} as pp from ask`,
  },
  {
    page: "retention",
    says: /^Sourced customers' (gross|net) retention is (\S+) pp (?:above|below) that of direct ones in MM · all months$/,
    sql: ([kind = ""]) =>
      `select '${kind}' as t, abs(${ratioAt(`${kind}_retention.sourced`, month)} - ${ratioAt(`${kind}_retention.direct`, month)}) as g from ask`,
  },
  {
    page: "retention",
    says: /^What (?:is left of|the recurring revenue).* 13 months to MM\.(?: The axis begins at \d+%\.)?$/,
  },
  ...[
    "sourced",
    "sourced|influenced",
    "sourced|direct",
    "influenced|direct",
    "direct",
    "sourced|influenced|direct",
  ].flatMap((some) =>
    (["gross", "net"] as const).map((kind) => ({
      page: "retention",
      says: new RegExp(
        `^What ${kind === "gross" ? "is left of" : "the recurring revenue"}.* 13 months to MM; dashed is provisional, over for less than 45 days: ${some
          .split("|")
          .map((one) => `${one} (\\S+)`)
          .join(", ")} in MM\\.(?: The axis begins at \\d+%\\.)?$`,
      ),
      sql: `select ${some
        .split("|")
        .map((one) => `${ratioAt(`${kind}_retention.${one}`, newestMonth)} as r_${one}`)
        .join(", ")}`,
    })),
  ),
  {
    page: "retention",
    says: /^(\d+) sourced customers? a year ago, too few to tell what became of them$/,
    sql: `select count(*) as n from ${recurring} where was > 0 and class = 'sourced'`,
  },
  {
    page: "retention",
    says: /^Sourced customers took (\S+) a month away in a year, and added (\S+) by growth$/,
    sql: `select coalesce(sum(case when now <= 0 then was else greatest(was - now, 0) end), 0) as s, coalesce(sum(greatest(now - was, 0)) filter (now > 0), 0) as s_grown from ${recurring} where was > 0 and class = 'sourced'`,
  },
  {
    page: "retention",
    says: /^Recurring revenue a month of sourced customers, \w+\. Gross retention is what is left before growth, ([\d.]+%); net is the same customers' bar, ([\d.]+%) of the first\.$/,
    sql: `select sum(least(was, greatest(now, 0))) / sum(was) as r, sum(greatest(now, 0)) / sum(was) as r_net from ${recurring} where was > 0 and class = 'sourced'`,
  },
  {
    page: "retention",
    says: /^After a year (\d+) sourced customers pay (\S+) of their first full month, the same quarters' direct ones (\S+) · all quarters of beginning$/,
    sql: `select ${keptCount(12)} as n, ${kept("sourced")} as w, ${kept("direct")} as w_direct`,
  },
  {
    page: "retention",
    says: /^After a year (\d+) sourced customers pay (\S+) of their first full month · all quarters of beginning$/,
    sql: `select ${keptCount(12)} as n, ${kept("sourced")} as w`,
  },
  {
    page: "retention",
    says: /^(\d+) sourced customers? after a full year, too few to tell what is kept · all quarters of beginning$/,
    sql: `select ${keptCount(12)} as n`,
  },
  {
    page: "retention",
    says: /^Recurring revenue of sourced customers that began in a quarter, 3 to 24 months after .* above 100% they have grown\. .* with every month: All sourced (.*)\. Grey: fewer than 10\./,
    sql: `select concat_ws(', ', ${[3, 6, 9, 12, 18, 24].map((age) => `${keptCount(age)} || ' at month ${age}'`).join(", ")}) as t`,
  },
  {
    page: "retention",
    says: /^A quarter's customers are drawn once all of them have paid for 3 months after their first full one\.$/,
  },
  {
    page: "retention",
    says: /^(\d+) customers? left and (\d+) shrank between MM and MM · the last settled month$/,
    sql: `select count(*) filter (now <= 0) as n, count(*) filter (now > 0) as n_shrank from ${recurring} where was - greatest(now, 0) >= 0.5`,
  },
  {
    page: "retention",
    says: /^Of all classes: (.*)\. Largest loss first\./,
    sql: `select string_agg(counted(n, word, word), ', ' order by place) as t from (
      select place, word, count(*) as n from (
        select case class when 'sourced' then 1 when 'influenced' then 2 when 'direct' then 3 else case when account_key is null then 5 else 4 end end as place,
          case class when 'sourced' then class when 'direct' then class when 'influenced' then 'influenced only' else case when account_key is null then 'none: account not known' else 'none: no won deal' end end as word
        from ${recurring} where was - greatest(now, 0) >= 0.5) group by place, word)`,
  },

  {
    page: "commissions",
    says: /^(\S+) is owed; (\d+) partners? waits? for it$/,
    sql: `select ${state("commission_owed")} as s, (select count(*) from balance where owed > 0) as n from ask`,
  },
  ...(
    [
      ["; nothing sourced was collected in QQ(?: to the same day)? to compare it with", ""],
      [
        "; it was (\\S+) in QQ(?: to the same day)?, (\\S+ pp)",
        `, ${rateBefore} as r_before, (${netRate}) - ${rateBefore} as pp`,
      ],
    ] as const
  ).map(([words, columns]) => ({
    page: "commissions",
    says: new RegExp(
      `^Commission is earned on .* In QQ (\\S+) of commission after reversals stands against (\\S+) of sourced revenue after refunds, an effective rate of (\\S+), net over net${words}\\. (\\d+) plans? (?:is|are) configured\\.$`,
    ),
    sql: `select ${now("commission_earned")} - ${now("commission_reversed")} as s, ${now("sourced_collected")} as s_of, ${netRate} as r${columns}, (select count(*) from config.commission_plan) as n from ask`,
  })),
  {
    page: "commissions",
    says: /^(\S+) came past its hold and (\S+) was paid in QQ$/,
    sql: `select coalesce(sum(amount_minor) filter (kind = 'earned' and payable_on between starts_on and least(ends_on, as_of)), 0) / any_value(minor) as s,
      coalesce(-sum(amount_minor) filter (kind = 'paid' and entry_on between starts_on and least(ends_on, as_of)), 0) / any_value(minor) as s_paid from marts.fct_commission cross join ask`,
  },
  {
    page: "commissions",
    says: /^Commission is earned on .* Nothing sourced was collected in QQ\. (\d+) plans? (?:is|are) configured\.$/,
    sql: "select count(*) as n from config.commission_plan",
  },
  {
    page: "commissions",
    says: /^(\S+) payable for more than 30 days$/,
    sql: "select sum(age_2 + age_3 + age_4) as s from balance",
  },
  {
    page: "commissions",
    says: /^(\S+) payable for more than 30 days; (\S+) paid ahead is taken off$/,
    sql: "select sum(age_2 + age_3 + age_4) as s, -sum(owed) filter (owed < 0) as s_ahead from balance",
  },
  {
    page: "commissions",
    says: /^the first of it is payable on (\d.*)$/,
    sql: "select min(next_on) as on_date from balance",
  },
  {
    page: "commissions",
    says: /^(\S+) (?:more|less) is open than when QQ began$/,
    sql: "select abs(coalesce(sum(amount_minor) filter (entry_on >= starts_on), 0)) / any_value(minor) as s from marts.fct_commission cross join ask",
  },
  {
    page: "commissions",
    says: /^Opening \+ earned .* from (\d+ \w+ \d+) to now; owed and held together\. The closing amount is what is owed, (\S+), and what is inside its hold, (\S+)\.$/,
    sql: `select starts_on as on_date, ${state("commission_owed")} as s, ${state("commission_held")} as s_held from ask`,
  },
  {
    page: "commissions",
    says: /^(\S+) has been payable for more than 30 days · as of now$/,
    sql: "select sum(age_2 + age_3 + age_4) as s from balance",
  },
  { page: "commissions", says: /^Nothing has been payable for more than 30 days · as of now$/i },
  {
    page: "commissions",
    says: /^Commission by the days since it became payable, \w+, on (\d+ \w+ \d+)\./,
    sql: "select as_of as on_date from setting",
  },
  {
    page: "commissions",
    says: /^(\S+) earned(?: less reversals)? and (\S+) paid in (\d+) quarters? · all quarters$/,
    sql: `with entry as (select * from marts.fct_commission inner join shown on entry_on between starts_on and ends_on cross join (select minor from setting)),
      moved as (select shown.period, coalesce((select sum(amount_minor) from marts.fct_commission where entry_on < starts_on), 0) as opening,
        coalesce((select sum(amount_minor) from marts.fct_commission where entry_on <= ends_on), 0) as closing,
        coalesce((select sum(amount_minor) from marts.fct_commission where kind = 'earned' and entry_on between starts_on and ends_on), 0) as earned from shown)
      select sum(amount_minor) filter (kind <> 'paid') / any_value(minor) as s_earned, -sum(amount_minor) filter (kind = 'paid') / any_value(minor) as s,
        (select count(*) from moved where opening <> 0 or closing <> 0 or earned <> 0) as n from entry`,
  },
  {
    page: "commissions",
    says: /^(\S+) was open when QQ began; with what was earned, reversed and paid since, (\S+) is open now\./,
    sql: `with moved as (select starts_on, coalesce((select sum(amount_minor) from marts.fct_commission where entry_on < starts_on), 0) as opening,
        coalesce((select sum(amount_minor) from marts.fct_commission where entry_on <= ends_on), 0) as closing,
        (select count(*) from marts.fct_commission where kind = 'earned' and entry_on between starts_on and ends_on) as earned from shown)
      select arg_min(opening, starts_on) / any_value(minor) as s, arg_max(closing, starts_on) / any_value(minor) as s_now from moved cross join (select minor from setting)
      where opening <> 0 or closing <> 0 or earned <> 0`,
  },
  {
    page: "commissions",
    says: /every earned entry has its payment\. (\d+) of the (\d+) are (.*)'s\.$/,
    sql: `with unearned as (select (select name from partner where partner.partner_key = deal.source_partner_key) as name from marts.fct_cash inner join deal on deal.deal_key = fct_cash.deal_key cross join setting
      where fct_cash.kind = 'payment' and occurred_at >= (setting.as_of - 365)::timestamp at time zone 'UTC' and deal.state = 'won' and source_partner_key is not null
        and (collected_reporting_minor > 0 or (collected_reporting_minor is null and collected_minor > 0)) and cash_key not in (select cash_key from marts.fct_commission where kind = 'earned' and cash_key is not null))
      select count(*) as n, (select count(*) from unearned) as n_all, name as t from unearned group by name order by n desc limit 1`,
  },
  {
    page: "commissions",
    says: /^(.*) is owed most: (\S+) · as of now$/,
    sql: "select (select name from partner where partner.partner_key = balance.partner_key) as t, owed as s from balance order by owed desc, held desc, partner_key limit 1",
  },
  { page: "commissions", says: /^Every payment on a sourced deal earned its commission · last 12 months$/ },
  {
    page: "commissions",
    says: /^(\d+) payments? on sourced deals earned no commission, (\S+) collected(?: on \d+ of them and \d+ without an exchange rate)? · last 12 months$/,
    sql: `select count(*) as n, coalesce(sum(collected_reporting_minor), 0) / any_value(setting.minor) as s from marts.fct_cash inner join deal on deal.deal_key = fct_cash.deal_key cross join setting
      where fct_cash.kind = 'payment' and occurred_at >= (setting.as_of - 365)::timestamp at time zone 'UTC' and deal.state = 'won' and source_partner_key is not null
        and (collected_reporting_minor > 0 or (collected_reporting_minor is null and collected_minor > 0)) and cash_key not in (select cash_key from marts.fct_commission where kind = 'earned' and cash_key is not null)`,
  },
  {
    page: "commissions",
    says: /^(\d+) partners? (?:was|were) paid (\S+) more than was payable · as of now$/,
    sql: "select count(*) as n, -sum(owed) as s from balance where owed < 0",
  },
  { page: "commissions", says: /^(?:None\. Each payment|Payments) of the last 365 days / },

  {
    page: "activation",
    says: /^(\S+) of (\d+) partners? activated within (\d+) days$/,
    sql: "select count(*) filter (took <= activation_window_days) / count(*) as w, count(*) as n, any_value(activation_window_days) as n_days from signing cross join setting where age >= activation_window_days",
  },
  {
    page: "activation",
    says: /^Activated means .* The window is (\d+) days from signing; .* The rate counts (\d+) partners?: everyone whose window is over, (?:\d+ that ended since among them, )?and not the (\d+) still inside it\. The program has (\d+) partners? today\.$/,
    sql: `select any_value(activation_window_days) as n_days, count(*) filter (age >= activation_window_days) as n, count(*) filter (age < activation_window_days) as n_inside, ${state("partners")} as n_today from signing cross join setting cross join ask group by all`,
  },
  {
    page: "activation",
    says: /^(?:four cohorts before: (\d+) of (\d+), (\S+)|nobody was signed in the four quarters before); of the (\d+) signed 90 days ago or longer: 30 days (\S+), 60 days (\S+), 90 days (\S+)$/,
    sql: `select ${cohortsBefore("numerator")} as n, ${cohortsBefore("denominator")} as n_of, ${cohortsBefore("numerator")} / ${cohortsBefore("denominator")} as r, (select count(*) from signing where age >= 90) as n_old, ${aged(30)} as r_30, ${aged(60)} as r_60, ${aged(90)} as r_90`,
  },
  {
    page: "activation",
    says: /^(\d+) partners? signed in QQ, none has started$/,
    sql: "select count(*) as n from signing inner join ask using (period)",
  },
  {
    page: "activation",
    says: /^(\d+) partners? signed in QQ; half of those who started took (\S+) days? or fewer$/,
    sql: "select count(*) as n, median(took) as d from signing inner join ask using (period)",
  },
  {
    page: "activation",
    says: /^(\d+) partners? signed in QQ; half of those who started took (\S+) days? or fewer, (\S+) in the four cohorts before$/,
    sql: `select count(*) filter (signing.period = ask.period) as n, median(took) filter (signing.period = ask.period) as d, median(took) filter (signing.period <> ask.period) as d_before
      from signing inner join quarter using (period) cross join ask where quarter.place between ask.place - 4 and ask.place`,
  },
  {
    page: "activation",
    says: /^The quarter's cohort and the four before it\. .* signed less than (\d+) days ago who have not started:/,
    sql: "select activation_window_days as n from setting",
  },
  {
    page: "activation",
    says: /^(\d+) of the (\d+) in the program have started already$/,
    sql: "select count(took) as n, count(*) as n_all from signing cross join setting where age < activation_window_days and is_counted",
  },
  {
    page: "activation",
    says: /^(\d+) let the window pass; (\d+) still inside the window$/,
    sql: `with inside as (select count(*) as n from signing cross join setting where age < activation_window_days and took is null and is_counted)
      select ${state("never_activated_partners")} - n as n_passed, n from ask cross join inside`,
  },
  ...(["days_to_first_registration_median", "days_to_first_win_median"] as const).map((id) => ({
    page: "activation",
    card: id,
    says: /^cohorts before: QQ (\S+)(?: days?)?, QQ (\S+)(?: days?)?$/,
    sql: `select ${cohortBefore(id, 2)} as t, ${cohortBefore(id, 3)} as t_before`,
  })),
  {
    page: "activation",
    says: /^of (\d+) partners? today, ended ones left out$/,
    sql: `select ${state("partners")} as n from ask`,
  },
  {
    page: "activation",
    says: /^(\d+) of (\d+) signed in QQ had started by day 90, (\d+) of (\d+) of QQ · all quarters of signing$/,
    sql: `select ${cohort(0)}.hit as n_hit, ${cohort(0)}.n as n, ${cohort(1)}.hit as n_hit_before, ${cohort(1)}.n as n_before`,
  },
  {
    page: "activation",
    says: /^Share of all partners signed in a quarter .* The last (\d+) quarters? with at least 3 partners; the newest is dashed\. .* fewer than 10, one partner/,
    sql: "select least(4, count(*)) as n from (select 1 from signing inner join shown using (period) group by period having count(*) >= 3)",
  },
  {
    page: "activation",
    says: /^QQ activated best: (\S+) by month 3 · all quarters of signing$/,
    sql: "select count(*) filter (took <= 90) / count(*) as w from signing inner join shown using (period) group by period having count(*) >= 10 and min(age) >= 90 order by w desc limit 1",
  },
  {
    page: "activation",
    says: /^Cohorts of (\d+) to (\d+) partners? are too small to rank · all quarters of signing$/,
    sql: "with cohort as (select count(*) as n from signing inner join shown using (period) group by period having min(age) >= 30) select min(n) as n, max(n) as n_most from cohort",
  },
  { page: "activation", says: /^Share of a quarter's signed partners activated by 30, 60, … 180 days/ },
  {
    page: "activation",
    says: /^(?:Share of all partners signed in a quarter .* The only quarter with at least 3 partners\.|No quarter has at least 3 signed partners yet\.)/,
  },
  {
    page: "activation",
    says: /^Nobody\. Every partner signed in the last (\d+) days has started, or none was signed\.$/,
    sql: "select activation_window_days as n from setting",
  },
  {
    page: "activation",
    says: /^Signed less than (\d+) days ago$/,
    sql: "select activation_window_days as n from setting",
  },
  {
    page: "activation",
    says: /^(\d+) partners? inside the window not yet activated · as of now$/,
    sql: "select count(*) as n from signing cross join setting where age < activation_window_days and took is null and is_counted",
  },
  {
    page: "activation",
    says: /^(\d+) partners? let the window pass without starting · as of now$/,
    sql: "select count(*) as n from partner cross join (select activation_window_days as days from setting) where state = 'never_activated' and is_counted and coalesce(as_of - agreed_on, days) >= days",
  },

  {
    page: "dormant",
    says: /^(\d+) partners? went quiet, worth (\S+) in 12 months$/,
    sql: "select (select count(*) from partner where is_counted and state in ('dormant', 'cooling')) as n, coalesce(sum(amount), 0) as s from deal where deal.state = 'won' and closed_on > as_of - 365 and source_partner_key in (select partner_key from partner where is_counted and state in ('dormant', 'cooling'))",
  },
  {
    page: "dormant",
    says: /^(\d+) partners? went quiet; (?:it brought no win|none brought a win) in 12 months$/,
    sql: "select count(*) as n from partner where is_counted and state in ('dormant', 'cooling')",
  },
  {
    page: "dormant",
    says: /^Active: a commercial event in the last (\d+) days\. Dormant: activated, none in the last (\d+) days, and no open protected registration\. Cooling: activated and not active, but with an open/,
    sql: "select active_days as n, dormant_days as n_dormant from setting",
  },
  {
    page: "dormant",
    says: /^Active: a commercial event in the last (\d+) days\. Dormant: activated, none in the last (\d+) days, and no open protected registration\. Cooling: activated and not active, but with an event in the last (\d+) days/,
    sql: "select active_days as n, dormant_days as n_dormant, dormant_days as n_cooling from setting",
  },
  { page: "dormant", says: /^of (\d+) partners?$/, sql: `select ${state("partners")} as n from ask` },
  {
    page: "dormant",
    says: /^(\S+) won in deals they brought, 12 months$/,
    sql: "select coalesce(sum(amount), 0) as s from deal where deal.state = 'won' and closed_on > as_of - 365 and source_partner_key in (select partner_key from partner where is_counted and state = 'dormant')",
  },
  {
    page: "dormant",
    says: /^(\d+) partners? cooling; every quiet one has a manager$/,
    sql: "select count(*) as n from partner where is_counted and state = 'cooling'",
  },
  {
    page: "dormant",
    says: /^(\d+) partners? cooling; (\d+) quiet without a manager$/,
    sql: "select count(*) filter (state = 'cooling') as n, count(*) filter (manager is null) as n_without from partner where is_counted and state in ('cooling', 'dormant')",
  },
  {
    page: "dormant",
    says: /^(\d+) lapsed \(active at the end of QQ, quiet (?:now|at the end of QQ)\) and (\d+) came back \(the reverse\); in QQ it was (\d+) and (\d+)\.$/,
    sql: `with row as (select *, row_number() over () as line from (${tableQueries.dormant?.["states-data"]?.({ period: "", slice: "", key: "" })}))
      select max(n_lapsed) filter (line = 8) as n, max(n_back) filter (line = 8) as n_back, max(n_lapsed) filter (line = 7) as n_before, max(n_back) filter (line = 7) as n_back_before from row`,
  },
  {
    page: "dormant",
    says: /^Ranked by what the partner won .* (\d+) of (\d+) \((\S+)\) ha(?:s|ve) an open deal on which its owner noted a next step; whether anybody called is in no source\.$/,
    sql: `select count(t_noted) as n, count(*) as n_all, count(t_noted) / count(*) as r from (${tableQueries.dormant?.["quiet-partners"]?.({ period: "", slice: "", key: "" })})`,
  },
  {
    page: "dormant",
    says: /^(\d+) (?:more|fewer) quiet partners? than at the end of QQ$/,
    sql: `with moment as (select place, case when is_running then as_of else ends_on end as on_date from shown cross join (select as_of from setting)),
      quiet as (select place, count(*) as n from moment inner join partner on not is_prospect and agreed_on <= on_date and activated_on <= on_date and not (state = 'ended' and coalesce(ended_on, as_of) <= on_date)
        where not exists (select 1 from marts.fct_partner_day as day where day.partner_key = partner.partner_key and event_on between on_date - (select active_days from setting) and on_date) group by place)
      select abs(coalesce((select n from quiet inner join home on quiet.place = home.place), 0) - coalesce((select n from quiet inner join home on quiet.place = home.place - 1), 0)) as n`,
  },
  {
    page: "dormant",
    says: /^Partners at the end of each quarter, by agreement date(?:; \d+ partners? without one (?:is|are) left out)?\. Worked out from events alone: active with an event in the (\d+) days before.* differ from what was shown then\.$/,
    sql: "select active_days as n from setting",
  },
  {
    page: "dormant",
    says: /^Partners at the end of each quarter, by agreement date(?:; \d+ partners? without one (?:is|are) left out)?\. Worked out from events alone: active with an event in the (\d+) days before.* QQ is in progress, told as of (\d+ \w+ \d+) and drawn lighter\.$/,
    sql: "select active_days as n, as_of as on_date from setting",
  },
  {
    page: "dormant",
    says: /^Call (.*) first: (\S+) won in 12 months · as of now$/,
    sql: `with quiet as (select name, last_on, coalesce((select sum(amount) from deal where source_partner_key = partner_key and deal.state = 'won' and closed_on > deal.as_of - 365), 0) as won,
        coalesce((select sum(amount) from deal where source_partner_key = partner_key and deal.state = 'open'), 0) as open from partner where is_counted and state in ('dormant', 'cooling'))
      select name as t, won as s from quiet order by won desc, open desc, last_on desc nulls last, name limit 1`,
  },
  {
    page: "dormant",
    says: /^Call (.*) first: (\S+) open · as of now$/,
    sql: `with quiet as (select name, last_on, coalesce((select sum(amount) from deal where source_partner_key = partner_key and deal.state = 'open'), 0) as open from partner where is_counted and state in ('dormant', 'cooling'))
      select name as t, open as s from quiet order by open desc, last_on desc nulls last, name limit 1`,
  },
  {
    page: "dormant",
    says: /^(\d+) quiet partners?, no money at stake · as of now$/,
    sql: "select count(*) as n from partner where is_counted and state in ('dormant', 'cooling')",
  },
  {
    page: "dormant",
    says: /^Nobody\. Every activated partner had a commercial event in the last (\d+) days\.$/,
    sql: "select active_days as n from setting",
  },

  {
    page: "types-and-tiers",
    says: /^(\w[\w -]*) partners bring (\S+), the five largest partners bring (\S+)$/,
    sql: `with amount as ${broughtByPartner}, type as (select type, sum(amount) as amount from amount group by type order by 2 desc, 1 limit 1)
      select upper(said(type)[1]) || said(type)[2:] as t, type.amount / (select sum(amount) from amount) as r,
        (select sum(amount) from (select amount from amount order by amount desc limit 5)) / (select sum(amount) from amount) as r_five from type`,
  },
  {
    page: "types-and-tiers",
    says: /^(\w[\w -]*) partners bring (\S+), the (\d+) partners? brings? (\S+)$/,
    sql: `with amount as ${broughtByPartner}, type as (select type, sum(amount) as amount from amount group by type order by 2 desc, 1 limit 1)
      select upper(said(type)[1]) || said(type)[2:] as t, type.amount / (select sum(amount) from amount) as r, (select count(*) from amount where amount > 0) as n,
        (select sum(amount) from (select amount from amount order by amount desc limit 5)) / (select sum(amount) from amount) as r_five from type`,
  },
  {
    page: "types-and-tiers",
    says: /^(\S+) of all; (\S+) each in four quarters$/,
    sql: `select count(*) filter (state = 'active') / count(*) filter (is_counted) as r, sum(amount) filter (state = 'active') / count(*) filter (state = 'active') as s from ${broughtByPartner}`,
  },
  {
    page: "types-and-tiers",
    says: /^(\S+) of all$/,
    sql: `select count(*) filter (state = 'active') / count(*) filter (is_counted) as r from ${broughtByPartner}`,
  },
  {
    page: "types-and-tiers",
    says: /^(\S.*) partners bring most each: (\S+) per active partner, (\S+) in the median$/,
    sql: ([name = ""]) =>
      `select name as t, s, s_middle from (select * from (${bestKind("type")}) union all select * from (${bestKind("tier")})) where name = ${quoted(name)} limit 1`,
  },
  {
    page: "types-and-tiers",
    says: /^(\S.*) partners bring most in the mean, (\S+) per active partner, (\S.*) partners in the median, (\S+)$/,
    sql: ([name = ""]) =>
      ["type", "tier"]
        .map(
          (by) => `select best.name as t, best.s, usual.name as t_usual, usual.s_middle
            from (${bestKind(by)}) as best cross join (${bestKind(by, "s_middle")}) as usual where best.name = ${quoted(name)} and usual.s_middle > best.s_middle`,
        )
        .join(" union all "),
  },
  {
    page: "types-and-tiers",
    says: /^(\S.*) partners bring most, (\S+)$/,
    sql: ([name = ""]) =>
      `select name as t, s from (select * from (${largestKind("type")}) union all select * from (${largestKind("tier")})) where name = ${quoted(name)} and not (largest > s / 2 and partners > 1) limit 1`,
  },
  {
    page: "types-and-tiers",
    says: /^(\S.*) partners bring most, (\S+), (\S+) of it from one partner$/,
    sql: ([name = ""]) =>
      `select name as t, s, largest / s as r from (select * from (${largestKind("type")}) union all select * from (${largestKind("tier")})) where name = ${quoted(name)} and largest > s / 2 and partners > 1 limit 1`,
  },
  {
    page: "types-and-tiers",
    says: /^(\S+) from (\d+) partners? in four quarters$/,
    sql: `select sum(amount) as s, count(*) filter (amount > 0) as n from ${broughtByPartner}`,
  },
  {
    page: "types-and-tiers",
    says: /^(\S+) from (\d+) partners? in four quarters, (\S+) of it from one partner$/,
    sql: `select sum(amount) as s, count(*) filter (amount > 0) as n, max(amount) / sum(amount) as r from ${broughtByPartner}`,
  },
  {
    page: "types-and-tiers",
    says: /^(\S+) per active partner, (\S+) in the median$/,
    sql: `select sum(amount) / count(*) as s, median(amount) as s_middle from ${broughtByPartner} where state = 'active'`,
  },
  {
    page: "types-and-tiers",
    says: /^Sourced revenue costs (\S+) in commission$/,
    sql: `select ${costAt(0)} as r from ask`,
  },
  ...(["", " Dearest: (.*), (\\S+)\\."] as const).map((words) => ({
    page: "types-and-tiers",
    says: new RegExp(
      `^Commission earned less reversed, over sourced revenue .* together cost (\\S+)\\.${words}(?: – under a cost|$)`,
    ),
    sql: `select ${costAt(4)} as r${
      words === ""
        ? ""
        : `, any_value(t) as t, any_value(r) as r_most from (select * from (${tableQueries["types-and-tiers"]?.["cost-by-type"]?.({ period: "", slice: "", key: "" })}) where r is not null order by r desc limit 1) as dear`
    } ${words === "" ? "from ask" : "cross join ask group by all"}`,
  })),
  { page: "types-and-tiers", says: /^Commission earned less reversed, .* together cost not known\./ },
  {
    page: "types-and-tiers",
    says: /^The five largest bring (\S+) together, the ten largest (\S+); a year before nobody brought anything\.$/,
    sql: `select ${largestOf(0, 5)} as r, ${largestOf(0, 10)} as r_ten from ask`,
  },
  {
    page: "types-and-tiers",
    says: /^The five largest bring (\S+) together, the ten largest (\S+); the five and ten largest of a year before brought (\S+) and (\S+)\.$/,
    sql: `select ${largestOf(0, 5)} as r, ${largestOf(0, 10)} as r_ten, ${largestOf(4, 5)} as r_before, ${largestOf(4, 10)} as r_ten_before from ask`,
  },
  {
    page: "types-and-tiers",
    says: /^No amount is known of the (\d+) sourced deals? won in four quarters$/,
    sql: `select ${yearOf("won_deals")} as n from ask`,
  },
  {
    page: "types-and-tiers",
    says: /^Sourced bookings by partner (?:type|tier), QQ to QQ\. Each is what .* kinds with at least 10 of them, else sums\.$/,
  },
  {
    page: "types-and-tiers",
    says: /^Half of sourced bookings comes from (\d+) of the (\d+) partners? that brought any$/,
    sql: `with amount as (select amount, sum(amount) over (order by amount desc, partner_key) as together, sum(amount) over () as whole from ${broughtByPartner} where amount > 0)
      select count(*) filter (together - amount < whole / 2) as n, count(*) as n_all from amount`,
  },
  {
    page: "types-and-tiers",
    says: /^Partners from the largest on, .* \w+\. (\d+) other partners? of today without bookings above zero (?:is|are) not drawn\./,
    sql: `select count(*) filter (is_counted and coalesce(amount, 0) <= 0) as n from ${broughtByPartner}`,
  },
  {
    page: "types-and-tiers",
    says: /^(\d+) partners? brings? more than their tier, (\d+) nearly so, (\d+) less · QQ to QQ$/,
    sql: `with amount as (select *, amount as now from ${broughtByPartner}), ${tierStands}
      select count(*) filter (what = 'above') as n, count(*) filter (what = 'near') as n_near, count(*) filter (what = 'below') as n_less from stands`,
  },
  {
    page: "types-and-tiers",
    says: /^No tier's own threshold is known .* fewer than 3 partners, .* Near is from 80\.0% of the line on\. Which tier /,
  },
  {
    page: "types-and-tiers",
    says: /^No tier's own threshold is known .* fewer than 3 partners, .* Near is from 80\.0% of the line on\. (\d+) partners? signed within these four quarters/,
    sql: "select count(*) as n from partner where is_counted and tier is not null and agreed_on > (select min(starts_on) from year_shown)",
  },
  {
    page: "sourced-vs-influenced",
    says: /^Credited bookings per partner under five rules, .* source split gives (\d+)% to the source, /,
    sql: "select cast(source_weight as double) as n from config.setting",
  },
  { page: "types-and-tiers", says: /^near 1: as if one partner had brought it all$/ },
  {
    page: "types-and-tiers",
    says: /^as if (\S+) partners had brought the same each; 1 is a single partner$/,
    sql: `select round(1 / ${ratioAt("partner_hhi", "ask.period")}) as n from ask`,
  },
  {
    page: "types-and-tiers",
    says: /^(?:of theirs )?in four quarters: (\S+)$/,
    sql: `select (select sum(amount) from (select amount from ${broughtByPartner} order by amount desc limit 5)) / (select sum(amount) from ${broughtByPartner}) as r`,
  },
  {
    page: "types-and-tiers",
    says: /^Sourced bookings by partner (?:type|tier), QQ to QQ\. (\d+) partners? of today's ended ones and prospects brought (\S+) of it/,
    sql: `select count(*) as n, sum(amount) as s from ${broughtByPartner} where not is_counted and amount <> 0`,
  },
  {
    page: "types-and-tiers",
    says: /^Nobody\. A line needs two tiers with at least 3 partners each and different medians, which well-known names such as Silver and Gold do not contradict\.$/,
  },
  {
    page: "types-and-tiers",
    says: /^Nobody\. No partner is near the line above its tier, and none brings less than the line below\.$/,
  },
  {
    page: "types-and-tiers",
    says: /^(\d+) certifications? lapses? soon, the last one of (\d+) partners? · as of now$/,
    sql: `with held as (select *, expires_on - as_of as days from marts.fct_certification cross join setting), mark as (
        select held.*, (select count(*) from held as other where other.partner_key = held.partner_key and other.certification_key <> held.certification_key and (other.expires_on is null or other.expires_on > held.expires_on)) = 0 as is_last,
          (select count(*) from held as other where other.partner_key = held.partner_key and other.certification_key <> held.certification_key and other.person is not distinct from held.person and other.kind is not distinct from held.kind and (other.expires_on is null or other.expires_on > held.expires_on)) > 0 as is_renewed
        from held inner join partner using (partner_key) where days between -30 and 60 and is_counted)
      select count(*) as n, count(distinct partner_key) filter (is_last) as n_last from mark where not is_renewed`,
  },
  {
    page: "types-and-tiers",
    says: /^(\d+) certifications? lapses? soon · as of now$/,
    sql: `with held as (select *, expires_on - as_of as days from marts.fct_certification cross join setting)
      select count(*) as n from held inner join partner using (partner_key) where days between -30 and 60 and is_counted and not exists (select 1 from held as other where other.partner_key = held.partner_key
        and other.certification_key <> held.certification_key and other.person is not distinct from held.person and other.kind is not distinct from held.kind and (other.expires_on is null or other.expires_on > held.expires_on))`,
  },
  {
    page: "types-and-tiers",
    says: /^(?:Certifications that run out within 60 days or did in the last 30|None\. No certification runs out in the next 60 days)/,
  },

  {
    page: "registrations",
    says: /^No registration was due in QQ; (\d+) waits? past (\d+) hours$/,
    sql: "select count(*) filter (is_late) as n, any_value(setting.decision_hours)::integer as n_hours from registration cross join setting",
  },
  {
    page: "registrations",
    says: /^(\d+%) decided within (\d+) hours in QQ$/,
    sql: `select ${now("decided_in_sla")} as w, decision_hours::integer as n from ask cross join setting`,
  },
  {
    page: "registrations",
    says: /^(\d+%) decided within (\d+) hours in QQ; (\d+) waits? past \d+ hours$/,
    sql: `select ${now("decided_in_sla")} as w, decision_hours::integer as n, (select count(*) from registration where is_late) as n_late from ask cross join setting`,
  },
  {
    page: "registrations",
    says: /^A registration is to be decided within (\d+) hours; .* Of (\d+) approved registrations? ever, (\d+) expired before a win or a loss, (\d+) of them without any deal\.$/,
    sql: "select any_value(setting.decision_hours)::integer as n_hours, count(*) as n, count(*) filter (outcome = 'expired') as n_expired, count(*) filter (outcome = 'expired' and deal_key is null) as n_without from registration cross join setting where status = 'approved'",
  },
  {
    page: "registrations",
    says: /^A registration is to be decided within (\d+) hours; .* No registration has been approved yet\.$/,
    sql: "select decision_hours::integer as n from setting",
  },
  {
    page: "registrations",
    card: "decided_in_sla",
    says: /^(\S+) over (\d+) hours: (\d+) of (\d+)$/,
    sql: "select count(*) filter (not in_sla) / count(in_sla) as r, any_value(setting.decision_hours)::integer as n_hours, count(*) filter (not in_sla) as n, count(in_sla) as n_all from registration cross join setting where period = (select period from ask)",
  },
  {
    page: "registrations",
    card: "registered_to_won",
    says: /^(\d+) expired, (\d+) without a deal; (\d+) and (\d+) in QQ$/,
    sql: `select ${["period", "prior"].map((at) => `(select count(*) from registration where outcome = 'expired' and period = ask.${at}) as n_${at}, (select count(*) from registration where outcome = 'expired' and deal_key is null and period = ask.${at}) as n_idle_${at}`).join(", ")} from ask`,
  },
  {
    page: "registrations",
    says: /^(\d+) of (\d+) registrations? of QQ (?:has|have) become a win$/,
    sql: "select count(*) filter (status = 'approved' and outcome = 'won') as n, count(*) as n_all from registration where period = (select period from ask)",
  },
  {
    page: "registrations",
    says: /^Registrations submitted in QQ and how far .* (\d+) still waiting for a decision, (\d+) withdrawn, (\d+) rejected, (\d+) approved and still open/,
    sql: "select count(*) filter (status = 'submitted') as n_waiting, count(*) filter (status = 'withdrawn') as n, count(*) filter (status = 'rejected') as n_rejected, count(*) filter (status = 'approved' and outcome = 'open') as n_open from registration where period = (select period from ask)",
  },
  {
    page: "registrations",
    says: /^(\d+) of (\d+) decisions? came after (\d+) hours$/,
    sql: "select count(*) filter (hours > setting.decision_hours) as n, count(hours) as n_all, any_value(setting.decision_hours)::integer as n_hours from registration cross join setting where is_decided and period = (select period from ask)",
  },
  {
    page: "registrations",
    says: /^All (\d+) decisions were in time$/i,
    sql: "select count(hours) as n from registration where is_decided and period = (select period from ask)",
  },
  {
    page: "registrations",
    says: /^(\d+) of (\d+) waiting registrations? over 30 days old · as of now$/,
    sql: `select count(*) filter (is_late and waits > 30) as n, count(*) as n_all from registration where ${waits}`,
  },
  {
    page: "registrations",
    says: /^(\d+) registrations? waits? for a decision, (\d+) past (\d+) hours · as of now$/,
    sql: `select count(*) as n, count(*) filter (is_late) as n_late, any_value(setting.decision_hours)::integer as n_hours from registration cross join setting where ${waits}`,
  },
  {
    page: "registrations",
    says: /^(\d+) protections? ends? within 30 days, (\S+) in them · as of now$/,
    sql: "select count(*) as n, coalesce(sum(amount), 0) as s from registration where outcome = 'open' and days_left between 0 and 30",
  },
  {
    page: "registrations",
    says: /^(\d+) protections? ends? within 30 days · as of now$/,
    sql: "select count(*) as n from registration where outcome = 'open' and days_left between 0 and 30",
  },
  {
    page: "registrations",
    says: /^(?:No protection ends within 30 days|None\. No protection of an open registration ends in the next 30 days)/,
  },
  {
    page: "registrations",
    says: /^(.*) takes (\S+) hours in the median, all together (\S+)$/,
    sql: ([name = ""]) =>
      `select ${quoted(name)} as t, median(hours) filter (coalesce(approver, 'nobody named') = ${quoted(name)}) as d, median(hours) as d_all from registration where is_decided and period = (select period from ask)`,
  },
  { page: "registrations", says: /^Decisions on registrations submitted in QQ, by approver; .* at least 10\.$/ },
  {
    page: "registrations",
    says: /^(\d+) decisions? by (\d+) approvers?, none clearly slower than the others$/,
    sql: "select count(*) as n, count(distinct coalesce(approver, 'nobody named')) as n_by from registration where is_decided and period = (select period from ask)",
  },
  {
    page: "registrations",
    says: /^(\d+) of (\d+) registrations? of QQ competes? with another partner's$/,
    sql: "select count(*) filter (is_conflict) as n, count(*) as n_all from registration where period = (select period from ask)",
  },
  {
    page: "registrations",
    says: /^Undecided registrations by who is to decide and .* since submission, to the end of (\d+ \w+ \d+)\.$/,
    sql: "select as_of as on_date from setting",
  },
  {
    page: "registrations",
    says: /^Longest wait first\. (\d+) registrations? \(–\) do(?:es)? not name an approver/,
    sql: "select count(*) filter (approver is null) as n from registration where status = 'submitted'",
  },
  {
    page: "registrations",
    says: /^Longest wait first\. .* (\d+) registrations? ha(?:s|ve) no amount/,
    sql: "select count(*) filter (amount is null) as n from registration where status = 'submitted'",
  },
  {
    page: "registrations",
    says: /^Approved registrations whose deal is open.* (\d+) registrations? ha(?:s|ve) no amount/,
    sql: "select count(*) filter (amount is null) as n from registration where outcome = 'open' and days_left between 0 and 30",
  },
  {
    page: "registrations",
    says: /^(\d+) deals? (?:was|were) claimed by several partners, (\d+) still open, (\S+) in all · as of now$/,
    sql: "select count(*) as n, count(*) filter (state = 'open') as n_open, coalesce(sum(amount), 0) as s from deal where is_conflict",
  },

  {
    page: "partners",
    says: /^Five partners brought (\S+) of (\S+) sourced in four quarters$/,
    sql: `with amount as ${broughtByPartner} select (select sum(amount) from (select amount from amount order by amount desc limit 5)) / sum(amount) as w, sum(amount) as s from amount`,
  },
  {
    page: "partners",
    says: /^(\S+) sourced in four quarters$/,
    sql: `select sum(amount) as s from ${broughtByPartner}`,
  },
  {
    page: "partners",
    says: /^(\d+) partners?, nothing sourced in the last four quarters$/,
    sql: "select count(*) as n from partner",
  },
  { page: "partners", says: /^Score says how a partner compares .* 0 to 100, as defined;/ },
  { page: "partners", says: /^(\d+) partners?$/, sql: "select count(*) as n from partner" },
  {
    page: "partners",
    says: /^(\d+) partners?: (\d+) in the program today, (\d+) ended$/,
    sql: "select count(*) as n, count(*) filter (is_counted) as n_today, count(*) filter (state = 'ended') as n_ended from partner",
  },
  {
    page: "partners",
    says: /^(\d+) partners?: (\d+) in the program today, (\d+) not yet in it$/,
    sql: "select count(*) as n, count(*) filter (is_counted) as n_today, count(*) filter (not is_counted and state <> 'ended') as n_others from partner",
  },
  {
    page: "partners",
    says: /^(\d+) partners?: (\d+) in the program today, (\d+) ended, (\d+) not yet in it$/,
    sql: "select count(*) as n, count(*) filter (is_counted) as n_today, count(*) filter (state = 'ended') as n_ended, count(*) filter (not is_counted and state <> 'ended') as n_others from partner",
  },

  {
    page: "definitions",
    says: /Claims count up to (\d+) days after the deal's creation\.$/,
    sql: "select claim_days as n from setting",
  },
  {
    page: "definitions",
    says: /^A qualifying touch from (\d+) days before the deal's creation up to its close\. Evidence recorded more than (\d+) days after/,
    sql: "select lookback_days as n, late_days as n_late from setting",
  },
  {
    page: "definitions",
    says: /^Fiscal, the year beginning in month (\d+); dates in /,
    sql: "select begins as n from setting",
  },
  {
    page: "definitions",
    says: /^The latest won deal with a source and money on it, (.*), and what it adds to each metric\. For any other:/,
    sql: `select deal_key as t from deal left join (select deal_key, sum(collected_reporting_minor) as paid from marts.fct_cash where collected_reporting_minor is not null group by deal_key) as cash using (deal_key)
      where state = 'won' and kind = 'sourced' and amount is not null and closed_on is not null order by paid is null, closed_on desc, deal_key limit 1`,
  },
  {
    page: "definitions",
    says: /^One deal worked through: (.*)$/,
    sql: `select title as t from deal left join (select deal_key, sum(collected_reporting_minor) as paid from marts.fct_cash where collected_reporting_minor is not null group by deal_key) as cash using (deal_key)
      where state = 'won' and kind = 'sourced' and amount is not null and closed_on is not null order by paid is null, closed_on desc, deal_key limit 1`,
  },
  // The version is worked out from the registry, which is held by its own tests.
  { page: "definitions", says: /^Pages, exports and the query command .* definitions of version [0-9a-f]{8}, / },
  ...(
    [
      ["active_days", "days", "active_days"],
      ["dormant_days", "days", "dormant_days"],
      ["stale_days", "days", "stale_days"],
      ["activation.window_days", "days", "activation_window_days"],
      ["sla.decision_hours", "hours", "decision_hours::integer"],
      ["sla.response_hours", "hours", "response_hours::integer"],
      ["attribution.lookback_days", "days", "lookback_days"],
      ["attribution.claim_days", "days", "claim_days"],
      ["attribution.late_days", "days", "late_days"],
      ["attribution.protection_days", "days", "protection_days"],
      ["attribution.half_life_days", "days", "half_life_days::integer"],
      ["attribution.source_weight", "% to the source", "source_weight::integer"],
      ["cash.grace_days", "days", "grace_days"],
      ["fx.max_age_days", "days", "fx_max_age_days"],
    ] as const
  ).map(([key, unit, column]) => ({
    page: "definitions",
    says: new RegExp(`^${key.replace(".", "\\.")}: (\\d+) ?${unit}$`),
    sql: `select ${column} as n from config.setting`,
  })),
  {
    page: "definitions",
    says: /^score\.weights: (.*)$/,
    sql: "select string_agg(replace(component, '_', ' ') || ' ' || weight::integer, ', ' order by weight desc, component) as t from config.score_weight",
  },
  // The registry holds them; it stands beside the queries of this walk and is held by its own tests.
  { page: "definitions", says: /^\d+ metrics, each defined once$/ },

  {
    page: "data-quality",
    says: /^Yes, but for (\d+) rows?: (\d+) checks? fails?, (\S+) affected$/,
    sql: `select ${found("error")} as n_rows, ${issues("error")} as n, sum(abs(amount_reporting_minor)) / any_value(minor) as s from quality.issue cross join setting where severity = 'error'`,
  },
  {
    page: "data-quality",
    says: /^Yes, but for (\d+) rows?: (\d+) checks? fails?$/,
    sql: `select ${found("error")} as n_rows, ${issues("error")} as n`,
  },
  {
    page: "data-quality",
    says: /^Not without a look at (\d+) streams? that (?:is|are) old or incomplete$/,
    sql: `select ${doubtful} as n`,
  },
  {
    page: "data-quality",
    says: /^Not without a look at (\d+) streams? that (?:is|are) old or incomplete; (\d+) checks? fails? on (\d+) rows?$/,
    sql: `select ${doubtful} as n_streams, ${issues("error")} as n, ${found("error")} as n_rows`,
  },
  {
    page: "data-quality",
    says: /^Not without a look at (\d+) streams? that (?:is|are) old or incomplete; (\d+) checks? fails? on (\d+) rows?, (\S+) affected$/,
    sql: `select ${doubtful} as n_streams, ${issues("error")} as n, ${found("error")} as n_rows, sum(abs(amount_reporting_minor)) / any_value(minor) as s from quality.issue cross join setting where severity = 'error'`,
  },
  {
    page: "data-quality",
    says: /^Checks failing (\d+) (\d+) rows?; most money: [\w ,]+, (\S+)$/,
    sql: `select ${issues("error")} as n, ${found("error")} as n_rows, ${mostMoney("error")} as s`,
  },
  {
    page: "data-quality",
    says: /^Checks to look at (\d+) (\d+) rows?; most money: [\w ,]+, (\S+)$/,
    sql: `select ${issues("warning")} as n, ${found("warning")} as n_rows, ${mostMoney("warning")} as s`,
  },
  {
    page: "data-quality",
    says: /^For information (\d+) (\d+) rows?; most money: [\w ,]+, (\S+)$/,
    sql: `select ${issues("info")} as n, ${found("info")} as n_rows, ${mostMoney("info")} as s`,
  },
  {
    page: "data-quality",
    says: /^Checks failing (\d+) (\d+) rows?$/,
    sql: `select ${issues("error")} as n, ${found("error")} as n_rows`,
  },
  {
    page: "data-quality",
    says: /^Checks to look at (\d+) (\d+) rows?$/,
    sql: `select ${issues("warning")} as n, ${found("warning")} as n_rows`,
  },
  {
    page: "data-quality",
    says: /^For information (\d+) (\d+) rows?$/,
    sql: `select ${issues("info")} as n, ${found("info")} as n_rows`,
  },
  {
    page: "data-quality",
    says: /^Without an exchange rate 0 every amount could be converted$/,
    sql: "select 1 where (select count(*) from quality.issue where check_id = 'fx_rate_missing') > 0",
  },
  {
    page: "data-quality",
    says: /^Without an exchange rate (\d+) (\$\S+) in (\d+) deals?, in no total in \w+$/,
    sql: "select (select count(*) from quality.issue where check_id = 'fx_rate_missing') as n, sum(amount_minor) / any_value(setting.minor) as s, count(*) as n_deals from marts.fct_deal cross join setting where amount_minor is not null and amount_reporting_minor is null",
  },
  {
    page: "data-quality",
    says: /^Without an exchange rate (\d+) [A-Z]{3} (\S+) in (\d+) deals?; [A-Z]{3} (\S+) in (\d+) payments? (?:and|or) refunds?, in no total in \w+$/,
    sql: unconverted(""),
  },
  {
    page: "data-quality",
    says: /^Without an exchange rate (\d+) [A-Z]{3} (\S+) in (\d+) deals?; [A-Z]{3} (\S+) in (\d+) payments? (?:and|or) refunds?; (\d+) other rows?, such as invoices, in no total in \w+$/,
    sql: unconverted(
      ", (select count(*) from quality.issue where check_id = 'fx_rate_missing') - (select count(*) from deal) - (select count(*) from cash) as n_others",
    ),
  },
  {
    page: "data-quality",
    says: /^Invoices without a deal (\d+) (\S+), in total revenue, but in no class$/,
    sql: "select count(*) as n, sum(abs(amount_reporting_minor)) / any_value(minor) as s from quality.issue cross join setting where check_id = 'invoice_without_deal'",
  },
  {
    page: "data-quality",
    says: /^Invoices without a deal 0 every invoice has a deal$/,
    sql: "select 1 where (select count(*) from quality.issue where check_id = 'invoice_without_deal') > 0",
  },
  {
    page: "data-quality",
    says: /^Oldest source (\d+ \w+ \d+) read (\d+ \w+ \d+, \d+:\d+) \S+$/,
    sql: "select strftime(min(read_at) at time zone any_value(timezone), '%-d %b %Y') as t, strftime(min(read_at) at time zone any_value(timezone), '%-d %b %Y, %H:%M') as t_read from quality.stream cross join setting",
  },
  {
    page: "data-quality",
    says: /^(\d+) checks? found something$/,
    sql: "select count(*) as n from (select distinct check_id, severity from quality.issue)",
  },
  {
    page: "data-quality",
    says: /^When each stream was last read to its end, .* up to 28 earlier reads, four weeks of nightly ones;/,
  },
  {
    page: "data-quality",
    says: /^(\d+) columns? of files (?:is|are) not used$/,
    sql: "select count(*) as n from quality.file_column where state in ('ignored', 'absent')",
  },
  {
    page: "data-quality",
    says: /^Unknown reference, (row left out|read as empty): (\d+) rows?$/,
    sql: ([outcome = ""]) =>
      `select ${quoted(outcome)} as t, count(*) as n from quality.issue where check_id = 'unknown_reference' and severity = '${outcome === "row left out" ? "error" : "warning"}'`,
  },
  ...[
    ["bad_cell", "Unreadable cell, row left out"],
    ["split_not_100", "Declared shares that are not 100% together"],
  ].map(([check, name]) => ({
    page: "data-quality",
    says: new RegExp(`^${name}: (\\d+) rows?$`),
    sql: `select count(*) as n from quality.issue where check_id = '${check}'`,
  })),
  {
    page: "data-quality",
    says: /^([A-Z][\w ]*): (\d+) rows?$/,
    sql: ([check = ""]) =>
      `select ${quoted(check)} as t, count(*) as n from quality.issue where said(check_id) = ${quoted(check.charAt(0).toLowerCase() + check.slice(1))}`,
  },

  {
    page: "change-log",
    says: /^QQ provisional until (\d+ \w+ \d+)$/,
    sql: `select max(on_until) as on_date from (${tableQueries["change-log"]?.planned?.({ period: "", slice: "", key: "" })})`,
  },
  {
    page: "change-log",
    says: /^QQ provisional until (\d+ \w+ \d+), QQ provisional until (\d+ \w+ \d+)$/,
    sql: `select min(until_on) as on_first, max(until_on) as on_last from (select max(on_until) as until_on from (${tableQueries["change-log"]?.planned?.({ period: "", slice: "", key: "" })}) group by t_quarter)`,
  },
  {
    page: "change-log",
    says: /^(\d+) of (\d+) frozen quarters? changed since presented(?:: sourced bookings of .*)?$/,
    sql: "select count(distinct period) filter (is_changed) as n, count(distinct period) as n_all from quality.restated_value",
  },
  {
    page: "change-log",
    says: /^The program as a whole, in \w+\. (\d+) amounts? of partners changed as well\.$/,
    sql: "select count(*) as n from quality.restated_value where slice = 'partner' and is_changed",
  },
  {
    page: "change-log",
    says: /^(\d+) deals? would be judged otherwise by the evidence of now$/,
    sql: "select count(distinct deal_key) as n from marts.fct_restatement",
  },
  { page: "change-log", says: /^(\d+) changes? of rules$/, sql: "select count(*) as n from marts.fct_rule_change" },

  {
    page: "partner",
    says: /^(\S+) sourced in four quarters \(QQ to QQ\), (\d+) sourced deals? open$/,
    sql: `select ${yearOf("sourced_bookings")} as s, (select count(*) from part inner join deal using (deal_key) where part.partner_key = ask.slice_key and is_source and deal.state = 'open') as n from ask`,
  },
  {
    page: "partner",
    says: /^(\d+) things? waits?, (\d+) since before today · as of now$/,
    sql: `select count(*) as n, count(*) filter (d > 0) as n_past from (${tableQueries.partner?.["next-steps"]?.({ period: "", slice: "", key: "" })})`,
  },
  {
    page: "partner",
    says: /^Deals it brought that are past their date or do not move, .* within 30 days, and what its state asks for;/,
  },
  {
    page: "partner",
    says: /^(\d+) partners? of its type \(.*\) (?:is|are) in the program today, itself included: a rank or a median of fewer than 5 /,
    sql: "select count(*) as n from partner inner join mine on mine.type = partner.type where partner.is_counted",
  },
  {
    page: "partner",
    says: /^Nothing sourced in four quarters, where (\d+) of (\d+) partners of its (type and tier|type) brought something · internal$/,
    sql: `${peersOfOne} select count(*) filter (peer.sourced_bookings > own.sourced_bookings) as n, count(*) as n_all,
      case when any_value(close.n) < 5 then 'type' else 'type and tier' end as t from peer cross join own cross join (${closePeers}) as close`,
  },
  {
    page: "partner",
    says: /^Place (\d+) of (\d+) by sourced bookings among partners of its (type and tier|type) · internal$/,
    sql: `select n_place, peers.n, case when close.n < 5 then 'type' else 'type and tier' end as t from (${tableQueries.partner?.peers?.({ period: "", slice: "", key: "" })}) as peers cross join (${closePeers}) as close where peers.t = 'Sourced bookings, four quarters'`,
  },
  {
    page: "partner",
    says: /^Partners of its type \(.*\) in the program today, itself included, since fewer than 5 share its tier as well;/,
  },
  {
    page: "partner",
    says: /^Tier gap: (\S+) (over|short of) the line of (.*?), (\S+) \(internal\)$/,
    sql: `${tierBeside} select abs(now - above.middle) as s, case when now >= above.middle then 'over' else 'short of' end as t, above.tier as t_tier, above.middle as s_line from stand`,
  },
  {
    page: "partner",
    says: /^Tier gap: (\S+) short of the line of (.*), (\S+); (\S+) under the line of (.*), (\S+), a lower tier \(internal\)$/,
    sql: `${tierBeside} select above.middle - now as s, above.tier as t, above.middle as s_line, below.middle - now as s_under, below.tier as t_below, below.middle as s_below from stand`,
  },
  {
    page: "partner",
    says: /^Tier gap: (\S+) under the line of (.*), (\S+), a lower tier \(internal\)$/,
    sql: `${tierBeside} select below.middle - now as s, below.tier as t, below.middle as s_line from stand where above is null`,
  },
  { page: "partner", says: /^Tier gap: no line: fewer than 3 partners in / },
  {
    page: "partner",
    says: /^each moved in the last (\d+) days$/,
    sql: "select stale_days as n from setting",
  },
  {
    page: "partner",
    says: /^(\d+) deals? not moved for (\d+) days$/,
    sql: `select ${state("stale_deals")} as n, stale_days as n_days from ask cross join setting`,
  },
  { page: "partner", says: /^(\S+) more is inside its hold$/, sql: `select ${state("commission_held")} as s from ask` },
  { page: "partner", says: /^(\S+) sourced and won in QQ$/, sql: `select ${now("sourced_bookings")} as s from ask` },
  {
    page: "partner",
    says: /^(\d+) open deals? together: (\d+) it brought, (\d+) it helped · as of now$/,
    sql: "select count(*) as n, count(*) filter (is_source) as n_brought, count(*) filter (not is_source) as n_helped from part inner join deal using (deal_key) cross join ask where part.partner_key = slice_key and deal.state = 'open'",
  },
  {
    page: "partner",
    says: /^(\d+) payments? (?:and|or) refunds? on these deals$/,
    sql: "select count(*) as n from marts.fct_cash inner join part on part.deal_key = fct_cash.deal_key cross join ask where part.partner_key = slice_key",
  },
  {
    page: "partner",
    says: /^(\d+) registrations? waits? for a decision$/,
    sql: "select count(*) as n from registration cross join ask where partner_key = slice_key and status = 'submitted'",
  },
  {
    page: "partner",
    says: /^(\d+) of (\d+) registrations? (?:was|were) approved$/,
    sql: "select count(*) filter (status = 'approved') as n, count(*) as n_all from registration cross join ask where partner_key = slice_key",
  },
  {
    page: "partner",
    says: /^(\S+) more was paid or reversed than has become payable$/,
    sql: `select -(${state("commission_owed")}) as s from ask`,
  },
  {
    page: "partner",
    says: /^(\S+) of commission is owed today$/,
    sql: `select ${state("commission_owed")} as s from ask`,
  },
  {
    page: "partner",
    says: /^Earned and reversed entries count once payable; what is paid is taken off\. (\S+) of the total below is inside its hold and not owed yet\.$/,
    sql: `select ${state("commission_held")} as s from ask`,
  },
  {
    page: "partner",
    says: /^(\d+) of (\d+) touch(?:es)? on deals counts?$/,
    sql: "select count(*) filter (counts) as n, count(*) as n_all from marts.fct_touch cross join ask where partner_key = slice_key",
  },
  ...(
    [
      ["Deals", "part", 42],
      ["Payments", "(select partner_key from marts.fct_cash inner join part using (deal_key))", 31],
      ["Registrations", "registration", 31],
      ["Commission", "marts.fct_commission", 31],
      ["Touches", "marts.fct_touch", 31],
    ] as const
  ).map(([name, rows, room]) => ({
    page: "partner",
    says: new RegExp(`^${name}: (\\d+) of ([\\d,]+) listed\\.$`),
    sql: `select least(count(*), ${room}) as n, count(*) as n_all from ${rows} cross join ask where partner_key = slice_key`,
  })),
  { page: "partner", says: /^Signed: (\d+ \w+ \d+)$/, sql: "select agreed_on as on_date from mine" },
  { page: "partner", says: /^Activated: (\d+ \w+ \d+)(?: by .*)?$/, sql: "select activated_on as on_date from mine" },
  {
    page: "partner",
    says: /^Last event: (\d+ \w+ \d+), (\d+) days? ago$/,
    sql: "select last_on as on_date, as_of - last_on as n from mine",
  },
  { page: "partner", says: /^Source id: (.*)$/, sql: "select partner_key as t from mine" },
  {
    page: "partner",
    says: /^Score: (\S+) of 100 among (\d+) partners? \(internal\)$/,
    sql: "select value as d, n from metrics.value cross join ask where metric = 'partner_score' and metrics.value.slice = 'partner' and metrics.value.slice_key = ask.slice_key",
  },
]);
