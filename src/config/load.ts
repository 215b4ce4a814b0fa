import { isUtf8 } from "node:buffer";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parse, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { together, UserError } from "../errors.ts";
import { nearestOf, suggest } from "../nearest.ts";
import { withoutSecretsIn } from "../secrets.ts";
import { type Config, channelKinds, configSchema, extendedSchema, sourceKinds } from "./schema.ts";
import { isSecretKey, isSecretValue, secretSections, variablesIn } from "./secrets.ts";

/** A configuration together with where it was read from. */
export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute folder that the paths in the file start from. */
  readonly folder: string;
  /** Absolute path of `home`. */
  readonly home: string;
}

/** Whether a command signs in anywhere, and so needs what the environment holds for it. */
export type Use = "to sign in" | "to read what is here";

/**
 * Reads, completes and checks a configuration file. Where nobody is called, keys and addresses of sources and channels may be
 * missing in the environment: something that fits stands in their place. `missing` says what to do where the file cannot be read.
 * Throws UserError (exit 2) naming file, line and column.
 */
export async function loadConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  use: Use = "to sign in",
  missing = "give the path of one that is there, or run `attributary init` to make one",
): Promise<LoadedConfig> {
  const absolute = path.resolve(file);
  let bytes: Buffer;
  try {
    bytes = await readFile(absolute);
  } catch (error) {
    throw new UserError({
      where: absolute,
      found: "this configuration file cannot be read",
      fix: missing,
      cause: error,
    });
  }
  const text = bytes.toString();
  // What is quoted of such a file would have a terminal do all kinds of things.
  if (!isUtf8(bytes) || hasControl(text)) {
    throw new UserError({
      where: absolute,
      found: "this is no text in UTF-8",
      fix: "name the configuration, a YAML file; where it is one already, save it again as UTF-8",
    });
  }
  const folder = path.dirname(absolute);
  const config = parseConfig(text, file, env, await ownKinds(text, file, folder), use);
  return Object.freeze({ config, file: absolute, folder, home: path.resolve(folder, config.home) });
}

/** Whether a text has signs that no text has, beside tabs and line ends. */
const hasControl = (text: string): boolean => /[^\P{Cc}\t\r\n]/u.test(text);

/** The kinds of sources that the folder named under `extend` brings: the names of its folders below `sources`. */
async function ownKinds(text: string, file: string, folder: string): Promise<readonly string[]> {
  const extend = extendIn(text);
  if (extend === undefined) return [];
  const place = path.resolve(folder, extend);
  const kinds = async (below: string): Promise<readonly string[]> =>
    (await readdir(below, { withFileTypes: true })).filter((item) => item.isDirectory()).map(({ name }) => name);
  await readdir(place).catch((error: unknown) => {
    throw new UserError({
      where: file,
      found: `extend names ${extend}, and there is no folder ${place} that can be read`,
      fix: "give the folder with your `metrics`, `dashboards` and `sources`, from where the configuration stands",
      cause: error,
    });
  });
  const found = await kinds(path.join(place, "sources")).catch(() => []);
  const taken = found.find((kind) => kind === "own" || sourceKinds.some((known) => known === kind));
  if (taken === undefined) return found;
  throw new UserError({
    where: path.join(place, "sources", taken),
    found: `the kind ${taken} is taken`,
    fix: `give the folder another name than ${[...sourceKinds, "own"].join(", ")}`,
  });
}

/** What `extend` says, as far as the text can be read; what is wrong with it is told when all of it is checked. */
function extendIn(text: string): string | undefined {
  try {
    const plain: unknown = parse(text);
    const extend = valueAt(plain, ["extend"]);
    return typeof extend === "string" && extend !== "" ? extend : undefined;
  } catch {
    return undefined;
  }
}

/** Entries of `sources` with a kind of one's own, as the schema has them. */
function withOwnSources(plain: unknown, kinds: readonly string[]): unknown {
  if (kinds.length === 0 || typeof plain !== "object" || plain === null) return plain;
  const sources = valueAt(plain, ["sources"]);
  if (!Array.isArray(sources)) return plain;
  return {
    ...plain,
    sources: sources.map((entry: unknown) => {
      const kind = valueAt(entry, ["kind"]);
      if (typeof entry !== "object" || entry === null || typeof kind !== "string" || !kinds.includes(kind))
        return entry;
      const { name, kind: own, ...settings } = entry as Readonly<Record<string, unknown>>;
      return { ...(name === undefined ? {} : { name }), kind: "own", own, settings };
    }),
  };
}

