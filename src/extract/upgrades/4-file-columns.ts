import type { Step } from "./step.ts";

/** Which column of a file was read as which of ours. */
export const fileColumns: Step = {
  to: 4,
  run: (connection) =>
    connection.run(`
create table if not exists file_column (
    source varchar, stream varchar, file varchar, column_name varchar, found_as varchar, value varchar
);
`),
};
