import type { Step } from "./step.ts";

/** Which rules of the configuration were in force from when on. */
export const rules: Step = {
  to: 6,
  run: (connection) =>
    connection.run("create table if not exists rule (seq bigint, seen_at timestamptz, key varchar, value varchar);"),
};
