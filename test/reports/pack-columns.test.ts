import { expect, test } from "vitest";
import { openParquetWriter, sameRows } from "../../src/reports/packs/columnar.ts";
import type { PackTable } from "../../src/reports/packs/tables.ts";

const columns = ["deal", "name", "account", "stage", "state", "type", "role", "source", "evidence", "rule", "amount"];

const deals = (name: string, count: number): readonly PackTable[] => [
  {
    name: "deals",
    title: "Deals",
    about: "",
    columns,
    rows: Array.from({ length: count }, (_, at) => [
      ...columns.slice(1).map((column) => `${column} of ${name}${at}`),
      { number: `${at}.50` },
    ]),
  },
];

test("tables of more rows than the engine keeps in order when it parts them are written in their order", async () => {
  // 21,000 rows together, of which a statement that parts rows into files by itself mixes some up; a table of many by itself; an empty one.
  const packs = [
    ...Array.from({ length: 60 }, (_, at) => deals(`p${at}-`, 300)),
    deals("large", 3000),
    deals("none", 0),
  ];
  const writer = await openParquetWriter("USD");
  try {
    const written = await writer.write(packs);
    expect(written.map(([file]) => file?.rows.length)).toEqual([...Array.from({ length: 60 }, () => 300), 3000, 0]);
    expect(written.every(([file], at) => sameRows(file?.rows ?? [], packs[at]?.[0]?.rows ?? []))).toBe(true);
  } finally {
    await writer.close();
  }
});
