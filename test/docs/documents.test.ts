import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { hubspotScopes, salesforceObjects, stripeResources } from "../../src/operate/init/sign-in.ts";
import { makePlace, type Place } from "../support/cli.ts";
import { blocksOf, refusalOf, shellLines, wordsFor } from "../support/documents.ts";
import { refreshData } from "../support/refresh.ts";

const documents = (await readdir("docs")).filter((name) => name.endsWith(".md") && name !== "readings.md");
const pages = ["README.md", ...documents.toSorted().map((name) => `docs/${name}`)];
const blocks = (await Promise.all(pages.map(blocksOf))).flat();
const scripts: ReadonlySet<string> = new Set(
  Object.keys((JSON.parse(await readFile("package.json", "utf8")) as { scripts: object }).scripts),
);

const lines = blocks
  .filter(({ language }) => language === "sh")
  .flatMap(({ place, text }) => shellLines(text).map((line) => ({ place, line, words: wordsFor(line) })));
const commands = lines.flatMap(({ place, line, words }) => (words === undefined ? [] : [{ place, line, words }]));

describe("what README and docs say", () => {
  test("every block names what it is", () => {
    const known = ["sh", "yaml", "text", "markdown", "sql", "ts"];
    expect(blocks.filter(({ language }) => !known.includes(language)).map(({ place }) => place)).toEqual([]);
    expect(commands.length).toBeGreaterThan(20);
  });

  test("every command line is taken to the letter by the program", async () => {
    const refused = await Promise.all(
      commands.map(async ({ place, words }) => ({ place, refusal: await refusalOf(words) })),
    );
    expect(refused.filter(({ refusal }) => refusal !== undefined)).toEqual([]);
  });

  test("commands within sentences and tables are the program's own, too", async () => {
    const texts = await Promise.all(
      pages.map(async (page) => (await readFile(page, "utf8")).replaceAll(/^```[\s\S]*?^```/gm, "")),
    );
    const inline = texts.flatMap((text) =>
      [...text.matchAll(/`((?:npm run -s attributary --|(?:npx )?attributary) [^`]+)`/g)].map(([, line = ""]) => line),
    );
    const refusals = await Promise.all(inline.map((line) => refusalOf(wordsFor(line) ?? ["no", line])));
    expect(refusals.filter((refusal) => refusal !== undefined)).toEqual([]);
    expect(inline.length).toBeGreaterThan(5);
  });

  test("a word that is wrong would be told: a flag, a format, a command", async () => {
    expect(await refusalOf(["export", "--everyone"])).toContain("unknown option '--everyone'");
    expect(await refusalOf(["query", "select 1", "--format", "xml"])).toContain("xml");
    expect(await refusalOf(["publish"])).toContain("publish");
  });

  test("every other line starts something that is there", () => {
    const others = lines.filter(({ words }) => words === undefined);
    const known = ["npm", "cd", "cp", "systemctl", "journalctl", "docker", "rclone", "aws", "chgrp", "chmod"];
    expect(others.filter(({ line }) => !known.includes(line.split(" ")[0] ?? ""))).toEqual([]);
    const named = others.flatMap(({ line }) =>
      [...line.matchAll(/npm (?:run (?:-s )?)?([a-z]+)/g)].map(([, name]) => name),
    );
    const own = ["ci", "install", "pack", "start", "test"];
    expect(named.filter((name) => name !== undefined && !scripts.has(name) && !own.includes(name))).toEqual([]);
  });

  test("every path of the repository that is named, and every link, leads somewhere", async () => {
    const missing: string[] = [];
    for (const page of pages) {
      const text = await readFile(page, "utf8");
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
      const paths = [...text.matchAll(/(?<=[\s`])deploy\/[\w./-]+/g)].map(([name]) => `/${name}`);
      for (const link of [...links, ...paths].filter((each) => !/^https?:/.test(each))) {
        const [file = "", anchor] = link.split("#");
        const at = file === "" ? page : file.startsWith("/") ? file.slice(1) : path.join(path.dirname(page), file);
        const isThere = await stat(at).then(
          () => true,
          () => false,
        );
        if (!isThere) missing.push(`${page}: ${link}`);
        else if (anchor !== undefined && !anchorsOf(await readFile(at, "utf8")).includes(anchor))
          missing.push(`${page}: ${link}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test("the permissions are those that init and the doctor ask for", async () => {
    const text = (await readFile("docs/sources.md", "utf8")).replaceAll(/\s+/g, " ");
    for (const words of [...hubspotScopes, salesforceObjects, stripeResources]) expect(text).toContain(words);
  });
});

function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}

describe("every configuration is one:", () => {
  const configs = blocks.filter(({ language }) => language === "yaml");

  test.each(configs.map(({ place, text }) => [place, text]))("%s", (_place, text) => {
    const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => name);
    const fillerFor = (name: string): string =>
      name === "SMTP_URL"
        ? "smtps://u:p@mail.example.com"
        : name.endsWith("URL")
          ? "https://example.com"
          : "x".repeat(20);
    const whole = /^sources:/m.test(text) ? text : `${text}\nsources: [{ name: drop, kind: files, path: drop }]\n`;
    const env = Object.fromEntries(names.map((name) => [name, fillerFor(name)]));
    // The kind of the example in docs/extending.md, which a test of the package runs in its folder.
    const kinds = /^extend:/m.test(text) ? ["loyalty"] : [];
    expect(parseConfig(whole, "attributary.yaml", env, kinds).sources.length).toBeGreaterThan(0);
  });

  test("there are some", () => expect(configs.length).toBeGreaterThan(8));
});

describe("the command lines that a published company can answer end well:", () => {
  let place: Place;
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    place = await makePlace(
      {
        hubspot: {
          partners: [
            { id: "9001", name: "Contour", type: "agency", agreed_on: "2026-01-01" },
            { id: "P-0035", name: "Meridian", type: "reseller", agreed_on: "2026-01-01" },
          ],
          accounts: [{ id: "a1", name: "Northwind" }],
          deals: [
            {
              id: "9876543210",
              account_id: "a1",
              stage: "Won",
              state: "won",
              amount: "1000.00",
              currency: "USD",
              created_at: "2026-07-01T09:00:00Z",
              closed_on: "2026-08-01",
              partner_id: "9001",
              partner_role: "sourced",
              partner_declared_at: "2026-07-01T10:00:00Z",
            },
          ],
          customers: [{ id: "c1", account_id: "a1" }],
          invoices: [
            { id: "in_1Abc", customer_id: "c1", issued_at: "2026-08-02T00:00:00Z", currency: "USD", total: "1000.00" },
          ],
        },
      },
      {},
      async (clean) => {
        cleanUps.push(clean);
      },
    );
    // Two builds, since one line compares the last with the one before; their sites are nobody's business here.
    await refreshData(place.folder);
    await refreshData(place.folder, { noExtract: true });
    return async () => {
      for (const clean of cleanUps) await clean();
    };
  });

  // Those that stay, ask, serve, print with a browser or read a vendor are only taken to the letter above.
  const answered = ["query", "explain", "status", "doctor", "alerts", "export", "scorecard", "diff", "backup", "prune"];
  const run = commands
    .filter(({ words }) => answered.includes(words[0] ?? ""))
    // A record of the quarter comes before what is compared with it.
    .toSorted((a, b) => Number(b.words.includes("--freeze")) - Number(a.words.includes("--freeze")));

  test.each(run.map(({ place: at, line, words }) => [at, line, words] as const))("%s %s", async (_at, _line, words) => {
    const here = words
      // No run was recorded, which is what a monitor should hear.
      .filter((word) => word !== "--check")
      .filter((word, index) => word !== "--config" && words[index - 1] !== "--config")
      .map((word) =>
        word
          .replace(/,pdf\b/, "")
          .replace("drop:P-0035", "hubspot:P-0035")
          .replace("/mnt", place.folder),
      );
    const ran = await place.run(...here);
    expect(ran.code, ran.stderr).toBe(0);
  });
});
