import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import type { PagedStream } from "../../src/extract/stream.ts";
import { type Bench, listing, openBench, page, streamOf, vendorOf, vendorSource } from "../support/extraction.ts";
import { errorOf } from "../support/vendor-server.ts";

// A stream is not believed when it would lose more than a fifth of its living records, and at least ten of them.

const records = (from: number, to: number, more: object = {}): readonly object[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: String(from + index), ...more }));

const deals = (...pages: readonly (readonly object[])[]) =>
  vendorOf(streamOf("deals", listing(...pages.map((rows) => page(...rows))), { deletion: "both" }));

const bench = (): Promise<Bench> => openBench({ sources: [vendorSource] });

const living = async (log: Bench, stream = "deals"): Promise<number> =>
  (
    await log.rows<{ n: number }>(
      `select count(*) as n from (
          select arg_max(op, seq) as op from raw.record where stream = '${stream}' group by id
      ) where op = 'upsert'`,
    )
  )[0]?.n ?? 0;

test("a fifth of the records may go, one more may not", async () => {
  const log = await bench();
  await log.run(1, { connect: deals(records(1, 100)) });
  await log.run(2, { connect: deals(records(1, 80)) });
  expect(await living(log)).toBe(80);
  // 17 of 80 are 21.25 %.
  const error = await errorOf(log.run(3, { connect: deals(records(1, 63)) }));
  expect(error.message).toBe(
    "source crm, stream deals: it had 80 records and would lose 17 of them (17 are no longer there); more than a fifth at once is not believed\n" +
      "  → nothing was taken away and the last site stays. If the vendor, its permissions or the export is at fault, mend that and refresh again; if the records are really gone, run `attributary refresh --accept-drop crm.deals`",
  );
  expect(error.exitCode).toBe(4);
  expect(await living(log)).toBe(80);
  expect(await log.rows("select had, lost, is_accepted from raw.stream_drop")).toEqual([
    { had: 80, lost: 17, is_accepted: false },
  ]);
});

test("fewer than ten lost records never stop a reading, however small the stream", async () => {
  const log = await bench();
  await log.run(1, { connect: deals(records(1, 9)) });
  await log.run(2, { connect: deals([]) });
  expect(await living(log)).toBe(0);
  await log.run(3, { connect: deals(records(1, 10)) });
  expect((await errorOf(log.run(4, { connect: deals([]) }))).exitCode).toBe(4);
});

test("marks of deletion count like absences, and neither is in the log afterwards, but what is new is", async () => {
  const log = await bench();
  await log.run(1, { connect: deals(records(1, 40)) });
  const error = await errorOf(
    log.run(2, { connect: deals(records(1, 30), records(31, 35, { archived: true }), records(41, 42)) }),
  );
  expect(error.found).toContain(
    "had 40 records and would lose 10 of them (5 are no longer there, 5 are marked as deleted)",
  );
  expect(await log.rows("select count(*) as n from raw.record where op = 'delete'")).toEqual([{ n: 0 }]);
  expect(await living(log)).toBe(42);
});

test("a drop is accepted by the stream's name, with or without its source, for this run only", async () => {
  const log = await bench();
  await log.run(1, { connect: deals(records(1, 40)) });
  await log.run(2, { connect: deals(records(1, 10), records(11, 15, { archived: true })), acceptDrop: ["deals"] });
  expect(await living(log)).toBe(10);
  expect(
    await log.rows("select reason, count(*) as n from raw.record where op = 'delete' group by all order by 1"),
  ).toEqual([
    { reason: "archived", n: 5 },
    { reason: "gone", n: 25 },
  ]);
  expect(await log.rows("select had, lost, is_accepted from raw.stream_drop")).toEqual([
    { had: 40, lost: 30, is_accepted: true },
  ]);
  expect((await errorOf(log.run(3, { connect: deals([]) }))).exitCode).toBe(4);
  await log.run(4, { connect: deals([]), acceptDrop: ["crm.deals"] });
  expect(await living(log)).toBe(0);
});

test("a name that no stream has is told with the nearest one, before anything is read", async () => {
  const log = await bench();
  const error = await errorOf(log.run(1, { connect: deals(records(1, 2)), acceptDrop: ["crm.deal"] }));
  expect(error.exitCode).toBe(2);
  expect(error.message).toContain('--accept-drop: there is no stream crm.deal\n  → did you mean "crm.deals"?');
  expect(await living(log)).toBe(0);
});

test("what was refused is refused again, and read whole once the vendor has come back", async () => {
  const log = await bench();
  await log.run(1, { connect: deals(records(1, 40)) });
  for (const day of [2, 3]) expect((await errorOf(log.run(day, { connect: deals(records(1, 5)) }))).exitCode).toBe(4);
  const [report] = await log.run(4, { connect: deals(records(1, 40)) });
  expect(report).toMatchObject({ status: "done", rows: 40, changed: 0 });
});

