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
  // 240,000 rows together, where the engine mixes some up from 204,800 on; one table too large to go with others; an empty one.
  const packs = [
    ...Array.from({ length: 60 }, (_, at) => deals(`p${at}-`, 4000)),
    deals("large", 100_001),
    deals("none", 0),
  ];
  const writer = await openParquetWriter("USD");
  try {
    const written = await writer.write(packs);
    expect(written.map(([file]) => file?.rows.length)).toEqual([...Array.from({ length: 60 }, () => 4000), 100_001, 0]);
    expect(written.every(([file], at) => sameRows(file?.rows ?? [], packs[at]?.[0]?.rows ?? []))).toBe(true);
  } finally {
    await writer.close();
  }
});
