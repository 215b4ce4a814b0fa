import { homeAt, prepareHome, useRightsOf } from "../operate/home.ts";
import { recordEnded } from "../operate/pipeline.ts";
import { endingAt, refreshApart, runSchedule, waitFor } from "../operate/schedule.ts";
import { lastRunAt, removeHeartbeat, writeHeartbeat } from "../operate/status.ts";
import type { Shell } from "./shell.ts";

/** `schedule`: refresh on the configuration's cron line, in the reporting zone. */
export function addSchedule({ command, load, effects, tell }: Shell): void {
  command("schedule", "refresh on the configuration's cron line, in the reporting zone", ["schedule"]).action(
    async (options) => {
      const loaded = await load(options, "to sign in");
      const home = homeAt(loaded.home);
      await useRightsOf(home, effects);
      await prepareHome(home);
      const ending = endingAt(effects.now);
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, ending.ask);
      await runSchedule({
        line: loaded.config.schedule,
        timezone: loaded.config.reporting.timezone,
        clock: { now: effects.now, wait: waitFor },
        lastRunAt: await lastRunAt(home),
        limitMinutes: loaded.config.run_limit_minutes,
        run: (signal) => refreshApart(loaded.file, effects, signal),
        record: (startedAt, error) => recordEnded({ loaded, effects, tell }, startedAt, error),
        tell,
        beat: (heartbeat) => writeHeartbeat(home, heartbeat, process.pid),
        fallSilent: () => removeHeartbeat(home, process.pid),
        signal: ending.stop,
        hurry: ending.hurry,
      });
    },
  );
}
