import { deflateSync } from "node:zlib";
import type { View } from "./context.ts";
import { html, type Markup, raw } from "./html.ts";

/** A choice of the filter bar other than the page's own. */
export interface Choice {
  /** A quarter, or null for the page's own. */
  readonly period: string | null;
  /** A slice, or null for the page's own. */
  readonly slice: Pick<View, "slice" | "sliceKey"> | null;
}

/** Collects what the filter bar can swap in, so that each page holds every stored choice without a request. */
export interface Views {
  readonly block: (by: readonly ("period" | "slice")[], draw: (view: View) => Markup) => Markup;
  /** The element that holds the other choices, or nothing when there are none. */
  readonly packed: () => Markup;
}

interface Parts {
  readonly view: View;
  readonly periods: readonly string[];
  readonly slices: readonly Pick<View, "slice" | "sliceKey">[];
}

/** Starts collecting for one page. The page's own choice is drawn in place; equal pieces are stored once. */
export function collectViews(parts: Parts): Views {
  const blocks: Record<string, Record<string, number>> = {};
  const texts: string[] = [];
  const places = new Map<string, number>();
  const store = (text: string): number => {
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, texts.length);
    texts.push(text);
    return texts.length - 1;
  };

  const block = (by: readonly ("period" | "slice")[], draw: (view: View) => Markup): Markup => {
    const name = `b${Object.keys(blocks).length + 1}`;
    const own = draw(parts.view);
    const stored: Record<string, number> = {};
    blocks[name] = stored;
    const periods: (string | null)[] = [null, ...(by.includes("period") ? parts.periods : [])];
    const slices: (Choice["slice"] | null)[] = [null, ...(by.includes("slice") ? parts.slices : [])];
    for (const period of periods) {
      for (const slice of slices) {
        if ((period === null || period === parts.view.period) && slice === null) continue;
        if (period === parts.view.period) continue;
        const view = { ...parts.view, ...(period === null ? {} : { period }), ...(slice ?? {}) };
        const key = `${period ?? ""}#${slice === null ? "" : `${slice.slice}|${slice.sliceKey}`}`;
        stored[key] = store(draw(view).markup);
      }
    }
    return html`<div data-view="${name}" data-by="${by.join(" ")}">${own}</div>`;
  };

  const packed = (): Markup => {
    if (texts.length === 0) return raw("");
    const bytes = deflateSync(JSON.stringify({ blocks, texts }), { level: 9 });
    return raw(`<script type="text/plain" id="views">${bytes.toString("base64")}</script>`);
  };

  return Object.freeze({ block, packed });
}
