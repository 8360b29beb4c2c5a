import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Database } from "./database.ts";
import { executeRows } from "./execute-rows.ts";

/** Any fixed number: it names the lock that lets one replica at a time migrate. */
const migrationLock = 7_321_904;

/**
 * Brings the database to the newest schema: all missing migrations in one transaction, under a lock, so several
 * replicas may start at once. Migrations are only ever added. `folder` is given by tests alone.
 */
export async function migrate(database: Database, folder = migrationsFolder()): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  await database.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${migrationLock})`);
    await tx.execute(
      sql`create table if not exists seatrial_migrations (hash text primary key, created_at bigint not null)`,
    );
    const done = await executeRows<{ hash: string }>(tx, sql`select hash from seatrial_migrations`);
    const known = new Set(done.map((row) => row.hash));
    for (const migration of migrations.filter((candidate) => !known.has(candidate.hash))) {
      for (const statement of migration.sql) await tx.execute(sql.raw(statement));
      await tx.execute(
        sql`insert into seatrial_migrations (hash, created_at) values (${migration.hash}, ${migration.folderMillis})`,
      );
    }
  });
}

/** Beside the sources, or beside the bundle that carries this module. */
function migrationsFolder(): string {
  const places = ["../../migrations", "./migrations"].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  return places.find((place) => existsSync(place)) ?? places.join(" or ");
}
