import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { LoadedConfig } from "../../config/load.ts";
import { UserError } from "../../errors.ts";
import { openLog, removeLeftover, replaceLog, rewriteLog } from "../../extract/open-log.ts";
import { needOwner, needRoom, needWritable, tellDisk } from "../../folders.ts";
import { daysBefore } from "../../metrics/periods.ts";
import { todayIn } from "../../models/settings.ts";
import { type Connection, type Database, openEngine } from "../../warehouse/database.ts";
import { frozenPeriods } from "../freeze.ts";
import { dropOldBuilds, type Home, homeAt, oldBuilds, refuseHalfRestored } from "../home.ts";
import { droppedBefore, findDroppable } from "./versions.ts";

export interface PruneOptions {
  readonly loaded: LoadedConfig;
  readonly now: Date;
  readonly isDry: boolean;
  readonly tell: (line: string) => void;
}

/** What was dropped, or with `isDry` would be. */
export interface PruneReport {
  /** Superseded versions of records, of how many versions there were. */
  readonly versions: number;
  readonly of_versions: number;
  /** First date that `--as-of` can still name; null while nothing was ever dropped. */
  readonly kept_from: string | null;
  /** Names of builds. */
  readonly builds: readonly string[];
  readonly log_bytes_before: number;
  /** The same as before when the log was left as it is. */
  readonly log_bytes_after: number;
  readonly is_rewritten: boolean;
  readonly is_dry: boolean;
}

/** What makes it worth while to write the log anew: shares of its versions that may go, and of its file that is room of dropped rows. */
interface Worth {
  readonly versions: number;
  readonly room: number;
  readonly roomBytes: number;
}

// Whoever asks for it wants every version gone that may go.
const asked: Worth = Object.freeze({ versions: 0, room: 0.1, roomBytes: 0 });
// What happens by itself must not write the whole log anew night after night.
const byItself: Worth = Object.freeze({ versions: 0.1, room: 0.25, roomBytes: 50e6 });

/**
 * Drops what the configuration's `retention` no longer keeps: builds with their sites, superseded versions of records that nothing
 * needs any more, and the room that they leave in the log's file, which never shrinks by itself. The log is written anew aside, held
 * against the old one, and takes its name; until then the old one stands. Throws UserError: busy (75) while a refresh runs, usage (2)
 * when the place does not take the new file.
 */
export async function prune(options: PruneOptions): Promise<PruneReport> {
  const { loaded, isDry, tell } = options;
  const home = homeAt(loaded.home);
  await mustHaveLog(home);
  await refuseHalfRestored(home);
  const engine = await openEngine();
  try {
    if (isDry) await engine.attach(home.log, "raw", { readOnly: true });
    else {
      await needWritable(home.folder);
      for (const place of [home.folder, home.log]) await needOwner(place);
      await openLog(engine, home.log, tell);
    }
    const builds = await oldBuilds(home, loaded.config.retention.builds);
    if (!isDry) {
      await dropOldBuilds(home, loaded.config.retention.builds);
      await removeLeftovers(home);
    }
    const log = await pruneLog(engine, home, options, asked);
    return { ...log, builds, is_dry: isDry };
  } finally {
    engine.close();
  }
}

/**
 * What `prune` does to the log, done by a refresh at its end once it is worth while: a tenth of the versions may go, or a quarter of
 * the file is room. `engine` holds the log as `raw`. Throws UserError (exit 2) when the place does not take the new file.
 */
export async function keepLogSmall(
  engine: Database,
  home: Home,
  options: Pick<PruneOptions, "loaded" | "now">,
): Promise<LogReport> {
  await removeLeftovers(home);
  return pruneLog(engine, home, { ...options, isDry: false }, byItself);
}

async function mustHaveLog(home: Home): Promise<void> {
  if ((await stat(home.log).catch(() => undefined)) !== undefined) return;
  throw new UserError({
    where: home.folder,
    found: "there is no log here yet, so there is nothing to drop",
    fix: "run `attributary refresh` first",
  });
}

// What a freeze, a rewriting or a restore left that was cut off before or after its work; a restore at work holds the log.
async function removeLeftovers(home: Home): Promise<void> {
  await removeLeftover(`${home.log}.next`);
  await rm(home.restoring, { recursive: true, force: true });
  for (const period of await readdir(home.frozen).catch(() => [])) {
    for (const moment of await readdir(path.join(home.frozen, period)).catch(() => [])) {
      if (moment.endsWith(".next")) await rm(path.join(home.frozen, period, moment), { recursive: true, force: true });
    }
  }
}

/** What became of the log. */
export type LogReport = Omit<PruneReport, "builds" | "is_dry">;

async function pruneLog(
  engine: Database,
  home: Home,
  options: Omit<PruneOptions, "tell">,
  worth: Worth,
): Promise<LogReport> {
  const { loaded, now, isDry } = options;
  const connection = await engine.connect();
  try {
    const days = loaded.config.retention.versions_days;
    const keptFrom = days === undefined ? null : daysBefore(todayIn(loaded.config.reporting.timezone, now), days);
    const found = keptFrom === null ? 0 : await findDroppable(connection, keptFrom, await frozenPeriods(home));
    const held = (await connection.row<{ n: number }>("select count(*) as n from raw.record"))?.n ?? 0;
    if (!isDry) await connection.run("force checkpoint raw");
    const before = (await stat(home.log)).size;
    const free = await freeShare(connection);
    const isLoose = free >= worth.room && free * before >= worth.roomBytes;
    // Where the file is written anew in any case, everything goes that may go.
    const versions = isLoose || found >= held * worth.versions ? found : 0;
    const told = { versions, of_versions: held, log_bytes_before: before };
    if (isDry || (versions === 0 && !isLoose)) {
      const coming = versions > 0 ? keptFrom : null;
      return {
        ...told,
        kept_from: coming ?? (await droppedBefore(connection)),
        log_bytes_after: before,
        is_rewritten: false,
      };
    }
    await needRoom(home.folder, before * 1.1 + 1e6, "writing the log anew");
    const next = `${home.log}.next`;
    try {
      await tellDisk(home.folder, "the log was not pruned and is as it was", () =>
        rewriteLog(engine, connection, next, {
          change: async () => {
            if (versions === 0) return;
            await connection.run("insert into pruned values ($1, $2::date, $3)", [now, keptFrom, versions]);
          },
          ...(versions === 0 ? {} : { keep: "seq not in (select seq from temp.droppable)" }),
        }),
      );
    } catch (error) {
      await removeLeftover(next);
      throw error;
    }
    await replaceLog(engine, home.log, next);
    return {
      ...told,
      kept_from: await droppedBefore(connection),
      log_bytes_after: (await stat(home.log)).size,
      is_rewritten: true,
    };
  } finally {
    connection.close();
  }
}

async function freeShare(connection: Connection): Promise<number> {
  const size = await connection.row<{ total_blocks: number; free_blocks: number }>(
    "select total_blocks, free_blocks from pragma_database_size() where database_name = 'raw'",
  );
  return size === undefined || size.total_blocks === 0 ? 0 : size.free_blocks / size.total_blocks;
}
