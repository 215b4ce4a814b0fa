import cron from "node-cron";
import { exitCode, UserError } from "../errors.ts";

/** A cron line in a zone, and when it is due. */
export interface CronLine {
  /** The first moment after this one at which the line is due; undefined when there is none in eight years. */
  readonly after: (moment: Date) => Date | undefined;
  /** How many times the line was due after the first moment, up to and with the second; counts no further than a thousand. */
  readonly between: (from: Date, to: Date) => number;
}

const dayMs = 86_400_000;
// A line of 29 February skips a century's year at most once.
const horizonDays = 8 * 366;
const mostCounted = 1000;

/**
 * Reads a cron line of five fields in a zone. Each wall-clock time of the line happens once a day: of an hour that a zone's
 * change repeats the first one counts, and a time that the change leaves out happens as much later as the clocks moved. A line
 * for every hour follows real hours instead, so it is due in both of two and has nothing to make up for. A line that names days of
 * the month and weekdays is due on either. Throws UserError (exit 2) on a bad line.
 */
export function readCron(line: string, timezone: string): CronLine {
  if (!cron.validate(line) || line.trim().split(/\s+/).length !== 5) {
    throw new UserError({
      where: "schedule",
      found: `"${line}" is not a cron line`,
      fix: 'give five fields, minute hour day month weekday, like "15 2 * * *" for a quarter past two each night',
      exitCode: exitCode.usage,
    });
  }
  const { minute, hour } = cron.parse(line);
  const isHourly = hour.length === 24;
  // The library says which days a line means; it is never started.
  const dayTasks = dayLines(line).map((days) => cron.createTask(days, () => undefined, { timezone }));
  const clock = wallClock(timezone);

  /** The moments of one calendar day, in order. */
  const momentsOf = (day: number): readonly number[] => {
    const noon = clock.instants(day + dayMs / 2)[0] ?? day + dayMs / 2;
    if (!dayTasks.some((task) => task.match(new Date(noon)))) return [];
    const moments = new Set<number>();
    for (const each of hour) {
      for (const minutes of minute) {
        const wall = day + each * 3_600_000 + minutes * 60_000;
        const found = clock.instants(wall);
        const [first] = found;
        if (first === undefined) {
          if (!isHourly) moments.add(clock.shifted(wall));
        } else {
          for (const moment of isHourly ? found : [first]) moments.add(moment);
        }
      }
    }
    return [...moments].sort((a, b) => a - b);
  };

  const after = (moment: Date): Date | undefined => {
    const at = moment.getTime();
    const today = Math.floor(clock.wall(at) / dayMs) * dayMs;
    for (let day = today - dayMs; day <= today + horizonDays * dayMs; day += dayMs) {
      const next = momentsOf(day).find((candidate) => candidate > at);
      if (next !== undefined) return new Date(next);
    }
    return undefined;
  };
  return Object.freeze({
    after,
    between: (from: Date, to: Date) => {
      let count = 0;
      let next = after(from);
      while (next !== undefined && next <= to && count < mostCounted) {
        count += 1;
        next = after(next);
      }
      return count;
    },
  });
}

/** The lines that tell a line's days: a day is one of its days when one of them says so. */
function dayLines(line: string): readonly string[] {
  const [, , day = "*", month = "*", weekday = "*"] = line.trim().split(/\s+/);
  const isOpen = (field: string): boolean => /^[*?]/.test(field);
  // Cron has always read a line that names both as "on this day of the month, and on these weekdays"; the library asks for both at once.
  return isOpen(day) || isOpen(weekday)
    ? [`* * ${day} ${month} ${weekday}`]
    : [`* * ${day} ${month} *`, `* * * ${month} ${weekday}`];
}

/** What the clocks of a zone show. A wall-clock time is written as the milliseconds it would have in UTC. */
function wallClock(timezone: string) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const wall = (moment: number): number => {
    const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
  const offsetNear = (time: number): readonly [before: number, after: number] => [
    wall(time - dayMs) - (time - dayMs),
    wall(time + dayMs) - (time + dayMs),
  ];
  return Object.freeze({
    wall,
    /** The moments at which the clocks show a time: none, one, or two in order. */
    instants: (time: number): readonly number[] =>
      [...new Set(offsetNear(time).map((offset) => time - offset))]
        .filter((moment) => wall(moment) === time)
        .sort((a, b) => a - b),
    /** The moment of a time that the clocks leave out: as if they had not yet moved. */
    shifted: (time: number): number => time - offsetNear(time)[0],
  });
}
