import { type ExitCode, exitCode, UserError } from "../errors.ts";

/** A check that a model's header asks for. */
export type HeaderCheck =
  | { readonly kind: "unique"; readonly columns: readonly string[] }
  | { readonly kind: "not_null"; readonly columns: readonly string[] }
  | { readonly kind: "found"; readonly column: string; readonly table: string; readonly target: string }
  | { readonly kind: "one_of"; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: "sum"; readonly part: string; readonly whole: string; readonly by: readonly string[] }
  | { readonly kind: "same_rows"; readonly table: string };

/** A table or view built from one file. */
export interface Model {
  readonly type: "model";
  readonly file: string;
  readonly schema: string;
  readonly name: string;
  readonly grain: readonly string[];
  readonly about: string;
  readonly as: "table" | "view";
  /** Whether it is published; a step that nobody asks about is dropped once everything is built. */
  readonly isKept: boolean;
  /** Whether its rows are stored in the order of its grain, so that two builds of one log are equal byte for byte. */
  readonly isOrdered: boolean;
  readonly checks: readonly HeaderCheck[];
  readonly sql: string;
}

/** Rows that one file adds to a model of another file. */
export interface Feeder {
  readonly type: "feeder";
  readonly file: string;
  readonly into: string;
  readonly about: string;
  readonly sql: string;
}

/** Rows of a check's file are failures and land in `quality.issue`. */
export interface Check {
  readonly type: "check";
  readonly file: string;
  readonly id: string;
  readonly severity: "error" | "warning" | "info";
  /** Whether a single row stops the publish. */
  readonly stops: boolean;
  readonly about: string;
  readonly sql: string;
}

export type SqlFile = Model | Feeder | Check;

/** The schemas that users read. */
const published = new Set(["marts", "metrics", "quality"]);

const schemas = ["input", "staging", "attribution", "marts", "metrics", "quality", "difference", "comparison"];

/** Reads the header of a model, feeder or check. Throws UserError (exit 1 is ours; a bad file is a defect of the checkout) naming the file. */
export function parseHeader(file: string, sql: string): SqlFile {
  const lines = sql.split("\n");
  const entries = new Map<string, string[]>();
  for (const line of lines) {
    if (!line.startsWith("--")) break;
    const match = /^--\s*(model|grain|about|as|keep|ordered|checks|into|check|severity|stops):\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) {
      entries.set(match[1], [...(entries.get(match[1]) ?? []), match[2].trim()]);
    }
  }
  const get = (name: string): string | undefined => entries.get(name)?.join(" ");
  const need = (name: string): string => {
    const value = get(name);
    if (value === undefined || value === "") {
      throw bad(file, `the header has no "${name}"`, `add a line "-- ${name}: …" at the top`);
    }
    return value;
  };

  if (entries.has("check")) {
    const severity = need("severity");
    if (severity !== "error" && severity !== "warning" && severity !== "info") {
      throw bad(file, `severity is "${severity}"`, "use error, warning or info");
    }
    return Object.freeze({
      type: "check",
      file,
      id: need("check"),
      severity,
      stops: need("stops") === "yes",
      about: need("about"),
      sql,
    });
  }
  if (entries.has("into")) {
    return Object.freeze({ type: "feeder", file, into: need("into"), about: need("about"), sql });
  }
  const [schema, name, ...rest] = need("model").split(".");
  if (schema === undefined || name === undefined || rest.length > 0 || !schemas.includes(schema)) {
    throw bad(file, `model is "${need("model")}"`, `write schema.table with a schema of ${schemas.join(", ")}`);
  }
  return Object.freeze({
    type: "model",
    file,
    schema,
    name,
    grain: names(get("grain") ?? ""),
    about: need("about"),
    as: get("as") === "view" ? "view" : "table",
    isKept: get("keep") !== "no",
    isOrdered: published.has(schema) || get("ordered") === "yes",
    checks: parseChecks(file, (entries.get("checks") ?? []).join("; "), names(get("grain") ?? "")),
    sql,
  });
}

function parseChecks(file: string, text: string, grain: readonly string[]): readonly HeaderCheck[] {
  return text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part): HeaderCheck => {
      const columns = (list: string): readonly string[] => (list.trim() === "grain" ? grain : names(list));
      let match = /^(unique|not_null)\((.*)\)$/.exec(part);
      if (match?.[2] !== undefined) {
        return { kind: match[1] === "unique" ? "unique" : "not_null", columns: columns(match[2]) };
      }
      match = /^found\((\w+) in (\w+\.\w+)\.(\w+)\)$/.exec(part);
      if (match?.[1] !== undefined && match[2] !== undefined && match[3] !== undefined) {
        return { kind: "found", column: match[1], table: match[2], target: match[3] };
      }
      match = /^one_of\((\w+):(.*)\)$/.exec(part);
      if (match?.[1] !== undefined && match[2] !== undefined) {
        return { kind: "one_of", column: match[1], values: names(match[2]) };
      }
      match = /^sum\((\w+)\) = (\w+) by \((.*)\)$/.exec(part);
      if (match?.[1] !== undefined && match[2] !== undefined && match[3] !== undefined) {
        return { kind: "sum", part: match[1], whole: match[2], by: columns(match[3]) };
      }
      match = /^same_rows\((\w+\.\w+)\)$/.exec(part);
      if (match?.[1] !== undefined) return { kind: "same_rows", table: match[1] };
      throw bad(
        file,
        `the check "${part}" is not understood`,
        "use unique(…), not_null(…), found(column in schema.table.column), one_of(column: a, b), sum(a) = b by (…), same_rows(schema.table)",
      );
    });
}

function names(list: string): readonly string[] {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** How a command ends at a mistake in a file: those of this version are its own defects, others are for their people to mend. */
export const codeOf = (file: string): ExitCode => (isOwnFile(file) ? exitCode.usage : exitCode.defect);

/** Whether a file stands in the folder that `extend` names: its path is told from where the configuration stands. */
export const isOwnFile = (file: string): boolean => file.startsWith(".");

function bad(file: string, found: string, fix: string): UserError {
  return new UserError({ where: file, found, fix, exitCode: codeOf(file) });
}
