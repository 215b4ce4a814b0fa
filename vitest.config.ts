import { defineConfig } from "vitest/config";

const report = process.env.ATTRIBUTARY_TEST_REPORT;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A page under test shares the machine with others; what it must show may take longer than a second.
    expect: { poll: { timeout: 10_000 } },
    // One more than the cores of a small machine: some tests wait for a vendor's pace rather than work.
    maxWorkers: 3,
    env: { TZ: "UTC" },
    reporters: report === undefined ? ["default"] : ["default", "json"],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
