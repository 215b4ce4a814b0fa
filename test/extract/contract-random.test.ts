import { describe, expect, test } from "vitest";
import { createCompany, type FaultHook, type SandboxLimits, type Vendor } from "../../src/sandbox/index.ts";
import { randomFor } from "../../src/sandbox/random.ts";
import { liveThrough } from "../faults/moves.ts";
import { compareTruth, readTruth } from "../faults/truth.ts";
import { type Contract, openContract } from "../support/contract.ts";

// Every stream of a vendor, whatever happens there in whatever order, held against what the vendor really has.

const company = createCompany({ seed: 3, now: new Date("2026-09-10T12:00:00Z"), size: 12 });
const day = 86_400_000;
const beginning = Date.parse("2026-09-10T14:00:00Z");

// Pages so small that a small company's changes are cheaper than a listing of everything.
const small: SandboxLimits = {
  hubspot: { pageRecords: 5, associationsPerRecord: 2 },
  salesforce: { pageRows: 6, bulkRows: 20 },
  stripe: { pageSize: 4 },
};

interface Kind {
  readonly name: string;
  readonly vendor: Vendor;
  readonly source?: Readonly<Record<string, unknown>>;
}

const wide = process.env.ATTRIBUTARY_CONTRACT_SEEDS;
const seeds = (wide ?? "1").split(",").map(Number);

// An org that is read by jobs has its changes and what jobs refuse from REST; one by REST alone is in `contract.test.ts`.
const kinds: readonly Kind[] = [
  { name: "HubSpot", vendor: "hubspot" },
  ...(wide === undefined ? [] : [{ name: "Salesforce by REST alone", vendor: "salesforce" } as const]),
  { name: "Salesforce by jobs", vendor: "salesforce", source: { bulk_from: 0 } },
  { name: "Stripe", vendor: "stripe" },
];

const open = ({ vendor, source = {} }: Kind, fault?: FaultHook): Promise<Contract> =>
  openContract(company, vendor, { limits: small, source, ...(fault === undefined ? {} : { fault }) });

describe.each(kinds)("$name", (kind) => {
  test.each(seeds)(
    "days of any changes, and readings that break off in the middle, leave nothing out (seed %i)",
    async (seed) => {
      const random = randomFor("contract", seed);
      let left = Number.POSITIVE_INFINITY;
      const contract = await open(kind, () => {
        left -= 1;
        // Nothing that a reading waits for or asks again.
        return left === 0 ? { reply: { status: 418, body: "[]" } } : undefined;
      });
      let number = 0;
      for (let night = 0; night < 3; night += 1) {
        const now = beginning + night * day;
        const { sandbox } = contract;
        if (night > 0) {
          const truth = await readTruth(sandbox, kind.vendor);
          const nextNumber = (): number => (number += 1);
          liveThrough({ sandbox, vendor: kind.vendor, random, now, most: 12, truth, nextNumber });
        }
        left = random.int(2, night === 0 ? 40 : 14);
        await contract.run(new Date(now)).catch((error: Error) => expect(error.message).toContain("418"));
        left = Number.POSITIVE_INFINITY;
        await contract.run(new Date(now + 60_000));
        const found = await compareTruth(contract.log.connection, kind.vendor, await readTruth(sandbox, kind.vendor));
        expect({ night, found }).toEqual({ night, found: [] });
      }
    },
  );

  test("a stream without a record is empty, and no failure, as long as nothing is in it", async () => {
    const contract = await open(kind);
    const { hubspot, salesforce, stripe } = contract.sandbox;
    const truth = await readTruth(contract.sandbox, kind.vendor);
    const [stream, clear, fill] = {
      hubspot: [
        "companies",
        (id: string) => hubspot.edits.purge("companies", id),
        (id: string, at: string) => hubspot.edits.add("companies", `9${id}`, { name: "One" }, at),
      ] as const,
      salesforce: [
        "OpportunityHistory",
        (id: string) => salesforce.edits.purge("OpportunityHistory", id),
        (id: string, at: string) => salesforce.edits.add("OpportunityHistory", id, { StageName: "Won" }, at),
      ] as const,
      stripe: [
        "customers",
        (id: string) => stripe.edits.remove("customers", id, new Date(beginning - 300 * day).toISOString()),
        (id: string, at: string) => stripe.edits.add("customers", `${id}9`, { object: "customer" }, at),
      ] as const,
    }[kind.vendor];
    const ids = [...(truth.get(stream) ?? [])].map(([id]) => id);
    for (const id of ids) clear(id);
    const held = async (): Promise<unknown> =>
      (
        await contract.log.rows<{ n: number }>(
          `select count(*) as n from (select id from raw.record where stream = '${stream}' group by id having arg_max(op, seq) = 'upsert')`,
        )
      )[0]?.n;
    for (const night of [0, 1]) {
      const reports = await contract.run(new Date(beginning + night * day));
      expect(reports.find((report) => report.stream === stream)).toMatchObject({ status: "done", changed: 0 });
    }
    fill(ids[0] ?? "", new Date(beginning + 1.5 * day).toISOString());
    await contract.run(new Date(beginning + 2 * day));
    expect(await held()).toBe(1);
  });
});
