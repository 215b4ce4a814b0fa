import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqlFolder } from "../../src/models/load.ts";
import { type Connection, type Database, openEngine } from "../../src/warehouse/database.ts";

let engine: Database;
let connection: Connection;
beforeAll(async () => {
  engine = await openEngine();
  connection = await engine.connect();
  await connection.run(await readFile(path.join(sqlFolder, "functions.sql"), "utf8"));
});
afterAll(async () => {
  connection.close();
  await engine.close();
});

async function value(expression: string): Promise<unknown> {
  const row = await connection.row<Record<string, unknown>>(`select (${expression})::varchar as value`);
  return row?.value;
}

const utc = (expression: string): Promise<unknown> =>
  value(`strftime(timezone('UTC', ${expression}), '%Y-%m-%d %H:%M:%S')`);

describe("rounding", () => {
  test.each([
    [5, 2, "3"],
    [-5, 2, "-3"],
    [4, 3, "1"],
    [-1, 3, "0"],
    [1, 2, "1"],
    [49, 100, "0"],
  ])("%i / %i is %s", async (num, den, expected) => {
    expect(await value(`round_half_away(${num}, ${den})`)).toBe(expected);
  });

  test("numbers wider than a BIGINT stay exact", async () => {
    expect(await value("round_half_away(100000000000000000000::hugeint, 3)")).toBe("33333333333333333333");
  });
});

describe("converting minor units", () => {
  test("a negative amount rounds away from zero as well", async () => {
    // 1005 / 10 = 100.5
    expect(await value("convert_minor(-1005, 1, 10)")).toBe("-101");
  });

  test("an amount, a rate and its twelve decimals squared stay exact in 128 bits and beyond", async () => {
    // 123456789012345678 × (0.922084832641)² = 104967954436347780.68…
    const square = "922084832641::hugeint * 922084832641, 1000000000000::hugeint * 1000000000000";
    expect(await value(`convert_minor(123456789012345678, ${square})`)).toBe("104967954436347781");
    expect(await value(`convert_minor(-123456789012345678, ${square})`)).toBe("-104967954436347781");
  });

  test("a negative part of an amount is as wide and as exact", async () => {
    // -565874338150 × 788695692954593 / 788695692954594 = -565874338149.999…
    expect(await value("convert_minor(565874338150, -788695692954593, 788695692954594)")).toBe("-565874338150");
    expect(await value("convert_minor(-15, -1, 10)")).toBe("2");
  });

  test("nothing is converted to nothing, and what does not fit is nothing too", async () => {
    expect(await value("convert_minor(null::bigint, 3, 4)")).toBeNull();
    expect(await value("convert_minor(123456789012345678, 1000, 1)")).toBeNull();
  });
});

describe("shares of an amount", () => {
  test("three equal parts of 10.00 leave one cent to the largest remainder (R26)", async () => {
    expect(await value("floor_share(1000, 1, 3::hugeint)")).toBe("333");
    expect(await value("share_remainder(1000, 1, 3::hugeint)")).toBe("1");
  });

  test("a product beyond a BIGINT is as exact as a small one", async () => {
    expect(await value("floor_share(123456789012345678, 1000000000000, 3000000000000)")).toBe("41152263004115226");
    // 6 × 10^12 × 3,488,579,984,217 / 4,488,579,984,217 is 4,663,274,349,327 and a remainder: the whole millions alone pass a BIGINT.
    expect(await value("floor_share(6000000000000, 3488579984217, 4488579984217)")).toBe("4663274349327");
    expect(await value("share_remainder(6000000000000, 3488579984217, 4488579984217)")).toBe("273395428041");
    expect(await value("floor_share(6000000000000, 1000000000000, 4488579984217)")).toBe("1336725650672");
  });

  // 10.01 of two at 70 and 30: 7.007 and 3.003, so 7.01 and 3.00; at 50 and 50 the first has the cent. Of three alike the first has it.
  test.each([
    ["all of it, alone", "1001, 1, 1, 1, 1", "1001"],
    ["the larger remainder of two", "1001, 70, 100, 2, 1", "701"],
    ["the smaller remainder of two", "1001, 30, 100, 2, 2", "300"],
    ["the first of two equal halves", "1001, 50, 100, 2, 1", "501"],
    ["the second of two equal halves", "1001, 50, 100, 2, 2", "500"],
    ["the first of three alike", "1000, 1, 3, 3, 1", "334"],
    ["the second of three alike", "1000, 1, 3, 3, 2", "333"],
    ["one of three that are not alike, which takes a look at the others", "1000, 2, 4, 3, 1", null],
  ])("a part that is %s (R26)", async (_, parts, expected) => {
    expect(await value(`sole_part(${parts})`)).toBe(expected);
  });

  // A third is 333,333,333,333 parts of 10^12, and the part left over is the first's.
  test.each([
    ["1, 1, 1, 1", "1000000000000"],
    ["1, 3, 3, 1", "333333333334"],
    ["1, 3, 3, 3", "333333333333"],
    ["1, 3, 2, 1", "333333333334"],
    ["2, 3, 2, 2", "666666666666"],
    ["2, 4, 3, 1", null],
  ])("a share of %s in 10^-12 adds up to 1 with the others", async (share, expected) => {
    expect(await value(`sole_share(${share})`)).toBe(expected);
  });
});

