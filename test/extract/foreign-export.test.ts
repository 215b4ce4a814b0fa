import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { entities } from "../../src/config/entities.ts";
import { parseConfig } from "../../src/config/load.ts";
import { prepareLog } from "../../src/extract/log.ts";
import { runExtraction } from "../../src/extract/run.ts";
import { buildWarehouse } from "../../src/models/build.ts";
import { companySettings, createCompany, type SourceName, sourceNames } from "../../src/sandbox/index.ts";
import { type Connection, openEngine } from "../../src/warehouse/database.ts";

// One company, once in canonical files and once as four systems export it: other names, words, dates, numbers, encodings
// and cuts. The configuration alone makes them the same.

type Row = Readonly<Record<string, string>>;
type Tables = Readonly<Record<string, readonly Row[]>>;

const now = new Date("2026-11-20T12:00:00Z");
const silent = new Writable({ write: (_chunk, _encoding, done) => done() });

const columnsOf = (entity: string) => entities.find((known) => known.name === entity)?.columns ?? [];

/** How one system writes what it exports. */
interface Style {
  readonly date: (year: string, month: string, day: string) => string;
  readonly time: (wall: Row) => string;
  /** Zone of its times, which it does not write down. */
  readonly zone: string;
  /** A number of 1234.56 from its whole digits and its decimals. */
  readonly number: (whole: string, decimals: string) => string;
}

const grouped = (digits: string, sign: string): string => digits.replaceAll(/\B(?=(\d{3})+$)/g, sign);
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const german: Style = {
  date: (year, month, day) => `${day}.${month}.${year}`,
  time: (at) => `${at.day}.${at.month}.${at.year} ${at.hour}:${at.minute}${at.second === "00" ? "" : `:${at.second}`}`,
  zone: "Europe/Berlin",
  number: (whole, decimals) => `${grouped(whole, ".")}${decimals === "" ? "" : `,${decimals}`}`,
};

const american: Style = {
  date: (year, month, day) => `${Number(month)}/${Number(day)}/${year}`,
  time: (at) => {
    const hour = Number(at.hour);
    return `${Number(at.month)}/${Number(at.day)}/${at.year} ${hour % 12 === 0 ? 12 : hour % 12}:${at.minute}:${at.second} ${hour < 12 ? "AM" : "PM"}`;
  },
  zone: "America/New_York",
  number: (whole, decimals) => `$${grouped(whole, ",")}${decimals === "" ? "" : `.${decimals}`}`,
};

const swiss: Style = {
  date: (year, month, day) => `${day}-${months[Number(month) - 1]}-${year}`,
  time: (at) => `${at.day}-${months[Number(at.month) - 1]}-${at.year}, ${at.hour}:${at.minute}:${at.second}`,
  zone: "UTC",
  number: (whole, decimals) => `${grouped(whole, "’")}${decimals === "" ? "" : `.${decimals}`}`,
};

const french: Style = {
  date: (year, month, day) => `${day}/${month}/${year}`,
  time: (at) => `${at.day}/${at.month}/${at.year} ${at.hour}:${at.minute}:${at.second}`,
  zone: "Europe/Paris",
  number: (whole, decimals) => `${grouped(whole, "\u00a0")}${decimals === "" ? "" : `,${decimals}`} €`,
};

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The wall clock of a zone; to make one takes longer than to ask it. */
function clockIn(zone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(zone) ?? new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  clocks.set(zone, clock);
  return clock;
}

/** A canonical cell as a system writes it. */
function cellIn(style: Style, kind: string, text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  // What a system cannot read it exports as it is, and so are days in a column of times.
  if (text === "" || (kind === "date" && !isDay) || (kind === "moment" && Number.isNaN(Date.parse(text)))) return text;
  const [year = "", month = "", day = ""] = text.slice(0, 10).split("-");
  switch (kind) {
    case "date":
      return style.date(year, month, day);
    case "moment": {
      const parts = clockIn(style.zone).formatToParts(new Date(text));
      return style.time(Object.fromEntries(parts.map((part) => [part.type, part.value])));
    }
    case "ratio":
      return `${style.number(...halves(String(Math.round(Number(text) * 1000) / 10))).replace(/[$€\u00a0]| $/g, "")} %`;
    case "number":
    case "percent": {
      const number = style.number(...halves(text.replace("-", "")));
      return text.startsWith("-") ? `-${number}` : number;
    }
    default:
      return text;
  }
}

function halves(number: string): [string, string] {
  const [whole = "", decimals = ""] = number.split(".");
  return [whole, decimals];
}

/** The rows of an entity as a system writes them, under our names still. */
const written = (style: Style, entity: string, rows: readonly Row[]): Row[] =>
  rows.map((row) =>
    Object.fromEntries(columnsOf(entity).map(({ name, kind }) => [name, cellIn(style, kind, row[name] ?? "")])),
  );

