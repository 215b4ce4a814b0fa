import { describe, expect, test } from "vitest";
import { excusesOf, findLeaks, indexStrangers, type Own } from "../../src/reports/packs/leak.ts";
import { type PackTable, withoutSourceText } from "../../src/reports/packs/tables.ts";

const apex = { key: "hubspot:10", name: "Apex", domain: "apex.example" };
const apexEurope = { key: "hubspot:11", name: "Apex Europe", domain: "apex-europe.example" };
const north = { key: "drop:P-0067", name: "Northwind & Sons", domain: null };
const index = indexStrangers([apex, apexEurope, north]);
const own: Own = {
  partner: apexEurope,
  keys: ["hubspot:9001", "hubspot:10"],
  accounts: ["Apex Foods", "Blue Hotels via Apex"],
};
const found = (text: string, blank = ""): readonly string[] =>
  findLeaks(text, blank, index, excusesOf(own)).map((leak) => `${leak.what}: ${leak.words}`);

describe("the leak check", () => {
  test("finds another partner by name, key, local id and domain, whatever the case and the signs around", () => {
    expect(found("won with NORTHWIND &amp; Sons")).toEqual(["name: northwind sons"]);
    expect(found("owner,drop:p-0067")).toEqual(["key: drop p 0067", "id: p 0067"]);
    expect(found("see https://www.apex.example/deals")).toContain("domain: apex example");
  });

  test("does not mistake a part of a longer word for a name", () => {
    expect(found("Apexology grew, northwinds blew")).toEqual([]);
  });

  test("leaves the partner's own name alone, even where it holds another's", () => {
    expect(found("Apex Europe, apex-europe.example")).toEqual([]);
  });

  test("lets a customer be called like a partner, but not a partner be named within a customer's name", () => {
    expect(found("account: Apex Foods")).toEqual([]);
    expect(found("account: Blue Hotels via Apex")).toEqual(["name: apex"]);
  });

  test("lets a deal of the partner's own have the number of another partner", () => {
    expect(found("deal hubspot:10")).toEqual([]);
  });

  test("leaves our own words alone where they stand anyway, and counts one more", () => {
    expect(found("apex,kind\nd1,apex", "apex,kind\nx,apex")).toEqual([]);
    expect(found("apex,kind\nwon by apex,apex", "apex,kind\nx,apex")).toEqual(["name: apex"]);
  });

  test("lets the number of an own deal begin with a word that a partner is called by, and with no other name", () => {
    const deal = { key: "drop:prt-5", name: "Deal", domain: null };
    const of = (key: string, text: string): readonly string[] =>
      findLeaks(
        text,
        "deal,account",
        indexStrangers([apex, apexEurope, north, deal]),
        excusesOf({ ...own, keys: [key] }),
      ).map((leak) => `${leak.what}: ${leak.words}`);
    expect(of("drop:deal-0001", "deal,account\ndrop:deal-0001,Blue Mill")).toEqual([]);
    expect(of("drop:deal-0001", "deal,account\ndrop:deal-0002,Blue Mill")).toEqual(["name: deal"]);
    expect(of("drop:deal-0001", "deal,account\ndrop:deal-0001,Deal won it")).toEqual(["name: deal"]);
    expect(of("drop:northwind-sons-1", "deal,account\ndrop:northwind-sons-1,Blue Mill")).toEqual([
      "name: northwind sons",
    ]);
  });

  test("lets a stage of a common name stand beside a partner of that name, and none that is another's name", () => {
    const won = { key: "drop:prt-6", name: "Won", domain: null };
    const of = (stage: string): readonly string[] => {
      const deals = (label: string): PackTable => ({
        name: "deals",
        title: "",
        about: "",
        columns: ["deal", "state", "stage"],
        rows: [["hubspot:9001", "won", label]],
      });
      const textOf = (tables: readonly PackTable[]): string => tables.map((one) => one.rows.join("\n")).join("\n");
      const drawn = [deals(stage)];
      return findLeaks(
        textOf(drawn),
        textOf(withoutSourceText(drawn, "USD")),
        indexStrangers([apex, apexEurope, north, won]),
        excusesOf(own),
      ).map((leak) => `${leak.what}: ${leak.words}`);
    };
    expect(of("Won")).toEqual([]);
    expect(of("Apex")).toEqual(["name: apex"]);
    expect(of("Won by Apex")).toEqual(["name: won", "name: apex"]);
  });

  test("finds an e-mail address of anyone", () => {
    expect(found("ask jane.doe@customer.example")).toEqual(["email address: jane.doe@customer.example"]);
  });
});
