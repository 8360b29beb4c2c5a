import { and, asc, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import { runs } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import type { Holder } from "./open-lease.ts";

/**
 * Takes note that the agent has its leases. One whose deadline has passed, that was handed back, or whose run was
 * cancelled before any pod exists, is refused: no pod must be made for it. May be repeated.
 */
export async function acknowledgeLeases(
  deps: LeaseDeps,
  holder: Holder,
  leaseIds: readonly string[],
): Promise<{ accepted: string[]; refused: string[] }> {
  const now = deps.clock.now();
  const accepted = await deps.database.transaction(async (tx) => {
    const open = await tx
      .select({ id: workItems.id, leaseId: workItems.leaseId })
      .from(workItems)
      .innerJoin(runs, eq(runs.id, workItems.runId))
      .where(
        and(
          inArray(workItems.leaseId, [...leaseIds]),
          eq(workItems.memberId, holder.memberId),
          eq(workItems.instance, holder.instance),
          eq(workItems.state, "leased"),
          isNull(runs.cancelRequestedAt),
          or(sql`${workItems.acknowledgedAt} is not null`, gt(workItems.acknowledgeBy, now)),
        ),
      )
      .orderBy(asc(workItems.id))
      .for("update", { of: workItems });
    const ids = open.map(({ id }) => id);
    if (ids.length > 0)
      await tx
        .update(workItems)
        .set({
          acknowledgedAt: sql`coalesce(${workItems.acknowledgedAt}, ${now.toISOString()}::timestamptz)`,
        })
        .where(inArray(workItems.id, ids));
    return new Set(open.map(({ leaseId }) => leaseId));
  });
  return {
    accepted: leaseIds.filter((leaseId) => accepted.has(leaseId)),
    refused: leaseIds.filter((leaseId) => !accepted.has(leaseId)),
  };
}
