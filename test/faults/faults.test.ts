import { expect, test } from "vitest";
import { type RunResult, runSeed } from "./campaign.ts";

// The whole campaign is `npm run faults`; these few of its runs meet every vendor, most kinds of faults, and a killed process.

const told = ({ seed, defects }: RunResult): object => ({ seed, defects });

test.each([14, 15])("whatever goes wrong on the way, the log ends up as the vendor is (run %i)", async (seed) => {
  const result = await runSeed({ seed });
  expect(told(result)).toEqual({ seed, defects: [] });
  expect(Object.keys(result.faults).length).toBeGreaterThan(3);
});

test("a reading that is killed in the middle loses nothing and doubles nothing", async () => {
  const result = await runSeed({ seed: 16, isKilled: true });
  expect(told(result)).toEqual({ seed: 16, defects: [] });
  expect(result.killed).toBeGreaterThan(0);
});
