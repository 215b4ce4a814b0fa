import { expect, test } from "vitest";
import { openParquetWriter, sameRows } from "../../src/reports/packs/columnar.ts";
import type { PackTable } from "../../src/reports/packs/tables.ts";

const deals = (name: string, count: number): readonly PackTable[] => [
  {
    name: "deals",
    title: "Deals",
    about: "",
    columns: ["deal", "amount"],
    rows: Array.from({ length: count }, (_, at) => [`${name}${at}`, { number: `${at}.50` }]),
  },
];

test("tables of more rows than the engine keeps in order at once are written in their order", async () => {
  // 260,000 rows together, and one table that has more than 204,800 by itself.
  const packs = [deals("a", 90_000), deals("b", 90_000), deals("c", 80_000), deals("d", 210_000), deals("e", 0)];
  const writer = await openParquetWriter("USD");
  try {
    const written = await writer.write(packs);
    expect(
      written.map(([file], at) => [file?.rows.length, sameRows(file?.rows ?? [], packs[at]?.[0]?.rows ?? [])]),
    ).toEqual([
      [90_000, true],
      [90_000, true],
      [80_000, true],
      [210_000, true],
      [0, true],
    ]);
  } finally {
    await writer.close();
  }
});
