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
}

/** The real world: the process this program runs in. */
export function processEffects(): Effects {
  const pinned = process.env.ATTRIBUTARY_NOW;
  return Object.freeze({
    now: pinned === undefined ? () => new Date() : () => new Date(pinned),
    env: process.env,
    cwd: process.cwd(),
    // Only a terminal is touched: whoever pipes something in does not mean to answer questions.
    ...(isatty(0) && isatty(2) ? { stdin: process.stdin } : {}),
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stderr.isTTY === true,
  });
}
