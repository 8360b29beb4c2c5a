import { and, asc, desc, eq, isNull, lte, ne, or } from "drizzle-orm";
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
/** An agent that is well tries for three minutes to delete its pods before it gives a lease up. */
const releaseMs = 200_000;

/**
 * Does what follows when a drain's time is over: agents are woken to hear that they must release what they run, and what
 * waits for this cluster alone ends. What is still held goes elsewhere without them when its agent has been silent for
 * three beats and for the time that an acknowledgement may take, or has had `releaseMs` in which the hub worked (since
 * `upSince`). Answers how many leases were taken back.
 */
export async function endDrains(deps: PlanningDeps, upSince: Date): Promise<number> {
  const now = deps.clock.now();
  const due = await deps.database
    .select()
    .from(clusters)
    .where(and(lte(clusters.drainUntil, now), isNull(clusters.revokedAt)));
  let handedOn = 0;
  for (const cluster of due) {
    const open = await openItems(deps, cluster.id);
    const isLate = createJudge(deps, (cluster.drainUntil ?? now).getTime(), upSince.getTime());
    const message = `cluster ${cluster.name} is drained`;
    for (const item of open) {
      if (item.state === "queued") await endQueued(deps, item, message);
      else if (isLate(item) && (await handOnOne(deps, item, isLate, message))) handedOn += 1;
    }
    if (open.some((item) => item.state === "leased" && !isLate(item)))
      await transact(deps, async (_tx, wake) => {
        wake(clusterChannel(cluster.id));
      });
  }
  return handedOn;
}

/** Whether what is held must wait for its agent no longer. Its deadline tells the last beat, less the hub's own absence. */
function createJudge({ clock, settings }: PlanningDeps, endedMs: number, upMs: number) {
  const nowMs = clock.now().getTime();
  const { leaseSeconds, acknowledgeSeconds, heartbeatSeconds } = settings.leaseTimes;
  // One beat that got no answer is no silence.
  const silentSeconds = Math.max(acknowledgeSeconds, 3 * heartbeatSeconds);
  const hasPassed = (seconds: number, sinceMs: number) => nowMs - sinceMs >= seconds * 1_000;
  return ({ expiresAt }: WorkItem): boolean => {
    if (nowMs - Math.max(endedMs, upMs) >= releaseMs) return true;
    const beatMs = (expiresAt?.getTime() ?? 0) - leaseSeconds * 1_000;
    return hasPassed(acknowledgeSeconds, endedMs) && hasPassed(silentSeconds, beatMs);
  };
}

/** What a cluster holds, and what is queued for it alone. */
async function openItems(deps: PlanningDeps, clusterId: string): Promise<WorkItem[]> {
  const isBound = and(eq(workItems.state, "queued"), eq(workItems.onlyClusterId, clusterId));
  const isHeld = and(eq(workItems.state, "leased"), eq(workItems.clusterId, clusterId));
  return (
    deps.database
      .select()
      .from(workItems)
      .where(and(ne(workItems.state, "done"), or(isBound, isHeld)))
      // What is held may be waited for, and must not stand before what ends at once.
      .orderBy(desc(eq(workItems.state, "queued")), asc(workItems.id))
      .limit(perTick)
  );
}

async function endQueued(deps: PlanningDeps, seen: WorkItem, message: string): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const run = await lockRun(tx, seen.runId);
    const [item] = await tx.select().from(workItems).where(eq(workItems.id, seen.id)).for("update");
    if (item?.state !== "queued" || run.cancelRequestedAt !== null) return;
    await endBound(tx, wake, { run, item }, { message, at: deps.clock.now(), actor: systemActor });
  });
}

async function handOnOne(
  deps: PlanningDeps,
  seen: WorkItem,
  isLate: (item: WorkItem) => boolean,
  message: string,
): Promise<boolean> {
  return transact(deps, async (tx, wake) => {
    const held = await lockLeasedItem(tx, seen);
    // Its agent may have been heard since.
    if (held === null || !isLate(held.item)) return false;
    const why = `${message}: its agent did not hand it back in time`;
    await handOn(tx, wake, held, { message: why, at: deps.clock.now(), actor: systemActor });
    return true;
  });
}
