import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createCompany, startSandbox } from "../../src/sandbox/index.ts";
import { makePlace, testNow, writeCsv } from "../support/cli.ts";

test("tells what each source answers, and for what fails how to mend it, without a secret", async () => {
  const sandbox = await startSandbox({ company: createCompany({ seed: 3, now: testNow, size: 20 }) });
  onTestFinished(() => sandbox.close());
  const here = await makePlace(
    { drop: { partners: [{ id: "p1", name: "Acme", teir: "Gold" }] } },
    {
      sources: [
        { name: "hs", kind: "hubspot", access_token: sandbox.hubspot.token, base_url: sandbox.hubspot.url },
        { name: "pay", kind: "stripe", api_key: "rk_wrong_sesame", base_url: sandbox.stripe.url },
        { name: "drop", kind: "files", path: "drop" },
      ],
    },
  );
  const ran = await here.run("doctor");
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain(`ok    home: ${path.join(here.folder, "home")} will be made in ${here.folder}`);
  expect(ran.stderr).toMatch(/ok {4}source hs: HubSpot portal \d+/);
  expect(ran.stderr).toContain("partners.csv: 2 of 12 columns");
  expect(ran.stderr).toContain("teir (did you mean tier?) is ignored");
  expect(ran.stderr).toMatch(/FAIL {2}source pay: .*401/);
  expect(ran.stderr).toContain("1 of 8 need mending");
  expect(ran.stderr).not.toContain("sesame");
  expect(JSON.parse((await here.run("doctor", "--json")).stdout)).toMatchObject({ isWell: false });
});

test("says of a sandbox that is not running how to start it, and soon", async () => {
  const sandbox = await startSandbox({ company: createCompany({ seed: 3, now: testNow, size: 20 }) });
  await sandbox.close();
  const here = await makePlace(
    {},
    { sources: [{ name: "hs", kind: "hubspot", access_token: sandbox.hubspot.token, base_url: sandbox.hubspot.url }] },
  );
  const ran = await here.run("doctor");
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain(
    `FAIL  source hs: source hs, stream account: GET /account-info/v3/details: the connection to ${sandbox.hubspot.url} failed (ECONNREFUSED), 2 times in a row\n  → nothing answers on this machine: if it is the sandbox, start it with \`attributary sandbox\`, which serves it where its configuration says; else check the source's base_url\n`,
  );
});

test("finds no fault in what the last refresh could not read and can be read since, and says that there was one", async () => {
  const files = { deals: ["deals.csv"], partners: ["partners.csv"] };
  const here = await makePlace(
    { drop: { partners: [{ id: "p1", name: "Acme" }] } },
    { sources: [{ name: "drop", kind: "files", path: "drop", files }] },
  );
  expect((await here.run("refresh")).code).toBe(3);
  expect((await here.run("doctor")).code).toBe(3);
  await writeCsv(path.join(here.folder, "drop"), {
    deals: [{ id: "d1", name: "Harbor", state: "open", created_at: "2026-09-01" }],
  });
  const ran = await here.run("doctor");
  expect([ran.code, ran.stderr]).toEqual([
    0,
    expect.stringMatching(/then 1 stream of drop could not be read \(.*deals\.csv/),
  ]);
});

test("tries the SQL of one's own over tables without a row, and says in which line the engine stops", async () => {
  const { folder, run } = await makePlace({ drop: { partners: [{ id: "p1", name: "Acme" }] } }, { extend: "./our" });
  const file = path.join(folder, "our", "metrics", "mine.sql");
  await mkdir(path.dirname(file), { recursive: true });
  const write = (column: string): Promise<void> =>
    writeFile(
      file,
      `-- model: marts.mine\n-- grain: deal_key\n-- about: Each row is a deal.\nselect\n    deal_key,\n    ${column}\nfrom marts.fct_deal\n`,
    );
  await write("amount");
  const broken = await run("doctor");
  expect(broken.stderr).toContain(
    'FAIL  extension: ./our/metrics/mine.sql:6: the engine refused it: Binder Error: Referenced column "amount" not found',
  );
  // No source failed: what is wrong is here.
  expect(broken.code).toBe(2);
  await write("amount_minor");
  const mended = await run("doctor");
  expect(mended.stderr).toContain("ok    extension: SQL that the engine takes: ./our/metrics/mine.sql\n");
  expect(mended.code).toBe(0);
});
