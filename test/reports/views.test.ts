import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { View } from "../../src/reports/context.ts";
import { html, raw } from "../../src/reports/html.ts";
import { collectViews } from "../../src/reports/views.ts";

const quarters = ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"];
const regions = ["AMER", "APAC", "EMEA", "LATAM"];

/** Text that does not get smaller by being packed with other text. */
function noise(view: View, seed: string, size: number): string {
  const hash = (index: number): string =>
    createHash("sha256").update(`${seed} ${view.period} ${view.sliceKey} ${index}`).digest("hex");
  return Array.from({ length: Math.ceil(size / 64) }, (_, index) => hash(index))
    .join("")
    .slice(0, size);
}

/** A page of cards, a chart and a table, with the choices that were stored for each of the three. */
async function stored(budget: number): Promise<Readonly<Record<string, readonly string[]>>> {
  const views = collectViews({
    view: { period: "2026-Q4", slice: "program", sliceKey: "all" },
    periods: quarters,
    slices: regions.map((sliceKey) => ({ slice: "region" as const, sliceKey })),
  });
  const draw = (size: number, tag: string) => (view: View) => raw(`<${tag}>${noise(view, tag, size)}</${tag}>`);
  views.block(["period", "slice"], draw(300, "article"));
  views.block(["period", "slice"], draw(280, "figure"));
  views.block(["period", "slice"], draw(200, "table"));
  const packed = (await views.packed(budget)).markup.match(/id="views">([^<]+)</)?.[1] ?? "";
  const { blocks } = JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()) as {
    blocks: Record<string, Record<string, number>>;
  };
  return Object.fromEntries(Object.entries(blocks).map(([name, texts]) => [name, Object.keys(texts)]));
}

describe("what the filter bar can swap in", () => {
  // 7 other quarters and 4 regions, and the 28 pairs of them: 39 choices, 11 of them single.
  test("is every choice while it fits", async () => {
    const all = await stored(10_000_000);
    expect([all.b1, all.b2, all.b3].map((keys) => keys?.length)).toEqual([39, 39, 39]);
    expect(all.b1).toContain("2026-Q2#region|EMEA");
  });

  test("gives up pairs of choices from the drawings first and from the head of the page last", async () => {
    const steps: string[] = [];
    for (let index = 0; index < 150; index += 1) {
      const found = await stored(30_000 - index * 200);
      steps.push([found.b1, found.b2, found.b3].map((keys) => keys?.length).join(" "));
    }
    expect([...new Set(steps)]).toEqual(["39 39 39", "39 11 39", "39 11 11", "11 11 11"]);
  });

  // A page that is full without them: 12 drawings of each piece (its own, 7 quarters, 4 regions) and none of the 28 pairs.
  test("is not drawn in pairs where there is no room for any", async () => {
    const drawn: string[] = [];
    const views = collectViews({
      view: { period: "2026-Q4", slice: "program", sliceKey: "all" },
      periods: quarters,
      slices: regions.map((sliceKey) => ({ slice: "region" as const, sliceKey })),
    });
    for (const tag of ["figure", "table"]) {
      views.block(["period", "slice"], (view) => {
        drawn.push(tag);
        return raw(`<${tag}>${noise(view, tag, 200)}</${tag}>`);
      });
    }
    await views.packed(1000);
    expect(drawn.filter((tag) => tag === "figure")).toHaveLength(12);
    expect(drawn).toHaveLength(24);
  });

  test("stands in a sentence where it is words", () => {
    const views = collectViews({
      view: { period: "2026-Q4", slice: "program", sliceKey: "all" },
      periods: [],
      slices: [],
    });
    expect(views.block(["slice"], () => html`x`, "span").markup).toBe('<span data-view="b1" data-by="slice">x</span>');
  });
});
