import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { withDifferences } from "../../src/operate/differences.ts";
import { freezePeriod } from "../../src/operate/freeze.ts";
import { homeAt } from "../../src/operate/home.ts";
import { randomFor } from "../../src/sandbox/random.ts";
import type { Connection } from "../../src/warehouse/database.ts";
import { type Row, randomCompanies, type Tables } from "../support/random-companies.ts";
import { comparedTables, writeWarehouse } from "../support/warehouse-file.ts";

const asOf = "2026-09-30";

/** What may happen to a row of an entity: a new row, or null when it is gone. */
type Change = (row: Row, random: ReturnType<typeof randomFor>) => Row | null;

const laterBy = (days: number, cell: unknown): string =>
  cell === "" || cell === undefined ? "" : new Date(Date.parse(String(cell)) + days * 86_400_000).toISOString();
const dayLaterBy = (days: number, cell: unknown): string => laterBy(days, cell).slice(0, 10);

const changes: Readonly<Record<string, readonly Change[]>> = {
  deals: [
    () => null,
    (row) => ({ ...row, amount: Number(row.amount) * 2 + 1 }),
    (row) => ({ ...row, closed_on: dayLaterBy(9, row.closed_on) }),
    (row) => ({ ...row, closed_on: dayLaterBy(-40, row.closed_on) }),
    (row) => ({ ...row, created_at: laterBy(-20, row.created_at) }),
    (row) => (row.state === "open" ? row : { ...row, state: row.state === "won" ? "lost" : "won" }),
    (row) => (row.state === "open" ? row : { ...row, state: "open", closed_on: "" }),
    (row) => ({ ...row, excluded_as: row.excluded_as === "" ? "duplicate" : "" }),
    (row) => ({ ...row, merged_into_id: String(row.id).replace(/d\d$/, "d1") }),
    (row) => ({ ...row, currency: row.currency === "EUR" ? "USD" : "EUR", amount: "100.00" }),
    (row) => ({ ...row, account_id: String(row.account_id).replace(/a(\d)$/, (_, at) => `a${3 - Number(at)}`) }),
    (row) => ({ ...row, partner_id: String(row.id).replace(/d\d$/, "p2"), partner_role: "sourced" }),
    (row) => ({ ...row, order_type: "renewal" }),
  ],
  touches: [
    () => null,
    (row) => ({ ...row, occurred_at: laterBy(-30, row.occurred_at) }),
    (row) => ({ ...row, deal_id: String(row.id).replace(/t\d+$/, "d3") }),
  ],
  deal_partners: [
    () => null,
    (row) => ({ ...row, removed_at: laterBy(3, row.recorded_at) }),
    (row) => ({ ...row, recorded_at: laterBy(-25, row.recorded_at) }),
  ],
  registrations: [
    () => null,
    (row) => ({ ...row, status: "withdrawn" }),
    (row) => ({ ...row, status: "approved", decided_at: laterBy(1, row.submitted_at) }),
    (row) => ({ ...row, protection_ends_on: dayLaterBy(400, row.submitted_at) }),
  ],
  leads: [
    () => null,
    (row) => ({ ...row, rejected_at: laterBy(5, row.accepted_at) }),
    (row) => ({ ...row, accepted_at: laterBy(1, row.received_at) }),
  ],
  overrides: [() => null, (row) => ({ ...row, decision: row.decision === "none" ? "sourced" : "none" })],
  payments: [
    () => null,
    (row) => ({ ...row, amount: Number(row.amount) + 10 }),
    (row) => ({ ...row, paid_at: laterBy(35, row.paid_at) }),
  ],
  refunds: [() => null, (row) => ({ ...row, amount: Number(row.amount) + 1 })],
  invoices: [
    (row) => ({ ...row, deal_id: String(row.id).replace(/\D\d+$/, "d2") }),
    (row) => ({ ...row, tax: "1.00" }),
  ],
  partners: [
    (row) => ({ ...row, tier: "Gold" }),
    (row) => ({ ...row, type: "reseller" }),
    (row) => ({ ...row, same_as: `drop:${String(row.id).replace(/p\d$/, "p1")}` }),
  ],
  certifications: [() => null],
  fx_rates: [(row) => ({ ...row, rate: (Number(row.rate) * 1.01).toFixed(6) })],
};

