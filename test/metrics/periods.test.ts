import { describe, expect, test } from "vitest";
import { dayOfPeriod, lastPeriods, periodOf, shiftPeriod, spanOf, yearBefore } from "../../src/metrics/periods.ts";

describe("a fiscal year that starts in February", () => {
  test("is named after the year it ends in", () => {
    expect(periodOf("year", "2026-01-31", 2)).toBe("2026");
    expect(periodOf("year", "2026-02-01", 2)).toBe("2027");
    expect(periodOf("quarter", "2026-01-31", 2)).toBe("2026-Q4");
    expect(periodOf("quarter", "2026-04-30", 2)).toBe("2027-Q1");
    expect(periodOf("quarter", "2026-05-01", 2)).toBe("2027-Q2");
  });

  test("has months by the calendar (R27)", () => {
    expect(periodOf("month", "2026-01-31", 2)).toBe("2026-01");
    expect(spanOf("month", "2026-02", 2)).toEqual({ startsOn: "2026-02-01", endsOn: "2026-02-28" });
  });

  test("has quarters of whole months (R27)", () => {
    expect(spanOf("quarter", "2027-Q1", 2)).toEqual({ startsOn: "2026-02-01", endsOn: "2026-04-30" });
    expect(spanOf("quarter", "2026-Q4", 2)).toEqual({ startsOn: "2025-11-01", endsOn: "2026-01-31" });
    expect(spanOf("year", "2027", 2)).toEqual({ startsOn: "2026-02-01", endsOn: "2027-01-31" });
  });
});

test("a fiscal year that starts in January or December is the calendar year or the next one", () => {
  expect(spanOf("year", "2026", 1)).toEqual({ startsOn: "2026-01-01", endsOn: "2026-12-31" });
  expect(periodOf("quarter", "2026-12-31", 1)).toBe("2026-Q4");
  expect(periodOf("year", "2026-12-01", 12)).toBe("2027");
  expect(periodOf("year", "2026-11-30", 12)).toBe("2026");
});

test("periods before and after step over the year", () => {
  expect(shiftPeriod("quarter", "2026-Q1", -1)).toBe("2025-Q4");
  expect(shiftPeriod("month", "2026-12", 1)).toBe("2027-01");
  expect(shiftPeriod("year", "2026", -2)).toBe("2024");
  expect(yearBefore("quarter", "2026-Q1")).toBe("2025-Q1");
  expect(lastPeriods("quarter", "2026-Q2", 4)).toEqual(["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]);
});

test("a day is counted within its period, leap days included", () => {
  expect(dayOfPeriod(spanOf("quarter", "2026-Q3", 1), "2026-07-14")).toEqual({ day: 14, days: 92 });
  expect(dayOfPeriod(spanOf("quarter", "2028-Q1", 1), "2028-03-31")).toEqual({ day: 91, days: 91 });
});
