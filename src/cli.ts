#!/usr/bin/env node
import { createRequire } from "node:module";
import path from "node:path";
import { Writable } from "node:stream";
import { Command, CommanderError } from "commander";
import { commands } from "./commands/index.ts";
import { exitCodes, type Outcome, type Started } from "./commands/shell.ts";
import { withEnvFile } from "./config/env.ts";
import { type LoadedConfig, loadConfig, type Use } from "./config/load.ts";
import { secretsOf } from "./config/secrets.ts";
import { asStarted, type Effects, entriesOn, pinnedMoment, processEffects } from "./effects.ts";
import { exitCode, UserError } from "./errors.ts";
import { nameAt } from "./operate/home.ts";
import { hideExactly, hideSecrets } from "./secrets.ts";

/** Runs one command line; returns the exit code. Data goes to stdout, words for people to stderr. */
export async function main(words: readonly string[], world: Effects): Promise<number> {
  // What a command has learned of secrets is in nothing that it prints, whoever threw it.
  const secrets = new Set<string>();
  const hide = (text: string): string => hideSecrets(text, secrets);
  const stderr = hushed(world.stderr, hide);
  const effects: Effects = Object.freeze({
    ...world,
    stdout: hushed(world.stdout, (text) => hideExactly(text, secrets)),
    // A conversation is no log.
    ...(world.env.ATTRIBUTARY_LOG === "json" && words[0] !== "init"
      ? asEntries(world, stderr, hide, words)
      : { stderr }),
  });
  const started: Started = {};
  const tell = (line: string): void => {
    effects.stderr.write(`${asStarted(line, effects.env, started.config)}\n`);
  };
  effects.onCrash?.((error) => tell(defectWords(error)));
  try {
    needMoment(world.env);
    const outcome: Outcome = { code: exitCode.fine };
    await makeProgram(effects, tell, outcome, secrets, started).parseAsync([...words], { from: "user" });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.usage;
    if (error instanceof UserError) {
      tell(`error: ${error.message}`);
      return error.exitCode;
    }
    tell(defectWords(error));
    return exitCode.defect;
  }
}

/** Throws UserError (exit 2) where the environment names something else than a moment for the present one. */
function needMoment(env: Effects["env"]): void {
  const { ATTRIBUTARY_NOW: named = "" } = env;
  if (named === "" || pinnedMoment(env) !== undefined) return;
  throw new UserError({
    where: "the environment variable ATTRIBUTARY_NOW",
    found: `${JSON.stringify(named)} is no moment`,
    fix: "give it one like 2026-10-05T06:00:00Z, or unset it: the clock of the machine then says what time it is",
  });
}

/** Words for people as entries of a log, which no display redraws and nobody answers. */
function asEntries(
  world: Effects,
  stderr: Writable,
  hide: (text: string) => string,
  words: readonly string[],
): Pick<Effects, "stderr" | "isTerminal" | "run"> {
  const run = nameAt(world.now());
  const write = entriesOn(stderr, { run, command: words[0] ?? "" }, world.now);
  const told = new Writable({
    decodeStrings: false,
    write: (chunk: unknown, _encoding, done) => {
      // In JSON a secret with a quote in it is spelled otherwise, and would not be found any more.
      write(hide(String(chunk)));
      done();
    },
  });
  return { stderr: told, isTerminal: false, run };
}

// The package names itself in the same way from a checkout and from what is installed.
const { version } = createRequire(import.meta.url)("attributary/package.json") as { readonly version: string };

function defectWords(error: unknown): string {
  return `a defect of attributary, please report it:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** The commands with their flags. What runs one is asked for by `parseAsync`; `outcome` tells its exit code where nothing is thrown. */
export function makeProgram(
  effects: Effects,
  tell: (line: string) => void,
  outcome: Outcome,
  secrets: Set<string> = new Set(),
  started: Started = {},
): Command {
  const program = new Command("attributary")
    .description("Which partner brought or helped this money, and the proof of it.")
    .version(version, "-V, --version", "says which version this is")
    .exitOverride()
    .configureOutput({ writeOut: (text) => effects.stdout.write(text), writeErr: (text) => effects.stderr.write(text) })
    .addHelpText("after", exitCodes);

  const load = async (
    options: { readonly config: string },
    use: Use = "to read what is here",
    missing?: string,
  ): Promise<LoadedConfig> => {
    // Of the two configurations of a comparison the first one is the own.
    started.config ??= options.config;
    const file = path.resolve(effects.cwd, options.config);
    const loaded = await loadConfig(file, await withEnvFile(path.dirname(file), effects.env), use, missing);
    for (const secret of secretsOf(loaded.config)) secrets.add(secret);
    return loaded;
  };
  const command = (name: string, about: string, examples: readonly string[]): Command =>
    program
      .command(name)
      .description(about)
      .option("--config <file>", "the configuration", "attributary.yaml")
      .addHelpText("after", `\nExamples:\n${examples.map((line) => `  attributary ${line}`).join("\n")}\n${exitCodes}`);

  const answer = (options: { readonly json?: boolean }, result: unknown, lines: () => readonly string[]): void => {
    if (options.json === true) effects.stdout.write(`${JSON.stringify(result)}\n`);
    else for (const line of lines()) tell(line);
  };
  for (const add of commands) add({ program, effects, tell, outcome, started, command, load, answer });
  return program;
}

/** A stream on which texts are told in other words; all else is its own. */
function hushed(stream: Writable, told: (text: string) => string): Writable {
  const original = stream.write;
  let write: unknown = (chunk: unknown, ...rest: readonly unknown[]): unknown =>
    Reflect.apply(original, stream, [typeof chunk === "string" ? told(chunk) : chunk, ...rest]);
  return new Proxy(stream, {
    // A progress display puts a `write` of its own in the place of this one and ends by calling it: it must not find itself behind it.
    set(target, name, value) {
      if (name !== "write") return Reflect.set(target, name, value, target);
      write = value;
      return true;
    },
    get(target, name) {
      if (name === "write") return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), processEffects());
