import { readFile, stat } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { homeAt } from "../../src/operate/home.ts";
import { refusalOf, shellLines, wordsFor } from "../support/documents.ts";

const read = (name: string): Promise<string> => readFile(`deploy/${name}`, "utf8");

/** The lines of a file like a systemd unit or a crontab that begin the program. */
const startingLines = (text: string): readonly string[] =>
  shellLines(text).flatMap((line) => (/node_modules\/\.bin\/attributary .*/.exec(line) ?? []).slice(0, 1));

const steps = z.array(
  z.object({ run: z.string().optional(), uses: z.string().optional(), with: z.looseObject({}).optional() }),
);
const workflow = z.object({ jobs: z.object({ refresh: z.object({ steps }) }) });
const script = z.array(z.string());
const pipeline = z.object({
  pages: z.object({ before_script: script, script, after_script: script, artifacts: z.object({ paths: script }) }),
});

let ciLines: readonly string[] = [];

beforeAll(async () => {
  const { jobs } = workflow.parse(parse(await read("ci/github-actions.yml")));
  const { pages } = pipeline.parse(parse(await read("ci/gitlab-ci.yml")));
  const github = jobs.refresh.steps.flatMap(({ run }) => (run === undefined ? [] : shellLines(run)));
  ciLines = [...github, ...pages.before_script, ...pages.script, ...pages.after_script];
});

describe("the recipes", () => {
  test("start the program by words that it takes", async () => {
    const lines = [
      ...startingLines(await read("systemd/attributary.service")),
      ...startingLines(await read("systemd/attributary-schedule.service")),
      ...startingLines(await read("cron/attributary")),
      ...ciLines.filter((line) => line.includes("attributary ") && line.startsWith("npx")),
    ];
    expect(lines.map((line) => wordsFor(line))).toEqual([
      ["refresh"],
      ["schedule"],
      ["refresh"],
      ["refresh"],
      ["refresh"],
    ]);
    for (const line of lines) expect(await refusalOf(wordsFor(line) ?? [])).toBeUndefined();
  });

  test("of both CI jobs keep the log after the refresh, and only where it was fetched before", () => {
    const order = ciLines.flatMap((line) =>
      (/rclone (copy|sync)|npx attributary (refresh)|touch (\.fetched)/.exec(line) ?? []).slice(1).filter(Boolean),
    );
    expect(order).toEqual([...["copy", ".fetched", "refresh", "sync"], ...["copy", ".fetched", "refresh", "sync"]]);
    // A sync takes away what is not here: all of it, where nothing was fetched.
    const kept = ciLines.filter((line) => line.includes("rclone sync"));
    expect(new Set(kept)).toEqual(
      new Set([
        'test ! -f .fetched || rclone sync .attributary kept:example-attributary/home --skip-links --exclude "builds/**" --exclude "tmp/**" --exclude "exports/**"',
      ]),
    );
  });

  test("publish the site from where it is", async () => {
    expect(`${homeAt(".attributary").current}/site`).toBe(".attributary/current/site");
    expect(await read("ci/github-actions.yml")).toContain("path: .attributary/current/site");
    expect(ciLines).toContain("cp -r .attributary/current/site public");
  });

  test("of the container copy what is there, run without rights and ask for its health by a command", async () => {
    const text = (await read("container/Dockerfile")).replaceAll(/\\\n\s*/g, "");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const copied = lines.flatMap((line) =>
      (/^COPY --from=build (.*) \S+$/.exec(line)?.[1] ?? "").split(" ").filter(Boolean),
    );
    // dist is made by the image's own build.
    for (const file of copied.map((name) => name.replace("/app/", "")).filter((name) => name !== "dist"))
      await stat(file);
    const list = z.array(z.string());
    const wordsOf = (instruction: string): readonly string[] => {
      const line = lines.findLast((each) => each.startsWith(instruction)) ?? "";
      return list.parse(JSON.parse(line.slice(line.indexOf("["))));
    };
    const { bin } = z
      .object({ bin: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readFile("package.json", "utf8")));
    expect(wordsOf("ENTRYPOINT")).toEqual(["node", `/app/${bin.attributary}`]);
    expect(wordsOf("HEALTHCHECK").slice(0, 2)).toEqual(wordsOf("ENTRYPOINT"));
    expect(await refusalOf(wordsOf("HEALTHCHECK").slice(2))).toBeUndefined();
    expect(await refusalOf(wordsOf("CMD"))).toBeUndefined();
    expect(lines).toContain("USER 10001:10001");
    const compose = parse(await read("container/compose.yaml")) as {
      services: { attributary: Record<string, unknown> };
    };
    expect(compose.services.attributary).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      volumes: ["../../data:/data"],
      environment: { ATTRIBUTARY_LOG: "json" },
    });
  });

  test("of systemd let a run take as long as it may, and take another one's run for no failure", async () => {
    const unit = await read("systemd/attributary.service");
    expect(unit).toContain("TimeoutStartSec=6h");
    expect(unit).toContain("SuccessExitStatus=75");
    expect(unit).toContain("Environment=ATTRIBUTARY_LOG=json");
    expect(await read("systemd/attributary.timer")).toMatch(/^OnCalendar=\*-\*-\* 02:15:00 America\/New_York$/m);
  });
});
