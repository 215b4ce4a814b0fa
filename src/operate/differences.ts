import { UserError } from "../errors.ts";
import { buildApart } from "../models/build.ts";
import { type Connection, openEngine } from "../warehouse/database.ts";

/** The days two warehouses are compared for, both ends inclusive. */
export interface Scope {
  /** Label of the period: `2026-Q3`. */
  readonly period: string;
  readonly startsOn: string;
  readonly endsOn: string;
}

/** Two warehouses, or what was frozen of one, as files. */
export interface Sides {
  readonly before: string;
  readonly after: string;
  /** Only deals closed, cash moved and commission lines entered in these days; all time when left out. */
  readonly scope?: Scope;
}

/** The tables that every comparison needs on both sides. */
const needed = ["config.rule", "config.setting", "marts.fct_deal", "metrics.value"];

/**
 * Compares two warehouses row by row: builds the schema `difference` from `sql/diff` in an engine of its own, in which the
 * sides are attached for reading as `before` and `after`, and hands its connection to `work`. The tables are described in
 * their headers; `difference.line` has every difference with its reason. Throws UserError (exit 2) when the two cannot be compared.
 */
export async function withDifferences<T>(sides: Sides, work: (connection: Connection) => Promise<T>): Promise<T> {
  const engine = await openEngine();
  try {
    await engine.attach(sides.before, "before", { readOnly: true });
    await engine.attach(sides.after, "after", { readOnly: true });
    const connection = await engine.connect();
    await compareSides(connection, sides.scope);
    return await work(connection);
  } finally {
    engine.close();
  }
}

/** The comparison itself, over catalogs that are attached as `before` and `after`. */
export async function compareSides(connection: Connection, scope?: Scope): Promise<void> {
  await mustBeComparable(connection);
  await connection.run("create schema config; create schema difference;");
  await connection.run(
    `create table config.scope as
     select $1::varchar as period, coalesce($2::date, date '0001-01-01') as starts_on, coalesce($3::date, date '9999-12-31') as ends_on`,
    [scope?.period ?? null, scope?.startsOn ?? null, scope?.endsOn ?? null],
  );
  const broken = await buildApart(connection, "diff");
  if (broken.length > 0) {
    throw new Error(
      `a comparison broke a rule that always holds:\n${broken.map((failure) => `${failure.file}, ${failure.check}: ${failure.examples.join("; ")}`).join("\n")}`,
    );
  }
}

async function mustBeComparable(connection: Connection): Promise<void> {
  for (const side of ["before", "after"]) {
    const tables = await connection.rows<{ name: string }>(
      "select table_schema || '.' || table_name as name from information_schema.tables where table_catalog = $1",
      [side],
    );
    const there = new Set(tables.map((table) => table.name));
    if (needed.some((name) => !there.has(name))) {
      throw new UserError({
        where: "diff",
        found: `what stands ${side} the change was built by an older version, which did not write down its rules`,
        fix: "run `attributary refresh`, and compare with builds made from now on",
      });
    }
  }
  const row = await connection.row<{ earlier: string; later: string }>(
    `select earlier.currency as earlier, later.currency as later
     from before.config.setting as earlier cross join after.config.setting as later`,
  );
  if (row !== undefined && row.earlier !== row.later) {
    throw new UserError({
      where: "diff",
      found: `the reporting currency was ${row.earlier} before and is ${row.later} now, so no two amounts can be compared`,
      fix: `set reporting.currency to ${row.earlier} in a copy of the configuration with a home of its own, refresh, and compare there`,
    });
  }
}
