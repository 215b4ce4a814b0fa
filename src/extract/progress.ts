import { styleText } from "node:util";
import Table from "cli-table3";
import { DefaultRenderer, Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from "listr2";
import type { Effects } from "../effects.ts";

/** How one stream of one source went; also a row of the closing table. */
export interface StreamReport {
  readonly source: string;
  readonly stream: string;
  /** `done`, `unchanged` (a file with the content of last time) or `failed`. */
  readonly status: "done" | "unchanged" | "failed";
  readonly pages: number;
  /** Records read; of an unchanged file those of last time. */
  readonly rows: number;
  /** Versions the log gained. */
  readonly changed: number;
  readonly requests: number;
  readonly retries: number;
  readonly seconds: number;
}

/** What a stream tells of itself while it is read. */
export interface Meter {
  /** The stream no longer waits for others: its time runs from here. */
  readonly start: () => void;
  /** How many pages there will be in all. */
  readonly expect: (pages: number) => void;
  readonly advance: (pages: number, rows: number, changed: number) => void;
  /** Ends the line of the stream; `message` says why it failed, `isTold` that another stream of its source has said so. */
  readonly end: (status: StreamReport["status"], message?: string, isTold?: boolean) => void;
}

/** The display of a run: one line a stream, then a table. */
export interface Progress {
  /** Gives a stream its line; all of a run are announced before the first one starts. */
  readonly announce: (source: string, stream: string) => Meter;
  /** A remark that stays on the screen. */
  readonly note: (line: string) => void;
  /** Ends the display with a table, in which streams of a source whose failure another one tells stand in one row. */
  readonly close: (reports: readonly StreamReport[], told?: ReadonlySet<StreamReport>) => Promise<void>;
}

// Often enough to see that a long stream is alive, seldom enough to read in a log file.
const plainLineEveryMs = 15_000;

/** Redraws on a terminal, writes plain lines elsewhere; everything goes to stderr. */
export function createProgress(effects: Effects): Progress {
  const lines = effects.isTerminal ? terminalLines(effects) : plainLines(effects);
  const write = (text: string): void => {
    effects.stderr.write(`${text}\n`);
  };
  const notes: string[] = [];
  return Object.freeze({
    announce: (source: string, stream: string): Meter => {
      let start = effects.now().getTime();
      const line = lines.begin(`${source} ${stream}`);
      let expected = 0;
      let pages = 0;
      let rows = 0;
      const describe = (): string => describeStream(pages, rows, expected, (effects.now().getTime() - start) / 1000);
      return Object.freeze({
        start: () => {
          start = effects.now().getTime();
        },
        expect: (count: number) => {
          expected = count;
        },
        advance: (morePages: number, moreRows: number) => {
          pages += morePages;
          rows += moreRows;
          line.show(describe());
        },
        end: (status: StreamReport["status"], message?: string, isTold = false) => {
          if (status === "failed") line.fail(message ?? "failed", isTold);
          else line.done(status === "unchanged" ? "unchanged since it was last read" : describe());
        },
      });
    },
    note: (line: string) => {
      if (effects.isTerminal) notes.push(line);
      else write(line);
    },
    close: async (reports: readonly StreamReport[], told: ReadonlySet<StreamReport> = new Set()) => {
      await lines.close();
      for (const line of notes) write(line);
      if (reports.length > 0) write(closingTable(reports, effects, told));
    },
  });
}

/** Pages, rows, rate and, where the number of pages is known, the time left. */
export function describeStream(pages: number, rows: number, expected: number, seconds: number): string {
  const rate = seconds > 0 ? rows / seconds : 0;
  const parts = [
    `${count(pages)}${expected > 0 ? ` of ${count(Math.max(pages, expected))}` : ""} ${pages === 1 && expected === 0 ? "page" : "pages"}`,
    `${count(rows)} ${rows === 1 ? "row" : "rows"}`,
  ];
  if (rate >= 1) parts.push(`${count(Math.round(rate))}/s`);
  if (expected > pages && pages > 0 && seconds > 0) {
    parts.push(`${duration(((expected - pages) * seconds) / pages)} left`);
  }
  return parts.join(", ");
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const count = (value: number): string => value.toLocaleString("en-US");

/** Rows, changes, requests and seconds of every stream, and their sums. */
export function closingTable(
  reports: readonly StreamReport[],
  effects: Pick<Effects, "env" | "isTerminal">,
  told: ReadonlySet<StreamReport> = new Set(),
): string {
  const hasColour = effects.isTerminal && (effects.env.NO_COLOR ?? "") === "";
  // The table's own colours ask the process about its terminal; here the effects have already answered.
  const heading = (text: string): string => (hasColour ? styleText("bold", text, { validateStream: false }) : text);
  const table = new Table({
    head: ["source", "stream", "status", "rows", "changed", "requests", "retries", "seconds"].map(heading),
    colAligns: ["left", "left", "left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const cells = (report: Omit<StreamReport, "pages" | "status"> & { readonly status: string }): string[] => [
    report.source,
    report.stream,
    report.status,
    count(report.rows),
    count(report.changed),
    count(report.requests),
    count(report.retries),
    report.seconds.toFixed(1),
  ];
  for (const [source, own] of Map.groupBy(reports, (report) => report.source)) {
    for (const report of own.filter((each) => !told.has(each))) table.push(cells(report));
    const more = own.filter((each) => told.has(each));
    if (more.length > 0) table.push(cells({ ...sumOf(more), source, stream: `${more.length} more`, status: "failed" }));
  }
  if (reports.length > 1) table.push(cells({ ...sumOf(reports), source: "all", stream: "", status: "" }));
  return table.toString();
}

/** What several streams come to; they were read at the same time. */
function sumOf(
  reports: readonly StreamReport[],
): Pick<StreamReport, "rows" | "changed" | "requests" | "retries" | "seconds"> {
  const sum = (pick: (report: StreamReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  return {
    rows: sum((report) => report.rows),
    changed: sum((report) => report.changed),
    requests: sum((report) => report.requests),
    retries: sum((report) => report.retries),
    seconds: Math.max(...reports.map((report) => report.seconds)),
  };
}

/** One stream's place on the screen. */
interface Line {
  readonly show: (text: string) => void;
  readonly done: (text: string) => void;
  readonly fail: (text: string, isTold: boolean) => void;
}

interface Lines {
  readonly begin: (title: string) => Line;
  readonly close: () => Promise<void>;
}

function plainLines(effects: Effects): Lines {
  return {
    begin: (title) => {
      let last = effects.now().getTime();
      const write = (text: string): void => {
        effects.stderr.write(`${title}: ${text}\n`);
      };
      return {
        show: (text) => {
          const now = effects.now().getTime();
          if (now - last < plainLineEveryMs) return;
          last = now;
          write(text);
        },
        done: write,
        // A source that is down would fill a log with one sentence.
        fail: (text, isTold) => {
          if (!isTold) write(`failed: ${text}`);
        },
      };
    },
    close: async () => {},
  };
}

function terminalLines(effects: Effects): Lines {
  const stream = effects.stderr as NodeJS.WriteStream;
  const options = {
    logger: new ListrLogger({ useIcons: true, toStderr: [], processOutput: new ProcessOutput(stream, stream) }),
    collapseErrors: false,
  };
  const list = new Listr<object, typeof DefaultRenderer, typeof DefaultRenderer>([], {
    concurrent: true,
    // An interrupt ends the process at once; the log keeps what was committed.
    registerSignalListeners: false,
    exitOnError: false,
    collectErrors: false,
    renderer: DefaultRenderer,
    rendererOptions: options,
    // The library looks at stdout, which may well be a pipe while stderr is the terminal.
    fallbackRenderer: DefaultRenderer,
    fallbackRendererOptions: options,
  });
  let isStarted = false;
  let running: Promise<unknown> = Promise.resolve();
  return {
    begin: (title) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let wrapper: ListrTaskWrapper<object, typeof DefaultRenderer, typeof DefaultRenderer> | undefined;
      let latest = title;
      list.add({
        title,
        task: (_context, task) => {
          wrapper = task;
          task.title = latest;
          return promise;
        },
      });
      if (!isStarted) {
        isStarted = true;
        running = Promise.resolve().then(() => list.run());
      }
      const name = (text: string): void => {
        latest = `${title}: ${text}`;
        if (wrapper !== undefined) wrapper.title = latest;
      };
      return {
        show: name,
        done: (text) => {
          name(text);
          resolve();
        },
        fail: (text) => {
          name("failed");
          reject(new Error(text));
        },
      };
    },
    close: async () => {
      await running;
    },
  };
}
