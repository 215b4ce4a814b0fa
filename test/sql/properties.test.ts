import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { LogRecord } from "../../src/extract/log.ts";
import { type BuildOptions, type Built, buildKept, recordsOf } from "../support/build.ts";
import { changed, dateOf, type Row, randomCompanies, shuffled, type Tables } from "../support/random-companies.ts";

// Sixty companies side by side in one warehouse, and what each property makes of them; another number asks it of others.
const count = 60;
const seed = Number(process.env.ATTRIBUTARY_PROPERTY_SEED ?? 1);
const tables = randomCompanies(seed, count);
const config = {
  commissions: [
    { name: "Gold", tier: "Gold", rate: 12.5, months: 6 },
    { name: "Others", fixed: 100, hold_days: 0 },
  ],
};

async function built(tables: Tables, options: BuildOptions = {}): Promise<Built> {
  const result = await buildKept(tables, { config, ...options });
  onTestFinished(() => result.close());
  expect(result.result.stopping).toEqual([]);
  return result;
}

/** The companies as they are, in USD. */
let plain: Built;
beforeAll(async () => {
  plain = await buildKept(tables, { config });
  expect(plain.result.stopping).toEqual([]);
}, 300_000);
afterAll(() => plain.close());

const published = [
  "marts.dim_partner",
  "marts.fct_deal",
  "marts.fct_deal_partner",
  "marts.fct_deal_credit",
  "marts.fct_deal_decision",
  "marts.fct_claim",
  "marts.fct_touch",
  "marts.fct_cash",
  "marts.fct_cash_credit",
  "marts.fct_registration",
  "marts.fct_lead",
  "marts.fct_commission",
  "marts.fct_partner_event",
  "metrics.value",
  "quality.issue",
];

/** Rows of a query as text that only one of two warehouses has; a few of them. */
async function differences(left: Built, right: Built, query: string): Promise<string[]> {
  const linesOf = async (of: Built): Promise<string[]> =>
    (await of.rows<{ line: string }>(`select cast(line as varchar) as line from (${query}) as line order by all`)).map(
      (row) => row.line,
    );
  const shortOf = async (of: Built): Promise<unknown> =>
    of.rows(`select count(*) as rows, sum(hash(cast(line as varchar)))::varchar as hash from (${query}) as line`);
  // Lines are only looked at where they differ: of the same lines in any order the sum of all hashes is the same.
  const [short, other] = [await shortOf(left), await shortOf(right)];
  expect(short, query).not.toMatchObject([{ rows: 0 }]);
  if (isDeepStrictEqual(short, other)) return [];
  const [ours, theirs] = [await linesOf(left), await linesOf(right)];
  const only = (here: string[], there: string[], mark: string): string[] => {
    const known = new Set(there);
    return here.filter((line) => !known.has(line)).map((line) => `${mark} ${line}`);
  };
  const found = [...only(ours, theirs, "-"), ...only(theirs, ours, "+")].toSorted();
  return ours.length === theirs.length
    ? found.slice(0, 6)
    : [`${ours.length} and ${theirs.length} rows`, ...found.slice(0, 6)];
}

async function expectSame(left: Built, right: Built, queries: readonly string[]): Promise<void> {
  for (const query of queries) expect.soft(await differences(left, right, query), query).toEqual([]);
}

const all = (tables: readonly string[]): string[] => tables.map((table) => `select * from ${table}`);

const touchModels = ["first_touch", "last_touch", "linear", "position", "time_decay", "source_split"];

