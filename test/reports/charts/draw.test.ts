import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import { stackedBars } from "../../../src/reports/charts/stacked-bars.ts";

test("a drawing is leaner than Plot's and still whole: every segment stands beside the others, with its own hint", () => {
  const quarters = ["Q1", "Q2", "Q3"];
  const { markup } = stackedBars({
    data: quarters.flatMap((bar, at) => [
      { bar, series: "Sourced", value: 10 + at },
      { bar, series: "Direct", value: 20 + at },
    ]),
    bars: quarters,
    series: [
      { name: "Sourced", fill: "var(--sourced)", stroke: "none" },
      { name: "Direct", fill: "var(--direct)", stroke: "none" },
    ],
    running: null,
    signs: new Map(),
    format: String,
    width: 920,
  });
  // As SVG of its own, where a tag that is not closed is an error, and nothing is put right as it is in HTML.
  const { document } = new JSDOM(markup.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '), {
    contentType: "image/svg+xml",
  }).window;
  const segments = [...document.querySelectorAll("rect")];
  expect(segments).toHaveLength(6);
  expect(segments.every((segment) => segment.querySelector("rect") === null)).toBe(true);
  expect(segments.map((segment) => segment.querySelector("title")?.textContent ?? "").join(" ")).toContain("Sourced");
  expect(markup).not.toMatch(/-opacity="1"|<\/title\/>|\d\.\d\d/);
});
