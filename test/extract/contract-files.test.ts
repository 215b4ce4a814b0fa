import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareLogs } from "../support/contract.ts";
import { type Bench, openBench } from "../support/extraction.ts";

// Whatever happens to a folder between two readings: its log stands as one that reads the folder for the first time.

const head = "id,name,type,tier";
const row = (id: number, name = `Partner ${id}`, tier = "Gold"): string => `p${id},${name},referral,${tier}`;
const fileOf = (...rows: readonly string[]): string => `${[head, ...rows].join("\n")}\n`;
const many = (count: number): string[] => Array.from({ length: count }, (_, place) => row(place));

const name = "drop/partners.csv";
const fresh = async (kept: Bench): Promise<readonly string[]> => {
  const other = await openBench();
  await other.run(1, { folder: kept.folder });
  return compareLogs(kept, other);
};

test("the log of a folder's changes stands as a whole reading does", async () => {
  const bench = await openBench();
  const ten = many(40);
  const steps: readonly (readonly [what: string, change: () => Promise<unknown>, changed: number])[] = [
    ["the first load", () => bench.write(name, fileOf(...ten)), 40],
    ["nothing", async () => undefined, 0],
    ["the same content written again", () => bench.write(name, fileOf(...ten)), 0],
    ["one change", () => bench.write(name, fileOf(...ten.with(3, row(3, "Renamed")))), 1],
    ["rows at the end", () => bench.write(name, fileOf(...ten, row(40), row(41))), 3],
    // The last row of a key has it; the one before it is kept beside it.
    ["two rows with one key", () => bench.write(name, fileOf(...ten, row(40), row(41), row(41, "Again"))), 2],
    ["a row that is deleted", () => bench.write(name, fileOf(...ten.slice(1), row(40), row(41))), 3],
    ["a row that comes back", () => bench.write(name, fileOf(...ten, row(40), row(41))), 1],
    [
      "a column that is new, one that went, and another order",
      () =>
        bench.write(
          name,
          `name,id,type,region\n${ten.map((_, place) => `N${place},p${place},referral,EU`).join("\n")}\n`,
        ),
      42,
    ],
    [
      "another format",
      async () => {
        await rm(path.join(bench.folder, name));
        await bench.write(
          "drop/partners.ndjson",
          `${JSON.stringify({ id: "p0", name: "N0", type: "referral", region: "EU" })}\n${many(39)
            .map((_, place) =>
              JSON.stringify({ id: `p${place + 1}`, name: `N${place + 1}`, type: "referral", region: "EU" }),
            )
            .join("\n")}\n`,
        );
      },
      0,
    ],
    ["a file beside it that is empty but for its head", () => bench.write("drop/annotations.csv", "on,text\n"), 0],
    ["one that is filled later", () => bench.write("drop/annotations.csv", "on,text\n2026-08-01,New pricing\n"), 1],
    ["a file that is taken away", () => rm(path.join(bench.folder, "drop/annotations.csv")), 1],
  ];
  for (const [index, [what, change, changed]] of steps.entries()) {
    await change();
    const reports = await bench.run(index + 1);
    const sum = reports.reduce((total, report) => total + report.changed, 0);
    expect({ what, changed: sum, differences: await fresh(bench) }).toEqual({ what, changed, differences: [] });
  }
});

test("a reading that ends in the middle of a file leaves what was there, and the next one makes up for it", async () => {
  const bench = await openBench();
  await bench.write(name, fileOf(...many(40)));
  await bench.run(1);
  // Cut in the middle of a character: whoever writes it is not done.
  const whole = Buffer.from(fileOf(...many(40).with(7, row(7, "Zoë")), row(40, "Žižka")));
  await writeFile(path.join(bench.folder, name), whole.subarray(0, 400));
  await expect(bench.run(2)).rejects.toThrow("would lose");
  expect(await bench.rows("select count(*) as n from raw.record where op = 'delete'")).toEqual([{ n: 0 }]);
  await writeFile(path.join(bench.folder, name), whole);
  await bench.run(3);
  expect(await fresh(bench)).toEqual([]);
});

test("whatever happens to the rows of a file in whatever order, changes add up to a whole reading", async () => {
  const edit = fc.record({
    move: fc.constantFrom("set", "drop", "add", "double", "shuffle"),
    place: fc.nat(30),
    text: fc.constantFrom("A", 'B "b"', "C, c", "line\nbreak", "ü", ""),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(edit, { maxLength: 4 }), { minLength: 2, maxLength: 4 }), async (days) => {
      const bench = await openBench();
      const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
      let rows = Array.from({ length: 12 }, (_, place) => ({ id: place, name: `P ${place}` }));
      for (const [index, edits] of days.entries()) {
        for (const { move, place, text } of edits) {
          const at = rows.length === 0 ? 0 : place % rows.length;
          if (move === "set") rows = rows.map((one, other) => (other === at ? { ...one, name: text } : one));
          else if (move === "drop") rows = rows.toSpliced(at, 1);
          else if (move === "add") rows = [...rows, { id: 100 + place, name: text }];
          else if (move === "double") rows = [...rows, { id: rows[at]?.id ?? 0, name: text }];
          else rows = rows.toReversed();
        }
        await bench.write(name, fileOf(...rows.map((one) => row(one.id, quoted(one.name)))));
        await bench.run(index + 1);
        expect(await fresh(bench)).toEqual([]);
      }
    }),
    { numRuns: 2, seed: 20_261_121, endOnFailure: true },
  );
});
