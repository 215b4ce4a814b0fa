import * as Plot from "@observablehq/plot";
import { makeDocument } from "../document.ts";
import { type Markup, raw } from "../html.ts";

const document = makeDocument();

/** Draws a chart to SVG. Colours come from the page's tokens, text is 12 px, and nothing is left to the browser's defaults. */
export function draw(options: Plot.PlotOptions): Markup {
  const drawn = Plot.plot({
    document,
    className: "plot",
    style: { fontSize: "12px" },
    ...options,
  } as Plot.PlotOptions) as { readonly outerHTML: string };
  // The stylesheet that Plot repeats in every drawing stands once in the page's own.
  const svg = drawn.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/ font-family="[^"]*"/, "")
    .replace(/ class="plot"/, "")
    .replaceAll(/<[^>]*>/g, (tag) =>
      tag
        // A hundredth of an opacity is seen, a hundredth of a pixel is not.
        .replaceAll(/(opacity="0\.\d\d?|\d+\.\d)\d*/g, "$1")
        .replaceAll(/(\d)\.0(?=[",) ])/g, "$1")
        .replaceAll(/ (?:aria-label|aria-hidden)="[^"]*"| (?:fill|stroke)-opacity="1"/g, ""),
    )
    .replaceAll(/<(rect|line|circle|path|use)\b([^>]*)><\/\1>/g, "<$1$2/>");
  return raw(svg);
}
