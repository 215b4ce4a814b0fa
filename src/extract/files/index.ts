import path from "node:path";
import type PQueue from "p-queue";
import { entities } from "../../config/entities.ts";
import type { SourceOf } from "../../config/schema.ts";
import { exitCode, UserError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import type { Connection } from "../../warehouse/database.ts";
import type { LandingRun } from "../log.ts";
import type { Meter } from "../progress.ts";
import type { Task } from "../task.ts";
import { type DropFile, readFolder } from "./folder.ts";
import { type FileLanded, loadFile, removeFile } from "./load.ts";

/** What a folder is read with. */
export interface FilesRun {
  readonly connection: Connection;
  readonly run: LandingRun;
  /** Lets one writer into the log at a time. */
  readonly writer: PQueue;
}

/**
 * The tasks of a folder: one for each entity file, and one for each entity whose file was taken away. Throws UserError
 * (exit 3) for a folder that cannot be used, exit 2 for a `columns:` that names an entity or a column that does not exist.
 */
export async function fileTasks(
  source: SourceOf<"files">,
  base: string,
  context: FilesRun,
): Promise<{ readonly tasks: readonly Task[]; readonly notes: readonly string[] }> {
  checkColumns(source);
  const folder = path.resolve(base, source.path);
  const { files, notes } = await readFolder(source.name, folder);
  const streams = await context.writer.add(() =>
    context.connection.rows<{ stream: string }>("select stream from raw.cursor where source = $1 order by stream", [
      source.name,
    ]),
  );
  const removed = streams.map((row) => row.stream).filter((stream) => files.every((file) => file.entity !== stream));
  return {
    tasks: [
      ...files.map((file) => fileTask(source, file, context)),
      ...removed.map((stream) =>
        task(source.name, stream, context, () => removeFile(context.connection, context.run, source.name, stream)),
      ),
    ],
    notes,
  };
}

function fileTask(source: SourceOf<"files">, file: DropFile, context: FilesRun): Task {
  const entity = entities.find((known) => known.name === file.entity);
  if (entity === undefined) throw new Error(`there is no entity ${file.entity}`);
  const renamed = source.columns[file.entity] ?? {};
  return task(source.name, file.entity, context, () =>
    loadFile({ connection: context.connection, run: context.run, source: source.name, file, entity, renamed }),
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

/** Throws UserError (exit 2) for a `columns:` that names an entity or a column that does not exist. */
export function checkColumns(source: SourceOf<"files">): void {
  for (const [name, columns] of Object.entries(source.columns)) {
    const where = `source ${source.name}, columns.${name}`;
    const entity = entities.find((known) => known.name === name);
    if (entity === undefined) {
      const fix = suggest(
        name,
        entities.map((known) => known.name),
      );
      throw new UserError({ where, found: `there is no entity ${name}`, fix, exitCode: exitCode.usage });
    }
    const valid = entity.columns.map((column) => column.name);
    const wrong = Object.keys(columns).find((column) => !valid.includes(column));
    if (wrong !== undefined) {
      throw new UserError({
        where,
        found: `${name} has no column ${wrong}`,
        fix: `our name stands before the colon, the file's behind it; ${suggest(wrong, valid)}`,
        exitCode: exitCode.usage,
      });
    }
  }
}
