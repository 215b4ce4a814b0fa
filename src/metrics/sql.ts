import { readFile } from "node:fs/promises";
import path from "node:path";

const root = path.join(import.meta.dirname, "..", "..");

/** The text of the file that works a metric out, as it comes with this version; null where a definition names none that is there. */
export async function sqlOf(model: string): Promise<string | null> {
  return /^sql\/[\w/]+\.sql$/.test(model) ? readFile(path.join(root, model), "utf8").catch(() => null) : null;
}
