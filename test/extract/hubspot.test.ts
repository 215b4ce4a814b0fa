import { describe, expect, onTestFinished, test } from "vitest";
import { probeHubspot } from "../../src/extract/hubspot/index.ts";
import { openPortal } from "../../src/sandbox/hubspot-records.ts";
import {
  type Company,
  createCompany,
  type Fault,
  type SandboxLimits,
  type SandboxRequest,
  startSandbox,
} from "../../src/sandbox/index.ts";
import { openBench } from "../support/extraction.ts";
import { timelessWorld } from "../support/misbehaving-server.ts";
import { answer, errorOf, playVendor } from "../support/vendor-server.ts";

const company: Company = createCompany({ seed: 7, now: new Date("2026-09-30T12:00:00Z"), size: 200 });

const open = async (
  options: {
    readonly limits?: SandboxLimits["hubspot"];
    readonly fault?: (request: SandboxRequest) => Fault | undefined;
    readonly mapping?: object;
  } = {},
) => {
  const sandbox = await startSandbox({
    company,
    limits: { hubspot: { tenSeconds: 1e9, searchesPerSecond: 1e9, ...options.limits } },
    ...(options.fault === undefined ? {} : { faults: { hubspot: options.fault } }),
  });
  onTestFinished(() => sandbox.close());
  const entry = {
    name: "hubspot",
    kind: "hubspot",
    access_token: sandbox.hubspot.token,
    base_url: sandbox.hubspot.url,
    mapping: options.mapping ?? {},
  };
  return { sandbox, entry, bench: await openBench({ sources: [entry] }) };
};

const count = (stream: string, op = "upsert") =>
  `select count(*) as n from raw.record where stream = '${stream}' and op = '${op}'`;

describe("a portal", () => {
  test("is read whole: living and archived records, owners who left, and every association", async () => {
    const { bench } = await open();
    const portal = openPortal(company);
    await bench.run(1);
    const n = async (stream: string, op?: string) => (await bench.rows<{ n: number }>(count(stream, op)))[0]?.n;
    expect(await n("deals")).toBe(portal.deals.length);
    expect(await n("deals", "delete")).toBe(portal.archivedDeals.length);
    expect(await n("companies")).toBe(portal.companies.length);
    expect(await n("companies", "delete")).toBe(portal.archivedCompanies.length);
    expect(await n("owners")).toBe(portal.owners.filter((owner) => !owner.isArchived).length);
    expect(await n("owners", "delete")).toBe(portal.owners.filter((owner) => owner.isArchived).length);
    expect(await n("associations.deals.companies")).toBe(
      portal.deals.filter((deal) => portal.companiesOf(deal.id).length > 0).length,
    );
    expect(portal.archivedDeals.length).toBeGreaterThan(0);
  });

  // A company's own list holds a hundred a page because it is asked for no history; only partners have a tier to ask about.
  test("gives every value of a partner's tier, asked for fifty partners at a time, and again only for one that changed (R65)", async () => {
    const { bench, sandbox } = await open();
    const tiers = "hubspot POST /crm/v3/objects/companies/batch/read";
    await bench.run(1);
    const partners = await bench.rows<{ id: string; tier: string }>(
      `select id, payload ->> '$.properties.partner_tier' as tier from raw.record
      where stream = 'companies' and op = 'upsert' and (payload ->> '$.properties.type') in ('PARTNER', 'RESELLER')
      order by tier is null, id`,
    );
    expect(sandbox.requests()[tiers]).toBe(Math.ceil(partners.length / 50));
    const [partner] = partners;
    if (partner === undefined) throw new Error("the portal has no partner");
    expect(await bench.rows(count("companies.tiers"))).toEqual([{ n: partners.length }]);
    sandbox.hubspot.edits.set("companies", partner.id, { partner_tier: "Elite" }, "2026-09-20T08:00:00.000Z");
    await bench.run(2);
    expect(sandbox.requests()[tiers]).toBe(Math.ceil(partners.length / 50) + 1);
    expect(
      await bench.rows(
        `select payload ->> '$.propertiesWithHistory.partner_tier[*].value' as tiers from raw.record
        where stream = 'companies.tiers' and id = '${partner.id}' order by seq desc limit 1`,
      ),
    ).toEqual([{ tiers: ["Elite", partner.tier] }]);
  });

  test("costs two pages a hundred deals and one request for all their associations", async () => {
    const { bench, sandbox } = await open();
    await bench.run(1);
    const requests = sandbox.requests();
    const portal = openPortal(company);
    // Fifty a page with history; the archived ones fit into one more.
    expect(requests["hubspot GET /crm/v3/objects/deals"]).toBe(Math.ceil(portal.deals.length / 50) + 1);
    expect(requests["hubspot POST /crm/v4/associations/deals/companies/batch/read"]).toBe(1);
  });

  test("that is read again without a change adds nothing to the log", async () => {
    const { bench } = await open();
    await bench.run(1);
    const before = await bench.rows("select count(*) as n from raw.record");
    const reports = await bench.run(2);
    expect(await bench.rows("select count(*) as n from raw.record")).toEqual(before);
    expect(reports.every((report) => report.changed === 0)).toBe(true);
  });

  test("gives the mapped properties and the history of the declared partner", async () => {
    const { bench } = await open({
      mapping: { deals: { columns: { partner_id: "sourcing_partner", excluded_as: "excluded_as" } } },
    });
    await bench.run(1);
    const [row] = await bench.rows<{ excluded: number; history: number }>(
      `select
          count(*) filter (where json_exists(payload, '$.properties.excluded_as')) as excluded,
          count(*) filter (where json_array_length(payload, '$.propertiesWithHistory.sourcing_partner') > 0) as history
      from raw.record where stream = 'deals'`,
    );
    expect(row?.excluded).toBe(openPortal(company).deals.length + openPortal(company).archivedDeals.length);
    expect(row?.history).toBeGreaterThan(0);
  });

  test("without a mapped property is not read, and the nearest name is told", async () => {
    const { bench } = await open({ mapping: { deals: { columns: { excluded_as: "exclude_as" } } } });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("deals has no field exclude_as");
    expect(error.message).toContain('did you mean "excluded_as"?');
  });

  test("whose mapping names what HubSpot does not give is refused before anything is asked", async () => {
    const { bench, sandbox } = await open({ mapping: { registrations: { columns: { id: "x" } } } });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("mapping.registrations");
    expect(error.exitCode).toBe(2);
    expect(sandbox.requests()).toEqual({});
  });
});

