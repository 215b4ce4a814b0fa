import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

const root = path.join(import.meta.dirname, "..");

/**
 * The rooms of the house and what each may use beside itself, as a room or as one file of it; the ground floor of errors and
 * effects is open to all but the sandbox.
 */
const ground = ["errors", "effects", "folders", "nearest", "process", "secrets"];
const allowed: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  effects: [],
  folders: ["errors"],
  nearest: [],
  process: [],
  secrets: ["errors"],
  config: [...ground],
  warehouse: [...ground],
  extract: [...ground, "config", "warehouse"],
  models: [
    ...ground,
    "config/schema.ts",
    "config/currencies.ts",
    "config/cell-formats.ts",
    "config/entities.ts",
    "warehouse",
  ],
  metrics: [...ground, "warehouse", "models"],
  reports: [...ground, "metrics", "warehouse", "models/marts.generated.ts"],
  dashboards: ["reports", "metrics"],
  sandbox: [],
  operate: [...ground, "config", "warehouse", "extract", "models", "metrics", "reports"],
  demo: [...ground, "config", "operate", "sandbox"],
  commands: [...ground, "config", "operate", "demo"],
  cli: [...ground, "config", "operate", "commands"],
  bin: ["effects", "cli"],
  index: ["errors", "extract", "metrics", "reports"],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const roomOf = (file: string): string => {
  const [first = "", second = ""] = path.relative(root, file).split(path.sep);
  return first === "src" ? second.replace(/\.ts$/, "") : first;
};

/** Who imports whom by a relative path, types included. */
function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map((match) => ({
    from: file,
    to: path.resolve(path.dirname(file), match[1] ?? ""),
  }));
}

let imports: Import[] = [];
let files: string[] = [];

beforeAll(async () => {
  for await (const file of glob("{src,dashboards}/**/*.ts", { cwd: root })) files.push(path.join(root, file));
  files = files.sort();
  for (const file of files) imports = [...imports, ...importsOf(file, await readFile(file, "utf8"))];
});

describe("the rooms of the house", () => {
  test("every folder of the source is a room with rules", () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in allowed))).toEqual([]);
  });

  test("no room uses a room it may not", () => {
    const forbidden = imports
      .map(({ from, to }) => ({
        from: path.relative(root, from),
        to: path.relative(root, to),
        fromRoom: roomOf(from),
        toRoom: roomOf(to),
      }))
      .filter(({ fromRoom, toRoom, to }) => {
        const open = allowed[fromRoom] ?? [];
        return fromRoom !== toRoom && !open.includes(toRoom) && !open.includes(to.replace("src/", ""));
      })
      .map(({ from, to }) => `${from} → ${to}`);
    expect(forbidden).toEqual([]);
  });

  test("only the warehouse room opens the engine", async () => {
    const users: string[] = [];
    for (const file of files) {
      if (roomOf(file) !== "warehouse" && /from "@duckdb\//.test(await readFile(file, "utf8"))) users.push(file);
    }
    expect(users).toEqual([]);
  });

  test("no file reaches itself through its imports", () => {
    const next = Map.groupBy(imports, (edge) => edge.from);
    const state = new Map<string, "open" | "done">();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      if (state.get(file) === "open")
        circles.push([...way.slice(way.indexOf(file)), file].map((step) => path.relative(root, step)).join(" → "));
      if (state.has(file)) return;
      state.set(file, "open");
      for (const edge of next.get(file) ?? []) visit(edge.to, [...way, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });
});
