import { partnerTypes } from "../../config/schema.ts";
import type { FoundField } from "../../extract/survey.ts";

/** One of our partner types. */
export type PartnerType = (typeof partnerTypes)[number];

/** What a partner may do on a deal. */
export const roles = ["sourced", "co_sell", "technical", "delivery", "influenced"] as const;

const plain = (name: string): string =>
  name
    .replace(/__c$/, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_");

const typeWords: readonly (readonly [RegExp, PartnerType])[] = [
  [/resell|distribut|solution_provider|^va[rd]$|channel/, "reseller"],
  [/referr/, "referral"],
  [/affiliate/, "affiliate"],
  [/marketplace/, "marketplace"],
  [/co_?sell/, "co_sell"],
  [/implement|service|integrator|^g?si$|delivery/, "services"],
  [/techn|integration|isv|alliance/, "integration"],
  [/agenc|consult|solution/, "agency"],
];

/** Whether a word is one of our types as it stands, however it is written (R16). */
export const isOwnType = (word: string): boolean => partnerTypes.some((type) => type === plain(word.trim()));

/** Whether the word for a type of company says that it is no partner, such as PROSPECT or Customer - Direct. */
export const isNoPartner = (word: string): boolean =>
  /prospect|customer|competitor|investor|analyst|^press$/i.test(word) && !/partner|resell/i.test(word);

/** The type that a company's own word most likely means; undefined where it tells nothing. */
export function guessType(word: string): PartnerType | undefined {
  const wanted = plain(word.trim());
  return partnerTypes.find((type) => type === wanted) ?? typeWords.find(([pattern]) => pattern.test(wanted))?.[1];
}

const columnWords: Readonly<Record<string, RegExp>> = Object.freeze({
  "deals.partner_id":
    /^((sourc(ing|ed|e)|referr(ing|al|ed)|originating)_?partner|partner_?(sourced|source)?)(_?(id|account|company))?$/,
  "deals.partner_role": /^((sourc(ing|ed|e)|referr(ing|al))_?)?partner_?role$/,
  "deals.partner_declared_at": /^((sourc(ing|ed|e)|referr(ing|al))_?)?partner_?declared(_?(at|on|date))?$/,
  "partners.type": /^partner_?(type|kind|category)$/,
  "partners.tier": /^(partner_?)?(tier|level)$/,
  "partners.region": /^partner_?region$/,
  "partners.manager": /^(partner_?(account_?)?manager|pam)$/,
  "partners.agreed_on":
    /^(partner_?(agreed_?on|since|agreement_?date|start_?date|signed_?on)|signed(_?on)?|agreement_?date)$/,
  "registrations.partner_id": /^partner(_?account)?$/,
  "registrations.deal_id": /^(opportunity|deal)$/,
  "registrations.account_id": /^(account|customer)$/,
  "registrations.status": /^((approval|registration)_?)?status$/,
  "registrations.decided_at": /^(decided|decision|approved)_?(at|on|date)?$/,
  "registrations.protection_ends_on": /^(protection_?ends?(_?on)?|protected_?until|expir(es|y|ation)(_?(on|date))?)$/,
});

/** The field that most likely holds a column of ours, `deals.partner_id`. */
export function guessField(column: string, fields: readonly FoundField[]): FoundField | undefined {
  const pattern = columnWords[column];
  return pattern === undefined ? undefined : fields.find((field) => pattern.test(plain(field.name)));
}

/** The column of a file that most likely gives a column of an entity: `Partner Name` its name, `Submitted` its submitted_at. */
export function guessHeader(entity: string, column: string, names: readonly string[]): string | undefined {
  const stem = column.replace(/_(at|on|id)$/, "");
  const one = entity.replace(/s$/, "");
  const wanted = [column, `${one}_${column}`, stem, `${stem}_date`, `${stem}_id`, `${one}_${stem}`];
  const exact = wanted.flatMap((word) => names.filter((name) => plain(name) === word));
  const ending = stem.length < 4 ? [] : names.filter((name) => plain(name).endsWith(`_${stem}`));
  const pattern = columnWords[`${entity}.${column}`];
  const known = pattern === undefined ? undefined : names.find((name) => pattern.test(plain(name)));
  return exact[0] ?? known ?? (ending.length === 1 ? ending[0] : undefined);
}

/** The role that a label's words tell by themselves, as the models read it; undefined where they tell none (R98, R107). */
export function roleOfWords(label: string): (typeof roles)[number] | undefined {
  const words = label.toLowerCase();
  if (/(^|[^\p{L}\p{N}])sourc/u.test(words)) return "sourced";
  if (words.includes("co-sell") || words.includes("cosell")) return "co_sell";
  if (words.includes("techn")) return "technical";
  if (words.includes("deliver") || words.includes("implement")) return "delivery";
  return words.includes("influenc") ? "influenced" : undefined;
}
