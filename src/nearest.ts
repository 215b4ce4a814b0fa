import { closest, distance } from "fastest-levenshtein";

/** Says which of the valid values a wrong one was probably meant to be, and lists them all when they are few. */
export function suggest(found: string, valid: readonly string[]): string {
  if (valid.length === 0) return "there are none to choose from";
  const wanted = found.toLowerCase();
  const holding = valid.filter((value) => wanted.length >= 4 && value.toLowerCase().includes(wanted));
  const best = (holding.length === 1 ? holding[0] : undefined) ?? closest(wanted, [...valid]);
  const isNear =
    holding.length === 1 || distance(wanted, best.toLowerCase()) <= Math.max(2, Math.floor(wanted.length / 3));
  const list =
    valid.length <= 24 ? `valid values: ${[...valid].sort().join(", ")}` : `${valid.length} values are valid`;
  return isNear ? `did you mean "${best}"? (${list})` : list;
}
