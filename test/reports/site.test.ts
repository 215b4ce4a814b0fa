import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { inflateSync } from "node:zlib";
import { JSDOM } from "jsdom";
import { afterEach, describe, expect, test } from "vitest";
import { whose } from "../../src/reports/context.ts";
import { html } from "../../src/reports/html.ts";
import { definePage, isPage } from "../../src/reports/page.ts";
import { type DrawnSite, drawSite } from "../support/pages.ts";

let site: DrawnSite | undefined;
afterEach(async () => {
  await site?.remove();
  site = undefined;
});

const value = (metric: string, period: string, amount: string, over: Record<string, string | number> = {}) => ({
  metric,
  period_kind: "quarter",
  period,
  slice: "program",
  slice_key: "all",
  value: amount,
  n: 12,
  unit: "money",
  status: "final",
  ...over,
});

const partner = (key: string, name: string, region: string) => ({
  partner_key: key,
  name,
  type: "referral",
  region,
  state: "active",
  is_prospect: false,
  is_ended: false,
  is_counted: true,
});

const overview = (render: Parameters<typeof definePage>[0]["render"]) =>
  definePage({
    id: "overview",
    title: "Overview",
    question: "What?",
    group: "Decide",
    order: 1,
    filters: ["period", "slice"],
    render,
  });

