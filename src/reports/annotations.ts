import { formatDate } from "../metrics/format.ts";
import type { Warehouse } from "./tables.ts";

/** A note that somebody tied to a date. */
export interface Annotation {
  readonly on: string;
  readonly text: string;
  /** What it is about: a subject such as `bookings`, a partner's key, or empty and `program` for everything. */
  readonly scope: string | null;
  readonly author: string | null;
}

/** Every annotation, oldest first. */
export async function readAnnotations(db: Warehouse): Promise<readonly Annotation[]> {
  const rows = await db
    .selectFrom("marts.dim_annotation")
    .selectAll()
    .orderBy("annotation_on")
    .orderBy("text")
    .execute();
  return rows.map((row) =>
    Object.freeze({ on: row.annotation_on, text: row.text, scope: row.scope, author: row.author }),
  );
}

// Many systems have no letters for circled numbers above ten.
function signOf(place: number): string {
  return place <= 10 ? String.fromCodePoint(0x2460 + place - 1) : `(${place})`;
}

/**
 * The annotations of a span that are about everything or about one of these subjects, each with the sign that marks it on an
 * axis. They are numbered by date from one on each chart, so that no number is missing.
 */
export function annotationsFor(
  all: readonly Annotation[],
  subjects: readonly string[],
  from: string,
  to: string,
): readonly (Annotation & { readonly sign: string })[] {
  return all
    .filter((note) => note.on >= from && note.on <= to)
    .filter((note) => note.scope === null || ["", "program", "all", ...subjects].includes(note.scope))
    .map((note, index) => ({ ...note, sign: signOf(index + 1) }));
}

/** An annotation as it stands below a chart. */
export function noteText(note: Annotation & { readonly sign: string }): string {
  return `${note.sign} ${formatDate(note.on)}: ${note.text}${note.author === null ? "" : ` (${note.author})`}`;
}
