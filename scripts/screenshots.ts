import { mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { drawSite } from "../src/operate/pipeline.ts";
import { fingerprintOf, fingerprints, pictures } from "./pictured.ts";

// Takes the pictures of README from the demo that `npm start` left: its pages are drawn anew, as the program draws them now.

const root = path.join(import.meta.dirname, "..");
const demo = path.join(root, ".attributary", "sandbox");
const size = { width: 1240, height: 884 };

const warehouse = await realpath(path.join(demo, "home", "current", "warehouse.duckdb")).catch(() => {
  throw new Error("there is no demo to take pictures of: run npm start first");
});
const site = await mkdtemp(path.join(tmpdir(), "attributary-pictures-"));
const browser = await chromium.launch({
  executablePath: process.env.ATTRIBUTARY_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  await drawSite({ warehouse, directory: site, builtAt: new Date() }, demo);
  const taken: Record<string, string> = {};
  for (const { file, page, theme } of pictures) {
    const tab = await browser.newPage({ viewport: size, colorScheme: theme });
    await tab.goto(pathToFileURL(path.join(site, page)).href);
    await tab.screenshot({ path: path.join(root, "docs", file) });
    await tab.close();
    taken[page] = fingerprintOf(await readFile(path.join(site, page), "utf8"));
    const { size: bytes } = await stat(path.join(root, "docs", file));
    process.stdout.write(`docs/${file}: ${page} in ${theme}, ${(bytes / 1000).toFixed(0)} KB\n`);
  }
  await writeFile(path.join(root, "docs", fingerprints), `${JSON.stringify(taken, null, 2)}\n`);
} finally {
  await browser.close();
  await rm(site, { recursive: true, force: true });
}
