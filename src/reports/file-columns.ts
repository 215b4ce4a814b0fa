import type { PageContext } from "./context.ts";
import { section } from "./figure.ts";
import { html, type Markup } from "./html.ts";
import { table } from "./table.ts";
import { counted } from "./words.ts";

interface FileColumn {
  readonly source: string;
  readonly entity: string;
  readonly file: string;
  readonly state: string;
  readonly column: string | null;
  readonly foundAs: string | null;
  readonly value: string | null;
  readonly format: string | null;
  readonly nearest: string | null;
}

// What needs a look comes first, then what is there, then what may well be left out.
const states = ["absent", "ignored", "mapped", "missing"];

/** What the columns of file drops were taken for, and what `mapping:` changes at vendors; nothing where there is neither. */
export async function fileColumns(context: PageContext): Promise<Markup> {
  const found = await context.db.selectFrom("quality.file_column").selectAll().execute();
  const rows = found
    .map(
      (row): FileColumn => ({
        source: row.source,
        entity: row.entity,
        file: row.file,
        state: row.state,
        column: row.column_name,
        foundAs: row.found_as,
        value: row.value,
        format: row.format,
        nearest: row.nearest,
      }),
    )
    .sort((a, b) => orderOf(a).localeCompare(orderOf(b), "en"));
  if (rows.length === 0) return html``;
  const strays = rows.filter((row) => row.state === "ignored" || row.state === "absent");
  return section(
    strays.length === 0
      ? "Every column of every file is used"
      : `${counted(strays.length, "column")} of files ${strays.length === 1 ? "is" : "are"} not used`,
    "What each column was taken for. Ignored: no column of ours has this name. Absent: the configuration names it, and the file does not have it. Missing: a column that may be left out, and is.",
    table<FileColumn>({
      id: "file-columns",
      caption: "Columns by source, entity and file",
      noun: "columns",
      empty: "No columns.",
      rows,
      columns: [
        { label: "Column", kind: "text", value: (row) => row.foundAs ?? row.column },
        { label: "Source", kind: "text", value: (row) => row.source, facet: true },
        { label: "Entity", kind: "text", value: (row) => row.entity, facet: true },
        { label: "File", kind: "text", value: (row) => (row.file === "" ? null : row.file) },
        {
          label: "State",
          kind: "text",
          value: (row) => row.state,
          cell: (row) =>
            html`<span class="state state-${row.state === "mapped" ? "fine" : "info"}">${row.state}</span>`,
          facet: true,
        },
        { label: "Its column", kind: "text", value: (row) => row.foundAs },
        { label: "Our column", kind: "text", value: (row) => row.column },
        { label: "Value given", kind: "text", value: (row) => row.value },
        { label: "Written as", kind: "text", value: (row) => row.format },
        { label: "Probably meant", kind: "text", value: (row) => row.nearest },
      ],
    }),
  );
}

const orderOf = (row: FileColumn): string =>
  [states.indexOf(row.state), row.source, row.entity, row.file, row.column ?? row.foundAs ?? ""].join("|");
