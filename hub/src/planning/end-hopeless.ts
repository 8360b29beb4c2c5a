import type { Actor } from "@seatrial/contracts/actor.ts";
import { exitSchema } from "@seatrial/contracts/runs/exit.ts";
import { and, asc, eq } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { workItems } from "../database/schema/work.ts";
import type { Wake } from "../database/transact.ts";
import { type Run, readAttempt } from "../leases/attempt-context.ts";
import { type AttemptEnd, endAttempt } from "../leases/end-attempt.ts";
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

async function endQueued(tx: Transaction, wake: Wake, run: Run, end: AttemptEnd): Promise<void> {
  const queued = await tx
    .select()
    .from(workItems)
    .where(and(eq(workItems.runId, run.id), eq(workItems.state, "queued")))
    .orderBy(asc(workItems.id))
    .for("update");
  for (const item of queued) {
    const context = await readAttempt(tx, item.attemptId);
    await endAttempt(tx, wake, run, item, context, end);
  }
}
