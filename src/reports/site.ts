import { mkdir } from "node:fs/promises";
import path from "node:path";
import { lineThrown, messageOf, UserError } from "../errors.ts";
import { formatMoment } from "../metrics/format.ts";
import { lastPeriods, periodOf } from "../metrics/periods.ts";
import { allMetrics, definitionsVersion, familyId, familyLabel } from "../metrics/registry.ts";
import type { Database } from "../warehouse/database.ts";
import { kyselyOver } from "../warehouse/dialect.ts";
import { readAnnotations } from "./annotations.ts";
import { readAssets } from "./assets.ts";
import { makeContext, type PageContext, type PartnerEntry, quartersShown } from "./context.ts";
import type { EarlierFindings } from "./earlier.ts";
import { choicesOf, frame, periodFact, type SiteFacts, type SourceAge, sourceFacts, viewsPlace } from "./frame.ts";
import { scriptJson } from "./html.ts";
import type { Page, PageContent } from "./page.ts";
import { pageGroups } from "./page.ts";
import { readPartners } from "./partners.ts";
import { type MetricPoints, readPoints } from "./points.ts";
import { readPresented } from "./presented.ts";
import { noCommentary, type ReadCommentary } from "./scorecard/notes.ts";
import { readSettings, type Settings, withInForce } from "./settings.ts";
import { putSiteFiles } from "./site-files.ts";
import type { Tables, Warehouse } from "./tables.ts";
import { collectViews } from "./views.ts";
import { readable } from "./words.ts";

/** What a site is drawn from and where it goes. */
export interface SiteOptions {
  /** A built warehouse, open for reading. */
  readonly database: Database;
  /** The folder to write; made when it is not there. */
  readonly directory: string;
  readonly pages: readonly Page[];
  /** The moment of the build, printed at the foot of every page. */
  readonly builtAt: Date;
  /** Finds the commentary of the scorecard; none is looked for by default. */
  readonly commentary?: ReadCommentary;
  /** The folder of the site before, whose files are taken over where nothing changed; there may be none. */
  readonly before?: string;
  /** What the builds before this one found in the data, oldest first; none are known by default. */
  readonly earlier?: readonly EarlierFindings[];
}

/** What was drawn. */
export interface WrittenSite {
  readonly pages: number;
  /** How many files are new or other than they were. */
  readonly written: number;
}

// A page may weigh 300 KB, a little of it kept for what cannot be known beforehand.
const pageBudget = 295_000;
// A partner's values are read for this many partners at once: few queries, and never all partners in memory.
const partnersAtOnce = 200;
// More keys than this would make a page of stored choices too large; the slice then offers its largest ones.
const keysPerSlice = 12;

