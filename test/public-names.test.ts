import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { entities } from "../src/config/entities.ts";
import { parseConfig } from "../src/config/load.ts";
import { exitCode } from "../src/errors.ts";
import { findMetric, metricIds } from "../src/metrics/registry.ts";
import { loadSql } from "../src/models/load.ts";
import { withEmptyWarehouse } from "../src/operate/empty-warehouse.ts";
import { runCommand } from "./support/cli.ts";
import {
  publicChecks,
  publicCommands,
  publicConfig,
  publicEntities,
  publicExitCodes,
  publicImports,
  publicMetrics,
  publicTables,
} from "./support/public-names.ts";

describe("names that users rely on are there:", () => {
  test("entities and their columns, required or not", () => {
    expect(
      Object.fromEntries(
        entities.map(({ name, columns }) => [
          name,
          columns.map((column) => `${column.name}${column.isRequired ? "!" : ""}`).join(" "),
        ]),
      ),
    ).toEqual(publicEntities);
  });

  test("published tables and their columns", async () => {
    const missing = await withEmptyWarehouse(async (connection) => {
      const absent: string[] = [];
      for (const [table, columns] of Object.entries(publicTables)) {
        const there = new Set((await connection.columns(`select * from ${table}`)).map((column) => column.name));
        absent.push(...columns.split(" ").flatMap((column) => (there.has(column) ? [] : [`${table}.${column}`])));
      }
      return absent;
    });
    expect(missing).toEqual([]);
  });

  test("metrics in their units, and none beside them", () => {
    const listed = Object.entries(publicMetrics).flatMap(([unit, ids]) => ids.split(" ").map((id) => `${unit} ${id}`));
    const defined = metricIds.map((id) => `${findMetric(id.replace("<stage>", "Proposal"))?.unit} ${id}`);
    expect(defined.toSorted()).toEqual(listed.toSorted());
  });

  test("keys of the configuration and their defaults (R87, R121)", () => {
    const config = parseConfig("sources: [{ name: drop, kind: files, path: drop }]", "attributary.yaml", {});
    const at = (key: string): unknown =>
      key.split(".").reduce<unknown>((value, name) => Object(value)[name as keyof typeof Object] as unknown, config);
    expect(Object.fromEntries(Object.keys(publicConfig).map((key) => [key, at(key)]))).toEqual(publicConfig);
    const known = new Set([...Object.keys(publicConfig).map((key) => key.split(".")[0]), "sources"]);
    expect(Object.keys(config).filter((key) => !known.has(key))).toEqual([]);
  });

  test("kinds of findings (R95)", async () => {
    const { files } = await loadSql();
    const there = new Set(files.flatMap((file) => (file.type === "check" ? [file.id] : [])));
    expect(publicChecks.split(" ").filter((check) => !there.has(check))).toEqual([]);
  });

  test("what a folder of one's own imports, and what its documentation lists", async () => {
    const names = publicImports.split(" ");
    expect(Object.keys(await import("../src/index.ts")).toSorted()).toEqual(names.toSorted());
    const page = await readFile("docs/extending.md", "utf8");
    const listed = page.slice(page.indexOf("## What may be imported")).matchAll(/`(\w+)`/g);
    expect([...listed].map(([, name]) => name).toSorted()).toEqual(names.toSorted());
  });

  test("exit codes", () => {
    expect(exitCode).toEqual(publicExitCodes);
  });

  test.each(Object.entries(publicCommands))("the command %s", async (command, parts) => {
    const help = await runCommand("/", [command, "--help"]);
    expect(help.code).toBe(0);
    const said = help.stdout + help.stderr;
    expect(parts.split(" ").filter((part) => !said.includes(part))).toEqual([]);
  });
});
