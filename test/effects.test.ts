import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { processEffects } from "../src/effects.ts";
import { runCommand } from "./support/cli.ts";

test.each([
  ["a checkout", { npm_command: "run-script", npm_lifecycle_event: "attributary" }, "`npm run -s attributary -- init`"],
  ["a folder it was installed in", { npm_command: "exec" }, "`npx attributary init`"],
  ["the path", {}, "`attributary init`"],
])("what a message tells to run can be run as it stands: started from %s", async (_where, env, command) => {
  const ran = await runCommand("/nowhere", ["refresh"], env);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(`run ${command} to make one`);
});

test("the user is known where the environment does not name them", () => {
  expect(processEffects().user).toBe(userInfo().username);
});

test("output that nobody reads to its end is no defect", async () => {
  const line = `"${process.execPath}" src/cli.ts --help | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", line]);
  expect([stdout, stderr]).toEqual(["0\n", ""]);
});