/**
 * Checks the text of a configuration; `name` is how errors call the file, `kinds` are those of sources of one's own.
 * Throws UserError listing every problem, none of them with a secret in it.
 */
export function parseConfig(
  text: string,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  kinds: readonly string[] = [],
  use: Use = "to sign in",
): Config {
  // What came from the environment is a secret wherever it was put, and so is what stands under a secret's key.
  const secrets: string[] = [];
  try {
    return checkText(text, name, env, kinds, use, secrets);
  } catch (error) {
    throw withoutSecretsIn(error, secrets);
  }
}

function checkText(
  text: string,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  kinds: readonly string[],
  use: Use,
  secrets: string[],
): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw new UserError({
      where: at(syntax.pos[0]),
      found: `this is not valid YAML: ${withoutSource(syntax.message)}`,
      fix: "mend the line; indent with spaces, and quote text that has a colon or a bracket in it",
    });
  }
  const written = valueAt(plainOf(document, name), ["sources"]);
  const unusable: UserError[] = [];
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || typeof value.value !== "string") return;
      if (isSecretValue(String(key.value), value.value)) secrets.push(value.value);
    },
    Scalar(key, node, above) {
      // A key is a name of ours or a word of an account, which may not read the environment.
      if (key === "key" || typeof node.value !== "string") return;
      if (/\$\{(?![A-Za-z_][A-Za-z0-9_]*\})/.test(node.value)) {
        unusable.push(
          new UserError({
            where: at(node.range?.[0] ?? 0),
            found: "behind a ${ there is no name of a variable with a } after it",
            fix: "write ${NAME} for the value of the variable NAME; a text that has these signs itself goes into a variable",
          }),
        );
        return;
      }
      const standIn = use === "to sign in" ? undefined : standInFor(above, kinds);
      let isMissing = false;
      node.value = node.value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (match, variable: string) => {
        const value = env[variable];
        if (value !== undefined && value !== "") {
          secrets.push(value);
          if (/\p{Cc}/u.test(value)) {
            unusable.push(
              new UserError({
                where: at(node.range?.[0] ?? 0),
                found: `the environment variable ${variable} has a line end or another control character in it`,
                fix: `set ${variable} to the value alone; what it was copied from may end with a line end`,
              }),
            );
          }
          return value;
        }
        if (standIn === undefined) {
          unusable.push(
            new UserError({
              where: at(node.range?.[0] ?? 0),
              found: `the environment variable ${variable} is not set`,
              fix: `set ${variable} in the environment or in the .env file beside the configuration`,
            }),
          );
        }
        isMissing = true;
        return match;
      });
      if (isMissing && standIn !== undefined) node.value = standIn;
    },
  });
  const [firstUnusable, ...moreUnusable] = unusable;
  if (firstUnusable !== undefined) throw together([firstUnusable, ...moreUnusable]);

  const plain: unknown = plainOf(document, name) ?? {};
  // A kind of one's own has another shape inside, which nobody writes by hand.
  const schema = kinds.length === 0 ? configSchema : extendedSchema;
  const parsed = schema.safeParse(withOwnSources(plain, kinds));
  if (parsed.success) {
    const sources = parsed.data.sources.map((source, place) => {
      if (source.kind === "files" || source.kind === "own") return source;
      const cameFrom = variablesIn(Array.isArray(written) ? written[place] : undefined);
      return Object.keys(cameFrom).length === 0 ? source : { ...source, cameFrom };
    });
    return { ...parsed.data, sources };
  }
  const problems = parsed.error.issues
    .flatMap(flatten)
    .map((issue) => describe(issue, plain, document.contents, at, name, [...sourceKinds, ...kinds]));
  const [first, ...others] = problems.map((problem) => new UserError(problem));
  if (first === undefined) throw new Error("the schema refused the configuration without saying why");
  throw together([first, ...others]);
}

// A host of this name is nobody's, so that a request sent there by mistake reaches no one.
const nobody = "unset.invalid";

/** Whether a channel lacks what it is reached or signed with, which the environment was to have. */
export function isUnreachable(channel: Config["channels"][number]): boolean {
  return Object.values(channel).some((value) => typeof value === "string" && value.includes(nobody));
}

/**
 * What fits in the place of a key or an address that the environment does not have, and changes no number; undefined where the
 * value may do so, as a home or a currency does. `above` are the nodes that lead to the value.
 */
