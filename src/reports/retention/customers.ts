import type { View } from "../context.ts";

/** By what a customer is told: the class of its account's first won deal, or why there is none. */
export type Kind = "sourced" | "influenced" | "direct" | "no won deal" | "no account";

/** Each kind in words. */
export const kinds: Readonly<Record<Kind, string>> = Object.freeze({
  sourced: "Sourced",
  influenced: "Influenced only",
  direct: "Direct",
  "no won deal": "Account without a won deal",
  "no account": "Account not known",
});

/** The kind of a customer by the class of its account's first won deal. */
export function kindOf(word: string | null, hasAccount: boolean): Kind {
  if (word === "sourced" || word === "influenced" || word === "direct") return word;
  return hasAccount ? "no won deal" : "no account";
}

/** The word before customers that says whose they are. */
export function brought(view: View): string {
  return view.slice === "program" ? "sourced " : "";
}
