import { sql } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";

/** How many environments of a project hold a place in a cluster, and how many may. */
export type EnvironmentPlaces = { held: number; quota: number };

/** An environment holds a place from its first grant until its removal is proved. Index: `environments_held`. */
export const holdsPlace = sql`cluster_id is not null and state <> 'deleted'`;

/** An environment stands in line from its request until its first grant. */
export const standsInLine = sql`cluster_id is null and state = 'requested' and wanted <> 'gone'`;

/**
 * Locks a project's environments' places for the transaction: a lock of their own, so that no claim of shards waits for
 * it. It comes before the lock of any row. Counting must follow in a new statement: a statement sees what was committed
 * when it began, so one that waits for the lock and counts would miss the grant it waited for.
 */
export async function lockEnvironmentQuota(tx: Transaction, projectId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`environments:${projectId}`}, 0))`);
}

/** A project that is not there has no places. */
export async function readPlaces(queryable: Queryable, projectId: string): Promise<EnvironmentPlaces> {
  const [row] = await executeRows<EnvironmentPlaces>(
    queryable,
    sql`select p.environment_quota as quota, (
          select count(*)::int from environments where project_id = p.id and ${holdsPlace}
        ) as held from projects p where p.id = ${projectId}`,
  );
  return row ?? { held: 0, quota: 0 };
}
