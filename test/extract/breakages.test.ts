import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { createCompany } from "../../src/sandbox/index.ts";
import { type Contract, openContract } from "../support/contract.ts";
import { listing, openBench, page, streamOf, vendorOf } from "../support/extraction.ts";

// What broke other extractions, as breakages.md lists it; here are those that no other test holds.

const company = createCompany({ seed: 3, now: new Date("2026-09-10T12:00:00Z"), size: 12 });
const first = new Date("2026-09-10T14:00:00Z");
const second = new Date("2026-09-11T14:00:00Z");
const between = "2026-09-11T10:00:00.000Z";

/** The values at a path that a stream's living records have now. */
const latest = async ({ log }: Contract, stream: string, at: string): Promise<readonly unknown[]> =>
  (
    await log.rows<{ value: string | null }>(
      `select distinct value
      from (
          select arg_max(payload, seq) ->> '${at}' as value
          from raw.record
          where stream = '${stream}'
          group by id
          having arg_max(op, seq) = 'upsert'
      )
      order by value nulls first`,
    )
  ).map(({ value }) => value);

test("more changes of one moment than a search gives are all read, and the search is never driven past its end", async () => {
  const asked: { after?: unknown }[] = [];
  const contract = await openContract(company, "hubspot", {
    limits: { hubspot: { pageRecords: 5, searchResults: 10 } },
    fault: (request) => {
      if (request.path.endsWith("/deals/search")) asked.push(JSON.parse(request.body) as { after?: unknown });
      return undefined;
    },
  });
  await contract.run(first);
  const deals = await contract.ids("deals", false);
  expect(deals.length).toBeGreaterThan(20);
  for (const id of deals) contract.sandbox.hubspot.edits.set("deals", id, { amount: "815" }, between);
  const reports = await contract.run(second);
  expect(reports.find((report) => report.stream === "deals")?.changed).toBe(deals.length);
  expect(await latest(contract, "deals", "$.properties.amount")).toEqual(["815"]);
  expect(asked.filter(({ after }) => after !== undefined)).toEqual([]);
});

test("a mapped formula field is read anew each night, since it moves no stamp", async () => {
  const contract = await openContract(company, "salesforce", {
    // So many pages that changes alone would be cheaper than everything.
    limits: { salesforce: { pageRows: 1 } },
    source: { mapping: { deals: { columns: { lost_reason: "Health__c" } } } },
  });
  const { edits } = contract.sandbox.salesforce;
  edits.define("Opportunity", (known) => [...known, { name: "Health__c", type: "string", calculated: true }]);
  await contract.run(first);
  const [deal] = await contract.log.rows<{ id: string }>(
    "select id from raw.record where stream = 'Opportunity' and op = 'upsert' order by id limit 1",
  );
  edits.calculate("Opportunity", deal?.id ?? "", { Health__c: "poor" });
  await contract.run(second);
  expect(await latest(contract, "Opportunity", "$.Health__c")).toEqual([null, "poor"]);
});

test("a mapped calculated property is read anew each night, since it moves no date", async () => {
  const contract = await openContract(company, "hubspot", {
    limits: { hubspot: { pageRecords: 5 } },
    source: { mapping: { deals: { columns: { lost_reason: "health" } } } },
  });
  const { edits } = contract.sandbox.hubspot;
  edits.define("deals", (known) => [...known, { ...known[0]!, name: "health", type: "string", calculated: true }]);
  await contract.run(first);
  const [id = ""] = await contract.ids("deals", false);
  edits.set("deals", id, { health: "poor" }, "2025-01-01T00:00:00.000Z");
  await contract.run(second);
  expect(await latest(contract, "deals", "$.properties.health")).toEqual([null, "poor"]);
});

test("two accounts of one vendor whose ids are the same stay apart, also when one loses a record", async () => {
  const both = [
    { name: "crm_eu", kind: "stripe", api_key: "sk_test" },
    { name: "crm_us", kind: "stripe", api_key: "sk_test" },
  ];
  const bench = await openBench({ sources: both });
  const one = page({ id: "1", name: "Acme" });
  const two = page({ id: "1", name: "Other" }, { id: "2", name: "Bolt" });
  const connect = (eu: typeof one, us: typeof one) => (source: { name: string }) =>
    vendorOf(streamOf("deals", listing(source.name === "crm_eu" ? eu : us)))(source);
  await bench.run(1, { connect: connect(two, two) });
  await bench.run(2, { connect: connect(one, two) });
  expect(
    await bench.rows(
      `select source, id, arg_max(op, seq) as op, arg_max(payload ->> '$.name', seq) as name
      from raw.record group by all order by all`,
    ),
  ).toEqual([
    { source: "crm_eu", id: "1", op: "upsert", name: "Acme" },
    { source: "crm_eu", id: "2", op: "delete", name: "Bolt" },
    { source: "crm_us", id: "1", op: "upsert", name: "Other" },
    { source: "crm_us", id: "2", op: "upsert", name: "Bolt" },
  ]);
});

test("every breakage of the list is held by a test that exists", async () => {
  const root = path.join(import.meta.dirname, "..");
  const table = await readFile(path.join(import.meta.dirname, "breakages.md"), "utf8");
  const rows = [...table.matchAll(/^\| (.+?) \| `(.+?)` \| (.+?) \|$/gm)];
  expect(rows.length).toBeGreaterThan(25);
  for (const [, what, file = "", title = ""] of rows) {
    const text = await readFile(path.join(root, file), "utf8");
    expect({ what, title, isThere: text.includes(title) }).toEqual({ what, title, isThere: true });
  }
});
