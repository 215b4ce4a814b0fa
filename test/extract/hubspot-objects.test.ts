import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import type { SourceOf } from "../../src/config/schema.ts";
import { probeHubspot, surveyHubspot, surveyHubspotObject } from "../../src/extract/hubspot/index.ts";
import type { LogRecord } from "../../src/extract/log.ts";
import { createCompany, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { openLog, readNight } from "../faults/night.ts";
import { type Built, buildKept } from "../support/build.ts";
import { entryOf } from "../support/entry.ts";
import { openBench } from "../support/extraction.ts";
import { timelessWorld } from "../support/misbehaving-server.ts";
import { errorOf } from "../support/vendor-server.ts";

// A portal whose partners are an object of its own: two living ones, one that was merged, and deals that name them in each way.

const company = createCompany({ seed: 5, now: new Date("2026-09-10T12:00:00Z"), size: 12 });
const transport = { ...timelessWorld(), now: () => company.now, pace: 100 };
const partnerType = "2-7654321";
const [northwind, contour, merged] = ["7700000001", "7700000002", "7700000003"];

const mapping = {
  partners: { object: "p_partner", columns: { type: "kind", tier: "level", agreed_on: "signed" } },
  deals: { columns: { partner_id: "sourcing_partner" } },
  deal_partners: { values: { role: { "Influenced by": "delivery" } } },
};

let sandbox: Sandbox;
let built: Built;
let requests: Readonly<Record<string, number>>;

const sourceOf = (changed: object = mapping): SourceOf<"hubspot"> => {
  const text = stringify({ sources: [{ ...entryOf(sandbox, "hubspot"), mapping: changed }] });
  const [source] = parseConfig(text, "attributary.yaml", {}).sources;
  if (source?.kind !== "hubspot") throw new Error("the source is no portal");
  return source;
};

beforeAll(async () => {
  sandbox = await startSandbox({ company, limits: { hubspot: { tenSeconds: 1e9, searchesPerSecond: 1e9 } } });
  const { edits } = sandbox.hubspot;
  edits.makeObject(partnerType, "partner", ["name", "kind", "level", "signed"]);
  const at = "2026-02-01T10:00:00.000Z";
  edits.add(partnerType, northwind, { name: "Northwind", kind: "reseller", level: "Silver", signed: "2026-01-10" }, at);
  edits.add(partnerType, contour, { name: "Contour", kind: "agency" }, at);
  edits.add(partnerType, merged, { name: "Contour again" }, at);
  edits.set(partnerType, northwind, { level: "Gold" }, "2026-06-01T10:00:00.000Z");
  edits.merge(partnerType, merged, contour, "2026-06-01T10:00:00.000Z");
  for (const [place, id] of ["81", "82", "83"].entries()) {
    edits.add("deals", id, { dealname: `Deal ${id}`, pipeline: "default", dealstage: "closedlost" }, at);
    edits.add("companies", `9${id}`, { name: `Customer ${place}` }, at);
    edits.associate(id, [[`9${id}`, [341]]]);
  }
  // HubSpot counts the ids of each type apart.
  edits.add("companies", contour, { name: "Somebody else" }, at);
  // A label of the portal's own, no label at all, a mapped label, and a partner that became another one.
  edits.associate("81", [[northwind, [341, 11]]], partnerType);
  edits.associate(
    "82",
    [
      [northwind, [341]],
      [merged, [23]],
    ],
    partnerType,
  );
  edits.set("deals", "83", { sourcing_partner: merged }, at);
  const config = stringify({ sources: [{ ...entryOf(sandbox, "hubspot"), mapping }] });
  const log = await openLog(":memory:");
  const night = (day: number) => ({ config, log: ":memory:", runId: `day ${day}`, at: Date.UTC(2026, 8, day, 14) });
  await readNight(night(11), log);
  edits.associate("82", [[merged, [23]]], partnerType);
  await readNight(night(12), log);
  requests = sandbox.requests();
  const rows = await log.connection.rows<Omit<LogRecord, "runId" | "seenAt" | "sourceUpdatedAt"> & { seenAt: Date }>(
    'select source, stream, id, seen_at as "seenAt", op as operation, reason, payload from raw.record order by seq',
  );
  log.close();
  built = await buildKept(
    {},
    {
      sources: [{ ...entryOf(sandbox, "hubspot"), mapping }],
      records: rows.map((row) => ({ ...row, runId: "run", sourceUpdatedAt: null })),
      only: ["staging.stg_partners", "staging.stg_deal_partners", "staging.stg_deals", "input.partner_tiers"],
    },
  );
});
afterAll(async () => {
  await built.close();
  await sandbox.close();
});

test("its records are partners, with what the mapping names, and a merged one is none", async () => {
  const own =
    "select partner_key, name, type, tier, agreed_on from staging.stg_partners where partner_key like 'hubspot:77%' order by 1";
  expect(await built.rows(own)).toEqual([
    { partner_key: "hubspot:7700000001", name: "Northwind", type: "reseller", tier: "Gold", agreed_on: "2026-01-10" },
    { partner_key: "hubspot:7700000002", name: "Contour", type: "agency", tier: null, agreed_on: null },
  ]);
  // Companies of a partner's type stay partners beside them, and a tier keeps its history.
  expect(
    await built.cell("select count(*) > 0 from staging.stg_partners where partner_key not like 'hubspot:77%'"),
  ).toBe(true);
  expect(
    await built.rows("select tier, entered_at from input.partner_tiers where id like '77%' order by entered_at"),
  ).toEqual([
    { tier: "Silver", entered_at: "2026-02-01T10:00:00.000Z" },
    { tier: "Gold", entered_at: "2026-06-01T10:00:00.000Z" },
  ]);
});

test("deals name them by labels of the association, and lose them when the association goes", async () => {
  expect(
    await built.rows(
      "select deal_key, partner_key, role, removed_at is not null as is_removed from staging.stg_deal_partners where partner_key like 'hubspot:77%' order by 1, 2",
    ),
  ).toEqual([
    { deal_key: "hubspot:81", partner_key: "hubspot:7700000001", role: "sourced", is_removed: false },
    { deal_key: "hubspot:82", partner_key: "hubspot:7700000001", role: "influenced", is_removed: true },
    { deal_key: "hubspot:82", partner_key: "hubspot:7700000002", role: "delivery", is_removed: false },
  ]);
});

test("a deal's own property names one, also by the id it had before a merge; its account stays its company", async () => {
  expect(
    await built.rows(
      "select deal_key, account_key, partner_key from staging.stg_deals where deal_key in ('hubspot:81', 'hubspot:82', 'hubspot:83') order by 1",
    ),
  ).toEqual([
    { deal_key: "hubspot:81", account_key: "hubspot:981", partner_key: null },
    { deal_key: "hubspot:82", account_key: "hubspot:982", partner_key: null },
    { deal_key: "hubspot:83", account_key: "hubspot:983", partner_key: "hubspot:7700000002" },
  ]);
});

test("the object costs a list, its properties, its labels, and one batch for all deals", () => {
  const of = (name: string): number | undefined => requests[`hubspot ${name}`];
  expect(of("GET /crm/v3/objects/{id}")).toBe(4);
  expect(of("GET /crm/v3/properties/{id}")).toBe(2);
  expect(of("GET /crm/v4/associations/deals/{id}/labels")).toBe(2);
  expect(of("POST /crm/v4/associations/deals/{id}/batch/read")).toBe(2);
});

test("doctor looks at it, and names what is missing", async () => {
  const probe = await probeHubspot(sourceOf(), transport);
  expect(probe.problems).toBeUndefined();
  expect(probe.found).toContain(
    "partners in p_partner, on deals as Sourced by, Co-sell partner, Cosell with, Technical partner, Delivery partner, Implementation partner, Influenced by",
  );
  expect(probe.found).toContain("p_partner: kind, level, signed as the mapping names them");
  const partners = { object: "p_partners", columns: { type: "kind" } };
  const [problem] = (await probeHubspot(sourceOf({ partners }), transport)).problems ?? [];
  expect(problem?.found).toContain("the portal has no object p_partners that this key may read");
  const misspelt = { partners: { object: "p_partner", columns: { type: "kynd" } } };
  const [unknown] = (await probeHubspot(sourceOf(misspelt), transport)).problems ?? [];
  expect([unknown?.found, unknown?.fix]).toEqual([
    expect.stringContaining("p_partner has no field kynd"),
    expect.stringContaining("kind"),
  ]);
});

test.each([
  [{ partners: { object: "p_nothing" } }, "the portal has no object p_nothing", "crm.objects.custom.read"],
  [{ partners: { object: "companies" } }, "companies are read in any case", "mapping.partners.values.type"],
  [{ registrations: { object: "p_partner" } }, "gives partners, and no registrations", "as a file drop"],
])("a mapping that does not fit stops the refresh with words: %o", async (wrong, found, fix) => {
  const bench = await openBench({ sources: [{ ...entryOf(sandbox, "hubspot"), mapping: wrong }] });
  const error = await errorOf(bench.run(1, { transport }));
  expect(error.exitCode).toBe(2);
  expect(error.message).toContain(found);
  expect(error.message).toContain(fix);
});

test("whoever sets the portal up is offered the object and its properties", async () => {
  const survey = await surveyHubspot(sourceOf({}), transport);
  expect(survey.objects).toEqual([{ name: partnerType, label: "partners" }]);
  const fields = await surveyHubspotObject(sourceOf({}), transport, partnerType);
  expect(fields.map(({ name }) => name)).toEqual(["name", "kind", "level", "signed"]);
});
