import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { homeAt } from "../../src/operate/home.ts";
import { serveSite } from "../../src/operate/serve.ts";

test("serves the published site on loopback, a newer one after a publish, and says what is not there", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-serve-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const home = homeAt(folder);
  await expect(serveSite(home, 0)).rejects.toMatchObject({ exitCode: 2, found: "nothing has been published here yet" });
  for (const run of ["first", "second"]) {
    await mkdir(path.join(home.builds, run, "site"), { recursive: true });
    await writeFile(path.join(home.builds, run, "site", "index.html"), `<p>${run}</p>`);
  }
  await symlink("builds/first", home.current);
  await symlink("current/site", home.site);
  const { url, server } = await serveSite(home, 0);
  onTestFinished(() => {
    server.close();
  });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await (await fetch(url)).text()).toBe("<p>first</p>");
  await rm(home.current);
  await symlink("builds/second", home.current);
  expect(await (await fetch(`${url}index.html`)).text()).toBe("<p>second</p>");
  const missing = await fetch(`${url}nowhere.html`);
  expect([missing.status, await missing.text()]).toEqual([404, "There is no such page. Begin at /index.html.\n"]);
  await expect(serveSite(home, Number(new URL(url).port))).rejects.toMatchObject({ exitCode: 2 });
});
