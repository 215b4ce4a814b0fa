import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseEnv } from "node:util";
import { messageOf, UserError } from "../errors.ts";

/**
 * The environment with what a `.env` file in the folder adds to it; what is set already to more than nothing wins. Throws UserError (exit 2) where the
 * file is there and cannot be read.
 */
export async function withEnvFile(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string | undefined>>> {
  const file = path.join(folder, ".env");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw new UserError({
      where: file,
      found: `this file cannot be read (${messageOf(error)})`,
      fix: "make it a file that the user of this command may read, or take it away",
      cause: error,
    });
  });
  // Editors of Windows begin a file with a mark that would be part of the first name.
  const inFile = parseEnv(text.replace(/^\uFEFF/, ""));
  // A variable that is empty is as good as none, as containers and CI jobs have those they were given no value for.
  return { ...inFile, ...Object.fromEntries(Object.entries(env).filter(([, value]) => (value ?? "") !== "")) };
}
