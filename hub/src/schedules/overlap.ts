import type { Actor } from "@seatrial/contracts/actor.ts";
import { and, asc, eq, isNull, ne } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { runs } from "../database/schema/runs.ts";
import { scheduleFirings } from "../database/schema/schedules.ts";
import type { Wake } from "../database/transact.ts";
import { requestCancel } from "../runs/cancel-run.ts";
import type { FiringRow, ScheduleRow } from "./schedule-row.ts";

/** The schedule's runs that are not over, oldest first. */
export async function openRuns(
  queryable: Queryable,
  { id, projectId }: Pick<ScheduleRow, "id" | "projectId">,
) {
  return queryable
    .select()
    .from(runs)
    .where(and(eq(runs.projectId, projectId), eq(runs.scheduleId, id), isNull(runs.finishedAt)))
    .orderBy(asc(runs.createdAt), asc(runs.id));
}

/**
 * What the overlap policy says to this time; null: start. With the policy `cancel`, the earlier runs are asked to end,
 * and the new one does not wait for that. The schedule must be locked.
 */
export async function overlapOf(
  tx: Transaction,
  wake: Wake,
  schedule: ScheduleRow,
  scheduledFor: Date,
  by: { actor: Actor; at: Date },
): Promise<Pick<FiringRow, "outcome" | "reason"> | null> {
  if (schedule.overlap === "allow") return null;
  const open = await openRuns(tx, schedule);
  const [first] = open;
  if (first === undefined) return null;
  switch (schedule.overlap) {
    case "skip":
      return { outcome: "skipped", reason: `run ${first.id} of an earlier time is not over` };
    case "queue":
      return (await isQueueTaken(tx, schedule.id, scheduledFor))
        ? { outcome: "skipped", reason: `an earlier time already waits for run ${first.id}` }
        : { outcome: "queued", reason: `waits for run ${first.id} of an earlier time` };
    case "cancel":
      // In the order in which claims lock runs (`take-items.ts`), so that neither waits for the other for ever.
      for (const { id } of open.toSorted(byId)) await cancelOpen(tx, wake, id, by);
      return null;
  }
}

/** As the database sorts ids: they are lower-case letters, digits and dashes. */
const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);

async function isQueueTaken(tx: Transaction, scheduleId: string, scheduledFor: Date): Promise<boolean> {
  const { scheduledFor: time, outcome } = scheduleFirings;
  const [other] = await tx
    .select({ time })
    .from(scheduleFirings)
    .where(and(eq(scheduleFirings.scheduleId, scheduleId), eq(outcome, "queued"), ne(time, scheduledFor)))
    .limit(1);
  return other !== undefined;
}

async function cancelOpen(
  tx: Transaction,
  wake: Wake,
  runId: string,
  by: { actor: Actor; at: Date },
): Promise<void> {
  const [run] = await tx.select().from(runs).where(eq(runs.id, runId)).for("update");
  if (run === undefined || run.finishedAt !== null || run.cancelRequestedAt !== null) return;
  await requestCancel(tx, wake, run, by);
}
