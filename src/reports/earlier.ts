/** What a build before this one found in the data, by check and severity: `bad_cell|error` → 12. */
export type EarlierFindings = ReadonlyMap<string, number>;

/** The name under which findings of a check are counted. */
export function findingKey(check: string, severity: string): string {
  return `${check}|${severity}`;
}

/** How many of the latest builds are set beside a page's own. */
export const buildsBeside = 7;
