import { randomFor } from "../../src/sandbox/random.ts";

type Cell = string | number;
export type Row = Readonly<Record<string, Cell>>;

/** Entities with their rows, in an order of lines. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

const firstDay = Date.UTC(2025, 5, 1);
/** Days from the first to the as-of date of the companies, 30 September 2026. */
export const lastDay = 486;

/** The n-th day as a date. */
export const dateOf = (day: number): string => new Date(firstDay + day * 86_400_000).toISOString().slice(0, 10);

/**
 * Small companies side by side in the files of one source, with nothing in common but the rates: each has four partners,
 * two accounts, six deals and evidence, claims, cash and refunds of any kind. No two moments of a company are the same,
 * so nothing but cents is ever settled by a key.
 */
export function randomCompanies(first: number, count: number): Tables {
  const tables: Record<string, Row[]> = {};
  for (let index = 0; index < count; index += 1) {
    for (const [entity, rows] of Object.entries(randomCompany(first + index))) {
      tables[entity] = [...(tables[entity] ?? []), ...rows];
    }
  }
  tables.fx_rates = Array.from({ length: Math.ceil(lastDay / 6) }, (_, index) => [
    { on: dateOf(index * 6), from_currency: "EUR", to_currency: "USD", rate: `1.${10 + (index % 7)}37` },
    { on: dateOf(index * 6), from_currency: "USD", to_currency: "JPY", rate: `15${index % 9}.5` },
    { on: dateOf(index * 6), from_currency: "KWD", to_currency: "USD", rate: "3.25" },
  ]).flat();
  return tables;
}

