import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findMetric, metricIds, metrics } from "../../../src/metrics/registry.ts";
import { companySettings, createCompany, sourceNames } from "../../../src/sandbox/index.ts";
import { type Built, buildKept } from "../../support/build.ts";

// A whole synthetic company: what the registry promises is what the models make of it.
let built: Built;

beforeAll(async () => {
  const company = createCompany({ seed: 5, now: new Date("2026-08-20T12:00:00Z"), size: 900 });
  built = await buildKept(
    {},
    {
      drops: company.rows,
      sources: sourceNames.map((name) => ({ name, kind: "files", path: name })),
      config: companySettings(),
      asOf: "2026-08-20",
      isExplicit: false,
    },
  );
}, 300_000);

afterAll(() => built.close());

describe("the registry", () => {
  test("knows every metric there is, and there is every metric it knows", async () => {
    const found = await built.rows<{ metric: string }>("select distinct metric from metrics.value order by metric");
    const ids = found.map((row) => row.metric);
    expect(ids.filter((id) => findMetric(id) === undefined)).toEqual([]);
    const closed = metricIds.filter((id) => !id.includes("<"));
    expect(closed.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.some((id) => id.startsWith("stage_days_median."))).toBe(true);
  });

  test("says truly in which unit, periods and slices each one comes", async () => {
    const found = await built.rows<{ metric: string; unit: string; kinds: string; slices: string }>(
      `select metric, min(unit) || case when count(distinct unit) > 1 then ' and others' else '' end as unit,
              string_agg(distinct period_kind, ' ' order by period_kind) as kinds,
              string_agg(distinct slice, ' ' order by slice) as slices
       from metrics.value group by metric`,
    );
    // targets are set for what a company chooses
    for (const row of found.filter((one) => findMetric(one.metric)?.grain !== "one target")) {
      const metric = findMetric(row.metric);
      expect.soft(row, row.metric).toMatchObject({
        unit: metric?.unit,
        kinds: metric?.periods.toSorted().join(" "),
        slices: metric?.slices.toSorted().join(" "),
      });
    }
  });

  test("says truly which metrics are kept to date", async () => {
    const found = await built.rows<{ metric: string }>("select distinct metric from metrics.to_date");
    const kept = new Set(found.map((row) => findMetric(row.metric)?.id));
    const promised = metricIds.filter((id) => findMetric(id)?.hasToDate);
    expect([...kept].sort()).toEqual(promised.sort());
  });

  test("says truly which metrics add up over partners", async () => {
    const found = await built.rows<{ metric: string; program: string; partners: string }>(
      `select metric, sum(value) filter (where slice = 'program') as program,
              coalesce(sum(value) filter (where slice = 'partner'), 0) as partners
       from metrics.value group by metric, period_kind, period having count(*) filter (where slice = 'program') > 0`,
    );
    for (const row of found) {
      if (findMetric(row.metric)?.addsUp) expect.soft(row.partners, row.metric).toBe(row.program);
    }
    expect(metrics.filter((metric) => metric.addsUp).length).toBeGreaterThan(20);
  });
});

