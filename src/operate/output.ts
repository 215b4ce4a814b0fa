import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Effects } from "../effects.ts";
import { messageOf, UserError } from "../errors.ts";

/** Writes what a command made to stdout, or into the file that `--out` names. Throws UserError (exit 2) when it cannot be written. */
export async function writeOut(
  command: string,
  made: string | Uint8Array,
  { out, effects }: { readonly out?: string; readonly effects: Pick<Effects, "cwd" | "stdout"> },
): Promise<void> {
  if (out === undefined) {
    effects.stdout.write(made);
    return;
  }
  const file = path.resolve(effects.cwd, out);
  await writeFile(file, made).catch((error: unknown) => {
    throw unwritable(command, file, error);
  });
}

/** The error of a file that `--out` names and that cannot be written. */
export function unwritable(command: string, file: string, error: unknown): UserError {
  return new UserError({
    where: `${command} --out ${file}`,
    found: `this file cannot be written (${messageOf(error).replace(/^IO Error: /, "")})`,
    fix: "give a file in a folder that exists and can be written",
    cause: error,
  });
}
