import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { openCampaign } from "./campaign.ts";

test("four companies with shared deals and entangled names: no pack tells of another partner, every planted leak is stopped", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-leaks-"));
  const campaign = await openCampaign(folder);
  const found = [];
  for (let seed = 1; seed <= 4; seed += 1) found.push(await campaign.run(seed));
  campaign.close();
  await rm(folder, { recursive: true, force: true });
  expect(found.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(found.reduce((total, { packs }) => total + packs, 0)).toBeGreaterThan(8);
  expect(found.reduce((total, { planted }) => total + planted, 0)).toBeGreaterThan(8);
});
