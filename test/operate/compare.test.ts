import { readFile, readlink, stat } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { processEffects } from "../../src/effects.ts";
import { compareRules } from "../../src/operate/compare.ts";
import type { Comparison } from "../../src/reports/comparison/comparison.ts";
import { comparisonText } from "../../src/reports/comparison/text.ts";
import { copyOf, makePlace, type Place } from "../support/cli.ts";
import { refreshData } from "../support/refresh.ts";
import { smallCompany } from "../support/small-company.ts";

const commissions = [{ name: "Standard", rate: 10 }];

let place: Place;
let clean = async (): Promise<void> => {};
beforeAll(async () => {
  place = await makePlace({ drop: smallCompany }, { commissions }, (removal) => {
    clean = removal;
  });
  await refreshData(place.folder);
});
afterAll(() => clean());

/** A comparison as JSON, from the command line. */
async function compared(here: Place, ...words: readonly string[]): Promise<Comparison> {
  const ran = await here.run("compare", "--with", "other.yaml", "--json", ...words);
  expect(ran.stderr).toBe("");
  return JSON.parse(ran.stdout);
}

/** `measure: before → after` of what differs. */
const moved = (changes: Comparison["total"]): readonly string[] =>
  changes
    .filter(({ before, after }) => before !== after)
    .map(({ measure, before, after }) => `${measure}: ${before} → ${after}`);