/** The companies with one row in eight of the entities changed in some way, and a few of all partners joined. */
function changedCompanies(tables: Tables, seed: number): Tables {
  const random = randomFor("change", seed);
  return Object.fromEntries(
    Object.entries(tables).map(([entity, rows]) => {
      const possible = changes[entity] ?? [];
      const chance = entity === "partners" ? 0.05 : 0.12;
      return [
        entity,
        rows.flatMap((row) => {
          if (possible.length === 0 || random.next() > chance) return [row];
          const result = random.pick(possible)(row, random);
          return result === null ? [] : [result];
        }),
      ];
    }),
  );
}

const config = {
  commissions: [
    { name: "gold", tier: "Gold", rate: 12.5, months: 6 },
    { name: "referral", partner_type: "referral", fixed: 50 },
    { name: "rest", rate: 7 },
  ],
};

const quarter = { period: "2026-Q2", startsOn: "2026-04-01", endsOn: "2026-06-30" };

vi.setConfig({ testTimeout: 180_000 });

let tables: Tables;
let before = "";
let after = "";
let folder = "";
let compared: readonly string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-random-"));
  tables = randomCompanies(1, 240);
  // What is frozen is taken from a whole warehouse; the other sides have the tables that are compared.
  before = await keptFile(tables, path.join(folder, "before.duckdb"), config);
  compared = await comparedTables();
  after = await keptFile(changedCompanies(tables, 7), path.join(folder, "after.duckdb"), config, compared);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const keptFile = (
  drop: Tables,
  file: string,
  rules: Readonly<Record<string, unknown>>,
  only?: readonly string[],
): Promise<string> => writeWarehouse(file, drop, { asOf, config: rules, ...(only === undefined ? {} : { only }) });

const reasonsIn = (connection: Connection): Promise<readonly { readonly reason: string; readonly n: number }[]> =>
  connection.rows("select reason, count(*) as n from difference.line group by reason order by reason");

// A frozen quarter does not know the evidence of other quarters' deals: a touch that moves here from one of those is new to it.
const linesIn = (connection: Connection): Promise<readonly object[]> =>
  connection.rows(
    `select measure, deal_key, cash_key, entry_key, partner_key, class, step, before_minor, after_minor,
         replace(reason, 'evidence_changed', 'new_evidence') as reason
     from difference.line order by all`,
  );

// The comparison itself fails when the lines of a measure do not add up to what the facts say, class by class and partner by partner.
describe("whatever happens to 240 companies", () => {
  test("every difference has a reason and the reasons add up to the whole", async () => {
    const reasons = await withDifferences({ before, after }, reasonsIn);
    expect(reasons.filter((row) => row.reason === "unexplained")).toEqual([]);
    expect(reasons.length).toBeGreaterThan(12);
  });

  test("a frozen quarter tells what the whole warehouse tells that it was taken from", async () => {
    const frozen = await freezePeriod({
      home: homeAt(folder),
      build: { run: "first", folder, warehouse: before, site: "" },
      scope: quarter,
      by: "Ada",
      at: new Date("2026-10-01T00:00:00Z"),
      files: [],
    });
    const whole = await withDifferences({ before, after, scope: quarter }, linesIn);
    expect(whole.length).toBeGreaterThan(100);
    expect(await withDifferences({ before: frozen.facts, after, scope: quarter }, linesIn)).toEqual(whole);
  });

  test("where only rules changed, every difference has the rule for its reason", async () => {
    const changed = await keptFile(
      tables,
      path.join(folder, "rules.duckdb"),
      {
        ...config,
        attribution: { claim_days: 45, lookback_days: 20, late_days: 3, protection_days: 20 },
        cash: { grace_days: 0 },
        commissions: [{ name: "all", rate: 9 }],
      },
      compared,
    );
    const reasons = await withDifferences({ before, after: changed }, reasonsIn);
    expect(reasons.map((row) => row.reason)).toEqual(["rule_changed"]);
  }, 300_000);
});
