import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { inflateSync } from "node:zlib";
import { JSDOM } from "jsdom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fingerprintOf, fingerprints, pictures } from "../../scripts/pictured.ts";
import { openReadOnly } from "../../src/warehouse/database.ts";
import { type DrawnSite, drawSite } from "../support/pages.ts";
import { seededCompany, seedMetrics } from "../support/seeded-company.ts";
import { wrongBoxes } from "./boxes.ts";
import { walk } from "./walk/walk.ts";

let empty: DrawnSite;
let seeded: DrawnSite;
beforeAll(async () => {
  empty = await drawSite({});
  seeded = await drawSite(seededCompany(), { after: seedMetrics });
});
afterAll(async () => {
  await empty.remove();
  await seeded.remove();
});

const broken = /\b(?:NaN|undefined|Infinity|null|\[object)\b/;

describe("a company without any data", () => {
  test("has every page, each saying what is missing instead of a broken number", async () => {
    expect(empty.files).toEqual([
      "activation.html",
      "change-log.html",
      "commissions.html",
      "data-quality.html",
      "definitions.html",
      "dormant.html",
      "index.html",
      "partners.html",
      "pipeline.html",
      "registrations.html",
      "retention.html",
      "scorecard.html",
      "sourced-vs-influenced.html",
      "types-and-tiers.html",
      "velocity.html",
    ]);
    for (const file of empty.files) {
      const text = await empty.text(file);
      expect(text, file).not.toMatch(broken);
      expect(text.length, file).toBeGreaterThan(300);
    }
  });

  test("has no box without words, and tells no share of nothing", async () => {
    expect(await wrongBoxes(empty)).toEqual([]);
  });

  test("is told so in the finding of each page", async () => {
    const findings = await Promise.all(
      empty.files.map(async (file) => [file, (await text(empty, file, ".finding")).trim()] as const),
    );
    expect(Object.fromEntries(findings)).toMatchObject({
      "index.html": "Nothing sourced was collected in Q3 FY26 so far",
      "sourced-vs-influenced.html": "Nothing was won in Q3 FY26 so far",
      "pipeline.html": "$0 of sourced pipeline is open",
      "velocity.html": "No sourced deal was won in the last four quarters",
      "activation.html": "No partner has been signed long enough to tell",
      "types-and-tiers.html": "Nothing sourced was won in four quarters",
      "scorecard.html": "Q2 FY26: no row has a target",
      "retention.html": "No recurring revenue is known",
      "commissions.html": "No commission plan is configured",
      "registrations.html": "No partner has registered a deal yet",
      "dormant.html": "No activated partner has gone quiet",
      "partners.html": "0 partners, nothing sourced in the last four quarters",
      "data-quality.html": "No source has been read, so there is nothing to quote",
      "change-log.html": "No quarter has been frozen yet",
    });
  });
});

describe("a company with one partner, one deal, one payment and one registration", () => {
  test("has words on every page instead of a broken number or a share of nothing", async () => {
    const one = await drawSite({
      "config.commission_plan": [{ position: 0, name: "standard" }],
      "marts.dim_partner": [
        {
          partner_key: "a:1",
          name: "Alder",
          type: "referral",
          state: "active",
          agreed_on: "2026-07-01",
          is_prospect: false,
          is_ended: false,
          is_counted: true,
        },
      ],
      "marts.fct_deal": [
        {
          deal_key: "a:10",
          name: "First",
          source: "a",
          state: "won",
          class: "sourced",
          order_type: "new",
          source_partner_key: "a:1",
          source_rule: "lead",
          created_on: "2026-07-02",
          closed_on: "2026-08-01",
          is_conflict: false,
        },
      ],
      "marts.fct_cash": [
        {
          cash_key: "s:1",
          kind: "payment",
          deal_key: "a:10",
          link_reason: "invoice_deal",
          occurred_at: new Date("2026-08-02T00:00:00Z"),
          collected_reporting_minor: 1,
        },
      ],
      "marts.fct_commission": [
        {
          entry_key: "e",
          partner_key: "a:1",
          kind: "paid",
          amount_minor: -100,
          entry_on: "2026-08-03",
          payable_on: "2026-08-03",
          reason: "x",
        },
      ],
      "marts.fct_registration": [
        {
          registration_key: "a:r",
          partner_key: "a:1",
          status: "submitted",
          submitted_at: new Date("2026-08-20T00:00:00Z"),
          submitted_on: "2026-08-20",
          is_conflict: false,
        },
      ],
      "marts.fct_recurring": [{ customer_key: "s:c", month_on: "2026-07-01", mrr_minor: 100 }],
    });
    expect(await wrongBoxes(one)).toEqual([]);
    for (const file of one.files) {
      const page = await one.html(file);
      expect(page.replaceAll(/<(script|style|svg|pre)\b[\s\S]*?<\/\1>|<[^>]+>/g, " "), file).not.toMatch(broken);
      const packed = page.match(/id="views">([^<]+)</)?.[1];
      if (packed !== undefined)
        expect(inflateSync(Buffer.from(packed, "base64")).toString(), file).not.toMatch(/NaN|Infinity|undefined/);
    }
    const finding = (file: string): Promise<string> => text(one, file, ".finding");
    expect(await finding("commissions.html")).toBe("Nothing is owed in sum today");
    expect(await finding("retention.html")).toBe(
      "No customer had recurring revenue in Jun 2025, so nothing can be retained",
    );
    expect(await finding("registrations.html")).toBe("No registration was due in Q3 FY26 so far");
    await one.remove();
  });
});

describe("a company of some size", () => {
  test("prints no broken number on any page, in place or stored for the filter bar", async () => {
    expect(await wrongBoxes(seeded)).toEqual([]);
    let choices = 0;
    for (const file of seeded.files) {
      const page = await seeded.html(file);
      expect(page.replaceAll(/<(script|style|svg|pre)\b[\s\S]*?<\/\1>|<[^>]+>/g, " "), file).not.toMatch(broken);
      const packed = page.match(/id="views">([^<]+)</)?.[1];
      if (packed === undefined) continue;
      const { texts } = JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()) as { texts: string[] };
      for (const piece of texts) expect(piece, file).not.toMatch(broken);
      choices += texts.length;
    }
    expect(choices).toBeGreaterThan(1000);
  });

  // A heading without its population would be taken for the whole program's by who reads the page of a slice.
  test("names the partners it tells of in every heading of a slice", async () => {
    let headings = 0;
    const wrong: string[] = [];
    for (const file of seeded.files.filter((one) => !one.includes("/"))) {
      const page = await seeded.html(file);
      const packed = page.match(/id="views">([^<]+)</)?.[1];
      if (packed === undefined) continue;
      const stored = JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()) as {
        blocks: Record<string, Record<string, number>>;
        texts: string[];
      };
      for (const [name, places] of Object.entries(stored.blocks)) {
        const isInHeading = new RegExp(`<h2>[^\n]*data-view="${name}"`).test(page);
        for (const [key, place] of Object.entries(places)) {
          const [slice, sliceKey] = (key.split("#")[1] ?? "").split("|");
          if (slice === undefined || sliceKey === undefined) continue;
          const piece = stored.texts[place] ?? "";
          const said = isInHeading ? [piece] : [...piece.matchAll(/<h2>([^\n]*?)<\/h2>/g)].map((found) => found[1]!);
          const isNamed = new RegExp(`^${slice === "manager" ? `Partners of ${sliceKey}` : "\\S.* partners"}: .`);
          headings += said.length;
          wrong.push(...said.filter((one) => !isNamed.test(one)).map((one) => `${file} ${key}: ${one}`));
        }
      }
    }
    expect([...new Set(wrong)].slice(0, 20)).toEqual([]);
    expect(headings).toBeGreaterThan(1000);
  });

  test("still is what the pictures of README show; npm run screenshots takes them anew", async () => {
    const docs = path.join(import.meta.dirname, "..", "..", "docs");
    const readme = await readFile(path.join(docs, "..", "README.md"), "utf8");
    const taken = JSON.parse(await readFile(path.join(docs, fingerprints), "utf8")) as Record<string, string>;
    for (const { file, page } of pictures) {
      expect(fingerprintOf(await seeded.html(page)), `docs/${file} is of another ${page}`).toBe(taken[page]);
      expect(readme).toContain(`docs/${file}`);
      expect((await stat(path.join(docs, file))).size).toBeLessThan(210_000);
    }
    // A page with another column, card or section has another fingerprint; one with other figures has the same.
    const page = await seeded.html("index.html");
    expect(fingerprintOf(page.replaceAll(/\$[\d.]+M/g, "$1.23M"))).toBe(taken["index.html"]);
    expect(fingerprintOf(page.replaceAll(">Owner<", ">Holder<"))).not.toBe(taken["index.html"]);
  });

  test("keeps pages within 300 KB and partner pages within 150 KB", async () => {
    for (const file of seeded.files) {
      const { size } = await stat(path.join(seeded.directory, file));
      expect(size, file).toBeLessThanOrEqual(file.startsWith("partners/") ? 150_000 : 300_000);
    }
  });

  test("has one page for each partner and a link to each from the list of partners", async () => {
    const links = await all(seeded, "partners.html", "tbody a", (element) => element.getAttribute("href"));
    const pages = seeded.files.filter((file) => file.startsWith("partners/"));
    expect([...new Set(links)].sort()).toEqual(pages);
    expect(pages).toHaveLength(58);
  });

  test("has no link that leads nowhere, on pages and to places within them", async () => {
    // Read as text: parsing every page of every partner takes longer than all the rest.
    const found = async (file: string, attribute: RegExp): Promise<readonly string[]> =>
      [...(await seeded.html(file)).matchAll(attribute)].map((match) => match[1] ?? "");
    const ids = new Map<string, ReadonlySet<string>>();
    for (const file of seeded.files) ids.set(file, new Set(await found(file, / id="([^"]*)"/g)));
    const dead: string[] = [];
    let links = 0;
    for (const file of seeded.files) {
      for (const href of await found(file, /<a\b[^>]* href="([^"]*)"/g)) {
        const [target = "", place] = href.split("#");
        const name = target === "" ? file : path.normalize(path.join(path.dirname(file), target));
        const known = ids.get(name);
        links += 1;
        if (known === undefined || (place !== undefined && !known.has(place))) dead.push(`${file} → ${href}`);
      }
    }
    expect(links).toBeGreaterThan(2000);
    expect(dead).toEqual([]);
  });

  test("adds up: what changed by partner is the change of the card, and the parts of a bar are its total", async () => {
    const changes = await rowsOf(seeded, "index.html", "what-changed");
    const foot = changes.at(-1) ?? [];
    const shown = changes.slice(0, -1).reduce((sum, row) => sum + (row[2] ?? 0), 0);
    expect(shown).toBeCloseTo(foot[2] ?? Number.NaN, 2);
    const database = await openReadOnly(seeded.warehouse);
    const connection = await database.connect();
    const truth = await connection.row<{ now: number; before: number }>(`
      select
          (select sum(value)::double from metrics.value where metric = 'sourced_collected' and period = '2026-Q3' and slice = 'partner') as now,
          (select sum(value)::double from metrics.to_date where metric = 'sourced_collected' and period = '2026-Q2' and slice = 'partner') as before`);
    connection.close();
    database.close();
    expect(foot[2]).toBeCloseTo((truth?.now ?? 0) - (truth?.before ?? 0), 2);
    for (const quarter of await rowsOf(seeded, "index.html", "collected-by-quarter")) {
      const parts = quarter.slice(1, -1).reduce((sum: number, part) => sum + (part ?? 0), 0);
      expect(parts).toBeCloseTo(quarter.at(-1) ?? Number.NaN, 2);
    }
  });

  test("says on its cards what an independent query of the marts says", async () => {
    const database = await openReadOnly(seeded.warehouse);
    const connection = await database.connect();
    const truth = await connection.row<{ sourced: number; active: number; won: number; closed: number }>(`
      select
          (select sum(collected_reporting_minor) / 100.0 from marts.fct_cash inner join marts.fct_deal using (deal_key)
           where class = 'sourced' and occurred_on >= date '2026-07-01')::double as sourced,
          (select count(*) from marts.dim_partner where state = 'active') as active,
          (select count(*) from marts.fct_deal where class = 'sourced' and state = 'won' and closed_on >= date '2026-07-01') as won,
          (select count(*) from marts.fct_deal where class = 'sourced' and state <> 'open' and closed_on >= date '2026-07-01') as closed`);
    connection.close();
    database.close();
    const card = (id: string): Promise<string> => text(seeded, "index.html", `#${id} .card-value`);
    expect(await card("sourced_collected")).toBe(`$${Math.round((truth?.sourced ?? 0) / 1000)}k`);
    expect(await card("active_partners")).toBe(String(truth?.active));
    expect(await card("win_rate")).toBe(`${(((truth?.won ?? 0) / (truth?.closed ?? 1)) * 100).toFixed(1)}%`);
  });

  test("says nowhere a figure that a query of its own does not give: cards, tables, totals, sentences, drawings", async () => {
    const { pages, compared, wrong, untraced } = await walk(seeded);
    expect(wrong).toEqual([]);
    expect(untraced).toEqual([]);
    expect(pages).toBe(73);
    expect(compared.cells).toBeGreaterThan(15_500);
    expect(compared.totals).toBeGreaterThan(170);
    expect(compared.cards).toBeGreaterThan(2_500);
    expect(compared.choices).toBeGreaterThan(50_000);
    expect(compared.sentences).toBeGreaterThan(1_500);
    expect(compared.drawn).toBeGreaterThan(1_400);
    expect(compared.definitions).toBeGreaterThan(60);
  });

  test("calls every figure what its definition calls it", async () => {
    const names = new Map(
      await all(seeded, "definitions.html", ".definition", (entry) => [
        entry.getAttribute("id") ?? "",
        entry.querySelector("h3")?.firstChild?.textContent?.trim(),
      ]),
    );
    let seen = 0;
    for (const file of seeded.files.slice(0, seeded.files.findIndex((name) => name.startsWith("partners/")) + 3)) {
      for (const [id, name, href] of await all(seeded, file, ".card", (card) => [
        card.getAttribute("id"),
        card.querySelector("h3 a")?.textContent,
        card.querySelector("h3 a")?.getAttribute("href"),
      ])) {
        const place = href?.split("#")[1] ?? "";
        // One of a family, `net_retention-sourced`, is defined with it and adds its own word.
        const word =
          place.includes(".") && id !== place.replace(".", "-") ? id?.slice(place.indexOf(".") + 1) : undefined;
        expect(word === undefined ? names.get(place) : names.get(place)?.replace(/[^ ]*$/, word), file).toBe(name);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(30);
  });

  test("gives every chart a name, a table of its data and nothing to click inside the picture", async () => {
    for (const file of seeded.files.filter((name) => !name.startsWith("partners/"))) {
      const document = await documentOf(seeded, file);
      for (const chart of document.querySelectorAll("figure.chart")) {
        const drawings = [...chart.querySelectorAll(".drawn > svg")];
        expect(drawings, file).toHaveLength(2);
        for (const drawing of drawings) {
          expect(drawing.getAttribute("role")).toBe("img");
          expect((drawing.getAttribute("aria-label") ?? "").length).toBeGreaterThan(15);
          expect(drawing.querySelector("a")).toBeNull();
        }
        expect(chart.querySelector("details table tbody tr"), file).not.toBeNull();
      }
    }
  });
});

type Element = NonNullable<ReturnType<InstanceType<typeof JSDOM>["window"]["document"]["querySelector"]>>;

const parsed = new Map<string, InstanceType<typeof JSDOM>["window"]["document"]>();

/** A page as it is written, parsed once for all that is asked of it. */
async function documentOf(site: DrawnSite, file: string): Promise<InstanceType<typeof JSDOM>["window"]["document"]> {
  const place = `${site.directory}/${file}`;
  const document = parsed.get(place) ?? new JSDOM(await site.html(file)).window.document;
  parsed.set(place, document);
  return document;
}

async function all<T>(site: DrawnSite, file: string, selector: string, read: (element: Element) => T): Promise<T[]> {
  const document = await documentOf(site, file);
  return [...document.querySelectorAll(selector)].map(read);
}

async function text(site: DrawnSite, file: string, selector: string): Promise<string> {
  return (await all(site, file, selector, (element) => element.textContent ?? ""))[0] ?? "";
}

/** The numbers of a table, row by row with the total last; a cell without a number is null. */
async function rowsOf(site: DrawnSite, file: string, id: string): Promise<(number | null)[][]> {
  const document = await documentOf(site, file);
  return [...document.querySelectorAll(`#${id} tbody tr, #${id} tfoot tr`)].map((row) =>
    [...row.querySelectorAll("th, td")].map((cell) => {
      const exact =
        cell.getAttribute("data-v") ?? (cell.textContent ?? "").replaceAll(",", "").replace("−", "-").replace("+", "");
      return exact === "" || !/^-?\d/.test(exact) || !(cell.getAttribute("class") ?? "").includes("number")
        ? null
        : Number(exact);
    }),
  );
}