describe("associations", () => {
  test("that do not fit into one answer are put together", async () => {
    const { bench } = await open({ limits: { associationsPerRecord: 1 } });
    await bench.run(1);
    const portal = openPortal(company);
    const expected = portal.deals
      .flatMap((deal) => portal.companiesOf(deal.id).map(([id]) => `${deal.id} ${id}`))
      .sort();
    const found = await bench.rows<{ pair: string }>(
      `select id || ' ' || (unnest(from_json(payload -> '$.to', '["JSON"]')) ->> '$.toObjectId') as pair
      from raw.record where stream = 'associations.deals.companies' order by pair`,
    );
    expect(found.map((row) => row.pair)).toEqual(expected);
    const [versions] = await bench.rows<{ n: number }>(
      "select max(n) as n from (select count(*) as n from raw.record where stream = 'associations.deals.companies' group by id)",
    );
    expect(versions?.n).toBe(1);
  });

  test("keep ids that are wider than JavaScript's numbers, also when they are put together", async () => {
    const wide = "90071992547409931";
    const deals = { results: [{ id: "1", properties: {}, archived: false }] };
    let batches = 0;
    const vendor = await playVendor((request) => {
      if (request.path.endsWith("/details")) return answer({ portalId: 1 });
      if (request.path.endsWith("/batch/read")) {
        batches += 1;
        const more = batches === 1 ? `, "paging": { "next": { "after": "1" } }` : "";
        return {
          status: 200,
          body: `{ "results": [{ "from": { "id": "1" }, "to": [{ "toObjectId": ${wide}${batches}, "associationTypes": [] }]${more} }] }`,
        };
      }
      if (request.path.endsWith("/objects/deals") && request.query.get("archived") === "false") return answer(deals);
      return answer({ results: [] });
    });
    const bench = await openBench({
      sources: [{ name: "hubspot", kind: "hubspot", access_token: "t", base_url: vendor.url }],
    });
    await bench.run(1);
    expect(await bench.rows("select payload from raw.record where stream = 'associations.deals.companies'")).toEqual([
      {
        payload: `{"from":{"id":"1"},"to":[{"toObjectId":${wide}1,"associationTypes":[]},{"toObjectId":${wide}2,"associationTypes":[]}]}`,
      },
    ]);
  });

  test("of a batch that failed in part fail the stream instead of passing for gone", async () => {
    let isBroken = false;
    const { bench } = await open({
      fault: (request) =>
        isBroken && request.path.endsWith("/batch/read")
          ? {
              reply: answer(
                {
                  status: "COMPLETE",
                  results: [],
                  numErrors: 1,
                  errors: [{ status: "error", category: "INTERNAL_ERROR", message: "internal error", context: {} }],
                },
                207,
              ),
            }
          : undefined,
    });
    await bench.run(1);
    isBroken = true;
    const error = await errorOf(bench.run(2));
    expect(error.message).toContain("a part of the batch failed (internal error)");
    expect(error.exitCode).toBe(3);
    expect(await bench.rows(count("associations.deals.companies", "delete"))).toEqual([{ n: 0 }]);
  });
});

