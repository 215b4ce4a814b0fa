import { describe, expect, test } from "vitest";
import { excusesOf, findLeaks, indexStrangers, type Own } from "../../src/reports/packs/leak.ts";

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

  test("finds an e-mail address of anyone", () => {
    expect(found("ask jane.doe@customer.example")).toEqual(["email address: jane.doe@customer.example"]);
  });
});
