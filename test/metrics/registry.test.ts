import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { creditModels, type Metric } from "../../src/metrics/define.ts";
import { findMetric, findProblems, metricFamilies, metricIds, metricOf, metrics } from "../../src/metrics/registry.ts";

test("every definition is complete", () => {
  expect(findProblems(metrics)).toEqual([]);
  expect(new Set(metricFamilies.map((family) => family.id)).size).toBe(metricFamilies.length);
});

test("every definition names the file that computes it", () => {
  const root = path.join(import.meta.dirname, "..", "..");
  expect(metrics.filter((metric) => !existsSync(path.join(root, metric.model))).map((metric) => metric.id)).toEqual([]);
});

test("a pattern stands for each of its words, and open ones for any", () => {
  expect(findMetric("credited_bookings.linear")).toMatchObject({
    id: "credited_bookings.linear",
    label: "Credited bookings, linear",
  });
  expect(findMetric("stage_days_median.Contract sent. (v2)")?.label).toBe("Median days in Contract sent. (v2)");
  expect(findMetric("credited_bookings.median")).toBeUndefined();
  expect(findMetric("credited_bookings.<model>")).toBeUndefined();
  expect(findMetric("stage_days_median.")).toBeUndefined();
  for (const model of creditModels) expect(metricIds).toContain(`credited_collected.${model}`);
});

test("the plain metric and its variants are different metrics", () => {
  expect(metricOf("win_rate", "test").variants).toBeUndefined();
  expect(metricOf("win_rate.certified", "test").label).toBe("Win rate, certified partners");
});

test("an unknown id is answered with the nearest one", () => {
  expect(() => metricOf("sourced_booking", "dashboards/01-overview.ts")).toThrow(
    /dashboards\/01-overview\.ts: there is no metric "sourced_booking"[\s\S]*did you mean "sourced_bookings"/,
  );
});

test("problems are said in words, all of them", () => {
  const metric: Metric = {
    ...metricOf("win_rate", "test"),
    id: "Win Rate",
    words: "Won deals",
    unit: "percent" as Metric["unit"],
    slices: [],
    since: "soon",
  };
  expect(findProblems([metric, metric])).toEqual(
    expect.arrayContaining([
      "Win Rate: is defined twice",
      "Win Rate: the id is lower-case words joined by `_`, with at most one part after a dot",
      "Win Rate: words are whole sentences and end with a full stop",
      'Win Rate: unit is "percent"; use one of money, ratio, days, hours, count, money_per_day, points',
      "Win Rate: it has no slices",
      "Win Rate: since is a version like 0.1.0",
    ]),
  );
});
