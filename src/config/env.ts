import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseEnv } from "node:util";

/** The environment with what a `.env` file in the folder adds to it; what is set already wins. */
export async function withEnvFile(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string | undefined>>> {
  const text = await readFile(path.join(folder, ".env"), "utf8").catch(() => "");
  return { ...parseEnv(text), ...env };
}
