import type { Connection } from "../../src/warehouse/database.ts";
import type { Parameter } from "../../src/warehouse/values.ts";
import type { FixtureRows } from "./fixture-warehouse.ts";

type Row = Record<string, Parameter>;

/** A generator of numbers in [0, 1) that gives the same ones every time. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const day = 86_400_000;
const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const firsts =
  "Alder Basalt Cobalt Delta Ember Fjord Granite Harbor Iris Juniper Kestrel Lumen Meridian Nimbus Orchard Pioneer Quarry Ridge Summit Tern".split(
    " ",
  );
const seconds = "Systems Partners Cloud Advisory Digital Group Consulting Labs Networks Solutions".split(" ");
const accountFirsts =
  "Acorn Bluebird Cedar Dovetail Eastgate Foxglove Greenway Hillside Ironwood Jasper Kingfisher Larkspur Maple Northstar Oakridge Pinecrest Quill Redwood Silverlake Thornton".split(
    " ",
  );
const accountSeconds = "Foods Health Logistics Insurance Retail Energy Media Robotics Bank Schools".split(" ");
const people = ["Dana Whitfield", "Marco Silva", "Priya Raman", "Tom Becker", "Aiko Tanaka"];
const types = ["referral", "co_sell", "agency", "integration", "reseller", "services"];
const tiers = ["gold", "silver", "registered"];
const regions = ["EMEA", "Americas", "APAC"];
const segments = ["enterprise", "mid-market", "small"];
const stages = ["Discovery", "Evaluation", "Proposal", "Contract"];

/** A believable company of about 60 partners and 900 deals over three years, or as many deals as told, the same every time. */
export function seededCompany(deals = 900): FixtureRows {
  const random = seeded(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const asOf = Date.parse("2026-08-21T00:00:00Z");
  const begin = Date.parse("2023-10-01T00:00:00Z");
  const tables: Record<string, Row[]> = {};
  const add = (table: string, row: Row): void => {
    tables[table] = tables[table] ?? [];
    tables[table].push(row);
  };

  for (const [position, source] of ["hubspot", "stripe", "drop"].entries()) {
    const kind = source === "drop" ? "files" : source;
    add("config.source", { source, kind, position });
    const streams =
      {
        hubspot: ["deals", "companies", "owners"],
        stripe: ["invoices", "invoice_payments", "refunds"],
        drop: ["registrations", "touches"],
      }[source] ?? [];
    for (const [place, stream] of streams.entries()) {
      const rows = 900 - place * 260 - position * 40;
      add("quality.stream", {
        source,
        kind,
        stream,
        read_at: new Date(asOf + (6 + position) * 3_600_000),
        status: "done",
        rows,
        changed: Math.round(rows / 30),
        usual_rows: rows - 12,
      });
    }
  }

  for (const [column_name, found_as, state, nearest] of [
    ["id", "Case", "mapped", null],
    ["partner_id", "Partner Account", "mapped", null],
    ["submitted_at", "Submitted Date", "mapped", null],
    ["status", "Registration Status", "mapped", null],
    ["approver", null, "missing", null],
    [null, "Expected Close Quarter", "ignored", null],
    [null, "Protected Untill", "absent", "Protected Until"],
  ] as const) {
    add("quality.file_column", {
      source: "drop",
      entity: "registrations",
      file: "Deal Registrations Export.csv",
      state,
      column_name,
      found_as,
      format: column_name === "submitted_at" ? "MM/DD/YYYY hh:mm AM" : null,
      nearest,
    });
  }

  const accounts = Array.from({ length: 260 }, (_, index) => {
    const name = `${accountFirsts[index % 20]!} ${accountSeconds[Math.floor(index / 20) % 10]!}${index >= 200 ? ` ${index}` : ""}`;
    const account = {
      account_key: `hubspot:${70_010_000 + index}`,
      name,
      domain: `${name.toLowerCase().replaceAll(" ", "")}.example`,
      region: pick(regions),
      segment: pick(segments),
      country: pick(["US", "DE", "GB", "SG", "FR"]),
    };
    add("marts.dim_account", account);
    return account;
  });

  const weightOf = new Map<string, number>();
  const partners = Array.from({ length: 58 }, (_, index) => {
    const agreed = begin + Math.floor(random() * (asOf - begin - 20 * day));
    const isNever = random() < 0.16;
    const activated = agreed + Math.floor(10 + random() * 150) * day;
    const isActivated = !isNever && activated <= asOf;
    const last = isActivated ? Math.min(asOf, activated + Math.floor(random() ** 0.3 * (asOf - activated))) : null;
    const idle = last === null ? null : Math.round((asOf - last) / day);
    const isEnded = random() < 0.04;
    const name = `${firsts[index % 20]!} ${seconds[(index * 3 + Math.floor(index / 20)) % 10]!}`;
    const partner = {
      partner_key: `hubspot:${80_020_000 + index}`,
      name,
      type: pick(types),
      tier: pick(tiers),
      region: pick(regions),
      manager: pick(people),
      state: isEnded
        ? "ended"
        : !isActivated
          ? "never_activated"
          : idle! <= 90
            ? "active"
            : random() < 0.25
              ? "cooling"
              : "dormant",
      agreed_on: dateOf(agreed),
      activated_on: isActivated ? dateOf(activated) : null,
      activation_event: isActivated ? pick(["registration", "accepted_lead", "touch"]) : null,
      last_event_at: last === null ? null : new Date(last),
      last_event: last === null ? null : pick(["registration", "lead", "touch", "deal won", "deal stage"]),
      status: isEnded ? "ended" : "active",
      is_prospect: false,
      is_ended: isEnded,
      domain: `${name.toLowerCase().replaceAll(" ", "")}.example`,
      is_counted: !isEnded,
    };
    weightOf.set(partner.partner_key, random() ** 3);
    add("marts.dim_partner", partner);
    return partner;
  });
  const active = partners.filter((partner) => partner.activated_on !== null);
  const heavy = (): (typeof partners)[number] => {
    let at = random() * active.reduce((sum, partner) => sum + weightOf.get(partner.partner_key)!, 0);
    for (const partner of active) {
      at -= weightOf.get(partner.partner_key)!;
      if (at <= 0) return partner;
    }
    return active[0]!;
  };

  for (let index = 0; index < deals; index += 1) {
    const account = pick(accounts);
    const created = begin + Math.floor(random() ** 0.8 * (asOf - begin));
    const deal_key = `hubspot:${90_100_000 + index}`;
    const chance = random();
    const partner = chance < 0.66 ? heavy() : null;
    const isSourced = partner !== null && chance < 0.38;
    const dealClass = isSourced ? "sourced" : partner === null ? "direct" : "influenced";
    const length = Math.floor(20 + random() ** 1.6 * (isSourced ? 130 : 190));
    const closes = created + length * day;
    const isClosed = closes <= asOf;
    const state = !isClosed ? "open" : random() < (isSourced ? 0.42 : 0.3) ? "won" : "lost";
    const amount = Math.round((4_000 + random() ** 3 * 160_000) * (account.segment === "enterprise" ? 2 : 1)) * 100;
    const age = Math.min(Math.floor((asOf - created) / day), Math.floor(random() * 70));
    const step = Math.floor(random() * stages.length);
    const probability = [0.1, 0.25, 0.5, 0.8][step]!;
    const closed_on = isClosed ? dateOf(closes) : null;
    const amount_reporting_minor = random() < 0.01 ? null : amount;
    const cycle_days = state === "won" && isSourced ? length - 4 : state === "won" ? length : null;
    add("marts.fct_deal", {
      deal_key,
      account_key: account.account_key,
      state,
      order_type: random() < 0.8 ? "new" : "expansion",
      class: dealClass,
      source_partner_key: isSourced ? partner.partner_key : null,
      source_rule: isSourced ? pick(["registration", "registration", "declared", "lead"]) : null,
      created_at: new Date(created),
      created_on: dateOf(created),
      closed_on,
      amount_minor: amount,
      currency: "USD",
      amount_reporting_minor,
      cycle_days,
      is_conflict: isSourced && random() < 0.05,
      source: "hubspot",
      name: `${account.name} platform`,
      pipeline: "New business",
      stage: state === "open" ? stages[step]! : state === "won" ? "Closed won" : "Closed lost",
      owner: pick(people),
      next_step:
        random() < 0.6 ? pick(["Send proposal", "Security review", "Call with finance", "Sign contract"]) : null,
      lost_reason: state === "lost" ? pick(["Price", "No decision", "Competitor"]) : null,
      account_name: account.name,
      region: account.region,
      segment: account.segment,
      expected_close_on: state === "open" ? dateOf(asOf + Math.floor(random() * 150 - 15) * day) : null,
      probability: String(probability),
      weighted_minor: state === "open" && amount_reporting_minor !== null ? Math.round(amount * probability) : null,
      is_qualified: step > 0,
      source_claim_on: isSourced ? dateOf(created - 4 * day) : null,
      days_in_stage: state === "open" ? age : null,
      last_stage_on: state === "open" ? dateOf(asOf - age * day) : closed_on,
    });
    if (partner !== null) {
      const touches = Math.floor(1 + random() * 5);
      add("marts.fct_deal_partner", {
        deal_key,
        partner_key: partner.partner_key,
        is_source: isSourced,
        is_influence: !isSourced,
        touches,
        first_touch_at: new Date(created),
        last_touch_at: new Date(Math.min(asOf, created + Math.floor(length / 2) * day)),
      });
      for (let touch = 0; touch < touches; touch += 1) {
        const at = new Date(Math.min(asOf, created + Math.floor(random() * length) * day));
        add("marts.fct_touch", {
          deal_key,
          touch_key: `drop:t${index}-${touch}`,
          touch_table: "touches",
          partner_key: partner.partner_key,
          kind: pick(["intro", "joint call", "demo", "referral"]),
          occurred_at: at,
          recorded_at: at,
          counts: random() < 0.9,
          reason: null,
        });
      }
      const models = [
        "declared_split",
        "first_touch",
        "last_touch",
        "linear",
        "position",
        "time_decay",
        "source_split",
      ];
      for (const model of isSourced ? ["sourced_wins", ...models] : models) {
        add("marts.fct_deal_credit", {
          deal_key,
          partner_key: partner.partner_key,
          model,
          share: "1",
          amount_reporting_minor: state === "won" ? amount_reporting_minor : null,
        });
      }
      if (isSourced) {
        const submitted = created - Math.floor(4 + random() * 20) * day;
        const hours = Math.round(random() ** 2 * 120);
        add("marts.fct_registration", {
          registration_key: `drop:r${index}`,
          partner_key: partner.partner_key,
          deal_key,
          status: random() < 0.82 ? "approved" : random() < 0.6 ? "rejected" : "submitted",
          submitted_at: new Date(submitted),
          submitted_on: dateOf(submitted),
          decided_at: new Date(submitted + hours * 3_600_000),
          decided_on: dateOf(submitted + hours * 3_600_000),
          decision_hours: hours,
          in_sla: hours <= 48,
          protection_starts_on: dateOf(submitted),
          protection_ends_on: dateOf(submitted + 90 * day),
          outcome: state,
          is_conflict: random() < 0.05,
          approver: people[index % 3]!,
          amount_minor: amount,
          currency: "USD",
        });
      }
    }
    // On some direct wins a partner is named by a touch that came after the close.
    if (partner === null && state === "won" && index % 9 === 0) {
      add("marts.fct_touch", {
        deal_key,
        touch_key: `drop:late${index}`,
        touch_table: "touches",
        partner_key: partners[index % partners.length]!.partner_key,
        kind: "joint call",
        occurred_at: new Date(closes + day),
        recorded_at: new Date(closes + day),
        counts: false,
        reason: `Does not count: it is after the close`,
      });
    }
    let entered = created;
    const last = state === "open" ? step : stages.length - 1;
    for (let place = 0; place <= last; place += 1) {
      const end =
        state === "open" && place === last ? asOf : created + Math.floor((length * (place + 1)) / (last + 1)) * day;
      add("marts.fct_stage", {
        deal_key,
        stage: stages[place]!,
        entered_at: new Date(entered),
        entered_on: dateOf(entered),
        days: Math.max(0, Math.round((Math.min(asOf, end) - entered) / day)),
      });
      entered = Math.min(asOf, end);
    }
    if (state === "won") {
      for (let part = 0; part < 3; part += 1) {
        const paid = closes + (20 + part * 30) * day;
        if (paid > asOf) continue;
        const cash = Math.round(amount / 3);
        const cash_key = `stripe:pay_${index}_${part}`;
        add("marts.fct_cash", {
          cash_key,
          kind: "payment",
          invoice_key: `stripe:in_${index}_${part}`,
          customer_key: `stripe:cus_${index}`,
          account_key: account.account_key,
          deal_key: random() < 0.04 ? null : deal_key,
          link_reason: "invoice_deal",
          occurred_at: new Date(paid),
          occurred_on: dateOf(paid),
          cash_minor: cash,
          collected_minor: cash,
          currency: "USD",
          collected_reporting_minor: cash,
        });
        if (isSourced) {
          add("marts.fct_commission", {
            entry_key: `earned|${cash_key}|${partner.partner_key}`,
            partner_key: partner.partner_key,
            deal_key,
            cash_key,
            kind: "earned",
            amount_minor: Math.round(cash * 0.12),
            rate: "12",
            plan: "standard",
            entry_on: dateOf(paid),
            payable_on: dateOf(paid + 30 * day),
            reason: "12% of collected",
          });
        }
      }
    }
  }

  const issues: readonly [string, string, string, number, string, string][] = [
    [
      "fx_rate_missing",
      "error",
      "deals",
      6,
      "No rate from SEK to USD within 7 days of the close date.",
      "Load fx_rates for SEK.",
    ],
    [
      "conflict",
      "warning",
      "deals",
      14,
      "Two partners claim this deal by registration; the earlier decision won.",
      "Confirm, or write an override.",
    ],
    [
      "late_claim",
      "warning",
      "touches",
      9,
      "Recorded 31 days after the deal closed.",
      "Ask the partner to record touches in time.",
    ],
    [
      "invoice_without_deal",
      "warning",
      "invoices",
      22,
      "No won deal of this customer stands near the invoice.",
      "Put deal_id on the invoice.",
    ],
    [
      "customer_name_suggestion",
      "info",
      "customers",
      5,
      "Same name as an account, but nothing else in common.",
      "Set account_id if it is the same.",
    ],
    [
      "bad_cell",
      "error",
      "registrations",
      3,
      "decided_at is “n/a”, which is no time.",
      "Mend line 41 of registrations.csv.",
    ],
  ];
  for (const [check_id, severity, entity, count, message, fix] of issues) {
    for (let index = 0; index < count; index += 1) {
      add("quality.issue", {
        check_id,
        severity,
        entity,
        entity_key: `hubspot:${90_100_000 + index * 7}`,
        message,
        fix,
        amount_reporting_minor: severity === "info" ? null : Math.round(random() * 3_000_000),
      });
    }
  }
  addClaims(tables, add);
  addPayouts(tables, add);
  addRecurring(tables, add);
  for (const [place, partner] of partners.slice(0, 12).entries()) {
    add("marts.fct_certification", {
      certification_key: `drop:cert${place}`,
      partner_key: partner.partner_key,
      person: people[place % 5]!,
      kind: "Solution Engineer",
      level: "Expert",
      earned_on: dateOf(asOf - (300 - place * 10) * day),
      expires_on: dateOf(asOf + (place * 14 - 20) * day),
    });
  }
  add("marts.dim_annotation", {
    annotation_on: "2026-02-03",
    text: "Partner portal opened to all tiers",
    scope: "program",
    author: "Dana Whitfield",
  });
  return tables;
}

type Add = (table: string, row: Row) => void;

/** Recurring revenue of the customers of won deals: some grow after a year, some leave. */
function addRecurring(tables: Readonly<Record<string, readonly Row[]>>, add: Add): void {
  for (const [place, deal] of tables["marts.fct_deal"]!.filter((row) => row.state === "won").entries()) {
    const [year = "2024", month = "01"] = String(deal.closed_on).split("-");
    const first = Number(year) * 12 + Number(month);
    const stays = place % 7 === 0 ? 10 : place % 5 === 0 ? 17 : 40;
    for (let at = first; at < Math.min(first + stays, 2026 * 12 + 8); at += 1) {
      add("marts.fct_recurring", {
        customer_key: `stripe:cus_${place}`,
        account_key: deal.account_key!,
        deal_key: deal.deal_key!,
        class: deal.class!,
        source_partner_key: deal.source_partner_key!,
        month_on: `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}-01`,
        mrr_minor: Math.round((Number(deal.amount_minor) / 24) * (at - first > 12 && place % 3 === 0 ? 1.2 : 1)),
      });
    }
  }
}

/** A plan, and payouts in June of four fifths of what each partner had earned by the end of May. */
function addPayouts(tables: Readonly<Record<string, readonly Row[]>>, add: Add): void {
  add("config.commission_plan", { position: 0, name: "standard" });
  const earned = Map.groupBy(
    tables["marts.fct_commission"]!.filter((row) => String(row.payable_on) <= "2026-05-31"),
    (row) => String(row.partner_key),
  );
  for (const [partner_key, rows] of earned) {
    const sum = rows.reduce((all, row) => all + Number(row.amount_minor), 0);
    add("marts.fct_commission", {
      entry_key: `paid|drop:june-${partner_key}|${partner_key}`,
      partner_key,
      kind: "paid",
      amount_minor: -Math.round(sum * 0.8),
      entry_on: "2026-06-15",
      payable_on: "2026-06-15",
      reason: "paid out",
    });
  }
}

/** Two claims for each deal in conflict, and what settled it. */
function addClaims(tables: Readonly<Record<string, readonly Row[]>>, add: Add): void {
  const partners = tables["marts.dim_partner"]!;
  for (const [place, deal] of tables["marts.fct_deal"]!.filter((row) => row.is_conflict === true).entries()) {
    const { deal_key, source_partner_key, source_rule } = deal;
    const other = partners.find((partner) => partner.partner_key !== source_partner_key)!;
    for (const [later, partner_key] of [source_partner_key!, other.partner_key!].entries()) {
      add("marts.fct_claim", {
        deal_key: deal_key!,
        rule: source_rule!,
        claim_table: "registrations",
        claim_key: `drop:c${place}-${later}`,
        partner_key,
        claimed_at: new Date(Date.parse(String(deal.created_on)) + later * 26 * 3_600_000),
        accepted: true,
        reason: "registration approved in time",
      });
    }
    add("marts.fct_deal_decision", {
      deal_key: deal_key!,
      step: 2,
      rule: source_rule!,
      claimants: 2,
      outcome: "conflict",
      partner_key: source_partner_key!,
      settled_by: place % 2 === 0 ? "earliest_decided" : "certification",
      reason: "2 partners claim it",
    });
  }
}

/** Fills metrics.value and metrics.to_date from the seeded rows: plain sums, counts and ratios, enough for every page to have something to show. */
export async function seedMetrics(connection: Connection): Promise<void> {
  await connection.run(`
    create temp table member as
    select partner_key, 'partner' as slice, partner_key as slice_key from marts.dim_partner
    union all select partner_key, 'type', type from marts.dim_partner
    union all select partner_key, 'tier', tier from marts.dim_partner
    union all select partner_key, 'region', region from marts.dim_partner
    union all select partner_key, 'manager', manager from marts.dim_partner`);
  await connection.run(`
    create temp table fact as
    select class || '_bookings' as metric, closed_on as d, deal_key, source_partner_key as partner_key, amount_reporting_minor / 100.0 as value from marts.fct_deal where state = 'won' and amount_reporting_minor is not null
    union all select 'total_bookings', closed_on, deal_key, null, amount_reporting_minor / 100.0 from marts.fct_deal where state = 'won' and amount_reporting_minor is not null
    union all select 'touched_bookings', closed_on, deal_key, null, amount_reporting_minor / 100.0 from marts.fct_deal where state = 'won' and class <> 'direct' and amount_reporting_minor is not null
    union all select coalesce(fct_deal.class || '_collected', 'unlinked_collected'), occurred_on, cash_key, source_partner_key, collected_reporting_minor / 100.0 from marts.fct_cash left join marts.fct_deal using (deal_key)
    union all select 'total_collected', occurred_on, cash_key, null, collected_reporting_minor / 100.0 from marts.fct_cash
    union all select 'won_deals', closed_on, deal_key, source_partner_key, 1 from marts.fct_deal where state = 'won' and class = 'sourced'
    union all select 'lost_deals', closed_on, deal_key, source_partner_key, 1 from marts.fct_deal where state = 'lost' and class = 'sourced'
    union all select 'created_pipeline', created_on, deal_key, null, amount_reporting_minor / 100.0 from marts.fct_deal where amount_reporting_minor is not null
    union all select 'created_pipeline.' || class, created_on, deal_key, source_partner_key, amount_reporting_minor / 100.0 from marts.fct_deal where amount_reporting_minor is not null
    union all select 'commission_' || kind, entry_on, entry_key, partner_key, abs(amount_minor) / 100.0 from marts.fct_commission
    union all select 'registrations', submitted_on, registration_key, partner_key, 1 from marts.fct_registration
    union all select 'credited_bookings.' || model, closed_on, deal_key, partner_key, credit.amount_reporting_minor / 100.0 from marts.fct_deal_credit credit join marts.fct_deal using (deal_key) where state = 'won' and credit.amount_reporting_minor is not null`);
  await connection.run(`
    insert into fact select 'influenced_bookings', closed_on, deal_key, partner_key, amount_reporting_minor / 100.0
    from marts.fct_deal join marts.fct_deal_partner using (deal_key) where state = 'won' and is_influence and amount_reporting_minor is not null and false`);
  await connection.run(`
    create temp table sliced as
    select metric, d, deal_key, 'program' as slice, 'all' as slice_key, value from fact
    union all
    select metric, d, deal_key, slice, slice_key, value from fact join member using (partner_key)`);
  for (const [table, limit] of [
    ["metrics.value", "true"],
    [
      "metrics.to_date",
      "d - starts_on <= (select as_of from config.setting) - (select max(starts_on) from metrics.period where period_kind = 'quarter')",
    ],
  ] as const) {
    await connection.run(`
      insert into ${table}
      select metric, period_kind, period, slice, slice_key, sum(value), null, null, count(*), case when metric in ('won_deals', 'lost_deals', 'registrations') then 'count' else 'money' end, max(status)
      from sliced join metrics.period on d between starts_on and ends_on and period_kind in ('month', 'quarter', 'year')
      where ${limit} group by all`);
    const ratio = (id: string, top: string, others: readonly string[]): Promise<number> =>
      connection.run(`
      insert into ${table}
      select '${id}', period_kind, period, slice, slice_key, sum(value) filter (metric = '${top}') / nullif(sum(value), 0), sum(value) filter (metric = '${top}'), sum(value), sum(n), 'ratio', max(status)
      from ${table} where metric in ('${top}', ${others.map((name) => `'${name}'`).join(", ")}) group by all having sum(value) > 0`);
    await ratio("win_rate", "won_deals", ["lost_deals"]);
    await connection.run(`
      insert into ${table}
      select 'sourced_share', total.period_kind, total.period, sourced.slice, sourced.slice_key, sourced.value / nullif(total.value, 0), sourced.value, total.value, total.n, 'ratio', total.status
      from ${table} total join ${table} sourced using (period_kind, period) where total.metric = 'total_bookings' and total.slice = 'program' and sourced.metric = 'sourced_bookings'`);
    await connection.run(`
      insert into ${table}
      select 'direct_win_rate', period_kind, period, 'program', 'all', count(*) filter (state = 'won') / count(*)::double, count(*) filter (state = 'won'), count(*), count(*), 'ratio', max(status)
      from marts.fct_deal join metrics.period on closed_on between starts_on and ends_on where class = 'direct' and closed_on is not null and ${limit.replaceAll(/\bd\b/g, "closed_on")} group by all`);
    await connection.run(`
      insert into ${table}
      select 'average_deal', period_kind, period, slice, slice_key, sum(value) / sum(n), sum(value), sum(n), sum(n), 'money', max(status)
      from ${table} where metric = 'sourced_bookings' group by all`);
  }
  await connection.run(`
    insert into metrics.value
    select 'target_attainment', period_kind, period, slice, slice_key, value / target, value, target, n, 'ratio', status
    from (select *, case when slice = 'program' then 1.06 else 1.02 end * avg(value) over (partition by slice, slice_key, period_kind order by period rows between 4 preceding and 1 preceding) as target from metrics.value where metric = 'sourced_bookings' and period_kind = 'quarter' and slice in ('program', 'region', 'partner'))
    where target > 0`);
  await connection.run(`
    create temp table held as
    select partner_key, 'program' as slice, 'all' as slice_key from marts.dim_partner union all select * from member`);
  await connection.run(`
    insert into metrics.value
    select metric, 'current', 'current', slice, slice_key, count(*) filter (hit), null, null, count(*) filter (hit), 'count', 'to_date'
    from (select *, unnest([{metric: 'partners', hit: is_counted}, {metric: 'active_partners', hit: state = 'active'}, {metric: 'dormant_partners', hit: state = 'dormant'}, {metric: 'never_activated_partners', hit: state = 'never_activated'}, {metric: 'activated_partners', hit: activated_on is not null and is_counted}, {metric: 'activation_pending', hit: agreed_on > date '2026-05-23'}], recursive := true)
          from marts.dim_partner join held using (partner_key)) group by all`);
  await connection.run(`
    insert into metrics.value
    select metric, 'current', 'current', slice, slice_key, coalesce(sum(value), 0), null, null, count(*), 'money', 'to_date'
    from (select unnest([{metric: 'sourced_pipeline', value: amount_reporting_minor / 100.0}, {metric: 'weighted_pipeline', value: weighted_minor / 100.0}], recursive := true), slice, slice_key
          from marts.fct_deal join held on held.partner_key = fct_deal.source_partner_key where state = 'open') group by all`);
  await connection.run(`
    insert into metrics.value
    select 'open_pipeline', 'current', 'current', 'program', 'all', sum(amount_reporting_minor) / 100.0, null, null, count(*), 'money', 'to_date' from marts.fct_deal where state = 'open'`);
  await connection.run(`
    insert into metrics.value
    select unnest(['stale_deals', 'stale_pipeline']), 'current', 'current', slice, slice_key, unnest([count(*), sum(amount_reporting_minor) / 100.0]), null, null, count(*), unnest(['count', 'money']), 'to_date'
    from marts.fct_deal join held on held.partner_key = fct_deal.source_partner_key where state = 'open' and days_in_stage > 30 group by slice, slice_key`);
  await connection.run(`
    insert into metrics.value
    select unnest(['cycle_days_median', 'cycle_days_mean']), period_kind, period, slice, slice_key, unnest([median(cycle_days), avg(cycle_days)]), null, null, count(*), 'days', max(status)
    from marts.fct_deal join held on held.partner_key = fct_deal.source_partner_key join metrics.period on closed_on between starts_on and ends_on where cycle_days >= 0 group by period_kind, period, slice, slice_key`);
  await connection.run(`
    insert into metrics.value
    select 'activation_rate', period_kind, period, slice, slice_key, count(*) filter (activated_on <= agreed_on + 90) / count(*)::double, count(*) filter (activated_on <= agreed_on + 90), count(*), count(*), 'ratio', max(period.status)
    from marts.dim_partner join held using (partner_key) join metrics.period on agreed_on between starts_on and ends_on where agreed_on <= date '2026-05-23' group by all`);
  await connection.run(`
    insert into metrics.value
    select case when payable_on <= date '2026-08-21' then 'commission_owed' else 'commission_held' end, 'current', 'current', slice, slice_key, sum(amount_minor) / 100.0, null, null, count(*), 'money', 'to_date'
    from marts.fct_commission join held using (partner_key) group by all`);
  await connection.run(`
    insert into metrics.value
    select 'pipeline_coverage', 'quarter', period, 'program', 'all', sum(amount_reporting_minor) / 100.0 / 900000, sum(amount_reporting_minor) / 100.0, 900000, count(*), 'ratio', 'to_date'
    from marts.fct_deal join (select * from metrics.period where period_kind = 'quarter') p on expected_close_on between starts_on and ends_on where state = 'open' and class = 'sourced' group by period`);
  await connection.run(`
    insert into metrics.value
    select id || variant, 'month', strftime(month_on + interval 12 month, '%Y-%m'), slice, slice_key, top / was, top / 100.0, was / 100.0, n, 'ratio', 'final'
    from (
        select id, variant, month_on, slice, slice_key, count(*) as n, sum(earlier.mrr_minor)::double as was,
            sum(case id when 'net_retention' then coalesce(later.mrr_minor, 0) else least(coalesce(later.mrr_minor, 0), earlier.mrr_minor) end)::double as top
        from (
            select customer_key, month_on, mrr_minor, '' as variant, 'program' as slice, 'all' as slice_key from marts.fct_recurring
            union all select customer_key, month_on, mrr_minor, '.' || class, 'program', 'all' from marts.fct_recurring
            union all select customer_key, month_on, mrr_minor, '', slice, slice_key from marts.fct_recurring join member on member.partner_key = source_partner_key
        ) earlier
        cross join (select unnest(['gross_retention', 'net_retention']) as id)
        left join (select customer_key, (month_on - interval 12 month)::date as month_on, mrr_minor from marts.fct_recurring) later using (customer_key, month_on)
        where month_on < date '2025-08-01' group by all
    )`);
  for (const table of ["member", "fact", "sliced", "held"]) await connection.run(`drop table temp.${table}`);
}
