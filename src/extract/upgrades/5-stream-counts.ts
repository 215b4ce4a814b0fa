import type { Step } from "./step.ts";

/** What a vendor says there is, beside what the log has. */
export const streamCounts: Step = {
  to: 5,
  run: (connection) =>
    connection.run(`
create table if not exists stream_count (
    run_id varchar, source varchar, stream varchar, counted_at timestamptz, held bigint, counted bigint
);
`),
};
