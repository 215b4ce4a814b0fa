import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chown, cp, glob, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { readManifest } from "../../src/operate/upkeep/manifest.ts";
import { historyStreams } from "../../src/operate/upkeep/versions.ts";
import { openEngine } from "../../src/warehouse/database.ts";
import { copyOf, type Place, runCommand } from "../support/cli.ts";
import { refreshData } from "../support/refresh.ts";
import { martsOf, placeOfNights } from "../support/upkeep-place.ts";

let place: Place;
let marts: ReadonlyMap<string, string>;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  place = await placeOfNights({ retention: { versions_days: 40 } }, (clean) => ends.push(clean));
  await mkdir(path.join(place.folder, "scorecards"));
  await writeFile(path.join(place.folder, "scorecards", "2026-Q3.md"), "## Actions\n");
  // What `init` writes, and names in the first line of the configuration.
  await writeFile(path.join(place.folder, "attributary.schema.json"), "{}\n");
  marts = await martsOf(place.folder);
}, 300_000);

afterAll(async () => {
  for (const end of ends) await end();
});

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-upkeep-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function backedUp(here: Place, ...words: readonly string[]): Promise<string> {
  const ran = await here.run("backup", "--json", ...words);
  expect(ran.stderr).toBe("");
  return (JSON.parse(ran.stdout) as { folder: string }).folder;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

describe("a backup", () => {
  test("restored into an empty folder gives byte-equal marts, and the same drop, commentary and configuration", async () => {
    const folder = await backedUp(place, "--out", await emptyFolder());
    expect(await filesBelow(folder)).toEqual([
      "config/attributary.schema.json",
      "config/attributary.yaml",
      "config/scorecards/2026-Q3.md",
      "drops/drop/accounts.csv",
      "drops/drop/deals.csv",
      "drops/drop/partners.csv",
      "home/raw.duckdb",
      "manifest.json",
    ]);
    const to = path.join(await emptyFolder(), "new");
    const ran = await runCommand("/", ["restore", folder, "--to", to]);
    expect(ran.stderr).toMatch(/^restored 7 files .* every checksum is that of the backup\n/);
    expect(ran.stderr).toContain(`the drop of drop is in ${path.join(to, "drop")}\n`);
    await refreshData(to, { noExtract: true });
    expect(await martsOf(to)).toEqual(marts);
    for (const file of [
      "attributary.schema.json",
      "attributary.yaml",
      "scorecards/2026-Q3.md",
      "drop/deals.csv",
      "drop/partners.csv",
    ]) {
      expect(await readFile(path.join(to, file), "utf8")).toBe(await readFile(path.join(place.folder, file), "utf8"));
    }
    expect((await readdir(path.join(to, "home"))).sort()).toEqual(["builds", "current", "raw.duckdb", "site"]);
  });

  test("has own code and drops from anywhere, and a restore writes nothing outside of its folder", async () => {
    const here = await copyOf(place);
    const elsewhere = await emptyFolder();
    await cp(path.join(here.folder, "drop"), elsewhere, { recursive: true });
    for (const name of [
      "metrics/lost.ts",
      "shared/words.ts",
      ".env",
      "prod.env",
      "shared/ci.env.local",
      "shared/parse.env.ts",
      "shared/tls.pem",
      "shared/tls.key",
      "node_modules/x/index.js",
    ]) {
      await mkdir(path.dirname(path.join(here.folder, "our", name)), { recursive: true });
      await writeFile(path.join(here.folder, "our", name), `// ${name}\n`);
    }
    const sources = [
      { name: "drop", kind: "files", path: elsewhere },
      { name: "late", kind: "files", path: "./late" },
    ];
    await here.configure("attributary.yaml", { sources, extend: "./our" });
    const out = await emptyFolder();
    const lean = await backedUp(here, "--out", out, "--no-drops");
    expect((await filesBelow(lean)).filter((name) => name.startsWith("drops"))).toEqual([]);
    const ran = await here.run("backup", "--out", out, "--keep", "1");
    const [folder = ""] = (await readdir(out)).map((name) => path.join(out, name));
    const bytes =
      (await stat(path.join(elsewhere, "deals.csv"))).size + (await stat(path.join(elsewhere, "partners.csv"))).size;
    expect(bytes).toBeGreaterThan(100);
    expect(ran.stderr).toMatch(/\n3 files of drops are among them, 0\.\d kB; --no-drops leaves them out\n/);
    expect(ran.stderr).toContain("the drop of late, ./late, is not in it: this folder does not exist");
    expect((await filesBelow(folder)).filter((name) => name.startsWith("extend"))).toEqual([
      "extend/metrics/lost.ts",
      "extend/shared/parse.env.ts",
      "extend/shared/words.ts",
    ]);

    // Where the code's folder is that of all else, each file is in it once, and a drop that is left out not as code either.
    const wide = { sources: [{ name: "drop", kind: "files", path: "./drop" }], extend: "." };
    const asCode = async (...words: readonly string[]): Promise<readonly string[]> =>
      (await filesBelow(await backedUp(here, "--out", path.join(here.folder, "kept"), ...words))).filter((name) =>
        /^(?:extend\/(?!our)|drops).*(?:csv|json|duckdb)$/.test(name),
      );
    await here.configure("attributary.yaml", wide);
    const schema = "extend/attributary.schema.json";
    expect(await asCode("--no-drops")).toEqual([schema]);
    expect(await asCode()).toEqual([
      "drops/drop/accounts.csv",
      "drops/drop/deals.csv",
      "drops/drop/partners.csv",
      schema,
    ]);
    await here.configure("attributary.yaml", { ...wide, sources: [{ name: "drop", kind: "files", path: "." }] });
    await cp(path.join(here.folder, "drop", "deals.csv"), path.join(here.folder, "deals.csv"));
    expect((await asCode("--no-drops")).filter((name) => !name.startsWith("extend/drop/"))).toEqual([schema]);

    const to = path.join(await emptyFolder(), "new");
    const restored = await runCommand("/", ["restore", folder, "--to", to]);
    expect(restored.stderr).toContain(
      `the drop of drop was in ${elsewhere}; it is in ${to}/drops/drop, and the configuration is changed to say so`,
    );
    expect(restored.stderr).toContain(`the drop of late is not in the backup: put it to ${to}/late\n`);
    const config = await readFile(path.join(to, "attributary.yaml"), "utf8");
    expect(config).toContain("path: ./drops/drop\n");
    expect(config).toContain("extend: ./our\n");
    expect(await readFile(path.join(to, "our", "shared", "words.ts"), "utf8")).toBe("// shared/words.ts\n");
    const deals = path.join(to, "drops", "drop", "deals.csv");
    expect(await readFile(deals)).toEqual(await readFile(path.join(elsewhere, "deals.csv")));

    // A drop that has something else by now is set aside, out of its own folder, where a pattern could find it.
    await writeFile(deals, "newer\n");
    expect((await runCommand("/", ["restore", folder, "--to", to])).stderr).toContain("deals.csv");
    const forced = await runCommand("/", ["restore", folder, "--to", to, "--force", "--json"]);
    const { set_aside } = JSON.parse(forced.stdout) as { set_aside: readonly string[] };
    expect(await readFile(path.join(set_aside.at(-1) ?? "", "deals.csv"), "utf8")).toBe("newer\n");
    expect(await readdir(path.dirname(deals))).toEqual(["accounts.csv", "deals.csv", "partners.csv"]);
  });

  test("taken while another process writes the log has every version up to one moment and does not hold it up", async () => {
    const here = await copyOf(place);
    const writer = startWriter(path.join(here.folder, "home", "raw.duckdb"));
    await writer.begun;
    const folder = await backedUp(here);
    expect(writer.child.exitCode).toBeNull();
    const written = await writer.end();
    const engine = await openEngine();
    await engine.attach(path.join(folder, "home", "raw.duckdb"), "raw", { readOnly: true });
    const connection = await engine.connect();
    const held = await connection.row<{ n: number; last: number; bad: number }>(
      `select count(*) as n, max(seq) as last, count(*) filter (run_id = 'writer' and md5(payload) <> hash) as bad
       from raw.record`,
    );
    engine.close();
    expect(held).toEqual({ n: held?.last, last: held?.last, bad: 0 });
    expect(held?.n).toBeLessThanOrEqual(written);
    expect(held?.n).toBeGreaterThan(10);
  }, 60_000);

  test("has no secret, also where one is written out, in a comment or in an address", async () => {
    const here = await copyOf(place);
    const secrets = [
      "pat-eu1-0a1b2c3d-1111-2222-3333-444455556666",
      "rk_live_canary0123456789",
      "hunter2hunter2",
      "s3cr3t-signing-key-1",
    ];
    await writeFile(
      path.join(here.folder, "attributary.yaml"),
      `# once it was ${secrets[0]}
home: home
sources:
  - { name: drop, kind: files, path: ./drop }
  - name: hubspot
    kind: hubspot
    access_token: ${secrets[0]} # the same again: ${secrets[0]}
  - { name: stripe, kind: stripe, api_key: "${secrets[1]}" }
  - { name: salesforce, kind: salesforce, instance_url: "https://x.example", access_token: "\${SF_TOKEN}" }
channels:
  - { name: hook, kind: webhook, webhook_url: "https://example.com/h?key=abcdefgh", signing_secret: ${secrets[3]} }
  - { name: mail, kind: smtp, smtp_url: "smtps://bob:${secrets[2]}@mail.example", from: a@example.com, recipients: b@example.com }
`,
    );
    const out = await emptyFolder();
    const ran = await runCommand(here.folder, ["backup", "--out", out], { SF_TOKEN: "from-the-environment" });
    expect(ran.code).toBe(0);
    const folder = path.join(out, (await readdir(out))[0] ?? "");
    const config = await readFile(path.join(folder, "config", "attributary.yaml"), "utf8");
    expect(config).toContain('access_token: "${HUBSPOT_ACCESS_TOKEN}" # the same again: [secret]');
    expect(config).toContain('signing_secret: "${HOOK_SIGNING_SECRET}"');
    for (const file of await filesBelow(folder)) {
      const bytes = await readFile(path.join(folder, file), "latin1");
      for (const secret of [...secrets, "from-the-environment", "abcdefgh"]) expect(bytes, file).not.toContain(secret);
    }
    expect(ran.stderr).toContain(
      "keep these elsewhere, no backup has them: HOOK_SIGNING_SECRET, HOOK_WEBHOOK_URL, HUBSPOT_ACCESS_TOKEN, MAIL_SMTP_URL, SF_TOKEN, STRIPE_API_KEY",
    );
  });

  test("keeps as many as it is told to, and leaves alone what is no backup", async () => {
    const out = await emptyFolder();
    await writeFile(path.join(out, "notes.txt"), "mine");
    await mkdir(path.join(out, "20260101T000000Z-aaaa"));
    const first = path.basename(await backedUp(place, "--out", out));
    const dry = await place.run("backup", "--out", out, "--keep", "1", "--dry-run");
    expect(dry.stderr).toContain(`would remove ${path.join(out, first)}`);
    const second = path.basename(await backedUp(place, "--out", out, "--keep", "1"));
    expect((await readdir(out)).sort()).toEqual(["20260101T000000Z-aaaa", second, "notes.txt"]);
  });
});

describe("a restore", () => {
  let made = "";
  beforeAll(async () => {
    made = await backedUp(place, "--out", path.join(place.folder, "elsewhere"));
  });

  test("overwrites nothing unless it is told to, and then only moves it aside", async () => {
    const here = await copyOf(place);
    await writeFile(path.join(here.folder, "scorecards", "2026-Q3.md"), "changed since\n");
    const log = await readFile(path.join(here.folder, "home", "raw.duckdb"));
    const dry = await here.run("restore", made, "--dry-run");
    expect(dry.stderr).toMatch(/^7 files .* have their checksums; /);
    expect(dry.stderr).toContain("so it would need --force or another --to: ");
    const refused = await here.run("restore", made);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("this is there already");
    expect(await readFile(path.join(here.folder, "home", "raw.duckdb"))).toEqual(log);

    const ran = await here.run("restore", made, "--force", "--json");
    expect(ran.stderr).toBe("");
    const aside = (JSON.parse(ran.stdout) as { set_aside: readonly string[] }).set_aside;
    expect(await readdir(aside[0] ?? "")).toEqual(expect.arrayContaining(["builds", "current", "raw.duckdb"]));
    expect(await readFile(path.join(aside[0] ?? "", "raw.duckdb"))).toEqual(log);
    expect(await readFile(aside[1] ?? "", "utf8")).toBe("changed since\n");
    expect(await readFile(path.join(here.folder, "scorecards", "2026-Q3.md"), "utf8")).toBe("## Actions\n");
  });

  test("of a damaged or half a backup is refused before anything is written", async () => {
    const [broken, to] = [await emptyFolder(), path.join(await emptyFolder(), "to")];
    await cp(made, broken, { recursive: true });
    const log = path.join(broken, "home", "raw.duckdb");
    const bytes = await readFile(log);
    bytes[20_000] = (bytes[20_000] ?? 0) ^ 1;
    await writeFile(log, bytes);
    await rm(path.join(broken, "config", "scorecards"), { recursive: true });
    const ran = await runCommand("/", ["restore", broken, "--to", to]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(
      "2 files are not what the backup says: config/scorecards/2026-Q3.md is missing; home/raw.duckdb has another checksum",
    );
    await expect(stat(to)).rejects.toThrow("ENOENT");
    await rm(path.join(broken, "manifest.json"));
    expect((await runCommand("/", ["restore", broken, "--to", to])).stderr).toContain("this is no backup");
  });

  test("of which one bit of the manifest is another is refused, or says what it said", async () => {
    const folder = await emptyFolder();
    const file = path.join(folder, "manifest.json");
    const bytes = await readFile(path.join(made, "manifest.json"));
    await writeFile(file, bytes);
    const manifest = await readManifest(folder);
    let refused = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (at % 2 === 0 ? 1 : 4);
      await writeFile(file, flipped);
      const read = await readManifest(folder).catch((error: unknown) => error);
      if (read instanceof UserError) refused += 1;
      else expect([at, read]).toEqual([at, manifest]);
    }
    // Only spaces between the words, and the name of the checksum itself, can change without anything being said otherwise.
    expect(refused).toBeGreaterThan(bytes.length / 2);
  });

  test("of the first format, which had no drops, is put in place all the same", async () => {
    const [earlier, to] = [await emptyFolder(), path.join(await emptyFolder(), "to")];
    await cp(made, earlier, { recursive: true });
    await rm(path.join(earlier, "drops"), { recursive: true });
    const file = path.join(earlier, "manifest.json");
    const { folders, files, sha256, ...rest } = JSON.parse(await readFile(file, "utf8")) as {
      folders: object;
      sha256: string;
      files: readonly { path: string }[];
    };
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(folders).toEqual([{ source: "drop", path: "./drop", kept: "drops/drop" }]);
    const kept = files.filter(({ path: name }) => !name.startsWith("drops/"));
    await writeFile(file, JSON.stringify({ ...rest, format: 1, files: kept }));
    const ran = await runCommand("/", ["restore", earlier, "--to", to]);
    expect(ran.stderr).toMatch(/^restored 4 files /);
    expect(await filesBelow(to)).toEqual([
      "attributary.schema.json",
      "attributary.yaml",
      "home/raw.duckdb",
      "scorecards/2026-Q3.md",
    ]);
  });

  test("cut off while it moves things keeps a refresh from beginning, and the next call ends it", async () => {
    const to = await emptyFolder();
    const home = path.join(to, "home");
    expect((await runCommand("/", ["restore", made, "--to", to])).code).toBe(0);
    // As it stands when everything was brought and nothing moved yet.
    const manifest = JSON.parse(await readFile(path.join(made, "manifest.json"), "utf8")) as {
      made_at: string;
      files: readonly { sha256: string }[];
    };
    await mkdir(path.join(home, "restoring"));
    await cp(path.join(home, "raw.duckdb"), path.join(home, "restoring", "raw.duckdb"));
    await rm(path.join(home, "raw.duckdb"));
    const mark = {
      backup_made_at: manifest.made_at,
      files: manifest.files.map(({ sha256 }) => sha256).join(" "),
      aside: "replaced-x",
    };
    await writeFile(path.join(home, "restoring", "moving.json"), JSON.stringify(mark));
    const refused = await runCommand(to, ["refresh", "--no-extract"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("a restore into this folder was cut off before its end");
    expect((await runCommand("/", ["restore", made, "--to", to])).code).toBe(0);
    // The refused refresh left a record of itself, which is no part of the backup.
    expect(await readdir(path.join(home, "replaced-x"))).toEqual(["metrics.prom", "status.json"]);
    expect(await readdir(home)).not.toContain("restoring");
    expect(await filesBelow(home)).toContain("raw.duckdb");
  });
});

describe("a prune", () => {
  test("drops what nothing needs: builds of today, of a kept date and of a presented quarter stay byte-equal", async () => {
    const here = await copyOf(place);
    // Kept from 2026-08-26 on (40 days before 5 October): night 3 is younger, night 2 counts until it, night 1 is the first.
    const asOf = async (date: string): Promise<ReadonlyMap<string, string>> => {
      await refreshData(here.folder, { noExtract: true, asOf: date });
      return martsOf(here.folder);
    };
    const kept = await asOf("2026-08-27");
    const dry = await here.run("prune", "--dry-run");
    // p1 changed once (tier, night 3) and d1 each night: its second version still counted on 26 August, its third is younger.
    expect(dry.stderr).toContain("nothing to drop");
    await here.configure("attributary.yaml", { retention: { versions_days: 31, builds: 1 } });
    const ran = await here.run("prune", "--json");
    // From 4 September on: the third version (2 September) counts then, so the second one of d1 may go, and nothing else.
    expect(JSON.parse(ran.stdout)).toMatchObject({ versions: 1, kept_from: "2026-09-04", is_rewritten: true });
    expect((JSON.parse(ran.stdout) as { builds: readonly string[] }).builds).toContainEqual(
      expect.stringContaining("20260902T060000Z"),
    );
    await refreshData(here.folder, { noExtract: true });
    expect(await martsOf(here.folder)).toEqual(marts);
    expect(await refusalOf(refreshData(here.folder, { noExtract: true, asOf: "2026-08-27" }))).toContain(
      "2026-08-27 is before 2026-09-04, and what was only known then was dropped from the log by `prune`",
    );
    expect(kept.size).toBe(marts.size);
  });

  test("by a refresh of its own accord keeps what a presented quarter was made of, and gives back the room", async () => {
    const here = await copyOf(place);
    const log = path.join(here.folder, "home", "raw.duckdb");
    await refreshData(here.folder, { noExtract: true, asOf: "2026-08-20" });
    const presented = await martsOf(here.folder);
    expect((await here.run("scorecard", "--period", "2026-Q2", "--freeze", "--by", "Ann")).code).toBe(0);
    // Each of four thousand records is seen twice more, in one night of July.
    const engine = await openEngine();
    await engine.attach(log, "raw");
    const connection = await engine.connect();
    await connection.run(
      `insert into raw.record
       select (select max(seq) from raw.record) + n, 'drop', 'notes', (n % 4000)::varchar,
           timestamp '2026-07-02' + to_hours(n // 4000), 'r', 'upsert', null, null, null, repeat(md5(n::varchar), 20)
       from range(12000) as r(n)`,
    );
    engine.close();
    await here.configure("attributary.yaml", { retention: { versions_days: 31 } });
    const before = (await stat(log)).size;
    const told: string[] = [];
    const report = await refreshData(here.folder, {
      noExtract: true,
      asOf: "2026-08-20",
      tell: (line) => told.push(line),
    });
    // Of each the second version goes; the one of d1 that was presented on 20 August stays.
    expect(report.dropped.versions).toBe(4000);
    expect(told).toContainEqual(expect.stringMatching(/^dropped 4,000 versions of records, of 12,0\d\d$/));
    expect(told).toContainEqual(expect.stringMatching(/^dropped 1 build: \d{8}T\d{6}Z-[0-9a-f]{4}$/));
    expect((await stat(log)).size).toBeLessThan(before * 0.8);
    expect((await refreshData(here.folder, { noExtract: true, asOf: "2026-08-20" })).dropped.versions).toBe(0);
    expect(await martsOf(here.folder)).toEqual(presented);
    expect((await here.run("prune")).stderr).toContain("nothing to drop");
  });
});

test("streams of which a model reads every version are those that a prune leaves whole", async () => {
  const named = new Set<string>();
  for await (const file of glob("sql/**/*.sql")) {
    const parts = (await readFile(file, "utf8")).split(/^\)/m).filter((part) => /(?:from|join) raw\.record/.test(part));
    for (const part of parts) {
      for (const [, stream = ""] of part.matchAll(/stream (?:=|like) '([^'%]+)/g)) named.add(stream);
    }
  }
  expect([...named].sort()).toEqual([...historyStreams.names, ...historyStreams.prefixes].sort());
});

