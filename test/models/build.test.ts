import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { prepareLog } from "../../src/extract/log.ts";
import { tellDisk } from "../../src/folders.ts";
import { type BuildResult, buildWarehouse } from "../../src/models/build.ts";
import { parseHeader } from "../../src/models/header.ts";
import { loadSql, type OwnModels, sqlFolder } from "../../src/models/load.ts";
import { type Connection, openEngine } from "../../src/warehouse/database.ts";
import type { Parameter } from "../../src/warehouse/values.ts";

/** Builds the given SQL files by name over an empty log. */
async function buildFiles(
  files: Record<string, string>,
  own?: OwnModels,
): Promise<{ connection: Connection; result: BuildResult; steps: string[] }> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-sql-"));
  const sql = path.join(folder, "sql");
  await mkdir(sql);
  await copyFile(path.join(sqlFolder, "functions.sql"), path.join(sql, "functions.sql"));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(sql, name), text);
  }
  const engine = await openEngine();
  onTestFinished(async () => {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  });
  for (const name of ["raw", "input", "warehouse"]) await engine.attach(path.join(folder, `${name}.duckdb`), name);
  const connection = await engine.connect();
  await connection.run("use warehouse");
  await prepareLog(connection);
  const steps: string[] = [];
  const config = parseConfig("sources: [{ name: drop, kind: files, path: x }]", "a.yaml", {});
  const result = await buildWarehouse({
    connection,
    config,
    asOf: { date: "2026-09-30", isExplicit: true },
    sql,
    ...(own === undefined ? {} : { own }),
    onStep: (step) => steps.push(path.basename(step.file)),
  });
  return { connection, result, steps };
}

const model = (name: string, body: string, extra = ""): string =>
  `-- model: ${name}\n-- grain: a\n-- about: Each row is a thing.\n${extra}${body}`;

/** Whether a plan has an outer, semi or anti join that can only try every pair of rows. */
function comparesPairs(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(comparesPairs);
  if (typeof node !== "object" || node === null) return false;
  const { name, extra_info: info, children } = node as PlanNode;
  const isPairwise = name.startsWith("BLOCKWISE_NL_JOIN") && info["Join Type"] !== "INNER" && info.Condition !== "true";
  return isPairwise || comparesPairs(children);
}

interface PlanNode {
  readonly name: string;
  readonly extra_info: Readonly<Record<string, unknown>>;
  readonly children: readonly unknown[];
}

