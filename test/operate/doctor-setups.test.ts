import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import { prepareLog } from "../../src/extract/log.ts";
import { type DoctorReport, type DoctorWorld, doctorLines, runDoctor } from "../../src/operate/doctor.ts";
import { homeAt } from "../../src/operate/home.ts";
import {
  createCompany,
  type FaultHook,
  type Sandbox,
  type SandboxReply,
  type SandboxRequest,
  startSandbox,
  type Vendor,
} from "../../src/sandbox/index.ts";
import { openEngine } from "../../src/warehouse/database.ts";
import { entryOf } from "../support/entry.ts";
import { timelessWorld } from "../support/misbehaving-server.ts";

// Twenty set-ups that are broken in one place each: what the doctor says of it is what mends it.

const now = Date.parse("2026-10-05T06:00:00Z");

let sandbox: Sandbox;
let folder: string;
/** What a vendor answers instead of what it would, while a set-up is broken. */
const instead: Partial<Record<Vendor, (request: SandboxRequest) => SandboxReply | undefined>> = {};

const hookOf =
  (vendor: Vendor): FaultHook =>
  (request) => {
    const reply = instead[vendor]?.(request);
    return reply === undefined ? undefined : { reply };
  };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-doctor-"));
  sandbox = await startSandbox({
    company: createCompany({ seed: 3, now, size: 12 }),
    clock: () => now,
    faults: { hubspot: hookOf("hubspot"), salesforce: hookOf("salesforce"), stripe: hookOf("stripe") },
    limits: {
      hubspot: { tenSeconds: 1e9, searchesPerSecond: 1e9, day: 2000 },
      stripe: { perSecond: 1e9, perEndpoint: 1e9 },
    },
  });
});

afterAll(async () => {
  await sandbox?.close();
  await rm(folder, { recursive: true, force: true });
});

let homes = 0;

interface SetUp {
  readonly sources: readonly Readonly<Record<string, unknown>>[];
  readonly world?: Partial<DoctorWorld> & { readonly now?: number };
  readonly home?: string;
}

/** What the doctor finds in a set-up. */
async function examine({ sources, world = {}, home = newHome() }: SetUp): Promise<DoctorReport> {
  const file = path.join(folder, "attributary.yaml");
  await writeFile(file, stringify({ home, sources }));
  const at = world.now ?? now;
  const effects = {
    now: () => new Date(at),
    env: {},
    cwd: folder,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: false,
  };
  const transport = { ...timelessWorld(), now: () => at, pace: 100 };
  return runDoctor(await loadConfig(file, {}), effects, { transport, ...world });
}

const newHome = (): string => {
  homes += 1;
  return path.join(folder, `home-${homes}`);
};

const entry = (vendor: Vendor, more: object = {}): Readonly<Record<string, unknown>> => ({
  ...entryOf(sandbox, vendor),
  ...more,
});

const refuse = (status: number, body: object): SandboxReply => ({ status, body: JSON.stringify(body) });

/** A HubSpot that lacks one scope for one path. */
const lacking = (pattern: RegExp, scope: string) => (request: SandboxRequest) =>
  pattern.test(request.path)
    ? refuse(403, {
        message: "This app hasn't been granted all required scopes",
        errors: [{ context: { requiredGranularScopes: [scope] } }],
      })
    : undefined;

/** A log in a home of its own. */
async function logAt(home: string, fill: string): Promise<void> {
  await mkdir(home, { recursive: true });
  const engine = await openEngine();
  await engine.attach(homeAt(home).log, "raw");
  const connection = await engine.connect();
  await prepareLog(connection);
  await connection.run(fill);
  connection.close();
  engine.close();
}

interface Case {
  readonly what: string;
  /** Breaks it; returns the set-up. */
  readonly broken: () => SetUp | Promise<SetUp>;
  /** What is said: what is found, and what to do. */
  readonly found: RegExp;
  readonly fix: RegExp;
  /** Does what is said. */
  readonly mend: (broken: SetUp) => SetUp | Promise<SetUp>;
}

const restored = (vendor: Vendor) => (broken: SetUp) => {
  delete instead[vendor];
  return broken;
};

