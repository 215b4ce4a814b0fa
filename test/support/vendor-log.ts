import type { DeleteReason, LogRecord } from "../../src/extract/log.ts";

/** What a test says about one version of a vendor's record. */
export interface Version {
  /** When the log saw it; the first load of all, 1 January 2026, unless told. */
  readonly seenAt?: string;
  /** Why it is gone, for a delete. */
  readonly gone?: DeleteReason;
}

/** A version of a vendor's record as the extraction would log it. */
export function logged(source: string, stream: string, id: string, payload: object, version: Version = {}): LogRecord {
  return {
    source,
    stream,
    id,
    seenAt: new Date(version.seenAt ?? "2026-01-01T02:00:00Z"),
    runId: version.seenAt ?? "first",
    operation: version.gone === undefined ? "upsert" : "delete",
    reason: version.gone ?? null,
    sourceUpdatedAt: null,
    payload: JSON.stringify(payload),
  };
}
