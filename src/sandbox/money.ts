const exponents: Readonly<Record<string, number>> = { JPY: 0 };

/** Decimals of a currency of the synthetic company (ISO 4217). */
export function exponentOf(currency: string): number {
  return exponents[currency] ?? 2;
}

/** Minor units as a decimal text in major units: 125050 USD is `1250.50`, 1250 JPY is `1250`. */
export function majorText(minor: number, currency: string): string {
  const exponent = exponentOf(currency);
  if (exponent === 0) return String(minor);
  const sign = minor < 0 ? "-" : "";
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Minor units of a decimal text in major units. */
export function minorOf(text: string, currency: string): number {
  return Math.round(Number(text) * 10 ** exponentOf(currency));
}
