import { and, asc, eq, isNull, lte, ne, or } from "drizzle-orm";
import { clusters } from "../database/schema/clusters.ts";
import { workItems } from "../database/schema/work.ts";
import { transact } from "../database/transact.ts";
import { systemActor } from "../events/append-events.ts";
import { lockRun, type WorkItem } from "../leases/attempt-context.ts";
import { lockLeasedItem } from "../leases/expire-lease.ts";
import { clusterChannel } from "../notifications/channels.ts";
import { endBound, handOn } from "./hand-on.ts";
import type { PlanningDeps } from "./planning-deps.ts";

/** At most this many items at a time. */
const perTick = 200;

/**
 * Does what follows when a drain's time is over: agents are woken to hear that they must release what they run; what is
 * still held after the time that an acknowledgement may take goes elsewhere without them, and what waits for this
 * cluster alone ends. Answers how many leases were taken back.
 */
export async function endDrains(deps: PlanningDeps): Promise<number> {
  const now = deps.clock.now();
  const due = await deps.database
    .select()
    .from(clusters)
    .where(and(lte(clusters.drainUntil, now), isNull(clusters.revokedAt)));
  let handedOn = 0;
  for (const cluster of due) {
    const open = await openItems(deps, cluster.id);
    const graceMs = deps.settings.leaseTimes.acknowledgeSeconds * 1_000;
    const isLate = now.getTime() - (cluster.drainUntil ?? now).getTime() >= graceMs;
    const message = `cluster ${cluster.name} is drained`;
    for (const item of open) {
      if (item.state === "queued") await endQueued(deps, item, message);
      else if (isLate && (await handOnOne(deps, item, message))) handedOn += 1;
    }
    const isRunning = open.some(({ state }) => state === "leased");
    if (isRunning && !isLate)
      await transact(deps, async (_tx, wake) => {
        wake(clusterChannel(cluster.id));
      });
  }
  return handedOn;
}

/** What a cluster holds, and what is queued for it alone. */
async function openItems(deps: PlanningDeps, clusterId: string): Promise<WorkItem[]> {
  const isBound = and(eq(workItems.state, "queued"), eq(workItems.onlyClusterId, clusterId));
  const isHeld = and(eq(workItems.state, "leased"), eq(workItems.clusterId, clusterId));
  return deps.database
    .select()
    .from(workItems)
    .where(and(ne(workItems.state, "done"), or(isBound, isHeld)))
    .orderBy(asc(workItems.id))
    .limit(perTick);
}

async function endQueued(deps: PlanningDeps, seen: WorkItem, message: string): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const run = await lockRun(tx, seen.runId);
    const [item] = await tx.select().from(workItems).where(eq(workItems.id, seen.id)).for("update");
    if (item?.state !== "queued" || run.cancelRequestedAt !== null) return;
    await endBound(tx, wake, { run, item }, { message, at: deps.clock.now(), actor: systemActor });
  });
}

async function handOnOne(deps: PlanningDeps, seen: WorkItem, message: string): Promise<boolean> {
  return transact(deps, async (tx, wake) => {
    const held = await lockLeasedItem(tx, seen);
    if (held === null) return false;
    const why = `${message}: its agent did not hand it back in time`;
    await handOn(tx, wake, held, { message: why, at: deps.clock.now(), actor: systemActor });
    return true;
  });
}
