import path from "node:path";
import type PQueue from "p-queue";
import { entityOf } from "../../config/entities.ts";
import type { SourceOf } from "../../config/schema.ts";
import { exitCode, UserError } from "../../errors.ts";
import type { Connection } from "../../warehouse/database.ts";
import type { LandingRun } from "../log.ts";
import type { Meter } from "../progress.ts";
import type { Task } from "../task.ts";
import { type DropEntity, readFolder } from "./folder.ts";
import { type FileLanded, keepEntity, loadEntity, removeEntity } from "./load.ts";

/** What a folder is read with. */
export interface FilesRun {
  readonly connection: Connection;
  readonly run: LandingRun;
  /** Lets one writer into the log at a time. */
  readonly writer: PQueue;
}

/**
 * The tasks of a folder: one for each entity that its files give, and one for each entity whose files were taken away.
 * Throws UserError (exit 3) for a folder that cannot be used.
 */
export async function fileTasks(
  source: SourceOf<"files">,
  base: string,
  context: FilesRun,
): Promise<{ readonly tasks: readonly Task[]; readonly notes: readonly string[] }> {
  const folder = path.resolve(base, source.path);
  const { entities, notes } = await readFolder(source.name, folder, source);
  const streams = await context.writer.add(() =>
    context.connection.rows<{ stream: string }>("select stream from raw.cursor where source = $1 order by stream", [
      source.name,
    ]),
  );
  const absent = streams.map((row) => row.stream).filter((stream) => entities.every((drop) => drop.entity !== stream));
  const isOptional = (stream: string): boolean => source.optional?.some((entity) => entity === stream) === true;
  const kept = absent.filter(isOptional);
  const removed = absent.filter((stream) => !isOptional(stream));
  if (entities.length === 0 && removed.length > 0) {
    throw new UserError({
      where: `source ${source.name}, folder ${folder}`,
      found: "this folder is empty",
      fix: `put the export of ${removed.join(", ")} there again; entities that come only sometimes are named under \`optional:\``,
      exitCode: exitCode.source,
    });
  }
  return {
    tasks: [
      ...entities.map((drop) => entityTask(source, drop, context)),
      ...kept.map((stream) =>
        task(source.name, stream, context, () => keepEntity(context.connection, source.name, stream)),
      ),
      ...removed.map((stream) =>
        task(source.name, stream, context, () => removeEntity(context.connection, context.run, source.name, stream)),
      ),
    ],
    notes: [
      ...notes,
      ...kept.map((stream) => `source ${source.name}: no file gives ${stream} this time, so what was read last stays`),
    ],
  };
}

function entityTask(source: SourceOf<"files">, drop: DropEntity, context: FilesRun): Task {
  return task(source.name, drop.entity, context, () =>
    loadEntity({
      connection: context.connection,
      run: context.run,
      source: source.name,
      entity: entityOf(drop.entity),
      drop,
      rules: source.columns[drop.entity] ?? {},
      encoding: source.encoding,
    }),
  );
}

function task(source: string, stream: string, context: FilesRun, work: () => Promise<FileLanded>): Task {
  return Object.freeze({
    source,
    stream,
    after: [],
    counts: () => ({ requests: 0, retries: 0 }),
    work: async (meter: Meter) => {
      const result = await context.writer.add(() => {
        meter.start();
        return work();
      });
      meter.advance(result.status === "done" ? 1 : 0, result.rows, result.changed);
      return result.status;
    },
  });
}
