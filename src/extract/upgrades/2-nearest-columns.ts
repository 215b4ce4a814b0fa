import type { Step } from "./step.ts";

/** An unknown column is told with the nearest known one, and passes that were cut short are remembered. */
export const nearestColumns: Step = {
  to: 2,
  run: (connection) =>
    connection.run(`
alter table unknown_column add column if not exists nearest varchar;
alter table unknown_column add column if not exists is_absent boolean;
update unknown_column set is_absent = false where is_absent is null;
create table if not exists pass (source varchar, stream varchar, started_at timestamptz, cursor varchar);
create table if not exists pass_seen (source varchar, stream varchar, id varchar);
`),
};
