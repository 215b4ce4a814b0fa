import { inflateRawSync } from "node:zlib";
import { type Cell, type CellStyle, type WriteSheet, writeXlsx } from "hucre/xlsx";
import { exponentOf } from "../../metrics/format.ts";
import { showControls } from "../signs.ts";
import { type ColumnKind, definitions, kindOf, type PackCell, type PackTable } from "./tables.ts";

/** What a workbook shows beside its tables. */
export interface WorkbookParts {
  readonly partnerName: string;
  readonly tier: string | null;
  /** The period for people: `Q3 FY26`. */
  readonly period: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly asOf: string;
  readonly currency: string;
  readonly tables: readonly PackTable[];
}

/**
 * A workbook (XLSX) of a first sheet that says what it is and a sheet a table. The same parts give the same bytes. Text cells
 * have the format of text, so that no spreadsheet takes one for a formula, not even when it is typed over.
 */
export async function workbookOf(parts: WorkbookParts): Promise<Uint8Array> {
  // A workbook carries a moment of its making; the as-of date says all there is to say, whenever it is made.
  const asOf = new Date(`${parts.asOf}T00:00:00Z`);
  return await writeXlsx({
    sheets: [aboutSheet(parts), ...parts.tables.map((table) => tableSheet(table, parts.currency))],
    properties: {
      title: `${parts.partnerName} · ${parts.period}`.slice(0, longestTitle),
      creator: "Attributary",
      created: asOf,
      modified: asOf,
    },
    defaultFont: font,
    // Each cell with its own text, so that what stands in a workbook can be counted.
    stringMode: "inline",
  });
}

const longestTitle = 255;

type Shown = PackCell | { readonly date: string };

function aboutSheet(parts: WorkbookParts): WriteSheet {
  const columns = [...new Set(parts.tables.flatMap((table) => table.columns))];
  const rows: (readonly Shown[])[] = [
    ["About", "", ""],
    ["Partner", parts.partnerName],
    ...(parts.tier === null ? [] : [["Tier", parts.tier]]),
    ["Period", parts.period],
    ["First day", { date: parts.startsOn }],
    ["Last day", { date: parts.endsOn }],
    ["As of", { date: parts.asOf }],
    ["Currency", parts.currency],
    [],
    ["Sheet", "What it holds"],
    ...parts.tables.map((table) => [table.name, table.about]),
    [],
    ["Column", "What it means"],
    ...columns.map((column) => [column, definitions[column] ?? ""]),
  ];
  const heads = new Set(rows.flatMap((row, at) => (["About", "Sheet", "Column"].includes(String(row[0])) ? [at] : [])));
  return sheetOf("About", rows, {
    widths: [20, 90],
    // A date begins where the words above and below it begin.
    styleOf: (row, _, cell) => (heads.has(row) ? headStyle : isDate(cell) ? besideWords : textStyle),
  });
}

function tableSheet(table: PackTable, currency: string): WriteSheet {
  const kinds = table.columns.map(kindOf);
  const rows: (readonly Shown[])[] = [
    table.columns,
    ...table.rows.map((row) =>
      row.map((cell, at) => (typeof cell === "string" && kinds[at] === "date" ? { date: cell } : cell)),
    ),
  ];
  return sheetOf(table.name, rows, {
    widths: table.columns.map((column, at) => Math.max(column.length + 2, wide[column] ?? widths[kinds[at] ?? "text"])),
    styleOf: (row, at) => (row === 0 ? headStyle : styleOf(kinds[at] ?? "text", currency)),
  });
}

// Widths depend on the column and not on its cells: the same pack looks the same whatever its longest name.
const widths: Readonly<Record<ColumnKind, number>> = Object.freeze({ text: 20, date: 12, money: 16, rate: 12 });

// Room for the longest figure's words, for a key of Salesforce's with its system's name, and for most names.
const wide: Readonly<Record<string, number>> = Object.freeze({ figure: 40, deal: 34, registration: 34, account: 36 });

// On paper the columns of a row stand side by side, and each sheet of a long table begins with their names.
const onPaper: NonNullable<WriteSheet["pageSetup"]> = Object.freeze({
  paperSize: "a4",
  orientation: "landscape",
  fitToPage: true,
  fitToWidth: 1,
  fitToHeight: 0,
  printTitlesRow: "$1:$1",
});

const font = Object.freeze({ name: "Calibri", size: 11 });

const headStyle: CellStyle = Object.freeze({ font: { ...font, bold: true }, numFmt: "@" });

