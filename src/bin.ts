#!/usr/bin/env node
// What `npx attributary` starts, on whichever Node there is: nothing here may need more than Node 18.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import path from "node:path";

const needed = [22, 18] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
  const { main } = await import("./cli.ts");
  const { processEffects } = await import("./effects.ts");
  process.exitCode = await main(process.argv.slice(2), processEffects());
} else {
  await startNewer();
}

/** Runs the same command line on the Node that comes with the install. */
async function startNewer(): Promise<void> {
  const refuse = (why: string): void => {
    process.stderr.write(
      `error: this is Node ${process.versions.node}, and attributary needs ${needed.join(".")} or newer; ${why}\n` +
        "  → install it again with its install script allowed (npm without --ignore-scripts, pnpm with --allow-build=node), or use a newer Node\n",
    );
    process.exitCode = 2;
  };
  let newer: string;
  try {
    newer = path.join(path.dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  } catch {
    refuse("the one that comes with it is not there");
    return;
  }
  // The flag says that this was tried, so that a bundled Node that is too old itself cannot start itself for ever.
  if (process.env.ATTRIBUTARY_NODE === newer) {
    refuse("the one that comes with it is too old, too");
    return;
  }
  const child = spawn(newer, [import.meta.filename ?? process.argv[1] ?? "", ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, ATTRIBUTARY_NODE: newer },
  });
  // Ctrl-C reaches both by the terminal; a signal to this process alone is handed on.
  const handOn = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.on("SIGTERM", handOn);
  process.on("SIGHUP", handOn);
  process.on("SIGINT", () => undefined);
  await new Promise<void>((resolve) => {
    child.once("error", (error) => {
      refuse(`the one that comes with it does not start (${error.message})`);
      resolve();
    });
    child.once("exit", (code, signal) => {
      process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      resolve();
    });
  });
}
