import { UserError } from "./errors.ts";

/** What stands in the place of a secret. */
const blot = "[secret]";

// Shorter ones are no secrets, and would blot out words.
const shortest = 4;

/** What the keys of known systems look like, wherever one was left. */
const knownShapes: readonly (readonly [shape: RegExp, instead: string])[] = [
  [/\b(?:sk|rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{10,}/g, blot],
  [/\bpat-[a-z0-9]+-[0-9a-f-]{20,}/gi, blot],
  [/https:\/\/hooks\.slack\.com\/[^\s"'),]+/g, blot],
  [/\bxox[a-z]-[A-Za-z0-9-]{10,}/g, blot],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]+@/gi, `$1${blot}@`],
  [/\b(Bearer|Basic) [A-Za-z0-9._~+/=-]{12,}/g, `$1 ${blot}`],
];

/** The ways in which a secret turns up in what others say: as it is, in an address, in JSON, and in a header of basic sign-in. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams([["", secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("base64").replace(/=+$/, ""),
    Buffer.from(`${secret}:`).toString("base64").replace(/=+$/, ""),
  ];
}

/** A text with these secrets blotted out, in whichever way they are written. */
export function hideExactly(text: string, secrets: Iterable<string>): string {
  const forms = [...secrets].filter((secret) => secret.length >= shortest).flatMap(formsOf);
  return [...new Set(forms)]
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, form) => rest.replaceAll(form, blot), text);
}

/** The same, and whatever looks like the key of a known system. */
export function hideSecrets(text: string, secrets: Iterable<string>): string {
  return knownShapes.reduce((rest, [shape, instead]) => rest.replaceAll(shape, instead), hideExactly(text, secrets));
}

/** An error that says the same without these secrets; its causes are told the same way. */
export function withoutSecretsIn(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof Error)) return typeof error === "string" ? hideSecrets(error, secrets) : error;
  const hide = (text: string): string => hideSecrets(text, secrets);
  if (error instanceof UserError) {
    const { where, found, fix, exitCode } = error;
    const plain = { where: hide(where), found: hide(found), fix: hide(fix), exitCode };
    const isSame = plain.where === where && plain.found === found && plain.fix === fix;
    return isSame ? error : new UserError(plain);
  }
  error.message = hide(error.message);
  if (error.stack !== undefined) error.stack = hide(error.stack);
  if (error.cause !== undefined) error.cause = withoutSecretsIn(error.cause, secrets);
  return error;
}
