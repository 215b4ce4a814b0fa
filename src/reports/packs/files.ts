import type { Span } from "../../metrics/periods.ts";
import type { Assets } from "../assets.ts";
import { csvOf } from "../csv.ts";
import type { Printer } from "../pdf.ts";
import { arrowTable, type ColumnarText, type ParquetFile, readArrow, sameRows } from "./columnar.ts";
import { packPage } from "./page.ts";
import { datedPdf, textOfPdf } from "./printed.ts";
import { blank, csvCell, type PackTable, withoutSourceText } from "./tables.ts";
import { differingTexts, workbookOf } from "./workbook.ts";

/** What a pack is drawn from, in whatever format. */
export interface PackDrawing {
  /** What the name of each file begins with. */
  readonly base: string;
  readonly partnerName: string;
  readonly tier: string | null;
  /** The period for people: `Q3 FY26`. */
  readonly period: string;
  readonly span: Span;
  readonly asOf: string;
  readonly currency: string;
  readonly tables: readonly PackTable[];
  readonly assets: Assets;
}

/** Texts of a file, and how to lay them beside the same texts of a blank pack, which is drawn only where a word of theirs asks for it. */
export interface Counted {
  readonly texts: readonly string[];
  readonly besideBlank: () => Promise<readonly { readonly text: string; readonly blank: string }[]>;
}

/** A file of a pack as it will be written, and what stands in it, read back from its bytes. */
export interface PackFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Texts beside the same texts of a blank pack: nothing of another partner stands in one more often than in the other. */
  readonly counted: readonly Counted[];
  /** Texts that repeat words as their format likes: nothing of another partner stands in one that does not stand in `known`. */
  readonly strays: readonly { readonly text: string; readonly known: string; readonly shortest: number }[];
  /** Whether its rows, read back, are those of the pack's table. */
  readonly hasItsRows: boolean;
}

/** What only some formats need. */
export interface PackTools {
  readonly formats: readonly string[];
  /** What is the same in every workbook, where that format is asked for. */
  readonly emptyWorkbook: Uint8Array | undefined;
  /** The pack's Parquet files, where that format is asked for. */
  readonly parquet: readonly ParquetFile[];
  /** Where PDF is asked for, the browser and what stands in the print of an empty pack. */
  readonly printer: Printer | undefined;
  readonly emptyPrint: string;
}

/** The same pack without a word of any source but its tier, which stands at its one place in both. */
function blankDrawing(drawing: PackDrawing): PackDrawing {
  return {
    ...drawing,
    partnerName: blank,
    tables: withoutSourceText(drawing.tables, drawing.currency),
  };
}

/** What stands in the print of a pack without rows or names: what any PDF has. */
export async function printEmpty(printer: Printer, drawing: PackDrawing): Promise<string> {
  const { shown, beside } = textOfPdf(datedPdf((await printer.print(packPage(drawing))).pdf, drawing.asOf));
  return `${shown}\n${beside}`;
}

/** A workbook without tables or names: what of it stands in any other is nobody's. */
export function emptyWorkbook(drawing: PackDrawing): Promise<Uint8Array> {
  return workbook(drawing);
}

// In bytes that are numbers a short word is spelled by chance, and says nothing.
const shortestInBytes = 5;

/** Draws the files of a pack and reads each of them back. */
export async function filesOf(drawing: PackDrawing, tools: PackTools): Promise<readonly PackFile[]> {
  const { base, tables, currency, assets } = drawing;
  const emptied = once(() => blankDrawing(drawing));
  const files: PackFile[] = [];
  const isPageNeeded = tools.formats.some((format) => format === "html" || format === "pdf");
  const page = isPageNeeded ? packPage(drawing) : "";
  // The stylesheet is the same for all, and has none of the pack in it.
  const checkedPart = (text: string): string => text.replace(assets.style.markup, "");
  const countedPage = countedText(checkedPart(page), () => checkedPart(packPage(emptied())));
  for (const format of tools.formats) {
    if (format === "html") files.push({ ...file(`${base}.html`, page), counted: [countedPage] });
    if (format === "csv") {
      for (const [at, table] of tables.entries()) {
        const text = csvText(table);
        const counted = countedText(text, () => csvText(emptied().tables[at] ?? table));
        files.push({ ...file(`${base}_${table.name}.csv`, text), counted: [counted] });
      }
    }
    if (format === "xlsx" && tools.emptyWorkbook !== undefined) {
      const nobodys = tools.emptyWorkbook;
      const content = await workbook(drawing);
      const counted: Counted = {
        texts: differingTexts(content, nobodys).map(({ text }) => text),
        besideBlank: async () => differingTexts(content, await workbook(emptied())),
      };
      files.push({ ...file(`${base}.xlsx`, content), counted: [counted] });
    }
    if (format === "arrow") {
      for (const table of tables) {
        const content = arrowTable(table, currency);
        const empty = arrowTable({ ...table, rows: [] }, currency);
        files.push(columnarFile(`${base}_${table.name}.arrow`, content, readArrow(content), table, empty));
      }
    }
    if (format === "parquet") {
      for (const table of tables) {
        const written = tools.parquet.find((one) => one.table === table.name);
        if (written === undefined) throw new Error(`the table ${table.name} was not written as Parquet`);
        files.push(columnarFile(`${base}_${table.name}.parquet`, written.bytes, written, table, written.none));
      }
    }
    if (format === "pdf" && tools.printer !== undefined) {
      const content = datedPdf((await tools.printer.print(page)).pdf, drawing.asOf);
      const { shown, beside } = textOfPdf(content);
      const known = `${checkedPart(page)}\n${tools.emptyPrint}`;
      files.push({
        ...file(`${base}.pdf`, content),
        counted: [countedPage],
        strays: [
          // A long word is broken at the end of a line, and what is left of it may be any short one.
          { text: shown, known, shortest: shortestInBytes },
          { text: beside, known, shortest: 1 },
        ],
      });
    }
  }
  return files;
}

function countedText(text: string, blankText: () => string): Counted {
  return { texts: [text], besideBlank: async () => [{ text, blank: blankText() }] };
}

/** Makes a value when it is first asked for. */
function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function file(name: string, content: string | Uint8Array): PackFile {
  return { name, content, counted: [], strays: [], hasItsRows: true };
}

function csvText(table: PackTable): string {
  return csvOf(
    table.columns,
    table.rows.map((row) => row.map(csvCell)),
  );
}

function workbook(drawing: PackDrawing): Promise<Uint8Array> {
  return workbookOf({ ...drawing, startsOn: drawing.span.startsOn, endsOn: drawing.span.endsOn });
}

function columnarFile(
  name: string,
  content: Uint8Array,
  found: ColumnarText,
  table: PackTable,
  empty: Uint8Array,
): PackFile {
  const words = table.rows.flat().map((cell) => (typeof cell === "string" ? cell : (cell?.number ?? "")));
  const none = textOfBytes(empty);
  return {
    ...file(name, content),
    strays: [
      { text: found.metadata, known: none, shortest: 1 },
      { text: textOfBytes(content), known: `${words.join("\n")}\n${none}`, shortest: shortestInBytes },
    ],
    hasItsRows: found.columns.join("\n") === table.columns.join("\n") && sameRows(found.rows, table.rows),
  };
}

const textOfBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
