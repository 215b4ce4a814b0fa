import { promisify } from "node:util";
import { deflate, type ZlibOptions } from "node:zlib";
import type { DrawBlock, View } from "./context.ts";
import { html, type Markup, nothing, raw } from "./html.ts";

/** One slice that the filter bar offers. */
export type SliceChoice = Pick<View, "slice" | "sliceKey">;

/** Collects what the filter bar can swap in, so that each page holds every stored choice without a request. */
export interface Views {
  readonly block: DrawBlock;
  /** The element that holds the other choices in at most this many bytes, or nothing when there are none. */
  readonly packed: (budget: number) => Promise<Markup>;
}

interface Parts {
  readonly view: View;
  /** The quarters beside the page's own. */
  readonly periods: readonly string[];
  readonly slices: readonly SliceChoice[];
}

interface Stored {
  readonly name: string;
  /** Words inside a sentence; they weigh little and are always kept. */
  readonly isWords: boolean;
  /** Text by choice, `<period>#<slice>|<key>`. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Starts collecting for one page. The page's own choice is drawn in place; equal pieces are stored once. */
export function collectViews(parts: Parts): Views {
  const blocks: Stored[] = [];

  const block: DrawBlock = (by, draw, tag = "div") => {
    const name = `b${blocks.length + 1}`;
    const own = draw(parts.view);
    const texts = new Map<string, string>();
    const periods: readonly (string | null)[] = [null, ...(by.includes("period") ? parts.periods : [])];
    const slices: readonly (SliceChoice | null)[] = [null, ...(by.includes("slice") ? parts.slices : [])];
    for (const period of periods) {
      for (const slice of slices) {
        if (period === null && slice === null) continue;
        const view = { ...parts.view, ...(period === null ? {} : { period }), ...(slice ?? {}) };
        texts.set(`${period ?? ""}#${slice === null ? "" : `${slice.slice}|${slice.sliceKey}`}`, draw(view).markup);
      }
    }
    blocks.push({ name, isWords: tag === "span", texts });
    const element = raw(tag);
    return html`<${element} data-view="${name}" data-by="${by.join(" ")}">${own}</${element}>`;
  };

  return Object.freeze({ block, packed: (budget: number) => pack(blocks, budget) });
}

// Where everything would weigh too much, pieces keep quarters and slices apart and give up their combinations, and the page
// says so: drawings first, the largest before the others, then the rest from the foot of the page up. Its cards go last.
async function pack(blocks: readonly Stored[], budget: number): Promise<Markup> {
  if (blocks.every((block) => block.texts.size === 0)) return nothing;
  const thinned = new Set<Stored>();
  const heavy = blocks
    .filter((block) => !block.isWords && [...block.texts.keys()].some(isCombination))
    .map((block) => {
      const texts = [...block.texts.values()];
      const size = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
      return { block, size, isFigure: texts.some((text) => text.includes("<figure")), place: blocks.indexOf(block) };
    })
    .sort(
      (a, b) =>
        Number(b.isFigure) - Number(a.isFigure) || (a.isFigure && b.isFigure ? b.size - a.size : b.place - a.place),
    );
  let packed = await compress(blocks, thinned);
  for (const { block } of heavy) {
    if (packed.length <= budget) break;
    thinned.add(block);
    packed = await compress(blocks, thinned);
  }
  return raw(`<script type="text/plain" id="views">${packed}</script>`);
}

function isCombination(key: string): boolean {
  return !key.startsWith("#") && !key.endsWith("#");
}

// In a thread of its own, so that the next page is drawn meanwhile.
const deflated = promisify<string, ZlibOptions, Buffer>(deflate);

async function compress(blocks: readonly Stored[], thinned: ReadonlySet<Stored>): Promise<string> {
  const texts: string[] = [];
  const places = new Map<string, number>();
  const place = (text: string): number => {
    const known = places.get(text) ?? texts.push(text) - 1;
    places.set(text, known);
    return known;
  };
  const stored = Object.fromEntries(
    blocks.map((block) => [
      block.name,
      Object.fromEntries(
        [...block.texts]
          .filter(([key]) => !thinned.has(block) || !isCombination(key))
          .map(([key, text]) => [key, place(text)]),
      ),
    ]),
  );
  return (await deflated(JSON.stringify({ blocks: stored, texts }), { level: 9 })).toString("base64");
}
