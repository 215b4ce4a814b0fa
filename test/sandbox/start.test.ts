import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/config/schema.ts";
import {
  canonicalEntities,
  portsFrom,
  portsIn,
  takenOf,
  writeCanonical,
  writeConfig,
  writeDrop,
} from "../../src/sandbox/index.ts";
import { smallCompany, withSandbox } from "./open-sandbox.ts";

const company = smallCompany();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sandbox-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a sandbox", () => {
  test("counts requests by vendor, method and path, whatever the id", async () => {
    await withSandbox({ company }, async (sandbox) => {
      const headers = { authorization: `Bearer ${sandbox.hubspot.token}` };
      await fetch(`${sandbox.hubspot.url}/crm/v3/objects/deals?limit=1`, { headers });
      await fetch(`${sandbox.hubspot.url}/crm/v3/objects/deals?limit=2`, { headers });
      await fetch(`${sandbox.hubspot.url}/crm/v3/objects/deals/33220000100`, { headers });
      await fetch(`${sandbox.stripe.url}/v1/invoice_payments`);
      await fetch(`${sandbox.stripe.url}/v1/invoices/in_1Q4MiZBI05C0M6TT/lines`);
      expect(sandbox.requests()).toEqual({
        "hubspot GET /crm/v3/objects/deals": 2,
        "hubspot GET /crm/v3/objects/deals/{id}": 1,
        "stripe GET /v1/invoice_payments": 1,
        "stripe GET /v1/invoices/{id}/lines": 1,
      });
    });
  });

  test("lets a hook spoil requests: an answer of its own, a broken connection", async () => {
    let count = 0;
    const hubspot = () => {
      count += 1;
      if (count === 1) return { reply: { status: 503, body: "{}" } };
      return count === 2 ? { isDropped: true } : undefined;
    };
    await withSandbox({ company, faults: { hubspot } }, async (sandbox) => {
      const ask = () =>
        fetch(`${sandbox.hubspot.url}/account-info/v3/details`, {
          headers: { authorization: `Bearer ${sandbox.hubspot.token}` },
        });
      expect((await ask()).status).toBe(503);
      await expect(ask()).rejects.toThrow();
      expect((await ask()).status).toBe(200);
    });
  });

  test("is served again where its configuration says, unless somebody else is there by now", async () => {
    const { config, ports } = await withSandbox({ company }, async (sandbox) => {
      const text = writeConfig(sandbox, "./drop", ".attributary");
      const found = portsIn(text);
      expect(found && (await takenOf(found))).toBe(Number(new URL(sandbox.hubspot.url).port));
      return { config: text, ports: found };
    });
    expect(ports && (await takenOf(ports))).toBe(undefined);
    await withSandbox({ company, ...(ports === undefined ? {} : { ports }) }, async (sandbox) => {
      expect(writeConfig(sandbox, "./drop", ".attributary")).toBe(config);
    });
    expect(portsFrom(4610)).toEqual({ hubspot: 4610, salesforce: 4611, stripe: 4612 });
    expect(portsIn("sources: [")).toBe(undefined);
    expect(portsIn("sources: [{ name: hubspot, kind: hubspot, base_url: https://api.hubapi.com }]")).toBe(undefined);
  });

  test("is described by a config that the product accepts", async () => {
    await withSandbox({ company }, async (sandbox) => {
      const config = configSchema.parse(parse(writeConfig(sandbox, "./drop", ".attributary")));
      expect(config.sources.map((source) => source.name)).toEqual(["hubspot", "salesforce", "stripe", "drop"]);
      expect(config.home).toBe(".attributary");
      expect(config.commissions.length).toBe(8);
    });
  });
});

describe("the files of a company", () => {
  test("hold every row under the canonical columns", async () => {
    await writeCanonical(company, folder);
    expect((await readdir(folder)).sort()).toEqual(["drop", "hubspot", "salesforce", "stripe"]);
    const text = await readFile(path.join(folder, "stripe", "invoices.csv"), "utf8");
    const lines = text.trimEnd().split("\n");
    expect(lines[0]).toBe(canonicalEntities.invoices.join(","));
    expect(lines.length - 1).toBe(company.rows.stripe.invoices.length);
    const touches = await readFile(path.join(folder, "drop", "touches.csv"), "utf8");
    expect(touches).toMatch(/,"[a-z ]+ notes, [^"]+"\n/);
  });

  test("hold the export of the partner portal under its own headings", async () => {
    const drop = path.join(folder, "export");
    await writeDrop(company, drop);
    const partners = await readFile(path.join(drop, "partners.csv"), "utf8");
    expect(partners.split("\n")[0]).toMatch(/^id,Partner Name,Partner Type,Program Tier,/);
    const leads = await readFile(path.join(drop, "leads.csv"), "utf8");
    expect(leads.split("\n")[0]).toMatch(/,internal_note$/);
    expect(await readdir(drop)).not.toContain("deals.csv");
  });
});
