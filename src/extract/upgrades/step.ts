import type { Connection } from "../../warehouse/database.ts";

/** One step from a format of the log to the next. */
export interface Step {
  /** The format that it leads to. */
  readonly to: number;
  /** Changes a copy of the log, whose tables go by their bare names. It may meet its own work: the first six formats all called themselves 1. */
  readonly run: (connection: Connection) => Promise<unknown>;
}
