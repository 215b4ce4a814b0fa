import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { z } from "zod";

const lockShape = z.object({
  packages: z.record(z.string(), z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() })),
});

test("the lock file names every platform's optional packages, or a clean install refuses it", async () => {
  const { packages } = lockShape.parse(JSON.parse(await readFile("package-lock.json", "utf8")));
  const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)));
  const missing = Object.values(packages)
    .flatMap((item) => Object.keys(item.optionalDependencies ?? {}))
    .filter((name) => !locked.has(name));
  expect(missing).toEqual([]);
});
