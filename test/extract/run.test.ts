import { expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import type { Ending, Page, StreamContext } from "../../src/extract/stream.ts";
import { fetchAnswer } from "../../src/extract/transport.ts";
import { type Bench, listing, openBench, page, streamOf, vendorOf, vendorSource } from "../support/extraction.ts";
import { json, startServer } from "../support/misbehaving-server.ts";

const bench = (): Promise<Bench> => openBench({ sources: [vendorSource] });

const versions = (log: Bench, stream = "deals") =>
  log.rows<{ id: string; op: string; reason: string | null; run_id: string }>(
    `select id, op, reason, run_id from raw.record where stream = '${stream}' order by seq`,
  );

const failureOf = async (work: Promise<unknown>): Promise<UserError> => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof UserError)) throw new Error(`not an error for people: ${String(error)}`);
  return error;
};

test("a payload reaches the log letter by letter, numbers beyond JavaScript's too", async () => {
  const log = await bench();
  const body = '{"results":[{"id":90071992547409931234,"amount":1234567890.12,"name":"Žižkov \\u0022"}]}';
  await log.run(1, { connect: vendorOf(streamOf("deals", listing({ body }))) });
  expect(await log.rows("select id, payload, op, seen_at, run_id, source from raw.record")).toEqual([
    {
      id: "90071992547409931234",
      payload: '{"id":90071992547409931234,"amount":1234567890.12,"name":"Žižkov \\""}',
      op: "upsert",
      seen_at: new Date("2026-09-01T02:00:00Z"),
      run_id: "run-1",
      source: "crm",
    },
  ]);
});

test("a second run over the same records adds no row", async () => {
  const log = await bench();
  const connect = vendorOf(streamOf("deals", listing(page({ id: "1" }, { id: "2" }), page({ id: "3" }))));
  const first = await log.run(1, { connect });
  const second = await log.run(2, { connect });
  expect(first.map(({ rows, changed, pages }) => ({ rows, changed, pages }))).toEqual([
    { rows: 3, changed: 3, pages: 2 },
  ]);
  expect(second.map(({ rows, changed }) => ({ rows, changed }))).toEqual([{ rows: 3, changed: 0 }]);
  expect(await versions(log)).toHaveLength(3);
});

test("pages that have landed leave the engine's memory while their stream is still read", async () => {
  const log = await bench();
  const body = JSON.stringify({ results: [{ id: "1" }], more: "x".repeat(1_000_000) });
  let kept = 0;
  const pages = async function* (context: StreamContext): AsyncGenerator<Page, Ending> {
    for (let count = 0; count < 20; count += 1) {
      yield { body };
      // Asking for what is held waits until everything so far has landed.
      await context.held();
    }
    const [memory] = await log.rows<{ bytes: number }>(
      "select sum(memory_usage_bytes)::bigint as bytes from duckdb_memory()",
    );
    kept = Number(memory?.bytes);
    return { isComplete: true };
  };
  await log.run(1, { connect: vendorOf(streamOf("deals", pages)) });
  expect(await versions(log)).toHaveLength(1);
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(10_000_000);
});

test("a vendor's pages land on one core, and the engine has all of them again when the run is over, also when it failed", async () => {
  const log = await openBench({ sources: [vendorSource], isFile: true });
  const settings = async (): Promise<string> => {
    const [found] = await log.rows<{ text: string }>(
      "select current_setting('threads') || ', ' || current_setting('allocator_background_threads') || ', ' || current_setting('allocator_flush_threshold') as text",
    );
    return found?.text ?? "";
  };
  const before = await settings();
  const seen: string[] = [];
  const pages = async function* (context: StreamContext): AsyncGenerator<Page, Ending> {
    yield page({ id: String(seen.length) });
    await context.held();
    seen.push(await settings());
    if (seen.length === 2) throw new UserError({ where: "crm", found: "it broke", fix: "mend it", exitCode: 3 });
    return { isComplete: true };
  };
  await log.run(1, { connect: vendorOf(streamOf("deals", pages)) });
  expect(await settings()).toBe(before);
  await failureOf(log.run(2, { connect: vendorOf(streamOf("deals", pages)) }));
  expect(await settings()).toBe(before);
  expect(before).toMatch(/, false, /);
  expect(seen).toEqual(["1, true, 976.5 KiB", "1, true, 976.5 KiB"]);
});

