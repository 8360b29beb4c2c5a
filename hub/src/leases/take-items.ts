import { newId } from "@seatrial/contracts/ids.ts";
import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { clusters, members } from "../database/schema/clusters.ts";
import { runs } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Run, WorkItem } from "./attempt-context.ts";

export type Taker = { memberId: string; clusterId: string; instance: string; at: Date };

/**
 * Locks the chosen items that are still queued (SKIP LOCKED: one that a cancel holds right now is simply not granted),
 * after their runs, in the hub's order of locks. A run whose cancel was committed meanwhile grants nothing.
 */
export async function lockQueuedItems(
  tx: Transaction,
  chosen: readonly { id: string; runId: string }[],
): Promise<{ item: WorkItem; run: Run }[]> {
  const runIds = [...new Set(chosen.map(({ runId }) => runId))];
  const locked = await tx
    .select()
    .from(runs)
    .where(inArray(runs.id, runIds))
    .orderBy(asc(runs.id))
    .for("update");
  const open = new Map(locked.filter((run) => run.cancelRequestedAt === null).map((run) => [run.id, run]));
  const ids = chosen.map(({ id }) => id);
  const items = await tx
    .select()
    .from(workItems)
    .where(and(inArray(workItems.id, ids), eq(workItems.state, "queued")))
    .for("update", { skipLocked: true });
  const byId = new Map(items.map((item) => [item.id, item]));
  return ids.flatMap((id) => {
    const item = byId.get(id);
    const run = item && open.get(item.runId);
    return item && run ? [{ item, run }] : [];
  });
}

/** Neither revoked nor cordoned, nor drained. */
export const takesNewWork = and(
  isNull(clusters.revokedAt),
  isNull(clusters.cordonedAt),
  isNull(clusters.drainingSince),
);

/**
 * Grants items under new lease ids, in one statement, and answers the ids by item. The statement itself asks whether the
 * member or its cluster is revoked or cordoned, so nothing is granted after a revocation or a cordon that was committed
 * before it began: then the answer is empty.
 */
export async function takeItems(
  tx: Transaction,
  items: readonly WorkItem[],
  taker: Taker,
  times: { leaseSeconds: number; acknowledgeSeconds: number },
): Promise<Map<string, string>> {
  if (items.length === 0) return new Map();
  const ids = items.map(({ id }) => id);
  const leaseIds = items.map(() => newId("lease"));
  const given = sql`unnest(${sql.param(ids)}::text[], ${sql.param(leaseIds)}::text[]) as given (id, lease_id)`;
  const after = (seconds: number) => new Date(taker.at.getTime() + seconds * 1_000);
  const mayHold = tx
    .select({ one: sql`1` })
    .from(members)
    .innerJoin(clusters, eq(clusters.id, members.clusterId))
    .where(and(eq(members.id, taker.memberId), isNull(members.revokedAt), takesNewWork));
  const taken = await tx
    .update(workItems)
    .set({
      state: "leased",
      leaseId: sql`given.lease_id`,
      memberId: taker.memberId,
      clusterId: taker.clusterId,
      instance: taker.instance,
      leasedAt: taker.at,
      acknowledgeBy: after(times.acknowledgeSeconds),
      acknowledgedAt: null,
      expiresAt: after(times.leaseSeconds),
      cancelToldAt: null,
      unplaceableSince: null,
    })
    .from(given)
    .where(and(sql`${workItems.id} = given.id`, eq(workItems.state, "queued"), sql`exists ${mayHold}`))
    .returning({ id: workItems.id, leaseId: workItems.leaseId });
  return new Map(taken.flatMap(({ id, leaseId }) => (leaseId === null ? [] : [[id, leaseId]])));
}
