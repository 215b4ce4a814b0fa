import type { Asked } from "./asked.ts";

/**
 * What each table of each page must say, asked anew of metrics.value and the marts. A column's name begins with what it
 * holds: t text, b text that begins so, o text not compared, on a date, m money in whole units, n a count, ns counts with `|`
 * between, r a ratio, d a number with one decimal, p points. Rows come in the order of the page, all of them.
 */
export type TableQueries = Readonly<Record<string, (asked: Asked) => string>>;

const byQuarter =
  (money: "bookings" | "collected") =>
  ({ slice }: Asked): string => {
    const classes = [
      "sourced",
      ...(slice === "program" ? ["influenced", "direct", ...(money === "collected" ? ["unlinked"] : [])] : []),
    ];
    const at = (one: string): string => `coalesce((select value from metrics.value where metric = '${one}_${money}'
      and metrics.value.period = shown.period and metrics.value.slice = ask.slice and metrics.value.slice_key = ask.slice_key), 0)`;
    return `select label(shown.period) as t, ${classes.map((one) => `${at(one)} as m_${one}`).join(", ")},
      ${classes.map(at).join(" + ")} as m_total from shown cross join ask order by shown.place`;
  };

// Customers that were sourced; of a slice those its partners brought.
const sourcedOwn =
  "class = 'sourced' and (ask.slice = 'program' or source_partner_key in (select partner_key from mine))";
// A slice's deals are those its partners brought; the program's are all.
const own = "(ask.slice = 'program' or source_partner_key in (select partner_key from mine))";
const isMine = "(ask.slice = 'program' or partner_key in (select partner_key from mine))";
const partnerName = (key: string): string => `(select name from partner where partner.partner_key = ${key})`;
const managerOf = (key: string): string => `(select manager from partner where partner.partner_key = ${key})`;
const stored = (metric: string, key: string, period: string): string =>
  `coalesce((select value from metrics.value where metric = '${metric}' and slice = 'partner' and slice_key = ${key} and period = ${period}), 0)`;
const bandWords =
  "case when amount is null then 'no amount' when amount < 25000 then 'under 25k' when amount < 100000 then '25k to 100k' else '100k and more' end";
const classWords = "case kind when 'influenced' then 'influenced only' else kind end";

/** What waits for somebody: a deal once with every reason, and what names no open deal or is another partner's claim of one apart. */
export const decisions = `(with own as (
    select deal_key, source_partner_key as partner_key, title, owner, amount, '' as place, deal_key as key,
      case when late > 0 then counted(late, 'day', 'days') || ' past its close date'
        else 'not moved for ' || counted(in_stage, 'day', 'days') || coalesce(', in ' || stage, '') end as what,
      case when late > 0 then late else in_stage - stale_days end as overdue,
      case when late > 0 then 'late' else 'unmoved' end as reason
    from deal cross join setting where state = 'open' and kind = 'sourced' and source_partner_key is not null and (late > 0 or in_stage > stale_days)
  ), claim as (
    select deal.deal_key, registration.partner_key, coalesce(deal.title, 'no deal named') as title, ${managerOf("registration.partner_key")} as owner,
      registration.amount, registration_key as place, coalesce(deal.deal_key, registration_key) as key,
      case when status = 'submitted'
        then 'decide the registration' || case when deal.deal_key is null then '' else ' ' || registration_key end || ', ' || counted(waits, 'day', 'days') || ' old'
        else 'protection' || case when deal.deal_key is null then '' else ' ' || registration_key end || ' ends in ' || counted(days_left, 'day', 'days') end as what,
      case when status = 'submitted' then waits - ceil(sla_hours / 24)::integer else -days_left end as overdue,
      case when status = 'submitted' then 'undecided' else 'ending' end as reason
    from registration cross join (select decision_hours as sla_hours from setting) left join deal on deal.deal_key = registration.deal_key and deal.state = 'open'
    where status = 'submitted' or (outcome = 'open' and days_left between 0 and 14)
  ), line as (select * from own union all by name select * from claim),
  lead as (select deal_key, arg_min(partner_key, place) as lead_key from line where deal_key is not null group by deal_key)
  select string_agg(what, '; ' order by place) as what, partner_key, first(title order by place) as title, first(owner order by place) as owner, max(overdue) as overdue,
    arg_min(amount, place) as amount, any_value(key) as key, list(reason) as reasons
  from line inner join lead on lead.deal_key = line.deal_key and lead_key = partner_key group by line.deal_key, partner_key
  union all
  select what, partner_key, title, owner, overdue, case when lead_key is null then amount end, place, [reason]
  from line left join lead on lead.deal_key = line.deal_key where lead_key is null or lead_key <> partner_key)`;

const retention = (kind: "gross" | "net") => (): string => {
  const at = (id: string): string =>
    `(select value from metrics.value where metric = '${kind}_retention.${id}' and slice = 'program' and period = strftime(month_on, '%Y-%m'))`;
  return `with month as (
      select unnest(generate_series(settled_on - interval 12 month, over_on, interval 1 month))::date as month_on, settled_on from newest_month
    ) select month_label(month_on) || case when month_on > settled_on then ', provisional' else '' end as t, ${["sourced", "influenced", "direct"].map((id) => `${at(id)} as r_${id}`).join(", ")}
    from month order by month_on`;
};

/** What stands behind the source of a row of deal, in the page's words. */
export const proofWords = `case
    when not exists (select 1 from marts.fct_claim as claim where claim.deal_key = deal.deal_key and claim.partner_key = deal.source_partner_key
      and claim.rule = deal.source_rule and accepted and claimed_at is not null) then 'A claim without a date'
    when exists (select 1 from marts.fct_touch as touch where touch.deal_key = deal.deal_key and touch.partner_key = deal.source_partner_key and counts
      and (touch.touch_table, touch.touch_key) not in (select (claim_table, claim_key) from marts.fct_claim as claim
        where claim.deal_key = deal.deal_key and claim.rule = deal.source_rule and accepted)) then 'A dated claim, and another counted touch of the source'
    else 'A dated claim alone' end`;

const wonByEvidence = `with won as (
    select deal.*, ${proofWords} as proof, kind = 'sourced' and ${own} as is_sourced,
      case when ask.slice = 'program' then kind <> 'direct' else deal.deal_key in (select deal_key from part where part.partner_key in (select partner_key from mine)) end as is_touched
    from deal cross join ask
    where state = 'won' and closed_quarter = period
  ), base as (select nullif(sum(amount), 0) as whole from won where is_sourced)`;

/** Won direct deals on which something names a partner, with the override that says so, else what the first piece of evidence lacks. */
export const named = `select deal_key, list_distinct(list(evidence.partner_key)) as partner_keys,
    coalesce(any_value(ruled), arg_min(reason, (place, evidence_table, evidence_key, rule))) as reason from (
    select 1 as place, deal_key, partner_key, claim_table as evidence_table, claim_key as evidence_key, rule, reason from marts.fct_claim where not accepted and partner_key is not null
    union all
    select 2, deal_key, partner_key, touch_table, touch_key, '', reason from marts.fct_touch where not counts and partner_key is not null and kind not in ('login', 'content_view', 'download')
  ) as evidence inner join deal as about using (deal_key)
  left join (select deal_key, reason as ruled from marts.fct_claim where rule = 'override' and accepted) as decision using (deal_key)
  where state = 'won' and about.kind = 'direct' group by deal_key`;

const restated = `with moved as (
    select ledger.*, title,
      case class_at_close when 'influenced' then 'influenced only' else class_at_close end as was,
      case class_now when 'influenced' then 'influenced only' else class_now end as class,
      case when deal.state = 'won' then deal.amount end as amount,
      case when deal.state = 'won' then deal.amount * ((role_now = 'source')::integer - (role_at_close = 'source')::integer) end as sourced,
      case when deal.state = 'won' then deal.amount * ((role_now = 'influence')::integer - (role_at_close = 'influence')::integer) end as influenced
    from marts.fct_restatement as ledger inner join deal using (deal_key)
  )`;

const broughtInYear = `with year as (
    select ask.place - step as place, step from ask cross join (select unnest([0, 1, 2, 3]) as step)
  ), amount as (
    select mine.*,
      (select coalesce(sum(value), 0) from metrics.value inner join quarter using (period) inner join year using (place)
       where metric = 'sourced_bookings' and slice = 'partner' and slice_key = mine.partner_key) as now,
      (select coalesce(sum(value.value), 0) from (
          select * from metrics.value where not (select is_running from ask)
          union all select * from metrics.value where (select is_running from ask) and period <> (select year_ago from ask)
          union all select * from metrics.to_date where (select is_running from ask) and period = (select year_ago from ask)
       ) as value inner join quarter using (period) inner join year on year.place - 4 = quarter.place
       where metric = 'sourced_bookings' and slice = 'partner' and slice_key = mine.partner_key) as before
    from mine
  )`;

