import { spawn } from "node:child_process";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { processEffects } from "../../src/effects.ts";
import { sqlFolder } from "../../src/models/load.ts";
import { refresh } from "../../src/operate/refresh.ts";
import { openEngine } from "../../src/warehouse/database.ts";
import { copyOf, makePlace, type Place, type Ran } from "../support/cli.ts";
import { publishedBy } from "../support/published.ts";
import { refreshData } from "../support/refresh.ts";
import { smallCompany } from "../support/small-company.ts";

const place = (): Promise<Place> => makePlace({ drop: smallCompany });

/** The company as it stands published, and published as of a date; tests that change anything take a copy. */
let today: Place;
let dated: Place;
/** How those two refreshes ended. */
let ran: Readonly<Record<"today" | "dated", Ran>>;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  today = await makePlace({ drop: smallCompany }, {}, (removal) => closing.push(removal));
  dated = await makePlace({ drop: smallCompany }, {}, (removal) => closing.push(removal));
  ran = {
    today: await today.run("refresh"),
    dated: await dated.run("refresh", "--as-of", "2026-09-30", "--json"),
  };
});
afterAll(async () => {
  for (const close of closing) await close();
});

describe("refresh", () => {
  test("publishes a site and a warehouse whose numbers are right", async () => {
    const here = dated;
    expect(ran.dated.stderr + ran.dated.code).toMatch(/0$/);
    expect(JSON.parse(ran.dated.stdout)).toMatchObject({
      asOf: "2026-09-30",
      index: path.join(here.folder, "home", "site", "index.html"),
    });
    expect(await readFile(path.join(here.folder, "home", "site", "index.html"), "utf8")).toContain("<html");
    const status = JSON.parse(await readFile(path.join(here.folder, "home", "status.json"), "utf8"));
    expect(status.published).toMatchObject({ exit_code: 0, as_of: "2026-09-30", error: null });
    expect(status.sources).toEqual([{ source: "drop", read_at: expect.any(String), failing: [] }]);
    const values = await here.run(
      "query",
      "select metric, value from metrics.value where period = '2026-Q3' and slice = 'program' and metric in ('sourced_bookings', 'influenced_bookings', 'direct_bookings', 'total_bookings', 'sourced_collected', 'target_attainment') order by metric",
      "--json",
    );
    // 1,000.00 sourced + 250.01 influenced + 500.00 direct = 1,750.01; collected 1,190.00 × 1,000 / 1,190; 1,000 of a target of 2,000.
    expect(
      JSON.parse(values.stdout).map((row: { metric: string; value: number }) => [row.metric, Number(row.value)]),
    ).toEqual([
      ["direct_bookings", 500],
      ["influenced_bookings", 250.01],
      ["sourced_bookings", 1000],
      ["sourced_collected", 1000],
      ["target_attainment", 0.5],
      ["total_bookings", 1750.01],
    ]);
  });

  test("with an as-of date publishes like any other and says so; query reads what stands, --no-extract the log alone (R116)", async () => {
    const here = await copyOf(today);
    const bookings = async (): Promise<unknown> =>
      JSON.parse(
        (
          await here.run(
            "query",
            "select cast(value as double) as booked from metrics.value where metric = 'total_bookings' and period = '2026' and slice = 'program'",
            "--json",
          )
        ).stdout,
      );
    const page = (): Promise<string> => readFile(path.join(here.folder, "home", "site", "index.html"), "utf8");
    expect(await bookings()).toEqual([{ booked: 1750.01 }]);
    expect(await page()).not.toContain("(asked for)");
    await here.run("refresh", "--as-of", "2026-08-31");
    // d2 and d3 close in September
    expect(await bookings()).toEqual([{ booked: 1000 }]);
    expect(await page()).toContain("as of <b>31 Aug 2026</b> (asked for)");
    await rm(path.join(here.folder, "drop"), { recursive: true });
    // Nobody is asked and told, so no key is needed, as after a restore to another machine.
    await here.configure("attributary.yaml", {
      sources: [...here.sources, { name: "pay", kind: "stripe", api_key: "${NO_KEY}" }],
      channels: [{ name: "ops", kind: "slack", webhook_url: "${NO_HOOK}" }],
      alerts: [{ id: "nightly", rule: "run_failed", to: "ops" }],
    });
    // a day to come is a date like any other, but for a word about it
    const early = await here.run("refresh", "--no-extract", "--as-of", "2026-12-31");
    expect([early.code, early.stderr]).toEqual([0, expect.stringContaining("--as-of 2026-12-31 has not come yet")]);
    expect(early.stderr).toContain("alerts wait for a run that knows the address and keys of ops\n");
    expect(await bookings()).toEqual([{ booked: 1750.01 }]);
  }, 180_000);

  test("keeps what is published when a source fails, and says what to do", async () => {
    const here = await copyOf(today);
    const before = await publishedBy(here.folder);
    await rm(path.join(here.folder, "drop"), { recursive: true });
    await mkdir(path.join(here.folder, "drop"));
    const failed = await here.run("refresh");
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain("drop");
    expect(before.size).toBeGreaterThan(20);
    expect(await publishedBy(here.folder)).toEqual(before);
  });

  test("says at the end what it found in the sources", async () => {
    expect(ran.today.stderr).toContain("nothing to mend in the sources\n");
    const messy = await makePlace({
      drop: { partners: [{ id: "p1", name: "Acme", agreed_on: "soon", status: "gone" }] },
    });
    expect((await messy.run("refresh")).stderr).toContain(
      "found in the sources: 2 errors and 0 warnings; the Data quality page lists them with what to do\n",
    );
  });

  test("a source that could not be opened is told of until it is read again", async () => {
    const here = await place();
    await rename(path.join(here.folder, "drop"), path.join(here.folder, "elsewhere"));
    expect((await here.run("refresh")).code).toBe(3);
    await rename(path.join(here.folder, "elsewhere"), path.join(here.folder, "drop"));
    await refreshData(here.folder);
    const streams = await here.run(
      "query",
      "select count(*) as n from quality.stream where status = 'failed'",
      "--json",
    );
    expect(JSON.parse(streams.stdout)).toEqual([{ n: 0 }]);
  });

  test("keeps what is published when a check fails, exit code 4, and names the rows (R93)", async () => {
    const here = await copyOf(today);
    const before = await publishedBy(here.folder);
    const sql = path.join(here.folder, "sql");
    await cp(sqlFolder, sql, { recursive: true });
    await writeFile(
      path.join(sql, "checks", "never.sql"),
      "-- check: never\n-- severity: error\n-- stops: yes\n-- about: Fails.\nselect 'deal' as entity, deal_key as entity_key, 'is there' as message, '' as fix, 1 as amount_reporting_minor from marts.fct_deal",
    );
    const failing = refresh({
      loaded: await loadConfig(path.join(here.folder, "attributary.yaml"), {}),
      effects: { ...processEffects(), now: () => new Date("2026-10-05T07:00:00Z") },
      extract: async () => [],
      draw: async () => ({ pages: 0, written: 0 }),
      noExtract: true,
      sql,
      tell: () => undefined,
    });
    await expect(failing).rejects.toMatchObject({
      exitCode: 4,
      message: [
        "refresh: a check of the build failed:",
        "never (sql/checks/never.sql): 4 rows break it",
        "    deal drop:d1: is there",
        "    deal drop:d2: is there",
        "    deal drop:d3: is there",
        "    deal drop:d4: is there",
        "  → nothing was published; the last good site stays. Report the rows above, they break a rule that should always hold",
      ].join("\n"),
    });
    expect(await publishedBy(here.folder)).toEqual(before);
  });

  test("one that finds another running ends with 75 and touches nothing", async () => {
    const here = await copyOf(today);
    const before = await readdir(path.join(here.folder, "home", "builds"));
    const holder = spawn(process.execPath, [
      "--input-type=module-typescript",
      "-e",
      `import { openEngine } from ${JSON.stringify(path.resolve("src/warehouse/database.ts"))};
       const engine = await openEngine();
       await engine.attach(${JSON.stringify(path.join(here.folder, "home", "raw.duckdb"))}, "raw");
       process.stdout.write("held");
       setInterval(() => undefined, 1000);`,
    ]);
    onTestFinished(() => {
      holder.kill("SIGKILL");
    });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const scratch = path.join(here.folder, "home", "tmp", "input.duckdb");
    await mkdir(path.dirname(scratch), { recursive: true });
    await writeFile(scratch, "the first one's");
    const second = await here.run("refresh");
    expect(second.code).toBe(75);
    expect(second.stderr).toBe(
      `error: ${path.join(here.folder, "home", "raw.duckdb")}: another refresh is using it\n  → wait for it to end (\`attributary refresh\` runs one at a time), then run this again\n`,
    );
    expect(await readdir(path.join(here.folder, "home", "builds"))).toEqual(before);
    expect(await readFile(scratch, "utf8")).toBe("the first one's");
  });
});

