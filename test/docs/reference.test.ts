import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  configSections,
  configurationPage,
  installScripts,
  metricsPage,
  thirdParties,
  thirdPartyPage,
} from "../../scripts/reference.ts";
import { entities } from "../../src/config/entities.ts";

const entityNames = new Set(entities.map(({ name }) => name));

/** The places of every key in some YAML, as the page writes them, with the kind of the list's entry before it. */
function pathsOf(value: unknown, above = "", kind = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${above}[]`, kind));
  if (typeof value !== "object" || value === null) return [];
  const own = "kind" in value && typeof value.kind === "string" ? value.kind : kind;
  return Object.entries(value).flatMap(([name, below]) => {
    const at = `${above}${above === "" ? "" : "."}${above !== "" && entityNames.has(name) ? "<entity>" : name}`;
    return [`${at} ${own}`, ...pathsOf(below, at, own)];
  });
}

test("the pages of the configuration, the metrics and the packages are current; `npm run generate` writes them anew", async () => {
  expect(await readFile("docs/configuration.md", "utf8")).toBe(configurationPage());
  expect(await readFile("docs/metrics.md", "utf8")).toBe(metricsPage());
  expect(await readFile("docs/third-party.md", "utf8")).toBe(await thirdPartyPage());
});

test("every key of the configuration has words in the schema and stands in an example of scripts/reference.ts", () => {
  const keys = configSections().flatMap(({ section, keys }) => {
    const shown = new Set(pathsOf(parse(section.example)));
    return keys.map((key) => ({ ...key, isShown: shown.has(`${key.path} ${key.kind ?? ""}`) }));
  });
  expect(keys.filter(({ meaning }) => meaning === "").map(({ path }) => path)).toEqual([]);
  expect(keys.filter(({ isShown }) => !isShown).map(({ path, kind }) => `${path} ${kind ?? ""}`)).toEqual([]);
  expect(keys.length).toBeGreaterThan(80);
});

test("what an install brings has a permissive licence, and what it runs is explained", async () => {
  const permissive =
    /^\(?(MIT|MIT-0|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|Unlicense)( OR [\w.-]+)?\)?$/;
  const parties = await thirdParties();
  expect(parties.filter(({ licence }) => !permissive.test(licence))).toEqual([]);
  const scripts = parties.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
  expect(scripts.toSorted()).toEqual(Object.keys(installScripts).toSorted());
  // Only what is needed may run in a checkout.
  const { allowScripts } = JSON.parse(await readFile("package.json", "utf8")) as { allowScripts: object };
  expect(Object.entries(allowScripts).filter(([, isAllowed]) => isAllowed)).toEqual([["node", true]]);
});
