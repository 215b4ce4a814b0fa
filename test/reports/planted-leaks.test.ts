import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Table, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { writeXlsx } from "hucre/xlsx";
import { describe, expect, test } from "vitest";
import { readArrow, sameRows } from "../../src/reports/packs/columnar.ts";
import { type Control, wrongIn } from "../../src/reports/packs/controls.ts";
import { excusesOf, findLeaks, findStrays, indexStrangers } from "../../src/reports/packs/leak.ts";
import { textOfPdf } from "../../src/reports/packs/printed.ts";
import { allowedColumns, definitions, type PackTable } from "../../src/reports/packs/tables.ts";
import { differingTexts } from "../../src/reports/packs/workbook.ts";
import { openEngine } from "../../src/warehouse/database.ts";

const kestrel = { key: "hubspot:2", name: "Kestrel Cloud", domain: null };
const juniper = { key: "hubspot:1", name: "Juniper Advisory", domain: "juniper.example" };
const acme = { key: "drop:P-9", name: "株式会社アクメ", domain: null };
const bridge = { key: "drop:P-10", name: "Brücke Höhn", domain: null };
const index = indexStrangers([kestrel, juniper, acme, bridge], ["Dana Whitfield", "Sales"]);
const excuses = excusesOf({ partner: kestrel, keys: ["hubspot:102"], accounts: ["Blue Mill"] });
const leaks = (text: string, blank = ""): readonly string[] =>
  findLeaks(text, blank, index, excuses).map((leak) => `${leak.what}: ${leak.words}`);
const strays = (text: string, known = "", shortest = 5): readonly string[] =>
  findStrays(text, known, index, excuses, shortest).map((leak) => `${leak.what}: ${leak.words}`);

const money = (number: string) => ({ number });
/** The statement of a partner that had 50.00, earned 12.34 on its deal 102 and was paid 50.00. */
const tables = (
  over: { readonly deal?: string; readonly closing?: string; readonly earned?: string } = {},
): PackTable[] => [
  {
    name: "summary",
    title: "",
    about: "",
    columns: ["figure", "amount", "currency"],
    rows: [
      ["Opening balance", money("50.00"), "USD"],
      ["Closing balance", money(over.closing ?? "12.34"), "USD"],
    ],
  },
  {
    name: "commissions",
    title: "",
    about: "",
    columns: allowedColumns.commissions ?? [],
    rows: [
      [
        "2026-06-01",
        "2026-07-01",
        "earned",
        over.deal ?? "hubspot:102",
        "Blue Mill",
        null,
        money(over.earned ?? "12.34"),
        "USD",
      ],
      ["2026-06-02", "2026-06-02", "paid", null, null, null, money("-50.00"), "USD"],
    ],
  },
];
const control: Control = { keys: new Set(["hubspot:102"]), lines: 2, closingMinor: 1234n };

