import { glob, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { creditModels } from "../../src/metrics/define.ts";
import { walk } from "../dashboards/walk/walk.ts";
import { type Built, buildKept, type Drop, type Rows } from "../support/build.ts";
import { metricRow } from "../support/metrics.ts";
import { pageText } from "../support/page-text.ts";
import { publicMetrics } from "../support/public-names.ts";
import { type CompanySite, drawCompany } from "./pages.ts";

const folder = import.meta.dirname;

type Line = Readonly<Record<string, string>>;

/** The tables of the arithmetic page by the heading they stand under; an empty cell or a dash is no value. */
function readTables(page: string): Map<string, readonly Line[]> {
  const tables = new Map<string, Line[]>();
  let heading = "";
  let columns: readonly string[] = [];
  for (const text of page.split("\n")) {
    if (text.startsWith("## ")) heading = text.slice(3);
    if (!text.startsWith("|")) columns = [];
    else {
      const cells = text.split("|").slice(1, -1);
      const values = cells.map((cell) => cell.trim().replace(/^–$/, ""));
      if (columns.length === 0) columns = values;
      else if (!values.every((value) => value === "---")) {
        const line = Object.fromEntries(columns.map((column, index) => [column, values[index] ?? ""]));
        tables.set(heading, [...(tables.get(heading) ?? []), line]);
      }
    }
  }
  return tables;
}

async function readDrop(): Promise<Drop> {
  const files = await readdir(path.join(folder, "drop"));
  const entries = await Promise.all(
    files.map(async (file): Promise<[string, Rows]> => {
      const [header = "", ...lines] = (await readFile(path.join(folder, "drop", file), "utf8")).trimEnd().split("\n");
      const columns = header.split(",");
      return [
        path.basename(file, ".csv"),
        lines.map((line) => {
          const cells = line.split(",");
          return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ""]));
        }),
      ];
    }),
  );
  return Object.fromEntries(entries);
}

let built: Built;
let tables: Map<string, readonly Line[]>;

beforeAll(async () => {
  tables = readTables(await readFile(path.join(folder, "README.md"), "utf8"));
  built = await buildKept(await readDrop(), {
    config: {
      reporting: { fiscal_year_start: 2 },
      partner_types: { "referral partner": "referral" },
      commissions: [
        { name: "Referral", partner_type: "referral", tiers: { Gold: 10 }, rate: 5, months: 3 },
        { name: "Integration", partner_type: "integration", fixed: 70, hold_days: 0 },
        { name: "Co-sell", partner_type: "co_sell", rate: 20, from: "2026-06-01", hold_days: 60 },
        { name: "Resale", partner_type: "reseller", tiers: { Platinum: 30 } },
      ],
      score: {
        weights: {
          sourced_bookings: 40,
          influenced_bookings: 20,
          sourced_pipeline: 20,
          win_rate: 10,
          active_dates: 0,
          certified: 10,
        },
      },
    },
  });
});

afterAll(() => built.close());

const expected = (heading: string): readonly Line[] => tables.get(heading) ?? [];

/** Lines of the page without the columns that only explain. */
const worked = (heading: string, ...explaining: readonly string[]): Line[] =>
  expected(heading).map((line) =>
    Object.fromEntries(Object.entries(line).filter(([column]) => !explaining.includes(column))),
  );

const key = (column: string): string => `replace(${column}, 'drop:', '')`;
const moment = (column: string): string => `strftime(${column}, '%Y-%m-%dT%H:%M')`;
const flag = (column: string): string => `case ${column} when true then 'yes' when false then 'no' end`;
/** Minor units as text in major units of their currency, and any other number without zeros at its end. */
const money = (column: string, currency = "'USD'"): string =>
  number(`${column} / case when ${currency} = 'JPY' then 1 else 100 end`);
const number = (column: string): string => `rtrim(rtrim(cast(cast(${column} as decimal(18, 6)) as varchar), '0'), '.')`;

/** Rows of a query as the page would write them. */
async function published(columns: Readonly<Record<string, string>>, from: string): Promise<Line[]> {
  const list = Object.entries(columns).map(([name, sql]) => `coalesce(cast(${sql} as varchar), '') as "${name}"`);
  return built.rows<Line>(`select ${list.join(", ")} from ${from}`);
}

