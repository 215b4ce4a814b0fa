import { expect, test } from "vitest";
import { fileNamesOf } from "../../src/reports/partners.ts";

test("pages of partners have names that every file system takes and none takes for another's", () => {
  const long = `drop:${"é".repeat(5_000)}`;
  const names = fileNamesOf(["drop:P-1", "drop:p-1", "drop:../x", "drop:con", long, `${long}e`]);
  expect(names.get("drop:../x")).toBe("drop--_2e__2e__2f_x");
  expect(names.get("drop:con")).toBe("drop--con");
  const written = [...names.values()];
  expect(new Set(written.map((name) => name.toLowerCase())).size).toBe(6);
  for (const name of written) expect(`${name}.html`.length).toBeLessThan(200);
});