test("only the record that changed gets a new version", async () => {
  const log = await bench();
  await log.run(1, { connect: vendorOf(streamOf("deals", listing(page({ id: "1", a: 1 }, { id: "2", a: 1 })))) });
  await log.run(2, { connect: vendorOf(streamOf("deals", listing(page({ id: "1", a: 1 }, { id: "2", a: 2 })))) });
  expect((await versions(log)).map(({ id, run_id }) => `${id} ${run_id}`)).toEqual(["1 run-1", "2 run-1", "2 run-2"]);
});

test("what a complete listing no longer has is gone with its last payload, and comes back when it returns", async () => {
  const log = await bench();
  const both = vendorOf(streamOf("deals", listing(page({ id: "1" }, { id: "2", a: 1 }))));
  const one = vendorOf(streamOf("deals", listing(page({ id: "1" }))));
  await log.run(1, { connect: both });
  await log.run(2, { connect: one });
  await log.run(3, { connect: one });
  await log.run(4, { connect: both });
  expect(await log.rows("select op, reason, run_id, payload from raw.record where id = '2' order by seq")).toEqual([
    { op: "upsert", reason: null, run_id: "run-1", payload: '{"id":"2","a":1}' },
    { op: "delete", reason: "gone", run_id: "run-2", payload: '{"id":"2","a":1}' },
    { op: "upsert", reason: null, run_id: "run-4", payload: '{"id":"2","a":1}' },
  ]);
});

test("a listing that was not complete takes nothing away", async () => {
  const log = await bench();
  await log.run(1, { connect: vendorOf(streamOf("deals", listing(page({ id: "1" }, { id: "2" })))) });
  await log.run(2, {
    connect: vendorOf(
      streamOf("deals", async function* (): AsyncGenerator<Page, Ending> {
        yield page({ id: "1" });
        return { isComplete: false };
      }),
    ),
  });
  expect((await versions(log)).map((row) => row.op)).toEqual(["upsert", "upsert"]);
});

test("an archived record is deleted with its payload, a merged one says so, and both stay quiet after", async () => {
  const log = await bench();
  const deals = (archived: boolean) =>
    vendorOf(
      streamOf(
        "deals",
        listing(page({ id: "1", archived }, { id: "2", into: archived ? "1" : null }, { id: "3", archived: false })),
        {
          deletion: "both",
          record: { at: "$.results", id: "$.id", archived: "$.archived", mergedInto: "$.into" },
        },
      ),
    );
  await log.run(1, { connect: deals(false) });
  await log.run(2, { connect: deals(true) });
  const third = await log.run(3, { connect: deals(true) });
  expect((await versions(log)).slice(3).map(({ id, op, reason }) => [id, op, reason])).toEqual([
    ["1", "delete", "archived"],
    ["2", "delete", "merged"],
  ]);
  expect(await log.rows("select payload from raw.record where reason = 'merged'")).toEqual([
    { payload: '{"id":"2","into":"1"}' },
  ]);
  expect(third[0]?.changed).toBe(0);
  // Restored, then seen unchanged: one more version each, and none after.
  await log.run(4, { connect: deals(false) });
  const fifth = await log.run(5, { connect: deals(false) });
  expect(fifth[0]?.changed).toBe(0);
});

test("a record that stands on two pages keeps the later one", async () => {
  const log = await bench();
  await log.run(1, {
    connect: vendorOf(streamOf("deals", listing(page({ id: "1", a: 1 }, { id: "1", a: 2 }), page({ id: "1", a: 3 })))),
  });
  expect(await log.rows("select arg_max(payload, seq) as payload from raw.record")).toEqual([
    { payload: '{"id":"1","a":3}' },
  ]);
});

test("the order in which pages and streams arrive changes nothing but the numbering", async () => {
  const pages = [page({ id: "1", a: 1 }), page({ id: "2" }, { id: "3" }), page({ id: "4" })];
  const content = async (order: readonly Page[], streams: readonly string[]) => {
    const log = await bench();
    await log.run(1, { connect: vendorOf(...streams.map((name) => streamOf(name, listing(...order)))) });
    return log.rows("select stream, id, op, hash, payload from raw.record order by stream, id");
  };
  expect(await content(pages.toReversed(), ["deals", "companies"])).toEqual(
    await content(pages, ["companies", "deals"]),
  );
});

