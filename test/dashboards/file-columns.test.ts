import { afterEach, expect, test } from "vitest";
import { type DrawnSite, drawSite } from "../support/pages.ts";

let site: DrawnSite | undefined;
afterEach(async () => {
  await site?.remove();
  site = undefined;
});

const column = (state: string, more: object) => ({
  source: "drop",
  entity: "registrations",
  file: "Deal Regs.csv",
  state,
  ...more,
});

test("the Data quality page says what each column of a file was taken for, what nobody uses first", async () => {
  site = await drawSite({
    "quality.file_column": [
      column("missing", { column_name: "approver" }),
      column("mapped", { column_name: "submitted_at", found_as: "Submitted", format: "DD/MM/YYYY" }),
      column("mapped", { column_name: "currency", value: "EUR" }),
      column("ignored", { found_as: "Statuss", nearest: "status" }),
      column("absent", { found_as: "Protected", nearest: "Protected Until" }),
    ],
  });
  expect(await site.text("data-quality.html")).toContain("2 columns of files are not used");
  const rows = await site.table("data-quality.html", "file-columns");
  // Each row goes by its column, which on a phone is all that heads it.
  expect(rows.map((cells) => cells[0])).toEqual(["Protected", "Statuss", "currency", "Submitted", "approver"]);
  expect(rows.map((cells) => cells.slice(4).join("|"))).toEqual([
    "absent|Protected|–|–|–|Protected Until",
    "ignored|Statuss|–|–|–|status",
    "mapped|–|currency|EUR|–|–",
    "mapped|Submitted|submitted_at|–|DD/MM/YYYY|–",
    "missing|–|approver|–|–|–",
  ]);
});

test("a company without file drops has no such table", async () => {
  site = await drawSite({});
  expect(await site.html("data-quality.html")).not.toContain("file-columns");
});
