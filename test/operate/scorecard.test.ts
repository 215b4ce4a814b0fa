import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { parse, stringify } from "yaml";
import { definitionsVersion } from "../../src/metrics/registry.ts";
import { sqlFolder } from "../../src/models/load.ts";
import { textOfPdf } from "../../src/reports/packs/printed.ts";
import { openEngine } from "../../src/warehouse/database.ts";
import { type Place, runCommand, writeCsv } from "../support/cli.ts";
import { added, changed, frozenCompany, frozenConfig } from "../support/frozen-company.ts";
import { refreshData } from "../support/refresh.ts";

type Here = Pick<Place, "folder" | "run">;

vi.setConfig({ testTimeout: 300_000 });

let base = "";

beforeAll(async () => {
  base = await mkdtemp(path.join(tmpdir(), "attributary-scorecard-"));
  await writeCsv(path.join(base, "drop"), frozenCompany);
  const sources = [{ name: "drop", kind: "files", path: "./drop" }];
  await writeFile(path.join(base, "attributary.yaml"), stringify({ home: "home", sources, ...frozenConfig }));
  await refreshData(base);
}, 300_000);

afterAll(() => rm(base, { recursive: true, force: true }));

const hereAt = (folder: string): Here => ({ folder, run: (...words) => runCommand(folder, words) });

/** A copy of the company's folder, refreshed once, or of another one. */
async function place(of = base): Promise<Here> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-scorecard-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(of, folder, { recursive: true, verbatimSymlinks: true });
  return hereAt(folder);
}

const notes = `# Q3 FY26

Reviewed on 2 Oct 2026.

## Because
- sourced_bookings (Ada): Alder closed three weeks early.

## Last review's actions
- [x] Call the dormant partners (Ben, 15 Aug)
- [ ] Agree on deal registration for resellers

## Decisions asked
- Fund a second partner manager in EMEA?

## New actions
- Train Contour on the new price list (Ada, 1 Nov)
`;