function standInFor(above: readonly unknown[], kinds: readonly string[]): string | undefined {
  const [section, key, ...below] = above.flatMap((node) =>
    isPair(node) && isScalar(node.key) ? [String(node.key.value)] : [],
  );
  if (section === undefined || key === undefined || below.length > 0) return undefined;
  if (!secretSections.has(section) || key === "name" || key === "kind") return undefined;
  if (key === "smtp_url") return `smtp://${nobody}`;
  if (key.endsWith("_url")) return `https://${nobody}`;
  const kind = above.findLast((node) => isMap(node))?.get("kind");
  const signsIn =
    isSecretKey(key) || key === "client_id" || section === "channels" || kinds.some((own) => own === kind);
  return signsIn ? `no-key.${nobody}` : undefined;
}

/** The values of a document. Throws UserError for an alias of something that is not there. */
function plainOf(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new UserError({
      where: name,
      found: `this is not valid YAML: ${withoutSource(error.message)}`,
      fix: "put quotes around a text that begins with *",
    });
  }
}

type Issue = z.core.$ZodIssue;

interface Problem {
  readonly where: string;
  readonly found: string;
  readonly fix: string;
}

function flatten(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const branches = issue.errors.map((branch) =>
    branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }) as Issue),
  );
  // A branch of another type altogether was not meant, however short its list of problems is.
  const isOther = (branch: readonly Issue[]): boolean =>
    branch.some(({ code, path: place }) => /^invalid_(type|value)$/.test(code) && place.length === issue.path.length);
  const best = branches.toSorted((a, b) => Number(isOther(a)) - Number(isOther(b)) || a.length - b.length)[0];
  return best === undefined || best.length === 0 ? [issue] : best.flatMap(flatten);
}

function describe(
  issue: Issue,
  plain: unknown,
  root: Node | null,
  at: (offset: number) => string,
  name: string,
  validKinds: readonly string[],
): Problem {
  const keys = issue.path.map(String).filter((key, place) => place !== 2 || key !== "settings");
  const dotted = keys.join(".") || "the file";
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys[0] ?? "";
    const valid = validKeys(keys, plain);
    // Where a colon is missing the value is part of the key, and may be a secret.
    const first = unknown.split(/\s/)[0] ?? "";
    const word = valid.includes(first) ? first : unknown;
    return {
      where: at(offsetOf(root, [...keys, unknown], "key")),
      found: `unknown key ${[...keys, word].join(".")}${word === unknown ? "" : " … (is a colon missing?)"}`,
      fix:
        valid.length > 0
          ? `${suggest(unknown, valid)}; ${renameHint(keys, valueAt(plain, [...keys, unknown]), valid)}`
          : "remove it",
    };
  }
  const value = valueAt(plain, keys);
  const where = root === null ? `${name}:1:1` : at(offsetOf(root, keys, value === undefined ? "parent" : "value"));
  if (value === undefined && issue.code !== "custom") {
    const expected = expectation(issue);
    const named = keys.at(-1) ?? dotted;
    return { where, found: `${dotted} is missing`, fix: `add ${named}${expected === "" ? "" : `: ${expected}`}` };
  }
  if (value === "" || value === null)
    return { where, found: `${dotted} is empty`, fix: "give it a value, or remove the key" };
  const shown = isSecret(keys) ? "a value that does not fit" : words(value);
  if (issue.code === "invalid_union" && keys.at(-1) === "kind") {
    const kinds = keys[0] === "channels" ? channelKinds : validKinds;
    return { where, found: `${dotted} is ${shown}`, fix: suggest(String(value), kinds) };
  }
  if (issue.code === "invalid_value") {
    const valid = issue.values.map(String).filter((word) => word !== "");
    return { where, found: `${dotted} is ${shown}`, fix: suggest(String(value), valid) };
  }
  if (issue.code === "custom" || issue.code === "invalid_format") {
    return {
      where,
      found: `${dotted} is ${isSecret(keys) || typeof value === "object" ? "not usable as it stands" : shown}`,
      fix: `${nearHint(issue, value)}expected ${issue.message}`,
    };
  }
  return { where, found: `${dotted} is ${shown}`, fix: `expected ${expectation(issue) || issue.message}` };
}