const cases: readonly Case[] = [
  {
    what: "a HubSpot token that is refused",
    broken: () => ({ sources: [entry("hubspot", { access_token: "wrong" })] }),
    found: /401: the token was refused/,
    fix: /give hubspot a valid access_token/,
    mend: () => ({ sources: [entry("hubspot")] }),
  },
  {
    what: "a HubSpot token without the scope for deals",
    broken: () => {
      instead.hubspot = lacking(/objects\/deals/, "crm.objects.deals.read");
      return { sources: [entry("hubspot")] };
    },
    found: /objects\/deals: 403: the token lacks a scope/,
    fix: /the scope crm\.objects\.deals\.read/,
    mend: restored("hubspot"),
  },
  {
    what: "a HubSpot token without the scope for owners",
    broken: () => {
      instead.hubspot = lacking(/owners/, "crm.objects.owners.read");
      return { sources: [entry("hubspot")] };
    },
    found: /owners: 403: the token lacks a scope/,
    fix: /the scope crm\.objects\.owners\.read/,
    mend: restored("hubspot"),
  },
  {
    what: "a mapped HubSpot property that the portal does not have",
    broken: () => ({
      sources: [entry("hubspot", { mapping: { deals: { columns: { excluded_as: "exclude_as" } } } })],
    }),
    found: /deals has no field exclude_as/,
    fix: /did you mean "excluded_as"\?/,
    mend: () => ({
      sources: [entry("hubspot", { mapping: { deals: { columns: { excluded_as: "excluded_as" } } } })],
    }),
  },
  {
    what: "a HubSpot property that no partner's id is in",
    broken: () => ({
      sources: [entry("hubspot", { mapping: { deals: { columns: { partner_id: "createdate" } } } })],
    }),
    found: /none of \d+ values of deals\.createdate is the id of a company of a partner's type \(20/,
    fix: /perhaps [^)]*sourcing_partner[,)]/,
    mend: () => ({
      sources: [entry("hubspot", { mapping: { deals: { columns: { partner_id: "sourcing_partner" } } } })],
    }),
  },
  {
    what: "a Salesforce field that no partner's id is in",
    broken: () => ({
      sources: [entry("salesforce", { mapping: { deals: { columns: { partner_id: "StageName" } } } })],
    }),
    found: /none of \d+ values of Opportunity\.StageName is the id of a record of Account \(/,
    fix: /take partner_id out of the mapping/,
    mend: () => ({ sources: [entry("salesforce", { mapping: { deals: { columns: { partner_id: "AccountId" } } } })] }),
  },
  {
    what: "a mapping of what HubSpot does not give",
    broken: () => ({ sources: [entry("hubspot", { mapping: { touches: { columns: { id: "x" } } } })] }),
    found: /hubspot gives no touches/,
    fix: /valid values: accounts, deal_partners/,
    mend: () => ({ sources: [entry("hubspot")] }),
  },
  {
    what: "a HubSpot portal whose day is used up",
    broken: () => ({ sources: [entry("hubspot", { daily_share: 1 })] }),
    found: /of 2,000 requests of the day are used, and a refresh stops at 1 %/,
    fix: /set daily_share of hubspot above 1/,
    mend: () => ({ sources: [entry("hubspot", { daily_share: 50 })] }),
  },
  {
    what: "a base_url that leads to something else",
    broken: () => ({ sources: [entry("hubspot", { base_url: `${sandbox.hubspot.url}/proxy` })] }),
    found: /404/,
    fix: /check the source's base_url/,
    mend: () => ({ sources: [entry("hubspot")] }),
  },
  {
    what: "a page of a proxy in the vendor's place",
    broken: () => {
      instead.hubspot = () => ({ status: 200, body: "<html>Sign in</html>", headers: { "content-type": "text/html" } });
      return { sources: [entry("hubspot")] };
    },
    found: /a body that is not JSON \(text\/html\)/,
    fix: /check a proxy and base_url/,
    mend: restored("hubspot"),
  },
  {
    what: "a clock that is an hour ahead",
    broken: () => ({ sources: [entry("stripe")], world: { now: now + 3_600_000 } }),
    found: /this machine's clock is 60 minutes ahead of the vendor's/,
    fix: /set the clock of this machine by a time server/,
    mend: () => ({ sources: [entry("stripe")] }),
  },
  {
    what: "a Salesforce secret that is refused",
    broken: () => ({ sources: [entry("salesforce", { client_secret: "wrong" })] }),
    found: /Salesforce refused the sign-in/,
    fix: /check login_url \(the My Domain address\), client_id and client_secret/,
    mend: () => ({ sources: [entry("salesforce")] }),
  },
  {
    what: "a Salesforce token that has ended",
    broken: () => ({
      sources: [
        { name: "salesforce", kind: "salesforce", instance_url: sandbox.salesforce.url, access_token: "00Dold" },
      ],
    }),
    found: /401: the credentials were refused/,
    fix: /or login_url, client_id and client_secret, with which it signs in itself/,
    mend: () => ({ sources: [entry("salesforce")] }),
  },
  {
    what: "a Salesforce user who may not read opportunities",
    broken: () => {
      instead.salesforce = ({ path: asked }) =>
        asked.endsWith("/Opportunity/describe")
          ? refuse(404, [{ errorCode: "NOT_FOUND", message: "The requested resource does not exist" }])
          : undefined;
      return { sources: [entry("salesforce")] };
    },
    found: /no object Opportunity that these credentials may read/,
    fix: /read access to Opportunity by a permission set/,
    mend: restored("salesforce"),
  },
  {
    what: "a mapped Salesforce field that the user may not see",
    broken: () => ({
      sources: [entry("salesforce", { mapping: { deals: { columns: { lost_reason: "Los_Reason__c" } } } })],
    }),
    found: /Opportunity has no field Los_Reason__c/,
    fix: /did you mean "Loss_Reason__c"\?/,
    mend: () => ({
      sources: [entry("salesforce", { mapping: { deals: { columns: { lost_reason: "Loss_Reason__c" } } } })],
    }),
  },
  {
    what: "a mapped Salesforce object that is not there",
    broken: () => ({
      sources: [entry("salesforce", { mapping: { registrations: { object: "Registration__c", columns: {} } } })],
    }),
    found: /no object Registration__c/,
    fix: /correct its API name in the mapping/,
    mend: () => ({ sources: [entry("salesforce")] }),
  },
  {
    what: "an org that has left this version of the API behind",
    broken: () => {
      instead.salesforce = ({ path: asked }) => {
        if (asked === "/services/data/") return refuse(200, [{ version: "70.0" }, { version: "71.0" }]);
        return asked.startsWith("/services/data/v64.0/") ? refuse(404, [{ errorCode: "NOT_FOUND" }]) : undefined;
      };
      return { sources: [entry("salesforce")] };
    },
    found: /the org offers 70\.0 to 71\.0, and 64\.0 is spoken here/,
    fix: /install a newer version of attributary/,
    mend: restored("salesforce"),
  },
  {
    what: "a Stripe key that is refused",
    broken: () => ({ sources: [entry("stripe", { api_key: "rk_wrong" })] }),
    found: /401: the key was refused/,
    fix: /give stripe a restricted key with read access to Customers, Invoices/,
    mend: () => ({ sources: [entry("stripe")] }),
  },
  {
    what: "a restricted Stripe key that may not read events",
    broken: () => {
      sandbox.stripe.edits.restrict(["events"]);
      return { sources: [entry("stripe")] };
    },
    found: /\/v1\/events: 403: the key may not read this/,
    fix: /give it read access to events \(rak_event_read\)/,
    mend: (broken) => {
      sandbox.stripe.edits.restrict([]);
      return broken;
    },
  },
  {
    what: "a mapped Stripe field that no invoice has",
    broken: () => ({
      sources: [entry("stripe", { mapping: { invoices: { columns: { number: "numbr" } } } })],
    }),
    found: /none of the latest \d+ invoices has numbr/,
    fix: /did you mean "number"\?/,
    mend: () => ({ sources: [entry("stripe", { mapping: { invoices: { columns: { number: "number" } } } })] }),
  },
  {
    what: "a disk that is nearly full",
    broken: () => ({ sources: [entry("stripe")], world: { free: async () => 20e6 } }),
    found: /0\.0 GB are free, and a refresh needs about 0\.5 GB/,
    fix: /free space there, or name a `home` on another disk/,
    mend: () => ({ sources: [entry("stripe")], world: { free: async () => 20e9 } }),
  },
  {
    what: "a log that is broken",
    broken: async () => {
      const home = newHome();
      await mkdir(home);
      await writeFile(homeAt(home).log, "this is no database".repeat(1000));
      return { sources: [entry("stripe")], home };
    },
    found: /the log cannot be opened/,
    fix: /without one move it away and run `attributary refresh`/,
    mend: async (broken) => {
      await rm(homeAt(broken.home ?? "").log);
      return broken;
    },
  },
  {
    what: "a log of a later version",
    broken: async () => {
      const home = newHome();
      await logAt(home, "update raw.format set version = 99");
      return { sources: [entry("stripe")], home };
    },
    found: /the log has format 99, and this version of attributary understands formats up to 7/,
    fix: /install the version of attributary that last refreshed this home/,
    mend: async () => {
      const home = newHome();
      await logAt(home, "select 1");
      return { sources: [entry("stripe")], home };
    },
  },
  {
    what: "a published warehouse that is gone",
    broken: async () => {
      const home = newHome();
      await mkdir(path.join(home, "builds", "run-1"), { recursive: true });
      await symlink(path.join("builds", "run-1"), homeAt(home).current);
      return { sources: [entry("stripe")], home };
    },
    found: /the published warehouse cannot be read/,
    fix: /run `attributary refresh --no-extract`/,
    mend: async (broken) => {
      const engine = await openEngine();
      await engine.attach(path.join(broken.home ?? "", "builds", "run-1", "warehouse.duckdb"), "built");
      const connection = await engine.connect();
      await connection.run("create schema built.marts; create table built.marts.fct_deal (deal_key varchar)");
      connection.close();
      engine.close();
      return broken;
    },
  },
];

const problemsOf = (report: DoctorReport) => report.findings.flatMap(({ problems }) => problems);

test.each(cases)("of $what it says what to do, and doing it mends it", async ({ broken, found, fix, mend }) => {
  const setUp = await broken();
  const report = await examine(setUp);
  expect(report.isWell).toBe(false);
  const [problem] = problemsOf(report);
  expect(problem?.found).toMatch(found);
  expect(problem?.fix).toMatch(fix);
  expect(problemsOf(report)).toHaveLength(1);
  expect(doctorLines(report).join("\n")).toContain(`${problem?.found}\n  → ${problem?.fix}`);
  expect(problemsOf(await examine(await mend(setUp)))).toEqual([]);
});
