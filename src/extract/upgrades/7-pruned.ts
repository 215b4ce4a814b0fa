import type { Step } from "./step.ts";

/** From which date on the log still knows what was seen when. */
export const pruned: Step = {
  to: 7,
  run: (connection) =>
    connection.run("create table if not exists pruned (pruned_at timestamptz, kept_from date, versions bigint);"),
};
