import { Writable } from "node:stream";
import { parseConfig } from "../../src/config/load.ts";
import { runExtraction } from "../../src/extract/run.ts";
import { openEngine } from "../../src/warehouse/database.ts";

/** One reading of a vendor into a log, without waiting for anything. */
export interface Night {
  /** Text of the configuration. */
  readonly config: string;
  /** File of the log. */
  readonly log: string;
  readonly runId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Reads once. Throws what the extraction throws. */
export async function readNight(night: Night, opened?: Awaited<ReturnType<typeof openLog>>): Promise<void> {
  const { database, connection, close } = opened ?? (await openLog(night.log));
  const startedAt = new Date(night.at);
  const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
  let now = night.at;
  try {
    await runExtraction({
      connection,
      database,
      config: parseConfig(night.config, "attributary.yaml", {}),
      folder: ".",
      runId: night.runId,
      startedAt,
      full: false,
      effects: { now: () => startedAt, env: {}, cwd: ".", stdout: quiet, stderr: quiet, isTerminal: false },
      // Pauses are over at once: what the vendors' limits cost in time is not the question here.
      transport: {
        now: () => now,
        sleep: async (milliseconds) => {
          now += milliseconds;
        },
        random: Math.random,
        pace: 1000,
      },
    });
  } finally {
    if (opened === undefined) close();
  }
}

/** Opens a log; `:memory:` is one that nothing outlives. */
export async function openLog(file: string) {
  const database = await openEngine();
  await database.attach(file, "raw");
  const connection = await database.connect();
  await connection.run("set threads = 1");
  const close = (): void => {
    connection.close();
    database.close();
  };
  return { database, connection, close };
}