describe("months", () => {
  test.each([
    ["2026-01-31", 1, "2026-02-28"],
    ["2024-01-31", 1, "2024-02-29"],
    ["2026-03-31", -1, "2026-02-28"],
    ["2026-12-31", 2, "2027-02-28"],
    ["2026-09-30", -12, "2025-09-30"],
  ])("%s and %i months is %s", async (day, months, expected) => {
    expect(await value(`add_months(date '${day}', ${months})`)).toBe(expected);
  });

  test("days between count forward", async () => {
    expect(await value("day_diff(date '2026-01-01', date '2026-01-31')")).toBe("30");
    expect(await value("day_diff(date '2026-01-31', date '2026-01-01')")).toBe("-30");
  });
});

describe("a time without a zone", () => {
  test.each([
    ["twice, and is the earlier instant", "2026-11-01T01:30:00", "America/New_York", "2026-11-01 05:30:00"],
    ["never, and moves forward by the hour", "2026-03-08T02:30:00", "America/New_York", "2026-03-08 07:30:00"],
    ["once, just after the gap", "2026-03-08T03:00:00", "America/New_York", "2026-03-08 07:00:00"],
    ["once, just after the repeated hour", "2026-11-01T02:00:00", "America/New_York", "2026-11-01 07:00:00"],
    ["twice where half an hour repeats", "2026-04-05T01:45:00", "Australia/Lord_Howe", "2026-04-04 14:45:00"],
    ["never where half an hour is left out", "2026-10-04T02:15:00", "Australia/Lord_Howe", "2026-10-03 15:45:00"],
    ["never on a day that was left out whole", "2011-12-30T12:00:00", "Pacific/Apia", "2011-12-30 22:00:00"],
    ["once, an hour after that day", "2011-12-31T01:00:00", "Pacific/Apia", "2011-12-30 11:00:00"],
    ["twice in Europe", "2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25 00:30:00"],
    ["once in a zone without changes", "2026-07-01 12:00", "Asia/Kolkata", "2026-07-01 06:30:00"],
  ])("occurs %s (R05)", async (_, written, zone, expected) => {
    expect(await utc(`parse_timestamp('${written}', '${zone}')`)).toBe(expected);
  });

  test("a bare date is 00:00 there, and where midnight is left out the first moment after it (R04)", async () => {
    expect(await utc("parse_timestamp('2026-03-01', 'America/New_York')")).toBe("2026-03-01 05:00:00");
    expect(await utc("parse_timestamp('2018-11-04', 'America/Sao_Paulo')")).toBe("2018-11-04 03:00:00");
  });
});

describe("a time with a zone", () => {
  test.each([
    ["2026-03-01T10:00:00Z", "2026-03-01 10:00:00"],
    ["2026-03-01T10:00:00+02:00", "2026-03-01 08:00:00"],
    ["2026-03-01T10:00:00.123+0000", "2026-03-01 10:00:00"],
    ["2026-03-01T10:00:00-0530", "2026-03-01 15:30:00"],
    ["2026-03-01T10:00+05", "2026-03-01 05:00:00"],
    ["2026-03-01T10:00Z", "2026-03-01 10:00:00"],
    ["2026-03-01 10:00:00 +02:00", "2026-03-01 08:00:00"],
    ["2026-03-01t10:00:00z", "2026-03-01 10:00:00"],
  ])("%s is %s", async (written, expected) => {
    expect(await utc(`parse_timestamp('${written}', 'America/New_York')`)).toBe(expected);
  });

  test.each([
    "2026-02-30",
    "2026-3-1",
    "2026/03/01",
    "2026-13-01T10:00:00",
    "2026-03-01T10:00:00 UTC",
    "infinity",
    "soon",
    "",
  ])("'%s' is none", async (written) => {
    expect(await value(`parse_timestamp('${written}', 'UTC')`)).toBeNull();
  });
});

