import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";

const pairs = new Map<string, readonly [light: string, dark: string]>();

beforeAll(async () => {
  const css = await readFile(new URL("../../src/reports/style/tokens.css", import.meta.url), "utf8");
  for (const [, name = "", light = "", dark = ""] of css.matchAll(
    /--([a-z0-9-]+): light-dark\((#\w{6}), (#\w{6})\)/g,
  )) {
    pairs.set(name, [light, dark]);
  }
});

/** Contrast by WCAG 2: (lighter + 0.05) / (darker + 0.05) of relative luminances. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const schemes = ["light", "dark"] as const;
const colour = (name: string, scheme: (typeof schemes)[number]): string =>
  pairs.get(name)?.[scheme === "light" ? 0 : 1] ?? "#000000";

test("the measure itself is right: ink on white is 16.7", () => {
  expect(contrast("#1B1E23", "#FFFFFF")).toBeCloseTo(16.7, 1);
});

for (const scheme of schemes) {
  test.each([
    ["ink", "page"],
    ["ink", "panel"],
    ["muted", "page"],
    ["muted", "panel"],
    ["accent", "page"],
    ["better", "page"],
    ["worse", "page"],
    ["worse", "panel"],
    ["on-sourced", "sourced"],
    ["ink", "wash"],
  ])(`text: %s on %s reads in ${scheme}`, (text, ground) => {
    expect(contrast(colour(text, scheme), colour(ground, scheme))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["sourced", "influenced", "direct-line", "mark", "mark-soft", "target", "line-strong", "focus"])(
    `mark: %s stands out from the page in ${scheme}`,
    (mark) => {
      expect(contrast(colour(mark, scheme), colour("page", scheme))).toBeGreaterThanOrEqual(2.9);
    },
  );
}