describe("scorecard", () => {
  test("shows eight rows with actual, target, variance, status, owner and why, then actions and decisions", async () => {
    const here = await place();
    await mkdir(path.join(here.folder, "scorecards"));
    await writeFile(path.join(here.folder, "scorecards", "2026-Q3.md"), notes);
    const ran = await here.run("scorecard", "--out", "qbr", "--json");
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toEqual({
      period: "2026-Q3",
      folder: path.join(here.folder, "qbr"),
      files: ["scorecard_2026-Q3_as-of-2026-10-05.html"],
      frozen: null,
    });
    const page = await readFile(path.join(here.folder, "qbr", "scorecard_2026-Q3_as-of-2026-10-05.html"), "utf8");
    const rows = [...page.matchAll(/<tr><th scope="row">(.*?)<\/tr>/gs)].map((match) =>
      (match[1] ?? "")
        .replaceAll(/<svg.*?<\/svg>/gs, "")
        .replaceAll(/<[^>]+>/g, "|")
        .replaceAll(/\|+/g, "|"),
    );
    expect(rows).toHaveLength(8);
    // 1,000.00 and 220.00 sourced, of a target of 2,000.00: 780.00 or 39.0% short.
    expect(rows[0]).toBe(
      "Sourced bookings|$1,220|$2,000|−$780 (−39.0%)|▼ behind target|$0|Ada|Alder closed three weeks early.|",
    );
    for (const said of [
      "✓ done · Call the dormant",
      "○ open · Agree on deal",
      "Fund a second",
      "Train Contour",
      "has not been presented before",
    ]) {
      expect(page).toContain(said);
    }
  });

  test("refuses commentary it does not understand with file, line and fix", async () => {
    const here = await place();
    await writeFile(path.join(here.folder, "notes.md"), "## Becaus\n- sourced_booking: x\n");
    const heading = await here.run("scorecard", "--notes", "notes.md");
    expect([heading.code, heading.stderr]).toEqual([
      2,
      expect.stringMatching(/notes\.md:1: the heading "Becaus" is not known\n.*did you mean "because"/),
    ]);
    await writeFile(path.join(here.folder, "notes.md"), "## Because\n- sourced_booking: x\n");
    const metric = await here.run("scorecard", "--notes", "notes.md");
    expect([metric.code, metric.stderr]).toEqual([
      2,
      expect.stringMatching(/notes\.md:2: there is no metric "sourced_booking"\n.*did you mean "sourced_bookings"/),
    ]);
    // A page that is handed out names no file of the one who made it.
    await writeFile(path.join(here.folder, "notes.md"), "");
    expect((await here.run("scorecard", "--notes", "notes.md", "--out", "bare")).code).toBe(0);
    const bare = await readFile(path.join(here.folder, "bare", "scorecard_2026-Q3_as-of-2026-10-05.html"), "utf8");
    expect(bare.match(/None on record: no commentary was written for Q3 FY26\./g)).toHaveLength(3);
    expect(bare).not.toContain("scorecards/");
    const file = path.join(here.folder, "attributary.yaml");
    const taken = await here.run("scorecard", "--out", file);
    expect([taken.code, taken.stderr]).toEqual([
      2,
      `error: ${file}: this is a file\n  → name a folder that is there or can be made with --out\n`,
    ]);
  });

  test("prints on exactly two pages, however long the commentary may be", async () => {
    const here = await place();
    const long = "A sentence that is as long as it may be, so that it is seen what happens then. "
      .repeat(3)
      .slice(0, 136);
    const list = (mark: string): string => Array.from({ length: 8 }, () => `- ${mark}${long}`).join("\n");
    const because = [
      "sourced_bookings",
      "influenced_bookings",
      "sourced_collected",
      "sourced_share",
      "win_rate",
      "created_pipeline.sourced",
      "engaged_rate",
      "decided_in_sla",
    ]
      .map((id) => `- ${id}: ${long.slice(0, 100)}`)
      .join("\n");
    await writeFile(
      path.join(here.folder, "notes.md"),
      `## Because\n${because}\n## Last review's actions\n${list("[ ] ")}\n## Decisions asked\n${list("")}\n## New actions\n${list("")}\n`,
    );
    const ran = await here.run("scorecard", "--notes", "notes.md", "--format", "html,pdf", "--out", "qbr");
    expect(ran.stderr).toContain("scorecard_2026-Q3_as-of-2026-10-05.pdf");
    const pdf = textOfPdf(await readFile(path.join(here.folder, "qbr", "scorecard_2026-Q3_as-of-2026-10-05.pdf")));
    // A printed fi is one letter.
    const words = pdf.shown.normalize("NFKC").replaceAll(/\s+/g, " ");
    for (const sheet of [1, 2]) expect(words).toContain(`${sheet} / 2`);
    expect(words).toContain(`as of 5 Oct 2026 · definitions ${definitionsVersion()}`);
  });
});

/** Where the one record of the quarter stands. */
async function frozenFolder(here: Here): Promise<string> {
  const below = path.join(here.folder, "home", "frozen", "2026-Q3");
  const [moment = ""] = await readdir(below);
  return path.join(below, moment);
}

/** What `diff --frozen 2026-Q3 --json` says of one measure's lines. */
async function differences(here: Here): Promise<readonly unknown[]> {
  const ran = await here.run("diff", "--frozen", "2026-Q3", "--json");
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  const report = JSON.parse(ran.stdout) as { lines: Readonly<Record<string, unknown>>[] };
  return report.lines.map((line) => [
    line.measure,
    line.cash_key ?? line.deal_key,
    line.class ?? line.partner_key,
    line.difference_minor,
    line.reason,
  ]);
}

