/** A field of an account's records, as its people and its programs call it. */
export interface FoundField {
  readonly name: string;
  readonly label: string;
}

/** A word of a list that the account offers, `PARTNER`, and how its people read it. */
export interface FoundWord {
  readonly word: string;
  readonly label: string;
}

/** A file of a drop and the columns that it has. */
export interface FoundHead {
  readonly entity: string;
  readonly file: string;
  readonly names: readonly string[];
}

/** What an account shows to someone who sets a source up: what could be asked of a person is offered instead. */
export interface Survey {
  /** The account in words, as `doctor` tells it. */
  readonly found: readonly string[];
  /** Currencies of the account, the likeliest one of the reports first. */
  readonly currencies: readonly string[];
  /** The currencies that it gives exchange rates for. */
  readonly rates: readonly string[] | "any";
  /** Zone of the account; null where it does not tell. */
  readonly timezone: string | null;
  /** Words of the company's or account's type; which of them make a partner is for a person to say. */
  readonly recordTypes: readonly FoundWord[];
  /** Words that partners' own type has in the data. */
  readonly partnerTypes: readonly string[];
  /** Fields of a deal that may hold its partner. */
  readonly dealFields: readonly FoundField[];
  /** Fields of a partner that may hold its type, tier, region, manager or date of agreement. */
  readonly partnerFields: readonly FoundField[];
  /** Words that say what a partner did on a deal: labels of associations, roles of opportunity partners. */
  readonly roles: readonly string[];
  /** Objects of the account's own. */
  readonly objects: readonly FoundField[];
  /** Whether amounts without a currency are in the one currency of the account, which it does not tell. */
  readonly hidesCurrency: boolean;
}

/** A survey of an account that tells nothing but what is given. */
export function surveyOf(told: Partial<Survey>): Survey {
  return Object.freeze({
    found: [],
    currencies: [],
    rates: [],
    timezone: null,
    recordTypes: [],
    partnerTypes: [],
    dealFields: [],
    partnerFields: [],
    roles: [],
    objects: [],
    hidesCurrency: false,
    ...told,
  });
}

/** Each value once, in order of first appearance. */
export const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];
