import type { Command } from "commander";
import type { LoadedConfig, Use } from "../config/load.ts";
import type { Effects } from "../effects.ts";
import type { ExitCode } from "../errors.ts";

/** How a command that ran to its end tells that something is wrong all the same. */
export interface Outcome {
  code: ExitCode;
}

/** How a command was started. */
export interface Started {
  /** The configuration that it was given or, after a restore, that there is now; as it was written. */
  config?: string;
}

/** What a command is added to, and what it runs with. */
export interface Shell {
  readonly program: Command;
  readonly effects: Effects;
  /** Says a line to people, on stderr. */
  readonly tell: (line: string) => void;
  readonly outcome: Outcome;
  readonly started: Started;
  /** A command that reads a configuration, with examples of its command line; what it is about begins in lower case. */
  readonly command: (name: string, about: string, examples: readonly string[]) => Command;
  /** The configuration that the flags name; `missing` is what to do where it is not there. Throws UserError (exit 2) where it is wrong. */
  readonly load: (options: { readonly config: string }, use?: Use, missing?: string) => Promise<LoadedConfig>;
  /** Gives a result: as JSON on stdout where that was asked for, else in lines for people. */
  readonly answer: (options: { readonly json?: boolean }, result: unknown, lines: () => readonly string[]) => void;
}

/** The end of every help. */
export const exitCodes = `
Exit codes:
  0 fine · 1 a defect of ours · 2 bad usage or configuration
  3 a source failed · 4 a check failed (in both cases the last good site stays)
  75 another refresh is running`;