describe("a frozen quarter", () => {
  /** A place that froze the quarter, and in which d1 is worth 100.00 more since. */
  let moved: Here;
  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "attributary-scorecard-"));
    await cp(base, folder, { recursive: true, verbatimSymlinks: true });
    moved = hereAt(folder);
    const froze = await moved.run("scorecard", "--freeze", "--by", "Ada", "--json");
    expect(froze.code + froze.stderr).toBe("0");
    expect(await differences(moved)).toEqual([]);
    await writeCsv(path.join(folder, "drop"), changed("deals", "d1", { amount: "1100.00" }));
    await refreshData(folder);
  });
  afterAll(() => rm(moved.folder, { recursive: true, force: true }));

  test("keeps what was presented through later refreshes, and diff tells what changed since", async () => {
    const here = await place(moved.folder);
    // Builds are pruned one day, also the one that was presented.
    const { run } = JSON.parse(await readFile(path.join(await frozenFolder(here), "frozen.json"), "utf8")) as {
      run: string;
    };
    await rm(path.join(here.folder, "home", "builds", run), { recursive: true });
    expect(await differences(here)).toEqual([
      ["bookings", "drop:d1", "sourced", 10_000, "amount_changed"],
      ["credited_bookings", "drop:d1", "drop:p1", 10_000, "amount_changed"],
    ]);
    const table = (await here.run("diff", "--frozen", "2026-Q3")).stdout;
    const [, configuration, models] = /configuration ([0-9a-f]{8}), models ([0-9a-f]{8})$/m.exec(table) ?? [];
    const made = `as of 2026-10-05, configuration ${configuration}, models ${models}`;
    // d1 had 1,000.00 of the 1,220.00 that were sourced.
    expect(table.replaceAll(/2026\d{4}T\d{6}Z-[0-9a-f]{4}/g, "<run>").split("\n")).toEqual([
      "2 rows differ, money in USD",
      `  before  2026-Q3 as frozen by Ada on 5 Oct 2026 of build <run>, ${made}`,
      `  after   build <run>, ${made}`,
      "  period  2026-Q3, 2026-07-01 to 2026-09-30",
      "",
      "Totals that differ",
      "  measure            of               before      after  difference",
      "  Bookings           sourced       $1,220.00  $1,320.00    +$100.00",
      "  Credited bookings  all partners  $1,220.00  $1,320.00    +$100.00",
      "",
      "By reason",
      "  measure            reason          rows  difference",
      "  Bookings           amount changed     1    +$100.00",
      "  Credited bookings  amount changed     1    +$100.00",
      "",
      "Row by row, below the reason",
      "    measure            row      of          before      after  difference",
      "",
      "  amount changed: its amount was changed at its source",
      "    Bookings           drop:d1  sourced  $1,000.00  $1,100.00    +$100.00",
      "    Credited bookings  drop:d1  drop:p1  $1,000.00  $1,100.00    +$100.00",
      "",
    ]);
    expect((await here.run("diff", "--frozen", "2026-Q3", "--format", "csv")).stdout).toContain(
      "bookings,drop:d1,,,,sourced,1000.00,1100.00,100.00,USD,amount_changed,its amount was changed at its source\r\n",
    );
    const page = (await here.run("diff", "--frozen", "2026-Q3", "--format", "html")).stdout;
    expect(page).toContain("2 rows differ, each with its reason");
    const scorecard = await here.run("scorecard", "--out", "qbr");
    expect(scorecard.code).toBe(0);
    expect(await readFile(path.join(here.folder, "qbr", "scorecard_2026-Q3_as-of-2026-10-05.html"), "utf8")).toContain(
      "since then 100.00 USD of bookings moved",
    );
  });

  test("records who froze it, when, from which build and log, the rules, and no secret", async () => {
    const here = await place();
    await here.run("scorecard", "--freeze", "--by", "Ada");
    const folder = await frozenFolder(here);
    expect(path.basename(folder)).toBe("20261005T060000Z");
    expect((await readdir(folder)).sort()).toEqual([
      "facts.duckdb",
      "frozen.json",
      "scorecard_2026-Q3_as-of-2026-10-05.html",
    ]);
    // The drop has 4 deals, 4 accounts, 2 partners and one each of 8 other entities: 18 records.
    expect(parse(await readFile(path.join(folder, "frozen.json"), "utf8"))).toEqual({
      period: "2026-Q3",
      startsOn: "2026-07-01",
      endsOn: "2026-09-30",
      frozenAt: "2026-10-05T06:00:00.000Z",
      by: "Ada",
      run: expect.stringMatching(/^20261005T060000Z-/),
      asOf: "2026-10-05",
      logPosition: 18,
    });
    const engine = await openEngine();
    try {
      await engine.attach(path.join(folder, "facts.duckdb"), "facts", { readOnly: true });
      const connection = await engine.connect();
      expect(
        await connection.rows(
          "select value::varchar as value from facts.metrics.value where metric = 'sourced_bookings' and period = '2026-Q3' and slice = 'program'",
        ),
      ).toEqual([{ value: "1220.000000000000" }]);
      expect(await connection.rows("select value from facts.config.rule where key = 'commissions'")).toEqual([
        { value: '[{"name":"standard","rate":10,"hold_days":30}]' },
      ]);
    } finally {
      engine.close();
    }
  });

  test("frozen twice is kept twice, and the later one is compared with; what has not begun is not frozen", async () => {
    const here = await place(moved.folder);
    expect(await differences(here)).not.toEqual([]);
    const second = path.join(here.folder, "home", "frozen", "2026-Q3", "20261005T060000Z");
    // The tests' clock stands still, so the first record is put a day back by hand.
    await rename(second, path.join(here.folder, "home", "frozen", "2026-Q3", "20261004T060000Z"));
    await here.run("scorecard", "--freeze");
    expect(await differences(here)).toEqual([]);
    expect(await readdir(path.join(here.folder, "home", "frozen", "2026-Q3"))).toHaveLength(2);
    const early = await here.run("scorecard", "--period", "2027-Q2", "--freeze");
    expect([early.code, early.stderr]).toEqual([
      2,
      expect.stringContaining("this quarter begins on 2027-04-01, after"),
    ]);
    expect(await readdir(path.join(here.folder, "home", "frozen"))).toEqual(["2026-Q3"]);
  });

  test("is told with the days of its own, when the published build speaks of an earlier date", async () => {
    const here = await place();
    await here.run("scorecard", "--freeze");
    await refreshData(here.folder, { noExtract: true, asOf: "2026-09-10" });
    // d2 closed on 25 Sep, after that date.
    expect(await differences(here)).toEqual([["bookings", "drop:d2", "direct", -50_000, "as_of_earlier"]]);
  });
});

