/** A cell of a CSV file: text is made safe for spreadsheets, numbers stay as they are. */
export type CsvCell = { readonly text: string } | { readonly number: string } | null;

/**
 * A CSV file (RFC 4180, CRLF) with a byte order mark, so that spreadsheets read it as UTF-8.
 * Text that begins with `=`, `+`, `-`, `@`, one of their full-width forms, tab, CR or LF gets a leading apostrophe, since quoting does not keep it from being run as a formula (CWE-1236).
 */
export function csvOf(columns: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  const lines = [columns.map(quote), ...rows.map((row) => row.map(cellText))];
  return `\ufeff${lines.map((line) => `${line.join(",")}\r\n`).join("")}`;
}

/** Text that no spreadsheet takes for a formula. */
export function neutralise(text: string): string {
  return /^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text;
}

function cellText(cell: CsvCell): string {
  if (cell === null) return "";
  return "number" in cell ? cell.number : quote(neutralise(cell.text));
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
