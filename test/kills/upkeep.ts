import path from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import { openLog } from "../../src/extract/open-log.ts";
import { backup } from "../../src/operate/upkeep/backup.ts";
import { prune } from "../../src/operate/upkeep/prune.ts";
import { restore } from "../../src/operate/upkeep/restore.ts";
import { openEngine } from "../../src/warehouse/database.ts";

/** What may be killed. A compaction is a prune that drops nothing but the room of rows that are gone. */
export const tasks = ["backup", "restore", "restore over another", "compaction", "prune", "upgrade"] as const;

export type Task = (typeof tasks)[number];

/** The folder of the configuration, and where backups are. */
export interface Place {
  readonly folder: string;
  readonly backups: string;
  /** The backup that is restored. */
  readonly made: string;
}

const now = new Date("2026-10-05T06:00:00Z");
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Does what the command of that name does. */
export async function work(task: Task, place: Place): Promise<void> {
  const loaded = await loadConfig(path.join(place.folder, "attributary.yaml"), {});
  switch (task) {
    case "backup":
      await backup({ loaded, now, out: place.backups, isDry: false, wait });
      return;
    case "restore":
    case "restore over another": {
      const force = task === "restore over another";
      await restore({ backup: place.made, to: place.folder, force, isDry: false, now });
      return;
    }
    case "compaction":
    case "prune":
      await prune({ loaded, now, isDry: false, tell: () => undefined });
      return;
    case "upgrade": {
      const engine = await openEngine();
      await openLog(engine, path.join(loaded.home, "raw.duckdb"), () => undefined);
      engine.close();
    }
  }
}
