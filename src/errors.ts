/** Exit codes of every command. */
export const exitCode = Object.freeze({
  fine: 0,
  defect: 1,
  usage: 2,
  source: 3,
  check: 4,
  busy: 75,
});

/** One of the exit codes that a person can cause and mend. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** What an error for a person says: where it is, what was found there, what to do about it. */
export interface UserErrorParts {
  /** File with line and column, source and stream, or command and flag. */
  readonly where: string;
  /** What stands there, with the offending value; never a secret. */
  readonly found: string;
  /** What to do; lists the valid values or the nearest match where there are some. */
  readonly fix: string;
  /** How the command ends; defaults to `usage` (2). */
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** The one error type for people; every other error that escapes is a defect of ours. */
export class UserError extends Error {
  readonly where: string;
  readonly found: string;
  readonly fix: string;
  readonly exitCode: ExitCode;

  constructor(parts: UserErrorParts) {
    super(`${parts.where}: ${parts.found}\n  → ${parts.fix}`, parts.cause === undefined ? {} : { cause: parts.cause });
    this.name = "UserError";
    this.where = parts.where;
    this.found = parts.found;
    this.fix = parts.fix;
    this.exitCode = parts.exitCode ?? exitCode.usage;
  }
}

/** Places in words. A vendor that is down fails in each of its streams, and every one more says nothing new; of a mistake each place counts. */
function placesOf(errors: readonly UserError[]): string {
  const places = [
    ...Map.groupBy(errors, ({ where, exitCode: code }) =>
      code === exitCode.usage ? where : (where.split(", ")[0] ?? where),
    ),
  ];
  return places
    .map(([place, [one, ...more]]) =>
      more.length === 0 ? (one?.where ?? place) : `${place}, ${more.length + 1} times`,
    )
    .join("; ");
}

/**
 * Several errors as one, so that all are told at once: the first one leads, what the same thing mends is named beside it,
 * and the others follow each with its own fix. Its exit code is the first one's.
 */
export function together(errors: readonly [UserError, ...UserError[]]): UserError {
  const [first] = errors;
  if (errors.length === 1) return first;
  const alikeLine = (alike: readonly UserError[]): readonly string[] =>
    alike.length === 0 ? [] : [`  (the same at ${placesOf(alike)})`];
  const [same = [], ...others] = [...Map.groupBy(errors, (error) => error.fix).values()];
  const lines = others.flatMap(([error, ...alike]) =>
    error === undefined ? [] : [`also ${error.message}`, ...alikeLine(alike)],
  );
  return new UserError({
    where: first.where,
    found: first.found,
    fix: [first.fix, ...alikeLine(same.slice(1)), ...lines].join("\n"),
    exitCode: first.exitCode,
    cause: first,
  });
}

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The line of a file at which something went wrong; undefined where the stack does not name the file, whose path or address ends so. */
export function lineThrown(error: unknown, ending: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const [, after = ""] = stack.split(`${ending}:`);
  return /^\d+(?=:\d)/.exec(after)?.[0];
}
