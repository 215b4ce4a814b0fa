import { closest, distance } from "fastest-levenshtein";

/** Says which of the valid values a wrong one was probably meant to be, and lists them all when they are few. */
export function suggest(found: string, valid: readonly string[]): string {
  if (valid.length === 0) return "there are none to choose from";
  const best = closest(found.toLowerCase(), [...valid]);
  const isNear = distance(found.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(found.length / 3));
  const list =
    valid.length <= 24 ? `valid values: ${[...valid].sort().join(", ")}` : `${valid.length} values are valid`;
  return isNear ? `did you mean "${best}"? (${list})` : list;
}
