import { homeAt } from "../operate/home.ts";
import { serveSite } from "../operate/serve.ts";
import type { Shell } from "./shell.ts";
import { parsePort } from "./words.ts";

/** `serve`: the published site on loopback, for browsers that block local files. */
export function addServe({ command, load, tell }: Shell): void {
  command("serve", "the published site on loopback, for browsers that block local files", ["serve --port 8080"])
    .option("--port <number>", "port; 0 for any free one", parsePort, 8080)
    .action(async (options) => {
      const { home } = await load(options);
      const { url } = await serveSite(homeAt(home), options.port);
      tell(`serving ${url} (Ctrl-C ends it)`);
    });
}
