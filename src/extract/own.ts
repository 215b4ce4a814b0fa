import type { SourceOf } from "../config/schema.ts";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { suggest } from "../nearest.ts";
import { checkClock, type Probe, probeAttempts } from "./probe.ts";
import type { Connector, PagedStream, StreamContext } from "./stream.ts";
import {
  type Call,
  createTransport,
  fetchAnswer,
  type Transport,
  type TransportEffects,
  type TransportOptions,
} from "./transport.ts";

/** One key of a source's entry in the configuration. */
export interface Setting {
  /** What it is, for the error when it is missing. */
  readonly about: string;
  readonly isOptional?: boolean;
  /** Whether it is blotted out of every message. */
  readonly isSecret?: boolean;
}

/** What the configuration gives, by key; an optional key that is not there is empty. */
export type Given<Name extends string> = Readonly<Record<Name, string>>;

/** A stream as a source of one's own writes it down; what is left out is read in full, with deletions seen by absence. */
export type StreamParts = Pick<PagedStream, "name" | "record" | "pages"> &
  Partial<Pick<PagedStream, "after" | "mode" | "cursor" | "deletion" | "partOf">>;

/** What streams are made with. */
export interface SourceKit<Name extends string> {
  /** The name of the source in the configuration. */
  readonly name: string;
  readonly settings: Given<Name>;
  /** A GET of a path below the address, or of a whole address of the same host, to be sent by `request`. */
  readonly get: (path: string, query?: Readonly<Record<string, string | number>>) => Call;
}

/** What a file `sources/<kind>/index.ts` writes down. */
export interface SourceParts<Name extends string> {
  /** The keys of its entry beside `name` and `kind`. */
  readonly settings: Readonly<Record<Name, Setting>>;
  /** Where its requests go; paths are appended. */
  readonly address: (settings: Given<Name>) => string;
  /** Headers of every request, such as the sign-in. */
  readonly headers?: (settings: Given<Name>) => Readonly<Record<string, string>>;
  /** How much the system takes: so many requests in any interval, so many at once. Ten a second and four by default. */
  readonly limits?: { readonly requests: number; readonly intervalMs: number; readonly concurrency: number };
  readonly streams: (kit: SourceKit<Name>) => readonly StreamParts[];
}

/** A connector of one's own. Made by `defineSource` only. */
export interface OwnSource {
  readonly connect: (source: SourceOf<"own">, effects: TransportEffects, attempts?: number) => Connector;
}

const defined = new WeakSet<object>();

/** Defines a connector; a file `sources/<kind>/index.ts` exports the result as `source`. */
export function defineSource<const Name extends string>(parts: SourceParts<Name>): OwnSource {
  const source = Object.freeze({
    connect: (entry: SourceOf<"own">, effects: TransportEffects, attempts?: number) =>
      connectOwn(parts, entry, effects, attempts),
  });
  defined.add(source);
  return source;
}

/** Whether a value was made by `defineSource`. */
export function isSource(value: unknown): value is OwnSource {
  return typeof value === "object" && value !== null && defined.has(value);
}

function connectOwn<Name extends string>(
  parts: SourceParts<Name>,
  entry: SourceOf<"own">,
  effects: TransportEffects,
  attempts: number | undefined,
): Connector {
  const settings = givenOf(parts, entry);
  const address = parts.address(settings);
  const base = URL.parse(address);
  if (base === null) {
    throw new UserError({
      where: `source ${entry.name}`,
      found: `its address ${JSON.stringify(address)} is none`,
      fix: "give one that begins with https://",
    });
  }
  const secrets = Object.entries<Setting>(parts.settings).flatMap(([key, { isSecret }]) =>
    isSecret === true ? [settings[key as Name]] : [],
  );
  const options: TransportOptions = {
    source: entry.name,
    address,
    buckets: { all: parts.limits ?? { requests: 10, intervalMs: 1000, concurrency: 4 } },
    effects,
    secrets,
    ...(attempts === undefined ? {} : { attempts }),
  };
  const headers = parts.headers?.(settings) ?? {};
  const get: SourceKit<Name>["get"] = (path, query = {}) => {
    const url = addressOf(base, path);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    return {
      bucket: "all",
      label: `GET ${url.pathname}`,
      send: (signal) => fetchAnswer(url.href, { headers, redirect: "error" }, signal),
    };
  };
  const transport = createTransport(options);
  const streams = parts.streams({ name: entry.name, settings, get });
  return Object.freeze({
    source: entry.name,
    kind: entry.own,
    transport,
    streams: streams.map((stream) => wholeStream(stream, entry)),
  });
}

