import { expect, test } from "vitest";
import { makePlace } from "../support/cli.ts";
import { refreshData } from "../support/refresh.ts";
import { smallCompany } from "../support/small-company.ts";

test("explain reads the published build: words or JSON on stdout, and exit code 2 for what it cannot explain", async () => {
  const place = await makePlace({ drop: smallCompany });
  expect((await place.run("explain", "deal", "d1")).code).toBe(2);
  await refreshData(place.folder);

  const words = await place.run("explain", "deal", "drop:d1");
  expect(words.code).toBe(0);
  expect(words.stderr).toBe("");
  expect(words.stdout).toMatch(
    /^Alder first \(drop:d1\), won on 10 Aug 2026, worth \$1,000\.00, is sourced by Northwind Referrals \(drop:p1\): an approved registration decided it\.\n/,
  );

  const json = await place.run("explain", "invoice", "drop:i1", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ kind: "invoice", key: "drop:i1", collected: { minor: 100_000 } });

  const unknown = await place.run("explain", "partner", "drop:p9");
  expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
  expect(unknown.stderr).toContain("drop:p1 (Northwind Referrals)");
  expect((await place.run("explain", "account", "drop:a1")).code).toBe(2);
}, 120_000);
