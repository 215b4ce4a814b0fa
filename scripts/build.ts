import { execFileSync } from "node:child_process";
import { chmod, cp, glob, mkdir, rm } from "node:fs/promises";
import path from "node:path";

// What `npm pack` ships: the program and its pages compiled with their types, and beside them what is read as it is.
const root = path.join(import.meta.dirname, "..");
const dist = path.join(root, "dist");

await rm(dist, { recursive: true, force: true });
execFileSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
for await (const file of glob("src/**/*.{css,js,generated.json}", { cwd: root })) {
  await mkdir(path.dirname(path.join(dist, file)), { recursive: true });
  await cp(path.join(root, file), path.join(dist, file));
}
await cp(path.join(root, "sql"), path.join(dist, "sql"), { recursive: true });
await chmod(path.join(dist, "src", "bin.js"), 0o755);
