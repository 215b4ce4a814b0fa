import { parseConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { prepareLog } from "../extract/log.ts";
import { buildWarehouse } from "../models/build.ts";
import type { OwnModels } from "../models/load.ts";
import { type Connection, openEngine } from "../warehouse/database.ts";

/**
 * Builds an empty warehouse in memory and hands its connection over: the shape of every table without any data. By default it is
 * that of a company with one drop. Throws UserError naming a file, and its line, whose SQL the engine refuses.
 */
export async function withEmptyWarehouse<T>(
  work: (connection: Connection) => Promise<T>,
  { config, own }: { readonly config?: Config; readonly own?: OwnModels } = {},
): Promise<T> {
  const engine = await openEngine();
  try {
    for (const name of ["raw", "input", "warehouse"]) await engine.attach(":memory:", name);
    const connection = await engine.connect();
    await connection.run("use warehouse");
    await prepareLog(connection);
    await buildWarehouse({
      connection,
      config: config ?? parseConfig("sources: [{ name: drop, kind: files, path: drop }]", "attributary.yaml", {}),
      asOf: { date: "2026-01-01", isExplicit: true },
      ...(own === undefined ? {} : { own }),
    });
    return await work(connection);
  } finally {
    engine.close();
  }
}
