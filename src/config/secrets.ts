import type { Config, Source } from "./schema.ts";

// The last one is for what people call theirs in sources of their own.
const secretKey =
  /^(access_token|client_secret|api_key|webhook_url|signing_secret|smtp_url)$|token|secret|passw|credential|_key$/i;

/** The parts of a configuration whose entries have secrets. */
export const secretSections: ReadonlySet<string> = new Set(["sources", "channels"]);

/** Whether what stands under this key of a source or channel is a secret. */
export const isSecretKey = (key: string): boolean => secretKey.test(key);

/** Whether this value of a source or channel is one: what stands under a secret's key, and the id of an app, as vendors give one. */
export const isSecretValue = (key: string, value: string): boolean =>
  // A short one, made up for a sandbox, would blot out words.
  isSecretKey(key) || (key === "client_id" && value.length >= 8);

/** What a source's keys came from, to stand behind what to do about one that was refused; empty where they are written out. */
export function cameFrom(source: Pick<Source, "cameFrom">, ...keys: readonly string[]): string {
  const names = keys.flatMap((key) => source.cameFrom?.[key] ?? []);
  return names.length === 0 ? "" : `; what was refused is the value of ${names.join(" and of ")}`;
}

/** The variables that what a source signs in with is written as, by key. */
export function variablesIn(written: unknown): Readonly<Record<string, string>> {
  if (typeof written !== "object" || written === null) return {};
  return Object.fromEntries(
    Object.entries(written).flatMap(([key, value]): [string, string][] => {
      const [, name] = /^\$\{(\w+)\}$/.exec(String(value)) ?? [];
      return name === undefined || !(isSecretKey(key) || key === "client_id") ? [] : [[key, name]];
    }),
  );
}

/** Every secret of a configuration: tokens, keys and the ids that go with them, webhooks, and names and passwords in addresses. */
export function secretsOf(config: Pick<Config, "sources" | "channels">): readonly string[] {
  const secrets = new Set<string>();
  const entries = [...config.sources, ...config.channels];
  const own = config.sources.flatMap((source) => (source.kind === "own" ? [source.settings] : []));
  for (const entry of [...entries, ...own]) {
    for (const [key, value] of Object.entries(entry)) {
      if (typeof value !== "string" || value === "") continue;
      if (isSecretValue(key, value)) secrets.add(value);
      for (const part of partsOf(value, isSecretKey(key))) secrets.add(part);
    }
  }
  return Object.freeze([...secrets]);
}

/** What of an address nobody else may know; of a secret one that is its path, too. */
function partsOf(value: string, isSecret: boolean): readonly string[] {
  const address = URL.parse(value);
  if (address === null || address.host === "") return [];
  const { username, password, pathname, search } = address;
  const user = isSecret || password !== "" ? [username] : [];
  const own = isSecret && address.protocol.startsWith("http") ? [`${pathname}${search}`, pathname] : [];
  const query = [...address.searchParams.values()].filter((word) => word.length >= 8);
  return [...user, password, ...own, ...query]
    .flatMap((part) => [part, decode(part)])
    .filter((part) => part !== "" && part !== "/" && part.length >= 4);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
