import { type Connection, quoteName, quoteText } from "../warehouse/database.ts";
import type { Check, HeaderCheck, Model } from "./header.ts";

/** A broken invariant of ours: it stops the publish, with the first of the rows that break it. */
export interface StoppingFailure {
  readonly check: string;
  readonly file: string;
  readonly rows: number;
  /** The first few rows that break it, in words. */
  readonly examples: readonly string[];
}

interface Finding {
  readonly entity: string;
  readonly entity_key: string;
  readonly message: string;
}

const shownExamples = 5;

/** Runs one check file: its rows land in `quality.issue`; a check that stops reports them as well. */
export async function runCheck(connection: Connection, check: Check): Promise<readonly StoppingFailure[]> {
  const parameters = [check.id, check.severity];
  const count = await connection.run(
    `insert into quality.issue by name
     select $1::varchar as check_id, $2::varchar as severity, entity, entity_key, message, fix, amount_reporting_minor
     from (\n${check.sql}\n)`,
    parameters,
  );
  if (!check.stops || count === 0) return [];
  const examples = await connection.rows<Finding>(
    `select entity, entity_key, message from quality.issue where check_id = $1 order by all limit ${shownExamples}`,
    [check.id],
  );
  return [
    Object.freeze({
      check: check.id,
      file: check.file,
      rows: count,
      examples: examples.map((row) => `${row.entity} ${row.entity_key}: ${row.message}`),
    }),
  ];
}

/** Runs the checks of a model's header; a failing one names its rows. */
export async function runHeaderChecks(connection: Connection, model: Model): Promise<readonly StoppingFailure[]> {
  const table = `${quoteName(model.schema)}.${quoteName(model.name)}`;
  const failures: StoppingFailure[] = [];
  for (const check of await suspected(connection, table, model.checks)) {
    const sql = sqlOf(check, table);
    const rows = await connection.rows(
      `select *, count(*) over () as failing_rows from (\n${sql}\n) order by all limit ${shownExamples}`,
    );
    const [first] = rows;
    if (first === undefined) continue;
    failures.push(
      Object.freeze({
        check: titleOf(check),
        file: model.file,
        rows: Number(first.failing_rows),
        examples: rows.map((row) =>
          Object.entries(row)
            .filter(([name]) => name !== "failing_rows")
            .map(([name, value]) => `${name} = ${String(value)}`)
            .join(", "),
        ),
      }),
    );
  }
  return failures;
}

// Checks of single rows are counted in one pass over the table, and only those that count any row look for it.
async function suspected(
  connection: Connection,
  table: string,
  checks: readonly HeaderCheck[],
): Promise<readonly HeaderCheck[]> {
  const conditions = checks.map((check) => brokenBy(check));
  const counts = conditions.flatMap((condition, index) =>
    condition === undefined ? [] : [`count(*) filter (where ${condition}) as broken_${index}`],
  );
  if (counts.length === 0) return checks;
  const broken = await connection.row<Record<string, number>>(`select ${counts.join(", ")} from ${table}`);
  return checks.filter((_, index) => conditions[index] === undefined || broken?.[`broken_${index}`] !== 0);
}

/** What is true of a row that breaks a check by itself; undefined for checks that need more than the row. */
function brokenBy(check: HeaderCheck): string | undefined {
  if (check.kind === "not_null") return check.columns.map((name) => `${quoteName(name)} is null`).join(" or ");
  if (check.kind !== "one_of") return undefined;
  return `${quoteName(check.column)} not in (${check.values.map(quoteText).join(", ")})`;
}

function titleOf(check: HeaderCheck): string {
  switch (check.kind) {
    case "unique":
    case "not_null":
      return `${check.kind}(${check.columns.join(", ")})`;
    case "found":
      return `found(${check.column} in ${check.table}.${check.target})`;
    case "one_of":
      return `one_of(${check.column}: ${check.values.join(", ")})`;
    case "sum":
      return `sum(${check.part}) = ${check.whole} by (${check.by.join(", ")})`;
    case "same_rows":
      return `same_rows(${check.table})`;
  }
}

function sqlOf(check: HeaderCheck, table: string): string {
  const list = (columns: readonly string[]): string => columns.map(quoteName).join(", ");
  switch (check.kind) {
    case "unique": {
      // Few rows share a hash with another, and to group hashes costs less than to group the keys themselves.
      const hash = `hash(${list(check.columns)})`;
      const shared = `select ${hash} from ${table} group by ${hash} having count(*) > 1`;
      return `select ${list(check.columns)}, count(*) as times from ${table} where ${hash} in (${shared}) group by all having count(*) > 1`;
    }
    case "not_null":
      return `select * from ${table} where ${brokenBy(check)}`;
    case "found": {
      const column = quoteName(check.column);
      const target = `select ${quoteName(check.target)} as target from ${qualified(check.table)}`;
      return `select distinct ${column} from ${table} where ${column} is not null and ${column} not in (select target from (${target}) where target is not null)`;
    }
    case "one_of":
      return `select distinct ${quoteName(check.column)} from ${table} where ${brokenBy(check)}`;
    case "sum":
      return `select ${list(check.by)}, sum(${quoteName(check.part)}) as parts, max(${quoteName(check.whole)}) as whole from ${table} group by ${list(check.by)} having sum(${quoteName(check.part)}) is distinct from max(${quoteName(check.whole)})`;
    case "same_rows":
      return `select here.rows as rows, there.rows as expected from (select count(*) as rows from ${table}) as here, (select count(*) as rows from ${qualified(check.table)}) as there where here.rows <> there.rows`;
  }
}

function qualified(table: string): string {
  return table.split(".").map(quoteName).join(".");
}