describe("what a place refuses is told before any harm:", () => {
  const unchanged = async (folder: string, work: () => Promise<void>): Promise<void> => {
    const before = await filesBelow(folder);
    await work();
    expect(await filesBelow(folder)).toEqual(before);
  };

  test("a disk that takes no more leaves no half a backup, and the log as it is", async () => {
    const here = await copyOf(place);
    const limited = async (...words: readonly string[]): Promise<string> => {
      // A process whose files may have half a megabyte at most: what a full disk does, the log being larger.
      const shell = `ulimit -f 512; exec "$0" "$@"`;
      const all = ["-c", shell, process.execPath, path.resolve("src/cli.ts"), ...words];
      const ran = await promisify(execFile)("sh", all, { cwd: here.folder }).catch((error: unknown) => error);
      return (ran as { stderr: string }).stderr;
    };
    await unchanged(here.folder, async () => {
      expect(await limited("backup")).toMatch(/error: .*backups: the disk takes no more .*no backup was made/);
      await rm(path.join(here.folder, "home", "backups"), { recursive: true });
    });
    expect(await limited("refresh", "--no-extract")).toMatch(/error: .*the disk takes no more .*nothing was published/);
  });

  test("a place that cannot be made, and one of another user", async () => {
    const here = await copyOf(place);
    const ran = await here.run("backup", "--out", "/proc/attributary");
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("this folder cannot be made");
    // Only root can give a file away, and then is itself the wrong user.
    if (process.getuid?.() !== 0) return;
    const made = await backedUp(here, "--out", await emptyFolder());
    for (const name of ["", "raw.duckdb"]) await chown(path.join(here.folder, "home", name), 12_345, 12_345);
    await unchanged(here.folder, async () => {
      for (const words of [["backup"], ["prune"], ["restore", made, "--force"]]) {
        const refused = await here.run(...words);
        expect(refused.code).toBe(2);
        expect(refused.stderr).toContain(
          "it belongs to the user with the id 12345, and this runs as the one with the id 0",
        );
      }
    });
  });

  test("a disk without room for it", async () => {
    const { needRoom } = await import("../../src/folders.ts");
    expect(await refusalOf(needRoom(place.folder, 1e18, "a backup"))).toMatch(
      /a backup takes 1000000000\.0 GB, and .* are free there/,
    );
  });
});

async function refusalOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** A process that appends to a log as an extraction does, a batch a transaction, until it is ended. */
function startWriter(log: string): {
  readonly child: ChildProcess;
  readonly begun: Promise<void>;
  readonly end: () => Promise<number>;
} {
  const child = spawn(process.execPath, [path.resolve("test/support/log-writer.ts"), log], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let last = 0;
  const begun = new Promise<void>((resolve) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      last = Number(chunk.toString("utf8").trim().split("\n").at(-1));
      resolve();
    });
  });
  const end = async (): Promise<number> => {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.stdin?.end();
    await ended;
    return last;
  };
  return { child, begun, end };
}