describe("building the models", () => {
  test("no model compares every row with every other", async () => {
    const engine = await openEngine();
    onTestFinished(() => engine.close());
    for (const name of ["raw", "input", "warehouse"]) await engine.attach(":memory:", name);
    const connection = await engine.connect();
    await connection.run("use warehouse");
    await prepareLog(connection);
    const config = parseConfig(
      `sources: [
         { name: drop, kind: files, path: x }, { name: billing, kind: stripe, api_key: x },
         { name: hub, kind: hubspot, access_token: x },
         { name: org, kind: salesforce, instance_url: "https://example.org", access_token: x },
       ]`,
      "a.yaml",
      {},
    );
    // An outer join that asks something of its left side alone is such a comparison; an inner one is with a table of one row.
    const slow: string[] = [];
    let planned = 0;
    const run = async (sql: string, parameters?: readonly Parameter[]): Promise<number> => {
      if (/^(?:create (?:table|view)|insert into) (?:"|quality\.issue by)/.test(sql)) {
        const statement = sql.replace(/^create view .* as\n/, "");
        const [plan] = await connection.rows<{ explain_value: string }>(
          `explain (format json) ${statement}`,
          parameters,
        );
        if (comparesPairs(JSON.parse(plan?.explain_value ?? "[]"))) slow.push(sql.slice(0, 300));
        planned += 1;
      }
      return connection.run(sql, parameters);
    };
    await buildWarehouse({
      connection: { ...connection, run },
      config,
      asOf: { date: "2026-09-30", isExplicit: true },
      keepsInput: true,
    });
    expect(slow).toEqual([]);
    expect(planned).toBeGreaterThan(250);

    // A table refuses a column that a feeder misspells; in a view it would only be one more.
    const { files } = await loadSql();
    const columns = async (select: string): Promise<string[]> =>
      (await connection.columns(select)).map(({ name }) => name);
    for (const view of files) {
      if (view.type !== "model" || view.as !== "view" || view.schema !== "input") continue;
      const own = new Set(await columns(view.sql));
      for (const feeder of files) {
        if (feeder.type !== "feeder" || feeder.into !== `input.${view.name}`) continue;
        expect([feeder.file, (await columns(feeder.sql)).filter((name) => !own.has(name))]).toEqual([feeder.file, []]);
      }
    }
  });

  test("a model is built after the ones it reads, whatever the files are called", async () => {
    const { steps, connection } = await buildFiles({
      "a.sql": model("marts.first", "select a from staging.second"),
      "b.sql": model("staging.second", "with x as (select a from staging.third) select a from x"),
      "c.sql": model("staging.third", "select 1 as a"),
    });
    expect(steps).toEqual(["c.sql", "b.sql", "a.sql"]);
    expect(await connection.rows("select a from marts.first")).toEqual([{ a: 1 }]);
  });

  test("whoever reads a table waits for every file that feeds it", async () => {
    const { steps, connection } = await buildFiles({
      "a.sql": model("marts.all", "select a, b from staging.shape"),
      "y.sql": "-- into: staging.shape\n-- about: One row more.\nselect 2 as b, 1 as a",
      "z.sql": model("staging.shape", "select 0::bigint as a, 0::bigint as b where false"),
    });
    expect(steps).toEqual(["z.sql", "y.sql", "a.sql"]);
    expect(await connection.rows("select * from marts.all")).toEqual([{ a: 1, b: 2 }]);
  });

  test("a view that files feed has the rows of all of them, and what they read stays until the view has been read", async () => {
    const { steps, connection } = await buildFiles({
      "a.sql": model("marts.all", "select a, b from input.shape"),
      "w.sql": model("input.once", "select 3 as a"),
      "x.sql": "-- into: input.shape\n-- about: One row.\nselect a, 4 as b from input.once",
      "y.sql": "-- into: input.shape\n-- about: One row more.\nselect 2 as b, 1 as a",
      "z.sql": model("input.shape", "select 0::bigint as a, 0::bigint as b where false", "-- as: view\n"),
    });
    expect(steps).toEqual(["w.sql", "z.sql", "x.sql", "y.sql", "a.sql"]);
    expect(await connection.rows("select a, b from marts.all order by a")).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
    expect(await connection.rows("select table_name from duckdb_tables() where database_name = 'input'")).toEqual([]);
  });

  test("published tables are stored in the order of their grain", async () => {
    const { connection } = await buildFiles({ "a.sql": model("marts.t", "select unnest([3, 1, 2]) as a") });
    expect(await connection.rows("select a from marts.t")).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  });

  test("a log of few versions is built on one thread, and everything else has as many as before", async () => {
    const { connection } = await buildFiles({ "a.sql": model("marts.t", "select current_setting('threads') as a") });
    expect(await connection.rows("select a from marts.t")).toEqual([{ a: 1 }]);
    const other = await openEngine();
    onTestFinished(() => other.close());
    const threads = "select current_setting('threads') as threads";
    expect(await connection.rows(threads)).toEqual(await (await other.connect()).rows(threads));
  });

  test("a step that is not kept is gone once everything is built and checked", async () => {
    const { connection, result } = await buildFiles({
      "a.sql": model("metrics.value", "select a from metrics.step"),
      "b.sql": model("metrics.step", "select 1 as a", "-- keep: no\n-- checks: unique(grain)\n"),
    });
    expect(result.stopping).toEqual([]);
    expect(await connection.rows("select table_name from duckdb_tables() where schema_name = 'metrics'")).toEqual([
      { table_name: "value" },
    ]);
  });

  test("a table that nobody builds is named with the nearest one", async () => {
    const files = {
      "a.sql": model("marts.t", "select a from staging.stg_dealz"),
      "b.sql": model("staging.stg_deals", "select 1 as a"),
    };
    await expect(buildFiles(files)).rejects.toThrow(
      /sql\/a\.sql: it reads staging\.stg_dealz, which no model builds\n {2}→ did you mean "staging\.stg_deals"\?/,
    );
  });

  test("models that read each other in a circle are named in order", async () => {
    const files = {
      "a.sql": model("staging.a", "select a from staging.b"),
      "b.sql": model("staging.b", "select a from staging.c"),
      "c.sql": model("staging.c", "select a from staging.a"),
    };
    await expect(buildFiles(files)).rejects.toThrow("sql/a.sql → sql/b.sql → sql/c.sql → sql/a.sql");
  });

  test("SQL that cannot be read or run names its file", async () => {
    await expect(buildFiles({ "a.sql": model("staging.a", "selec 1") })).rejects.toThrow(
      /sql\/a\.sql:4: the engine cannot read this SQL/,
    );
    await expect(buildFiles({ "a.sql": model("staging.a", "select nothing_here as a") })).rejects.toThrow(
      /sql\/a\.sql:4: the engine refused it: Binder Error/,
    );
  });

  test("a disk that is full is told as such, and not as a fault of the statement that met it", async () => {
    const full = `select error('Could not write to "warehouse.duckdb": No space left on device') as a`;
    const failed = tellDisk("/srv/home", "nothing was published", () =>
      buildFiles({ "a.sql": model("staging.a", full) }),
    );
    await expect(failed).rejects.toMatchObject({ exitCode: 2, where: "/srv/home" });
    await expect(failed).rejects.toThrow(/the disk takes no more \(.*No space left on device/);
  });

  test("a header without a grain's table, or with an unknown check, is refused", async () => {
    await expect(buildFiles({ "a.sql": "select 1" })).rejects.toThrow('the header has no "model"');
    await expect(
      buildFiles({ "a.sql": model("staging.a", "select 1 as a", "-- checks: unqiue(a)\n") }),
    ).rejects.toThrow('the check "unqiue(a)" is not understood');
  });
});

describe("checks", () => {
  test("rows of a finding are listed and stop nothing (R93)", async () => {
    const { connection, result } = await buildFiles({
      "a.sql":
        "-- check: late_claim\n-- severity: warning\n-- stops: no\n-- about: Late.\nselect 'deal' as entity, 'drop:1' as entity_key, 'late' as message, 'decide earlier' as fix, 500 as amount_reporting_minor",
    });
    expect(result.stopping).toEqual([]);
    expect(await connection.rows("select * from quality.issue")).toEqual([
      {
        check_id: "late_claim",
        severity: "warning",
        entity: "deal",
        entity_key: "drop:1",
        message: "late",
        fix: "decide earlier",
        amount_reporting_minor: 500,
      },
    ]);
  });

  test("rows of an invariant stop the publish and are named (R93)", async () => {
    const { result } = await buildFiles({
      "a.sql":
        "-- check: credit_adds_up\n-- severity: error\n-- stops: yes\n-- about: Sums.\nselect 'deal' as entity, 'drop:1' as entity_key, 'one cent is missing' as message, '' as fix, 1 as amount_reporting_minor",
    });
    expect(result.stopping).toEqual([
      { check: "credit_adds_up", file: "sql/a.sql", rows: 1, examples: ["deal drop:1: one cent is missing"] },
    ]);
  });

  test.each([
    ["unique(grain)", "select unnest([1, 1, 2]) as a", "a = 1, times = 2"],
    ["not_null(a)", "select unnest([1, null]) as a", "a = null"],
    ["one_of(a: x, y)", "select unnest(['x', 'z']) as a", "a = z"],
    ["found(a in config.source.source)", "select unnest(['drop', 'gone']) as a", "a = gone"],
    ["sum(part) = whole by (a)", "select 1 as a, unnest([2, 3]) as part, 6 as whole", "a = 1, parts = 5, whole = 6"],
    ["same_rows(config.source)", "select unnest([1, 2]) as a", "rows = 2, expected = 1"],
  ])("the header's %s names the rows that break it", async (check, body, example) => {
    const { result } = await buildFiles({ "a.sql": model("staging.t", body, `-- checks: ${check}\n`) });
    expect(result.stopping).toEqual([
      { check: check.replace("grain", "a"), file: "sql/a.sql", rows: 1, examples: [example] },
    ]);
  });

  test("checks that hold stop nothing", async () => {
    const { result } = await buildFiles({
      "a.sql": model(
        "staging.t",
        "select 'drop' as a, 2 as part, 2 as whole",
        "-- checks: unique(grain); not_null(a, part); one_of(a: drop); found(a in config.source.source)\n-- checks: sum(part) = whole by (a); same_rows(config.source)\n",
      ),
    });
    expect(result.stopping).toEqual([]);
  });
});

describe("models of one's own", () => {
  const house = { "flow.sql": model("metrics.flow", "select 'x' as metric, 1 as a where false") };
  const own = (sql: string): OwnModels => ({
    files: [parseHeader("./our/metrics/mine.sql", sql)],
    mayWrite: (metric) => metric === "mine",
    metricIds: ["mine"],
  });
  const feeder = (body: string): string => `-- into: metrics.flow\n-- about: Rows.\n${body}`;

  test("are built with the others", async () => {
    const { connection } = await buildFiles(house, own(feeder("select 'mine' as metric, 7 as a")));
    expect(await connection.rows("select * from metrics.flow")).toEqual([{ metric: "mine", a: 7 }]);
  });

  test.each([
    [
      "",
      feeder("select 'won_deals' as metric, 7 as a"),
      'it writes the metric "won_deals", which no definition in the same folder names',
    ],
    ["", feeder("select 'mine' as metric, b as a from metrics.none"), "it reads metrics.none, which no model builds"],
    [
      ":4",
      feeder("select 'mine' as metric,\n nowhere as a"),
      'the engine refused it: Binder Error: Referenced column "nowhere"',
    ],
    [":3", feeder("selec 1"), "the engine cannot read this SQL"],
    ["", "-- into: metrics.flw\n-- about: Rows.\nselect 1", "it adds rows to metrics.flw, which no model builds"],
    ["", model("metrics.flow", "select 1 as a"), "the table metrics.flow is taken by sql/flow.sql"],
  ])("that are wrong are their people's to mend, case %#", async (line, sql, found) => {
    await expect(buildFiles(house, own(sql))).rejects.toMatchObject({
      where: `./our/metrics/mine.sql${line}`,
      found: expect.stringContaining(found),
      exitCode: 2,
    });
  });
});
