import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { and, eq, inArray } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { attempts, runs, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import { clusterChannel, outboxChannel, runChannel, workChannel } from "../notifications/channels.ts";
import { writeOutboxEntry } from "../outbox/write-outbox-entry.ts";
import { findRun, type RunRow, readRun } from "./find-run.ts";

/**
 * Asks for the end of a run. What waits in the queue is cancelled at once; what agents hold they are told through the
 * request they hold open, and they answer with `finish`. Repeating it changes nothing. Throws `run_finished`.
 */
export async function cancelRun(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  runId: string,
): Promise<Run> {
  await findRun(deps.database, project, runId);
  const at = deps.clock.now();
  await transact(deps, async (tx, wake) => {
    const [run] = await tx.select().from(runs).where(eq(runs.id, runId)).for("update");
    if (run === undefined || run.cancelRequestedAt !== null) return;
    if (runIsOver(run.state))
      throw new SeatrialError(
        "run_finished",
        `Run ${runId} is over (${run.state}): there is nothing to cancel.`,
      );
    await requestCancel(tx, wake, run, { actor: caller.actor, at });
  });
  return readRun(deps, project, runId);
}

/**
 * Writes the wish of an end; `why` becomes the run's reason. The run must be locked and neither over nor wished to end
 * before.
 */
export async function requestCancel(
  tx: Transaction,
  wake: Wake,
  run: RunRow,
  by: { actor: Caller["actor"]; at: Date },
  why: string | null = null,
): Promise<void> {
  const { actor, at } = by;
  const { id: runId, projectId } = run;
  await tx.update(runs).set({ cancelRequestedAt: at, reason: why }).where(eq(runs.id, runId));
  const cancelled = await cancelQueued(tx, runId, at);
  await appendEvents(tx, { runId, projectId, at, actor }, [
    { type: "run.cancel_requested", data: why === null ? {} : { why } },
    ...cancelled.map((attempt) => ({
      type: "attempt.finished" as const,
      data: { ...attempt, state: "cancelled" },
    })),
  ]);
  await writeOutboxEntry(tx, { kind: "run.cancel_requested", projectId, runId, at });
  await writeAudit(tx, { projectId, at, actor, action: "run.cancel", subject: runId });
  const held = await tx
    .selectDistinct({ clusterId: workItems.clusterId })
    .from(workItems)
    .where(and(eq(workItems.runId, runId), eq(workItems.state, "leased")));
  wake(runChannel(runId), outboxChannel, workChannel);
  for (const { clusterId } of held) if (clusterId !== null) wake(clusterChannel(clusterId));
}

/** In one statement per table: a run may have thousands of queued shards. */
async function cancelQueued(tx: Transaction, runId: string, at: Date): Promise<Record<string, unknown>[]> {
  const items = await tx
    .update(workItems)
    .set({ state: "done", finishedAt: at })
    .where(and(eq(workItems.runId, runId), eq(workItems.state, "queued")))
    .returning({ attemptId: workItems.attemptId });
  if (items.length === 0) return [];
  const ids = items.map(({ attemptId }) => attemptId);
  const message = "the run was cancelled before a cluster took this";
  const exit = { reason: "cancelled" as const, exitCode: null, signal: null, message, evidence: [] };
  await tx
    .update(attempts)
    .set({ state: "cancelled", endedAt: at, exit })
    .where(and(inArray(attempts.id, ids), eq(attempts.state, "queued")));
  return tx
    .select({ attemptId: attempts.id, number: attempts.number, shardId: shards.id, shardIndex: shards.index })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .where(inArray(attempts.id, ids));
}
