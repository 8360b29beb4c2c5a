import type { Actor } from "@seatrial/contracts/actor.ts";
import { and, eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import { runChannel, workChannel } from "../notifications/channels.ts";
import { wakeHolder } from "../notifications/wake-holder.ts";
import { attemptFacts, lockRun, type Run, readAttempt, type WorkItem } from "./attempt-context.ts";
import { endAttempt } from "./end-attempt.ts";
import { moveAttempt } from "./move-attempt.ts";

/** Locks a leased item by its own id after its run; null when it is no longer held under this lease. */
export async function lockLeasedItem(
  tx: Transaction,
  seen: { id: string; runId: string; leaseId: string | null },
): Promise<{ run: Run; item: WorkItem } | null> {
  const run = await lockRun(tx, seen.runId);
  const [item] = await tx.select().from(workItems).where(eq(workItems.id, seen.id)).for("update");
  const isSame = item !== undefined && item.state === "leased" && item.leaseId === seen.leaseId;
  return isSame ? { run, item } : null;
}

/** Ends the attempt of a lease that ran out or whose pod is gone: `lost`, or `cancelled` where the run is. */
export async function loseLease(
  tx: Transaction,
  wake: Wake,
  held: { run: Run; item: WorkItem },
  why: { message: string; at: Date; actor: Actor },
): Promise<void> {
  const context = await readAttempt(tx, held.item.attemptId);
  const isCancelled = held.run.cancelRequestedAt !== null;
  await endAttempt(tx, wake, held.run, held.item, context, {
    state: isCancelled ? "cancelled" : "lost",
    exit: null,
    ...why,
  });
  wakeHolder(wake, held.item);
}

/**
 * Puts back a lease that was never acknowledged: the attempt is queued again and no retry is used. Its lease id is
 * forgotten, so whoever names it later is stale.
 */
export async function handBack(
  tx: Transaction,
  wake: Wake,
  held: { run: Run; item: WorkItem },
  why: { message: string; at: Date; actor: Actor },
): Promise<void> {
  const { run, item } = held;
  if (run.cancelRequestedAt !== null) return loseLease(tx, wake, held, why);
  const context = await readAttempt(tx, item.attemptId);
  await moveAttempt(tx, context.attempt, "queued", { clusterId: null, leasedAt: null });
  await tx
    .update(shards)
    .set({ state: "queued" })
    .where(and(eq(shards.id, context.shard.id), eq(shards.state, "running")));
  await tx.update(workItems).set(unleased).where(eq(workItems.id, item.id));
  const about = { runId: run.id, projectId: run.projectId, at: why.at, actor: why.actor };
  const data = { ...attemptFacts(context), message: why.message };
  await appendEvents(tx, about, [{ type: "attempt.handed_back", data }]);
  wake(runChannel(run.id), workChannel);
  wakeHolder(wake, item);
}

const unleased = {
  state: "queued" as const,
  leaseId: null,
  memberId: null,
  clusterId: null,
  instance: null,
  leasedAt: null,
  acknowledgeBy: null,
  acknowledgedAt: null,
  expiresAt: null,
  cancelToldAt: null,
};
