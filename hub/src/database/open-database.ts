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
};

/** Opens the hub's database and brings it to the newest schema. Safe for several replicas at once. */
export async function openDatabase(options: OpenDatabaseOptions = {}): Promise<OpenDatabase> {
  const open = options.url
    ? await openPostgres(options.url, options.connections ?? 10)
    : await openPglite(options.dataFolder);
  try {
    await migrate(open.database);
  } catch (error) {
    await open.close();
    throw error;
  }
  return open;
}
