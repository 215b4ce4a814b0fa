import { describe, expect, test } from "vitest";
import { addMonths, dateIn, instantIn, monthOf, onWorkday, quarterText } from "../../src/sandbox/calendar.ts";

const at = (text: string) => Date.parse(text);

describe("the sandbox's calendar", () => {
  test("tells the date of an instant by the clocks of a zone", () => {
    // 23:36 in Chicago is past midnight in New York, in summer and in winter.
    expect(dateIn("America/Chicago", at("2026-07-15T04:36:00Z"))).toBe("2026-07-14");
    expect(dateIn("America/New_York", at("2026-07-15T04:36:00Z"))).toBe("2026-07-15");
    expect(dateIn("America/Chicago", at("2026-01-15T05:36:00Z"))).toBe("2026-01-14");
    expect(dateIn("America/New_York", at("2026-01-15T05:36:00Z"))).toBe("2026-01-15");
  });

  test("finds the instant of a local midnight on both sides of a change of clocks", () => {
    // Clocks in New York went forward on 8 March 2026 and back on 1 November 2026, both at two in the morning.
    expect(instantIn("America/New_York", "2026-03-08")).toBe(at("2026-03-08T05:00:00Z"));
    expect(instantIn("America/New_York", "2026-03-09")).toBe(at("2026-03-09T04:00:00Z"));
    expect(instantIn("America/New_York", "2026-11-01")).toBe(at("2026-11-01T04:00:00Z"));
    expect(instantIn("America/New_York", "2026-11-02")).toBe(at("2026-11-02T05:00:00Z"));
  });

  test("adds months and keeps to the last day of a short one", () => {
    expect(addMonths("2026-01-31", 1)).toBe("2026-02-28");
    expect(addMonths("2024-01-31", 1)).toBe("2024-02-29");
    expect(addMonths("2026-11-30", 3)).toBe("2027-02-28");
  });

  test("numbers months and names quarters", () => {
    expect(monthOf(at("2026-07-31T23:59:59Z"))).toBe(2026 * 12 + 6);
    expect(quarterText(Math.floor(monthOf(at("2026-07-31T23:59:59Z")) / 3))).toBe("2026-Q3");
  });

  test("moves a weekend to its Monday", () => {
    expect(onWorkday(at("2026-11-21T00:00:00Z"))).toBe(at("2026-11-23T00:00:00Z"));
    expect(onWorkday(at("2026-11-22T00:00:00Z"))).toBe(at("2026-11-23T00:00:00Z"));
    expect(onWorkday(at("2026-11-20T00:00:00Z"))).toBe(at("2026-11-20T00:00:00Z"));
  });
});
