import path from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const report = process.env.ATTRIBUTARY_TEST_REPORT;

// They begin first, in this order, so that no long file runs alone at the end.
const longest = [
  "operate/kill",
  "dashboards/browser",
  "extract/contract",
  "secrets/secrets",
  "operate/sides",
  "operate/scorecard",
  "operate/refresh",
  "sql/properties",
  "operate/demo",
  "operate/upkeep",
  "operate/same-company",
  "operate/compare",
  "operate/packed",
  "operate/bad-input",
  "extract/stripe",
  "dashboards/pages",
  "extract/salesforce",
  "extract/foreign-export",
  "operate/random-differences",
  "extract/contract-random",
  "dashboards/facts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return place === -1 ? longest.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A page under test shares the machine with others; what it must show may take longer than a second.
    expect: { poll: { timeout: 10_000 } },
    // One more than the cores of a small machine: some tests wait for a process or a browser; with two more all take turns at the caches.
    maxWorkers: 3,
    // No file changes what another one imports, and a process for each of a hundred files takes half a second to begin.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Commands that tests start as processes of their own need not compile the program anew each time.
    env: { TZ: "UTC", NODE_COMPILE_CACHE: path.join(import.meta.dirname, "node_modules", ".cache", "compiled") },
    reporters: report === undefined ? ["default"] : ["default", "json"],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