/** What a value was probably meant to be, where its rule tells all that are valid. */
function nearHint(issue: Issue, value: unknown): string {
  const valid: unknown = issue.code === "custom" ? issue.params?.valid : undefined;
  const near = Array.isArray(valid) && typeof value === "string" ? nearestOf(value, valid.map(String)) : undefined;
  return near === undefined ? "" : `did you mean "${near}"? `;
}

/** What to do about an unknown key; a mapping written the wrong way round is told so. */
function renameHint(keys: readonly string[], value: unknown, valid: readonly string[]): string {
  const isTurned = keys.includes("columns") && typeof value === "string" && valid.includes(value);
  return isTurned ? `our name stands before the colon, the file's behind it: turn it around` : "remove or rename it";
}

/** A value as it is told: a list, keys with values and what an address asks for may have secrets in them. */
function words(value: unknown): string {
  if (typeof value === "string" && value.includes("://")) return JSON.stringify(value.replace(/[?#].*$/s, "?…"));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (!Array.isArray(value)) return "keys with values";
  return value.length === 0 ? "an empty list" : "a list";
}

/** What the parser complains of, without the piece of the file that it quotes. */
function withoutSource(message: string): string {
  return (message.split(": ")[0] ?? message).replaceAll(/"[^"]*"/g, "a value");
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeWords[issue.expected] ?? `a value of type ${issue.expected}`;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${counted(issue.minimum, issue.origin)}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${counted(issue.maximum, issue.origin)}`;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    default:
      return "";
  }
}

function counted(count: number | bigint, origin: string): string {
  const noun = origin === "string" ? "character" : origin === "array" ? "entry" : undefined;
  if (noun === undefined) return String(count);
  return `${count} ${Number(count) === 1 ? noun : noun.replace(/y$/, "ie").concat("s")}`;
}

const typeWords: Readonly<Record<string, string>> = Object.freeze({
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "keys with values",
  record: "keys with values",
});

const isSecret = (keys: readonly string[]): boolean =>
  /token|secret|key|password|webhook_url|smtp_url/.test(keys.at(-1) ?? "");

function valueAt(plain: unknown, keys: readonly string[]): unknown {
  let value: unknown = plain;
  for (const key of keys) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function offsetOf(root: Node | null, keys: readonly string[], part: "key" | "value" | "parent"): number {
  let node: Node | null | undefined = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [index, key] of keys.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) return offset;
      const isLast = index === keys.length - 1;
      const target = isLast && part === "key" ? pair.key : pair.value;
      node = pair.value as Node | null;
      offset = (target as Node | null)?.range?.[0] ?? offset;
    } else if (node !== null && node !== undefined && "items" in node) {
      node = (node.items as Node[])[Number(key)];
      offset = node?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function validKeys(keys: readonly string[], plain: unknown): readonly string[] {
  let schema: unknown = configSchema;
  for (const [index, key] of keys.entries()) {
    schema = stepInto(schema, key, valueAt(plain, keys.slice(0, index + 1)));
  }
  const named = definitionOf(definitionOf(unwrap(schema))?.keyType)?.entries;
  return Object.keys(shapeOf(schema) ?? (typeof named === "object" && named !== null ? named : {}));
}

function stepInto(schema: unknown, key: string, value: unknown): unknown {
  const inner = unwrap(schema);
  const definition = definitionOf(inner);
  if (definition?.type === "array") return pickOption(definition.element, value);
  if (definition?.type === "record") return definition.valueType;
  return pickOption(shapeOf(inner)?.[key], value);
}

function pickOption(schema: unknown, value: unknown): unknown {
  const definition = definitionOf(unwrap(schema));
  if (definition?.type !== "union" || !Array.isArray(definition.options)) return schema;
  const kind = valueAt(value, ["kind"]);
  if (kind === undefined) return definition.options.find((option) => shapeOf(option) !== undefined);
  return definition.options.find((option) => {
    const literal = definitionOf(unwrap(shapeOf(option)?.kind));
    return Array.isArray(literal?.values) && literal.values.includes(kind);
  });
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  for (;;) {
    const definition = definitionOf(current);
    if (definition?.innerType !== undefined) current = definition.innerType;
    else if (definition?.type === "pipe") current = definition.in;
    else return current;
  }
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  const shape = definitionOf(unwrap(schema))?.shape;
  return typeof shape === "object" && shape !== null ? (shape as Record<string, unknown>) : undefined;
}

function definitionOf(schema: unknown): Record<string, unknown> | undefined {
  if (typeof schema !== "object" || schema === null || !("def" in schema)) return undefined;
  return schema.def as Record<string, unknown>;
}
