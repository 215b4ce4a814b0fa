import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { type Page, sideBySide } from "../../src/extract/stream.ts";
import {
  type Call,
  createTransport,
  fetchAnswer,
  isConnectionError,
  type TransportOptions,
} from "../../src/extract/transport.ts";
import {
  type Behaviour,
  cutShort,
  halfJson,
  json,
  reset,
  silence,
  startServer,
  text,
  timelessWorld,
} from "../support/misbehaving-server.ts";

const buckets = { objects: { requests: 1000, intervalMs: 1000, concurrency: 10 } };

/** A transport to a server that behaves as told. */
async function set(behaviours: readonly Behaviour[], options: Partial<TransportOptions> = {}) {
  const server = await startServer(...behaviours);
  const world = timelessWorld();
  const transport = createTransport({
    source: "crm",
    address: "http://crm.example",
    buckets,
    effects: world,
    ...options,
  });
  const ask = (more: Partial<Call> = {}) =>
    transport.request("deals", {
      bucket: "objects",
      label: "GET /deals",
      send: (signal) => fetchAnswer(`${server.url}/deals`, {}, signal),
      ...more,
    });
  return { ask, server, world, transport };
}

async function failureOf(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof UserError)) throw new Error(`not an error for people: ${String(error)}`);
  return error;
}

const fine = json({ results: [{ id: "1" }] });

test("an answer comes back with its body as received and its headers in lower case", async () => {
  const body = '{"results": [{"id": 90071992547409931}]}';
  const { ask, transport } = await set([text(body, 200, { "X-Total": "1" })]);
  const reply = await ask();
  expect(reply.body).toBe(body);
  expect(reply.headers["x-total"]).toBe("1");
  expect(transport.counts("deals")).toEqual({ requests: 1, retries: 0 });
});

test("a 429 waits as many seconds as Retry-After says, then the request is sent again", async () => {
  const { ask, world, transport } = await set([json({}, 429, { "retry-after": "7" }), fine]);
  await ask();
  expect(world.pauses).toEqual([7000]);
  expect(transport.counts("deals")).toEqual({ requests: 2, retries: 1 });
});

test("a 429 that names no time is waited out for a part of the bucket's interval, and longer when it comes again", async () => {
  const refused = json({}, 429);
  const { ask, world } = await set([refused, refused, refused, refused, refused, fine]);
  await ask();
  // From a sixteenth of 1000 ms to all of it; what is sent a sixth time backs off as well, by three quarters of 8000 ms.
  expect(world.pauses).toEqual([63, 125, 250, 500, 6000]);
});

test("a request that is sent only twice waits for the whole interval in between", async () => {
  const { ask, world } = await set([json({}, 429), fine], { attempts: 2 });
  await ask();
  expect(world.pauses).toEqual([1000]);
});

test("a bucket is waited for as at first once it took an interval's requests without refusing any", async () => {
  const refused = json({}, 429);
  const { ask, world } = await set([refused, fine, fine, refused, fine, refused, fine], {
    buckets: { objects: { requests: 2, intervalMs: 48, concurrency: 1 } },
  });
  for (let times = 0; times < 4; times += 1) await ask();
  // The second refusal comes two requests after the first, the third one after the second.
  expect(world.pauses).toEqual([3, 3, 6]);
});

test("a Retry-After that is a date is read against the server's own clock", async () => {
  const { ask, world } = await set([
    json({}, 503, { date: "Wed, 30 Sep 2026 08:00:00 GMT", "retry-after": "Wed, 30 Sep 2026 08:00:20 GMT" }),
    fine,
  ]);
  await ask();
  expect(world.pauses).toEqual([20_000]);
});

test("a Retry-After beyond all patience ends the stream and says how long it would take", async () => {
  const { ask, world } = await set([json({}, 429, { "retry-after": "7200" })]);
  const error = await failureOf(ask());
  expect(error.message).toContain("asks to wait 120 minutes");
  expect(error.exitCode).toBe(3);
  expect(world.pauses).toEqual([]);
});