function randomCompany(number: number): Tables {
  const { next: random, int: between, pick } = randomFor("company", number);
  const id = (name: string, index: number): string => `c${number}.${name}${index}`;
  const list = (length: number, make: (index: number) => Row): Row[] =>
    Array.from({ length }, (_, index) => make(index + 1));
  let moments = 0;
  const at = (day: number): string => {
    moments += 1;
    const second = (moments * 61) % 86_400;
    return new Date(firstDay + day * 86_400_000 + second * 1000).toISOString();
  };
  const partner = (): string => id("p", between(1, 4));
  const account = (): string => id("a", between(1, 2));
  const money = (): string => (between(-2000, 200_000) / 100).toFixed(2);

  const starts = Array.from({ length: 6 }, () => between(20, 420));
  const ends = starts.map((start) => start + between(0, 110));
  const states = ends.map((end) => (end > lastDay - 3 ? "open" : pick(["won", "won", "lost", "open"])));
  const deals = list(6, (index) => {
    const start = starts[index - 1] ?? 0;
    const isDeclared = random() < 0.4;
    const currency = pick(["USD", "USD", "EUR", "JPY", "KWD", "CHF"]);
    return {
      id: id("d", index),
      account_id: account(),
      state: states[index - 1] ?? "open",
      order_type: pick(["new", "new", "expansion", "renewal"]),
      amount: currency === "JPY" ? between(-500, 90_000) : money(),
      currency,
      created_at: at(start),
      closed_on: states[index - 1] === "open" ? "" : dateOf(ends[index - 1] ?? 0),
      partner_id: isDeclared ? partner() : "",
      partner_role: isDeclared ? pick(["", "sourced", "influenced"]) : "",
      partner_declared_at: isDeclared ? at(Math.min(start + between(0, 40), lastDay)) : "",
      excluded_as: random() < 0.05 ? "duplicate" : "",
    };
  });
  /** A day near the life of a deal, and the deal, its account, both or neither. */
  const near = (): { readonly day: number; readonly deal_id: string; readonly account_id: string } => {
    const index = between(0, 5);
    const day = Math.max(1, Math.min(lastDay, (starts[index] ?? 0) + between(-100, 120)));
    return {
      day,
      deal_id: random() < 0.7 ? id("d", index + 1) : "",
      account_id: random() < 0.5 ? account() : "",
    };
  };
  const later = (day: number, most: number): number => Math.min(lastDay, day + between(0, most));
  const sometimes = (chance: number, value: () => string): string => (random() < chance ? value() : "");
  const pairs = new Set<string>();
  const overridden = between(0, 5);
  const paidIn = Array.from({ length: 5 }, () => pick(["USD", "EUR"]));
  return {
    partners: list(4, (index) => ({
      id: id("p", index),
      name: `Partner ${number}-${index}`,
      type: pick(["referral", "co_sell", "reseller", "agency"]),
      tier: pick(["Gold", "Silver"]),
      status: pick(["active", "active", "active", "prospect"]),
      agreed_on: dateOf(between(1, 300)),
    })),
    accounts: list(2, (index) => ({
      id: id("a", index),
      name: `Account ${number}-${index}`,
      customer_ids: id("k", index),
    })),
    deals,
    deal_partners: list(6, (index) => {
      const place = between(0, 5);
      const start = starts[place] ?? 0;
      // Half of the roles are claimed in time, so that deals are contested.
      const recorded = at(start + (index % 2 === 0 ? between(0, 120) : between(0, 14)));
      return {
        deal_id: id("d", place + 1),
        partner_id: partner(),
        role: pick(["sourced", "sourced", "delivery"]),
        share: pick(["", "10", "33.333", "50", "100"]),
        recorded_at: recorded,
        removed_at: sometimes(0.2, () => at(start + between(121, 200))),
      };
    }).filter((row) => {
      const key = `${row.deal_id}|${row.partner_id}|${row.role}`;
      return !pairs.has(key) && pairs.add(key);
    }),
    registrations: list(4, (index) => {
      const { day, deal_id, account_id } = near();
      const status = pick(["approved", "approved", "approved", "rejected", "submitted"]);
      return {
        id: id("r", index),
        partner_id: partner(),
        deal_id,
        account_id,
        submitted_at: at(day),
        status,
        decided_at: status === "submitted" ? "" : at(later(day, 20)),
      };
    }),
    leads: list(4, (index) => {
      const { day, deal_id, account_id } = near();
      return {
        id: id("l", index),
        partner_id: partner(),
        deal_id,
        account_id,
        received_at: at(day),
        accepted_at: sometimes(0.7, () => at(later(day, 20))),
      };
    }),
    touches: list(12, (index) => {
      const { day, deal_id, account_id } = near();
      return {
        id: id("t", index),
        partner_id: partner(),
        deal_id,
        account_id,
        kind: pick(["meeting", "demo", "login"]),
        occurred_at: at(day),
        recorded_at: sometimes(0.3, () => at(later(day, 60))),
        removed_at: sometimes(0.2, () => at(later(day + 61, 90))),
      };
    }),
    overrides: [
      {
        deal_id: id("d", overridden + 1),
        partner_id: random() < 0.8 ? partner() : "",
        decision: pick(["sourced", "influenced", "none"]),
        reason: "agreed",
        approver: "Ann",
        decided_at: at(between(starts[overridden] ?? 0, lastDay)),
      },
    ],
    certifications: [
      {
        id: id("x", 1),
        partner_id: partner(),
        earned_on: dateOf(between(1, 300)),
        expires_on: dateOf(between(301, 480)),
      },
    ],
    customers: list(2, (index) => ({ id: id("k", index), name: `Customer ${number}-${index}` })),
    invoices: list(5, (index) => ({
      id: id("i", index),
      customer_id: id("k", between(1, 2)),
      issued_at: at(60 * index),
      currency: paidIn[index - 1] ?? "USD",
      total: "119.01",
      tax: pick(["19.01", "0"]),
      deal_id: sometimes(0.5, () => id("d", between(1, 6))),
    })),
    payments: list(5, (index) => ({
      id: id("y", index),
      invoice_id: id("i", index),
      paid_at: at(60 * index + between(1, 40)),
      amount: (between(1, 11_901) / 100).toFixed(2),
      currency: paidIn[index - 1] ?? "USD",
    })),
    refunds: list(2, (index) => ({
      id: id("f", index),
      payment_id: id("y", index),
      refunded_at: at(60 * index + between(41, 200)),
      amount: (between(1, 5000) / 100).toFixed(2),
      currency: paidIn[index - 1] ?? "USD",
      kind: pick(["refund", "dispute"]),
    })),
  };
}

/** The same rows in another order of lines. */
export function shuffled(tables: Tables): Tables {
  return Object.fromEntries(
    Object.entries(tables).map(([entity, rows]) => {
      const { next: random } = randomFor("order", entity);
      return [
        entity,
        rows
          .map((row) => ({ row, place: random() }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ row }) => row),
      ];
    }),
  );
}

/** Rows of one entity changed one by one. */
export function changed(tables: Tables, changes: Readonly<Record<string, (row: Row, index: number) => Row>>): Tables {
  return Object.fromEntries(
    Object.entries(tables).map(([entity, rows]) => [entity, changes[entity] ? rows.map(changes[entity]) : rows]),
  );
}
