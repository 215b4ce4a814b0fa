import type { Config } from "../config/schema.ts";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { type Connection, quoteName } from "../warehouse/database.ts";
import { runCheck, runHeaderChecks, type StoppingFailure } from "./checks.ts";
import type { Feeder, Model, SqlFile } from "./header.ts";
import { loadSql, type ModelsApart } from "./load.ts";
import { orderFiles } from "./order.ts";
import { writeRules } from "./rules.ts";
import { type AsOf, writeSettings } from "./settings.ts";

/** What a build needs: a connection whose default catalog is the empty warehouse, with `raw` and `input` attached. */
export interface BuildOptions {
  readonly connection: Connection;
  readonly config: Config;
  readonly asOf: AsOf;
  /** Folder of the models; the ones that come with this version by default. */
  readonly sql?: string;
  /** Called after each file with how long it took, for progress and benchmarks. */
  readonly onStep?: (step: { readonly file: string; readonly milliseconds: number }) => void;
}

/** What a build found out about itself. */
export interface BuildResult {
  /** Failures that must stop the publish (R93). */
  readonly stopping: readonly StoppingFailure[];
  /** How many models, feeders and checks ran. */
  readonly files: number;
}

/** Builds every model in order and runs every check. Throws UserError (exit 1) naming the file whose SQL fails. */
export async function buildWarehouse(options: BuildOptions): Promise<BuildResult> {
  const { connection } = options;
  const loaded = await loadSql(options.sql);
  const { macros, files } = loaded;
  await connection.run(macros);
  await writeSettings(connection, options.config, options.asOf);
  await writeRules(connection, options.config, loaded);
  for (const schema of ["staging", "attribution", "marts", "metrics", "quality"]) {
    await connection.run(`create schema ${schema}`);
  }
  await connection.run(
    `create table quality.issue (
         check_id varchar, severity varchar, entity varchar, entity_key varchar, message varchar, fix varchar,
         amount_reporting_minor bigint
     )`,
  );
  const stopping = await buildFiles(connection, files, options.onStep);
  await sortIssues(connection);
  return Object.freeze({ stopping, files: files.length });
}

/**
 * Builds models that are no part of a warehouse, into schemas that exist in the connection's catalog; other catalogs they name
 * are attached. Returns what breaks their checks. Throws UserError (exit 1) naming the file whose SQL fails.
 */
export async function buildApart(
  connection: Connection,
  part: ModelsApart,
  sql?: string,
): Promise<readonly StoppingFailure[]> {
  const { macros, files } = await loadSql(sql, part);
  await connection.run(macros);
  return buildFiles(connection, files);
}

async function buildFiles(
  connection: Connection,
  files: readonly SqlFile[],
  onStep?: BuildOptions["onStep"],
): Promise<readonly StoppingFailure[]> {
  const stopping: StoppingFailure[] = [];
  for (const item of await orderFiles(connection, files)) {
    const start = performance.now();
    try {
      if (item.type === "model") await buildModel(connection, item);
      else if (item.type === "feeder") await feed(connection, item);
      else stopping.push(...(await runCheck(connection, item)));
    } catch (error) {
      throw new UserError({
        where: item.file,
        found: `the engine refused it: ${messageOf(error)}`,
        fix: "this is a defect of the models; mend the file",
        exitCode: exitCode.defect,
        cause: error,
      });
    }
    onStep?.({ file: item.file, milliseconds: performance.now() - start });
  }
  for (const item of files) {
    if (item.type === "model") stopping.push(...(await runHeaderChecks(connection, item)));
  }
  for (const item of files) {
    if (item.type === "model" && !item.isKept) await connection.run(`drop table ${tableName(item)}`);
  }
  return Object.freeze(stopping);
}

async function buildModel(connection: Connection, model: Model): Promise<void> {
  const name = tableName(model);
  if (model.as === "view") {
    await connection.run(`create view ${name} as\n${model.sql}`);
    return;
  }
  const isOrdered = model.isOrdered && model.grain.length > 0;
  const body = isOrdered
    ? `select * from (\n${model.sql}\n) order by ${model.grain.map(quoteName).join(", ")}`
    : model.sql;
  await connection.run(`create table ${name} as\n${body}`);
}

function tableName(model: Model): string {
  return `${quoteName(model.schema)}.${quoteName(model.name)}`;
}

async function feed(connection: Connection, feeder: Feeder): Promise<void> {
  const [schema = "", name = ""] = feeder.into.split(".");
  await connection.run(`insert into ${quoteName(schema)}.${quoteName(name)} by name\n${feeder.sql}`);
}

// Findings come from many checks; one order makes two builds of the same log equal byte for byte.
async function sortIssues(connection: Connection): Promise<void> {
  await connection.run("create table quality.sorted as select * from quality.issue order by all");
  await connection.run("drop table quality.issue");
  await connection.run("alter table quality.sorted rename to issue");
}