test("without Retry-After the pauses double, and chance moves each within its upper half", async () => {
  const { ask, world } = await set([text("", 503), text("", 500), text("", 502), fine]);
  await ask();
  // 500, 1000 and 2000 ms, each at three quarters because chance stands at its middle.
  expect(world.pauses).toEqual([375, 750, 1500]);
});

test("a throttled request holds back the others of its bucket", async () => {
  const order: string[] = [];
  const server = await startServer(json({}, 429, { "retry-after": "1" }), fine);
  const { promise: slept, resolve: wake } = Promise.withResolvers<void>();
  const transport = createTransport({
    address: "http://crm.example",
    source: "crm",
    buckets: { objects: { requests: 1000, intervalMs: 1000, concurrency: 1 } },
    effects: { now: () => 0, random: () => 0, sleep: () => slept },
  });
  const ask = (name: string) =>
    transport.request("deals", {
      bucket: "objects",
      label: name,
      send: (signal) => {
        order.push(name);
        return fetchAnswer(server.url, {}, signal);
      },
    });
  const first = ask("first");
  const second = ask("second");
  await expect.poll(() => order.length).toBe(1);
  expect(order).toEqual(["first"]);
  wake();
  await Promise.all([first, second]);
  // The one that was refused goes before the ones that have not been tried.
  expect(order).toEqual(["first", "first", "second"]);
});

test.each<[string, Behaviour]>([
  ["a connection that is reset", reset],
  ["a body that is cut short", cutShort('{"results": [{"id": "1"}]}')],
  ["JSON that breaks off", halfJson('{"results": [{"id": "1"}]}')],
  ["an HTML page with status 200", text("<!doctype html><p>Sign in")],
  ["an empty body with status 200", text("")],
  ["a timeout of the gateway", text("", 504)],
])("%s is sent again and never believed", async (_name, behaviour) => {
  const { ask, server } = await set([behaviour, fine]);
  expect((await ask()).json).toEqual({ results: [{ id: "1" }] });
  expect(server.hits()).toBe(2);
});

test("a server that never answers is given up after the timeout, each time anew", async () => {
  const { ask, server } = await set([silence], { timeoutMs: 40, attempts: 3 });
  const error = await failureOf(ask());
  expect(error.found).toBe("GET /deals: no answer within 0.04 s, 3 times in a row");
  expect(server.hits()).toBe(3);
});

/** How many of some objects are still held once everything that nobody holds was cleared away. */
async function heldOf(seen: readonly WeakRef<object>[]): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What a promise brought stays until the turn is over in which it did.
  await pause(1);
  collect();
  return seen.filter((one) => one.deref() !== undefined).length;
}

test("an answer is let go of once it is read, and not only when its time would have been up", async () => {
  const seen: WeakRef<object>[] = [];
  const { ask } = await set([fine]);
  for (let count = 0; count < 20; count += 1) {
    await ask({
      send: async () => {
        const answer = { status: 200, headers: {}, body: "[]" };
        seen.push(new WeakRef(answer));
        return answer;
      },
    });
  }
  expect(seen).toHaveLength(20);
  expect(await heldOf(seen)).toBeLessThan(3);
});

test("pages that were taken are let go of while another chain is still waited for", async () => {
  const seen: WeakRef<object>[] = [];
  let end = (): void => undefined;
  async function* late(): AsyncGenerator<Page> {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
  }
  async function* busy(): AsyncGenerator<Page> {
    for (let count = 0; count < 20; count += 1) {
      const page = { body: "[]" };
      seen.push(new WeakRef(page));
      yield page;
    }
  }
  const pages = sideBySide([late, busy], 2);
  for (let count = 0; count < 20; count += 1) await pages.next();
  expect(seen).toHaveLength(20);
  expect(await heldOf(seen)).toBeLessThan(3);
  end();
});

