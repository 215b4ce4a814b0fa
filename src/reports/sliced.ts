import type { PageContext, View } from "./context.ts";

type Kind = Exclude<View["slice"], "program">;

/**
 * Rows by the slices of their partners: all of them for the program, else those with a partner in the slice, in their order.
 * They are grouped once, because a page asks under some two hundred choices of the filter bar.
 */
export function bySlice<Row>(
  context: PageContext,
  rows: readonly Row[],
  partnersOf: (row: Row) => readonly (string | null)[],
): (view: View) => readonly Row[] {
  const grouped = new Map<Kind, ReadonlyMap<string, readonly Row[]>>();
  const groupedBy = (kind: Kind): ReadonlyMap<string, readonly Row[]> => {
    const known = grouped.get(kind);
    if (known !== undefined) return known;
    const groups = new Map<string, Row[]>();
    for (const row of rows) {
      const keys = new Set(partnersOf(row).map((partner) => sliceKeyOf(context, partner, kind)));
      for (const key of keys) {
        if (key === null) continue;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [row]);
        else group.push(row);
      }
    }
    grouped.set(kind, groups);
    return groups;
  };
  return ({ slice, sliceKey }) => (slice === "program" ? rows : (groupedBy(slice).get(sliceKey) ?? []));
}

function sliceKeyOf(context: PageContext, partnerKey: string | null, kind: Kind): string | null {
  const partner = partnerKey === null ? undefined : context.partners.get(partnerKey);
  if (partner === undefined) return null;
  return kind === "partner" ? partner.key : partner[kind];
}

/** What is worked out of a list, kept for as long as the list is, since many choices show the same one. */
export function once<Row, Value>(work: (rows: readonly Row[]) => Value): (rows: readonly Row[]) => Value {
  const known = new WeakMap<readonly Row[], { readonly value: Value }>();
  return (rows) => {
    const found = known.get(rows) ?? { value: work(rows) };
    known.set(rows, found);
    return found.value;
  };
}
