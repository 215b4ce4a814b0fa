import { userInfo } from "node:os";
import type { Readable, Writable } from "node:stream";
import { isatty } from "node:tty";

/** Everything the program asks of the world around it, handed in so that tests can pin it. */
export interface Effects {
  /** The present moment. */
  readonly now: () => Date;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths on the command line start from. */
  readonly cwd: string;
  /** Where a person answers questions; left out when nobody is there to be asked. */
  readonly stdin?: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether stderr is a terminal that a progress display may redraw. */
  readonly isTerminal: boolean;
  /** What the run is called that a command may begin; a name of its own when left out. */
  readonly run?: string;
  /** Has what escapes every other way told by `tell`, before the program ends with 1; left out where the process is not the program's own. */
  readonly onCrash?: (tell: (error: unknown) => void) => void;
  /** Keeps these rights from everything that is made from here on; left out where the process is not the program's own. */
  readonly umask?: (mask: number) => void;
  /** The user of the operating system; left out where it has no name for them. */
  readonly user?: string;
}

/** The real world: the process this program runs in. */
export function processEffects(): Effects {
  endWithReader(process.stdout);
  // A terminal that was closed is no reason to end a refresh.
  process.stderr.on("error", () => undefined);
  const pinned = pinnedMoment(process.env);
  return Object.freeze({
    now: () => (pinned === undefined ? new Date() : new Date(pinned)),
    env: process.env,
    cwd: process.cwd(),
    // Only a terminal is touched: whoever pipes something in does not mean to answer questions.
    ...(isatty(0) && isatty(2) ? { stdin: process.stdin } : {}),
    stdout: process.stdout,
    stderr: process.stderr,
    // A terminal that nobody gave a width, as some jobs have one, would break a display after each letter.
    isTerminal: process.stderr.isTTY === true && process.stderr.columns > 0,
    // Left to itself the process would print everything that hangs on an error, such as the headers of a request.
    onCrash: (tell: (error: unknown) => void) => {
      process.once("uncaughtException", (error) => {
        tell(error);
        process.exit(1);
      });
    },
    umask: (mask: number) => {
      process.umask(mask);
    },
    ...userName(),
  });
}

/** The moment that the environment has the program take for the present one; undefined where it names none, or something else. */
export function pinnedMoment({ ATTRIBUTARY_NOW: named = "" }: Effects["env"]): Date | undefined {
  const moment = new Date(named);
  // The language reads a date into any word with a number behind it.
  return /^\d{4}-\d\d-\d\d/.test(named) && !Number.isNaN(moment.getTime()) ? moment : undefined;
}

/** Ends quietly when whoever reads the output has seen enough, as `head` has after a few lines. */
function endWithReader(output: NodeJS.WriteStream): void {
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

/** A container may run as a number that no user has. */
function userName(): Pick<Effects, "user"> {
  try {
    return { user: userInfo().username };
  } catch {
    return {};
  }
}

// What a command names when it is told no other, and those that take no configuration.
const usualConfig = "attributary.yaml";
const withoutConfig = new Set(["restore", "sandbox"]);

/**
 * A text for people with the program called as it was started: by npm in a checkout, by npx where it was installed, and over the
 * configuration that was named. What a message tells them to run can then be run as it stands.
 */
export function asStarted(text: string, env: Effects["env"], config: string = usualConfig): string {
  const command =
    env.npm_command === "run-script" && env.npm_lifecycle_event === "attributary"
      ? "npm run -s attributary --"
      : env.npm_command === "exec"
        ? "npx attributary"
        : "attributary";
  const over = config === usualConfig ? "" : ` --config ${inShell(config)}`;
  return text
    .replaceAll(/`attributary ([a-z]+)([^`]*)`/g, (whole, name: string, rest: string) =>
      over === "" || withoutConfig.has(name) || / --(?:config|help)\b/.test(rest)
        ? whole
        : `\`attributary ${name}${rest}${over}\``,
    )
    .replaceAll(/(`|: )attributary (?=[a-z])/g, (_whole, before: string) => `${before}${command} `);
}

/** A word as a shell takes it for one. */
function inShell(word: string): string {
  return /^[\w./@:+~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** One entry of what a command tells, as those who collect logs want it: a JSON object a line. */
export interface LogEntry {
  /** ISO moment in UTC. */
  readonly time: string;
  readonly level: "info" | "error";
  /** The same for everything that one command tells; of a refresh also the name of its run in the log and of its build. */
  readonly run: string;
  readonly command: string;
  readonly message: string;
}

const marks = /^(?:error: |FAIL|a defect of attributary)/;

/** A writer that makes each text for people an entry on `stream`. What a process of ours told as one already is left as it is. */
export function entriesOn(
  stream: Pick<Writable, "write">,
  about: Pick<LogEntry, "run" | "command">,
  now: () => Date,
): (text: string) => void {
  return (text) => {
    const message = text.trim();
    if (message === "") return;
    if (message.split("\n").every((line) => line.startsWith('{"time":'))) {
      stream.write(`${message}\n`);
      return;
    }
    const level = marks.test(message) ? "error" : "info";
    const entry: LogEntry = { time: now().toISOString(), level, ...about, message };
    stream.write(`${JSON.stringify(entry)}\n`);
  };
}