test("a shorter protection takes a deal from its source, and with it credit, cash and commission", async () => {
  const here = await copyOf(place);
  const published = await readlink(path.join(here.folder, "home", "current"));
  const written = await stat(path.join(here.folder, "home", "current", "warehouse.duckdb"));

  // d1 closed on 10 Aug; its registration was approved on 2 Jul and protects until 12 Jul when it holds for 10 days.
  await here.configure("other.yaml", { commissions, attribution: { protection_days: 10 } });
  const comparison = await compared(here);
  expect(comparison.rules).toEqual([{ key: "attribution.protection_days", before: "90", after: "10" }]);
  expect(moved(comparison.total)).toEqual([
    "sourced_deals: 2 → 1",
    "influenced_deals: 1 → 2",
    "sourced_bookings: 100000 → 0",
    "influenced_bookings: 25001 → 125001",
    "sourced_collected: 100000 → 0",
    "influenced_collected: 0 → 100000",
    "credited_bookings.sourced_wins: 100000 → 0",
    "credited_bookings.declared_split: 100000 → 0",
    "credited_collected.sourced_wins: 100000 → 0",
    "credited_collected.declared_split: 100000 → 0",
    "commission_earned: 10000 → 0",
    "commission_owed: 10000 → 0",
  ]);
  expect(comparison.partners.map(({ partner, changes }) => [partner.name, moved(changes)])).toEqual([
    [
      "Northwind Referrals",
      [
        "sourced_deals: 1 → 0",
        "influenced_deals: 1 → 2",
        "sourced_bookings: 100000 → 0",
        "influenced_bookings: 25001 → 125001",
        "credited_bookings.sourced_wins: 100000 → 0",
        "credited_bookings.declared_split: 100000 → 0",
        "credited_collected.sourced_wins: 100000 → 0",
        "credited_collected.declared_split: 100000 → 0",
        "commission_earned: 10000 → 0",
        "commission_owed: 10000 → 0",
      ],
    ],
  ]);
  expect(comparison.deals).toMatchObject([
    {
      deal: { key: "drop:d1", name: "Alder first" },
      moved: 100_000,
      class: { before: "sourced", after: "influenced" },
      source: { before: { key: "drop:p1" }, after: null },
      rule: { before: "registration", after: null },
      commission: [{ partner: { key: "drop:p1" }, before: 10_000, after: 0 }],
    },
  ]);

  // The words that the command line prints when it is asked for no format, as tests below do.
  const text = comparisonText(comparison);
  const [verdict, sides] = text.split("\n");
  expect(comparisonText({ ...comparison, dealCount: 700 })).toContain(
    "\n  … and 680 more; --format csv has them all, json and html the largest 1\n",
  );
  expect(verdict).toBe(
    "1 deal and 1 partner change: partners lose $1,000.00 of official credit (−$1,000.00 in all); partners lose $100.00 of commission (−$100.00 in all).",
  );
  expect(sides).toBe(
    "Before: attributary.yaml. After: other.yaml. The same data for both, as of 5 Oct 2026; money in USD.",
  );
  expect(text).toContain("\nThe rules that differ\n  attribution.protection_days: 90 → 10\n");
  expect(text).toContain(
    `  1. Alder first (drop:d1), Alder, won 10 Aug 2026: up to $1,000.00 moves
     class: sourced → influenced
     source: Northwind Referrals (drop:p1) → none
     before: Northwind Referrals (drop:p1): registration submitted on 1 Jul 2026, approved on 2 Jul 2026, protected until 30 Sep 2026.
     after: No rule names a partner; 1 partner has a qualifying touch.
     commission of Northwind Referrals (drop:p1): $100.00 → $0.00
     sourced wins, Northwind Referrals (drop:p1): share 100% → 0%, bookings $1,000.00 → $0.00, collected $1,000.00 → $0.00
`,
  );

  const file = async (format: string): Promise<string> => {
    const out = await here.run("compare", "--with", "other.yaml", "--format", format, "--out", `c.${format}`);
    expect([out.code, out.stdout, out.stderr]).toEqual([0, "", ""]);
    return readFile(path.join(here.folder, `c.${format}`), "utf8");
  };
  const csv = await file("csv");
  expect(csv).toContain("rule,,,,,attribution.protection_days,text,90,10,\r\n");
  expect(csv).toContain("total,,,,,sourced_deals,count,2,1,-1\r\n");
  expect(csv).toContain("partner,drop:p1,Northwind Referrals,,,commission_earned,USD,100.00,0.00,-100.00\r\n");
  expect(csv).toContain(
    "deal_partner,drop:p1,Northwind Referrals,drop:d1,Alder first,credited_collected.sourced_wins,USD,1000.00,0.00,-1000.00\r\n",
  );
  const page = await file("html");
  expect(page).toContain("<h1>1 deal and 1 partner change");
  expect(page).not.toMatch(/(?:src|href)="(?!data:)/);

  expect(await readlink(path.join(here.folder, "home", "current"))).toBe(published);
  expect((await stat(path.join(here.folder, "home", "current", "warehouse.duckdb"))).mtimeMs).toBe(written.mtimeMs);
}, 240_000);

test("other kinds of touches move credit between partners model by model", async () => {
  const here = await copyOf(place);
  // Of d3 (250.01, closed on 15 Sep) p1's meeting of 5 Aug is left and p2's workshop of 6 Aug no longer counts. Before, equal
  // parts are 125.00 each with the odd cent at p1; by time p1 has 2^(-1/30) = 0.97716 of 1.97716, which is 123.5608 of 250.01.
  await here.configure("other.yaml", { commissions, attribution: { qualifying_kinds: ["Meeting "] } });
  const comparison = await compared(here);
  expect(comparison.deals.map(({ deal, class: kind, source }) => [deal.key, kind, source])).toEqual([
    ["drop:d3", { before: "influenced", after: "influenced" }, { before: null, after: null }],
  ]);
  expect(
    comparison.deals[0]?.credit.map(
      ({ partner, model, booked }) => `${model} ${partner.key}: ${booked.before} → ${booked.after}`,
    ),
  ).toEqual([
    "last_touch drop:p1: 0 → 25001",
    "last_touch drop:p2: 25001 → 0",
    "linear drop:p1: 12501 → 25001",
    "linear drop:p2: 12500 → 0",
    "position drop:p1: 12501 → 25001",
    "position drop:p2: 12500 → 0",
    "time_decay drop:p1: 12356 → 25001",
    "time_decay drop:p2: 12645 → 0",
    "source_split drop:p1: 12501 → 25001",
    "source_split drop:p2: 12500 → 0",
  ]);
  // Nothing is won or lost by all partners together, and only p2 loses influence.
  expect(moved(comparison.total)).toEqual([]);
  expect(
    comparison.partners.map(({ partner, changes }) => [
      partner.key,
      moved(changes).filter((words) => words.startsWith("influenced")),
    ]),
  ).toEqual([
    ["drop:p1", []],
    ["drop:p2", ["influenced_deals: 1 → 0", "influenced_bookings: 25001 → 0"]],
  ]);
}, 240_000);

test("an edited configuration and another date are built for both sides, from the same data", async () => {
  const here = await copyOf(place);
  await here.configure("attributary.yaml", { commissions: [{ name: "Standard", rate: 20 }] });
  await here.configure("other.yaml", { commissions: [{ name: "Standard", rate: 30, months: 3 }] });
  const [loaded, other] = await Promise.all(
    ["attributary.yaml", "other.yaml"].map((name) => loadConfig(path.join(here.folder, name), {})),
  );
  if (loaded === undefined || other === undefined) throw new Error("the configurations were just written");
  const edited = await compareRules({ loaded, other, deals: 0, effects: processEffects() });
  // How many deals change is said even where fewer are asked for.
  expect([edited.dealCount, edited.deals]).toEqual([1, []]);
  expect(edited.rules).toEqual([
    { key: "commissions.Standard.months", before: null, after: "3" },
    { key: "commissions.Standard.rate", before: "20", after: "30" },
  ]);
  expect(edited.made.before).toMatch(/built again$/);
  expect(moved(edited.total)).toEqual(["commission_earned: 20000 → 30000", "commission_owed: 20000 → 30000"]);

  // On 15 Aug nothing was paid yet.
  const earlier = await compared(here, "--as-of", "2026-08-15");
  expect([earlier.asOf, earlier.made]).toEqual([
    "2026-08-15",
    { before: "built from the log", after: "built from the log" },
  ]);
  expect(earlier.total.find(({ measure }) => measure === "total_bookings")?.before).toBe(100_000);
  expect(earlier.deals).toEqual([]);
}, 240_000);

test("rules that move no deal are said so, and so are settings that only a refresh can apply", async () => {
  const here = await copyOf(place);
  await here.configure("other.yaml", { commissions, reporting: { fiscal_year_start: 2 } });
  const words = (await here.run("compare", "--with", "other.yaml")).stdout;
  expect(words.split("\n")[0]).toMatch(
    /^The rules differ; no deal, credit or commission changes, but values of \d+ metrics do\.$/,
  );
  await here.configure("other.yaml", {
    commissions,
    sources: [{ name: "drop", kind: "files", path: "./drop", columns: { partners: { tier: "Level" } } }],
  });
  const columns = await compared(here);
  expect(columns.rules).toEqual([{ key: "sources.drop.columns.partners.tier.name", before: null, after: "Level" }]);
  expect(columns.notes).toEqual([
    "sources.drop.columns.partners.tier.name decides what is read from a source; both sides use what was read last, so only a refresh shows the whole effect.",
  ]);
}, 240_000);

test("a list that is empty on one side is said in words", async () => {
  const here = await copyOf(place);
  await here.configure("other.yaml", { commissions: [] });
  const { stdout } = await here.run("compare", "--with", "other.yaml");
  expect(stdout).toContain("\n  commissions: Standard → none\n");
  expect(stdout).toContain("\n  commissions.Standard.rate: 10 → not set\n");
}, 240_000);

test("what cannot be compared ends in exit code 2 and says why", async () => {
  const here = await makePlace({ drop: smallCompany }, { commissions });
  await here.configure("other.yaml", { commissions });
  expect((await here.run("compare")).code).toBe(2);
  const unread = await here.run("compare", "--with", "other.yaml");
  expect([unread.code, unread.stdout]).toEqual([2, ""]);
  expect(unread.stderr).toContain("nothing has been read here yet");

  await here.configure("other.yaml", { commissions, reporting: { currency: "EUR" } });
  const currency = await here.run("compare", "--with", "other.yaml");
  expect(currency.code).toBe(2);
  expect(currency.stderr).toContain("the reporting currency is USD in one configuration and EUR in the other");

  const format = await here.run("compare", "--with", "other.yaml", "--format", "xlsx");
  expect([format.code, format.stderr.includes("xlsx")]).toEqual([2, true]);
  const missing = await here.run("compare", "--config", "other.yaml", "--with", "missing.yaml");
  expect([missing.code, missing.stderr]).toEqual([
    2,
    `error: ${path.join(here.folder, "missing.yaml")}: this configuration file cannot be read\n  → name a copy of other.yaml with other rules in it after --with\n`,
  ]);

  const read = await copyOf(place);
  await read.configure("other.yaml", { commissions });
  const nowhere = await read.run("compare", "--with", "other.yaml", "--out", "nowhere/rules.html");
  expect(nowhere.code).toBe(2);
  expect(nowhere.stderr).toMatch(/error: compare --out .*\/nowhere\/rules\.html: this file cannot be written \(.+\)/);
  const same = await read.run("compare", "--with", "other.yaml");
  expect([same.code, same.stdout.split("\n")[0]]).toEqual([0, "The two configurations have the same rules."]);
}, 240_000);
