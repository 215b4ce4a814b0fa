import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { readXlsx } from "hucre/xlsx";
import type { Browser, Page } from "playwright-core";
import { stringify } from "yaml";
import { showControls } from "../../src/reports/signs.ts";
import { openReadOnly } from "../../src/warehouse/database.ts";
import type { Hostile } from "./strings.ts";

/** Where the hostile texts go: into every field of text, or into every id and what refers to it. */
export type Into = "fields" | "ids";

/**
 * What is made of them. For packs each text carries a number and people are plain: an export stops, rightly, where a pack
 * holds the words of another partner's name, and many of these texts hold one another.
 */
export type Made = "site" | "packs";

/** What a campaign saw. */
export interface Seen {
  readonly strings: number;
  /** Pages opened in the browser: of the site, and of packs. */
  readonly pages: number;
  readonly choices: number;
  /** Texts found on pages as themselves. */
  readonly shown: number;
  /** Cells of CSV and XLSX that were read. */
  readonly cells: number;
  readonly files: number;
  /** In words; empty when all is well. */
  readonly wrong: readonly string[];
}

type Row = Readonly<Record<string, string | number | boolean>>;

const root = path.join(import.meta.dirname, "..", "..");
const asOf = "2026-09-30";

/** One partner with an account, deals, money and evidence for each text, the text in every field that takes one. */
export function companyOf(texts: readonly Hostile[], into: Into, made: Made): Readonly<Record<string, readonly Row[]>> {
  const tables: Record<string, Row[]> = {};
  const add = (entity: string, row: Row): void => {
    tables[entity] ??= [];
    tables[entity].push(row);
  };
  for (const [place, hostile] of texts.entries()) {
    const text = made === "site" ? hostile.text : `${hostile.text} №${place}.`;
    const t = into === "fields" ? text : `Text ${place}`;
    const person = made === "site" ? t : "Somebody";
    const id = (kind: string): string => (into === "ids" ? text : `${kind}${place}`);
    const [partner, account, open, won, told] = [id("p"), id("a"), `${id("d")}`, id("w"), id("o")];
    const [partner_id, account_id, deal_id] = [partner, account, into === "ids" ? open : won];
    const created_at = "2026-05-04T09:00:00Z";
    add("partners", {
      id: partner,
      name: t,
      type: t,
      tier: t,
      region: t,
      manager: person,
      status: "active",
      agreed_on: "2026-01-05",
      domain: made === "site" ? t : `${place}.example`,
    });
    add("accounts", { id: account, name: t, domain: t, region: t, segment: t, country: t });
    add("pipeline_stages", {
      pipeline: t,
      stage: t,
      position: 1,
      probability: "0.4",
      state: "open",
      is_qualified: "true",
    });
    const deal = {
      account_id,
      name: t,
      pipeline: t,
      stage: t,
      owner: person,
      next_step: t,
      lost_reason: t,
      amount: `${1000 + place}.00`,
      currency: "USD",
      created_at,
    };
    const declared = { partner_id, partner_role: "sourced", partner_declared_at: created_at };
    if (into === "fields") {
      add("deals", { ...deal, ...declared, id: open, state: "open", expected_close_on: "2026-08-01" });
      add("deals", { ...deal, id: told, state: "lost", closed_on: "2026-07-15" });
      add("overrides", {
        deal_id: told,
        partner_id,
        decision: "sourced",
        reason: t,
        approver: person,
        decided_at: "2026-06-01T09:00:00Z",
      });
    }
    add("deals", { ...deal, ...declared, id: into === "ids" ? open : won, state: "won", closed_on: "2026-07-20" });
    add("deal_stages", { deal_id: into === "fields" ? open : deal_id, stage: t, entered_at: "2026-06-01T09:00:00Z" });
    add("registrations", {
      id: id("r"),
      partner_id,
      deal_id,
      submitted_at: created_at,
      status: "submitted",
      approver: person,
      amount: "10.00",
      currency: "USD",
    });
    add("leads", { id: id("l"), partner_id, account_id, deal_id, received_at: created_at, accepted_at: created_at });
    add("touches", { id: id("t"), partner_id, deal_id, kind: t, occurred_at: "2026-06-03T09:00:00Z", evidence: t });
    add("certifications", {
      id: id("c"),
      partner_id,
      person,
      kind: t,
      level: t,
      earned_on: "2026-01-02",
      expires_on: "2026-10-10",
    });
    add("activities", { id: id("v"), partner_id, kind: t, occurred_at: "2026-06-03T09:00:00Z" });
    add("overlaps", { partner_id, account_id, kind: "customer", identified_on: "2026-02-01" });
    add("customers", { id: id("k"), name: t, email: t, domain: t, account_id });
    add("invoices", {
      id: id("i"),
      customer_id: id("k"),
      number: t,
      status: "paid",
      issued_at: "2026-07-25T00:00:00Z",
      currency: "USD",
      total: "100.00",
      deal_id,
      subscription_id: t,
    });
    add("payments", {
      id: id("y"),
      invoice_id: id("i"),
      paid_at: "2026-08-01T00:00:00Z",
      amount: "100.00",
      currency: "USD",
    });
    add("refunds", {
      id: id("f"),
      payment_id: id("y"),
      refunded_at: "2026-08-10T00:00:00Z",
      amount: "1.00",
      currency: "USD",
      kind: "refund",
      reason: t,
    });
    add("payouts", {
      id: id("u"),
      partner_id,
      paid_at: "2026-08-15T00:00:00Z",
      amount: "1.00",
      currency: "USD",
      reference: t,
    });
    add("annotations", { on: "2026-08-02", text: t, scope: `drop:${partner}`, author: person });
    add("annotations", { on: "2026-08-03", text: `${t} again`, scope: t, author: person });
    add("targets", {
      slice: "region",
      slice_key: t,
      metric: "sourced_bookings",
      period: "2026-Q3",
      amount: "100",
      currency: "USD",
    });
  }
  return tables;
}

