import type { Actor } from "@seatrial/contracts/actor.ts";
import { type Exit, exitSchema } from "@seatrial/contracts/runs/exit.ts";
import { and, asc, eq, inArray } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { attempts, runSuites, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import { type AttemptNames, attemptFacts, type Run } from "../leases/attempt-context.ts";
import { outboxChannel, runChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { cutText } from "../reports/safe-text.ts";
import { environmentSilence, unreachableText } from "./environment-silence.ts";

/**
 * Ends the queued attempts that must not begin any more: of a run that was cancelled, or whose environment is gone. What
 * agents hold ends by their answer, or by expiry. The run must be locked.
 */
export async function endHopeless(
  tx: Transaction,
  wake: Wake,
  run: Run,
  { leaseSeconds, ...by }: { at: Date; actor: Actor; leaseSeconds: number },
): Promise<void> {
  if (run.cancelRequestedAt !== null)
    return endQueued(tx, wake, run, { state: "cancelled", message: "", exit: null, ...by });
  const why = run.state === "running" ? await whyEnvironmentLost(tx, run, by.at, leaseSeconds) : null;
  if (why === null) return;
  const message = cutText(why, 2_000);
  const exit = exitSchema.parse({ reason: "environment_lost", exitCode: null, message });
  await endQueued(tx, wake, run, { state: "errored", message, exit, ...by });
}

/** How long queued work waits for a cluster that is silent, on top of a lease. */
export const silencePatienceSeconds = 120;

/** Why nothing more can be tested in a run's environment, or null. */
export async function whyEnvironmentLost(
  queryable: Queryable,
  run: Run,
  at: Date,
  leaseSeconds: number,
): Promise<string | null> {
  if (run.environmentId === null) return null;
  const [row] = await queryable.select().from(environments).where(eq(environments.id, run.environmentId));
  if (row === undefined) return `environment: ${run.environmentId} is not there`;
  const { name, state, wanted, reason } = row;
  if (state === "failed") return `environment: ${name} failed${reason === null ? "" : `: ${reason}`}`;
  const isGoing = wanted === "gone" || state === "deleting" || state === "stuck" || state === "deleted";
  if (isGoing) return `environment: ${name} was removed before this began`;
  const silence = await environmentSilence(queryable, row.id, at, leaseSeconds + silencePatienceSeconds);
  return silence === null ? null : unreachableText(silence);
}

type QueuedEnd = {
  state: "errored" | "cancelled";
  /** Why, for people; empty when the state says it all. */
  message: string;
  exit: Exit | null;
  at: Date;
  actor: Actor;
};

/** In one statement per table, whatever their number, and announced once: a run may have thousands of queued shards. */
async function endQueued(tx: Transaction, wake: Wake, run: Run, end: QueuedEnd): Promise<void> {
  const { state, message, exit, at, actor } = end;
  const items = await tx
    .update(workItems)
    .set({ state: "done", finishedAt: at })
    .where(and(eq(workItems.runId, run.id), eq(workItems.state, "queued")))
    .returning({ attemptId: workItems.attemptId });
  if (items.length === 0) return;
  const ids = items.map(({ attemptId }) => attemptId);
  await tx
    .update(attempts)
    .set({ state, endedAt: at, exit })
    .where(and(inArray(attempts.id, ids), eq(attempts.state, "queued")));
  const reason = exit?.reason ?? null;
  const events = (await readNames(tx, ids)).map((names) => ({
    type: "attempt.finished" as const,
    data: { ...attemptFacts(names), state, reason, message },
  }));
  const { projectId, id: runId } = run;
  await appendEvents(tx, { runId, projectId, at, actor }, events);
  await writeOutboxEntry(tx, { kind: "attempt.ended", projectId, runId, at });
  wake(runChannel(runId), outboxChannel);
}

async function readNames(tx: Transaction, attemptIds: readonly string[]): Promise<AttemptNames[]> {
  return tx
    .select({
      attempt: { id: attempts.id, number: attempts.number },
      shard: { id: shards.id, kind: shards.kind, index: shards.index },
      suite: { name: runSuites.name },
    })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .where(inArray(attempts.id, [...attemptIds]))
    .orderBy(asc(runSuites.position), asc(shards.kind), asc(shards.index));
}
