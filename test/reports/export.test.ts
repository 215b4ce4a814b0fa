import { access, mkdir, mkdtemp, open, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExportOptions, exportPacks, type WrittenPacks } from "../../src/reports/export.ts";
import { openReadOnly } from "../../src/warehouse/database.ts";
import { type FixtureRows, writeFixture } from "../support/fixture-warehouse.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "attributary-export-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const partner = (key: string, name: string): Record<string, string | boolean> => ({
  partner_key: key,
  name,
  type: "referral",
  tier: "Gold",
  state: "active",
  is_prospect: false,
  is_ended: false,
  is_counted: true,
});
const deal = (key: string, account: string, over: Record<string, string | number | boolean | null> = {}) => ({
  deal_key: key,
  account_name: account,
  name: `${account} platform`,
  state: "won",
  class: "sourced",
  order_type: "new",
  source: "hubspot",
  stage: "Closed won",
  created_on: "2026-04-01",
  closed_on: "2026-05-20",
  amount_reporting_minor: 1_250_050,
  is_conflict: false,
  owner: "Dana Whitfield",
  next_step: "Offer 20% discount",
  probability: "0.4",
  ...over,
});

/** Two partners; Acme Hotels was brought by Juniper and helped by Kestrel, `=SUM(A1)` was brought by Kestrel alone. */
const rows: FixtureRows = {
  "marts.dim_partner": [partner("hubspot:1", "Juniper Advisory"), partner("hubspot:2", "Kestrel Cloud")],
  "marts.fct_deal": [
    deal("hubspot:101", "Acme Hotels", { source_partner_key: "hubspot:1" }),
    deal("hubspot:102", "=SUM(A1)", {
      source_partner_key: "hubspot:2",
      closed_on: "2026-06-30",
      amount_reporting_minor: 100,
    }),
    deal("hubspot:103", "Old Mill", { source_partner_key: "hubspot:2", closed_on: "2026-03-31" }),
  ],
  "marts.fct_deal_partner": [
    { deal_key: "hubspot:101", partner_key: "hubspot:1", is_source: true, is_influence: false, touches: 1 },
    { deal_key: "hubspot:101", partner_key: "hubspot:2", is_source: false, is_influence: true, touches: 2 },
    { deal_key: "hubspot:102", partner_key: "hubspot:2", is_source: true, is_influence: false, touches: 1 },
    { deal_key: "hubspot:103", partner_key: "hubspot:2", is_source: true, is_influence: false, touches: 1 },
  ],
  "marts.fct_commission": [
    {
      entry_key: "earned|p1|2",
      partner_key: "hubspot:2",
      deal_key: "hubspot:103",
      kind: "earned",
      amount_minor: 5_000,
      rate: "10",
      entry_on: "2026-03-30",
      payable_on: "2026-04-29",
    },
    {
      entry_key: "earned|p2|2",
      partner_key: "hubspot:2",
      deal_key: "hubspot:102",
      kind: "earned",
      amount_minor: 1_234,
      rate: "12.5",
      entry_on: "2026-06-01",
      payable_on: "2026-07-01",
    },
    {
      entry_key: "paid|o1|2",
      partner_key: "hubspot:2",
      kind: "paid",
      amount_minor: -5_000,
      entry_on: "2026-05-15",
      payable_on: "2026-05-15",
    },
    {
      entry_key: "earned|p3|1",
      partner_key: "hubspot:1",
      deal_key: "hubspot:101",
      kind: "earned",
      amount_minor: 77_777,
      rate: "10",
      entry_on: "2026-06-01",
      payable_on: "2026-07-01",
    },
  ],
};

async function run(name: string, fixture: FixtureRows, over: Partial<ExportOptions> = {}): Promise<WrittenPacks> {
  const file = path.join(folder, `${name}.duckdb`);
  await writeFixture(file, fixture);
  const database = await openReadOnly(file);
  try {
    return await exportPacks({ database, formats: ["html", "csv"], exports: path.join(folder, name), ...over });
  } finally {
    database.close();
  }
}

const read = (packs: WrittenPacks, end: string): Promise<string> =>
  readFile(path.join(packs.folder, packs.files.find((file) => file.endsWith(end)) ?? end), "utf8");

