import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { tableFromIPC } from "apache-arrow";
import { readXlsx } from "hucre/xlsx";
import { type ExportOptions, exportPacks } from "../../src/reports/export.ts";
import { readPacks } from "../../src/reports/packs/rows.ts";
import { randomFor } from "../../src/sandbox/random.ts";
import { type Connection, type Database, openEngine } from "../../src/warehouse/database.ts";
import { type FixtureRows, writeFixture } from "../support/fixture-warehouse.ts";

/** What a campaign found: packs that were read, leaks that got out, planted leaks that were stopped or were not. */
export interface Found {
  readonly packs: number;
  readonly planted: number;
  /** In words; empty when all is well. */
  readonly wrong: readonly string[];
}

interface Partner {
  readonly key: string;
  readonly name: string;
  readonly domain: string;
}

interface Deal {
  readonly key: string;
  /** A word that stands in nothing but this deal's account. */
  readonly mark: string;
  readonly account: string;
  readonly isOpen: boolean;
  readonly closedOn: string | null;
  readonly amount: number;
  readonly source: Partner;
  readonly helpers: readonly Partner[];
}

interface Company {
  readonly partners: readonly Partner[];
  readonly deals: readonly Deal[];
}

// Names that are equal, hold one another, are words of the pack itself, or are written in other scripts and signs.
const names = [
  "Apex",
  "Apex Europe",
  "Apex Europe North",
  "Europe",
  "North",
  "Nord Wind",
  "Nordwind",
  "Deal",
  "Won",
  "Deal Won",
  "Partner",
  "Gold",
  "A",
  "USD",
  "1848",
  "Müller & Söhne",
  "株式会社アクメ",
  "アクメ",
  "O'Neil = Co",
  "-Dash Consulting",
  "Kestrel <b>Cloud</b>",
  "Brücke\u200b Beratung",
];
// These stand in every pack, whoever is called so.
const ownWords = ["deal", "won", "deal won", "partner", "gold", "a", "usd", "1848", "europe", "north"];

const period = { startsOn: "2026-04-01", endsOn: "2026-06-30" };
const secrets = ["Dana Whitfield", "Robin Ferris", "Offer them", "0.4242"];

function companyOf(seed: number): Company {
  const { int, pick, chance } = randomFor("leaks", seed);
  const partners = Array.from({ length: int(2, 5) }, (_, at): Partner => {
    const name = pick(names);
    // Some have the number of a deal, in the same system.
    const key = chance(0.3) ? `hubspot:${700_000 + at}` : `${pick(["hubspot", "drop"])}:p-${seed}-${at}`;
    return { key, name, domain: `${seed}-${at}.example` };
  });
  const deals = Array.from({ length: int(3, 12) }, (_, at): Deal => {
    const mark = `zq${seed}x${at}`;
    const source = pick(partners);
    const isOpen = chance(0.3);
    return {
      key: `${pick(["hubspot:", "drop:deal-"])}${700_000 + at}`,
      mark,
      account: `${pick(["Hotel", "Mill", "=Bakery", "Clinic"])} ${mark}`,
      isOpen,
      closedOn: isOpen ? null : pick(["2026-03-31", "2026-04-01", "2026-05-15", "2026-06-30", "2026-07-02"]),
      amount: 1_000_000 + seed * 1000 + at * 37,
      source,
      helpers: partners.filter((partner) => partner !== source && chance(0.4)),
    };
  });
  return { partners, deals };
}

function rowsOf({ partners, deals }: Company): FixtureRows {
  return {
    "marts.dim_partner": partners.map(({ key, name, domain }) => ({
      partner_key: key,
      name,
      domain,
      tier: "Gold",
      manager: "Robin Ferris",
    })),
    "marts.fct_deal": deals.map((deal, at) => ({
      deal_key: deal.key,
      account_name: deal.account,
      state: deal.isOpen ? "open" : "won",
      stage: deal.isOpen ? "Proposal" : at % 2 === 0 ? "Won" : "Closed Won",
      created_on: "2026-03-01",
      closed_on: deal.closedOn,
      amount_reporting_minor: deal.amount,
      owner: "Dana Whitfield",
      next_step: "Offer them 20%",
      probability: "0.4242",
    })),
    "marts.fct_deal_partner": deals.flatMap((deal) =>
      [deal.source, ...deal.helpers].map((partner) => ({
        deal_key: deal.key,
        partner_key: partner.key,
        is_source: partner === deal.source,
        is_influence: partner !== deal.source,
        touches: 1,
      })),
    ),
    "marts.fct_commission": deals.flatMap((deal) =>
      deal.closedOn === null
        ? []
        : [
            {
              entry_key: `earned|${deal.key}`,
              partner_key: deal.source.key,
              deal_key: deal.key,
              kind: "earned",
              amount_minor: deal.amount / 10,
              rate: "10",
              entry_on: deal.closedOn,
              payable_on: deal.closedOn,
            },
          ].map((line) => ({ ...line, amount_minor: Math.round(line.amount_minor) })),
    ),
  };
}