describe("diff", () => {
  test("of two builds names the later one's changes, and says what to do when a side is not there", async () => {
    const here = await place();
    const alone = await here.run("diff");
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("there is no build before this one")]);
    await writeCsv(path.join(here.folder, "drop"), changed("deals", "d2", null));
    await refreshData(here.folder);
    const ran = await here.run("diff", "--json");
    expect((JSON.parse(ran.stdout) as { lines: { reason: string }[] }).lines.map((line) => line.reason)).toEqual([
      "deleted",
    ]);
    const never = await here.run("diff", "--frozen", "2026-Q2");
    expect([never.code, never.stderr]).toEqual([2, expect.stringContaining("scorecard --period 2026-Q2 --freeze")]);
    const unknown = await here.run("diff", "--from", "nonsense");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("there is no such build")]);
  });
});

describe("a refresh after a freeze", () => {
  test("lists what is no longer as presented, money that only moved between partners too, and the page says why", async () => {
    const here = await place();
    await here.run("scorecard", "--freeze", "--by", "Ada");
    const same = await here.run("refresh");
    expect(same.stderr).not.toContain("not what Ada presented");
    const page = path.join(here.folder, "home", "site", "change-log.html");
    expect(await readFile(page, "utf8")).toContain("Every frozen quarter is what was presented");
    // d1 goes from p1 to p2 and d2 from direct to p1: 500.00 more are sourced.
    const decided = { approver: "CRO", reason: "agreed", decided_at: "2026-10-01", decision: "sourced" };
    await writeCsv(
      path.join(here.folder, "drop"),
      added(
        "overrides",
        { deal_id: "d1", partner_id: "p2", ...decided },
        { deal_id: "d2", partner_id: "p1", ...decided },
      ),
    );
    const ran = await here.run("refresh");
    expect(ran.stderr).toContain("2026-Q3 is not what Ada presented; `attributary diff --frozen 2026-Q3` says why");
    const issues = await here.run(
      "query",
      "select entity_key, severity, message, amount_reporting_minor as minor from quality.issue where check_id = 'restated_quarter' order by entity_key",
      "--json",
    );
    const collected = (metric: string, amount: string, minor: number) => ({
      entity_key: `2026-Q3|${metric}`,
      severity: "warning",
      message: `2026-Q3 ${metric.replace("_", " ")}: Ada presented ${amount}`,
      minor,
    });
    expect(JSON.parse(issues.stdout)).toEqual([
      collected(
        "commission_earned",
        "100 on 5 Oct 2026; it is the same in total now, but single partners gained 100 and lost 100",
        10_000,
      ),
      collected("direct_bookings", "500 on 5 Oct 2026; it is 0 now", 50_000),
      // p1's registration is still a touch of d1, which it now influences.
      collected(
        "influenced_bookings",
        "300 on 5 Oct 2026; it is the same in total now, but single partners gained 1000",
        100_000,
      ),
      collected("sourced_bookings", "1220 on 5 Oct 2026; it is 1720 now", 50_000),
      collected(
        "sourced_collected",
        "1000 on 5 Oct 2026; it is the same in total now, but single partners gained 1000 and lost 1000",
        100_000,
      ),
    ]);
    const text = await readFile(page, "utf8");
    expect(text).toContain(
      "1 of 1 frozen quarter changed since presented: sourced bookings of Q3 FY26 are $500 higher",
    );
    expect(text).toContain("CRO decided on 1 Oct 2026: sourced by Contour (agreed)");
    // What rests on those amounts moved with them: 1,220 of 2,020 were sourced, 1,720 of them are now.
    const share = '85.1% <abbr class="restated" title="restated: presented as 60.4%">';
    expect(await readFile(path.join(here.folder, "home", "site", "scorecard.html"), "utf8")).toContain(share);
    expect(text.replaceAll(/<[^>]+>/g, "|").replaceAll(/\|+/g, "|")).toContain(
      "|Q3 FY26|Sourced share of bookings|60.4%|85.1%|",
    );
  });

  test("names what partners lost where nobody gained it and the program's amount is the same", async () => {
    const engine = await openEngine();
    onTestFinished(() => engine.close());
    const connection = await engine.connect();
    await connection.run(await readFile(path.join(sqlFolder, "functions.sql"), "utf8"));
    await connection.run(`
      create schema config;
      create schema quality;
      create table config.setting as select 2 as exponent, 'USD' as currency, 'UTC' as timezone;
      create table quality.restated_value as
      select '2026-Q3' as period, 'influenced_bookings' as metric, slice, timestamptz '2026-10-05 09:00:00Z' as frozen_at,
        'Ada' as frozen_by, presented_value, value, value - presented_value as difference, value <> presented_value as is_changed
      from (values ('program', 500.00, 500.00), ('partner', 200.00, 80.06)) as t (slice, presented_value, value)`);
    const check = await readFile(path.join(sqlFolder, "checks", "restated_quarter.sql"), "utf8");
    expect(await connection.rows(`select message, amount_reporting_minor from (${check})`)).toEqual([
      {
        message:
          "2026-Q3 influenced bookings: Ada presented 500 on 5 Oct 2026; it is the same in total now, but single partners lost 119.94",
        amount_reporting_minor: 11_994,
      },
    ]);
    connection.close();
  });

  test("publishes all the same when the record cannot be read, and says so", async () => {
    const here = await place();
    await here.run("scorecard", "--freeze", "--by", "Ada");
    const facts = path.join(await frozenFolder(here), "facts.duckdb");
    await writeFile(facts, "not a database");
    const ran = await here.run("refresh");
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining(`${facts} cannot be read`)]);
    expect(await readFile(path.join(here.folder, "home", "site", "change-log.html"), "utf8")).toContain(
      "No quarter has been frozen yet",
    );
  });

  test("that follows a changed rule keeps the change with its date", async () => {
    const here = await place();
    const config = path.join(here.folder, "attributary.yaml");
    await writeFile(config, `${await readFile(config, "utf8")}\nattribution: { claim_days: 30 }\n`);
    await refreshData(here.folder);
    await here.run("refresh");
    const changes = await here.run(
      "query",
      "select rule, value_before, value_after from marts.fct_rule_change",
      "--json",
    );
    expect(JSON.parse(changes.stdout)).toEqual([
      { rule: "attribution.claim_days", value_before: "14", value_after: "30" },
    ]);
    expect(await readFile(path.join(here.folder, "home", "site", "change-log.html"), "utf8")).toContain(
      "attribution.claim_days",
    );
  });
});