describe("a leak that someone plants is caught", () => {
  test("as a row of another partner's deal, from a query without its filter", () => {
    expect(wrongIn(tables(), control)).toEqual([]);
    expect(wrongIn(tables({ deal: "hubspot:101" }), control)).toEqual([
      "the table commissions has the hubspot:101, which is not this partner's",
    ]);
  });

  test("as a statement that is a cent off, lacks a line or has one too many", () => {
    const off = "the statement does not add up to the ledger";
    expect(wrongIn(tables({ closing: "12.35" }), control)).toEqual([off]);
    expect(wrongIn(tables({ earned: "12.33" }), control)).toEqual([off]);
    expect(wrongIn(tables(), { ...control, lines: 3 })).toEqual(["the statement has 2 lines and the ledger 3"]);
  });

  test.each(["owner", "next_step", "probability", "margin_percent", "partner_share", "deal_rank", "contact_email"])(
    "as a column %s, which no list may allow",
    (column) => {
      const wider = tables().map((table) =>
        table.name === "summary"
          ? { ...table, columns: [...table.columns, column], rows: table.rows.map((row) => [...row, "x"]) }
          : table,
      );
      const allowed = { ...allowedColumns, summary: [...(allowedColumns.summary ?? []), column] };
      expect(wrongIn(wider, control, allowed)).toEqual([
        `the table summary has the column ${column}, which no partner may see`,
      ]);
    },
  );

  test("as the owner's name in a column with a harmless name", () => {
    expect(leaks("deal,remark\r\nhubspot:102,ask Dana WHITFIELD", "deal,remark\r\nhubspot:102,x")).toEqual([
      "person: dana whitfield",
    ]);
    expect(leaks("Sales Hotel of Dana")).toEqual([]);
  });

  test("as a name written in one word, without accents, with signs that nobody sees, or inside a sentence without spaces", () => {
    expect(leaks("won through Brucke Hohn")).toEqual(["name: brucke hohn"]);
    expect(leaks("won through JuniperAdvisory")).toEqual(["name: juniperadvisory"]);
    expect(leaks("won through Juni\u200bper Ad\u2060visory")).toEqual(["name: juniper advisory"]);
    expect(leaks("先月株式会社アクメ様より")).toEqual([`name: ${[..."株式会社アクメ"].join(" ")}`]);
  });

  test("as a name in the properties of a workbook, in a sheet's name or hidden in its codes", async () => {
    const sheets = [{ name: "deals", rows: [["hubspot:102"]] }];
    const blank = await writeXlsx({ sheets, properties: { modified: new Date(0) } });
    const inWorkbook = async (options: Parameters<typeof writeXlsx>[0]): Promise<readonly string[]> =>
      differingTexts(await writeXlsx(options), blank).flatMap((one) => leaks(one.text, one.blank));
    expect(await inWorkbook({ sheets, properties: { modified: new Date(0) } })).toEqual([]);
    for (const property of ["title", "creator", "company", "description"]) {
      const properties = { modified: new Date(0), [property]: "for Juniper Advisory" };
      expect(await inWorkbook({ sheets, properties })).toEqual(["name: juniper advisory"]);
    }
    const renamed = [{ name: "Juniper Advisory", rows: [["hubspot:102"]] }];
    expect(await inWorkbook({ sheets: renamed, properties: { modified: new Date(0) } })).toEqual([
      "name: juniper advisory",
    ]);
    const coded = [{ name: "deals", rows: [["_x004A_uniper Advisory"]] }];
    expect(await inWorkbook({ sheets: coded, properties: { modified: new Date(0) } })).toEqual([
      "name: juniper advisory",
    ]);
  });

  test("as a row or a word of metadata in Parquet and Arrow", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "attributary-planted-"));
    const file = path.join(folder, "deals.parquet");
    const engine = await openEngine();
    const connection = await engine.connect();
    await connection.run(
      "copy (select 'hubspot:102' as deal) to $1 (format parquet, compression uncompressed, kv_metadata {made_for: 'Juniper Advisory'})",
      [file],
    );
    connection.close();
    engine.close();
    const bytes = (await readFile(file)).toString("utf8");
    await rm(folder, { recursive: true });
    expect(strays(bytes, "hubspot:102")).toEqual(["name: juniper advisory"]);
    expect(strays(bytes, "hubspot:102 made for Juniper Advisory")).toEqual([]);

    const table = new Table({ deal: vectorFromArray(["hubspot:102"], new Utf8()) });
    table.schema.metadata.set("made for", "Juniper Advisory");
    const arrow = readArrow(tableToIPC(table, "stream"));
    expect(strays(arrow.metadata)).toEqual(["name: juniper advisory"]);
    expect(sameRows(arrow.rows, [["hubspot:102"]])).toBe(true);
    expect(sameRows(arrow.rows, [["hubspot:101"]])).toBe(false);
    expect(sameRows(arrow.rows, [])).toBe(false);
  });

  test("as the title, a link or a string of a PDF, and as text on its sheets", () => {
    const title = [..."Juniper Advisory"].map((sign) => (sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0"));
    const pdf = (info: string): Uint8Array => Buffer.from(`%PDF-1.4\n1 0 obj\n<<${info}>>\nendobj\ntrailer\n<<>>\n`);
    for (const info of [
      `/Title <FEFF${title.join("").toUpperCase()}>`,
      "/Subject (to Juniper Advisory)",
      "/A <</URI (https://juniper.example/)>>",
    ]) {
      expect(strays(textOfPdf(pdf(info)).beside, "", 1)).toHaveLength(1);
    }
    // Number 1 of the font is J; the others follow the letters of "uniper".
    const map = [..."Juniper"].map((sign, at) => `<000${at + 1}> <00${(sign.codePointAt(0) ?? 0).toString(16)}>`);
    const stream = (number: number, text: string): string =>
      `${number} 0 obj\n<</Length ${text.length}>> stream\n${text}\nendstream\nendobj\n`;
    const sheet = [
      "4 0 obj\n<</Type /Font /ToUnicode 5 0 R>>\nendobj\n",
      stream(5, `begincmap\n7 beginbfchar\n${map.join("\n")}\nendbfchar\n`),
      stream(6, "BT\n/F4 12 Tf\n<000100020003> Tj\n10.5 0 Td <0004000500060007> Tj\nET\n"),
    ].join("");
    expect(textOfPdf(Buffer.from(sheet)).shown.trim()).toBe("Juniper");
  });
});

test("every column of a pack is one that partners were promised, and each says what it means", () => {
  expect(allowedColumns).toEqual({
    summary: ["figure", "amount", "currency"],
    deals: ["deal", "account", "your_part", "state", "stage", "created_on", "closed_on", "amount", "currency"],
    registrations: [
      "registration",
      "account",
      "status",
      "submitted_on",
      "decided_on",
      "protected_from",
      "protected_until",
      "outcome",
    ],
    commissions: ["entry_on", "payable_on", "kind", "deal", "account", "rate_percent", "amount", "currency"],
  });
  expect(Object.keys(definitions).sort()).toEqual([...new Set(Object.values(allowedColumns).flat())].sort());
});
