import { isPair, isScalar, parseDocument, visit } from "yaml";
import { isSecretValue, secretSections } from "../../config/secrets.ts";
import { hideSecrets } from "../../secrets.ts";

/** A configuration as it may be shown to anyone. */
export interface PlainConfig {
  readonly text: string;
  /** Environment variables that it needs, those of the values that were taken out included. */
  readonly variables: readonly string[];
  /** Variables that stand for a value that was written out in the file. */
  readonly taken: readonly string[];
  /** `home` as it is written. */
  readonly home: string | null;
}

const placeholder = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Takes every secret that is written out in a configuration out of it, comments included, and puts a variable in its place. */
export function withoutSecrets(text: string): PlainConfig {
  const document = parseDocument(text, { prettyErrors: false });
  const cuts: { readonly from: number; readonly to: number; readonly variable: string }[] = [];
  const secrets = new Set<string>();
  visit(document, {
    Pair(_key, pair, ancestors) {
      const { key, value } = pair;
      if (!isScalar(key) || !isScalar(value) || typeof value.value !== "string" || value.range == null) return;
      const own = String(key.value);
      const isAddress = /^[a-z][a-z0-9+.-]*:\/\/([^/]*@|.*\?)/i.test(value.value);
      // Only an entry of these sections has secrets: elsewhere keys are words of the data.
      const above = ancestors.filter(isPair).map((pair) => String(isScalar(pair.key) ? pair.key.value : ""));
      const isEntry = above.length === 1 && secretSections.has(above[0] ?? "");
      if (!isEntry || (!isSecretValue(own, value.value) && !isAddress)) return;
      // A value that is nothing but variables, and what holds them together, has no secret in it.
      if (value.value.replaceAll(placeholder, "").length < 4) return;
      const names = ancestors.flatMap((node) => {
        const name = "get" in node && typeof node.get === "function" ? node.get("name") : undefined;
        return typeof name === "string" ? [name] : [];
      });
      const variable = [names.at(-1), own]
        .filter((part) => part !== undefined)
        .join("_")
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]+/g, "_");
      secrets.add(value.value);
      cuts.push({ from: value.range[0], to: value.range[1], variable });
    },
  });
  let plain = text;
  for (const { from, to, variable } of cuts.toSorted((a, b) => b.from - a.from)) {
    plain = `${plain.slice(0, from)}"\${${variable}}"${plain.slice(to)}`;
  }
  plain = hideSecrets(plain, secrets);
  const home = document.get("home");
  const variables = new Set<string>();
  visit(parseDocument(plain, { prettyErrors: false }), {
    Scalar(_key, { value }) {
      if (typeof value !== "string") return;
      for (const [, variable] of value.matchAll(placeholder)) variables.add(variable ?? "");
    },
  });
  return Object.freeze({
    text: plain,
    variables: [...variables].sort(),
    taken: cuts.map(({ variable }) => variable).sort(),
    home: typeof home === "string" ? home : null,
  });
}
