import { createServer } from "node:http";
import { expect, test } from "vitest";
import type { SourceOf } from "../../src/config/schema.ts";
import { UserError } from "../../src/errors.ts";
import { defineSource, isSource, probeOwn, type SourceKit } from "../../src/extract/own.ts";
import type { Page, StreamContext } from "../../src/extract/stream.ts";
import { transportEffects } from "../../src/extract/transport.ts";
import { portOf } from "../support/receivers.ts";

type Kit = SourceKit<"base_url" | "token" | "region">;

const effects = { ...transportEffects(() => new Date()), sleep: async () => undefined };

const entry = (settings: Readonly<Record<string, string>>): SourceOf<"own"> => ({
  name: "points",
  kind: "own",
  own: "loyalty",
  settings: { ...settings },
});

/** A connector with one stream that asks for one path. */
const asking = (path: (kit: Kit) => string) =>
  defineSource({
    settings: {
      base_url: { about: "address of the API" },
      token: { about: "API key", isSecret: true },
      region: { about: "where", isOptional: true },
    },
    address: (settings) => settings.base_url,
    headers: (settings) => ({ authorization: `Bearer ${settings.token}` }),
    streams: (kit) => [
      {
        name: "members",
        record: { at: "$.data", id: "$.id" },
        pages: async function* ({ request }) {
          yield { body: (await request(kit.get(path(kit), { region: kit.settings.region }))).body };
          return { isComplete: true };
        },
      },
    ],
  });

async function system(status: number, body: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  return { url: `http://127.0.0.1:${await portOf(server)}/api/`, asked };
}

/** The first page of the connector's stream. */
async function firstPage(source: ReturnType<typeof asking>, settings: Readonly<Record<string, string>>): Promise<Page> {
  const { streams, transport } = source.connect(entry(settings), effects, 1);
  const [stream] = streams;
  const context = { request: (call) => transport.request("members", call) } as StreamContext;
  const step = await stream!.pages(context).next();
  return step.value as Page;
}

const failure = (work: Promise<unknown>): Promise<UserError> =>
  work.then(
    () => expect.fail("nothing was refused"),
    (error: unknown) => (error instanceof UserError ? error : Promise.reject(error)),
  );

test("a path is asked for below the address, with the headers of the source, and the rest of a stream is what is usual", async () => {
  const { url, asked } = await system(200, '{"data":[]}');
  const source = asking(() => "/members");
  expect(isSource(source)).toBe(true);
  expect(isSource({ ...source })).toBe(false);
  expect((await firstPage(source, { base_url: url, token: "canary", region: "EMEA" })).body).toBe('{"data":[]}');
  expect(asked).toEqual(["/api/members?region=EMEA Bearer canary"]);
  const [stream] = source.connect(entry({ base_url: url, token: "t" }), effects).streams;
  expect(stream).toMatchObject({ form: "pages", mode: "full", cursor: null, deletion: "absence" });
  expect((await probeOwn(source, entry({ base_url: url, token: "t" }), effects)).found[0]).toBe(
    "loyalty: members can be read",
  );
});

test("credentials go to the address's own host, wherever an answer points, and into no message", async () => {
  const { url, asked } = await system(403, '{"message":"canary-token may not"}');
  const elsewhere = asking(() => "http://elsewhere.example/members");
  const settings = { base_url: url, token: "canary-token" };
  expect(await failure(firstPage(elsewhere, settings))).toMatchObject({
    where: "source points, stream members",
    found: expect.stringContaining("http://elsewhere.example would send the credentials"),
    exitCode: 3,
  });
  expect(asked).toEqual([]);
  const refused = await failure(
    firstPage(
      asking(() => `${url}members`),
      settings,
    ),
  );
  expect(refused.message).toContain("403 ([secret] may not)");
  expect(refused.message).not.toContain("canary-token");
  expect(asked).toHaveLength(1);
});

test("settings that are missing or unknown, and an address that is none, are told", async () => {
  const source = asking(() => "/members");
  const told = (settings: Readonly<Record<string, string>>): unknown => {
    try {
      source.connect(entry(settings), effects);
      return "nothing";
    } catch (error) {
      return error instanceof UserError ? [error.found, error.fix, error.exitCode] : error;
    }
  };
  expect(told({ base_url: "https://x.example" })).toEqual(["token is missing", "add token: API key", 2]);
  expect(told({ base_url: "https://x.example", tokn: "t" })).toEqual([
    "loyalty has no setting tokn",
    'did you mean "token"? (valid values: base_url, region, token)',
    2,
  ]);
  expect(told({ base_url: "x.example", token: "t" })).toEqual([
    'its address "x.example" is none',
    "give one that begins with https://",
    2,
  ]);
});