const tables = ["marts.dim_partner", "marts.fct_deal", "marts.fct_deal_partner", "marts.fct_commission"];

/** Companies one after another in one engine, so that a hundred of them take no longer than they must. */
export async function openCampaign(folder: string): Promise<{
  readonly run: (seed: number) => Promise<Found>;
  readonly close: () => void;
}> {
  const file = path.join(folder, "empty.duckdb");
  await writeFixture(file, {});
  const engine = await openEngine();
  await engine.attach(file, "empty", { readOnly: true });
  const connection = await engine.connect();
  await connection.run("copy from database empty to memory");
  await engine.detach("empty");
  const columns = new Map<string, readonly string[]>();
  for (const table of tables) {
    columns.set(
      table,
      (await connection.columns(`select * from ${table}`)).map((column) => column.name),
    );
  }
  const fill = async (rows: FixtureRows): Promise<void> => {
    for (const table of tables) {
      await connection.run(`delete from ${table}`);
      const [schema = "", name = ""] = table.split(".");
      const lines = (rows[table] ?? []).map((row) => (columns.get(table) ?? []).map((column) => row[column] ?? null));
      await connection.append({ catalog: "memory", schema, table: name }, lines);
    }
  };
  return {
    run: (seed) => runCompany(seed, path.join(folder, String(seed)), { engine, connection, fill }),
    close: () => {
      connection.close();
      engine.close();
    },
  };
}

interface Place {
  readonly engine: Database;
  readonly connection: Connection;
  readonly fill: (rows: FixtureRows) => Promise<void>;
}

const formats = ["html", "csv", "xlsx", "parquet", "arrow"];

async function runCompany(seed: number, folder: string, place: Place): Promise<Found> {
  const company = companyOf(seed);
  const wrong: string[] = [];
  const run = (over: Partial<ExportOptions> = {}): ReturnType<typeof exportPacks> =>
    exportPacks({ database: place.engine, formats, exports: folder, period: "2026-Q2", ...over });
  await place.fill(rowsOf(company));
  const written = await run().catch((error: unknown) => {
    wrong.push(`company ${seed}: nothing was written: ${String(error)}`);
    return undefined;
  });
  if (written !== undefined) {
    for (const partner of company.partners) {
      const files = written.files.filter((file) => file.includes(folderEnd(partner)));
      const text = await textOf(place.connection, written.folder, files);
      wrong.push(...wrongInPack(company, partner, text).map((words) => `company ${seed}, ${partner.key}: ${words}`));
    }
  }
  let planted = 0;
  for (const [kind, plant] of plants(company, seed)) {
    await rm(folder, { recursive: true, force: true });
    await place.fill(rowsOf(plant.company));
    const said = await run(plant.over).then(
      () => "it was written",
      (error: unknown) => (Object(error).exitCode === 4 ? "" : String(error)),
    );
    planted += 1;
    if (said !== "") wrong.push(`company ${seed}, planted ${kind}: ${said}`);
    if ((await readdir(folder).catch(() => [])).length > 0)
      wrong.push(`company ${seed}, planted ${kind}: files are left`);
  }
  await rm(folder, { recursive: true, force: true });
  return { packs: company.partners.length, planted, wrong };
}

const folderEnd = (partner: Partner): string => `--${partner.key.replace(":", "--")}${path.sep}`;