test("a server that keeps failing is named with what it said, where, and what to do", async () => {
  const { ask, server } = await set([json({ message: "we are\n moving house" }, 503)], { attempts: 4 });
  const error = await failureOf(ask());
  expect(server.hits()).toBe(4);
  expect(error.where).toBe("source crm, stream deals");
  expect(error.found).toBe("GET /deals: 503 (we are moving house): the vendor failed, 4 times in a row");
  expect(error.fix).toContain("status page");
  expect(error.exitCode).toBe(3);
});

test("a refusal that no repetition mends is not repeated", async () => {
  const { ask, server } = await set([json([{ message: "No such column 'Foo'" }], 400)]);
  const error = await failureOf(ask());
  expect(error.found).toBe("GET /deals: 400 (No such column 'Foo')");
  expect(server.hits()).toBe(1);
});

test("a 401 signs in again once, however many requests meet it", async () => {
  let renewals = 0;
  let token = "old";
  const server = await startServer((request, response) => {
    const isGood = request.headers.authorization === "Bearer new";
    (isGood ? fine : json({ message: "expired" }, 401))(request, response);
  });
  const transport = createTransport({
    address: "http://crm.example",
    source: "crm",
    buckets,
    effects: timelessWorld(),
    renew: async () => {
      renewals += 1;
      token = "new";
    },
  });
  const ask = () =>
    transport.request("deals", {
      bucket: "objects",
      label: "GET /deals",
      send: (signal) => fetchAnswer(server.url, { headers: { authorization: `Bearer ${token}` } }, signal),
    });
  await Promise.all([ask(), ask(), ask()]);
  expect(renewals).toBe(1);
});

test("a sign-in that is itself refused with a 401 ends the request instead of waiting for itself", async () => {
  let signIns = 0;
  const { ask, transport, server } = await set([json({ message: "bad secret" }, 401)], {
    renew: async () => {
      signIns += 1;
      await transport.request("sign_in", {
        bucket: "objects",
        label: "POST /token",
        isSignIn: true,
        send: (signal) => fetchAnswer(server.url, {}, signal),
      });
    },
  });
  const error = await failureOf(ask());
  expect(error.found).toBe("POST /token: 401 (bad secret): the credentials were refused");
  expect(signIns).toBe(1);
});

test("a 401 after signing in again is a matter for a person", async () => {
  const { ask, server } = await set([json({ message: "bad token" }, 401)], { renew: async () => {} });
  const error = await failureOf(ask());
  expect(error.found).toBe("GET /deals: 401 (bad token): the credentials were refused");
  expect(error.fix).toContain("attributary doctor");
  expect(server.hits()).toBe(2);
});

test("a secret that the vendor repeats is blotted out of the message", async () => {
  const { ask } = await set([json({ error: { message: "Invalid API Key provided: sk_live_123" } }, 401)], {
    secrets: ["sk_live_123"],
  });
  const error = await failureOf(ask());
  expect(error.message).toContain("Invalid API Key provided: [secret]");
  expect(JSON.stringify({ ...error, message: error.message, cause: error.cause })).not.toContain("sk_live_123");
});

test("a source that needs every request twice is given up before it eats the daily quota", async () => {
  const behaviours = Array.from({ length: 100 }, () => [json({}, 500), fine]).flat();
  const { ask, transport } = await set(behaviours, { spareRetries: 3 });
  const error = await failureOf(
    (async () => {
      for (let round = 0; round < 100; round += 1) await ask();
    })(),
  );
  // Every request fails once. At the ninth sending 4 were repeats, and 3 + 9/10 are allowed.
  expect(error.found).toContain("and 4 of 9 requests to crm had to be repeated");
  expect(transport.counts("deals")).toEqual({ requests: 9, retries: 4 });
});

