import path from "node:path";
import { runSandbox } from "../demo.ts";
import { privately } from "../operate/home.ts";
import { exitCodes, type Shell } from "./shell.ts";
import { parseSandboxPort, parseSeed } from "./words.ts";

/** `sandbox`: a synthetic company over the HubSpot, Salesforce and Stripe protocols on loopback. */
export function addSandbox({ program, effects, tell }: Shell): void {
  program
    .command("sandbox")
    .description("a synthetic company over the HubSpot, Salesforce and Stripe protocols on loopback")
    .option(
      "--home <folder>",
      "where the configuration it writes, its file drop and its site go",
      ".attributary/sandbox",
    )
    .option("--seed <number>", "another seed makes another company", parseSeed, 1)
    .option(
      "--port <number>",
      "the first of three ports in a row; by default those of the last time, or free ones",
      parseSandboxPort,
    )
    .option("--demo", "serve it, refresh once from it, publish the site, and end")
    .option("--json", "print where it is served, or what the demo published, as JSON on stdout")
    .addHelpText("after", `\nExamples:\n  attributary sandbox\n  attributary sandbox --demo --seed 7\n${exitCodes}`)
    .action(async (options) => {
      effects.umask?.(privately);
      await runSandbox({
        folder: path.resolve(effects.cwd, options.home),
        seed: options.seed,
        ...(options.port === undefined ? {} : { port: options.port }),
        demo: options.demo === true,
        json: options.json === true,
        effects,
        tell,
      });
    });
}