/** What a browser shows of a text: as the drop keeps it, runs of blanks as one. */
const shown = (text: string): string => showControls(text).replaceAll(/\s+/g, " ").trim();

/** Takes hostile texts through drop, log, marts, site, packs and exports, and opens every page in a browser. */
export async function runCampaign(
  folder: string,
  texts: readonly Hostile[],
  into: Into,
  made: Made,
  browser: Browser,
): Promise<Seen> {
  // A pack with an address of e-mail in it is stopped, and a test of its own holds that.
  const taken = made === "site" ? texts : texts.filter(({ text }) => !/\S@\S+\.\S/.test(text));
  await mkdir(path.join(folder, "drop"), { recursive: true });
  for (const [entity, rows] of Object.entries(companyOf(taken, into, made))) {
    await writeFile(
      path.join(folder, "drop", `${entity}.ndjson`),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    );
  }
  const config = {
    home: "home",
    reporting: { currency: "USD", timezone: "UTC" },
    sources: [{ name: "drop", kind: "files", path: "./drop" }],
    commissions: [{ name: "all", rate: 10, hold_days: 0 }],
  };
  await writeFile(path.join(folder, "attributary.yaml"), stringify(config));
  await attributary(folder, "refresh", "--as-of", asOf);
  const names = await readNames(path.join(folder, "home", "current", "warehouse.duckdb"));
  const watch = await openWatched(browser);
  const look = { folder, into, names, watch, most: 14 };
  // By name: heading, region, manager, and in lists deals with stage and owner, payments, touches with their kind.
  const seen =
    made === "site" ? await lookAtSite(look, path.join(folder, "home", "site"), 12) : await lookAtPacks(look);
  const misread = made === "site" && into === "fields" ? wrongNames(names, texts) : [];
  const strays = (await readdir(folder)).filter((name) => !["attributary.yaml", "drop", "home"].includes(name));
  await watch.close();
  return {
    ...seen,
    strings: taken.length,
    wrong: [...seen.wrong, ...misread, ...strays.map((name) => `${into}: ${name} was written beside the home`)],
  };
}