test("a vendor's own reading of an answer goes before the general one", async () => {
  const { ask, world } = await set([json([{ errorCode: "REQUEST_LIMIT_EXCEEDED" }], 403), fine], {
    judge: (answer) => (answer.status === 403 ? "throttle" : undefined),
  });
  await ask();
  expect(world.pauses).toEqual([63]);
});

test("a status the caller asked for is an answer", async () => {
  const { ask } = await set([json({ deleted: true }, 404)]);
  expect((await ask({ accepts: [404] })).json).toEqual({ deleted: true });
});

test("a mistake of our own in sending is no trouble of the network", async () => {
  const { ask } = await set([fine]);
  const mistake = new RangeError("not a header");
  await expect(ask({ send: () => Promise.reject(mistake) })).rejects.toBe(mistake);
  expect(isConnectionError(mistake)).toBe(false);
});

test("no more requests start in an interval than the bucket allows", async () => {
  const server = await startServer(fine);
  const starts: number[] = [];
  const transport = createTransport({
    address: "http://crm.example",
    source: "crm",
    buckets: { objects: { requests: 5, intervalMs: 100, concurrency: 100 } },
    effects: timelessWorld(),
  });
  await Promise.all(
    Array.from({ length: 15 }, () =>
      transport.request("deals", {
        bucket: "objects",
        label: "GET /deals",
        send: (signal) => {
          starts.push(performance.now());
          return fetchAnswer(server.url, {}, signal);
        },
      }),
    ),
  );
  // The sixth request after any one starts no sooner than an interval later (1 ms is left to the timer's grain).
  const gaps = starts.slice(5).map((start, index) => start - (starts[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(99);
});

test("a limit that the vendor's answers tell is kept to from then on, the wider one around it too", async () => {
  const server = await startServer(fine);
  const starts: number[] = [];
  const transport = createTransport({
    address: "http://crm.example",
    source: "crm",
    buckets: {
      all: { requests: 1000, intervalMs: 1000, concurrency: 100 },
      objects: { requests: 1000, intervalMs: 1000, concurrency: 100, within: "all" },
    },
    readLimit: () => ({ requests: 4, intervalMs: 100 }),
    effects: timelessWorld(),
  });
  const ask = () =>
    transport.request("deals", {
      bucket: "objects",
      label: "GET /deals",
      send: (signal) => {
        starts.push(performance.now());
        return fetchAnswer(server.url, {}, signal);
      },
    });
  await ask();
  await Promise.all(Array.from({ length: 12 }, ask));
  const gaps = starts.slice(5).map((start, index) => start - (starts[index + 1] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(99);
});

test("of a day's requests a share is left to others, counting those under way", async () => {
  const told = (used: number, limit: number): Behaviour =>
    json({}, 200, { "x-used": String(used), "x-limit": String(limit) });
  const quota: TransportOptions["quota"] = {
    share: 80,
    read: ({ headers }) => ({ used: Number(headers["x-used"]), limit: Number(headers["x-limit"]) }),
  };
  const { ask, server } = await set([told(7_998, 10_000), told(7_999, 10_000), told(8_000, 10_000)], { quota });
  await ask();
  // 7,998 are used: two more fit below 8,000, three at once do not.
  const outcomes = await Promise.allSettled([ask(), ask(), ask()]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  const error = await failureOf(ask());
  expect(error.message).toBe(
    "source crm, stream deals: GET /deals: 8,000 of the 10,000 requests that crm has in a day are used, and a refresh leaves the last 20 % to others\n" +
      "  → run the refresh later, it takes up where this one stopped; or set daily_share of crm above 80",
  );
  expect(error.exitCode).toBe(3);
  expect(server.hits()).toBe(3);

  // An allowance so small that a share of it would not do is used as it is.
  const small = await set([told(999, 999)], { quota });
  await small.ask();
  await small.ask();
  expect(small.server.hits()).toBe(2);
});