describe("whatever sixty random companies hold", { timeout: 300_000 }, () => {
  test.each(["USD", "JPY", "KWD"])(
    "credit adds up to each deal and payment under all eight models in %s (R26, R63)",
    async (currency) => {
      const own = currency === "USD" ? plain : await built(tables, { config: { ...config, reporting: { currency } } });
      expect(
        await own.rows(
          `select credit.deal_key, credit.model from marts.fct_deal_credit as credit
         inner join marts.fct_deal as deal using (deal_key)
         group by credit.deal_key, credit.model
         having sum(credit.share) <> 1
            or sum(credit.amount_reporting_minor) is distinct from max(case when deal.state = 'won' then deal.amount_reporting_minor end)`,
        ),
      ).toEqual([]);
      expect(
        await own.rows(
          `select credit.cash_key, credit.model from marts.fct_cash_credit as credit
         inner join marts.fct_cash as cash using (cash_key)
         group by credit.cash_key, credit.model
         having sum(credit.collected_reporting_minor) <> max(cash.collected_reporting_minor)`,
        ),
      ).toEqual([]);
      // Every partner of a deal is looked at by each model of touches, and a source by the official one.
      const models = touchModels.toSorted().join(", ");
      expect(
        await own.rows(
          `select distinct models from (
             select string_agg(distinct model, ', ' order by model) as models from marts.fct_deal_partner
             left join marts.fct_deal_credit as credit using (deal_key)
             where model is null or model not in ('sourced_wins', 'declared_split')
             group by deal_key
           )`,
        ),
      ).toEqual([{ models }]);
      expect(
        await own.rows(
          `select deal_key from marts.fct_deal where source_partner_key is not null
         except select deal_key from marts.fct_deal_credit where model = 'sourced_wins'`,
        ),
      ).toEqual([]);
      expect(
        Number(await own.cell("select count(*) from marts.fct_deal where amount_reporting_minor < 0")),
      ).toBeGreaterThan(0);
      expect(
        Number(await own.cell("select count(*) from marts.fct_cash_credit where collected_reporting_minor < 0")),
      ).toBeGreaterThan(0);
      expect(Number(await own.cell("select count(*) from marts.fct_deal where is_conflict"))).toBeGreaterThan(5);
    },
  );

  test("the same rows give the same tables, line for line, and another order of rows changes nothing", async () => {
    const again = await built(tables);
    for (const table of published) {
      const query = `select md5(string_agg(cast(line as varchar), chr(10))) from (select * from ${table}) as line`;
      expect.soft(await again.cell(query), table).toBe(await plain.cell(query));
    }
    await again.close();
    await expectSame(plain, await built(shuffled(tables)), all(published));
  });

  test("evidence after a close and its late days changes nothing of the deal (R37)", async () => {
    const closed = new Map(
      (tables.deals ?? []).flatMap((deal) =>
        deal.closed_on === "" ? [] : [[String(deal.id), String(deal.closed_on)]],
      ),
    );
    const afterwards = (deal: string, days: number): string =>
      new Date(Date.parse(`${closed.get(deal)}T12:00:00Z`) + days * 86_400_000).toISOString();
    const isPast = (deal: string): boolean => closed.has(deal) && afterwards(deal, 40) < `${dateOf(486)}T`;
    const removed = (row: Row, index: number): Row =>
      row.removed_at === "" && index % 2 === 0 && isPast(String(row.deal_id))
        ? { ...row, removed_at: afterwards(String(row.deal_id), 15 + (index % 20)) }
        : row;
    const deals = (tables.deals ?? []).filter((deal) => isPast(String(deal.id)));
    const partnerOf = (deal: Row, index: number): string => `${String(deal.id).split(".")[0]}.p${(index % 4) + 1}`;
    const added = (make: (deal: Row, index: number) => Row): readonly Row[] => deals.map(make);
    const late: Tables = {
      ...changed(tables, { touches: removed, deal_partners: removed }),
      touches: [
        ...(changed(tables, { touches: removed }).touches ?? []),
        ...added((deal, index) => ({
          id: `late${index}`,
          partner_id: partnerOf(deal, index),
          deal_id: String(deal.id),
          account_id: "",
          kind: "meeting",
          occurred_at: String(deal.created_at),
          recorded_at: afterwards(String(deal.id), 15),
          removed_at: "",
        })),
      ],
      deal_partners: [
        ...(changed(tables, { deal_partners: removed }).deal_partners ?? []),
        ...added((deal, index) => ({
          deal_id: String(deal.id),
          partner_id: partnerOf(deal, index + 1),
          role: "technical",
          share: "100",
          recorded_at: afterwards(String(deal.id), 15),
          removed_at: "",
        })),
      ],
      leads: [
        ...(tables.leads ?? []),
        ...added((deal, index) => ({
          id: `late${index}`,
          partner_id: partnerOf(deal, index + 2),
          deal_id: String(deal.id),
          account_id: "",
          received_at: String(deal.created_at),
          accepted_at: afterwards(String(deal.id), 15),
        })),
      ],
      registrations: [
        ...(tables.registrations ?? []),
        ...added((deal, index) => ({
          id: `late${index}`,
          partner_id: partnerOf(deal, index + 3),
          deal_id: String(deal.id),
          account_id: "",
          submitted_at: String(deal.created_at),
          status: "approved",
          decided_at: afterwards(String(deal.id), 15),
        })),
      ],
    };
    expect(deals.length).toBeGreaterThan(100);
    await expectSame(plain, await built(late), [
      "select * from marts.fct_deal",
      "select * from marts.fct_deal_partner",
      "select * from marts.fct_deal_credit",
      "select deal_key, step, rule, claimants, outcome from marts.fct_deal_decision",
      "select * from marts.fct_cash_credit",
      "select * from marts.fct_commission",
      `select * from metrics.value where status = 'final'
         and (metric like '%bookings%' or metric like '%collected%' or metric like 'win_rate%' or metric like '%_deal%')`,
    ]);
  });

  test("other keys change nothing but who gets an odd cent", async () => {
    /** Numbers of a company's keys from the other end, so that their order is turned round; done twice it is undone. */
    const renamed = (text: string): string =>
      text.replaceAll(
        /\b(c\d+\.)([a-z])(\d+)\b/g,
        (_, company: string, kind: string, number: string) =>
          `${company}${kind}${(kind === "t" ? 13 : 9) - Number(number)}`,
      );
    const other = Object.fromEntries(
      Object.entries(tables).map(([entity, rows]) => [
        entity,
        rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, cell]) => [name, name === "name" ? cell : renamed(String(cell))]),
          ),
        ),
      ]),
    );
    const [left, right] = [plain, await built(other)];
    await expectSame(left, { ...right, rows: async (sql) => (await right.rows<never>(sql)).map(renamedRow) }, [
      "select * from marts.fct_deal",
      "select * from marts.fct_deal_partner",
      "select deal_key, step, rule, claimants, outcome, settled_by from marts.fct_deal_decision",
      "select deal_key, partner_key, model from marts.fct_deal_credit",
      "select deal_key, model, sum(amount_reporting_minor) from marts.fct_deal_credit group by all",
      "select * from marts.fct_cash",
      "select cash_key, model, sum(collected_reporting_minor) from marts.fct_cash_credit group by all",
      "select * from marts.fct_registration",
      "select * from marts.fct_lead",
      "select * from marts.dim_partner",
      "select entry_key, amount_minor from marts.fct_commission",
    ]);
    function renamedRow<T>(row: T): T {
      return JSON.parse(renamed(JSON.stringify(row))) as T;
    }
    const creditOf = async (of: Built): Promise<Map<string, number>> =>
      new Map(
        (
          await of.rows<{ key: string; minor: number }>(
            `select deal_key || ' ' || partner_key || ' ' || model as key, amount_reporting_minor as minor from marts.fct_deal_credit
             where amount_reporting_minor is not null`,
          )
        ).map((row) => [row.key, row.minor]),
      );
    const theirs = await creditOf(right);
    const far = [...(await creditOf(left))].filter(
      ([key, minor]) => Math.abs((theirs.get(renamed(key)) ?? 0) - minor) > 1,
    );
    expect(far).toEqual([]);
    expect(await left.cell("select count(*) from marts.fct_deal_decision where settled_by = 'smallest_key'")).toBe(0);
  });

  test("an account merged into another counts as if there had only been the other (R21)", async () => {
    const split = (row: Row, index: number): Row =>
      index % 2 === 0 && String(row.account_id).endsWith(".a1")
        ? { ...row, account_id: String(row.account_id).replace(/a1$/, "a3") }
        : row;
    const merged: Tables = {
      ...changed(tables, { deals: split, registrations: split, leads: split, touches: split }),
      accounts: (tables.accounts ?? []).flatMap((account) =>
        String(account.id).endsWith(".a1")
          ? [
              { ...account, customer_ids: "" },
              {
                ...account,
                id: String(account.id).replace(/a1$/, "a3"),
                name: "Merged",
                merged_into_id: String(account.id),
              },
            ]
          : [account],
      ),
    };
    await expectSame(plain, await built(merged), all(published));
  });

  test("a source split in two that name the same partners changes nothing (R35b)", async () => {
    const isMoved = (_: Row, index: number): boolean => index % 2 === 0;
    const moved = (row: Row): Row => ({
      ...row,
      deal_id: row.deal_id === "" ? "" : `drop:${row.deal_id}`,
      account_id: row.account_id === "" ? "" : `drop:${row.account_id}`,
    });
    const parted = ["touches", "leads", "registrations"];
    const here = Object.fromEntries(
      Object.entries(tables).map(([entity, rows]) => [
        entity,
        parted.includes(entity) ? rows.filter((row, index) => !isMoved(row, index)) : rows,
      ]),
    );
    const there = {
      partners: (tables.partners ?? []).map((row) => ({ id: row.id ?? "", name: "Same", same_as: `drop:${row.id}` })),
      ...Object.fromEntries(parted.map((entity) => [entity, (tables[entity] ?? []).filter(isMoved).map(moved)])),
    };
    const sources = ["drop", "second"].map((name) => ({ name, kind: "files", path: "." }));
    const two = await built(here, { sources, drops: { second: there } });
    const asOne = <T>(row: T): T => JSON.parse(JSON.stringify(row).replaceAll("second:", "drop:")) as T;
    await expectSame(plain, { ...two, rows: async (sql) => (await two.rows<never>(sql)).map(asOne) }, all(published));
  });

  test("a history cut at a date and built as of it is the history that stopped there (R17, R92)", async () => {
    const versions = historyOf(tables);
    const sources = [{ name: "drop", kind: "files", path: "." }];
    const day = 250;
    const asOf = dateOf(day);
    const stopped = versions.filter((version) => version.seenAt.getTime() < Date.parse(`${dateOf(day + 1)}T00:00:00Z`));
    expect(stopped.length).toBeGreaterThan(versions.length / 3);
    await expectSame(
      await built({}, { records: versions, sources, asOf }),
      await built({}, { records: stopped, sources, asOf }),
      all(published),
    );
  });
});