/** Credentials go to the system's own host and to no other, wherever an answer points. */
function addressOf(base: URL, path: string): URL {
  const url = URL.parse(path) ?? new URL(`${base.href.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`);
  if (url.origin === base.origin) return url;
  throw new Error(`a request to ${url.origin} would send the credentials for ${base.origin} there`);
}

function givenOf<Name extends string>(parts: SourceParts<Name>, entry: SourceOf<"own">): Given<Name> {
  const names = Object.keys(parts.settings);
  const where = `source ${entry.name}`;
  const stray = Object.keys(entry.settings).find((key) => !names.includes(key));
  if (stray !== undefined) {
    throw new UserError({ where, found: `${entry.own} has no setting ${stray}`, fix: suggest(stray, names) });
  }
  for (const [key, setting] of Object.entries<Setting>(parts.settings)) {
    if (setting.isOptional === true || (entry.settings[key] ?? "") !== "") continue;
    throw new UserError({ where, found: `${key} is missing`, fix: `add ${key}: ${setting.about}` });
  }
  const given: Record<string, string> = {};
  for (const name of names) given[name] = entry.settings[name] ?? "";
  return given as Given<Name>;
}

/** A stream with what was left out, whose own mistakes are told as such. */
function wholeStream(parts: StreamParts, entry: SourceOf<"own">): PagedStream {
  return Object.freeze({
    mode: "full" as const,
    cursor: null,
    deletion: "absence" as const,
    ...parts,
    form: "pages" as const,
    pages: async function* (context: StreamContext) {
      try {
        return yield* parts.pages(context);
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError({
          where: `source ${entry.name}, stream ${parts.name}`,
          found: messageOf(error),
          fix: `mend sources/${entry.own} in the folder that extend names`,
          exitCode: exitCode.source,
          cause: error,
        });
      }
    },
  });
}

/** Asks for the first page of every stream. Throws UserError (exit 2 or 3) for what would stop a refresh. */
export async function probeOwn(
  definition: OwnSource,
  entry: SourceOf<"own">,
  effects: TransportEffects,
): Promise<Probe> {
  const connector = definition.connect(entry, effects, probeAttempts);
  const found: string[] = [];
  for (const stream of connector.streams) {
    const clock = await firstPage(connector.transport, stream, effects, entry.name);
    if (found.length === 0) found.push(...clock);
  }
  const names = connector.streams.map(({ name }) => name).join(", ");
  return { source: entry.name, found: [`${entry.own}: ${names} can be read`, ...found] };
}

async function firstPage(
  transport: Transport,
  stream: PagedStream,
  effects: TransportEffects,
  source: string,
): Promise<readonly string[]> {
  let clock: readonly string[] = [];
  const pages = stream.pages({
    startedAt: new Date(effects.now()),
    cursor: null,
    resume: null,
    request: async (call) => {
      const reply = await transport.request(stream.name, call);
      clock = checkClock(source, reply, effects);
      return reply;
    },
    held: async () => 0,
    landed: async function* () {
      // Nothing is looked up in the log before there is one.
    },
    ended: async () => undefined,
    expect: () => undefined,
  });
  await pages.next();
  await pages.return({ isComplete: false });
  return clock;
}
