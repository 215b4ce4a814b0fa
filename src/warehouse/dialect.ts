import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import type { Connection, Database } from "./database.ts";
import type { Parameter } from "./values.ts";

/** Kysely over an open database. The engine speaks the Postgres query language closely enough for its compiler to be reused. */
export function kyselyOver<Tables>(database: Database): Kysely<Tables> {
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => makeDriver(database),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new Kysely<Tables>({ dialect });
}

function makeDriver(database: Database): Driver {
  const open = new Map<DatabaseConnection, Connection>();
  const control = (connection: DatabaseConnection, sql: string): Promise<unknown> =>
    connection.executeQuery(CompiledQuery.raw(sql));
  return {
    init: async () => undefined,
    acquireConnection: async () => {
      const connection = await database.connect();
      const acquired: DatabaseConnection = {
        executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => ({
          rows: (await connection.rows(query.sql, query.parameters as readonly Parameter[])) as Row[],
        }),
        async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
          for await (const rows of connection.batches(query.sql, query.parameters as readonly Parameter[])) {
            yield { rows: rows as Row[] };
          }
        },
      };
      open.set(acquired, connection);
      return acquired;
    },
    beginTransaction: async (connection) => {
      await control(connection, "begin transaction");
    },
    commitTransaction: async (connection) => {
      await control(connection, "commit");
    },
    rollbackTransaction: async (connection) => {
      await control(connection, "rollback");
    },
    releaseConnection: async (connection) => {
      open.get(connection)?.close();
      open.delete(connection);
    },
    destroy: async () => undefined,
  };
}
