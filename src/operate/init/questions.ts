import type { Readable, Writable } from "node:stream";
import { UserError } from "../../errors.ts";

/** One thing to choose, with what people read. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Something to choose from a list. */
interface Selection<T extends string> {
  readonly message: string;
  readonly choices: readonly Choice<T>[];
}

/** A text to write; `problem` says what is wrong with one. */
interface Writing {
  readonly message: string;
  readonly initial: string;
  readonly problem: (text: string) => string | undefined;
}

/** How the conversation asks: a person at a terminal, or nobody, which takes what is offered first. */
export interface Questions {
  /** Whether a person answers. */
  readonly isAsked: boolean;
  readonly one: <T extends string>(asked: Selection<T> & { readonly initial: T }) => Promise<T>;
  readonly several: <T extends string>(
    asked: Selection<T> & { readonly initial: readonly T[] },
  ) => Promise<readonly T[]>;
  readonly text: (asked: Writing) => Promise<string>;
  /** Masked while it is typed. */
  readonly secret: (asked: Omit<Writing, "initial">) => Promise<string>;
  readonly yes: (asked: { readonly message: string; readonly initial: boolean }) => Promise<boolean>;
  /** Something to read before the next question. */
  readonly note: (title: string, lines: readonly string[]) => void;
  readonly say: (line: string) => void;
  readonly begin: (title: string) => void;
  readonly end: (line: string) => void;
}

/** Takes the first offer of every question, and tells notes as plain lines where somebody may read them later. */
export function askNobody(tell: (line: string) => void): Questions {
  return Object.freeze({
    isAsked: false,
    one: async <T extends string>({ initial }: { readonly initial: T }) => initial,
    several: async <T extends string>({ initial }: { readonly initial: readonly T[] }) => initial,
    text: async ({ initial }: Writing) => initial,
    secret: async () => {
      throw new Error("a secret was asked of nobody");
    },
    yes: async ({ initial }: { readonly initial: boolean }) => initial,
    note: () => undefined,
    say: tell,
    begin: () => undefined,
    end: tell,
  });
}

const columnsOf = (output: Writable): number => ("columns" in output ? Number(output.columns) : 0) || 80;

/** A text in lines of a width, broken at blanks; what goes on stands two columns further in than where its line began. */
export function wrapped(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => wrappedLine(line, width))
    .join("\n");
}

function wrappedLine(line: string, width: number): string {
  const indent = `${/^ */.exec(line)?.[0] ?? ""}  `;
  const lines: string[] = [];
  for (let rest = line; ; ) {
    const last = rest.length <= width ? -1 : rest.lastIndexOf(" ", width);
    // A word longer than a line, such as an address, stays whole.
    if (last <= indent.length) return [...lines, rest].join("\n");
    lines.push(rest.slice(0, last));
    rest = indent + rest.slice(last + 1);
  }
}

/** Asks at a terminal; `word` has the last say on texts that name a command. A question that is left with Ctrl-C throws UserError (exit 2). */
export async function askPerson(input: Readable, output: Writable, word: (text: string) => string): Promise<Questions> {
  const clack = await import("@clack/prompts");
  const at = { input, output };
  const isAnswer = <T>(answer: T): answer is Exclude<T, symbol> => typeof answer !== "symbol";
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (isAnswer(answer)) return answer;
    clack.cancel("Nothing was written.", { output });
    throw new UserError({
      where: "init",
      found: "stopped before the end, so nothing was written",
      fix: "run `attributary init` again; its flags answer questions in advance",
    });
  };
  // The library shapes an option's type by its value's, which a generic one leaves open.
  const options = <T extends string>(choices: readonly Choice<T>[]) =>
    choices.map(({ value, label, hint }) => ({ value: String(value), label, ...(hint === undefined ? {} : { hint }) }));
  const chosen = <T extends string>(choices: readonly Choice<T>[], values: readonly string[]): readonly T[] =>
    choices.flatMap((choice) => (values.includes(choice.value) ? [choice.value] : []));
  const say = (line: string): void => clack.log.message(wrapped(word(line), columnsOf(output) - 4), { output });
  return Object.freeze({
    isAsked: true,
    one: async <T extends string>(asked: Selection<T> & { readonly initial: T }) => {
      const value = answered(
        await clack.select<string>({
          ...at,
          message: word(asked.message),
          options: options(asked.choices),
          initialValue: asked.initial,
          maxItems: 12,
        }),
      );
      return chosen(asked.choices, [value])[0] ?? asked.initial;
    },
    several: async <T extends string>(asked: Selection<T> & { readonly initial: readonly T[] }) => {
      const values = answered(
        await clack.multiselect<string>({
          ...at,
          message: word(asked.message),
          options: options(asked.choices),
          initialValues: [...asked.initial],
          required: false,
          maxItems: 12,
        }),
      );
      return chosen(asked.choices, values);
    },
    text: async ({ message, initial, problem }: Writing) =>
      answered(
        await clack.text({
          ...at,
          message,
          // What is typed takes the place of the offer; were it typed behind it, a path would be two.
          placeholder: initial,
          defaultValue: initial,
          validate: (text) => problem((text ?? "").trim() || initial),
        }),
      ).trim(),
    secret: async ({ message, problem }: Omit<Writing, "initial">) =>
      answered(
        await clack.password({ ...at, message, mask: "•", validate: (text) => problem((text ?? "").trim()) }),
      ).trim(),
    yes: async ({ message, initial }: { readonly message: string; readonly initial: boolean }) =>
      answered(await clack.confirm({ ...at, message, initialValue: initial })),
    note: (title: string, lines: readonly string[]) =>
      clack.note(lines.join("\n"), title, { output, format: (line) => line }),
    say,
    begin: (title: string) => clack.intro(title, { output }),
    end: (line: string) => clack.outro(word(line), { output }),
  });
}