/** Draws every page over a warehouse and returns how many there are. Throws UserError when a page names an unknown metric. */
export async function writeSite(options: SiteOptions): Promise<WrittenSite> {
  const { database, directory } = options;
  const db = kyselyOver<Tables>(database);
  const settings = await readSettings(db);
  const partners = await readPartners(db, settings.timezone);
  const pages = [...options.pages].sort(
    (a, b) => pageGroups.indexOf(a.group) - pageGroups.indexOf(b.group) || a.order - b.order,
  );
  const site = await readFacts(db, settings, partners, pages, options.builtAt);
  const usedOn = new Map<string, Set<string>>();
  const annotations = await readAnnotations(db);
  const presented = await readPresented(db, settings.timezone);
  const period = periodOf("quarter", settings.asOf, settings.fiscalYearStart);
  for (const folder of ["partners", "data"]) await mkdir(path.join(directory, folder), { recursive: true });
  const files = putSiteFiles(directory, options.before ?? null);

  const drawPage = async (
    page: Page,
    points: MetricPoints,
    partner: PartnerEntry | null,
    together: readonly string[] = [],
  ): Promise<void> => {
    const views = collectViews({
      view:
        partner === null
          ? { period, slice: "program", sliceKey: "all" }
          : { period, slice: "partner", sliceKey: partner.key },
      periods: quartersBefore(period),
      slices: partner === null ? choicesOf(site) : [],
    });
    const beside = new Map<string, string>();
    const context = makeContext({
      db,
      settings,
      period,
      partners,
      partner,
      together,
      root: partner === null ? "" : "../",
      page: page.id,
      metrics: page.each === undefined ? null : (page.metrics ?? []),
      file: page.file,
      points,
      block: views.block,
      usedOn,
      menu: site.menu,
      annotations,
      commentary: options.commentary ?? noCommentary,
      presented,
      earlier: options.earlier ?? [],
      put: (name, text) => beside.set(name, text),
    });
    const content = await contentOf(page, context);
    const fact = page.filters.includes("period")
      ? views.block(["period"], (view) => periodFact(context, view.period))
      : periodFact(context, content.period ?? period);
    const title = partner?.name ?? page.title;
    const own = frame({ page, context, content, site, period: fact, title });
    const text = views
      .packed(pageBudget - Buffer.byteLength(own))
      .then((packed) => own.replace(viewsPlace.markup, () => packed.markup));
    // Partners' pages are small and may wait side by side; of the program's pages one at a time is held.
    await files.put(partner?.path ?? pathOf(page), partner === null ? await text : text);
    for (const [name, rows] of beside) await files.put(name, rows);
  };

  const program = await readPoints(db, settings.minorUnits, null);
  const single = pages.filter((page) => page.each === undefined);
  for (const page of single.filter((one) => one.group !== "Trust")) await drawPage(page, program, null);
  const each = pages.filter((page) => page.each === "partner");
  const asked = [...new Set(each.flatMap((page) => page.metrics ?? []))];
  const all = [...partners.values()];
  for (let at = 0; each.length > 0 && at < all.length; at += partnersAtOnce) {
    const batch = all.slice(at, at + partnersAtOnce);
    const together = batch.map((partner) => partner.key);
    const points = await readPoints(db, settings.minorUnits, { partners: together, metrics: asked }, program);
    for (const partner of batch) {
      for (const page of each) await drawPage(page, points, partner, together);
    }
  }
  // Definitions tell which pages use a metric, so they are drawn when the others have been.
  for (const page of single.filter((one) => one.group === "Trust")) await drawPage(page, program, null);
  await files.put("search-index.js", await searchIndex(db, settings, site, partners));
  const written = await files.done();
  await db.destroy();
  return Object.freeze({ pages: single.length + all.length * each.length, written });
}

/** What a page shows; a page of somebody else's that breaks is told by its file. */
async function contentOf(page: Page, context: PageContext): Promise<PageContent> {
  try {
    return await page.render(context);
  } catch (error) {
    if (page.file === undefined || error instanceof UserError) throw error;
    const line = lineThrown(error, encodeURI(page.file.replace(/^(?:\.{1,2}\/)+/, "/")));
    throw new UserError({
      where: line === undefined ? page.file : `${page.file}:${line}`,
      found: `the page "${page.title}" cannot be drawn: ${messageOf(error)}`,
      fix: "mend the file; nothing was published",
      cause: error,
    });
  }
}

function pathOf(page: Page): string {
  return page.id === "overview" ? "index.html" : `${page.id}.html`;
}

function quartersBefore(period: string): readonly string[] {
  return lastPeriods("quarter", period, quartersShown).slice(0, -1);
}

async function readFacts(
  db: Warehouse,
  settings: Settings,
  partners: ReadonlyMap<string, PartnerEntry>,
  pages: readonly Page[],
  builtAt: Date,
): Promise<SiteFacts> {
  const checks = await db
    .selectFrom("quality.issue")
    .select([
      "check_id",
      "severity",
      (field) => field.fn.sum<number>("amount_reporting_minor").as("minor"),
      (field) => field.fn.countAll<number>().as("rows"),
    ])
    .groupBy(["check_id", "severity"])
    .execute();
  const failing = checks.filter((check) => check.severity === "error");
  const sources = await readSources(db);
  return Object.freeze({
    assets: await readAssets(),
    builtAt: formatMoment(builtAt, settings.timezone),
    sources: {
      day: sourceFacts(sources, settings.timezone, "day"),
      minute: sourceFacts(sources, settings.timezone, "minute"),
    },
    checks: {
      failing: failing.length,
      warning: checks.filter((check) => check.severity === "warning").length,
      rows: failing.reduce((sum, check) => sum + Number(check.rows), 0),
      money: failing.reduce((sum, check) => sum + Number(check.minor ?? 0), 0) / settings.minorUnits,
    },
    definitions: definitionsVersion(),
    menu: pages
      .filter((page) => page.each === undefined)
      .map((page) => ({ id: page.id, title: page.title, group: page.group, path: pathOf(page) })),
    choices: (["region", "type", "tier", "manager"] as const)
      .map((slice) => ({ slice, ...keysOf([...partners.values()], slice) }))
      .filter((choice) => choice.keys.length > 1),
  });
}