/** How many partners of today share a page's partner's type and tier. */
export const closePeers =
  "select count(*) as n from partner inner join mine on mine.type = partner.type and mine.tier is not distinct from partner.tier where partner.is_counted";

/** The place of a tier among the names whose order everybody knows; null for any other. */
export const knownTier =
  "nullif(list_position(['registered', 'bronze', 'silver', 'gold', 'platinum', 'diamond'], lower(trim(tier))), 0)";

/** Partners beside the middle of a neighbouring tier, those that signed within the four quarters spared. */
export const tierStands = `counting as (
    select *, coalesce(agreed_on > (select starts_on from quarter where quarter.place = (select place - 3 from home)), false) as is_young
    from amount where is_counted and tier is not null
  ),
  tier as (select tier, median(now) filter (not is_young) as middle,
    ${knownTier} as known from counting group by tier having count(*) filter (not is_young) >= 3),
  line as (
    select counting.*,
      (select arg_min(struct_pack(middle := other.middle, tier := other.tier), (other.middle, other.tier)) from tier as other where other.middle > tier.middle and not coalesce(other.known < tier.known, false)) as above,
      (select arg_max(struct_pack(middle := other.middle, tier := other.tier), (other.middle, other.tier)) from tier as other where other.middle < tier.middle and not coalesce(other.known > tier.known, false)) as below
    from counting inner join tier using (tier)
  ), placed as (
    select *, case when now >= above.middle then 'above' when now >= above.middle * 0.8 then 'near' when now < below.middle and not is_young then 'below' end as what from line
  ), stands as (select *, case when what = 'below' then below else above end as other from placed where what is not null)`;

/** What a partner and its peers have: peer, and own of the partner itself. */
export const peersOfOne = `with peer as (
        select partner.partner_key, ${["sourced_bookings", "sourced_collected"]
          .map(
            (metric) => `(select coalesce(sum(value), 0) from metrics.value inner join year_shown using (period)
            where metric = '${metric}' and slice = 'partner' and metrics.value.slice_key = partner.partner_key) as ${metric}`,
          )
          .join(", ")}, ${stored("sourced_pipeline", "partner.partner_key", "'current'")} as sourced_pipeline
        from partner inner join mine on mine.type = partner.type cross join (${closePeers}) as close
        where partner.is_counted and mine.is_counted and (close.n < 5 or mine.tier is not distinct from partner.tier)
      ), own as (select * from peer where partner_key = (select slice_key from ask))`;

const byKind = (by: "type" | "tier") => (): string =>
  `${broughtInYear}, kind as (
    select
      ${by === "type" ? "said(type)" : "coalesce(tier, 'no tier')"} as name,
      sum(now) as now, sum(before) as before,
      count(*) filter (is_counted) as partners,
      count(*) filter (state = 'active') as active,
      coalesce(sum(now) filter (state = 'active'), 0) as of_active,
      median(now) filter (state = 'active') as middle,
      greatest(0, max(now)) as largest
    from amount group by all having partners > 0 or sum(now) <> 0 or sum(before) <> 0
  )
  select name as t, of_active / nullif(active, 0) as m_each, middle as m_middle, case when now > 0 then largest / now end as r_largest, now as m_now, now / nullif(greatest(0, sum(now) over ()), 0) as r_of, before as m_before,
    now - before as sm_change, partners as n_partners, active as n_active, active / nullif(partners, 0) as r_active
  from kind order by now desc, partners desc, name`;

