import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeFolder } from "../src/folders.ts";
import { makePlace } from "./support/cli.ts";

test("makes a folder with those above it, and says at once where that cannot be", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-folders-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const deep = path.join(folder, "a", "b", "c");
  await Promise.all([makeFolder(deep, "no"), makeFolder(deep, "no")]);
  expect((await stat(deep)).isDirectory()).toBe(true);
  const file = path.join(folder, "file");
  await writeFile(file, "");
  await expect(makeFolder(file, "choose another")).rejects.toThrow(`${file}: this is a file\n  → choose another`);
  await expect(makeFolder(path.join(file, "x"), "choose another")).rejects.toMatchObject({
    found: `${file} is a file`,
  });
});

test.each(["/proc/attributary/home", "attributary.yaml"])(
  "a refresh whose home is %s ends at once with exit code 2, and doctor says so too",
  async (home) => {
    const here = await makePlace({ drop: { partners: [{ id: "p1", name: "Acme" }] } }, { home });
    const ran = await here.run("refresh");
    const place = path.resolve(here.folder, home);
    const found = home.startsWith("/proc")
      ? "this folder cannot be made (ENOENT: no such file or directory, mkdir '/proc/attributary')"
      : "this is a file";
    expect([ran.code, ran.stderr]).toEqual([
      2,
      `error: ${place}: ${found}\n  → give it to the user who runs this, or name another one under \`home\` in the configuration\n`,
    ]);
    if (!home.startsWith("/proc")) {
      expect((await here.run("doctor")).stderr).toContain(`FAIL  home: ${place}: this is a file`);
    }
  },
);