describe("a page", () => {
  test("that names an unknown metric stops the build and says the nearest one", async () => {
    const page = overview((context) => ({ finding: context.metric("sourced_boking").card, body: html`` }));
    await expect(drawSite({}, { pages: [page] })).rejects.toMatchObject({
      where: 'dashboards, page "overview"',
      fix: expect.stringContaining('did you mean "sourced_bookings"?'),
    });
  });

  test("of somebody else's that breaks is told by its file and line", async () => {
    const broken = (): never => {
      throw new TypeError("amount of nothing");
    };
    const page = { ...overview(broken), file: "./test/reports/site.test.ts" };
    await expect(drawSite({}, { pages: [page] })).rejects.toMatchObject({
      where: expect.stringMatching(/^\.\/test\/reports\/site\.test\.ts:\d+$/),
      found: 'the page "Overview" cannot be drawn: amount of nothing',
      exitCode: 2,
    });
  });

  test("cannot have an id that is no file name", () => {
    expect(() =>
      definePage({
        id: "../x",
        title: "",
        question: "",
        group: "Decide",
        order: 1,
        render: () => ({ finding: "", body: html`` }),
      }),
    ).toThrow("its id cannot be a file name");
    expect(isPage({ id: "overview" })).toBe(false);
  });

  test("holds every stored choice of the filter bar: quarters, slices and each quarter of each slice", async () => {
    const page = overview((context) => ({
      finding: context.block(["period", "slice"], (view) => html`${context.metric("sourced_bookings", view).card}`),
      body: html``,
    }));
    site = await drawSite(
      {
        "marts.dim_partner": [partner("a:1", "Alder", "EMEA"), partner("a:2", "Birch", "APAC")],
        "metrics.value": [
          value("sourced_bookings", "2026-Q3", "900"),
          value("sourced_bookings", "2026-Q2", "700"),
          value("sourced_bookings", "2026-Q2", "200", { slice: "region", slice_key: "EMEA" }),
        ],
      },
      { pages: [page] },
    );
    const text = await site.html("index.html");
    const packed = text.match(/id="views">([^<]+)</)?.[1] ?? "";
    const stored = JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()) as {
      blocks: Record<string, Record<string, number>>;
      texts: string[];
    };
    const at = (key: string): string | undefined => stored.texts[stored.blocks.b1?.[key] ?? -1];
    expect(await site.text("index.html")).toContain("$900");
    expect(at("2026-Q2#")).toBe("$700");
    expect(at("2026-Q2#region|EMEA")).toBe("$200");
    expect(at("#region|APAC")).toBe("$0");
    expect(at("2026-Q3#")).toBeUndefined();
    // 8 quarters by (program + 2 regions), less the one that stands in the page.
    expect(Object.keys(stored.blocks.b1 ?? {})).toHaveLength(23);
  });

  test("offers the twelve managers with the most partners and says of how many, and takes All for a name", async () => {
    const page = overview((context) => ({
      finding: context.block(["slice"], (view) => html`${view.sliceKey}`),
      body: html``,
    }));
    // All and M01 to M12 are 13 managers; All has two partners, the others one each, so that M12 is not kept.
    const managers = ["All", "All", ...Array.from({ length: 12 }, (_, at) => `M${String(at + 1).padStart(2, "0")}`)];
    site = await drawSite(
      {
        "marts.dim_partner": managers.map((manager, at) => ({
          ...partner(`a:${at}`, `Partner ${at}`, at % 2 === 0 ? "EMEA" : "APAC"),
          manager,
        })),
      },
      { pages: [page] },
    );
    const { document } = new JSDOM(await site.html("index.html")).window;
    const options = (name: string): readonly (readonly [string, string])[] =>
      [...document.querySelectorAll(`select[name=${name}] option`)].map((option) => [
        option.getAttribute("value") ?? "",
        option.textContent ?? "",
      ]);
    expect(options("region")).toEqual([
      ["", "Every region"],
      ["APAC", "APAC"],
      ["EMEA", "EMEA"],
    ]);
    const offered = options("manager");
    expect(offered.slice(0, 2)).toEqual([
      ["", "Every manager"],
      ["All", "All"],
    ]);
    expect(offered).toHaveLength(14);
    expect(offered.at(-2)).toEqual(["M11", "M11"]);
    expect(whose({ period: "2026-Q3", slice: "manager", sliceKey: "All" })).toBe('Partners of the manager "All": ');
    expect(offered.at(-1)?.[1]).toBe("kept here: the 12 with the most partners, of 13");
  });

  test("says whether the quarter is over: an asked-for last day is, today is not", async () => {
    const page = overview(() => ({ finding: "x", body: html`` }));
    site = await drawSite({}, { pages: [page], settings: { as_of: "2026-09-30", is_as_of_explicit: true } });
    expect(await site.text("index.html")).toContain("Q3 FY26 closed");
    await site.remove();
    site = await drawSite({}, { pages: [page], settings: { as_of: "2026-09-30", is_as_of_explicit: false } });
    expect(await site.text("index.html")).toContain("Q3 FY26 in progress, day 92 of 92");
  });

  test("names failing checks with their money at its top", async () => {
    const issue = { severity: "error", entity: "deals", message: "no rate", entity_key: "a:1" };
    site = await drawSite(
      {
        "quality.issue": [
          { ...issue, check_id: "fx_rate_missing", amount_reporting_minor: 4_000_000 },
          { ...issue, check_id: "bad_cell", amount_reporting_minor: 100_000 },
          { ...issue, check_id: "conflict", severity: "warning", amount_reporting_minor: 9_900_000 },
        ],
      },
      { pages: [overview(() => ({ finding: "x", body: html`` }))] },
    );
    expect(await site.text("index.html")).toContain("2 checks failing, $41k affected");
  });

  test("is written again only where its content changed, and taken over from the site before elsewhere", async () => {
    const each = definePage({
      id: "partner",
      title: "Partner",
      question: "What?",
      group: "Partners",
      order: 2,
      each: "partner",
      metrics: ["sourced_bookings"],
      render: (context) => ({ finding: context.metric("sourced_bookings").card, body: html`` }),
    });
    const pages = [overview(() => ({ finding: "x", body: html`` })), each];
    const rows = (birch: string) => ({
      "marts.dim_partner": [partner("a:1", "Alder", "EMEA"), partner("a:2", "Birch", "APAC")],
      "metrics.value": [
        value("sourced_bookings", "2026-Q3", "900", { slice: "partner", slice_key: "a:1" }),
        value("sourced_bookings", "2026-Q3", birch, { slice: "partner", slice_key: "a:2" }),
      ],
    });
    const before = await drawSite(rows("200"), { pages });
    site = await drawSite(rows("300"), { pages, before: before.directory });
    // The overview, two partners and the index of the search; of these only Birch's page is another one.
    expect([before.written, site.written]).toEqual([4, 1]);
    expect(await site.text("partners/a--1.html")).toContain("$900");
    expect(await site.text("partners/a--2.html")).toContain("$300");
    const inode = async (of: DrawnSite, file: string): Promise<number> =>
      (await stat(path.join(of.directory, file))).ino;
    expect(await inode(site, "partners/a--1.html")).toBe(await inode(before, "partners/a--1.html"));
    await before.remove();
    expect(await site.text("partners/a--1.html")).toContain("$900");
  });

  test("that is drawn for each partner asks only for metrics that it names, since no other is read", async () => {
    const each = definePage({
      id: "partner",
      title: "Partner",
      question: "What?",
      group: "Partners",
      order: 2,
      each: "partner",
      metrics: ["sourced_bookings"],
      render: (context) => ({ finding: context.metric("win_rate").card, body: html`` }),
    });
    const drawn = drawSite({ "marts.dim_partner": [partner("a:1", "Alder", "EMEA")] }, { pages: [each] });
    await expect(drawn).rejects.toThrow('page "partner": win_rate is not among its `metrics`');
  });

  test("escapes what comes from a source, in the page and in the search index", async () => {
    site = await drawSite({ "marts.dim_partner": [partner("a:1", "</script><b>Bold", "EMEA")] });
    const page = await site.html("partners/a--1.html");
    expect(page).toContain("<h1>&lt;/script&gt;&lt;b&gt;Bold</h1>");
    expect(page).not.toContain("<b>Bold");
    expect(await readFile(path.join(site.directory, "search-index.js"), "utf8")).not.toContain("</script>");
  });
});
