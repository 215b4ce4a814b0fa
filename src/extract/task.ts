import type { Meter } from "./progress.ts";
import type { RequestCounts } from "./transport.ts";

/** One stream's share of a run, whatever its source. */
export interface Task {
  readonly source: string;
  readonly stream: string;
  /** Streams of the same source that must have ended well before. */
  readonly after: readonly string[];
  /** Streams of the same source that begin no later; `ended` waits for one of them, and throws when it failed. */
  readonly beside?: readonly string[];
  /** Reads and lands the stream; what it landed so far it tells the meter, also when it fails later. */
  readonly work: (meter: Meter, ended: (stream: string) => Promise<void>) => Promise<"done" | "unchanged">;
  readonly counts: () => RequestCounts;
}
