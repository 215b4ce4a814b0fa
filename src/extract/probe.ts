/** What one small request to a source found, for `doctor`: facts in words, the account it leads to first. */
export interface Probe {
  readonly source: string;
  readonly found: readonly string[];
}