describe("the roll-up", () => {
  // The same numbers, asked of the marts in the plainest way.
  const plain: readonly (readonly [string, string, string])[] = [
    [
      "sourced_bookings of a tier by fiscal quarter",
      `select p.tier as slice_key, q.period, sum(d.amount_reporting_minor) / 100.0 as value
       from marts.fct_deal d join marts.dim_partner p on p.partner_key = d.source_partner_key
       join metrics.period q on q.period_kind = 'quarter' and d.closed_on between q.starts_on and q.ends_on
       where d.state = 'won' and p.tier is not null group by all having count(d.amount_reporting_minor) > 0`,
      "metric = 'sourced_bookings' and slice = 'tier' and period_kind = 'quarter'",
    ],
    [
      "influenced_bookings of a type by year",
      `select slice_key, period, sum(amount_reporting_minor) / 100.0 as value from (
         select distinct p.type as slice_key, q.period, d.deal_key, d.amount_reporting_minor
         from marts.fct_deal d join marts.fct_deal_partner dp on dp.deal_key = d.deal_key and dp.is_influence
         join marts.dim_partner p on p.partner_key = dp.partner_key
         join metrics.period q on q.period_kind = 'year' and d.closed_on between q.starts_on and q.ends_on
         where d.state = 'won' and d.amount_reporting_minor is not null) group by all`,
      "metric = 'influenced_bookings' and slice = 'type' and period_kind = 'year'",
    ],
    [
      "credited_collected of a partner by month",
      `select c.partner_key as slice_key, q.period, sum(c.collected_reporting_minor) / 100.0 as value
       from marts.fct_cash_credit c join metrics.period q on q.period_kind = 'month' and c.occurred_on between q.starts_on and q.ends_on
       where c.model = 'time_decay' group by all`,
      "metric = 'credited_collected.time_decay' and slice = 'partner' and period_kind = 'month'",
    ],
    [
      "win_rate of a region by quarter",
      `select p.region as slice_key, q.period, count(*) filter (where d.state = 'won') / count(*) as value
       from marts.fct_deal d join marts.dim_partner p on p.partner_key = d.source_partner_key
       join metrics.period q on q.period_kind = 'quarter' and d.closed_on between q.starts_on and q.ends_on
       where d.state in ('won', 'lost') and p.region is not null group by all`,
      "metric = 'win_rate' and slice = 'region' and period_kind = 'quarter'",
    ],
    [
      "decision_hours_p90 of a manager by year",
      `select p.manager as slice_key, q.period, quantile_cont(epoch(r.decided_at - r.submitted_at) / 3600, 0.9) as value
       from marts.fct_registration r join marts.dim_partner p using (partner_key)
       join metrics.period q on q.period_kind = 'year' and r.submitted_on between q.starts_on and q.ends_on
       where r.status in ('approved', 'rejected') and r.decided_at is not null and p.manager is not null group by all`,
      "metric = 'decision_hours_p90' and slice = 'manager' and period_kind = 'year'",
    ],
    [
      "engaged_rate of a type by month",
      `select p.type as slice_key, q.period,
              count(*) filter (where exists (select 1 from marts.fct_partner_event e where e.partner_key = p.partner_key
                and e.kind in ('lead', 'registration', 'touch') and e.event_on between q.starts_on and q.ends_on)) / count(*) as value
       from marts.dim_partner p join metrics.period q on q.period_kind = 'month' and p.agreed_on < q.starts_on and q.starts_on <= '2026-08-20'
       where not p.is_prospect and (p.ended_on is null or p.ended_on > least(q.ends_on, date '2026-08-20'))
         and q.ends_on >= (select min(event_on) from marts.fct_partner_event where kind in ('lead', 'registration', 'touch'))
       group by all`,
      "metric = 'engaged_rate' and slice = 'type' and period_kind = 'month'",
    ],
    [
      "partner_retention of a type by month",
      `select slice_key, period, count(*) filter (where recent) / count(*) as value from (
         select p.type as slice_key, q.period, p.partner_key,
                count(*) filter (where e.event_on > q.last_on - interval 12 month) > 0 as recent,
                count(*) filter (where e.event_on <= q.last_on - interval 12 month) > 0 as earlier
         from marts.dim_partner p join marts.fct_partner_event e using (partner_key)
         join (select period, least(ends_on, date '2026-08-20') as last_on from metrics.period where period_kind = 'month' and starts_on <= '2026-08-20') q
           on e.event_on > q.last_on - interval 24 month and e.event_on <= q.last_on
         where not p.is_prospect group by all) where earlier group by all`,
      "metric = 'partner_retention' and slice = 'type'",
    ],
  ];

  test.each(plain)("gives %s as the marts do", async (_name, query, where) => {
    const expected = await built.rows<{ slice_key: string; period: string; value: number }>(
      `select slice_key, period, value::double as value from (${query}) order by all`,
    );
    const actual = await built.rows<{ slice_key: string; period: string; value: number }>(
      `select slice_key, period, value::double as value from metrics.value where ${where} order by all`,
    );
    expect(expected.length).toBeGreaterThan(3);
    const key = (row: { slice_key: string; period: string }): string => `${row.slice_key} ${row.period}`;
    expect(actual.map(key)).toEqual(expected.map(key));
    for (const [index, row] of actual.entries())
      expect.soft(row.value, key(row)).toBeCloseTo(expected[index]!.value, 6);
  });
});

test("no invariant of ours is broken", () => {
  expect(built.result.stopping).toEqual([]);
});
