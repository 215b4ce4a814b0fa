import type { Step } from "./step.ts";

/** Deletions are held back until a pass has ended, and what a pass would have lost is remembered. */
export const streamDrops: Step = {
  to: 3,
  run: (connection) =>
    connection.run(`
create table if not exists stream_drop (
    run_id varchar, source varchar, stream varchar, seen_at timestamptz, had bigint, lost bigint, is_accepted boolean
);
create table if not exists pass_held (
    source varchar, stream varchar, id varchar, op varchar, reason varchar, source_updated_at timestamptz, hash varchar,
    payload varchar
);
`),
};