describe("trouble", () => {
  test("a token without a scope is told which one it lacks, and never shown", async () => {
    const { bench, entry } = await open({
      fault: (request) =>
        request.path === "/crm/v3/objects/companies"
          ? {
              reply: answer(
                {
                  status: "error",
                  category: "MISSING_SCOPES",
                  message: `This app hasn't been granted all required scopes (pat ${request.headers.authorization})`,
                  errors: [{ message: "one of", context: { requiredGranularScopes: ["crm.objects.companies.read"] } }],
                },
                403,
              ),
            }
          : undefined,
    });
    const error = await errorOf(bench.run(1));
    expect(error.message).toContain("crm.objects.companies.read");
    expect(error.message).not.toContain(entry.access_token);
    expect(bench.shown()).not.toContain(entry.access_token);
    const loads = await bench.rows<{ error: string | null }>("select error from raw.load");
    expect(loads.some((load) => load.error?.includes(entry.access_token))).toBe(false);
  });

  test("exchange rates that the token may not read are no reason to stop", async () => {
    const { bench } = await open({
      fault: (request) =>
        request.path.includes("currencies") ? { reply: answer({ status: "error" }, 403) } : undefined,
    });
    const reports = await bench.run(1);
    expect(reports.find((report) => report.stream === "currencies")?.rows).toBe(0);
  });

  test("a day's limit that is used up ends the run with words, a second's is waited for", async () => {
    let policyName = "TEN_SECONDLY_ROLLING";
    let left = 2;
    const { bench } = await open({
      fault: (request) => {
        if (request.path !== "/crm/v3/owners" || left === 0) return undefined;
        left -= 1;
        return { reply: answer({ status: "error", policyName, message: "limit" }, 429) };
      },
    });
    await bench.run(1);
    policyName = "DAILY";
    left = 100;
    const error = await errorOf(bench.run(2));
    expect(error.message).toContain("used up");
    expect(error.message).toContain("midnight");
  });

  test("a pass that broke off is taken up behind the last page landed", async () => {
    let isBroken = true;
    const seen: (string | null)[] = [];
    const { bench } = await open({
      fault: (request) => {
        if (request.path !== "/crm/v3/objects/deals") return undefined;
        seen.push(request.query.get("after"));
        return isBroken && seen.length > 2 ? { reply: answer({ message: "sorry" }, 400) } : undefined;
      },
    });
    await errorOf(bench.run(1));
    isBroken = false;
    seen.length = 0;
    await bench.run(1, { runId: "again" });
    // Two pages of fifty had landed: the third is where it goes on, and nothing is taken for gone.
    expect(seen[0]).toBe(openPortal(company).deals[99]?.id);
    const portal = openPortal(company);
    expect(await bench.rows(count("deals"))).toEqual([{ n: portal.deals.length }]);
  });
});

test("the probe names the portal, its zone and its currency", async () => {
  const { entry } = await open();
  const world = { ...timelessWorld(), now: () => company.now };
  const probe = await probeHubspot({ ...entry, kind: "hubspot", mapping: {} }, world);
  expect(probe).toEqual({
    source: "hubspot",
    found: [
      "HubSpot portal 48213377 (standard)",
      "zone America/Chicago, currency USD",
      "API v3",
      "the clocks agree",
      "1 of 625,000 requests of the day used",
    ],
  });
});