/** The text of a CSV file; `headings` gives the columns it has, under its own names. */
function csv(headings: Readonly<Record<string, string>>, rows: readonly Row[], delimiter: string): string {
  const quoted = (text: string): string =>
    /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = [Object.values(headings), ...rows.map((row) => Object.keys(headings).map((name) => row[name] ?? ""))];
  return lines.map((cells) => cells.map(quoted).join(delimiter)).join("\r\n");
}

/** What a system left in a folder, and what the configuration says about it. */
interface Export {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Our names as they are, for the entities that a system exports under them. */
const plain = (style: Style, tables: Tables, encode: (text: string) => string | Uint8Array, delimiter: string) =>
  Object.fromEntries(
    Object.entries(tables).map(([entity, rows]) => {
      const headings = Object.fromEntries(columnsOf(entity).map(({ name }) => [name, name]));
      return [`${entity}.csv`, encode(csv(headings, written(style, entity, rows), delimiter))];
    }),
  );

const latin = (text: string): Uint8Array => {
  // The euro sign and the apostrophe stand elsewhere in Windows' own code page than in Latin-1.
  return Buffer.from(text.replaceAll("€", "\u0080").replaceAll("’", "\u0092"), "latin1");
};
const utf16 = (text: string): Uint8Array => Buffer.from(`\uFEFF${text}`, "utf16le");

const statusWords = {
  submitted: "Eingereicht",
  approved: "Genehmigt",
  rejected: "Abgelehnt",
  withdrawn: "Zurückgezogen",
};
const turned = (words: Row): Row => Object.fromEntries(Object.entries(words).map(([ours, theirs]) => [theirs, ours]));

/** A partner portal in Germany: one export with a line for each registration, its partner repeated on it. */
function portal(tables: Tables): Export {
  const { partners = [], registrations = [], payouts = [], ...rest } = tables;
  const partnerHeadings: Row = {
    id: "Partner-Nr.",
    name: "Partnername",
    type: "Partnerart",
    tier: "Stufe",
    region: "Region",
    manager: "Betreuer",
    status: "Partnerstatus",
    agreed_on: "Vertrag vom",
    ended_on: "Vertragsende",
    domain: "Webseite",
    same_as: "Andere Schlüssel",
  };
  const registrationHeadings: Row = {
    id: "Vorgang",
    deal_id: "Opportunity",
    account_id: "Kunde",
    submitted_at: "Eingereicht am",
    decided_at: "Entschieden am",
    status: "Status",
    protection_ends_on: "Schutz bis",
    approver: "Entscheider",
    amount: "Volumen (netto)",
    currency: "Währung",
  };
  const prefixed = (mark: string, row: Row | undefined): Row =>
    Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [`${mark}.${name}`, value]));
  const theirPartners = new Map(written(german, "partners", partners).map((row) => [row.id, row]));
  const theirRegistrations: Row[] = written(german, "registrations", registrations).map((row) => ({
    ...row,
    status: statusWords[row.status as keyof typeof statusWords] ?? row.status ?? "",
    amount: row.amount === "" ? "" : `${row.amount} €`,
  }));
  const silentOnes = partners.filter((partner) => registrations.every((row) => row.partner_id !== partner.id));
  const lines = [
    ...theirRegistrations.map((row) => ({
      ...prefixed("r", row),
      ...prefixed("p", theirPartners.get(row.partner_id ?? "")),
    })),
    ...silentOnes.map((partner) => prefixed("p", theirPartners.get(partner.id))),
  ];
  const headings = { ...prefixed("r", registrationHeadings), ...prefixed("p", partnerHeadings) };
  // A line for a partner without registrations ends early in such exports, and the portal closes the file with its own note.
  const report = csv({ ...headings, note: "Bemerkung" }, lines, ";");
  // Every payout is in dollars, so the export has no column that says so.
  const { currency, ...payoutHeadings } = Object.fromEntries(columnsOf("payouts").map(({ name }) => [name, name]));
  expect([currency, new Set(payouts.map((row) => row.currency))]).toEqual(["currency", new Set(["USD"])]);
  return {
    files: {
      ...plain(german, rest, latin, ";"),
      "Deal-Registrierungen 2026-11-20.csv": latin(report),
      "payouts.csv": latin(csv(payoutHeadings, written(german, "payouts", payouts), ";")),
    },
    source: {
      encoding: "windows-1252",
      files: { partners: "deal-reg*.csv", registrations: ["Deal-Reg*.csv"] },
      columns: {
        partners: partnerHeadings,
        registrations: { ...registrationHeadings, partner_id: "Partner-Nr." },
        payouts: { currency: { value: "USD" } },
      },
      values: { registrations: { status: turned({ ...statusWords, submitted: " EINGEREICHT " }) } },
      formats: { date: "DD.MM.YYYY", datetime: "DD.MM.YYYY HH:mm[:ss]", number: "1.234,56", timezone: "Europe/Berlin" },
    },
  };
}

