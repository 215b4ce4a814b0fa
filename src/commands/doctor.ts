import { doctorCode, doctorLines, runDoctor } from "../operate/doctor.ts";
import type { Shell } from "./shell.ts";

/** `doctor`: configuration, sources, permissions, fields, clock, quota, disk: what is wrong, how to mend it. */
export function addDoctor({ effects, command, load, outcome, answer }: Shell): void {
  command("doctor", "configuration, sources, permissions, fields, clock, quota, disk: what is wrong, how to mend it", [
    "doctor",
    "doctor --json",
  ])
    .option("--json", "print what was found as JSON on stdout")
    .action(async (options) => {
      const report = await runDoctor(await load(options, "to sign in"), effects);
      answer(options, report, () => doctorLines(report));
      outcome.code = doctorCode(report);
    });
}