describe("a partner pack", () => {
  test("is written for the last closed quarter, one folder a partner, names carrying partner, period and as-of", async () => {
    const packs = await run("all", rows);
    expect(packs.period).toBe("2026-Q2");
    expect(packs.partners).toBe(2);
    expect((await readdir(packs.folder)).sort()).toEqual(["juniper-advisory--hubspot--1", "kestrel-cloud--hubspot--2"]);
    expect((await readdir(path.join(packs.folder, "kestrel-cloud--hubspot--2"))).sort()).toEqual([
      "kestrel-cloud_2026-Q2_as-of-2026-08-21.html",
      "kestrel-cloud_2026-Q2_as-of-2026-08-21_commissions.csv",
      "kestrel-cloud_2026-Q2_as-of-2026-08-21_deals.csv",
      "kestrel-cloud_2026-Q2_as-of-2026-08-21_registrations.csv",
      "kestrel-cloud_2026-Q2_as-of-2026-08-21_summary.csv",
    ]);
  });

  test("holds own deals only: amounts on those it brought, no amount on those it helped, formulas made harmless", async () => {
    const packs = await run("deals", rows, { partner: "hubspot:2" });
    expect(await read(packs, "_deals.csv")).toBe(
      "\ufeffdeal,account,your_part,state,stage,created_on,closed_on,amount,currency\r\n" +
        "hubspot:101,Acme Hotels,helped,won,Closed won,2026-04-01,2026-05-20,,\r\n" +
        "hubspot:102,'=SUM(A1),brought,won,Closed won,2026-04-01,2026-06-30,1.00,USD\r\n",
    );
  });

  test("settles: opening 50.00, earned 12.34, paid −50.00, closing 12.34, of which nothing is payable by the end of June", async () => {
    const packs = await run("ledger", rows, { partner: "hubspot:2" });
    expect((await read(packs, "_summary.csv")).split("\r\n").slice(1, -1)).toEqual([
      "Won in deals you brought,1.00,USD",
      "Opening balance,50.00,USD",
      "Earned,12.34,USD",
      "Reversed,0.00,USD",
      "Paid,-50.00,USD",
      "Closing balance,12.34,USD",
      "Of it payable by the end of the period,0.00,USD",
    ]);
  });

  test("shows in the page what the files hold, and nothing of owners, next steps, chances or other partners", async () => {
    const packs = await run("page", rows, { partner: "hubspot:2" });
    const page = await read(packs, ".html");
    expect(page).toContain("<td>Acme Hotels</td>");
    expect(page).toContain('<td class="number">12.34</td>');
    for (const secret of ["Juniper", "hubspot:1<", "Dana", "discount", "0.4", "777.77", "12,500.50"]) {
      expect(page.replace(/<style>[\s\S]*?<\/style>/, "")).not.toContain(secret);
    }
  });

  test("is not written at all when another partner's name stands in it", async () => {
    const leaking: FixtureRows = {
      ...rows,
      "marts.fct_deal": [deal("hubspot:102", "Acme through Juniper Advisory", { source_partner_key: "hubspot:2" })],
    };
    await expect(run("leak", leaking)).rejects.toMatchObject({
      exitCode: 4,
      found: expect.stringContaining('it holds the name "juniper advisory" of hubspot:1'),
    });
    expect(await readdir(path.join(folder, "leak"))).toEqual([]);
  });

  test("is written for every partner of a program whose names are words of the pack itself", async () => {
    const words = ["Deal", "Won", "USD", "Partner", "May", "Table", "Your", "Gold", "Opening balance", "Earned", "of"];
    const named: FixtureRows = {
      ...rows,
      "marts.dim_partner": [
        ...(rows["marts.dim_partner"] ?? []),
        ...words.map((name, at) => partner(`drop:word-${at}`, name)),
      ],
    };
    const packs = await run("words", named);
    expect(packs.partners).toBe(2 + words.length);
    expect(await read(packs, "kestrel-cloud_2026-Q2_as-of-2026-08-21.html")).toContain("<td>won</td>");
  });

  test.each(["Won", "Deal", "USD", "May", "Table"])(
    "is not written when a partner called %s is named in it once more than our own words are",
    async (name) => {
      const leaking: FixtureRows = {
        ...rows,
        "marts.dim_partner": [...(rows["marts.dim_partner"] ?? []), partner("drop:word", name)],
        "marts.fct_deal": [deal("hubspot:102", `Acme by ${name}`, { source_partner_key: "hubspot:2" })],
      };
      await expect(run(`leak-${name}`, leaking)).rejects.toMatchObject({
        exitCode: 4,
        found: `it holds the name "${name.toLowerCase()}" of drop:word`,
      });
      expect(await readdir(path.join(folder, `leak-${name}`))).toEqual([]);
    },
  );

  test("is not written when a stage of the portal's own names another partner", async () => {
    const leaking: FixtureRows = {
      ...rows,
      "marts.fct_deal": [
        deal("hubspot:102", "Acme", { source_partner_key: "hubspot:2", stage: "Juniper Advisory review" }),
      ],
    };
    await expect(run("stage", leaking)).rejects.toMatchObject({ exitCode: 4 });
  });

  test("says the first and the last day of its period", async () => {
    const packs = await run("days", rows, { partner: "hubspot:2", period: "2026-Q2" });
    expect([packs.startsOn, packs.endsOn]).toEqual(["2026-04-01", "2026-06-30"]);
    expect(await read(packs, ".html")).toContain("<li><b>Q2 FY26</b>, 1 Apr 2026 to 30 Jun 2026</li>");
  });

  test("is written for a partner named by its key, its id or its name, in any case", async () => {
    for (const named of ["hubspot:2", "2", "kestrel CLOUD"]) {
      const packs = await run("named", rows, { partner: named });
      expect(packs.files[0]).toContain("kestrel-cloud--hubspot--2");
    }
  });

  test("asks which one, when an id or a name is that of several, and what was meant, when it is of none", async () => {
    const several: FixtureRows = {
      ...rows,
      "marts.dim_partner": [partner("drop:2", "Kestrel Cloud"), ...(rows["marts.dim_partner"] ?? [])],
    };
    for (const named of ["2", "Kestrel Cloud"]) {
      await expect(run("several", several, { partner: named })).rejects.toMatchObject({
        exitCode: 2,
        message: `export --partner ${named}: 2 partners are meant by it\n  → give the key: drop:2 (Kestrel Cloud), hubspot:2 (Kestrel Cloud)`,
      });
    }
    await expect(run("near", rows, { partner: "Kestrel Clod" })).rejects.toMatchObject({
      exitCode: 2,
      message:
        'export --partner Kestrel Clod: no partner has this key, id or name\n  → did you mean hubspot:2 (Kestrel Cloud)? `attributary query "select partner_key, name from marts.dim_partner"` lists all',
    });
  });

  test("is written beside another export to the same folder, and leaves nothing aside but what is not its own", async () => {
    const out = path.join(folder, "shared");
    await mkdir(`${out}.next`);
    await mkdir(`${out}.next-4194305-0a1b2c3d`);
    const packs = await Promise.all(
      ["hubspot:1", "hubspot:2"].map((partner) => run(`beside ${partner}`, rows, { out, partner, formats: ["csv"] })),
    );
    for (const { files } of packs) for (const file of files) await access(path.join(out, file));
    expect((await readdir(folder)).filter((name) => name.startsWith("shared"))).toEqual(["shared", "shared.next"]);
  });

  test.runIf(process.platform === "linux")(
    "goes to a folder that is a disk of its own, whose parent takes nothing",
    async () => {
      const out = path.join(folder, "disk");
      await mkdir(path.join(out, ".next-4194305-0a1b2c3d"), { recursive: true });
      const handle = await open(out);
      try {
        await run("disk-of-its-own", rows, {
          out: `/proc/self/fd/${handle.fd}`,
          partner: "hubspot:1",
          formats: ["csv"],
        });
      } finally {
        await handle.close();
      }
      expect(await readdir(out)).toEqual(["juniper-advisory--hubspot--1"]);
    },
  );

  test.runIf(process.platform === "linux")("a disk that refuses a file is told as what it is", async () => {
    // Linux takes no path of more than 4,096 bytes: the folder itself fits, its files do not.
    let out = path.join(folder, "deep");
    while (out.length < 4_000) out = path.join(out, "x".repeat(Math.min(200, 4_039 - out.length)));
    await expect(run("deep-down", rows, { out, formats: ["csv"] })).rejects.toMatchObject({
      exitCode: 2,
      found: expect.stringContaining("the pack of Juniper Advisory cannot be written there (ENAMETOOLONG"),
    });
  });

  test("goes to a folder only: a file in its place, or a place that takes no folder, is refused at once", async () => {
    const file = path.join(folder, "taken");
    await writeFile(file, "");
    for (const [out, found] of [
      [file, `${file}: this is a file`],
      [path.join(file, "below"), `${file}: this is a file`],
      ["/proc/attributary", "this folder cannot be made (ENOENT"],
    ] as const) {
      const refusal = await run("place", rows, { out }).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ exitCode: 2, fix: "name a folder that is there or can be made with --out" });
      expect(String(refusal)).toContain(found);
    }
    expect(await readFile(file, "utf8")).toBe("");
  });

  test("asks for a partner and a period that exist", async () => {
    await expect(run("who", rows, { partner: "hubspot:999" })).rejects.toMatchObject({ exitCode: 2 });
    await expect(run("when", rows, { period: "2026-Q5" })).rejects.toMatchObject({
      exitCode: 2,
      fix: expect.stringContaining("2026-Q3"),
    });
    const within = path.join(folder, "kestrel-cloud--hubspot--2", "for-juniper");
    await expect(run("within", rows, { partner: "hubspot:1", out: within })).rejects.toMatchObject({
      exitCode: 2,
      found: expect.stringMatching(/kestrel-cloud--hubspot--2 is the pack of one partner/),
    });
    const pack = path.join(folder, "sent", "kestrel-cloud--hubspot--2");
    await mkdir(pack, { recursive: true });
    await symlink(pack, path.join(folder, "link"));
    for (const out of ["link", "link/deep/er"].map((name) => path.join(folder, name))) {
      await expect(run("linked", rows, { partner: "hubspot:1", out })).rejects.toMatchObject({
        exitCode: 2,
        where: `export --out ${out}`,
        found: `${await realpath(pack)} is the pack of one partner, who would be given what is written below it`,
      });
    }
    expect(await readdir(pack)).toEqual([]);
    // The build is of 21 August 2026, and its fiscal year begins in January.
    await expect(run("later", rows, { period: "2026-Q4" })).rejects.toMatchObject({
      exitCode: 2,
      found: expect.stringContaining("begins on 2026-10-01, after the date of the published build, 2026-08-21"),
    });
  });
});
