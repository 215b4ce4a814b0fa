import { readFile } from "node:fs/promises";
import { type Command, CommanderError } from "commander";
import { makeProgram } from "../../src/cli.ts";
import { exitCode } from "../../src/errors.ts";
import { quietEffects, testNow } from "./cli.ts";

/** A fenced block of a page. */
export interface Block {
  /** `docs/deploy.md:12`, where its first line stands. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page. */
export async function blocksOf(file: string): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of (await readFile(file, "utf8")).split("\n").entries()) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1] ?? "", line: index + 2, lines: [] };
    else {
      blocks.push({ place: `${file}:${open.line}`, language: open.language, text: open.lines.join("\n") });
      open = undefined;
    }
  }
  return blocks;
}

/** The lines of a shell script without comments, those that end with a backslash joined. */
export function shellLines(text: string): readonly string[] {
  return text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** The words of a command line: blanks part them, quotes hold them together, and what stands for a value of the reader's gets one. */
export function wordsOf(line: string): readonly string[] {
  const filled = line.replaceAll("<port>", "8080").replaceAll(/<[a-z]+>/g, "x");
  return [...filled.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
}

const programs = [
  /(?:^|[;&|] *|\s)npm run -s attributary -- (.*)/,
  /(?:^|[;&|] *|\s|")(?:npx )?(?:\S*node_modules\/\.bin\/)?attributary ((?:[a-z]|--).*)/,
  /src\/cli\.ts (.*)/,
];

/** The words that a line hands to the program, or undefined for a line that does not start it. */
export function wordsFor(line: string): readonly string[] | undefined {
  for (const program of programs) {
    const [, rest] = program.exec(line) ?? [];
    if (rest !== undefined) return wordsOf(rest.replace(/\s(?:[|&]|\d?>).*$/, ""));
  }
  return undefined;
}

class Understood extends Error {}

/** Whether the program takes these words to the letter; what it says against them, or nothing. */
export async function refusalOf(words: readonly string[]): Promise<string | undefined> {
  const said: string[] = [];
  const program = makeProgram(quietEffects("/", testNow), () => undefined, { code: exitCode.fine });
  const all: Command[] = [program, ...program.commands];
  for (const each of all) each.configureOutput({ writeErr: (text) => said.push(text), writeOut: () => undefined });
  program.hook("preAction", () => {
    throw new Understood();
  });
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (error instanceof Understood) return undefined;
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return `${words.join(" ")}: ${said.join("").trim() || String(error)}`;
  }
  return `${words.join(" ")}: nothing was run`;
}