/** A CRM in America that cuts its deals into two files, some of them in both. */
function crm(tables: Tables): Export {
  const { deals = [], deal_stages = [], ...rest } = tables;
  const headings: Row = {
    ...Object.fromEntries(columnsOf("deals").map(({ name }) => [name, name])),
    id: "Record ID",
    amount: "Amount, booked",
    closed_on: "Close Date",
    state: "Won?",
  };
  const states: Row = { won: "Closed - Yes", lost: "Closed - No", open: "Not yet" };
  const theirs = written(american, "deals", deals).map((row) => ({ ...row, state: states[row.state ?? ""] ?? "" }));
  const half = Math.floor(theirs.length / 2);
  const stageHeadings: Row = { deal_id: "deal_id", stage: "stage", entered_at: "entered_at" };
  const entries = written(american, "deal_stages", deal_stages);
  return {
    files: {
      ...plain(american, rest, utf16, "\t"),
      "deals-emea.tsv": utf16(csv(headings, theirs.slice(0, half + 5), "\t")),
      "deals-amer.tsv": utf16(csv(headings, theirs.slice(half), "\t")),
      "stages 1.csv": utf16(csv(stageHeadings, entries.slice(0, 40), "\t")),
      "stages 2.csv": utf16(csv(stageHeadings, entries.slice(40), "\t")),
    },
    source: {
      files: { deals: ["deals-*.tsv"], deal_stages: "stages ?.csv" },
      columns: { deals: { id: "Record ID", amount: "Amount, booked", closed_on: "Close Date", state: "Won?" } },
      values: { deals: { state: turned(states) } },
      formats: {
        date: "MM/DD/YYYY",
        datetime: "MM/DD/YYYY hh:mm:ss AM",
        number: "1,234.56",
        timezone: "America/New_York",
      },
    },
  };
}

const exporters: Readonly<Record<SourceName, (tables: Tables) => Export>> = {
  drop: portal,
  hubspot: crm,
  salesforce: (tables) => ({
    files: plain(swiss, tables, (text) => text, "|"),
    source: {
      formats: { date: "DD-MMM-YYYY", datetime: "DD-MMM-YYYY, HH:mm:ss", number: "1'234.56", timezone: "UTC" },
    },
  }),
  stripe: (tables) => ({
    files: plain(french, tables, (text) => text, ","),
    source: {
      // The source writes dates the American way, but for its own entities, and one column yet another way.
      formats: {
        date: "MM/DD/YYYY",
        number: "1234.56",
        entities: Object.fromEntries(
          Object.keys(tables).map((entity) => [
            entity,
            { date: "DD/MM/YYYY", datetime: "DD/MM/YYYY HH:mm:ss", number: "1 234,56", timezone: "Europe/Paris" },
          ]),
        ),
      },
    },
  }),
};

let folder: string;
let foreign: Connection;
let canonical: Connection;
const closing: (() => void)[] = [];

async function buildFrom(sources: readonly object[]): Promise<Connection> {
  const config = parseConfig(stringify({ ...companySettings(), sources }), "attributary.yaml", {});
  const database = await openEngine();
  for (const part of ["raw", "input", "warehouse"]) await database.attach(":memory:", part);
  const connection = await database.connect();
  closing.push(() => {
    connection.close();
    database.close();
  });
  await connection.run("use warehouse");
  await prepareLog(connection);
  const effects = { now: () => now, env: {}, cwd: folder, stdout: silent, stderr: silent, isTerminal: false };
  await runExtraction({ connection, database, config, folder, runId: "first", startedAt: now, full: false, effects });
  const result = await buildWarehouse({ connection, config, asOf: { date: "2026-11-20", isExplicit: false } });
  expect(result.stopping).toEqual([]);
  return connection;
}

