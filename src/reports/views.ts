import { promisify } from "node:util";
import { deflate, type ZlibOptions } from "node:zlib";
import type { DrawBlock, View } from "./context.ts";
import { html, type Markup, nothing, raw } from "./html.ts";
import { total } from "./numbers.ts";

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
  /** Text by choice, `<period>#<slice>|<key>`, of quarters and of slices each by itself. */
  readonly texts: ReadonlyMap<string, string>;
  /** How many combinations of a quarter with a slice there are. */
  readonly pairs: number;
  /** Their texts by choice, drawn when they are first asked for. */
  readonly paired: () => ReadonlyMap<string, string>;
}

/** Starts collecting for one page. The page's own choice is drawn in place; equal pieces are stored once. */
export function collectViews(parts: Parts): Views {
  const blocks: Stored[] = [];

  const block: DrawBlock = (by, draw, tag = "div") => {
    const name = `b${blocks.length + 1}`;
    const own = draw(parts.view);
    const periods = by.includes("period") ? parts.periods : [];
    const slices = by.includes("slice") ? parts.slices : [];
    const keyOf = (period: string, slice: SliceChoice | null): string =>
      `${period}#${slice === null ? "" : `${slice.slice}|${slice.sliceKey}`}`;
    const pairs = (): ReadonlyMap<string, string> =>
      new Map(
        periods.flatMap((period) =>
          slices.map((slice) => [keyOf(period, slice), draw({ ...parts.view, period, ...slice }).markup] as const),
        ),
      );
    let drawn: ReadonlyMap<string, string> | null = null;
    blocks.push({
      name,
      isWords: tag === "span",
      texts: new Map([
        ...slices.map((slice) => [keyOf("", slice), draw({ ...parts.view, ...slice }).markup] as const),
        ...periods.map((period) => [keyOf(period, null), draw({ ...parts.view, period }).markup] as const),
      ]),
      pairs: periods.length * slices.length,
      paired: () => {
        drawn ??= pairs();
        return drawn;
      },
    });
    const element = raw(tag);
    return html`<${element} data-view="${name}" data-by="${by.join(" ")}">${own}</${element}>`;
  };

  return Object.freeze({ block, packed: (budget: number) => pack(blocks, budget) });
}

// Where everything would weigh too much, pieces keep quarters and slices apart and give up their combinations, and the page
// says so: drawings first, the largest before the others, then the rest from the foot of the page up. Its cards go last.
// Combinations are most of what there is to draw, so that those of a piece are drawn only when there may be room for them.
async function pack(blocks: readonly Stored[], budget: number): Promise<Markup> {
  if (blocks.every((block) => block.texts.size === 0)) return nothing;
  const words = blocks.filter((block) => block.isWords);
  const others = blocks
    .filter((block) => !block.isWords && block.pairs > 0)
    .map((block) => {
      const texts = [...block.texts.values()];
      const size = total(texts, (text) => text.length) / texts.length;
      return { block, size, isFigure: texts.some((text) => text.includes("<figure")), place: blocks.indexOf(block) };
    })
    .sort(
      (a, b) =>
        Number(a.isFigure) - Number(b.isFigure) || (a.isFigure && b.isFigure ? a.size - b.size : a.place - b.place),
    );
  const packedWith = (count: number): Promise<string> =>
    compress(blocks, new Set([...words, ...others.slice(0, count).map(({ block }) => block)]));
  const bare = await packedWith(0);
  const smaller = bare.length / total(blocks, (block) => total([...block.texts.values()], (text) => text.length));
  let room = budget - bare.length;
  let count = others.findIndex(({ block, size }) => {
    room -= size * block.pairs * smaller;
    return room < 0;
  });
  if (count < 0) count = others.length;
  let packed = count === 0 ? bare : await packedWith(count);
  while (count > 0 && packed.length > budget) {
    count -= 1;
    packed = count === 0 ? bare : await packedWith(count);
  }
  // The guess may have been too careful.
  for (let more = packed; more.length <= budget && count <= others.length; count += 1) {
    packed = more;
    if (count === others.length) break;
    more = await packedWith(count + 1);
  }
  return raw(`<script type="text/plain" id="views">${packed}</script>`);
}

// In a thread of its own, so that the next page is drawn meanwhile.
const deflated = promisify<string, ZlibOptions, Buffer>(deflate);

/** Everything by itself, and the combinations of these. */
async function compress(blocks: readonly Stored[], whole: ReadonlySet<Stored>): Promise<string> {
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
        [...block.texts, ...(whole.has(block) ? block.paired() : [])].map(([key, text]) => [key, place(text)]),
      ),
    ]),
  );
  return (await deflated(JSON.stringify({ blocks: stored, texts }), { level: 9 })).toString("base64");
}
