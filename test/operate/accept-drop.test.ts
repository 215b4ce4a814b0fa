import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { makePlace } from "../support/cli.ts";
import { refreshData } from "../support/refresh.ts";

const accounts = (count: number): string =>
  ["id,name", ...Array.from({ length: count }, (_, index) => `a${index},Account ${index}`)].join("\n");

test("a refresh that would lose too much ends with 4 and leaves the site, until the drop is accepted (R93, R95)", async () => {
  const here = await makePlace({ drop: { partners: [{ id: "p1", name: "One", type: "referral" }] } });
  const file = path.join(here.folder, "drop", "accounts.csv");
  const published = async () =>
    JSON.parse((await here.run("query", "select count(*) as n from marts.dim_account", "--json")).stdout);
  await writeFile(file, accounts(50));
  await refreshData(here.folder);
  await writeFile(file, accounts(20));

  const refused = await here.run("refresh");
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain("source drop, stream accounts: it had 50 records and would lose 30 of them");
  expect(refused.stderr).toContain("attributary refresh --accept-drop drop.accounts");
  expect(await published()).toEqual([{ n: 50 }]);

  // What is built from the log alone keeps the records and says why.
  await refreshData(here.folder, { noExtract: true });
  expect(await published()).toEqual([{ n: 50 }]);
  const issues = await here.run(
    "query",
    "select severity, entity_key from quality.issue where check_id = 'stream_dropped'",
    "--json",
  );
  expect(JSON.parse(issues.stdout)).toEqual([{ severity: "error", entity_key: "drop:accounts" }]);

  const accepted = await here.run("refresh", "--accept-drop", "partners", "--accept-drop", "drop.accounts");
  expect(accepted.stderr + accepted.code).toMatch(/0$/);
  expect(await published()).toEqual([{ n: 20 }]);
});

test("a drop cannot be accepted where nothing is read, nor of a stream that does not exist", async () => {
  const here = await makePlace({ drop: { partners: [{ id: "p1", name: "One", type: "referral" }] } });
  const both = await here.run("refresh", "--no-extract", "--accept-drop", "partners");
  expect(both.code).toBe(2);
  expect(both.stderr).toContain("nothing is read with --no-extract");
  const unknown = await here.run("refresh", "--accept-drop", "drop.partner");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('did you mean "drop.partners"?');
});
