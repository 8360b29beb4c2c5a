import { and, asc, eq, isNull, lte, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { workItems } from "../database/schema/work.ts";
import { transact } from "../database/transact.ts";
import { systemActor } from "../events/append-events.ts";
import { handOn } from "../planning/hand-on.ts";
import { handBack, lockLeasedItem, loseLease } from "./expire-lease.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/** At most this many of each kind at a time. */
const perTick = 200;

/**
 * Ends what time ended: hand-offs that nobody acknowledged go back to the queue, expired leases are lost. One
 * transaction per lease, each looking again under its lock, so a heartbeat that was faster wins.
 */
export async function expireLeases(deps: LeaseDeps): Promise<{ handedBack: number; lost: number }> {
  const now = deps.clock.now();
  const isLeased = eq(workItems.state, "leased");
  const isUnacknowledged = isNull(workItems.acknowledgedAt);
  const overdue = await findItems(
    deps.database,
    and(isLeased, isUnacknowledged, lte(workItems.acknowledgeBy, now)),
  );
  const handedBack = await endEach(deps, overdue, "nobody acknowledged it in time", (item) => {
    return item.acknowledgedAt === null && item.acknowledgeBy !== null && item.acknowledgeBy <= now
      ? handBack
      : null;
  });
  const expired = await findItems(deps.database, and(isLeased, lte(workItems.expiresAt, now)));
  const lost = await endEach(deps, expired, "its lease ran out: its agent fell silent", (item) => {
    if (item.expiresAt === null || item.expiresAt > now) return null;
    if (item.acknowledgedAt === null) return handBack;
    // Told to release it (a cancel is told apart there): its agent stopped it, and no retry is used.
    return item.cancelToldAt === null ? loseLease : handOn;
  });
  return { handedBack, lost };
}

/** Seconds until the next deadline of a lease, or null. Index: `work_items_deadline`. */
export async function nextDeadline(deps: LeaseDeps): Promise<number | null> {
  const [row] = await deps.database
    .select({
      due: sql<string | null>`extract(epoch from min(case when ${workItems.acknowledgedAt} is null
        then least(${workItems.acknowledgeBy}, ${workItems.expiresAt}) else ${workItems.expiresAt} end))::text`,
    })
    .from(workItems)
    .where(eq(workItems.state, "leased"));
  if (row?.due === null || row === undefined) return null;
  return Math.max(0, Number(row.due) - deps.clock.now().getTime() / 1_000);
}

type Found = { id: string; runId: string; leaseId: string | null };

async function findItems(queryable: Queryable, condition: ReturnType<typeof and>): Promise<Found[]> {
  return queryable
    .select({ id: workItems.id, runId: workItems.runId, leaseId: workItems.leaseId })
    .from(workItems)
    .where(condition)
    .orderBy(asc(workItems.expiresAt))
    .limit(perTick);
}

type Item = NonNullable<Awaited<ReturnType<typeof lockLeasedItem>>>["item"];

async function endEach(
  deps: LeaseDeps,
  found: readonly Found[],
  message: string,
  howTo: (item: Item) => typeof handBack | null,
): Promise<number> {
  let count = 0;
  for (const seen of found) {
    await transact(deps, async (tx, wake) => {
      const held = await lockLeasedItem(tx, seen);
      const end = held && howTo(held.item);
      if (!held || !end) return;
      await end(tx, wake, held, { message, at: deps.clock.now(), actor: systemActor });
      count += 1;
    });
  }
  return count;
}