describe("a company worked out by hand", () => {
  test("marts.fct_deal", async () => {
    const deals = await published(
      {
        deal: key("deal_key"),
        account: key("account_key"),
        state: "state",
        order_type: "order_type",
        class: "class",
        source: key("source_partner_key"),
        rule: "source_rule",
        closed_on: "closed_on",
        amount: money("amount_minor", "currency"),
        currency: "currency",
        reporting: money("amount_reporting_minor"),
        fx_rate: number("fx_rate"),
        fx_on: "fx_on",
        cycle_days: "cycle_days",
        conflict: flag("is_conflict"),
      },
      "marts.fct_deal order by deal_key",
    );
    expect(deals).toEqual(worked("fct_deal", "why"));
  });

  test("marts.fct_deal_decision", async () => {
    const rules = ["override", "registration", "declared", "lead", "none"];
    const steps = expected("fct_deal").flatMap((deal) => {
      const last = deal.rule === "" ? "none" : (deal.rule ?? "");
      return rules.slice(0, rules.indexOf(last) + 1).map((rule, index) => {
        const isLast = rule === last;
        const found = deal.source === "" ? deal.class : deal.conflict === "yes" ? "conflict" : "source";
        const claimants = deal.source === "" ? "0" : deal.conflict === "yes" ? "2" : "1";
        return {
          deal: deal.deal,
          step: String(index + 1),
          rule,
          claimants: isLast ? claimants : "0",
          outcome: isLast ? found : "nothing",
        };
      });
    });
    expect(
      await published(
        { deal: key("deal_key"), step: "step", rule: "rule", claimants: "claimants", outcome: "outcome" },
        "marts.fct_deal_decision order by deal_key, step",
      ),
    ).toEqual(steps);
  });

  test("marts.fct_deal_partner", async () => {
    const partners = await published(
      {
        deal: key("deal_key"),
        partner: key("partner_key"),
        is_source: flag("is_source"),
        is_influence: flag("is_influence"),
        touches: "touches",
        first_touch_at: moment("first_touch_at"),
        last_touch_at: moment("last_touch_at"),
      },
      "marts.fct_deal_partner order by deal_key, partner_key",
    );
    expect(partners).toEqual(worked("fct_deal_partner", "by"));
  });

  /** Parts of everything that has one partner only, by the models that its class knows. */
  const alone = (name: string, id: string, deal: string, amount: string): Line[] => {
    const partners = expected("fct_deal_partner").filter((line) => line.deal === deal);
    const [partner] = partners;
    if (partner === undefined || partners.length > 1) return [];
    const known = creditModels.filter(
      (model) => partner.is_source === "yes" || (model !== "sourced_wins" && model !== "declared_split"),
    );
    return known.map((model) => ({ [name]: id, model, parts: `${partner.partner} ${amount}`.trim() }));
  };
  const sorted = (lines: readonly Line[], name: string): Line[] =>
    lines.toSorted((a, b) => `${a[name]} ${a.model}`.localeCompare(`${b[name]} ${b.model}`));

  test("marts.fct_deal_credit", async () => {
    const single = expected("fct_deal").flatMap((deal) =>
      alone("deal", deal.deal ?? "", deal.deal ?? "", deal.state === "won" ? (deal.reporting ?? "") : ""),
    );
    const parts = await published(
      {
        deal: key("deal_key"),
        model: "model",
        parts: `string_agg(concat_ws(' ', ${key("partner_key")}, ${money("amount_reporting_minor")}), ', ' order by partner_key)`,
      },
      "marts.fct_deal_credit group by deal_key, model",
    );
    expect(sorted(parts, "deal")).toEqual(sorted([...single, ...worked("fct_deal_credit")], "deal"));
  });

  test("marts.fct_cash", async () => {
    const cash = await published(
      {
        cash: key("cash_key"),
        kind: "kind",
        invoice: key("invoice_key"),
        customer: key("customer_key"),
        account: key("account_key"),
        deal: key("deal_key"),
        link_reason: "link_reason",
        occurred_on: "cast(occurred_at as date)",
        cash_minor: money("cash_minor", "currency"),
        collected: money("collected_minor", "currency"),
        currency: "currency",
        reporting: money("collected_reporting_minor"),
      },
      "marts.fct_cash order by substr(cash_key, 6, 1) desc, cash_key",
    );
    expect(cash).toEqual(worked("fct_cash", "why"));
  });

  test("marts.fct_cash_credit", async () => {
    const single = expected("fct_cash").flatMap((cash) =>
      cash.reporting === "" ? [] : alone("cash", cash.cash ?? "", cash.deal ?? "", cash.reporting ?? ""),
    );
    const parts = await published(
      {
        cash: key("cash_key"),
        model: "model",
        parts: `string_agg(${key("partner_key")} || ' ' || ${money("collected_reporting_minor")}, ', ' order by partner_key)`,
      },
      "marts.fct_cash_credit group by cash_key, model",
    );
    expect(sorted(parts, "cash")).toEqual(sorted([...single, ...worked("fct_cash_credit")], "cash"));
  });

  test("marts.fct_registration", async () => {
    const registrations = await published(
      {
        registration: key("registration_key"),
        partner: key("partner_key"),
        deal: key("deal_key"),
        status: "status",
        submitted_at: moment("submitted_at"),
        decided_at: moment("decided_at"),
        hours: number("decision_hours"),
        in_sla: flag("in_sla"),
        starts_on: "protection_starts_on",
        ends_on: "protection_ends_on",
        outcome: "outcome",
        conflict: flag("is_conflict"),
      },
      "marts.fct_registration order by registration_key",
    );
    expect(registrations).toEqual(worked("fct_registration", "why"));
  });

  test("marts.fct_commission", async () => {
    const lines = await published(
      {
        entry: `replace(${key("entry_key")}, '|', '·')`,
        partner: key("partner_key"),
        deal: key("deal_key"),
        cash: key("cash_key"),
        kind: "kind",
        amount: money("amount_minor"),
        rate: number("rate"),
        plan: "plan",
        entry_on: "entry_on",
        payable_on: "payable_on",
      },
      "marts.fct_commission",
    );
    const byEntry = (a: Line, b: Line): number => String(a.entry).localeCompare(String(b.entry));
    expect(lines.toSorted(byEntry)).toEqual(worked("fct_commission", "why").toSorted(byEntry));
  });

  test("marts.fct_stage", async () => {
    const stages = await published(
      { deal: key("deal_key"), stage: "stage", entered_at: moment("entered_at"), days: "days" },
      "marts.fct_stage order by deal_key, stage",
    );
    expect(stages).toEqual(worked("fct_stage", "how"));
  });

  test("marts.dim_partner", async () => {
    const partners = await published(
      {
        partner: key("partner_key"),
        name: "name",
        type: "type",
        tier: "tier",
        region: "region",
        manager: "manager",
        state: "state",
        agreed_on: "agreed_on",
        activated_on: "activated_on",
        activation_event: "activation_event",
        last_event_at: moment("last_event_at"),
        last_event: "last_event",
      },
      "marts.dim_partner order by partner_key",
    );
    expect(partners).toEqual(worked("dim_partner", "why"));
  });

  test("quality.issue", async () => {
    const issues = await published(
      { check: "check_id", entity: key("entity_key") },
      "quality.issue order by check_id, entity_key",
    );
    expect(issues).toEqual(worked("quality.issue", "why"));
    expect(built.result.stopping).toEqual([]);
  });

  const isMetric = (line: Line): boolean => line.metric !== undefined;

  test("metrics.value", async () => {
    const lines = expected("metrics.value").filter(isMetric);
    expect(lines.length).toBeGreaterThan(150);
    for (const line of lines) {
      const where = `${line.metric} ${line.period} ${line.slice}`;
      const prefix = line.slice?.startsWith("partner ") ? line.slice.replace(" ", " drop:") : line.slice;
      const row = await metricRow(built, line.metric ?? "", line.period ?? "", prefix);
      expect.soft(row?.value, where).toBe(line.value === "" ? null : Number(line.value));
      if (line.n !== "") expect.soft(row?.n, `n of ${where}`).toBe(Number(line.n));
      if (line.from === "") continue;
      const [numerator, denominator] = (line.from ?? "").split(" / ").map(Number);
      expect
        .soft({ numerator: row?.numerator, denominator: row?.denominator }, where)
        .toEqual({ numerator, denominator });
    }
  });

  test("every metric has a value on the page", () => {
    const named = new Set(
      expected("metrics.value")
        .filter(isMetric)
        .map((line) => line.metric?.replace(/^(stage_days_median)\..*/, "$1.<stage>")),
    );
    const ids = Object.values(publicMetrics).flatMap((list) => list.split(" "));
    expect(ids.filter((id) => !named.has(id))).toEqual([]);
  });
});

describe("its pages", () => {
  const folder = path.join(import.meta.dirname, "pages");
  let place: string;
  let site: CompanySite;
  beforeAll(async () => {
    place = await mkdtemp(path.join(tmpdir(), "attributary-company-"));
    site = await drawCompany(built.connection, place);
  });
  afterAll(() => rm(place, { recursive: true, force: true }));

  test("say what the reviewed texts in pages/ say; npm run golden renews them", async () => {
    for (const file of site.files) {
      await expect(pageText(await site.html(file))).toMatchFileSnapshot(
        path.join(folder, file.replace(/html$/, "txt")),
      );
    }
    const kept: string[] = [];
    for await (const file of glob("**/*.txt", { cwd: folder })) kept.push(file.replace(/txt$/, "html"));
    expect(kept.sort()).toEqual(site.files);
  });

  test("hold no figure that a query of its own does not give", async () => {
    const { wrong, untraced } = await walk(site);
    expect(wrong).toEqual([]);
    expect(untraced).toEqual([]);
  });
});