describe("query", () => {
  // One published place for all of them: a query changes nothing, as the second test holds.
  let here: Place;
  beforeAll(() => {
    here = dated;
  });

  test("csv, json, parquet and arrow of every mart hold the same rows", async () => {
    const list = await here.run(
      "query",
      "select table_schema || '.' || table_name as t from information_schema.tables where table_schema in ('marts', 'metrics', 'quality') order by 1",
      "--json",
    );
    const engine = await openEngine();
    onTestFinished(() => engine.close());
    const connection = await engine.connect();
    for (const { t } of JSON.parse(list.stdout) as { t: string }[]) {
      const file = (format: string): string => path.join(here.folder, `${t}.${format}`);
      for (const format of ["csv", "json", "parquet", "arrow"]) {
        expect((await here.run("query", `select * from ${t}`, "--format", format, "--out", file(format))).code).toBe(0);
      }
      const parquet = await connection.rows("select * from read_parquet($1)", [file("parquet")]);
      const columns = await connection.columns(`select * from read_parquet('${file("parquet")}')`);
      await connection.run("create or replace temp table typed as select * from read_parquet($1) limit 0", [
        file("parquet"),
      ]);
      await connection.run("copy typed from $1 (format csv, header)", [file("csv")]);
      expect(await connection.rows("select * from typed")).toEqual(parquet);
      await connection.run("create or replace temp table typed as select * from read_parquet($1) limit 0", [
        file("parquet"),
      ]);
      await connection
        .run("insert into typed by name select * from read_json($1, union_by_name = true)", [file("json")])
        .catch(() => {
          // A table without rows has no columns in JSON.
          expect(parquet).toEqual([]);
        });
      expect(await connection.rows("select * from typed")).toEqual(parquet);
      const arrow = tableFromIPC(await readFile(file("arrow")));
      expect(arrow.schema.fields.map((field) => field.name)).toEqual(columns.map((column) => column.name));
      expect(arrow.numRows).toBe(parquet.length);
      for (const [index, column] of columns.entries()) {
        const cells = [...(arrow.getChildAt(index) ?? [])];
        expect(cells.map((cell) => plain(cell, column.type))).toEqual(
          parquet.map((row) => plain(row[column.name], column.type)),
        );
      }
    }
  });

  test("says what is wrong with SQL it refuses, in the lines of that SQL, and changes nothing", async () => {
    const empty = await place();
    expect((await empty.run("query", "select 1")).stderr).toContain("nothing has been published here yet");
    const fix =
      "  → give one select over the schemas marts, metrics, quality, attribution, staging or config; `select table_schema, table_name from information_schema.tables` lists the tables";
    const refusals: readonly (readonly [sql: string, told: string])[] = [
      [
        "select nam from marts.dim_partner",
        `error: query: Referenced column "nam" not found in FROM clause; the nearest are "name", "manager", "state", "domain", "status"
    line 1: select nam from marts.dim_partner
                   ^
${fix}\n`,
      ],
      [
        "select\n  name,\n  tier\nform marts.dim_partner",
        `error: query: syntax error at or near "marts"
    line 4: form marts.dim_partner
                 ^
${fix}\n`,
      ],
      [
        "select * from marts.dim_parter",
        `error: query: Table with name dim_parter does not exist; did you mean marts.dim_partner?
    line 1: select * from marts.dim_parter
                          ^
${fix}\n`,
      ],
      [
        "select * from marts.findings",
        `error: query: Table with name findings does not exist; did you mean quality.issue?
    line 1: select * from marts.findings
                          ^
${fix}\n`,
      ],
      [
        "select * from fct_deals",
        `error: query: Table with name fct_deals does not exist; did you mean marts.fct_deal?
    line 1: select * from fct_deals
                          ^
${fix}\n`,
      ],
      [
        "select * from constructor",
        `error: query: Table with name constructor does not exist
    line 1: select * from constructor
                          ^
${fix}\n`,
      ],
      ["drop table marts.dim_partner", `error: query: this is not one select\n${fix}\n`],
      ["select 1; select 2", `error: query: this is not one select\n${fix}\n`],
      ["", `error: query: this is not one select\n${fix}\n`],
      [
        "select name::int as n from marts.dim_partner where partner_key = 'drop:p1'",
        `error: query: Could not convert string 'Northwind Referrals' to INT32 when casting from source column name\n${fix}\n`,
      ],
    ];
    for (const [sql, told] of refusals) {
      for (const format of ["table", "csv", "arrow"]) {
        const ran = await here.run("query", sql, "--format", format);
        expect([ran.code, ran.stderr]).toEqual([2, told]);
      }
    }
    expect((await here.run("query", "select count(*) as n from marts.dim_partner", "--format", "csv")).stdout).toBe(
      "n\n3\n",
    );
  });

  test("reads nothing but the published warehouse, and writes nothing but its --out", async () => {
    const file = path.join(here.folder, "drop", "partners.csv");
    for (const sql of [
      `select * from read_csv('${file}')`,
      `select * from '${file}'`,
      `select * from read_text('${file}')`,
      `select count(*) from glob('${file}')`,
      `select * from sniff_csv('${file}')`,
    ]) {
      const ran = await here.run("query", sql, "--format", "csv");
      expect([ran.code, ran.stdout, ran.stderr]).toEqual([
        2,
        "",
        `error: query: it asks for the file ${file}, and a query sees nothing but the published warehouse\n  → bring the file in as a source of kind files, or write the rows out with --format parquet --out and join them elsewhere\n`,
      ]);
    }
    const out = path.join(here.folder, "nowhere", "x.csv");
    for (const format of ["csv", "json", "table", "arrow"]) {
      const ran = await here.run("query", "select 1.5::double as n", "--format", format, "--out", out);
      expect(ran.code).toBe(2);
      expect(ran.stderr).toMatch(
        /^error: query --out .*\/nowhere\/x\.csv: this file cannot be written \(.+\)\n {2}→ give a file in a folder that exists and can be written\n$/,
      );
    }
  });

  test("writes JSON that every reader takes: null where there is no number", async () => {
    const sql =
      "select 'nan'::double as a, '-inf'::double as b, 1.5::double as c, ['inf'::double, 2] as d, 'NaN, \"-Infinity\"' as e, 0.10 as f";
    const row = { a: null, b: null, c: 1.5, d: [null, 2], e: 'NaN, "-Infinity"', f: 0.1 };
    expect(JSON.parse((await here.run("query", sql, "--json")).stdout)).toEqual([row]);
    const out = path.join(here.folder, "rows.json");
    await here.run("query", sql, "--format", "json", "--out", out);
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual([row]);
  });

  test("prints a table for people", async () => {
    const ran = await here.run("query", "select partner_key, name from marts.dim_partner order by 1 limit 1");
    expect(ran.stdout).toContain("drop:p1");
    expect(ran.stdout).toContain("1 row\n");
  });
});

