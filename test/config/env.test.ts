import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withEnvFile } from "../../src/config/env.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-env-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("what a .env file holds is added, also behind an editor's mark, and what is set to more than nothing wins", async () => {
  await writeFile(path.join(folder, ".env"), "\uFEFFSTRIPE_KEY=from-file\nHUBSPOT_TOKEN=from-file\nSF_ID=from-file\n");
  expect(await withEnvFile(folder, { HUBSPOT_TOKEN: "set", SF_ID: "" })).toEqual({
    STRIPE_KEY: "from-file",
    HUBSPOT_TOKEN: "set",
    SF_ID: "from-file",
  });
});

test("no .env file adds nothing, and one that cannot be read is told", async () => {
  expect(await withEnvFile(folder, { A: "1" })).toEqual({ A: "1" });
  await mkdir(path.join(folder, ".env"));
  await expect(withEnvFile(folder, {})).rejects.toMatchObject({
    where: path.join(folder, ".env"),
    found: expect.stringContaining("cannot be read"),
    exitCode: 2,
  });
});