/** By page and the table's id on it. */
export const tableQueries: Readonly<Record<string, TableQueries>> = Object.freeze({
  overview: {
    "collected-by-quarter": byQuarter("collected"),
    "what-changed": () => `with change as (
        select partner_key, mine.name, ${stored("sourced_collected", "partner_key", "ask.period")} as now,
          coalesce((select value from metrics.value where not ask.is_running and metric = 'sourced_collected' and slice = 'partner' and metrics.value.slice_key = partner_key and metrics.value.period = ask.prior),
            (select value from metrics.to_date where ask.is_running and metric = 'sourced_collected' and slice = 'partner' and metrics.to_date.slice_key = partner_key and metrics.to_date.period = ask.prior), 0) as before
        from mine cross join ask
      ), placed as (
        select *, row_number() over (order by now - before desc, name) as rise, row_number() over (order by now - before, name desc) as fall from change
      ), line as (
        select name, now, before, case when now > before then rise else 1000000 - fall end as place
        from placed where (now > before and rise <= 5) or (now < before and fall <= 5)
        union all
        select counted(count(*), 'other partner', 'other partners'), sum(now), sum(before), 2000000
        from placed where not ((now > before and rise <= 5) or (now < before and fall <= 5)) and (now <> 0 or before <> 0)
        having count(*) > 0
      ) select name as t, now - before as sm_change, now as m_now, before as m_before from line order by place`,
    decisions:
      () => `select upper(what[1]) || what[2:] as t_what, ${partnerName("decision.partner_key")} as t_partner, title as t_deal, owner as t_owner, overdue as d, amount as m, key as t_key
      from ${decisions} as decision order by coalesce(amount, -1) desc, key`,
  },
  "sourced-vs-influenced": {
    "bookings-by-quarter": byQuarter("bookings"),
    "bridge-data": () => `with won as (
        select deal.*, (select min(closed_on) from deal as first where first.state = 'won' and first.source_partner_key = deal.source_partner_key) >= ask.starts_on as is_new
        from deal cross join ask where state = 'won' and kind = 'sourced' and amount is not null and ${own}
      ), now as (select won.* from won cross join ask where closed_quarter = period),
      before as (select won.* from won cross join ask where closed_quarter = prior and closed_on <= prior_cut),
      fact as (
        select
          (select coalesce(sum(amount), 0) from before) as was,
          (select count(*) from before) as was_n,
          (select coalesce(sum(amount), 0) from now where is_new) as fresh,
          (select coalesce(sum(amount), 0) from now where not is_new) as known,
          (select count(*) from now where not is_new) as known_n
      ), volume as (select *, case when was_n = 0 then known else (known_n - was_n) * was / was_n end as volume from fact)
      select t, m from (
        select 1 as place, label(prior) || case when is_running then ' to the same day' else '' end as t, was as m from volume cross join ask
        union all select 2, 'Partners new this quarter', fresh from volume
        union all select 3, 'Number of deals', volume from volume
        union all select 4, 'Size of deals', known - was - volume from volume
        union all select 5, name, fresh + known from volume cross join ask
      ) order by place`,
    "rules-data": () => `with credit as (
        select partner_key, mine.name, ${["sourced_wins", "first_touch", "last_touch", "linear", "source_split"]
          .map((model) => `${stored(`credited_bookings.${model}`, "partner_key", "ask.period")} as ${model}`)
          .join(", ")}
        from mine cross join ask
      ), spread as (
        select *, greatest(sourced_wins, first_touch, last_touch, linear, source_split) as most,
          most - least(sourced_wins, first_touch, last_touch, linear, source_split) as width from credit
      ) select name as t, sourced_wins as m_1, first_touch as m_2, last_touch as m_3, linear as m_4, source_split as m_5
      from spread where most > 0 order by width desc, most desc, name limit 8`,
    evidence: () => `${wonByEvidence}, name as (
        select unnest(range(1, 5)) as place, unnest(['An approved registration', 'A declaration in the CRM', 'An accepted lead', 'An override']) as what,
          unnest(['registration', 'declared', 'lead', 'override']) as rule
      ) select name.what as t, count(won.deal_key) as n, coalesce(sum(amount), 0) as m, coalesce(sum(amount), 0) / (select whole from base) as r
      from name left join won on is_sourced and source_rule = name.rule group by name.place, name.what order by name.place`,
    "evidence-dated": () => `${wonByEvidence}, name as (
        select unnest(range(1, 4)) as place, unnest(['A dated claim, and another counted touch of the source', 'A dated claim alone', 'A claim without a date']) as what
      ) select name.what as t, count(won.deal_key) as n, coalesce(sum(amount), 0) as m, coalesce(sum(amount), 0) / (select whole from base) as r
      from name left join won on is_sourced and proof = name.what group by name.place, name.what order by name.place`,
    "evidence-apart": () => `${wonByEvidence}
      select 'Sourced, and helped by another partner' as t, count(*) as n, coalesce(sum(amount), 0) as m, coalesce(sum(amount), 0) / (select whole from base) as r
      from won where is_sourced and deal_key in (select deal_key from part where not is_source and touches > 0) having count(*) > 0
      union all
      select 'Sourced, and claimed by more than one partner' as t, count(*) as n, coalesce(sum(amount), 0) as m, coalesce(sum(amount), 0) / (select whole from base) as r
      from won where is_sourced and is_conflict having count(*) > 0
      union all
      select 'Direct, though something names a partner', count(*), coalesce(sum(amount), 0), null from deal inner join (${named}) as named using (deal_key) cross join ask
      where closed_quarter = period and (ask.slice = 'program' or list_has_any(partner_keys, (select list(partner_key) from mine))) having count(*) > 0
      union all
      select 'With a partner, without an amount or exchange rate', count(*), 0, null from won where is_touched and amount is null having count(*) > 0`,
    "unattributed-deals": () => `select title as t_deal,
        (select string_agg(name, ', ' order by partner_key) from partner where list_contains(partner_keys, partner_key)) as t_partner, reason as t_why, owner as t_owner, closed_on as on_closed, amount as m, deal_key as t_key
      from deal inner join (${named}) as named using (deal_key) where closed_quarter in (select period from shown) order by coalesce(amount, -1) desc, deal_key`,
    "won-deals":
      () => `select title as t_deal, ${classWords} as t_class, ${partnerName("beside_key")} as t_partner, rule_words(source_rule) as t_rule,
        segment as t_segment, owner as t_owner, closed_on as on_closed, amount as m, deal_key as t_key
      from deal cross join ask where state = 'won' and kind <> 'direct' and closed_quarter = period order by amount desc nulls last, deal_key`,
  },
  pipeline: {
    coverage: () => `select label(quarter.period) as t, value.value as d,
        (select coalesce(sum(amount), 0) from deal where deal.state = 'open' and kind = 'sourced' and ${own} and expected_close_on between quarter.starts_on and quarter.ends_on) as m_open,
        (select coalesce(sum(amount), 0) from deal where deal.state = 'open' and kind = 'sourced' and is_qualified and ${own} and expected_close_on between quarter.starts_on and quarter.ends_on) as m_qualified,
        goal as m_goal, won as m_won, case when goal is not null then greatest(0, goal - won) end as m_left
      from home inner join quarter on quarter.place between home.place and home.place + 2 cross join ask
      left join metrics.value as value on metric = 'pipeline_coverage' and value.period = quarter.period and value.slice = ask.slice and value.slice_key = ask.slice_key
      left join lateral (
        select coalesce((select value from metrics.value as booked where booked.metric = 'sourced_bookings' and booked.period = quarter.period and booked.slice = ask.slice and booked.slice_key = ask.slice_key), 0) as won,
          (select amount_reporting_minor / setting.minor from marts.dim_target cross join setting where dim_target.metric = 'sourced_bookings' and dim_target.period = quarter.period
            and dim_target.slice = ask.slice and (dim_target.slice_key = ask.slice_key or ask.slice = 'program')) as goal
      ) as plan on true
      order by quarter.place`,
    "pipeline-then": ({ slice }) => `with kind as (
        select unnest(${slice === "program" ? "['Sourced', 'Influenced only', 'Direct']" : "['Sourced']"}) as name, unnest(${slice === "program" ? "['sourced', 'influenced', 'direct']" : "['sourced']"}) as kind,
          unnest(range(1, ${slice === "program" ? 4 : 2})) as place
      ), mine as (select deal.* from deal cross join ask where ${own}),
      earlier as (
        select home.place - quarter.place as step, kind, sum(amount) as amount, count(*) as n
        from earlier_day inner join quarter using (period) cross join home inner join mine on created_on <= day_on and (state = 'open' or closed_on > day_on) group by all
      ) select name as t, coalesce(now.amount, 0) as m_now, coalesce(now.n, 0) as n_now,
        ${[1, 4].map((step) => `coalesce(t${step}.amount, 0) as m_${step}, coalesce(t${step}.n, 0) as n_${step}, coalesce(now.amount, 0) - coalesce(t${step}.amount, 0) as sm_${step}`).join(", ")}
      from kind left join (select kind, sum(amount) as amount, count(*) as n from mine where state = 'open' group by kind) as now on now.kind = kind.kind
      left join earlier as t1 on t1.kind = kind.kind and t1.step = 1 left join earlier as t4 on t4.kind = kind.kind and t4.step = 4 order by place`,
    slipped: ({ slice }) => `with late as (
        select deal.*, quarter.period, quarter.place as place, home.place - quarter.place as back, case when home.is_running then ' so far' else '' end as so_far, first.period as first
        from deal cross join ask cross join home inner join quarter on expected_close_on between quarter.starts_on and quarter.ends_on
        inner join quarter as first on first.place = home.place - 4
        where state = 'open' and late > 0 and ${own}
      ) select case when back > 4 then 'before ' || label(first) when back = 0 then label(period) || so_far else label(period) end as t,
        ${(slice === "program" ? ["sourced", "influenced", "direct"] : ["sourced"]).map((one) => `coalesce(sum(amount) filter (kind = '${one}'), 0) as m_${one}, count(*) filter (kind = '${one}') as n_${one}`).join(", ")}
      from late group by t order by max(place) desc`,
    "stages-data": ({ slice }) => `select deal.stage as t,
        ${(slice === "program" ? ["sourced", "influenced", "direct"] : ["sourced"]).map((one) => `coalesce(sum(amount) filter (kind = '${one}'), 0) as m_${one}`).join(", ")},
        count(*) as n
      from deal cross join ask inner join stage on stage.stage = deal.stage where state = 'open' and ${own}
      group by deal.stage, chance order by chance, deal.stage`,
    "ages-data":
      () => `select deal.stage as t, count(*) as n, median(in_stage) as d, old_from as d_old, count(*) filter (in_stage > old_from) as n_old,
        coalesce(sum(amount), 0) as m_open, coalesce(sum(amount) filter (in_stage > old_from), 0) as m_old
      from deal cross join ask inner join stage on stage.stage = deal.stage
      where state = 'open' and ${own} and (ask.slice <> 'program' or kind <> 'direct') group by deal.stage, chance, old_from order by chance, deal.stage`,
    territories: () => `with cell as (
        select distinct region, segment from deal where region is not null and segment is not null
      ), segment as (select distinct segment from cell),
      held as (
        select deal.region, deal.segment, count(distinct part.partner_key) as n
        from deal inner join part on part.deal_key = deal.deal_key
        inner join partner on partner.partner_key = part.partner_key and partner.state = 'active'
        where deal.state = 'open' or deal.closed_on >= deal.as_of - 365 group by all
      ) select region.region as t, string_agg(case when cell.region is null then '' else coalesce(n, 0)::varchar end, '|' order by segment.segment) as ns
      from (select distinct region from cell) as region cross join segment
      left join cell on cell.region = region.region and cell.segment = segment.segment
      left join held on held.region = region.region and held.segment = segment.segment
      group by region.region order by region.region`,
    "open-deals": () => `with open as (
        select deal.*, nullif(concat_ws('; ', case when late > 0 then 'late by ' || counted(late, 'day', 'days') end,
          case when in_stage > old_from then 'over ' || replace(printf('%.1f', round(old_from, 1)), '.0', '') || ' days in stage' end), '') as why
        from deal left join stage on stage.stage = deal.stage where state = 'open' and kind <> 'direct'
      ) select title as t_deal, ${partnerName("beside_key")} as t_partner, amount as m, why as t_why, stage as t_stage, in_stage as d, segment as t_segment, owner as t_owner,
        expected_close_on as on_expected, ${classWords} as t_class, deal_key as t_key
      from open order by why is null, amount desc nulls last, deal_key`,
  },
  velocity: {
    "steps-data": () => `with since as (select min(starts_on) as since_on from year_shown),
      first as (select min(starts_on) as first_on from shown),
      step as (
        select 1 as place, 'Registered to decided' as step, 'Partner' as deals, coalesce(decision_hours, 0) / 24.0 as days
        from registration cross join ask cross join since where decided_on is not null and submitted_on >= since_on and ${isMine}
        union all
        select 2, 'Decided to opportunity', 'Partner', deal.created_on - decided_on
        from registration cross join ask cross join since cross join first inner join deal on deal.deal_key = registration.deal_key
        where decided_on is not null and submitted_on >= since_on and ${isMine} and deal.created_on >= decided_on
          and (deal.state = 'open' or deal.closed_on >= first_on)
        union all
        select case state when 'won' then 3 else 5 end, 'Opportunity to ' || state, 'Partner', length
        from deal cross join ask cross join since where state <> 'open' and kind = 'sourced' and length is not null and closed_on >= since_on and ${own}
        union all
        select case state when 'won' then 4 else 6 end, 'Opportunity to ' || state, 'Direct', length
        from deal cross join since where state <> 'open' and kind = 'direct' and length is not null and closed_on >= since_on
      ) select step as t_step, deals as t_deals, round(quantile_cont(days, 0.25), 1) as d_low, round(quantile_cont(days, 0.5), 1) as d_middle,
        round(quantile_cont(days, 0.75), 1) as d_high, count(*) as n from step group by all order by any_value(place)`,
    "opened-data": () => `with side as (select unnest(['Partner', 'Direct']) as side),
      first as (select min(starts_on) as first_on from shown),
      opened as (
        select deal.*, case when kind = 'sourced' then 'Partner' else 'Direct' end as side
        from deal cross join ask cross join first
        where (kind = 'direct' or (kind = 'sourced' and ${own})) and (state = 'open' or closed_on >= first_on)
      ) select label(shown.period) as t, side.side as t_side, median(length) filter (opened.state = 'won') as d,
        count(*) filter (opened.state = 'won') as n, count(*) filter (opened.state = 'open') / nullif(count(opened.deal_key), 0) as r
      from shown cross join side left join opened on opened.created_quarter = shown.period and opened.side = side.side
      group by shown.place, shown.period, side.side order by shown.place, side.side desc`,
    "velocity-factors": () => `with span as (
        select unnest(['last 12 months', '12 months before']) as name, unnest([1, 2]) as years
      ), side as (select unnest(['Sourced', 'Direct']) as side, unnest(['sourced', 'direct']) as kind),
      mine as (select deal.* from deal cross join ask where kind = 'direct' or ${own}),
      closed as (
        select kind, years, count(*) as closed, count(*) filter (state = 'won') as won,
          avg(amount) filter (state = 'won' and amount_minor > 0) as mean, avg(cycle_days) filter (state = 'won' and cycle_days >= 0) as days
        from mine cross join span where state <> 'open'
          and closed_on > as_of - to_months(12 * years) and closed_on <= as_of - to_months(12 * years - 12) group by all
      ), open as (select kind, count(*) as open from mine where state = 'open' and is_qualified group by kind)
      select side || ', ' || name as t, case when years = 1 then coalesce(open, 0) end as n_open, won / nullif(closed, 0) as r_win, coalesce(closed, 0) as n_closed, mean as m_mean, days as p_days,
        case when years = 1 then open * (won / nullif(closed, 0)) * mean / nullif(days, 0) end as m_velocity
      from side cross join span left join closed using (kind, years) left join open using (kind) order by side desc, years`,
    "like-for-like": () => `with won as (
        select deal.*, coalesce(segment, 'no segment') as of_segment,
          ${bandWords} as band,
          case when amount is null then 0 when amount < 25000 then 1 when amount < 100000 then 2 else 3 end as place
          , closed_on >= (select min(starts_on) from year_shown) as is_recent
        from deal where state = 'won' and length is not null and closed_on >= (select min(starts_on) from shown)
      ), side as (
        select of_segment, band, won.place,
          median(length) filter (is_recent and kind = 'sourced' and ${own}) as partner, count(*) filter (is_recent and kind = 'sourced' and ${own}) as partner_n,
          median(length) filter (not is_recent and kind = 'sourced' and ${own}) as before, count(*) filter (not is_recent and kind = 'sourced' and ${own}) as before_n,
          median(length) filter (is_recent and kind = 'direct') as direct, count(*) filter (is_recent and kind = 'direct') as direct_n
        from won cross join ask group by all having bool_or(is_recent)
      ) select of_segment as t_segment, band as t_band, partner as p_partner, partner_n as n_partner, before as p_before, before_n as n_before, direct as p_direct, direct_n as n_direct,
        direct - partner as p_gap, case when partner_n < 10 or direct_n < 10 then 'small' else 'enough' end as t_sample
      from side order by of_segment, place`,
    slowest:
      () => `select title as t_deal, ${partnerName("source_partner_key")} as t_partner, amount as m, as_of - created_on as d_age, stage as t_stage, segment as t_segment, ${bandWords} as t_size, owner as t_owner, in_stage as d_stage,
        next_step as t_next, deal_key as t_key
      from deal where state = 'open' and kind = 'sourced' order by created_on, deal_key`,
  },
  retention: {
    "gross-data": retention("gross"),
    "net-data": retention("net"),
    "year-data":
      () => `with month as (select month_on, (month_on - interval 12 month)::date as before_on from last_month inner join ask using (period)),
      customer as (
        select * from (
          select customer_key, source_partner_key, class, coalesce(sum(mrr_minor) filter (fct_recurring.month_on = before_on), 0) as was,
            coalesce(sum(mrr_minor) filter (fct_recurring.month_on = month.month_on), 0) as now
          from marts.fct_recurring cross join month group by all
        ) cross join ask where ${sourcedOwn}
      ), fact as (
        select sum(was) filter (was > 0) / any_value(minor) as was,
          coalesce(sum(was) filter (was > 0 and now <= 0), 0) / any_value(minor) as gone,
          coalesce(sum(greatest(was - now, 0)) filter (was > 0 and now > 0), 0) / any_value(minor) as shrank,
          coalesce(sum(greatest(now - was, 0)) filter (was > 0 and now > 0), 0) / any_value(minor) as grew,
          coalesce(sum(now) filter (was <= 0), 0) / any_value(minor) as fresh from customer
      ) select t, m from (
        select 1 as place, month_label(before_on) as t, was as m from fact cross join month
        union all select 2, 'Customers left', -gone from fact
        union all select 3, 'Shrank', -shrank from fact
        union all select 4, 'Grew', grew from fact
        union all select 5, 'Same customers', was - gone - shrank + grew from fact
        union all select 6, 'New customers', fresh from fact
        union all select 7, month_label(month_on), was - gone - shrank + grew + fresh from fact cross join month
      ) where (select was from fact) > 0 order by place`,
    classes: ({
      slice,
    }) => `with month as (select month_on, (month_on - interval 12 month)::date as before_on from last_month inner join ask using (period)),
      customer as (
        select customer_key, any_value(source_partner_key) as source_partner_key, any_value(class) as class, any_value(account_key) as account_key,
          coalesce(sum(mrr_minor) filter (fct_recurring.month_on = before_on), 0) / any_value(minor) as was,
          greatest(0, coalesce(sum(mrr_minor) filter (fct_recurring.month_on = month.month_on), 0)) / any_value(minor) as now
        from marts.fct_recurring cross join month cross join setting group by customer_key
      ), told as (
        select customer.*, ${
          slice === "program"
            ? "case class when 'sourced' then 1 when 'influenced' then 2 when 'direct' then 3 else case when account_key is null then 5 else 4 end end"
            : `case when ${sourcedOwn} then 1 when class = 'direct' then 2 end`
        } as place from customer cross join ask where was > 0
      ) select ${
        slice === "program"
          ? "case place when 1 then 'Sourced' when 2 then 'Influenced only' when 3 then 'Direct' when 4 then 'Account without a won deal' else 'Account not known' end"
          : "case place when 1 then 'Theirs' else 'Direct, whole program' end"
      } as t, count(*) as n, count(*) filter (now > 0) as n_stayed, count(*) filter (now > 0) / count(*) as r,
        sum(was) as m_was, -sum(greatest(was - now, 0)) as m_lost, sum(greatest(now - was, 0)) as m_grew, sum(now) as m_now,
        sum(least(was, now)) / sum(was) as r_gross, sum(now) / sum(was) as r_net
      from told where place is not null group by place order by place`,
    "cohorts-data": ({
      slice,
    }) => `with closed as (select month_on as closed_on from last_month inner join home using (period)),
      began as (select customer_key, min(month_on) as began_on from marts.fct_recurring where mrr_minor > 0 group by customer_key),
      aged as (
        select quarter.period, quarter.place, quarter.ends_on, date_diff('month', began_on, month_on) - 1 as age, mrr_minor / ask.minor as amount, ${sourcedOwn} as is_own, class = 'direct' as is_direct
        from marts.fct_recurring inner join began using (customer_key) inner join quarter on began_on between quarter.starts_on and quarter.ends_on cross join ask
      ), own as (
        select period, place, ends_on from aged cross join closed where is_own group by period, place, ends_on, closed_on
        having date_trunc('month', ends_on) + interval 4 month <= closed_on and coalesce(sum(amount) filter (age = 0), 0) > 0 order by place desc limit 8
      ), told as (
        select label(period) as t, place, aged.ends_on, age, amount from aged inner join own using (period, place) where is_own
        union all select '${slice === "program" ? "All sourced" : "All theirs"}', 1000000, aged.ends_on, age, amount from aged inner join own using (period, place) where is_own
        union all select 'All direct', 2000000, aged.ends_on, age, amount from aged inner join own using (period, place) where is_direct
      ) select t, count(*) filter (age = 0) as n, coalesce(sum(amount) filter (age = 0), 0) as m,
        ${[3, 6, 9, 12, 18, 24]
          .map((age) => {
            const seen = `date_trunc('month', ends_on) + interval ${age + 1} month <= closed_on`;
            return `case when coalesce(sum(amount) filter (age = 0 and ${seen}), 0) > 0
              then coalesce(sum(amount) filter (age = ${age} and ${seen}), 0) / sum(amount) filter (age = 0 and ${seen}) end as r_${age}`;
          })
          .join(", ")}
      from told cross join closed group by t, place having coalesce(sum(amount) filter (age = 0), 0) > 0 order by place`,
    losses:
      () => `with month as (select month_on, (month_on - interval 12 month)::date as before_on from last_month inner join home using (period)),
      customer as (
        select was.*, was.mrr_minor / minor as was, greatest(0, coalesce(later.mrr_minor, 0)) / minor as now
        from marts.fct_recurring as was cross join month cross join setting
        left join marts.fct_recurring as later on later.customer_key = was.customer_key and later.month_on = month.month_on
        where was.month_on = before_on and was.mrr_minor > 0
      ) select coalesce((select name from marts.dim_account where dim_account.account_key = customer.account_key),
          (select name from marts.dim_customer where dim_customer.customer_key = customer.customer_key), 'not known') as t_account, now - was as sm_change,
        case class when 'influenced' then 'influenced only' when 'sourced' then class when 'direct' then class
          else case when account_key is null then 'none: account not known' else 'none: no won deal' end end as t_class,
        coalesce(${partnerName("source_partner_key")}, 'no partner') as t_partner, ${managerOf("source_partner_key")} as t_manager,
        case when now = 0 then 'left' else 'shrank' end as t_what, was as m_was, now as m_now, customer_key as t_key
      from customer where was - now >= 0.5 order by now - was, customer_key`,
  },
  commissions: {
    "bridge-data":
      () => `with entry as (select fct_commission.*, amount_minor / minor as amount, ask.* from marts.fct_commission cross join ask where ${isMine}),
      fact as (
        select coalesce(sum(amount) filter (entry_on < starts_on), 0) as opening,
          coalesce(sum(amount) filter (kind = 'earned' and entry_on between starts_on and ends_on), 0) as earned,
          coalesce(sum(amount) filter (kind = 'reversed' and entry_on between starts_on and ends_on), 0) as reversed,
          coalesce(sum(amount) filter (kind = 'paid' and entry_on between starts_on and ends_on), 0) as paid from entry
      ) select t, m from (
        select 1 as place, 'Opening' as t, opening as m from fact union all select 2, 'Earned', earned from fact
        union all select 3, 'Reversed', reversed from fact union all select 4, 'Paid', paid from fact
        union all select 5, case when is_running then 'Closing so far' else 'Closing' end, opening + earned + reversed + paid from fact cross join ask
      ) order by place`,
    "aging-data": () => `with own as (select balance.* from balance cross join ask where ${isMine})
      select t, m, n from (
        select 1 as place, 'up to 30 days' as t, sum(age_1) as m, count(*) filter (age_1 > 0) as n from own
        union all select 2, '31 to 60 days', sum(age_2), count(*) filter (age_2 > 0) from own
        union all select 3, '61 to 90 days', sum(age_3), count(*) filter (age_3 > 0) from own
        union all select 4, 'over 90 days', sum(age_4), count(*) filter (age_4 > 0) from own
        union all select 5, 'not yet payable', sum(greatest(0, held)), count(*) filter (held > 0) from own
      ) order by place`,
    states: () => `with cut as (select ask.*, least(ends_on, as_of) as cut_on from ask),
      month as (
        select cut.*, date_trunc('month', cut_on)::date as month_on,
          is_running or cut_on < last_day(cut_on) as is_part from cut
      ), stretch as (
        select 1 as place, starts_on as from_on, cut_on as to_on from month
        union all select 2, prior_starts_on, prior_cut from month
        union all select 3, month_on, cut_on from month
        union all select 4, (month_on - interval 1 month)::date,
          case when is_part then least((month_on - interval 1 month)::date + (cut_on - month_on)::integer, month_on - 1) else month_on - 1 end from month
      ), entry as (select fct_commission.*, amount_minor / ask.minor as amount from marts.fct_commission cross join ask where ${isMine}),
      state as (
        select place,
          [count(*) filter (kind = 'earned' and entry_on between from_on and to_on), count(*) filter (kind = 'earned' and payable_on between from_on and to_on),
           count(*) filter (kind = 'reversed' and entry_on between from_on and to_on), count(*) filter (kind = 'paid' and entry_on between from_on and to_on),
           count(*) filter (entry_on <= to_on and payable_on > to_on)] as counts,
          [coalesce(sum(amount) filter (kind = 'earned' and entry_on between from_on and to_on), 0), coalesce(sum(amount) filter (kind = 'earned' and payable_on between from_on and to_on), 0),
           coalesce(-sum(amount) filter (kind = 'reversed' and entry_on between from_on and to_on), 0), coalesce(-sum(amount) filter (kind = 'paid' and entry_on between from_on and to_on), 0),
           coalesce(sum(amount) filter (entry_on <= to_on and payable_on > to_on), 0)] as sums
        from stretch left join entry on true group by place
      ), name as (select unnest(range(1, 6)) as line, unnest(['New: earned', 'Approved: past its hold', 'Declined: taken back', 'Paid out', 'Held at the end']) as name),
      seen as (select line, name, place, counts[line] as n, sums[line] as amount from name cross join state)
      select name as t, max(n) filter (place = 1) as n, max(amount) filter (place = 1) as m, max(amount) filter (place = 2) as m_before,
        max(amount) filter (place = 1) - max(amount) filter (place = 2) as sm_change, max(amount) filter (place = 3) as m_month, max(amount) filter (place = 4) as m_month_before
      from seen group by line, name order by line`,
    "ledger-by-quarter":
      () => `with entry as (select fct_commission.*, amount_minor / minor as amount from marts.fct_commission cross join ask where ${isMine}),
      ledger as (
        select shown.*,
          coalesce(sum(amount) filter (entry_on < starts_on), 0) as opening,
          coalesce(sum(amount) filter (kind = 'earned' and entry_on between starts_on and ends_on), 0) as earned,
          coalesce(sum(amount) filter (kind = 'reversed' and entry_on between starts_on and ends_on), 0) as reversed,
          coalesce(sum(amount) filter (kind = 'paid' and entry_on between starts_on and ends_on), 0) as paid
        from shown cross join entry group by all
      ) select label(period) || case when is_running then ' so far' else '' end as t, opening as m_opening, earned as m_earned, reversed as m_reversed, paid as m_paid,
        opening + earned + reversed + paid as m_closing from ledger
      where abs(opening) > 0.0001 or abs(opening + earned + reversed + paid) > 0.0001 or earned <> 0 order by place`,
    balances:
      () => `select ${partnerName("balance.partner_key")} as t_partner, ${managerOf("balance.partner_key")} as t_manager, owed as m_owed, age_2 + age_3 + age_4 as m_old,
        since_on as on_since, as_of - since_on as d, held as m_held, next_on as on_next, paid_on as on_paid, partner_key as t_key
      from balance cross join setting where owed <> 0 or held <> 0 order by owed desc, held desc, partner_key`,
    "without-commission":
      () => `with earned as (select cash_key, deal_key from marts.fct_commission where kind = 'earned')
      select deal.title as t_deal, ${partnerName("source_partner_key")} as t_partner,
        case when collected_reporting_minor is null then 'there is no exchange rate for its day'
          when deal.deal_key in (select deal_key from earned where deal_key is not null) then 'the plan''s months are over, or its fixed sum is earned'
          when deal.closed_on is null then 'the deal has no close date'
          else 'no plan matches the deal, or none has a rate for the tier' end as t_why,
        (occurred_at at time zone timezone)::date as on_paid, collected_reporting_minor / minor as m, invoice_key as t_invoice, deal.deal_key as t_key
      from marts.fct_cash inner join deal on deal.deal_key = fct_cash.deal_key cross join setting
      where fct_cash.kind = 'payment' and occurred_at >= (setting.as_of - 365)::timestamp at time zone 'UTC' and deal.state = 'won' and source_partner_key is not null
        and (collected_reporting_minor > 0 or (collected_reporting_minor is null and collected_minor > 0))
        and cash_key not in (select cash_key from earned where cash_key is not null)
      order by coalesce(collected_reporting_minor, 0) desc, cash_key`,
    "paid-ahead":
      () => `select ${partnerName("balance.partner_key")} as t_partner, ${managerOf("balance.partner_key")} as t_manager, -owed as m_ahead, held as m_held, paid_on as on_paid, partner_key as t_key
      from balance where owed < 0 order by owed, partner_key`,
  },
  activation: {
    "five-cohorts":
      () => `select label(quarter.period) || case when quarter.is_running then ' so far' else '' end as t, count(partner_key) as n, count(partner_key) filter (took is null and age < activation_window_days) as n_inside,
        ${[30, 60, 90].map((day) => `count(partner_key) filter (age >= ${day} and took <= ${day}) / nullif(count(partner_key) filter (age >= ${day}), 0) as r_${day}`).join(", ")}, median(took) as d
      from ask inner join quarter on quarter.place between ask.place - 4 and ask.place cross join (select activation_window_days from setting)
      left join (select * from signing where partner_key in (select partner_key from mine)) as own on own.period = quarter.period
      group by quarter.period, quarter.place, quarter.is_running order by quarter.place`,
    "cohorts-data": () => `with own as (select * from signing where partner_key in (select partner_key from mine)),
      cohort as (select shown.place, shown.period, count(*) as n from shown inner join own using (period) group by all having count(*) >= 3 order by shown.place desc limit 4)
      select label(cohort.period) as t, cohort.n as n, ${[30, 60, 90, 120, 180]
        .map((day) => `case when min(age) >= ${day} then count(*) filter (took <= ${day}) / count(*) end as r_${day}`)
        .join(
          ", ",
        )} from cohort inner join own using (period) group by cohort.period, cohort.n, cohort.place order by cohort.place`,
    "grid-data": () => `with own as (select * from signing where partner_key in (select partner_key from mine))
      select label(shown.period) as t, count(*) as n, ${[1, 2, 3, 4, 5, 6]
        .map(
          (month) =>
            `case when min(age) >= ${month * 30} then count(*) filter (took <= ${month * 30}) / count(*) end as r_${month}`,
        )
        .join(
          ", ",
        )} from shown inner join own using (period) group by shown.period, shown.place having min(age) >= 30 order by shown.place`,
    "inside-window":
      () => `select name as t_name, said(type) as t_type, null as o_waits, manager as t_manager, agreed_on as on_signed, activation_window_days - age as d, partner_key as t_key
      from signing cross join setting where age < activation_window_days and took is null and is_counted order by age desc, name`,
    "never-activated":
      () => `select name as t_name, said(type) as t_type, null as o_waits, manager as t_manager, agreed_on as on_signed, partner.as_of - agreed_on as d, last_on as on_last, partner_key as t_key
      from partner cross join setting where state = 'never_activated' and is_counted and coalesce(partner.as_of - agreed_on, activation_window_days) >= activation_window_days
      order by coalesce(agreed_on, date '0001-01-01') desc`,
  },
  dormant: {
    "states-data":
      () => `with moment as (select shown.*, case when is_running then as_of else ends_on end as on_date, as_of, active_days from shown cross join setting),
      stood as (
        select moment.place, moment.period, mine.partner_key,
          case when mine.agreed_on is null or mine.agreed_on > on_date or mine.is_prospect or (mine.state = 'ended' and coalesce(mine.ended_on, moment.as_of) <= on_date) then null
            when activated_on is null or activated_on > on_date then 'new'
            when exists (select 1 from marts.fct_partner_day as day where day.partner_key = mine.partner_key and event_on between on_date - active_days and on_date) then 'active'
            else 'quiet' end as stood
        from moment cross join mine
      ), run as (select *, lag(stood) over (partition by partner_key order by place) as was from stood)
      select label(period) || case when place = (select place from home where is_running) then ' so far' else '' end as t, count(*) filter (stood = 'active') as n_active, count(*) filter (stood = 'quiet') as n_quiet, count(*) filter (stood = 'new') as n_new,
        case when place > (select min(place) from shown) then count(*) filter (was = 'active' and stood = 'quiet') end as n_lapsed,
        case when place > (select min(place) from shown) then count(*) filter (was = 'quiet' and stood = 'active') end as n_back
      from run group by place, period order by place`,
    "quiet-partners": () => `with quiet as (
        select partner.*, last_on, partner.as_of - last_on as days,
          coalesce((select sum(amount) from deal where source_partner_key = partner.partner_key and deal.state = 'won' and closed_on > partner.as_of - 365), 0) as won,
          coalesce((select sum(amount) from deal where source_partner_key = partner.partner_key and deal.state = 'open'), 0) as open
        from partner where is_counted and state in ('dormant', 'cooling')
      ) select name as t_name, state as t_state, won as m_won, open as m_open, days as d,
        case when days is null then 'no event' else 'nothing since ' end as b_why, manager as t_manager,
        (select arg_max(next_step, (coalesce(amount, -1e15), -row_number)) from (select *, row_number() over (order by deal_key) as row_number from deal) as d
          where d.source_partner_key = quiet.partner_key and d.state = 'open' and next_step is not null) as t_noted, said(type) as t_type, partner_key as t_key
      from quiet order by won desc, open desc, last_on desc nulls last, name`,
  },
  "types-and-tiers": {
    "by-type": byKind("type"),
    "by-tier": byKind("tier"),
    "cost-by-type": () => `with point as (
        select mine.type, case when quarter.place > ask.place - 4 then 'now' else 'before' end as span, metric,
          case when quarter.place = ask.place - 4 and ask.is_running
            then coalesce((select to_date.value from metrics.to_date as to_date where to_date.metric = point.metric and to_date.slice = 'partner'
              and to_date.slice_key = point.slice_key and to_date.period = point.period), 0) else point.value end as value
        from metrics.value as point inner join quarter using (period) inner join mine on mine.partner_key = point.slice_key cross join ask
        where metric in ('sourced_collected', 'commission_earned', 'commission_reversed') and point.slice = 'partner' and quarter.place between ask.place - 7 and ask.place
      ), sums as (
        select type, span, coalesce(sum(value) filter (metric = 'sourced_collected'), 0) as collected,
          coalesce(sum(case metric when 'commission_earned' then value when 'commission_reversed' then -value end), 0) as commission
        from point group by all
      ), now as (select * from sums where span = 'now'), before as (select * from sums where span = 'before')
      select said(now.type) as t, now.collected as m, now.commission as m_commission, case when now.collected > 0 then now.commission / now.collected end as r,
        case when before.collected > 0 then before.commission / before.collected end as r_before
      from now left join before using (type) where now.collected <> 0 or now.commission <> 0 order by now.collected desc, t`,
    "concentration-data": () => `${broughtInYear}
      select row_number() over ranked as n_place, name as t, now as m, now / sum(now) over () as r_share, sum(now) over ranked / sum(now) over () as r_together
      from amount where now > 0 window ranked as (order by now desc, partner_key) order by n_place`,
    ...Object.fromEntries(
      (["above", "near", "below"] as const).map((what) => [
        `tier-lines-${what}`,
        () => `${broughtInYear}, ${tierStands}
          select name as t_name, tier as t_tier, other.tier as t_line, now as m_now, other.middle as m_line, now - other.middle as sm_gap, said(type) as t_type, manager as t_manager, partner_key as t_key
          from stands where what = '${what}' order by now desc, partner_key`,
      ]),
    ),
    lapsing: () => `with held as (
        select fct_certification.*, expires_on - as_of as days from marts.fct_certification cross join setting
      ), beside as (
        select held.certification_key,
          count(*) filter (other.person is not distinct from held.person and other.kind is not distinct from held.kind) > 0 as is_renewed,
          count(other.certification_key) = 0 as is_last
        from held left join held as other on other.partner_key = held.partner_key and other.certification_key <> held.certification_key
          and (other.expires_on is null or other.expires_on > held.expires_on)
        group by held.certification_key
      ) select ${partnerName("held.partner_key")} as t_partner, person as t_person, concat_ws(', ', held.kind, level) as t_what, ${managerOf("held.partner_key")} as t_manager, expires_on as on_out, days as d,
        case when is_last then 'yes' else 'no' end as t_last,
        (select value from metrics.value where metric = 'sourced_pipeline' and slice = 'partner' and slice_key = held.partner_key) as m, held.certification_key as t_key
      from held inner join beside using (certification_key)
      where days between -30 and 60 and not (is_renewed and not is_last) and (select is_counted from partner where partner.partner_key = held.partner_key)
      order by expires_on, held.certification_key`,
  },
  registrations: {
    "steps-data":
      () => `with own as (select registration.* from registration cross join ask where registration.period = ask.period and ${isMine}),
      step as (
        select 1 as place, 'Submitted' as t, count(*) as n from own
        union all select 2, 'Decided', count(*) filter (is_decided) from own
        union all select 3, 'Approved', count(*) filter (status = 'approved') from own
        union all select 4, 'With a deal', count(*) filter (status = 'approved' and deal_key is not null) from own
        union all select 5, 'Won', count(*) filter (status = 'approved' and outcome = 'won') from own
      ) select t, n, n / nullif((select count(*) from own), 0) as r from step where (select count(*) from own) > 0 order by place`,
    "hours-data": () => `with own as (
        select least(8, greatest(0, ceil(hours / (setting.decision_hours / 4)) - 1)) as place
        from registration cross join ask cross join setting where registration.period = ask.period and ${isMine} and is_decided and hours is not null
      ), bin as (select unnest(range(0, 9)) as place)
      select case when bin.place = 8 then 'over ' || (8 * decision_hours / 4)::integer || ' h' else (bin.place * decision_hours / 4)::integer || ' to ' || ((bin.place + 1) * decision_hours / 4)::integer || ' h' end as t,
        count(own.place) as n, case when bin.place >= 4 then 'no' else 'yes' end as t_in
      from bin cross join setting left join own on own.place = bin.place where (select count(*) from own) > 0 group by bin.place, decision_hours order by bin.place`,
    waiting:
      () => `select ${partnerName("registration.partner_key")} as t_partner, about as t_about, approver as t_approver, ${managerOf("registration.partner_key")} as t_manager, submitted_on as on_submitted, waits as d,
        case when not is_late then 'within ' || (select decision_hours::integer from setting) || ' hours' when waits <= 7 then 'late: up to 7 days' when waits <= 30 then 'late: 8 to 30 days' else 'late: over 30 days' end as t_band,
        amount as m, registration_key as t_key
      from registration where status = 'submitted' order by submitted_on, registration_key`,
    ending:
      () => `select ${partnerName("registration.partner_key")} as t_partner, about as t_about, case when deal_key is null then 'none yet' else 'open' end as t_deal,
        ${managerOf("registration.partner_key")} as t_owner, protection_ends_on as on_until, days_left as d, amount as m, registration_key as t_key
      from registration where outcome = 'open' and days_left between 0 and 30 order by days_left, coalesce(amount, 0) desc, registration_key`,
    "waiting-bands":
      () => `select coalesce(approver, 'nobody named' || coalesce('; manager ' || ${managerOf("registration.partner_key")}, '')) as t, count(*) filter (not is_late) as n_within, count(*) filter (is_late and waits <= 7) as n_7,
        count(*) filter (is_late and waits between 8 and 30) as n_30, count(*) filter (is_late and waits > 30) as n_over, count(*) as n_all, sum(amount) as m
      from registration cross join ask where status = 'submitted' and ${isMine} group by all order by n_all desc, t`,
    approvers:
      () => `select coalesce(approver, 'nobody named') as t, count(*) as n, count(*) filter (status = 'approved') / count(*) as r_approved, median(hours) as d,
        count(*) filter (in_sla) / nullif(count(in_sla), 0) as r_in
      from registration cross join ask where registration.period = ask.period and is_decided and ${isMine} group by all order by n desc, t`,
    competing: () => `with flag as (
        select *, status = 'submitted' or (status = 'approved' and outcome = 'open') as is_open from registration
      ) select ${partnerName("flag.partner_key")} as t_partner, about as t_about, status as t_status, submitted_on as on_submitted, null as o_with, amount as m, registration_key as t_key
      from flag cross join ask where flag.period = ask.period and ${isMine.replaceAll("partner_key in", "flag.partner_key in")} and exists (
        select 1 from flag as other where other.partner_key <> flag.partner_key and other.status in ('approved', 'submitted')
          and (other.deal_key = flag.deal_key or (other.account_key = flag.account_key and other.is_open and flag.is_open)))
      order by submitted_at, registration_key`,
    conflicts: () => `with claim as (
        select fct_claim.deal_key, partner_key, strftime(min(claimed_at) at time zone timezone, '%-d %b %Y, %H:%M') as "at"
        from marts.fct_claim inner join deal on deal.deal_key = fct_claim.deal_key and source_rule = rule cross join setting
        where accepted and is_conflict group by fct_claim.deal_key, partner_key, timezone
      ) select title as t_deal, state as t_state, ${partnerName("source_partner_key")} as t_partner,
        (select string_agg(claim.at, '; ') from claim where claim.deal_key = deal.deal_key and partner_key is not distinct from source_partner_key) as t_own,
        (select string_agg(${partnerName("claim.partner_key")} || ', ' || claim.at, '; ' order by partner_key) from claim where claim.deal_key = deal.deal_key and partner_key is distinct from source_partner_key) as t_others,
        rule_words(source_rule) as t_rule, null as o_step, amount as m, deal_key as t_key
      from deal where is_conflict order by state <> 'open', created_on desc, deal_key`,
  },
  partners: {
    "all-partners": () => `with year as (select period from year_shown), amount as (
        select partner.*, (select coalesce(sum(value), 0) from metrics.value where metric = 'sourced_bookings' and slice = 'partner' and slice_key = partner_key and period in (select period from year)) as year_won
        from partner
      ) select name as t_name, case when is_counted or state = 'ended' then said(state) else 'not signed yet' end as t_state, said(type) || coalesce(', ' || tier, '') as t_type,
        ${stored("sourced_bookings", "partner_key", "(select period from home)")} as m_quarter, year_won as m_year, ${stored("sourced_pipeline", "partner_key", "'current'")} as m_pipeline,
        (select value from metrics.value where metric = 'partner_score' and slice = 'partner' and slice_key = partner_key) as p,
        agreed_on as on_signed, region as t_region, manager as t_manager, partner_key as t_key
      from amount order by year_won desc, name`,
  },
  definitions: {
    worked: () => `with worked as (
        select deal.* from deal left join (select deal_key, sum(collected_reporting_minor) as paid from marts.fct_cash where collected_reporting_minor is not null group by deal_key) as cash using (deal_key)
        where state = 'won' and kind = 'sourced' and amount is not null and closed_on is not null order by paid is null, closed_on desc, deal_key limit 1
      ), line as (
        select 1 as place, 'sourced_bookings' as metric, amount, null::double as count, closed_quarter as period from worked
        union all select 2, 'total_bookings', amount, null, closed_quarter from worked
        union all select 3, 'won_deals', null, 1, closed_quarter from worked
        union all select 4, 'cycle_days_median', null, cycle_days, closed_quarter from worked where cycle_days >= 0
        union all select 5, 'sourced_collected', sum(collected_reporting_minor) / any_value(minor), null, quarter.period
        from marts.fct_cash inner join worked using (deal_key) inner join quarter on fct_cash.occurred_on between quarter.starts_on and quarter.ends_on cross join setting where collected_reporting_minor is not null group by quarter.period
        union all select 6, 'commission_earned', sum(fct_commission.amount_minor) / any_value(minor), null, quarter.period
        from marts.fct_commission inner join worked using (deal_key) inner join quarter on entry_on between quarter.starts_on and quarter.ends_on cross join setting where fct_commission.kind = 'earned' group by quarter.period
      ) select null as o_metric, amount as m, count as d, label(period) as t_quarter, null as o_why from line order by place, period`,
  },
  "data-quality": {
    checks: () => `with found as (
        select check_id, severity, string_agg(distinct said(entity), ', ' order by said(entity)) as entities, count(*) as n, sum(abs(amount_reporting_minor)) / any_value(minor) as money
        from quality.issue cross join setting group by all
      ) select case check_id when 'bad_cell' then 'unreadable cell, row left out' when 'split_not_100' then 'declared shares that are not 100% together' else said(check_id) end || case when check_id <> 'unknown_reference' then '' when severity = 'error' then ', row left out' when severity = 'warning' then ', read as empty' else '' end as t_check, severity as t_severity, entities as t_in, n, null as n_last, null as sm_change, money as m, null as o_fix from found
      order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, coalesce(money, 0) desc, n desc, check_id`,
    streams: () => `select nullif(stream, '') as t_stream, source as t_source, null as o_state,
        strftime(read_at at time zone timezone, '%-d %b %Y, %H:%M') || ' ' || timezone as t_read, rows as n_rows, usual_rows as n_usual, rows / nullif(usual_rows, 0) - 1 as sr, changed as n_changed, null as o_error
      from quality.stream cross join setting order by source, stream`,
  },
  "change-log": {
    planned:
      () => `with own as (select quarter.*, home.place = quarter.place as is_home, home.as_of, late_days from quarter inner join home on quarter.place between home.place - 1 and home.place cross join (select late_days from setting)),
      line as (
        select place, period, 1 as line, 'everything' as what, ends_on as until_on from own where is_running
        union all select place, period, 2, 'who sourced or influenced a deal', ends_on + late_days from own where ends_on + late_days >= as_of
        union all select place, period, 3, 'recurring revenue and retention', ends_on + 45 from own where ends_on + 45 > as_of or is_running
      ) select label(period) as t_quarter, what as t_what, until_on as on_until, null as o_why from line order by place, line`,
    presented:
      () => `select period as t_period, null as o_metric, presented_value as m_presented, value as m_now, null as o_difference,
        strftime(frozen_at at time zone timezone, '%-d %b %Y, %H:%M') || ' ' || timezone as t_on, frozen_by as t_by
      from quality.restated_value cross join setting where slice = 'program' order by period desc, metric`,
    "presented-figures": () =>
      "select label(period) as t_quarter, null as o_metric, null as o_presented, null as o_now from quality.restated_figure where slice = 'program' order by period desc, metric",
    ledger:
      () => `${restated} select title as t_deal, label(quarter) as t_quarter, ${partnerName("moved.partner_key")} as t_partner, role_at_close || ' → ' || role_now as t_part,
        case when was = class then class else was || ' → ' || class end as t_class, sourced as m, influenced as m_influenced, null as o_why, deal_key as t_key
      from moved order by closed_on desc, deal_key, partner_key`,
    "ledger-classes":
      () => `${restated} select case when was = class then 'stays ' || class || ', by another partner or with other help' else was || ' → ' || class end as t, count(*) as n, count(amount) as n_won, coalesce(sum(amount), 0) as m
      from (select distinct on (deal_key) * from moved) group by was, class order by was = class, m desc, t`,
    "ledger-partners":
      () => `${restated} select ${partnerName("moved.partner_key")} as t, count(*) as n, coalesce(sum(sourced), 0) as m, coalesce(sum(influenced), 0) as m_influenced
      from moved group by partner_key order by abs(coalesce(sum(sourced), 0)) + abs(coalesce(sum(influenced), 0)) desc, partner_key`,
  },
  partner: {
    "bookings-by-quarter": byQuarter("bookings"),
    "next-steps": () => `with step as (
        select case when late > 0 then 'Past its close date' else 'Has not moved' end as what, title as about,
          case when late > 0 then expected_close_on else coalesce(last_stage_on, created_on) end as due, next_step, owner, amount, deal_key as key
        from deal cross join setting cross join ask where state = 'open' and kind = 'sourced' and source_partner_key = slice_key and (late > 0 or in_stage > stale_days)
        union all select 'Decide the registration', about, submitted_on, null, coalesce(approver, mine.manager), amount, registration_key
        from registration inner join mine using (partner_key) where registration.status = 'submitted'
        union all select 'Protection ends', about, protection_ends_on, null, mine.manager, amount, registration_key
        from registration inner join mine using (partner_key) where outcome = 'open' and registration.status <> 'submitted' and days_left between 0 and 30
        union all select case when not exists (select 1 from marts.fct_certification as other where other.partner_key = held.partner_key and other.certification_key <> held.certification_key
              and coalesce(other.expires_on, date '9999-12-31') > held.expires_on) then 'Last certification runs out' else 'Certification runs out' end,
          concat_ws(', ', coalesce(nullif(concat_ws(', ', held.kind, level), ''), 'certification'), person), expires_on, null, mine.manager, null, certification_key
        from marts.fct_certification as held inner join mine using (partner_key) where expires_on between mine.as_of - 30 and mine.as_of + 30 and is_counted
          and not exists (select 1 from marts.fct_certification as other where other.partner_key = held.partner_key and other.person is not distinct from held.person
            and other.kind is not distinct from held.kind and coalesce(other.expires_on, date '9999-12-31') > held.expires_on)
        union all select 'Signed, and not started yet', null, agreed_on, null, manager, null, partner_key from mine where is_counted and state = 'never_activated' and agreed_on is not null
        union all select 'Call: it went quiet', null, last_on, null, manager, null, partner_key from mine where is_counted and state in ('dormant', 'cooling') and last_on is not null
      ) select what as t_what, about as t_about, due as on_due, as_of - due as d, next_step as t_noted, owner as t_owner, amount as m, key as t_key
      from step cross join ask order by as_of - due desc, key`,
    peers: () => `${peersOfOne}
      ${[
        ["sourced_bookings", "Sourced bookings, four quarters"],
        ["sourced_collected", "Sourced revenue collected, four quarters"],
        ["sourced_pipeline", "Sourced pipeline, now"],
      ]
        .map(
          ([
            metric,
            name,
          ]) => `select '${name}' as t, any_value(own.${metric}) as m, median(peer.${metric}) as m_middle, any_value(own.${metric}) - median(peer.${metric}) as sm_gap,
        case when any_value(own.${metric}) > 0 then count(*) filter (peer.${metric} > own.${metric}) + 1 end as n_place, count(*) as n from peer cross join own having count(*) >= 5`,
        )
        .join(" union all ")}`,
    "deal-list": () => `with mine as (
        select deal.*, part.is_source, (select sum(collected_reporting_minor) / any_value(minor) from marts.fct_cash cross join setting where fct_cash.deal_key = deal.deal_key) as collected
        from part inner join deal using (deal_key) cross join ask where part.partner_key = ask.slice_key
      ) select title as t_deal, case when not is_source then 'influences' else 'sourced' || coalesce(' by ' || rule_words(source_rule), '') end as t_part, state as t_state, stage as t_stage, owner as t_owner,
        created_on as on_created, case when state = 'open' then expected_close_on else closed_on end as on_closed, amount as m, collected as m_collected, deal_key as t_key
      from mine order by case state when 'open' then 0 when 'won' then 1 else 2 end, case when state = 'open' then amount end desc nulls last, closed_on desc nulls last, deal_key`,
    payments:
      () => `select coalesce(deal.name, deal.deal_key) as t_deal, case when is_source then 'sourced' else 'influences' end as t_part, (occurred_at at time zone timezone)::date as on_paid, fct_cash.kind as t_kind,
        collected_reporting_minor / minor as m, null as o_link, invoice_key as t_invoice, cash_key as t_key
      from marts.fct_cash inner join part on part.deal_key = fct_cash.deal_key inner join deal on deal.deal_key = fct_cash.deal_key cross join (select minor, timezone from setting) cross join (select slice_key from ask)
      where part.partner_key = slice_key order by occurred_at desc, cash_key`,
    registrations:
      () => `select registration_key as t_key, status as t_status, submitted_on as on_submitted, decision_hours as p, protection_ends_on as on_until, outcome as t_outcome,
        case when is_conflict then 'yes' else 'no' end as t_conflict, (select coalesce(name, account_name) from marts.fct_deal where fct_deal.deal_key = registration.deal_key) as t_deal, deal_key as t_deal_key
      from registration cross join ask where partner_key = slice_key order by submitted_at desc, registration_key`,
    ledger:
      () => `select coalesce((select coalesce(name, account_name) from marts.fct_deal where fct_deal.deal_key = fct_commission.deal_key), case kind when 'paid' then 'payout' end) as t_deal, kind as t_kind, entry_on as on_entry, payable_on as on_payable, plan as t_plan, rate as d, amount_minor / minor as m, deal_key as t_deal_key, cash_key as t_cash
      from marts.fct_commission cross join ask where partner_key = slice_key order by entry_on desc, entry_key`,
    touches:
      () => `select (occurred_at at time zone timezone)::date as on_touch, said(kind) as t_kind, said(touch_table) as t_table, coalesce(name, fct_touch.deal_key) as t_deal,
        case when counts then 'yes' else 'no' end as t_counts, reason as t_why, touch_key as t_key
      from marts.fct_touch inner join (select deal_key, name from marts.fct_deal) as deal on deal.deal_key = fct_touch.deal_key cross join (select slice_key from ask) cross join (select timezone from setting)
      where partner_key = slice_key order by occurred_at desc nulls last, touch_key, touch_table, fct_touch.deal_key`,
  },
});

/** What is written at the ends of lines, where a line goes on beyond the columns of its table; by page and the table's id. */
export const drawnQueries: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.freeze({
  activation: {
    "cohorts-data": `with day as (select unnest(range(0, 181, 15)) as day),
      cohort as (select shown.place, shown.period from shown inner join signing using (period) group by all having count(*) >= 3 order by shown.place desc limit 4),
      seen as (select cohort.period, day, count(*) filter (took <= day) / count(*) as share, count(*) as n from cohort inner join signing using (period) cross join day group by all having min(age) >= day)
      select label(period) || ' ' || round(arg_max(share, day) * 100)::integer || '% of ' || arg_max(n, day) as t from seen group by period`,
  },
  velocity: {
    "opened-data": `with opened as (
        select created_quarter, kind, median(length) filter (state = 'won') as days, count(*) filter (state = 'open') / count(*) as still
        from deal where kind in ('sourced', 'direct') and created_quarter in (select period from shown) and (state = 'open' or closed_on >= (select min(starts_on) from shown)) group by all
      ) select case kind when 'sourced' then 'Partner ' else 'Direct ' end || round(arg_max(days, created_quarter))::integer || ' d' as t from opened where still <= 0.5 and days is not null group by kind`,
  },
});