async function writeAll(place: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(path.join(folder, place), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, place, name), content);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-foreign-"));
  const company = createCompany({ seed: 11, now, size: 80 });
  const sources = { canonical: [] as object[], foreign: [] as object[] };
  for (const name of sourceNames) {
    // None of the four systems writes parts of a second.
    const tables: Tables = Object.fromEntries(
      Object.entries(company.rows[name])
        .filter(([, rows]) => rows.length > 0)
        .map(([entity, rows]) => [
          entity,
          rows.map((row) =>
            Object.fromEntries(Object.entries(row).map(([key, text]) => [key, text.replace(/\.\d{3}Z$/, "Z")])),
          ),
        ]),
    );
    const headings = (entity: string): Row => Object.fromEntries(columnsOf(entity).map(({ name }) => [name, name]));
    await writeAll(
      `canonical/${name}`,
      Object.fromEntries(
        Object.entries(tables).map(([entity, rows]) => [`${entity}.csv`, csv(headings(entity), rows, ",")]),
      ),
    );
    sources.canonical.push({ name, kind: "files", path: `canonical/${name}` });
    const exported = exporters[name](tables);
    await writeAll(`foreign/${name}`, exported.files);
    sources.foreign.push({ name, kind: "files", path: `foreign/${name}`, ...exported.source });
  }
  canonical = await buildFrom(sources.canonical);
  foreign = await buildFrom(sources.foreign);
}, 300_000);

afterAll(async () => {
  for (const close of closing) close();
  await rm(folder, { recursive: true, force: true });
});

const rowsOf = async (connection: Connection, select: string): Promise<string[]> =>
  (await connection.rows(`${select} order by all`)).map((row) => JSON.stringify(row));

// The same row is left out for the same cell; it stands elsewhere, and what it should look like is another format.
const selects: Readonly<Record<string, string>> = {
  "staging.quarantine":
    "select check_id, source, entity, entity_key, column_name, value, amount_minor from staging.quarantine",
  // A rate has no id of its own but its date as it is written.
  "staging.record_place": "select entity, record_key from staging.record_place where entity <> 'fx_rates'",
  "staging.stg_fx_rates": "select * exclude (record_key) from staging.stg_fx_rates",
  "staging.finding": "select * from staging.finding where check_id <> 'unknown_column'",
};

describe("loaded by configuration alone, a foreign layout gives what the canonical files give, row for row", () => {
  test("every staged and published table", async () => {
    const tables = await canonical.rows<{ name: string }>(
      `select table_schema || '.' || table_name as name from information_schema.tables
      where table_catalog = 'warehouse' and table_schema in ('staging', 'marts', 'metrics') order by 1`,
    );
    expect(tables.length).toBeGreaterThan(40);
    const rows = new Map<string, number>();
    for (const { name } of tables) {
      const found = await rowsOf(foreign, selects[name] ?? `select * from ${name}`);
      const expected = await rowsOf(canonical, selects[name] ?? `select * from ${name}`);
      const known = new Set(expected);
      // Not one comparison of everything: of tens of thousands of rows the first strays say enough.
      expect([name, found.filter((row) => !known.has(row)).slice(0, 3)]).toEqual([name, []]);
      expect([name, found.length]).toEqual([name, expected.length]);
      rows.set(name, found.length);
    }
    for (const name of ["marts.fct_deal", "marts.fct_registration", "marts.fct_cash", "metrics.value"]) {
      expect([name, (rows.get(name) ?? 0) > 0]).toEqual([name, true]);
    }
  });

  test("what each column was taken for is published with its format", async () => {
    expect(
      await foreign.rows(
        `select entity, state, column_name, found_as, value, format from quality.file_column
        where source = 'drop' and coalesce(column_name, found_as) in ('submitted_at', 'currency', 'parent_id', 'Bemerkung')
            and entity in ('partners', 'registrations', 'payouts') order by all`,
      ),
    ).toEqual([
      { entity: "partners", state: "ignored", column_name: null, found_as: "Bemerkung", value: null, format: null },
      { entity: "partners", state: "missing", column_name: "parent_id", found_as: null, value: null, format: null },
      { entity: "payouts", state: "mapped", column_name: "currency", found_as: null, value: "USD", format: null },
      {
        entity: "registrations",
        state: "ignored",
        column_name: null,
        found_as: "Bemerkung",
        value: null,
        format: null,
      },
      {
        entity: "registrations",
        state: "mapped",
        column_name: "currency",
        found_as: "Währung",
        value: null,
        format: null,
      },
      {
        entity: "registrations",
        state: "mapped",
        column_name: "submitted_at",
        found_as: "Eingereicht am",
        value: null,
        format: "DD.MM.YYYY HH:mm[:ss] or DD.MM.YYYY",
      },
    ]);
  });

  test("of the columns nobody asked for, those that no entity of the file uses are listed, once", async () => {
    expect(
      await foreign.rows("select entity_key, message, fix from quality.issue where check_id = 'unknown_column'"),
    ).toEqual([
      {
        entity_key: "drop:Bemerkung",
        message:
          'the column "Bemerkung" of Deal-Registrierungen 2026-11-20.csv is not one of partners or registrations; it is ignored',
        fix: "give it a place with `columns:` in the config, or leave it",
      },
    ]);
  });
});
