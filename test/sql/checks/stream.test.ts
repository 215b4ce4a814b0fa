import { expect, test } from "vitest";
import { build } from "../../support/build.ts";

// As of 30 September; each stream is read whole at its last load.
test("streams are listed when last read two days before, or when more than half of them went at once (R95)", async () => {
  const built = await build(
    { partners: [{ id: "p1", name: "Acme" }] },
    {
      prepare: async (connection) => {
        const load = (run: string, stream: string, day: string, rows: number): Promise<unknown> =>
          connection.run(
            `insert into raw.load values ($1, 'drop', $2, $3::timestamptz, $3::timestamptz, 'done', 1, $4, 0, 0, 0, null)`,
            [run, stream, `${day} 12:00:00+00`, rows],
          );
        const gone = (run: string, stream: string, day: string, records: number): Promise<unknown> =>
          connection.run(
            `insert into raw.record
             select 100 + i, 'drop', $2, $2 || i, $3::timestamptz, $1, 'delete', 'gone', null, null, '{}' from range($4::integer) as t (i)`,
            [run, stream, `${day} 12:00:00+00`, records],
          );
        await load("run-1", "partners", "2026-09-28", 1);
        await load("run-2", "accounts", "2026-09-29", 1);
        await load("run-2", "leads", "2026-09-29", 10);
        await gone("run-2", "leads", "2026-09-29", 10);
        await load("run-2", "touches", "2026-09-29", 10);
        await gone("run-2", "touches", "2026-09-29", 11);
        await load("run-2", "overlaps", "2026-09-29", 0);
        await gone("run-2", "overlaps", "2026-09-29", 9);
        await load("run-1", "activities", "2026-09-28", 10);
        await gone("run-1", "activities", "2026-09-28", 90);
        await load("run-2", "activities", "2026-09-29", 10);
      },
    },
  );
  expect(
    await built.rows(
      "select check_id, entity_key, severity from quality.issue where check_id like 'stream%' order by all",
    ),
  ).toEqual([
    { check_id: "stream_dropped", entity_key: "drop touches", severity: "error" },
    { check_id: "stream_stale", entity_key: "drop partners", severity: "warning" },
  ]);
  expect(built.result.stopping).toMatchObject([{ check: "stream_dropped", rows: 1 }]);
});
