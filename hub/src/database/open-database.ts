import type { OpenDatabase } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openPglite } from "./open-pglite.ts";
import { openPostgres } from "./open-postgres.ts";

export type OpenDatabaseOptions = {
  /** A Postgres server (15 or later). Without it: PGlite. */
  readonly url?: string | undefined;
  /** Where PGlite keeps its files. Without it: in memory. */
  readonly dataFolder?: string | undefined;
  /** Most connections to a server at once, besides the one that listens. */
  readonly connections?: number;
  /** How long a server may leave a question unanswered that is no migration. Given by tests alone. */
  readonly answerMs?: number;
};

/** Opens the hub's database and brings it to the newest schema. Safe for several replicas at once. */
export async function openDatabase(options: OpenDatabaseOptions = {}): Promise<OpenDatabase> {
  const { url, connections = 10, answerMs } = options;
  if (!url) return migrated(await openPglite(options.dataFolder));
  // Over a connection of its own: a migration, or the wait for another replica's, takes as long as it takes.
  const patient = await migrated(await openPostgres(url, 1, { answerMs: null }));
  await patient.close();
  return openPostgres(url, connections, answerMs === undefined ? {} : { answerMs });
}

async function migrated(open: OpenDatabase): Promise<OpenDatabase> {
  try {
    await migrate(open.database);
  } catch (error) {
    await open.close();
    throw error;
  }
  return open;
}