describe("the command line", () => {
  test("wrong usage ends with 2, help with 0 and shows examples and exit codes", async () => {
    const here = await place();
    expect((await here.run("refesh")).code).toBe(2);
    expect((await here.run("refresh", "--as-of", "yesterday")).stderr).toContain('"yesterday" is not a date');
    expect((await here.run("refresh", "--as-of", "2026-02-30")).code).toBe(2);
    for (const flag of [["--source", "drop"], ["--full"]]) {
      const both = await here.run("refresh", "--no-extract", ...flag);
      expect([both.code, both.stderr]).toEqual([
        2,
        `error: refresh: ${flag[0]} says what to read, and --no-extract that nothing is read\n  → leave out either ${flag[0]} or --no-extract\n`,
      ]);
    }
    expect((await here.run("query", "select 1", "--format", "xml")).code).toBe(2);
    expect((await here.run("refresh", "--config", "nowhere.yaml")).stderr).toContain("cannot be read");
    for (const command of ["refresh", "query", "export", "schedule", "serve", "sandbox"]) {
      const help = await here.run(command, "--help");
      expect(help.code).toBe(0);
      expect(help.stdout).toContain("Examples:");
      expect(help.stdout).toContain("75 another refresh is running");
    }
  });
});

/** A cell as one text, whichever reader it came from. */
function plain(cell: unknown, type: string): unknown {
  if (cell === null || cell === undefined) return null;
  if (cell instanceof Date) return type === "DATE" ? cell.toISOString().slice(0, 10) : cell.getTime();
  const decimal = /^DECIMAL\(\d+,(\d+)\)$/.exec(type);
  if (decimal !== null && typeof cell === "object")
    return scaled(BigInt.asIntN(128, BigInt(String(cell))), Number(decimal[1]));
  if (type === "DATE" && typeof cell === "number") return new Date(cell).toISOString().slice(0, 10);
  if (type === "HUGEINT" && typeof cell === "object") return String(BigInt.asIntN(128, BigInt(String(cell))));
  return typeof cell === "object" ? JSON.stringify(cell) : type.startsWith("TIMESTAMP") ? Number(cell) : String(cell);
}

function scaled(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return value < 0n ? `-${text}` : text;
}
