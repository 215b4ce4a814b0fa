import { describe, expect, test } from "vitest";
import {
  exponentOf,
  formatCard,
  formatCell,
  formatChange,
  formatDate,
  formatMissing,
  formatMoment,
  formatMoney,
  formatMoneyShort,
  formatPercentagePoints,
  formatPeriod,
  formatSample,
  majorOf,
  unitLabel,
} from "../../src/metrics/format.ts";

describe("money", () => {
  test.each([
    ["1236400.1", "USD", "$1.24M"],
    ["41234", "CHF", "CHF\u00a041.2k"],
    ["950", "USD", "$950"],
    ["999999.4", "USD", "$1M"],
    ["40000", "USD", "$40k"],
    ["2300000", "USD", "$2.30M"],
    ["9999.6", "USD", "$10k"],
    ["1000", "USD", "$1,000"],
    ["-5033.4", "USD", "−$5,033"],
    ["45.5", "USD", "$45.50"],
    ["45", "USD", "$45"],
    ["0", "USD", "$0"],
    ["-12345678", "EUR", "−€12.3M"],
    ["-0.001", "USD", "$0"],
    ["12345678", "JPY", "¥12.3M"],
  ])("on a card is written the way people write it: %s %s is %s", (value, currency, text) => {
    expect(formatMoneyShort(value, currency)).toBe(text);
  });

  test("in a table has whole units, a true minus and no currency", () => {
    expect(formatCell("-1234567.50", { unit: "money" })).toBe("−1,234,568");
    expect(formatCell("0.4", { unit: "money" })).toBe("0");
    expect(unitLabel({ unit: "money" }, "EUR")).toBe("EUR");
  });

  test("beyond what a double can hold keeps every digit", () => {
    expect(formatMoney("12345678901234567.89", "USD")).toBe("$12,345,678,901,234,567.89");
  });

  test("in minor units becomes exact text in major units", () => {
    expect(majorOf(124050n, "USD")).toBe("1240.50");
    expect(majorOf(-5, "USD")).toBe("-0.05");
    expect(majorOf(7, "JPY")).toBe("7");
    expect(majorOf(1234567, "KWD")).toBe("1234.567");
    expect(exponentOf("KWD")).toBe(3);
  });
});

describe("values", () => {
  test("carry their unit on a card", () => {
    expect(formatCard("0.314159", { unit: "ratio" }, "USD")).toBe("31.4%");
    expect(formatCard("42.500000000000", { unit: "days" }, "USD")).toBe("42.5 days");
    expect(formatCard(1, { unit: "days" }, "USD")).toBe("1 day");
    expect(formatCard(1240, { unit: "count" }, "USD")).toBe("1,240");
    expect(formatCard("73.4", { unit: "points" }, "USD")).toBe("73.4 of 100");
    expect(formatCard("11.89", { unit: "money_per_day" }, "USD")).toBe("$11.89 a day");
    expect(formatCard("3.21", { unit: "ratio", shownAs: "times" }, "USD")).toBe("3.2×");
    expect(formatCard("0.1849", { unit: "ratio", shownAs: "decimal" }, "USD")).toBe("0.18");
  });

  test("that are missing are a dash, and the reason stands beside it", () => {
    expect(formatCard(null, { unit: "ratio" }, "USD")).toBe("–");
    expect(formatCell(null, { unit: "money" })).toBe("–");
    expect(formatMissing("no closed deals")).toBe("– (no closed deals)");
  });

  test("change with a sign, rates in percentage points", () => {
    expect(formatChange(0.123)).toBe("+12.3%");
    expect(formatChange(-0.041)).toBe("−4.1%");
    expect(formatChange(12.345)).toBe("+1,235%");
    expect(formatPercentagePoints(-0.0231)).toBe("−2.3 pp");
    expect(formatSample(7)).toBe("n = 7");
  });
});

describe("dates", () => {
  test("are written out and never shift", () => {
    expect(formatDate("2026-11-14")).toBe("14 Nov 2026");
    expect(formatDate("2026-01-01")).toBe("1 Jan 2026");
  });

  test("of moments are those of their zone", () => {
    expect(formatMoment(new Date("2026-11-15T02:30:00Z"), "America/New_York")).toBe(
      "14 Nov 2026, 21:30 America/New_York",
    );
    expect(formatMoment(new Date("2026-11-15T00:05:00Z"), "UTC")).toBe("15 Nov 2026, 00:05 UTC");
  });

  test("of periods name the fiscal year", () => {
    expect(formatPeriod("quarter", "2026-Q3")).toBe("Q3 FY26");
    expect(formatPeriod("month", "2026-07")).toBe("Jul 2026");
    expect(formatPeriod("year", "2027")).toBe("FY27");
    expect(formatPeriod("current", "current")).toBe("now");
  });
});
