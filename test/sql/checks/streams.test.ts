import { expect, test } from "vitest";
import type { Connection } from "../../../src/warehouse/database.ts";
import { build } from "../../support/build.ts";

// Streams as findings: one whose drop was refused, one whose drop was accepted, one that was not read for two nights.

interface Load {
  readonly run: string;
  readonly stream: string;
  readonly at: string;
  readonly status?: "done" | "unchanged" | "failed";
}

const loads =
  (...rows: readonly Load[]) =>
  async (connection: Connection): Promise<void> => {
    for (const { run, stream, at, status = "done" } of rows) {
      await connection.run(
        "insert into raw.load (run_id, source, stream, started_at, ended_at, status) values ($1, 'drop', $2, $3, $3, $4)",
        [run, stream, new Date(at), status],
      );
    }
  };

const found = async (
  prepare: (connection: Connection) => Promise<void>,
  options: { readonly asOf?: string; readonly isExplicit?: boolean } = {},
) => {
  const built = await build(
    { partners: [{ id: "p1" }] },
    {
      ...options,
      prepare,
      config: { reporting: { timezone: "America/New_York" } },
      only: ["stream_stale", "stream_dropped", "count_differs"],
    },
  );
  return built.rows(
    "select check_id, severity, entity_key, message from quality.issue where check_id like 'stream%' or check_id = 'count_differs' order by all",
  );
};

test("a stream that was not read for two nights before the as-of date is stale (R95)", async () => {
  // The latest reading took place within New York's 30 September, which ends at 04:00 UTC; 48 hours before it is 03:00.
  expect(
    await found(
      loads(
        { run: "1", stream: "partners", at: "2026-09-29T02:59:00Z" },
        { run: "1", stream: "accounts", at: "2026-09-29T02:59:00Z" },
        { run: "2", stream: "partners", at: "2026-10-01T03:00:00Z", status: "failed" },
        { run: "2", stream: "accounts", at: "2026-10-01T03:00:00Z", status: "unchanged" },
      ),
      { asOf: "2026-09-30" },
    ),
  ).toMatchObject([
    {
      check_id: "stream_stale",
      severity: "warning",
      entity_key: "drop:partners",
      message: "it was last read on 2026-09-28, more than 48 hours before",
    },
  ]);
});

test("today counts as far as it has come, and a later reading makes up for all before", async () => {
  const at = loads(
    { run: "1", stream: "partners", at: "2026-09-28T09:00:00Z" },
    { run: "2", stream: "partners", at: "2026-09-30T08:00:00Z", status: "failed" },
  );
  // 47 hours lie between the two.
  expect(await found(at, { asOf: "2026-09-30", isExplicit: false })).toEqual([]);
  expect(
    await found(loads({ run: "1", stream: "partners", at: "2026-11-01T00:00:00Z" }), { asOf: "2026-06-30" }),
  ).toEqual([]);
});

test("a stream that the source has no more is not waited for, and one that was never read is", async () => {
  expect(
    await found(
      loads(
        { run: "1", stream: "leads", at: "2026-09-20T03:00:00Z" },
        { run: "1", stream: "deals", at: "2026-09-20T03:00:00Z", status: "failed" },
        { run: "2", stream: "deals", at: "2026-09-30T03:00:00Z", status: "failed" },
        { run: "3", stream: "opening", at: "2026-09-30T04:00:00Z", status: "failed" },
      ),
    ),
  ).toMatchObject([{ entity_key: "drop:deals", message: "it has never been read to its end" }]);
});

test("a refused drop is an error until the stream is read, an accepted one is told (R95)", async () => {
  const drop = (run: string, isAccepted: boolean) => async (connection: Connection) => {
    await connection.run(
      "insert into raw.stream_drop values ($1, 'drop', 'partners', '2026-09-30T03:00:00Z', 1200, 300, $2)",
      [run, isAccepted],
    );
    await loads({ run: "1", stream: "partners", at: "2026-09-30T02:00:00Z" })(connection);
    await loads({
      run: "2",
      stream: "partners",
      at: "2026-09-30T03:00:00Z",
      status: isAccepted ? "done" : "failed",
    })(connection);
  };
  expect(await found(drop("2", false))).toEqual([
    {
      check_id: "stream_dropped",
      severity: "error",
      entity_key: "drop:partners",
      message:
        "it had 1,200 records and the last reading would have taken away 300 of them; none was taken away, so what is shown is older than the other streams",
    },
  ]);
  expect(await found(drop("2", true))).toMatchObject([{ check_id: "stream_dropped", severity: "info" }]);
  // Read again since: nothing to tell.
  expect(await found(drop("1", false))).toEqual([]);
});

test("a stream of which the vendor counts another number is a warning until they agree", async () => {
  const counts = (...rows: readonly (readonly [at: string, held: number, counted: number])[]) => {
    return async (connection: Connection) => {
      for (const [at, held, counted] of rows) {
        await connection.run("insert into raw.stream_count values ('1', 'drop', 'partners', $1, $2, $3)", [
          new Date(at),
          held,
          counted,
        ]);
      }
    };
  };
  expect(await found(counts(["2026-09-28T02:00:00Z", 1, 1], ["2026-09-29T02:00:00Z", 1200, 1201]))).toEqual([
    {
      check_id: "count_differs",
      severity: "warning",
      entity_key: "drop:partners",
      message: "the log holds 1,200 records, the vendor counts 1,201",
    },
  ]);
  expect(await found(counts(["2026-09-28T02:00:00Z", 1, 2], ["2026-09-29T02:00:00Z", 2, 2]))).toEqual([]);
});

test("what a stream usually brings is known after three earlier readings, as the first one takes everything", async () => {
  const day = (date: string, stream: string): Load => ({ run: date, stream, at: `2026-09-${date}T02:00:00Z` });
  const built = await build(
    { partners: [{ id: "p1" }] },
    {
      prepare: async (connection) => {
        await loads(
          ...["21", "22", "23", "24"].map((date) => day(date, "deals")),
          ...["22", "23", "24"].map((date) => day(date, "leads")),
        )(connection);
        // Everything at first, then what changed.
        await connection.run("update raw.load set rows = case when run_id = '21' then 900 else 3 end");
      },
      only: ["quality.stream"],
    },
  );
  expect(
    await built.rows(
      "select stream, rows, usual_rows from quality.stream where stream in ('deals', 'leads') order by 1",
    ),
  ).toEqual([
    { stream: "deals", rows: 3, usual_rows: 3 },
    { stream: "leads", rows: 3, usual_rows: null },
  ]);
});
