import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import {
  companySettings,
  createCompany,
  SOURCES,
  startSandbox,
  writeCanonical,
  writeConfig,
  writeDrop,
} from "../../src/sandbox/index.ts";
import { openReadOnly } from "../../src/warehouse/database.ts";
import { runCommand, testNow } from "../support/cli.ts";

interface ValueRow {
  readonly key: string;
  readonly cells: string;
}

/** Every row of metrics.value as key → cells. */
async function valuesOf(folder: string): Promise<Map<string, string>> {
  const database = await openReadOnly(path.join(folder, "home", "current", "warehouse.duckdb"));
  try {
    const connection = await database.connect();
    const rows = await connection.rows<ValueRow>(
      `select concat_ws(' | ', metric, period_kind, period, slice, slice_key) as key,
              concat_ws(' | ', coalesce(value::varchar, '-'), coalesce(numerator::varchar, '-'), coalesce(denominator::varchar, '-'), n, unit, status) as cells
       from metrics.value`,
    );
    return new Map(rows.map((row) => [row.key, row.cells]));
  } finally {
    database.close();
  }
}

test("one company loaded over three protocols and from canonical files has the same values, row for row", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-same-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const company = createCompany({ seed: 5, now: testNow, size: 400 });

  const byProtocol = path.join(folder, "protocol");
  await mkdir(path.join(byProtocol, "drop"), { recursive: true });
  await writeDrop(company, path.join(byProtocol, "drop"));
  const sandbox = await startSandbox({ company });
  onTestFinished(() => sandbox.close());
  await writeFile(path.join(byProtocol, "attributary.yaml"), writeConfig(sandbox, "drop", "home"));

  const byFiles = path.join(folder, "files");
  await mkdir(byFiles);
  await writeCanonical(company, byFiles);
  await writeFile(
    path.join(byFiles, "attributary.yaml"),
    stringify({
      ...companySettings(),
      home: "home",
      sources: SOURCES.map((name) => ({ name, kind: "files", path: name })),
    }),
  );

  for (const place of [byProtocol, byFiles]) {
    const ran = await runCommand(place, ["refresh", "--as-of", "2026-10-04"]);
    expect(ran.code, ran.stderr).toBe(0);
  }
  const [protocol, files] = [await valuesOf(byProtocol), await valuesOf(byFiles)];
  const different = [...new Set([...protocol.keys(), ...files.keys()])]
    .filter((key) => protocol.get(key) !== files.get(key))
    .map((key) => `${key}: ${protocol.get(key) ?? "no row"} by protocol, ${files.get(key) ?? "no row"} by files`);
  expect(different).toEqual([]);
  expect(protocol.size).toBeGreaterThan(1000);
}, 300_000);