/** Names of partners by the key that their pages show; keys that differ in nothing but their line ends are shown alike. */
type Names = ReadonlyMap<string, readonly string[]>;

interface Look {
  readonly folder: string;
  readonly into: Into;
  readonly names: Names;
  readonly watch: Watched;
  /** Choices of each kind to be made on a page. */
  readonly most: number;
}

/** Opens every page of a site, and on those of the program every choice; nothing runs, and names stand there as themselves, so many times at least. */
export async function lookAtPages(browser: Browser, site: string, names: Names, times: number): Promise<Seen> {
  const watch = await openWatched(browser);
  const seen = await lookAtSite({ folder: site, into: "fields", names, watch, most: 2 }, site, times);
  await watch.close();
  return seen;
}

async function lookAtSite({ into, names, watch, most }: Look, site: string, times: number): Promise<Seen> {
  const wrong: string[] = [];
  let [pages, choices, found, files] = [0, 0, 0, 0];
  for (const file of await filesBelow(site)) {
    files += 1;
    const say = (words: string): void => void wrong.push(`${into}, ${file}: ${words}`);
    if (!isSafe(file)) say("no system takes such a name safely");
    if (!file.endsWith(".html")) continue;
    const read = await watch.look(path.join(site, file));
    pages += 1;
    for (const words of read.wrong) say(words);
    const { key } = read;
    if (key === null) {
      const more = await watch.choose(most);
      choices += more.choices;
      for (const words of more.wrong) say(words);
      continue;
    }
    const own = (names.get(key) ?? ["no such partner"]).map(shown);
    const name = own.find((one) => one === read.heading) ?? own.join(" or ");
    if (read.heading !== name) say(`the heading is ${brief(read.heading)}, not ${brief(name)}`);
    const said = into === "ids" ? shown(key) : name;
    const places = read.texts.filter((text) => text === said).length;
    found += places;
    if (places < (into === "ids" ? 1 : times)) say(`${brief(said)} stands on it ${places} times`);
  }
  return { strings: 0, pages, choices, shown: found, cells: 0, files, wrong };
}

/** Names of partners that a drop keeps otherwise than it should. */
function wrongNames(names: Names, texts: readonly Hostile[]): readonly string[] {
  return texts.flatMap(({ text, kind }, place) => {
    const [kept] = names.get(`drop:p${place}`) ?? [];
    return kept === keptOf(text) ? [] : [`a text of ${kind}, ${brief(text)}, is kept as ${brief(kept ?? "nothing")}`];
  });
}

/** What a drop keeps of a name: blanks around it go. Nothing but blanks, or half of a sign, is no name and goes into quarantine. */
function keptOf(text: string): string | undefined {
  const kept = text.replaceAll(/^[ \t\r\n\u00a0\u202f\ufeff]+|[ \t\r\n\u00a0\u202f]+$/g, "");
  return kept === "" || !kept.isWellFormed() ? undefined : kept;
}