test("the time of change is read as ISO text, with Salesforce's zone, or as unix seconds", async () => {
  const log = await bench();
  await log.run(1, {
    connect: vendorOf(
      streamOf(
        "deals",
        listing(
          page(
            { id: "1", updatedAt: "2026-08-31T10:00:00.123Z" },
            { id: "2", updatedAt: "2026-08-31T12:00:00.000+0200" },
            { id: "3", updatedAt: 1788170400 },
            { id: "4" },
          ),
        ),
      ),
    ),
  });
  expect((await log.rows("select source_updated_at as at from raw.record order by id")).map((row) => row.at)).toEqual([
    new Date("2026-08-31T10:00:00.123Z"),
    new Date("2026-08-31T10:00:00Z"),
    new Date("2026-08-31T10:00:00Z"),
    null,
  ]);
});

test("a page may hold one object, a bare list, or records under a key made of two paths", async () => {
  const log = await bench();
  await log.run(1, {
    connect: vendorOf(
      streamOf("account", listing({ body: '{"portalId": 7}' }), { record: { at: "$", id: "$.portalId" } }),
      streamOf("rates", listing({ body: '[{"from":"EUR","on":"2026-01-01"}]' }), {
        record: { at: "$", id: ["$.from", "$.on"] },
      }),
    ),
  });
  expect(await log.rows("select stream, id from raw.record order by stream")).toEqual([
    { stream: "account", id: "7" },
    { stream: "rates", id: "EUR|2026-01-01" },
  ]);
});

test("an error dressed as an empty page is refused and takes nothing away", async () => {
  const log = await bench();
  await log.run(1, { connect: vendorOf(streamOf("deals", listing(page({ id: "1" })))) });
  const error = await failureOf(
    log.run(2, { connect: vendorOf(streamOf("deals", listing({ body: '{"status":"maintenance"}' }))) }),
  );
  expect(error.message).toContain("source crm, stream deals: an answer has no list of records at $.results");
  expect(error.exitCode).toBe(3);
  expect(await versions(log)).toHaveLength(1);
});

test("a record without an id is refused", async () => {
  const log = await bench();
  const error = await failureOf(
    log.run(1, { connect: vendorOf(streamOf("deals", listing(page({ id: "1" }, { name: "no id" })))) }),
  );
  expect(error.found).toBe("record 2 of an answer has no $.id");
});

/** Three pages of a listing that breaks where told; it goes on behind the page it had reached. */
function broken(breaksAfter: number, seen: number[]) {
  return streamOf("deals", async function* (context): AsyncGenerator<Page, Ending> {
    const from = context.resume === null ? 1 : Number(context.resume) + 1;
    for (let number = from; number <= 3; number += 1) {
      if (number > breaksAfter) throw new UserError({ where: "crm", found: "cut off", fix: "again", exitCode: 3 });
      seen.push(number);
      yield { ...page({ id: String(number) }), cursor: number };
    }
    return { isComplete: true, cursor: context.startedAt.toISOString() };
  });
}

test("a run that is cut off between pages is taken up behind the last page that landed", async () => {
  const log = await bench();
  const seen: number[] = [];
  await log.run(1, { connect: vendorOf(broken(3, [])) });
  await failureOf(log.run(2, { connect: vendorOf(broken(2, seen)) }));
  // Record 1 and 2 were seen before the break: they are not gone although the second half alone has neither.
  await log.run(2, { connect: vendorOf(broken(3, seen)), runId: "run-2b" });
  expect(seen).toEqual([1, 2, 3]);
  expect(await versions(log)).toHaveLength(3);
  expect(await log.rows("select cursor from raw.cursor")).toEqual([{ cursor: '"2026-09-02T02:00:00.000Z"' }]);
  expect(await log.rows("from raw.pass")).toEqual([]);
  expect(await log.rows("from raw.pass_seen")).toEqual([]);
});

test("a pass that stood still for a day begins anew", async () => {
  const log = await bench();
  const seen: number[] = [];
  await failureOf(log.run(1, { connect: vendorOf(broken(2, [])) }));
  await log.run(2, { connect: vendorOf(broken(3, seen)) });
  expect(seen).toEqual([1, 2, 3]);
});

