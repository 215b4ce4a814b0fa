import { stat } from "node:fs/promises";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { formatOfLog, logFormat, refuseNewer } from "../extract/log.ts";
import type { Problem } from "../extract/probe.ts";
import { formatMoment } from "../metrics/format.ts";
import { counted } from "../reports/words.ts";
import { type Connection, openEngine, openReadOnly } from "../warehouse/database.ts";
import { type Home, publishedBuild } from "./home.ts";

/** Bytes of the log and of the published warehouse; 0 for what is not there. */
export async function sizeOf(home: Home): Promise<{ readonly log: number; readonly warehouse: number }> {
  const build = await publishedBuild(home);
  const bytes = async (file: string | undefined): Promise<number> =>
    file === undefined ? 0 : ((await stat(file).catch(() => undefined))?.size ?? 0);
  return { log: await bytes(home.log), warehouse: await bytes(build?.warehouse) };
}

interface Look {
  readonly found: readonly string[];
  readonly problems: readonly Problem[];
}

const well = (...found: readonly string[]): Look => ({ found, problems: [] });

/** Looks at the log of a home without writing to it: whether it opens, what it holds, and what the last refresh could not read. */
export async function lookAtLog(file: string, zone: string): Promise<Look> {
  if ((await stat(file).catch(() => undefined)) === undefined) return well("none yet; the first refresh makes it");
  const engine = await openEngine();
  try {
    await engine.attach(file, "raw", { readOnly: true });
    return await readLog(await engine.connect(), file, zone);
  } catch (error) {
    if (error instanceof UserError) {
      if (error.exitCode === exitCode.busy) return well(`${file} is in use: a refresh is running`);
      throw error;
    }
    throw new UserError({
      where: file,
      found: `the log cannot be opened (${firstLine(error)})`,
      fix: "put a backup of it in its place; without one move it away and run `attributary refresh`, which reads everything anew but for what only the log remembered",
      cause: error,
    });
  } finally {
    engine.close();
  }
}

async function readLog(connection: Connection, file: string, zone: string): Promise<Look> {
  const format = await formatOfLog(connection);
  if (format === undefined) return well("empty; the first refresh fills it");
  refuseNewer(format, file);
  const held = await connection.row<{ versions: number; streams: number }>(
    "select count(*) as versions, count(distinct (source, stream)) as streams from raw.record",
  );
  const run = await connection.row<{ run_id: string; started_at: Date }>(
    "select run_id, started_at from raw.run order by started_at desc limit 1",
  );
  const failed = await connection.rows<{ source: string; streams: number; error: string | null }>(
    `select source, count(*) as streams, first(error order by ended_at, stream) as error
    from raw.load
    where run_id = $1 and status = 'failed'
    group by source
    order by source`,
    [run?.run_id ?? ""],
  );
  return {
    found: [
      `${held?.versions.toLocaleString("en-US") ?? 0} versions of records in ${held?.streams ?? 0} streams`,
      ...(format === logFormat ? [] : [`of format ${format}; the next refresh upgrades it and keeps it as it is`]),
      ...(run === undefined ? [] : [`last read on ${formatMoment(run.started_at, zone)}`]),
      // What is wrong now the sources say themselves; what was wrong then the next refresh may read.
      ...failed.map(
        ({ source, streams, error }) =>
          `then ${counted(streams, "stream")} of ${source} could not be read (${(error ?? "no reason kept").split("\n")[0]}); \`attributary refresh\` tries again`,
      ),
    ],
    problems: [],
  };
}

/** Looks at the published warehouse: whether there is one and it opens. */
export async function lookAtWarehouse(home: Home): Promise<Look> {
  const build = await publishedBuild(home);
  if (build === undefined) return well("none yet; the first refresh publishes it");
  try {
    const engine = await openReadOnly(build.warehouse);
    try {
      const connection = await engine.connect();
      const deals = await connection.row<{ n: number }>("select count(*) as n from marts.fct_deal");
      return well(`build ${build.run} with ${deals?.n.toLocaleString("en-US") ?? 0} deals`);
    } finally {
      engine.close();
    }
  } catch (error) {
    throw new UserError({
      where: build.warehouse,
      found: `the published warehouse cannot be read (${firstLine(error)})`,
      fix: "run `attributary refresh --no-extract`: it is built anew from the log",
      cause: error,
    });
  }
}

const firstLine = (error: unknown): string => messageOf(error).split("\n")[0] ?? "";
