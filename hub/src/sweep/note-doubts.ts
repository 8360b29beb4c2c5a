import { and, eq, inArray, notInArray, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { sweepDoubts } from "../database/schema/environments.ts";
import { sweepGapSeconds } from "./brakes.ts";

/** A statement has at most 65 535 parameters. */
const batchRows = 1_000;

/**
 * Counts one more sweep for each doubtful environment of a cluster and forgets those that were not found again. Answers
 * how many sweeps each was found in, this one included. Sweeps of one cluster go one after the other.
 */
export async function noteDoubts(
  tx: Transaction,
  clusterId: string,
  environmentIds: readonly string[],
  at: Date,
): Promise<Map<string, number>> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`sweep ${clusterId}`}, 0))`);
  const ofCluster = eq(sweepDoubts.clusterId, clusterId);
  const again =
    environmentIds.length === 0
      ? ofCluster
      : and(ofCluster, notInArray(sweepDoubts.environmentId, [...environmentIds]));
  await tx.delete(sweepDoubts).where(again);
  const sweeps = new Map<string, number>();
  const before = new Date(at.getTime() - sweepGapSeconds * 1_000).toISOString();
  const isNewLook = sql`${sweepDoubts.lastSeenAt} <= ${before}::timestamptz`;
  for (let start = 0; start < environmentIds.length; start += batchRows) {
    const ids = environmentIds.slice(start, start + batchRows);
    await tx
      .insert(sweepDoubts)
      .values(ids.map((environmentId) => ({ clusterId, environmentId, sweeps: 1, lastSeenAt: at })))
      .onConflictDoUpdate({
        target: [sweepDoubts.clusterId, sweepDoubts.environmentId],
        set: { sweeps: sql`${sweepDoubts.sweeps} + 1`, lastSeenAt: at },
        setWhere: isNewLook,
      });
    const rows = await tx
      .select()
      .from(sweepDoubts)
      .where(and(ofCluster, inArray(sweepDoubts.environmentId, ids)));
    for (const row of rows) sweeps.set(row.environmentId, row.sweeps);
  }
  return sweeps;
}
