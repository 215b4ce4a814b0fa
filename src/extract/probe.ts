/** What one small request to a source found, for `doctor`: facts in words, the account it leads to first. */
export interface Probe {
  readonly source: string;
  readonly found: readonly string[];
  /** For a file drop: what each column of each file is taken for. */
  readonly columns?: readonly FoundColumn[];
}

/** A column of a file, or a column of ours that a file lacks. */
export interface FoundColumn {
  readonly entity: string;
  readonly file: string;
  /** Our column; null for one of the file's that gives nothing. */
  readonly column: string | null;
  /** The file's column; null when there is none. */
  readonly foundAs: string | null;
  /** What the configuration puts in where the file has nothing. */
  readonly value: string | null;
  /** `absent` is named in the configuration and not in the file; `missing` is optional and not there. */
  readonly state: "mapped" | "ignored" | "absent" | "missing";
  /** How it is written, where the configuration says so. */
  readonly format: string | null;
  /** The column of ours that an ignored one, or the file's that an absent one, was probably meant to be. */
  readonly nearest: string | null;
}

/** How often a look asks: whoever waits for it wants to know now, and a refresh is the patient one. */
export const probeAttempts = 2;