/** Everything a reader finds in the files of a pack, by other readers than those of the export. */
async function textOf(connection: Connection, folder: string, files: readonly string[]): Promise<string> {
  const texts: string[] = [...files];
  for (const file of files) {
    const where = path.join(folder, file);
    const bytes = await readFile(where);
    if (/\.(html|csv)$/.test(file)) texts.push(bytes.toString("utf8"));
    else if (file.endsWith(".xlsx")) {
      const workbook = await readXlsx(bytes);
      texts.push(JSON.stringify(workbook.properties ?? {}));
      for (const sheet of workbook.sheets) texts.push(sheet.name, ...sheet.rows.flat().map(String));
    } else if (file.endsWith(".parquet")) {
      const rows = await connection.rows<Record<string, unknown>>("select * from read_parquet($1)", [where]);
      texts.push(...rows.flatMap((row) => Object.values(row).map(String)), bytes.toString("utf8"));
    } else {
      const table = tableFromIPC(bytes);
      for (const field of table.schema.fields) {
        texts.push(field.name, ...Array.from(table.getChild(field.name) ?? [], String));
      }
    }
  }
  return texts.join("\n").replaceAll(/<style>[\s\S]*?<\/style>/g, "");
}

function wrongInPack({ partners, deals }: Company, partner: Partner, text: string): readonly string[] {
  const wrong = secrets.filter((secret) => text.includes(secret)).map((secret) => `"${secret}" got out`);
  for (const deal of deals) {
    const isOwn = deal.source === partner || deal.helpers.includes(partner);
    const isShown = isOwn && (deal.closedOn ?? period.startsOn) >= period.startsOn;
    if (new RegExp(`${deal.mark}(?!\\d)`).test(text) !== isShown)
      wrong.push(`${deal.account} is ${isShown ? "missing" : "shown"}`);
    const amount = (deal.amount / 100).toFixed(2);
    const isAmountShown =
      text.includes(amount) || text.includes(Number(amount).toLocaleString("en-US", { minimumFractionDigits: 2 }));
    const couldBe =
      deal.source === partner || deals.some((other) => other.source === partner && other.amount === deal.amount);
    if (isAmountShown && !couldBe) wrong.push(`the amount of ${deal.account} is shown to who helped`);
  }
  const own = text.replaceAll(partner.name, "").toLowerCase();
  for (const other of partners) {
    const name = other.name.toLowerCase();
    if (other === partner || ownWords.includes(name) || partner.name.toLowerCase().includes(name)) continue;
    if (own.includes(name) || own.includes(`@${other.domain}`)) wrong.push(`${other.name} is named`);
  }
  for (const other of partners) {
    if (other !== partner && text.includes(other.domain)) wrong.push(`the domain of ${other.name} is shown`);
  }
  return wrong;
}

interface Plant {
  readonly company: Company;
  readonly over: Partial<ExportOptions>;
}

/** One leak of each kind, where the company has what it takes. */
function plants(company: Company, seed: number): ReadonlyMap<string, Plant> {
  const { pick } = randomFor("plants", seed);
  const found = new Map<string, Plant>();
  const { partners, deals } = company;
  const words = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
  const named = deals.flatMap((deal) => {
    if ((deal.closedOn ?? period.startsOn) < period.startsOn) return [];
    const readers = [deal.source, ...deal.helpers];
    return partners
      .filter((other) => readers.some((reader) => !words(reader.name).includes(words(other.name))))
      .map((other) => ({ deal, other }));
  });
  if (named.length > 0) {
    const { deal, other } = pick(named);
    const account = `${deal.account} via ${other.name}`;
    found.set(`the name ${other.name} in an account`, {
      company: { partners, deals: deals.map((one) => (one === deal ? { ...deal, account } : one)) },
      over: {},
    });
  }
  const first = pick(partners);
  const strange = deals.filter(
    (deal) =>
      deal.source !== first && !deal.helpers.includes(first) && (deal.closedOn ?? period.startsOn) >= period.startsOn,
  );
  if (strange.length > 0) {
    found.set("a query without its filter", {
      company,
      over: {
        read: async (db, settings, keys, span) => {
          const packs = await readPacks(db, settings, keys, span);
          const all = [...packs.values()].flatMap(
            (pack) => pack.tables.find((table) => table.name === "deals")?.rows ?? [],
          );
          return new Map(
            [...packs].map(([key, pack]) => [
              key,
              {
                ...pack,
                tables: pack.tables.map((table) => (table.name === "deals" ? { ...table, rows: all } : table)),
              },
            ]),
          );
        },
      },
    });
  }
  found.set("a column more", {
    company,
    over: {
      read: async (db, settings, keys, span) => {
        const packs = await readPacks(db, settings, keys, span);
        return new Map(
          [...packs].map(([key, pack]) => [
            key,
            {
              ...pack,
              tables: pack.tables.map((table) => ({
                ...table,
                columns: [...table.columns, "owner"],
                rows: table.rows.map((row) => [...row, "Dana Whitfield"]),
              })),
            },
          ]),
        );
      },
    },
  });
  return found;
}