/** What becomes known of a row later: the column that dates it, and the columns that were empty until then. */
const news: Readonly<Record<string, readonly (readonly [dated: string, ...columns: readonly string[]])[]>> = {
  deals: [
    ["partner_declared_at", "partner_id", "partner_role"],
    ["closed_on", "state"],
  ],
  deal_partners: [["removed_at"]],
  touches: [["removed_at"]],
  registrations: [["decided_at", "status"]],
  leads: [["accepted_at"]],
};

const begun: Readonly<Record<string, readonly string[]>> = {
  deals: ["created_at"],
  deal_partners: ["recorded_at"],
  touches: ["recorded_at", "occurred_at"],
  registrations: ["submitted_at"],
  leads: ["received_at"],
  overrides: ["decided_at"],
  certifications: ["earned_on"],
  invoices: ["issued_at"],
  payments: ["paid_at"],
  refunds: ["refunded_at"],
  fx_rates: ["on"],
};

/**
 * The versions that a nightly log would have of rows: each as it began, and anew whenever something became known of it.
 * A row can name a deal only once there is one.
 */
function historyOf(tables: Tables): LogRecord[] {
  const dealt = new Map((tables.deals ?? []).map((deal) => [deal.id, Date.parse(String(deal.created_at))]));
  const empty: Readonly<Record<string, string>> = { state: "open", status: "submitted" };
  const versionsOf = (entity: string, row: Row): LogRecord[] => {
    const moments = (columns: readonly string[]): number[] =>
      columns.map((column) => Date.parse(String(row[column] ?? ""))).filter((moment) => !Number.isNaN(moment));
    const begins = Math.max(Date.UTC(2025, 5, 1), ...moments(begun[entity] ?? []));
    const later = (news[entity] ?? []).flatMap(([dated, ...columns]) =>
      moments([dated]).map((moment) => ({ moment, columns: [dated, ...columns] })),
    );
    const created = dealt.get(row.deal_id ?? "");
    if (created !== undefined && created > begins) later.push({ moment: created, columns: ["deal_id"] });
    const times = new Set([begins, ...later.map(({ moment }) => Math.max(begins, moment))]);
    return [...times].flatMap((time) => {
      const unknown = later.filter(({ moment }) => moment > time).flatMap(({ columns }) => columns);
      const version = Object.fromEntries(
        Object.entries(row).map(([name, cell]) => [name, unknown.includes(name) ? (empty[name] ?? "") : cell]),
      );
      return recordsOf("drop", { [entity]: [version] }, new Date(time));
    });
  };
  return Object.entries(tables)
    .flatMap(([entity, rows]) => rows.flatMap((row) => versionsOf(entity, row)))
    .toSorted((a, b) => a.seenAt.getTime() - b.seenAt.getTime());
}