test("--full leaves cursors and half passes aside", async () => {
  const log = await bench();
  const cursors: unknown[] = [];
  const connect = vendorOf(
    streamOf("deals", async function* (context): AsyncGenerator<Page, Ending> {
      cursors.push([context.cursor, context.resume]);
      yield page({ id: "1" });
      return { isComplete: false, cursor: { until: context.startedAt.getUTCDate() } };
    }),
  );
  await log.run(1, { connect });
  await log.run(2, { connect });
  await log.run(3, { connect, full: true });
  expect(cursors).toEqual([
    [null, null],
    [{ until: 1 }, null],
    [null, null],
  ]);
});

test("a stream that fails is recorded, the others land, and the run ends with exit code 3", async () => {
  const log = await bench();
  const failing = streamOf("deals", async function* (): AsyncGenerator<Page, Ending> {
    yield page({ id: "1" });
    throw new UserError({ where: "source crm, stream deals", found: "503", fix: "wait", exitCode: 3 });
  });
  const dependent = streamOf("associations", listing(page({ id: "9" })), { after: ["deals"] });
  const error = await failureOf(
    log.run(1, { connect: vendorOf(failing, streamOf("owners", listing(page({ id: "5" }))), dependent) }),
  );
  expect(error.exitCode).toBe(3);
  expect(error.message).toContain("source crm, stream deals: 503");
  expect(error.message).not.toContain("it builds on deals");
  expect(await log.rows("select stream, status, pages, rows, changed, error from raw.load order by stream")).toEqual([
    {
      stream: "associations",
      status: "failed",
      pages: 0,
      rows: 0,
      changed: 0,
      error: expect.stringContaining("it builds on deals"),
    },
    { stream: "deals", status: "failed", pages: 1, rows: 1, changed: 1, error: expect.stringContaining("503") },
    { stream: "owners", status: "done", pages: 1, rows: 1, changed: 1, error: null },
  ]);
  expect(await log.rows("select status from raw.run")).toEqual([{ status: "failed" }]);
});

test("a defect of ours is not dressed up as a failing source, and the other streams still land", async () => {
  const log = await bench();
  const mistaken = streamOf("deals", async function* (): AsyncGenerator<Page, Ending> {
    yield* [];
    throw new TypeError("undefined is not a function");
  });
  await expect(
    log.run(1, { connect: vendorOf(mistaken, streamOf("owners", listing(page({ id: "5" })))) }),
  ).rejects.toThrow(TypeError);
  expect(await versions(log, "owners")).toHaveLength(1);
});

test("nothing is read into a log that does not show what an earlier run wrote, until it does", async () => {
  const log = await bench();
  const owners = (): ReturnType<typeof vendorOf> => vendorOf(streamOf("owners", listing(page({ id: "5" }))));
  const meddling = streamOf("deals", async function* (): AsyncGenerator<Page, Ending> {
    yield page({ id: "1" });
    await log.connection.run(
      "insert into raw.record (seq, source, stream, id, run_id) values (9, 'x', 'y', 'z', 'run-1')",
    );
    return { isComplete: true };
  });
  await expect(log.run(1, { connect: vendorOf(meddling) })).rejects.toThrow("shows 2 of the 1 versions that run run-1");
  const refusal = await failureOf(log.run(2, { connect: owners() }));
  expect(refusal.found).toContain("shows 2 of the 1 versions of records that run run-1 wrote");
  expect(await log.rows("select run_id, status from raw.run")).toEqual([{ run_id: "run-1", status: "unproven" }]);
  await log.connection.run("delete from raw.record where id = 'z'");
  await log.run(3, { connect: owners() });
  expect(await versions(log, "owners")).toHaveLength(1);
});

test("a stream reads what another one landed, living records only", async () => {
  const log = await bench();
  const found: unknown[] = [];
  const deals = (gone: boolean) =>
    streamOf("deals", listing(page({ id: "1", lines: { more: true } }, { id: "2" }, { id: "3", archived: gone })));
  const lines = streamOf(
    "lines",
    async function* (context): AsyncGenerator<Page, Ending> {
      for await (const batch of context.landed({ stream: "deals", paths: ["$.id", "$.lines.more"] }))
        found.push(...batch);
      const where = { path: "$.lines.more", equals: "true" };
      for await (const batch of context.landed({ stream: "deals", paths: ["$.id"], where })) found.push(...batch);
      yield page();
      return { isComplete: true };
    },
    { after: ["deals"] },
  );
  await log.run(1, { connect: vendorOf(lines, deals(false)) });
  found.splice(0);
  await log.run(2, { connect: vendorOf(lines, deals(true)) });
  expect(found).toEqual([["1", "true"], ["2", null], ["1"]]);
});

