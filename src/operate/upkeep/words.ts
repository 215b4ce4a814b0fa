import { bytesInWords } from "../../folders.ts";
import type { BackupReport } from "./backup.ts";
import type { PruneReport } from "./prune.ts";
import type { RestoreReport } from "./restore.ts";

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;

/** A backup's report for people. */
export function backupLines(report: BackupReport): readonly string[] {
  const size = `${counted(report.files, "file")}, ${bytesInWords(report.bytes)}`;
  const done = report.folder !== null;
  return [
    report.folder === null || report.log === null
      ? `a backup would have about ${size}`
      : `wrote ${report.folder}: ${size}, ${counted(report.log.versions, "version")} of records`,
    ...(report.drops.files === 0
      ? []
      : [
          `${counted(report.drops.files, "file")} of drops ${report.drops.files === 1 ? "is" : "are"} among them, ${bytesInWords(report.drops.bytes)}; --no-drops leaves them out`,
        ]),
    ...report.left_out.map(({ source, path, why }) => `the drop of ${source}, ${path}, is not in it: ${why}`),
    ...report.taken.map(
      (name) => `a secret that is written out in the configuration is left out; there it is called \${${name}}`,
    ),
    ...report.removed.map((folder) => `${done ? "removed" : "would remove"} ${folder}`),
    ...(report.variables.length === 0
      ? []
      : [`keep these elsewhere, no backup has them: ${report.variables.join(", ")}`]),
  ];
}

/** A restore's report for people. */
export function restoreLines(report: RestoreReport): readonly string[] {
  const held = `${counted(report.files, "file")} (${bytesInWords(report.bytes)}) of the backup made at ${report.made_at}`;
  return [
    report.is_dry
      ? `${held} ${report.files === 1 ? "has its" : "have their"} checksums; they would go to ${report.config} and ${report.home}`
      : `restored ${held} to ${report.config} and ${report.home}; every checksum is that of the backup`,
    ...(report.in_the_way.length === 0
      ? []
      : [`there already, so it would need --force or another --to: ${report.in_the_way.join(", ")}`]),
    ...report.set_aside.map((place) => `what was there before is in ${place}`),
    ...report.folders.flatMap(({ source, place, is_restored, was }) => {
      const what = source === null ? "the folder that `extend` names" : `the drop of ${source}`;
      if (!is_restored) return [`${what} is not in the backup: put it to ${place}`];
      const verb = report.is_dry ? "would be" : "is";
      if (was === null) return [`${what} ${verb} in ${place}`];
      return [`${what} was in ${was}; it ${verb} in ${place}, and the configuration ${verb} changed to say so`];
    }),
    ...(report.variables.length === 0
      ? []
      : [
          `no backup has secrets: put ${report.variables.join(", ")} into .env beside the configuration, or set ${report.variables.length === 1 ? "it" : "them"}`,
        ]),
    ...(report.is_dry ? [] : ["`attributary refresh --no-extract` publishes what it holds"]),
  ];
}

/** What was dropped, for people; nothing when nothing was. */
export function droppedLines(report: PruneReport): readonly string[] {
  const verb = report.is_dry ? "would drop" : "dropped";
  return [
    ...(report.versions === 0
      ? []
      : [
          `${verb} ${counted(report.versions, "version")} of records, of ${report.of_versions.toLocaleString("en-US")}`,
        ]),
    ...(report.builds.length === 0
      ? []
      : [`${verb} ${counted(report.builds.length, "build")}: ${report.builds.join(", ")}`]),
    ...(report.is_rewritten
      ? [`the log takes ${bytesInWords(report.log_bytes_after)}, before ${bytesInWords(report.log_bytes_before)}`]
      : []),
  ];
}

/** A prune's report for people. */
export function pruneLines(report: PruneReport): readonly string[] {
  const dropped = droppedLines(report);
  const lines = [
    ...dropped,
    ...(report.kept_from === null
      ? []
      : [`--as-of can name dates from ${report.kept_from} on, and those of presented quarters`]),
  ];
  return dropped.length === 0 ? ["nothing to drop", ...lines] : lines;
}
