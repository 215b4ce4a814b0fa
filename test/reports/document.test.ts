import * as Plot from "@observablehq/plot";
import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import { makeDocument } from "../../src/reports/document.ts";

const rows = [
  { quarter: "Q1", part: "sourced", value: 3, words: "<three> & more" },
  { quarter: "Q2", part: "sourced", value: 4.5, words: 'a "quote"' },
  { quarter: "Q1", part: "direct", value: 1, words: "one" },
  { quarter: "Q2", part: "direct", value: 2, words: "two" },
];

type Draw = (document: unknown) => { readonly outerHTML: string };

const plot = (document: unknown, options: object): { readonly outerHTML: string } =>
  Plot.plot({ document, className: "plot", ...options } as Plot.PlotOptions) as { readonly outerHTML: string };

const charts: Readonly<Record<string, Draw>> = {
  "stacked bars with titles": (document) =>
    plot(document, {
      marks: [
        Plot.barY(rows, { x: "quarter", y: "value", fill: "part", title: "words" }),
        Plot.ruleY([0]),
        Plot.text(rows, Plot.stackY({ x: "quarter", y: "value", text: "value", lineWidth: 4 })),
      ],
    }),
  "a line with dashes and a dot": (document) =>
    plot(document, {
      style: { fontSize: "12px", color: "red" },
      marks: [
        Plot.line(rows.slice(0, 2), { x: (_, index) => index, y: "value", strokeDasharray: "5 3" }),
        Plot.dot(rows, { x: (_, index) => index, y: "value", symbol: "part", r: 4 }),
        Plot.gridY(),
      ],
    }),
  "facets with rules": (document) =>
    plot(document, {
      fy: { padding: 0.1 },
      marks: [Plot.ruleY(rows, { fy: "part", y: "quarter", x1: () => 0, x2: "value", strokeWidth: 7 })],
    }),
  "bars that are wrapped in links": (document) =>
    plot(document, { marks: [Plot.barX(rows, { x: "value", y: "quarter", href: "words", title: "words" })] }),
  "cells with text": (document) =>
    plot(document, {
      marks: [
        Plot.cell(rows, { x: "quarter", y: "part", fillOpacity: "value" }),
        Plot.text(rows, { x: "quarter", y: "part", text: "words" }),
      ],
    }),
};

// jsdom writes style values back in its own spelling and void elements its own way; the drawing itself must be equal.
const same = (markup: string): string =>
  markup
    .replaceAll(
      / style="([^"]*)"/g,
      (_, css: string) => ` style="${css.replaceAll(/\s*([:;])\s*/g, "$1").replace(/;$/, "")}"`,
    )
    .replaceAll("&#39;", "'")
    .replaceAll(/>([^<]*)</g, (_, text: string) => `>${text.replaceAll("&quot;", '"')}<`);

test.each(Object.entries(charts))("%s are drawn as in a whole DOM", (_, draw) => {
  const whole = draw(new JSDOM("").window.document).outerHTML;
  expect(same(draw(makeDocument()).outerHTML)).toBe(same(whole));
  expect(whole.length).toBeGreaterThan(500);
});
