import fc from "fast-check";
import { expect, test } from "vitest";
import { csvOf, neutralise } from "../../src/reports/csv.ts";

test("text that a spreadsheet would run as a formula gets an apostrophe, numbers stay numbers", () => {
  const text = csvOf(
    ["account", "amount"],
    [
      [{ text: "=HYPERLINK(1)" }, { number: "-12.50" }],
      [{ text: "+49 30" }, null],
      [{ text: "@cmd" }, { number: "0.00" }],
      [{ text: 'Say "hi", twice' }, { number: "7.00" }],
    ],
  );
  expect(text).toBe(
    `\ufeffaccount,amount\r\n'=HYPERLINK(1),-12.50\r\n'+49 30,\r\n'@cmd,0.00\r\n"Say ""hi"", twice",7.00\r\n`,
  );
});

test("whatever a name holds, no cell begins like a formula", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(neutralise(text)).not.toMatch(/^[=+\-@＝＋－＠\t\r\n]/);
    }),
  );
});