function styleOf(kind: ColumnKind, currency: string): CellStyle {
  switch (kind) {
    case "date":
      return { numFmt: "yyyy-mm-dd" };
    case "money": {
      const exponent = exponentOf(currency);
      return { numFmt: exponent === 0 ? "#,##0" : `#,##0.${"0".repeat(exponent)}` };
    }
    case "rate":
      return { numFmt: "General" };
    default:
      return textStyle;
  }
}

interface SheetShape {
  readonly widths: readonly number[];
  readonly styleOf: (row: number, column: number, cell: Shown) => CellStyle;
}

function sheetOf(name: string, rows: readonly (readonly Shown[])[], shape: SheetShape): WriteSheet {
  const cells = new Map<string, Partial<Cell>>();
  for (const [row, values] of rows.entries()) {
    for (const [column, cell] of values.entries()) {
      const value = cellValue(cell);
      if (value === null) continue;
      const style = typeof value === "string" && !isText(cell) ? textStyle : shape.styleOf(row, column, cell);
      cells.set(`${row},${column}`, { value, style });
    }
  }
  return {
    name,
    rows: rows.map((values) => values.map(cellValue)),
    cells,
    columns: shape.widths.map((width) => ({ width })),
    freezePane: { rows: 1 },
    pageSetup: onPaper,
  };
}

const textStyle: CellStyle = Object.freeze({ numFmt: "@" });
const besideWords: CellStyle = Object.freeze<CellStyle>({ numFmt: "yyyy-mm-dd", alignment: { horizontal: "left" } });

const isDate = (cell: Shown): cell is { readonly date: string } =>
  typeof cell === "object" && cell !== null && "date" in cell;
const isText = (cell: Shown): boolean => typeof cell === "string";

// A spreadsheet's number is a double: of more digits than these it would keep others than were written.
const exactDigits = 15;

function cellValue(cell: Shown): string | number | Date | null {
  if (cell === null || cell === "") return null;
  if (typeof cell === "string") return sheetText(cell);
  if (isDate(cell)) return new Date(`${cell.date}T00:00:00Z`);
  return cell.number.replaceAll(/[-.]|^-?0+(?=\d)/g, "").length > exactDigits ? cell.number : Number(cell.number);
}

// What a cell of a spreadsheet holds at most.
const longestText = 32_767;
const cutMark = "… (cut)";

/**
 * Text as a cell can hold it. Control characters, which XML has no place for, become their visible signs (␀, ␇); halves of
 * characters become �; `_x0041_`, which a spreadsheet reads as a coded character, is coded itself so that it stays what it was.
 */
export function sheetText(text: string): string {
  const shown = showControls(text.toWellFormed())
    .replaceAll(/[\ufffe\uffff]/g, "\ufffd")
    .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_");
  return shown.length <= longestText
    ? shown
    : `${shown.slice(0, longestText - cutMark.length).toWellFormed()}${cutMark}`;
}

/**
 * The files inside a workbook that are not the same in a blank one, as text beside the blank's: names, notes and characters that
 * a workbook writes as codes included.
 */
export function differingTexts(
  workbook: Uint8Array,
  blank: Uint8Array,
): readonly { readonly text: string; readonly blank: string }[] {
  const blanks = new Map(filesInZip(blank).map((file) => [file.name, file]));
  return filesInZip(workbook).flatMap((file) => {
    const beside = blanks.get(file.name);
    if (beside !== undefined && beside.note === file.note && beside.packed.equals(file.packed)) return [];
    return [{ text: textOf(file), blank: beside === undefined ? "" : textOf(beside) }];
  });
}

interface ZippedFile {
  readonly name: string;
  readonly note: string;
  readonly packed: Buffer;
  readonly isPacked: boolean;
  /** How many bytes it has unpacked. */
  readonly size: number;
}

/** The files of a zip file, by its directory, which stands at its end. */
function filesInZip(bytes: Uint8Array): readonly ZippedFile[] {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = zip.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
    const noteEnd = nameEnd + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    const local = zip.readUInt32LE(at + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const file = {
      name: zip.toString("utf8", at + 46, nameEnd),
      note: zip.toString("utf8", nameEnd, noteEnd),
      packed: zip.subarray(from, from + zip.readUInt32LE(at + 20)),
      isPacked: zip.readUInt16LE(at + 10) === 8,
      size: zip.readUInt32LE(at + 24),
    };
    at = noteEnd;
    return file;
  });
}

function textOf({ name, note, packed, isPacked, size }: ZippedFile): string {
  const bytes = isPacked ? inflateRawSync(packed, { chunkSize: Math.max(size, 64) }) : packed;
  const plain = bytes
    .toString("utf8")
    .replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return `${name}\n${note}\n${plain}`;
}
