import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";
import { runExtraction } from "../../src/extract/run.ts";
import { buildWarehouse } from "../../src/models/build.ts";
import { compareRules } from "../../src/operate/compare.ts";
import { withDifferences } from "../../src/operate/differences.ts";
import { type Home, homeAt } from "../../src/operate/home.ts";
import { refresh } from "../../src/operate/refresh.ts";
import { withRuleSides } from "../../src/operate/sides.ts";
import { createCompany, sourceNames, writeCanonical } from "../../src/sandbox/index.ts";
import { openEngine } from "../../src/warehouse/database.ts";
import { quietEffects } from "../support/cli.ts";

const now = new Date("2026-10-05T06:00:00Z");
const base = {
  reporting: { timezone: "Europe/Berlin" },
  partner_types: { "Solution Partner": "agency" },
  commissions: [{ name: "Standard", rate: 10, months: 12 }],
};

let folder: string;
let home: Home;

const configOf = (keys: Readonly<Record<string, unknown>>): Config =>
  parseConfig(
    JSON.stringify({
      ...base,
      sources: sourceNames.map((name) => ({ name, kind: "files", path: `./${name}` })),
      ...keys,
    }),
    "attributary.yaml",
    {},
  );

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-sides-"));
  await writeCanonical(createCompany({ seed: 3, now, size: 60 }), folder);
  home = homeAt(path.join(folder, "home"));
  const config = configOf({});
  const effects = quietEffects(folder, now);
  const loaded = { config, file: path.join(folder, "attributary.yaml"), folder, home: home.folder };
  await refresh({
    loaded,
    effects,
    tell: () => undefined,
    extract: (request) => runExtraction({ ...request, config, folder, effects }),
    draw: async () => ({ pages: 0, written: 0 }),
  });
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Builds everything from the log by one configuration. */
async function buildAnew(config: Config, file: string): Promise<void> {
  await rm(file, { force: true });
  const engine = await openEngine();
  await engine.attach(home.log, "raw", { readOnly: true });
  await engine.attach(":memory:", "input");
  await engine.attach(file, "warehouse", { isAside: true });
  const connection = await engine.connect();
  await connection.run("use warehouse");
  const { stopping } = await buildWarehouse({ connection, config, asOf: { date: "2026-10-05", isExplicit: false } });
  expect(stopping).toEqual([]);
  connection.close();
  engine.close();
}

/** The tables of two warehouses that do not have the same rows, and how many tables there are. */
async function differingTables(one: string, other: string): Promise<{ differing: string[]; tables: number }> {
  const engine = await openEngine();
  await engine.attach(one, "one", { readOnly: true });
  await engine.attach(other, "other", { readOnly: true });
  const connection = await engine.connect();
  const namesOf = async (catalog: string): Promise<string[]> =>
    (
      await connection.rows<{ name: string }>(
        `select table_schema || '."' || table_name || '"' as name from information_schema.tables where table_catalog = '${catalog}' order by name`,
      )
    ).map(({ name }) => name);
  const names = await namesOf("one");
  expect(await namesOf("other")).toEqual(names);
  const rowsOf = async (catalog: string): Promise<ReadonlyMap<string, string>> => {
    const selects = names.map(
      // Of the same rows in any order the sum of all hashes is the same.
      (name) =>
        `select '${name.replaceAll("'", "''")}' as name, count(*) || ' ' || coalesce(sum(hash(t)), 0) as rows from ${catalog}.${name} as t`,
    );
    const rows = await connection.rows<{ name: string; rows: string }>(selects.join(" union all "));
    return new Map(rows.map((row) => [row.name, row.rows]));
  };
  const [ours, theirs] = [await rowsOf("one"), await rowsOf("other")];
  const differing = names.filter((name) => ours.get(name) !== theirs.get(name));
  connection.close();
  engine.close();
  return { differing, tables: names.length };
}

test.each<[string, Readonly<Record<string, unknown>>]>([
  ["the days for claims", { attribution: { claim_days: 0 } }],
  ["the evidence that counts and the half-life", { attribution: { evidence: "current", half_life_days: 7 } }],
  ["the commissions", { commissions: [{ name: "Agencies", partner_type: "agency", rate: 20 }] }],
  ["the partner types", { partner_types: { "Solution Partner": "referral" } }],
  [
    "the age of a rate and the fiscal year",
    { fx: { max_age_days: 1 }, reporting: { timezone: "Europe/Berlin", fiscal_year_start: 4 } },
  ],
])(
  "what is built again when %s change is what a whole build gives",
  async (_, keys) => {
    const config = configOf(keys);
    const whole = path.join(folder, "whole.duckdb");
    await buildAnew(config, whole);
    await withRuleSides({ home, before: configOf({}), after: config, now }, async (sides) => {
      expect(sides.made.before).toBe("the published build");
      expect(sides.made.after).toMatch(/^the published build with \d+ models and checks built again$/);
      const { differing, tables } = await differingTables(sides.after, whole);
      expect(tables).toBeGreaterThan(100);
      expect(differing).toEqual([]);
    });
  },
  240_000,
);

test("the comparison of rules says of every partner what the row-by-row comparison of the same two warehouses says", async () => {
  const config = configOf({ attribution: { protection_days: 20, claim_days: 2 } });
  const measures = { sourced_bookings: "credited_bookings", influenced_bookings: "influenced_bookings" };
  const expected = await withRuleSides({ home, before: configOf({}), after: config, now }, (sides) =>
    withDifferences({ before: sides.before, after: sides.after }, (connection) =>
      connection.rows<{ measure: string; partner_key: string; difference: number }>(
        `select measure, partner_key, cast(sum(difference_minor) as bigint) as difference
         from difference.line where partner_key is not null group by measure, partner_key
         having sum(difference_minor) <> 0 order by measure, partner_key`,
      ),
    ),
  );
  const loadedOf = (of: Config) => ({
    config: of,
    file: path.join(folder, "attributary.yaml"),
    folder,
    home: home.folder,
  });
  const { partners } = await compareRules({
    loaded: loadedOf(configOf({})),
    other: loadedOf(config),
    effects: quietEffects(folder, now),
  });
  expect(partners.length).toBeGreaterThan(0);
  for (const [ours, theirs] of Object.entries(measures)) {
    const told = partners
      .flatMap(({ partner, changes }) =>
        changes.filter(({ measure }) => measure === ours).map(({ difference }) => [partner.key, difference]),
      )
      .sort();
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual(
      expected
        .filter(({ measure }) => measure === theirs)
        .map((row) => [row.partner_key, row.difference])
        .sort(),
    );
  }
}, 240_000);