// The keys with the most partners, in the order of the alphabet, and how many there are in all.
function keysOf(
  partners: readonly PartnerEntry[],
  slice: "region" | "type" | "tier" | "manager",
): { readonly keys: readonly string[]; readonly of: number } {
  const counts = new Map<string, number>();
  for (const partner of partners) {
    const key = partner[slice];
    if (key !== null && key !== "") counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const keys = [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, keysPerSlice)
    .map(([key]) => key)
    .sort();
  return { keys, of: counts.size };
}

async function readSources(db: Warehouse): Promise<readonly SourceAge[]> {
  const rows = await db
    .selectFrom("quality.stream")
    .select(["source", "kind", (field) => field.fn.min("read_at").as("read_at")])
    .groupBy(["source", "kind"])
    .orderBy("source")
    .execute();
  return rows.map((row) => Object.freeze({ source: row.source, kind: row.kind, loadedAt: row.read_at }));
}

const dealsInIndex = 4000;

// One file beside the pages rather than a copy in each: it is read when search is first opened, from disk as well.
async function searchIndex(
  db: Warehouse,
  settings: Settings,
  site: SiteFacts,
  partners: ReadonlyMap<string, PartnerEntry>,
): Promise<string> {
  const deals = await db
    .selectFrom("marts.fct_deal as deal")
    .innerJoin("marts.fct_deal_partner as part", "part.deal_key", "deal.deal_key")
    .select(["deal.deal_key", "deal.name", "deal.account_name", "deal.state", "part.partner_key"])
    .orderBy("deal.created_on", "desc")
    .orderBy("deal.deal_key")
    .orderBy("part.is_source", "desc")
    .limit(dealsInIndex)
    .execute();
  const seen = new Set<string>();
  const entries: (readonly [kind: string, title: string, more: string, path: string])[] = [
    ...site.menu.map((entry) => ["Page", entry.title, entry.group, entry.path] as const),
    ...[...partners.values()].map(
      (partner) =>
        [
          "Partner",
          partner.name,
          [partner.type, partner.tier, partner.region, partner.key].filter((word) => word !== null).join(" · "),
          partner.path,
        ] as const,
    ),
    ...allMetrics().map(
      (metric) => ["Metric", familyLabel(metric), familyId(metric), `definitions.html#${familyId(metric)}`] as const,
    ),
  ];
  for (const deal of deals) {
    const partner = partners.get(deal.partner_key);
    if (partner === undefined || seen.has(deal.deal_key)) continue;
    seen.add(deal.deal_key);
    const title = deal.name ?? deal.account_name ?? deal.deal_key;
    entries.push([
      "Deal",
      title,
      `${deal.state} · ${partner.name} · ${deal.deal_key}`,
      `${partner.path}#${new URLSearchParams({ deal: deal.deal_key }).toString()}`,
    ]);
  }
  const definitions = Object.fromEntries(
    allMetrics().map((metric) => [
      familyId(metric),
      {
        label: familyLabel(metric),
        words: withInForce(metric.words, settings),
        formula: metric.formula,
        grain: metric.grain,
        datedBy: readable(metric.datedBy),
        included: metric.included,
        excluded: metric.excluded,
        owner: metric.owner,
        since: metric.since,
        model: metric.model,
      },
    ]),
  );
  return `window.attributaryIndex = ${scriptJson(entries).markup};\nwindow.attributaryDefinitions = ${scriptJson(definitions).markup};\n${site.assets.asked.markup}\n`;
}
