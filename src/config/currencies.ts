import * as iso from "dinero.js/currencies";

/** A currency of ISO 4217 and how many decimals its minor unit has. */
export interface Currency {
  readonly code: string;
  readonly exponent: number;
}

// Ariary and ouguiya are divided by five, but ISO 4217 gives both two decimals and so do the vendors.
const exponentOf = (currency: { readonly base: number | readonly number[]; readonly exponent: number }): number =>
  currency.base === 10 ? currency.exponent : 2;

/** Every currency of ISO 4217 that is in use, by code. */
export const currencies: ReadonlyMap<string, Currency> = new Map(
  Object.values(iso)
    .map((currency) => Object.freeze({ code: currency.code, exponent: exponentOf(currency) }))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map((currency) => [currency.code, currency]),
);
