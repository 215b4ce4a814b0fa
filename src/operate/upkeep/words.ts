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
    ...report.set_aside.map((place) => `what was there before is in ${place}`),
    ...(report.variables.length === 0 ? [] : [`the configuration needs ${report.variables.join(", ")}`]),
    ...(report.is_dry ? [] : ["`attributary refresh --no-extract` publishes what it holds"]),
  ];
}

/** A prune's report for people. */
export function pruneLines(report: PruneReport): readonly string[] {
  const verb = report.is_dry ? "would drop" : "dropped";
  const lines = [
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
    ...(report.kept_from === null
      ? []
      : [`--as-of can name dates from ${report.kept_from} on, and those of presented quarters`]),
  ];
  return lines.length === 0 || (report.versions === 0 && report.builds.length === 0 && !report.is_rewritten)
    ? ["nothing to drop", ...lines]
    : lines;
}
