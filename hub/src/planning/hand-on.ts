import type { Actor } from "@seatrial/contracts/actor.ts";
import { exitSchema } from "@seatrial/contracts/runs/exit.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { attempts, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import { agentActor, attemptFacts, type Run, readAttempt, type WorkItem } from "../leases/attempt-context.ts";
import { endAttempt } from "../leases/end-attempt.ts";
import { handBack, lockLeasedItem, loseLease } from "../leases/expire-lease.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { moveAttempt } from "../leases/move-attempt.ts";
import type { Member } from "../members/require-proof.ts";
import { outboxChannel, runChannel, workChannel } from "../notifications/channels.ts";
import { wakeHolder } from "../notifications/wake-holder.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { addAttempts } from "./add-attempt.ts";

type Why = { message: string; at: Date; actor: Actor };

/** What an agent was told to release and has stopped: each goes to another cluster, in a transaction of its own. */
export async function handOnReleased(
  deps: LeaseDeps,
  member: Member,
  items: readonly { id: string; runId: string; leaseId: string | null }[],
): Promise<void> {
  for (const seen of items)
    await transact(deps, async (tx, wake) => {
      const held = await lockLeasedItem(tx, seen);
      const message = `cluster ${member.clusterName} is drained: its agent stopped it`;
      if (held) await handOn(tx, wake, held, { message, at: deps.clock.now(), actor: agentActor(member) });
    });
}

/**
 * Takes a lease back whose work shall go on in another cluster: its attempt is lost, which uses no retry, and the next
 * one of the same cases is queued at once. A new attempt, because this one may have output and reports already. One that
 * can run nowhere else ends as errored. The run must be locked.
 */
export async function handOn(
  tx: Transaction,
  wake: Wake,
  held: { run: Run; item: WorkItem },
  why: Why,
): Promise<void> {
  const { run, item } = held;
  if (run.cancelRequestedAt !== null) return loseLease(tx, wake, held, why);
  if (item.onlyClusterId !== null) return endBound(tx, wake, held, why);
  if (item.acknowledgedAt === null) return handBack(tx, wake, held, why);
  const { at, actor, message } = why;
  const context = await readAttempt(tx, item.attemptId);
  const { attempt, shard, suite } = context;
  await moveAttempt(tx, attempt, "lost", { endedAt: at });
  // Settled here and now: what follows from it is the next attempt alone.
  await tx.update(attempts).set({ settled: true }).where(eq(attempts.id, attempt.id));
  await tx.update(workItems).set({ state: "done", finishedAt: at }).where(eq(workItems.id, item.id));
  await tx.update(shards).set({ state: "queued" }).where(eq(shards.id, shard.id));
  const next = { suite, shard, number: attempt.number + 1, casesBlobKey: attempt.casesBlobKey };
  const queued = await addAttempts(tx, run, [next], at);
  const data = { ...attemptFacts(context), state: "lost", reason: null, message };
  const about = { runId: run.id, projectId: run.projectId, at, actor };
  await appendEvents(tx, about, [{ type: "attempt.lost", data }, ...queued]);
  await writeOutboxEntry(tx, { kind: "attempt.ended", projectId: run.projectId, runId: run.id, at });
  wake(runChannel(run.id), outboxChannel, workChannel);
  wakeHolder(wake, item);
}

/** Ends work that only the drained cluster could do, held or queued, as errored. The run must be locked. */
export async function endBound(
  tx: Transaction,
  wake: Wake,
  { run, item }: { run: Run; item: WorkItem },
  why: Why,
): Promise<void> {
  const message = `${why.message}; it can run in no other cluster`;
  const exit = exitSchema.parse({ reason: "cluster_drained", exitCode: null, message });
  const context = await readAttempt(tx, item.attemptId);
  await endAttempt(tx, wake, run, item, context, { state: "errored", exit, ...why, message });
}
