import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { listHoldingTests, listReadings, readingsPage, writeTable } from "./support/readings.ts";

test("there are 123 readings, R01 to R121 with R35b and R79b, each with words of its own", async () => {
  const numbers = Array.from({ length: 121 }, (_, index) => `R${String(index + 1).padStart(2, "0")}`);
  const readings = await listReadings();
  expect(readings.map((reading) => reading.id)).toEqual(
    numbers.flatMap((id) => (id === "R35" || id === "R79" ? [id, `${id}b`] : [id])),
  );
  expect(new Set(readings.map((reading) => reading.text)).size).toBe(123);
});

test("every reading is named by a test", async () => {
  const named = new Set((await listHoldingTests()).flatMap((test) => test.readings));
  expect((await listReadings()).map((reading) => reading.id).filter((id) => !named.has(id))).toEqual([]);
});

test("no test names a reading that does not exist", async () => {
  const known = new Set((await listReadings()).map((reading) => reading.id));
  const unknown = (await listHoldingTests()).filter((test) => test.readings.some((id) => !known.has(id)));
  expect(unknown).toEqual([]);
});

test("the table of readings and tests is current; `npm run generate` writes it anew", async () => {
  expect(await readFile(readingsPage, "utf8")).toBe(await writeTable());
});
