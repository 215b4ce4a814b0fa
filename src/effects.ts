import type { Readable, Writable } from "node:stream";

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
    ...(process.stdin.isTTY === true && process.stderr.isTTY === true ? { stdin: process.stdin } : {}),
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stderr.isTTY === true,
  });
}
