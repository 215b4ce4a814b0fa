import { expect, test } from "vitest";
import { table } from "../../src/reports/table.ts";

const drawn = (names: readonly string[], all?: number): string =>
  table<string>({
    id: "deals",
    caption: "Deals",
    noun: "deals",
    empty: "No deals.",
    rows: names,
    limit: 10,
    ...(all === undefined ? {} : { all }),
    columns: [{ label: "Deal", kind: "text", value: (name) => name }],
  }).markup;

const listed = (markup: string): number => markup.split('<th scope="row">').length - 1;

test("a table of very long names lists as many rows as its limit is meant to weigh, and says how many", () => {
  const names = Array.from({ length: 12 }, () => "n".repeat(2_000));
  // Ten rows of 800 bytes are 8,000: three rows of 2,000 letters with their tags fit, a fourth does not.
  expect(listed(drawn(names))).toBe(3);
  expect(drawn(names)).toContain("the first 3 of 12 deals are listed");
  // Short names are listed up to the limit, one row is listed whatever it weighs, and rows that were chosen are listed all.
  expect(listed(drawn(Array.from({ length: 12 }, () => "short")))).toBe(10);
  expect(listed(drawn(["n".repeat(20_000)]))).toBe(1);
  expect(listed(drawn(names.slice(0, 5), 12))).toBe(5);
});
