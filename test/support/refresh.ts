import path from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import { openLog } from "../../src/extract/open-log.ts";
import { runExtraction, type StreamReport } from "../../src/extract/run.ts";
import { homeAt, nameAt, prepareHome } from "../../src/operate/home.ts";
import { type RefreshReport, refresh } from "../../src/operate/refresh.ts";
import { openEngine } from "../../src/warehouse/database.ts";
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

/** What a refresh of a folder does until everything is read, and nothing of what it does then. */
export async function readData(
  folder: string,
  { now = testNow }: { readonly now?: Date } = {},
): Promise<readonly StreamReport[]> {
  const { config, home } = await loadConfig(path.join(folder, "attributary.yaml"), {});
  await prepareHome(homeAt(home));
  const database = await openEngine();
  try {
    await openLog(database, homeAt(home).log, () => undefined);
    return await runExtraction({
      connection: await database.connect(),
      database,
      config,
      folder,
      runId: nameAt(now),
      startedAt: now,
      full: false,
      effects: quietEffects(folder, now),
    });
  } finally {
    database.close();
  }
}
