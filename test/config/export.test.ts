import { describe, expect, test } from "vitest";
import { entities } from "../../src/config/entities.ts";
import { parseConfig } from "../../src/config/load.ts";
import { UserError } from "../../src/errors.ts";

const drop = (more: string): string => `sources:\n  - name: drop\n    kind: files\n    path: ./drop\n    ${more}\n`;

/** What a person reads when a configuration is refused. */
function refusal(text: string): string {
  try {
    parseConfig(text, "attributary.yaml", {});
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return error.message;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("a mapping that does not fit is told with its place in the configuration and what would fit", () => {
  test.each([
    [
      "an entity that there is not",
      "columns: { partner: { name: N } }",
      'attributary.yaml:5:16: unknown key sources.0.columns.partner\n  → did you mean "partners"?',
    ],
    [
      "a column that the entity does not have",
      "columns: { partners: { teir: Level } }",
      'attributary.yaml:5:28: unknown key sources.0.columns.partners.teir\n  → did you mean "tier"?',
    ],
    [
      "names the wrong way round",
      "columns: { partners: { Level: tier } }",
      "stands before the colon, the file's behind it: turn it around",
    ],
    [
      "a key that a column does not take",
      "columns: { deals: { currency: { vale: EUR } } }",
      'attributary.yaml:5:37: unknown key sources.0.columns.deals.currency.vale\n  → did you mean "value"? (valid values: format, name, value)',
    ],
    [
      "a value that a column does not have",
      "values: { registrations: { status: { Accepted: aproved } } }",
      'attributary.yaml:5:52: sources.0.values.registrations.status.Accepted is "aproved"\n  → did you mean "approved"? (valid values: approved, rejected, submitted, withdrawn)',
    ],
    [
      "nothing for a column that must have something",
      'values: { registrations: { status: { "n/a": "" } } }',
      "attributary.yaml:5:49: sources.0.values.registrations.status.n/a is empty",
    ],
    ["a currency", "values: { deals: { currency: { Euro: EURO } } }", 'is "EURO"\n  → expected a currency of ISO 4217'],
    ["a yes or no", "values: { pipeline_stages: { is_qualified: { Ja: ja } } }", 'is "ja"\n  → expected true or false'],
    [
      "a date format with letters that mean nothing",
      "formats: { date: TT.MM.JJJJ }",
      'attributary.yaml:5:22: sources.0.formats.date is "TT.MM.JJJJ"\n  → expected a date format of YYYY, YY, MM',
    ],
    ["a date format without separators", "formats: { date: DDMMYYYY }", "expected a date format"],
    ["a date format without a year", "formats: { date: DD/MM }", "expected a date format"],
    ["twelve hours without AM", 'formats: { datetime: "DD/MM/YYYY hh:mm" }', "expected a date format"],
    [
      "a time format without a time",
      "formats: { datetime: DD/MM/YYYY }",
      'expected a date format with a time, like "DD/MM/YYYY HH:mm"',
    ],
    ["a number format", 'formats: { number: "1.234.56" }', "expected the number 1234.56 as the export writes it"],
    [
      "one sign for groups and decimals",
      'formats: { number: "1,234,56" }',
      "expected the number 1234.56 as the export writes it",
    ],
    ["a zone", "formats: { timezone: Berlin }", "expected a zone of the IANA database"],
    [
      "a format for a text",
      "columns: { deals: { owner: { format: DD/MM/YYYY } } }",
      "expected no format here, as this column is read as it is written",
    ],
    [
      "a number format for a date",
      'columns: { deals: { closed_on: { format: "1.234,56" } } }',
      "expected a date format",
    ],
    ["an encoding", "encoding: windows-12", "expected an encoding such as utf-8, utf-16le, windows-1252"],
    [
      "files for an entity that there is not",
      "files: { registration: [a.csv] }",
      'unknown key sources.0.files.registration\n  → did you mean "registrations"?',
    ],
  ])("%s", (_what, line, expected) => {
    expect(refusal(drop(line))).toContain(expected);
  });

  test("of a vendor, too", () => {
    const source = (mapping: string): string =>
      `sources: [{ name: h, kind: hubspot, access_token: t, mapping: ${mapping} }]`;
    expect(refusal(source("{ deals: { columns: { patner_id: p } } }"))).toContain('did you mean "partner_id"?');
    expect(refusal(source("{ deals: { values: { state: { Signed: win } } } }"))).toContain(
      'is "win"\n  → did you mean "won"? (valid values: lost, open, won)',
    );
  });
});

test("every value of a column that fixes its values may be mapped to, and any text in an open list", () => {
  for (const entity of entities) {
    for (const column of entity.columns) {
      const targets = column.kind === "choice" ? column.values : column.kind === "text" ? ["anything"] : [];
      for (const target of targets) {
        const line = `values: { ${entity.name}: { "${column.name}": { Theirs: ${target} } } }`;
        expect(() => parseConfig(drop(line), "a.yaml", {}), line).not.toThrow();
      }
    }
  }
});

test("a pattern may stand alone, a word may be turned into a number or a yes, and into nothing where nothing may stand", () => {
  const config = parseConfig(
    drop(
      'files: { deals: "deals-*.csv" }\n    values: { deals: { probability: { high: 0.9, low: "" } }, payments: { is_out_of_band: { Bar: true } } }',
    ),
    "a.yaml",
    {},
  );
  expect(config.sources[0]).toMatchObject({
    files: { deals: ["deals-*.csv"] },
    values: { deals: { probability: { high: "0.9", low: "" } }, payments: { is_out_of_band: { Bar: "true" } } },
  });
});
