import { expect, test } from "vitest";
import { ageStrip, shownDots } from "../../../src/reports/charts/age-strip.ts";

const deal = (place: number) => ({
  row: "Proposal",
  days: place % 90,
  amount: place,
  words: `Deal ${place}`,
  isOld: false,
});

test("a company with 300,000 open deals still gets a strip: of its 120 largest ones", () => {
  const dots = Array.from({ length: 300_000 }, (_, place) => deal(place));
  const shown = shownDots(dots);
  expect(shown.length).toBe(120);
  expect(shown.at(0)?.amount).toBe(299_999);
  expect(shown.at(-1)?.amount).toBe(299_880);
  const drawn = ageStrip({ data: shown, rows: ["Proposal"], limits: [], width: 600 }).markup;
  expect(drawn.match(/<circle/g)?.length).toBe(120);
  expect(drawn).toContain("Deal 299880");
});

test("a company with fewer deals gets every one of them", () => {
  const dots = [deal(3), deal(1), deal(2)];
  expect(shownDots(dots)).toEqual(dots);
});
