import type { Actor } from "@seatrial/contracts/actor.ts";
import type { Transaction } from "../database/database.ts";
import { scheduleFirings } from "../database/schema/schedules.ts";
import type { FiringRow, ScheduleRow } from "./schedule-row.ts";

export type NewFiring = Pick<FiringRow, "scheduledFor" | "outcome" | "runId" | "reason"> & {
  triggeredBy: Actor | null;
  at: Date;
};

/** Writes what came of a time, or of a queued one in its place. The schedule must be locked. */
export async function writeFiring(
  tx: Transaction,
  { id, projectId }: Pick<ScheduleRow, "id" | "projectId">,
  { at, ...firing }: NewFiring,
): Promise<FiringRow> {
  const reason = firing.reason === null ? null : firing.reason.slice(0, 2_000);
  const row = { ...firing, scheduleId: id, projectId, firedAt: at, reason };
  const { outcome, runId } = row;
  await tx
    .insert(scheduleFirings)
    .values(row)
    .onConflictDoUpdate({
      target: [scheduleFirings.scheduleId, scheduleFirings.scheduledFor],
      set: { outcome, runId, reason, firedAt: at },
    });
  return row;
}
