/** What one small request to a source found, for `doctor`: facts in words, the account it leads to first. */
export interface Probe {
  readonly source: string;
  readonly found: readonly string[];
}

/** How often a look asks: whoever waits for it wants to know now, and a refresh is the patient one. */
export const probeAttempts = 2;
