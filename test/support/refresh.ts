import path from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import { runExtraction } from "../../src/extract/run.ts";
import { type RefreshReport, refresh } from "../../src/operate/refresh.ts";
import { quietEffects, testNow } from "./cli.ts";

/** A refresh of a folder's data without its site, which takes as long to draw as a small company to build; it must end well. */
export async function refreshData(
  folder: string,
  options: {
    readonly asOf?: string;
    readonly noExtract?: boolean;
    readonly now?: Date;
    readonly tell?: (line: string) => void;
  } = {},
): Promise<RefreshReport> {
  const loaded = await loadConfig(path.join(folder, "attributary.yaml"), {});
  const { now = testNow, tell = () => undefined, ...asked } = options;
  const effects = quietEffects(folder, now);
  return refresh({
    ...asked,
    loaded,
    effects,
    extract: (request) => runExtraction({ ...request, config: loaded.config, folder: loaded.folder, effects }),
    draw: async () => ({ pages: 0, written: 0 }),
    tell,
  });
}
