import type { OpenDatabase } from "@seatrial/hub/database/database.ts";
import { openDatabase } from "@seatrial/hub/database/open-database.ts";
import { openPglite } from "@seatrial/hub/database/open-pglite.ts";
import { openPostgres } from "@seatrial/hub/database/open-postgres.ts";
import { afterAll } from "vitest";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

export type TestDatabase = {
  /** For `describe.each(databases)("… on $name", …)`. */
  readonly name: "PGlite" | "PostgreSQL";
  /** A fresh database, migrated where nothing else is said. The caller closes it. */
  open(): Promise<OpenDatabase>;
};

let server: Promise<PostgresServer> | undefined;

/** One server for each test process; it ends with the test file that started it. */
function serverOfThisProcess(): Promise<PostgresServer> {
  server ??= startPostgres();
  return server;
}

/** Call once at the top of a test file that uses `databases`. */
export function stopServerAfterTests(): void {
  afterAll(async () => {
    const running = server;
    server = undefined;
    if (running !== undefined) await (await running).stop();
  });
}

/** The same without any table: for what happens before and during the migrations. */
export const emptyDatabases: readonly TestDatabase[] = [
  { name: "PGlite", open: () => openPglite(undefined) },
  {
    name: "PostgreSQL",
    open: async () => openPostgres(await (await serverOfThisProcess()).createDatabase(), 10),
  },
];

/** The databases on which each integration test of the hub runs: the same suite on both. */
export const databases: readonly TestDatabase[] = [
  { name: "PGlite", open: () => openDatabase() },
  {
    name: "PostgreSQL",
    open: async () => openDatabase({ url: await (await serverOfThisProcess()).createDatabase() }),
  },
];
