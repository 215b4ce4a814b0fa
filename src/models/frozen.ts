import { type Connection, quoteName } from "../warehouse/database.ts";

/** What was frozen of one period, in a file that is attached beside the warehouse. */
export interface FrozenFacts {
  /** The name it is attached under. */
  readonly catalog: string;
  readonly period: string;
  readonly startsOn: string;
  readonly endsOn: string;
  /** ISO moment in UTC. */
  readonly frozenAt: string;
  readonly by: string;
  readonly asOf: string;
}

const schema = `
create table config.frozen (
    period varchar, starts_on date, ends_on date, frozen_at timestamptz, frozen_by varchar, as_of date, currency varchar
);
create table config.frozen_value (
    period varchar, metric varchar, slice varchar, slice_key varchar, unit varchar, value decimal(38, 12)
);
`;

/** Writes which periods were presented and with which values: `config.frozen` and `config.frozen_value`. */
export async function writeFrozen(connection: Connection, frozen: readonly FrozenFacts[]): Promise<void> {
  await connection.run(schema);
  for (const facts of frozen) {
    const catalog = quoteName(facts.catalog);
    await connection.run(
      `insert into config.frozen
       select $1, $2::date, $3::date, $4::timestamptz, $5, $6::date, setting.currency from ${catalog}.config.setting`,
      [facts.period, facts.startsOn, facts.endsOn, facts.frozenAt, facts.by, facts.asOf],
    );
    await connection.run(
      `insert into config.frozen_value
       select period, metric, slice, slice_key, unit, value from ${catalog}.metrics.value where period = $1`,
      [facts.period],
    );
  }
}