/** Writes every pack and reads its files. */
async function lookAtPacks({ folder, into, names, watch }: Look): Promise<Seen> {
  const wrong: string[] = [];
  let [pages, found, cells, files] = [0, 0, 0, 0];
  await attributary(folder, "export", "--all", "--period", "2026-Q3", "--format", "html,csv,xlsx,parquet,arrow");
  const packs = path.join(folder, "home", "exports", "2026-Q3");
  const known = new Set([...[...names.values()].flat(), ...names.keys()].map(shown));
  for (const file of await filesBelow(packs)) {
    files += 1;
    const say = (words: string): void => void wrong.push(`${into}, ${file}: ${words}`);
    if (!isSafe(file)) say("no system takes such a name safely");
    const where = path.join(packs, file);
    if (file.endsWith(".html")) {
      pages += 1;
      for (const words of (await watch.look(where)).wrong) say(words);
    } else if (file.endsWith(".csv")) {
      for (const cell of parseCsv(await readFile(where, "utf8")).flat()) {
        cells += 1;
        if (isFormula(cell)) say(`the cell ${brief(cell)} is a formula`);
        if (known.has(shown(cell.replace(/^'/, "")))) found += 1;
      }
    } else if (file.endsWith(".xlsx")) {
      for (const sheet of (await readXlsx(await readFile(where))).sheets) {
        cells += sheet.rows.flat().length;
        found += sheet.rows.flat().filter((cell) => typeof cell === "string" && known.has(shown(cell))).length;
        for (const [at, cell] of sheet.cells ?? []) {
          if (cell.formula !== undefined || cell.hyperlink !== undefined)
            say(`${sheet.name} ${at} is a formula or a link`);
        }
      }
    }
  }
  return { strings: 0, pages, choices: 0, shown: found, cells, files, wrong };
}

/** Runs a command as people do; it must end well. */
async function attributary(folder: string, ...words: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [path.join(root, "src", "cli.ts"), ...words], {
    cwd: folder,
    maxBuffer: 1 << 28,
  });
}

/** The names of partners by key, as the marts hold them. */
async function readNames(warehouse: string): Promise<Names> {
  const database = await openReadOnly(warehouse);
  const connection = await database.connect();
  const rows = await connection.rows<{ partner_key: string; name: string }>(
    "select partner_key, name from marts.dim_partner",
  );
  connection.close();
  database.close();
  const names = new Map<string, string[]>();
  for (const { partner_key, name } of rows) {
    // A page shows a key with its line ends as one sign each.
    const key = showControls(partner_key);
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  return names;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** A path that every system takes: plain signs, no name of a device, nothing that leads elsewhere, none too long. */
function isSafe(file: string): boolean {
  return file
    .split(path.sep)
    .every(
      (part) =>
        /^[\p{L}\p{N}\p{M}][\p{L}\p{N}\p{M}._-]*$/u.test(part) &&
        !part.includes("..") &&
        !part.endsWith(".") &&
        Buffer.byteLength(part) <= 255 &&
        !/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(part),
    );
}

function isFormula(cell: string): boolean {
  return /^[=+\-@＝＋－＠\t\r\n]/.test(cell) && !/^-?\d+(?:\.\d+)?$/.test(cell);
}

function brief(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** The cells of a CSV, read by the letter of RFC 4180. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r\n|$)/gy;
  const body = text.replace(/^\ufeff/, "");
  while (pattern.lastIndex < body.length) {
    const found = pattern.exec(body);
    if (found === null) throw new Error(`no CSV at ${brief(body.slice(pattern.lastIndex))}`);
    rows.at(-1)?.push(found[1] === undefined ? (found[2] ?? "") : found[1].replaceAll('""', '"'));
    if (found[3] === "\r\n") rows.push([]);
    else if (found[3] === "") break;
  }
  return rows.filter((row) => row.length > 0);
}

interface Looked {
  readonly heading: string;
  readonly key: string | null;
  readonly texts: readonly string[];
  readonly wrong: readonly string[];
}

// Code that runs in the page is written as text, since this is typed without a browser's types.
const look = `(() => {
  const said = (element) => element.textContent.replace(/\\s+/g, " ").trim();
  const wrong = [];
  const tags = "evil-element iframe object embed base portal math video audio img image animate set foreignobject frameset marquee plaintext xmp noscript canvas slot textarea template link[rel=stylesheet] meta[http-equiv]";
  for (const tag of tags.split(" ")) if (document.querySelector(tag) !== null) wrong.push("there is an element " + tag);
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (/^on|^evil|^srcdoc$|^ping$|^formaction$|^srcset$|^autofocus$|^action$|^popovertarget$/i.test(name)) wrong.push("there is an attribute " + name);
      if (/^(?:href|src|data|xlink:href)$/i.test(name) && !/^(?:#|data:image\\/svg\\+xml,|data:,$|(?:\\.\\.\\/)?[\\w.-]+(?:\\/[\\w.-]+)?(?:#.*)?$)/.test(value)) wrong.push("it leads to " + value.slice(0, 60));
    }
    if (element.tagName !== "SCRIPT" && element.tagName !== "STYLE" && element.tagName.includes("<")) wrong.push("a tag is called " + element.tagName);
  }
  if (document.querySelectorAll("h1, main").length > 2) wrong.push("it has several headings or mains");
  if ([...document.querySelectorAll("style")].some((style) => style.parentElement !== document.head) || document.querySelectorAll("style").length > 2) wrong.push("it has a style more");
  if (getComputedStyle(document.body).display === "none") wrong.push("it is hidden");
  const own = [...document.querySelectorAll("dl.facts-row > div")].find((pair) => said(pair).startsWith("Source id"));
  return {
    heading: said(document.querySelector("h1") ?? document.body),
    key: own === undefined ? null : own.querySelector("dd").textContent,
    texts: [...document.querySelectorAll("h1, dd, td, th")].map(said),
    hit: window.attributaryHit === undefined ? null : "it ran",
    wrong,
  };
})()`;

// Every choice of the filter bar, a few of each kind, then search for what the texts begin with.
const choose = `(async (most) => {
  let choices = 0;
  const rest = () => new Promise((done) => setTimeout(done, 0));
  for (const select of document.querySelectorAll("form.filters select")) {
    for (const option of [...select.options].slice(0, most)) {
      select.value = option.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      await rest();
      choices += 1;
    }
    select.value = "";
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
  for (const block of document.querySelectorAll(".table-block")) {
    for (const button of [...block.querySelectorAll("thead button")].slice(0, 3)) button.click();
  }
  const told = document.querySelector("dialog.search .search-said");
  if (told !== null) {
    // The search has something to say as soon as its index was read, and finds words from then on.
    const answered = new Promise((done) => new MutationObserver(done).observe(told, { childList: true }));
    document.querySelector("[data-search-open]").click();
    await answered;
  }
  const input = document.querySelector("dialog.search input");
  for (const word of ["<", "script", "=", "javascript", '"', "__proto__", "drop"]) {
    if (input === null) break;
    input.value = word;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await rest();
    choices += 1;
  }
  return choices;
})`;

const csvOf = `[...document.querySelectorAll(".table-block")].map((block) => window.attributary.toCsv(block))`;

/** A page that tells of everything a hostile text would do. */
interface Watched {
  readonly look: (file: string) => Promise<Looked>;
  /** Makes so many choices of each kind in the filter bar, sorts every table and searches. */
  readonly choose: (most: number) => Promise<{ readonly choices: number; readonly wrong: readonly string[] }>;
  readonly close: () => Promise<void>;
}

async function openWatched(browser: Browser): Promise<Watched> {
  const page: Page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const said: string[] = [];
  page.on("dialog", (dialog) => {
    said.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      said.push(`the console says ${brief(message.text())}`);
  });
  page.on("pageerror", (error) => void said.push(`an error: ${brief(error.message)}`));
  page.on("popup", () => void said.push("a window opened"));
  page.on("request", (request) => {
    if (!/^(?:file|data|blob):/.test(request.url())) said.push(`it asks for ${brief(request.url())}`);
  });
  const read = async (): Promise<Looked> => {
    const { hit, ...looked } = await page.evaluate<Looked & { readonly hit: string | null }>(look);
    const all = [...looked.wrong, ...(hit === null ? [] : [hit]), ...said.splice(0)];
    return { ...looked, wrong: [...new Set(all)] };
  };
  return {
    look: async (file) => {
      await page.goto(pathToFileURL(file).href);
      return read();
    },
    choose: async (most) => {
      const choices = await page.evaluate<number>(`${choose}(${most})`);
      const cells = (await page.evaluate<readonly string[]>(csvOf)).flatMap((csv) => parseCsv(csv).flat());
      const formulas = cells.filter(isFormula).map((cell) => `its CSV has the formula ${brief(cell)}`);
      return { choices, wrong: [...(await read()).wrong, ...formulas] };
    },
    close: () => page.close(),
  };
}
