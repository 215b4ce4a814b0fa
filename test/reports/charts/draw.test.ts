import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import { heatMap } from "../../../src/reports/charts/heat-map.ts";
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

test("the lowest value of a heat map is coloured, and nothing is where no value is", () => {
  const { markup } = heatMap({
    data: [74, 87, 100, null].map((value, at) => ({ row: "Q1", column: `M${at}`, value })),
    rows: ["Q1"],
    columns: ["M0", "M1", "M2", "M3"],
    format: String,
    smallest: 74,
    largest: 100,
    width: 920,
  });
  const strengths = [...markup.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, strength]) => Number(strength));
  expect(strengths).toEqual([0.14, 0.34, 0.54]);
});