test.each([
  ["2026-03-01", "2026-03-01"],
  ["2026-02-29", null],
  ["2026-3-01", null],
  ["2026-03-01T00:00:00Z", null],
  ["01.03.2026", null],
])("as a date '%s' is %s (R04)", async (written, expected) => {
  expect(await value(`parse_date('${written}')`)).toBe(expected);
});

describe("money", () => {
  test.each([
    ["10.005", 2, "1001", "true"],
    ["-10.005", 2, "-1001", "true"],
    ["10.500", 2, "1050", "false"],
    ["100.5", 0, "101", "true"],
    ["100.0", 0, "100", "false"],
    ["12.3456", 3, "12346", "true"],
    ["0.00499999999951", 2, "0", "true"],
    ["1e3", 2, "100000", "false"],
    [".5", 2, "50", "false"],
    ["1,000.00", 2, null, "false"],
    ["12x", 2, null, "false"],
    ["99999999999999999", 2, null, "false"],
  ])("%s with %i decimals is %s minor units; decimals cut: %s (R06)", async (written, exponent, minor, cut) => {
    expect(await value(`parse_money('${written}', ${exponent})`)).toBe(minor);
    expect(await value(`is_money_cut('${written}', ${exponent})`)).toBe(cut);
  });
});

describe("numbers", () => {
  // Twelve digits of a share or a chance are kept, and what is beyond them is looked at before it is cut.
  test.each([
    ["33.3333333", "33.333333300000"],
    ["100", "100.000000000000"],
    ["100.00001", null],
    ["100.0000000000001", null],
    ["-0.00001", null],
    ["1e-7", "0.000000100000"],
    ["1E2", "100.000000000000"],
    ["1_0", null],
    ["123456789", null],
    ["12.1234567890125", "12.123456789013"],
    ["half", null],
  ])("a share of %s is %s per cent", async (written, share) => {
    expect(await value(`parse_percentage('${written}')`)).toBe(share);
  });

  test.each([
    ["0.5", "0.500000000000"],
    ["0.123456789012", "0.123456789012"],
    ["1.0000000000001", null],
    ["1", "1.000000000000"],
  ])("a chance of %s is %s", async (written, chance) => {
    expect(await value(`parse_probability('${written}')`)).toBe(chance);
  });

  test("a decimal is said without the zeros at its end", async () => {
    expect(await value("say_decimal(trillionths(33333333300000))")).toBe("33.3333333");
    expect(await value("say_decimal(trillionths(100000000000000))")).toBe("100");
  });

  test("a number is the same however briefly it is written", async () => {
    expect(await value("parse_number('999999999')")).toBe("999999999.000000000000000000");
    expect(await value("parse_number('1234567890.1')")).toBe("1234567890.100000000000000000");
    expect(await value("parse_number('.00000001')")).toBe("0.000000010000000000");
  });
});

describe("keys and names", () => {
  test.each([
    "Acme ",
    " Acme",
    "Acme\t",
    "Acme\n",
    "\r\nAcme\r\n",
    "Acme\u00A0",
    "\u00A0Acme",
    "Acme\u202F",
    "\u202FAcme",
  ])("a cell loses the blanks around it: %j", async (written) => {
    const row = await connection.row<{ kept: string }>("select cell($1) as kept", [written]);
    expect(row?.kept).toBe("Acme");
  });

  test("a reference is full when it starts with the name of a source, and local otherwise, colons and all (R01)", async () => {
    expect(await value("full_key('drop', '9001', ['drop', 'hubspot'])")).toBe("drop:9001");
    expect(await value("full_key('drop', 'hubspot:9001', ['drop', 'hubspot'])")).toBe("hubspot:9001");
    expect(await value("full_key('drop', 'emea:9001', ['drop', 'hubspot'])")).toBe("drop:emea:9001");
  });

  test("a domain loses case, blanks and one leading www. (R59)", async () => {
    expect(await value("normalise_domain(' WWW.Acme.COM ')")).toBe("acme.com");
    expect(await value("email_domain('Bob@Acme.com ')")).toBe("acme.com");
    expect(await value("email_domain('nobody')")).toBeNull();
  });

  test("a partner's type loses case and everything but letters and digits (R16)", async () => {
    expect(await value("normalise_word('Co-Sell  Partner')")).toBe("co_sell_partner");
  });

  test("a company's name is compared without accents, punctuation and legal form", async () => {
    expect(await value("normalise_name('Ácme & Söhne, Inc.')")).toBe("acme and sohne");
    expect(await value("normalise_name('Acme Co., Ltd.')")).toBe("acme");
  });
});
