import { closest, distance } from "fastest-levenshtein";

/** The valid value that a wrong one was probably meant to be, if one is near enough to say so. */
export function nearestOf(found: string, valid: readonly string[]): string | undefined {
  const wanted = found.toLowerCase();
  const holding = valid.filter((value) => wanted.length >= 4 && value.toLowerCase().includes(wanted));
  if (holding.length === 1) return holding[0];
  const best = valid.length === 0 ? undefined : closest(wanted, [...valid]);
  if (best === undefined) return undefined;
  return distance(wanted, best.toLowerCase()) <= Math.max(2, Math.floor(wanted.length / 3)) ? best : undefined;
}

/** Says which of the valid values a wrong one was probably meant to be, and lists them all when they are few. */
export function suggest(found: string, valid: readonly string[]): string {
  if (valid.length === 0) return "there are none to choose from";
  const near = nearestOf(found, valid);
  const list =
    valid.length <= 24 ? `valid values: ${[...valid].sort().join(", ")}` : `${valid.length} values are valid`;
  return near === undefined ? list : `did you mean "${near}"? (${list})`;
}