test("a record that is marked and then seen living again in one pass is not lost", async () => {
  const log = await bench();
  await log.run(1, { connect: deals(records(1, 20)) });
  const [report] = await log.run(2, { connect: deals(records(1, 20, { archived: true }), records(1, 20)) });
  expect(report?.changed).toBe(0);
  expect(await living(log)).toBe(20);
});

test("marks read before a crash are weighed with those read after it", async () => {
  const log = await bench();
  await log.run(1, { connect: deals(records(1, 40)) });
  let isBroken = true;
  const breaking = streamOf(
    "deals",
    async function* ({ resume }) {
      if (resume === null) yield { ...page(...records(1, 6, { archived: true })), cursor: 1 };
      if (isBroken) throw new Error("the power went out");
      yield page(...records(7, 12, { archived: true }), ...records(13, 40));
      return { isComplete: true };
    },
    { deletion: "both" },
  );
  await expect(log.run(2, { connect: vendorOf(breaking) })).rejects.toThrow("power");
  isBroken = false;
  const error = await errorOf(log.run(2, { connect: vendorOf(breaking), runId: "again" }));
  expect(error.found).toContain("would lose 12 of them (12 are marked as deleted)");
});

test("what belongs to records that went with permission needs no permission of its own", async () => {
  const log = await bench();
  const parts = (to: number): PagedStream =>
    streamOf("parts", listing(page(...records(1, to).map((row) => ({ ...row, of: "id" in row ? row.id : null })))), {
      after: ["deals"],
      partOf: { stream: "deals", path: "$.of" },
    });
  const both = (to: number, partsTo: number) =>
    vendorOf(streamOf("deals", listing(page(...records(1, to)))), parts(partsTo));
  await log.run(1, { connect: both(40, 40) });
  await log.run(2, { connect: both(10, 10), acceptDrop: ["deals"] });
  expect(await living(log, "parts")).toBe(10);
  // The parts of living deals are guarded as ever.
  expect((await errorOf(log.run(3, { connect: both(10, 0) }))).where).toBe("source crm, stream parts");
});

test("what a record shows itself need not be told by the stream behind it", async () => {
  const log = await bench();
  const ids = (from: number, to: number): readonly string[] =>
    records(from, to).map((row) => ("id" in row ? String(row.id) : ""));
  const both = (shown: readonly string[], behind: readonly string[]) =>
    vendorOf(
      streamOf("deals", listing(page({ id: "d", parts: { data: shown.map((id) => ({ id })) } }))),
      streamOf("parts", listing(page(...behind.map((id) => ({ id, of: "d" })))), {
        after: ["deals"],
        partOf: { stream: "deals", path: "$.of", shows: "$.parts.data[*].id" },
      }),
    );
  await log.run(1, { connect: both([], ids(1, 30)) });
  // The deal shows 18 of the 20 that left: 2 of 30 are lost.
  await log.run(2, { connect: both(ids(1, 18), ids(21, 30)) });
  expect(await living(log, "parts")).toBe(10);
  // 10 of 10 left, and the deal shows none of them.
  expect((await errorOf(log.run(3, { connect: both([], []) }))).where).toBe("source crm, stream parts");
});

test("a source that failed goes before a drop, and both are told", async () => {
  const log = await bench();
  const broken = streamOf("owners", listing({ body: "{}" }));
  const run = (day: number, to: number, ...more: readonly PagedStream[]) =>
    log.run(day, { connect: vendorOf(streamOf("deals", listing(page(...records(1, to)))), ...more) });
  await run(1, 40);
  const error = await errorOf(run(2, 5, broken));
  expect(error.exitCode).toBe(3);
  expect(error.message).toContain("stream owners");
  expect(error.message).toContain("would lose 35 of them");
});

const csv = (rows: number): string =>
  ["id,name", ...Array.from({ length: rows }, (_, index) => `p${index},Partner ${index}`)].join("\n");

test("a file that lost too much is left as it was, and so is one that was taken away", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", csv(40));
  await log.write("drop/accounts.csv", "id,name\na1,Acme");
  await log.run(1);
  await log.write("drop/partners.csv", csv(5));
  const error = await errorOf(log.run(2));
  expect(error.message).toContain("source drop, stream partners: it had 40 records and would lose 35 of them");
  expect(error.exitCode).toBe(4);
  expect(await living(log, "partners")).toBe(40);
  // The content was not taken for read, so the next run looks again.
  expect((await errorOf(log.run(3))).exitCode).toBe(4);
  await log.run(4, { acceptDrop: ["drop.partners"] });
  expect(await living(log, "partners")).toBe(5);
});

test("an entity whose file vanished is guarded too", async () => {
  const log = await openBench();
  await log.write("drop/partners.csv", csv(40));
  await log.write("drop/accounts.csv", "id,name\na1,Acme");
  await log.run(1);
  await rm(`${log.folder}/drop/partners.csv`);
  expect((await errorOf(log.run(2))).message).toContain("would lose 40 of them");
  await log.run(3, { acceptDrop: ["partners"] });
  expect(await living(log, "partners")).toBe(0);
});