test("however many records a stream landed, another one reads each once, and where asked only those seen since", async () => {
  const log = await bench();
  const found: unknown[][] = [[], []];
  // Six hundred records of twenty kilobytes are more than are looked into at once.
  const deals = (run: number) =>
    streamOf(
      "deals",
      listing(
        page(
          ...Array.from({ length: 600 }, (_, place) => ({
            id: String(place),
            name: `${place < 3 ? run : 0}`,
            text: "x".repeat(20_000),
          })),
        ),
      ),
    );
  const lines = (since: string) =>
    streamOf(
      "lines",
      async function* (context): AsyncGenerator<Page, Ending> {
        for await (const batch of context.landed({ stream: "deals", paths: ["$.name", "$.id"] }))
          found[0]?.push(...batch);
        for await (const batch of context.landed({ stream: "deals", paths: ["$.id"], since })) found[1]?.push(...batch);
        yield page();
        return { isComplete: true };
      },
      { after: ["deals"] },
    );
  await log.run(1, { connect: vendorOf(lines("2026-01-01T00:00:00Z"), deals(1)) });
  expect(found[0]).toEqual(Array.from({ length: 600 }, (_, place) => [place < 3 ? "1" : "0", String(place)]));
  expect(found[1]).toHaveLength(600);
  found[1] = [];
  const [last] = await log.rows<{ at: string }>(
    "select strftime(max(seen_at) + interval 1 hour, '%Y-%m-%dT%H:%M:%SZ') as at from raw.record",
  );
  await log.run(2, { connect: vendorOf(lines(last?.at ?? ""), deals(2)) });
  expect(found[1]).toEqual([["0"], ["1"], ["2"]]);
});

test("requests and repeats are counted for the stream that sent them", async () => {
  const log = await bench();
  const server = await startServer(json({}, 503), json({ results: [{ id: "1" }] }));
  const asking = streamOf("deals", async function* (context): AsyncGenerator<Page, Ending> {
    const reply = await context.request({
      bucket: "all",
      label: "GET /deals",
      send: (signal) => fetchAnswer(server.url, {}, signal),
    });
    yield { body: reply.body };
    return { isComplete: true };
  });
  const reports = await log.run(1, { connect: vendorOf(asking, streamOf("owners", listing(page()))) });
  expect(reports.map(({ stream, requests, retries }) => ({ stream, requests, retries }))).toEqual([
    { stream: "deals", requests: 2, retries: 1 },
    { stream: "owners", requests: 0, retries: 0 },
  ]);
});

test("reading stops while the log has more waiting than it takes in at once", async () => {
  const log = await bench();
  let ahead = 0;
  let most = 0;
  const wide = "x".repeat(1_000_000);
  const fast = streamOf("deals", async function* (): AsyncGenerator<Page, Ending> {
    for (let number = 1; number <= 60; number += 1) {
      ahead += 1;
      most = Math.max(most, ahead);
      yield page({ id: String(number), wide });
    }
    return { isComplete: true };
  });
  const slow = {
    ...log.connection,
    append: async (...parameters: Parameters<typeof log.connection.append>) => {
      const rows = [...parameters[1]];
      await log.connection.append(parameters[0], rows);
      if (parameters[0].table.startsWith("page_")) ahead -= rows.length;
    },
  };
  await log.run(1, { connection: slow, connect: vendorOf(fast) });
  // 16 MB may wait, one batch of 4 MB is landing: of 60 pages of 1 MB at most 21 are in memory.
  expect(most).toBeLessThanOrEqual(21);
  expect(await versions(log)).toHaveLength(60);
});

test("an unknown --source names the nearest", async () => {
  const log = await bench();
  const error = await failureOf(log.run(1, { only: "crn" }));
  expect(error.exitCode).toBe(2);
  expect(error.message).toContain('did you mean "crm"?');
});

test("a source that cannot be opened fails alone", async () => {
  const log = await openBench({ sources: [vendorSource, { name: "drop", kind: "files", path: "./nowhere" }] });
  const error = await failureOf(log.run(1, { connect: vendorOf(streamOf("deals", listing(page({ id: "1" })))) }));
  expect(error.exitCode).toBe(3);
  expect(error.message).toContain("nowhere: this folder does not exist");
  expect(await versions(log)).toHaveLength(1);
});
