import { readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf, UserError } from "../errors.ts";
import { type Commentary, type Notes, noNotes, parseNotes } from "../reports/scorecard/notes.ts";

/** Reads a file of commentary. Throws UserError (exit 2) when it cannot be read or is not right. */
export async function readNotesFile(file: string): Promise<Notes> {
  return parseNotes(await readText(file), file);
}

/** Reads `scorecards/<period>.md` beside the configuration; a quarter without a file has no commentary. Throws UserError as above. */
export async function readCommentaryOf(folder: string, period: string): Promise<Notes> {
  const file = path.join(folder, "scorecards", `${period}.md`);
  try {
    return await readNotesFile(file);
  } catch (error) {
    if (error instanceof UserError && isMissing(error.cause)) return noNotes;
    throw error;
  }
}

/** The same for the site: a file that is not right is told on the page and stops nothing. */
export async function commentaryForSite(folder: string, period: string): Promise<Commentary> {
  try {
    return { notes: await readCommentaryOf(folder, period), problem: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { notes: noNotes, problem: `${path.basename(error.where)}: ${error.found}; ${error.fix}` };
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UserError({
      where: file,
      found: `the commentary cannot be read (${messageOf(error)})`,
      fix: "give a Markdown file with --notes, or leave it out",
      cause: error,
    });
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}
