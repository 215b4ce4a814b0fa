import cron from "node-cron";
import { exitCode, UserError } from "../errors.ts";
import { formatMoment } from "../metrics/format.ts";

export interface ScheduleOptions {
  /** Cron line of five fields. */
  readonly line: string;
  /** Zone the line is read in. */
  readonly timezone: string;
  /** One run; what it throws is told and the schedule goes on. */
  readonly run: () => Promise<void>;
  readonly tell: (line: string) => void;
  /** Ends the schedule when aborted; a run under way is finished first. */
  readonly signal: AbortSignal;
}

/** Runs `run` on a cron line in a zone, one at a time, until the signal. Throws UserError (exit 2) on a bad line. */
export async function runSchedule(options: ScheduleOptions): Promise<void> {
  if (!cron.validate(options.line)) {
    throw new UserError({
      where: "schedule",
      found: `"${options.line}" is not a cron line`,
      fix: 'give five fields, minute hour day month weekday, like "15 2 * * *" for a quarter past two each night',
      exitCode: exitCode.usage,
    });
  }
  let running: Promise<void> = Promise.resolve();
  const task = cron.schedule(
    options.line,
    () => {
      running = options
        .run()
        .catch((error: unknown) =>
          options.tell(error instanceof UserError ? `error: ${error.message}` : String(error)),
        );
      return running;
    },
    { timezone: options.timezone, noOverlap: true },
  );
  const next = task.getNextRun();
  options.tell(
    `refreshing on "${options.line}"; next at ${next === null ? "no time" : formatMoment(next, options.timezone)}`,
  );
  await new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve();
    else options.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await task.destroy();
  await running;
}
